"""Rasters of a run as pictures that a web map can lay over its ground.

A web map stretches a picture linearly in Web Mercator, so a raster is first warped from the
project's CRS to EPSG:3857, by nearest neighbour: a class is never mixed with another. Every
picture of a map takes its pixels from the same places, so the warp is done once
(:func:`mercator_frame`). A picture is a palette PNG, one byte a pixel; the PNG is written here, in
the few lines that a palette needs, so that no picture library is required.
"""

from __future__ import annotations

import math
import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from affine import Affine
from numpy.typing import NDArray
from rasterio.crs import CRS
from rasterio.enums import Resampling
from rasterio.warp import reproject, transform_bounds

from ..coverage.grid import Grid
from ..topology.errors import UsageError

__all__ = [
    "MAX_COLOURS",
    "MAX_SIDE_PIXELS",
    "MercatorFrame",
    "geographic_frame",
    "mercator_frame",
    "palette_png",
    "png_chunk",
]

MAX_SIDE_PIXELS = 4096
"""A longer side is drawn coarser: browsers fail on pictures of more than 8 000 to 16 000."""

MAX_COLOURS = 255
"""Colours of a palette, less the transparent one."""

_OVERSAMPLING = 2
"""Picture pixels per grid pixel and axis, so that edges stay within a quarter pixel of the grid's
after the turn from the projected CRS to Web Mercator."""

_WEB_MERCATOR = CRS.from_epsg(3857)
_WGS84 = CRS.from_epsg(4326)


@dataclass(frozen=True, slots=True, eq=False)
class MercatorFrame:
    """Where the pixels of a picture in Web Mercator, or in degrees, come from.

    Attributes
    ----------
    grid
        The raster's grid.
    source
        One more than the index of the grid's pixel in row order; 0 outside the grid.
    bounds
        West, south, east, north of the picture's outer edge in WGS-84 degrees.
    """

    grid: Grid
    source: NDArray[np.int32]
    bounds: tuple[float, float, float, float]

    def picture(self, numbers: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Return a raster's numbers at the picture's pixels, 0 outside the grid.

        Raises
        ------
        UsageError
            The numbers are not of the grid's shape.
        """
        if numbers.shape != self.grid.shape:
            raise UsageError(
                f"the raster has shape {numbers.shape}, its grid {self.grid.shape}; they differ"
            )
        flat = np.concatenate([np.zeros(1, np.uint8), numbers.ravel()])
        return flat[self.source]


def mercator_frame(grid: Grid) -> MercatorFrame:
    """Return the frame of a grid's pictures in EPSG:3857."""
    return _frame(grid, _WEB_MERCATOR)


def geographic_frame(grid: Grid) -> MercatorFrame:
    """Return the frame of a grid's pictures in longitude and latitude, as Google Earth lays them."""
    return _frame(grid, _WGS84)


def _frame(grid: Grid, target: CRS) -> MercatorFrame:
    crs = CRS.from_user_input(grid.crs)
    west, south, east, north = transform_bounds(crs, target, *grid.bounds_m)
    side = min((east - west) / grid.width, (north - south) / grid.height) / _OVERSAMPLING
    side = max(side, max(east - west, north - south) / MAX_SIDE_PIXELS)
    # Less a hair, so that a rounding error does not add a line.
    height = math.ceil((north - south) / side - 1e-6)
    width = math.ceil((east - west) / side - 1e-6)
    transform = Affine(side, 0.0, west, 0.0, -side, north)
    source = np.zeros((height, width), np.int32)
    reproject(
        np.arange(1, grid.width * grid.height + 1, dtype=np.int32).reshape(grid.shape),
        source,
        src_transform=grid.transform,
        src_crs=crs,
        dst_transform=transform,
        dst_crs=target,
        resampling=Resampling.nearest,
        init_dest_nodata=False,
    )
    east, south = west + side * width, north - side * height
    return MercatorFrame(grid, source, transform_bounds(target, _WGS84, west, south, east, north))


def png_chunk(name: bytes, data: bytes) -> bytes:
    """Return a part of a PNG file: its length, name, content and check sum."""
    body = name + data
    return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))


def palette_png(
    numbers: NDArray[np.uint8], colours: Sequence[str], *, clear: Sequence[int] = ()
) -> bytes:
    """Return a picture as a palette PNG.

    Parameters
    ----------
    numbers
        Number of each pixel's colour; 0 is transparent.
    colours
        Colour 1 and up, as ``#rrggbb``.
    clear
        Numbers of colours that are transparent, too.

    Raises
    ------
    UsageError
        There are more colours than a palette has.
    """
    if len(colours) > MAX_COLOURS:
        raise UsageError(f"a picture has {len(colours)} colours; a palette has {MAX_COLOURS}")
    height, width = numbers.shape
    palette = b"\xff\xff\xff" + b"".join(bytes.fromhex(colour[1:]) for colour in colours)
    opacity = bytes(
        0 if number == 0 or number in clear else 255 for number in range(len(colours) + 1)
    )
    # Every line starts with the number of its filter: 0, none, is best for palette pictures.
    lines = np.zeros((height, width + 1), np.uint8)
    lines[:, 1:] = numbers
    return b"".join(
        (
            b"\x89PNG\r\n\x1a\n",
            png_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)),
            png_chunk(b"PLTE", palette),
            png_chunk(b"tRNS", opacity),
            png_chunk(b"IDAT", zlib.compress(lines.tobytes(), 9)),
            png_chunk(b"IEND", b""),
        )
    )
