"""The main job: choose the sites, and say what they cover and where the gaps are.

tables -> stations -> loss layers -> which site serves which pixel -> choice of sites with a bound
-> best server -> location probability -> shares and gaps.
"""

from __future__ import annotations

import html
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Transformer

from ..topology.errors import InputError, MissingError, UsageError
from ..topology.nearest_word import nearest
from ..topology.network import Network
from ..topology.settings import Settings
from .choice_facts import (
    LeftOut,
    NextSite,
    Phases,
    Survives,
    TradeOff,
    explained,
    left_out,
    phases_of,
    survives,
    trade_off_of,
    where_next,
)
from .gaps import gap_labels
from .ground import Ground, ground_of
from .layers import LayerWorkers
from .plan_money import PlanCost, fibre_cost, plan_cost, site_costs
from .plan_request import PlanRequest
from .progress import Progress, silent
from .propagation import PropagationModel
from .results import (
    Alternative,
    CoverageRaster,
    CoverageSummary,
    Gap,
    Notice,
    PlaceVerdict,
    PlannedSite,
    Share,
)
from .sensitivity import other_surfaces
from .services import Reuse, Service
from .siting import SitePlan, SiteProblem
from .siting.conditions import Asked
from .siting.gap_closing import close_gaps
from .siting.level_shifts import covers_at
from .siting.resilience import most_surviving
from .surface_model import Surface
from .transmitters import Station, antenna_notices, stations
from .verdict import Verdict, areas_of, judge, pixels_served

__all__ = ["Plan", "evaluate", "plan"]

_PROVEN_BELOW = 1e-9  # of the total weight: beneath the rounding of the sums

_CLOSED_GAPS = 50
"""Gaps for which it is said what would close them: those with the most people."""

_SHARE_SECONDS = 60.0
"""How long the fewest sites for a share are looked for where no time limit is given."""

