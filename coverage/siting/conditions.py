"""What a choice of sites must keep to: standing sites, closed ones, money, exclusions, fairness."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypedDict

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...topology.errors import InfeasibleError, InputError, UsageError
from .cover import Cover, Floats, Short

__all__ = [
    "Asked",
    "Conditions",
    "Limits",
    "area_numbers",
    "check_feasible",
    "checked_costs",
    "checked_sites",
    "minimum_sets",
    "weight_floors",
]


class Asked(TypedDict, total=False):
    """What a planner may ask of every plan, by keyword.

    Attributes
    ----------
    fixed
        Sites that are in every plan.
    forbidden
        Sites that are in none.
    cost
        Cost of each site, 0 or more.
    exclusions
        Sets of sites of which a plan may hold one at most.
    areas
        The area (subdistrict) of each site.
    minimums
        Fairness: how many sites every plan holds in an area at least.
    point_areas
        The area of each point.
    least_shares
        Fairness: the share of an area's weight, 0 to 1, that every plan reaches at least.
    servers
        A point counts when so many chosen sites reach it; 1 by default.
    """

    fixed: Sequence[int]
    forbidden: Sequence[int]
    cost: ArrayLike | None
    exclusions: Sequence[Sequence[int]]
    areas: Sequence[Hashable] | None
    minimums: Mapping[Any, int] | None
    point_areas: Sequence[Hashable] | None
    least_shares: Mapping[Any, float] | None
    servers: int


@dataclass(frozen=True, slots=True)
class Limits:
    """How much may be built.

    Attributes
    ----------
    sites
        At most so many sites, fixed ones included.
    budget
        At most this cost, that of fixed sites included; infinite where money is no question.
    """

    sites: int
    budget: float = np.inf


@dataclass(frozen=True, slots=True)
class Conditions:
    """Rules that every plan keeps, whatever it aims at.

    Attributes
    ----------
    fixed
        Sites that are in every plan.
    forbidden
        Sites that are in none.
    cost
        Cost of each site; None: each costs 1, which is counting.
    exclusions
        Sets of sites of which a plan may hold one at most.
    minimums
        Sets of sites with the number of them that every plan holds at least.
    least_weights
        Sets of groups with the weight of them that every plan reaches at least.
    """

    fixed: tuple[int, ...] = ()
    forbidden: tuple[int, ...] = ()
    cost: Floats | None = None
    exclusions: tuple[tuple[int, ...], ...] = ()
    minimums: tuple[tuple[tuple[int, ...], int], ...] = ()
    least_weights: tuple[tuple[NDArray[np.int64], float], ...] = ()

    @property
    def simple(self) -> bool:
        """Whether only fixed and forbidden sites, numbers and costs matter."""
        return not (self.exclusions or self.minimums or self.least_weights)

    def cost_of(self, chosen: Sequence[int]) -> float:
        """Return what the chosen sites cost together."""
        if self.cost is None:
            return float(len(chosen))
        return float(self.cost[np.asarray(chosen, np.int64)].sum())

    def broken_by(self, cover: Cover, chosen: Sequence[int], limits: Limits | None = None) -> str:
        """Return the first rule that the choice breaks, in words; empty if it keeps all."""
        held = set(chosen)
        if not held >= set(self.fixed):
            return "a fixed site is missing"
        if held & set(self.forbidden):
            return "a forbidden site is in it"
        for group in self.exclusions:
            if len(held & set(group)) > 1:
                return f"more than one of the sites {_listed(group)} is in it"
        for group, least in self.minimums:
            if len(held & set(group)) < least:
                return f"fewer than {least} of the sites {_listed(group)} are in it"
        if self.least_weights:
            served = cover.servers_of_groups(chosen) >= cover.servers
            for groups, weight in self.least_weights:
                if cover.group_weight[groups][served[groups]].sum() < weight * (1 - 1e-12) - 1e-9:
                    return f"less than {weight:g} of an area's weight is reached"
        if limits is not None:
            if len(held) > limits.sites:
                return f"it holds more than {limits.sites} sites"
            if self.cost_of(chosen) > limits.budget * (1 + 1e-12) + 1e-9:
                return f"it costs more than {limits.budget:g}"
        return ""


def _listed(sites: Sequence[int]) -> str:
    shown = ", ".join(str(site) for site in sites[:5])
    return shown + (f" and {len(sites) - 5} more" if len(sites) > 5 else "")


def checked_costs(cost: ArrayLike | None, sites: int) -> Floats | None:
    """Return the costs as an array, or None.

    Raises
    ------
    UsageError
        There are not as many costs as sites.
    InputError
        A cost is negative or not a number.
    """
    if cost is None:
        return None
    costs = np.asarray(cost, np.float64)
    if costs.shape != (sites,):
        raise UsageError(f"{costs.size} costs for {sites} sites; give one for each site")
    bad = np.flatnonzero(~(costs >= 0) | ~np.isfinite(costs))
    if bad.size:
        raise InputError(
            f"site {bad[0]} costs {costs[bad[0]]}; costs must be 0 or more and known: estimate it, "
            "or leave the site out"
        )
    return costs


def checked_sites(named: Sequence[int], sites: int, what: str) -> tuple[int, ...]:
    """Return the sites as a tuple, each once.

    Raises
    ------
    UsageError
        One of them does not exist.
    """
    for site in named:
        if not 0 <= site < sites:
            raise UsageError(f"{what} site {site} does not exist; there are {sites} sites")
    return tuple(dict.fromkeys(int(site) for site in named))


def minimum_sets(
    areas: Sequence[Hashable] | None, minimums: Mapping[Any, int], sites: int
) -> tuple[tuple[tuple[int, ...], int], ...]:
    """Turn minimum numbers of sites by area into sets of sites.

    Raises
    ------
    UsageError
        Areas are missing, or an area that a minimum names is none of them.
    """
    if not minimums:
        return ()
    if areas is None or len(areas) != sites:
        raise UsageError(
            f"minimum numbers of sites need the area of each of the {sites} sites (areas)"
        )
    out = []
    for area, least in minimums.items():
        if least < 0:
            raise UsageError(f"area {area!r} must hold at least {least} sites; give 0 or more")
        members = tuple(n for n, other in enumerate(areas) if other == area)
        if len(members) < least:
            raise InfeasibleError(
                f"area {area!r} must hold at least {least} sites, but only {len(members)} "
                "candidates lie in it",
                "add candidates there or lower the minimum",
            )
        if least:
            out.append((members, int(least)))
    return tuple(out)


def area_numbers(
    point_areas: Sequence[Hashable] | None, points: int, shares: Mapping[Any, float]
) -> tuple[dict[Hashable, int], Short | None]:
    """Give numbers from 1 to the areas that have a least share; 0 is everywhere else.

    Raises
    ------
    UsageError
        Areas of points are missing, or a share is out of range.
    """
    if not shares:
        return {}, None
    if point_areas is None or len(point_areas) != points:
        raise UsageError(f"least shares need the area of each of the {points} points (point_areas)")
    for area, share in shares.items():
        if not 0 <= share <= 1:
            raise UsageError(f"area {area!r} must be reached by a share of {share}; give 0 to 1")
    names = {area: n for n, area in enumerate(shares, 1)}
    return names, np.array([names.get(area, 0) for area in point_areas], np.int32)


def weight_floors(
    names: Mapping[Any, int],
    kind: Short | None,
    kind_of_group: Short,
    weights: Floats,
    shares: Mapping[Any, float],
) -> tuple[tuple[NDArray[np.int64], float], ...]:
    """Turn least shares into sets of groups with a least weight."""
    if kind is None:
        return ()
    out = []
    for area, share in shares.items():
        weight = share * float(weights[kind == names[area]].sum())
        if weight > 0:
            out.append((np.flatnonzero(kind_of_group == names[area]), weight))
    return tuple(out)


def check_feasible(conditions: Conditions, limits: Limits) -> None:
    """Refuse conditions that contradict each other in a way that can be named at once.

    Raises
    ------
    InfeasibleError
        No plan keeps all conditions; the message says which and what would make it possible.
    """
    fixed, forbidden = set(conditions.fixed), set(conditions.forbidden)
    both = sorted(fixed & forbidden)
    if both:
        raise InfeasibleError(
            f"site {both[0]} is both fixed and forbidden", "take it out of one of the two"
        )
    for group in conditions.exclusions:
        clash = sorted(fixed & set(group))
        if len(clash) > 1:
            raise InfeasibleError(
                f"sites {clash[0]} and {clash[1]} are both fixed and exclude each other",
                "unfix one of them or drop the exclusion",
            )
    if len(fixed) > limits.sites:
        raise InfeasibleError(
            f"{len(fixed)} sites are fixed, but at most {limits.sites} are allowed",
            f"allow at least {len(fixed)} sites",
        )
    spent = conditions.cost_of(sorted(fixed))
    if spent > limits.budget * (1 + 1e-12):
        raise InfeasibleError(
            f"the fixed sites cost {spent:,.10g}, more than the budget of {limits.budget:,.10g}",
            f"allow at least {spent:,.10g}, or unfix sites",
        )
    for group, least in conditions.minimums:
        usable = set(group) - forbidden
        if len(usable) < least:
            raise InfeasibleError(
                f"at least {least} of the sites {_listed(group)} are asked for, but only "
                f"{len(usable)} of them may be used",
                f"lower the minimum to {len(usable)} or allow more of them",
            )
    disjoint = sum(len(set(g)) for g, _ in conditions.minimums) == len(
        {site for g, _ in conditions.minimums for site in g}
    )
    if disjoint:
        named = {site for group, _ in conditions.minimums for site in group}
        needed = len(fixed - named) + sum(
            max(least, len(fixed & set(group))) for group, least in conditions.minimums
        )
        if needed > limits.sites:
            raise InfeasibleError(
                f"the minimum numbers of sites by area and the fixed sites need {needed} sites, "
                f"but at most {limits.sites} are allowed",
                f"allow at least {needed} sites or lower the minimums",
            )
