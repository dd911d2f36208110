"""The coverage raster as a picture that a web map can lay over its ground.

A web map stretches a picture linearly in Web Mercator, so the raster is first warped from the
project's CRS to EPSG:3857, by nearest neighbour: a class is never mixed with another. The picture
is a palette PNG, one byte a pixel, in which everything that is not weak is transparent. The PNG
is written here, in the few lines that a palette needs, so that no picture library is required.
"""

from __future__ import annotations

import math
import struct
import zlib
from typing import Any

import numpy as np
from affine import Affine
from numpy.typing import NDArray
from rasterio.crs import CRS
from rasterio.enums import Resampling
from rasterio.warp import reproject, transform_bounds

from ..coverage.grid import Grid
from ..topology.errors import UsageError
from .palette import CoverageClass, class_numbers

__all__ = ["MAX_SIDE_PIXELS", "palette_png"]

MAX_SIDE_PIXELS = 4096
"""A longer side is drawn coarser: browsers fail on pictures of more than 8 000 to 16 000."""

_OVERSAMPLING = 2
"""Picture pixels per grid pixel and axis, so that edges stay within a quarter pixel of the grid's
after the turn from the projected CRS to Web Mercator."""

_WEB_MERCATOR = CRS.from_epsg(3857)
_WGS84 = CRS.from_epsg(4326)


def _warp(numbers: NDArray[np.uint8], grid: Grid) -> tuple[NDArray[np.uint8], Affine]:
    crs = CRS.from_user_input(grid.crs)
    west, south, east, north = transform_bounds(crs, _WEB_MERCATOR, *grid.bounds_m)
    side = min((east - west) / grid.width, (north - south) / grid.height) / _OVERSAMPLING
    side = max(side, max(east - west, north - south) / MAX_SIDE_PIXELS)
    # Less a hair, so that a rounding error does not add a line.
    shape = (math.ceil((north - south) / side - 1e-6), math.ceil((east - west) / side - 1e-6))
    transform = Affine(side, 0.0, west, 0.0, -side, north)
    warped = np.zeros(shape, np.uint8)
    reproject(
        numbers,
        warped,
        src_transform=grid.transform,
        src_crs=crs,
        dst_transform=transform,
        dst_crs=_WEB_MERCATOR,
        resampling=Resampling.nearest,
        init_dest_nodata=False,
    )
    return warped, transform


def _chunk(name: bytes, data: bytes) -> bytes:
    body = name + data
    return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))


def _write_png(numbers: NDArray[np.uint8], classes: tuple[CoverageClass, ...]) -> bytes:
    height, width = numbers.shape
    colours = b"\xff\xff\xff" + b"".join(bytes.fromhex(one.colour[1:]) for one in classes)
    opacity = b"\x00" + bytes(0 if one.served else 255 for one in classes)
    # Every line starts with the number of its filter: 0, none, is best for palette pictures.
    lines = np.zeros((height, width + 1), np.uint8)
    lines[:, 1:] = numbers
    return b"".join(
        (
            b"\x89PNG\r\n\x1a\n",
            _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)),
            _chunk(b"PLTE", colours),
            _chunk(b"tRNS", opacity),
            _chunk(b"IDAT", zlib.compress(lines.tobytes(), 9)),
            _chunk(b"IEND", b""),
        )
    )


def palette_png(
    values: NDArray[np.floating[Any]], grid: Grid, classes: tuple[CoverageClass, ...]
) -> tuple[bytes, tuple[float, float, float, float]]:
    """Return a raster of location probability as a palette PNG and where it lies.

    Parameters
    ----------
    values
        Location probability, 0..1; NaN outside the district. Shape ``grid.shape``.
    grid
        Where the pixels lie.
    classes
        From :func:`~ngbw.maps.palette.coverage_classes`.

    Returns
    -------
    bytes
        The PNG, in EPSG:3857; transparent outside and where the class is served.
    tuple of float
        West, south, east, north of its outer edge in WGS-84 degrees.

    Raises
    ------
    UsageError
        The values are not of the grid's shape.
    """
    if values.shape != grid.shape:
        raise UsageError(f"the raster has shape {values.shape}, its grid {grid.shape}; they differ")
    warped, transform = _warp(class_numbers(values, classes), grid)
    height, width = warped.shape
    west, north = transform.c, transform.f
    east, south = west + transform.a * width, north + transform.e * height
    bounds = transform_bounds(_WEB_MERCATOR, _WGS84, west, south, east, north)
    return _write_png(warped, classes), bounds
