"""What the quarters of a city are like: density, share under roofs, heights, and what fits a block.

The figures were counted in Shanghai subdistricts with known footprints. A block of 100 m is divided
into slots, two abreast; :func:`layout_of` chooses how many rows of slots a quarter needs and how
large its buildings are, so that the expected number and area come out as counted.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ...topology.errors import UsageError

__all__ = [
    "BLOCK_M", "GAP_M", "RECIPES", "SHARES", "SLOTS_ABREAST", "CityRecipe", "Layout", "layout_of",
    "sides_at",
]  # fmt: skip

BLOCK_M = 100.0
"""Side of a block."""

SLOTS_ABREAST = 2
"""Slots along a block."""

GAP_M = 4.0
"""At least so much lies between two buildings."""

_SHORTEST_M = 4.0
_STATISTICS = "building statistics of Shanghai subdistricts, 2026"


@dataclass(frozen=True, slots=True)
class CityRecipe:
    """What a quarter is like.

    Attributes
    ----------
    density_per_km2
        Buildings per square kilometre.
    coverage_ratio
        Share of the ground under roofs.
    heights_m
        Height below which 0, 5, 25, 50, 75, 90, 95, 99 and 100 % of the buildings stay.
    source
        Where these figures were counted.
    """

    name: str
    density_per_km2: float
    coverage_ratio: float
    heights_m: tuple[float, ...]
    source: str


SHARES = (0.0, 0.05, 0.25, 0.50, 0.75, 0.90, 0.95, 0.99, 1.0)
_WALK_UP_M = (6.0, 10.0, 14.7, 18.2, 23.9, 46.7, 53.9, 65.8, 90.5)

RECIPES: Mapping[str, CityRecipe] = {
    one.name: one
    for one in (
        CityRecipe("walk-up", 755, 0.27, _WALK_UP_M, f"{_STATISTICS}: Kongjiang Road"),
        CityRecipe("outer", 500, 0.20, _WALK_UP_M, f"{_STATISTICS}: heights of Kongjiang Road"),
        CityRecipe(
            "old-town", 772, 0.263, (6.0, 8.7, 12.5, 16.5, 23.9, 45.1, 59.3, 85.1, 106.5),
            f"{_STATISTICS}: Caoyang",
        ),
        CityRecipe(
            "towers", 830, 0.269, (6.0, 10.6, 16.5, 25.5, 42.1, 73.4, 85.6, 98.3, 176.1),
            f"{_STATISTICS}: Dapuqiao",
        ),
        CityRecipe(
            "waterfront", 637, 0.3075, (6.0, 11.4, 19.0, 27.1, 40.4, 59.9, 74.9, 102.0, 161.6),
            f"{_STATISTICS}: the Bund",
        ),
        CityRecipe(
            "business", 635, 0.23, (6.0, 10.9, 18.2, 29.0, 48.5, 71.2, 81.6, 93.2, 121.4),
            f"{_STATISTICS}: Xujiahui",
        ),
    )
}  # fmt: skip
"""Recipes by name; ``walk-up`` stands for a quarter of which nothing else is known."""

# Footprints and long sides of Kongjiang Road; the other recipes scale them to their own mean.
_SIZE_SHARES = (0.0, 0.10, 0.50, 0.90, 0.99, 1.0)
_FOOTPRINTS_M2 = (30.0, 61.0, 303.0, 705.0, 1387.0, 1600.0)
_LONG_SIDES_M = (6.0, 10.5, 30.0, 54.7, 86.1, 95.0)


@dataclass(frozen=True, slots=True)
class Layout:
    """How a recipe fills its blocks.

    Attributes
    ----------
    rows
        Rows of slots in a block.
    chance
        Share of the slots that hold a building.
    scale
        Factor on the footprint areas.
    """

    rows: int
    chance: float
    scale: float


def sides_at(
    share: NDArray[np.float64],
    scale: float | NDArray[np.float64],
    depth_m: float | NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return long and short sides of the buildings at these shares of the sizes, cut to a slot."""
    longest = BLOCK_M / SLOTS_ABREAST - GAP_M
    area = np.interp(share, _SIZE_SHARES, _FOOTPRINTS_M2) * scale
    long_m = np.interp(share, _SIZE_SHARES, _LONG_SIDES_M) * np.sqrt(scale)
    long_m = np.clip(long_m, _SHORTEST_M, longest)
    short_m = np.clip(area / long_m, _SHORTEST_M, depth_m - GAP_M)
    return long_m, short_m


def layout_of(recipe: CityRecipe) -> Layout:
    """Choose the slots of a block and the size of buildings that give the recipe's figures."""
    per_block = recipe.density_per_km2 * (BLOCK_M / 1000) ** 2
    heights = recipe.heights_m
    if len(heights) != len(SHARES) or not (
        heights[0] > 0 and all(lower <= upper for lower, upper in pairwise(heights))
    ):
        raise UsageError(
            f"recipe {recipe.name!r}: heights_m is {heights}; give {len(SHARES)} rising heights "
            f"above 0 for the shares {SHARES}"
        )
    rows = max(1, math.ceil(per_block / SLOTS_ABREAST - 1e-9))
    depth_m = BLOCK_M / rows
    if not per_block > 0 or depth_m < GAP_M + _SHORTEST_M:
        raise UsageError(
            f"recipe {recipe.name!r}: density_per_km2 is {recipe.density_per_km2:g}; give more "
            f"than 0 and at most {SLOTS_ABREAST * int(BLOCK_M / (GAP_M + _SHORTEST_M)) * 100}"
        )
    wanted_m2 = recipe.coverage_ratio * 1e6 / recipe.density_per_km2
    shares = (np.arange(2000) + 0.5) / 2000

    def mean_m2(scale: float) -> float:
        long_m, short_m = sides_at(shares, scale, depth_m)
        return float((long_m * short_m).mean())

    low, high = 0.01, 100.0
    if not mean_m2(low) <= wanted_m2 <= mean_m2(high):
        raise UsageError(
            f"recipe {recipe.name!r}: coverage_ratio is {recipe.coverage_ratio:g}; with "
            f"{recipe.density_per_km2:g} buildings per km2 it can be "
            f"{mean_m2(low) * recipe.density_per_km2 / 1e6:.2f} to "
            f"{mean_m2(high) * recipe.density_per_km2 / 1e6:.2f}"
        )
    for _ in range(60):  # the mean grows with the scale, so halving finds it
        middle = math.sqrt(low * high)
        if mean_m2(middle) < wanted_m2:
            low = middle
        else:
            high = middle
    return Layout(rows, per_block / (SLOTS_ABREAST * rows), high)
