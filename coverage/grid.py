"""The raster on which coverage is computed: square pixels in the project's projected CRS.

Row 0 is the northern edge, as in every raster format; positions are pixel centres. The corner
is snapped to whole multiples of the pixel side, so that two runs over overlapping areas share
their pixels.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from affine import Affine
from numpy.typing import NDArray

from ..topology.errors import UsageError

__all__ = ["MAX_PIXELS", "Grid", "grid_over"]

MAX_PIXELS = 50_000_000
"""A larger raster is refused: 60 km2 at 5 m are 2.4 million pixels."""


@dataclass(frozen=True, slots=True)
class Grid:
    """A raster of square pixels.

    Attributes
    ----------
    crs
        Projected CRS in metres, such as ``EPSG:32651``.
    left_m, top_m
        Outer corner of the north-west pixel.
    step_m
        Side of a pixel.
    width, height
        Columns and rows.
    """

    crs: str
    left_m: float
    top_m: float
    step_m: float
    width: int
    height: int

    @property
    def shape(self) -> tuple[int, int]:
        """Rows, columns."""
        return self.height, self.width

    @property
    def bounds_m(self) -> tuple[float, float, float, float]:
        """West, south, east, north."""
        right = self.left_m + self.width * self.step_m
        bottom = self.top_m - self.height * self.step_m
        return self.left_m, bottom, right, self.top_m

    @property
    def pixel_km2(self) -> float:
        """Area of one pixel."""
        return (self.step_m / 1000.0) ** 2

    @property
    def transform(self) -> Affine:
        """The affine transform that raster files store."""
        return Affine(self.step_m, 0.0, self.left_m, 0.0, -self.step_m, self.top_m)

    def x_m(self) -> NDArray[np.float64]:
        """Eastings of the column centres."""
        return self.left_m + (np.arange(self.width, dtype=np.float64) + 0.5) * self.step_m

    def y_m(self) -> NDArray[np.float64]:
        """Northings of the row centres, north first."""
        return self.top_m - (np.arange(self.height, dtype=np.float64) + 0.5) * self.step_m

    def pixel_of(
        self, x_m: NDArray[np.float64], y_m: NDArray[np.float64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
        """Return row, column and whether the position lies on the grid."""
        column = np.floor((x_m - self.left_m) / self.step_m).astype(np.int64)
        row = np.floor((self.top_m - y_m) / self.step_m).astype(np.int64)
        inside = (column >= 0) & (column < self.width) & (row >= 0) & (row < self.height)
        return row, column, inside


def grid_over(crs: str, bounds_m: tuple[float, float, float, float], step_m: float) -> Grid:
    """Return the smallest snapped grid that covers the bounds (west, south, east, north).

    Raises
    ------
    UsageError
        The bounds are empty or the raster would have more than ``MAX_PIXELS`` pixels.
    """
    west, south, east, north = bounds_m
    if not (math.isfinite(west + south + east + north) and east > west and north > south):
        raise UsageError(
            f"the area to cover has no extent (bounds {bounds_m}); give the project a district "
            "polygon with: ngbw import PROJECT areas FILE"
        )
    left = math.floor(west / step_m) * step_m
    bottom = math.floor(south / step_m) * step_m
    width = max(1, math.ceil((east - left) / step_m))
    height = max(1, math.ceil((north - bottom) / step_m))
    if width * height > MAX_PIXELS:
        raise UsageError(
            f"grid_m = {step_m:g} over {(east - left) / 1000:.1f} x {(north - bottom) / 1000:.1f} "
            f"km gives {width * height:,} pixels, more than {MAX_PIXELS:,}; take a larger grid_m"
        )
    return Grid(crs, left, bottom + height * step_m, step_m, width, height)
