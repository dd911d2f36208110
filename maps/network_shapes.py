"""The shapes of a network map as plain data that holds geometry and numbers, and no text at all.

Names are hostile text and reach the page through escaping templates alone; here everything keeps
only the number by which the page finds its row. Coordinates are latitude and longitude in WGS-84
degrees, rounded to 1e-5, about a metre.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import shapely
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from .network_map import NetworkMap

__all__ = ["SITE_SHAPES", "bounds_of", "fallen_shapes", "group_shapes", "network_shapes"]

SITE_SHAPES = {
    "headend": "headend", "exchange": "exchange", "idc": "idc", "olt": "olt", "ngb-w": "radio",
}  # fmt: skip
"""Kind of a site to the mark that stands for it; any other kind has the mark ``other``."""

_DIGITS = 5
_TOLERANCE_DEG = 5.0 / 111_320.0


def _pairs(line: BaseGeometry) -> list[list[float]]:
    """Return the points of a line, latitude first."""
    return [[round(y, _DIGITS), round(x, _DIGITS)] for x, y in line.coords]


def _lines(geometry: BaseGeometry) -> list[list[list[float]]]:
    parts = getattr(geometry, "geoms", [geometry])
    return [_pairs(part) for part in parts]


def _rings(geometry: BaseGeometry) -> list[list[list[list[float]]]]:
    """Return the polygons of a shape, each as its outline and its holes."""
    parts = shapely.get_parts(geometry)
    return [
        [_pairs(part.exterior), *(_pairs(hole) for hole in part.interiors)]
        for part in parts
        if part.geom_type == "Polygon" and not part.is_empty
    ]


def _areas(map_: NetworkMap, kind: str) -> list[Any]:
    frame = map_.network.areas
    if "geometry" not in frame.columns:
        return []
    found = frame.loc[(frame["kind"] == kind) & frame["geometry"].notna(), "geometry"]
    return [one.simplify(_TOLERANCE_DEG) for one in found]


def network_shapes(map_: NetworkMap) -> dict[str, Any]:
    """Return areas, links and sites, each with its number and how it is drawn."""
    district = _areas(map_, "district") or _areas(map_, "subdistrict")
    whole = shapely.union_all([one.buffer(0) for one in district])
    return {
        "district": _rings(whole),
        "areas": [_rings(one) for one in _areas(map_, "subdistrict")],
        "water": [_rings(one) for one in _areas(map_, "water")],
        "links": [
            {
                "n": link.number,
                "lines": [line for part in link.lines for line in _lines(part)],
                "placed": link.placed,
                "classes": list(link.classes),
                "ring": link.ring,
                "spur": link.route == "spur",
            }
            for link in map_.links
        ],
        "sites": [
            {
                "n": site.number,
                "at": [round(site.lat, _DIGITS), round(site.lon, _DIGITS)],
                "shape": SITE_SHAPES.get(site.kind, "other"),
                "point": site.single_point,
            }
            for site in map_.sites
        ],
    }


def group_shapes(map_: NetworkMap, groups: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the ground of risk groups, numbered from 1 in the order given.

    Parameters
    ----------
    groups
        Rows of ``groups.worst`` of the document of all failures.
    """
    spans = map_.network.spans
    lines = (
        {}
        if "geometry" not in spans.columns
        else dict(zip(spans["span_id"], spans["geometry"], strict=True))
    )
    out = []
    for number, group in enumerate(groups, start=1):
        ground = [lines[span] for span in group["spans"] if lines.get(span) is not None]
        out.append(
            {
                "n": number,
                "lines": [line for one in ground for line in _lines(one)],
                "at": [round(group["lat"], _DIGITS), round(group["lon"], _DIGITS)],
                "harms": bool(group["sites"]),
            }
        )
    return out


def fallen_shapes(features: Mapping[str, Any]) -> dict[str, Any]:
    """Return what failed and what goes dark on the ground.

    Parameters
    ----------
    features
        GeoJSON of a failure (see :func:`.what_falls`).

    Returns
    -------
    dict
        ``cut``: lines of spans that failed; ``dark``: polygons of pixels without coverage;
        ``within``: polygons that were given to fail.
    """
    found: dict[str, list[Any]] = {"cut": [], "dark": [], "within": []}
    for feature in features["features"]:
        geometry = shape(feature["geometry"])
        kind = feature["properties"]["kind"]
        if kind == "dark-pixels":
            found["dark"] += _rings(geometry)
        elif kind == "area":
            found["within"] += _rings(geometry)
        elif kind == "failed-span":
            found["cut"] += _lines(geometry)
    return found


def bounds_of(shapes: Mapping[str, Any]) -> list[list[float]] | None:
    """Return south-west and north-east of the district, or of links and sites without one."""
    pairs: list[list[float]] = [pair for part in shapes["district"] for pair in part[0]]
    if not pairs:
        pairs = [pair for link in shapes["links"] for line in link["lines"] for pair in line]
        pairs += [site["at"] for site in shapes["sites"]]
    if not pairs:
        return None
    lats, lons = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    return [[min(lats), min(lons)], [max(lats), max(lons)]]
