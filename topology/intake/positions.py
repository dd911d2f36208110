"""Positions of a foreign table, from its cells to WGS-84, with what is wrong said per row.

Cells hold decimal degrees or degrees, minutes and seconds (:mod:`.dms`), or metres where the
coordinate system is a projected one.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from shlex import quote

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from ..datum import is_chinese_datum, to_wgs84
from ..errors import Problem
from .dms import Angle, Axis, parse_angle

__all__ = ["Place", "Positions", "is_projected", "move_geometry", "read_positions"]

_CERTAINLY_METRES = 1000.0


@dataclass(frozen=True, slots=True)
class Place:
    """Where the two coordinates stand, for messages."""

    file: str
    table: str
    first_row: int
    lon_heading: str
    lat_heading: str


@dataclass(frozen=True, slots=True)
class Positions:
    """Coordinates of each row.

    Attributes
    ----------
    lon, lat
        WGS-84 degrees; NaN where the row has none that can be read.
    problems
        What could not be read.
    degrees_minutes
        Rows that were written in degrees, minutes and seconds.
    """

    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    problems: tuple[Problem, ...]
    degrees_minutes: int


def is_projected(crs: str | None) -> bool:
    """Say whether the system counts in metres rather than degrees."""
    if crs is None or is_chinese_datum(crs) or crs.strip().lower() in ("wgs84", "wgs-84"):
        return False
    to_wgs84(0.0, 0.0, crs)  # says what is wrong with a name that means no system
    from pyproj import CRS

    return bool(CRS.from_user_input(crs.strip()).is_projected)


def _empty(value: object) -> bool:
    if value is None:
        return True
    if isinstance(value, float):
        return math.isnan(value)
    return isinstance(value, str) and not value.strip()


def _metres(value: object, axis: Axis) -> Angle:
    number = float(str(value).replace(",", "").strip())
    if not math.isfinite(number):
        raise ValueError(f"{value!r} is not a number of metres")
    return Angle(number, None, True)


def _rule(error: ValueError, projected: bool) -> str:
    text = str(error)
    if projected or "could not convert" in text:
        return "must be a number of metres in the system that --crs names"
    # The message begins with the value, which the problem shows already.
    return "is not a coordinate" if "is not a coordinate" in text else text.partition("' ")[2]


def read_positions(
    lon_cells: Sequence[object], lat_cells: Sequence[object], crs: str | None, place: Place
) -> Positions:
    """Return WGS-84 positions of cells, and one problem for each row without one.

    A row whose two coordinates look exchanged is a problem; when every row does, that is one
    problem of the table. The same holds for metres where degrees are expected. Empty cells are
    left to the table's own rules.
    """
    projected = is_projected(crs)
    parse: Callable[[object, Axis], Angle] = _metres if projected else parse_angle
    count = len(lon_cells)
    lon, lat = np.full(count, np.nan), np.full(count, np.nan)
    problems: list[Problem] = []
    swapped: list[int] = []
    metres: list[int] = []
    degrees_minutes = 0

    def problem(row: int | None, column: str, value: object, rule: str, fix: str) -> None:
        number = None if row is None else place.first_row + row
        problems.append(
            Problem(
                "error", place.file, place.table, number, column, str(value)[:80], rule, fix
            )
        )  # fmt: skip

    for row, cells in enumerate(zip(lon_cells, lat_cells, strict=True)):
        angles: list[Angle | None] = []
        axes: tuple[Axis, Axis] = ("lon", "lat")
        for axis, cell in zip(axes, cells, strict=True):
            if _empty(cell):
                angles.append(None)
                continue
            try:
                angles.append(parse(cell, axis))
            except ValueError as error:
                angles.append(None)
                problem(
                    row, axis, cell, _rule(error, projected),
                    "write decimal degrees or degrees, minutes and seconds as 31°18′05″"
                    if not projected else "correct the cell",
                )  # fmt: skip
        first, second = angles
        if first is None or second is None:
            # One coordinate alone is no position, but it stays for the range rule to see.
            lon[row] = math.nan if first is None else first.degrees
            lat[row] = math.nan if second is None else second.degrees
            continue
        degrees_minutes += not (first.decimal and second.decimal)
        if not projected and _exchanged(first, second):
            swapped.append(row)
        elif not projected and max(abs(first.degrees), abs(second.degrees)) > _CERTAINLY_METRES:
            metres.append(row)
        else:
            lon[row], lat[row] = first.degrees, second.degrees
    whole = int(np.isfinite(lon).sum()) == 0
    shown = [f"{lon_cells[row]}, {lat_cells[row]}" for row in (swapped or metres)[:1]]
    exchange = f"use --map {_argument(f'lon={place.lat_heading}')} --map {_argument(f'lat={place.lon_heading}')}"
    if swapped and whole and not metres:
        problem(
            None, "lon, lat", shown[0],
            f"longitude and latitude look swapped in all {len(swapped)} rows", exchange,
        )  # fmt: skip
    else:
        for row in swapped:
            problem(
                row, "lon, lat", f"{lon_cells[row]}, {lat_cells[row]}",
                "longitude and latitude look swapped",
                f"exchange the two cells, or when all rows are so {exchange}",
            )  # fmt: skip
    way_out = "name the projected system with --crs EPSG:n, such as EPSG:4549 or EPSG:32651"
    if metres and whole and not swapped:
        problem(
            None, "lon, lat", shown[0], f"all {len(metres)} positions look like metres", way_out
        )
    else:
        for row in metres:
            problem(
                row, "lon, lat", f"{lon_cells[row]}, {lat_cells[row]}",
                "must be degrees; this looks like metres", way_out,
            )  # fmt: skip
    if crs is not None:
        pairs = np.isfinite(lon) & np.isfinite(lat)
        lon[pairs], lat[pairs] = to_wgs84(lon[pairs], lat[pairs], crs)
        for row in np.flatnonzero(pairs & ~(np.isfinite(lon) & np.isfinite(lat))).tolist():
            problem(
                row, "lon, lat", f"{lon_cells[row]}, {lat_cells[row]}",
                f"lies outside of what {crs} can hold", "correct the cells or name another --crs",
            )  # fmt: skip
    return Positions(lon, lat, tuple(problems), degrees_minutes)


def _argument(text: str) -> str:
    """Return the text as a shell takes it; Chinese headings need no quotes, blanks do."""
    return text if re.fullmatch(r"[\w=.-]+", text) else quote(text)


def _exchanged(lon: Angle, lat: Angle) -> bool:
    if lon.axis == "lat" or lat.axis == "lon":
        return True
    return abs(lat.degrees) > 90 and abs(lat.degrees) <= 180 and abs(lon.degrees) <= 90


def move_geometry(shapes: Sequence[object], crs: str) -> list[object]:
    """Return geometries whose coordinates were in ``crs``, in WGS-84; None stays None."""

    def moved(coordinates: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.column_stack(to_wgs84(coordinates[:, 0], coordinates[:, 1], crs))

    return [
        shapely.transform(shape, moved) if isinstance(shape, BaseGeometry) else shape
        for shape in shapes
    ]
