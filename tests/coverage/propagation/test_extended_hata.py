"""Extended Hata (SM.2028) against hand-worked figures, Hata itself and free space."""

from __future__ import annotations

import math
from typing import Any, get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ngbw.coverage.propagation.extended_hata import (
    Environment,
    extended_hata_loss_db,
    reach,
    sigma_db,
)
from ngbw.coverage.propagation.free_space import free_space_loss_db
from ngbw.coverage.propagation.hata import hata_loss_db
from ngbw.coverage.propagation.model import Reach
from ngbw.topology.errors import UsageError

environments = st.sampled_from(get_args(Environment))
frequency = st.floats(30, 3000)
height = st.floats(1, 200)


@pytest.mark.parametrize(
    ("frequency_mhz", "environment", "loss_db"),
    [
        # SM.2028-2 section 6.1 written out by hand: 5 km, 40 m to 1.5 m.
        # per decade 44.9 - 6.55 log 40 = 34.4065; 13.82 log 40 = 22.1404; log 5 = 0.69897
        (100.0, "urban", 69.6 + 57.0128 - 3.5218 - 22.1404 + 24.0491 + 0.0700),
        (700.0, "urban", 69.6 + 74.5418 - 22.1404 + 24.0491 - 0.0062),
        (1800.0, "urban", 46.3 + 110.3537 - 22.1404 + 24.0491 - 0.0430),
        (2600.0, "urban", 46.3 + 111.9050 + 1.1394 - 22.1404 + 24.0491 - 0.0574),
        (700.0, "suburban", 146.0443 - 3.9085 - 5.4),
        (700.0, "open", 146.0443 - 38.6900 + 52.1492 - 40.94),
    ],
)
def test_loss_is_the_hand_computed_one(frequency_mhz, environment, loss_db):
    got = extended_hata_loss_db(
        5.0, frequency_mhz=frequency_mhz, height_m=40, environment=environment
    )
    assert float(got) == pytest.approx(loss_db, abs=0.001)


def test_loss_at_50_km_holds_the_earth():
    # alpha = 1 + (0.14 + 0.1309 + 0.107) log(2.5)^0.8 = 1.180859; log(50)^alpha = 1.869816
    alpha = 1 + (0.14 + 1.87e-4 * 700 + 1.07e-3 * 100) * math.log10(2.5) ** 0.8
    per_decade = 44.9 - 6.55 * 2
    at_1_km = extended_hata_loss_db(1.0, frequency_mhz=700, height_m=100)
    got = extended_hata_loss_db(50.0, frequency_mhz=700, height_m=100)
    assert float(got - at_1_km) == pytest.approx(per_decade * math.log10(50) ** alpha)


@given(st.floats(150, 1499), st.floats(30, 200), st.floats(1, 10), st.floats(1, 20))
def test_within_hata_s_range_it_is_hata_to_its_rounding(frequency_mhz, base_m, rx_m, distance_km):
    got = extended_hata_loss_db(
        distance_km, frequency_mhz=frequency_mhz, height_m=base_m, rx_height_m=rx_m
    )
    hata = hata_loss_db(
        distance_km,
        freq_mhz=frequency_mhz,
        height_m=base_m,
        rx_height_m=rx_m,
        environment="urban",
    )
    # 69.6 for 69.55 and 26.2 for 26.16; the floor of one is slant, of the other level
    assert float(got - hata) == pytest.approx(0.05 + 0.04 * math.log10(frequency_mhz), abs=0.01)


@given(st.floats(0, 100), frequency, height, height, environments)
def test_no_path_loses_less_than_free_space(distance_km, frequency_mhz, one_m, other_m, where):
    got = extended_hata_loss_db(
        distance_km,
        frequency_mhz=frequency_mhz,
        height_m=one_m,
        rx_height_m=other_m,
        environment=where,
    )
    slant_km = math.hypot(distance_km, (one_m - other_m) / 1000)
    assert got >= free_space_loss_db(slant_km, frequency_mhz) - 1e-9