_SHIFTS_DB = (-3.0, 3.0)
"""By how much levels may well be other than predicted."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A choice of sites with what it covers, how good it can be at most, and its gaps.

    Attributes
    ----------
    service, model
        By which service it is judged, and how losses were predicted.
    budget
        At most so many sites were allowed; None when the sites were given.
    target_share
        Share of residents to be reached; None for a service that is not the headline service.
    sites
        Fixed sites first, then by what each adds.
    value
        Residents served.
    bound
        Residents that no choice within the budget can exceed; None when the sites were given.
    coverage, gaps, places, raster
        What the sites cover, where they do not, which important places are served, and the map.
    notices
        What the reader should know before trusting the figures.
    timings
        Seconds by step.
    seed
        Of the search.
    surface
        Ground and buildings under the model; None for a model that knows none.
    alternatives
        What the same sites cover if the assumed buildings are others.
    asked
        What was asked of the plan; None where the sites were given.
    objective
        ``residents``: as many as possible; ``sites`` or ``cost``: a share with the fewest sites,
        or at the least cost; ``survival``: as many as possible after the loss of any one site.
    status
        Why the search stopped: ``optimal``, ``within-gap``, ``unproven``, ``time-limit`` or
        ``cancelled``; "" where the sites were given.
    least
        For the objectives ``sites`` and ``cost``: no plan that reaches the share takes fewer
        sites, or costs less.
    curve, phases, left_out, where_next, survives
        What else belongs to the choice; see :mod:`.choice_facts`.
    cost
        What sites and fibre cost.
    shifts
        Share of residents that the same sites serve if all levels are so many dB higher.
    cancelled_by
        What interrupted the search; the caller may raise it again.
    """

    service: Service
    model: PropagationModel
    budget: int | None
    target_share: float | None
    sites: tuple[PlannedSite, ...]
    value: float
    bound: float | None
    coverage: CoverageSummary
    gaps: tuple[Gap, ...]
    places: tuple[PlaceVerdict, ...]
    raster: CoverageRaster = field(repr=False)
    notices: tuple[Notice, ...] = ()
    timings: dict[str, float] = field(default_factory=dict, repr=False)
    seed: int = 0
    surface: Surface | None = field(default=None, repr=False)
    alternatives: tuple[Alternative, ...] = ()
    asked: PlanRequest | None = None
    objective: str = "residents"
    status: str = ""
    least: float | None = None
    curve: TradeOff | None = field(default=None, repr=False)
    phases: Phases | None = field(default=None, repr=False)
    left_out: tuple[LeftOut, ...] = field(default=(), repr=False)
    where_next: tuple[NextSite, ...] = ()
    survives: Survives | None = None
    cost: PlanCost | None = None
    shifts: tuple[tuple[float, float], ...] = ()
    cancelled_by: BaseException | None = field(default=None, repr=False)

    @property
    def gap(self) -> float | None:
        """How far the plan may be from the best one, as a share; None without a bound.

        Of the bound for residents; of the plan's own number of sites or cost where that is small.
        """
        if self.least is not None:
            used = self._used
            return (used - self.least) / used if used > 0 else 0.0
        if self.bound is None:
            return None
        return (self.bound - self.value) / self.bound if self.bound > 0 else 0.0

    @property
    def proven(self) -> bool:
        """Whether no choice that keeps to what was asked can be better."""
        if self.least is not None:
            return self._used - self.least <= _PROVEN_BELOW * max(1.0, self._used)
        if self.bound is None:
            return False
        return self.bound - self.value <= _PROVEN_BELOW * max(1.0, self.coverage.headline.total)

    @property
    def _used(self) -> float:
        """Return what the objective makes small: money, or the number of sites."""
        if self.objective == "cost" and self.cost is not None and self.cost.sites is not None:
            return self.cost.sites
        return float(len(self.sites))

    @property
    def met(self) -> bool | None:
        """Whether the target share is reached; None without a target or anybody to serve."""
        share = self.coverage.headline.share
        if share is None or self.target_share is None:
            return None
        return share >= self.target_share

    def to_geodataframe(self) -> gpd.GeoDataFrame:
        """Return the sites as points, one row a site, in WGS-84."""
        columns = [n for n in PlannedSite.__slots__ if n not in ("lon", "lat", "antennas")]
        rows = [{name: getattr(site, name) for name in columns} for site in self.sites]
        for row in rows:
            row["assumed"] = " ".join(row["assumed"])
        points = shapely.points([(site.lon, site.lat) for site in self.sites] or np.empty((0, 2)))
        return gpd.GeoDataFrame(rows, columns=columns, geometry=points, crs="EPSG:4326")

    def gaps_geodataframe(self) -> gpd.GeoDataFrame:
        """Return the gaps as polygons, one row a gap, in WGS-84."""
        columns = [name for name in Gap.__slots__ if name != "geometry"]
        rows = [{name: getattr(gap, name) for name in columns} for gap in self.gaps]
        shapes = [gap.geometry for gap in self.gaps]
        return gpd.GeoDataFrame(rows, columns=columns, geometry=shapes, crs="EPSG:4326")

    def _repr_html_(self) -> str:
        share = self.coverage.headline.share
        figures = [
            ("service", self.service.name_en),
            ("sites", f"{len(self.sites)}" + (f" of {self.budget}" if self.budget else "")),
            ("residents served", "unknown" if share is None else f"{share:.1%}"),
            ("target", "none" if self.target_share is None else f"{self.target_share:.0%}"),
            (
                "at most possible",
                "unknown"
                if self.bound is None or not share
                else f"{share * self.bound / self.value:.1%}",
            ),
            ("gaps", f"{len(self.gaps)}"),
            ("model", self.model.title),
        ]
        rows = "".join(
            f"<tr><th>{html.escape(name)}</th><td>{html.escape(text)}</td></tr>"
            for name, text in figures
        )
        return f"<table>{rows}</table>"


def _candidates(ground: Ground) -> tuple[list[str], list[str]]:
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


def _target(ground: Ground) -> float | None:
    """Return the target share, which holds for the headline service only."""
    headline = ground.service.service_id == ground.settings.headline_service
    return ground.settings.plan_share if headline else None


def _on_the_ground(ground: Ground, site_ids: Sequence[str], named: set[str]) -> list[Station]:
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


def _other_cities(
    ground: Ground, where: Sequence[Station], headline: Share
) -> tuple[Alternative, ...]:
    """Judge the sites over other assumed cities, and note how far the share moves."""
    start = time.perf_counter()
    found = other_surfaces(ground, where)
    if found and headline.share is not None:
        moved = max(abs((one.share or 0.0) - headline.share) for one in found)
        ground.notices.append(Notice("city-assumed", moved * headline.total, share=moved))
    ground.timings["alternatives"] = time.perf_counter() - start
    return found


def _union(cover: Sequence[NDArray[np.int64]], size: int) -> NDArray[np.bool_]:
    out = np.zeros(size, bool)
    for pixels in cover:
        out[pixels] = True
    return out


@dataclass(frozen=True, slots=True)
class _Stage:
    """Everything a choice is made from: stations, what each serves, the problem, the money."""

    ground: Ground
    where: list[Station]
    cover: list[NDArray[np.int64]]
    problem: SiteProblem
    standing: set[str]
    ids: list[str]
    areas: tuple[str, ...]
    costs: NDArray[np.float64] | None


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


