"""Hops: the sum of gains and losses, and what is said of a bad one."""

from __future__ import annotations

import numpy as np
import pytest

from ngbw.topology.errors import InputError
from ngbw.topology.fibre.gases import gas_loss_db_per_km
from ngbw.topology.fibre.microwave import Radio, dish_gain_dbi, judge_hop

RADIO = Radio(18, 15, 35, -65)
FLAT = np.zeros(101)


def test_the_margin_is_the_sum_by_hand():
    hop = judge_hop(FLAT, 3.0, RADIO, a_m=40, b_m=40)
    free_space = 92.45 + 20 * np.log10(18) + 20 * np.log10(3)
    received = 15 + 70 - free_space - 3 * gas_loss_db_per_km(18)
    assert hop.free_space_db == pytest.approx(free_space, abs=0.01)
    assert hop.received_dbm == pytest.approx(received, abs=0.01)
    assert hop.fade_margin_db == pytest.approx(received + 65, abs=0.01)
    assert hop.multipath_outage_percent == 0
    assert hop.availability_percent == pytest.approx(100 - hop.rain_outage_percent)
    assert hop.faults == ()


def test_rain_decides_how_far_80_ghz_reach():
    far = [judge_hop(FLAT, km, Radio(80, 15, 43, -60), a_m=60, b_m=60) for km in (0.5, 1, 2, 4)]
    shares = [hop.availability_percent for hop in far]
    assert shares == sorted(shares, reverse=True)
    assert shares[0] > 99.99
    assert shares[-1] < 99.99


def test_more_rain_is_more_minutes():
    dry, wet = (
        judge_hop(FLAT, 3.0, Radio(38, 15, 38, -65), a_m=40, b_m=40, rain_mm_h=rain)
        for rain in (30, 90)
    )
    assert wet.minutes_down_per_year > dry.minutes_down_per_year
    assert dry.minutes_down_per_year == pytest.approx(
        (100 - dry.availability_percent) / 100 * 525_960
    )


def test_a_long_path_fades_in_layers_too():
    hop = judge_hop(FLAT, 20.0, Radio(7, 25, 40, -70), a_m=80, b_m=90)
    assert hop.multipath_outage_percent > 0
    assert hop.availability_percent < 100 - hop.rain_outage_percent


def test_a_blocked_hop_says_where_and_by_how_much():
    profile = FLAT.copy()
    profile[20] = 60.0
    hop = judge_hop(profile, 3.0, RADIO, a_m=40, b_m=40)
    assert hop.obstruction_db > 15
    assert hop.faults[0].startswith("blocked at 0.60 km: 60.0 m above sea level leave -20.1 m")


def test_a_weak_hop_is_not_available():
    hop = judge_hop(FLAT, 10.0, Radio(38, -10, 20, -60), a_m=90, b_m=90)
    assert hop.fade_margin_db < 0
    assert hop.availability_percent == 0
    assert "larger antennas" in hop.faults[0]


def test_a_dish_of_60_cm_has_38_5_dbi_at_18_ghz():
    assert dish_gain_dbi(0.6, 18) == pytest.approx(38.5, abs=0.1)
    with pytest.raises(InputError, match="dish of 0 m"):
        dish_gain_dbi(0, 18)


def test_a_radio_out_of_range_is_refused():
    for values, words in (
        ((0.5, 15, 35, -65), "freq_ghz is 0.5"),
        ((18, 90, 35, -65), "power_dbm is 90"),
        ((18, 15, float("nan"), -65), "gain_dbi is nan"),
        ((18, 15, 35, 5), "threshold_dbm is 5"),
    ):
        with pytest.raises(InputError, match=words):
            Radio(*values)
