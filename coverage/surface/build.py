"""Puts the surface of a project together: its files where it has them, assumptions where not.

======================  ==========================================================================
ground                  the terrain files, or flat
buildings               footprints; or a generated city; or one height per land-cover class; or
                        none
trees                   from the land cover, wherever no building stands
======================  ==========================================================================

The generated city keeps water and exclusion areas of the project free, and where there is a land
cover it stands only on built-up land. What was assumed is said in ``Surface.assumed``, and a plan
shows it beside its figures.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from ...topology.errors import MissingError, SettingError
from ...topology.network import Network
from ...topology.settings import SETTINGS_FILE, nearest
from ..grid import Grid
from ..surface_model import Surface
from .buildings import place_buildings, read_buildings
from .generated_city import generate_city
from .land_cover import CLUTTER_CLASSES, LandCover, read_land_cover
from .settings import SurfaceSettings, surface_settings
from .terrain import Terrain, flat_terrain, read_terrain

__all__ = ["build_surface", "surface_from_project"]

_KEPT_FREE = ("water", "exclusion")


@dataclass(frozen=True, slots=True, eq=False)
class _Clutter:
    """What stands on the ground, and the words about it."""

    clutter_m: NDArray[np.float32]
    building: NDArray[np.bool_]
    source: str
    assumed: tuple[str, ...]


def surface_from_project(
    network: Network, raw: Mapping[str, Any], grid: Grid, *, directory: Path
) -> Surface:
    """Return the surface of a project on a grid.

    Parameters
    ----------
    network
        Its areas say what is water and which quarter is which.
    raw
        The ``[surface]`` part of the settings as it stands in the file; empty for flat ground and
        a generated city.
    directory
        Where the named files lie.

    Raises
    ------
    SettingError
        A setting is wrong.
    MissingError, FileError, InputError
        A named file does not exist, is not what it claims to be, or does not fit the project.
    """
    return build_surface(network, surface_settings(raw), grid, directory=directory)


def build_surface(
    network: Network, settings: SurfaceSettings, grid: Grid, *, directory: Path
) -> Surface:
    """Return the surface that checked settings describe; raises like the other."""
    terrain = _terrain(settings, grid, directory)
    cover = _land_cover(settings, grid, directory)
    clutter = _clutter(network, settings, cover, grid, directory)
    clutter_m, source, assumed = clutter.clutter_m, clutter.source, clutter.assumed
    if cover is not None:
        trees = cover.is_class("trees") & (clutter_m == 0)
        clutter_m = np.where(trees, np.float32(CLUTTER_CLASSES["trees"].height_m), clutter_m)
        source = f"{source}; {cover.source}"
        assumed = (*assumed, *cover.assumed)
    return Surface(
        grid,
        terrain.ground_m,
        clutter_m,
        f"{terrain.source}; {source}",
        (*terrain.assumed, *assumed),
        clutter.building,
    )


def _file(directory: Path, name: str, setting: str) -> Path:
    path = directory / name
    if not path.is_file():
        raise MissingError(
            f"{SETTINGS_FILE}: surface.{setting} names {name}, which is not in {directory}; put it "
            "there or leave the setting out"
        )
    return path


def _terrain(settings: SurfaceSettings, grid: Grid, directory: Path) -> Terrain:
    if not settings.dem:
        return flat_terrain(grid, settings.flat_height_m)
    paths = [_file(directory, name, "dem") for name in settings.dem]
    return read_terrain(paths, grid, fill_m=settings.dem_fill_m)


def _land_cover(settings: SurfaceSettings, grid: Grid, directory: Path) -> LandCover | None:
    if settings.land_cover is None:
        return None
    return read_land_cover(
        _file(directory, settings.land_cover, "land_cover"),
        grid,
        scheme=settings.land_cover_scheme,
        fill=settings.land_cover_fill,
    )


def _clutter(
    network: Network,
    settings: SurfaceSettings,
    cover: LandCover | None,
    grid: Grid,
    directory: Path,
) -> _Clutter:
    nothing = np.zeros(grid.shape, np.float32)
    if settings.buildings is not None:
        path = _file(directory, settings.buildings, "buildings")
        layer = place_buildings(
            read_buildings(path, grid.crs),
            grid,
            source=path.name,
            default_height_m=settings.building_height_m,
        )
        return _Clutter(layer.clutter_m, layer.clutter_m > 0, layer.source, layer.assumed)
    if settings.without_buildings == "none":
        words = ("no building footprints: the ground is taken as open",)
        return _Clutter(nothing, nothing > 0, "no buildings", words)
    if settings.without_buildings == "land-cover":
        if cover is None:
            raise SettingError(
                f"{SETTINGS_FILE}: surface.without_buildings is 'land-cover'; name the raster in "
                "surface.land_cover"
            )
        words = ("no building footprints: built-up land has the height of its class everywhere",)
        heights_m = np.where(cover.fabric(), cover.height_m(), nothing)
        # The class says nothing of where houses stand in it, so no pixel is known to be indoors.
        return _Clutter(heights_m, nothing > 0, "representative heights", words)
    city = generate_city(
        grid,
        keep_free=_areas(network, grid, kinds=_KEPT_FREE),
        quarters=_quarters(network, settings, grid),
        default=settings.city,
    )
    layer = city.layer
    clutter_m = layer.clutter_m
    if cover is not None:
        clutter_m = np.where(cover.fabric(), clutter_m, nothing)
    return _Clutter(clutter_m, clutter_m > 0, layer.source, layer.assumed)


def _projected(shapes: list[BaseGeometry], grid: Grid) -> list[BaseGeometry]:
    known = [shape for shape in shapes if shape is not None and not shape.is_empty]
    moved = gpd.GeoSeries(known, crs="EPSG:4326").to_crs(grid.crs)
    return list(shapely.make_valid(np.asarray(moved.to_numpy(), dtype=object)))


def _areas(network: Network, grid: Grid, *, kinds: tuple[str, ...]) -> list[BaseGeometry]:
    areas = network.areas
    if "geometry" not in areas.columns:
        return []
    return _projected(areas.loc[areas["kind"].isin(kinds), "geometry"].tolist(), grid)


def _quarters(
    network: Network, settings: SurfaceSettings, grid: Grid
) -> list[tuple[BaseGeometry, str]]:
    areas = network.areas
    ids = areas["area_id"].tolist()
    quarters = []
    for area_id, recipe in settings.quarters.items():
        if area_id not in ids or "geometry" not in areas.columns:
            raise SettingError(
                f"{SETTINGS_FILE}: surface.quarters names the area {area_id!r}, which the table "
                f"areas does not have{nearest(area_id, ids)}"
            )
        shapes = areas.loc[areas["area_id"] == area_id, "geometry"].tolist()
        quarters += [(shape, recipe) for shape in _projected(shapes, grid)]
    return quarters
