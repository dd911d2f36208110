"""Reads and writes GeoJSON with the JSON parser and shapely alone.

GDAL is kept out on purpose: a file that is named ``.geojson`` and holds something else would make
it open that, and whatever that points at. Written is RFC 7946: WGS-84 longitude and latitude, outer
rings counter-clockwise, one feature on each line so that a diff shows the rows that changed.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import shapely
from shapely.errors import ShapelyError
from shapely.geometry.base import BaseGeometry

from ..errors import FileError
from .file_crs import crs_of_name
from .plain_values import Plain
from .raw_table import (
    RawTable,
    add_geometry,
    check_row_count,
    checked_geometries,
    columns_of_records,
)
from .text_encoding import decode_text, whole_characters

__all__ = ["geojson_lines", "read_geojson"]

_GEOMETRY_TYPES = (
    "Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon",
)  # fmt: skip


class _GeometryError(Exception):
    """A geometry breaks a rule; the reader adds which feature it is."""


def _parse(text: str, name: str) -> Mapping[str, object]:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise FileError(
            f"{name} is not GeoJSON: {str(error)[:200]}; export it as GeoJSON again"
        ) from None
    if not isinstance(document, dict) or not isinstance(document.get("type"), str):
        raise FileError(
            f'{name} is JSON but not GeoJSON (an object with a "type"); export it as GeoJSON'
        )
    return document


def _features(document: Mapping[str, object], name: str) -> list[object]:
    kind = document["type"]
    if kind == "FeatureCollection":
        features = document.get("features")
        if not isinstance(features, list):
            raise FileError(f'{name} is a FeatureCollection without a list of "features"')
        return features
    if kind == "Feature":
        return [document]
    if kind in _GEOMETRY_TYPES or kind == "GeometryCollection":
        return [{"type": "Feature", "properties": {}, "geometry": document}]
    raise FileError(
        f"{name} is of type {str(kind)[:40]!r}, which GeoJSON does not have; "
        "export it as a FeatureCollection"
    )


def _positions(value: object) -> list[tuple[float, float]]:
    """Return a list of positions; raise _GeometryError where it is not one."""
    if not isinstance(value, list):
        raise _GeometryError("a list of positions is missing")
    return [_position(item) for item in value]


def _position(value: object) -> tuple[float, float]:
    if not isinstance(value, list) or len(value) < 2:
        raise _GeometryError("a position must be [longitude, latitude]")
    x, y = value[0], value[1]
    if isinstance(x, bool) or isinstance(y, bool):
        raise _GeometryError("a coordinate must be a number")
    if not isinstance(x, (int, float)) or not isinstance(y, (int, float)):
        raise _GeometryError("a coordinate must be a number")
    if not (math.isfinite(x) and math.isfinite(y)):
        raise _GeometryError("a coordinate must be a finite number")
    return float(x), float(y)


def _items(value: object) -> list[object]:
    if not isinstance(value, list):
        raise _GeometryError("coordinates must be a list")
    return value


def _polygon(value: object) -> shapely.Polygon:
    rings = [_positions(ring) for ring in _items(value)]
    if not rings:
        return shapely.Polygon()
    if any(0 < len(ring) < 4 for ring in rings):
        raise _GeometryError("a ring must have at least four positions")
    return shapely.Polygon(rings[0], rings[1:])


def _geometry(value: object) -> BaseGeometry | None:
    if value is None:
        return None
    if not isinstance(value, dict):
        raise _GeometryError("a geometry must be an object or null")
    kind = value.get("type")
    if kind == "GeometryCollection":
        raise _GeometryError(
            "a GeometryCollection mixes kinds of geometry; split it into features of one kind"
        )
    coordinates = value.get("coordinates")
    if kind in _GEOMETRY_TYPES and coordinates == []:
        return None
    if kind == "Point":
        return shapely.Point(_position(coordinates))
    if kind == "MultiPoint":
        return shapely.MultiPoint(_positions(coordinates))
    if kind == "LineString":
        return shapely.LineString(_positions(coordinates))
    if kind == "MultiLineString":
        return shapely.MultiLineString([_positions(line) for line in _items(coordinates)])
    if kind == "Polygon":
        return _polygon(coordinates)
    if kind == "MultiPolygon":
        return shapely.MultiPolygon([_polygon(part) for part in _items(coordinates)])
    raise _GeometryError(f"{str(kind)[:40]!r} is not a kind of geometry")


def _property(value: object) -> object:
    """Keep plain values; a list of texts becomes ids separated by ``;``, the rest JSON."""
    if isinstance(value, str):
        return whole_characters(value)
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, list) and all(isinstance(item, str) and ";" not in item for item in value):
        return whole_characters(";".join(str(item) for item in value))
    if isinstance(value, (list, dict)):
        return json.dumps(value, ensure_ascii=False)
    return value


def _crs(document: Mapping[str, object], name: str) -> str:
    """Return what the member ``crs`` of GeoJSON before RFC 7946 says, WGS-84 without one."""
    member = document.get("crs")
    if member is None:
        return "EPSG:4326"
    if isinstance(member, dict) and isinstance(member.get("properties"), dict):
        named = member["properties"].get("name")
        if isinstance(named, str):
            return crs_of_name(named, name)
    raise FileError(
        f"{name} has a crs member that names no coordinate system (links are not followed); "
        "export it in WGS-84"
    )


def read_geojson(path: Path) -> RawTable:
    """Read a FeatureCollection, a Feature or a geometry as one table.

    Features without geometry are kept. The member ``id`` becomes a column when no property has
    that name.

    Raises
    ------
    FileError
        The file is not GeoJSON, or a feature is not sound; the message says which.
    """
    name = path.name
    text, encoding = decode_text(path.read_bytes(), name, "GeoJSON")
    document = _parse(text, name)
    features = _features(document, name)
    check_row_count(len(features), name)
    records: list[dict[str, object]] = []
    geometries: list[BaseGeometry | None] = []
    for number, feature in enumerate(features, start=1):
        if not isinstance(feature, dict) or feature.get("type") != "Feature":
            raise FileError(f'{name}, feature {number} is not an object of type "Feature"')
        properties = feature.get("properties")
        if properties is None:
            properties = {}
        if not isinstance(properties, dict):
            raise FileError(f"{name}, feature {number} has properties that are no object")
        record = {whole_characters(key): _property(value) for key, value in properties.items()}
        if "id" not in record and isinstance(feature.get("id"), (str, int, float)):
            record["id"] = _property(feature["id"])
        try:
            geometries.append(_geometry(feature.get("geometry")))
        except (_GeometryError, OverflowError, ShapelyError) as error:
            raise FileError(f"{name}, feature {number} has a bad geometry: {error}") from None
        records.append(record)
    frame = add_geometry(
        columns_of_records(records, name), checked_geometries(geometries, name), name
    )
    return RawTable(frame, _crs(document, name), encoding)


def _coordinates(geometry: BaseGeometry, decimals: int | None) -> object:
    def pairs(line: BaseGeometry) -> list[list[float]]:
        rows = shapely.get_coordinates(line).tolist()
        if decimals is None:
            return [[_short(x), _short(y)] for x, y in rows]
        return [[_short(round(x, decimals)), _short(round(y, decimals))] for x, y in rows]

    if isinstance(geometry, shapely.Polygon):
        oriented = shapely.geometry.polygon.orient(geometry)
        return [pairs(ring) for ring in (oriented.exterior, *oriented.interiors)]
    if isinstance(geometry, (shapely.MultiPolygon, shapely.MultiLineString)):
        return [_coordinates(part, decimals) for part in geometry.geoms]
    if isinstance(geometry, shapely.Point):
        return pairs(geometry)[0]
    return pairs(geometry)


def _short(number: float) -> float:
    """Return a whole number as one, so that 121 is not written 121.0."""
    return int(number) if number.is_integer() else number


def geojson_lines(
    columns: Mapping[str, Sequence[Plain]],
    geometries: Sequence[BaseGeometry | None],
    *,
    title: str,
    decimals: int | None,
) -> str:
    """Return a FeatureCollection with one feature on each line.

    Parameters
    ----------
    geometries
        In WGS-84, one for each row.
    title
        The member ``name``, which GIS programs show as the layer.
    decimals
        Digits behind the point of a coordinate (6 are 0.1 m); None writes what is there.
    """
    lines = []
    for number, geometry in enumerate(geometries):
        shape = None
        if geometry is not None:
            shape = {
                "type": geometry.geom_type,
                "coordinates": _coordinates(geometry, decimals),
            }
        feature = {
            "type": "Feature",
            "properties": {column: values[number] for column, values in columns.items()},
            "geometry": shape,
        }
        lines.append(json.dumps(feature, ensure_ascii=False, allow_nan=False))
    head = f'{{"type": "FeatureCollection", "name": {json.dumps(title, ensure_ascii=False)}, '
    return head + '"features": [\n' + ",\n".join(lines) + ("\n" if lines else "") + "]}\n"
