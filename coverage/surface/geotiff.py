"""Reads the part of a GeoTIFF that lies under a grid, without trusting the file.

A raster from elsewhere is hostile until proven plain. GDAL is told the driver, because a file
that it may judge by its content can make it fetch addresses and read other files; it is told not
to look for files beside it, because overviews and metadata there are judged by content again. What
the header declares is checked before a pixel is read: a file of 5 MB may declare 160 GB.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from affine import Affine
from numpy.typing import NDArray
from pyproj import CRS
from pyproj.exceptions import CRSError
from rasterio.errors import RasterioError
from rasterio.windows import Window

from ...topology.errors import FileError, MissingError
from ...topology.formats.lone_geotiff import lone_geotiff
from ..grid import Grid
from .resampling import extent_in

__all__ = [
    "MAX_BLOCK_BYTES",
    "MAX_DECLARED_BYTES",
    "MAX_PIXELS",
    "RasterWindow",
    "moved",
    "read_geotiff",
]

MAX_DECLARED_BYTES = 4_000_000_000
"""What a raster may hold unpacked; a whole degree at 1 arc second is 52 MB."""

MAX_BLOCK_BYTES = 256_000_000
"""What one block may hold unpacked: it is decoded whole even for one pixel."""

MAX_PIXELS = 50_000_000
"""How many pixels under the grid are read."""

_MARGIN = 2  # pixels around the grid, for interpolation at its edge


@dataclass(frozen=True, slots=True, eq=False)
class RasterWindow:
    """Values of a raster and where they lie.

    Attributes
    ----------
    name
        File name, for messages.
    values
        As stored, rows by columns.
    missing
        Values that are nodata, masked out or not finite.
    transform
        From columns and rows of ``values`` to positions in ``crs``; not turned.
    scale, offset
        A value means ``value * scale + offset``.
    unit
        Unit that the file states for its values, or "".
    """

    name: str
    values: NDArray[Any]
    missing: NDArray[np.bool_]
    transform: Affine
    crs: CRS
    scale: float = 1.0
    offset: float = 0.0
    unit: str = ""


def moved(transform: Affine, columns: int, rows: int) -> Affine:
    """Return the transform of a window that starts so many pixels into a raster that is not turned.

    Written out, because affine 2 has no ``@`` for it and affine 3 warns of ``*``.
    """
    left, top = transform.c + transform.a * columns, transform.f + transform.e * rows
    return Affine(transform.a, 0.0, left, 0.0, transform.e, top)


def read_geotiff(path: Path, grid: Grid, *, band: int = 1) -> RasterWindow:
    """Read the pixels of one band that lie under the grid and a little around it.

    Raises
    ------
    MissingError
        The file or the band does not exist.
    FileError
        The file is no GeoTIFF, too large, has no coordinate system or position, is turned against
        its axes, or does not touch the grid.
    """
    if not path.is_file():
        raise MissingError(f"{path} does not exist; check the name and the directory")
    try:
        with lone_geotiff(path) as raster:
            _check_header(raster, path.name, band)
            system = _system(raster, path.name)
            window = _window(raster, system, grid, path.name)
            masked = raster.read(band, window=window, masked=True)
            missing = np.ma.getmaskarray(masked).copy()
            values = np.ma.getdata(masked)
            if values.dtype.kind == "f":
                missing |= ~np.isfinite(values)
            return RasterWindow(
                path.name,
                values,
                missing,
                moved(raster.transform, window.col_off, window.row_off),
                system,
                float(raster.scales[band - 1]),
                float(raster.offsets[band - 1]),
                (raster.units[band - 1] or "").strip(),
            )
    except RasterioError as error:
        raise FileError(
            f"{path.name} is not a GeoTIFF that can be read ({error}); export it again"
        ) from None


def _check_header(raster: rasterio.DatasetReader, name: str, band: int) -> None:
    """Refuse what would not fit or has no meaning, before anything is decoded."""
    if not 1 <= band <= raster.count:
        raise MissingError(f"{name} has no band {band}; it has {raster.count}")
    if any(dtype.startswith("complex") for dtype in raster.dtypes):
        raise FileError(f"{name} holds complex numbers; name another file")
    item_bytes = sum(np.dtype(dtype).itemsize for dtype in raster.dtypes)
    declared = raster.width * raster.height * item_bytes
    if declared > MAX_DECLARED_BYTES:
        raise FileError(
            f"{name} declares {raster.width} x {raster.height} pixels, {declared / 1e9:.1f} GB "
            f"unpacked, more than {MAX_DECLARED_BYTES / 1e9:.0f} GB; cut it to the district"
        )
    block = max(rows * columns for rows, columns in raster.block_shapes) * item_bytes
    if block > MAX_BLOCK_BYTES:
        raise FileError(
            f"{name} has blocks of {block / 1e6:.0f} MB, more than {MAX_BLOCK_BYTES / 1e6:.0f} MB; "
            "store it in tiles (gdal_translate -co TILED=YES)"
        )
    transform = raster.transform
    if transform.is_identity or transform.determinant == 0:
        raise FileError(
            f"{name} has no position; export it as a GeoTIFF with its position inside "
            "(files beside it, such as .tfw, are not read)"
        )
    if transform.b != 0 or transform.d != 0:
        raise FileError(
            f"{name} is turned against its axes; warp it to a grid along the axes of its "
            "coordinate system"
        )


def _system(raster: rasterio.DatasetReader, name: str) -> CRS:
    if not raster.crs:
        raise FileError(
            f"{name} does not state its coordinate system; write it into the file, for example "
            "with: gdal_edit -a_srs EPSG:4326"
        )
    try:
        return CRS.from_user_input(raster.crs)
    except CRSError:
        raise FileError(
            f"{name} states a coordinate system that is not known; warp it to EPSG:4326"
        ) from None


def _window(raster: rasterio.DatasetReader, system: CRS, grid: Grid, name: str) -> Window:
    """Return the columns and rows under the grid, with a margin, that the raster has."""
    west, south, east, north = extent_in(grid, system, name)
    transform = raster.transform
    columns = sorted(((west - transform.c) / transform.a, (east - transform.c) / transform.a))
    rows = sorted(((south - transform.f) / transform.e, (north - transform.f) / transform.e))
    # The margin takes in one more pixel of the grid, for where several pixels are averaged.
    across = _MARGIN + (columns[1] - columns[0]) / grid.width
    down = _MARGIN + (rows[1] - rows[0]) / grid.height
    left = max(0, math.floor(columns[0] - across))
    right = min(raster.width, math.ceil(columns[1] + across))
    top = max(0, math.floor(rows[0] - down))
    bottom = min(raster.height, math.ceil(rows[1] + down))
    if right <= left or bottom <= top:
        there = raster.bounds
        raise FileError(
            f"{name} does not lie under the project: it spans {there.left:.6g} to "
            f"{there.right:.6g} and {there.bottom:.6g} to {there.top:.6g} in {system.name}, the "
            f"project {west:.6g} to {east:.6g} and {south:.6g} to {north:.6g}; name the tile of "
            "the district"
        )
    pixels = (right - left) * (bottom - top)
    if pixels > MAX_PIXELS:
        raise FileError(
            f"{name} has {pixels:,} pixels under the project, more than {MAX_PIXELS:,}; resample "
            f"it to about {grid.step_m / 2:g} m first"
        )
    return Window(left, top, right - left, bottom - top)  # pyright: ignore[reportCallIssue]
