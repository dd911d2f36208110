"""From a problem to a plan: search, bound, proof, in that order, always with the best so far."""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np

from ...topology.errors import InfeasibleError, UsageError
from ..progress import Progress, silent
from .answer import Remark, SitePlan, Status, Step
from .bound import upper_bound
from .branch_and_cut import branch_and_cut
from .conditions import Limits, check_feasible
from .problem import SiteProblem
from .search import exchange, greedy

__all__ = ["maximise", "minimise"]


def maximise(
    problem: SiteProblem,
    *,
    sites: int | None = None,
    budget: float | None = None,
    gap: float = 0.0,
    time_limit_s: float | None = None,
    nodes: int | None = None,
    seed: int = 0,
    start: Sequence[int] | None = None,
    progress: Progress = silent,
) -> SitePlan:
    """Choose sites that reach as much weight as possible; see :class:`.problem.SiteProblem`."""
    begun = time.perf_counter()
    limits = Limits(
        problem.sites if sites is None else min(sites, problem.sites),
        np.inf if budget is None else budget,
    )
    conditions = problem.conditions
    check_feasible(conditions, limits)
    plain = conditions.simple and not conditions.forbidden and not np.isfinite(limits.budget)
    best: tuple[int, ...] | None = None
    reachable = problem.value(range(problem.sites))
    bound, log, stopped = reachable, [], None
    try:
        if plain and problem.servers == 1:
            best = tuple(greedy(problem, limits.sites))
            rounds = min(10_000, max(500, 60_000_000 // max(1, problem.groups)))
            best = tuple(exchange(problem, list(best), seed=seed, rounds=rounds, progress=progress))
            bound = upper_bound(problem, limits.sites, value=problem.value(best))
            log.append(_step("search and bound", begun, problem, best, bound))
        if nodes != 0 and (best is None or bound > problem.value(best) * (1 + 1e-9) + 1e-9):
            left = np.inf if time_limit_s is None else time_limit_s - time.perf_counter() + begun
            solved = branch_and_cut(
                problem, conditions, limits, start=best, relative_gap=gap,
                time_limit_s=left, nodes=nodes,
            )  # fmt: skip
            if solved.outcome == "infeasible":
                raise InfeasibleError(
                    "no choice of sites keeps all conditions", "drop or loosen some of them"
                )
            if solved.sites is not None and (
                best is None or problem.value(solved.sites) > problem.value(best)
            ):
                best = solved.sites
            bound = min(bound, solved.bound)
            log.append(_step("branch and cut", begun, problem, best or (), bound, solved.nodes))
    except InfeasibleError:
        raise
    except BaseException as error:
        stopped = error
    chosen = _ordered(problem, best or problem.fixed)
    value = problem.value(chosen)
    bound = max(bound, value)
    proven = bound - value <= 1e-9 * max(1.0, reachable)
    part = (bound - value) / bound if bound > 0 else 0.0
    status: Status = "optimal" if proven else "within-gap" if part <= gap else "unproven"
    if stopped is not None:
        status = "cancelled"
    elif time_limit_s is not None and time.perf_counter() - begun >= time_limit_s and not proven:
        status = "time-limit"
    remarks = []
    if reachable <= 0:
        remarks.append(
            Remark("nothing-in-reach", 0, "no site reaches any weight; add candidates or power")
        )
    elif len(chosen) < limits.sites:
        remarks.append(
            Remark(
                "sites-enough", len(chosen), f"{len(chosen)} sites reach all that can be reached"
            )
        )
    return SitePlan(
        chosen, value, problem.cost_of(chosen), "weight", bound, part, proven, status,
        time.perf_counter() - begun, tuple(log), tuple(remarks), stopped,
    )  # fmt: skip


def minimise(
    problem: SiteProblem,
    *,
    share: float,
    sites: int | None = None,
    gap: float = 0.0,
    time_limit_s: float | None = None,
    nodes: int | None = None,
    seed: int = 0,
    start: Sequence[int] | None = None,
    progress: Progress = silent,
) -> SitePlan:
    """Reach a share at the least cost; see :class:`.problem.SiteProblem`."""
    begun = time.perf_counter()
    if not 0 <= share <= 1:
        raise UsageError(f"the share is {share}; give 0 to 1")
    limits = Limits(problem.sites if sites is None else min(sites, problem.sites))
    check_feasible(problem.conditions, limits)
    needed = share * problem.total_weight
    usable = [s for s in range(problem.sites) if s not in set(problem.forbidden)]
    most = problem.value(usable)
    if most < needed * (1 - 1e-12):
        raise InfeasibleError(
            f"{share:.2%} cannot be reached: all usable sites together reach "
            f"{most / problem.total_weight:.2%}",
            "add candidates, power or height, or lower the share",
        )
    solved = branch_and_cut(
        problem, problem.conditions, limits, least_weight=needed * (1 - 1e-12),
        start=None, relative_gap=gap,
        time_limit_s=np.inf if time_limit_s is None else time_limit_s, nodes=nodes,
    )  # fmt: skip
    if solved.sites is None:
        raise InfeasibleError(
            f"no choice of sites that keeps all conditions reaches {share:.2%}",
            "drop or loosen some of them",
        )
    chosen = _ordered(problem, solved.sites)
    cost = problem.cost_of(chosen)
    bound = min(cost, solved.bound if problem.cost is not None else np.ceil(solved.bound - 1e-6))
    proven = cost - bound <= 1e-9 * max(1.0, cost)
    part = (cost - bound) / cost if cost > 0 else 0.0
    status: Status = "optimal" if proven else "within-gap" if part <= gap else "unproven"
    return SitePlan(
        chosen, problem.value(chosen), cost, "sites" if problem.cost is None else "cost",
        float(bound), part, proven, status, time.perf_counter() - begun,
        (_step("branch and cut", begun, problem, chosen, float(bound), solved.nodes),),
    )  # fmt: skip


def _step(
    what: str, begun: float, problem: SiteProblem, best: Sequence[int], bound: float, nodes: int = 0
) -> Step:
    seconds = time.perf_counter() - begun
    value = problem.value(best)
    return Step(what, seconds, value, bound, problem.sites, problem.groups, problem.pairs, nodes)


def _ordered(problem: SiteProblem, chosen: Sequence[int]) -> tuple[int, ...]:
    """Order the chosen sites: the fixed, then always the one that adds most."""
    order = list(problem.fixed)
    count = problem.servers_of_groups(order)
    left = sorted(set(chosen) - set(order))
    while left:
        gains = []
        for site in left:
            groups = problem.groups_of(site)
            gains.append(problem.group_weight[groups[count[groups] == problem.servers - 1]].sum())
        site = left.pop(int(np.argmax(gains)))
        count[problem.groups_of(site)] += 1
        order.append(site)
    return tuple(order)
