"""Which sites to choose: the maximal covering location problem, with what a planner must keep to.

Sites keep the order of the table, and ties go to the earlier one, so that the same input gives
the same plan.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Unpack

import numpy as np
import scipy.sparse
from numpy.typing import ArrayLike, NDArray

from ...topology.errors import InputError, UsageError
from ..progress import Progress, silent
from .answer import SitePlan
from .conditions import (
    Asked,
    Conditions,
    area_numbers,
    checked_costs,
    checked_sites,
    minimum_sets,
    weight_floors,
)
from .cover import Cover, Floats, Ints, Short, cover_of_points, merge_points, transposed
from .curve import Curve, trade_off
from .fewest import minimise
from .solve import maximise

__all__ = ["SiteProblem"]


@dataclass(frozen=True, slots=True)
class SiteProblem(Cover):
    """Sites, groups of points, which site reaches which group, and what every plan keeps to.

    Attributes
    ----------
    total_weight
        Weight of all points, reached or not.
    fixed
        Sites that are in every plan.
    forbidden
        Sites that are in none.
    cost
        Cost of each site; None where all cost the same.
    exclusions
        Sets of sites of which a plan may hold one at most.
    minimums
        Sets of sites with the number of them that every plan holds at least.
    least_weights
        Sets of groups with the weight of them that every plan reaches at least.
    """

    total_weight: float
    fixed: tuple[int, ...] = ()
    forbidden: tuple[int, ...] = ()
    cost: Floats | None = None
    exclusions: tuple[tuple[int, ...], ...] = ()
    minimums: tuple[tuple[tuple[int, ...], int], ...] = ()
    least_weights: tuple[tuple[Ints, float], ...] = ()

    @property
    def conditions(self) -> Conditions:
        """What every plan keeps to."""
        return Conditions(
            self.fixed,
            self.forbidden,
            self.cost,
            self.exclusions,
            self.minimums,
            self.least_weights,
        )

    def under(
        self, *, fixed: Sequence[int] | None = None, forbidden: Sequence[int] | None = None
    ) -> SiteProblem:
        """Return the same problem with other fixed or forbidden sites; None leaves them."""
        return replace(
            self,
            fixed=self.fixed if fixed is None else checked_sites(fixed, self.sites, "fixed"),
            forbidden=self.forbidden
            if forbidden is None
            else checked_sites(forbidden, self.sites, "forbidden"),
        )

    def cost_of(self, chosen: Sequence[int]) -> float:
        """Return what the chosen sites cost together; their number where no costs are known."""
        return self.conditions.cost_of(chosen)

    def maximise(
        self,
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
        """Choose sites that reach as much weight as possible.

        Parameters
        ----------
        sites
            At most so many, fixed ones included; None: as many as there are.
        budget
            At most this cost, fixed sites included; None: any.
        gap
            Stop as soon as the plan is proven to be within this share of the best.
        time_limit_s
            Stop after so many seconds. Only then does the plan depend on how fast the machine is.
        nodes
            Look at so many branches at most; 0 searches and bounds but does not branch. None:
            until it is proven.
        seed
            Of the search: same seed, same plan.
        start
            A plan to improve on.
        progress
            Told about each step; stops the work by raising. The best plan so far is returned with
            what was raised in ``cancelled_by``.

        Raises
        ------
        InfeasibleError
            No plan keeps the conditions; the message says why and what would help.
        UsageError
            An argument is out of range, or ``start`` breaks a condition.
        """
        return maximise(
            self,
            self.conditions,
            sites=sites,
            budget=budget,
            gap=gap,
            time_limit_s=time_limit_s,
            nodes=nodes,
            seed=seed,
            start=start,
            progress=progress,
        )

    def minimise(
        self,
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
        """Reach a share of all weight at the least cost, or with the fewest sites.

        The cost counts where sites have one, else their number.

        Parameters
        ----------
        share
            Of ``total_weight``, 0 to 1.
        sites
            At most so many; None: any number.
        gap, time_limit_s, nodes, seed, start, progress
            As for :meth:`maximise`.

        Raises
        ------
        InfeasibleError
            The share cannot be reached; the message says how much can.
        """
        return minimise(
            self,
            self.conditions,
            share=share,
            total_weight=self.total_weight,
            sites=sites,
            gap=gap,
            time_limit_s=time_limit_s,
            nodes=nodes,
            seed=seed,
            start=start,
            progress=progress,
        )

    def curve(
        self,
        *,
        up_to: int = 60,
        time_limit_s: float | None = None,
        seed: int = 0,
        progress: Progress = silent,
    ) -> Curve:
        """Return what every number of sites from the fewest possible to ``up_to`` reaches.

        Each point has a plan and a bound; none of them is searched as hard as one plan is by
        :meth:`maximise`.
        """
        return trade_off(
            self,
            self.conditions,
            total_weight=self.total_weight,
            up_to=up_to,
            time_limit_s=time_limit_s,
            seed=seed,
            progress=progress,
        )

    @staticmethod
    def from_cover(
        cover: Sequence[NDArray[np.integer]],
        weight: ArrayLike,
        **asked: Unpack[Asked],
    ) -> SiteProblem:
        """Build the problem from the points that each site reaches.

        Parameters
        ----------
        cover
            For each site the indices of the points it reaches, each once.
        weight
            Weight of each point, 0 or more.
        **asked
            What every plan keeps to: :class:`.conditions.Asked`.

        Raises
        ------
        InputError
            A weight or a cost is negative or not a number.
        UsageError
            A site or a covered point does not exist.
        InfeasibleError
            An area has fewer candidates than its minimum.
        """
        weights = _weights(weight)
        point = np.concatenate([np.asarray(p, np.int64) for p in cover] or [np.zeros(0, np.int64)])
        if point.size and not 0 <= point.min() <= point.max() < len(weights):
            raise UsageError(f"a site covers a point outside 0..{len(weights) - 1}")
        starts = np.concatenate([[0], np.cumsum([len(points) for points in cover])])
        reach = transposed(starts.astype(np.int64), point.astype(np.int32), len(weights))
        return _problem(
            lambda kind: merge_points(
                *reach, weights, sites=len(cover), servers=_servers(asked), kind=kind
            ),
            weights,
            len(cover),
            asked,
        )

    @staticmethod
    def from_matrix(
        cover: scipy.sparse.sparray | scipy.sparse.spmatrix,
        weight: ArrayLike,
        **asked: Unpack[Asked],
    ) -> SiteProblem:
        """Build the problem from a sparse matrix: one row a point, one column a site.

        Every entry that is not 0 says that the site reaches the point. The rest is as for
        :meth:`from_cover`.
        """
        rows = scipy.sparse.csr_array(cover, copy=True)
        rows.sum_duplicates()
        rows.eliminate_zeros()
        weights = _weights(weight)
        points, sites = rows.shape or (0, 0)
        if points != len(weights):
            raise UsageError(
                f"the cover matrix has {points} rows for {len(weights)} weights; "
                "it needs one row a point and one column a site"
            )
        return _problem(
            lambda kind: merge_points(
                rows.indptr.astype(np.int64),
                rows.indices.astype(np.int32),
                weights,
                sites=sites,
                servers=_servers(asked),
                kind=kind,
            ),
            weights,
            sites,
            asked,
        )

    @staticmethod
    def from_points(
        demand_xy_m: ArrayLike,
        weight: ArrayLike,
        site_xy_m: ArrayLike,
        radius_m: ArrayLike,
        **asked: Unpack[Asked],
    ) -> SiteProblem:
        """Build the problem from points, sites and how far each site reaches.

        Parameters
        ----------
        demand_xy_m, site_xy_m
            Positions in metres, one row each.
        radius_m
            Reach of all sites or of each, in metres; what lies on the rim is reached.

        The rest is as for :meth:`from_cover`.
        """
        weights = _weights(weight)
        xy = _positions(demand_xy_m, "point")
        site_xy = _positions(site_xy_m, "site")
        if len(xy) != len(weights):
            raise UsageError(f"{len(xy)} points for {len(weights)} weights; give one for each")
        radius = np.broadcast_to(np.asarray(radius_m, np.float64), (len(site_xy),)).copy()
        bad = np.flatnonzero(~(radius >= 0) | ~np.isfinite(radius))
        if bad.size:
            raise InputError(
                f"site {bad[0]} reaches {radius[bad[0]]} m; a radius must be 0 or more and known"
            )
        return _problem(
            lambda kind: cover_of_points(
                xy, weights, site_xy, radius, servers=_servers(asked), kind=kind
            ),
            weights,
            len(site_xy),
            asked,
        )


def _problem(
    merge: Callable[[Short | None], tuple[Cover, Short]],
    weights: Floats,
    sites: int,
    asked: Asked,
) -> SiteProblem:
    """Merge the points and put the conditions beside them."""
    shares = asked.get("least_shares") or {}
    names, kind = area_numbers(asked.get("point_areas"), len(weights), shares)
    merged, kinds = merge(kind)
    return SiteProblem(
        merged.site_start,
        merged.site_groups,
        merged.group_start,
        merged.group_sites,
        merged.group_weight,
        merged.servers,
        total_weight=float(weights.sum()),
        fixed=checked_sites(asked.get("fixed", ()), sites, "fixed"),
        forbidden=checked_sites(asked.get("forbidden", ()), sites, "forbidden"),
        cost=checked_costs(asked.get("cost"), sites),
        exclusions=tuple(
            checked_sites(one, sites, "excluding") for one in asked.get("exclusions", ())
        ),
        minimums=minimum_sets(asked.get("areas"), asked.get("minimums") or {}, sites),
        least_weights=weight_floors(names, kind, kinds, weights, shares),
    )


def _servers(asked: Asked) -> int:
    servers = asked.get("servers", 1)
    if servers < 1:
        raise UsageError(f"servers is {servers}; a point needs at least 1 site")
    return int(servers)


def _weights(weight: ArrayLike) -> Floats:
    weights = np.ascontiguousarray(weight, np.float64)
    bad = np.flatnonzero(~(weights >= 0) | ~np.isfinite(weights))
    if bad.size:
        raise InputError(
            f"demand point {bad[0]} has weight {weights[bad[0]]}; weights are people and must "
            "be 0 or more"
        )
    return weights


def _positions(xy_m: ArrayLike, what: str) -> Floats:
    xy = np.ascontiguousarray(xy_m, np.float64).reshape(-1, 2)
    bad = np.flatnonzero(~np.isfinite(xy).all(axis=1))
    if bad.size:
        raise InputError(
            f"{what} {bad[0]} stands at {xy[bad[0], 0]}, {xy[bad[0], 1]}; positions are metres "
            "and must be known"
        )
    return xy
