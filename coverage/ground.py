"""What a plan stands on: land and people, the service, the surface, the model and its layers."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyproj import Transformer

from ..topology.errors import InputError
from ..topology.network import Network
from ..topology.settings import Settings
from .demand import Demand, Land, demand_on, land_of
from .grid import Grid
from .layers import LayerStore, LayerWorkers
from .measured.applied import calibration_from_settings
from .propagation import PropagationModel, model_from_settings, needs_surface
from .results import Notice
from .service_settings import service_from_settings
from .services import Service
from .surface.build import build_surface
from .surface.settings import SurfaceSettings, surface_settings
from .surface_model import Surface
from .transmitters import Station

__all__ = ["Ground", "ground_of", "propagation_for", "surface_for", "surface_grid"]

_SITES_WITHIN_M = 20_000.0
"""Sites this near to the district stand on the surface; one further away is a wrong position."""

_RADIO_KINDS = ("ngb-w", "base-station", "wifi")
"""Kinds of site that carry radio; others do with a cell, as a candidate, or when asked for."""

_FINE_PIXEL_M = 5.0
"""Half a lane: with pixels up to this size the walls beside a receiver are where they stand."""

_SNAP_M = 1000.0
"""The surface grows by whole kilometres, so that one new site seldom moves its edge, and with it
the layers of all others."""


@dataclass(frozen=True, slots=True)
class Ground:
    """What planning and evaluating have in common.

    Attributes
    ----------
    service
        Its deviation over locations is the model's own where the model sees buildings, or that
        of the measurements where the project was calibrated by some.
    surface
        Ground and clutter under the model; None for models that see none.
    people
        Residents of each pixel.
    asked
        Sites that were asked for; they stand on the surface whatever their kind.
    timings
        Seconds by step; filled on the way.
    notices
        What the reader should know; filled on the way.
    """

    network: Network
    settings: Settings
    service: Service
    model: PropagationModel
    surface: Surface | None
    land: Land
    demand: Demand
    people: NDArray[np.float64]
    store: LayerStore
    asked: tuple[str, ...] = ()
    timings: dict[str, float] = field(default_factory=dict)
    notices: list[Notice] = field(default_factory=list)

    def bears(self, station: Station) -> bool:
        """Tell whether a station stands where the model knows the ground."""
        if self.surface is None:
            return True
        x_m, y_m = np.array([station.x_m]), np.array([station.y_m])
        return bool(self.surface.grid.pixel_of(x_m, y_m)[2][0])

    def over(self, surface: Surface) -> Ground:
        """Return the same ground with another surface under the model, and notices of its own."""
        model = model_from_settings(_parameters(self.settings, self.land.grid), surface)
        store = LayerStore(
            self.land.grid,
            model,
            self.service.rx_height_m.value,
            self.store.cache_directory,
            threads=self.store.threads,
        )
        return replace(self, model=model, surface=surface, store=store, timings={}, notices=[])


def surface_grid(network: Network, grid: Grid, *, asked: Sequence[str] = ()) -> Grid:
    """Return the grid grown so far that every site of radio near the district stands on it.

    A room or building that carries none does not grow it: an exchange in the next district needs
    no ground under it.

    Parameters
    ----------
    asked
        Sites that stand on it whatever their kind.
    """
    sites = network.sites
    radio = sites["kind"].isin(_RADIO_KINDS) | sites["state"].eq("candidate")
    radio |= sites["site_id"].isin({*network.cells["site_id"], *asked})
    sites = sites[radio]
    to_metres = Transformer.from_crs("EPSG:4326", grid.crs, always_xy=True)
    x, y = to_metres.transform(sites["lon"].to_numpy(float), sites["lat"].to_numpy(float))
    west, south, east, north = grid.bounds_m
    x, y = np.asarray(x, float), np.asarray(y, float)
    near = (x > west - _SITES_WITHIN_M) & (x < east + _SITES_WITHIN_M)
    near &= (y > south - _SITES_WITHIN_M) & (y < north + _SITES_WITHIN_M)
    if not near.any():
        return grid
    snap = grid.step_m * max(1, round(_SNAP_M / grid.step_m))

    def cells(beyond_m: float) -> int:
        # The site's own pixel must lie inside, not on the rim.
        return round(max(0, math.ceil((beyond_m + grid.step_m) / snap)) * snap / grid.step_m)

    left, right = cells(west - float(x[near].min())), cells(float(x[near].max()) - east)
    top, bottom = cells(float(y[near].max()) - north), cells(south - float(y[near].min()))
    return Grid(
        grid.crs,
        grid.left_m - left * grid.step_m,
        grid.top_m + top * grid.step_m,
        grid.step_m,
        grid.width + left + right,
        grid.height + top + bottom,
    )


def surface_for(
    network: Network,
    settings: Settings,
    grid: Grid,
    *,
    changed: SurfaceSettings | None = None,
    asked: Sequence[str] = (),
) -> Surface:
    """Return the surface under a grid and the sites around it.

    Parameters
    ----------
    changed
        Checked settings in place of the project's.
    asked
        Sites that stand on it whatever their kind.

    Raises
    ------
    NgbwError
        See :func:`.surface.build.build_surface`.
    """
    wanted = surface_settings(settings.surface) if changed is None else changed
    directory = network.directory
    if wanted.files and directory is None:
        raise InputError(
            f"[surface] names {', '.join(wanted.files)}, but the tables were read from no project; "
            "open the project that holds the files"
        )
    return build_surface(
        network,
        wanted,
        surface_grid(network, grid, asked=asked),
        directory=directory or Path(),
    )


def _parameters(settings: Settings, grid: Grid) -> Mapping[str, Any]:
    """Return ``[propagation]``, with the district's own latitude where the model wants one."""
    if not needs_surface(settings.propagation) or "latitude_deg" in settings.propagation:
        return settings.propagation
    west, south, east, north = grid.bounds_m
    to_degrees = Transformer.from_crs(grid.crs, "EPSG:4326", always_xy=True)
    latitude_deg = to_degrees.transform((west + east) / 2, (south + north) / 2)[1]
    return {**settings.propagation, "latitude_deg": round(float(latitude_deg), 1)}


