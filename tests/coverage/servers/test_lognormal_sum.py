"""Schwartz and Yeh's sum against Monte-Carlo."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ngbw.coverage.servers.level_stack import levels_of
from ngbw.coverage.servers.lognormal_sum import (
    DB_PER_NEPER,
    add_lognormal,
    power_sum_levels,
    power_sum_probability,
    schwartz_yeh_table,
)
from ngbw.coverage.servers.shadowing import Shadowing


def drawn_sum_db(means, shadowing, rng, draws=100_000):
    common = shadowing.common_db * rng.standard_normal((draws, 1))
    own = shadowing.own_db * rng.standard_normal((draws, len(means)))
    return 10 * np.log10((10 ** ((means + common + own) / 10)).sum(axis=1))


@pytest.mark.parametrize("sigma", [4.0, 5.5, 8.0])
@pytest.mark.parametrize("correlation", [0.0, 0.5, 1.0])
def test_mean_and_deviation_agree_with_draws_to_half_a_decibel(sigma, correlation):
    rng = np.random.default_rng(5)
    shadowing = Shadowing(sigma, correlation)
    for servers in (1, 2, 6, 25):
        means = rng.uniform(-100, -75, servers)
        drawn = drawn_sum_db(means, shadowing, rng)
        mean, deviation = power_sum_levels(levels_of(means[:, None]), shadowing)
        assert mean[0] == pytest.approx(drawn.mean(), abs=0.5)
        assert deviation[0] == pytest.approx(drawn.std(), abs=0.5)
        for threshold in np.quantile(drawn, [0.05, 0.3, 0.7, 0.95]):
            found = power_sum_probability(
                levels_of(means[:, None]), threshold_db=threshold, shadowing=shadowing
            )
            # Independent servers leave the sum skewed, which two moments cannot show.
            tolerance = 0.02 if correlation else 0.035
            assert found[0] == pytest.approx((drawn >= threshold).mean(), abs=tolerance)


@settings(max_examples=60)
@given(st.floats(-40, 40), st.floats(0, 2.5), st.floats(0, 2.5))
def test_a_pair_has_the_moments_of_the_integral(difference, sigma_1, sigma_2):
    mean, variance = add_lognormal(
        0.0, sigma_1**2, difference, sigma_2**2, schwartz_yeh_table()
    )  # fmt: skip
    node = np.linspace(-7, 7, 281)
    weight = np.exp(-(node**2) / 2)
    weight /= weight.sum()
    total = np.logaddexp(sigma_1 * node[:, None], difference + sigma_2 * node[None, :])
    both = weight[:, None] * weight[None, :]
    exact = (both * total).sum()
    assert mean == pytest.approx(exact, abs=2e-3)
    assert variance == pytest.approx((both * (total - exact) ** 2).sum(), abs=5e-3)


def test_equal_powers_without_deviation_add_up():
    mean, deviation = power_sum_levels(
        levels_of(np.full((4, 1), -90.0)), Shadowing(0.0)
    )  # fmt: skip
    assert mean[0] == pytest.approx(-90 + 10 * np.log10(4), abs=0.01)
    assert deviation[0] == pytest.approx(0, abs=0.02)


def test_servers_that_do_not_arrive_add_nothing():
    levels = levels_of(np.array([[-90.0, np.nan], [np.nan, np.nan]]))
    mean, _ = power_sum_levels(levels, Shadowing(5.5))
    assert mean[0] == pytest.approx(-90)
    assert np.isnan(mean[1])
    chance = power_sum_probability(levels, threshold_db=-90, shadowing=Shadowing(5.5))
    assert list(chance) == pytest.approx([0.5, 0])


def test_a_neper_of_power_is_4_34_dB():
    assert pytest.approx(4.342945, abs=1e-6) == DB_PER_NEPER
