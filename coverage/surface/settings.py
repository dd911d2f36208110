"""What ``[surface]`` in ``ngbw.toml`` says about ground, buildings and land cover.

A setting that could have no effect beside the others is refused, so that nobody believes in it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, cast

from ...topology.errors import SettingError
from ...topology.settings import SETTINGS_FILE, nearest
from ..surface_model import CLUTTER_MAX_M, GROUND_MAX_M, GROUND_MIN_M
from .buildings import DEFAULT_HEIGHT_M
from .city_recipes import RECIPES
from .land_cover import CLUTTER_CLASSES, SCHEMES

__all__ = [
    "SURFACE_SETTINGS",
    "WITHOUT_BUILDINGS",
    "SurfaceSettings",
    "alternatives",
    "surface_settings",
]

WITHOUT_BUILDINGS = ("generated", "land-cover", "none")
"""What may stand in for building footprints."""

SURFACE_SETTINGS: dict[str, str] = {
    "dem": "terrain file, or several as a list: .tif, .tiff, .hgt",
    "dem_fill_m": "height of ground for which the terrain has none; without it that is an error",
    "flat_height_m": "height of the ground when there is no dem; 0",
    "buildings": "footprints: .geojson, .gpkg, .shp, .kml, .tab",
    "building_height_m": "height of a footprint without height and storeys; 18",
    "land_cover": "land-cover GeoTIFF",
    "land_cover_scheme": "how it numbers its classes: p1812, esa-worldcover, globeland30",
    "land_cover_fill": "class of pixels for which it has none; without it that is an error",
    "without_buildings": "what to take instead of footprints: generated (a city by statistics), "
    "land-cover (a representative height per class) or none",
    "city": "recipe of the generated city: walk-up, outer, old-town, towers, waterfront, business",
    "quarters": "area_id = recipe, for areas of which more is known",
}
"""Every setting of ``[surface]`` and what it means; the documentation lists them."""


@dataclass(frozen=True, slots=True)
class SurfaceSettings:
    """The checked settings; file names are relative to the project."""

    dem: tuple[str, ...] = ()
    dem_fill_m: float | None = None
    flat_height_m: float = 0.0
    buildings: str | None = None
    building_height_m: float = DEFAULT_HEIGHT_M
    land_cover: str | None = None
    land_cover_scheme: str = ""
    land_cover_fill: str | None = None
    without_buildings: Literal["generated", "land-cover", "none"] = "generated"
    city: str = "walk-up"
    quarters: Mapping[str, str] = field(default_factory=dict)

    @property
    def files(self) -> tuple[str, ...]:
        """Every file that the surface is made of, for the hashes of a run."""
        named = (*self.dem, self.buildings, self.land_cover)
        return tuple(name for name in named if name is not None)


def alternatives(settings: SurfaceSettings) -> Mapping[str, SurfaceSettings]:
    """Return settings of other cities that could as well be meant where none was surveyed.

    A plan that rests on a generated city is run over these too; how far coverage moves is how
    much the assumption is worth. Nothing is returned where buildings were given.
    """
    if settings.buildings is not None or settings.without_buildings != "generated":
        return {}
    return {
        f"{name} everywhere": replace(settings, city=name, quarters={})
        for name in ("outer", "towers")
        if settings.quarters or settings.city != name
    }


def _wrong(name: str, value: object, rule: str) -> SettingError:
    return SettingError(f"{SETTINGS_FILE}: surface.{name} is {value!r}; {rule}")


def _file(name: str, value: object) -> str:
    if not isinstance(value, str) or Path(value).name != value or value.startswith("."):
        raise _wrong(name, value, "give a plain file name that lies in the project directory")
    return value


def _metres(raw: Mapping[str, Any], name: str, lowest: float, highest: float) -> float | None:
    value = raw.get(name)
    if value is None:
        return None
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not number or not math.isfinite(value) or not lowest <= value <= highest:
        raise _wrong(name, value, f"give metres, {lowest:g} to {highest:g}")
    return float(value)


def _word(raw: Mapping[str, Any], name: str, words: list[str]) -> str | None:
    value = raw.get(name)
    if value is not None and value not in words:
        raise _wrong(name, value, f"use one of {', '.join(words)}{nearest(str(value), words)}")
    return value


def _useless(raw: Mapping[str, Any], names: tuple[str, ...], why: str) -> None:
    for name in names:
        if name in raw:
            raise SettingError(
                f"{SETTINGS_FILE}: surface.{name} has no effect, because {why}; leave it out"
            )


def surface_settings(raw: Mapping[str, Any]) -> SurfaceSettings:
    """Check the ``[surface]`` part of a project's settings; an empty one is sound.

    Raises
    ------
    SettingError
        A setting is unknown, wrong, missing beside another, or without effect.
    """
    for name in raw:
        if name not in SURFACE_SETTINGS:
            raise SettingError(
                f"{SETTINGS_FILE}: surface.{name} is not a setting{nearest(name, SURFACE_SETTINGS)}"
                f"; settings are {', '.join(SURFACE_SETTINGS)}"
            )
    dem = raw.get("dem")
    files = dem if isinstance(dem, list) else [] if dem is None else [dem]
    if dem is not None and not files:
        raise _wrong("dem", dem, "name at least one file, or leave it out")
    buildings = None if "buildings" not in raw else _file("buildings", raw["buildings"])
    land_cover = None if "land_cover" not in raw else _file("land_cover", raw["land_cover"])
    without = _word(raw, "without_buildings", list(WITHOUT_BUILDINGS)) or "generated"
    quarters = raw.get("quarters", {})
    if not isinstance(quarters, Mapping):
        raise _wrong("quarters", quarters, "write area_id = recipe in [surface.quarters]")
    for area_id, recipe in quarters.items():
        if recipe not in RECIPES:
            raise _wrong(f"quarters.{area_id}", recipe, f"use one of {', '.join(RECIPES)}")
    if dem is None:
        _useless(raw, ("dem_fill_m",), "there is no surface.dem")
    else:
        _useless(raw, ("flat_height_m",), "surface.dem gives the ground")
    if buildings is None:
        _useless(raw, ("building_height_m",), "there are no surface.buildings")
    else:
        _useless(raw, ("without_buildings", "city", "quarters"), "surface.buildings are given")
    if without != "generated":
        _useless(raw, ("city", "quarters"), f"surface.without_buildings is {without!r}")
    scheme = _word(raw, "land_cover_scheme", list(SCHEMES))
    if land_cover is None:
        _useless(raw, ("land_cover_scheme", "land_cover_fill"), "there is no surface.land_cover")
        if without == "land-cover":
            raise _wrong("without_buildings", without, "name the raster in surface.land_cover")
    elif scheme is None:
        raise SettingError(
            f"{SETTINGS_FILE}: surface.land_cover_scheme is missing; say how {land_cover} numbers "
            f"its classes: {', '.join(SCHEMES)}"
        )
    given_height_m = _metres(raw, "building_height_m", 1.0, CLUTTER_MAX_M)
    return SurfaceSettings(
        dem=tuple(_file("dem", name) for name in files),
        dem_fill_m=_metres(raw, "dem_fill_m", GROUND_MIN_M, GROUND_MAX_M),
        flat_height_m=_metres(raw, "flat_height_m", GROUND_MIN_M, GROUND_MAX_M) or 0.0,
        buildings=buildings,
        building_height_m=DEFAULT_HEIGHT_M if given_height_m is None else given_height_m,
        land_cover=land_cover,
        land_cover_scheme=scheme or "",
        land_cover_fill=_word(raw, "land_cover_fill", list(CLUTTER_CLASSES)),
        without_buildings=cast('Literal["generated", "land-cover", "none"]', without),
        city=_word(raw, "city", list(RECIPES)) or "walk-up",
        quarters={str(area_id): recipe for area_id, recipe in quarters.items()},
    )
