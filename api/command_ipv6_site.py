"""``ngbw ipv6 site``: how ready websites are, and by what evidence."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..topology.errors import SurroundingsError, UsageError
from .terminal import default_language, progress_bar, say, show_json

if TYPE_CHECKING:
    from ..ipv6.evidence import Evidence
    from ..ipv6.websites.examination import Website

__all__ = ["add_verb"]


def _asked(given: str) -> tuple[str, ...]:
    """Return the checks that an option names, such as ``S1-S9,S11``."""
    from ..ipv6.websites.examination import ALL_CHECKS

    if not given:
        return ALL_CHECKS
    found: list[str] = []
    for part in given.upper().replace(" ", "").split(","):
        first, dash, last = part.partition("-")
        ends = (first, last if dash else first)
        if not all(one in ALL_CHECKS for one in ends):
            raise UsageError(f"--checks holds {part!r}; write S1 to S19, such as S1-S9,S11")
        numbers = [ALL_CHECKS.index(one) for one in ends]
        if numbers[1] < numbers[0]:
            raise UsageError(f"--checks holds {part!r}; write the first before the last")
        found += ALL_CHECKS[numbers[0] : numbers[1] + 1]
    return tuple(dict.fromkeys(found))


def site(
    hosts: Annotated[
        list[str], typer.Argument(help="Names or URLs, or a project directory with websites.")
    ],
    *,
    checks: Annotated[str, typer.Option(help="Only these, such as S1-S9,S11 (default: all).")] = "",
    allow: Annotated[
        list[str] | None,
        typer.Option(help="Network beside the internet that may be contacted; repeatable."),
    ] = None,
    resolver: Annotated[
        list[str] | None,
        typer.Option(help="Address of a resolver, two at most (default: this machine's)."),
    ] = None,
    root_hints: Annotated[
        Path | None, typer.Option(help="Root name servers of a closed network, as named.root.")
    ] = None,
    trust: Annotated[
        Path | None, typer.Option(help="Certificates to trust in place of the system's (PEM).")
    ] = None,
    vantage: Annotated[str, typer.Option(help="Name of this place, for the evidence.")] = "here",
    seed: Annotated[int, typer.Option(help="Of the draws behind the bound of S10.")] = 0,
    lang: Annotated[str, typer.Option(help="zh-CN or en (default: your locale's).")] = "",
    json: Annotated[
        bool, typer.Option("--json", help="Print one JSON document to stdout.")
    ] = False,
) -> int:
    """Judge websites by S1 to S19 and say what to do next; in a project, record the evidence.

    Before that, this place proves its own IPv6 by V1 to V5; where it cannot, everything is unknown
    and the exit code is 6. Exit code 1 when a check fails.
    """
    from ..ipv6.websites.batch import BatchPlan, examine_websites, system_resolvers
    from ..ipv6.websites.page_fetch import trust as trusted
    from ..ipv6.websites.reachable_addresses import AddressGuard
    from ..ipv6.websites.root_servers import ROOT_SERVERS, read_root_hints
    from ..maps.words import LANGUAGES
    from .website_readiness_answer import website_document, website_lines

    language = lang or default_language()
    if language not in LANGUAGES:
        raise UsageError(f"--lang is {language!r}; use {' or '.join(LANGUAGES)}")
    if not all(one.strip() for one in hosts):
        raise UsageError("a name is empty; give the name of a website, or a project directory")
    project = _project(hosts)
    websites = _websites(hosts, project)
    if trust is not None:
        try:
            trusted(str(trust))
        except OSError as error:
            raise UsageError(f"--trust {trust} cannot be read as certificates: {error}") from None
    plan = BatchPlan(
        vantage=vantage,
        asked=_asked(checks),
        guard=AddressGuard.of(allow or ()),
        roots=read_root_hints(root_hints) if root_hints else ROOT_SERVERS,
        resolvers=_resolvers(resolver) if resolver else system_resolvers(),
        cafile=None if trust is None else str(trust),
        seed=seed,
    )
    rows: dict[str, tuple[Evidence, ...]] = {}
    with progress_bar(quiet=json) as progress:

        def deliver(website: Website | None, found: tuple[Evidence, ...]) -> None:
            rows["" if website is None else website.website_id] = found
            if project is not None:
                _record(project, found)
            progress("websites", len(rows) - 1, len(websites))

        history = {} if project is None else _history(project, websites)
        proven = examine_websites(websites, plan, deliver=deliver, history=history, now_s=time.time)
    of_vantage = rows.pop("")
    ordered = {one.website_id: rows[one.website_id] for one in websites}
    if json:
        show_json(website_document(of_vantage, ordered, fit=proven.fit, language=language))
    else:
        for line in website_lines(of_vantage, ordered, fit=proven.fit, language=language):
            say(line)
    if not proven.fit:
        if json:  # the document says it; an error beside it would be a second one
            return SurroundingsError.exit_code
        raise SurroundingsError(
            "this place has no proven IPv6, so that nothing can be told of websites; look at what "
            "V1 to V4 say"
        )
    return int(any(row.verdict == "fail" for found in ordered.values() for row in found))


def _project(hosts: list[str]) -> Path | None:
    """Return the project directory that was given in place of names."""
    import os

    # os.path says no, where pathlib raises, to what is too long for a path
    return Path(hosts[0]) if len(hosts) == 1 and os.path.isdir(hosts[0]) else None  # noqa: PTH112


def _resolvers(given: list[str]) -> tuple[str, ...]:
    import ipaddress

    if len(given) > 2:
        raise UsageError(f"--resolver is given {len(given)} times; give two addresses at most")
    for one in given:
        try:
            ipaddress.ip_address(one)
        except ValueError:
            raise UsageError(f"--resolver is {one!r}; give an address such as 10.0.0.53") from None
    return tuple(given)


def _websites(hosts: list[str], project: Path | None) -> list[Website]:
    from ..ipv6.websites.examination import Website

    if project is None:
        return [Website(one, one) for one in dict.fromkeys(hosts)]
    from ..topology.project import open_project

    table = open_project(project).network().table("websites")
    if not len(table):
        raise UsageError(f"{project} has no websites; fill its table websites, or give names")
    return [
        Website(str(key), str(host), mail if isinstance(mail, str) else "")
        for key, host, mail in zip(
            table["website_id"], table["host"], table["mail_domain"], strict=True
        )
    ]


def _record(project: Path, rows: tuple[Evidence, ...]) -> None:
    from ..ipv6.evidence_book import EvidenceBook
    from ..topology.project import open_project
    from .store_place import project_store

    store = project_store(open_project(project))
    try:
        EvidenceBook(store).record(rows)
    finally:
        store.close()


def _history(project: Path, websites: list[Website]) -> dict[str, list[Evidence]]:
    """Return the looks of the last day, from which S14 is told."""
    from ..ipv6.evidence_book import EvidenceBook
    from ..ipv6.websites.stability import DAY_S
    from ..topology.project import open_project
    from .store_place import project_store

    store = project_store(open_project(project))
    try:
        book = EvidenceBook(store)
        since_s = time.time() - DAY_S
        return {
            one.website_id: [
                book.row(found.number)
                for found in book.history(f"website:{one.website_id}", "S6")
                if found.ended_s > since_s
            ]
            for one in websites
        }
    finally:
        store.close()


def add_verb(group: typer.Typer) -> None:
    """Add the verb to its group."""
    group.command()(site)
