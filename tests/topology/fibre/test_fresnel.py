"""Clearance of beams: Fresnel zones, the curved Earth, the tightest place."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ngbw.topology.errors import InputError
from ngbw.topology.fibre.fresnel import (
    clearance,
    earth_bulge_m,
    edge_loss_db,
    fresnel_radius_m,
)


@pytest.mark.parametrize(
    ("freq_ghz", "length_km", "radius_m"), [(18, 3, 3.5), (18, 5, 4.6), (80, 3, 1.7)]
)
def test_radius_in_the_middle_of_a_path(freq_ghz, length_km, radius_m):
    half = length_km / 2
    assert float(fresnel_radius_m(freq_ghz, half, half)) == pytest.approx(radius_m, abs=0.05)
    by_hand = 17.32 * np.sqrt(half * half / (freq_ghz * length_km))
    assert float(fresnel_radius_m(freq_ghz, half, half)) == pytest.approx(by_hand, rel=1e-3)


def test_the_earth_bulges_0_94_m_in_the_middle_of_8_km():
    assert float(earth_bulge_m(4, 4)) == pytest.approx(0.94, abs=0.005)
    assert float(earth_bulge_m(4, 4, k=2 / 3)) == pytest.approx(2 * 0.9418, abs=0.01)


def test_a_grazing_edge_costs_6_db_and_a_free_one_nothing():
    assert float(edge_loss_db(0.0, 3.0)) == pytest.approx(6.03, abs=0.05)
    assert float(edge_loss_db(0.6 * 3.0, 3.0)) == 0.0
    assert float(edge_loss_db(-3.0, 3.0)) == pytest.approx(6.9 + 20 * np.log10(
        np.sqrt((np.sqrt(2) - 0.1) ** 2 + 1) + np.sqrt(2) - 0.1))  # fmt: skip


def test_the_tightest_place_is_found_with_its_position():
    profile = np.zeros(101)
    profile[30] = 25.0
    tight = clearance(profile, 5.0, a_m=30, b_m=30, freq_ghz=18)
    assert float(tight.at_km) == pytest.approx(1.5)
    bulge = 1.5 * 3.5 / (12.742 * 4 / 3)
    assert float(tight.clearance_m) == pytest.approx(5.0 - bulge, abs=1e-3)
    assert bool(tight.free)
    profile[30] = 28.0
    tight = clearance(profile, 5.0, a_m=30, b_m=30, freq_ghz=18)
    radius = float(fresnel_radius_m(18, 1.5, 3.5))
    assert not bool(tight.free)
    assert bool(tight.line_of_sight)
    assert float(tight.missing_m) == pytest.approx(0.6 * radius - 2.0 + bulge, abs=1e-3)
    assert 0 < float(tight.loss_db) < 6


@given(
    st.lists(st.floats(0, 60), min_size=3, max_size=30), st.floats(0.2, 20), st.floats(1, 80),
    st.floats(1, 90), st.floats(1, 90),
)  # fmt: skip
def test_many_paths_at_once_agree_with_a_plain_loop(profile, length_km, freq_ghz, a_m, b_m):
    missing = 0.0
    least = np.inf
    for i in range(1, len(profile) - 1):
        t = i / (len(profile) - 1)
        d1, d2 = t * length_km, (1 - t) * length_km
        left = a_m + (b_m - a_m) * t - d1 * d2 / (2 * 4 / 3 * 6.371) - profile[i]
        radius = np.sqrt(299.792458 / freq_ghz * d1 * d2 / length_km)
        least = min(least, left / radius)
        missing = max(missing, 0.6 * radius - left)
    both = np.array([profile, profile])
    tight = clearance(
        both, np.full(2, length_km), a_m=np.full(2, a_m), b_m=np.full(2, b_m), freq_ghz=freq_ghz
    )
    assert tight.share == pytest.approx([least] * 2, rel=1e-6, abs=1e-6)
    assert tight.missing_m == pytest.approx([missing] * 2, rel=1e-6, abs=1e-6)
    assert tight.free.tolist() == [missing <= 0] * 2


def test_the_building_under_an_antenna_is_not_in_its_way():
    profile = np.zeros(11)
    profile[[0, 1, 9, 10]] = 50.0
    assert not bool(clearance(profile, 1.0, a_m=40, b_m=40, freq_ghz=18).free)
    assert bool(clearance(profile, 1.0, a_m=40, b_m=40, freq_ghz=18, own_km=0.15).free)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"profile_m": np.zeros(2)}, "2 samples"),
        ({"profile_m": np.array([0, np.nan, 0])}, "no numbers"),
        ({"distance_km": 0.0}, "no length"),
        ({"a_m": np.nan}, "no height"),
        ({"freq_ghz": 0}, "freq_ghz is 0"),
        ({"k": 0}, "k is 0"),
        ({"own_km": 1.0}, "wholly within 1 km"),
    ],
)
def test_what_is_no_path_is_refused(change, words):
    given_ = {
        "profile_m": np.zeros(5), "distance_km": 1.0, "a_m": 10.0, "b_m": 10.0, "freq_ghz": 18.0,
        **change,
    }  # fmt: skip
    with pytest.raises(InputError, match=words):
        clearance(given_.pop("profile_m"), given_.pop("distance_km"), **given_)
