"""The three answers of the first screen: how much is covered, how many sites, where next.

Each is made of the run document alone and says its verdict in words beside the figure.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from . import figures
from .bilingual import Both, both, named, raw, say, word
from .notices import cautions
from .plan_statements import curve_statements

__all__ = ["Answer", "coverage_answer", "next_answer", "page_title", "sites_answer"]

_STOPPED = ("time-limit", "cancelled")


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to one question.

    Attributes
    ----------
    question, figure, statement
        What is asked, the answer at a glance, and the answer as a sentence.
    verdict
        Whether what was asked for is met; None where nothing was.
    good
        The verdict as a fact; None where it cannot be judged or does not hold for certain.
    details
        What the answer rests on.
    share, target
        Filled length and mark of a bar, 0..1; None where there is no bar.
    gap_rank
        The gap that the answer is about.
    cautions
        What the reader must know before trusting the figure.
    """

    question: Both
    figure: Both
    statement: Both
    verdict: Both | None = None
    good: bool | None = None
    details: tuple[Both, ...] = ()
    share: float | None = None
    target: float | None = None
    gap_rank: int | None = None
    cautions: tuple[Both, ...] = ()


def _share(value: float | None) -> Both:
    return both(lambda language: figures.share(value, language))


def _people(value: float | None) -> Both:
    return both(lambda language: figures.people_in_prose(value, language))


def _is_headline(run: Mapping[str, Any]) -> bool:
    """Return whether the target is that of the run's service; runs made before all were."""
    return run["service"].get("headline") is not False


def page_title(run: Mapping[str, Any]) -> Both:
    """Return the title of a page about a run; a service that is not the headline one is named."""
    project = named(run["project"].get("name"), run["project"].get("name_en"))
    service = named(run["service"].get("name"), run["service"].get("name_en"))
    key = "page.title" + ("_plan" if run.get("name") else "")
    key += "" if _is_headline(run) else "_service"
    return say(key, project=project, plan=raw(run.get("name") or ""), service=service)


def coverage_answer(run: Mapping[str, Any]) -> Answer:
    """Answer how much is covered, against the target where the service has one."""
    coverage = run["coverage"]
    share = coverage.get("share")
    target = coverage.get("target") if _is_headline(run) else None
    year = coverage.get("census_year")
    counted = (
        say("word.residents_census_unknown")
        if year is None
        else say("word.residents_census", year=year)
    )
    met = None if share is None or target is None else coverage.get("met", share >= target)
    verdict = {True: "verdict.met", False: "verdict.missed", None: "verdict.unknown"}[met]
    others = [one["share"] for one in coverage.get("alternatives") or ()]
    known = [share for share in others if share is not None]
    at_risk = bool(met) and target is not None and any(share < target for share in known)
    if met and known:
        # The city is assumed: whether the target is met in the others, too, belongs to the verdict.
        verdict = "verdict.met_at_risk" if at_risk else "verdict.met_robust"
    elif met and run["plan"].get("status") in _STOPPED:
        verdict = "verdict.met_unlooked"  # it ended before other cities were tried
    if target is None:
        key = "answer.coverage_only" if share is not None else "answer.coverage_only_unknown"
    else:
        key = "answer.coverage" if share is not None else "answer.coverage_unknown"
    return Answer(
        question=say("answer.how_much"),
        figure=_share(share),
        statement=say(key, share=_share(share), target=_share(target)),
        verdict=None if target is None else say(verdict),
        good=None if at_risk else met,
        details=(
            say(
                "answer.people",
                served=_people(coverage.get("served")),
                total=_people(coverage.get("total")),
                counted=counted,
            ),
            say("answer.expected_share", share=_share(coverage.get("expected_share"))),
            say("answer.area_share", share=_share(coverage.get("area_share"))),
        ),
        share=share,
        target=target,
        cautions=cautions(run),
    )


def _proof(plan: Mapping[str, Any]) -> Both:
    if plan.get("proven"):
        return say("answer.proven")
    if plan.get("gap") is None:
        return say("answer.bound_unknown")
    if plan.get("least") is not None and plan.get("objective") == "sites":
        return say("answer.least_sites", least=math.ceil(plan["least"] - 1e-6))
    # Rounded up: the distance to the best plan must not read smaller than it is.
    gap = min(1.0, float(plan["gap"]) + 0.000_999_9)
    return say("answer.bound", gap=_share(gap))


def sites_answer(run: Mapping[str, Any]) -> Answer:
    """Answer how many sites the plan takes, against its budget."""
    sites = run["sites"]
    count, budget = int(sites["count"]), sites.get("budget")
    if budget is None:
        key = "answer.sites_no_budget_one" if count == 1 else "answer.sites_no_budget"
        statement, verdict, good = say(key, count=count), None, None
    else:
        good = count <= budget
        key = "answer.sites_one" if count == 1 else "answer.sites"
        statement = say(key, count=count, budget=budget)
        verdict = say("verdict.within_budget" if good else "verdict.over_budget")
    built = sites.get("built")
    key = "answer.built" if budget is None else "answer.built_of"
    known_built = say("word.unknown") if built is None else built
    details = [say(key, count=known_built, budget=budget)]
    details.append(_proof(run["plan"]))
    details += curve_statements(run)
    return Answer(
        question=say("answer.how_many"),
        figure=raw(count) if budget is None else raw(f"{count} / {budget}"),
        statement=statement,
        verdict=verdict,
        good=good,
        details=tuple(details),
    )


def next_answer(run: Mapping[str, Any]) -> Answer:
    """Answer where to go next: the gap with the most people."""
    gaps = sorted(run["gaps"], key=lambda gap: int(gap["rank"]))
    if not gaps:
        return Answer(
            question=say("answer.where_next"),
            figure=raw("—"),
            statement=say("answer.no_gap"),
        )
    worst = gaps[0]
    area = named(worst.get("area_name"), worst.get("area_name_en"))
    if not area.zh:
        area = say("word.outside_subdistricts")
    details = []
    if worst.get("nearest_place"):
        metres = worst.get("nearest_place_m")
        details.append(
            say(
                "answer.near",
                place=named(worst["nearest_place"], worst.get("nearest_place_en")),
                distance=both(lambda language: figures.distance(metres, language)),
            )
        )
    details.append(word("reason", worst["reason"]))
    people = sum(gap["people"] for gap in gaps)
    key = "answer.gaps_more_one" if len(gaps) == 1 else "answer.gaps_more"
    details.append(say(key, count=len(gaps), people=_people(people)))
    return Answer(
        question=say("answer.where_next"),
        figure=area,
        statement=say("answer.gap", area=area, people=_people(worst["people"])),
        details=tuple(details),
        gap_rank=int(worst["rank"]),
    )
