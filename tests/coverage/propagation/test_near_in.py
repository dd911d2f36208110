"""The first 250 m: joined to P.1812 without a step, free space at the mast."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ngbw.coverage.propagation import near_in
from ngbw.coverage.propagation.p1812 import path
from ngbw.coverage.propagation.p1812_losses import free_space_db
from ngbw.topology.errors import UsageError


def test_loss_joins_P_1812_at_250_m_without_a_step():
    d = np.linspace(0.0, 0.25, 26)
    h = np.where((d > 0.1) & (d < 0.2), 45.0, 4.0)
    result = path(
        d, h, clutter_m=0, zone=4, frequency_ghz=0.6, time_percent=50, location_percent=50,
        tx_height_m=35, rx_height_m=1.5, polarization="horizontal", delta_n=45,
        surface_refractivity=330, latitude_deg=31.3,
    )  # fmt: skip
    excess_db = result.loss_db - result.intermediates.losses.free_space_db
    assert excess_db > 10.0
    joined = near_in.near_in_loss_db(
        0.25, height_difference_m=33.5, frequency_ghz=0.6, excess_at_join_db=excess_db
    )
    assert joined == pytest.approx(result.loss_db, abs=1e-9)


@given(st.floats(0.0, 0.02), st.floats(1.0, 100.0), st.floats(0.03, 6.0), st.floats(-3.0, 80.0))
def test_nothing_is_lost_beyond_free_space_within_20_m(distance_km, above_m, f_ghz, excess_db):
    loss = near_in.near_in_loss_db(
        distance_km, height_difference_m=above_m, frequency_ghz=f_ghz, excess_at_join_db=excess_db
    )
    assert loss == free_space_db(distance_km, above_m, f_ghz)


def test_half_the_excess_is_lost_half_way_in_decades():
    middle_km = (0.02 * 0.25) ** 0.5
    loss = near_in.near_in_loss_db(
        middle_km, height_difference_m=30.0, frequency_ghz=0.6, excess_at_join_db=20.0
    )
    assert loss - free_space_db(middle_km, 30.0, 0.6) == pytest.approx(10.0)


@given(st.floats(0.0, 0.25), st.floats(0.0, 0.25), st.floats(-300.0, 300.0), st.floats(0.0, 80.0))
def test_loss_never_falls_with_distance(a, b, above_m, excess_db):
    near, far = (
        near_in.near_in_db(distance_km, above_m, 0.6, excess_db) for distance_km in sorted((a, b))
    )
    assert np.isfinite(near)
    assert far >= near - 1e-9


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"distance_km": 0.3}, "p1812.path"),
        ({"distance_km": -0.1}, "distance_km is -0.1"),
        ({"distance_km": float("nan")}, "distance_km is nan"),
        ({"frequency_ghz": 600.0}, "Give GHz, not MHz"),
        ({"height_difference_m": float("inf")}, "height_difference_m is inf"),
        ({"excess_at_join_db": float("nan")}, "excess_at_join_db is nan"),
    ],
)
def test_figure_out_of_range_is_refused(changed, words):
    figures = {
        "distance_km": 0.1, "height_difference_m": 30.0, "frequency_ghz": 0.6,
        "excess_at_join_db": 10.0,
    }  # fmt: skip
    with pytest.raises(UsageError, match=words):
        near_in.near_in_loss_db(**{**figures, **changed})
