"""What a choice of sites is made from: stations, what each serves, and the problem put together."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import shapely
from numpy.typing import NDArray

from ..topology.errors import InfeasibleError, InputError, MissingError
from ..topology.fibre.cost import cost_model
from ..topology.nearest_word import nearest
from .ground import Ground
from .plan_money import site_costs
from .plan_request import PlanRequest
from .progress import Progress
from .results import Notice
from .siting import SiteProblem
from .siting.conditions import Asked
from .siting.sharing import SharedPlace, shared_places, with_sharing
from .transmitters import Station, stations
from .verdict import areas_of, pixels_served

__all__ = [
    "Stage",
    "candidates_of",
    "on_the_ground",
    "staged",
    "subdistricts",
    "union",
    "with_stations",
]


def candidates_of(ground: Ground) -> tuple[list[str], list[str]]:
    """Return the ids of standing sites and of usable candidates, in table order."""
    sites = ground.network.sites
    standing = sites["state"].isin(["built", "planned"]) & (sites["kind"] == "ngb-w")
    candidate = sites["state"] == "candidate"
    areas = ground.network.areas
    if "geometry" in areas.columns and (areas["kind"] == "exclusion").any():
        closed = shapely.union_all(areas.loc[areas["kind"] == "exclusion", "geometry"].tolist())
        points = shapely.points(sites[["lon", "lat"]].to_numpy(float))
        barred = candidate & np.atleast_1d(shapely.contains(closed, points))
        if barred.any():
            ground.notices.append(Notice("candidates-excluded", int(barred.sum())))
        candidate &= ~barred
    return list(sites.loc[standing, "site_id"]), list(sites.loc[candidate, "site_id"])


def on_the_ground(ground: Ground, site_ids: Sequence[str], named: set[str]) -> list[Station]:
    """Return the stations that stand where the model knows the ground, in order.

    Others are left out with a notice: they are too far away to serve anybody.

    Raises
    ------
    InputError
        A site that was asked for is one of them.
    """
    found = []
    far: dict[str, int] = {}
    for station in stations(ground.network, site_ids, ground.service, ground.settings.crs):
        if ground.bears(station):
            found.append(station)
        elif station.site.site_id in named:
            raise InputError(
                f"site {station.site.site_id!r} at {station.site.lon:g}, {station.site.lat:g} is more "
                "than 20 km from the district; correct its position, or leave it out"
            )
        else:
            key = "sites-far" if station.site.state == "candidate" else "standing-far"
            far[key] = far.get(key, 0) + 1
    ground.notices.extend(Notice(key, count) for key, count in far.items())
    return found


def union(cover: Sequence[NDArray[np.int64]], size: int) -> NDArray[np.bool_]:
    """Return the pixels that any of several stations serves."""
    out = np.zeros(size, bool)
    for pixels in cover:
        out[pixels] = True
    return out


@dataclass(frozen=True, slots=True)
class Stage:
    """Everything a choice is made from: stations, what each serves, the problem, the money.

    Attributes
    ----------
    problem, free
        With all that is asked, and without the wish for shared sites.
    shared
        Which sites stand on existing base stations.
    """

    ground: Ground
    where: list[Station]
    cover: list[NDArray[np.int64]]
    problem: SiteProblem
    standing: set[str]
    ids: list[str]
    areas: tuple[str, ...]
    costs: NDArray[np.float64] | None
    free: SiteProblem
    shared: tuple[SharedPlace, ...] = ()


def _number_of(ids: Sequence[str], wanted: Sequence[str], option: str) -> list[int]:
    """Return the numbers of sites by their ids."""
    number = {site_id: n for n, site_id in enumerate(ids)}
    for site_id in wanted:
        if site_id not in number:
            raise MissingError(
                f"{option}: site {site_id[:40]!r} is neither a candidate nor an NGB-W site that "
                f"stands{nearest(site_id, number)}"
            )
    return [number[site_id] for site_id in wanted]


def staged(
    ground: Ground, asked: PlanRequest, progress: Progress, *, sites: int | None = None
) -> Stage:
    """Put the problem together.

    Parameters
    ----------
    sites
        At most so many sites: what a share of shared ones is of.

    Raises
    ------
    InputError
        There is no site to choose, or a cost that decides is unknown.
    InfeasibleError
        Too few candidates stand on base stations.
    """
    fixed, candidates = candidates_of(ground)
    if not fixed and not candidates:
        raise InputError(
            "the project has no site to choose from; import candidates: "
            "ngbw import PROJECT sites FILE --set state=candidate"
        )
    where = on_the_ground(ground, [*fixed, *candidates], named=set(asked.fix))
    for station in where:
        for transmitter in station.transmitters:
            ground.model.check_frequency(transmitter.freq_mhz)
    start = time.perf_counter()
    cover = pixels_served(ground, where, progress)
    ground.timings["layers"] = time.perf_counter() - start
    start = time.perf_counter()
    ids = [station.site.site_id for station in where]
    standing = set(fixed) & set(ids)
    areas = areas_of(ground, where)
    forbidden = _number_of(ids, asked.forbid, "--forbid")
    costs = site_costs(where, ground.settings)
    by_money = asked.budget is not None or asked.cheapest
    usable = [n for n in range(len(ids)) if n not in set(forbidden)]
    if by_money and np.isnan(costs[usable]).any():
        first = next(ids[n] for n in usable if np.isnan(costs[n]))
        raise InputError(
            f"the cost of {int(np.isnan(costs[usable]).sum())} sites is unknown, the first is "
            f"{first!r}; fill the column cost of sites, or forbid them (--forbid)"
        )
    if asked.budget is not None:
        _check_affordable(ground, ids, costs, len(standing), asked)
    by_cost = np.nan_to_num(costs) if by_money else None
    options = _options(ground, asked, ids, areas, standing=len(standing), by_cost=by_cost)
    free = SiteProblem.from_cover(cover, ground.people, **options)
    shared = shared_places(ground.network, ground.settings.crs, ids)
    problem = free
    if asked.share_with_stations and sites is not None:
        quota = math.ceil(asked.share_with_stations * sites - 1e-9)
        problem = with_sharing(free, [place.site for place in shared], at_least=quota)
    ground.timings["problem"] = time.perf_counter() - start
    known = None if np.isnan(costs).all() else costs
    return Stage(ground, where, cover, problem, standing, ids, areas, known, free, shared)


def with_stations(stage: Stage, changed: Mapping[int, Station]) -> Stage:
    """Return the same with other antennas at some sites, and what these serve now.

    Parameters
    ----------
    changed
        Stations by the numbers of their sites.
    """
    where, cover = list(stage.where), list(stage.cover)
    numbers = list(changed)
    served = pixels_served(stage.ground, [changed[n] for n in numbers])
    for number, pixels in zip(numbers, served, strict=True):
        where[number], cover[number] = changed[number], pixels
    groups = SiteProblem.from_cover(cover, stage.ground.people, servers=stage.free.servers)

    def again(problem: SiteProblem) -> SiteProblem:
        # Conditions on sites stay; those on groups of points cannot be asked with turned antennas.
        return replace(
            groups, fixed=problem.fixed, forbidden=problem.forbidden, cost=problem.cost,
            exclusions=problem.exclusions, minimums=problem.minimums,
        )  # fmt: skip

    return replace(
        stage, where=where, cover=cover, problem=again(stage.problem), free=again(stage.free)
    )


def _options(
    ground: Ground,
    asked: PlanRequest,
    ids: Sequence[str],
    areas: tuple[str, ...],
    *,
    standing: int,
    by_cost: NDArray[np.float64] | None,
) -> Asked:
    """Return what every plan keeps to, for the problem."""
    districts = subdistricts(ground)
    options: Asked = {
        "fixed": [*range(standing), *_number_of(ids, asked.fix, "--fix")],
        "forbidden": _number_of(ids, asked.forbid, "--forbid"),
        "cost": by_cost,
        "exclusions": [_number_of(ids, group, "--exclude-together") for group in asked.apart],
        "servers": asked.servers,
    }
    if asked.per_subdistrict:
        options["areas"] = areas
        options["minimums"] = dict.fromkeys(districts, asked.per_subdistrict)
    if asked.least_share:
        index = ground.land.area_index.ravel()
        names = [*ground.land.area_ids, ""]
        options["point_areas"] = [names[n] for n in index]
        options["least_shares"] = dict.fromkeys(districts, asked.least_share)
    return options


def _check_affordable(
    ground: Ground,
    ids: Sequence[str],
    costs: NDArray[np.float64],
    standing: int,
    asked: PlanRequest,
) -> None:
    """Refuse a budget that builds nothing; note one that adds nothing to what stands.

    Raises
    ------
    InfeasibleError
        Nothing stands, and no candidate costs as little as the budget.
    """
    free = [n for n in range(standing, len(ids)) if ids[n] not in asked.forbid]
    if not free or asked.fix or asked.budget is None:
        return
    cheapest = min(free, key=lambda n: float(costs[n]))
    if float(costs[:standing].sum() + costs[cheapest]) <= asked.budget:
        return
    if standing:
        ground.notices.append(Notice("budget-adds-nothing", float(costs[cheapest])))
        return
    unit = cost_model(ground.settings.fibre).unit
    raise InfeasibleError(
        f"with a budget of {asked.budget:,.10g} {unit} nothing can be built: the cheapest site, "
        f"{ids[cheapest]}, costs {costs[cheapest]:,.10g} {unit}",
        f"allow at least {costs[cheapest]:,.10g} {unit} (--budget)",
    )


def subdistricts(ground: Ground) -> list[str]:
    """Return the subdistricts in which somebody lives."""
    index = ground.land.area_index.ravel()
    lived_in = np.unique(index[(ground.people > 0) & (index >= 0)])
    return [ground.land.area_ids[int(n)] for n in lived_in]
