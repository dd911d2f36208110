"""The book against a plain model of RFC 8632: any order of samples, people, restarts and time."""

from __future__ import annotations

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from ngbw.probes.alarms import AlarmBook, AlarmKey, MemoryLog, people
from ngbw.probes.alarms.model import State
from ngbw.probes.quality import Quality
from ngbw.tests.probes.alarms.conftest import rules_of, seen
from ngbw.topology.errors import UsageError

RULES = """
[learning]
hours = 0
[types.heat]
figure = "heat"
direction = "above"
[defaults.heat]
warning = 10
critical = 20
flap_count = 0
keep_ack_s = 100
escalate_after_s = 50
"""
THINGS = ["device:R1", "device:R2", "port:R1/xe-0%2F0%2F1"]


class Plain:
    """One entry of the alarm list, as the RFC describes it."""

    def __init__(self):
        self.severity = None  # None is cleared
        self.raises = 0
        self.operator = "none"
        self.shelved = False
        self.shelf_ends = None
        self.cleared_at = 0.0
        self.waited = 0.0
        self.escalations = 0
        self.told = []  # (severity or "cleared")

    @property
    def state(self):
        if self.shelved:
            return State.SHELVED
        if self.severity:
            return State.ACTIVE
        return State.CLEARED if self.raises else State.NORMAL

    def pass_time(self, before, now):
        """Let time pass; the clock of escalation runs while nobody has the alarm and it is heard."""
        if self.severity and self.operator == "none" and not self.shelved:
            self.waited += now - before
            while self.waited >= 50 * (self.escalations + 1):
                self.escalations += 1

    def sample(self, severity, now):
        rank = [None, "warning", "critical"].index
        if severity == self.severity:
            return
        if severity is None:
            self.severity, self.cleared_at = None, now
            self.told.append("cleared")
            return
        if self.severity is None:
            kept = self.operator == "ack" and self.raises and now - self.cleared_at <= 100
            self.operator = "ack" if kept else "none"
            self.raises += 1
            self.waited, self.escalations = 0.0, 0
        elif rank(severity) > rank(self.severity) and self.operator == "ack":
            self.operator = "none"
        self.severity = severity
        self.told.append(severity)


class Machine(RuleBasedStateMachine):
    def __init__(self):
        super().__init__()
        self.log, self.thresholds, self.now = MemoryLog(), rules_of(RULES), 1000.0
        self.book = AlarmBook(self.log, self.thresholds)
        self.plain = {AlarmKey(thing, "heat"): Plain() for thing in THINGS}

    def _advance(self, seconds):
        # Shelves end on the second; time passes in steps that both sides see.
        for _ in range(int(seconds)):
            self.now += 1.0
            for one in self.plain.values():
                one.pass_time(self.now - 1.0, self.now)
                if one.shelf_ends is not None and self.now >= one.shelf_ends:
                    one.shelved, one.shelf_ends = False, None
        self.book.tick(self.now)

    @rule(thing=st.sampled_from(THINGS), value=st.sampled_from([0.0, 12.0, 25.0]))
    def sample(self, thing, value):
        self._advance(1)
        self.book.observe([seen(thing, "heat", value, self.now)], self.now)
        severity = None if value < 10 else "warning" if value < 20 else "critical"
        self.plain[AlarmKey(thing, "heat")].sample(severity, self.now)

    @rule(thing=st.sampled_from(THINGS), quality=st.sampled_from([Quality.GAP, Quality.SUSPECT]))
    def useless_sample(self, thing, quality):
        self._advance(1)
        assert self.book.observe([seen(thing, "heat", 99.0, self.now, quality)], self.now) == ()

    @rule(seconds=st.sampled_from([1, 30, 60, 120]))
    def wait(self, seconds):
        self._advance(seconds)

    @rule()
    def restart(self):
        digest = self.book.digest()
        self.book = AlarmBook(self.log, self.thresholds)
        assert self.book.digest() == digest

    def _say(self, key, action, sensible):
        if sensible:
            self.book.say(action, self.now)
            return True
        with pytest.raises((UsageError, LookupError)):
            self.book.say(action, self.now)
        return False

    @rule(thing=st.sampled_from(THINGS))
    def acknowledge(self, thing):
        key = AlarmKey(thing, "heat")
        one = self.plain[key]
        if self._say(key, people.acknowledge(key, by="li"), one.raises > 0):
            one.operator, one.waited = "ack", 0.0

    @rule(thing=st.sampled_from(THINGS))
    def unacknowledge(self, thing):
        key = AlarmKey(thing, "heat")
        one = self.plain[key]
        if self._say(key, people.unacknowledge(key, by="li"), one.operator != "none"):
            one.operator, one.waited, one.escalations = "none", 0.0, 0

    @rule(thing=st.sampled_from(THINGS))
    def close(self, thing):
        key = AlarmKey(thing, "heat")
        one = self.plain[key]
        if self._say(key, people.close(key, by="li"), one.raises > 0 and not one.severity):
            one.operator = "closed"

    @rule(thing=st.sampled_from(THINGS), seconds=st.sampled_from([None, 20, 90]))
    def shelve(self, thing, seconds):
        key = AlarmKey(thing, "heat")
        until = None if seconds is None else self.now + seconds
        one = self.plain[key]
        if self._say(key, people.shelve(key, until_s=until, by="li"), self.book.get(key)):
            one.shelved, one.shelf_ends = True, until

    @rule(thing=st.sampled_from(THINGS))
    def unshelve(self, thing):
        key = AlarmKey(thing, "heat")
        one = self.plain[key]
        if self._say(key, people.unshelve(key, by="li"), one.shelved):
            one.shelved, one.shelf_ends = False, None

    @precondition(lambda self: any(one.raises for one in self.plain.values()))
    @rule(data=st.data())
    def another_program_writes(self, data):
        key = data.draw(st.sampled_from([k for k, one in self.plain.items() if one.raises]))
        other = AlarmBook(self.log, self.thresholds)
        other.say(people.note(key, by="wang", text="看过"), self.now)

    @invariant()
    def both_agree(self):
        self.book.refresh()
        for key, one in self.plain.items():
            alarm = self.book.get(key)
            if alarm is None:
                assert one.state is State.NORMAL
                continue
            assert (alarm.state, alarm.occurrences) == (one.state, one.raises)
            assert alarm.operator == one.operator
            assert alarm.is_cleared == (one.severity is None)
            if one.severity:
                assert alarm.severity == one.severity
                assert alarm.escalations == one.escalations

    @invariant()
    def the_feed_tells_every_change_once_and_without_a_gap(self):
        feed = self.book.feed(limit=100_000)
        assert [event.feed for event in feed] == list(range(1, len(feed) + 1))
        for key, one in self.plain.items():
            mine = [e for e in feed if e.key == key and e.kind in ("raised", "changed", "cleared")]
            told = ["cleared" if e.kind == "cleared" else e.changes["severity"] for e in mine]
            assert told == one.told


Machine.TestCase.settings = settings(max_examples=30, stateful_step_count=30, deadline=None)
TestBookAgainstRfc8632 = Machine.TestCase
