"""A small town: streets on a lattice in metres, turned into the tables of a network."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from pyproj import Transformer

from ngbw.topology.network import Network
from ngbw.topology.schema import coerce
from ngbw.topology.tables import TABLES

CRS = "EPSG:32651"
_TO_DEGREES = Transformer.from_crs(CRS, "EPSG:4326", always_xy=True)


def _degrees(x_m, y_m):
    return _TO_DEGREES.transform(357_000 + x_m, 3_464_000 + y_m)


def _frame(table, rows):
    return coerce(TABLES[table], pd.DataFrame(rows))


@pytest.fixture
def town():
    """Return a function that makes a network.

    ``streets`` are (id, points in metres, further columns); ``sites`` are id to x, y or to x, y
    and kind; other tables are given as rows.
    """

    def make(streets, sites, **tables):
        lines = []
        for street_id, points, *more in streets:
            line = shapely.LineString([_degrees(*point) for point in points])
            lines.append({"street_id": street_id, **(more[0] if more else {}), "geometry": line})
        rows = []
        for site_id, (x, y, *kind) in sites.items():
            lon, lat = _degrees(x, y)
            rows.append(
                {"site_id": site_id, "lon": lon, "lat": lat, "state": "built",
                 "kind": kind[0] if kind else "ngb-w"}
            )  # fmt: skip
        frames = {name: _frame(name, given) for name, given in tables.items()}
        return Network(
            {
                "streets": coerce(TABLES["streets"], gpd.GeoDataFrame(lines)),
                "sites": _frame("sites", rows),
                **frames,
            }
        )

    return make
