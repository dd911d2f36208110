"""What goes dark on the radio when sites fail: pixels, people and places.

Which pixels each site serves on its own is worked out once, from cached layers; after that any
failure is a count. A pixel goes dark when the last of the sites that serve it does, so that a
failure never takes more than the remaining sites leave open. Served or not is decided as a plan
decides it, on the median field, so that what is served before the failure is what the plan says.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Transformer
from shapely.geometry.base import BaseGeometry

from ..topology.errors import MissingError
from ..topology.network import Network
from ..topology.settings import Settings
from .demand import Land, demand_on, land_of
from .field import station_field
from .grid import Grid
from .layers import LayerStore
from .progress import Progress, silent
from .propagation import model_from_settings
from .services import Service, service_from_settings
from .transmitters import stations

__all__ = ["Darkness", "Impact", "ServedPlace", "outline", "radio_impact", "site_covers"]

Pixels = NDArray[np.int32]
"""Flat numbers of pixels."""


@dataclass(frozen=True, slots=True)
class ServedPlace:
    """An important place and the pixel it stands in."""

    place_id: str
    name: str
    name_en: str
    kind: str
    lon: float
    lat: float
    pixel: int


@dataclass(frozen=True, slots=True, eq=False)
class Darkness:
    """What goes dark.

    Attributes
    ----------
    sites
        Radio sites that fail or serve less.
    pixels
        Pixels that no site serves any more.
    area_km2
        Their area.
    people
        Residents in them.
    people_by_area
        The same by ``area_id`` of the subdistrict, most people first; ``""`` is outside all.
    places
        Important places in them.
    """

    sites: tuple[str, ...]
    pixels: Pixels
    area_km2: float
    people: float
    people_by_area: Mapping[str, float]
    places: tuple[ServedPlace, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Impact:
    """The radio sites of a plan with the pixels that each serves, ready to be failed.

    Attributes
    ----------
    grid
        Where the pixels lie.
    cover
        Site to the pixels that it serves on its own, each once.
    people
        Residents by pixel.
    places
        Important places inside the district.
    area_of_pixel, area_ids
        Number of each pixel's subdistrict in ``area_ids``; -1 for none.
    servers
        How many sites serve each pixel; worked out from ``cover``.
    """

    grid: Grid
    cover: Mapping[str, Pixels]
    people: NDArray[np.float64]
    places: tuple[ServedPlace, ...]
    area_of_pixel: NDArray[np.int16]
    area_ids: tuple[str, ...]
    servers: NDArray[np.int32] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        servers = np.zeros(self.people.size, np.int32)
        for pixels in self.cover.values():
            servers[pixels] += 1
        object.__setattr__(self, "servers", servers)

    @property
    def served_people(self) -> float:
        """Residents served when nothing has failed."""
        return float(self.people[self.servers > 0].sum())

    @property
    def served_places(self) -> int:
        """Places served when nothing has failed."""
        return sum(bool(self.servers[place.pixel]) for place in self.places)

    def of(self, dark: Iterable[str], *, weaker: Mapping[str, Pixels] | None = None) -> Darkness:
        """Return what goes dark when sites fail.

        Parameters
        ----------
        dark
            Sites that fail altogether.
        weaker
            Sites that lose some of their transmitters, with the pixels they still serve.

        Raises
        ------
        MissingError
            A site is none of those whose cover is known.
        """
        none = np.zeros(0, np.int32)
        left: dict[str, Pixels] = {**(weaker or {}), **dict.fromkeys(dark, none)}
        lost = np.zeros_like(self.servers)
        for site_id, still in left.items():
            if site_id not in self.cover:
                raise MissingError(
                    f"{site_id!r} is none of the {len(self.cover)} radio sites that were planned"
                )
            lost[self.cover[site_id]] += 1
            if still.size:
                lost[np.intersect1d(self.cover[site_id], still, assume_unique=True)] -= 1
        is_dark = (lost > 0) & (lost == self.servers)
        gone = np.flatnonzero(is_dark).astype(np.int32)
        people = self.people[gone]
        area = self.area_of_pixel[gone].astype(np.int64)
        by_area = np.bincount(area + 1, people, len(self.area_ids) + 1)
        names = ("", *self.area_ids)
        order = [n for n in np.argsort(-by_area, kind="stable") if by_area[n] > 0]
        return Darkness(
            tuple(sorted(left)),
            gone,
            gone.size * self.grid.pixel_km2,
            float(people.sum()),
            {names[n]: float(by_area[n]) for n in order},
            tuple(place for place in self.places if is_dark[place.pixel]),
        )


def outline(grid: Grid, pixels: Pixels) -> BaseGeometry:
    """Return the shape of pixels in WGS-84; empty for none."""
    from rasterio.features import shapes

    mask = np.zeros(grid.shape, np.uint8)
    mask.flat[pixels] = 1
    parts = [
        shapely.geometry.shape(found)
        for found, value in shapes(mask, mask=mask > 0, transform=grid.transform)
        if value
    ]
    whole: BaseGeometry = gpd.GeoSeries([shapely.union_all(parts)], crs=grid.crs).to_crs(4326)[0]
    return whole


def site_covers(
    network: Network,
    settings: Settings,
    site_ids: Sequence[str],
    *,
    land: Land,
    wanted: NDArray[np.bool_],
    service: Service,
    cache_directory: Path | None = None,
    progress: Progress = silent,
) -> dict[str, Pixels]:
    """Return the wanted pixels that each site serves on its own.

    Parameters
    ----------
    wanted
        Pixels that count, flat.
    """
    model = model_from_settings(settings.propagation)
    rx_height_m = service.rx_height_m.value
    store = LayerStore(land.grid, model, rx_height_m, cache_directory)
    needed = np.float32(service.planning_field_dbuv_m)
    where = stations(network, site_ids, service, settings.crs)
    out = {}
    for station, layers in zip(where, store.of_stations(where, progress), strict=True):
        field_dbuv_m = station_field(
            station, layers, land.grid, rx_height_m, floor_dbuv_m=float(needed)
        ).ravel()
        served = (field_dbuv_m >= needed) & wanted
        out[station.site.site_id] = np.flatnonzero(served).astype(np.int32)
    return out


def radio_impact(
    network: Network,
    settings: Settings,
    site_ids: Sequence[str],
    *,
    service_id: str = "",
    changed: tuple[Network, Sequence[str]] | None = None,
    cache_directory: Path | None = None,
    progress: Progress = silent,
) -> tuple[Impact, dict[str, Pixels]]:
    """Return the radio sites of a plan ready to be failed.

    Parameters
    ----------
    site_ids
        The sites of the plan.
    service_id
        By which service; the headline service by default.
    changed
        A network in which some sites have lost transmitters, and those sites.
    cache_directory
        Where layers are kept between runs; None keeps nothing.

    Returns
    -------
    Impact
        Before any failure.
    dict
        What the sites of ``changed`` serve there, for :meth:`Impact.of`.

    Raises
    ------
    MissingError
        A site is not in the network.
    """
    service = service_from_settings(settings, service_id)
    land = land_of(network, settings.crs, settings.grid_m)
    people = demand_on(network, land).people(land.inside.size)
    wanted = land.inside.ravel() | (people > 0)

    def covers(of: Network, sites: Sequence[str]) -> dict[str, Pixels]:
        return site_covers(
            of, settings, sites, land=land, wanted=wanted, service=service,
            cache_directory=cache_directory, progress=progress,
        )  # fmt: skip

    impact = Impact(
        land.grid,
        covers(network, list(dict.fromkeys(site_ids))),
        people,
        _places(network, land),
        land.area_index.ravel(),
        land.area_ids,
    )
    return impact, covers(*changed) if changed and changed[1] else {}


def _places(network: Network, land: Land) -> tuple[ServedPlace, ...]:
    """Return the places that a plan judges: those inside the district."""
    frame, grid = network.places, land.grid
    to_metres = Transformer.from_crs("EPSG:4326", grid.crs, always_xy=True)
    x, y = to_metres.transform(frame["lon"].to_numpy(float), frame["lat"].to_numpy(float))
    row, column, on_grid = grid.pixel_of(np.asarray(x), np.asarray(y))
    pixel = row * grid.width + column
    inside = land.inside.ravel()
    return tuple(
        ServedPlace(
            place["place_id"], place["name"], place["name_en"], place["kind"],
            place["lon"], place["lat"], int(pixel[n]),
        )
        for n, place in enumerate(frame.to_dict("records"))
        if on_grid[n] and inside[pixel[n]]
    )  # fmt: skip
