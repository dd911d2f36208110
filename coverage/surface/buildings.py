"""Building footprints with heights, turned into the heights that a radio path meets on a grid.

A pixel is rarely roof or street alone. Footprints are first drawn on a fine raster (2.5 m or
finer), which says for every pixel which share of it is under roofs and how high those are on
average. Then as many pixels are built as have together the area of the roofs, those with the
largest share: a slab of 11 m depth does not vanish from a grid of 25 m, and the streets are not
filled either. Where footprints overlap, the tallest counts.

A height that is missing is made of the storeys, 3 m each, and without those from a default; how
often is counted, because a plan should say what it rests on.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from affine import Affine
from numpy.typing import NDArray
from rasterio.features import rasterize

from ...topology.errors import FileError, InputError, UsageError
from ...topology.files import read_table_file
from ..grid import Grid
from ..surface_model import CLUTTER_MAX_M

__all__ = [
    "DEFAULT_HEIGHT_M",
    "STOREY_M",
    "BuildingLayer",
    "built_pixels",
    "place_buildings",
    "read_buildings",
]

STOREY_M = 3.0
"""Height of a storey; dwellings have 2.8 to 3 m between floors."""

DEFAULT_HEIGHT_M = 18.0
"""Height without any word on it: six storeys, the walk-up block of Chinese cities."""

_FINE_M = 2.5
_STRIP_PIXELS = 8_000_000  # of the fine raster at once
_MAX_BUILDINGS = 2_000_000
_MAX_STOREYS = 300
_HEIGHT_NAMES = ("height_m", "height", "高度")
_STOREY_NAMES = ("storeys", "building:levels", "levels", "floors", "层数")
_WITH_UNIT = re.compile(r"([-+]?[0-9]+(?:[.,][0-9]+)?)\s*(?:m|米)?", re.ASCII)


@dataclass(frozen=True, slots=True, eq=False)
class BuildingLayer:
    """Buildings on a grid.

    Attributes
    ----------
    clutter_m
        Height of the building that stands for the pixel, float32; 0 is open.
    roof_share
        Share of the pixel under roofs, 0..1, also of pixels that count as open.
    source
        Where the footprints come from.
    assumed
        What was assumed rather than read, one sentence each.
    buildings
        Footprints that touch the grid.
    """

    clutter_m: NDArray[np.float32]
    roof_share: NDArray[np.float32]
    source: str
    assumed: tuple[str, ...]
    buildings: int


def built_pixels(
    roof_share: NDArray[np.float32], mean_height_m: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Return clutter heights of the pixels with the largest shares under roofs.

    Parameters
    ----------
    roof_share
        Share of each pixel under roofs.
    mean_height_m
        Mean height of the roofs in it.

    Returns
    -------
    array
        ``mean_height_m`` in as many pixels as have together the area of the roofs (one at least
        where there is a roof), 0 in the others. Which of equal shares are taken is spread evenly
        over the grid.
    """
    clutter_m = np.zeros(roof_share.shape, np.float32)
    roofed = np.flatnonzero(roof_share > 0)
    if not roofed.size:
        return clutter_m
    shares = roof_share.ravel()[roofed]
    count = min(roofed.size, max(1, round(float(shares.sum(dtype=np.float64)))))
    least = np.partition(shares, shares.size - count)[shares.size - count]
    above, equal = roofed[shares > least], roofed[shares == least]
    # On a fine grid many shares are equal. Taking them from the north would build up one end of
    # the district; the multiples of these two numbers (Roberts' R2 sequence) are spread evenly.
    row, column = np.divmod(equal, roof_share.shape[1])
    turn = np.mod(row * 0.7548776662466927 + column * 0.5698402909980532, 1.0)
    spread = equal[np.argsort(turn, kind="stable")[: count - above.size]]
    chosen = np.concatenate([above, spread])
    clutter_m.flat[chosen] = mean_height_m.ravel()[chosen]
    return clutter_m


