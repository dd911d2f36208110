"""The main job: choose the sites, and say what they cover and where the gaps are.

tables -> stations -> loss layers -> which site serves which pixel -> choice of sites with a bound
-> best server -> location probability -> shares and gaps.
"""

from __future__ import annotations

import html
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Transformer

from ..topology.errors import InputError, UsageError
from ..topology.network import Network
from ..topology.settings import Settings
from .demand import Demand, Land, demand_on, land_of
from .field import NO_FIELD, station_field
from .gaps import find_gaps
from .layers import LayerStore
from .progress import Progress, silent
from .propagation import PropagationModel, Reach, model_from_settings
from .results import CoverageRaster, CoverageSummary, Gap, Notice, PlaceVerdict, PlannedSite
from .services import Service, service_from_settings
from .shares import summarise
from .siting import SiteProblem, exchange, greedy, upper_bound
from .transmitters import Station, stations

__all__ = ["Plan", "evaluate", "plan"]

_PROVEN_BELOW = 1e-9  # of the total weight: beneath the rounding of the sums


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

    @property
    def gap(self) -> float | None:
        """How far below the bound the value is, as a share of the bound; None without a bound."""
        if self.bound is None:
            return None
        return (self.bound - self.value) / self.bound if self.bound > 0 else 0.0

    @property
    def proven(self) -> bool:
        """Whether no choice within the budget can be better."""
        if self.bound is None:
            return False
        return self.bound - self.value <= _PROVEN_BELOW * max(1.0, self.coverage.headline.total)

    @property
    def met(self) -> bool | None:
        """Whether the target share is reached; None without a target or anybody to serve."""
        share = self.coverage.headline.share
        if share is None or self.target_share is None:
            return None
        return share >= self.target_share

    def to_geodataframe(self) -> gpd.GeoDataFrame:
        """Return the sites as points, one row a site, in WGS-84."""
        columns = [name for name in PlannedSite.__slots__ if name not in ("lon", "lat")]
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


@dataclass(frozen=True, slots=True)
class _Ground:
    """What planning and evaluating have in common."""

    network: Network
    settings: Settings
    service: Service
    model: PropagationModel
    land: Land
    demand: Demand
    people: NDArray[np.float64]
    store: LayerStore
    clock: Callable[[], float]
    timings: dict[str, float]
    notices: list[Notice]


def _prepare(
    network: Network,
    settings: Settings,
    service_id: str,
    cache_directory: Path | None,
    threads: int | None,
) -> _Ground:
    start = time.perf_counter()
    service = service_from_settings(settings, service_id)
    model = model_from_settings(settings.propagation)
    land = land_of(network, settings.crs, settings.grid_m)
    demand = demand_on(network, land)
    people = demand.people(land.inside.size)
    if not people.sum() > 0:
        raise InputError(
            "the project has no residents to serve on its grid; import a population raster or "
            "table: ngbw import PROJECT demand FILE"
        )
    notices = [
        Notice("places-outside" if kind.startswith("place:") else "people-outside", weight, kind)
        for kind, weight in demand.outside.items()
    ]
    store = LayerStore(
        land.grid, model, service.rx_height_m.value, cache_directory, threads=threads
    )
    return _Ground(
        network,
        settings,
        service,
        model,
        land,
        demand,
        people,
        store,
        time.perf_counter,
        {"ground": time.perf_counter() - start},
        notices,
    )


def _candidates(ground: _Ground) -> tuple[list[str], list[str]]:
    """Return the ids of fixed sites and of usable candidates, in table order."""
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


def _cover(
    ground: _Ground, where: Sequence[Station], progress: Progress
) -> list[NDArray[np.int64]]:
    """Return for each station the inhabited pixels it serves on its own."""
    needed = np.float32(ground.service.planning_field_dbuv_m)
    inhabited = ground.people > 0
    cover = []
    for station, layers in zip(where, ground.store.of_stations(where, progress), strict=True):
        field_dbuv_m = station_field(
            station,
            layers,
            ground.land.grid,
            ground.service.rx_height_m.value,
            floor_dbuv_m=float(needed),
        ).ravel()
        cover.append(np.flatnonzero((field_dbuv_m >= needed) & inhabited))
    return cover


def _best_server(
    ground: _Ground, where: Sequence[Station]
) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
    """Return the strongest field per pixel and the number of its station, -1 for none."""
    best = np.full(ground.land.grid.shape, NO_FIELD, np.float32)
    server = np.full(ground.land.grid.shape, -1, np.int32)
    for number, (station, layers) in enumerate(
        zip(where, ground.store.of_stations(where), strict=True)
    ):
        field_dbuv_m = station_field(
            station, layers, ground.land.grid, ground.service.rx_height_m.value
        )
        stronger = field_dbuv_m > best
        best[stronger] = field_dbuv_m[stronger]
        server[stronger] = number
    return best, server


