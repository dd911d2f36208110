"""What goes dark on the radio when sites fail: pixels, people and places.

Which pixels each site serves on its own is worked out once, from cached layers; after that any
failure is a count. A pixel goes dark when the last of the sites that serve it does, so that a
failure never takes more than the remaining sites leave open. Served or not is decided as a plan
decides it, on the median field and the weaker link, so that what is served before the failure is
what the plan says; that the cells which are left interfere less is not counted.
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
from .demand import Land
from .grid import Grid
from .ground import ground_of
from .progress import Progress, silent
from .transmitters import stations
from .verdict import pixels_served

__all__ = ["Darkness", "Impact", "ServedPlace", "outline", "radio_impact"]

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
    ground = ground_of(network, settings, service_id, cache_directory=cache_directory, threads=None)
    land, people = ground.land, ground.people
    wanted = land.inside.ravel() | (people > 0)

    def covers(of: Network, sites: Sequence[str]) -> dict[str, Pixels]:
        where = stations(of, sites, ground.service, settings.crs)
        found = pixels_served(ground, where, progress, wanted=wanted)
        return {
            station.site.site_id: pixels.astype(np.int32)
            for station, pixels in zip(where, found, strict=True)
        }

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
