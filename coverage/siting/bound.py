"""How good could any plan be? An upper bound that no choice of sites can beat.

Lagrangian relaxation of the covering constraints: a point pays a price ``u`` to the sites that
reach it. For any prices 0 <= u <= weight,

    sum(weight - u) + the ``sites`` largest sums of prices that a site collects

is at least the value of every plan, because every plan is one way to fill the right-hand side
(Galvao & ReVelle 1996). Subgradient steps look for the lowest such value; each value on the way
is a valid bound, so stopping early only makes it looser.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...topology.compiled import compiled
from .problem import Floats, Ints, SiteProblem

__all__ = ["upper_bound"]


@compiled
def _incomes(site_start: Ints, site_groups: Ints, price: Floats, income: Floats) -> None:
    """Sum the prices that each site collects."""
    for site in range(income.size):
        total = 0.0
        for at in range(site_start[site], site_start[site + 1]):
            total += price[site_groups[at]]
        income[site] = total


@compiled
def _count_servers(
    site_start: Ints, site_groups: Ints, sites: NDArray[np.int64], servers: Floats
) -> None:
    """Count how many of some sites reach each group."""
    servers[:] = 0.0
    for k in range(sites.size):
        for at in range(site_start[sites[k]], site_start[sites[k] + 1]):
            servers[site_groups[at]] += 1.0


def upper_bound(problem: SiteProblem, sites: int, *, value: float, steps: int = 600) -> float:
    """Return a weight that no choice of at most ``sites`` sites can exceed.

    Parameters
    ----------
    sites
        Budget, fixed sites included.
    value
        Weight of the best plan known, which steers the step length only.
    steps
        Subgradient steps.

    Returns
    -------
    float
        At least the optimum, at most the weight within reach of any site.
    """
    reachable = float(problem.group_weight.sum())
    if not problem.groups or sites >= problem.sites:
        return reachable
    weight = problem.group_weight
    fixed = np.array(problem.fixed, np.int64)
    free = max(0, sites - len(fixed))
    # What fixed sites reach is reached for certain; only the rest is at stake.
    done = np.zeros(problem.groups, bool)
    for site in problem.fixed:
        done[problem.groups_of(site)] = True
    certain = float(weight[done].sum())
    weight = np.where(done, 0.0, weight)
    degree = np.diff(problem.group_start)
    price = weight / np.maximum(degree, 1)
    best, best_price = np.inf, price
    income, servers = np.zeros(problem.sites), np.zeros(problem.groups)
    theta, since = 2.0, 0
    for _ in range(steps):
        _incomes(problem.site_start, problem.site_groups, price, income)
        income[fixed] = -1.0  # already in
        top = np.argpartition(-income, free - 1)[:free] if free else np.zeros(0, np.int64)
        bound = certain + float((weight - price).sum()) + float(income[top].sum())
        if bound < best - 1e-9 * reachable:
            best, best_price, since = bound, price, 0
        else:
            since += 1
            if since == 20:
                theta, since, price = theta / 2, 0, best_price
                if theta < 1e-4:
                    break
                continue
        _count_servers(problem.site_start, problem.site_groups, top, servers)
        # d bound / d price = servers - 1, for prices strictly inside 0..weight.
        slope = servers - 1.0
        slope[(price <= 0.0) & (slope > 0.0)] = 0.0
        slope[(price >= weight) & (slope < 0.0)] = 0.0
        length = float(slope @ slope)
        if length == 0.0:
            break
        step = theta * (bound - value) / length
        if step <= 0.0:
            break
        price = np.clip(price - step * slope, 0.0, weight)
    return max(min(best, reachable), value)
