"""The choice of sites by what was asked: covering, survival, as a network, or with its fibre.

Covering has a bound that can be proven. Where sites interfere or add up, and where what connects
them is in the price, the goal is no sum over sites: the bound is that of a stated relaxation, or
there is none, and such a choice is not proven but for luck.

The curve of shares against numbers of sites is drawn at the same time, in a thread of its own:
both search the same problem, so that the better plan and the lower bound of both hold for both.
"""

from __future__ import annotations

import threading
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..topology.errors import InfeasibleError
from .plan_clock import OutOfTimeError, PlanClock
from .plan_connections import Connections, connections_of, ways_to_connect
from .plan_fairness import fair_start
from .plan_request import PlanRequest
from .plan_stage import Stage
from .progress import Progress
from .siting import Curve, SitePlan
from .siting.backhaul_choice import choose_connected
from .siting.conditions import Limits
from .siting.network_choice import choose_as_network
from .siting.resilience import most_surviving
from .siting.search import ordered
from .siting.service_signals import service_signals

__all__ = ["Chosen", "choose"]

_SHARE_SECONDS = 60.0
"""How long the fewest sites for a share are looked for where no time limit is given."""

_PART, _PART_BEFORE_TURNING = 0.8, 0.5
"""Part of a time limit by which the choice ends, so that what stands beside it has some, too."""

_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Chosen:
    """Sites by their numbers, and what is known of how good they are.

    Attributes
    ----------
    objective, status, bound, least
        As of :class:`.plan_record.Plan`.
    value
        What the objective counts, where that is not what the sites cover one by one.
    survival_bound
        For the objective ``survival``: no plan of as many sites leaves more residents.
    unshared
        The best plan known without the wish for shared sites, and its bound.
    connections
        What connects the sites, where that is in the price.
    curve
        Shares against numbers of sites, where it was drawn; without the wish for shared sites.
    """

    sites: tuple[int, ...]
    objective: str
    status: str
    bound: float | None = None
    least: float | None = None
    value: float | None = None
    survival_bound: float | None = None
    cancelled_by: BaseException | None = None
    unshared: SitePlan | None = None
    connections: Connections | None = None
    curve: Curve | None = None


def _ended(proven: bool, stopped_by: str) -> str:
    if proven:
        return "optimal"
    return "time-limit" if stopped_by == "time limit" else "unproven"


def _part(asked: PlanRequest) -> float:
    return _PART_BEFORE_TURNING if asked.tune else _PART


def _covering(
    stage: Stage,
    asked: PlanRequest,
    sites: int | None,
    seed: int,
    clock: PlanClock,
    progress: Progress,
) -> Chosen:
    common: dict[str, Any] = {
        "gap": asked.max_gap or 0.0,
        "time_limit_s": clock.left_s(_part(asked)),
        # Without a limit on the gap the plan and its bound suffice.
        "nodes": None if asked.max_gap is not None or clock.limited else 0,
        "seed": seed,
        "progress": progress,
    }
    fair = fair_start(stage, asked, sites)
    if fair is not None and asked.share is None:
        common["start"] = fair.sites
    try:
        return _solved(stage, asked, sites, common, clock)
    except InfeasibleError as error:
        if fair is None or fair.sites is not None or asked.share is not None:
            raise
        raise fair.refusal() from error


