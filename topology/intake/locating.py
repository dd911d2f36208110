"""In which area a position lies: the subdistrict it belongs to, and whether it is in the district.

Positions on a border belong to the first area that touches them, in the order of the table.
Areas whose geometry is missing or broken hold nothing; :mod:`.validate` reports those.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely
from numpy.typing import ArrayLike, NDArray
from shapely.geometry.base import BaseGeometry

__all__ = ["inside_district", "subdistrict_at"]


def _sound(areas: pd.DataFrame, kind: str) -> tuple[list[str], list[BaseGeometry]]:
    """Return ids and geometries of the areas of that kind that can be asked."""
    ids: list[str] = []
    shapes: list[BaseGeometry] = []
    if "geometry" not in areas.columns:
        return ids, shapes
    for area_id, area_kind, shape in zip(
        areas["area_id"].tolist(), areas["kind"].tolist(), areas["geometry"].tolist(), strict=True
    ):
        whole = isinstance(shape, BaseGeometry) and not shape.is_empty and shape.is_valid
        if area_kind == kind and whole:
            ids.append(str(area_id))
            shapes.append(shape)
    return ids, shapes


def _first_hit(
    shapes: list[BaseGeometry], lon_deg: ArrayLike, lat_deg: ArrayLike
) -> NDArray[np.int64]:
    """Return for each position the number of the first shape that holds it, or -1."""
    lon, lat = np.asarray(lon_deg, dtype=float), np.asarray(lat_deg, dtype=float)
    hit = np.full(lon.shape, -1, dtype=np.int64)
    known = np.flatnonzero(np.isfinite(lon) & np.isfinite(lat))
    if not shapes or not known.size:
        return hit
    positions = shapely.points(lon[known], lat[known])
    which, shape = shapely.STRtree(shapes).query(positions, predicate="intersects")
    # Filled from the last shape to the first, so that the first one wins.
    for number in sorted(set(shape.tolist()), reverse=True):
        hit[known[which[shape == number]]] = number
    return hit


def subdistrict_at(areas: pd.DataFrame, lon_deg: ArrayLike, lat_deg: ArrayLike) -> list[str]:
    """Return for each position the ``area_id`` of its subdistrict, "" outside of all."""
    ids, shapes = _sound(areas, "subdistrict")
    return [ids[number] if number >= 0 else "" for number in _first_hit(shapes, lon_deg, lat_deg)]


def inside_district(
    areas: pd.DataFrame, lon_deg: ArrayLike, lat_deg: ArrayLike
) -> NDArray[np.bool_] | None:
    """Say which positions lie in an area of kind district; None when there is no such area."""
    _, shapes = _sound(areas, "district")
    if not shapes:
        return None
    return np.asarray(_first_hit(shapes, lon_deg, lat_deg) >= 0)
