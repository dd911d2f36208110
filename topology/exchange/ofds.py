"""The Open Fibre Data Standard 0.3: network package, and its nodes and spans as GeoJSON.

An OFDS node is a site, an OFDS span is a cable with its route between two nodes: it becomes a span
and a link that runs through it. Written is a network package that validates against the
standard's schema.

The standard gives ``fibreLength`` in kilometres and ``capacity`` in Gbit/s. Publishers mix units
up (the standard's own example says 276000 for 276 km): a length more than a hundred times the
route's is taken as metres, with a note.

Source: https://open-fibre-data-standard.readthedocs.io, schema 0.3.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from ..datum import distance_m
from ..errors import FileError
from ..formats.plain_values import as_text, plain
from ..formats.whole_file import replacing
from ..network import Network
from ..references import split_ids
from ..tables import SITES
from .documents import inner, items, read_json
from .foreign_network import ForeignNetwork, NetworkRows

__all__ = ["OFDS_HOLDS", "line_length_m", "read_ofds", "write_ofds"]

OFDS_HOLDS: dict[str, frozenset[str] | None] = {
    "sites": frozenset({"site_id", "name", "kind", "state", "lon", "lat"}),
    "links": frozenset(
        {"link_id", "kind", "a_site", "b_site", "capacity_mbps", "length_km", "spans"}
    ),
    "spans": frozenset({"span_id", "kind", "fibre_count", "geometry"}),
}
"""Which columns of which tables a network package holds."""

_SCHEMA = (
    "https://raw.githubusercontent.com/Open-Telecoms-Data/open-fibre-data-standard/"
    "0__3__0/schema/network-schema.json"
)
_CRS = {
    "name": "urn:ogc:def:crs:OGC::CRS84",
    "uri": "http://www.opengis.net/def/crs/OGC/1.3/CRS84",
}
_STATES = {
    "operational": "built",
    "underConstruction": "planned",
    "planned": "planned",
    "proposed": "candidate",
}
_STATUS = {"built": "operational", "planned": "planned", "candidate": "proposed"}
_LAID = ("duct", "buried", "aerial", "tunnel", "bridge")
_ABOVE = ("aerial", "bridge")
_MEDIA = {"fibre": "fibre", "microwave": "microwave", "coaxial": "hfc", "copper": "ethernet"}
_MEDIUM = {"fibre": "fibre", "pon": "fibre", "microwave": "microwave", "hfc": "coaxial"}
_METRES_FROM_RATIO = 100.0


def line_length_m(line: BaseGeometry) -> float:
    """Return the length of a WGS-84 line over the ground, in metres."""
    parts = getattr(line, "geoms", (line,))
    return float(
        sum(
            distance_m(xy[:-1, 0], xy[:-1, 1], xy[1:, 0], xy[1:, 1]).sum()
            for xy in (shapely.get_coordinates(part) for part in parts)
        )
    )


# ------------------------------------------------------------------ reading


def _position(rows: NetworkRows, place: str, value: object) -> tuple[float | None, float | None]:
    if value is None:
        return None, None
    if not isinstance(value, Mapping) or value.get("type") != "Point":
        raise FileError(f"{rows.name}, {place} must be a GeoJSON Point")
    at = value.get("coordinates")
    if not isinstance(at, list) or len(at) < 2:
        raise FileError(f"{rows.name}, {place}.coordinates must be [longitude, latitude]")
    return (
        rows.number(f"{place}.coordinates[0]", "the longitude", at[0]),
        rows.number(f"{place}.coordinates[1]", "the latitude", at[1]),
    )


def _route(rows: NetworkRows, place: str, value: object) -> shapely.LineString | None:
    if value is None:
        return None
    if not isinstance(value, Mapping) or value.get("type") != "LineString":
        raise FileError(f"{rows.name}, {place} must be a GeoJSON LineString")
    at = value.get("coordinates")
    if not isinstance(at, list) or len(at) < 2:
        raise FileError(f"{rows.name}, {place}.coordinates must be at least two positions")
    positions = [
        _position(rows, f"{place}.coordinates[{number}]", {"type": "Point", "coordinates": item})
        for number, item in enumerate(at)
    ]
    return shapely.LineString([(x, y) for x, y in positions if x is not None and y is not None])


def _words(value: object) -> list[str]:
    return [str(word) for word in value] if isinstance(value, list) else []


def _node_id(value: object) -> str:
    """Return the id of a node that is named by it or, in GeoJSON, given whole."""
    if isinstance(value, Mapping):
        value = value.get("id")
    return as_text(plain(value)) if isinstance(value, (str, int)) else ""


def _add_node(
    rows: NetworkRows, place: str, node: Mapping[str, Any], accuracy_m: float | None
) -> None:
    lon, lat = _position(rows, f"{place}.location", node.get("location"))
    types = _words(node.get("type"))
    kind = next((word for word in types if word in SITES["kind"].choices), None)
    status = str(node.get("status") or "")
    values = {
        "site_id": _node_id(node.get("id")) or None,
        "name": node.get("name"),
        "kind": kind or "exchange",
        "state": _STATES.get(status, "built"),
        "lon": lon,
        "lat": lat,
        "accuracy_m": accuracy_m,
    }
    assumed = [name for name, known in (("kind", kind), ("state", status in _STATES)) if not known]
    others = {
        "ofds_type": None if kind and types == [kind] else ";".join(types) or None,
        "ofds_status": None
        if not status or status in ("operational", "planned", "proposed")
        else status,
        "technologies": ";".join(_words(node.get("technologies"))) or None,
        "provider": inner(node, "physicalInfrastructureProvider", "name"),
        "phase": inner(node, "phase", "name"),
    }
    rows.add("sites", place, values, assumed=assumed, extra=others)


def _laid(span: Mapping[str, Any]) -> str | None:
    """Return how a cable is laid, where the file says it."""
    details = span.get("deploymentDetails")
    said = str(details.get("description", "")).lower() if isinstance(details, Mapping) else ""
    found = next((word for word in _LAID if re.search(rf"\b{word}s?\b", said)), None)
    if found is None and _words(span.get("deployment")) == ["aboveGround"]:
        return "aerial"
    return found


def _link_kind(span: Mapping[str, Any]) -> str | None:
    technologies = _words(span.get("technologies"))
    named = next((word for word in ("pon", "ethernet") if word in technologies), None)
    media = _words(span.get("transmissionMedium"))
    return named or next((_MEDIA[word] for word in media if word in _MEDIA), None)


def _length_km(
    rows: NetworkRows, place: str, span: Mapping[str, Any], route: shapely.LineString | None
) -> tuple[float | None, list[str]]:
    """Return the length of a span and, where it is not the file's own, that it is assumed."""
    given = rows.number(f"{place}.fibreLength", "the fibreLength", span.get("fibreLength"))
    along_km = None if route is None else line_length_m(route) / 1000.0
    if given is None:
        return along_km, ["length_km"]
    if along_km and given > _METRES_FROM_RATIO * along_km:
        rows.note(
            f"{place}.fibreLength is {given:g} along a route of {along_km:.0f} km: taken as metres"
        )
        return given / 1000.0, ["length_km"]
    return given, []


