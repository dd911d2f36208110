"""Verbs about what was measured: ``ngbw store info``, check, compact, backup, restore."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from .store_place import STORE_URL, project_store, store_place
from .terminal import say, show_json

__all__ = ["register"]

ProjectArgument = Annotated[Path, typer.Argument(help="Project directory.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document to stdout.")]


def info(project: ProjectArgument, *, json: JsonOption = False) -> int:
    """Say what a project's store holds: devices, series, logs, and the room they take."""
    from ..probes.store import is_server
    from ..topology.project import open_project

    opened = open_project(project)
    store = project_store(opened, make=False)
    try:
        devices = store.samples.devices()
        series = {name: len(store.samples.series(name)) for name in devices}
        logs = {name: store.events(name).last() for name in store.logs()}
        size_bytes = store.size_bytes()
    finally:
        store.close()
    engine = "postgresql" if is_server(store_place(opened.directory)) else "sqlite"
    if json:
        show_json({"engine": engine, "size_bytes": size_bytes, "devices": series, "logs": logs})
        return 0
    say(f"{engine}, {size_bytes / 1e6:.1f} MB")
    say(f"{len(devices)} devices with {sum(series.values())} series")
    for log, last in logs.items():
        say(f"log {log}: {last} events")
    return 0


def check(project: ProjectArgument, *, json: JsonOption = False) -> int:
    """Check every chunk, roll-up and event; exit code 3 when something is damaged."""
    from ..topology.project import open_project

    store = project_store(open_project(project), make=False)
    try:
        problems = store.check()
    finally:
        store.close()
    if json:
        show_json({"problems": problems})
    else:
        for problem in problems:
            say(problem)
        say(f"{len(problems)} problems" if problems else "the store is whole")
    return 3 if problems else 0


def compact(project: ProjectArgument, *, json: JsonOption = False) -> int:
    """Put closed hours into chunks, roll them up, forget what is past its retention.

    The poll service does so by itself; this is for a store that was filled by imports.
    """
    from ..topology.project import open_project

    store = project_store(open_project(project), make=False)
    try:
        done = store.samples.compact(time.time())
        store.sample_tables.tidy()
        done["size_bytes"] = store.size_bytes()
    finally:
        store.close()
    if json:
        show_json(done)
        return 0
    per_sample = f", {done['bytes'] / done['samples']:.1f} bytes each" if done["samples"] else ""
    say(f"{done['hours']} hours with {done['samples']} samples{per_sample}")
    say(f"{done['forgotten']} parts past their retention are gone")
    say(f"the store takes {done['size_bytes'] / 1e6:.1f} MB")
    return 0


def backup(
    project: ProjectArgument,
    directory: Annotated[Path, typer.Argument(help="Directory to make.")],
    *,
    json: JsonOption = False,
) -> int:
    """Write a checked copy of the store while it is in use; it holds no secrets."""
    from ..probes.store.backup import back_up
    from ..topology.project import open_project

    store = project_store(open_project(project), make=False)
    try:
        size = back_up(store, directory)
    finally:
        store.close()
    if json:
        show_json({"directory": str(directory), "size_bytes": size})
    else:
        say(
            f"{directory}: {size / 1e6:.1f} MB; bring it back: ngbw store restore PROJECT {directory}"
        )
    return 0


def restore(
    project: ProjectArgument,
    directory: Annotated[Path, typer.Argument(help="Directory that ngbw store backup made.")],
    *,
    json: JsonOption = False,
) -> int:
    """Bring a backup into a project whose store is empty; also the way onto a server."""
    from ..probes.store.backup import restore as bring_back
    from ..topology.project import open_project

    store = project_store(open_project(project))
    try:
        rows = bring_back(directory, store)
    finally:
        store.close()
    if json:
        show_json({"rows": rows})
    else:
        say(f"{rows} rows are back")
    return 0


def register(app: typer.Typer) -> None:
    """Add ``ngbw store`` to the command."""
    group = typer.Typer(
        help=f"What was measured, beside the project or on the server that {STORE_URL} names.",
        no_args_is_help=True,
    )
    for verb in (info, check, compact, backup, restore):
        group.command()(verb)
    app.add_typer(group, name="store")
