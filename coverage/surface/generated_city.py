"""A city where nobody has drawn the buildings: generated, the same every time, and marked so.

Radio in a city is decided by buildings, and their footprints are often not to be had. This module
lays out slabs in blocks of 100 m with the density, the share of ground under roofs and the heights
that were counted in Shanghai subdistricts. It is a statement about statistics, never about a
house: nothing here may be quoted as the height of a real roof.

A block is a cell of a lattice that is anchored in the projected coordinate system and turned into
the direction of the slabs, which face the sun. It is divided into slots, two abreast; a slot is
empty or holds one building, which cannot reach into the next. Everything a block draws comes from
the SHA-256 of its name, so that two grids that overlap see the same city.

Heights are drawn from the counted quantiles. In short they are 15 % of low houses (6 to 12 m), 70 %
of walk-up slabs of five to seven storeys (about N(17, 4) m) and 15 % of towers (35 m and more).
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from ...topology.compiled import compiled
from ...topology.errors import InputError, UsageError
from ..grid import Grid
from .buildings import BuildingLayer, built_pixels
from .city_recipes import (
    BLOCK_M,
    GAP_M,
    RECIPES,
    SHARES,
    SLOTS_ABREAST,
    CityRecipe,
    layout_of,
    sides_at,
)

__all__ = ["GeneratedCity", "generate_city"]

_AXIS_DEG = 66.0
_CROSSWISE = 0.185
_FINE_M = 2.5
_MAX_BLOCKS = 2_000_000


@dataclass(frozen=True, slots=True, eq=False)
class GeneratedCity:
    """Generated buildings, as outlines and on the grid.

    Attributes
    ----------
    layer
        The buildings on the grid.
    x_m, y_m
        Centres, in the grid's coordinate system.
    long_m, short_m
        Sides.
    azimuth_deg
        Direction of the long side, clockwise from grid north, 0..180.
    height_m
        Height above ground.
    recipe
        Index of the quarter's recipe in ``recipes``.
    recipes
        The recipes that were used, by name.
    """

    grid: Grid
    layer: BuildingLayer
    x_m: NDArray[np.float64]
    y_m: NDArray[np.float64]
    long_m: NDArray[np.float64]
    short_m: NDArray[np.float64]
    azimuth_deg: NDArray[np.float64]
    height_m: NDArray[np.float64]
    recipe: NDArray[np.int64]
    recipes: tuple[str, ...]

    def footprints(self) -> gpd.GeoDataFrame:
        """Return the buildings as polygons, each marked as assumed."""
        shapes = _rectangles(self.x_m, self.y_m, self.long_m, self.short_m, self.azimuth_deg)
        columns = {
            "height_m": self.height_m.round(1),
            "recipe": np.array(self.recipes, dtype=object)[self.recipe],
            "source": self.layer.source,
            "assumed": "*",
        }
        return gpd.GeoDataFrame(columns, geometry=shapes, crs=self.grid.crs)


def _block_seeds(crs: str, column: NDArray[np.int64], row: NDArray[np.int64]) -> NDArray[np.uint64]:
    """Return the first 8 bytes of the SHA-256 of every block's name."""
    digests = b"".join(
        hashlib.sha256(f"{crs}:block:{i}:{j}".encode()).digest()[:8]
        for i, j in zip(column.tolist(), row.tolist(), strict=True)
    )
    return np.frombuffer(digests, dtype="<u8").astype(np.uint64)