def _staged(ground: Ground, asked: PlanRequest, progress: Progress) -> _Stage:
    """Put the problem together.

    Raises
    ------
    InputError
        There is no site to choose, or a cost that decides is unknown.
    """
    fixed, candidates = _candidates(ground)
    if not fixed and not candidates:
        raise InputError(
            "the project has no site to choose from; import candidates: "
            "ngbw import PROJECT sites FILE --set state=candidate"
        )
    where = _on_the_ground(ground, [*fixed, *candidates], named=set(asked.fix))
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
    districts = _subdistricts(ground)
    options: Asked = {
        "fixed": [*range(len(standing)), *_number_of(ids, asked.fix, "--fix")],
        "forbidden": forbidden,
        "cost": np.nan_to_num(costs) if by_money else None,
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
    problem = SiteProblem.from_cover(cover, ground.people, **options)
    ground.timings["problem"] = time.perf_counter() - start
    known = None if np.isnan(costs).all() else costs
    return _Stage(ground, where, cover, problem, standing, ids, areas, known)


def _subdistricts(ground: Ground) -> list[str]:
    """Return the subdistricts in which somebody lives."""
    index = ground.land.area_index.ravel()
    lived_in = np.unique(index[(ground.people > 0) & (index >= 0)])
    return [ground.land.area_ids[int(n)] for n in lived_in]


def _solved(stage: _Stage, asked: PlanRequest, sites: int | None, seed: int,
            progress: Progress) -> SitePlan:  # fmt: skip
    """Choose the sites."""
    common: dict[str, Any] = {
        "gap": asked.max_gap or 0.0,
        "time_limit_s": asked.time_limit_s or None,
        # Without a limit on the gap the plan and its bound suffice.
        "nodes": None if asked.max_gap is not None or asked.time_limit_s else 0,
        "seed": seed,
        "progress": progress,
    }
    if asked.share is not None:
        # The fewest sites are found by branching; there is no other way to them.
        common["nodes"] = None
        common["time_limit_s"] = asked.time_limit_s or _SHARE_SECONDS
        return stage.problem.minimise(share=asked.share, sites=sites, **common)
    return stage.problem.maximise(sites=sites, budget=asked.budget, **common)


def plan(
    network: Network,
    settings: Settings,
    *,
    sites: int | None = None,
    asked: PlanRequest | None = None,
    service_id: str = "",
    seed: int = 0,
    cache_directory: Path | None = None,
    threads: int | None = None,
    workers: LayerWorkers | None = None,
    progress: Progress = silent,
) -> Plan:
    """Choose sites that serve as many residents as possible, and say what that rests on.

    Built and planned NGB-W sites are part of the plan and of its budget.

    Parameters
    ----------
    sites
        At most so many; short for ``asked=PlanRequest(sites=...)``.
    asked
        What is asked of the plan; by default the project's ``plan.sites``.
    service_id
        Service that decides; the project's headline service by default.
    seed
        Of the search: same seed, same plan.
    cache_directory
        Where layers are kept between runs; None keeps nothing.
    threads
        How many layers are computed at a time.
    workers
        Who computes them in place of threads, from :func:`.cluster.cluster_workers`.
    progress
        Told about each step; stops the work by raising. Once the search has begun, the best plan
        so far is returned with what was raised in ``cancelled_by``.

    Raises
    ------
    InputError
        There is nobody to serve or no site to choose, or what is asked for cannot be had.
    UsageError
        The budget is below the number of sites that already stand.
    MissingError
        A site that is named does not exist.
    """
    asked = asked or PlanRequest()
    if sites is not None:
        asked = replace(asked, sites=sites)
    ground = ground_of(
        network,
        settings,
        service_id,
        cache_directory=cache_directory,
        threads=threads,
        workers=workers,
        asked=asked.fix,
    )
    budget = asked.sites
    if budget is None and asked.budget is None and asked.share is None:
        budget = settings.plan_sites
    standing = _candidates(ground)[0]
    if budget is not None and (budget < 1 or budget < len(standing)):
        raise UsageError(
            f"the budget is {budget} sites, but {len(standing)} NGB-W sites are built or planned "
            "already; allow at least 1 and at least as many as stand (--sites)"
        )
    stage = _staged(ground, asked, progress)
    problem = stage.problem
    start = time.perf_counter()
    survival_bound, cancelled = None, None
    if asked.survive:
        resilient = most_surviving(
            problem, sites=budget or settings.plan_sites, seed=seed, progress=progress
        )
        chosen: list[int] = list(resilient.sites)
        survival_bound, status, bound, least = resilient.bound, "unproven", None, None
        if resilient.proven:
            status = "optimal"
    else:
        found = _solved(stage, asked, budget, seed, progress)
        chosen, status, cancelled = list(found.sites), found.status, found.cancelled_by
        bound, least = found.bound, None
        if found.objective != "weight":
            bound, least = None, found.bound
    ground.timings["choice"] = time.perf_counter() - start
    if least is None and budget is not None and len(chosen) < budget and not asked.budget:
        ground.notices.append(Notice("sites-enough", len(chosen)))
    mine = [stage.where[n] for n in chosen]
    ground.notices.extend(antenna_notices(mine))
    verdict = judge(
        ground,
        mine,
        [stage.cover[n] for n in chosen],
        stage.standing,
        _union(stage.cover, ground.people.size),
    )
    value = problem.value(chosen)
    if asked.servers > 1:
        ground.notices.append(
            Notice("served-by-several", value, str(asked.servers), value / problem.total_weight)
        )
    interfered = isinstance(ground.service.network, Reuse)
    if interfered:
        # The choice knows nothing of interference, so that its bound holds for the share too.
        value = verdict.coverage.headline.served
    objective = "residents"
    if asked.survive:
        objective = "survival"
    elif least is not None:
        objective = "cost" if asked.cheapest else "sites"
    made = Plan(
        service=ground.service,
        model=ground.model,
        budget=budget,
        target_share=_target(ground),
        sites=verdict.sites,
        value=value,
        bound=bound,
        coverage=verdict.coverage,
        gaps=verdict.gaps,
        places=verdict.places,
        raster=verdict.raster,
        timings=ground.timings,
        seed=seed,
        surface=ground.surface,
        asked=asked,
        objective=objective,
        status=status,
        least=least,
        cost=plan_cost(mine, settings),
        cancelled_by=cancelled,
    )
    if cancelled is None:
        made = _with_facts(
            made, stage, chosen, verdict, asked,
            survival_bound=survival_bound, plain=not interfered and asked.servers == 1,
            progress=progress,
        )  # fmt: skip
        made = replace(made, alternatives=_other_cities(ground, mine, verdict.coverage.headline))
    return replace(made, notices=tuple(ground.notices))


def _phases_asked(asked: PlanRequest, settings: Settings) -> dict[str, int]:
    """Return how many sites stand at the end of each phase."""
    if asked.phases is not None:
        return dict(asked.phases)
    labels = list(settings.plan_phases)
    return dict(zip(labels, accumulate(settings.plan_phases.values()), strict=True))


def _with_facts(
    made: Plan,
    stage: _Stage,
    chosen: list[int],
    verdict: Verdict,
    asked: PlanRequest,
    *,
    survival_bound: float | None,
    plain: bool,
    progress: Progress,
) -> Plan:
    """Return the plan with curve, phases, reasons, what next, failures and money.

    Parameters
    ----------
    plain
        Whether the problem's weight is the share of residents served.
    """
    ground, problem = stage.ground, stage.problem
    start = time.perf_counter()
    curve = None
    if plain and asked.curve_to and problem.total_weight > 0:
        up_to = min(max(asked.curve_to, len(chosen)), problem.sites)
        drawn = problem.curve(up_to=up_to, seed=made.seed, progress=progress)
        curve = trade_off_of(
            drawn, problem, chosen=chosen, bound=made.bound, target=made.target_share,
            budget=made.budget, costs=stage.costs,
        )  # fmt: skip
    ground.timings["curve"] = time.perf_counter() - start
    start = time.perf_counter()
    sites = explained(problem, chosen, made.sites, stage.ids)
    if stage.costs is not None:
        money = [float(stage.costs[n]) for n in chosen]
        sites = tuple(
            replace(site, cost_money=cost if np.isfinite(cost) else None)
            for site, cost in zip(sites, money, strict=True)
        )
    wanted, phases = _phases_asked(asked, ground.settings), None
    if plain and wanted and chosen:
        phases = phases_of(
            problem, chosen, wanted, stage.ids, ceiling=curve, costs=stage.costs,
            seed=made.seed, progress=progress,
        )  # fmt: skip
        phase_of = {site: step.label for step in phases.steps for site in step.new}
        sites = tuple(replace(site, phase=phase_of.get(site.site_id, "")) for site in sites)
    full = made.budget is None or len(chosen) >= made.budget
    left = left_out(
        problem, chosen, stage.where, stage.areas,
        barred=set(problem.forbidden), costs=stage.costs, full=full,
    )  # fmt: skip
    ground.timings["reasons"] = time.perf_counter() - start
    start = time.perf_counter()
    mine = [stage.where[n] for n in chosen]
    shifted = covers_at(ground, mine, _SHIFTS_DB) if plain and mine else {}
    total = float(ground.people.sum())
    shifts = tuple(
        (shift, float(ground.people[_union(cover, ground.people.size)].sum()) / total)
        for shift, cover in sorted(shifted.items())
    )
    ground.timings["shifts"] = time.perf_counter() - start
    start = time.perf_counter()
    fibre = fibre_cost(ground.network, ground.settings, [site.site_id for site in made.sites])
    ground.timings["fibre"] = time.perf_counter() - start
    return replace(
        made,
        sites=sites,
        gaps=_closed(stage, chosen, verdict),
        curve=curve,
        phases=phases,
        left_out=left,
        where_next=where_next(problem, chosen, stage.where, stage.areas, stage.costs),
        survives=survives(problem, chosen, stage.ids, bound=survival_bound),
        cost=plan_cost(mine, ground.settings, fibre=fibre),
        shifts=shifts,
    )


def _closed(stage: _Stage, chosen: list[int], verdict: Verdict) -> tuple[Gap, ...]:
    """Return the gaps, the largest with the site outside the plan that would help most."""
    ground, raster = stage.ground, verdict.raster
    required = np.float32(ground.service.required_probability.value)
    served = np.nan_to_num(raster.probability, nan=0.0) >= required
    labels, _ = gap_labels((raster.people > 0) & ~served, raster.grid.step_m)
    to_metres = Transformer.from_crs("EPSG:4326", raster.grid.crs, always_xy=True)
    largest = verdict.gaps[:_CLOSED_GAPS]
    if not largest:
        return verdict.gaps
    x_m, y_m = to_metres.transform([gap.lon for gap in largest], [gap.lat for gap in largest])
    row, column, _ = raster.grid.pixel_of(np.array(x_m), np.array(y_m))
    numbers = labels[row, column]
    flat = labels.ravel()
    parts = [np.flatnonzero(flat == number) if number else flat[:0] for number in numbers]
    closings = close_gaps(stage.cover, ground.people, parts, chosen=chosen)
    out = []
    for gap, closing in zip(largest, closings, strict=True):
        usable = [one for one in closing.closers if one.site not in set(stage.problem.forbidden)]
        if not usable:
            out.append(gap)
            continue
        best = usable[0]
        money = np.nan if stage.costs is None else float(stage.costs[best.site])
        out.append(
            replace(
                gap,
                close_site_id=stage.ids[best.site],
                close_people=best.people,
                close_cost_money=money if np.isfinite(money) else None,
            )
        )
    return (*out, *verdict.gaps[_CLOSED_GAPS:])


def evaluate(
    network: Network,
    settings: Settings,
    site_ids: Sequence[str],
    *,
    service_id: str = "",
    cache_directory: Path | None = None,
    threads: int | None = None,
    workers: LayerWorkers | None = None,
    progress: Progress = silent,
) -> Plan:
    """Say what given sites cover, for any service of the project.

    Parameters
    ----------
    site_ids
        The sites, in any state, each once.

    Raises
    ------
    MissingError
        A site does not exist.
    InputError
        There is nobody to serve.
    """
    ground = ground_of(
        network,
        settings,
        service_id,
        cache_directory=cache_directory,
        threads=threads,
        workers=workers,
        asked=site_ids,
    )
    fixed, candidates = _candidates(ground)
    mine = list(dict.fromkeys(site_ids))
    others = [site_id for site_id in [*fixed, *candidates] if site_id not in set(mine)]
    where = _on_the_ground(ground, [*mine, *others], named=set(mine))
    start = time.perf_counter()
    cover = pixels_served(ground, where, progress)
    ground.timings["layers"] = time.perf_counter() - start
    ground.notices.extend(antenna_notices(where[: len(mine)]))
    verdict = judge(
        ground,
        where[: len(mine)],
        cover[: len(mine)],
        set(fixed),
        _union(cover, ground.people.size),
    )
    alternatives = _other_cities(ground, where[: len(mine)], verdict.coverage.headline)
    return Plan(
        service=ground.service,
        model=ground.model,
        budget=None,
        target_share=_target(ground),
        sites=verdict.sites,
        value=verdict.coverage.headline.served,
        bound=None,
        coverage=verdict.coverage,
        gaps=verdict.gaps,
        places=verdict.places,
        raster=verdict.raster,
        notices=tuple(ground.notices),
        timings=ground.timings,
        surface=ground.surface,
        alternatives=alternatives,
        cost=plan_cost(where[: len(mine)], settings),
    )
