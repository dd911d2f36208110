"""What is left to choose: the same problem, as small as it can be made without losing anything.

* Fixed sites are in: what they reach is certain, and their groups go.
* Forbidden sites, and sites that reach nothing more, go.
* A site goes whose groups another reaches too at no more cost (dominance).
* Groups that the sites left reach alike become one; what only one site reaches becomes its own
  weight.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...topology.compiled import compiled
from .cover import Cover, Floats, Ints, Short, merge_points, transposed

__all__ = ["Reduced", "reduced"]


@dataclass(frozen=True, slots=True)
class Reduced:
    """The choice that is left.

    Attributes
    ----------
    cover
        Groups and sites left.
    own
        Weight that only one site reaches, by site.
    cost
        Cost of each site left.
    room
        What they may cost together.
    site
        Number of each site in the whole problem.
    taken
        Sites of the whole problem that are in.
    certain
        Weight that those reach.
    """

    cover: Cover
    own: Floats
    cost: Floats
    room: float
    site: Ints
    taken: tuple[int, ...]
    certain: float

    @property
    def reachable(self) -> float:
        """Weight that everything left would reach together with what is taken."""
        return self.certain + float(self.cover.group_weight.sum()) + float(self.own.sum())


@compiled
def _remaining(
    start: Ints, sites: Short, weight: Floats, number: Ints, done: NDArray[np.bool_]
) -> tuple[Ints, Short, Floats]:
    """Return the groups that are not done, without the sites that have no number."""
    to = np.zeros(weight.size + 1, np.int64)
    out = np.empty(sites.size, np.int32)
    heavy = np.empty(weight.size)
    groups = 0
    for j in range(weight.size):
        if done[j]:
            continue
        end = to[groups]
        for at in range(start[j], start[j + 1]):
            if number[sites[at]] >= 0:
                out[end] = number[sites[at]]
                end += 1
        if end > to[groups]:
            heavy[groups] = weight[j]
            groups += 1
            to[groups] = end
    return to[: groups + 1].copy(), out[: to[groups]].copy(), heavy[:groups].copy()


@compiled
def _dominated(
    site_start: Ints,
    site_groups: Short,
    group_start: Ints,
    group_sites: Short,
    cost: Floats,
    own: Floats,
) -> NDArray[np.bool_]:
    """Mark the sites whose groups another one reaches at no more cost; of equals, the first stays."""
    n = site_start.size - 1
    out = np.zeros(n, np.bool_)
    for site in range(n):
        first, end = site_start[site], site_start[site + 1]
        if own[site] > 0.0:
            continue
        if first == end:
            out[site] = True
            continue
        rarest = site_groups[first]
        for at in range(first + 1, end):
            j = site_groups[at]
            if group_start[j + 1] - group_start[j] < group_start[rarest + 1] - group_start[rarest]:
                rarest = j
        for k in range(group_start[rarest], group_start[rarest + 1]):
            other = group_sites[k]
            size = site_start[other + 1] - site_start[other]
            if other == site or out[other] or cost[other] > cost[site] or size < end - first:
                continue
            at, to = first, site_start[other]
            while at < end and to < site_start[other + 1]:
                if site_groups[at] == site_groups[to]:
                    at += 1
                elif site_groups[at] < site_groups[to]:
                    break
                to += 1
            if at == end:
                equal = size == end - first and cost[other] == cost[site] and own[other] == 0.0
                if not equal or other < site:
                    out[site] = True
                    break
    return out


def _by_degree(cover: Cover) -> Cover:
    """Put groups that equally many sites reach together: loops of equal length run faster."""
    degree = np.diff(cover.group_start)
    order = np.argsort(degree, kind="stable")
    start = np.concatenate([[0], np.cumsum(degree[order])])
    take = np.repeat(cover.group_start[:-1][order] - start[:-1], degree[order])
    items = cover.group_sites[take + np.arange(start[-1])]
    lists = transposed(start, items, cover.sites)
    return Cover(*lists, start, items, cover.group_weight[order], cover.servers)


def reduced(
    cover: Cover,
    *,
    cost: Floats,
    room: float,
    taken: tuple[int, ...] = (),
    closed: NDArray[np.bool_] | None = None,
    own: Floats | None = None,
) -> Reduced:
    """Reduce a choice for one server a group, under one limit on costs.

    Parameters
    ----------
    cost, room
        Cost of each site, and what all may cost together.
    taken
        Sites that are in.
    closed
        Sites that are out.
    own
        Weight of each site besides its groups.
    """
    n = cover.sites
    own = np.zeros(n) if own is None else own
    done = cover.servers_of_groups(taken) > 0
    certain = float(cover.group_weight[done].sum()) + float(own[list(taken)].sum())
    room -= float(cost[list(taken)].sum())
    left = np.ones(n, bool) if closed is None else ~closed
    left[list(taken)] = False
    left &= cost <= room * (1 + 1e-12) + 1e-12
    site = np.flatnonzero(left)
    while True:
        number = np.full(n, -1)
        number[site] = np.arange(site.size)
        start, items, heavy = _remaining(
            cover.group_start, cover.group_sites, cover.group_weight, number, done
        )
        single = np.diff(start) == 1
        alone = own[site] + np.bincount(
            items[start[:-1][single]], heavy[single], minlength=site.size
        )
        small, _ = merge_points(start, items, np.where(single, 0.0, heavy), sites=site.size)
        out = _dominated(
            small.site_start, small.site_groups, small.group_start, small.group_sites,
            cost[site], alone,
        )  # fmt: skip
        if not out.any():
            break
        site = site[~out]
    return Reduced(
        _by_degree(small), alone, cost[site], max(room, 0.0), site, tuple(taken), certain
    )