def read_buildings(path: Path, crs: str) -> gpd.GeoDataFrame:
    """Read footprints from a GeoJSON, GeoPackage or another vector file into a projected system.

    Raises
    ------
    MissingError, UsageError, FileError, SurroundingsError
        As :func:`ngbw.topology.files.read_table_file`.
    FileError
        The file has no geometry or does not state its coordinate system.
    """
    table = read_table_file(path)
    if "geometry" not in table.frame.columns:
        raise FileError(f"{path.name} has no geometry; footprints are polygons")
    if table.crs is None:
        raise FileError(f"{path.name} does not state its coordinate system; export it in EPSG:4326")
    frame = gpd.GeoDataFrame(table.frame, geometry="geometry", crs=table.crs)
    return frame.to_crs(crs)


def _number(value: object, name: str, row: object, unit: str) -> float:
    """Return the number in a cell, NaN when it is empty."""
    if value is None or value is pd.NA or (isinstance(value, float) and math.isnan(value)):
        return math.nan
    if isinstance(value, (int, float, np.number)) and not isinstance(value, bool):
        return float(value)
    text = str(value).strip()
    if not text:
        return math.nan
    found = _WITH_UNIT.fullmatch(text)
    if found is None:
        raise InputError(
            f"buildings: {name} of row {row} is {text[:40]!r}; it must be a number{unit} or empty"
        )
    return float(found[1].replace(",", "."))


def _column(
    frame: gpd.GeoDataFrame, names: tuple[str, ...], highest: float, unit: str
) -> NDArray[np.float64]:
    """Return the first column of those names as numbers; NaN where empty or not above 0."""
    name = next((name for name in names if name in frame.columns), None)
    if name is None:
        return np.full(len(frame), math.nan)
    cells = zip(frame.index.tolist(), frame[name].tolist(), strict=True)
    numbers = np.array([_number(value, name, row, unit) for row, value in cells], np.float64)
    wrong = np.flatnonzero(np.isinf(numbers) | (numbers > highest))
    if wrong.size:
        raise InputError(
            f"buildings: {name} of row {frame.index[wrong[0]]} is {numbers[wrong[0]]:g}; it must "
            f"be a number{unit} up to {highest:g} ({wrong.size} rows are above it)"
        )
    # 0 is how many exports write "not known"; a roof below the ground is not one either.
    numbers[~(numbers > 0)] = math.nan
    return numbers


def _heights(
    frame: gpd.GeoDataFrame, default_height_m: float
) -> tuple[NDArray[np.float64], list[str]]:
    """Return a height for every footprint, and sentences on those that were made up."""
    height_m = _column(frame, _HEIGHT_NAMES, CLUTTER_MAX_M, " in m")
    storeys = _column(frame, _STOREY_NAMES, _MAX_STOREYS, "")
    by_storeys = np.isnan(height_m) & ~np.isnan(storeys)
    height_m[by_storeys] = storeys[by_storeys] * STOREY_M
    by_default = np.isnan(height_m)
    height_m[by_default] = default_height_m
    total = len(frame)
    assumed = []
    if by_storeys.any():
        assumed.append(
            f"{int(by_storeys.sum())} of {total} buildings have no height: taken as storeys times "
            f"{STOREY_M:g} m"
        )
    if by_default.any():
        assumed.append(
            f"{int(by_default.sum())} of {total} buildings have neither height nor storeys: taken "
            f"as {default_height_m:g} m"
        )
    return height_m, assumed


def _polygons(frame: gpd.GeoDataFrame) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """Return valid polygons, and which rows have one."""
    shapes = np.asarray(frame.geometry.to_numpy(), dtype=object)
    wrong = ~shapely.is_valid(shapes) & ~shapely.is_missing(shapes)
    shapes[wrong] = shapely.make_valid(shapes[wrong])
    # A line or point has no area, nor has what remains of a polygon that was none.
    return shapes, np.nan_to_num(shapely.area(shapes)) > 0


