"""Reads and writes KML and KMZ, the files of Google Earth and of many field tools.

A Placemark is a row: its name, its description, the ``Data`` and ``SimpleData`` of its
ExtendedData, and its geometry (longitude, latitude in WGS-84; heights are left out). The XML parser
follows no entity and no DTD, links to the network are never followed, and a KMZ goes through
:mod:`.archives`.

Written columns stand in ExtendedData, not in ``description``: a viewer shows a description as
HTML and would run what a hostile site name says.
"""

from __future__ import annotations

import html
import io
import math
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, ParseError

import shapely
from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse
from shapely.errors import ShapelyError
from shapely.geometry.base import BaseGeometry

from ..errors import FileError
from .archives import open_archive, read_member
from .file_crs import WGS84
from .plain_values import Plain, as_text, number_text
from .raw_table import (
    RawTable,
    add_geometry,
    check_row_count,
    checked_geometries,
    columns_of_records,
)
from .text_encoding import decode_text, foreign_content

__all__ = ["kml_text", "placemarks", "read_kml", "read_kmz", "write_kmz", "xml_text"]

_MAX_DEPTH = 64
_DECLARATION = re.compile(
    r"""\s*<\?xml\b[^>]*?(?:encoding\s*=\s*["']([A-Za-z0-9_.-]+)["'][^>]*)?\?>"""
)
_LEGACY = ("iso-8859-1", "latin1", "latin-1", "windows-1252", "cp1252", "us-ascii")
_NOT_XML = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_COMMA = re.compile(r"\s*,\s*")
_GEOMETRY_TAGS = ("Point", "LineString", "LinearRing", "Polygon", "MultiGeometry")
_KMZ_TIME = (1980, 1, 1, 0, 0, 0)  # the same rows make the same file


def _local(element: Element) -> str:
    """Return the tag without its namespace: files use four of them, and none."""
    return element.tag.rpartition("}")[2]


def _child(element: Element, tag: str) -> Element | None:
    return next((child for child in element if _local(child) == tag), None)


def _text(element: Element | None) -> str:
    return "" if element is None else "".join(element.itertext()).strip()


def _xml(data: bytes, name: str) -> tuple[bytes, str]:
    """Return the document in UTF-8 without its declaration, and the encoding it was in."""
    head = data[:200].decode("latin-1")
    declared = _DECLARATION.match(head)
    if declared is not None and (declared[1] or "").lower() in _LEGACY:
        text, encoding = data.decode(declared[1]), declared[1].lower()
    else:
        text, encoding = decode_text(data, name, "KML")
    if not text.lstrip().startswith("<"):
        raise FileError(f"{name} is not KML: it does not begin with <; export it as KML")
    return _DECLARATION.sub("", text, count=1).encode("utf-8"), encoding


def _placemarks(data: bytes, name: str) -> Iterator[Element]:
    """Yield the Placemarks one by one, forgetting each after its use."""
    depth = inside = 0
    links = found = 0
    for event, element in iterparse(io.BytesIO(data), events=("start", "end"), forbid_dtd=True):
        if event == "start":
            depth += 1
            if depth == 1 and _local(element) != "kml":
                raise FileError(
                    f"{name} is not KML: its first element is {_local(element)[:40]!r}, not "
                    "'kml'; export it as KML"
                )
            if depth > _MAX_DEPTH:
                raise FileError(f"{name} is nested deeper than {_MAX_DEPTH} elements; not read")
            inside += _local(element) == "Placemark"
            continue
        depth -= 1
        tag = _local(element)
        links += tag == "NetworkLink"
        if tag == "Placemark":
            inside -= 1
            found += 1
            check_row_count(found, name)
            yield element
        if not inside:
            element.clear()
    if links and not found:
        raise FileError(
            f"{name} holds no places, only links to a network, which are not followed; in Google "
            "Earth save the linked folder itself"
        )


def _coordinates(element: Element) -> list[tuple[float, float]]:
    positions = []
    for item in _COMMA.sub(",", _text(_child(element, "coordinates"))).split():
        parts = item.split(",")
        if len(parts) not in (2, 3):
            raise ValueError(
                f"{item[:40]!r} is not longitude,latitude or longitude,latitude,height"
            )
        x, y = float(parts[0]), float(parts[1])
        if not (math.isfinite(x) and math.isfinite(y)):
            raise ValueError(f"{item[:40]!r} is not a finite number")
        positions.append((x, y))
    return positions


