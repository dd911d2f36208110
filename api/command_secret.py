"""The verbs that keep communities, passwords and tokens: set, list, remove, rotate, key."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from ..topology.errors import UsageError
from .terminal import say, show_json

__all__ = ["register"]

_PROJECT = Annotated[Path, typer.Argument(help="Directory of the project.")]
_NAME = Annotated[str, typer.Argument(help="Name that settings refer to as secret:NAME.")]
_JSON = Annotated[bool, typer.Option("--json", help="Print one JSON document to stdout.")]

_MOST = 100_000

secrets = typer.Typer(no_args_is_help=True, help="Keep communities, passwords and tokens sealed.")


def _one_line() -> str:
    """Read the secret: hidden at a terminal, else the one line of stdin."""
    if sys.stdin.isatty():
        import getpass

        first = getpass.getpass("secret: ")
        if first != getpass.getpass("again: "):
            raise UsageError("the two were not the same; nothing was changed")
        return first
    try:
        given = sys.stdin.read(_MOST)
        given.encode()
    except UnicodeError:
        raise UsageError("the secret is not UTF-8 text; nothing was changed") from None
    first, _, more = given.partition("\n")
    if more.strip():
        raise UsageError("a secret is one line, and more came in; nothing was changed")
    return first.removesuffix("\r")


@secrets.command("set")
def set_secret(project: _PROJECT, name: _NAME) -> int:
    """Seal a secret in the project; it is asked for, or read as one line from stdin."""
    from ..probes.safety import SecretStore
    from ..topology.project import open_project

    store = SecretStore.of_project(open_project(project).directory)
    known = name in store.names()
    store.put(name, _one_line())
    say(f"{name}: {'replaced' if known else 'kept'}; refer to it as secret:{name}")
    return 0


@secrets.command("list")
def list_secrets(project: _PROJECT, *, json: _JSON = False) -> int:
    """List the names of the secrets; there is no way to see one."""
    from ..probes.safety import SecretStore
    from ..topology.project import open_project

    names = SecretStore.of_project(open_project(project).directory).names()
    if json:
        show_json({"secrets": list(names)})
    else:
        say("\n".join(names) if names else "no secrets; set one: ngbw secret set PROJECT NAME")
    return 0


@secrets.command("remove")
def remove_secret(project: _PROJECT, name: _NAME) -> int:
    """Forget a secret."""
    from ..probes.safety import SecretStore
    from ..topology.project import open_project

    SecretStore.of_project(open_project(project).directory).remove(name)
    say(f"{name}: removed")
    return 0


@secrets.command("rotate")
def rotate_secrets(project: _PROJECT) -> int:
    """Seal every secret anew under the first key of NGBW_SECRET_KEYS or its file."""
    from ..probes.safety import SecretStore
    from ..topology.project import open_project

    count = SecretStore.of_project(open_project(project).directory).rotate()
    say(f"{count} sealed under the first key; older keys are not needed for them any more")
    return 0


@secrets.command("key")
def make_key() -> int:
    """Print a fresh key; keep it in a file of your own that NGBW_SECRET_KEYS_FILE names."""
    from ..probes.safety import new_key

    say(new_key())
    return 0


def register(app: typer.Typer) -> None:
    """Add the verbs of this module to the command."""
    app.add_typer(secrets, name="secret")
