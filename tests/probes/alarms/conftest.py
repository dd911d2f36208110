"""What tests of alarms share: rules as text, and observations in one line."""

from __future__ import annotations

import pytest

from ngbw.probes.alarms import AlarmBook, MemoryLog
from ngbw.probes.alarms.placement import NOWHERE
from ngbw.probes.alarms.rule_file import RuleBook
from ngbw.probes.alarms.toml_places import read_toml
from ngbw.probes.observations import Observation
from ngbw.probes.quality import Quality

DAY = 86_400.0


def rules_of(text="", placement=NOWHERE):
    return RuleBook(read_toml("format = 1\n" + text, "alarms.toml"), placement)


def seen(resource, figure, value, at_s, quality=Quality.OK):
    return Observation(resource, figure, value, quality, at_s)


PLAIN = """
[learning]
hours = 0
[types.heat]
figure = "heat"
direction = "above"
[defaults.heat]
warning = {raise = 10, clear = 8}
critical = {raise = 20, clear = 15}
raise_samples = 2
clear_samples = 2
hold_off_s = 60
flap_count = 0
"""


class Watch:
    """A book over one figure of one thing, and the time."""

    def __init__(self, text=PLAIN, log=None, judge=None, placement=NOWHERE):
        self.log = MemoryLog() if log is None else log
        self.rules = rules_of(text, placement)
        self.book = AlarmBook(self.log, self.rules, judge=judge)

    def heat(self, value, at_s, quality=Quality.OK, resource="device:R1"):
        """Observe; return the kinds of what came of it, without what was met for the first time."""
        events = self.book.observe([seen(resource, "heat", value, at_s, quality)], at_s)
        return [event.kind for event in events if event.kind not in ("seen", "armed")]

    @property
    def alarm(self):
        (alarm,) = self.book.alarms()
        return alarm

    @property
    def grounds(self):
        found = self.alarm.grounds
        assert found is not None
        return found

    def replayed(self):
        return AlarmBook(self.log, self.rules).digest()


@pytest.fixture
def watch():
    """Return the class that makes a book over one figure."""
    return Watch
