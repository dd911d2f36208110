"""Hops over a surface: the profile is what lies under the line."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ngbw.coverage.backhaul import Mast, clearances, hop_over_surface, profiles
from ngbw.coverage.grid import Grid
from ngbw.coverage.surface_model import Surface
from ngbw.topology.errors import InputError
from ngbw.topology.fibre.microwave import Radio

GRID = Grid("EPSG:32651", 0.0, 1000.0, 10.0, 200, 100)
RADIO = Radio(18, 15, 35, -65)


def surface(rows=slice(0), columns=slice(0), height_m=0.0):
    """Return flat ground at 5 m with one block on it."""
    clutter = np.zeros(GRID.shape, np.float32)
    clutter[rows, columns] = height_m
    return Surface(GRID, np.full(GRID.shape, 5.0, np.float32), clutter, "made for the test")


def test_a_building_under_the_line_is_in_the_profile():
    city = surface(slice(40, 60), slice(100, 102), 30.0)
    top = profiles(city, np.array([[5.0, 505.0]]), np.array([[1995.0, 505.0]]), samples=200)
    assert top.shape == (1, 200)
    assert set(np.unique(top)) == {5.0, 35.0}
    inside = np.flatnonzero(top[0] == 35.0) / 199 * 1990 + 5
    assert (inside.min(), inside.max()) == pytest.approx((1000, 1020), abs=11)


@given(
    st.floats(0, 1999), st.floats(1, 1000), st.floats(0, 1999), st.floats(1, 1000),
    st.integers(3, 50),
)  # fmt: skip
def test_profiles_agree_with_a_plain_loop(ax, ay, bx, by, samples):
    rng = np.random.default_rng(3)
    city = Surface(
        GRID, rng.uniform(0, 9, GRID.shape).astype(np.float32),
        rng.uniform(0, 60, GRID.shape).astype(np.float32), "made for the test",
    )  # fmt: skip
    top = profiles(city, np.array([[ax, ay]]), np.array([[bx, by]]), samples=samples)[0]
    whole = city.top_m()
    for i, got in enumerate(top):
        t = i / (samples - 1)
        column, row = (ax + (bx - ax) * t) / 10, (1000 - ay + (ay - by) * t) / 10
        # On a border between pixels either of them is right.
        near = {
            float(whole[min(int(row + dr), 99), min(int(column + dc), 199)])
            for dr in (-1e-9, 1e-9) for dc in (-1e-9, 1e-9)
        }  # fmt: skip
        assert float(got) in near


def test_a_hop_clears_or_is_blocked_by_the_building_between():
    city = surface(slice(40, 60), slice(100, 102), 30.0)
    low = hop_over_surface(city, Mast("a", 50, 505, 20), Mast("b", 1950, 505, 20), RADIO)
    assert "blocked at 0.9" in low.faults[0]
    high = hop_over_surface(city, Mast("a", 50, 505, 45), Mast("b", 1950, 505, 45), RADIO)
    assert high.faults == ()
    assert float(high.clearance.obstacle_m) == 35.0
    assert high.distance_km == pytest.approx(1.9)


def test_the_building_that_carries_an_antenna_is_not_in_the_way():
    city = surface(slice(49, 51), slice(4, 6), 60.0)
    hop = hop_over_surface(city, Mast("a", 55, 505, 40), Mast("b", 1950, 505, 40), RADIO)
    assert hop.faults == ()


def test_many_links_agree_with_each_alone():
    rng = np.random.default_rng(5)
    city = surface(slice(20, 70), slice(90, 110), 35.0)
    a = rng.uniform((10, 10), (1990, 990), (40, 2))
    b = rng.uniform((10, 10), (1990, 990), (40, 2))
    high = np.full(40, 30.0)
    together = clearances(city, a, b, a_height_m=high, b_height_m=high, freq_ghz=18)
    assert together.free.any()
    assert not together.free.all()
    own = min(0.015, float(np.hypot(*(b - a).T).min()) / 3000)
    for n in range(40):
        alone = clearances(
            city, a[n : n + 1], b[n : n + 1], a_height_m=high[:1], b_height_m=high[:1], freq_ghz=18
        )
        if own == 0.015:
            assert alone.clearance_m[0] == together.clearance_m[n]


@pytest.mark.parametrize(
    ("a", "b", "words"),
    [
        (Mast("a", -5, 500, 30), Mast("b", 500, 500, 30), "outside the surface"),
        (Mast("a", 5, 500, 30), Mast("b", 5, 500, 30), "stand at one place"),
        (Mast("a", 5, 500, 0), Mast("b", 500, 500, 30), "'a': its antenna is 0 m"),
        (Mast("a", 5, 500, 30), Mast("b", 500, 500, float("nan")), "'b': its antenna is nan m"),
        (Mast("a", float("nan"), 500, 30), Mast("b", 500, 500, 30), "at one place"),
    ],
)
def test_masts_that_make_no_hop_are_refused(a, b, words):
    with pytest.raises(InputError, match=words):
        hop_over_surface(surface(), a, b, RADIO)


def test_wrong_arrays_are_refused():
    one = np.array([[5.0, 5.0]])
    with pytest.raises(InputError, match="shapes"):
        profiles(surface(), np.zeros(2), one)
    with pytest.raises(InputError, match="samples is 2"):
        profiles(surface(), one, one, samples=2)
    with pytest.raises(InputError, match="no position"):
        profiles(surface(), one * np.nan, one)
