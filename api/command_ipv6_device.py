"""``ngbw ipv6 device``: how ready the devices of a project are, and by what evidence."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from ..topology.errors import SurroundingsError, UsageError
from .terminal import default_language, say, show_json, tell

__all__ = ["add_verb"]


def device(
    project: Annotated[Path, typer.Argument(help="Project directory.")],
    devices: Annotated[
        list[str] | None, typer.Argument(help="Devices to judge (default: all of the tables).")
    ] = None,
    *,
    wait: Annotated[
        float,
        typer.Option(
            min=0,
            max=86_400,
            help="Seconds to the second poll of devices that were not polled lately, 300 or more; "
            "0 polls once.",
        ),
    ] = 300.0,
    recordings: Annotated[
        Path | None,
        typer.Option(help="Judge recordings (.snmprec, .snmpwalk) and no network: file or DIR."),
    ] = None,
    places: Annotated[
        Path | None,
        typer.Option(help="Where agents listen instead, as ngbw probe replay --places writes it."),
    ] = None,
    lang: Annotated[str, typer.Option(help="zh-CN or en (default: your locale's).")] = "",
    json: Annotated[
        bool, typer.Option("--json", help="Print one JSON document to stdout.")
    ] = False,
) -> int:
    """Judge devices by D1 to D14, record the evidence, and say what to do next.

    Both generations of MIBs are asked, and what moves takes two polls: the share of IPv6 in the
    traffic, or why there is none. Exit code 6 when no device answers.
    """
    from ..ipv6.evidence_book import EvidenceBook
    from ..maps.words import LANGUAGES
    from ..probes.service import read_places
    from ..topology.project import open_project
    from .device_readiness import judge_by_polls, judge_recordings, standings_of
    from .device_readiness_answer import readiness_document, readiness_lines
    from .probe_target import prepared_transport
    from .store_place import project_store

    language = lang or default_language()
    if language not in LANGUAGES:
        raise UsageError(f"--lang is {language!r}; use {' or '.join(LANGUAGES)}")
    if 0 < wait < 300:
        raise UsageError(
            f"--wait is {wait:g} s; agents refresh their counters slowly: give 300 or more, or 0"
        )
    if recordings is not None and places is not None:
        raise UsageError("give --recordings or --places, not both")
    opened = open_project(project)
    if recordings is not None:
        judged = judge_recordings(opened, recordings, wanted=devices or (), now_s=time.time())
    else:
        transport = prepared_transport()
        try:
            judged = judge_by_polls(
                opened,
                transport=transport,
                wanted=devices or (),
                wait_s=wait,
                places=None if places is None else read_places(places),
                told=tell,
            )
        finally:
            transport.close()
    rows = judged.evidence
    recorded = range(0)
    if rows:
        store = project_store(opened)
        try:
            recorded = EvidenceBook(store).record(rows)
        finally:
            store.close()
    rungs = standings_of(judged)
    if json:
        show_json(readiness_document(judged, rungs, recorded=recorded, language=language))
    else:
        for line in readiness_lines(judged, rungs, recorded=len(recorded), language=language):
            say(line)
    if not any(one.row_of["D1"].verdict == "pass" for one in judged.devices):
        raise SurroundingsError("no device answers; see what happens with: ngbw probe test ADDRESS")
    return 0


def add_verb(group: typer.Typer) -> None:
    """Add the verb to its group."""
    group.command()(device)
