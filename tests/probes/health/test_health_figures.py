"""Health figures say what they can and no more."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ngbw.probes.health import (
    LINK_FIGURES,
    Codec,
    Flaps,
    OpticalLimits,
    availability,
    ipv6_share,
    link_figures,
    optical_margin_db,
    optical_trend,
    voice_quality,
)
from ngbw.probes.port_counters import PORT_COUNTERS
from ngbw.probes.quality import Quality
from ngbw.probes.rates import QUALITIES, Rates
from ngbw.topology.errors import InputError

DAY = 86_400.0


def figures(speed_bps=1e9, bad=(), **rates):
    """Return the observations of one port by figure."""
    names = [counter.figure for counter in PORT_COUNTERS]
    per_s = np.array([[float(rates.get(name, 0.0)) for name in names]])
    quality = np.zeros(per_s.shape, dtype=np.uint8)
    for name, verdict in bad:
        quality[0, names.index(name)] = QUALITIES.index(verdict)
        if not verdict.usable:
            per_s[0, names.index(name)] = np.nan
    table = link_figures(
        Rates(per_s, quality, np.array([60.0])), np.array([speed_bps]), ["port:D/1"],
        np.array([77.0]),
    )  # fmt: skip
    return {one.figure: one for one in table.observations()}


def test_every_figure_of_a_link_becomes_an_observation():
    found = figures()
    assert tuple(found) == tuple(LINK_FIGURES)
    assert {(one.resource, one.at_s, one.source) for one in found.values()} == {
        ("port:D/1", 77.0, "poll")
    }


def test_utilisation_is_the_share_of_the_speed():
    found = figures(in_octets=62_500_000, out_octets=125_000_000)
    assert found["utilisation_in_share"].value == 0.5
    assert found["utilisation_out_share"].value == 1.0


def test_utilisation_of_a_port_without_speed_is_unknown():
    found = figures(math.nan, in_octets=5)
    assert found["utilisation_in_share"].value is None
    assert found["utilisation_in_share"].quality is Quality.GAP


def test_errors_are_a_ratio_to_packets_with_those_that_were_damaged():
    found = figures(in_unicast_packets=90, in_broadcast_packets=5, in_multicast_packets=4,
                    in_errors=1)  # fmt: skip
    assert found["error_in_ratio"].value == 0.01
    assert found["errors_in_per_s"].value == 1.0
    assert found["broadcast_in_share"].value == pytest.approx(5 / 99)
    assert found["multicast_in_share"].value == pytest.approx(4 / 99)


def test_idle_port_has_no_errors_and_is_not_unknown():
    assert figures()["error_in_ratio"].value == 0.0


def test_figure_is_as_good_as_its_worst_rate():
    found = figures(bad=[("in_multicast_packets", Quality.GAP), ("in_errors", Quality.WRAPPED)])
    assert found["error_in_ratio"].quality is Quality.GAP
    assert found["error_in_ratio"].value is None
    assert found["errors_in_per_s"].quality is Quality.WRAPPED
    assert found["discard_out_ratio"].quality is Quality.OK


def test_ipv6_share_of_nothing_is_unknown():
    assert ipv6_share(300.0, 100.0) == 0.25
    assert ipv6_share(0.0, 0.0) is None
    assert ipv6_share(None, 5.0) is None


def test_six_quick_changes_are_flapping_and_half_an_hour_ends_it():
    state = Flaps()
    for n in range(5):
        state = state.changed(float(n))
        assert not state.flapping
    state = state.changed(5.0)
    assert state.flapping
    assert state.changes == 6
    assert state.at(5.0 + 1200).flapping
    assert not state.at(5.0 + 1800).flapping
    assert state.at(5.0 + 1800).changes == 0


def test_change_an_hour_is_no_flapping():
    state = Flaps()
    for n in range(48):
        state = state.changed(3600.0 * n)
        assert not state.flapping


@given(st.lists(st.floats(0, 2000), max_size=30))
def test_flap_level_stays_in_its_range_and_time_never_raises_it(gaps):
    state, now = Flaps(), 0.0
    for gap in gaps:
        now += gap
        waited = state.at(now)
        assert waited.level <= state.level
        state = state.changed(now)
        assert 2 <= state.level <= 256


LIMITS = OpticalLimits(low_alarm_dbm=-28, low_warning_dbm=-26, high_alarm_dbm=-8)


@pytest.mark.parametrize(
    ("power_dbm", "margin_db"),
    [(-20, 8), (-10, 2), (-30, -2), (-40, None), (None, None), (math.nan, None)],
)
def test_margin_is_the_distance_to_the_nearer_limit(power_dbm, margin_db):
    assert optical_margin_db(power_dbm, LIMITS) == margin_db


def test_module_without_limits_has_no_margin():
    assert optical_margin_db(-20, OpticalLimits()) is None
    assert optical_margin_db(-20, OpticalLimits(low_warning_dbm=-24)) == 4


def test_trend_finds_the_drift_among_outliers_and_dark_readings():
    rng = np.random.default_rng(7)
    at_s = np.arange(0.0, 30 * DAY, 3600.0, dtype=np.float64)
    power = -20 - 0.1 * at_s / DAY + rng.normal(0, 0.05, len(at_s))
    power[::11] = -40.0
    power[5::29] -= 6
    trend = optical_trend(at_s, power, LIMITS)
    assert trend is not None
    assert trend.db_per_day == pytest.approx(-0.1, abs=0.003)
    assert trend.days_left == pytest.approx(50, rel=0.05)


def test_trend_of_a_few_hours_is_not_told():
    at_s = np.linspace(0.0, 59_400.0, 100)
    assert optical_trend(at_s, np.full(100, -20.0)) is None
    assert optical_trend(np.array([0.0, 2 * DAY]), np.array([-20.0, -21.0])) is None


@given(st.lists(st.floats(-30, -5), min_size=20, max_size=40), st.floats(-0.5, 0.5))
def test_trend_is_the_median_of_all_slopes(powers, drift):
    at_s = np.linspace(0.0, DAY / 8 * (len(powers) - 1), len(powers))
    power = np.array(powers) + drift * at_s / DAY
    power = np.clip(power, -39, 0)
    slopes = [
        (power[j] - power[i]) / (at_s[j] - at_s[i]) * DAY
        for i in range(len(power)) for j in range(i + 1, len(power))
    ]  # fmt: skip
    trend = optical_trend(at_s, power)
    assert (trend is None) == (at_s[-1] < DAY)
    if trend is not None:
        assert trend.db_per_day == pytest.approx(float(np.median(slopes)), abs=1e-9)


def test_unknown_time_is_neither_up_nor_down():
    found = availability([(0, True), (60, False), (100, None), (200, True)], start_s=0, end_s=300)
    assert (found.up_s, found.down_s, found.unknown_s) == (160, 40, 100)
    assert found.share == 0.8
    assert found.least_share == pytest.approx(160 / 300)
    assert found.most_share == pytest.approx(260 / 300)


def test_maintenance_counts_neither_way_and_windows_may_overlap():
    found = availability(
        [(0, True), (100, False), (200, True)], start_s=0, end_s=300,
        maintenance=[(90, 150), (140, 200), (500, 600)],
    )  # fmt: skip
    assert (found.up_s, found.down_s, found.maintenance_s) == (190, 0, 110)
    assert found.share == 1.0


def test_nothing_known_is_no_availability():
    found = availability([], start_s=0, end_s=100)
    assert found.unknown_s == 100
    assert found.share is None


def test_state_that_was_not_renewed_becomes_unknown():
    found = availability([(0, True)], start_s=0, end_s=1000, valid_for_s=300)
    assert (found.up_s, found.unknown_s) == (300, 700)


@given(
    st.lists(st.tuples(st.integers(-50, 150), st.sampled_from([True, False, None])), max_size=12,
             unique_by=lambda row: row[0]),
    st.lists(st.tuples(st.integers(-20, 120), st.integers(-20, 120)), max_size=4),
    st.one_of(st.none(), st.integers(1, 40)),
)  # fmt: skip
def test_availability_is_what_counting_seconds_gives(states, windows, valid_for_s):
    counts = {True: 0, False: 0, None: 0, "maintenance": 0}
    for second in range(100):
        if any(low <= second < high for low, high in windows):
            counts["maintenance"] += 1
            continue
        past = [row for row in states if row[0] <= second]
        state = None
        if past:
            at_s, state = max(past, key=lambda row: row[0])
            if valid_for_s is not None and second >= at_s + valid_for_s:
                state = None
        counts[state] += 1
    found = availability(states, start_s=0, end_s=100, maintenance=windows, valid_for_s=valid_for_s)
    assert [found.up_s, found.down_s, found.unknown_s, found.maintenance_s] == list(counts.values())


def test_perfect_path_is_rated_93_and_4_41():
    # ITU-T G.107, annex B: R = 93.2 is an opinion score of 4.41.
    voice = voice_quality(0, 0)
    assert voice.rating == pytest.approx(93.2, abs=0.7)  # the codec's own 10 ms included
    assert voice.mos == pytest.approx(4.41, abs=0.02)


def test_delay_and_loss_lower_the_score():
    # 5 % random loss with concealment: Ie,eff = 95 x 5 / (5 + 25.1) = 15.8.
    good, lossy = voice_quality(0, 0), voice_quality(0, 0.05)
    assert good.rating - lossy.rating == pytest.approx(15.78, abs=0.01)
    assert voice_quality(390, 0).rating < 70  # G.114: above 400 ms is unacceptable
    assert voice_quality(50, 0.02, codec=Codec.G729A).mos < voice_quality(50, 0.02).mos
    assert voice_quality(50, 0, jitter_ms=30).mouth_to_ear_ms == 120


def test_dead_path_is_the_worst_score():
    assert voice_quality(0, 1.0, codec=Codec.G711).mos == pytest.approx(1.0, abs=0.1)


@given(st.floats(0, 1000), st.floats(0, 1), st.floats(0, 200), st.sampled_from(list(Codec)))
def test_score_is_in_its_range_and_more_loss_is_never_better(delay, loss, jitter, codec):
    voice = voice_quality(delay, loss, jitter_ms=jitter, codec=codec)
    assert 1 <= voice.mos <= 4.5
    worse = voice_quality(delay, min(1.0, loss + 0.1), jitter_ms=jitter, codec=codec)
    assert worse.rating <= voice.rating + 1e-9


@pytest.mark.parametrize("bad", [-1.0, math.nan, 2.0])
def test_loss_that_is_no_share_is_refused(bad):
    with pytest.raises(InputError, match="loss_share is"):
        voice_quality(10, bad)
