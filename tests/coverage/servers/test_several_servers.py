"""At least one of several servers, against Monte-Carlo and against what must hold."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ndtr

from ngbw.coverage.servers.level_stack import levels_of
from ngbw.coverage.servers.several_servers import at_least_one, independent_upper_bound
from ngbw.coverage.servers.shadowing import (
    SITE_CORRELATION,
    Shadowing,
    normal_cdf,
    normal_nodes,
)
from ngbw.coverage.servers.shadowing import normal_table as table
from ngbw.topology.errors import UsageError


def one_pixel(margins, shadowing):
    levels = levels_of(np.asarray(margins, np.float64)[:, None])
    return float(at_least_one(levels, threshold_db=0.0, shadowing=shadowing)[0])


@pytest.mark.parametrize("correlation", [0.0, 0.3, 0.5, 0.8, 0.95, 0.999, 1.0])
@pytest.mark.parametrize(("sigma", "entry"), [(5.5, 0.0), (5.5, 6.0), (9.0, 0.0)])
def test_monte_carlo_agrees_to_a_hundredth(correlation, sigma, entry):
    rng = np.random.default_rng(11)
    shadowing = Shadowing(sigma, correlation, entry)
    draws = 60_000
    for servers in (1, 2, 5, 12):
        margins = rng.uniform(-12, 6, servers)
        common = np.sqrt(correlation) * sigma * rng.standard_normal((draws, 1))
        own = np.sqrt(1 - correlation) * sigma * rng.standard_normal((draws, servers))
        wall = entry * rng.standard_normal((draws, 1))
        drawn = ((margins + common + own + wall) >= 0).any(axis=1).mean()
        assert one_pixel(margins, shadowing) == pytest.approx(drawn, abs=0.01)


@settings(max_examples=60)
@given(
    st.integers(0, 2**32 - 1),
    st.integers(2, 40),
    st.sampled_from([0.0, 1e-6, 0.01, 0.5, 0.95, 0.9995]),
    st.sampled_from([0.0, 6.0]),
)
def test_a_dense_sum_over_the_common_part_agrees(seed, servers, correlation, entry):
    margin = np.random.default_rng(seed).uniform(-20, 15, servers)
    shadowing = Shadowing(5.5, correlation, entry)
    place = np.linspace(-8, 8, 4001)[:, None]
    weight = np.exp(-(place[:, 0] ** 2) / 2)
    missed = ndtr(-(margin + shadowing.common_db * place) / shadowing.own_db).prod(axis=1)
    expected = 1 - weight @ missed / weight.sum()
    assert one_pixel(margin, shadowing) == pytest.approx(expected, abs=1e-4)


def test_one_server_is_the_plain_location_probability():
    for margin in (-30.0, -5.0, 0.0, 4.0, 60.0):
        expected = ndtr(margin / np.hypot(5.5, 6))
        assert one_pixel([margin], Shadowing(5.5, 0.5, 6.0)) == pytest.approx(expected, abs=1e-5)


@settings(max_examples=60)
@given(
    st.lists(st.floats(-25, 15), min_size=1, max_size=8),
    st.floats(-25, 15),
    st.floats(0, 1),
    st.floats(0, 1),
)
def test_more_servers_help_and_correlation_hurts(margins, another, rho, sigma_share):
    sigma, entry = 5.5, 6.0 * sigma_share
    fewer = one_pixel(margins, Shadowing(sigma, rho, entry))
    assert one_pixel([*margins, another], Shadowing(sigma, rho, entry)) >= fewer - 2e-4
    looser = one_pixel(margins, Shadowing(sigma, rho / 2, entry))
    assert looser >= fewer - 2e-4
    best = float(ndtr(max(margins) / np.hypot(sigma, entry)))
    assert fewer >= best - 2e-4


@settings(max_examples=40)
@given(st.lists(st.floats(-20, 10), min_size=1, max_size=8), st.floats(0, 1))
def test_independence_is_an_upper_bound_and_says_so(margins, rho):
    levels = levels_of(np.array(margins)[:, None])
    bound, label = independent_upper_bound(levels, threshold_db=0.0, shadowing=Shadowing(6.0, rho))
    assert bound[0] >= one_pixel(margins, Shadowing(6.0, rho)) - 2e-4
    assert "upper bound" in label
    assert bound[0] == pytest.approx(one_pixel(margins, Shadowing(6.0, 0.0)), abs=2e-4)


def test_a_pixel_that_nobody_reaches_has_no_chance():
    levels = levels_of(np.array([[np.nan, -3.0], [np.nan, np.nan]]))
    found = at_least_one(levels, threshold_db=0.0, shadowing=Shadowing(5.5))
    assert found[0] == 0
    assert found[1] == pytest.approx(ndtr(-3 / 5.5), abs=1e-5)


def test_without_deviation_the_threshold_is_hard():
    levels = levels_of(np.array([[-1.0, 0.0], [-2.0, -9.0]]))
    assert list(at_least_one(levels, threshold_db=0, shadowing=Shadowing(0.0))) == [0, 1]
    bound, _ = independent_upper_bound(levels, threshold_db=0, shadowing=Shadowing(0.0))
    assert list(bound) == [0, 1]


def test_each_server_may_have_its_own_threshold():
    levels = levels_of(np.array([[10.0], [20.0]]))
    shadowing = Shadowing(5.0, 0.5)
    own = at_least_one(levels, threshold_db=np.array([10.0, 20.0]), shadowing=shadowing)
    assert own[0] == pytest.approx(one_pixel([0.0, 0.0], shadowing), abs=1e-6)


def test_the_default_correlation_is_one_half_and_marked_as_assumed():
    assert Shadowing(5.5).correlation == SITE_CORRELATION.value == 0.5
    assert SITE_CORRELATION.assumed


def test_nodes_integrate_moments_and_the_table_is_the_normal_distribution():
    for width in (float("inf"), 0.5, 0.1):
        node, weight = normal_nodes(width)
        assert weight.sum() == pytest.approx(1)
        assert (weight * node**2).sum() == pytest.approx(1, abs=1e-6)
        assert (weight * node**4).sum() == pytest.approx(3, abs=1e-5)
    for x in np.linspace(-9, 9, 301):
        assert normal_cdf(float(x), table()) == pytest.approx(ndtr(x), abs=3e-6)
    assert normal_cdf(-np.inf, table()) == 0
    assert normal_cdf(np.inf, table()) == 1


def test_impossible_shadowing_is_refused():
    for wrong in ((-1, 0.5, 0), (5, 1.1, 0), (5, -0.1, 0), (5, 0.5, float("nan"))):
        with pytest.raises(UsageError):
            Shadowing(*wrong)