def _ring(boundary: Element) -> list[tuple[float, float]]:
    ring = _coordinates(boundary)
    if len(ring) < 3 or (len(ring) == 3 and ring[0] == ring[-1]):
        raise ValueError("a ring must have at least three corners")
    return ring


def _polygon(element: Element) -> shapely.Polygon | None:
    outer: list[tuple[float, float]] | None = None
    inner = []
    for boundary in element:
        tag = _local(boundary)
        if tag not in ("outerBoundaryIs", "innerBoundaryIs"):
            continue
        for ring in boundary:
            if _local(ring) != "LinearRing":
                continue
            if tag == "outerBoundaryIs":
                outer = _ring(ring)
            else:
                inner.append(_ring(ring))
    if outer is None:
        return None
    return shapely.Polygon(outer, inner)


def _geometry(element: Element) -> BaseGeometry | None:
    """Return the geometry of a geometry element; raise ValueError where it is not sound."""
    tag = _local(element)
    if tag == "Polygon":
        return _polygon(element)
    if tag == "MultiGeometry":
        parts = [_geometry(child) for child in element if _local(child) in _GEOMETRY_TAGS]
        return _gather([part for part in parts if part is not None])
    positions = _coordinates(element)
    if not positions:
        return None
    if tag == "Point":
        return shapely.Point(positions[0])
    if len(positions) < 2:
        raise ValueError("a line must have at least two positions")
    return shapely.LineString(positions)


def _gather(parts: Sequence[BaseGeometry]) -> BaseGeometry | None:
    """Make one multi-geometry of parts of one kind; parts of several kinds are an error."""
    flat = [piece for part in parts for piece in getattr(part, "geoms", (part,))]
    kinds = {piece.geom_type for piece in flat}
    if len(kinds) > 1:
        raise ValueError(
            f"a MultiGeometry mixes {' and '.join(sorted(kinds))}; split it into Placemarks"
        )
    if not flat:
        return None
    if len(flat) == 1:
        return flat[0]
    gather: dict[str, Callable[[list[Any]], BaseGeometry]] = {
        "Point": shapely.MultiPoint,
        "LineString": shapely.MultiLineString,
        "Polygon": shapely.MultiPolygon,
    }
    return gather[kinds.pop()](flat)


def _record(placemark: Element) -> dict[str, object]:
    record: dict[str, object] = {}
    for tag in ("name", "description"):
        element = _child(placemark, tag)
        if element is not None:
            record[tag] = _text(element)
    extended = _child(placemark, "ExtendedData")
    for element in extended if extended is not None else ():
        if _local(element) == "Data" and element.get("name"):
            value = _child(element, "value")
            record[element.get("name", "")] = "" if value is None else value.text or ""
        elif _local(element) == "SchemaData":
            for simple in element:
                if _local(simple) == "SimpleData" and simple.get("name"):
                    record[simple.get("name", "")] = simple.text or ""
    return record


def _parse(data: bytes, name: str) -> RawTable:
    document, encoding = _xml(data, name)
    records: list[dict[str, object]] = []
    geometries: list[BaseGeometry | None] = []
    try:
        for number, placemark in enumerate(_placemarks(document, name), start=1):
            record = _record(placemark)
            shape = next((child for child in placemark if _local(child) in _GEOMETRY_TAGS), None)
            try:
                geometries.append(None if shape is None else _geometry(shape))
            except (ValueError, ShapelyError) as error:
                called = f" ({str(record['name'])[:40]!r})" if record.get("name") else ""
                raise FileError(
                    f"{name}, Placemark {number}{called} has a bad geometry: {error}"
                ) from None
            records.append(record)
    except DefusedXmlException:
        raise FileError(
            f"{name} holds a DTD or entities, which can be made to fill the memory or to read "
            "other files; export it as plain KML"
        ) from None
    except ParseError as error:
        raise FileError(f"{name} is not sound XML: {error}; export it as KML again") from None
    frame = add_geometry(
        columns_of_records(records, name),
        checked_geometries(geometries, name, noun="Placemark"),
        name,
    )
    return RawTable(frame, WGS84, encoding)


def read_kml(path: Path) -> RawTable:
    """Read the Placemarks of a KML file, of all its folders, as text columns and geometry.

    A Placemark without geometry, or with a kind that is no Point, line or polygon, keeps its row.

    Raises
    ------
    FileError
        The file is not KML, holds a DTD or entities, or a Placemark is not sound.
    """
    return _parse(path.read_bytes(), path.name)


