"""Puts beside a plan what belongs to its choice: curve, phases, reasons, failures, money."""

from __future__ import annotations

import time
from dataclasses import replace
from itertools import accumulate

import numpy as np
from pyproj import Transformer

from ..topology.settings import Settings
from .choice_facts import (
    explained,
    left_out,
    phases_of,
    survives,
    trade_off_of,
    where_next,
)
from .gaps import gap_labels
from .plan_money import fibre_cost, plan_cost
from .plan_record import Plan
from .plan_request import PlanRequest
from .plan_stage import Stage, union
from .progress import Progress
from .results import Gap
from .siting import SiteProblem
from .siting.gap_closing import close_gaps
from .siting.level_shifts import covers_at
from .verdict import Verdict

__all__ = ["with_facts"]

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


def _room(made: Plan, asked: PlanRequest) -> float:
    """Return the money that the plan leaves of its budget; infinite where money is no question.

    What connects the sites is not in it: with it in the price, another site costs at least this.
    """
    if asked.budget is None or made.cost is None:
        return np.inf
    return max(0.0, asked.budget - (made.cost.sites or 0.0))


def _otherwise(made: Plan, problem: SiteProblem) -> str:
    """Return why a site that would add people, and that nothing bars, is not in the plan."""
    if made.objective in ("sites", "cost"):
        return "not-needed"
    if made.objective != "residents" or problem.minimums or problem.least_weights:
        return "aim"
    if made.asked is not None and made.asked.connected:
        return "aim"
    full = made.budget is not None and len(made.sites) >= made.budget
    return "adds-less" if full else "fits"


def with_facts(
    made: Plan,
    stage: Stage,
    chosen: list[int],
    verdict: Verdict,
    asked: PlanRequest,
    *,
    survival_bound: float | None,
    plain: bool,
    progress: Progress,
) -> Plan:
    """Return the plan with curve, phases, reasons, what next, failures and money.

    Parameters
    ----------
    plain
        Whether the problem's weight is the share of residents served.
    """
    ground, problem = stage.ground, stage.problem
    start = time.perf_counter()
    curve = None
    if plain and asked.curve_to and problem.total_weight > 0:
        up_to = min(max(asked.curve_to, len(chosen)), problem.sites)
        drawn = problem.curve(up_to=up_to, seed=made.seed, progress=progress)
        curve = trade_off_of(
            drawn, problem, chosen=chosen, bound=made.bound, target=made.target_share,
            budget=made.budget, costs=stage.costs,
        )  # fmt: skip
    ground.timings["curve"] = time.perf_counter() - start
    start = time.perf_counter()
    room = _room(made, asked)
    sites = explained(problem, chosen, made.sites, stage.ids, room=room)
    if stage.costs is not None:
        money = [float(stage.costs[n]) for n in chosen]
        sites = tuple(
            replace(site, cost_money=cost if np.isfinite(cost) else None)
            for site, cost in zip(sites, money, strict=True)
        )
    wanted, phases = _phases_asked(asked, ground.settings), None
    if plain and wanted and chosen:
        phases = phases_of(
            problem, chosen, wanted, stage.ids, ceiling=curve, costs=stage.costs,
            seed=made.seed, progress=progress,
        )  # fmt: skip
        phase_of = {site: step.label for step in phases.steps for site in step.new}
        sites = tuple(replace(site, phase=phase_of.get(site.site_id, "")) for site in sites)
    left = left_out(
        problem, chosen, stage.where, stage.areas,
        barred=set(problem.forbidden), costs=stage.costs, otherwise=_otherwise(made, problem),
        room=room,
    )  # fmt: skip
    ground.timings["reasons"] = time.perf_counter() - start
    start = time.perf_counter()
    mine = [stage.where[n] for n in chosen]
    shifted = covers_at(ground, mine, _SHIFTS_DB) if plain and mine else {}
    total = float(ground.people.sum())
    shifts = tuple(
        (shift, float(ground.people[union(cover, ground.people.size)].sum()) / total)
        for shift, cover in sorted(shifted.items())
    )
    ground.timings["shifts"] = time.perf_counter() - start
    start = time.perf_counter()
    fibre = fibre_cost(ground.network, ground.settings, [site.site_id for site in made.sites])
    ground.timings["fibre"] = time.perf_counter() - start
    return replace(
        made,
        sites=sites,
        gaps=_closed(stage, chosen, verdict),
        curve=curve,
        phases=phases,
        left_out=left,
        where_next=where_next(problem, chosen, stage.where, stage.areas, stage.costs),
        survives=survives(problem, chosen, stage.ids, bound=survival_bound),
        cost=plan_cost(mine, ground.settings, fibre=fibre),
        shifts=shifts,
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