@dataclass(frozen=True, slots=True)
class _Verdict:
    """What a list of stations covers, and where it does not."""

    sites: tuple[PlannedSite, ...]
    coverage: CoverageSummary
    gaps: tuple[Gap, ...]
    places: tuple[PlaceVerdict, ...]
    raster: CoverageRaster


_OUTSIDE = {
    Reach.TOO_NEAR: "too-near",
    Reach.TOO_FAR: "too-far",
    Reach.ANTENNA_TOO_LOW: "antenna-too-low",
    Reach.ANTENNA_TOO_HIGH: "antenna-too-high",
}


def _outside_model(
    ground: _Ground, where: Sequence[Station], server: NDArray[np.int32]
) -> dict[str, float]:
    """Return the residents whose best server lies outside the model's range, by reason."""
    grid = ground.land.grid
    people = ground.people
    used = np.flatnonzero((people > 0) & (server.ravel() >= 0))
    if not used.size:
        return {}
    station = server.ravel()[used]
    x = np.array([s.x_m for s in where])[station] - grid.x_m()[used % grid.width]
    y = np.array([s.y_m for s in where])[station] - grid.y_m()[used // grid.width]
    height = np.array([s.height_m for s in where])[station]
    reach = ground.model.reach(np.hypot(x, y) / 1000.0, height)
    out = {}
    for flag, words in _OUTSIDE.items():
        weight = float(people[used][(reach & flag) > 0].sum())
        if weight > 0:
            out[words] = weight
    return out


def _planned_sites(
    ground: _Ground, where: Sequence[Station], cover: Sequence[NDArray[np.int64]], fixed: set[str]
) -> tuple[PlannedSite, ...]:
    servers = np.zeros(ground.people.size, np.int32)
    for pixels in cover:
        servers[pixels] += 1
    row, column, inside = ground.land.grid.pixel_of(
        np.array([s.x_m for s in where]), np.array([s.y_m for s in where])
    )
    out = []
    for n, (station, pixels) in enumerate(zip(where, cover, strict=True)):
        site = station.site
        area_id = site.area_id
        if not area_id and inside[n]:
            index = int(ground.land.area_index[row[n], column[n]])
            area_id = ground.land.area_ids[index] if index >= 0 else ""
        origin: Literal["fixed", "chosen"] = "fixed" if site.site_id in fixed else "chosen"
        out.append(
            PlannedSite(
                order=n + 1,
                site_id=site.site_id,
                name=site.name,
                category=site.category,
                area_id=area_id,
                lon=site.lon,
                lat=site.lat,
                antenna_height_m=station.height_m,
                origin=origin,
                people=float(ground.people[pixels].sum()),
                people_alone=float(ground.people[pixels[servers[pixels] == 1]].sum()),
                cost=site.cost,
                assumed=station.assumed,
            )
        )
    return tuple(out)


def _judge(
    ground: _Ground,
    where: Sequence[Station],
    cover: Sequence[NDArray[np.int64]],
    fixed: set[str],
    reached_by_any: NDArray[np.bool_],
) -> _Verdict:
    """Say what a list of stations covers, and where it does not."""
    start = ground.clock()
    service, land = ground.service, ground.land
    best, server = _best_server(ground, where)
    probability = service.probability(best)
    # The threshold on the field and the one on the probability are the same condition; the field
    # decides, so that the sum over sites and the summary agree to the last resident.
    needed = np.float32(service.planning_field_dbuv_m)
    required = service.required_probability.value
    served = best >= needed
    probability = np.where(
        served,
        np.maximum(probability, required),
        np.minimum(probability, np.nextafter(required, 0)),
    )
    outside = _outside_model(ground, where, server)
    summary = summarise(service, land, ground.demand, probability, outside)
    for kind, weight in outside.items():
        ground.notices.append(
            Notice("outside-model", weight, kind, weight / summary.headline.total)
        )
    ground.timings["coverage"] = ground.clock() - start
    start = ground.clock()
    sites = _planned_sites(ground, where, cover, fixed)
    unserved = np.where(served, 0.0, ground.people.reshape(land.grid.shape))
    gaps = find_gaps(
        land,
        unserved,
        reached_by_any=reached_by_any.reshape(land.grid.shape),
        served_outdoors=best >= np.float32(service.outdoor_planning_field_dbuv_m),
        sites=sites,
        network=ground.network,
    )
    ground.timings["gaps"] = ground.clock() - start
    # People live in squares that overlap water and border: their pixels carry a value too.
    shown = land.inside | (ground.people.reshape(land.grid.shape) > 0)
    raster = CoverageRaster(
        land.grid,
        np.where(shown, probability, np.nan).astype(np.float32),
        np.where(shown & (best > NO_FIELD), best, np.nan).astype(np.float32),
        ground.people.reshape(land.grid.shape).astype(np.float32),
    )
    return _Verdict(sites, summary, gaps, _places(ground, probability), raster)


def _places(ground: _Ground, probability: NDArray[np.float64]) -> tuple[PlaceVerdict, ...]:
    """Return the verdict on each important place inside the district."""
    land, frame = ground.land, ground.network.places
    to_metres = Transformer.from_crs("EPSG:4326", land.grid.crs, always_xy=True)
    x, y = to_metres.transform(frame["lon"].to_numpy(float), frame["lat"].to_numpy(float))
    row, column, on_grid = land.grid.pixel_of(np.asarray(x), np.asarray(y))
    required = ground.service.required_probability.value
    out = []
    for n, place in enumerate(frame.to_dict("records")):
        if not on_grid[n] or not land.inside[row[n], column[n]]:
            continue
        p = float(probability[row[n], column[n]])
        area = int(land.area_index[row[n], column[n]])
        area_id = place["area_id"] or (land.area_ids[area] if area >= 0 else "")
        out.append(
            PlaceVerdict(
                place["place_id"],
                place["name"],
                place["name_en"],
                place["kind"],
                area_id,
                place["lon"],
                place["lat"],
                p,
                p >= required,
            )
        )
    return tuple(out)


def _target(ground: _Ground) -> float | None:
    """Return the target share, which holds for the headline service only."""
    headline = ground.service.service_id == ground.settings.headline_service
    return ground.settings.plan_share if headline else None


def _union(cover: Sequence[NDArray[np.int64]], size: int) -> NDArray[np.bool_]:
    out = np.zeros(size, bool)
    for pixels in cover:
        out[pixels] = True
    return out


def plan(
    network: Network,
    settings: Settings,
    *,
    sites: int | None = None,
    service_id: str = "",
    seed: int = 0,
    rounds: int = 10_000,
    cache_directory: Path | None = None,
    threads: int | None = None,
    progress: Progress = silent,
) -> Plan:
    """Choose at most so many sites that serve as many residents as possible.

    Built and planned NGB-W sites are part of the plan and of its budget; candidates are added by
    lazy greedy choice and exchanged until nothing improves.

    Parameters
    ----------
    sites
        Budget; the project's ``plan.sites`` by default.
    service_id
        Service that decides; the project's headline service by default.
    seed, rounds
        Of the search: same seed, same plan.
    cache_directory
        Where layers are kept between runs; None keeps nothing.
    threads
        How many layers are computed at a time.
    progress
        Told about each step; stops the work by raising.

    Raises
    ------
    InputError
        There is nobody to serve or no site to choose.
    UsageError
        The budget is below the number of sites that already stand.
    """
    ground = _prepare(network, settings, service_id, cache_directory, threads)
    budget = settings.plan_sites if sites is None else sites
    fixed, candidates = _candidates(ground)
    if budget < 1 or budget < len(fixed):
        raise UsageError(
            f"the budget is {budget} sites, but {len(fixed)} NGB-W sites are built or planned "
            "already; allow at least 1 and at least as many as stand (--sites)"
        )
    if not fixed and not candidates:
        raise InputError(
            "the project has no site to choose from; import candidates: "
            "ngbw import PROJECT sites FILE --set state=candidate"
        )
    where = stations(network, [*fixed, *candidates], ground.service, settings.crs)
    for station in where:
        for transmitter in station.transmitters:
            ground.model.check_frequency(transmitter.freq_mhz)
    start = ground.clock()
    cover = _cover(ground, where, progress)
    ground.timings["layers"] = ground.clock() - start

    start = ground.clock()
    problem = SiteProblem.from_cover(cover, ground.people, fixed=range(len(fixed)))
    chosen = greedy(problem, budget)
    chosen = exchange(problem, chosen, seed=seed, rounds=rounds, progress=progress)
    value = problem.value(chosen)
    ground.timings["choice"] = ground.clock() - start
    start = ground.clock()
    bound = upper_bound(problem, budget, value=value)
    ground.timings["bound"] = ground.clock() - start
    if len(chosen) < budget:
        ground.notices.append(Notice("sites-enough", len(chosen)))
    verdict = _judge(
        ground,
        [where[n] for n in chosen],
        [cover[n] for n in chosen],
        set(fixed),
        _union(cover, ground.people.size),
    )
    return Plan(
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
        notices=tuple(ground.notices),
        timings=ground.timings,
        seed=seed,
    )


def evaluate(
    network: Network,
    settings: Settings,
    site_ids: Sequence[str],
    *,
    service_id: str = "",
    cache_directory: Path | None = None,
    threads: int | None = None,
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
    ground = _prepare(network, settings, service_id, cache_directory, threads)
    fixed, candidates = _candidates(ground)
    mine = list(dict.fromkeys(site_ids))
    others = [site_id for site_id in [*fixed, *candidates] if site_id not in set(mine)]
    where = stations(network, [*mine, *others], ground.service, settings.crs)
    start = ground.clock()
    cover = _cover(ground, where, progress)
    ground.timings["layers"] = ground.clock() - start
    verdict = _judge(
        ground,
        where[: len(mine)],
        cover[: len(mine)],
        set(fixed),
        _union(cover, ground.people.size),
    )
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
    )