@given(st.floats(0, 100), frequency, height, height, environments)
def test_it_does_not_matter_which_end_transmits(distance_km, frequency_mhz, one_m, other_m, where):
    there, back = (
        extended_hata_loss_db(
            distance_km,
            frequency_mhz=frequency_mhz,
            height_m=tx_m,
            rx_height_m=rx_m,
            environment=where,
        )
        for tx_m, rx_m in ((one_m, other_m), (other_m, one_m))
    )
    assert there == back


@given(frequency, height, environments, st.sampled_from([0.04, 0.1, 20.0]))
def test_pieces_join_without_a_step(frequency_mhz, height_m, where, distance_km):
    near, far = extended_hata_loss_db(
        [distance_km * (1 - 1e-12), distance_km * (1 + 1e-12)],
        frequency_mhz=frequency_mhz,
        height_m=height_m,
        environment=where,
    )
    assert near == pytest.approx(far, abs=1e-6)


def test_first_40_m_are_free_space():
    got = extended_hata_loss_db([0.0, 0.01, 0.04], frequency_mhz=600, height_m=11.5)
    slant_km = np.hypot([0.0, 0.01, 0.04], 0.01)
    assert got == pytest.approx(free_space_loss_db(slant_km, 600.0))


def test_between_40_and_100_m_the_loss_is_straight_over_log_distance():
    middle = math.sqrt(0.04 * 0.1)
    low, between, high = extended_hata_loss_db([0.04, middle, 0.1], frequency_mhz=600, height_m=40)
    assert between == pytest.approx((low + high) / 2)


def test_antenna_below_1_m_counts_as_1_m():
    low, one = (
        extended_hata_loss_db(2.0, frequency_mhz=600, height_m=40, rx_height_m=rx_m)
        for rx_m in (0.3, 1.0)
    )
    assert low == one


def test_low_base_pays_20_dB_a_decade():
    low, high = (
        extended_hata_loss_db(2.0, frequency_mhz=600, height_m=base_m) for base_m in (15.0, 30.0)
    )
    assert float(low - high) == pytest.approx(20 * math.log10(2))


@pytest.mark.parametrize(
    ("roofs", "expected"), [("above", [3.5, 3.5, 12.0, 12.0, 10.5, 9.0, 9.0]),
                            ("below", [3.5, 3.5, 17.0, 17.0, 13.0, 9.0, 9.0])],
)  # fmt: skip
def test_deviation_is_that_of_the_report(roofs, expected):
    got = sigma_db([0.01, 0.04, 0.1, 0.2, 0.4, 0.6, 30.0], roofs=roofs)
    assert got == pytest.approx(expected)


def test_paths_outside_the_recommended_range_are_flagged():
    assert reach([1.0, 50.0], height_m=35).tolist() == [Reach.INSIDE, Reach.TOO_FAR]
    assert reach(1.0, height_m=29).tolist() == Reach.ANTENNA_TOO_LOW
    assert reach(1.0, height_m=1.5, rx_height_m=201).tolist() == Reach.ANTENNA_TOO_HIGH


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"frequency_mhz": 29.0}, "frequency_mhz is 29; extended Hata takes 30-3000 MHz"),
        ({"frequency_mhz": math.nan}, "frequency_mhz is nan"),
        ({"height_m": 0.0}, "height_m is 0"),
        ({"rx_height_m": -1.0}, "rx_height_m is -1"),
        ({"height_m": math.nan}, "height_m is nan"),
        ({"environment": "rural"}, "environment is 'rural'; use one of urban"),
        ({"distance_km": [1.0, 101.0, 102.0]}, r"distance_km is 101 \(and 1 more\)"),
        ({"distance_km": math.nan}, "distance_km is nan"),
        ({"distance_km": -0.1}, "distance_km is -0.1"),
    ],
)
def test_value_outside_the_range_is_named(changed, said):
    arguments: dict[str, Any] = {
        "distance_km": 1.0,
        "frequency_mhz": 600.0,
        "height_m": 35.0,
    } | changed
    with pytest.raises(UsageError, match=said):
        extended_hata_loss_db(arguments.pop("distance_km"), **arguments)


def test_unknown_roofs_are_named():
    under: Any = "under"
    with pytest.raises(UsageError, match="roofs is 'under'"):
        sigma_db(1.0, roofs=under)
