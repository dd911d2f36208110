"""Diffraction against published figures and against the plain construction, point by point."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from ngbw.coverage.propagation import p526_diffraction as p526
from ngbw.coverage.propagation.p1812_profile import (
    BETA_RADIUS_KM,
    median_radius_km,
    path_geometry,
)
from ngbw.coverage.propagation.p1812_zones import INLAND, zones_along


def plain_bullington_nu(
    d: NDArray[np.float64],
    g: NDArray[np.float64],
    tx_m: float,
    rx_m: float,
    radius_km: float,
    wavelength_m: float,
) -> float:
    """Section 4.3.1 of P.1812 as it stands, with the Bullington point found for itself."""
    length = d[-1]
    d, g = d[1:-1], g[1:-1]
    curved = g + 500.0 / radius_km * d * (length - d)
    tx_slope = np.max((curved - tx_m) / d)
    if tx_slope < (rx_m - tx_m) / length:
        ray = (tx_m * (length - d) + rx_m * d) / length
        scale = np.sqrt(0.002 * length / (wavelength_m * d * (length - d)))
        return float(np.max((curved - ray) * scale))
    rx_slope = np.max((curved - rx_m) / (length - d))
    at = (rx_m - tx_m + rx_slope * length) / (tx_slope + rx_slope)
    over = tx_m + tx_slope * at - (tx_m * (length - at) + rx_m * at) / length
    return float(over * math.sqrt(0.002 * length / (wavelength_m * at * (length - at))))


@st.composite
def profiles(draw: st.DrawFn) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Distances in any spacing and heights of any roughness, flat ground among them."""
    n = draw(st.integers(3, 40))
    steps = draw(st.lists(st.floats(0.01, 1.0), min_size=n - 1, max_size=n - 1))
    length = draw(st.floats(0.25, 300.0))
    d = np.concatenate([[0.0], np.cumsum(steps)])
    rough = draw(st.sampled_from([0.0, 1.0, 60.0, 3000.0]))
    heights = draw(st.lists(st.floats(0.0, 1.0), min_size=n, max_size=n))
    return d * (length / d[-1]), rough * np.array(heights)


def test_knife_edge_loss_is_6_dB_on_the_line_of_sight():
    # J(0) = 6.9 + 20 log(sqrt(1.01) - 0.1) = 6.0329 dB
    assert p526.knife_edge_db(0.0) == pytest.approx(6.0329, abs=1e-4)


def test_knife_edge_loss_is_nothing_below_its_limit():
    assert p526.knife_edge_db(-0.78) == 0.0
    assert 0.0 < p526.knife_edge_db(-0.7799) < 0.01


def test_knife_edge_loss_grows_by_20_dB_a_decade_far_in_the_shadow():
    assert p526.knife_edge_db(1000.0) - p526.knife_edge_db(100.0) == pytest.approx(20.0, abs=0.01)


@pytest.mark.parametrize(
    ("distance_km", "tx_m", "rx_m", "frequency_ghz", "sea_fraction", "vertical", "loss_db"),
    [
        # L_dsph (27) of three validation cases of the ITU-R reference implementation of P.1812-8,
        # with the heights of its equations (37a) and (37b): a sea path with both polarisations
        # and a land path at 3 GHz.
        (235.1, 734.4522796, 154.8142878, 0.0953, 0.9096129307, False, 13.921474),
        (235.1, 734.4522796, 154.8142878, 0.0953, 0.9096129307, True, 14.04702621),
        (96.2, 44.46182993, 19.07975011, 3.0, 0.0, True, 36.35501536),
    ],
)
def test_spherical_earth_loss_agrees_with_the_reference(
    distance_km, tx_m, rx_m, frequency_ghz, sea_fraction, vertical, loss_db
):
    found = p526.spherical_earth_db(
        distance_km, tx_m, rx_m, BETA_RADIUS_KM, frequency_ghz, sea_fraction, vertical
    )
    assert found == pytest.approx(loss_db, abs=1e-6)


def test_spherical_earth_loses_nothing_where_the_ground_is_far_below():
    assert p526.spherical_earth_db(5.0, 200.0, 200.0, 8500.0, 0.6, 0.0, False) == 0.0


@pytest.mark.parametrize("vertical", [False, True])
def test_spherical_earth_loss_has_no_step_at_the_horizon(vertical):
    horizon_km = math.sqrt(2 * 8500.0) * (math.sqrt(0.035) + math.sqrt(0.010))
    below, above = (
        p526.spherical_earth_db(horizon_km * f, 35.0, 10.0, 8500.0, 0.6, 0.0, vertical)
        for f in (1 - 1e-9, 1 + 1e-9)
    )
    assert above == pytest.approx(below, abs=1e-5)


def test_ray_that_just_touches_the_terrain_has_nothing_over_it():
    assert p526.transhorizon_obstruction(1.0, -1.0, 0.0, 10.0, 10.0) == 0.0


@given(profiles(), st.floats(1, 300), st.floats(1, 300), st.sampled_from([6000.0, 19113.0]))
def test_smooth_obstruction_equals_looking_at_every_sample(profile, tx_m, rx_m, radius_km):
    d, _ = profile
    found = p526.smooth_obstruction(d, d.size - 1, tx_m, rx_m, 1.0 / radius_km)
    plain = plain_bullington_nu(d, np.zeros(d.size), tx_m, rx_m, radius_km, 1.0)
    assert p526.bullington_db(found, d[-1]) == pytest.approx(
        p526.bullington_db(plain, d[-1]), abs=1e-6
    )
    assert found == pytest.approx(plain, rel=1e-9, abs=1e-5)


@given(profiles(), st.floats(1, 300), st.floats(1, 300), st.floats(0, 100), st.integers(0, 2**32))
def test_obstruction_of_a_profile_equals_the_plain_construction(profile, tx_m, rx_m, cover_m, seed):
    d, h = profile
    clutter = cover_m * np.random.default_rng(seed).random(d.size)
    last = d.size - 1
    zoning = zones_along(d, np.full(d.size, INLAND, np.int8), last)
    geometry = path_geometry(d, h, clutter, last, zoning, tx_m, rx_m, 45.0, 31.3)
    for radius_km, found in (
        (median_radius_km(45.0), geometry.obstruction_m05),
        (BETA_RADIUS_KM, geometry.obstruction_beta_m05),
    ):
        plain = plain_bullington_nu(d, h + clutter, h[0] + tx_m, h[-1] + rx_m, radius_km, 1.0)
        assert found == pytest.approx(plain, rel=1e-9, abs=1e-5)
