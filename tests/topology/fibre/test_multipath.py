"""Multipath by the quick method of P.530."""

from __future__ import annotations

import pytest

from ngbw.topology.errors import InputError
from ngbw.topology.fibre.multipath import multipath_worst_month_percent, multipath_year_percent


def test_the_quick_method_by_hand():
    # K = 10^(-4.6 + 0.0027 x 200); 20 km, 7 GHz, level path at 50 m, 30 dB
    hand = 10 ** (-4.6 + 0.54) * 20**3.1 * 7**0.8 * 10 ** (-0.00089 * 50 - 3)
    got = multipath_worst_month_percent(30, 20, 7, a_amsl_m=50, b_amsl_m=50, gradient=-200)
    assert got == pytest.approx(hand)


def test_ten_decibel_more_are_a_tenth_of_the_outage():
    def outage(fade_db):
        return multipath_worst_month_percent(fade_db, 15, 18, a_amsl_m=40, b_amsl_m=60)

    assert outage(40) == pytest.approx(outage(30) / 10)


def test_paths_to_5_km_have_none_and_no_outage_passes_100_percent():
    assert multipath_worst_month_percent(0, 5, 38, a_amsl_m=30, b_amsl_m=30) == 0
    assert multipath_worst_month_percent(0, 60, 38, a_amsl_m=30, b_amsl_m=30) == 100


def test_a_year_has_less_than_its_worst_month():
    assert multipath_year_percent(0.0, 10, latitude_deg=31.3) == 0.0
    year = multipath_year_percent(0.1, 10, latitude_deg=31.3)
    assert 0.1 * 10**-1.08 <= year < 0.1
    assert multipath_year_percent(0.1, 10, latitude_deg=60) < year


def test_a_path_without_length_is_refused():
    with pytest.raises(InputError, match="path of 0 km"):
        multipath_worst_month_percent(30, 0, 7, a_amsl_m=50, b_amsl_m=50)
