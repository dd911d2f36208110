"""People from a raster: each cell with residents becomes a row of the demand table.

The raster is a GeoTIFF and nothing else: GDAL is told the driver, because a file that it may judge
by its content can make it fetch addresses and read other files. Sizes are checked in the header
before a pixel is read. The sum is kept: cells are not resampled, only their centres are turned
into WGS-84, to 1e-9 degrees (0.1 mm), so that they fall back into the same cell.

Cells without data (declared, NaN, infinite) hold nobody; cells below zero are no data either, as
several population products use negative marks without declaring them, and are counted in a warning.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import rasterio
from numpy.typing import NDArray
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError
from rasterio.errors import RasterioError, RasterioIOError

from ..errors import FileError, MissingError, UsageError
from ..formats.lone_geotiff import lone_geotiff

__all__ = ["MAX_PIXELS", "MAX_ROWS", "Population", "is_raster", "read_population"]

MAX_PIXELS = 50_000_000
MAX_ROWS = 1_000_000
"""A district of 60 km2 in cells of 100 m is 6,000 rows."""

_WGS84 = "EPSG:4326"
_METRES_PER_DEGREE = 111_195.0
_SQUARE = 0.01  # sides that differ by more than 1 % are not a square


@dataclass(frozen=True, slots=True)
class Population:
    """What a raster holds, as rows of the demand table.

    Attributes
    ----------
    frame
        ``demand_id`` (file name, row, column), ``lon``, ``lat``, ``people``, ``cell_m``,
        ``census_year``, ``source``.
    crs
        Coordinate system of the raster.
    band, bands
        The band that was read, and how many there are.
    band_name
        Its description, or "".
    people
        Sum over the rows.
    notes
        What a reader of the figures should know.
    """

    frame: pd.DataFrame
    crs: str
    band: int
    bands: int
    band_name: str
    people: float
    notes: tuple[str, ...]


def is_raster(path: Path) -> bool:
    """Say whether a file name means a GeoTIFF."""
    return path.suffix.lower() in (".tif", ".tiff")


def read_population(
    path: Path, *, census_year: int | None, band: int | None = None, crs: str | None = None
) -> Population:
    """Read people per cell from a GeoTIFF.

    Parameters
    ----------
    census_year
        Year of the count; a raster does not say it in a way that a program can trust.
    band
        Counts from 1, which is also what None takes.
    crs
        ``EPSG:n`` of a raster that does not state its system.

    Raises
    ------
    MissingError
        The file or the band does not exist.
    UsageError
        The census year is missing, or ``crs`` contradicts the raster.
    FileError
        The file is not a GeoTIFF, too large, without a coordinate system, turned, or holds nobody.
    """
    if not path.is_file():
        raise MissingError(f"{path} does not exist; check the name and the directory")
    if census_year is None:
        raise UsageError(
            f"{path.name} does not say in which year people were counted; "
            "give it with --set census_year=YEAR"
        )
    try:
        with lone_geotiff(path) as raster:
            _check_header(raster, path.name)
            system = _system(raster.crs, crs, path.name)
            number = _band(raster, band, path.name)
            transform = raster.transform
            people = raster.read(number, masked=True)
            scale, offset = raster.scales[number - 1], raster.offsets[number - 1]
            bands, band_name = raster.count, raster.descriptions[number - 1] or ""
    except (RasterioIOError, RasterioError) as error:
        raise FileError(
            f"{path.name} is not a GeoTIFF that can be read ({error}); export it again"
        ) from None
    values = np.where(np.ma.getmaskarray(people), np.nan, np.ma.getdata(people).astype(np.float64))
    values = values * scale + offset
    notes = []
    if bands > 1:
        named = f" ({band_name})" if band_name else ""
        notes.append(f"band {number}{named} of {bands} is read; choose another with --band N")
    negative = int((values < 0).sum())
    if negative:
        notes.append(f"{negative} cells below zero count as no data")
    occupied = np.isfinite(values) & (values > 0)
    row, column = np.nonzero(occupied)
    if not row.size:
        raise FileError(
            f"{path.name}, band {number} has no cell with people; choose another with --band N"
        )
    if row.size > MAX_ROWS:
        raise FileError(
            f"{path.name} has {row.size:,} cells with people, more than {MAX_ROWS:,}; "
            "cut it to the district or take coarser cells"
        )
    lon, lat = _centres(transform, system, row, column, path.name)
    cell_m, square = _cell_side_m(transform, system, float(lat.mean()))
    if not square:
        notes.append(
            f"cells are not square; each counts as a square of the same area, {cell_m:.4g} m wide"
        )
    frame = pd.DataFrame(
        {
            "demand_id": [
                f"{path.stem[:40]}-r{r}c{c}"
                for r, c in zip(row.tolist(), column.tolist(), strict=True)
            ],
            "lon": lon,
            "lat": lat,
            "people": values[row, column],
            "cell_m": cell_m,
            "census_year": census_year,
            "source": f"{path.name}, band {number}" + (f": {band_name}" if band_name else ""),
        }
    )
    return Population(
        frame, system.to_string(), number, bands, band_name, float(frame["people"].sum()),
        tuple(notes),
    )  # fmt: skip


def _check_header(raster: rasterio.DatasetReader, name: str) -> None:
    pixels = raster.width * raster.height
    if pixels > MAX_PIXELS:
        raise FileError(
            f"{name} has {raster.width} x {raster.height} pixels, more than {MAX_PIXELS:,}; "
            "cut it to the district"
        )
    if any(dtype.startswith("complex") for dtype in raster.dtypes):
        raise FileError(f"{name} holds complex numbers, which are no people; name another file")
    turned = raster.transform.b != 0 or raster.transform.d != 0
    if turned or raster.transform.is_identity or raster.transform.determinant == 0:
        raise FileError(
            f"{name} is turned against north or has no position; warp it to a grid along the axes "
            "of its coordinate system"
        )


def _system(stated: object, given: str | None, name: str) -> CRS:
    """Return the system of the raster; what it states and what the user says must agree."""
    try:
        own = CRS.from_user_input(stated) if stated else None
        wanted = CRS.from_user_input(given) if given else None
    except CRSError:
        raise UsageError(
            f"--crs is {given!r}; a raster takes EPSG:n only, and Chinese datums are not for rasters"
            if given
            else f"{name} states a coordinate system that is not known; give it with --crs EPSG:n"
        ) from None
    if own is None and wanted is None:
        raise FileError(f"{name} does not state its coordinate system; give it with --crs EPSG:n")
    if own is not None and wanted is not None and not own.equals(wanted, ignore_axis_order=True):
        raise UsageError(f"--crs is {given}, but {name} states {own.name}; leave --crs out")
    system = own or wanted
    assert system is not None  # noqa: S101  (both None was refused above)
    return system


def _band(raster: rasterio.DatasetReader, band: int | None, name: str) -> int:
    number = 1 if band is None else band
    if not 1 <= number <= raster.count:
        listed = ", ".join(
            f"{n} ({text})" if text else f"{n}"
            for n, text in enumerate(raster.descriptions, start=1)
        )
        raise MissingError(f"{name} has no band {number}; it has {listed}")
    return number


def _centres(
    transform: rasterio.Affine,
    system: CRS,
    row: NDArray[np.intp],
    column: NDArray[np.intp],
    name: str,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    x = transform.c + transform.a * (column + 0.5)
    y = transform.f + transform.e * (row + 0.5)
    lon, lat = Transformer.from_crs(system, _WGS84, always_xy=True).transform(x, y)
    lon, lat = np.round(lon, 9), np.round(lat, 9)
    if not (np.isfinite(lon).all() and (np.abs(lon) <= 180).all() and (np.abs(lat) <= 90).all()):
        raise FileError(
            f"{name} has cells that its coordinate system {system.name} does not place on the "
            "earth; correct the system of the file"
        )
    return lon, lat


def _cell_side_m(transform: rasterio.Affine, system: CRS, lat_deg: float) -> tuple[float, bool]:
    """Return the side of a square with a cell's area, and whether the cell is one."""
    width, height = abs(transform.a), abs(transform.e)
    if system.is_geographic:
        width *= _METRES_PER_DEGREE * math.cos(math.radians(lat_deg))
        height *= _METRES_PER_DEGREE
    else:
        factor = system.axis_info[0].unit_conversion_factor
        width, height = width * factor, height * factor
    square = abs(width - height) <= _SQUARE * max(width, height)
    side = width if width == height else float(f"{math.sqrt(width * height):.6g}")
    return side, square
