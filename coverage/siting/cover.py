"""Which site reaches which group of points, and what a choice of sites is worth.

Points that the same sites reach are one point with their weights added ("isomorphic
aggregation"). This exact step is what makes the rest fast: a million points within reach of a
hundred sites are some eight hundred groups.

Sets are compared element by element, not by hash alone, so that nothing depends on luck. Groups
are numbered by their first point and name their sites in ascending order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...topology.compiled import compiled

__all__ = ["Cover", "Floats", "Ints", "Short", "cover_of_points", "merge_points", "transposed"]

Ints = NDArray[np.int64]
Short = NDArray[np.int32]
Floats = NDArray[np.float64]

_BLOCK = 1 << 18
"""Points whose sites are looked up at a time."""


@dataclass(frozen=True, slots=True)
class Cover:
    """Groups of points, the sites that reach each, and their weights.

    Attributes
    ----------
    site_start, site_groups
        Groups that site i reaches: ``site_groups[site_start[i]:site_start[i + 1]]``, sorted.
    group_start, group_sites
        Sites that reach group j, likewise.
    group_weight
        Weight of each group, above 0.
    servers
        A group counts when so many chosen sites reach it.
    """

    site_start: Ints
    site_groups: Short
    group_start: Ints
    group_sites: Short
    group_weight: Floats
    servers: int

    @property
    def sites(self) -> int:
        """Number of sites."""
        return len(self.site_start) - 1

    @property
    def groups(self) -> int:
        """Number of groups."""
        return len(self.group_weight)

    @property
    def pairs(self) -> int:
        """Number of pairs of a site and a group that it reaches."""
        return len(self.site_groups)

    def groups_of(self, site: int) -> Short:
        """Return the groups that the site reaches."""
        return self.site_groups[self.site_start[site] : self.site_start[site + 1]]

    def sites_of(self, group: int) -> Short:
        """Return the sites that reach the group."""
        return self.group_sites[self.group_start[group] : self.group_start[group + 1]]

    def servers_of_groups(self, chosen: Sequence[int]) -> Ints:
        """Return how many of the chosen sites reach each group."""
        count = np.zeros(self.groups, np.int64)
        for site in dict.fromkeys(chosen):
            count[self.groups_of(site)] += 1
        return count

    def value(self, chosen: Sequence[int]) -> float:
        """Return the weight that the chosen sites reach together, by ``servers`` at a time."""
        return float(self.group_weight[self.servers_of_groups(chosen) >= self.servers].sum())


@compiled
def transposed(start: Ints, items: Short, columns: int) -> tuple[Ints, Short]:
    """Turn rows of sorted columns into columns of sorted rows."""
    to = np.zeros(columns + 1, np.int64)
    for at in range(items.size):
        to[items[at] + 1] += 1
    for column in range(columns):
        to[column + 1] += to[column]
    fill = to[:-1].copy()
    out = np.empty(items.size, np.int32)
    for row in range(start.size - 1):
        for at in range(start[row], start[row + 1]):
            column = items[at]
            out[fill[column]] = row
            fill[column] += 1
    return to, out


@compiled
def _hash(items: Short, length: int, kind: int) -> np.uint64:
    """Mix a list of sites into 64 bits."""
    value = np.uint64(0x9E3779B97F4A7C15) ^ np.uint64(kind + 1)
    for k in range(length):
        value ^= np.uint64(items[k])
        value *= np.uint64(0xFF51AFD7ED558CCD)
        value ^= value >> np.uint64(32)
    return value


@compiled
def _place(
    own: Short,
    length: int,
    kind: int,
    table: Short,
    kinds: Short,
    start: Ints,
    items: Short,
) -> int:
    """Return the group with exactly these sites, or -1 - (free place of the table)."""
    mask = np.uint64(table.size - 1)
    at = _hash(own, length, kind) & mask
    while True:
        group = table[at]
        if group < 0:
            return -1 - int(at)
        if kinds[group] == kind and start[group + 1] - start[group] == length:
            same = True
            first = start[group]
            for k in range(length):
                if items[first + k] != own[k]:
                    same = False
                    break
            if same:
                return int(group)
        at = (at + np.uint64(1)) & mask


@compiled
def _grown(items: Short, size: int) -> Short:
    """Return the list with room for more."""
    out = np.empty(size, np.int32)
    out[: items.size] = items
    return out


@compiled
def _rehashed(table: Short, groups: int, kinds: Short, start: Ints, items: Short) -> Short:
    """Return a table twice as large with the same groups."""
    out = np.full(2 * table.size, -1, np.int32)
    mask = np.uint64(out.size - 1)
    for group in range(groups):
        first, length = start[group], start[group + 1] - start[group]
        at = _hash(items[first : first + length], length, kinds[group]) & mask
        while out[at] >= 0:
            at = (at + np.uint64(1)) & mask
        out[at] = group
    return out


@compiled
def _merge(
    point_start: Ints, point_sites: Short, weight: Floats, kind: Short
) -> tuple[Ints, Short, Floats, Short]:
    """Merge points of one kind that the same sites reach; return groups, weights and kinds."""
    table = np.full(1024, -1, np.int32)
    start = np.zeros(1025, np.int64)
    kinds = np.zeros(1024, np.int32)
    heavy = np.zeros(1024)
    items = np.empty(16384, np.int32)
    groups = 0
    for point in range(weight.size):
        first = point_start[point]
        length = point_start[point + 1] - first
        if weight[point] <= 0.0 or length == 0:
            continue
        own = point_sites[first : first + length]
        group = _place(own, length, kind[point], table, kinds, start, items)
        if group < 0:
            if groups == kinds.size:
                more = np.zeros(2 * groups + 1, np.int64)
                more[: groups + 1] = start
                start = more
                kinds = _grown(kinds, 2 * groups)
                wide = np.zeros(2 * groups)
                wide[:groups] = heavy
                heavy = wide
            while start[groups] + length > items.size:
                items = _grown(items, 2 * items.size)
            table[-1 - group] = groups
            group = groups
            kinds[group] = kind[point]
            items[start[group] : start[group] + length] = own
            start[group + 1] = start[group] + length
            groups += 1
            if 2 * groups > table.size:
                table = _rehashed(table, groups, kinds, start, items)
        heavy[group] += weight[point]
    return (
        start[: groups + 1].copy(),
        items[: start[groups]].copy(),
        heavy[:groups].copy(),
        kinds[:groups].copy(),
    )


@compiled
def _sites_in_reach(
    xy: Floats,
    site_xy: Floats,
    radius: Floats,
    cell_m: float,
    cell_start: Ints,
    cell_sites: Short,
    shape: Ints,
    origin: Floats,
) -> tuple[Ints, Short]:
    """List the sites whose disc holds each point, ascending; sites lie in square cells."""
    start = np.zeros(xy.shape[0] + 1, np.int64)
    items = np.empty(8 * xy.shape[0] + site_xy.shape[0], np.int32)
    end = 0
    for point in range(xy.shape[0]):
        x, y = xy[point, 0], xy[point, 1]
        column = int(np.floor((x - origin[0]) / cell_m))
        row = int(np.floor((y - origin[1]) / cell_m))
        if end + site_xy.shape[0] > items.size:
            items = _grown(items, 2 * items.size)
        first = end
        for r in range(max(0, row - 1), min(shape[0], row + 2)):
            for c in range(max(0, column - 1), min(shape[1], column + 2)):
                cell = r * shape[1] + c
                for at in range(cell_start[cell], cell_start[cell + 1]):
                    site = cell_sites[at]
                    dx, dy = site_xy[site, 0] - x, site_xy[site, 1] - y
                    if dx * dx + dy * dy <= radius[site] * radius[site]:
                        k = end
                        while k > first and items[k - 1] > site:
                            items[k] = items[k - 1]
                            k -= 1
                        items[k] = site
                        end += 1
        start[point + 1] = end
    return start, items[:end].copy()


def merge_points(
    point_start: Ints,
    point_sites: Short,
    weight: Floats,
    *,
    sites: int,
    servers: int = 1,
    kind: Short | None = None,
) -> tuple[Cover, Short]:
    """Merge points that the same sites reach.

    Parameters
    ----------
    point_start, point_sites
        Sites that reach each point, ascending.
    weight
        Weight of each point; points of weight 0 are left out.
    sites
        Number of sites.
    servers
        How many sites must reach a point so that it counts.
    kind
        Points of different kinds stay apart; None merges all.

    Returns
    -------
    Cover
        The groups.
    array
        The kind of each group.
    """
    if kind is None:
        kind = np.zeros(weight.size, np.int32)
    return _with_sites(*_merge(point_start, point_sites, weight, kind), sites, servers)


def cover_of_points(
    xy_m: Floats,
    weight: Floats,
    site_xy_m: Floats,
    radius_m: Floats,
    *,
    servers: int = 1,
    kind: Short | None = None,
) -> tuple[Cover, Short]:
    """Merge points that are within the radius of the same sites; no list of pairs is made.

    Parameters
    ----------
    xy_m, site_xy_m
        Positions in metres, one row each.
    radius_m
        Reach of each site, in metres; what lies on the rim is reached.
    """
    if kind is None:
        kind = np.zeros(weight.size, np.int32)
    cell_m = max(float(radius_m.max(initial=0.0)), 1e-3)
    origin = site_xy_m.min(axis=0) if len(site_xy_m) else np.zeros(2)
    span = np.ptp(site_xy_m, axis=0) if len(site_xy_m) else np.zeros(2)
    # Wider cells than the reach are allowed; so many that they outnumber the sites help nobody.
    cell_m = max(cell_m, float(span.max()) / 1000)
    place = np.floor((site_xy_m - origin) / cell_m).astype(np.int64)
    shape = place.max(axis=0)[::-1] + 1 if len(place) else np.ones(2, np.int64)
    cell = place[:, 1] * shape[1] + place[:, 0]
    order = np.argsort(cell, kind="stable")
    counts = np.bincount(cell, minlength=int(shape[0] * shape[1]))
    cell_start = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    cells = (cell_m, cell_start, order.astype(np.int32), shape, origin)
    # Block by block, so that the pairs of a million points never stand in memory at once.
    parts = []
    for first in range(0, len(weight), _BLOCK):
        block = slice(first, first + _BLOCK)
        reach = _sites_in_reach(xy_m[block], site_xy_m, radius_m, *cells)
        parts.append(_merge(*reach, weight[block], kind[block]))
    if len(parts) > 1:
        sizes = np.concatenate([np.diff(part[0]) for part in parts])
        joined = (
            np.concatenate([[0], np.cumsum(sizes)]),
            *(np.concatenate([part[n] for part in parts]) for n in (1, 2, 3)),
        )
        parts = [_merge(*joined)]
    merged = (
        parts[0]
        if parts
        else _merge(np.zeros(1, np.int64), order[:0].astype(np.int32), weight, kind)
    )
    return _with_sites(*merged, len(site_xy_m), servers)


def _with_sites(
    start: Ints, items: Short, heavy: Floats, kinds: Short, sites: int, servers: int
) -> tuple[Cover, Short]:
    site_start, site_groups = transposed(start, items, sites)
    return Cover(site_start, site_groups, start, items, heavy, servers), kinds
