"""The pages for people: the overview with its three answers, the map, and errors in plain words.

All words come from the catalogue of :mod:`ngbw.maps.words`; all text goes through autoescaping. The
pages need no script: one small file lets a click on a gap move the map. They work below any
sub-path, as their links are relative.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import jinja2
from fastapi import Request
from fastapi.responses import HTMLResponse, Response

from .. import __version__
from ..maps import figures
from ..maps.answers import Answer, coverage_answer, next_answer, page_title, sites_answer
from ..maps.bilingual import isolated, marked, named
from ..maps.documents.curve_drawing import curve_drawing
from ..maps.documents.drawing import svg_of
from ..maps.notices import notices
from ..maps.offline import content_security_policy
from ..maps.page_tables import FactTable, page_tables
from ..maps.words import LANGUAGES, phrase_or_raw, text, word_or_raw
from ..topology.errors import FileError
from ..topology.project import Project
from .negotiation import language_for, prefers_html
from .problems import Problem, problem_reply
from .replies import address
from .served_runs import RunSummary, ServedRun, ServedRuns

__all__ = [
    "FORM_POLICY",
    "PAGE_POLICY",
    "error_reply",
    "html_page",
    "language_links",
    "map_reply",
    "overview_page",
    "page_language",
]

PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; frame-src 'self'; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
"""Content security policy of the pages: nothing inline, nothing from elsewhere."""

FORM_POLICY = PAGE_POLICY.replace("form-action 'none'", "form-action 'self'")
"""The same for pages with forms."""

TOP_GAPS = 5

_FOLDER = Path(__file__).parent
_HTML_TAG = re.compile(r"<html\b[^>]*>")
_HEAD_END = re.compile(r"</head>")
_ERROR_WORDS = (400, 401, 403, 404, 405, 413, 422, 429, 500, 503)


@cache
def _templates() -> jinja2.Environment:
    templates = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_FOLDER / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters["bdi"] = marked
    return templates


def page_language(request: Request, project: Project) -> str:
    """Return the language of a page: the address's, then the browser's, then the project's."""
    return language_for(
        request.query_params.get("lang"),
        request.headers.get("accept-language", ""),
        project.settings.language,
    )


def html_page(
    name: str, language: str, status: int = 200, *, policy: str = PAGE_POLICY, **values: Any
) -> HTMLResponse:
    """Return a page made of a template; ``say`` in it looks up words."""

    def say(key: str, **filled: object) -> str:
        return text(key, language, **filled)

    page = (
        _templates()
        .get_template(name)
        .render(language=language, say=say, version=__version__, **values)
    )
    return HTMLResponse(
        page,
        status,
        headers={
            "Content-Security-Policy": policy,
            "Content-Language": language,
            "Vary": "Accept, Accept-Language",
        },
    )


@dataclass(frozen=True, slots=True)
class _GapLine:
    """One of the worst gaps, in words."""

    rank: int
    people: str
    area: str
    place: str
    reason: str


def _gap_lines(run: Mapping[str, Any], language: str) -> list[_GapLine]:
    lines = []
    for gap in sorted(run["gaps"], key=lambda one: int(one["rank"]))[:TOP_GAPS]:
        area = named(gap.get("area_name"), gap.get("area_name_en")).in_language(language)
        place = named(gap.get("nearest_place"), gap.get("nearest_place_en")).in_language(language)
        distance = figures.distance(gap.get("nearest_place_m"), language)
        lines.append(
            _GapLine(
                rank=int(gap["rank"]),
                people=figures.people(gap["people"], language),
                area=area or text("word.outside_subdistricts", language),
                place=text("answer.near", language, place=place, distance=distance)
                if place
                else "",
                reason=isolated(word_or_raw("reason", str(gap["reason"]), language)),
            )
        )
    return lines


@dataclass(frozen=True, slots=True)
class _PlanTab:
    """A named plan in the list of plans."""

    label: str
    share: str
    href: str
    current: bool


def _query(request: Request, **changed: str) -> str:
    """Return the address of this page with some parameters changed and all others kept."""
    kept = [(key, value) for key, value in request.query_params.multi_items() if key not in changed]
    return "?" + urlencode([*kept, *changed.items()])


def _plan_tabs(
    request: Request, summaries: list[RunSummary], chosen: RunSummary, language: str
) -> list[_PlanTab]:
    """Return every named plan, and the one that is shown even where it has no name."""
    tabs = []
    for summary in summaries:
        labels = summary.names or ((summary.run_id,) if summary.run_id == chosen.run_id else ())
        for label in labels:
            asked = request.query_params.get("plan")
            current = summary.run_id == chosen.run_id
            if current and asked in summary.names:
                current = asked == label
            elif current:
                current = label == summary.label
            share = figures.share(summary.share, language)
            tabs.append(_PlanTab(label, share, _query(request, plan=label), current))
    return tabs


def _rows(table: FactTable, language: str) -> dict[str, Any]:
    """Return a table of the map's page in one language."""
    return {
        "name": table.name,
        "title": table.title.in_language(language),
        "caption": table.caption.in_language(language),
        "columns": [(one.heading.in_language(language), one.numeric) for one in table.columns],
        "rows": [[cell.in_language(language) for cell in row.cells] for row in table.rows],
    }