def _drawn(seeds: NDArray[np.uint64], number: NDArray[np.uint64]) -> NDArray[np.float64]:
    """Return evenly distributed draws from 0 to below 1: SplitMix64, the number-th of each seed."""
    z = seeds + (number + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    z ^= z >> np.uint64(31)
    draws: NDArray[np.float64] = (z >> np.uint64(11)).astype(np.float64) * 2.0**-53
    return draws


def _turned(
    along: NDArray[np.floating], across: NDArray[np.floating]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return easting and northing of positions along and across the slabs."""
    sin, cos = math.sin(math.radians(_AXIS_DEG)), math.cos(math.radians(_AXIS_DEG))
    return along * sin - across * cos, along * cos + across * sin


def _straight(
    x: NDArray[np.float64], y: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return positions along and across the slabs: :func:`_turned` backwards."""
    sin, cos = math.sin(math.radians(_AXIS_DEG)), math.cos(math.radians(_AXIS_DEG))
    return x * sin + y * cos, -x * cos + y * sin


def _rectangles(
    x_m: NDArray[np.float64],
    y_m: NDArray[np.float64],
    long_m: NDArray[np.float64],
    short_m: NDArray[np.float64],
    azimuth_deg: NDArray[np.float64],
) -> NDArray[Any]:
    """Return outlines as polygons."""
    azimuth = np.radians(azimuth_deg)
    sin, cos = np.sin(azimuth), np.cos(azimuth)
    corners = np.empty((len(x_m), 5, 2))
    for n, (along, across) in enumerate(((1, 1), (1, -1), (-1, -1), (-1, 1), (1, 1))):
        half_long, half_short = along * long_m / 2, across * short_m / 2
        corners[:, n, 0] = x_m + half_long * sin - half_short * cos
        corners[:, n, 1] = y_m + half_long * cos + half_short * sin
    return np.asarray(shapely.polygons(corners), dtype=object)


def generate_city(
    grid: Grid,
    *,
    keep_free: Sequence[BaseGeometry] = (),
    quarters: Sequence[tuple[BaseGeometry, str]] = (),
    default: str = "walk-up",
    recipes: Mapping[str, CityRecipe] = RECIPES,
) -> GeneratedCity:
    """Build a city over a grid.

    Parameters
    ----------
    keep_free
        Water, parks and other areas, in the grid's coordinate system, that no building touches.
    quarters
        Areas with the name of their recipe; the first one that holds a block's centre counts.
    default
        Recipe of blocks in no quarter.
    recipes
        What there is to choose from.

    Raises
    ------
    UsageError
        A recipe is not known or cannot be built.
    InputError
        The grid is too large.
    """
    names = tuple(dict.fromkeys([default, *(name for _, name in quarters)]))
    for name in names:
        if name not in recipes:
            raise UsageError(f"city recipe {name!r} is not known; use one of {', '.join(recipes)}")
    layouts = [layout_of(recipes[name]) for name in names]
    first_column, first_row, columns, rows = _blocks_over(grid)
    column, row = (
        index.ravel()
        for index in np.meshgrid(
            np.arange(first_column, first_column + columns),
            np.arange(first_row, first_row + rows),
            indexing="ij",
        )
    )
    quarter = _quarter_of(grid, column, row, quarters, names)
    slots = SLOTS_ABREAST * max(layout.rows for layout in layouts)
    seeds = _block_seeds(grid.crs, column, row)

    slot = np.arange(slots)
    block_rows = np.array([layout.rows for layout in layouts])[quarter][:, None]
    chance = np.array([layout.chance for layout in layouts])[quarter][:, None]
    scale = np.array([layout.scale for layout in layouts])[quarter][:, None]
    crosswise = _drawn(seeds, np.zeros(1, np.uint64)) < _CROSSWISE

    def draw(what: int) -> NDArray[np.float64]:
        # Number 0 is the block's own; each slot has eight of its own after it.
        return _drawn(seeds[:, None], np.asarray(1 + 8 * slot + what, np.uint64)[None, :])

    depth_m = BLOCK_M / block_rows
    stands = (slot[None, :] < SLOTS_ABREAST * block_rows) & (draw(0) < chance)
    long_m, short_m = sides_at(draw(1), scale, depth_m)
    height_m = np.zeros(stands.shape)
    height_share = draw(2)
    for number, name in enumerate(names):
        mine = quarter == number
        height_m[mine] = np.interp(height_share[mine], SHARES, recipes[name].heights_m)
    slot_m = BLOCK_M / SLOTS_ABREAST
    along_m = (slot % SLOTS_ABREAST + 0.5) * slot_m + (draw(3) - 0.5) * (slot_m - GAP_M - long_m)
    across_m = (slot // SLOTS_ABREAST + 0.5) * depth_m
    across_m = across_m + (draw(4) - 0.5) * (depth_m - GAP_M - short_m)

    # In a crosswise block along and across change places.
    turn = crosswise[:, None]
    x_m, y_m = _turned(
        column[:, None] * BLOCK_M + np.where(turn, across_m, along_m),
        row[:, None] * BLOCK_M + np.where(turn, along_m, across_m),
    )
    azimuth_deg = np.where(turn, (_AXIS_DEG + 90.0) % 180.0, _AXIS_DEG) + np.zeros(stands.shape)
    if keep_free:
        stands &= ~_touching(keep_free, grid, stands, x_m, y_m, long_m, short_m, azimuth_deg)

    # What the kernel needs of a slot, in single file: centre, half sides, height.
    half_along = np.where(turn, short_m, long_m) / 2
    half_across = np.where(turn, long_m, short_m) / 2
    packed = np.stack(
        [
            np.where(turn, across_m, along_m),
            np.where(turn, along_m, across_m),
            half_along,
            half_across,
            np.where(stands, height_m, 0.0),
        ],
        axis=-1,
    ).astype(np.float32)
    roof_share = np.zeros(grid.shape, np.float32)
    mean_height_m = np.zeros(grid.shape, np.float32)
    _rasterise(
        packed.reshape(columns, rows, slots, 5),
        crosswise.reshape(columns, rows),
        block_rows.ravel().astype(np.int64).reshape(columns, rows),
        first_column,
        first_row,
        grid.left_m,
        grid.top_m,
        grid.step_m,
        max(3, math.ceil(grid.step_m / _FINE_M - 1e-9)),
        math.sin(math.radians(_AXIS_DEG)),
        math.cos(math.radians(_AXIS_DEG)),
        roof_share,
        mean_height_m,
    )
    west, south, east, north = grid.bounds_m
    listed = stands & (x_m >= west) & (x_m < east) & (y_m > south) & (y_m <= north)
    count = int(np.count_nonzero(listed))
    built_as = np.broadcast_to(quarter[:, None], stands.shape)[listed]
    used = [names[number] for number in np.unique(built_as)]
    after = "; ".join(f"{recipes[name].source} ({name})" for name in used)
    layer = BuildingLayer(
        built_pixels(roof_share, mean_height_m),
        roof_share,
        "generated buildings",
        (
            f"no building footprints: {count} buildings are generated"
            + (f" after {after}" if used else ", as everything is to be kept free"),
        ),
        count,
    )
    return GeneratedCity(
        grid,
        layer,
        x_m[listed],
        y_m[listed],
        long_m[listed],
        short_m[listed],
        azimuth_deg[listed],
        height_m[listed],
        built_as,
        names,
    )


def _blocks_over(grid: Grid) -> tuple[int, int, int, int]:
    """Return first column and row, and numbers of columns and rows, of the blocks over a grid."""
    west, south, east, north = grid.bounds_m
    along, across = _straight(
        np.array([west, west, east, east]), np.array([south, north, south, north])
    )
    first_column, last_column = (math.floor(v / BLOCK_M) for v in (along.min(), along.max()))
    first_row, last_row = (math.floor(v / BLOCK_M) for v in (across.min(), across.max()))
    columns, rows = last_column - first_column + 1, last_row - first_row + 1
    if columns * rows > _MAX_BLOCKS:
        raise InputError(
            f"the area is too large for generated buildings: {columns * rows:,} blocks of "
            f"{BLOCK_M:g} m, more than {_MAX_BLOCKS:,}; give building footprints"
        )
    return first_column, first_row, columns, rows


def _quarter_of(
    grid: Grid,
    column: NDArray[np.int64],
    row: NDArray[np.int64],
    quarters: Sequence[tuple[BaseGeometry, str]],
    names: tuple[str, ...],
) -> NDArray[np.int64]:
    """Return the recipe of each block, by its centre."""
    found = np.zeros(len(column), np.int64)
    x_m, y_m = _turned((column + 0.5) * BLOCK_M, (row + 0.5) * BLOCK_M)
    for shape, name in reversed(quarters):  # so that the first one is laid over the others
        shapely.prepare(shape)
        found[shapely.contains_xy(shape, x_m, y_m)] = names.index(name)
    return found


def _touching(
    keep_free: Sequence[BaseGeometry],
    grid: Grid,
    stands: NDArray[np.bool_],
    x_m: NDArray[np.float64],
    y_m: NDArray[np.float64],
    long_m: NDArray[np.float64],
    short_m: NDArray[np.float64],
    azimuth_deg: NDArray[np.float64],
) -> NDArray[np.bool_]:
    """Return the buildings that touch an area to be kept free."""
    touching = np.zeros(stands.shape, bool)
    reach_m = np.hypot(long_m, short_m) / 2
    for shape in keep_free:
        west, south, east, north = shapely.bounds(shape).tolist()
        near = stands & (x_m + reach_m > west) & (x_m - reach_m < east)
        near &= (y_m + reach_m > south) & (y_m - reach_m < north)
        outlines = _rectangles(x_m[near], y_m[near], long_m[near], short_m[near], azimuth_deg[near])
        shapely.prepare(shape)
        touching[near] |= shapely.intersects(shape, outlines)
    return touching


@compiled
def _rasterise(
    packed: NDArray[np.float32],
    crosswise: NDArray[np.bool_],
    block_rows: NDArray[np.int64],
    first_column: int,
    first_row: int,
    left_m: float,
    top_m: float,
    step_m: float,
    side: int,
    sin: float,
    cos: float,
    roof_share: NDArray[np.float32],
    mean_height_m: NDArray[np.float32],
) -> None:
    """Look up, for side x side spots in every pixel, the building in the slot they lie in."""
    fine_m = step_m / side
    for row in range(roof_share.shape[0]):
        for column in range(roof_share.shape[1]):
            roofs = 0
            total = 0.0
            for down in range(side):
                y = top_m - row * step_m - (down + 0.5) * fine_m
                for right in range(side):
                    x = left_m + column * step_m + (right + 0.5) * fine_m
                    along = (x * sin + y * cos) / BLOCK_M - first_column
                    across = (y * sin - x * cos) / BLOCK_M - first_row
                    # Rounding may put a spot on the rim of the lattice a hair outside.
                    i = min(max(math.floor(along), 0), packed.shape[0] - 1)
                    j = min(max(math.floor(across), 0), packed.shape[1] - 1)
                    in_u = (along - i) * BLOCK_M
                    in_v = (across - j) * BLOCK_M
                    rows = block_rows[i, j]
                    if crosswise[i, j]:
                        abreast = int(in_v * SLOTS_ABREAST / BLOCK_M)
                        behind = int(in_u * rows / BLOCK_M)
                    else:
                        abreast = int(in_u * SLOTS_ABREAST / BLOCK_M)
                        behind = int(in_v * rows / BLOCK_M)
                    slot = SLOTS_ABREAST * min(max(behind, 0), rows - 1)
                    slot += min(max(abreast, 0), SLOTS_ABREAST - 1)
                    height = packed[i, j, slot, 4]
                    if (
                        height > 0
                        and abs(in_u - packed[i, j, slot, 0]) < packed[i, j, slot, 2]
                        and abs(in_v - packed[i, j, slot, 1]) < packed[i, j, slot, 3]
                    ):
                        roofs += 1
                        total += height
            if roofs > 0:
                roof_share[row, column] = roofs / (side * side)
                mean_height_m[row, column] = total / roofs
