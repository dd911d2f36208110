"""The verb that shows a project in the browser: serve."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..topology.errors import MissingExtraError
from .terminal import tell

__all__ = ["register"]


def serve(
    project: Annotated[Path, typer.Argument(help="Project directory.")],
    *,
    host: Annotated[
        str, typer.Option(help="Address to listen on; only loopback, there is no login.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port; 0 takes a free one.")] = 8000,
    allow_host: Annotated[
        list[str] | None,
        typer.Option(help="Public host name that a reverse proxy forwards; repeat it."),
    ] = None,
    root_path: Annotated[
        str, typer.Option(help="Path below which a reverse proxy shows it, such as /ngbw.")
    ] = "",
) -> int:
    """Show the newest plan on a web page, and its data as GeoJSON.

    Stop it with Ctrl-C.
    """
    try:
        import fastapi  # noqa: F401 - only whether it is there
        import uvicorn  # noqa: F401
    except ImportError:
        raise MissingExtraError("ngbw serve", "web") from None
    from ..topology.project import open_project
    from .serve import serve as listen

    opened = open_project(project)

    def ready(url: str) -> None:
        tell(f"{opened.settings.name} is at {url} - stop with Ctrl-C")

    listen(opened, host, port, root_path, hosts=allow_host or (), ready=ready)
    return 0


def register(app: typer.Typer) -> None:
    """Add the verbs of this module to the command."""
    app.command()(serve)
