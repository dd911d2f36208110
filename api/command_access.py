"""The verbs about who may do what on the server: user, key, audit."""

from __future__ import annotations

import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..topology.errors import UsageError
from .terminal import say, show_json

if TYPE_CHECKING:
    from .access.accounts import Accounts
    from .access.audit import AuditLog
    from .access.roles import Role

__all__ = ["register"]

ProjectArgument = Annotated[Path, typer.Argument(help="Project directory.")]
NameArgument = Annotated[str, typer.Argument(help="Name to sign in with.")]
RoleOption = Annotated[str, typer.Option(help="viewer, planner, engineer or admin.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document to stdout.")]

users = typer.Typer(no_args_is_help=True, help="Say who may sign in to ngbw serve, and as what.")
keys = typer.Typer(no_args_is_help=True, help="Make and revoke keys of programs for the API.")


def _opened(project: Path) -> tuple[Accounts, AuditLog]:
    from ..topology.project import open_project
    from .access.opened import open_accounts

    return open_accounts(open_project(project))


def _role(text: str) -> Role:
    from .access.roles import Role

    try:
        return Role(text)
    except ValueError:
        raise UsageError(f"--role {text[:40]!r} is not a role; use {', '.join(Role)}") from None


def _password() -> str:
    """Read a password: hidden and twice at a terminal, else the first line of stdin."""
    if sys.stdin.isatty():
        import getpass

        first = getpass.getpass("password: ")
        if first != getpass.getpass("again: "):
            raise UsageError("the two were not the same; nothing was changed")
        return first
    return sys.stdin.readline().removesuffix("\n").removesuffix("\r")


def _note(audit: AuditLog, deed: str, subject: str, **change: str) -> None:
    from .access.audit import AuditEntry

    audit.add(AuditEntry(at_s=time.time(), who="terminal", deed=deed, subject=subject,
                         change=change))  # fmt: skip


def _moment(at_s: float | None) -> str:
    return "never" if at_s is None else f"{datetime.fromtimestamp(at_s, UTC):%Y-%m-%d %H:%M} UTC"


@users.command("add")
def add_user(project: ProjectArgument, name: NameArgument, *, role: RoleOption = "viewer") -> int:
    """Let somebody sign in; the password is asked for, or read as one line from stdin."""
    chosen = _role(role)
    accounts, audit = _opened(project)
    person = accounts.add_person(name, chosen, _password(), now_s=time.time())
    _note(audit, "person.add", person.name, role=chosen.value)
    say(f"{person.name} may sign in as {chosen}")
    return 0


@users.command("list")
def list_users(project: ProjectArgument, *, json: JsonOption = False) -> int:
    """List who may sign in."""
    people = _opened(project)[0].people()
    if json:
        show_json({"people": [
            {"name": one.name, "role": one.role.value, "disabled": one.disabled,
             "made": _moment(one.made_s)} for one in people
        ]})  # fmt: skip
        return 0
    for one in people:
        say(f"{one.name}  {one.role}{'  kept out' if one.disabled else ''}")
    if not people:
        say("nobody can sign in; let somebody: ngbw user add PROJECT NAME --role admin")
    return 0


@users.command("role")
def set_role(project: ProjectArgument, name: NameArgument, role: str) -> int:
    """Give somebody another role, from the next request on."""
    chosen = _role(role)
    accounts, audit = _opened(project)
    accounts.set_role(name, chosen)
    _note(audit, "person.role", name, role=chosen.value)
    say(f"{name} is {chosen} now")
    return 0


@users.command("password")
def set_password(project: ProjectArgument, name: NameArgument) -> int:
    """Give somebody another password and sign them out everywhere."""
    accounts, audit = _opened(project)
    accounts.set_password(name, _password())
    _note(audit, "person.password", name)
    say(f"{name} has another password")
    return 0


@users.command("disable")
def disable(project: ProjectArgument, name: NameArgument) -> int:
    """Keep somebody out at once, without forgetting who it was."""
    accounts, audit = _opened(project)
    accounts.disable(name)
    _note(audit, "person.disable", name)
    say(f"{name} is kept out")
    return 0


@users.command("enable")
def enable(project: ProjectArgument, name: NameArgument) -> int:
    """Let somebody in again who was kept out."""
    accounts, audit = _opened(project)
    accounts.disable(name, disabled=False)
    _note(audit, "person.enable", name)
    say(f"{name} may sign in again")
    return 0


@users.command("remove")
def remove(project: ProjectArgument, name: NameArgument) -> int:
    """Forget somebody; the log of what was done keeps the name."""
    accounts, audit = _opened(project)
    accounts.remove(name)
    _note(audit, "person.remove", name)
    say(f"{name} is removed")
    return 0


@keys.command("add")
def add_key(
    project: ProjectArgument,
    label: Annotated[str, typer.Argument(help="Which program will hold it.")],
    *,
    role: RoleOption = "viewer",
    days: Annotated[int, typer.Option(help="Days that it holds.")] = 365,
    json: JsonOption = False,
) -> int:
    """Make a key; its text is printed this once and kept nowhere."""
    chosen = _role(role)
    accounts, audit = _opened(project)
    key, text = accounts.add_key(label, chosen, now_s=time.time(), days=days)
    _note(audit, "key.add", key.key_id, role=chosen.value, label=key.label)
    if json:
        show_json({"id": key.key_id, "key": text, "expires": _moment(key.expires_s)})
    else:
        say(text)
    return 0


@keys.command("list")
def list_keys(project: ProjectArgument, *, json: JsonOption = False) -> int:
    """List keys by their ids, with what is left of them."""
    known = _opened(project)[0].api_keys()
    now_s = time.time()

    def state(one: Any) -> str:
        if one.revoked_s is not None:
            return "revoked"
        return "open" if one.holds(now_s) else "past its day"

    rows = [
        {"id": one.key_id, "label": one.label, "role": one.role.value, "state": state(one),
         "expires": _moment(one.expires_s), "used": _moment(one.used_s)}
        for one in known
    ]  # fmt: skip
    if json:
        show_json({"keys": rows})
        return 0
    for row in rows:
        say(f"{row['id']}  {row['role']}  {row['state']}  until {row['expires']}  "
            f"used {row['used']}  {row['label']}")  # fmt: skip
    if not rows:
        say("no program has a key; make one: ngbw key add PROJECT LABEL")
    return 0


@keys.command("revoke")
def revoke_key(project: ProjectArgument, key_id: str) -> int:
    """Close a key at once."""
    accounts, audit = _opened(project)
    accounts.revoke_key(key_id, now_s=time.time())
    _note(audit, "key.revoke", key_id)
    say(f"{key_id} opens nothing any more")
    return 0


def audit(
    project: ProjectArgument,
    *,
    last: Annotated[int, typer.Option(min=1, max=100_000, help="Entries to show.")] = 50,
    json: JsonOption = False,
) -> int:
    """Show what was done on the server and with accounts, the newest first."""
    from dataclasses import asdict

    entries = _opened(project)[1].newest(last)
    if json:
        show_json({"entries": [{"number": number, **asdict(one)} for number, one in entries]})
        return 0
    for _, one in entries:
        change = " ".join(f"{name}={value}" for name, value in one.change.items())
        say(f"{_moment(one.at_s)}  {one.who}  {one.deed}  {one.subject}  {change}  {one.outcome}  "
            f"{one.address}".rstrip())  # fmt: skip
    if not entries:
        say("nothing was done yet")
    return 0


def register(app: typer.Typer) -> None:
    """Add the verbs of this module to the command."""
    app.add_typer(users, name="user")
    app.add_typer(keys, name="key")
    app.command()(audit)
