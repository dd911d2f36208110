"""What closing a gap would cost: which sites outside the plan would reach how many of its people.

A gap is a set of points that the plan does not serve. For each the answer is the single site that
reaches most of it, the cheapest per person, and the cheapest set that reaches all that any site
does; or that no site does, so that only a new candidate can help.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...topology.errors import InputError, UsageError

__all__ = ["GapCloser", "GapClosing", "close_gaps"]

_TRY_ALL = 12
"""Up to so many sites that can matter to a gap, all sets of them are tried."""


@dataclass(frozen=True, slots=True)
class GapCloser:
    """What one site would do for a gap.

    Attributes
    ----------
    site
        Its number.
    people
        People of the gap that it would reach.
    cost
        Of the site; None where unknown.
    """

    site: int
    people: float
    cost: float | None

    @property
    def cost_per_person(self) -> float | None:
        """Cost over people; None where the cost is unknown."""
        return None if self.cost is None else self.cost / self.people


@dataclass(frozen=True, slots=True)
class GapClosing:
    """What closing one gap would cost.

    Attributes
    ----------
    people
        People in the gap.
    unreachable
        Those of them whom no site outside the plan would reach.
    closers
        Sites that reach anybody in it, those that reach most first; of equal ones the cheapest.
    together
        Sites that together reach all whom any site reaches, at the least cost found; where a cost
        is unknown, the fewest sites found. Those that reach most first; empty where no site
        reaches anybody.
    together_cost
        Their cost; None where one is unknown.
    proven
        Whether no other sites do so at less cost, or fewer sites.
    """

    people: float
    unreachable: float
    closers: tuple[GapCloser, ...]
    together: tuple[int, ...]
    together_cost: float | None
    proven: bool

    @property
    def cheapest(self) -> GapCloser | None:
        """The closer with the least cost per person; None where no cost is known."""
        known = [one for one in self.closers if one.cost_per_person is not None]
        return min(known, key=lambda one: one.cost_per_person or 0.0) if known else None


def _costs(cost: Sequence[float | None] | None, sites: int) -> list[float | None]:
    if cost is None:
        return [None] * sites
    if len(cost) != sites:
        raise UsageError(f"there are {sites} sites and {len(cost)} costs; give one each")
    for site, one in enumerate(cost):
        if one is not None and not (math.isfinite(one) and one >= 0):
            raise InputError(
                f"site {site} costs {one}; give 0 or more, or nothing where it is unknown"
            )
    return list(cost)


def _masks(
    reached: Mapping[int, NDArray[np.int64]],
) -> tuple[dict[int, int], NDArray[np.int64]]:
    """Return for each site a whole number with a bit for each sort of point it reaches.

    Points that the same sites reach are of one sort; beside it a point of each sort.
    """
    union = np.unique(np.concatenate(list(reached.values())))
    table = np.array([np.isin(union, points, assume_unique=True) for points in reached.values()])
    _, sample = np.unique(np.packbits(table, axis=0), axis=1, return_index=True)
    masks = {
        site: sum(1 << bit for bit in np.flatnonzero(row[sample]).tolist())
        for site, row in zip(reached, table, strict=True)
    }
    return masks, union


def _undominated(masks: Mapping[int, int], costs: Mapping[int, float]) -> list[int]:
    """Return the sites that no other replaces at no greater cost."""
    order = sorted(masks, key=lambda s: (-masks[s].bit_count(), costs[s], s))
    kept: list[int] = []
    for site in order:
        if not any(masks[site] & ~masks[k] == 0 and costs[k] <= costs[site] for k in kept):
            kept.append(site)
    return kept


def _cheapest_set(
    masks: Mapping[int, int], costs: Mapping[int, float]
) -> tuple[tuple[int, ...], bool]:
    """Return a set of least cost that reaches every sort of point, and whether that is certain."""
    kept = _undominated(masks, costs)
    everything = 0
    for site in kept:
        everything |= masks[site]
    if len(kept) <= _TRY_ALL:
        sums: list[tuple[float, int]] = [(0.0, 0)]
        unions = [0]
        best = (math.inf, 0, 0)
        for number in range(1, 1 << len(kept)):
            low = (number & -number).bit_length() - 1
            before = number & (number - 1)
            unions.append(unions[before] | masks[kept[low]])
            sums.append((sums[before][0] + costs[kept[low]], sums[before][1] + 1))
            if unions[number] == everything:
                best = min(best, (*sums[number], number))
        return tuple(s for n, s in enumerate(kept) if best[2] >> n & 1), True
    left, chosen = everything, []
    while left:
        site = max(kept, key=lambda s: (masks[s] & left).bit_count() / max(costs[s], 1e-9))
        chosen.append(site)
        left &= ~masks[site]
    for site in sorted(chosen, key=lambda s: -costs[s]):  # what later ones made superfluous
        rest = 0
        for other in chosen:
            rest |= masks[other] if other != site else 0
        if rest == everything:
            chosen.remove(site)
    return tuple(chosen), len(chosen) == 1


def _rank(cost: float | None) -> float:
    """Order unknown costs behind all known ones."""
    return math.inf if cost is None else cost


def close_gaps(
    cover: Sequence[NDArray[np.integer]],
    weight: NDArray[np.floating],
    gaps: Sequence[NDArray[np.integer]],
    *,
    chosen: Sequence[int] = (),
    cost: Sequence[float | None] | None = None,
) -> tuple[GapClosing, ...]:
    """Return for each gap what closing it would cost.

    Parameters
    ----------
    cover
        For each site the points that it would serve, each once.
    weight
        People of each point.
    gaps
        For each gap its points that the plan does not serve, each once.
    chosen
        Sites of the plan, which cannot help any more.
    cost
        Of each site, None where it is unknown.

    Raises
    ------
    UsageError
        A site or point does not exist, or there is not one cost for each site.
    InputError
        A cost is negative or not a number.
    """
    costs = _costs(cost, len(cover))
    people = np.asarray(weight, np.float64)
    for site in chosen:
        if not 0 <= site < len(cover):
            raise UsageError(f"site {site} does not exist; there are {len(cover)} sites")
    others = [site for site in range(len(cover)) if site not in set(chosen)]
    gap_of = np.full(people.size, -1, np.int64)
    for number, points in enumerate(gaps):
        at = np.asarray(points, np.int64)
        if at.size and not 0 <= at.min() <= at.max() < people.size:
            raise UsageError(f"gap {number} has a point outside 0..{people.size - 1}")
        gap_of[at] = number
    reached: list[dict[int, NDArray[np.int64]]] = [{} for _ in gaps]
    for site in others:
        points = np.asarray(cover[site], np.int64)
        points = points[(gap_of[points] >= 0) & (people[points] > 0)]
        if not points.size:
            continue
        order = np.argsort(gap_of[points], kind="stable")
        numbers, first = np.unique(gap_of[points][order], return_index=True)
        for number, part in zip(numbers, np.split(points[order], first[1:]), strict=True):
            reached[int(number)][site] = part
    out = []
    for points, by_site in zip(gaps, reached, strict=True):
        total = float(people[np.asarray(points, np.int64)].sum())
        if not by_site:
            out.append(GapClosing(total, total, (), (), None, False))
            continue
        closers = sorted(
            (GapCloser(s, float(people[at].sum()), costs[s]) for s, at in by_site.items()),
            key=lambda one: (-one.people, _rank(one.cost), one.site),
        )
        masks, union = _masks(by_site)
        known = all(costs[site] is not None for site in by_site)
        together, proven = _cheapest_set(
            masks, {site: (costs[site] or 0.0) if known else 1.0 for site in by_site}
        )
        together = tuple(one.site for one in closers if one.site in together)
        of_all = [costs[site] for site in together]
        out.append(
            GapClosing(
                total,
                max(0.0, total - float(people[union].sum())),
                tuple(closers),
                together,
                None if None in of_all else float(sum(one or 0.0 for one in of_all)),
                proven,
            )
        )
    return tuple(out)
