"""Telecom things of OpenStreetMap: OSM XML, Overpass JSON, and GeoJSON with OSM's tags.

Read are exchanges, data centres, street cabinets and other points of ``telecom=*``, towers and
masts with ``communication:mobile_phone``, and communication lines as spans. Where lines join two
such places, through other lines or none, they are a link as well. Everything else is left out.

OpenStreetMap knows what can be seen: which fibres run where, who is connected to whom and with
which capacity it does not know, and much is missing. Positions are WGS-84.

Source: https://wiki.openstreetmap.org/wiki/Key:telecom, Tag:communication=line,
Key:communication:mobile_phone, Tag:street_cabinet=telecom (definitions used, text our own).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import shapely

from ..errors import FileError
from .documents import Element, each_child, inner, items, member, read_json
from .foreign_network import ForeignNetwork, NetworkRows
from .ofds import line_length_m

__all__ = ["is_overpass", "read_osm"]

_ELEMENTS = ("node", "way", "relation")
_TELECOM = {
    "exchange": "exchange",
    "central_office": "exchange",
    "data_center": "idc",
    "connection_point": None,
    "distribution_point": None,
    "service_device": None,
}
_POLES = ("tower", "mast", "communications_tower", "antenna")
_NO = ("", "no")
_LAID = {"underground": "buried", "overhead": "aerial", "overground": "aerial"}
_HEIGHT = re.compile(r"(\d+(?:[.,]\d+)?)\s*m?")


@dataclass(frozen=True, slots=True)
class _Thing:
    """A node, a way or a relation with its tags and its line of positions.

    ``joints`` names each position, so that lines that share one are known to meet there.
    """

    place: str
    osm_id: str
    tags: Mapping[str, str]
    line: tuple[tuple[float, float], ...]
    joints: tuple[Hashable, ...]


def _site_kind(tags: Mapping[str, str]) -> tuple[str, str, bool] | None:
    """Return our kind, what the tags call it and whether the kind is assumed; None for no site."""
    telecom = tags.get("telecom", "")
    if telecom in _TELECOM:
        kind = _TELECOM[telecom]
        return kind or "exchange", f"telecom={telecom}", kind is None
    if tags.get("man_made") == "street_cabinet" and tags.get("street_cabinet") == "telecom":
        return "exchange", "street_cabinet=telecom", True
    if tags.get("man_made") in _POLES and tags.get("communication:mobile_phone", "") not in _NO:
        return "base-station", f"man_made={tags['man_made']}", False
    return None


def _is_line(tags: Mapping[str, str]) -> bool:
    return tags.get("communication") == "line" or tags.get("telecom") == "line"


def _wanted(tags: Mapping[str, str]) -> bool:
    return _is_line(tags) or _site_kind(tags) is not None


# ------------------------------------------------------------------ three files, one kind of thing


def _number(rows: NetworkRows, place: str, what: str, value: object) -> float:
    number = rows.number(place, what, value)
    if number is None:
        raise FileError(f"{rows.name}, {place} must have a {what}")
    return number


def _xml_tags(element: Element) -> dict[str, str]:
    return {tag.attributes.get("k", ""): tag.attributes.get("v", "") for tag in element.all("tag")}


def _from_xml(rows: NetworkRows, path: Path) -> list[_Thing]:
    """Read OSM XML in two passes: what is wanted, then where its nodes are."""
    ways: list[tuple[str, str, dict[str, str], list[str]]] = []
    needed: set[str] = set()
    relations = 0

    def first(child: Element) -> None:
        nonlocal relations
        if child.tag == "way":
            tags = _xml_tags(child)
            if _wanted(tags):
                refs = [nd.attributes.get("ref", "") for nd in child.all("nd")]
                ways.append((child.place, child.attributes.get("id", ""), tags, refs))
                needed.update(refs)
        elif child.tag == "relation":
            relations += _wanted(_xml_tags(child))

    root = each_child(path, first)
    if root.tag != "osm":
        raise FileError(f"{rows.name} is not OSM XML: its first element is {root.tag[:40]!r}")
    at: dict[str, tuple[float, float]] = {}
    things: list[_Thing] = []

    def second(child: Element) -> None:
        if child.tag != "node":
            return
        node_id, tags = child.attributes.get("id", ""), _xml_tags(child)
        site = _site_kind(tags) is not None
        if node_id in needed or site:
            at[node_id] = (
                _number(rows, child.place, "lon", child.attributes.get("lon")),
                _number(rows, child.place, "lat", child.attributes.get("lat")),
            )
        if site:
            things.append(_Thing(child.place, f"node/{node_id}", tags, (at[node_id],), (node_id,)))

    each_child(path, second)
    if relations:
        rows.note(f"{relations} relations were left out; export them with out center")
    for place, way_id, tags, refs in ways:
        known = [ref for ref in refs if ref in at]
        if len(known) < len(refs):
            rows.note(f"way/{way_id} has {len(refs) - len(known)} nodes that the extract lacks")
        line = tuple(at[ref] for ref in known)
        things.append(_Thing(place, f"way/{way_id}", tags, line, tuple(known)))
    return things


def _pair(rows: NetworkRows, place: str, value: object) -> tuple[float, float]:
    return (
        _number(rows, place, "lon", inner(value, "lon")),
        _number(rows, place, "lat", inner(value, "lat")),
    )


def is_overpass(document: Mapping[str, Any]) -> bool:
    """Say whether a JSON document has the elements of Overpass; others use the word too."""
    elements = document.get("elements")
    if not isinstance(elements, list):
        return False
    return bool({"osm3s", "generator"} & set(document)) or any(
        inner(element, "type") in _ELEMENTS for element in elements
    )


def _from_overpass(rows: NetworkRows, document: Mapping[str, Any]) -> list[_Thing]:
    at: dict[Hashable, tuple[float, float]] = {}
    elements = list(items(document, "elements", "$", rows.name))
    if elements and not is_overpass(document):
        raise FileError(
            f"{rows.name} is not Overpass JSON: none of its elements is a node, way or relation"
        )
    for place, element in elements:
        if element.get("type") == "node" and isinstance(element.get("id"), int):
            at[element["id"]] = _pair(rows, place, element)
    things = []
    for place, element in elements:
        raw = element.get("tags")
        tags = {str(k): str(v) for k, v in raw.items()} if isinstance(raw, Mapping) else {}
        if not _wanted(tags):
            continue
        kind, number = element.get("type"), element.get("id")
        if kind not in _ELEMENTS or not isinstance(number, int):
            raise FileError(f"{rows.name}, {place} must be a node, way or relation with its number")
        osm_id = f"{kind}/{number}"
        if kind == "node":
            things.append(_Thing(place, osm_id, tags, (at[number],), (number,)))
            continue
        refs = [ref for ref in member(element, "nodes", place, rows.name) if isinstance(ref, int)]
        shape = element.get("geometry")
        if isinstance(shape, list) and len(shape) >= len(refs) and None not in shape:
            line = [_pair(rows, f"{place}.geometry[{n}]", p) for n, p in enumerate(shape)]
            joints: list[Hashable] = [*refs] if len(refs) == len(line) else [*line]
        elif refs and all(ref in at for ref in refs):
            line = [at[ref] for ref in refs]
            joints = [*refs]
        elif isinstance(element.get("center"), Mapping):
            line = [_pair(rows, f"{place}.center", element["center"])]
            joints = [osm_id]
        else:
            rows.note(f"{osm_id} has no position; ask Overpass for (._;>;) or out geom")
            continue
        things.append(_Thing(place, osm_id, tags, tuple(line), tuple(joints)))
    return things


def _feature_tags(properties: Mapping[str, Any]) -> dict[str, str]:
    nested = properties.get("tags")
    source = nested if isinstance(nested, Mapping) else properties
    return {str(k): str(v) for k, v in source.items() if isinstance(v, (str, int, float))}


def _from_geojson(rows: NetworkRows, document: Mapping[str, Any]) -> list[_Thing]:
    things = []
    for number, (place, feature) in enumerate(items(document, "features", "$", rows.name)):
        properties = feature.get("properties")
        tags = _feature_tags(properties) if isinstance(properties, Mapping) else {}
        if not _wanted(tags):
            continue
        osm_id = str(tags.get("@id") or feature.get("id") or tags.get("osm_id") or f"#{number}")
        try:
            shape = shapely.geometry.shape(dict(feature.get("geometry") or {}))
            xy = shapely.get_coordinates(shape)
        except Exception:  # noqa: BLE001 - shapely raises as many kinds as there are wrong shapes
            raise FileError(f"{rows.name}, {place}.geometry is no GeoJSON geometry") from None
        if not len(xy) or not (abs(xy) <= 1e9).all():
            raise FileError(f"{rows.name}, {place}.geometry holds no finite position")
        line = tuple((float(x), float(y)) for x, y in xy)
        things.append(_Thing(place, osm_id, tags, line, line))
    return things


# ------------------------------------------------------------------ sites, spans, links


def _height_m(text: str) -> float | None:
    found = _HEIGHT.fullmatch(text.strip())
    height = float(found[1].replace(",", ".")) if found else 0.0
    return height if 1.0 <= height <= 700.0 else None


def _middle(line: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """Return the middle of a building's outline, or of a line."""
    shape: Any = shapely.LineString(line) if len(line) > 1 else shapely.Point(line[0])
    if len(line) > 3 and line[0] == line[-1]:
        outline = shapely.Polygon(line)
        shape = outline if outline.area > 0 else shape
    middle = shapely.centroid(shape)
    return float(middle.x), float(middle.y)


