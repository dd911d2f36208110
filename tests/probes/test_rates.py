"""The counter rule holds, on examples and against a plain oracle."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ngbw.probes.port_counters import chosen_counter, port_speed_bps
from ngbw.probes.quality import Quality
from ngbw.probes.rates import (
    CLOCK_TOLERANCE_S,
    CLOCK_TOLERANCE_SHARE,
    FRAME_BITS,
    HEADROOM,
    SYS_UP_TIME_WRAP_S,
    CounterReading,
    Unit,
    qualities,
    rates,
)
from ngbw.probes.snmp.values import Tag, Typed

GIGABIT = 1e9


def reading(
    count, *, width=64, clock_s=0.0, uptime_s=math.nan, mark=-1, speed_bps: float | None = GIGABIT
):
    return CounterReading(
        np.array([[count]], dtype=np.uint64),
        np.array([[width]], dtype=np.uint8),
        np.array([clock_s]),
        np.array([uptime_s]),
        np.array([mark]),
        np.array([math.nan if speed_bps is None else speed_bps]),
    )


def rate(before, after, unit=Unit.OCTETS):
    found = rates(before, after, (unit,))
    value = found.per_s[0, 0]
    return None if np.isnan(value) else float(value), found.quality_of(0, 0)


def test_octets_over_the_interval_are_the_rate():
    assert rate(reading(1000), reading(61_000, clock_s=60)) == (1000.0, Quality.OK)


def test_missing_counter_is_a_gap_and_not_zero():
    assert rate(reading(0, width=0), reading(5, clock_s=60)) == (None, Quality.GAP)
    assert rate(reading(5), reading(0, width=0, clock_s=60)) == (None, Quality.GAP)


def test_counter64_above_2_to_63_loses_no_octet():
    start = 2**63 - 3
    assert rate(reading(start), reading(start + 60, clock_s=60)) == (1.0, Quality.OK)


def test_narrow_counter_that_turns_over_once_is_wrapped():
    before = reading(2**32 - 100, width=32, speed_bps=1e8)
    after = reading(500, width=32, clock_s=60, speed_bps=1e8)
    assert rate(before, after) == (10.0, Quality.WRAPPED)


def test_narrow_counter_that_falls_further_than_the_port_can_carry_is_suspect():
    before = reading(3_000_000_000, width=32, speed_bps=1e7)
    after = reading(0, width=32, clock_s=60, speed_bps=1e7)
    assert rate(before, after) == (None, Quality.SUSPECT)


def test_wide_counter_that_goes_backwards_is_suspect():
    assert rate(reading(5000), reading(4000, clock_s=60)) == (None, Quality.SUSPECT)


def test_narrow_counter_of_a_gigabit_port_has_no_rate_at_60_s():
    # 2^32 octets pass in 34 s.
    before, after = reading(0, width=32), reading(9, width=32, clock_s=60)
    assert rate(before, after) == (None, Quality.NO_HC)
    assert rate(before, reading(1700, width=32, clock_s=17)) == (100.0, Quality.OK)


def test_errors_keep_their_rate_on_fast_ports_since_they_have_no_wide_counter():
    before = reading(0, width=32, speed_bps=1e11)
    after = reading(120, width=32, clock_s=60, speed_bps=1e11)
    assert rate(before, after, Unit.FAULTS) == (2.0, Quality.OK)


def test_errors_that_were_cleared_by_hand_are_no_flood():
    before = reading(7, width=32, speed_bps=1e11)
    after = reading(0, width=32, clock_s=60, speed_bps=1e11)
    assert rate(before, after, Unit.FAULTS) == (None, Quality.SUSPECT)


def test_restarted_agent_resets_its_counters():
    before, after = reading(9000, uptime_s=1e6), reading(9500, clock_s=60, uptime_s=20)
    assert rate(before, after) == (None, Quality.RESET)


def test_agent_that_was_up_briefly_and_restarted_is_reset_though_its_uptime_grew():
    before, after = reading(10, uptime_s=100), reading(500, clock_s=300, uptime_s=290)
    assert rate(before, after) == (None, Quality.RESET)


def test_uptime_that_turns_over_after_497_days_is_no_restart():
    before = reading(0, uptime_s=SYS_UP_TIME_WRAP_S - 20)
    value, quality = rate(before, reading(6000, clock_s=60, uptime_s=40))
    assert value == pytest.approx(100.0)
    assert quality is Quality.OK


def test_moved_discontinuity_time_resets_one_port():
    assert rate(reading(1, mark=0), reading(9, clock_s=60, mark=777)) == (None, Quality.RESET)


def test_counter_that_changes_its_width_is_reset():
    assert rate(reading(1, width=32), reading(9, clock_s=60)) == (None, Quality.RESET)


def test_agents_clock_gives_the_interval_when_the_reply_was_late():
    before, after = reading(0, uptime_s=500), reading(6000, clock_s=63.5, uptime_s=560)
    assert rate(before, after) == (100.0, Quality.OK)


def test_agent_whose_clock_runs_away_is_suspect():
    before, after = reading(0, uptime_s=500), reading(6000, clock_s=60, uptime_s=5000)
    assert rate(before, after) == (None, Quality.SUSPECT)


def test_clock_that_stands_still_gives_no_rate():
    assert rate(reading(0), reading(6000)) == (None, Quality.SUSPECT)


def test_port_at_its_speed_is_saturated_and_above_it_suspect():
    full = int(GIGABIT / 8 * 60)
    assert rate(reading(0), reading(full, clock_s=60)) == (GIGABIT / 8, Quality.SATURATED)
    value, quality = rate(reading(0), reading(full * 2, clock_s=60))
    assert (value, quality) == (GIGABIT / 4, Quality.SUSPECT)


def test_narrow_counter_of_a_port_without_speed_is_shown_and_wakes_nobody():
    before = reading(0, width=32, speed_bps=None)
    after = reading(600, width=32, clock_s=60, speed_bps=None)
    assert rate(before, after) == (10.0, Quality.SUSPECT)
    assert not Quality.SUSPECT.usable


def test_wide_counter_of_a_port_without_speed_is_believed():
    before, after = reading(0, speed_bps=None), reading(600, clock_s=60, speed_bps=None)
    assert rate(before, after) == (10.0, Quality.OK)


def test_broken_types_do_not_count():
    empty, null = Typed(Tag.OCTET_STRING, b""), Typed(Tag.NULL, None)
    low = Typed(Tag.COUNTER32, 77)
    assert chosen_counter(Typed(Tag.COUNTER64, 2**64 - 1), low) == (2**64 - 1, 64)
    assert chosen_counter(empty, low) == (77, 32)
    assert chosen_counter(null, None) == (0, 0)
    assert chosen_counter(None, Typed(Tag.COUNTER32, -16)) == (2**32 - 16, 32)


@pytest.mark.parametrize(
    ("high", "low", "speed_bps"),
    [(1000, 1_000_000_000, 1e9), (100_000, 2**32 - 1, 1e11), (0, 64_000, 64_000.0),
     (None, 2**32 - 1, None), (0, 0, None), (None, None, None)],
)  # fmt: skip
def test_speed_is_never_the_full_ifspeed(high, low, speed_bps):
    assert port_speed_bps(high, low) == speed_bps


# ------------------------------------------------------------------ the plain oracle


def oracle(before, after, unit):
    """The rule, one counter at a time, in whole numbers, in the order in which it is written."""
    count_0, width_0, clock_0, up_0, mark_0, speed_0 = before
    count_1, width_1, clock_1, up_1, mark_1, speed_1 = after
    speeds = [speed for speed in (speed_0, speed_1) if speed is not None]
    limit = max(speeds) / (8 if unit == Unit.OCTETS else FRAME_BITS) if speeds else None
    if width_0 == 0 or width_1 == 0:
        return None, Quality.GAP
    ours = clock_1 - clock_0
    interval = ours if ours > 0 else None
    believed = ours > 0
    if up_0 is not None and up_1 is not None:
        near = max(CLOCK_TOLERANCE_S, CLOCK_TOLERANCE_SHARE * abs(ours))
        advanced = up_1 - up_0
        went_back = advanced < 0
        if went_back:
            advanced += SYS_UP_TIME_WRAP_S
        believed = ours > 0 and advanced > 0 and abs(advanced - ours) <= near
        interval = advanced if believed else None
        began = not believed and (went_back or (up_1 <= ours + near and advanced < ours))
    else:
        began = False
    if width_0 != width_1 or began or (mark_0 >= 0 and mark_1 >= 0 and mark_0 != mark_1):
        return None, Quality.RESET
    if not believed or interval is None:
        return None, Quality.SUSPECT
    if (
        width_1 == 32 and unit != Unit.FAULTS and limit is not None
        and interval > 0.5 * 2**32 / limit
    ):  # fmt: skip
        return None, Quality.NO_HC
    counted = (count_1 - count_0) % 2**width_1
    per_s = counted / interval
    carried = limit is not None and per_s <= HEADROOM * limit
    if count_1 < count_0:
        if width_1 == 32 and carried and (unit != Unit.FAULTS or counted <= 2**31):
            return per_s, Quality.WRAPPED
        return None, Quality.SUSPECT
    if limit is None:
        narrow = width_1 == 32 and unit != Unit.FAULTS
        return per_s, Quality.SUSPECT if narrow else Quality.OK
    if not carried:
        return per_s, Quality.SUSPECT
    if unit == Unit.OCTETS and per_s >= limit:
        return per_s, Quality.SATURATED
    return per_s, Quality.OK


@st.composite
def pairs(draw):
    """Two readings of one counter, near each other or torn apart."""
    width = draw(st.sampled_from([32, 64]))
    top = 2**width - 1
    count = draw(st.one_of(st.integers(0, top), st.integers(max(0, top - 10**6), top)))
    interval = draw(st.sampled_from([0.0, 1.0, 10.0, 60.0, 300.0, 3600.0]))
    step = draw(
        st.one_of(st.integers(0, 10**10), st.integers(-(10**6), 10**6), st.integers(-top, top))
    )
    up = draw(
        st.one_of(
            st.none(), st.floats(0, 1e7), st.floats(SYS_UP_TIME_WRAP_S - 400, SYS_UP_TIME_WRAP_S)
        )
    )
    drift = draw(st.sampled_from([0.0, 1.0, -3.0, 20.0, -50.0]))
    later = None if up is None else (up + interval + drift) % SYS_UP_TIME_WRAP_S
    if up is not None and draw(st.booleans()):
        later = draw(st.one_of(st.none(), st.floats(0, 400)))  # it began anew
    marks = draw(st.tuples(st.sampled_from([-1, 0, 5]), st.sampled_from([-1, 0, 5])))
    speed = st.sampled_from([None, 1e6, 1e8, 1e9, 1e11])
    widths = draw(st.sampled_from([(width, width)] * 6 + [(0, width), (width, 0), (32, 64)]))
    other = min(count + step, top) if step >= 0 else (count + step) % (top + 1)
    return (
        (count % 2 ** (widths[0] or 64), widths[0], 0.0, up, marks[0], draw(speed)),
        (other % 2 ** (widths[1] or 64), widths[1], interval, later, marks[1], draw(speed)),
    )


def _columns(rows):
    count, width, clock, up, mark, speed = zip(*rows, strict=True)

    def known(values):
        return np.array([math.nan if value is None else value for value in values])

    return CounterReading(
        np.array(count, dtype=np.uint64)[:, None], np.array(width, dtype=np.uint8)[:, None],
        np.array(clock), known(up), np.array(mark), known(speed),
    )  # fmt: skip


@given(st.lists(pairs(), min_size=1, max_size=30), st.sampled_from(list(Unit)))
def test_rates_of_many_ports_are_those_of_the_plain_rule(many, unit):
    befores, afters = zip(*many, strict=True)
    found = rates(_columns(befores), _columns(afters), (unit,))
    for port, (before, after) in enumerate(many):
        value, quality = oracle(before, after, unit)
        assert qualities(found.quality[port : port + 1]) == [quality], (before, after)
        if value is None:
            assert np.isnan(found.per_s[port, 0])
        else:
            assert found.per_s[port, 0] == pytest.approx(value, rel=1e-12)


@given(
    st.lists(st.integers(0, 75_000_000), min_size=2, max_size=40),
    st.sampled_from([32, 64]),
    st.integers(0, 2**64 - 1),
)
def test_usable_rates_of_a_counter_add_up_to_what_it_counted(steps, width, start):
    # 10 s at 60 Mbit/s on a port of 100 Mbit/s: every wrap is plausible.
    count, clock_s = start % 2**width, 0.0
    total = 0.0
    for step in steps:
        after = (count + step) % 2**width
        value, quality = rate(
            reading(count, width=width, clock_s=clock_s, speed_bps=1e8),
            reading(after, width=width, clock_s=clock_s + 10, speed_bps=1e8),
        )
        if width == 64 and after < count:
            assert quality is Quality.SUSPECT  # no Counter64 turns over in a port's life
            value = step / 10
        else:
            assert quality.usable
        assert value is not None
        total += value * 10
        count, clock_s = after, clock_s + 10
    assert total == pytest.approx(sum(steps))
