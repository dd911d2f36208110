"""A changed alarm is what dataclasses.replace would have made."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ngbw.probes.alarms.model import Alarm, AlarmKey, Condition, Severity

CHANGES = st.fixed_dictionaries(
    {},
    optional={
        "alarm_id": st.text(max_size=5),
        "condition": st.sampled_from(Condition),
        "severity": st.sampled_from(Severity),
        "samples": st.integers(0, 9),
        "root_causes": st.tuples(st.text(max_size=5)),
        "waiting_since_s": st.none() | st.floats(0, 1e9),
    },
)


@given(CHANGES, CHANGES)
def test_a_changed_alarm_is_a_new_record_and_the_old_one_stays(first, second):
    before = Alarm(AlarmKey("device:D", "load"), **first)
    after = before.changed(second)
    assert after == replace(before, **second)
    assert before == Alarm(AlarmKey("device:D", "load"), **first)


def test_a_changed_alarm_cannot_be_written_to():
    alarm = Alarm(AlarmKey("device:D", "load")).changed({"samples": 2})
    with pytest.raises(FrozenInstanceError):
        alarm.samples = 3  # type: ignore[misc]