def _add_span(rows: NetworkRows, place: str, span: Mapping[str, Any]) -> None:
    span_id = _node_id(span.get("id"))
    ends = [_node_id(span.get(name)) for name in ("start", "end")]
    route = _route(rows, f"{place}.route", span.get("route"))
    km, km_assumed = _length_km(rows, place, span, route)
    kind, laid = _link_kind(span), _laid(span)
    beside = {"name": span.get("name")}
    if route is not None:
        values = {
            "span_id": span_id,
            "kind": laid or "duct",
            "fibre_count": span.get("fibreCount"),
            "length_m": None if km is None else km * 1000.0,
            "geometry": route,
        }
        unsaid = ["length_m"] if km_assumed else []
        unsaid += [] if laid else ["kind"]
        others = {
            "name": span.get("name"),
            "fibre_type": inner(span, "fibreTypeDetails", "fibreSubtype") or span.get("fibreType"),
            "provider": inner(span, "physicalInfrastructureProvider", "name"),
            "ofds_status": span.get("status"),
        }
        rows.add("spans", place, values, assumed=unsaid, extra=others)
    else:
        # A straight line would be a street that no cable follows; what is known stays beside.
        beside |= {"fibre_count": span.get("fibreCount"), "laid": laid}
    if not any(ends):
        rows.note(f"{place} says no ends: it is a span and no link")
        return
    for name, end in zip(("start", "end"), ends, strict=True):
        if not end:
            raise FileError(f"{rows.name}, {place}.{name} must be the id of a node")
    gbps = rows.number(f"{place}.capacity", "the capacity", span.get("capacity"))
    values = {
        "link_id": span_id,
        "kind": kind or "fibre",
        "a_site": ends[0],
        "b_site": ends[1],
        "capacity_mbps": None if gbps is None else round(gbps * 1000.0, 9),
        "length_km": km,
        "spans": (span_id,) if route is not None else (),
    }
    assumed = [*km_assumed, *([] if kind else ["kind"])]
    rows.add("links", place, values, assumed=assumed, extra=beside)


