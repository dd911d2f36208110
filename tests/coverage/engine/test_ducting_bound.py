"""Where ducting is not looked for, it could not have counted."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ngbw.coverage.engine.conditions import air_of, season_at, seasons_for
from ngbw.coverage.engine.pathloss import bound_layers
from ngbw.coverage.engine.paths import LAYER_BOUND, LENGTH, new_paths
from ngbw.coverage.propagation.p1812_percentages import anomalous_time_percent


def in_layer_db(length_km, percent, beta):
    """Return the attenuation in a layer by time and distance, (53)."""
    log_beta = math.log10(beta)
    power = (  # (53a)
        1.076
        / (2.0058 - log_beta) ** 1.012
        * math.exp(-(9.51 - 4.8 * log_beta + 0.198 * log_beta**2) * 1e-6 * length_km**1.13)
    )
    return (
        -12.0
        + (1.2 + 3.7e-3 * length_km) * math.log10(percent / beta)
        + 12.0 * (percent / beta) ** power
    )


def bounds_db(length_km, percent, latitude_deg):
    paths = new_paths(len(length_km))
    paths.rows[LENGTH, : len(length_km)] = length_km
    season = season_at(seasons_for([percent]), 0)
    bound_layers(paths, len(length_km), air_of(45.0, latitude_deg), season)
    return paths.rows[LAYER_BOUND, : len(length_km)]


@given(st.floats(1.0, 50.0), st.floats(-90.0, 90.0))
def test_no_path_up_to_100_km_loses_less_in_a_layer_than_the_bound(percent, latitude_deg):
    length_km = np.geomspace(0.05, 100.0, 60)
    for length, bound in zip(length_km, bounds_db(length_km, percent, latitude_deg), strict=True):
        beta0 = anomalous_time_percent(latitude_deg, length, length)
        # mu2 and mu3 (55), (56) are 1 or less: over rough ground by dozens of decades.
        for mu in np.concatenate([[1.0, 0.999], np.geomspace(0.9, 1e-60, 60)]):
            assert bound <= in_layer_db(length, percent, beta0 * mu)


def test_the_bound_is_near_for_smooth_inland_paths():
    length_km = np.array([1.0, 4.0, 8.0])
    found = bounds_db(length_km, 50.0, 31.3)
    for length, bound in zip(length_km, found, strict=True):
        least_db = in_layer_db(length, 50.0, anomalous_time_percent(31.3, length, length))
        assert least_db - 1.0 < bound <= least_db


def test_longer_paths_have_no_bound():
    assert (bounds_db(np.array([100.5, 500.0]), 50.0, 31.3) < -1e6).all()
