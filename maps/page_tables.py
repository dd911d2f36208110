"""The tables below the map: the same facts for print, screen readers and pages without scripts.

Popups on the map are copies of rows of these tables, so a fact stands in one place only.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from . import figures
from .bilingual import Both, both, listed, named, raw, say, word
from .findings import findings
from .money import money_column, money_heading, unit_of
from .plan_statements import share_above
from .words import words

__all__ = ["FactColumn", "FactRow", "FactTable", "page_tables", "replaced_by"]


@dataclass(frozen=True, slots=True)
class FactColumn:
    """A column: its heading, whether it holds figures, which stand to the right, and its name."""

    heading: Both
    numeric: bool = False
    name: str = ""


@dataclass(frozen=True, slots=True)
class FactRow:
    """A row: the number by which the map finds it, and its cells."""

    number: int
    cells: tuple[Both, ...]


@dataclass(frozen=True, slots=True)
class FactTable:
    """A table of the page; ``name`` is also the id of its element."""

    name: str
    title: Both
    caption: Both
    columns: tuple[FactColumn, ...]
    rows: tuple[FactRow, ...]


def _columns(*names: str, numeric: tuple[str, ...], unit: str = "") -> tuple[FactColumn, ...]:
    """Return columns by the keys of their words; ``unit`` is that of money."""
    return tuple(
        FactColumn(
            money_heading("column.cost_money", unit)
            if name == "cost_money"
            else say(f"column.{name}"),
            name in numeric,
            name,
        )
        for name in names
    )


def _people(value: float | None) -> Both:
    return both(lambda language: figures.people(value, language))


def _share(value: float | None) -> Both:
    return both(lambda language: figures.share_in_table(value, language))


def _km2(value: float | None) -> Both:
    return both(lambda language: figures.area_km2(value, language))


def _amounts(values: list[float | None]) -> list[Both]:
    """Return a column of figures with as many decimals as they have."""
    zh, en = (figures.amounts(values, language) for language in ("zh-CN", "en"))
    return [Both(*pair) for pair in zip(zh, en, strict=True)]


def _far(name: Both, metres: float | None) -> Both:
    """Return a name with its distance, or the word for none."""
    if not name.zh:
        return say("word.none")

    def write(language: str) -> str:
        return f"{name.in_language(language)} · {figures.distance(metres, language)}"

    return both(write)


def _area(name: object, name_en: object) -> Both:
    found = named(name, name_en)
    return found if found.zh else say("word.outside_subdistricts")


def _area_names(run: Mapping[str, Any], area_id: str) -> tuple[object, object]:
    """Return the two names of a subdistrict; nothing for the one that has no id."""
    row = run["coverage"].get("by_subdistrict", {}).get(area_id, {}) if area_id else {}
    return row.get("name"), row.get("name_en")


def _reasons(run: Mapping[str, Any]) -> Both:
    """Explain the reasons that occur, most frequent first; a reason without words needs none."""
    frequent = Counter(str(gap["reason"]) for gap in run["gaps"]).most_common()
    known = [reason for reason, _ in frequent if f"reason.{reason}.why" in words("en")]
    said = [
        say("page.gaps_reason", reason=word("reason", reason), why=say(f"reason.{reason}.why"))
        for reason in known
    ]
    return Both("".join(one.zh for one in said), " ".join(one.en for one in said))


def _gaps(run: Mapping[str, Any]) -> FactTable:
    rows = []
    for gap in sorted(run["gaps"], key=lambda gap: int(gap["rank"])):
        place = named(gap.get("nearest_place"), gap.get("nearest_place_en"))
        rows.append(
            FactRow(
                int(gap["rank"]),
                (
                    raw(gap["rank"]),
                    _people(gap["people"]),
                    _km2(gap.get("area_km2")),
                    _area(gap.get("area_name"), gap.get("area_name_en")),
                    _far(place, gap.get("nearest_place_m")),
                    _far(raw(gap.get("next_site_id") or ""), gap.get("next_site_m")),
                    word("reason", gap["reason"]),
                ),
            )
        )
    return FactTable(
        "gaps",
        say("page.gaps"),
        say("page.gaps_caption", reasons=_reasons(run)) if rows else say("page.gaps_none"),
        _columns(
            "rank", "people_not_served", "area_km2", "area", "nearest_place", "next_site", "reason",
            numeric=("people_not_served", "area_km2"),
        ),
        tuple(rows),
    )  # fmt: skip


def _subdistricts(run: Mapping[str, Any]) -> FactTable:
    def by_share(item: tuple[str, Mapping[str, Any]]) -> tuple[float, str]:
        share = item[1].get("share")
        return (math.inf if share is None else share, item[0])

    found = sorted(run["coverage"].get("by_subdistrict", {}).items(), key=by_share)
    rows = [
        FactRow(
            number,
            (
                _area(row.get("name"), row.get("name_en")) if area_id else _area("", ""),
                _people(row["total"]),
                _people(row["served"]),
                _share(row.get("share")),
                _share(row.get("expected_share")),
            ),
        )
        for number, (area_id, row) in enumerate(found, start=1)
    ]
    return FactTable(
        "subdistricts",
        say("page.subdistricts"),
        say("page.subdistricts_caption"),
        _columns(
            "area", "residents", "served", "share", "expected_share",
            numeric=("residents", "served", "share", "expected_share"),
        ),
        tuple(rows),
    )  # fmt: skip


def _kinds(run: Mapping[str, Any]) -> FactTable:
    rows = [
        FactRow(
            number,
            (
                word("kind", str(kind).removeprefix("place:")),
                _people(row["total"]),
                _people(row["served"]),
                _share(row.get("share")),
                _share(row.get("expected_share")),
            ),
        )
        for number, (kind, row) in enumerate(run["coverage"].get("by_kind", {}).items(), start=1)
    ]
    return FactTable(
        "kinds",
        say("page.kinds"),
        say("page.kinds_caption"),
        _columns(
            "kind", "total", "served", "share", "expected_share",
            numeric=("total", "served", "share", "expected_share"),
        ),
        tuple(rows),
    )  # fmt: skip


def _sites(run: Mapping[str, Any]) -> FactTable:
    """Return the sites; what a run does not say of any of them has no column."""
    table = run["sites"]["table"]
    ordered = sorted(table, key=lambda site: int(site["order"]))
    unit = unit_of(run)

    def has(name: str) -> bool:
        return any(site.get(name) is not None for site in table)

    columns: list[tuple[str, bool, list[Both]]] = [
        ("order", False, [raw(site["order"]) for site in ordered]),
        ("site_id", False, [raw(site["site_id"]) for site in ordered]),
        ("name", False, [raw(site.get("name") or "—") for site in ordered]),
        ("category", False, [word("kind", site.get("category") or "—") for site in ordered]),
        ("area", False, [_area(*_area_names(run, site.get("area_id", ""))) for site in ordered]),
        ("antenna_height_m", True, _amounts([site.get("antenna_height_m") for site in ordered])),
        ("origin", False, [word("origin", site["origin"]) for site in ordered]),
        ("people", True, [_people(site.get("people")) for site in ordered]),
        ("people_alone", True, [_people(site.get("people_alone")) for site in ordered]),
    ]
    if has("people_shared"):
        shared = [_people(site.get("people_shared")) for site in ordered]
        columns.append(("people_shared", True, shared))
    if has("cumulative_share"):
        shares = [_share(site.get("cumulative_share")) for site in ordered]
        columns.append(("cumulative_share", True, shares))
    if has("replacement"):
        instead = [replaced_by(site.get("replacement"), site.get("margin")) for site in ordered]
        columns.append(("instead", False, instead))
    if any(site.get("phase") for site in table):
        columns.append(("phase", False, [raw(site.get("phase") or "—") for site in ordered]))
    assumed = [
        listed("figure", site["assumed"]) if site.get("assumed") else raw("—") for site in ordered
    ]
    columns.append(("assumed", False, assumed))
    if has("cost_money"):
        money_ = money_column([site.get("cost_money") for site in ordered], unit)
        columns.append(("cost_money", True, money_))
    elif has("cost"):
        columns.append(("cost", True, _amounts([site.get("cost") for site in ordered])))
    headings = _columns(
        *(name for name, _, _ in columns),
        numeric=tuple(name for name, numeric, _ in columns if numeric),
        unit=unit,
    )
    return FactTable(
        "sites",
        say("page.sites"),
        say("page.sites_caption"),
        headings,
        tuple(
            FactRow(int(site["order"]), tuple(cells[n] for _, _, cells in columns))
            for n, site in enumerate(ordered)
        ),
    )


def replaced_by(site_id: str | None, lost: float | None) -> Both:
    """Return a site that could take another's place, and how many people that moves."""
    if not site_id:
        return say("word.none")
    lost = lost or 0.0
    if abs(lost) < 0.5:
        return say("page.instead_same", site=raw(site_id))
    key = "page.instead" if lost > 0 else "page.instead_more"
    return say(key, site=raw(site_id), people=_people(abs(lost)))