def _add_site(rows: NetworkRows, thing: _Thing, found: tuple[str, str, bool]) -> None:
    kind, category, kind_assumed = found
    lon, lat = _middle(thing.line)
    height = _height_m(thing.tags.get("height", ""))
    antenna = height if kind == "base-station" else None
    values = {
        "site_id": thing.osm_id,
        "name": thing.tags.get("name") or thing.tags.get("ref"),
        "kind": kind,
        "state": "built",
        "lon": lon,
        "lat": lat,
        "roof_height_m": None if kind == "base-station" else height,
        # The tag is the height of the structure; antennas hang at its top or below.
        "antenna_height_m": antenna,
        "category": category,
    }
    assumed = [*(("kind",) if kind_assumed else ()), "antenna_height_m"]
    extra = {name: thing.tags.get(name) for name in ("operator", "ref", "telecom:medium")}
    rows.add("sites", thing.place, values, assumed=assumed, extra=extra)


def _laid(tags: Mapping[str, str]) -> str | None:
    if tags.get("bridge", "") not in _NO:
        return "bridge"
    if tags.get("tunnel", "") not in _NO:
        return "tunnel"
    return _LAID.get(tags.get("location", ""))


def _add_span(rows: NetworkRows, thing: _Thing) -> None:
    laid = _laid(thing.tags)
    line = shapely.LineString(thing.line)
    values = {
        "span_id": thing.osm_id,
        "kind": laid or "duct",
        "length_m": round(line_length_m(line), 2),
        "geometry": line,
    }
    extra = {name: thing.tags.get(name) for name in ("name", "operator", "telecom:medium")}
    rows.add("spans", thing.place, values, assumed=() if laid else ("kind",), extra=extra)