def _answer(answer: Answer, language: str) -> dict[str, Any]:
    return {
        "question": answer.question.in_language(language),
        "figure": answer.figure.in_language(language),
        "statement": answer.statement.in_language(language),
        "verdict": None if answer.verdict is None else answer.verdict.in_language(language),
        "good": answer.good,
        "details": [detail.in_language(language) for detail in answer.details],
        "cautions": [caution.in_language(language) for caution in answer.cautions],
        "share": answer.share,
        "target": answer.target,
    }


def language_links(request: Request, language: str) -> list[dict[str, Any]]:
    """Return links to the same page in each language."""
    return [
        {
            "tag": one,
            "label": text(f"language.{one}", language),
            "href": _query(request, lang=one),
            "current": one == language,
        }
        for one in LANGUAGES
    ]


def overview_page(
    request: Request,
    project: Project,
    language: str,
    *,
    served: ServedRun | None,
    summaries: list[RunSummary],
) -> HTMLResponse:
    """Return the first page: how much is covered, how many sites, where next, map and tables.

    Parameters
    ----------
    served
        The run to show; None while there is none, and the page then says how to make one.
    summaries
        Every run, for the list of plans.
    """
    shared: dict[str, Any] = {"languages": language_links(request, language), "root": ""}
    if served is None:
        project_name = named(project.settings.name, project.settings.name_en).in_language(language)
        return html_page("no_plan.html", language, project=project_name, **shared)
    run = served.document
    tables = page_tables(run)
    plan = request.query_params.get("plan")
    map_query = {"lang": language} | ({"plan": plan} if plan else {})
    service, model = run["service"], run["model"]
    return html_page(
        "overview.html",
        language,
        title=page_title(run).in_language(language),
        service=named(service["name"], service["name_en"]).in_language(language),
        model=phrase_or_raw(str(model["title"]), language),
        created=figures.moment(run["created"], run["project"]["timezone"] or "UTC", language),
        run_id=served.summary.run_id,
        tabs=_plan_tabs(request, summaries, served.summary, language),
        coverage=_answer(coverage_answer(run), language),
        sites=_answer(sites_answer(run), language),
        where_next=_answer(next_answer(run), language),
        gaps=_gap_lines(run, language),
        tables=[
            _rows(tables[name], language)
            for name in ("findings", "next", "phases", "subdistricts", "kinds")
            if name in tables
        ],
        curve=svg_of(curve_drawing(run["curve"]), language) if run.get("curve") else "",
        notices=[notice.in_language(language) for notice in notices(run)],
        map_href="map?" + urlencode(map_query),
        map_address=address(request, "map", **map_query),
        embedded_href="map?" + urlencode(map_query | {"embedded": "true"}),
        data_query="?" + urlencode({"plan": plan}) if plan else "",
        **shared,
    )


def error_reply(request: Request, problem: Problem, project: Project) -> Response:
    """Return a problem: a page where a browser asks for one, problem details otherwise."""
    if not prefers_html(request.headers.get("accept", "")):
        return problem_reply(request, problem)
    language = page_language(request, project)
    status = problem.status if problem.status in _ERROR_WORDS else 500
    response = html_page(
        "error.html",
        language,
        problem.status,
        title=text(f"error.{status}.title", language),
        way_out=text(
            f"error.{status}.way_out", language, request_id=request.scope.get("request_id", "")
        ),
        errors=problem.errors,
        # An error may lie at any depth, so its links start at the root of the application.
        root=request.scope.get("root_path", "") + "/",
        languages=[],
    )
    response.headers.update(problem.headers or {})
    return response


@dataclass(frozen=True, slots=True)
class _MapParts:
    """A map page, cut open where the language and the frame's rules are put in."""

    before: str
    head: str
    rest: str
    policy: str


def _cut(page: str) -> _MapParts:
    """Cut a map page open and work out its policy: only the scripts that stand in it may run."""
    page = page.replace("\r\n", "\n")  # as a browser reads it before it takes a script's hash
    tag, head_end = _HTML_TAG.search(page), _HEAD_END.search(page)
    if tag is None or head_end is None:
        raise FileError("map.html of a run has no <html> or no </head>; run ngbw plan again")
    return _MapParts(
        before=page[: tag.start()],
        head=page[tag.end() : head_end.start()],
        rest=page[head_end.start() :],
        policy=f"{content_security_policy(page)}; frame-ancestors 'self'",
    )


@cache
def _frame_rules() -> str:
    return (_FOLDER / "templates" / "map_in_frame.css").read_text(encoding="utf-8")


def map_reply(
    runs: ServedRuns, served: ServedRun, language: str, *, embedded: bool
) -> HTMLResponse:
    """Return the self-contained map page of a run.

    Parameters
    ----------
    language
        Language in which it opens.
    embedded
        Show the map and its legend only, for the frame of the overview.
    """
    parts = runs.map_page(served, _cut)
    head = '<link rel="icon" href="data:,">'  # keeps the browser from asking for /favicon.ico
    if embedded:
        head += f"<style>{_frame_rules()}</style>"
    page = f'{parts.before}<html lang="{language}">{parts.head}{head}{parts.rest}'
    return HTMLResponse(
        page,
        headers={
            "Content-Security-Policy": parts.policy,
            "X-Frame-Options": "SAMEORIGIN",
            "Content-Language": language,
        },
    )
