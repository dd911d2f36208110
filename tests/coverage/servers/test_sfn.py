"""Single-frequency networks: weights, sums and the case that makes them worth having."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ngbw.coverage.servers.level_stack import levels_of
from ngbw.coverage.servers.sfn import GuardInterval, dtmb_guard, echo_weight, sum_network
from ngbw.topology.errors import UsageError

KM_PER_US = 0.299_792_458


def network(levels, delays_us, **changes):
    """Sum transmitters that stand at the only pixel and are delayed by so much."""
    options: dict[str, Any] = {"noise_db": -98.0, "guard": dtmb_guard(420)} | changes
    zeros = np.zeros(len(levels))
    return sum_network(
        levels_of(np.array(levels, np.float64)[:, None]),
        tx_x_m=zeros,
        tx_y_m=zeros,
        tx_delay_us=np.array(delays_us, np.float64),
        x_m=np.zeros(1),
        y_m=np.zeros(1),
        **options,
    )


@pytest.mark.parametrize("guard_symbols", [420, 595, 945])
def test_an_echo_counts_wholly_inside_the_guard_interval_and_not_beyond_the_window(guard_symbols):
    guard = dtmb_guard(guard_symbols)
    assert guard.useful_us == pytest.approx(500)
    assert echo_weight(0.0, guard) == 1
    assert echo_weight(guard.guard_us, guard) == 1
    half = (guard.guard_us + guard.equaliser_us) / 2
    expected = ((500 + guard.guard_us - half) / 500) ** 2
    assert echo_weight(half, guard) == pytest.approx(expected)
    assert echo_weight(guard.equaliser_us + 0.1, guard) == 0
    assert echo_weight(-5.0, guard) == pytest.approx(0.99**2)
    assert echo_weight(guard.guard_us - guard.equaliser_us - 0.1, guard) == 0


def test_the_weight_never_rises_with_the_delay():
    delay = np.linspace(0, 700, 2000)
    for symbols in (420, 595, 945):
        weight = echo_weight(delay, dtmb_guard(symbols))
        assert (np.diff(weight) <= 0).all()
        assert ((weight >= 0) & (weight <= 1)).all()


def test_two_weak_signals_serve_only_together():
    # Each alone lies 8 dB over noise; 9 dB are needed; two equal powers give 3 dB.
    found = network([-90.0, -90.0], [0.0, 20.0])
    assert found.best_alone_db[0] == pytest.approx(8)
    assert found.ratio_db[0] == pytest.approx(11.01, abs=0.01)
    assert found.gain_db[0] == pytest.approx(3.01, abs=0.01)
    assert found.only_together(9.0)[0]
    assert not found.spoiled(9.0)[0]
    assert not found.only_together(12.0)[0]
    assert not found.only_together(7.0)[0]


def test_an_echo_beyond_the_window_spoils_what_one_alone_would_serve():
    found = network([-70.0, -73.0], [0.0, 200.0])
    assert found.useful_db[0] == pytest.approx(-70, abs=1e-3)
    assert found.interference_db[0] == pytest.approx(-73, abs=1e-3)
    assert found.ratio_db[0] == pytest.approx(3, abs=0.02)
    assert found.spoiled(9.0)[0]


def test_the_longer_guard_interval_takes_the_echo_up():
    levels, delays = [-70.0, -73.0], [0.0, 100.0]
    ratio = [network(levels, delays, guard=dtmb_guard(pn)).ratio_db[0] for pn in (420, 595, 945)]
    assert ratio[0] < ratio[1] < ratio[2]
    assert ratio[2] == pytest.approx(98 - 70 + 1.76, abs=0.02)


def test_the_window_on_the_first_path_spares_an_early_weaker_one():
    levels, delays = [-80.0, -70.0], [0.0, 60.0]
    strongest = network(levels, delays, guard=dtmb_guard(595), synchronisation="strongest")
    first = network(levels, delays, guard=dtmb_guard(595), synchronisation="first")
    assert np.isneginf(first.interference_db[0])
    assert strongest.interference_db[0] > -93
    # A path that is too weak does not set the window.
    narrow = network(
        levels, delays, guard=dtmb_guard(595), synchronisation="first", path_within_db=5.0
    )
    assert narrow.ratio_db[0] == pytest.approx(strongest.ratio_db[0])


def test_delay_spread_of_two_equal_paths_is_half_their_distance():
    found = network([-70.0, -70.0, -120.0], [0.0, 30.0, 400.0])
    assert found.delay_spread_us[0] == pytest.approx(15)
    assert found.longest_delay_us[0] == pytest.approx(30)


def test_delays_come_from_the_distances():
    x = np.array([[0.0, 6000.0]])
    found = sum_network(
        levels_of(np.full((2, 1, 2), -70.0)),
        tx_x_m=np.array([0.0, 12_000.0]),
        tx_y_m=np.zeros(2),
        x_m=x,
        y_m=np.zeros((1, 2)),
        noise_db=-98.0,
        guard=dtmb_guard(420),
    )
    assert found.longest_delay_us[0, 0] == pytest.approx(12 / KM_PER_US, rel=1e-5)
    assert found.longest_delay_us[0, 1] == pytest.approx(0, abs=1e-4)


@settings(max_examples=60)
@given(
    st.lists(st.tuples(st.floats(-110, -60), st.floats(0, 300)), min_size=1, max_size=7),
    st.sampled_from([420, 595, 945]),
)
def test_the_sum_equals_the_plain_one(paths, symbols):
    levels = np.array([level for level, _ in paths], np.float32).astype(np.float64)
    delays = np.array([delay for _, delay in paths])
    guard = dtmb_guard(symbols)
    power = 10 ** (levels / 10)
    weight = echo_weight(delays - delays[levels.argmax()], guard)
    useful, spoiled = (weight * power).sum(), ((1 - weight) * power).sum()
    found = network(levels, delays, guard=guard)
    assert found.useful_db[0] == pytest.approx(10 * np.log10(useful), abs=1e-3)
    if spoiled > 1e-14:
        assert found.interference_db[0] == pytest.approx(10 * np.log10(spoiled), abs=1e-2)
    expected = 10 * np.log10(useful / (spoiled + 10**-9.8))
    assert found.ratio_db[0] == pytest.approx(expected, abs=1e-2)


def test_a_millionth_spoiled_by_an_echo_just_before_the_window_is_seen_over_low_noise():
    found = network([-40.0, -41.0], [0.001, 0.0], noise_db=-130.0)
    spoiled = 10 ** (-41 / 10) * (1 - (1 - 0.001 / 500) ** 2)
    assert found.interference_db[0] == pytest.approx(10 * np.log10(spoiled), abs=0.01)


def test_nothing_arrives_is_unknown_not_zero():
    found = network([np.nan, np.nan], [0.0, 0.0])
    assert np.isnan(found.ratio_db[0])
    assert not found.only_together(0.0)[0]


def test_windows_that_do_not_fit_and_wrong_modes_are_refused():
    with pytest.raises(UsageError, match="do not fit"):
        GuardInterval(500.0, 125.0, 100.0)
    with pytest.raises(UsageError, match="do not fit"):
        GuardInterval(500.0, float("nan"), 100.0)
    with pytest.raises(UsageError, match="PN500"):
        dtmb_guard(500)
    with pytest.raises(UsageError, match="synchronisation"):
        network([-70.0], [0.0], synchronisation="centre")
    with pytest.raises(UsageError, match="path_within_db"):
        network([-70.0], [0.0], path_within_db=-1.0)
