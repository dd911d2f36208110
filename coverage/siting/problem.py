"""Which sites to choose: the maximal covering location problem, reduced to what matters.

Points that the same sites reach are one point with their weights added ("isomorphic
aggregation"); this exact step is what makes the rest fast. Sites keep the order of the table, and
ties go to the earlier one, so that the same input gives the same plan.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...topology.errors import InputError, UsageError

__all__ = ["SiteProblem"]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class SiteProblem:
    """Sites, groups of points, and which site reaches which group.

    Attributes
    ----------
    site_start, site_groups
        Groups that site i reaches: ``site_groups[site_start[i]:site_start[i + 1]]``, sorted.
    group_start, group_sites
        Sites that reach group j, likewise.
    group_weight
        Weight of each group, above 0.
    total_weight
        Weight of all points, reached or not.
    fixed
        Sites that are in every plan.
    """

    site_start: Ints
    site_groups: Ints
    group_start: Ints
    group_sites: Ints
    group_weight: Floats
    total_weight: float
    fixed: tuple[int, ...]

    @property
    def sites(self) -> int:
        """Number of sites."""
        return len(self.site_start) - 1

    @property
    def groups(self) -> int:
        """Number of groups."""
        return len(self.group_weight)

    def groups_of(self, site: int) -> Ints:
        """Return the groups that the site reaches."""
        return self.site_groups[self.site_start[site] : self.site_start[site + 1]]

    def value(self, chosen: Sequence[int]) -> float:
        """Return the weight that the chosen sites reach together."""
        reached = np.zeros(self.groups, bool)
        for site in chosen:
            reached[self.groups_of(site)] = True
        return float(self.group_weight[reached].sum())

    @staticmethod
    def from_cover(
        cover: Sequence[NDArray[np.integer]],
        weight: NDArray[np.floating],
        *,
        fixed: Sequence[int] = (),
    ) -> SiteProblem:
        """Build the problem from the points that each site reaches.

        Parameters
        ----------
        cover
            For each site the indices of the points it reaches, each once.
        weight
            Weight of each point, 0 or more.
        fixed
            Sites that are in every plan.

        Raises
        ------
        InputError
            A weight is negative or not a number.
        UsageError
            A fixed site or a covered point does not exist.
        """
        weight = np.asarray(weight, np.float64)
        bad = np.flatnonzero(~(weight >= 0) | ~np.isfinite(weight))
        if bad.size:
            raise InputError(
                f"demand point {bad[0]} has weight {weight[bad[0]]}; weights are people and must "
                "be 0 or more"
            )
        for site in fixed:
            if not 0 <= site < len(cover):
                raise UsageError(f"fixed site {site} does not exist; there are {len(cover)} sites")
        sizes = np.array([len(points) for points in cover], np.int64)
        point = np.concatenate([np.asarray(p, np.int64) for p in cover] or [np.zeros(0, np.int64)])
        server = np.repeat(np.arange(len(cover)), sizes)
        if point.size and not 0 <= point.min() <= point.max() < len(weight):
            raise UsageError(f"a site covers a point outside 0..{len(weight) - 1}")
        keep = weight[point] > 0
        point, server = point[keep], server[keep]

        # Two independent random 64-bit labels per site; the XOR of a point's sites names its set.
        # Equal pairs mean equal sets but for a chance of about points^2 / 2^129.
        random = np.random.default_rng(20_151_218)
        labels = random.integers(0, 2**64, (2, max(1, len(cover))), np.uint64)
        order = np.argsort(point, kind="stable")
        point, server = point[order], server[order]
        reached, first = np.unique(point, return_index=True)
        if not len(reached):
            empty = np.zeros(0, np.int64)
            return SiteProblem(
                np.zeros(len(cover) + 1, np.int64),
                empty,
                np.zeros(1, np.int64),
                empty,
                np.zeros(0),
                float(weight.sum()),
                tuple(fixed),
            )
        signature = np.stack([np.bitwise_xor.reduceat(label[server], first) for label in labels], 1)
        _, sample, group_of = np.unique(signature, axis=0, return_index=True, return_inverse=True)
        group_of = group_of.ravel()
        # Groups in the order of their first point, so that numbering does not depend on labels.
        rank = np.empty(len(sample), np.int64)
        rank[np.argsort(sample, kind="stable")] = np.arange(len(sample))
        group_of, sample = rank[group_of], np.sort(sample)

        ends = np.append(first[1:], len(point))
        degree = (ends - first)[sample]
        group_start = np.concatenate([[0], np.cumsum(degree)])
        take = np.repeat(first[sample] - group_start[:-1], degree) + np.arange(group_start[-1])
        group_sites = server[take]
        by_site = np.argsort(group_sites, kind="stable")
        counts = np.bincount(group_sites, minlength=len(cover))
        return SiteProblem(
            site_start=np.concatenate([[0], np.cumsum(counts)]),
            site_groups=np.repeat(np.arange(len(sample)), degree)[by_site],
            group_start=group_start,
            group_sites=group_sites,
            group_weight=np.bincount(group_of, weight[reached], len(sample)).astype(np.float64),
            total_weight=float(weight.sum()),
            fixed=tuple(dict.fromkeys(fixed)),
        )
