"""Units that foreign tables use."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ngbw.topology.intake.units import convert, convert_cell, is_unit


@pytest.mark.parametrize(
    ("value", "unit", "ours", "result"),
    [
        (100, "ft", "m", 30.48),
        (1.5, "km", "m", 1500),
        (698_000, "kHz", "MHz", 698),
        (0.698, "GHz", "MHz", 698),
        (20, "W", "dBm", 43.0103),
        (500, "mW", "dBm", 26.9897),
        (10, "dBW", "dBm", 40),
        (8.85, "dBd", "dBi", 11),
        (2.5, "万人", "people", 25_000),
        (1, "Gbps", "Mbit/s", 1000),
        (250, "公顷", "km2", 2.5),
        (60.5, "km²", "km2", 60.5),
    ],
)
def test_a_value_comes_out_in_our_unit(value: float, unit: str, ours: str, result: float) -> None:
    assert convert(value, unit, ours) == pytest.approx(result, abs=1e-4)
    assert is_unit(unit, ours)


@pytest.mark.parametrize(("value", "unit", "ours"), [(1, "fathom", "m"), (0, "W", "dBm"), (1, "m", "deg")])  # fmt: skip
def test_what_cannot_become_ours_is_refused(value: float, unit: str, ours: str) -> None:
    with pytest.raises(ValueError, match="is not a value in"):
        convert(value, unit, ours)


def test_a_unit_behind_the_number_goes_before_the_headings() -> None:
    assert convert_cell("35米", "ft", "m") == 35
    assert convert_cell("115 ft", "", "m") == pytest.approx(35.052)
    assert convert_cell("1,200 kHz", "", "MHz") == pytest.approx(1.2)


def test_what_is_no_number_comes_back_for_the_rule_to_judge() -> None:
    assert convert_cell("roof", "ft", "m") == "roof"
    assert convert_cell("0", "W", "dBm") == "0"
    assert convert_cell("35 fathom", "", "m") == "35 fathom"
    assert convert_cell(None, "ft", "m") is None
    assert convert_cell("３５", "", "m") == "35"


@given(st.floats(1e-3, 1e5))
def test_watts_grow_ten_decibels_a_decade(watts: float) -> None:
    assert convert(watts * 10, "W", "dBm") - convert(watts, "W", "dBm") == pytest.approx(
        10, abs=2e-4
    )
