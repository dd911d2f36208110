"""``ngbw ipv6 report``: where a project stands with IPv6, against what its plan promised."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .. import __version__
from ..topology.errors import UsageError
from .terminal import default_language, say, show_json, tell

if TYPE_CHECKING:
    from ..ipv6.evidence_book import EvidenceBook
    from ..ipv6.readiness import Readiness

__all__ = ["add_verb"]

_FORMS = (".html", ".docx", ".md", ".svg")


def _answers(book: EvidenceBook, stand: Readiness, subject: str) -> dict[str, Any]:
    """Return what the rows that count of a subject answered, by check."""
    return {c: book.row(f.number).answered for c, f in stand.standing.of(subject).items()}


def report(
    project: Annotated[Path, typer.Argument(help="Project directory.")],
    *,
    at: Annotated[str, typer.Option(help="Day of the verdict, YYYY-MM-DD (default: now).")] = "",
    out: Annotated[
        Path | None,
        typer.Option(help="Write the report (.html, .docx, .md) or its map (.svg) to this file."),
    ] = None,
    map_file: Annotated[
        Path | None,
        typer.Option(
            "--map",
            metavar="FILE",
            help="Write a map with the work list and targets to this .html file.",
        ),
    ] = None,
    lang: Annotated[str, typer.Option(help="zh-CN or en (default: your locale's).")] = "",
    json: Annotated[
        bool, typer.Option("--json", help="Print one JSON document to stdout.")
    ] = False,
) -> int:
    """Say where a project stands with IPv6: targets, who misses them and why, what to do first.

    Any past day can be asked about; evidence that came later does not count. Exit code 1 when a
    target is missed, 3 when the book of evidence is damaged.
    """
    from functools import partial

    from ..maps.documents.drawing import svg_of
    from ..maps.documents.readiness_map import readiness_drawing
    from ..maps.documents.readiness_report import readiness_report
    from ..maps.readiness_page import readiness_page
    from ..maps.words import LANGUAGES
    from ..topology.formats.whole_file import replacing
    from ..topology.project import open_project
    from .ledger import day_of
    from .plan_export import write_document
    from .readiness_answer import opened_book, readiness_of
    from .readiness_document import readiness_document, readiness_text

    language = lang or default_language()
    if language not in LANGUAGES:
        raise UsageError(f"--lang is {language!r}; use {' or '.join(LANGUAGES)}")
    if out is not None and out.suffix.lower() not in _FORMS:
        raise UsageError(f"{out.name}: a report is written as {', '.join(_FORMS)}")
    if map_file is not None and map_file.suffix.lower() != ".html":
        raise UsageError(f"{map_file.name}: the map is one .html file")
    opened = open_project(project)
    settings = opened.settings
    day = day_of(at, settings.timezone) if at else None
    names = settings.name, settings.name_en or settings.name
    network = opened.network()
    with opened_book(opened) as book:
        stand = readiness_of(opened, book, at=day, now_s=time.time(), network=network)
        damage = [
            one.why if one.number is None else f"{one.number}: {one.why}" for one in book.damage()
        ]
        if out is not None:
            with replacing(out) as target:
                if out.suffix.lower() == ".svg":
                    drawing = readiness_drawing(stand, network)
                    if drawing is None:
                        raise UsageError("no site with a device or website has a place to draw")
                    target.write_text(svg_of(drawing, language) + "\n", encoding="utf-8")
                else:
                    document = readiness_report(
                        stand, network, project=names, damage=damage,
                        answers_of=partial(_answers, book, stand),
                    )  # fmt: skip
                    write_document(document, target, language)
        if map_file is not None:
            facts = {
                "name": settings.name,
                "name_en": settings.name_en or settings.name,
                "review_number": settings.review_number or None,
                "version": __version__,
            }
            page = readiness_page(stand, network, facts=facts, damage=damage, language=language)
            with replacing(map_file) as target:
                target.write_text(page, encoding="utf-8")
    found = readiness_document(
        stand, project=names[language == "en"], language=language, damage=damage
    )
    if json:
        show_json(found)
    else:
        say(readiness_text(found, language))
        for written in (out, map_file):
            if written is not None:
                say(str(written))
    if day is not None and stand.at < day:
        tell(f"--at {day} has not come yet: this is what is known on {stand.at}")
    if damage:
        return 3
    return 1 if any(promise.word == "missed" for promise in stand.promises) else 0


def add_verb(group: typer.Typer) -> None:
    """Add the verb to its group."""
    group.command()(report)
