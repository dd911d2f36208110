"""Reach a share with the fewest sites, or at the least cost.

The fewest sites are closed in from both sides: prices of the relaxation say from which number on
the share is possible at all, exchanges find plans of fewer and fewer sites, and branch and bound
decides the numbers between. Costs, exclusions, fairness and several servers go to HiGHS.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from ...topology.errors import InfeasibleError, UsageError
from ..progress import Progress, silent
from .answer import SitePlan, Status, Step
from .bound import Relaxation, priced_bounds
from .branch_and_cut import branch_and_cut
from .conditions import Conditions, Limits, check_feasible
from .cover import Cover, Floats
from .proof import root_of
from .search import greedy, ordered
from .solve import check_arguments, checked_limits, is_plain, maximise_plainly, offer_start
from .standing import CancelledError, Standing, StopSolver, TimeUpError

__all__ = ["minimise"]

_PRICE_ROUNDS = 4
_PRICE_STEPS = 80


class _Fewest:
    """The cheapest plan so far, and the bound on all."""

    def __init__(self, cover: Cover, conditions: Conditions, needed: float) -> None:
        self.cover = cover
        self.conditions = conditions
        self.needed = needed
        self.sites: tuple[int, ...] | None = None
        self.cost = np.inf
        self.bound = float(conditions.cost_of(conditions.fixed))
        self.log: list[Step] = []
        self.nodes = 0
        self.whole = conditions.cost is None or bool(
            np.all(conditions.cost == np.rint(conditions.cost))
        )

    def offer(self, chosen: Sequence[int], limits: Limits) -> None:
        cost = self.conditions.cost_of(chosen)
        if (
            cost < self.cost
            and self.cover.value(chosen) >= self.needed
            and not self.conditions.broken_by(self.cover, chosen, limits)
        ):
            self.sites, self.cost = tuple(int(site) for site in chosen), cost

    def raise_bound(self, bound: float) -> None:
        if self.whole and np.isfinite(bound):
            bound = float(np.ceil(bound - 1e-6))
        self.bound = min(max(self.bound, bound), self.cost)

    def note(self, what: str, seconds: float) -> None:
        self.log.append(
            Step(
                what, seconds, self.cost, self.bound, self.cover.sites, self.cover.groups,
                self.cover.pairs, self.nodes,
            )
        )  # fmt: skip


def minimise(
    cover: Cover,
    conditions: Conditions,
    *,
    share: float,
    total_weight: float,
    sites: int | None = None,
    gap: float = 0.0,
    time_limit_s: float | None = None,
    nodes: int | None = None,
    seed: int = 0,
    start: Sequence[int] | None = None,
    progress: Progress = silent,
) -> SitePlan:
    """Reach a share at the least cost; see :class:`.problem.SiteProblem`."""
    if not 0 <= share <= 1:
        raise UsageError(f"the share is {share}; give 0 to 1")
    check_arguments(gap, time_limit_s, nodes)
    limits = checked_limits(cover, sites, None)
    check_feasible(conditions, limits)
    needed = share * total_weight * (1 - 1e-12)
    closed = set(conditions.forbidden)
    usable = [site for site in range(cover.sites) if site not in closed]
    most = cover.value(usable)
    if most < needed:
        reach = most / total_weight if total_weight else 0.0
        raise InfeasibleError(
            f"{share:.2%} cannot be reached: all usable sites together reach "
            f"{_below(reach, share)}",
            "add candidates, height or power, or lower the share",
        )
    best = _Fewest(cover, conditions, needed)
    clock = Standing(
        cover, conditions, limits, bound=most, time_limit_s=time_limit_s, progress=progress
    )
    if start is not None:
        offer_start(clock, start)
        best.offer(clock.sites or (), limits)
    stopped: BaseException | None = None
    try:
        if is_plain(cover, conditions, limits) and conditions.cost is None:
            _by_number(best, clock, usable, gap=gap, nodes=nodes, seed=seed)
        else:
            _by_program(best, clock, usable, gap=gap, nodes=nodes)
    except TimeUpError:
        pass
    except CancelledError as error:
        stopped = error.by
    except KeyboardInterrupt as error:
        stopped = error
    if best.sites is None:
        _any_plan(best, limits, usable, share)
    best.raise_bound(best.bound)
    chosen = ordered(cover, best.sites or (), conditions.fixed)
    proven = best.cost - best.bound <= 1e-9 * max(1.0, best.cost)
    part = (best.cost - best.bound) / best.cost if best.cost > 0 else 0.0
    status: Status = "unproven"
    if proven:
        status = "optimal"
    elif stopped is not None:
        status = "cancelled"
    elif part <= gap:
        status = "within-gap"
    elif clock.out_of_time:
        status = "time-limit"
    return SitePlan(
        sites=chosen, value=cover.value(chosen), cost=best.cost,
        objective="sites" if conditions.cost is None else "cost", bound=best.bound, gap=part,
        proven=proven, status=status, seconds=clock.seconds, log=tuple(best.log),
        cancelled_by=stopped,
    )  # fmt: skip


def _below(reach: float, share: float) -> str:
    """Return a share in per cent, rounded down, with decimals until it reads less than another."""
    shown, digits = math.floor(reach * 1e4) / 100, 2
    for digits in range(2, 9):
        shown = math.floor(reach * 10 ** (digits + 2)) / 10**digits
        if shown < round(100 * share, digits) and round(shown, digits) < 100 * share:
            break
    return f"{shown:.{digits}f}%"


def _greedy_plan(best: _Fewest, usable: Sequence[int]) -> list[int]:
    """Choose greedily until the share is reached, then drop what is not needed."""
    cover = best.cover
    chosen = greedy(
        cover, np.inf, cost=best.conditions.cost, fixed=best.conditions.fixed, among=usable
    )
    low, high = len(best.conditions.fixed), len(chosen)
    while low < high:
        middle = (low + high) // 2
        low, high = (
            (low, middle) if cover.value(chosen[:middle]) >= best.needed else (middle + 1, high)
        )
    plan = chosen[:low]
    for site in sorted(
        plan[len(best.conditions.fixed) :], key=lambda one: -best.conditions.cost_of([one])
    ):
        less = [other for other in plan if other != site]
        if cover.value(less) >= best.needed:
            plan = less
    return plan


def _by_number(
    best: _Fewest,
    clock: Standing,
    usable: Sequence[int],
    *,
    gap: float,
    nodes: int | None,
    seed: int,
) -> None:
    """Close in on the fewest sites from both sides."""
    cover, conditions, limits = best.cover, best.conditions, clock.limits
    best.offer(_greedy_plan(best, usable), limits)
    best.note("greedy", clock.seconds)
    if best.sites is not None:
        best.raise_bound(_fewest_by_prices(best, clock))
        best.note("bound", clock.seconds)
    # Down from above while plans are found, then up from below until one is.
    for branches in (0, nodes):
        number = int(best.cost) - 1 if best.sites is not None else limits.sites
        while number >= best.bound and not (
            best.sites is not None and best.cost - best.bound <= gap * best.cost
        ):
            standing = Standing(
                cover, conditions, Limits(number), bound=clock.bound,
                time_limit_s=clock.seconds_left if np.isfinite(clock.seconds_left) else None,
                progress=lambda step, done, total: clock.tell(step, done, total),
            )  # fmt: skip
            try:
                impossible = maximise_plainly(
                    standing, seed=seed, nodes=branches, floor=best.needed
                )
            finally:
                best.nodes += standing.nodes
                if standing.sites is not None:
                    best.offer(standing.sites, limits)
            best.note(f"{number} sites", clock.seconds)
            if standing.value >= best.needed:
                number = int(best.cost) - 1
            elif impossible or standing.bound < best.needed:
                if best.sites is None:
                    raise InfeasibleError(
                        f"{number} sites cannot reach the share",
                        "allow more sites or lower the share",
                    )
                best.raise_bound(number + 1)
                break
            else:
                break
        if nodes == 0:
            break


def _fewest_by_prices(best: _Fewest, clock: Standing) -> float:
    """Return the number of sites below which the relaxation cannot reach the share."""
    cover, conditions = best.cover, best.conditions
    base, upper = len(conditions.fixed), int(best.cost) - len(conditions.fixed)
    left = root_of(
        cover, cost=np.ones(cover.sites), room=best.cost, fixed=conditions.fixed,
        forbidden=conditions.forbidden,
    ).left  # fmt: skip
    below = best.needed - left.certain
    if below <= 0 or upper <= 0 or not left.site.size:
        return float(base)
    lower, room = 1, max(1, upper - 1)
    part, price = np.isin(left.site, best.sites or ()).astype(np.float64), None
    while True:
        part = part * min(1.0, room / max(float(part.sum()), 1e-300))
        relaxation = Relaxation.of(
            left.cover, own=left.own, cost=left.cost, room=float(room), part=part, price=price
        )
        for _ in range(10):
            clock.tell("bound", 0, 1)
            relaxation.descend(80, below=below, close=1e-5 * best.needed)
            if relaxation.bound < below or relaxation.plan >= below:
                break
        part, price = relaxation.part, relaxation.price
        # The same prices bound every number of sites.
        bounds = priced_bounds(left.cover, price, own=left.own, up_to=upper)
        possible = np.flatnonzero(bounds >= below)
        lower = max(lower, int(possible[0]) if possible.size else upper)
        if relaxation.bound < below:
            lower = max(lower, room + 1)
        if lower >= upper:
            return float(base + upper)
        if lower == room:
            return float(base + lower)
        room = lower


def _least_cost_by_prices(best: _Fewest, usable: Sequence[int]) -> float:
    """Return a cost below which a relaxation cannot reach the share, whatever the conditions.

    Any prices of the groups give one: what the groups keep and what sites collect must come to the
    share, and the cheapest way to collect so much takes sites in parts, best first.
    """
    cover, conditions = best.cover, best.conditions
    cost = np.ones(cover.sites) if conditions.cost is None else conditions.cost.astype(np.float64)
    closed = np.ones(cover.sites, bool)
    closed[list(usable)] = False
    given = cost.copy()
    given[list(conditions.fixed)] = 0.0  # paid in any case
    given[closed] = 1e3 * (1.0 + float(cost.sum()))
    base = conditions.cost_of(conditions.fixed)
    part = np.isin(np.arange(cover.sites), best.sites or ()).astype(np.float64)
    room = float(best.cost - base) if np.isfinite(best.cost) else float(given[~closed].sum())
    total, least, price = float(cover.group_weight.sum()), 0.0, None
    if room <= 0:
        return float(base)
    for _ in range(_PRICE_ROUNDS):
        relaxation = Relaxation.of(
            cover, own=np.zeros(cover.sites), cost=given, room=room, part=part, price=price
        )
        relaxation.descend(_PRICE_STEPS, below=best.needed)
        part, price = relaxation.part, relaxation.price
        paid = np.repeat(cover.group_weight * price, np.diff(cover.group_start))
        income: Floats = np.bincount(cover.group_sites, paid, minlength=cover.sites).astype(
            np.float64, copy=False
        )
        income[closed] = 0.0
        kept = total - cover.servers * float((cover.group_weight * price).sum())
        least = max(least, _cheapest_collection(income, given, best.needed - kept))
        if not 0 < least < room:
            break
        room = least
    return float(base + least * (1 - 1e-9))


def _cheapest_collection(income: Floats, cost: Floats, needed: float) -> float:
    """Return what it costs at least to collect so much from sites taken in parts."""
    paying = np.flatnonzero(income > 0)
    order = paying[np.argsort(cost[paying] / income[paying], kind="stable")]
    collected = np.cumsum(income[order])
    spent = np.cumsum(cost[order])
    if needed <= 0 or not order.size:
        return 0.0
    last = int(np.searchsorted(collected, needed))
    if last == order.size:  # rounding
        return float(spent[-1])
    return float(spent[last] - (collected[last] - needed) / income[order[last]] * cost[order[last]])


def _by_program(
    best: _Fewest, clock: Standing, usable: Sequence[int], *, gap: float, nodes: int | None
) -> None:
    """Start HiGHS from a greedy plan."""
    cover, conditions, limits = best.cover, best.conditions, clock.limits
    if cover.servers == 1:
        best.offer(_greedy_plan(best, usable), limits)
    else:
        best.offer(usable, limits)
    best.note("greedy", clock.seconds)
    # The solver may have no time for its first relaxation; prices bound the cost all the same.
    best.raise_bound(_least_cost_by_prices(best, usable))
    best.note("bound", clock.seconds)
    stop = StopSolver(clock)
    solved = branch_and_cut(
        cover, conditions, limits, least_weight=best.needed, start=best.sites, relative_gap=gap,
        time_limit_s=clock.seconds_left, nodes=nodes or (None if nodes is None else 1), stop=stop,
    )  # fmt: skip
    best.nodes += solved.nodes
    if solved.outcome == "infeasible":
        raise InfeasibleError(
            "no choice of sites that keeps all conditions reaches the share",
            "loosen a condition, allow more sites, or lower the share",
        )
    if solved.sites is not None:
        best.offer(solved.sites, limits)
    best.raise_bound(solved.bound)
    best.note("branch and cut", clock.seconds)
    stop.raise_again()


def _any_plan(best: _Fewest, limits: Limits, usable: Sequence[int], share: float) -> None:
    """Find some plan, when nothing was found before the solver was stopped.

    Raises
    ------
    InfeasibleError
        There is none.
    """
    best.offer(usable, limits)
    if best.sites is not None:
        return
    solved = branch_and_cut(
        best.cover, best.conditions, limits, least_weight=best.needed, relative_gap=0.999
    )
    best.offer(solved.sites or (), limits)
    if best.sites is None:
        raise InfeasibleError(
            f"no choice of sites that keeps all conditions reaches {share:.2%}",
            "loosen a condition, allow more sites, or lower the share",
        )
