"""Writes a frame in any of the formats: the one place that knows which writer a file name means.

In a format with geometry, a point table's ``lon`` and ``lat`` become the geometry and are not
written again as columns: whoever moves a point in QGIS would leave the columns behind, and the
move would be lost when the file is read.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from ..errors import InputError, UsageError
from ..schema import Table
from .csv_text import csv_text
from .geojson import geojson_lines
from .kml import kml_text, write_kmz
from .plain_values import Kind, Plain, kind_of, plain_columns
from .spreadsheet import write_xlsx
from .vector_writing import write_vector
from .whole_file import replacing

__all__ = ["FORMATS", "Written", "format_of", "write_frame"]

FORMATS: dict[str, str] = {
    ".csv": "csv",
    ".xlsx": "xlsx",
    ".geojson": "geojson",
    ".json": "geojson",
    ".gpkg": "gpkg",
    ".shp": "shp",
    ".kml": "kml",
    ".kmz": "kmz",
    ".tab": "tab",
    ".mif": "mif",
    ".tsv": "csv",
    ".txt": "csv",
}
"""File name endings and their formats, for reading and for writing."""

_NEED_GEOMETRY = ("shp", "kml", "kmz", "tab", "mif")
_HINTS = {
    ".xls": "; save the old Excel file as .xlsx",
    ".zip": "; unpack the archive and name the file in it",
    ".dbf": "; name the .shp beside it",
    ".shx": "; name the .shp beside it",
    ".mid": "; name the .mif beside it",
    ".dat": "; name the .tab beside it",
    ".map": "; name the .tab beside it",
}


@dataclass(frozen=True, slots=True)
class Written:
    """What a format could not hold as it was.

    Attributes
    ----------
    renamed
        Column name to the name it has in the file.
    notes
        Other changes, one sentence each, beginning with the column.
    """

    rows: int
    renamed: dict[str, str]
    notes: tuple[str, ...]


def format_of(path: Path) -> str:
    """Return the format that the ending of the file name means.

    Raises
    ------
    UsageError
        The ending means none; the message names those that do.
    """
    suffix = path.suffix.lower()
    if suffix in FORMATS:
        return FORMATS[suffix]
    raise UsageError(
        f"{path.name} has an ending that is not known; it must be one of {', '.join(FORMATS)}"
        f"{_HINTS.get(suffix, '')}"
    )


def _number(value: object, row: int, column: str) -> float:
    if value is None or value is pd.NA or (isinstance(value, str) and not value.strip()):
        return math.nan
    try:
        return float(str(value))
    except ValueError:
        raise InputError(
            f"row {row} has the {column} {str(value)[:40]!r}, which is not a number in degrees; "
            "correct it before it is written as geometry"
        ) from None


def _points(frame: pd.DataFrame) -> list[BaseGeometry | None]:
    points: list[BaseGeometry | None] = []
    pairs = zip(frame["lon"].tolist(), frame["lat"].tolist(), strict=True)
    for row, (lon, lat) in enumerate(pairs, start=1):
        x, y = _number(lon, row, "lon"), _number(lat, row, "lat")
        points.append(shapely.Point(x, y) if math.isfinite(x) and math.isfinite(y) else None)
    return points


def _is_positioned(frame: pd.DataFrame, table: Table | None) -> bool:
    """Say whether lon and lat are the geometry of the rows."""
    if "lon" not in frame.columns or "lat" not in frame.columns:
        return False
    return table.geometry == "point" if table is not None else "geometry" not in frame.columns


def _shapes(frame: pd.DataFrame) -> list[BaseGeometry | None] | None:
    """Return the column of geometry, or None where there is none."""
    if "geometry" not in frame.columns:
        return None
    shapes: list[BaseGeometry | None] = []
    for row, value in enumerate(frame["geometry"].tolist(), start=1):
        if isinstance(value, BaseGeometry) and not value.is_empty:
            if value.geom_type == "GeometryCollection":
                raise InputError(
                    f"row {row} is a GeometryCollection, which files of one kind cannot hold; "
                    "split it"
                )
            shapes.append(shapely.force_2d(value))
        else:
            shapes.append(None)
    return shapes


def _ordered(frame: pd.DataFrame, table: Table | None) -> pd.DataFrame:
    if table is None:
        return frame
    first = [name for name in table.names if name in frame.columns]
    rest = [name for name in frame.columns if name not in first]
    return frame[first + rest]


def write_frame(
    frame: pd.DataFrame, path: Path, *, table: Table | None, decimals: int | None
) -> Written:
    """Write the frame whole or not at all, in the format of the file name.

    Parameters
    ----------
    frame
        Rows in WGS-84.
    table
        Gives columns their order and, where they are empty, their type; and says whether ``lon``
        and ``lat`` are the geometry.
    decimals
        Digits behind the point of coordinates in GeoJSON and KML; None writes what is there.

    Raises
    ------
    UsageError
        The ending is unknown, or the format needs geometry and the rows have none.
    InputError
        A value cannot be written.
    SurroundingsError
        The place cannot be written.
    """
    kind = format_of(path)
    frame = _ordered(frame, table)
    columns = plain_columns(frame, path.name)
    title = table.name if table is not None else path.stem
    from_position = _is_positioned(frame, table)
    if kind in ("csv", "xlsx"):
        # lon and lat stay the cells they are, even where they are no numbers.
        shapes = None if from_position else _shapes(frame)
        if shapes is not None:
            columns["geometry"] = [None if shape is None else _wkt(shape) for shape in shapes]
        with replacing(path) as target:
            if kind == "csv":
                delimiter = "\t" if path.suffix.lower() == ".tsv" else ","
                text = csv_text(columns, path.name, delimiter=delimiter)
                target.write_bytes(text.encode("utf-8-sig"))
            else:
                write_xlsx(target, {title: columns})
        return Written(len(frame), {}, ())
    shapes = _points(frame) if from_position else _shapes(frame)
    if from_position:
        del columns["lon"], columns["lat"]
    if shapes is None and kind in _NEED_GEOMETRY:
        raise UsageError(
            f"{path.name} cannot be written: the rows have no geometry, which {kind.upper()} "
            "needs; write CSV, XLSX or GeoPackage instead"
        )
    renamed: dict[str, str] = {}
    notes: list[str] = []
    with replacing(path) as target:
        if kind in ("geojson", "kml", "kmz"):
            known = shapes if shapes is not None else [None] * len(frame)
            if kind == "geojson":
                text = geojson_lines(columns, known, title=title, decimals=decimals)
            else:
                label = _label(columns, table)
                text = kml_text(columns, known, title=title, label=label, decimals=decimals)
            if kind == "kmz":
                write_kmz(target, text)
            else:
                target.write_bytes(text.encode("utf-8"))
        else:
            kinds: dict[str, Kind] = {
                name: kind_of(
                    values, table[name].type if table is not None and name in table else None
                )
                for name, values in columns.items()
            }
            renamed, notes = write_vector(target, kind, columns, kinds, shapes, layer=title)
    return Written(len(frame), renamed, tuple(notes))


def _wkt(shape: BaseGeometry) -> str:
    return str(shapely.to_wkt(shape, rounding_precision=-1))


def _label(columns: dict[str, list[Plain]], table: Table | None) -> str | None:
    """Return the column that names a row on a map."""
    wanted = ["name", "name_en", *([table.key] if table is not None else [])]
    return next((name for name in wanted if name in columns), None)
