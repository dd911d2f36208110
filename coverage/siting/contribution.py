"""What a site is worth to a choice: what it would add, what only it holds, what could replace it.

All of it is counted on the merged groups of a :class:`.SiteProblem`, so that a district's plan
takes milliseconds. A group is worth its weight as soon as enough sites reach it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ...topology.compiled import compiled
from .cover import Floats, Ints, Short
from .problem import SiteProblem

__all__ = [
    "exchange_losses",
    "gains",
    "only_by",
    "reaching_all",
    "weights_of_sites",
]


@compiled
def _add(site_start: Ints, site_groups: Short, site: int, sign: int, count: Ints) -> None:
    for at in range(site_start[site], site_start[site + 1]):
        count[site_groups[at]] += sign


@compiled
def _sums(
    site_start: Ints, site_groups: Short, weight: Floats, count: Ints, wanted: int, out: Floats
) -> None:
    """Sum for every site the weight of its groups that so many sites reach."""
    for site in range(out.size):
        total = 0.0
        for at in range(site_start[site], site_start[site + 1]):
            group = site_groups[at]
            if count[group] == wanted:
                total += weight[group]
        out[site] = total


@compiled
def _exchange_losses(
    site_start: Ints,
    site_groups: Short,
    weight: Floats,
    chosen: Ints,
    needed: int,
    count: Ints,
    out: Floats,
) -> None:
    alone = np.zeros(site_start.size - 1)
    _sums(site_start, site_groups, weight, count, needed, alone)
    for k in range(chosen.size):
        _add(site_start, site_groups, chosen[k], -1, count)
        _sums(site_start, site_groups, weight, count, needed - 1, out[k])
        for site in range(out.shape[1]):
            out[k, site] = alone[chosen[k]] - out[k, site]
        _add(site_start, site_groups, chosen[k], 1, count)


def gains(problem: SiteProblem, count: Ints) -> Floats:
    """Return for every site the weight that adding it brings.

    Parameters
    ----------
    count
        Chosen sites that reach each group; for a site that is chosen already the figure means nothing.
    """
    return _sums_of(problem, count, problem.servers - 1)


def only_by(problem: SiteProblem, count: Ints) -> Floats:
    """Return for every chosen site the weight that is lost without it."""
    return _sums_of(problem, count, problem.servers)


def weights_of_sites(problem: SiteProblem) -> Floats:
    """Return for every site the weight of all that it reaches."""
    return _sums_of(problem, np.zeros(problem.groups, np.int64), 0)


def _sums_of(problem: SiteProblem, count: Ints, wanted: int) -> Floats:
    out = np.zeros(problem.sites)
    _sums(problem.site_start, problem.site_groups, problem.group_weight, count, wanted, out)
    return out


@compiled
def _tally(
    site_start: Ints,
    site_groups: Short,
    group_start: Ints,
    group_sites: Short,
    site: int,
    out: Ints,
) -> None:
    for at in range(site_start[site], site_start[site + 1]):
        group = site_groups[at]
        for other in range(group_start[group], group_start[group + 1]):
            out[group_sites[other]] += 1


def reaching_all(problem: SiteProblem, site: int) -> NDArray[np.bool_]:
    """Return which other sites reach every group that a site reaches."""
    shared = np.zeros(problem.sites, np.int64)
    _tally(
        problem.site_start,
        problem.site_groups,
        problem.group_start,
        problem.group_sites,
        site,
        shared,
    )
    all_of_it: NDArray[np.bool_] = shared == len(problem.groups_of(site))
    all_of_it[site] = False
    return all_of_it


def exchange_losses(problem: SiteProblem, chosen: Sequence[int]) -> Floats:
    """Return the weight lost when a site takes a chosen one's place, [chosen, site].

    Negative where the exchange would win. The column of a site that is chosen already means
    nothing.
    """
    out = np.zeros((len(chosen), problem.sites))
    _exchange_losses(
        problem.site_start,
        problem.site_groups,
        problem.group_weight,
        np.array(chosen, np.int64),
        problem.servers,
        problem.servers_of_groups(chosen),
        out,
    )
    return out
