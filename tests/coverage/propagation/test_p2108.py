"""P.2108 clutter loss against NTIA's public test data, and its limits."""

from __future__ import annotations

import csv
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ngbw.coverage.propagation.p2108 import (
    Clutter,
    earth_space_db,
    height_gain_db,
    terrestrial_db,
)
from ngbw.topology.errors import UsageError

percent = st.floats(0.1, 99.9)


def _height_gain(row):
    return height_gain_db(
        float(row["f__ghz"]),
        float(row["h__meter"]),
        clutter=int(row["clutter_type"]),
        clutter_height_m=float(row["R__meter"]),
        street_width_m=float(row["w_s__meter"]),
    )


def _terrestrial(row):
    return terrestrial_db(float(row["f__ghz"]), float(row["d__km"]), float(row["p"]))


def _earth_space(row):
    return earth_space_db(float(row["f__ghz"]), float(row["theta_deg"]), float(row["p"]))


OFFICIAL = {
    "HeightGainTerminalCorrectionModelTestData.csv": (
        _height_gain,
        "A_h__db",
        18,
        {
            "32": "frequency_ghz",
            "33": "antenna_height_m",
            "34": "street_width_m",
            "35": "clutter_height_m",
        },
    ),
    "TerrestrialStatisticalModelTestData.csv": (
        _terrestrial,
        "L_ctt__db",
        7,
        {"48": "frequency_ghz", "49": "distance_km", "50": "location_percent"},
    ),
    "AeronauticalStatisticalModelTestData.csv": (
        _earth_space,
        "L_ces__db",
        7,
        {"64": "frequency_ghz", "65": "elevation_deg", "66": "location_percent"},
    ),
}


@pytest.mark.shared
@pytest.mark.parametrize("name", OFFICIAL)
def test_official_rows_agree_to_print_rounding_and_errors_name_the_argument(shared, name):
    loss_of, column, count, named = OFFICIAL[name]
    with (shared / "vectors" / "rf" / "p2108" / name).open() as file:
        rows = list(csv.DictReader(file))
    good = [row for row in rows if row["rtn"] == "0"]
    assert len(good) == count
    for row in good:
        assert float(loss_of(row)) == pytest.approx(float(row[column]), abs=0.05), row
    for row in rows:
        if row["rtn"] != "0":
            with pytest.raises(UsageError, match=f"^{named[row['rtn']]} is "):
                loss_of(row)
    assert {row["rtn"] for row in rows} == {"0", *named}


# NTIA/p2108-test-data, a row or two of each table


def test_dense_urban_antenna_at_2_m_loses_27_1_dB():
    assert height_gain_db(1.5, 2, clutter=Clutter.DENSE_URBAN) == pytest.approx(27.1, abs=0.05)


def test_open_and_suburban_clutter_use_different_laws():
    opened, suburban = (
        float(height_gain_db(1.5, 2, clutter=kind)) for kind in (Clutter.OPEN, Clutter.SUBURBAN)
    )
    assert opened == pytest.approx(16.0, abs=0.05)
    assert suburban == pytest.approx(20.5, abs=0.05)


def test_terrestrial_loss_at_250_m_and_500_mhz_over_locations():
    got = terrestrial_db(0.5, 0.25, [1, 50, 99])
    assert got == pytest.approx([3.9, 17.4, 30.9], abs=0.05)


def test_earth_space_loss_at_30_ghz_and_2_degrees_over_locations():
    assert earth_space_db(30, 2, [1, 5, 99]) == pytest.approx([1.9, 7.7, 87.3], abs=0.05)


def test_antenna_as_high_as_the_clutter_loses_nothing():
    for kind in Clutter:
        height_m = kind.representative_height_m
        assert height_gain_db(0.6, [height_m, height_m + 9], clutter=kind).tolist() == [0.0, 0.0]


@given(st.floats(0.03, 3), st.sampled_from(Clutter), st.tuples(*[st.floats(0.1, 40)] * 2))
def test_higher_antenna_never_loses_more_to_clutter(frequency_ghz, kind, heights):
    low, high = height_gain_db(frequency_ghz, sorted(heights), clutter=kind)
    assert low >= high >= 0


@given(st.floats(0.5, 67), st.floats(0.25, 50), st.tuples(percent, percent))
def test_more_places_never_lose_less_to_terrestrial_clutter(frequency_ghz, distance_km, shares):
    less, more = terrestrial_db(frequency_ghz, distance_km, sorted(shares))
    assert less <= more


@given(st.floats(10, 100), st.floats(0, 90), st.tuples(percent, percent))
def test_more_places_never_lose_less_to_earth_space_clutter(frequency_ghz, elevation_deg, shares):
    less, more = earth_space_db(frequency_ghz, elevation_deg, sorted(shares))
    assert less <= more


@given(st.floats(0.5, 67), st.floats(2, 100), percent)
def test_terrestrial_loss_beyond_2_km_never_exceeds_that_at_2_km(frequency_ghz, distance_km, p):
    assert terrestrial_db(frequency_ghz, distance_km, p) <= terrestrial_db(frequency_ghz, 2.0, p)


def test_arguments_broadcast():
    assert terrestrial_db([[0.5], [3.5]], [0.3, 1.0, 4.0], 50).shape == (2, 3)
    assert height_gain_db([0.5, 3.0], 1.5, clutter=Clutter.OPEN).shape == (2,)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: height_gain_db(0.6, 1.5, clutter=7), "clutter is 7; use 1-6"),
        (lambda: height_gain_db(0.6, math.nan, clutter=3), "antenna_height_m is nan"),
        (lambda: height_gain_db(0.6, [1.5, -2.0], clutter=3), "antenna_height_m is -2"),
        (lambda: terrestrial_db(0.6, [math.nan, 1, math.inf], 50), r"nan \(and 1 more\)"),
        (lambda: terrestrial_db(0.6, 1.0, np.array([50, 101])), "location_percent is 101"),
        (lambda: earth_space_db(math.nan, 10, 50), "frequency_ghz is nan"),
    ],
)
def test_value_outside_the_range_is_named(call, said):
    with pytest.raises(UsageError, match=said):
        call()
