"""Writes GeoPackage, Shapefile and MapInfo files, and says what the format could not hold.

A Shapefile has ten bytes for a field name and 254 for a text; MapInfo knows no empty number. What
does not fit is fitted here, openly, before GDAL would cut it silently.
"""

from __future__ import annotations

import errno
import re
import shutil
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from ..errors import FileError, UsageError
from .field_names import mapinfo_name, plain_name, shapefile_name, unique_names
from .file_crs import WGS84
from .gdal_cage import load_gdal
from .plain_values import Kind, Plain, as_text

__all__ = ["write_vector"]

_FIELD_BYTES = 254  # what a text field of a DBF or a MapInfo table holds
_FULL = re.compile(r"no space left|(database or )?disk is full|quota", re.IGNORECASE)
_NO_BYTES = 4096
_LITTLE_BYTES = 64 * 1024  # with less left, the disk is why GDAL failed
_LARGE_INTEGER = 10**15
_KINDS = {
    "Point": "Point", "MultiPoint": "MultiPoint",
    "LineString": "LineString", "MultiLineString": "LineString",
    "Polygon": "Polygon", "MultiPolygon": "Polygon",
}  # fmt: skip


def _shape_type(geometries: Sequence[BaseGeometry | None], driver: str, name: str) -> str:
    """Return the geometry type of the layer that holds them all."""
    exact = {geometry.geom_type for geometry in geometries if geometry is not None}
    if len(exact) == 1:
        return exact.pop()
    kinds = {_KINDS.get(kind, kind) for kind in exact}
    if driver == "ESRI Shapefile":
        if len(kinds) > 1:
            raise UsageError(
                f"{name} cannot be written: a Shapefile holds one kind of geometry, the rows have "
                f"{' and '.join(sorted(kinds))}; write GeoPackage or GeoJSON instead"
            )
        return kinds.pop() if kinds else "Point"
    if driver == "GPKG" and len(kinds) == 1:
        return f"Multi{kinds.pop()}"
    return "Unknown"


def _cut(text: str, codec: str) -> str:
    """Return as much of the text as a field holds, never half a character."""
    if len(text.encode(codec)) <= _FIELD_BYTES:
        return text
    return text.encode(codec)[:_FIELD_BYTES].decode(codec, "ignore")


def _narrow(
    values: Sequence[Plain], kind: Kind, driver: str, codec: str
) -> tuple[Sequence[Plain], Kind, str | None]:
    """Fit a column into a DBF or MapInfo field; say what that changed."""
    empty = any(value is None for value in values)
    large = any(type(value) is int and abs(value) >= _LARGE_INTEGER for value in values)
    if kind == "integer" and large:
        return [as_text(value) for value in values], "text", "written as text: numbers are too long"
    if driver == "MapInfo File" and kind != "text" and empty:
        return (
            [as_text(value) for value in values],
            "text",
            "written as text: MapInfo would turn empty cells into 0",
        )
    if kind != "text":
        return values, kind, None
    texts = [as_text(value).replace("\0", "\ufffd") for value in values]
    note = None
    if driver == "MapInfo File":
        flat = [re.sub(r"\r\n|\r|\n", " ", text) for text in texts]
        if flat != texts:
            note = "line breaks became spaces"
        texts = flat
    short = [_cut(text, codec) for text in texts]
    cut = sum(a != b for a, b in zip(short, texts, strict=True))
    if cut:
        note = (f"{note}; " if note else "") + (
            f"{cut} value{'s' if cut > 1 else ''} cut to {_FIELD_BYTES} bytes"
        )
    return short, "text", note


def _array(values: Sequence[Plain], kind: Kind) -> np.ndarray[Any, Any]:
    if kind == "text":
        array = np.empty(len(values), dtype=object)
        array[:] = [None if value is None else as_text(value) for value in values]
        return array
    filler: Plain = {"integer": 0, "number": 0.0, "boolean": False}[kind]
    dtype = {"integer": "int64", "number": "float64", "boolean": "bool"}[kind]
    return np.array([filler if value is None else value for value in values], dtype=dtype)


