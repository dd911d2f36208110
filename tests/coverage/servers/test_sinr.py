"""SINR and its probability against plain sums and Monte-Carlo."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ngbw.coverage.servers import sinr
from ngbw.coverage.servers.level_stack import levels_of
from ngbw.coverage.servers.shadowing import Shadowing
from ngbw.coverage.servers.sinr import sinr_db, sinr_probability
from ngbw.topology.errors import UsageError


def milliwatts(level):
    return 10 ** (np.asarray(level) / 10)


@settings(max_examples=60)
@given(
    st.lists(st.floats(-120, -40), min_size=1, max_size=8),
    st.floats(0, 1),
    st.floats(-110, -80),
)
def test_sinr_equals_the_plain_sum_of_powers(levels, load, noise):
    stored = np.array(levels, np.float32).astype(np.float64)
    powers, best = milliwatts(stored), int(np.argmax(stored))
    against = milliwatts(noise) + load * np.delete(powers, best).sum()
    expected = 10 * np.log10(powers[best] / against)
    found = sinr_db(levels_of(np.array(levels)[:, None]), noise_db=noise, load=load)
    assert found[0] == pytest.approx(expected, abs=1e-3)


def test_only_servers_on_the_same_carrier_interfere():
    levels = levels_of(np.array([[-70.0], [-71.0], [-71.0]]))
    found = sinr_db(levels, noise_db=-100.0, carrier=np.array([0, 1, 1]))
    assert found[0] == pytest.approx(30, abs=1e-3)
    shared = sinr_db(levels, noise_db=-100.0, carrier=np.array([0, 0, 1]))
    assert shared[0] == pytest.approx(1, abs=0.01)


def test_noise_may_differ_by_pixel_and_no_server_is_unknown():
    levels = levels_of(np.array([[-70.0, -70.0, np.nan]]))
    found = sinr_db(levels, noise_db=np.array([-100.0, -90.0, -90.0]))
    assert list(found[:2]) == pytest.approx([30, 20])
    assert np.isnan(found[2])
    chance = sinr_probability(levels, threshold_db=0, noise_db=-100.0, shadowing=Shadowing(8.0))
    assert chance[2] == 0


@pytest.mark.parametrize("correlation", [0.0, 0.5, 0.9, 1.0])
@pytest.mark.parametrize(("sigma", "entry"), [(5.5, 0.0), (8.0, 0.0), (5.5, 6.0)])
def test_probability_agrees_with_draws_to_two_hundredths(correlation, sigma, entry):
    rng = np.random.default_rng(23)
    shadowing = Shadowing(sigma, correlation, entry)
    draws = 60_000
    for servers in (1, 3, 9, 20):
        levels = rng.uniform(-105, -65, servers)
        site = rng.integers(0, max(1, servers // 2), servers)
        load = rng.uniform(0, 1, servers)
        common = shadowing.common_db * rng.standard_normal((draws, 1))
        own = shadowing.own_db * rng.standard_normal((draws, servers))
        powers = milliwatts(levels + common + own[:, site])
        best = int(levels.argmax())
        for noise in (-120.0, -95.0, -80.0):
            against = milliwatts(noise) + powers @ load - powers[:, best] * load[best]
            drawn = 10 * np.log10(powers[:, best] / against)
            for threshold in (-3.0, 5.0, 14.0):
                found = sinr_probability(
                    levels_of(levels[:, None]),
                    threshold_db=threshold,
                    noise_db=noise,
                    shadowing=shadowing,
                    load=load,
                    site=site,
                )
                assert found[0] == pytest.approx((drawn >= threshold).mean(), abs=0.02)


@settings(max_examples=60)
@given(
    st.integers(0, 2**32 - 1),
    st.integers(2, 40),
    st.sampled_from([0.0, 0.5, 0.9]),
    st.sampled_from([2.0, 5.5, 8.0]),
    st.floats(-125, -85),
    st.floats(-5, 15),
)
def test_weak_sites_summed_at_once_equal_the_chain_of_all(
    seed, servers, correlation, sigma, noise, threshold
):
    levels = levels_of(np.random.default_rng(seed).uniform(-115, -60, (servers, 50)))
    asked: dict[str, Any] = {
        "threshold_db": threshold,
        "noise_db": noise,
        "shadowing": Shadowing(sigma, correlation),
    }
    found = sinr_probability(levels, **asked)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sinr, "_WEAK_DEVIATION", 1e-12)
        chained = sinr_probability(levels, **asked)
    assert found == pytest.approx(chained, abs=0.005)


def test_a_cell_of_the_same_site_limits_the_ratio_whatever_the_shadow():
    levels = levels_of(np.array([[-60.0], [-70.0]]))
    same = np.array([0, 0])
    quiet: dict[str, Any] = {"noise_db": -140.0, "shadowing": Shadowing(8.0), "site": same}
    assert sinr_probability(levels, threshold_db=9.9, **quiet)[0] == pytest.approx(1, abs=1e-6)
    assert sinr_probability(levels, threshold_db=10.1, **quiet)[0] == 0


@settings(max_examples=40)
@given(
    st.lists(st.floats(-110, -60), min_size=2, max_size=6),
    st.floats(0, 0.5),
    st.floats(-10, 15),
)
def test_more_load_never_helps(levels, load, threshold):
    stack = levels_of(np.array(levels)[:, None])
    rest: dict[str, Any] = {
        "threshold_db": threshold,
        "noise_db": -98.0,
        "shadowing": Shadowing(5.5),
    }
    less = sinr_probability(stack, load=load, **rest)[0]
    more = sinr_probability(stack, load=2 * load, **rest)[0]
    assert more <= less + 1e-3


def test_wrong_loads_carriers_and_thresholds_are_refused():
    stack = levels_of(np.zeros((2, 1)))
    with pytest.raises(UsageError, match="load"):
        sinr_db(stack, noise_db=0.0, load=1.5)
    with pytest.raises(UsageError, match="carrier"):
        sinr_db(stack, noise_db=0.0, carrier=np.array([0.0, 1.0]))
    with pytest.raises(UsageError, match="threshold_db"):
        sinr_probability(stack, threshold_db=np.nan, noise_db=0.0, shadowing=Shadowing(5.0))
