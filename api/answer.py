"""The command line's answer to a plan: the same three answers as the page, as lines of text.

Columns are aligned by display width, in which a Chinese character counts two.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ..maps import figures
from ..maps.answers import coverage_answer, sites_answer
from ..maps.bilingual import Both, named
from ..maps.findings import findings
from ..maps.legend import model_limits
from ..maps.notices import notices
from ..maps.page_tables import FactTable, page_tables
from ..maps.plan_statements import phase_statements
from ..maps.words import phrase_or_raw, text, word_or_raw

__all__ = ["aligned_table", "plan_answer"]

_GAPS_SHOWN = 5


def _width(words: str) -> int:
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in words)


def aligned_table(
    head: Sequence[str], rows: Sequence[Sequence[str]], numbers: Sequence[int]
) -> list[str]:
    """Lay out rows below a heading; the columns with these numbers stand right, others left."""
    cells = [list(head), *[list(row) for row in rows]]
    widths = [max(_width(row[n]) for row in cells) for n in range(len(head))]
    lines = []
    for row in cells:
        parts = []
        for n, cell in enumerate(row):
            pad = " " * (widths[n] - _width(cell))
            parts.append(pad + cell if n in numbers else cell + pad)
        lines.append("  " + "  ".join(parts).rstrip())
    return lines


def _name(entry: Mapping[str, Any], language: str, prefix: str = "") -> str:
    name = named(entry.get(f"{prefix}name"), entry.get(f"{prefix}name_en")).in_language(language)
    return name or text("word.outside_subdistricts", language)


def _kind(kind: str, language: str) -> str:
    return word_or_raw("kind", kind.removeprefix("place:"), language)


def _share_rows(
    shares: Mapping[str, Mapping[str, Any]], names: Mapping[str, str], language: str
) -> list[list[str]]:
    return [
        [
            names[key],
            figures.share(share["share"], language),
            figures.people(share["served"], language),
            figures.people(share["total"], language),
        ]
        for key, share in shares.items()
    ]


def _pair(name: Both, value: Both, language: str) -> str:
    colon = text("word.colon", language)
    return f"{name.in_language(language)}{colon}{value.in_language(language)}"


def plan_answer(document: Mapping[str, Any], map_path: Path, language: str) -> str:
    """Return what a plan found, for reading.

    Parameters
    ----------
    document
        The run document.
    map_path
        Where the map lies.
    language
        ``zh-CN`` or ``en``.
    """
    coverage, project, service = document["coverage"], document["project"], document["service"]
    heading = [
        text("column.share", language),
        text("column.served", language),
        text("column.total", language),
    ]
    first, second = coverage_answer(document), sites_answer(document)
    colon = text("word.colon", language)
    lines = [
        f"{_name(project, language)}{colon}{_name(service, language)}",
        "",
    ]
    for answer in (first, second):
        verdict = f" [{answer.verdict.in_language(language)}]" if answer.verdict else ""
        lines.append(answer.statement.in_language(language) + verdict)
        lines += [f"  {detail.in_language(language)}" for detail in answer.details]
    lines += [f"  {one.in_language(language)}" for one in phase_statements(document)]
    model = document["model"]
    lines.append(
        f"{text('legend.model', language)}{colon}{phrase_or_raw(model['title'], language)}"
        f"{text('word.semicolon', language)}{phrase_or_raw(model['valid'], language)}"
    )
    lines += [f"  {_pair(*limit, language)}" for limit in model_limits(document)]
    lines += [_pair(*finding, language) for finding in findings(document)]
    lines += ["", text("page.kinds", language)]
    names = {kind: _kind(kind, language) for kind in coverage["by_kind"]}
    lines += aligned_table(
        [text("column.kind", language), *heading],
        _share_rows(coverage["by_kind"], names, language),
        (1, 2, 3),
    )
    if coverage["by_subdistrict"]:
        lines += ["", text("page.subdistricts", language)]
        names = {key: _name(area, language) for key, area in coverage["by_subdistrict"].items()}
        lines += aligned_table(
            [text("column.area", language), *heading[:2], text("column.residents", language)],
            _share_rows(coverage["by_subdistrict"], names, language),
            (1, 2, 3),
        )
    lines += ["", text("page.sites", language), *_sites(document, language)]
    lines += ["", *_gaps(document["gaps"], language), ""]
    if document.get("next"):
        lines += [text("page.next", language), *_table(page_tables(document)["next"], language), ""]
    lines += [f"! {notice.in_language(language)}" for notice in notices(document)]
    lines.append(text("answer.map", language, path=map_path))
    return "\n".join(lines)


_SITE_COLUMNS = (
    "order", "site_id", "area", "antenna_height_m", "people", "people_alone", "people_shared",
    "cumulative_share", "instead", "phase", "cost_money",
)  # fmt: skip
"""Columns of the sites that a terminal has room for."""


def _sites(document: Mapping[str, Any], language: str) -> list[str]:
    """Return the sites, each with why it is in the plan."""
    if not document["sites"]["table"]:
        return [text("word.none", language)]
    return _table(page_tables(document)["sites"], language, only=_SITE_COLUMNS)


def _table(table: FactTable, language: str, *, only: Sequence[str] = ()) -> list[str]:
    """Lay out a table of the page; ``only`` names the columns that are wanted."""
    headings = [column.heading.in_language(language) for column in table.columns]
    kept = [n for n, column in enumerate(table.columns) if not only or column.name in only]
    rows = [[row.cells[n].in_language(language) for n in kept] for row in table.rows]
    numbers = [k for k, n in enumerate(kept) if table.columns[n].numeric]
    return aligned_table([headings[n] for n in kept], rows, numbers)


def _gaps(gaps: Sequence[Mapping[str, Any]], language: str) -> list[str]:
    if not gaps:
        return [text("answer.no_gap", language)]
    shown = gaps[:_GAPS_SHOWN]
    rows = []
    for gap in shown:
        near = named(gap["nearest_place"], gap["nearest_place_en"]).in_language(language)
        away = figures.distance(gap["nearest_place_m"], language)
        rows.append(
            [
                f"{gap['rank']} {_name(gap, language, 'area_')}",
                figures.people(gap["people"], language),
                figures.area_km2(gap["area_km2"], language),
                word_or_raw("reason", gap["reason"], language),
                f"{near} {away}" if near else figures.unknown(language),
                f"{gap['next_site_id']} {figures.distance(gap['next_site_m'], language)}",
            ]
        )
    head = [
        text(f"column.{key}", language)
        for key in ("area", "people_not_served", "area_km2", "reason", "nearest_place", "next_site")
    ]
    total = sum(gap["people"] for gap in gaps)
    key = "answer.gaps_more_one" if len(gaps) == 1 else "answer.gaps_more"
    more = text(key, language, count=len(gaps), people=figures.people(total, language))
    return [
        text("answer.worst_gaps", language, count=len(shown)),
        *aligned_table(head, rows, (1, 2)),
        f"  {more}",
    ]
