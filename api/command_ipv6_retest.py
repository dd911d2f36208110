"""``ngbw ipv6 retest``: ask again what failed, is not known, or has grown too old."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..topology.errors import UsageError
from .terminal import say, show_json, tell

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ..ipv6.evidence import Evidence
    from ..ipv6.evidence_book import EvidenceBook
    from ..ipv6.subjects import Subject
    from ..topology.network import Network
    from ..topology.project import Project

__all__ = ["add_verb"]

_DAY_S = 86_400.0
_STABILITY_CHECKS = frozenset({"S6", "S14"})
_ASKS = ("device", "website")
"""Kinds of subject that can be asked from here; links are asked on the link itself."""


def _devices(
    project: Project, wanted: Sequence[str], recordings: Path | None, wait_s: float
) -> list[Evidence]:
    from .device_readiness import judge_by_polls, judge_recordings
    from .probe_target import prepared_transport

    if recordings is not None:
        found = judge_recordings(project, recordings, wanted=wanted, now_s=time.time())
        return found.evidence
    transport = prepared_transport()
    try:
        return judge_by_polls(
            project, transport=transport, wanted=wanted, wait_s=wait_s, told=tell
        ).evidence
    finally:
        transport.close()


def _websites(
    wanted: Sequence[Subject],
    book: EvidenceBook,
    allow: Sequence[str],
    *,
    mail_domains: Mapping[str, str],
    now_s: float,
) -> bool:
    """Examine websites; each is recorded when it is done. Return whether this place has IPv6."""
    from ..ipv6.websites.batch import BatchPlan, examine_websites, system_resolvers
    from ..ipv6.websites.examination import Website
    from ..ipv6.websites.reachable_addresses import AddressGuard

    history = {
        one.row_id: [
            book.row(finding.number)
            for finding in book.history(one.key)
            if finding.check_id in _STABILITY_CHECKS and now_s - finding.ended_s <= _DAY_S
        ]
        for one in wanted
    }
    plan = BatchPlan(guard=AddressGuard.of(tuple(allow)), resolvers=system_resolvers())

    def deliver(_website: Website | None, rows: tuple[Evidence, ...]) -> None:
        book.record(rows)

    websites = [Website(one.row_id, one.host, mail_domains.get(one.row_id, "")) for one in wanted]
    return examine_websites(websites, plan, deliver=deliver, history=history).fit


def _mail_domains(network: Network) -> dict[str, str]:
    """Return the domain of the mail of each website where its row names one."""
    table = network.table("websites")
    pairs = zip(table["website_id"], table["mail_domain"], strict=True)
    return {str(key): mail for key, mail in pairs if isinstance(mail, str)}


def retest(
    project: Annotated[Path, typer.Argument(help="Project directory.")],
    *,
    only: Annotated[
        str, typer.Option(help="device or website: ask only these (default: both).")
    ] = "",
    wait: Annotated[
        float,
        typer.Option(min=0, max=86_400, help="Seconds to the second poll of devices, at most."),
    ] = 300.0,
    recordings: Annotated[
        Path | None,
        typer.Option(help="Judge devices by recordings (.snmprec, .snmpwalk): file or DIR."),
    ] = None,
    allow: Annotated[
        list[str] | None,
        typer.Option(help="Network beside the internet that websites may be in; repeat it."),
    ] = None,
    json: Annotated[
        bool, typer.Option("--json", help="Print one JSON document to stdout.")
    ] = False,
) -> int:
    """Ask devices and websites again that failed a check, are not known, or whose evidence expired.

    What certainly has every level is left alone. Exit code 0 also where checks fail again.
    """
    from ..ipv6.readiness import to_ask_again
    from ..topology.project import open_project
    from .readiness_answer import opened_book, readiness_of

    if only and only not in _ASKS:
        raise UsageError(f"--only is {only!r}; use {' or '.join(_ASKS)}")
    opened = open_project(project)
    kinds = (only,) if only else _ASKS
    with opened_book(opened, make=True) as book:
        now_s = time.time()
        network, fit = opened.network(), True
        stand = readiness_of(opened, book, now_s=now_s, network=network)
        again = to_ask_again(stand)
        asked = {kind: [one for one in again if one.kind == kind] for kind in kinds}
        before = len(book.findings())
        if devices := asked.get("device"):
            ids = [one.row_id for one in devices]
            if recordings is not None:
                ids = [one for one in ids if _recorded(one, recordings)]
            if ids:
                book.record(_devices(opened, ids, recordings, wait))
        if websites := asked.get("website"):
            fit = _websites(
                websites, book, allow or (), mail_domains=_mail_domains(network), now_s=now_s
            )
        after = readiness_of(opened, book, now_s=time.time(), network=network)
        rows = len(book.findings()) - before
    moved = [
        {"subject": key, "before": str(stand.rungs[key].level.name).lower(),
         "after": one.level.name.lower()}
        for key, one in after.rungs.items()
        if one.level is not stand.rungs[key].level
    ]  # fmt: skip
    if json:
        show_json(
            {"asked": {kind: [one.key for one in some] for kind, some in asked.items()},
             "rows": rows, "moved": moved, "vantage_fit": fit}
        )  # fmt: skip
        return 0
    for kind, some in asked.items():
        say(f"{kind}: {len(some)} asked again")
    if not fit:
        say(
            "this place has no proven IPv6, so that nothing can be told of websites; see why: "
            f"ngbw ipv6 site {project}"
        )
    for one in moved:
        say(f"  {one['subject']}: {one['before']} -> {one['after']}")
    say(f"{rows} rows of evidence recorded; see: ngbw ipv6 report {project}")
    return 0


def _recorded(device_id: str, recordings: Path) -> bool:
    """Tell whether there is a recording of a device."""
    from ..probes.replay.recordings import recordings_below

    return any(path.stem == device_id for path in recordings_below(recordings))


def add_verb(group: typer.Typer) -> None:
    """Add the verb to its group."""
    group.command()(retest)
