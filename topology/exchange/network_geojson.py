"""A whole network as one GeoJSON file: every table with its geometry, lossless, for GIS and maps.

Sites are points, spans are lines, a link is the line of its spans or else straight from site to
site. Rows without a place (devices, ports, cells) are features without geometry, which RFC 7946
allows. The property ``table`` says what a feature is. Read back is what was written; the drawn line
of a link is not read, because it is made from sites and spans.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from ..errors import FileError
from ..formats.geojson import geojson_lines, read_geojson
from ..formats.plain_values import Plain, plain
from ..formats.whole_file import replacing
from ..network import Network
from ..references import split_ids
from ..tables import TABLES
from .documents import read_json
from .foreign_network import ForeignNetwork, NetworkRows

__all__ = ["GEOJSON_HOLDS", "GEOJSON_TABLES", "read_network_geojson", "write_network_geojson"]

GEOJSON_TABLES = ("sites", "spans", "links", "devices", "ports", "cells")
"""Tables that are a network, in the order in which they are written."""

GEOJSON_HOLDS: dict[str, frozenset[str] | None] = dict.fromkeys(GEOJSON_TABLES)
"""The format holds every column of these."""


def _link_line(
    row: Mapping[str, Any],
    spans: Mapping[str, BaseGeometry],
    sites: Mapping[str, tuple[float, float]],
) -> BaseGeometry | None:
    shapes = [spans[span_id] for span_id in split_ids(row["spans"]) if span_id in spans]
    if shapes:
        line = shapely.line_merge(shapely.union_all(shapes))
        return line if line.geom_type in ("LineString", "MultiLineString") else None
    a, b = sites.get(row["a_site"]), sites.get(row["b_site"])
    return None if a is None or b is None or a == b else shapely.LineString([a, b])


def write_network_geojson(network: Network, path: Path, *, title: str) -> list[str]:
    """Write the tables of a network as one GeoJSON file; return what was changed: nothing.

    Raises
    ------
    SurroundingsError
        The place cannot be written.
    """
    spans = {
        span_id: shape
        for span_id, shape in zip(
            network.spans["span_id"],
            network.spans.get("geometry", pd.Series(dtype=object)),
            strict=False,
        )
        if isinstance(shape, BaseGeometry)
    }
    sites = {
        site_id: (float(lon), float(lat))
        for site_id, lon, lat in network.sites[["site_id", "lon", "lat"]].itertuples(index=False)
        if pd.notna(lon) and pd.notna(lat)
    }
    features: list[tuple[dict[str, Plain], BaseGeometry | None]] = []
    for name in GEOJSON_TABLES:
        for raw in network.table(name).to_dict("records"):
            row = {str(key): value for key, value in raw.items()}
            shape = row.pop("geometry", None)
            if name == "sites" and row["site_id"] in sites:
                shape = shapely.Point(sites[row["site_id"]])
            elif name == "links":
                shape = _link_line(row, spans, sites)
            elif name == "spans":
                shape = spans.get(row["span_id"])
            told: dict[str, Plain] = {"table": name}
            told |= {key: plain(value) for key, value in row.items() if key not in ("lon", "lat")}
            features.append((told, shape))
    with replacing(path) as target:
        target.write_bytes(_text(features, title).encode("utf-8"))
    return []


def _text(features: list[tuple[dict[str, Plain], BaseGeometry | None]], title: str) -> str:
    """Return a FeatureCollection in which each feature has only the properties it knows."""
    lines = []
    for properties, shape in features:
        known = {key: [value] for key, value in properties.items() if value not in (None, "")}
        one = geojson_lines(known, [shape], title=title, decimals=None)
        lines.append(one.splitlines()[1])
    head = geojson_lines({}, [], title=title, decimals=None).splitlines()[0]
    return head + "\n" + ",\n".join(lines) + ("\n" if lines else "") + "]}\n"


def read_network_geojson(path: Path, *, crs: str | None = None) -> ForeignNetwork:
    """Read a network that :func:`write_network_geojson` wrote.

    Raises
    ------
    FileError
        It is not such a file, or breaks a rule; the message says the JSON path.
    """
    document = read_json(path, "GeoJSON")
    frame = read_geojson(path).frame
    if "table" not in frame.columns:
        raise FileError(
            f'{path.name} is GeoJSON but no network: no feature has a property "table"; import it '
            "as a table"
        )
    rows = NetworkRows("geojson", "GeoJSON", path)
    rows.title = str(document.get("name") or "")
    for number, raw in enumerate(frame.to_dict("records")):
        place = f"$.features[{number}]"
        row = {str(key): value for key, value in raw.items() if plain(value) is not None}
        name, shape = row.pop("table", None), row.pop("geometry", None)
        if name not in GEOJSON_TABLES:
            raise FileError(
                f"{path.name}, {place}.properties.table is {str(name)[:40]!r}; it must be one of "
                f"{', '.join(GEOJSON_TABLES)}"
            )
        if name == "sites" and shape is not None:
            point = shapely.centroid(shape)
            row |= {"lon": point.x, "lat": point.y}
        if name == "spans":
            row["geometry"] = shape
        if "spans" in row:
            row["spans"] = split_ids(row["spans"])
        table = TABLES[name]
        ours = {key: value for key, value in row.items() if key in table or key == "geometry"}
        extra = {key: value for key, value in row.items() if key not in ours}
        rows.add(name, place, {"source": "", "assumed": ""} | ours, extra=extra)
    return rows.finish(crs)
