"""What is said to people about alarms: one message for each root cause, as plain data.

The words are not made here: a writer (:class:`Writer`) puts a message into the reader's language.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from ..alarms.events import Event
from ..alarms.model import Alarm, AlarmKey, Condition
from ..observations import Resource

__all__ = ["TOLD_KINDS", "Impact", "ImpactOf", "Message", "Text", "Writer", "messages_of"]

TOLD_KINDS = frozenset(
    ["raised", "changed", "cleared", "flapping", "steady", "released", "unshelved", "escalated"]
)
"""Kinds of event that are worth a message by themselves."""

_FOLLOWERS_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Impact:
    """What a failure takes away; None where it is not known.

    Attributes
    ----------
    people
        Residents who lose the service, over the network or on the radio.
    places
        Important places that go dark, most important first.
    """

    people: float | None
    pixels: int | None
    area_km2: float | None
    homes: int | None
    places: tuple[str, ...]
    why_unknown: str = ""


class ImpactOf(Protocol):
    """Something that knows what a failure of resources takes away, or does not know it yet."""

    def __call__(self, resource: Resource, /) -> Impact | None:
        """Return it at once; None while it is being worked out or where nothing is lost."""
        ...


@dataclass(frozen=True, slots=True)
class Message:
    """What is said about one alarm.

    Attributes
    ----------
    kind
        Of the last event that it is about: ``raised``, ``cleared``, ``escalated``, ...
    first, last
        Numbers of the feed that it stands for.
    followers, followers_total
        Alarms that follow from it: some of their names, and how many there are.
    proof
        From what the cause is concluded.
    """

    kind: str
    alarm: Alarm
    first: int
    last: int
    at_s: float
    followers: tuple[str, ...] = ()
    followers_total: int = 0
    proof: str = ""
    impact: Impact | None = None
    names: tuple[str, ...] = ()
    link: str = ""

    @property
    def severity(self) -> str:
        """``cleared`` where it is over, else the alarm's."""
        return "cleared" if self.alarm.condition is Condition.CLEARED else self.alarm.severity

    def to_dict(self) -> dict[str, Any]:
        """Return the message as plain data for a webhook."""
        alarm, impact = self.alarm, self.impact
        return {
            "kind": self.kind,
            "feed": [self.first, self.last],
            "alarm": alarm.alarm_id,
            "resource": alarm.key.resource,
            "alarm_type": alarm.key.alarm_type,
            "severity": self.severity,
            "state": alarm.state.value,
            "raised_s": alarm.raised_s,
            "cleared_s": alarm.cleared_s if alarm.condition is Condition.CLEARED else None,
            "at_s": self.at_s,
            "followers": {"total": self.followers_total, "some": list(self.followers)},
            "proof": self.proof,
            "impact": None
            if impact is None
            else {
                "people": impact.people,
                "pixels": impact.pixels,
                "area_km2": impact.area_km2,
                "homes": impact.homes,
                "places": list(impact.places),
                "unknown": impact.why_unknown,
            },
            "link": self.link,
        }


@dataclass(frozen=True, slots=True)
class Text:
    """A message in words."""

    title: str
    body: str


class Writer(Protocol):
    """Puts messages into words."""

    def write(self, message: Message, language: str, /) -> Text:
        """Return a message in words."""
        ...

    def digest(self, texts: Sequence[Text], more: int, language: str, /) -> Text:
        """Return several messages as one; ``more`` had no room."""
        ...

    def test(self, channel: str, language: str, /) -> Text:
        """Return the message by which a channel is tried out."""
        ...


def _was_told(alarm: Alarm, event: Event, wait_s: float) -> bool:
    """Return whether people had heard of an alarm that ended while it was suppressed."""
    if "root_causes" not in event.changes:
        return True
    raised_s = suppressed_s = None
    for line in alarm.history:
        if line.seq >= event.seq:
            break
        if line.kind in ("raised", "flapping"):
            raised_s, suppressed_s = line.at_s, None
        elif line.kind == "suppressed":
            suppressed_s = line.at_s
    return raised_s is not None and suppressed_s is not None and suppressed_s - raised_s > wait_s


def _proof(alarm: Alarm) -> str:
    grounds = alarm.grounds
    return grounds.level if grounds is not None and grounds.source == "inferred" else ""


def messages_of(
    events: Sequence[Event], alarms: Sequence[Alarm], *, wait_s: float
) -> list[Message]:
    """Return what is to be said of a stretch of the feed, one message an alarm, worst first.

    Parameters
    ----------
    alarms
        All alarms as they stand now: what has become of an alarm meanwhile is what is said.
    wait_s
        How long the feed is left to settle before it is told.
    """
    by_key: dict[AlarmKey, Alarm] = {alarm.key: alarm for alarm in alarms}
    followers: dict[Resource, list[str]] = {}
    for alarm in alarms:
        if alarm.condition is Condition.ACTIVE:
            for root in alarm.root_causes:
                followers.setdefault(root, []).append(alarm.alarm_id)
    last: dict[AlarmKey, Event] = {}
    first: dict[AlarmKey, int] = {}
    for event in events:
        if event.key is None or event.kind not in TOLD_KINDS:
            continue
        first.setdefault(event.key, event.feed)
        last[event.key] = event
    told = []
    for key, event in last.items():
        alarm = by_key[key]
        over = alarm.condition is Condition.CLEARED
        if alarm.muted or (over and event.kind in ("unshelved", "released")):
            continue
        if event.kind == "cleared" and not _was_told(alarm, event, wait_s):
            continue
        behind = followers.get(key.resource, ())
        told.append(
            Message(
                event.kind if not over else "cleared", alarm, first[key], event.feed, event.at_s,
                tuple(behind[:_FOLLOWERS_SHOWN]), len(behind), _proof(alarm),
            )
        )  # fmt: skip
    return sorted(told, key=lambda m: (m.severity == "cleared", -m.alarm.severity.rank, m.first))
