"""The bare ground on a grid: from GeoTIFF or SRTM tiles, or flat where there is no terrain model.

Heights are metres above the tiles' own sea level; a constant shift between height systems moves
no path loss. Nothing is filled in silently: cells without a height are an error, or take a height
that the caller states, and then the terrain says how many.

SRTM ``.hgt`` files are a square of big-endian 16-bit metres, 1201 or 3601 a side, whose samples
lie on the degree lines; the name says the south-west corner (``N31E121.hgt``), -32768 is a void.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from affine import Affine
from numpy.typing import NDArray
from pyproj import CRS

from ...topology.errors import FileError, MissingError, UsageError
from ..grid import Grid
from ..surface_model import GROUND_MAX_M, GROUND_MIN_M
from .geotiff import RasterWindow, moved, read_geotiff
from .resampling import bilinear, extent_in

__all__ = ["Terrain", "flat_terrain", "read_terrain"]

_HGT_NAME = re.compile(r"([NS])(\d{2})([EW])(\d{3})")
_HGT_SIDES = {2 * side * side: side for side in (1201, 3601)}
_HGT_VOID = -32768
_METRES = ("", "m", "metre", "metres", "meter", "meters", "metre(s)")
_MAX_TILES = 100


@dataclass(frozen=True, slots=True, eq=False)
class Terrain:
    """Ground heights on a grid.

    Attributes
    ----------
    ground_m
        Metres above sea level, float32, complete.
    source
        Files it was read from, or ``flat``.
    assumed
        What was assumed rather than read, one sentence each.
    """

    ground_m: NDArray[np.float32]
    source: str
    assumed: tuple[str, ...] = ()


def _checked_fill(height_m: float, name: str) -> float:
    if not (math.isfinite(height_m) and GROUND_MIN_M <= height_m <= GROUND_MAX_M):
        raise UsageError(
            f"{name} is {height_m}; give metres above sea level, {GROUND_MIN_M:g} to "
            f"{GROUND_MAX_M:g}"
        )
    return float(height_m)


def flat_terrain(grid: Grid, height_m: float = 0.0) -> Terrain:
    """Return level ground, for a district without a terrain model."""
    height_m = _checked_fill(height_m, "the height of flat ground")
    return Terrain(
        np.full(grid.shape, height_m, np.float32),
        "flat ground",
        (f"no terrain model: the ground is flat at {height_m:g} m",),
    )


def read_terrain(
    paths: Path | Sequence[Path], grid: Grid, *, fill_m: float | None = None
) -> Terrain:
    """Read terrain tiles and interpolate them bilinearly at the pixel centres of a grid.

    Parameters
    ----------
    paths
        ``.tif``, ``.tiff`` or ``.hgt``; where several cover a pixel the first one counts.
    fill_m
        Height for pixels without one; None refuses such a terrain.

    Raises
    ------
    MissingError
        A file does not exist.
    UsageError
        There is no file, the ending of a name is not known, or ``fill_m`` is no height.
    FileError
        A tile is no terrain, or pixels have no height and ``fill_m`` is None.
    """
    tiles = [paths] if isinstance(paths, Path) else list(paths)
    if not 1 <= len(tiles) <= _MAX_TILES:
        raise UsageError(f"a terrain takes 1 to {_MAX_TILES} files, not {len(tiles)}")
    if fill_m is not None:
        fill_m = _checked_fill(fill_m, "the height for missing ground")
    ground_m = np.zeros(grid.shape)
    absent = np.ones(grid.shape, bool)
    beyond = np.ones(grid.shape, bool)
    for path in tiles:
        window = _read_tile(path, grid)
        heights_m, missing, outside = bilinear(window, grid)
        take = absent & ~missing & ~outside
        ground_m[take] = heights_m[take]
        absent &= ~take
        beyond &= outside
    source = ", ".join(path.name for path in tiles)
    lost = int(np.count_nonzero(absent))
    if not lost:
        return Terrain(ground_m.astype(np.float32), source)
    where = f"{lost} of {absent.size} pixels ({lost / absent.size:.1%})"
    why = f"{int(np.count_nonzero(beyond))} of them beyond its edge, the others without data"
    if fill_m is None:
        raise FileError(
            f"{source} has no height for {where}, {why}; add the neighbouring tile, fill the gaps "
            "in a GIS, or state a height for them (dem_fill_m)"
        )
    if lost == absent.size:
        raise FileError(f"{source} has no height under the project at all; leave it out")
    ground_m[absent] = fill_m
    return Terrain(
        ground_m.astype(np.float32),
        source,
        (f"{source} has no height for {where}, {why}: taken as {fill_m:g} m",),
    )


def _read_tile(path: Path, grid: Grid) -> RasterWindow:
    ending = path.suffix.lower()
    if ending in (".tif", ".tiff"):
        window = read_geotiff(path, grid)
    elif ending == ".hgt":
        window = _read_hgt(path, grid)
    else:
        raise UsageError(f"{path.name} is no terrain file; give .tif, .tiff or .hgt")
    if window.unit.lower() not in _METRES:
        raise FileError(f"{path.name} states heights in {window.unit!r}; convert it to metres")
    if window.missing.all():
        raise FileError(
            f"{path.name} is empty: none of {window.missing.size} cells under the project has a "
            "height; name another file"
        )
    known = window.values[~window.missing].astype(np.float64) * window.scale + window.offset
    wrong = ~((known >= GROUND_MIN_M) & (known <= GROUND_MAX_M))
    if wrong.any():
        # Interpolated with its neighbours, such a mark would look like a height.
        raise FileError(
            f"{path.name} has {int(np.count_nonzero(wrong))} heights such as {known[wrong][0]:g} m "
            f"under the project; heights are {GROUND_MIN_M:g} to {GROUND_MAX_M:g} m: declare the "
            "mark as nodata, for example with: gdal_edit -a_nodata"
        )
    return window


def _read_hgt(path: Path, grid: Grid) -> RasterWindow:
    if not path.is_file():
        raise MissingError(f"{path} does not exist; check the name and the directory")
    found = _HGT_NAME.fullmatch(path.stem.upper())
    if found is None:
        raise FileError(
            f"{path.name} does not say where it lies; SRTM tiles are named by their south-west "
            "corner, such as N31E121.hgt"
        )
    lat = int(found[2]) * (1 if found[1] == "N" else -1)
    lon = int(found[4]) * (1 if found[3] == "E" else -1)
    if not (-90 <= lat <= 89 and -180 <= lon <= 179):
        raise FileError(f"{path.name} names a corner that is not on the earth; correct the name")
    size = path.stat().st_size
    side = _HGT_SIDES.get(size)
    if side is None:
        raise FileError(
            f"{path.name} has {size} bytes; an SRTM tile has "
            f"{' or '.join(str(known) for known in _HGT_SIDES)}: unpack it or fetch it again"
        )
    values = np.fromfile(path, dtype=">i2").reshape(side, side).astype(np.int16)
    step = 1.0 / (side - 1)
    # Samples lie on the degree lines, so the outer pixels reach half a pixel beyond them.
    transform = Affine(step, 0, lon - step / 2, 0, -step, lat + 1 + step / 2)
    system = CRS.from_epsg(4326)
    west, south, east, north = extent_in(grid, system, path.name)
    if east < lon or west > lon + 1 or north < lat or south > lat + 1:
        raise FileError(
            f"{path.name} does not lie under the project, which spans {west:.3f} to {east:.3f} E "
            f"and {south:.3f} to {north:.3f} N; name the tile of the district"
        )
    # The window is cut so that only heights of the district are judged.
    left = max(0, math.floor((west - lon) / step) - 2)
    right = min(side, math.ceil((east - lon) / step) + 3)
    top = max(0, math.floor((lat + 1 - north) / step) - 2)
    bottom = min(side, math.ceil((lat + 1 - south) / step) + 3)
    values = values[top:bottom, left:right]
    return RasterWindow(path.name, values, values == _HGT_VOID, moved(transform, left, top), system)
