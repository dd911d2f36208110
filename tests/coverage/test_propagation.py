"""Losses against published figures and against plain formulas."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ngbw.coverage.grid import Grid
from ngbw.coverage.propagation import FreeSpace, Hata, model_from_settings
from ngbw.coverage.propagation.free_space import free_space_loss_db
from ngbw.coverage.propagation.hata import hata_loss_db
from ngbw.coverage.propagation.model import LOSS_NONE, Reach, to_centi_db
from ngbw.topology.errors import SettingError, UsageError

GRID = Grid("EPSG:32651", 355_000.0, 3_470_000.0, 100.0, 40, 30)


def test_free_space_at_1_km_and_600_mhz_is_88_dB():
    # 20 log(4 pi 1000 / (c / 600e6)) = 88.011 dB
    assert free_space_loss_db(1.0, 600.0) == pytest.approx(88.0108, abs=1e-4)


def test_free_space_gains_6_dB_with_double_distance():
    near, far = free_space_loss_db(np.array([2.0, 4.0]), 700.0)
    assert far - near == pytest.approx(20 * math.log10(2))


@pytest.mark.parametrize(
    ("environment", "loss_db"),
    [
        # Hata (1980) written out by hand for 900 MHz, 5 km, hb 30 m, hm 1.5 m.
        ("urban", 151.0244),
        ("large-city", 151.0412),
        ("suburban", 141.0818),
        ("open", 122.5180),
    ],
)
def test_hata_gives_the_hand_computed_loss(environment, loss_db):
    got = hata_loss_db(5.0, freq_mhz=900, height_m=30, rx_height_m=1.5, environment=environment)
    assert float(got) == pytest.approx(loss_db, abs=0.001)


def test_hata_reaches_the_radius_that_the_plan_table_rests_on():
    # Large city, 698 MHz, antenna 45.3 m, 1.5 m: 114 dB at 0.6205 km (worked by hand).
    assert float(hata_loss_db(0.6205, freq_mhz=698, height_m=45.3)) == pytest.approx(114, abs=0.002)


def test_cost_231_takes_over_at_1500_mhz_and_adds_3_dB_in_a_metropolis():
    kwargs = {"freq_mhz": 1800.0, "height_m": 30.0}
    city = hata_loss_db(2.0, environment="large-city", **kwargs)
    town = hata_loss_db(2.0, environment="urban", **kwargs)
    assert float(city - town) == pytest.approx(3.0)
    # 46.3 + 33.9 log 1800 - 13.82 log 30 - a + (44.9 - 6.55 log 30) log 2, a = 0.0430
    assert float(town) == pytest.approx(146.8007, abs=0.001)


@given(
    distance_km=st.floats(0.02, 30),
    freq_mhz=st.floats(150, 2000),
    height_m=st.floats(5, 200),
    environment=st.sampled_from(["large-city", "urban", "suburban", "open"]),
)
def test_hata_never_beats_free_space(distance_km, freq_mhz, height_m, environment):
    loss = hata_loss_db(distance_km, freq_mhz=freq_mhz, height_m=height_m, environment=environment)
    assert loss >= free_space_loss_db(distance_km, freq_mhz) - 1e-9


@given(
    x=st.floats(354_000, 360_000),
    y=st.floats(3_466_000, 3_471_000),
    height_m=st.floats(10, 150),
    environment=st.sampled_from(["large-city", "urban", "suburban", "open"]),
)
def test_hata_layer_equals_the_plain_formula(x, y, height_m, environment):
    layer = Hata(environment).layer(
        GRID, x_m=x, y_m=y, height_m=height_m, rx_height_m=1.5, freq_mhz=698.0
    )
    distance_km = np.hypot(*np.meshgrid(GRID.x_m() - x, GRID.y_m() - y)) / 1000
    plain = hata_loss_db(distance_km, freq_mhz=698.0, height_m=height_m, environment=environment)
    assert np.abs(layer / 100 - plain).max() <= 0.005 + 1e-9


@given(x=st.floats(354_000, 360_000), y=st.floats(3_466_000, 3_471_000))
def test_free_space_layer_equals_the_plain_formula(x, y):
    layer = FreeSpace().layer(GRID, x_m=x, y_m=y, height_m=40, rx_height_m=1.5, freq_mhz=698.0)
    dx, dy = np.meshgrid(GRID.x_m() - x, GRID.y_m() - y)
    plain = free_space_loss_db(np.sqrt(dx**2 + dy**2 + 38.5**2) / 1000, 698.0)
    assert np.abs(layer / 100 - plain).max() <= 0.005 + 1e-9


def test_frequency_without_a_formula_is_refused_with_the_range():
    with pytest.raises(UsageError, match="150-2000 MHz"):
        hata_loss_db(1.0, freq_mhz=2600, height_m=30)


def test_antenna_at_ground_is_refused():
    with pytest.raises(UsageError, match="above 0"):
        hata_loss_db(1.0, freq_mhz=700, height_m=0)


def test_reach_names_each_broken_limit():
    reach = Hata().reach(np.array([0.4, 5.0, 25.0]), np.array([25.0, 50.0, 250.0]))
    assert reach.tolist() == [
        Reach.TOO_NEAR | Reach.ANTENNA_TOO_LOW,
        Reach.INSIDE,
        Reach.TOO_FAR | Reach.ANTENNA_TOO_HIGH,
    ]


def test_unknown_model_names_the_nearest():
    with pytest.raises(SettingError, match="did you mean 'hata'"):
        model_from_settings({"model": "hatta"})


def test_unknown_parameter_names_what_the_model_takes():
    with pytest.raises(SettingError, match="environment"):
        model_from_settings({"model": "hata", "town": "big"})


def test_unknown_environment_is_refused():
    with pytest.raises(SettingError, match="large-city"):
        model_from_settings({"model": "hata", "environment": "forest"})


def test_centi_db_keeps_unknown_losses_apart():
    assert to_centi_db(np.array([114.004, np.nan, 1e9])).tolist() == [11400, LOSS_NONE, LOSS_NONE]
