"""Networks laid out in metres, for what is found in their geometry."""

from __future__ import annotations

import pandas as pd
import shapely
from pyproj import Transformer

from ngbw.topology.network import Network
from ngbw.topology.schema import coerce
from ngbw.topology.tables import TABLES

CRS = "EPSG:32651"
_TO_DEGREES = Transformer.from_crs(CRS, "EPSG:4326", always_xy=True)


def degrees(x_m, y_m):
    return _TO_DEGREES.transform(357_000 + x_m, 3_464_000 + y_m)


def line(*points):
    return shapely.LineString([degrees(*point) for point in points])


def polygon(*points):
    return shapely.Polygon([degrees(*point) for point in points])


def town(sites, *, links=(), spans=(), streets=(), areas=(), people=()):
    """Return a network.

    ``sites`` are (id, kind, x, y, ...changes); ``links`` (id, a, b, spans); ``spans`` (id, line,
    ...changes); ``streets`` (id, name, line, kind); ``areas`` (name, kind, polygon); ``people``
    (x, y, count).
    """

    def place(x, y):
        lon, lat = degrees(x, y)
        return {"lon": lon, "lat": lat}

    rows = {
        "sites": [
            {"site_id": i, "name": i, "kind": kind, "state": "built", **place(x, y)}
            | (changes[0] if changes else {})
            for i, kind, x, y, *changes in sites
        ],
        "links": [
            {"link_id": i, "a_site": a, "b_site": b, "spans": through} for i, a, b, through in links
        ],
        "spans": [
            {"span_id": i, "geometry": shape} | (changes[0] if changes else {})
            for i, shape, *changes in spans
        ],
        "streets": [
            {"street_id": i, "name": name, "geometry": shape, "kind": kind}
            for i, name, shape, kind in streets
        ],
        "areas": [
            {"area_id": f"A{n}", "name": name, "kind": kind, "geometry": shape}
            for n, (name, kind, shape) in enumerate(areas)
        ],
        "demand": [
            {"demand_id": f"d{n}", "people": count, **place(x, y)}
            for n, (x, y, count) in enumerate(people)
        ],
    }
    return Network(
        {name: coerce(TABLES[name], pd.DataFrame(r, dtype=object)) for name, r in rows.items() if r}
    )