def _read_package(rows: NetworkRows, document: Mapping[str, Any]) -> None:
    networks = list(items(document, "networks", "$", rows.name))
    if not networks:
        raise FileError(f"{rows.name} holds no network")
    rows.title = str(networks[0][1].get("name") or "")
    for at, network in networks:
        accuracy = rows.number(f"{at}.accuracy", "the accuracy", network.get("accuracy"))
        prefix = "" if len(networks) == 1 else f"{network.get('id')}/"
        for place, node in items(network, "nodes", at, rows.name):
            named = dict(node) | {"id": prefix + _node_id(node.get("id"))}
            if not _node_id(node.get("id")):
                raise FileError(f"{rows.name}, {place}.id must be a text that is not empty")
            _add_node(rows, place, named, accuracy)
        for place, span in items(network, "spans", at, rows.name):
            if not _node_id(span.get("id")):
                raise FileError(f"{rows.name}, {place}.id must be a text that is not empty")
            ends = {
                name: prefix + end for name in ("start", "end") if (end := _node_id(span.get(name)))
            }
            named = dict(span) | {"id": prefix + _node_id(span.get("id"))} | ends
            _add_span(rows, place, named)


def _read_features(rows: NetworkRows, document: Mapping[str, Any]) -> None:
    """Read the GeoJSON form, in which a span carries its two nodes whole."""
    nodes: dict[str, tuple[str, Mapping[str, Any]]] = {}
    spans: list[tuple[str, Mapping[str, Any]]] = []
    accuracy = None
    for place, feature in items(document, "features", "$", rows.name):
        told = feature.get("properties")
        if not isinstance(told, Mapping) or not _node_id(told.get("id")):
            raise FileError(f"{rows.name}, {place}.properties must be an object with an id")
        here = f"{place}.properties"
        network = told.get("network")
        if isinstance(network, Mapping):
            rows.title = rows.title or str(network.get("name") or "")
            accuracy = rows.number(f"{here}.network.accuracy", "it", network.get("accuracy"))
        shape = feature.get("geometry")
        if "start" in told or "end" in told or inner(shape, "type") == "LineString":
            spans.append((here, dict(told) | {"route": shape}))
            for name in ("start", "end"):
                if isinstance(told.get(name), Mapping):
                    nodes.setdefault(_node_id(told[name]), (f"{here}.{name}", told[name]))
        else:
            node_id = _node_id(told.get("id"))
            if node_id in nodes and nodes[node_id][0].endswith(".properties"):
                raise FileError(
                    f"{rows.name}, {here}.id {node_id!r} stands there already, at "
                    f"{nodes[node_id][0]}; it must be unique"
                )
            nodes[node_id] = (here, dict(told) | {"location": shape})
    for place, node in nodes.values():
        _add_node(rows, place, node, accuracy)
    for place, span in spans:
        _add_span(rows, place, span)


def read_ofds(path: Path, *, crs: str | None = None) -> ForeignNetwork:
    """Read an OFDS network package, or its nodes or spans as GeoJSON.

    Raises
    ------
    FileError
        It is not OFDS, or breaks a rule; the message says the JSON path.
    """
    document = read_json(path, "OFDS JSON")
    if not isinstance(document, dict) or not ({"networks", "features"} & set(document)):
        raise FileError(f'{path.name} is not OFDS: it must hold "networks" or be GeoJSON')
    rows = NetworkRows("ofds", "OFDS", path)
    if "networks" in document:
        _read_package(rows, document)
    else:
        _read_features(rows, document)
    return rows.finish(crs)


# ------------------------------------------------------------------ writing


def _without_empty(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value not in (None, "", [], {})}


def _number(value: object) -> Any:
    known = plain(value)
    return int(known) if isinstance(known, float) and known.is_integer() else known


def _node(row: Mapping[str, Any]) -> dict[str, Any]:
    lon, lat = plain(row["lon"]), plain(row["lat"])
    place = None if lon is None or lat is None else {"type": "Point", "coordinates": [lon, lat]}
    return _without_empty(
        {
            "id": row["site_id"],
            "name": row["name"],
            "status": _STATUS.get(row["state"]),
            "location": place,
            "type": [row["kind"]],
        }
    )


