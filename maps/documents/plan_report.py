"""The report on a plan: the answer first, then map, curve, years, cost, sites, gaps, and the basis.

Everything is taken from the run; what a run does not have gives no part. A planner should be able
to hand it on as it is, so that every figure says what it rests on.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .. import figures
from ..answers import coverage_answer, sites_answer
from ..bilingual import Both, both, named, phrase, raw, say
from ..coverage_map import CoverageMap
from ..findings import findings
from ..legend import facts
from ..money import money, money_budget, money_column, money_heading, unit_of
from ..notices import notices
from ..page_tables import FactTable, page_tables
from ..plan_statements import (
    antenna_statements,
    connection_statements,
    cost_statements,
    curve_statements,
    phase_statements,
    safety_statements,
    share_above,
    share_below,
    sharing_statements,
)
from ..sentences import sentence
from .blocks import Block, Document, Facts, Grid, Heading, Items, Paragraph, Picture, grid_of
from .curve_drawing import curve_drawing
from .map_drawing import map_caption, map_drawing

__all__ = ["plan_report", "run_subtitle"]

_GAP_ROWS = 20
_LEFT_OUT_ROWS = 20
_CURVE_STEP = 5


def run_subtitle(run: Mapping[str, Any]) -> Both:
    """Return by what a document was made: service, model, date, run."""
    service, model = run["service"], run["model"]
    return say(
        "report.subtitle",
        service=named(service.get("name"), service.get("name_en")),
        model=phrase(model.get("title") or model["name"]),
        date=both(
            lambda language: figures.moment(
                run["created"], run["project"].get("timezone") or "UTC", language
            )
        ),
        run=raw(run.get("id") or "—"),
    )


def _number(value: float | None, digits: int = 0) -> Both:
    return both(lambda language: figures.number(value, language, digits))


def _lead(run: Mapping[str, Any]) -> list[Block]:
    """Return the answers as sentences: covered, how many, how good, where next."""
    coverage = run["coverage"]
    share = coverage_answer(run)
    sites = sites_answer(run)
    people = {
        name: both(lambda language, name=name: figures.people_in_prose(coverage[name], language))  # type: ignore[misc]
        for name in ("served", "total")
    }
    chosen = run["sites"].get("budget") is not None or bool(run["plan"].get("asked"))
    key = "report.lead" if chosen else "report.lead_given"
    lead = say(
        key,
        count=run["sites"]["count"],
        share=share.figure,
        **people,
        counted=share.details[0] if coverage.get("total") is None else _counted(run),
    )
    verdict = (
        []
        if share.verdict is None
        else [say("report.verdict", target=share_below(share.target), verdict=share.verdict)]
    )
    points = [
        *verdict,
        *(sites.details[1:] if run.get("curve") or chosen else ()),
        *cost_statements(run),
        *antenna_statements(run),
        *connection_statements(run),
        *sharing_statements(run),
        *safety_statements(run),
        *phase_statements(run),
        *share.cautions,
    ]
    return [Paragraph(lead, "lead"), Items(tuple(points))]


def _counted(run: Mapping[str, Any]) -> Both:
    year = run["coverage"].get("census_year")
    if year is None:
        return say("word.residents_census_unknown")
    return say("word.residents_census", year=year)


def _curve(run: Mapping[str, Any]) -> list[Block]:
    curve = run.get("curve")
    if not curve:
        return []
    unit = unit_of(run)
    points = sorted(curve["points"], key=lambda point: int(point["sites"]))
    budget = (curve.get("budget") or {}).get("sites")
    shown = [
        point
        for point in points
        if point["sites"] % _CURVE_STEP == 0 or point["sites"] in (1, budget, points[-1]["sites"])
    ]
    priced = any(point.get("cost") is not None for point in shown)
    headings = [say("column.site_count"), say("column.at_least"), say("column.at_most")]
    costs = money_column([point.get("cost") for point in shown], unit)
    rows = []
    for point, cost in zip(shown, costs, strict=True):
        row = [
            raw(point["sites"]),
            share_below(point["at_least"]),
            share_above(point["at_most"]),
        ]
        rows.append((*row, cost) if priced else tuple(row))
    return [
        Heading(say("report.curve")),
        *(Paragraph(one) for one in curve_statements(run)),
        Picture("curve", curve_drawing(curve), say("curve.caption")),
        Grid(
            (*headings, money_heading("column.cost_money", unit)) if priced else tuple(headings),
            (True,) * (4 if priced else 3),
            tuple(rows),
        ),
    ]


def _costs(run: Mapping[str, Any]) -> list[Block]:
    cost = run.get("cost")
    if not cost or cost.get("sites") is None:
        return []
    unit, budget = str(cost["unit"]), money_budget(run)
    pairs = [(say("report.cost_sites"), money(cost["sites"], unit))]
    fibre = cost.get("fibre")
    if fibre:
        pairs += [
            (say("report.cost_fibre"), money(fibre["cost"], unit)),
            (say("report.fibre_km"), _number(fibre["length_km"], 1)),
            (say("report.cost_fibre_least"), money(fibre.get("bound"), unit)),
            (say("report.cost_total"), money(cost["sites"] + fibre["cost"], unit)),
        ]
    elif connections := run.get("connections"):
        pairs += [
            (say("report.cost_connections"), money(connections["cost"], unit)),
            (say("report.cost_total"), money(cost["sites"] + connections["cost"], unit)),
        ]
    if budget is not None:
        left = "report.budget_left" if budget.left >= 0 else "report.budget_exceeded"
        pairs += [
            (say("report.budget"), money(budget.total, unit)),
            (say(left), money(abs(budget.left), unit)),
        ]
    notes = [sentence(one) for one in cost.get("basis") or ()]
    blocks: list[Block] = [Heading(say("report.cost")), Facts(tuple(pairs))]
    if notes:
        blocks.append(Paragraph(say("report.cost_basis"), "note"))
        blocks.append(Items(tuple(notes)))
    return blocks


def _of_assumptions(sites: FactTable) -> tuple[int, ...]:
    """Return the columns that a page has no room for; the survey sheets hold them."""
    left_out = (say("column.assumed"), say("column.category"))
    return tuple(n for n, column in enumerate(sites.columns) if column.heading in left_out)


def plan_report(map: CoverageMap) -> Document:
    """Return the report on a run.

    Raises
    ------
    InputError
        The run has no edge between served and not served.
    """
    run = map.run
    tables = page_tables(run)
    project = named(run["project"].get("name"), run["project"].get("name_en"))
    blocks: list[Block] = [Heading(say("report.summary")), *_lead(run)]
    blocks += [
        Heading(say("report.map")),
        Picture("map", map_drawing(map), map_caption(map)),
        Heading(say("report.coverage")),
        Heading(say("page.subdistricts"), 2),
        grid_of(tables["subdistricts"]),
        Heading(say("page.kinds"), 2),
        grid_of(tables["kinds"]),
    ]
    if "places" in tables:
        blocks += [Heading(say("page.places"), 2), grid_of(tables["places"])]
    blocks += _curve(run)
    if "phases" in tables:
        blocks += [
            Heading(tables["phases"].title),
            *(Paragraph(one) for one in phase_statements(run)),
            grid_of(tables["phases"]),
        ]
    blocks += _costs(run)
    blocks += [
        Heading(say("page.sites")),
        grid_of(tables["sites"], without=_of_assumptions(tables["sites"])),
    ]
    blocks += [Heading(say("report.gaps")), grid_of(tables["gaps"], rows=_GAP_ROWS)]
    more = len(tables["gaps"].rows) - _GAP_ROWS
    if more > 0:
        left = sum(float(gap["people"]) for gap in run["gaps"][_GAP_ROWS:])
        people = both(lambda language: figures.people_in_prose(left, language))
        blocks.append(Paragraph(say("report.more_gaps", count=more, people=people), "note"))
    for name in ("next", "candidates"):
        if name in tables:
            blocks += [
                Heading(tables[name].title),
                grid_of(tables[name], rows=_LEFT_OUT_ROWS),
            ]
    found = findings(run)
    if found:
        blocks += [Heading(say("page.findings")), Facts(tuple(found))]
    blocks += [Heading(say("report.basis")), Facts(tuple(facts(run)))]
    noted = notices(run)
    if noted:
        blocks += [Heading(say("page.notices"), 2), Items(tuple(noted))]
    blocks.append(Paragraph(say("page.footer"), "note"))
    return Document(
        say("report.title", project=project, count=run["sites"]["count"]),
        run_subtitle(run),
        run["created"],
        tuple(blocks),
    )