@dataclass(frozen=True, slots=True)
class _Piece:
    """A stretch of a line between two joints where something happens."""

    span_id: str
    place: str
    a: Hashable
    b: Hashable
    length_m: float


def _pieces(lines: Sequence[_Thing], stops: set[Hashable]) -> Iterator[_Piece]:
    for thing in lines:
        start = 0
        for number in range(1, len(thing.joints)):
            if thing.joints[number] in stops or number == len(thing.joints) - 1:
                stretch = shapely.LineString(thing.line[start : number + 1])
                ends = thing.joints[start], thing.joints[number]
                yield _Piece(thing.osm_id, thing.place, *ends, line_length_m(stretch))
                start = number


def _add_links(rows: NetworkRows, sites: Sequence[_Thing], lines: Sequence[_Thing]) -> int:
    """Add a link for each run of lines from a site to the next; return how many runs end nowhere.

    A run goes on through joints where exactly two lines meet; where three meet nothing says who
    is connected to whom, and it ends.
    """
    site_at: dict[Hashable, str] = {}
    for site in sites:
        for joint in site.joints:  # a line may end on a building's outline
            site_at.setdefault(joint, site.osm_id)
    uses: dict[Hashable, int] = defaultdict(int)
    for line in lines:
        for joint in set(line.joints):
            uses[joint] += 1
    stops = {joint for joint, count in uses.items() if count > 1} | set(site_at)
    at: dict[Hashable, list[_Piece]] = defaultdict(list)
    for piece in _pieces(lines, stops):
        at[piece.a].append(piece)
        if piece.b != piece.a:
            at[piece.b].append(piece)
    done: set[int] = set()
    loose = links = 0
    for joint in [joint for joint in at if joint in site_at]:
        for first in at[joint]:
            run, here = [first], joint
            if id(first) in done:
                continue
            done.add(id(first))
            here = first.b if first.a == here else first.a
            while here not in site_at and len(at[here]) == 2:
                following = next((p for p in at[here] if id(p) not in done), None)
                if following is None:
                    break
                done.add(id(following))
                run.append(following)
                here = following.b if following.a == here else following.a
            if here not in site_at or site_at[here] == site_at[joint]:
                loose += 1
                continue
            links += 1
            spans = tuple(dict.fromkeys(piece.span_id for piece in run))
            values = {
                "link_id": f"{spans[0]}#{links}",
                "kind": "fibre",
                "a_site": site_at[joint],
                "b_site": site_at[here],
                "length_km": round(sum(piece.length_m for piece in run) / 1000.0, 6),
                "spans": spans,
            }
            # That cables which meet are one connection is our reading of the map.
            rows.add("links", run[0].place, values, assumed=("kind", "a_site", "b_site"))
    return loose