def read_kmz(path: Path) -> RawTable:
    """Read the KML file of a KMZ archive: ``doc.kml``, or else the first one.

    Raises
    ------
    FileError
        The archive is not sound or holds no KML; or as :func:`read_kml`.
    """
    with path.open("rb") as file:
        head = file.read(512)
        if not head.startswith(b"PK"):
            what = foreign_content(head) or "no ZIP archive"
            raise FileError(f"{path.name} is {what}, not KMZ; a plain KML file ends in .kml")
        archive = open_archive(file, path.name)
        documents = [item for item in archive.namelist() if item.lower().endswith(".kml")]
        if not documents:
            raise FileError(f"{path.name} holds no KML file; it cannot be a KMZ")
        chosen = min(documents, key=lambda item: (item != "doc.kml", item.count("/")))
        data = read_member(archive, chosen, path.name)
    return _parse(data, path.name)


def xml_text(text: str) -> str:
    """Return text as it may stand in XML; what XML cannot hold at all becomes U+FFFD."""
    return html.escape(_NOT_XML.sub("\ufffd", text)).replace("\r", "&#13;")


def _positions(geometry: BaseGeometry, decimals: int | None) -> str:
    rows = shapely.get_coordinates(geometry).tolist()
    if decimals is not None:
        rows = [[round(x, decimals), round(y, decimals)] for x, y in rows]
    pairs = " ".join(f"{number_text(x)},{number_text(y)}" for x, y in rows)
    return f"<coordinates>{pairs}</coordinates>"


def _shape(geometry: BaseGeometry, decimals: int | None) -> str:
    if isinstance(geometry, shapely.Polygon):
        oriented = shapely.geometry.polygon.orient(geometry)
        rings = [("outer", oriented.exterior)] + [("inner", ring) for ring in oriented.interiors]
        body = "".join(
            f"<{side}BoundaryIs><LinearRing>{_positions(ring, decimals)}</LinearRing>"
            f"</{side}BoundaryIs>"
            for side, ring in rings
        )
        return f"<Polygon>{body}</Polygon>"
    parts = getattr(geometry, "geoms", None)
    if parts is not None:
        return f"<MultiGeometry>{''.join(_shape(part, decimals) for part in parts)}</MultiGeometry>"
    tag = "Point" if isinstance(geometry, shapely.Point) else "LineString"
    return f"<{tag}>{_positions(geometry, decimals)}</{tag}>"


def kml_text(
    columns: Mapping[str, Sequence[Plain]],
    geometries: Sequence[BaseGeometry | None],
    *,
    title: str,
    label: str | None,
    decimals: int | None,
) -> str:
    """Return a KML document with a Placemark for each row.

    Parameters
    ----------
    geometries
        In WGS-84, one for each row.
    title
        Name of the document.
    label
        Column whose value stands beside the place on the map; None for no labels.
    decimals
        Digits behind the point of a coordinate; None writes what is there.
    """
    labels = columns[label] if label is not None else None
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<kml xmlns="http://www.opengis.net/kml/2.2"><Document>',
        f"<name>{xml_text(title)}</name>",
        *placemarks(columns, geometries, labels=labels, decimals=decimals),
        "</Document></kml>\n",
    ]
    return "\n".join(lines)


def placemarks(
    columns: Mapping[str, Sequence[Plain]],
    geometries: Sequence[BaseGeometry | None],
    *,
    labels: Sequence[Plain] | None,
    decimals: int | None,
    style: str = "",
) -> list[str]:
    """Return a Placemark for each row.

    Parameters
    ----------
    labels
        What stands beside each place on the map.
    style
        Id of a style of the document; "" leaves the look to the viewer.
    """
    lines = []
    for number, geometry in enumerate(geometries):
        called = as_text(labels[number]) if labels is not None else ""
        data = "".join(
            f'<Data name="{xml_text(column)}"><value>{xml_text(as_text(values[number]))}</value>'
            "</Data>"
            for column, values in columns.items()
            if values[number] is not None
        )
        lines.append(
            "<Placemark>"
            + (f"<name>{xml_text(called)}</name>" if called else "")
            + (f"<styleUrl>#{xml_text(style)}</styleUrl>" if style else "")
            + f"<ExtendedData>{data}</ExtendedData>"
            + (_shape(geometry, decimals) if geometry is not None else "")
            + "</Placemark>"
        )
    return lines


def write_kmz(path: Path, text: str, files: Mapping[str, bytes] | None = None) -> None:
    """Write a KML document as a KMZ archive, with the files it names beside it."""
    members = {"doc.kml": text.encode("utf-8"), **(files or {})}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name, _KMZ_TIME), content, zipfile.ZIP_DEFLATED)
