"""A small district that the tests of planning share: two towns and a village, in metres."""

from __future__ import annotations

import pandas as pd
import pytest
from pyproj import Transformer
from shapely.geometry import Polygon

from ngbw.topology.network import Network
from ngbw.topology.schema import coerce
from ngbw.topology.settings import parse_settings
from ngbw.topology.tables import TABLES

ORIGIN = (357_000.0, 3_464_000.0)
TO_DEGREES = Transformer.from_crs("EPSG:32651", "EPSG:4326", always_xy=True)


def degrees(x_m, y_m):
    """Return longitude and latitude of a position in metres from the district's corner."""
    return TO_DEGREES.transform(ORIGIN[0] + x_m, ORIGIN[1] + y_m)


def table(name, rows):
    return coerce(TABLES[name], pd.DataFrame(rows, dtype=object))


def square(x_m, y_m, width_m, height_m):
    corners = [(0, 0), (width_m, 0), (width_m, height_m), (0, height_m)]
    return Polygon([degrees(x_m + dx, y_m + dy) for dx, dy in corners])


class World:
    """Builds networks with people and sites at positions in metres."""

    degrees = staticmethod(degrees)
    square = staticmethod(square)

    @staticmethod
    def network(people, sites, *, places=(), areas=None, cells=()):
        """Return a network.

        ``people`` are (x, y, count) or (x, y, count, cell_m); ``sites`` are (id, x, y) or
        (id, x, y, changes); ``places`` are (id, kind, x, y).
        """
        demand, site_rows, place_rows = [], [], []
        for n, (x, y, count, *cell) in enumerate(people):
            lon, lat = degrees(x, y)
            demand.append(
                {"demand_id": f"d{n}", "lon": lon, "lat": lat, "people": count,
                 "cell_m": cell[0] if cell else None, "census_year": 2020}
            )  # fmt: skip
        for site_id, x, y, *changes in sites:
            lon, lat = degrees(x, y)
            row = {"site_id": site_id, "name": site_id, "lon": lon, "lat": lat,
                   "antenna_height_m": 40}  # fmt: skip
            site_rows.append(row | (changes[0] if changes else {}))
        for place_id, kind, x, y in places:
            lon, lat = degrees(x, y)
            place_rows.append(
                {"place_id": place_id, "name": place_id, "kind": kind, "lon": lon, "lat": lat}
            )
        if areas is None:
            areas = [
                {"area_id": "D", "name": "District", "kind": "district",
                 "geometry": square(0, 0, 6000, 4000)},
                {"area_id": "W", "name": "West", "kind": "subdistrict",
                 "geometry": square(0, 0, 3000, 4000)},
                {"area_id": "E", "name": "East", "kind": "subdistrict",
                 "geometry": square(3000, 0, 3000, 4000)},
            ]  # fmt: skip
        tables = {"demand": demand, "sites": site_rows, "places": place_rows, "areas": areas,
                  "cells": list(cells)}  # fmt: skip
        return Network({name: table(name, rows) for name, rows in tables.items() if rows})

    @staticmethod
    def settings(*, grid_m=50, sites=2, share=0.9, **service):
        """Return settings with one omnidirectional service of 56 dBm EIRP."""

        def figure(value):
            return {"value": value, "source": "test", "assumed": True}

        figures = {
            "freq_mhz": 698, "rx_height_m": 1.5, "minimum_field_dbuv_m": 48.88,
            "location_sigma_db": 5.5, "entry_loss_db": 11, "entry_sigma_db": 6,
            "required_probability": 0.95,
        } | service  # fmt: skip
        mast = {"power_dbm": 43, "gain_dbi": 15, "feeder_loss_db": 2, "height_m": 35, "tilt_deg": 0}
        return parse_settings(
            {
                "format": 1, "name": "test", "crs": "EPSG:32651", "grid_m": grid_m,
                "headline_service": "tv", "plan": {"sites": sites, "share": share},
                "services": {
                    "tv": {"transmitter": "mast"} | {k: figure(v) for k, v in figures.items()}
                },
                "transmitters": {"mast": {k: figure(v) for k, v in mast.items()}},
            }
        )  # fmt: skip


@pytest.fixture(scope="session")
def world():
    """Return the builder of small districts."""
    return World