def _phases(run: Mapping[str, Any]) -> FactTable:
    unit = unit_of(run)
    steps = run["phases"]["steps"]
    priced = any(step.get("cost") is not None for step in steps)
    costs = money_column([step.get("cost") for step in steps], unit)
    rows = []
    for number, step in enumerate(steps, start=1):
        cells = [
            raw(step["label"]), raw(len(step["new"])), raw(step["sites"]),
            _share(step["share"]), share_above(step.get("ceiling")),
        ]  # fmt: skip
        if priced:
            cells.append(costs[number - 1])
        cells.append(raw(" ".join(step["new"])))
        rows.append(FactRow(number, tuple(cells)))
    names = [
        "phase", "added", "site_count", "share", "ceiling", *(["cost_money"] if priced else []),
        "sites_added",
    ]  # fmt: skip
    order = str(run["phases"].get("order") or "forward")
    return FactTable(
        "phases",
        say("page.phases"),
        say("page.phases_caption", order=word("order", order)),
        _columns(
            *names, numeric=("added", "site_count", "share", "ceiling", "cost_money"), unit=unit
        ),
        tuple(rows),
    )  # fmt: skip


def _next(run: Mapping[str, Any]) -> FactTable:
    unit = unit_of(run)
    found = run["next"]
    priced = any(one.get("cost_money") is not None for one in found)
    costs = money_column([one.get("cost_money") for one in found], unit)
    rows = []
    for number, one in enumerate(found, start=1):
        cells = [
            raw(number), raw(one["site_id"]), raw(one.get("name") or "—"),
            _area(*_area_names(run, one.get("area_id", ""))), _people(one["won"]),
            _share(one.get("share")),
        ]  # fmt: skip
        if priced:
            cells.append(costs[number - 1])
        rows.append(FactRow(number, tuple(cells)))
    names = ["number", "site_id", "name", "area", "adds", "share"]
    return FactTable(
        "next",
        say("page.next"),
        say("page.next_caption"),
        _columns(*names, *(["cost_money"] if priced else []),
                 numeric=("adds", "share", "cost_money"), unit=unit),
        tuple(rows),
    )  # fmt: skip


