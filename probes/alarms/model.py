"""What an alarm is: the model of RFC 8632 with the severities and event types of X.733.

An alarm is a state, not a message: for each key (resource, alarm type, qualifier) there is one
record, which is raised, changes, clears and is raised again, and is never deleted. What the network
does (:attr:`Alarm.condition`) and what people do with it (:attr:`Alarm.operator`) are kept apart, as
are the reasons for which nobody is told: a root cause, a shelf. The one word that is shown,
:attr:`Alarm.state`, is made from them, so that taking an alarm off its shelf brings back what it was.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

from ..observations import Resource

__all__ = [
    "HISTORY_KEPT",
    "Alarm",
    "AlarmKey",
    "Condition",
    "EventType",
    "Grounds",
    "Note",
    "OperatorState",
    "Severity",
    "State",
    "StatusChange",
]

HISTORY_KEPT = 32
"""Status changes and notes that a record holds; the log holds all of them."""


class Severity(StrEnum):
    """Perceived severity (X.733, 8.1.2.3); ``cleared`` is a condition here and no severity."""

    INDETERMINATE = "indeterminate"
    WARNING = "warning"
    MINOR = "minor"
    MAJOR = "major"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """0 for indeterminate to 4 for critical."""
        return _RANK[self]


_RANK = {severity: n for n, severity in enumerate(Severity)}


class EventType(StrEnum):
    """Class of an alarm (X.733, 8.1.1)."""

    COMMUNICATIONS = "communications"
    QUALITY_OF_SERVICE = "quality-of-service"
    PROCESSING_ERROR = "processing-error"
    EQUIPMENT = "equipment"
    ENVIRONMENTAL = "environmental"


class AlarmKey(NamedTuple):
    """What names an alarm (RFC 8632, 3.2): two reports with the same key are about the same one."""

    resource: Resource
    alarm_type: str
    qualifier: str = ""

    def __str__(self) -> str:
        return "/".join(part for part in (self.alarm_type, self.qualifier, self.resource) if part)


class Condition(StrEnum):
    """What the network does."""

    NORMAL = "normal"  # never raised, or not yet
    PENDING = "pending"  # bad, but not for long or often enough
    ACTIVE = "active"
    CLEARED = "cleared"  # was raised and is over


class OperatorState(StrEnum):
    """What people have done with it; ``closed`` is for alarms that are over."""

    NONE = "none"
    ACK = "ack"
    CLOSED = "closed"


class State(StrEnum):
    """The one word that is shown."""

    NORMAL = "normal"
    PENDING = "pending"
    ACTIVE = "active"
    FLAPPING = "flapping"
    SUPPRESSED = "suppressed"
    SHELVED = "shelved"
    CLEARED = "cleared"


@dataclass(frozen=True, slots=True)
class Grounds:
    """Why an alarm was raised or cleared: the figure, its value, and the threshold it was held to.

    Attributes
    ----------
    raise_at, clear_at
        Thresholds of the severity that was given; None where nothing was measured against one.
    level
        Where the threshold stands: ``built in``, ``defaults, line 12``, ``devices.R1, line 40``.
    samples, held_s
        Samples in a row and seconds after which it was decided.
    source
        Who measured; ``inferred`` for what was concluded from other alarms: ``figure`` is then the
        reason, ``names`` what it was concluded from, and ``instead`` what it may be as well. For a
        device that does not answer, ``names`` are what shows that it carries traffic all the same.
    """

    figure: str
    value: float | None
    direction: str
    raise_at: float | None
    clear_at: float | None
    level: str
    samples: int
    held_s: float
    source: str = "poll"
    names: tuple[str, ...] = ()
    instead: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StatusChange:
    """A line of an alarm's story."""

    seq: int
    at_s: float
    kind: str
    severity: str = ""
    by: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Note:
    """What somebody wrote about an alarm."""

    at_s: float
    by: str
    text: str


@dataclass(frozen=True)
class Alarm:
    """The record of one key.

    Without slots, so that :meth:`changed` can copy all fields in one go: a storm of alarms is
    mostly copies.

    Attributes
    ----------
    alarm_id
        Short name for people, ``A17``; given when it is first raised, and kept.
    severity
        As it is, or as it last was where the alarm is over.
    target, samples, since_s, sample_s
        The run of samples that says otherwise than the condition: what it would make of it (None:
        good), how many in a row, when it began, and the newest sample that counted.
    last_bad
        Whether the newest sample was bad.
    occurrences
        How often it was raised.
    flap_score, flap_at_s
        Edges from good to bad, halved every half-life; as of when.
    root_causes
        Resources from whose failure it follows; nobody is told of it apart from them.
    recheck_since_s
        Its root cause ended then, and it has not been measured since.
    shelved_by, shelved_until_s
        Who shelved it, ``maintenance:M3`` for a window; until when, None for no end.
    waited_s, waiting_since_s, escalations
        For how long somebody could have taken it up: what is on the clock, since when the clock
        runs (None: it stands still), and how often it was escalated.
    """

    key: AlarmKey
    alarm_id: str = ""
    condition: Condition = Condition.NORMAL
    severity: Severity = Severity.INDETERMINATE
    target: Severity | None = None
    samples: int = 0
    since_s: float = 0.0
    sample_s: float = -1.0
    last_bad: bool = False
    grounds: Grounds | None = None
    created_s: float = 0.0
    raised_s: float = 0.0
    changed_s: float = 0.0
    cleared_s: float = 0.0
    occurrences: int = 0
    flapping: bool = False
    flap_score: float = 0.0
    flap_at_s: float = 0.0
    root_causes: tuple[Resource, ...] = ()
    recheck_since_s: float | None = None
    shelved_by: str = ""
    shelved_until_s: float | None = None
    operator: OperatorState = OperatorState.NONE
    operator_by: str = ""
    operator_at_s: float = 0.0
    waited_s: float = 0.0
    waiting_since_s: float | None = None
    escalations: int = 0
    history: tuple[StatusChange, ...] = ()
    notes: tuple[Note, ...] = ()

    def changed(self, changes: Mapping[str, Any]) -> Alarm:
        """Return the record with fields changed, as dataclasses.replace does in ten times as long.

        The names are not checked: they come from this package, or from :func:`.events.decode`.
        """
        made = object.__new__(Alarm)
        made.__dict__.update(self.__dict__)
        made.__dict__.update(changes)
        return made

    @property
    def began_s(self) -> float:
        """When it was raised; of one that still waits, since when its condition has held."""
        return self.raised_s or self.since_s

    @property
    def is_cleared(self) -> bool:
        """Whether the condition does not hold (RFC 8632, ``is-cleared``)."""
        return self.condition is not Condition.ACTIVE

    @property
    def carried_by(self) -> tuple[Resource, ...]:
        """What shows that only the management of a silent device is lost; empty if nothing does."""
        grounds = self.grounds
        return grounds.names if grounds is not None and grounds.figure == "reachable" else ()

    @property
    def muted(self) -> bool:
        """Whether nobody is told of it: it is shelved, or follows from a root cause."""
        return bool(self.shelved_by or self.root_causes)

    @property
    def state(self) -> State:
        """The word that is shown; a shelf hides a root cause, which hides flapping."""
        if self.shelved_by:
            return State.SHELVED
        if self.condition is Condition.ACTIVE:
            if self.root_causes:
                return State.SUPPRESSED
            return State.FLAPPING if self.flapping else State.ACTIVE
        return State(self.condition.value)
