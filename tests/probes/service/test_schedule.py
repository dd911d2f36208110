"""Whose turn it is: spread, never twice at once, the dead rarely."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from ngbw.probes.service.schedule import Lane, Schedule


def schedule(count=100, interval_s=60.0, **more):
    return Schedule(
        [f"d{n}" for n in range(count)], interval_s=interval_s, slow_interval_s=3600.0,
        now_s=1000.0, **more,
    )  # fmt: skip


def ids(turns):
    return [one.device_id for one in turns]


def test_everybody_is_asked_once_an_interval_and_not_all_at_once():
    plan, busiest = schedule(1000), 0
    asked: Counter[str] = Counter()
    for second in range(1000, 1000 + 600):
        turns = plan.due(float(second))
        busiest = max(busiest, len(turns))
        for one in ids(turns):
            asked[one] += 1
            plan.done(one, answered=True, now_s=second)
    assert set(asked.values()) <= {9, 10, 11}
    assert busiest < 45  # 1000 in 60 s are 17 a second


def test_a_restart_does_not_move_a_device():
    first = {one.device_id: one.due_s % 60 for one in schedule().due(1060.0)}
    late = Schedule(list(first), interval_s=60.0, slow_interval_s=3600.0, now_s=5555.5)
    for one in late.due(5555.5 + 60):
        assert abs(one.due_s % 60 - first[one.device_id]) < 1e-6


def test_a_device_that_is_still_being_polled_is_passed_over_and_not_queued():
    plan = schedule(1)
    assert len(plan.due(1060.0)) == 1
    assert plan.due(1300.0) == []
    assert plan.skipped >= 1
    plan.done("d0", answered=True, now_s=1300.0)
    assert len(plan.due(1360.0)) == 1
    assert plan.due(1360.0) == []


def test_the_dead_are_asked_ever_more_rarely_and_wholly_when_they_are_back():
    plan, asked = schedule(1), []
    for second in range(1000, 1000 + 60 * 100):
        for turn in plan.due(float(second)):
            asked.append((second, turn.lane))
            plan.done("d0", answered=False, now_s=second)
    gaps = [b - a for (a, _), (b, _) in pairwise(asked)]
    assert [round(gap / 60) for gap in gaps[:6]] == [1, 1, 2, 4, 8, 16]
    assert [lane for _, lane in asked][1:] == [Lane.ALIVE] * (len(asked) - 1)
    assert plan.misses == {"d0": len(asked)}
    (turn,) = plan.due(1e5)
    assert turn.lane is Lane.ALIVE
    plan.done("d0", answered=True, now_s=1e5)
    (turn,) = plan.due(1e5)
    assert turn.lane is Lane.FAST
    assert plan.misses == {}


def test_not_knowing_is_no_miss():
    plan = schedule(1)
    plan.due(1060.0)
    plan.done("d0", answered=None, now_s=1060.0)
    assert plan.misses == {}


def test_what_an_earlier_run_knew_of_the_dead_is_believed():
    plan = schedule(2, misses={"d1": 3})
    lanes = {one.device_id: one.lane for one in plan.due(1060.0)}
    assert lanes == {"d0": Lane.FAST, "d1": Lane.ALIVE}


def test_large_tables_have_turns_of_their_own_and_the_dead_have_none():
    plan = schedule(3, misses={"d2": 1})
    slow = plan.due(1200.0, Lane.SLOW)
    assert sorted(ids(slow)) == ["d0", "d1"]
    assert ids(plan.due(1200.0)) == ["d2"]  # the others are being asked
    for one in slow:
        plan.done(one.device_id, answered=True, now_s=1200.0)
    assert plan.due(1200.0 + 1700, Lane.SLOW) == []
    assert plan.due(1200.0 + 5500, Lane.SLOW) != []


def test_a_hurried_device_comes_at_once_and_only_once():
    plan = schedule(1)
    assert plan.hurry("d0", 1000.0)
    assert plan.hurry("d0", 1000.0)
    assert ids(plan.due(1000.0)) == ["d0"]
    assert not plan.hurry("d0", 1000.0)
    plan.done("d0", answered=True, now_s=1000.0)
    assert plan.due(1000.0) == []
    assert not plan.hurry("nobody", 1000.0)


def test_those_for_whom_there_is_no_room_come_first_the_next_time():
    plan = schedule(10)
    first = ids(plan.due(1060.0, most=4))
    second = ids(plan.due(1060.0, most=100))
    assert len(first) == 4
    assert sorted(first + second) == sorted(f"d{n}" for n in range(10))


@given(
    st.lists(
        st.tuples(st.floats(0, 400), st.sampled_from([True, False, None, "slow"])), max_size=60
    )
)
def test_nobody_is_ever_asked_twice_at_once_nor_forgotten(steps):
    plan, now_s, out = schedule(3), 1000.0, set()
    for pause_s, answer in steps:
        now_s += pause_s
        lane = Lane.SLOW if answer == "slow" else Lane.FAST
        for one in ids(plan.due(now_s, lane)):
            assert one not in out
            out.add(one)
        if answer != "slow":
            for one in sorted(out)[:2]:
                out.discard(one)
                plan.done(one, answered=answer, now_s=now_s)
    for one in sorted(out):
        plan.done(one, answered=True, now_s=now_s)
    found = set()
    for _ in range(40):
        now_s += 60
        for one in ids(plan.due(now_s)):
            found.add(one)
            plan.done(one, answered=True, now_s=now_s)
    assert found == {"d0", "d1", "d2"}
