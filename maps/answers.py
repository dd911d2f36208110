"""The three answers of the first screen: how much is covered, how many sites, where next.

Each is made of the run document alone and says its verdict in words beside the figure.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from . import figures
from .bilingual import Both, both, named, phrase, raw, say, word
from .money import money, money_budget, unit_of
from .notices import cautions
from .plan_statements import budget_statements, curve_statements

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


def _verdict(key: str, worst: Mapping[str, Any] | None) -> Both:
    if worst is None:
        return say(key)
    return say(key, share=_share(worst["share"]), assumption=phrase(worst["assumption"]))


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
    others = [one for one in coverage.get("alternatives") or () if one["share"] is not None]
    worst = min(others, key=lambda one: float(one["share"]), default=None)
    at_risk = bool(met) and worst is not None and target is not None and worst["share"] < target
    if worst is not None and share is not None and worst["share"] >= share:
        # No other assumed city is worse than the one that the plan is judged in.
        verdict = "verdict.met_robust" if met else verdict
    elif worst is not None and met is not None:
        # The city is assumed: what the same sites are worth in the worst one is in the verdict.
        verdict += "_at_risk" if at_risk else "_at_worst"
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
        verdict=None if target is None else _verdict(verdict, worst),
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


def _proof(run: Mapping[str, Any]) -> Both:
    plan = run["plan"]
    if plan.get("proven"):
        return say("answer.proven")
    if plan.get("gap") is None:
        return say("answer.bound_unknown")
    if plan.get("least") is not None and plan.get("objective") == "sites":
        return say("answer.least_sites", least=math.ceil(plan["least"] - 1e-6))
    if plan.get("least") is not None and plan.get("objective") == "cost":
        return _least_cost(run)
    # Rounded up: the distance to the best plan must not read smaller than it is.
    gap = min(1.0, float(plan["gap"]) + 0.000_999_9)
    return say("answer.bound", gap=_share(gap))


def _asked(run: Mapping[str, Any]) -> list[Both]:
    """Return what the plan was asked for instead of the most people; nothing where it was that."""
    asked, objective = run["plan"].get("asked") or {}, run["plan"].get("objective")
    if objective in ("sites", "cost") and asked.get("share") is not None:
        return [say(f"answer.asked_{objective}", share=_share(asked["share"]))]
    if objective in ("survival", "network"):
        return [say(f"answer.asked_{objective}")]
    return []


def _least_cost(run: Mapping[str, Any]) -> Both:
    return say("answer.least_cost", least=money(run["plan"]["least"], unit_of(run)))


def _counted_sites(run: Mapping[str, Any]) -> tuple[Both, Both, Both | None, bool | None]:
    """Return how many sites as a figure and as a sentence, and whether the budget holds them."""
    sites, budget = run["sites"], money_budget(run)
    count, at_most = int(sites["count"]), sites.get("budget")
    one = "_one" if count == 1 else ""
    if budget is not None:
        unit = unit_of(run)
        good = budget.left >= -1e-6 * max(1.0, budget.total)
        good = good and (at_most is None or count <= at_most)
        statement = say(
            f"answer.sites_money{one}",
            count=count,
            spent=money(budget.spent, unit),
            budget=money(budget.total, unit),
            left=money(max(0.0, budget.left), unit),
        )
        figure = raw(count) if at_most is None else raw(f"{count} / {at_most}")
    elif at_most is not None:
        good = count <= at_most
        statement = say(f"answer.sites{one}", count=count, budget=at_most)
        figure = raw(f"{count} / {at_most}")
    else:
        return raw(count), say(f"answer.sites_no_budget{one}", count=count), None, None
    return figure, statement, say("verdict.within_budget" if good else "verdict.over_budget"), good


def sites_answer(run: Mapping[str, Any]) -> Answer:
    """Answer how many sites the plan takes, against its budget of sites or of money."""
    figure, statement, verdict, good = _counted_sites(run)
    budget, built = run["sites"].get("budget"), run["sites"].get("built")
    key = "answer.built" if budget is None else "answer.built_of"
    known_built = say("word.unknown") if built is None else built
    details = [*_asked(run), say(key, count=known_built, budget=budget)]
    if good is False:
        details += budget_statements(run)
    details.append(_proof(run))
    details += curve_statements(run)
    return Answer(
        question=say("answer.how_many"),
        figure=figure,
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
