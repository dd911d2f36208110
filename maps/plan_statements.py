"""What a plan says beside its share: how few sites would do, how far so many reach, cost, years.

Each sentence is made of the run document alone, for the page, the command line and the report. A
run that lacks something (of given sites, or of an older release) gives no sentence for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from . import figures
from .bilingual import Both, both, raw, say
from .money import money, money_budget, unit_of

__all__ = [
    "budget_statements",
    "cost_statements",
    "curve_statements",
    "phase_statements",
    "resilience_statements",
    "share_above",
    "share_below",
    "shift_statements",
]


def share_below(value: float | None) -> Both:
    """Return a share that is reached at least: rounded down."""
    return both(lambda language: figures.share(value, language))


def share_above(value: float | None) -> Both:
    """Return a share that is exceeded by nothing: rounded up."""
    if value is None:
        return both(figures.unknown)
    raised = min(1.0, value + 0.000_999_9)
    return both(lambda language: figures.share(raised, language))


def curve_statements(run: Mapping[str, Any]) -> list[Both]:
    """Return how few sites reach the target, and how far the budget reaches."""
    curve = run.get("curve")
    if not curve:
        return []
    found = []
    target, budget = curve.get("target"), curve.get("budget")
    if target:
        share = share_below(target["share"])
        least, most = target.get("at_least"), target.get("at_most")
        if least is None:
            best = share_above(max(point["at_most"] for point in curve["points"]))
            found.append(say("statement.needed_never", share=share, best=best))
        elif most is None:
            found.append(say("statement.needed_least", share=share, least=least))
        elif least == most:
            found.append(say("statement.needed_exactly", share=share, count=most))
        else:
            found.append(say("statement.needed", share=share, least=least, most=most))
    if budget:
        found.append(
            say(
                "statement.reach",
                count=budget["sites"],
                low=share_below(budget["at_least"]),
                high=share_above(budget["at_most"]),
            )
        )
    return found


def phase_statements(run: Mapping[str, Any]) -> list[Both]:
    """Return what each year adds and how far it is below the best possible of that year."""
    phases = run.get("phases")
    if not phases:
        return []
    return [
        say(
            "statement.phase",
            label=raw(step["label"]),
            added=len(step["new"]),
            count=step["sites"],
            share=share_below(step["share"]),
            ceiling=share_above(step.get("ceiling")),
        )
        for step in phases["steps"]
    ]


def budget_statements(run: Mapping[str, Any]) -> list[Both]:
    """Return what of a budget of money is spent, and what is left."""
    budget = money_budget(run)
    if budget is None:
        return []
    unit = unit_of(run)
    return [
        say(
            "statement.budget" if budget.left >= 0 else "statement.budget_exceeded",
            budget=money(budget.total, unit),
            spent=money(budget.spent, unit),
            left=money(abs(budget.left), unit),
        )
    ]


def cost_statements(run: Mapping[str, Any]) -> list[Both]:
    """Return what the plan costs, and what of that is assumed or unknown."""
    cost = run.get("cost")
    if not cost or cost.get("sites") is None:
        return []
    unit = str(cost["unit"])
    key = "statement.cost_assumed" if cost.get("assumed") else "statement.cost"
    found = [say(key, money=money(cost["sites"], unit), count=cost["known_sites"])]
    if cost.get("unknown_sites"):
        found.append(say("statement.cost_unknown", count=cost["unknown_sites"]))
    fibre = cost.get("fibre")
    if fibre:
        found.append(
            say(
                "statement.fibre",
                money=money(fibre["cost"], unit),
                km=both(lambda language: figures.number(fibre["length_km"], language, 1)),
                least=money(fibre.get("bound"), unit),
            )
        )
    return found


def resilience_statements(run: Mapping[str, Any]) -> list[Both]:
    """Return what remains when any one site is lost."""
    resilience = run.get("resilience")
    if not resilience:
        return []
    found = [
        say(
            "statement.survives",
            share=share_below(resilience["share"]),
            site=raw(resilience["worst_site"]),
            lost=both(
                lambda language: figures.people_in_prose(resilience["worst_people"], language)
            ),
        )
    ]
    if resilience.get("bound") is not None:
        found.append(say("statement.survives_bound", share=share_above(resilience["bound"])))
    return found


def shift_statements(run: Mapping[str, Any]) -> list[Both]:
    """Return what the same sites serve if all levels are other than predicted."""
    return [
        say(
            "statement.shift_weaker" if one["shift_db"] < 0 else "statement.shift_stronger",
            db=raw(f"{abs(one['shift_db']):g}"),
            share=share_below(one["share"]),
        )
        for one in run.get("shifts") or ()
    ]
