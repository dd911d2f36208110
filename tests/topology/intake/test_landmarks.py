"""Rows that carry a landmark's name give away the datum of a table."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ngbw.topology.datum import distance_m, wgs84_to_bd09, wgs84_to_gcj02
from ngbw.topology.intake.landmarks import LANDMARKS, known_landmarks, measure_shift

NAMES = ["五角场", "东方明珠基站", "外白渡桥", "某某大厦"]
LON = np.array([121.511, 121.4951, 121.4855, 121.5])
LAT = np.array([31.301, 31.2420, 31.2453, 31.3])

Conversion = Callable[[Any, Any], tuple[Any, Any]]


@pytest.mark.parametrize(
    ("datum", "convert", "length_m"),
    [("gcj02", wgs84_to_gcj02, 472), ("bd09", wgs84_to_bd09, 1119)],
)
def test_a_shifted_table_is_recognised_with_its_measure(
    datum: str, convert: Conversion, length_m: float
) -> None:
    lon, lat = convert(LON, LAT)
    shift = measure_shift(NAMES, lon, lat, known_landmarks())
    assert shift is not None
    assert shift.datum == datum
    assert shift.matched == 3
    assert shift.length_m == pytest.approx(length_m, rel=0.03)
    assert "3 rows named like known landmarks" in str(shift)
    assert "m east" in str(shift)


def test_true_positions_raise_no_suspicion() -> None:
    assert measure_shift(NAMES, LON, LAT, known_landmarks()) is None


def test_a_shift_in_another_direction_is_no_datum() -> None:
    assert measure_shift(NAMES, LON - 0.0045, LAT + 0.002, known_landmarks()) is None


def test_without_known_names_nothing_is_said() -> None:
    assert measure_shift(["甲", "乙"], LON[:2], LAT[:2], known_landmarks()) is None
    assert measure_shift([], [], [], known_landmarks()) is None
    assert measure_shift(["豫园"], [np.nan], [np.nan], known_landmarks()) is None


def test_positions_as_a_chinese_map_shows_them_give_the_datum_away() -> None:
    shift = measure_shift(
        ["东方明珠", "复旦大学"], [121.4995, 121.5035], [31.2397, 31.2966], known_landmarks()
    )
    assert shift is not None
    assert (shift.datum, shift.fitting, shift.matched) == ("gcj02", 2, 2)


def test_one_wrong_landmark_among_three_does_not_hide_the_datum() -> None:
    lon, lat = wgs84_to_gcj02(LON[:3], LAT[:3])
    lon[2], lat[2] = LON[2], LAT[2] + 0.01
    shift = measure_shift(NAMES[:3], lon, lat, known_landmarks())
    assert shift is not None
    assert str(shift).startswith("2 of 3 rows named like known landmarks (五角场, 东方明珠)")


def scattered_places(count: int) -> tuple[pd.DataFrame, list[str]]:
    names = [f"地点{number}" for number in range(count)]
    at = np.arange(count)
    places = pd.DataFrame(
        {"name": names, "lon": 121.48 + at * 1e-3, "lat": 31.25 + at * 7e-4, "accuracy_m": 20.0}
    )
    return places, names


@pytest.mark.parametrize("convert", [wgs84_to_gcj02, wgs84_to_bd09])
def test_a_few_shifted_rows_among_many_right_ones_are_counted(convert: Conversion) -> None:
    places, names = scattered_places(74)
    lon, lat = places["lon"].to_numpy().copy(), places["lat"].to_numpy().copy()
    lon[:7], lat[:7] = convert(lon[:7], lat[:7])
    shift = measure_shift(names, lon, lat, known_landmarks(places))
    assert shift is not None
    assert (shift.fitting, shift.matched) == (7, 74)
    assert "7 of 74 rows" in str(shift)
    lon[2:7], lat[2:7] = places["lon"][2:7], places["lat"][2:7]
    assert measure_shift(names, lon, lat, known_landmarks(places)) is None  # two may be chance


def test_names_that_are_used_loosely_are_no_datum() -> None:
    places, names = scattered_places(300)
    random = np.random.default_rng(1)
    lon = places["lon"].to_numpy() + random.uniform(-0.006, 0.006, 300)
    lat = places["lat"].to_numpy() + random.uniform(-0.006, 0.006, 300)
    assert measure_shift(names, lon, lat, known_landmarks(places)) is None


@given(st.floats(0, 360), st.floats(0, 150))
def test_inexact_landmarks_alone_are_never_a_datum(direction_deg: float, off_m: float) -> None:
    east = off_m * np.sin(np.radians(direction_deg)) / 95_000
    north = off_m * np.cos(np.radians(direction_deg)) / 111_195
    assert measure_shift(NAMES, LON + east, LAT + north, known_landmarks()) is None


def test_the_projects_places_are_landmarks_unless_two_share_a_name() -> None:
    places = pd.DataFrame(
        {
            "name": ["图书馆", "食堂", "食堂", "豫园"],
            "lon": [121.51, 121.52, 121.53, 0.0],
            "lat": [31.30, 31.30, 31.31, 0.0],
            "accuracy_m": [20.0, 20.0, 20.0, np.nan],
        }
    )
    known = known_landmarks(places)
    assert known["图书馆"].source == "places"
    assert "食堂" not in known
    assert known["豫园"].lon > 121  # what is typed in wins
    shift = measure_shift(["图书馆机房"], *wgs84_to_gcj02([121.51], [31.30]), known)
    assert shift is not None
    assert shift.datum == "gcj02"


def test_landmarks_lie_in_shanghai_and_have_one_name_each() -> None:
    assert 8 <= len(LANDMARKS) <= 12
    names = [name for landmark in LANDMARKS for name in landmark.names]
    assert len(names) == len(set(names))
    for landmark in LANDMARKS:
        assert 121.3 < landmark.lon < 121.7
        assert 31.1 < landmark.lat < 31.4
        assert 50 <= landmark.accuracy_m <= 300


@pytest.mark.shared
def test_landmarks_agree_with_surveyed_places_within_their_accuracy(shared: Path) -> None:
    text = (shared / "yangpu" / "important_places.csv").read_text(encoding="utf-8-sig")
    known = known_landmarks()
    compared = 0
    for row in csv.DictReader(text.splitlines()):
        landmark = known.get(row["name"])
        if landmark is not None:
            compared += 1
            apart_m = distance_m(landmark.lon, landmark.lat, float(row["lon"]), float(row["lat"]))
            assert float(apart_m) <= landmark.accuracy_m + float(row["accuracy_m"]), row["name"]
    assert compared >= 3