def propagation_for(
    network: Network, settings: Settings, grid: Grid, *, asked: Sequence[str] = ()
) -> tuple[PropagationModel, Surface | None]:
    """Return the model that the project's settings describe, and the surface under it.

    Parameters
    ----------
    grid
        Pixels for which losses are wanted.
    asked
        Sites that stand on the surface whatever their kind.

    Raises
    ------
    NgbwError
        A setting is wrong, or a file of the surface is missing or broken.
    """
    if not needs_surface(settings.propagation):
        return model_from_settings(settings.propagation), None
    surface = surface_for(network, settings, grid, asked=asked)
    return model_from_settings(_parameters(settings, grid), surface), surface


def ground_of(
    network: Network,
    settings: Settings,
    service_id: str,
    *,
    cache_directory: Path | None,
    threads: int | None,
    workers: LayerWorkers | None = None,
    asked: Sequence[str] = (),
) -> Ground:
    """Lay out what a service is planned on.

    Parameters
    ----------
    cache_directory, threads, workers
        As of :class:`.LayerStore`.
    asked
        Sites that are judged whatever their kind: the ground reaches under them.

    Raises
    ------
    InputError
        There is nobody to serve, or a file of the surface is missing or broken.
    SettingError
        Service, model or surface are described wrongly.
    """
    start = time.perf_counter()
    service = service_from_settings(settings, service_id)
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
    timings = {"ground": time.perf_counter() - start}
    start = time.perf_counter()
    model, surface = propagation_for(network, settings, land.grid, asked=asked)
    sigma = model.location_sigma(
        service.freq_mhz.value, service.rx_height_m.value, land.grid.step_m
    )
    if sigma is not None:
        service = replace(service, location_sigma_db=sigma)
    calibration = calibration_from_settings(settings, service.service_id)
    if calibration is not None:
        # The spread about the measurements is the model's whole error, shadows included.
        service = replace(
            service,
            calibration_db=calibration.offset_db,
            location_sigma_db=calibration.sigma_db,
        )
    if surface is not None and surface.built_up.any() and land.grid.step_m > _FINE_PIXEL_M:
        notices.append(Notice("pixels-coarse", land.grid.step_m))
    timings["surface"] = time.perf_counter() - start
    store = LayerStore(
        land.grid,
        model,
        service.rx_height_m.value,
        cache_directory,
        threads=threads,
        workers=workers,
    )
    return Ground(
        network, settings, service, model, surface, land, demand, people, store,
        tuple(asked), timings, notices,
    )  # fmt: skip
