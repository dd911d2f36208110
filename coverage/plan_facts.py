"""Puts beside a plan what belongs to its choice: curve, phases, reasons, failures, money."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import accumulate
from threading import Event
from typing import TypeVar

import numpy as np
from pyproj import Transformer

from ..topology.settings import Settings
from .choice_facts import (
    LeftOut,
    NextSite,
    Phases,
    Survives,
    TradeOff,
    explained,
    left_out,
    phases_of,
    survives,
    trade_off_of,
    where_next,
)
from .gaps import gap_labels
from .plan_choice import Chosen
from .plan_clock import OutOfTimeError, PlanClock
from .plan_money import FibreCost, fibre_cost, plan_cost
from .plan_record import Plan
from .plan_request import PlanRequest
from .plan_safety import SafePlan, made_safe
from .plan_sharing import Sharing, sharing_of
from .plan_stage import Stage, union
from .results import Gap, Notice
from .siting import SiteProblem
from .siting.gap_closing import close_gaps
from .siting.level_shifts import covers_at
from .transmitters import Station
from .verdict import Verdict

__all__ = ["Beside", "beside_choice", "with_facts"]

_Fact = TypeVar("_Fact")

_CLOSED_GAPS = 50
"""Gaps for which it is said what would close them: those with the most people."""

_SHIFTS_DB = (-3.0, 3.0)
"""By how much levels may well be other than predicted."""


def _phases_asked(asked: PlanRequest, settings: Settings) -> dict[str, int]:
    """Return how many sites stand at the end of each phase."""
    if asked.phases is not None:
        return dict(asked.phases)
    labels = list(settings.plan_phases)
    return dict(zip(labels, accumulate(settings.plan_phases.values()), strict=True))


def _room(stage: Stage, chosen: list[int], asked: PlanRequest) -> float:
    """Return the money that the plan leaves of its budget; infinite where money is no question.

    What connects the sites is not in it: with it in the price, another site costs at least this.
    """
    if asked.budget is None or stage.costs is None:
        return np.inf
    return max(0.0, asked.budget - float(np.nansum(stage.costs[chosen])))


def _otherwise(
    found: Chosen, problem: SiteProblem, asked: PlanRequest, *, count: int, budget: int | None
) -> str:
    """Return why a site that would add people, and that nothing bars, is not in the plan."""
    if found.objective in ("sites", "cost"):
        return "not-needed"
    if found.objective != "residents" or problem.minimums or problem.least_weights:
        return "aim"
    if asked.connected:
        return "aim"
    return "adds-less" if budget is not None and count >= budget else "fits"


@dataclass(frozen=True, slots=True)
class Beside:
    """What belongs to a choice beside its verdict; see :class:`.plan_record.Plan`.

    Attributes
    ----------
    notices, timings
        To be added to those of the plan.
    """

    curve: TradeOff | None
    phases: Phases | None
    left_out: tuple[LeftOut, ...]
    where_next: tuple[NextSite, ...]
    survives: Survives | None
    shifts: tuple[tuple[float, float], ...]
    fibre: FibreCost | None
    sharing: Sharing | None
    safety: SafePlan | None
    notices: tuple[Notice, ...]
    timings: dict[str, float]


class _StoppedError(Exception):
    """Nobody waits for these facts any more."""


def beside_choice(
    stage: Stage,
    tables: Stage,
    chosen: list[int],
    asked: PlanRequest,
    found: Chosen,
    *,
    budget: int | None,
    target: float | None,
    plain: bool,
    seed: int,
    clock: PlanClock,
    stop: Event,
) -> Beside:
    """Return curve, phases, reasons, what next, failures, money, sharing and safety.

    What finds no time any more is left out with a notice.

    Parameters
    ----------
    tables
        The stage with the antennas of the tables, for which the curve was drawn.
    plain
        Whether the problem's weight is the share of residents served.
    stop
        Ends the work, by an exception, once it is set.
    """
    ground, problem = stage.ground, stage.problem
    notices: list[Notice] = []
    timings: dict[str, float] = {}
    costs, turned = stage.costs, stage is not tables

    def heed(step: str, done: int, total: int) -> None:
        if stop.is_set():
            raise _StoppedError(step)

    progress = clock.bounded(heed)

    def in_time(name: str, make: Callable[[], _Fact | None]) -> _Fact | None:
        start = time.perf_counter()
        try:
            progress(name, 0, 1)
            return make()
        except OutOfTimeError:
            notices.append(Notice(f"no-time-{name}", 1))
            return None
        finally:
            timings[name] = time.perf_counter() - start

    curve = None
    if found.curve is not None and found.curve.points:
        # The curve knows nothing of the wish for shared sites, nor of turned antennas.
        best, bound = chosen, None if turned else found.bound
        if found.unshared is not None:
            best, bound = list(found.unshared.sites), found.unshared.bound
        if found.curve.cut_short:
            notices.append(Notice("no-time-curve", 1))
        curve = trade_off_of(
            found.curve, tables.free, chosen=best, bound=bound, target=target, budget=budget,
            costs=costs,
        )  # fmt: skip
    wanted = _phases_asked(asked, ground.settings)
    phases = None
    if plain and wanted and chosen:
        phases = in_time(
            "phases",
            lambda: phases_of(
                problem, chosen, wanted, stage.ids, ceiling=None if turned else curve,
                budget=asked.budget, bound=None if turned else found.bound, turned=turned,
                costs=costs, seed=seed, progress=progress,
            ),
        )  # fmt: skip
    start = time.perf_counter()
    left = left_out(
        problem, chosen, stage.where, stage.areas, barred=set(problem.forbidden), costs=costs,
        otherwise=_otherwise(found, problem, asked, count=len(chosen), budget=budget),
        room=_room(stage, chosen, asked),
    )  # fmt: skip
    timings["reasons"] = time.perf_counter() - start
    mine = [stage.where[n] for n in chosen]
    shifts = in_time("shifts", lambda: _shifted(stage, mine)) if plain and mine else None
    fibre = None
    if not (found.connections is not None and found.connections.hops):
        fibre = in_time(
            "fibre",
            lambda: fibre_cost(ground.network, ground.settings, [stage.ids[n] for n in chosen]),
        )
    safe, safety = asked.safe, None
    if safe is not None:
        safety = in_time(
            "additions", lambda: made_safe(stage, chosen, share=safe, progress=progress)
        )
    return Beside(
        curve,
        phases,
        left,
        where_next(problem, chosen, stage.where, stage.areas, costs),
        survives(problem, chosen, stage.ids, bound=found.survival_bound),
        shifts or (),
        fibre,
        sharing_of(
            stage,
            chosen,
            asked=asked.share_with_stations,
            budget=budget,
            best=None if found.unshared is None else found.unshared.value,
        ),
        safety,
        tuple(notices),
        timings,
    )


def _shifted(stage: Stage, mine: list[Station]) -> tuple[tuple[float, float], ...]:
    """Return the share that the same sites serve if levels are other than predicted."""
    people = stage.ground.people
    total = float(people.sum())
    return tuple(
        (shift, float(people[union(cover, people.size)].sum()) / total)
        for shift, cover in sorted(covers_at(stage.ground, mine, _SHIFTS_DB).items())
    )


def with_facts(
    made: Plan, stage: Stage, chosen: list[int], verdict: Verdict, facts: Beside
) -> Plan:
    """Return the plan with what belongs to its choice, and with why each site is in it."""
    asked = made.asked or PlanRequest()
    room = _room(stage, chosen, asked)
    sites = explained(stage.problem, chosen, made.sites, stage.ids, room=room)
    if stage.costs is not None:
        money = [float(stage.costs[n]) for n in chosen]
        sites = tuple(
            replace(site, cost_money=cost if np.isfinite(cost) else None)
            for site, cost in zip(sites, money, strict=True)
        )
    if facts.phases is not None:
        phase_of = {site: step.label for step in facts.phases.steps for site in step.new}
        sites = tuple(replace(site, phase=phase_of.get(site.site_id, "")) for site in sites)
    return replace(
        made,
        sites=sites,
        gaps=_closed(stage, chosen, verdict),
        curve=facts.curve,
        phases=facts.phases,
        left_out=facts.left_out,
        where_next=facts.where_next,
        survives=facts.survives,
        cost=plan_cost([stage.where[n] for n in chosen], stage.ground.settings, fibre=facts.fibre),
        shifts=facts.shifts,
        sharing=facts.sharing,
        safety=facts.safety,
    )


def _closed(stage: Stage, chosen: list[int], verdict: Verdict) -> tuple[Gap, ...]:
    """Return the gaps, the largest with the site outside the plan that would help most."""
    ground, raster = stage.ground, verdict.raster
    required = np.float32(ground.service.required_probability.value)
    served = np.nan_to_num(raster.probability, nan=0.0) >= required
    labels, _ = gap_labels((raster.people > 0) & ~served, raster.grid.step_m)
    to_metres = Transformer.from_crs("EPSG:4326", raster.grid.crs, always_xy=True)
    largest = verdict.gaps[:_CLOSED_GAPS]
    if not largest:
        return verdict.gaps
    x_m, y_m = to_metres.transform([gap.lon for gap in largest], [gap.lat for gap in largest])
    row, column, _ = raster.grid.pixel_of(np.array(x_m), np.array(y_m))
    numbers = labels[row, column]
    flat = labels.ravel()
    parts = [np.flatnonzero(flat == number) if number else flat[:0] for number in numbers]
    closings = close_gaps(stage.cover, ground.people, parts, chosen=chosen)
    out = []
    for gap, closing in zip(largest, closings, strict=True):
        usable = [one for one in closing.closers if one.site not in set(stage.problem.forbidden)]
        if not usable:
            out.append(gap)
            continue
        best = usable[0]
        money = np.nan if stage.costs is None else float(stage.costs[best.site])
        out.append(
            replace(
                gap,
                close_site_id=stage.ids[best.site],
                close_people=best.people,
                close_cost_money=money if np.isfinite(money) else None,
            )
        )
    return (*out, *verdict.gaps[_CLOSED_GAPS:])