def _solved(
    stage: Stage,
    asked: PlanRequest,
    sites: int | None,
    common: dict[str, Any],
    clock: PlanClock,
) -> Chosen:
    found: SitePlan
    if asked.share is not None:
        # The fewest sites are found by branching; there is no other way to them.
        common["nodes"] = None
        common["time_limit_s"] = common["time_limit_s"] if clock.limited else _SHARE_SECONDS
        found = stage.problem.minimise(share=asked.share, sites=sites, **common)
        objective = "cost" if asked.cheapest else "sites"
        return Chosen(
            found.sites, objective, found.status, least=found.bound, cancelled_by=found.cancelled_by
        )
    most: SitePlan | None = None
    if stage.problem is not stage.free:
        # The best plan without the wish for shared sites bounds all, and may keep the wish.
        half: dict[str, Any] = {**common, "time_limit_s": clock.left_s(0.5 * _part(asked))}
        most = stage.free.maximise(sites=sites, budget=asked.budget, **half)
        if most.cancelled_by is not None or not stage.problem.conditions.broken_by(
            stage.problem, most.sites, _limits(stage, asked, sites)
        ):
            kept = _kept(stage, asked, sites, most)
            return Chosen(
                kept, "residents", most.status, bound=most.bound,
                cancelled_by=most.cancelled_by, unshared=most,
            )  # fmt: skip
        common["time_limit_s"] = clock.left_s(_part(asked))
    found = stage.problem.maximise(sites=sites, budget=asked.budget, **common)
    bound = found.bound if most is None else min(found.bound, max(most.bound, found.value))
    return Chosen(
        found.sites, "residents", found.status, bound=bound, cancelled_by=found.cancelled_by,
        unshared=most,
    )  # fmt: skip


def _limits(stage: Stage, asked: PlanRequest, sites: int | None) -> Limits:
    return Limits(
        stage.problem.sites if sites is None else min(sites, stage.problem.sites),
        np.inf if asked.budget is None else asked.budget,
    )


def _kept(stage: Stage, asked: PlanRequest, sites: int | None, plan: SitePlan) -> tuple[int, ...]:
    """Return a plan's sites where they keep the wish for shared sites, else any that do."""
    limits = _limits(stage, asked, sites)
    if not stage.problem.conditions.broken_by(stage.problem, plan.sites, limits):
        return plan.sites
    return stage.problem.maximise(sites=sites, budget=asked.budget, nodes=0, time_limit_s=0.0).sites


def _surviving(
    stage: Stage, asked: PlanRequest, sites: int, seed: int, clock: PlanClock, progress: Progress
) -> Chosen:
    try:
        found = most_surviving(
            stage.problem, sites=sites, seed=seed, progress=clock.bounded(progress)
        )
    except OutOfTimeError:
        # The plan that serves most is at least a plan; what it leaves is counted as it is.
        plain = stage.problem.maximise(sites=sites, nodes=0, seed=seed, time_limit_s=0.0)
        return Chosen(plain.sites, "survival", "time-limit")
    return Chosen(found.sites, "survival", _ended(found.proven, ""), survival_bound=found.bound)


def _as_network(
    stage: Stage, asked: PlanRequest, sites: int, seed: int, clock: PlanClock, progress: Progress
) -> Chosen:
    signals = service_signals(stage.ground, stage.where, progress=progress)
    found = choose_as_network(
        signals,
        sites=sites,
        fixed=stage.problem.fixed,
        forbidden=stage.problem.forbidden,
        time_limit_s=clock.left_s(_part(asked)),
        seed=seed,
        threads=stage.ground.store.threads,
        progress=progress,
    )
    status = _ended(found.proven, found.stopped_by)
    return Chosen(found.sites, "network", status, bound=found.bound, value=found.value)


def _connected(
    stage: Stage,
    asked: PlanRequest,
    sites: int | None,
    seed: int,
    clock: PlanClock,
    progress: Progress,
) -> Chosen:
    net = ways_to_connect(stage, microwave=asked.microwave)
    found = choose_connected(
        stage.problem,
        net,
        budget=asked.budget,
        sites=sites,
        time_limit_s=clock.left_s(_part(asked)),
        seed=seed,
        progress=progress,
    )
    bound = found.value_bound if found.value_bound is None else float(np.ceil(found.value_bound))
    return Chosen(
        found.sites, "residents", _ended(found.proven, found.stopped_by), bound=bound,
        connections=connections_of(stage, net, found),
    )  # fmt: skip