def read_osm(path: Path, *, crs: str | None = None) -> ForeignNetwork:
    """Read the telecom things of an OpenStreetMap extract.

    Raises
    ------
    FileError
        It is no such extract, or breaks a rule; the message says where.
    """
    rows = NetworkRows("osm", "OpenStreetMap", path)
    with path.open("rb") as file:
        xml = b"<" in file.read(64).lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if xml:
        things = _from_xml(rows, path)
    else:
        document = read_json(path, "Overpass JSON")
        if isinstance(document, Mapping) and "elements" in document:
            things = _from_overpass(rows, document)
        elif isinstance(document, Mapping) and "features" in document:
            things = _from_geojson(rows, document)
        else:
            raise FileError(f'{path.name} holds neither "elements" (Overpass) nor "features"')
    sites = [t for t in things if _site_kind(t.tags) is not None and t.line]
    lines = [t for t in things if _is_line(t.tags) and len(t.line) > 1]
    for site in sites:
        found = _site_kind(site.tags)
        if found is not None:
            _add_site(rows, site, found)
    for line in lines:
        _add_span(rows, line)
    loose = _add_links(rows, sites, lines)
    if loose:
        rows.note(f"{loose} runs of lines from a site end at no other site and are spans only")
    if not things:
        rows.note("the extract holds nothing with the telecom tags that are read")
    return rows.finish(crs)
