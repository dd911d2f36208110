"""The verb that shows a project in the browser: serve."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..topology.errors import MissingExtraError, SurroundingsError, UsageError
from .terminal import tell

__all__ = ["register"]


def serve(
    project: Annotated[Path, typer.Argument(help="Project directory.")],
    *,
    host: Annotated[
        str, typer.Option(help="Address to listen on; others than loopback need accounts.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port; 0 takes a free one.")] = 8000,
    allow_host: Annotated[
        list[str] | None,
        typer.Option(help="Public host name that a reverse proxy forwards; repeat it."),
    ] = None,
    root_path: Annotated[
        str, typer.Option(help="Path below which a reverse proxy shows it, such as /ngbw.")
    ] = "",
    tls_cert: Annotated[
        Path | None, typer.Option(help="Certificate with its chain, PEM; serves HTTPS.")
    ] = None,
    tls_key: Annotated[Path | None, typer.Option(help="Key of the certificate, PEM.")] = None,
    behind_proxy: Annotated[
        bool, typer.Option("--behind-proxy", help="A reverse proxy encrypts what is sent.")
    ] = False,
) -> int:
    """Show the newest plan on a web page, and its data as GeoJSON.

    The address that it prints signs you in as admin, once, within ten minutes.
    Stop it with Ctrl-C.
    """
    try:
        import fastapi  # noqa: F401 - only whether it is there
        import uvicorn  # noqa: F401
    except ImportError:
        raise MissingExtraError("ngbw serve", "web") from None
    from ..topology.project import open_project
    from .access.opened import open_access
    from .serve import serve as listen

    if (tls_cert is None) != (tls_key is None):
        raise UsageError("--tls-cert and --tls-key belong together; give both")
    certificate = None if tls_cert is None or tls_key is None else (tls_cert, tls_key)
    opened = open_project(project)
    try:
        access = open_access(opened)
    except SurroundingsError as error:
        tell(f"nobody can sign in: {error}")
        access = None

    def ready(url: str) -> None:
        tell(f"{opened.settings.name} is at {url} - stop with Ctrl-C")
        if access is not None:
            tell(f"sign in from this terminal: {url}sign-in?word={access.local_ticket()}")

    listen(
        opened, host, port, root_path,
        hosts=allow_host or (), access=access, certificate=certificate,
        behind_proxy=behind_proxy, ready=ready,
    )  # fmt: skip
    return 0


def register(app: typer.Typer) -> None:
    """Add the verbs of this module to the command."""
    app.command()(serve)
