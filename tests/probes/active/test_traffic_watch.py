"""What is usual at this hour, and what is not."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ngbw.probes.active.traffic_watch import Baseline

HOUR = 3600.0
WEEK = 168 * HOUR


def taught(seed=1, weeks=6):
    """Return a baseline of a port with busy evenings, five-minute values."""
    rng = np.random.default_rng(seed)
    made = Baseline()
    for k in range(int(weeks * WEEK / 300)):
        at_s = k * 300.0
        made.judge(usual(at_s) * math.exp(rng.normal(0, 0.15)), at_s)
    return made


def usual(at_s):
    return 2e8 * (1.0 + 4.0 * (18 <= at_s // HOUR % 24 < 23))


@pytest.fixture(scope="module")
def baseline():
    return taught()


def test_a_flood_is_unusual_and_a_busy_evening_is_not(baseline):
    night, evening = 8 * WEEK + 3 * HOUR, 8 * WEEK + 20 * HOUR
    assert baseline.judge(usual(night) * 10, night, learn=False).unusual()
    assert not baseline.judge(usual(evening), evening, learn=False).unusual()
    assert baseline.judge(usual(evening), night, learn=False).unusual()
    assert baseline.judge(0.0, evening, learn=False).score < -6


def test_clean_weeks_raise_next_to_nothing(baseline):
    rng = np.random.default_rng(2)
    copy = Baseline.from_state(baseline.state())
    times = [8 * WEEK + k * 300.0 for k in range(4032)]
    alarms = sum(copy.judge(usual(t) * math.exp(rng.normal(0, 0.15)), t).unusual() for t in times)
    assert alarms <= 4


def test_a_day_of_flood_does_not_become_normal(baseline):
    copy = Baseline.from_state(baseline.state())
    at_s = 8 * WEEK + 3 * HOUR
    for k in range(12):
        copy.judge(usual(at_s) * 50, at_s + k * 300.0)
    assert copy.judge(usual(at_s) * 50, at_s + WEEK, learn=False).unusual()


def test_there_is_no_verdict_before_an_hour_is_known():
    fresh = Baseline()
    for k in range(19):
        assert fresh.judge(1e6, k * 60.0).score is None
    assert not fresh.judge(1e12, 20 * 60.0).unusual()


def test_judging_alone_teaches_nothing(baseline):
    before = baseline.state()
    baseline.judge(1e12, 8 * WEEK, learn=False)
    assert baseline.state() == before


@pytest.mark.parametrize("wrong", [-1.0, math.nan, math.inf])
def test_unknown_traffic_is_not_judged(wrong):
    with pytest.raises(ValueError, match="cannot be judged"):
        Baseline().judge(wrong, 0.0)


@pytest.mark.parametrize("state", [{"200": [1.0, 1.0, 1.0]}, {"x": [1.0, 1.0, 1.0]}, {"1": [1.0]}])
def test_a_state_of_something_else_is_refused(state):
    with pytest.raises(ValueError, match="no hour"):
        Baseline.from_state(state)


@given(st.lists(st.floats(0, 1e12), min_size=21, max_size=80))
def test_a_higher_value_is_never_less_unusual(values):
    made = Baseline()
    for value in values:
        made.judge(value, 0.0)
    low, high = sorted(values[:2])
    first = made.judge(low, 0.0, learn=False).score
    second = made.judge(high, 0.0, learn=False).score
    assert first is not None
    assert second is not None
    assert first <= second
    assert Baseline.from_state(made.state()).state() == made.state()
