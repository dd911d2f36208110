"""The cheapest sites to add so that a plan stands any one failure: N-1 safety to a stated share.

For every failure the rest of the plan must still serve the share. What an added site brings after
a failure only shrinks as others are added, so that

* greedy choice by the sum of what is missing after all failures, per cost, comes near the least
  (Wolsey 1982), and superfluous sites are taken out again;
* after any one failure the missing weight costs at least what a fractional choice among the
  gains of single sites would: a bound on every way to close it.

Branch and bound with that bound then looks for cheaper sets until none can be, or until it has
looked at as many as it may; the bound that is left says how much cheaper another could be.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...topology.errors import UsageError
from ..progress import Progress, silent
from .choice import excluded_by, free_sites
from .contribution import gains
from .cover import Floats
from .failures_left import FailedSites, Survival, failing_sites, survival
from .problem import SiteProblem

__all__ = ["SafeAdditions", "safe_additions"]

_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class SafeAdditions:
    """Sites to add so that the worst failure leaves a stated share.

    Attributes
    ----------
    share
        What must be left, of the total weight.
    sites
        To be added, the one that helps most first. Where even all usable sites do not suffice,
        those of them that help.
    reached
        Whether they suffice.
    before, after
        What failures leave without and with them.
    cost
        Of the added sites, or their number where the problem has no costs.
    cost_bound
        No set that suffices costs less; None where none suffices.
    """

    share: float
    sites: tuple[int, ...]
    reached: bool
    before: Survival
    after: Survival
    cost: float
    cost_bound: float | None

    @property
    def proven(self) -> bool:
        """Whether no cheaper set suffices, or none at all does."""
        if self.cost_bound is None:
            return True
        return self.reached and self.cost - self.cost_bound <= _ROUNDING * max(1.0, self.cost)


class _Missing:
    """What is missing after each failure of a plan, and what each site would bring of it."""

    def __init__(
        self, problem: SiteProblem, failed: FailedSites, chosen: Sequence[int], target: float
    ) -> None:
        self.problem, self.failed, self.chosen = problem, failed, tuple(chosen)
        mine = set(chosen)
        self.missing: list[float] = []
        self.brings: list[Floats] = []
        for hit in self._hits(mine):
            rest = [site for site in chosen if site not in hit]
            count = problem.servers_of_groups(rest)
            left = float(problem.group_weight[count >= problem.servers].sum())
            if left < target - _ROUNDING * max(1.0, target):
                bring = gains(problem, count)
                bring[list(hit | mine)] = 0.0
                self.missing.append(target - left)
                self.brings.append(bring)

    def _hits(self, mine: set[int]) -> list[set[int]]:
        """Return the failures that hit the plan, and the case in which nothing fails."""
        hits: list[set[int]] = [set()]
        for failure in range(len(self.failed)):
            sites = set(self.failed.of(failure).tolist())
            if sites & mine:
                hits.append(sites)
        return hits

    @property
    def total(self) -> float:
        return sum(self.missing)

    def helped(self) -> Floats:
        """Return how much of all that is missing each site would bring."""
        out = np.zeros(self.problem.sites)
        for missing, bring in zip(self.missing, self.brings, strict=True):
            out += np.minimum(bring, missing)
        return out

    def least_cost(self, cost: Floats, usable: NDArray[np.bool_], whole: bool) -> float:
        """Return a cost below which nothing closes what is missing; infinite if nothing does."""
        most = 0.0
        for missing, bring in zip(self.missing, self.brings, strict=True):
            sites = np.flatnonzero(usable & (bring > 0))
            if float(bring[sites].sum()) < missing * (1.0 - _ROUNDING):
                return math.inf
            order = sites[np.argsort(cost[sites] / bring[sites], kind="stable")]
            sums = np.cumsum(bring[order])
            last = min(int(np.searchsorted(sums, missing * (1.0 - _ROUNDING))), order.size - 1)
            before = float(sums[last - 1]) if last else 0.0
            part = min(1.0, (missing - before) / float(bring[order[last]]))
            most = max(most, float(cost[order[:last]].sum()) + part * float(cost[order[last]]))
        return math.ceil(most - 1e-6) if whole else most


def safe_additions(
    problem: SiteProblem,
    chosen: Sequence[int],
    *,
    share: float,
    groups: Sequence[tuple[str, Sequence[int]]] = (),
    each_site: bool = True,
    looks: int = 300,
    progress: Progress = silent,
) -> SafeAdditions:
    """Return the cheapest sites to add so that the worst failure leaves a share.

    Without costs in the problem the fewest sites are looked for.

    Parameters
    ----------
    chosen
        The plan, all of which stays.
    share
        Of the total weight that must be left after any failure, and while nothing fails; 0 to 1.
    groups, each_site
        What may fail, as in :func:`.most_surviving`; added sites may fail, too.
    looks
        Sets that branch and bound may look at.
    progress
        Told about each step; stops the work by raising.

    Raises
    ------
    UsageError
        The share is not within 0 to 1, there is nobody to serve, or nothing can fail.
    """
    if not 0 <= share <= 1:
        raise UsageError(f"the share to be left is {share}; give 0 to 1")
    if not problem.total_weight > 0:
        raise UsageError("there is nobody to serve, so that no share can be left of them")
    failed = failing_sites(problem, groups, each_site=each_site)
    costs = np.ones(problem.sites) if problem.cost is None else problem.cost
    target = share * problem.total_weight
    plan = tuple(int(site) for site in chosen)
    before = survival(problem, plan, failed)
    first = _Missing(problem, failed, plan, target)
    usable = np.zeros(problem.sites, np.bool_)
    usable[free_sites(problem, plan)] = True
    everything = [*plan, *np.flatnonzero(usable).tolist()]
    if _Missing(problem, failed, everything, target).missing:
        helpful = np.flatnonzero(usable & (first.helped() > 0)).tolist()
        after = survival(problem, (*plan, *helpful), failed)
        paid = float(costs[helpful].sum())
        return SafeAdditions(share, tuple(helpful), False, before, after, paid, None)
    added = _greedy(problem, failed, plan, target, costs, usable, progress)
    best, bound = _cheapest(
        problem, failed, plan, target, costs, usable, added, whole=problem.cost is None,
        looks=looks, progress=progress,
    )  # fmt: skip
    helped = first.helped()
    if best is None:
        # Sites that exclude each other would be needed together.
        after = survival(problem, plan, failed)
        return SafeAdditions(
            share, (), False, before, after, 0.0, bound if math.isfinite(bound) else None
        )
    order = sorted(best, key=lambda site: (-helped[site], site))
    paid = float(costs[order].sum())
    return SafeAdditions(
        share, tuple(order), True, before, survival(problem, (*plan, *order), failed), paid,
        min(paid, bound),
    )  # fmt: skip


def _greedy(
    problem: SiteProblem,
    failed: FailedSites,
    plan: tuple[int, ...],
    target: float,
    costs: Floats,
    usable: NDArray[np.bool_],
    progress: Progress,
) -> tuple[int, ...] | None:
    """Return additions that suffice, none of them superfluous; None where the choice got stuck."""
    added: list[int] = []
    missing = _Missing(problem, failed, plan, target)
    at_stake = missing.total
    while missing.missing:
        progress("safe additions", round(100 * (1 - missing.total / at_stake)), 100)
        helped = np.where(usable, missing.helped(), 0.0)
        helped[[*added, *excluded_by(problem, added)]] = 0.0
        if not helped.any():
            return None
        added.append(int(np.argmax(helped / np.maximum(costs, 1e-9))))
        missing = _Missing(problem, failed, (*plan, *added), target)
    for site in sorted(added, key=lambda s: (-costs[s], s)):
        rest = [other for other in added if other != site]
        if not _Missing(problem, failed, (*plan, *rest), target).missing:
            added = rest
    return tuple(added)


def _cheapest(
    problem: SiteProblem,
    failed: FailedSites,
    plan: tuple[int, ...],
    target: float,
    costs: Floats,
    usable: NDArray[np.bool_],
    start: tuple[int, ...] | None,
    *,
    whole: bool,
    looks: int,
    progress: Progress,
) -> tuple[tuple[int, ...] | None, float]:
    """Return the cheapest set found, if any, and what none that suffices costs less than.

    Open sets wait by their bound; of each the site that helps most is taken in or shut out.
    """
    best = start
    paid = math.inf if start is None else float(costs[list(start)].sum())
    slack = _ROUNDING * max(1.0, float(costs.sum()))
    number = 0
    waiting: list[tuple[float, int, tuple[int, ...], NDArray[np.bool_]]] = [
        (0.0, number, (), usable)
    ]
    for look in range(looks):
        if not waiting or waiting[0][0] >= paid - slack:
            return best, paid
        progress("cheapest additions", look, looks)
        known, _, added, open_ = heapq.heappop(waiting)
        missing = _Missing(problem, failed, (*plan, *added), target)
        so_far = float(costs[list(added)].sum())
        if not missing.missing:
            if so_far < paid - slack:
                best, paid = added, so_far
            continue
        open_ = open_.copy()
        open_[[*added, *excluded_by(problem, added)]] = False
        bound = max(known, so_far + missing.least_cost(costs, open_, whole))
        if bound >= paid - slack:
            continue
        helped = np.where(open_, missing.helped(), 0.0)
        site = int(np.argmax(helped / np.maximum(costs, 1e-9)))
        shut = open_.copy()
        shut[site] = False
        for more, left in (((*added, site), open_), (added, shut)):
            number += 1
            heapq.heappush(waiting, (bound, number, more, left))
    return best, min(paid, waiting[0][0]) if waiting else paid
