"""The Chinese datums: the way there by formula, the way back exactly, identity elsewhere."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from ngbw.topology.datum import (
    CHINA_BOX,
    bd09_to_gcj02,
    bd09_to_wgs84,
    distance_m,
    gcj02_to_bd09,
    gcj02_to_wgs84,
    to_wgs84,
    wgs84_to_bd09,
    wgs84_to_gcj02,
)
from ngbw.topology.errors import UsageError

WEST, SOUTH, EAST, NORTH = CHINA_BOX
inner_lon = st.floats(WEST + 0.1, EAST - 0.1)
inner_lat = st.floats(SOUTH + 0.1, NORTH - 0.1)
GEOD = Geod(ellps="WGS84")


def test_gcj02_in_yangpu_is_472_metres_to_the_south_east() -> None:
    lon, lat = wgs84_to_gcj02(121.53, 31.30)
    azimuth, _, length_m = GEOD.inv(121.53, 31.30, float(lon), float(lat))
    assert length_m == pytest.approx(472.3, abs=0.1)
    assert azimuth == pytest.approx(119, abs=0.5)
    assert float(lon) - 121.53 == pytest.approx(0.0045, abs=2e-4)
    assert float(lat) - 31.30 == pytest.approx(-0.0019, abs=2e-4)


def test_bd09_in_yangpu_is_1119_metres_off() -> None:
    lon, lat = wgs84_to_bd09(121.53, 31.30)
    assert GEOD.inv(121.53, 31.30, float(lon), float(lat))[2] == pytest.approx(1119, abs=1)


@pytest.mark.parametrize(
    ("wgs84", "gcj02"),
    [
        ((121.5272106, 31.1774276), (121.531541859215, 31.17530398364597)),
        ((113.912316, 22.543847), (113.9171764808363, 22.540796131694766)),
        ((116.377817, 39.911954), (116.38404722455657, 39.91334545536069)),
    ],
)
def test_published_pairs_are_met_to_a_nanodegree(
    wgs84: tuple[float, float], gcj02: tuple[float, float]
) -> None:
    assert np.allclose(wgs84_to_gcj02(*wgs84), gcj02, rtol=0, atol=1e-9)
    assert np.allclose(gcj02_to_wgs84(*gcj02), wgs84, rtol=0, atol=1e-9)


@given(inner_lon, inner_lat)
def test_there_and_back_is_exact_to_a_nanodegree(lon: float, lat: float) -> None:
    for there, back in (
        (wgs84_to_gcj02, gcj02_to_wgs84),
        (gcj02_to_bd09, bd09_to_gcj02),
        (wgs84_to_bd09, bd09_to_wgs84),
    ):
        assert np.allclose(back(*there(lon, lat)), (lon, lat), rtol=0, atol=1e-9)
        assert np.allclose(there(*back(lon, lat)), (lon, lat), rtol=0, atol=1e-9)


@given(inner_lon, inner_lat, st.floats(-1e-5, 1e-5), st.floats(-1e-5, 1e-5))
def test_neighbours_stay_neighbours(lon: float, lat: float, east: float, north: float) -> None:
    apart_m = float(distance_m(lon, lat, lon + east, lat + north))
    for convert in (wgs84_to_gcj02, gcj02_to_wgs84, wgs84_to_bd09, bd09_to_wgs84):
        first, second = convert(lon, lat), convert(lon + east, lat + north)
        # The shift grows by less than 5 % of the way; BD-09's waves are the steepest.
        assert float(distance_m(*first, *second)) == pytest.approx(apart_m, rel=0.05, abs=1e-3)


@given(st.floats(-180, 180), st.floats(-90, 90))
def test_positions_outside_the_box_stay(lon: float, lat: float) -> None:
    near = WEST - 0.1 < lon < EAST + 0.1 and SOUTH - 0.1 < lat < NORTH + 0.1
    if not near:
        for convert in (wgs84_to_gcj02, gcj02_to_wgs84, gcj02_to_bd09, bd09_to_gcj02):
            assert tuple(map(float, convert(lon, lat))) == (lon, lat)


@given(st.floats(-0.05, 0.05), st.floats(SOUTH + 1, NORTH - 1))
def test_the_seam_moves_nothing_by_more_than_the_shift(offset: float, lat: float) -> None:
    lon = WEST + offset
    for convert in (wgs84_to_gcj02, gcj02_to_wgs84):
        assert float(distance_m(lon, lat, *convert(lon, lat))) < 1500


def test_arrays_scalars_and_nothing_are_taken() -> None:
    lon, lat = wgs84_to_gcj02([121.5, -0.1], [31.3, 51.5])
    assert (lon[1], lat[1]) == (-0.1, 51.5)
    assert lon[0] > 121.5
    assert bd09_to_wgs84([], [])[0].size == 0
    assert np.isnan(gcj02_to_wgs84(np.nan, 31.0)[0])


def test_systems_are_named_as_the_command_line_names_them() -> None:
    assert np.allclose(to_wgs84(121.5, 31.3, "GCJ-02"), gcj02_to_wgs84(121.5, 31.3))
    assert np.allclose(to_wgs84(121.5, 31.3, "bd09"), bd09_to_wgs84(121.5, 31.3))
    assert np.allclose(to_wgs84(121.5, 31.3, "EPSG:4490"), (121.5, 31.3), atol=1e-7)
    east, north = 361000.0, 3465000.0
    assert np.allclose(to_wgs84(east, north, "epsg:32651"), (121.539295, 31.311088), atol=1e-6)
    assert np.isnan(to_wgs84(1e30, 1e30, "EPSG:32651")[0])


@pytest.mark.parametrize("crs", ["gcj03", "EPSG:999999", "epsg:", "/etc/passwd", "+proj=utm"])
def test_an_unknown_system_is_a_usage_error(crs: str) -> None:
    with pytest.raises(UsageError, match="--crs is"):
        to_wgs84(0.0, 0.0, crs)


@pytest.mark.shared
def test_published_base_stations_in_bd09_come_out_at_their_wgs84(shared: Path) -> None:
    features = json.loads(
        (shared / "yangpu" / "telecom_base_stations_2014.geojson").read_text(encoding="utf-8")
    )["features"]
    rows = [feature["properties"] for feature in features]
    points = np.array([feature["geometry"]["coordinates"] for feature in features])
    lon, lat = bd09_to_wgs84([r["lon_bd09"] for r in rows], [r["lat_bd09"] for r in rows])
    off_m = distance_m(lon, lat, points[:, 0], points[:, 1])
    # Up to 0.13 m remain: the published BD-09 column is rounded to six decimals (0.11 m), from
    # which the positions beside it were not computed again.
    assert off_m.max() < 0.2
    assert float(np.median(off_m)) < 0.1
