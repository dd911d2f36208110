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

NAMES = ["五角场", "东方明珠基站", "虹口足球场", "某某大厦"]
LON = np.array([121.511, 121.4995, 121.4757, 121.5])
LAT = np.array([31.301, 31.2397, 31.2736, 31.3])

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
    assert len(LANDMARKS) >= 20
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
