"""Alarms: what observations mean for people who look after the network (RFC 8632, X.733).

:class:`AlarmBook` takes observations and gives durable events: ``book.observe(observations, now_s)``
after each poll, ``book.tick(now_s)`` in between, ``book.to_verify()`` for what should be polled out
of turn. :func:`read_rules` gives it the thresholds of a project.
"""

from __future__ import annotations

from .book import AlarmBook
from .events import Event
from .log import EventLog, FileLog, MemoryLog, Moved
from .model import Alarm, AlarmKey, OperatorState, Severity, State
from .rule_file import RuleBook, built_in_rules, read_rules

__all__ = [
    "Alarm",
    "AlarmBook",
    "AlarmKey",
    "Event",
    "EventLog",
    "FileLog",
    "MemoryLog",
    "Moved",
    "OperatorState",
    "RuleBook",
    "Severity",
    "State",
    "built_in_rules",
    "read_rules",
]
