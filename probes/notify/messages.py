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

__all__ = [
    "TOLD_KINDS",
    "Impact",
    "ImpactOf",
    "Message",
    "Text",
    "Writer",
    "impact_shown",
    "messages_of",
]

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
    people, homes
        Residents and homes that the network serves no more.
    radio_people, pixels, area_km2
        Residents and ground that the radio serves no more.
    places
        Important places that go dark, most important first.
    carried_by
        What shows that the device still carries traffic: its management alone is lost.
    """

    people: float | None = None
    homes: int | None = None
    radio_people: float | None = None
    pixels: int | None = None
    area_km2: float | None = None
    places: tuple[str, ...] = ()
    why_unknown: str = ""
    carried_by: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "people": _rounded(self.people),
            "homes": self.homes,
            "radio_people": _rounded(self.radio_people),
            "pixels": self.pixels,
            "area_km2": _rounded(self.area_km2),
            "places": list(self.places),
            "unknown": self.why_unknown,
            "carried_by": list(self.carried_by),
        }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)


def impact_shown(alarm: Alarm, impact: Impact | None) -> Impact | None:
    """Return what an alarm takes away, as far as that is shown.

    A silent device that still carries traffic takes nothing that is known, whatever its failure
    would take.
    """
    if not alarm.carried_by:
        return impact
    return Impact(why_unknown="only its management is lost", carried_by=alarm.carried_by)


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
    """

    kind: str
    alarm: Alarm
    first: int
    last: int
    at_s: float
    followers: tuple[str, ...] = ()
    followers_total: int = 0
    impact: Impact | None = None
    names: tuple[str, ...] = ()
    link: str = ""

    @property
    def severity(self) -> str:
        """``cleared`` where it is over, else the alarm's."""
        return "cleared" if self.alarm.condition is Condition.CLEARED else self.alarm.severity

    def _because(self) -> dict[str, Any] | None:
        grounds = self.alarm.grounds
        if grounds is None:
            return None
        if grounds.source == "inferred":
            named = {"names": list(grounds.names), "instead": list(grounds.instead)}
            return {"reason": grounds.figure, **named}
        return {"figure": grounds.figure, "value": grounds.value, "raise_at": grounds.raise_at}

    def to_dict(self) -> dict[str, Any]:
        """Return the message as plain data for a webhook."""
        alarm = self.alarm
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
            "because": self._because(),
            "impact": None if self.impact is None else self.impact.to_dict(),
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
                tuple(behind[:_FOLLOWERS_SHOWN]), len(behind),
            )
        )  # fmt: skip
    return sorted(told, key=lambda m: (m.severity == "cleared", -m.alarm.severity.rank, m.first))