_CANDIDATES_SHOWN = 100
"""What is worth reading; the exported list holds every candidate."""


def _candidates(run: Mapping[str, Any]) -> FactTable:
    shown, unit = run["candidates"][:_CANDIDATES_SHOWN], unit_of(run)
    priced = any(one.get("cost_money") is not None for one in shown)
    costs = money_column([one.get("cost_money") for one in shown], unit)
    rows = []
    for number, one in enumerate(shown, start=1):
        cells = [
            raw(one["site_id"]), raw(one.get("name") or "—"),
            _area(*_area_names(run, one.get("area_id", ""))),
            _people(one.get("people")), _people(one.get("adds")),
            *([costs[number - 1]] if priced else []),
            word("why_not", one["why"]), raw(one.get("dominated_by") or "—"),
            replaced_by(one.get("instead_of"), one.get("forcing_cost")),
        ]  # fmt: skip
        rows.append(FactRow(number, tuple(cells)))
    return FactTable(
        "candidates",
        say("list.candidates"),
        say("page.candidates_caption", shown=len(rows), count=len(run["candidates"])),
        _columns(
            "site_id", "name", "area", "people", "adds", *(["cost_money"] if priced else []),
            "why_not", "dominated_by", "forced",
            numeric=("people", "adds", "cost_money"), unit=unit,
        ),
        tuple(rows),
    )  # fmt: skip


def _places(run: Mapping[str, Any]) -> FactTable:
    missed = [place for place in run.get("places") or () if not place["served"]]
    rows = [
        FactRow(
            number,
            (
                named(place.get("name"), place.get("name_en")),
                word("kind", place["kind"]),
                _area(*_area_names(run, place.get("area_id", ""))),
                _share(place.get("probability")),
            ),
        )
        for number, place in enumerate(
            sorted(missed, key=lambda place: (place.get("probability") or 0.0, place["place_id"])),
            start=1,
        )
    ]
    return FactTable(
        "places",
        say("page.places"),
        say("page.places_caption") if rows else say("page.places_none"),
        _columns("place", "kind", "area", "probability", numeric=("probability",)),
        tuple(rows),
    )


def _findings(run: Mapping[str, Any]) -> FactTable:
    return FactTable(
        "findings",
        say("page.findings"),
        say("page.findings_caption"),
        _columns("finding", "found", numeric=()),
        tuple(FactRow(number, pair) for number, pair in enumerate(findings(run), start=1)),
    )


def page_tables(run: Mapping[str, Any]) -> dict[str, FactTable]:
    """Return the tables of a run by name: gaps, subdistricts, kinds, sites and what else it has.

    Findings, places, phases, next sites and candidates that were not chosen are there where the
    run has any.
    """
    tables = [_gaps(run), _subdistricts(run), _kinds(run), _sites(run)]
    if findings(run):
        tables.append(_findings(run))
    if run.get("places"):
        tables.append(_places(run))
    for name, make in (
        ("phases", _phases), ("next", _next), ("candidates", _candidates),
    ):  # fmt: skip
        if run.get(name):
            tables.append(make(run))
    return {table.name: table for table in tables}
