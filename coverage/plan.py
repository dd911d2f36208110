"""The main job: choose the sites, and say what they cover and where the gaps are.

tables -> stations -> loss layers -> which site serves which pixel -> choice of sites with a bound
-> best server -> location probability -> shares and gaps.
"""

from __future__ import annotations

import html
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from ..topology.errors import InputError, UsageError
from ..topology.network import Network
from ..topology.settings import Settings
from .ground import Ground, ground_of
from .layers import LayerWorkers
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
from .siting import SiteProblem
from .surface_model import Surface
from .transmitters import Station, antenna_notices, stations
from .verdict import judge, pixels_served

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
    surface
        Ground and buildings under the model; None for a model that knows none.
    alternatives
        What the same sites cover if the assumed buildings are others.
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


def _candidates(ground: Ground) -> tuple[list[str], list[str]]:
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
        A site that was asked for, or stands, is one of them.
    """
    found, far = [], 0
    for station in stations(ground.network, site_ids, ground.service, ground.settings.crs):
        if ground.bears(station):
            found.append(station)
        elif station.site.site_id in named:
            raise InputError(
                f"site {station.site.site_id!r} at {station.site.lon:g}, {station.site.lat:g} is more "
                "than 20 km from the district; correct its position, or leave it out"
            )
        else:
            far += 1
    if far:
        ground.notices.append(Notice("sites-far", far))
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


def plan(
    network: Network,
    settings: Settings,
    *,
    sites: int | None = None,
    service_id: str = "",
    seed: int = 0,
    cache_directory: Path | None = None,
    threads: int | None = None,
    workers: LayerWorkers | None = None,
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
    seed
        Of the search: same seed, same plan.
    cache_directory
        Where layers are kept between runs; None keeps nothing.
    threads
        How many layers are computed at a time.
    workers
        Who computes them in place of threads, from :func:`.cluster.cluster_workers`.
    progress
        Told about each step; stops the work by raising.

    Raises
    ------
    InputError
        There is nobody to serve or no site to choose.
    UsageError
        The budget is below the number of sites that already stand.
    """
    ground = ground_of(
        network,
        settings,
        service_id,
        cache_directory=cache_directory,
        threads=threads,
        workers=workers,
    )
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
    where = _on_the_ground(ground, [*fixed, *candidates], named=set(fixed))
    for station in where:
        for transmitter in station.transmitters:
            ground.model.check_frequency(transmitter.freq_mhz)
    start = time.perf_counter()
    cover = pixels_served(ground, where, progress)
    ground.timings["layers"] = time.perf_counter() - start

    start = time.perf_counter()
    problem = SiteProblem.from_cover(cover, ground.people, fixed=range(len(fixed)))
    found = problem.maximise(sites=budget, nodes=0, seed=seed, progress=progress)
    if found.cancelled_by is not None:
        raise found.cancelled_by
    chosen, value, bound = found.sites, found.value, found.bound
    ground.timings["choice"] = time.perf_counter() - start
    if len(chosen) < budget:
        ground.notices.append(Notice("sites-enough", len(chosen)))
    mine = [where[n] for n in chosen]
    ground.notices.extend(antenna_notices(mine))
    verdict = judge(
        ground,
        mine,
        [cover[n] for n in chosen],
        set(fixed),
        _union(cover, ground.people.size),
    )
    if isinstance(ground.service.network, Reuse):
        # The choice knows nothing of interference, so that its bound holds for the share too.
        value = verdict.coverage.headline.served
    alternatives = _other_cities(ground, mine, verdict.coverage.headline)
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
        surface=ground.surface,
        alternatives=alternatives,
    )


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
    )