def place_buildings(
    frame: gpd.GeoDataFrame,
    grid: Grid,
    *,
    source: str = "building footprints",
    default_height_m: float = DEFAULT_HEIGHT_M,
) -> BuildingLayer:
    """Draw footprints on a grid.

    Parameters
    ----------
    frame
        Polygons with ``height_m`` or ``storeys`` (also ``height``, ``building:levels``,
        ``levels``, ``floors``) where known, in any stated coordinate system.
    source
        Where they come from, for the legend.
    default_height_m
        Height of a building that says nothing about it.

    Raises
    ------
    UsageError
        The default is no height.
    InputError
        The frame has no coordinate system, too many rows, a height that is none, or no building
        on the grid.
    """
    if not 0 < default_height_m <= CLUTTER_MAX_M:
        raise UsageError(
            f"the default height of a building is {default_height_m}; give metres up to "
            f"{CLUTTER_MAX_M:g}"
        )
    if frame.crs is None:
        raise InputError("buildings: the footprints have no coordinate system; set their crs")
    if len(frame) > _MAX_BUILDINGS:
        raise InputError(
            f"buildings: {len(frame):,} footprints are more than {_MAX_BUILDINGS:,}; cut them to "
            "the district"
        )
    frame = frame.to_crs(grid.crs)
    shapes, usable = _polygons(frame)
    west, south, east, north = grid.bounds_m
    bounds = shapely.bounds(shapes)
    with np.errstate(invalid="ignore"):  # rows without a shape have NaN bounds
        near = usable & (bounds[:, 2] > west) & (bounds[:, 0] < east)
        near &= (bounds[:, 3] > south) & (bounds[:, 1] < north)
    if not near.any():
        raise InputError(
            f"buildings: none of {len(frame)} rows of {source} is a polygon on the grid; check "
            "that they are footprints of this district"
        )
    height_m, assumed = _heights(frame[near], default_height_m)
    skipped = int(np.count_nonzero(~usable))
    if skipped:
        assumed.append(f"{skipped} rows of {source} have no area and were left out")
    roof_share, mean_height_m = _drawn(shapes[near], bounds[near], height_m, grid)
    return BuildingLayer(
        built_pixels(roof_share, mean_height_m),
        roof_share,
        source,
        tuple(assumed),
        int(np.count_nonzero(near)),
    )


def _drawn(
    shapes: NDArray[Any], bounds: NDArray[np.float64], height_m: NDArray[np.float64], grid: Grid
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the share of every pixel under roofs and their mean height."""
    order = np.argsort(height_m, kind="stable")  # later shapes cover earlier ones
    shapes, bounds, height_m = shapes[order], bounds[order], height_m[order]
    side = max(3, math.ceil(grid.step_m / _FINE_M - 1e-9))
    fine_m = grid.step_m / side
    roof_share = np.zeros(grid.shape, np.float32)
    mean_height_m = np.zeros(grid.shape, np.float32)
    strip_rows = max(1, _STRIP_PIXELS // (grid.width * side * side))
    for first in range(0, grid.height, strip_rows):
        last = min(first + strip_rows, grid.height)
        top = grid.top_m - first * grid.step_m
        bottom = grid.top_m - last * grid.step_m
        here = np.flatnonzero((bounds[:, 3] > bottom) & (bounds[:, 1] < top))
        if not here.size:
            continue
        fine = np.zeros(((last - first) * side, grid.width * side), np.float32)
        rasterize(
            zip(shapes[here].tolist(), height_m[here].tolist(), strict=True),
            out=fine,
            transform=Affine(fine_m, 0, grid.left_m, 0, -fine_m, top),
        )
        blocks = fine.reshape(last - first, side, grid.width, side)
        roofs = np.count_nonzero(blocks, axis=(1, 3))
        roof_share[first:last] = roofs / side**2
        mean_height_m[first:last] = blocks.sum(axis=(1, 3), dtype=np.float64) / np.maximum(roofs, 1)
    return roof_share, mean_height_m
