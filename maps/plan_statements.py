"""What a plan says beside its share: how few sites would do, how far so many reach, cost, years.

Each sentence is made of the run document alone, for the page, the command line and the report. A
run that lacks something (of given sites, or of an older release) gives no sentence for it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from . import figures
from .bilingual import Both, both, isolated, raw, say
from .money import money, money_budget, unit_of
from .words import text

__all__ = [
    "antenna_statements",
    "budget_statements",
    "connection_statements",
    "cost_statements",
    "curve_statements",
    "phase_statements",
    "resilience_statements",
    "safety_statements",
    "share_above",
    "share_below",
    "sharing_statements",
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


def _people(value: float) -> Both:
    return both(lambda language: figures.people_in_prose(value, language))


def _ids(values: Sequence[str]) -> Both:
    return both(lambda language: text("word.comma", language).join(map(isolated, values)))


def antenna_statements(run: Mapping[str, Any]) -> list[Both]:
    """Return what turning the antennas won, and for which antennas bounds and curve hold."""
    antennas = run.get("antennas")
    if not antennas:
        return []
    key = "statement.turned" if antennas["changes"] else "statement.turned_none"
    found = [
        say(
            key,
            count=len(antennas["changes"]),
            sectors=antennas["sectors"],
            won=_people(antennas["after"] - antennas["before"]),
            before=_people(antennas["before"]),
            after=_people(antennas["after"]),
        )
    ]
    if antennas["stopped_by"] == "time limit":
        found.append(say("statement.turned_stopped"))
    if antennas.get("choice_bound") is not None:
        found.append(say("statement.turned_bound", bound=_people(antennas["choice_bound"])))
    return found


def connection_statements(run: Mapping[str, Any]) -> list[Both]:
    """Return what connects the sites, its price, and what no connections cost less than."""
    connections = run.get("connections")
    if not connections:
        return []
    unit = str(connections["unit"])
    kinds = [site["kind"] for site in connections["sites"]]
    found = [
        say(
            "statement.connected",
            fibre=kinds.count("fibre"),
            microwave=kinds.count("microwave"),
            fibre_cost=money(connections["fibre_cost"], unit),
            microwave_cost=money(connections["microwave_cost"], unit),
            least=money(connections["bound"], unit),
            additive=money(connections["additive_bound"], unit),
        )
    ]
    if connections["hops"]:
        hops = [f"{hop['a']}-{hop['b']}" for hop in connections["hops"]]
        found.append(say("statement.hops", hops=_ids(hops)))
    return found


def sharing_statements(run: Mapping[str, Any]) -> list[Both]:
    """Return how many sites stand on base stations, and what that wish costs."""
    sharing = run.get("sharing")
    if not sharing:
        return []
    known = {"count": len(sharing["sites"]), "sites": run["sites"]["count"]}
    if not sharing["at_least"]:
        return [say("statement.shared", **known)]
    found = [say("statement.shared_asked", least=sharing["at_least"], **known)]
    if sharing.get("lost") is not None:
        found.append(say("statement.shared_lost", lost=_people(sharing["lost"])))
    return found


def safety_statements(run: Mapping[str, Any]) -> list[Both]:
    """Return which additions make the plan safe, what they cost, and whether less would do."""
    safe = run.get("safe_additions")
    if not safe:
        return []
    share = share_below(safe["share"])
    after, before = share_below(safe["after"]), share_below(safe["before"])
    sites = [site["site_id"] for site in safe["sites"]]
    if not safe["reached"]:
        return [say("statement.safe_never", share=share, best=share_above(safe["after"]))]
    if not sites:
        return [say("statement.safe_already", share=share, left=before)]
    found = [
        say(
            "statement.safe", share=share, count=len(sites), sites=_ids(sites), before=before,
            after=after,
        )
    ]  # fmt: skip
    least = safe.get("cost_bound")
    if safe["counted"] == "money":
        unit = str(run["cost"]["unit"]) if run.get("cost") else ""
        key = "statement.safe_money_least" if safe["proven"] else "statement.safe_money"
        found.append(say(key, money=money(safe["cost"], unit), least=money(least, unit)))
    else:
        key = "statement.safe_sites_least" if safe["proven"] else "statement.safe_sites"
        found.append(say(key, least=0 if least is None else round(least)))
    return found