def write_vector(
    path: Path,
    format: str,
    columns: Mapping[str, Sequence[Plain]],
    kinds: Mapping[str, Kind],
    geometries: Sequence[BaseGeometry | None] | None,
    *,
    layer: str,
) -> tuple[dict[str, str], list[str]]:
    """Write a new GeoPackage, Shapefile, TAB or MIF in WGS-84.

    Parameters
    ----------
    path
        In a directory of its own (:func:`.whole_file.replacing`).
    format
        ``gpkg``, ``shp``, ``tab`` or ``mif``.
    geometries
        One for each row; None for a table without geometry (GeoPackage only).

    Returns
    -------
    tuple
        The columns that got another name, and what else the format changed.
    """
    driver = {"gpkg": "GPKG", "shp": "ESRI Shapefile"}.get(format, "MapInfo File")
    notes: list[str] = []
    codec = "utf-8"
    if driver == "MapInfo File":
        # Older MapInfo, which most operators have, opens GBK but not UTF-8.
        everything = [as_text(value) for values in columns.values() for value in values]
        if _encodes("".join([*columns, *everything]), "gbk"):
            codec = "gbk"
    fit = {"GPKG": plain_name, "ESRI Shapefile": shapefile_name}.get(driver, mapinfo_name)
    names = unique_names(columns, fit, reserved=("geom", "fid") if driver == "GPKG" else ())
    arrays: list[np.ndarray[Any, Any]] = []
    masks: list[np.ndarray[Any, Any]] = []
    for column, original in columns.items():
        values, kind = original, kinds[column]
        if driver != "GPKG":
            values, kind, note = _narrow(values, kind, driver, codec)
            if note is not None:
                notes.append(f"{column}: {note}")
        else:
            values = [
                value.replace("\0", "\ufffd") if isinstance(value, str) else value
                for value in values
            ]
        arrays.append(_array(values, kind))
        masks.append(np.array([value is None for value in values], dtype=bool))
    options: dict[str, Any] = {"encoding": "UTF-8"}
    shapes = None
    if geometries is not None:
        shapes = np.empty(len(geometries), dtype=object)
        shapes[:] = [None if shape is None else shapely.to_wkb(shape) for shape in geometries]
        options["geometry_type"] = _shape_type(geometries, driver, path.name)
        options["crs"] = WGS84
        options["promote_to_multi"] = options["geometry_type"].startswith("Multi")
    if driver == "GPKG":
        options["layer"] = layer
        options["encoding"] = None
    elif driver == "MapInfo File":
        options["dataset_options"] = {"FORMAT": format.upper()}
        options["layer_options"] = {
            "ENCODING": "CP936" if codec == "gbk" else "UTF-8",
            "BOUNDS": "-180,-90,180,90",  # the integers of a .map are then steps of 2 cm
        }
    pyogrio = load_gdal()
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        try:
            pyogrio.raw.write(
                path, shapes, arrays, list(names.values()),
                field_mask=masks, driver=driver, **options,
            )  # fmt: skip
        except (RuntimeError, ValueError) as error:
            if _FULL.search(str(error)) or shutil.disk_usage(path.parent).free < _LITTLE_BYTES:
                raise OSError(errno.ENOSPC, "no space left") from None
            raise FileError(f"{path.name} cannot be written: {str(error)[:200]}") from None
    if shutil.disk_usage(path.parent).free < _NO_BYTES:
        raise OSError(errno.ENOSPC, "no space left")  # GDAL does not say so of every format
    notes += [str(warning.message)[:200] for warning in heard]
    renamed = {column: name for column, name in names.items() if column != name}
    return renamed, notes


def _encodes(text: str, codec: str) -> bool:
    try:
        text.encode(codec)
    except UnicodeEncodeError:
        return False
    return True
