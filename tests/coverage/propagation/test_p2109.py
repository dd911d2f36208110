"""P.2109 building entry loss against public validation tables, and its limits."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ngbw.coverage.propagation.p2109 import (
    Building,
    building_entry_loss_db,
    median_db,
    two_distributions,
)
from ngbw.topology.errors import UsageError

BUILDINGS: tuple[Building, ...] = ("traditional", "thermally-efficient")
frequency = st.floats(0.08, 100)
probability = st.floats(1e-6, 1 - 1e-6)
building = st.sampled_from(BUILDINGS)


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "count", "tolerance_db"),
    [("validation.csv", 31_250, 1e-8), ("workbook.csv", 142, 1e-3)],
)
def test_public_tables_agree(shared, name, count, tolerance_db):
    table = np.loadtxt(shared / "vectors" / "rf" / "p2109" / name, delimiter=",", skiprows=1)
    assert len(table) == count
    for number, kind in enumerate(BUILDINGS, start=1):
        rows = table[table[:, 2] == number]
        got = building_entry_loss_db(
            rows[:, 0], rows[:, 1] / 100, building=kind, elevation_deg=rows[:, 3]
        )
        assert np.abs(got - rows[:, 4]).max(initial=0.0) <= tolerance_db


def test_typed_rows_of_the_public_tables_agree():
    # crc-covlib, tests/iturp2109, first rows: 80 MHz, 1e-6 %, traditional
    got = building_entry_loss_db(
        0.08, 1e-8, building="traditional", elevation_deg=[-90.0, -82.5, -75.0]
    )
    assert got == pytest.approx(
        [-2.5408058452142495, -2.6690104473264098, -2.7601864268647192], abs=1e-8
    )


def test_median_of_horizontal_paths_is_the_formula_of_the_recommendation():
    # At 1 GHz every logarithm is 0: 10 log(10^(r/10) + 10^(w/10) + 10^-0.3)
    for kind, r, w in zip(BUILDINGS, (12.64, 28.19), (9.1, 27.8), strict=True):
        expected = 10 * math.log10(10 ** (r / 10) + 10 ** (w / 10) + 10**-0.3)
        assert float(building_entry_loss_db(1.0, 0.5, building=kind)) == pytest.approx(expected)
        assert float(median_db(1.0, building=kind)) == pytest.approx(r)


@given(frequency, building, st.floats(-90, 90), st.tuples(probability, probability))
def test_more_buildings_never_lose_less(frequency_ghz, kind, elevation_deg, shares):
    less, more = building_entry_loss_db(
        frequency_ghz, sorted(shares), building=kind, elevation_deg=elevation_deg
    )
    assert less <= more


@given(frequency, building, probability, st.floats(0, 90))
def test_loss_is_the_same_from_above_and_below(frequency_ghz, kind, p, elevation_deg):
    down, up = building_entry_loss_db(
        frequency_ghz, p, building=kind, elevation_deg=[-elevation_deg, elevation_deg]
    )
    assert down == up


@given(frequency, building)
def test_both_distributions_spread(frequency_ghz, kind):
    parts = two_distributions(frequency_ghz, building=kind)
    assert parts.sigma_1_db > 0
    assert parts.sigma_2_db > 0


def test_efficient_building_loses_more_at_the_median():
    frequencies = np.geomspace(0.08, 100, 50)
    old, new = (building_entry_loss_db(frequencies, 0.5, building=kind) for kind in BUILDINGS)
    assert (new > old).all()


def test_arguments_broadcast():
    loss = building_entry_loss_db([[0.5], [0.8]], [0.1, 0.5, 0.9], building="traditional")
    assert loss.shape == (2, 3)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"frequency_ghz": 0.079}, "frequency_ghz is 0.079"),
        ({"frequency_ghz": [1.0, 101.0]}, "frequency_ghz is 101"),
        ({"frequency_ghz": math.nan}, "frequency_ghz is nan"),
        ({"probability": 0.0}, "probability is 0"),
        ({"probability": 50.0}, "probability is 50; P.2109 takes probabilities between 0 and 1"),
        ({"probability": [math.nan, 0.5, 2.0]}, r"probability is nan \(and 1 more\)"),
        ({"elevation_deg": 90.5}, "elevation_deg is 90.5"),
        ({"building": "modern"}, "building is 'modern'; use one of traditional"),
    ],
)
def test_value_outside_the_range_is_named(changed, said):
    arguments: dict[str, Any] = {
        "frequency_ghz": 0.6,
        "probability": 0.5,
        "building": "traditional",
    } | changed
    with pytest.raises(UsageError, match=said):
        building_entry_loss_db(
            arguments.pop("frequency_ghz"), arguments.pop("probability"), **arguments
        )