def _one(
    stage: Stage,
    asked: PlanRequest,
    sites: int | None,
    seed: int,
    clock: PlanClock,
    progress: Progress,
) -> Chosen:
    at_most = stage.ground.settings.plan_sites if sites is None else sites
    if asked.survive:
        return _surviving(stage, asked, at_most, seed, clock, progress)
    if asked.as_network:
        return _as_network(stage, asked, at_most, seed, clock, progress)
    if asked.connected:
        return _connected(stage, asked, sites, seed, clock, progress)
    return _covering(stage, asked, sites, seed, clock, progress)


class _StoppedError(Exception):
    """The choice has ended before the curve, which is not wanted any more."""


def choose(
    stage: Stage,
    asked: PlanRequest,
    sites: int | None,
    *,
    curve_to: int,
    seed: int,
    clock: PlanClock,
    progress: Progress,
) -> Chosen:
    """Return the sites that are best for what was asked, and the curve.

    Parameters
    ----------
    curve_to
        The curve goes to so many sites, or as far as the plan; 0 draws none.

    Raises
    ------
    InfeasibleError
        Nothing keeps to what was asked; the message says what would help.
    InputError
        Streets or rooms are missing.
    UsageError
        The service says nothing of what its sites are to each other.
    """
    if not curve_to or not stage.free.total_weight > 0:
        return _one(stage, asked, sites, seed, clock, progress)
    stop = threading.Event()

    def heed(step: str, done: int, total: int) -> None:
        if stop.is_set():
            raise _StoppedError(step)

    def draw(least: int) -> Curve:
        return stage.free.curve(
            up_to=min(max(curve_to, least), stage.free.sites), seed=seed,
            time_limit_s=clock.left_s(_part(asked)), progress=heed,
        )  # fmt: skip

    with ThreadPoolExecutor(1) as pool:
        drawn = pool.submit(draw, sites) if sites is not None else None
        try:
            found = _one(stage, asked, sites, seed, clock, progress)
            if found.cancelled_by is None:
                drawn = drawn or pool.submit(draw, len(found.sites))
                curve, by = _awaited(drawn, progress)
                found = replace(found, curve=curve, cancelled_by=by)
        finally:
            stop.set()
    if found.cancelled_by is not None:
        return replace(found, status=found.status if found.status == "optimal" else "cancelled")
    return _agreed(stage, asked, sites, found)


def _awaited(drawn: Future[Curve], progress: Progress) -> tuple[Curve | None, BaseException | None]:
    """Wait for the curve; return it, or what interrupted the waiting."""
    try:
        progress("curve", 0, 1)
        while not wait([drawn], timeout=0.2).done:
            progress("curve", 0, 1)
        progress("curve", 1, 1)
    except BaseException as error:  # noqa: BLE001 - passed on with the plan
        return None, error
    return drawn.result(), None


def _agreed(stage: Stage, asked: PlanRequest, sites: int | None, found: Chosen) -> Chosen:
    """Let the plan take what the curve found better, and the lower bound."""
    curve = found.curve
    if curve is None or not curve.points or found.objective != "residents" or asked.connected:
        return found
    usable = stage.free.sites - len(set(stage.free.forbidden))
    at_most = usable if sites is None else min(sites, usable)
    point = next((one for one in curve.points if one.count == at_most), None)
    if point is None:
        return found
    problem, chosen = stage.problem, found.sites
    value, bound = problem.value(chosen), found.bound
    if point.value > value and not problem.conditions.broken_by(
        problem, point.sites, _limits(stage, asked, sites)
    ):
        chosen = ordered(problem, point.sites, problem.fixed)
        value = problem.value(chosen)
    bound = point.bound if bound is None else min(bound, point.bound)
    bound = max(bound, value)
    status, slack = found.status, _ROUNDING * max(1.0, problem.total_weight)
    if bound - value <= slack:
        status = "optimal"
    elif asked.max_gap and bound - value <= asked.max_gap * bound:
        status = "within-gap"
    return replace(found, sites=chosen, bound=bound, status=status)
