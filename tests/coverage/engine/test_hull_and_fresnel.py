"""Hulls and lids find what a plain loop over all samples finds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ngbw.coverage.engine.fresnel import deepest_of_all, deepest_sample, highest_rise
from ngbw.coverage.engine.hull import grow_hull, highest_above, tangent_from
from ngbw.coverage.engine.logexp import exp, log
from ngbw.coverage.engine.trace import AT, CURVED, FLAT, GROUND, HEIGHTS, curve, new_trace

seeds = st.integers(0, 2**32 - 1)
lengths = st.integers(3, 500)
roughness = st.sampled_from([0.0, 0.01, 0.3, 5.0])


def radial(seed, samples, rough_m):
    rng = np.random.default_rng(seed)
    trace = new_trace(samples)
    trace.rows[AT, 1:samples] = 0.01 * (np.arange(samples - 1) + rng.uniform(0.5, 1.5))
    trace.rows[GROUND, :samples] = rough_m * np.cumsum(rng.normal(size=samples)) + rng.uniform()
    curve(trace, samples, 0.056, False)
    return trace, rng


@given(seeds, lengths, roughness)
def test_hull_gives_the_steepest_and_the_highest_of_all_samples(seed, samples, rough_m):
    trace, rng = radial(seed, samples, rough_m)
    at = trace.rows[AT]
    heights = trace.rows[GROUND]
    for last in range(2, samples):
        rx_m = heights[last] + rng.choice([1.5, 10.0, -3.0])
        before = slice(1, last)
        count = grow_hull(trace, FLAT, last)
        at_km, at_m = tangent_from(trace, FLAT, count, at[last], rx_m)
        slopes = (heights[before] - rx_m) / (at[last] - at[before])
        assert (at_m - rx_m) / (at[last] - at_km) == pytest.approx(slopes.max(), rel=1e-12)
        slope = rng.normal() * 20
        at_km, at_m = highest_above(trace, FLAT, count, slope)
        above = heights[before] - slope * at[before]
        assert at_m - slope * at_km == pytest.approx(above.max(), abs=1e-11)


@given(seeds, lengths, roughness)
def test_lids_find_the_deepest_sample_of_every_clear_path(seed, samples, rough_m):
    trace, rng = radial(seed, samples, rough_m)
    rows = trace.rows
    heights = rows[HEIGHTS + CURVED]
    tx_m = heights[:samples].max() + rng.uniform(1.0, 60.0)
    for last in range(2, samples):
        # Lifted until the path is clear, as the lids take for granted.
        at = rows[AT, 1:last]
        line = (heights[1:last] - tx_m) / at
        rx_m = max(heights[last] + 1.5, tx_m + line.max() * rows[AT, last] + rng.uniform(0, 5))
        found = deepest_sample(trace, CURVED, last, tx_m, rx_m)
        plain = deepest_of_all(trace, CURVED, last, tx_m, rx_m)
        clearance = heights[1:last] - (tx_m + (rx_m - tx_m) / rows[AT, last] * at)
        value = clearance / np.sqrt(at * (rows[AT, last] - at))
        assert value[found - 1] == pytest.approx(value.max(), rel=1e-12, abs=1e-12)
        assert value[plain - 1] == pytest.approx(value.max(), rel=1e-12, abs=1e-12)


@given(seeds, lengths, roughness, st.booleans())
def test_lids_find_the_highest_rise_between_any_two_samples(seed, samples, rough_m, plain):
    trace, rng = radial(seed, samples, rough_m)
    rows = trace.rows
    for _ in range(20):
        first, last = np.sort(rng.integers(1, samples, 2))
        base, slope = rng.normal(), rng.normal() * 10
        rise = rows[GROUND, first : last + 1] - (base + slope * rows[AT, first : last + 1])
        least = rng.choice([-1e9, rise.max() - 1.0, rise.max() + 1.0])
        found = highest_rise(trace, FLAT, first, last, base, slope, least, plain)
        assert found == pytest.approx(max(rise.max(), least), abs=1e-11)


def test_a_hull_of_flat_ground_on_the_curved_earth_keeps_every_sample():
    trace = new_trace(300)
    trace.rows[AT, :] = 0.01 * np.arange(trace.rows.shape[1])
    trace.rows[GROUND, :] = 4.0
    curve(trace, 300, 0.056, False)
    assert grow_hull(trace, CURVED, 299) == 298
    assert grow_hull(trace, FLAT, 299) == 2


@given(st.floats(1e-300, 1e300))
def test_logarithm_is_right_to_its_last_digits(x):
    assert log(x) == pytest.approx(np.log(x), rel=1e-15, abs=4e-16)


@given(st.floats(-700, 700))
def test_exponential_is_right_to_its_last_digits(x):
    assert exp(x) == pytest.approx(np.exp(x), rel=1e-15)


@pytest.mark.parametrize("x", [-1e308, -800.0, 800.0, 1e308])
def test_exponential_beyond_all_bounds_stays_finite(x):
    assert np.isfinite(exp(x))
    assert (exp(x) < 1e-300) == (x < 0)
