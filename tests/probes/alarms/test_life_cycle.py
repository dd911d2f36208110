"""From a bad sample to a cleared alarm: hold-off, hysteresis, flapping, learning, qualities."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ngbw.probes.alarms.model import AlarmKey, Severity, State
from ngbw.probes.quality import Quality
from ngbw.tests.probes.alarms.conftest import DAY, PLAIN, Watch, seen

KEY = AlarmKey("device:R1", "heat")


def raised(text=PLAIN):
    watch = Watch(text)
    watch.heat(12, 0)
    watch.heat(12, 60)
    return watch


def test_an_alarm_needs_enough_samples_and_enough_time():
    watch = Watch()
    assert watch.heat(12, 0) == ["pending"]
    assert watch.heat(12, 30) == ["counted"]  # two samples, but only 30 s
    assert watch.book.alarms() == ()
    assert [event.kind for event in watch.book.tick(59)] == []
    assert [event.kind for event in watch.book.tick(60)] == ["raised"]
    assert watch.alarm.severity is Severity.WARNING
    assert watch.alarm.alarm_id == "A1"


def test_a_run_that_ends_leaves_nothing_behind():
    watch = Watch()
    watch.heat(12, 0)
    assert watch.heat(3, 60) == ["quiet"]
    assert watch.book.tick(1000) == ()
    record = watch.book.get(KEY)
    assert record is not None
    assert record.state is State.NORMAL
    assert watch.book.alarms() == ()


def test_between_the_thresholds_an_alarm_stays_what_it_is():
    watch = raised()
    for n in range(20):
        assert watch.heat(9, 61 + n) == []  # below raise, above clear
    assert watch.heat(8, 100) == ["counted"]
    assert watch.heat(9, 101) == ["quiet"]
    assert watch.heat(8, 102) == ["counted"]
    assert watch.heat(8, 103) == ["cleared"]
    assert watch.alarm.state is State.CLEARED


def test_clear_does_not_delete_and_a_new_raise_keeps_the_name():
    watch = raised()
    watch.heat(0, 100)
    watch.heat(0, 200)
    assert watch.alarm.is_cleared
    watch.heat(25, 300)
    watch.heat(25, 400)
    assert (watch.alarm.alarm_id, watch.alarm.occurrences) == ("A1", 2)
    assert watch.alarm.severity is Severity.CRITICAL
    assert (watch.alarm.created_s, watch.alarm.raised_s) == (60, 400)
    assert [line.kind for line in watch.alarm.history] == ["raised", "cleared", "raised"]


def test_severity_rises_and_falls_with_the_value():
    watch = raised()
    watch.heat(21, 120)
    assert watch.heat(21, 180) == ["changed"]
    assert watch.alarm.severity == "critical"
    assert watch.heat(16, 200) == []  # above the critical threshold's clear
    watch.heat(12, 240)
    assert watch.heat(12, 300) == ["changed"]
    assert watch.alarm.severity == "warning"


@pytest.mark.parametrize("quality", [q for q in Quality if not q.usable])
def test_what_cannot_be_trusted_neither_raises_nor_clears(quality):
    watch = Watch()
    watch.heat(12, 0)
    assert watch.heat(0, 10, quality) == []
    assert watch.heat(None, 20) == []
    assert watch.heat(12, 60) == ["raised"]
    for n in range(10):
        assert watch.heat(0, 100 + n, quality) == []
    assert not watch.alarm.is_cleared


def test_what_is_offered_twice_counts_once():
    watch = Watch(PLAIN.replace("hold_off_s = 60", "hold_off_s = 0"))
    assert watch.heat(12, 10) == ["pending"]
    assert watch.heat(12, 10) == []
    assert watch.heat(12, 5) == []
    assert watch.heat(12, 11) == ["raised"]


def test_the_first_day_only_learns_but_says_who_cannot_be_reached():
    watch = Watch()
    watch = Watch(PLAIN.replace("hours = 0", "hours = 24"))
    assert watch.heat(99, 0) == []
    assert watch.heat(99, DAY - 1) == []
    assert watch.heat(99, DAY) == ["pending"]
    assert watch.book.learning(0) == {"device:R1": DAY}
    book = watch.book
    book.observe([seen("device:R2", "reachable", 1, 0)], 0)
    for at_s in (60, 120, 180):
        book.observe([seen("device:R2", "reachable", 0, at_s)], at_s)
    assert [alarm.key.alarm_type for alarm in book.alarms()] == ["unreachable"]


def test_a_port_that_was_never_up_stays_quiet():
    watch = Watch("")
    for n in range(3):
        at_s = n * DAY
        watch.book.observe([seen("port:R1/a", "oper_up", 0, at_s)], at_s)
        watch.book.observe([seen("port:R1/b", "oper_up", n == 0, at_s)], at_s)
    watch.book.tick(3 * DAY)
    assert [alarm.key.resource for alarm in watch.book.alarms()] == ["port:R1/b"]


def flapper(text):
    watch = Watch(PLAIN.replace("flap_count = 0", text))
    kinds = []
    for n in range(12):
        kinds += watch.heat(30 * (n % 2), 10.0 * n)
    return watch, kinds


def test_what_comes_and_goes_too_often_is_held_active_until_it_is_steady():
    watch, kinds = flapper("flap_count = 4\nflap_half_life_s = 300")
    assert kinds.count("flapping") == 1
    assert "raised" not in kinds  # it was never bad for long enough to be raised by itself
    assert "cleared" not in kinds
    assert watch.alarm.state is State.FLAPPING
    watch.heat(0, 120)
    kinds = []
    while not kinds and (due_s := watch.book.next_due_s()) is not None:
        kinds = [event.kind for event in watch.book.tick(due_s)]
    assert kinds == ["cleared"]
    assert 120 < watch.alarm.cleared_s < 3000
    assert watch.replayed() == watch.book.digest()


def test_what_stops_flapping_while_bad_stays_active():
    watch, _ = flapper("flap_count = 4\nflap_half_life_s = 300")
    watch.heat(30, 130)
    assert [event.kind for event in watch.book.tick(10_000)] == ["steady"]
    assert watch.alarm.state is State.ACTIVE


def test_flapping_can_be_switched_off():
    watch, kinds = flapper("flap_count = 0")
    assert "flapping" not in kinds
    assert watch.book.alarms() == ()


def test_a_rule_that_is_switched_off_clears_its_alarm_with_the_reason():
    watch = raised()
    off = Watch(PLAIN + "enabled = false\n", log=watch.log)
    (event,) = off.book.tick(1000)
    assert (event.kind, event.text) == ("cleared", "its rule is gone or switched off")


def test_grounds_say_value_threshold_and_where_it_stands():
    grounds = raised().grounds
    assert (grounds.figure, grounds.value, grounds.raise_at, grounds.clear_at) == (
        "heat",
        12,
        10,
        8,
    )
    assert grounds.level == "defaults, line 9"
    assert (grounds.samples, grounds.held_s) == (2, 60)


def test_a_restart_does_not_begin_a_hold_off_anew():
    watch = Watch()
    watch.heat(12, 0)
    watch.heat(12, 30)
    again = Watch(log=watch.log)
    assert [event.kind for event in again.book.tick(60)] == ["raised"]


@given(
    st.lists(
        st.tuples(
            st.sampled_from([0.0, 8.0, 9.0, 12.0, 15.0, 16.0, 25.0]),
            st.sampled_from([0.5, 10.0, 61.0, 700.0]),
        ),
        max_size=60,
    ),
    st.sampled_from(["flap_count = 0", "flap_count = 3"]),
)
def test_the_log_gives_the_same_state_at_every_step(samples, flapping):
    watch = Watch(PLAIN.replace("flap_count = 0", flapping))
    now_s = 0.0
    for value, wait_s in samples:
        now_s += wait_s
        watch.heat(value, now_s)
        watch.book.tick(now_s + 0.25)
    assert watch.replayed() == watch.book.digest()
    feed = watch.book.feed(limit=10_000)
    assert [event.feed for event in feed] == list(range(1, len(feed) + 1))
    kinds = [event.kind for event in feed]
    # Raises and clears take turns: no alarm is raised twice, none is cleared that was not raised.
    edges = [kind for kind in kinds if kind in ("raised", "flapping", "cleared")]
    up = False
    for kind in edges:
        if kind == "cleared":
            assert up
            up = False
        elif kind == "raised":
            assert not up
            up = True
        else:
            up = True
