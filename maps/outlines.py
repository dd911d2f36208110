"""The shapes of a map as GeoJSON that holds geometry and numbers, and no text at all.

Names of sites, places and areas are hostile text. folium writes its data into JavaScript, and
reads its own output as a template once more, so a name in there could run in the reader's browser
or in this program. Here every feature keeps only a number, by which the page finds its row of the
table; names reach the page through escaping templates alone.

Coordinates are WGS-84, rounded to 1e-5 degrees, about a metre.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

import shapely
from shapely.affinity import scale
from shapely.geometry import mapping, shape
from shapely.geometry.base import BaseGeometry
from shapely.ops import unary_union

from .bilingual import Both, named
from .coverage_map import CoverageMap, features

__all__ = [
    "district",
    "gap_outlines",
    "gap_points",
    "site_points",
    "subdistrict_labels",
    "subdistricts",
    "water",
]

_DIGITS = 5
_DEGREES_PER_M = 1.0 / 111_320.0
_SMALL_VERTICES = 16
"""Shapes of up to so many corners keep every one: a gap of one pixel stays a square."""

_AREA_TOLERANCE_M = 5.0

_CLOSING_PIXELS = 1.05
"""Specks up to twice as far apart are drawn as one; a hair above a pixel, so that neighbours of
neighbours meet."""

_LEAST_HOLE_PIXELS = 12

_SMOOTHING_PIXELS = 0.75
"""How far a large outline may leave its pixel edges; just above the step of a staircase (0.71)."""


def _rounded(coordinates: Any) -> Any:
    if isinstance(coordinates, (int, float)):
        return round(float(coordinates), _DIGITS)
    return [_rounded(one) for one in coordinates]


def _feature(geometry: BaseGeometry, **numbers: int) -> dict[str, Any]:
    plain = mapping(geometry)
    return {
        "type": "Feature",
        "properties": numbers,
        "geometry": {"type": plain["type"], "coordinates": _rounded(plain["coordinates"])},
    }


def _collection(found: Iterable[dict[str, Any]]) -> dict[str, Any]:
    return {"type": "FeatureCollection", "features": list(found)}


def _smoothed(geometry: BaseGeometry, step_m: float) -> BaseGeometry:
    """Return a pixel outline with fewer corners where it has many; never an empty one.

    Behind buildings a gap is hundreds of specks. It is drawn as what they cover together: closed
    over the distance at which specks count as one gap, then with fewer corners.
    """
    if shapely.get_num_coordinates(geometry) <= _SMALL_VERTICES:
        simple = geometry.simplify(1e-6, preserve_topology=True)
        return geometry if simple.is_empty else simple
    pixel = step_m * _DEGREES_PER_M
    # Degrees of longitude are shorter: closed in a frame in which both are alike.
    narrow = math.cos(math.radians(geometry.centroid.y))
    square = scale(geometry, narrow, 1.0, origin=(0.0, 0.0))
    reach = _CLOSING_PIXELS * pixel
    closed = square.buffer(reach, join_style="mitre").buffer(-reach, join_style="mitre")
    filled = shapely.union_all(
        [
            shapely.Polygon(part.exterior, [hole for hole in part.interiors if _wide(hole, pixel)])
            for part in shapely.get_parts(closed)
        ]
    )
    simple = filled.simplify(_SMOOTHING_PIXELS * pixel, preserve_topology=True)
    return geometry if simple.is_empty else scale(simple, 1.0 / narrow, 1.0, origin=(0.0, 0.0))


def _wide(hole: shapely.LinearRing, pixel: float) -> bool:
    """Return whether a hole in a gap is worth an outline."""
    return bool(shapely.Polygon(hole).area >= _LEAST_HOLE_PIXELS * pixel**2)


def _areas(map_: CoverageMap, kind: str) -> list[Mapping[str, Any]]:
    return [
        feature
        for feature in features(map_.areas)
        if (feature.get("properties") or {}).get("kind") == kind
    ]


def subdistricts(map_: CoverageMap) -> dict[str, Any]:
    """Return the borders of the subdistricts, numbered as in :func:`subdistrict_labels`."""
    return _collection(
        _feature(shape(feature["geometry"]).simplify(_AREA_TOLERANCE_M * _DEGREES_PER_M), n=number)
        for number, feature in enumerate(_areas(map_, "subdistrict"))
    )


def subdistrict_labels(map_: CoverageMap) -> tuple[dict[str, Any], list[Both]]:
    """Return a point inside each subdistrict for its label, and the labels by number."""
    found = _areas(map_, "subdistrict")
    points = _collection(
        _feature(shape(feature["geometry"]).representative_point(), n=number)
        for number, feature in enumerate(found)
    )
    names = [
        named(feature["properties"].get("name"), feature["properties"].get("name_en"))
        for feature in found
    ]
    return points, names


def district(map_: CoverageMap) -> dict[str, Any]:
    """Return the outline of the district: its own, or that of all its subdistricts together."""
    found = _areas(map_, "district") or _areas(map_, "subdistrict")
    if not found:
        return _collection(())
    whole = unary_union([shape(feature["geometry"]).buffer(0) for feature in found])
    return _collection([_feature(whole.simplify(_AREA_TOLERANCE_M * _DEGREES_PER_M), n=0)])


def water(map_: CoverageMap) -> dict[str, Any]:
    """Return the water of the district."""
    return _collection(
        _feature(shape(feature["geometry"]).simplify(_AREA_TOLERANCE_M * _DEGREES_PER_M), n=number)
        for number, feature in enumerate(_areas(map_, "water"))
    )


def gap_outlines(map_: CoverageMap) -> dict[str, Any]:
    """Return the outline of every gap, numbered by rank; none is left out for being small.

    Outlines are for finding a gap; its area and its people come from its pixels.
    """
    step_m = map_.raster.grid.step_m
    return _collection(
        _feature(
            _smoothed(shape(feature["geometry"]), step_m), n=int(feature["properties"]["rank"])
        )
        for feature in features(map_.gaps)
    )


def gap_points(map_: CoverageMap) -> dict[str, Any]:
    """Return where most people are in each gap, numbered by rank."""
    return _collection(
        _feature(shapely.Point(gap["lon"], gap["lat"]), n=int(gap["rank"]))
        for gap in sorted(map_.run["gaps"], key=lambda gap: int(gap["rank"]))
    )


def site_points(map_: CoverageMap) -> dict[str, Any]:
    """Return the planned sites, numbered by their order; ``fixed`` is 1 for those built before."""
    numbers = map_.site_numbers()
    origin = {site["site_id"]: site["origin"] for site in map_.run["sites"]["table"]}
    return _collection(
        _feature(
            shape(feature["geometry"]),
            n=numbers[feature["properties"]["site_id"]],
            fixed=int(origin[feature["properties"]["site_id"]] == "fixed"),
        )
        for feature in features(map_.sites)
    )