def _joined(shapes: list[BaseGeometry], start: tuple[float, float]) -> BaseGeometry | None:
    """Return the spans of a link as one line from its first end; None where they do not meet."""
    if not shapes:
        return None
    line = shapes[0] if len(shapes) == 1 else shapely.line_merge(shapely.union_all(shapes))
    if line.geom_type != "LineString":
        return None
    if len(shapes) == 1:
        return line
    at = np.array(start)
    xy = shapely.get_coordinates(line)
    if np.hypot(*(xy[-1] - at)) < np.hypot(*(xy[0] - at)):
        line = shapely.reverse(line)
    return line


def _span(
    row: Mapping[str, Any], spans: pd.DataFrame, start: tuple[float, float]
) -> tuple[dict[str, Any], bool]:
    """Return a link as an OFDS span, and whether its route could be written."""
    ids = split_ids(row["spans"])
    mine = spans.loc[[span_id for span_id in ids if span_id in spans.index]]
    shapes = [shape for shape in mine.get("geometry", []) if isinstance(shape, BaseGeometry)]
    line = _joined(shapes, start)
    laid = list(dict.fromkeys(mine["kind"])) if len(mine) else []
    counts = [int(count) for count in mine["fibre_count"] if not pd.isna(count)]
    rate = plain(row["capacity_mbps"])
    kind = row["kind"]
    route = None
    if line is not None:
        route = {"type": "LineString", "coordinates": shapely.get_coordinates(line).tolist()}
    where = {"aboveGround" if word in _ABOVE else "belowGround" for word in laid}
    span = {
        "id": row["link_id"],
        "start": row["a_site"],
        "end": row["b_site"],
        "directed": False,
        "route": route,
        "transmissionMedium": [_MEDIUM[kind]] if kind in _MEDIUM else None,
        "deployment": sorted(where),
        "deploymentDetails": {"description": ", ".join(laid)} if laid else None,
        "fibreCount": min(counts) if counts and len(counts) == len(mine) else None,
        "fibreLength": _number(row["length_km"]),
        "technologies": [kind] if kind in ("pon", "ethernet") else None,
        "capacity": None if rate is None else _number(round(float(rate) / 1000.0, 12)),
    }
    return _without_empty(span), bool(ids) and line is None


def write_ofds(network: Network, path: Path, *, title: str) -> list[str]:
    """Write sites, links and the routes of their spans as a network package; return what changed.

    Raises
    ------
    SurroundingsError
        The place cannot be written.
    """
    notes = []
    spans = network.spans.set_index("span_id", drop=False)
    starts = {
        site_id: (float(lon), float(lat))
        for site_id, lon, lat in network.sites[["site_id", "lon", "lat"]].itertuples(index=False)
    }
    used: set[str] = set()
    written, broken, renamed = [], 0, 0
    for row in network.links.to_dict("records"):
        span, cut = _span({str(k): v for k, v in row.items()}, spans, starts[row["a_site"]])
        written.append(span)
        broken += cut
        ids = split_ids(row["spans"])
        used.update(ids)
        renamed += ids not in ((), (row["link_id"],))
    if broken:
        notes.append(f"routes of {broken} links were left out: their spans do not join to one line")
    if renamed:
        notes.append(
            f"spans of {renamed} links became the route of their link: a span of the standard is "
            "one cable between two nodes, and has the link's id"
        )
    unused = len(set(spans.index) - used)
    if unused:
        notes.append(f"spans: {unused} rows that no link runs through were left out")
    forbidden = int((network.sites["state"] == "forbidden").sum())
    if forbidden:
        notes.append(f"sites.state: {forbidden} forbidden sites were written without a status")
    body = {
        "id": str(uuid.uuid5(uuid.NAMESPACE_URL, f"ngbw:{title}")),
        "name": title,
        "nodes": [
            _node({str(k): v for k, v in r.items()}) for r in network.sites.to_dict("records")
        ],
        "spans": written,
        "crs": _CRS,
        "links": [{"rel": "describedby", "href": _SCHEMA}],
    }
    text = json.dumps({"networks": [_without_empty(body)]}, ensure_ascii=False, indent=1)
    with replacing(path) as target:
        target.write_bytes((text + "\n").encode("utf-8"))
    return notes
