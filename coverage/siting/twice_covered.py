"""How much any plan can serve once and twice: a bound where the second server counts, too.

The first server of a group is worth a share of its weight and the second the rest. Prices on the
groups give a bound as in :mod:`.bound`: for any price u of a group with weight w, whose first
server is worth a and whose second b,

    sum(max(0, a - u) + max(0, b - u)) + the largest sums of prices that so many sites collect

is at least the value of every plan. Subgradient steps look for the lowest such value.
"""

from __future__ import annotations

import numpy as np

from ...topology.compiled import compiled
from .cover import Floats, Ints, Short
from .problem import SiteProblem

__all__ = ["twice_covered_bound"]

_HALVE_AFTER = 20
_SMALLEST_STEP = 1e-4


@compiled
def _incomes(site_start: Ints, site_groups: Short, price: Floats, income: Floats) -> None:
    for site in range(income.size):
        total = 0.0
        for at in range(site_start[site], site_start[site + 1]):
            total += price[site_groups[at]]
        income[site] = total


def twice_covered_bound(problem: SiteProblem, *, sites: int, steps: int = 600) -> float:
    """Return what a single failed site leaves of no plan of at most so many sites.

    With n sites the worst single failure takes at least an n-th of what all take together, which
    is the weight that one site alone reaches; so the first server is worth 1 - 1/n of a group.
    Where a group needs several servers this bound says nothing more than what can be reached.
    """
    weight = problem.group_weight
    reachable = float(weight.sum())
    if problem.servers > 1 or not problem.groups or sites < 1:
        return reachable
    first, second = weight * (1.0 - 1.0 / sites), weight / sites
    if sites == 1:
        return 0.0
    fixed = list(problem.fixed)
    closed = [*fixed, *problem.forbidden]
    free = max(0, min(sites - len(fixed), problem.sites - len(set(closed))))
    price = first / np.maximum(1, np.diff(problem.group_start))
    income = np.zeros(problem.sites)
    best, best_price, theta, since = np.inf, price, 1.0, 0
    for _ in range(steps):
        _incomes(problem.site_start, problem.site_groups, price, income)
        standing = float(income[fixed].sum())
        income[closed] = -np.inf
        top = np.argpartition(-income, free - 1)[:free] if free else np.zeros(0, np.int64)
        kept = np.maximum(0.0, first - price) + np.maximum(0.0, second - price)
        bound = float(kept.sum()) + standing + float(income[top].sum())
        if bound < best - 1e-9 * reachable:
            best, best_price, since = bound, price, 0
        else:
            since += 1
            if since == _HALVE_AFTER:
                theta, since, price = theta / 2, 0, best_price
                if theta < _SMALLEST_STEP:
                    break
                continue
        slope = problem.servers_of_groups([*fixed, *top.tolist()]).astype(np.float64)
        slope -= (price < first).astype(np.float64) + (price < second)
        slope[(price <= 0.0) & (slope > 0.0)] = 0.0
        length = float(slope @ slope)
        if length == 0.0:
            break
        # The best value is not known: aim a little below the lowest bound so far.
        price = np.clip(price - theta * 0.05 * best / length * slope, 0.0, first)
    return min(best, reachable)
