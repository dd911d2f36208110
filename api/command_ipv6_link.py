"""``ngbw ipv6 link``: how ready a link is, by asking it or from a capture of it."""

from __future__ import annotations

import platform
import time
from pathlib import Path
from typing import Annotated

import typer

from ..topology.errors import UsageError
from .terminal import default_language, say, show_json, tell

__all__ = ["add_verb"]


def link(
    source: Annotated[
        str, typer.Argument(metavar="INTERFACE|FILE", help="Interface, or a pcap or pcapng file.")
    ],
    *,
    project: Annotated[
        Path | None, typer.Option(help="Project directory whose book gets the evidence.")
    ] = None,
    link_id: Annotated[str, typer.Option("--link", help="Link of the project that this is.")] = "",
    seconds: Annotated[
        float, typer.Option(min=0.1, max=60, help="How long to listen after each question.")
    ] = 2.0,
    target: Annotated[
        list[str] | None,
        typer.Option(
            help="Where to try the way (L10; default: the link's router). With an IPv6 and an IPv4 "
            "address of the same host, hops are compared too (L11). Repeatable."
        ),
    ] = None,
    too_big: Annotated[
        bool,
        typer.Option(
            "--too-big",
            help="Tell the IPv6 targets that 1300 bytes are too big (L12). Hosts of your own only: "
            "they send you smaller packets for some minutes.",
        ),
    ] = False,
    inbound: Annotated[
        str, typer.Option(help="Host behind the link to knock at from here, unasked (L14).")
    ] = "",
    port: Annotated[
        list[int] | None,
        typer.Option(help="TCP port of that host; repeatable (default: 22, 80 and 443)."),
    ] = None,
    lang: Annotated[str, typer.Option(help="zh-CN or en (default: your locale's).")] = "",
    json: Annotated[
        bool, typer.Option("--json", help="Print one JSON document to stdout.")
    ] = False,
) -> int:
    """Judge a link by L1 to L14, and say what to do next.

    A capture needs no rights; asking an interface needs CAP_NET_RAW. Nothing is leased, claimed
    or changed, except by --too-big. Exit code 1 when a check fails.
    """
    from ..ipv6.links.heard import capture_heard
    from ..ipv6.links.judging import check_link
    from ..ipv6.links.trying import try_the_ways, ways_to
    from ..ipv6.verdicts import Verdict
    from ..maps.words import LANGUAGES, text, word_or_raw

    language = lang or default_language()
    if language not in LANGUAGES:
        raise UsageError(f"--lang is {language!r}; use {' or '.join(LANGUAGES)}")
    if bool(link_id) != (project is not None):
        raise UsageError("give --project and --link together, or neither")
    if project is not None:
        _known(project, link_id)
    file = Path(source)
    from_file = "/" in source or file.is_file()
    ways = ways_to(source, targets=target or (), inbound=inbound, ports=port or (), too_big=too_big)
    if from_file and ways:
        raise UsageError("--target and --inbound ask; a capture was asked when it was taken")
    subject = f"link:{link_id or (file.name if from_file else source)}"
    if from_file:
        heard = capture_heard(file, subject=subject, vantage=f"capture {file.name}")
    else:
        from ..ipv6.links.asking import ask_the_link

        vantage = f"{platform.node() or 'here'} {source}"
        heard = ask_the_link(
            source, subject=subject, vantage=vantage, seconds=seconds, now_s=time.time()
        )
        heard = try_the_ways(heard, source, ways, seconds=min(seconds, 5.0))
    rows = check_link(heard)

    def word(group: str, code: str) -> str:
        return word_or_raw(group, code, language) if code else ""

    recorded = 0
    if project is not None:
        from ..ipv6.evidence_book import EvidenceBook
        from ..topology.project import open_project
        from .store_place import project_store

        store = project_store(open_project(project))
        try:
            recorded = len(EvidenceBook(store).record(rows))
        finally:
            store.close()
    if heard.trouble:
        tell("warning: " + text("ipv6_link.cut", language, trouble=heard.trouble))
    if json:
        show_json(
            {
                "format": 1,
                "subject": subject,
                "began_s": heard.began_s,
                "frames": heard.frames,
                "unreadable": heard.unreadable,
                "trouble": heard.trouble,
                "recorded": recorded,
                "checks": {
                    row.check_id: {
                        "verdict": row.verdict.value,
                        "reason": row.reason,
                        "why": word("ipv6_reason", row.reason),
                        "what_to_do": word("ipv6_do", row.reason),
                        "detail": row.detail,
                        "basis": row.basis.value,
                        "answered": dict(row.answered),
                    }
                    for row in rows
                },
            }
        )
    else:
        for row in rows:
            title = text(f"ipv6_check.{row.check_id}", language)
            verdict = text(f"ipv6_found.{row.verdict}", language)
            why = f" - {word_or_raw('ipv6_reason', row.reason, language)}" if row.reason else ""
            detail = f" ({row.detail})" if row.detail else ""
            say(f"{row.check_id} {title}: {verdict}{why}{detail}")
            if row.verdict in (Verdict.FAIL, Verdict.PARTIAL):
                do = word_or_raw("ipv6_do", row.reason, language)
                say("    " + text("ipv6_link.do", language, do=do))
        say(
            text(
                "ipv6_link.summary",
                language,
                link=subject,
                frames=heard.frames,
                unreadable=heard.unreadable,
                rows=recorded,
            )
        )
    return 1 if any(row.verdict is Verdict.FAIL for row in rows) else 0


def _known(project: Path, link_id: str) -> None:
    """Refuse a link that the project does not have."""
    from ..topology.project import open_project

    if link_id not in set(open_project(project).network().links["link_id"]):
        raise UsageError(f"{project} has no link {link_id!r}; its links table names them")


def add_verb(group: typer.Typer) -> None:
    """Add the verb to its group."""
    group.command()(link)
