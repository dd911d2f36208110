"""Figures of a burst of probes."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ngbw.probes.active.delays import delay_figures, observations
from ngbw.probes.alarms.alarm_types import ALARM_TYPES
from ngbw.probes.quality import Quality

ROUND_TRIPS = st.lists(st.none() | st.floats(0, 5000), max_size=60)


def test_figures_of_a_known_burst():
    figures = delay_figures([10.0, 14.0, None, 12.0, 11.0])
    assert (figures.sent, figures.received) == (5, 4)
    assert figures.loss_ratio == pytest.approx(0.2)
    assert (figures.rtt_min_ms, figures.rtt_median_ms, figures.rtt_max_ms) == (10, 11.5, 14)
    # RFC 3550: J += (|D| - J) / 16 for |D| = 4 and 1; nothing is said across the loss.
    assert figures.jitter_ms == pytest.approx(4 / 16 + (1 - 4 / 16) / 16)
    assert figures.ipdv_ms == 2.5


def test_no_answer_is_total_loss_without_a_delay():
    figures = delay_figures([None, None])
    assert figures.loss_ratio == 1.0
    assert figures.rtt_median_ms is None
    assert figures.jitter_ms is None


def test_nothing_sent_is_no_loss_and_no_health():
    assert delay_figures([]).loss_ratio is None


@pytest.mark.parametrize("wrong", [-1.0, math.nan, math.inf])
def test_an_impossible_round_trip_is_refused(wrong):
    with pytest.raises(ValueError, match="0 ms or more"):
        delay_figures([1.0, wrong])


@given(ROUND_TRIPS)
def test_figures_stay_within_what_came(rtt_ms):
    figures: Any = delay_figures(rtt_ms)
    came = [rtt for rtt in rtt_ms if rtt is not None]
    assert figures.received == len(came)
    if came:
        assert min(came) == figures.rtt_min_ms
        assert figures.rtt_min_ms <= figures.rtt_median_ms <= figures.rtt_max_ms == max(came)
        assert figures.rtt_p95_ms in came
    if figures.jitter_ms is not None:
        assert 0 <= figures.jitter_ms <= max(came) - min(came)


def test_a_burst_that_cannot_be_trusted_makes_everything_unknown():
    found = observations(delay_figures([None] * 3), "path:a", at_s=5.0, trustworthy=False)
    assert {one.quality for one in found} == {Quality.GAP}
    assert {one.value for one in found} == {None}


def test_silence_that_can_be_trusted_is_down():
    found = {
        o.figure: o
        for o in observations(delay_figures([None] * 3), "path:a", at_s=5.0, trustworthy=True)
    }
    assert found["reachable"].value == 0.0
    assert found["reachable"].quality is Quality.OK
    assert found["loss_ratio"].value == 1.0
    assert found["rtt_median_ms"].quality is Quality.GAP


def test_what_a_burst_says_is_what_alarms_of_loss_and_delay_judge():
    said = observations(delay_figures([100.0, None]), "path:P", at_s=5.0, trustworthy=True)
    judged = {ALARM_TYPES[name].figure for name in ("packet-loss", "delay", "unreachable")}
    assert judged <= {one.figure for one in said}
