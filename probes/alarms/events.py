"""Events: the lines of the log of which everything that is known about alarms is the sum.

An event says in plain data which fields of which alarm became what. To fold a log is to put those
values in place: nothing is decided or computed again, so that the same log gives the same state to
the last bit, on another machine and in a later release, whatever thresholds hold then.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from ...topology.errors import FileError
from .model import Alarm, AlarmKey, Condition, Grounds, Note, OperatorState, Severity, StatusChange

__all__ = ["FEED_KINDS", "KINDS", "Event", "decode", "encode", "plain"]

KINDS: dict[str, str] = {
    "seen": "things were measured for the first time and are learned from then on",
    "armed": "figures were good for the first time; from then on they can raise",
    "pending": "a run of bad samples began",
    "counted": "the run got longer or its severity changed",
    "quiet": "the run ended before anything came of it",
    "raised": "the alarm became active",
    "changed": "the severity of an active alarm changed",
    "cleared": "the condition is over",
    "flapping": "it comes and goes too often; it is held active",
    "steady": "it no longer comes and goes",
    "suppressed": "it was found to follow from a root cause",
    "released": "it does not follow from a root cause any more",
    "recheck": "its root cause ended; it is measured once before anybody is told",
    "shelved": "it was shelved, by a person or a maintenance window",
    "unshelved": "it was taken off its shelf",
    "acknowledged": "somebody takes care of it",
    "unacknowledged": "nobody takes care of it any more",
    "closed": "somebody is done with it",
    "noted": "somebody wrote about it",
    "escalated": "nobody took it up in time",
    "maintenance": "a maintenance window was set or changed",
    "delivered": "a reader of the feed confirmed everything up to a number",
}
"""Every kind of event and what it says."""

FEED_KINDS = frozenset(
    [
        "raised",
        "changed",
        "cleared",
        "flapping",
        "steady",
        "suppressed",
        "released",
        "shelved",
        "unshelved",
        "acknowledged",
        "unacknowledged",
        "closed",
        "noted",
        "escalated",
    ]
)
"""Kinds that the feed shows; the others are how a state was reached."""


@dataclass(frozen=True, slots=True)
class Event:
    """A line of the log.

    Attributes
    ----------
    seq
        Number in the log, from 1 without a gap.
    feed
        Number in the feed, from 1 without a gap; 0 for what the feed does not show.
    at_s
        When it was decided, Unix time.
    changes
        Fields of the alarm (or of the window, the cursor, ...) and what they became.
    by, text
        Who did it and what they said, where a person did.
    """

    seq: int
    feed: int
    at_s: float
    kind: str
    key: AlarmKey | None
    changes: Mapping[str, Any]
    by: str = ""
    text: str = ""


def plain(value: Any) -> Any:
    """Return a field of an alarm as JSON writes it."""
    if isinstance(value, Grounds | Note | StatusChange):
        return {name: plain(part) for name, part in _flat(value).items()}
    if isinstance(value, tuple):
        return [plain(part) for part in value]
    return value


def _flat(value: Grounds | Note | StatusChange) -> dict[str, Any]:
    """Return the fields of a record; json writes what is in them, tuples as lists."""
    # Flat, so that asdict, which copies deeply and slowly, is not needed.
    return {name: getattr(value, name) for name in value.__slots__}


def _grounds(raw: Any) -> Grounds | None:
    if raw is None:
        return None
    return Grounds(**{**raw, "names": tuple(raw["names"]), "instead": tuple(raw["instead"])})


_READ: dict[str, Any] = {
    "condition": Condition,
    "severity": Severity,
    "target": lambda raw: None if raw is None else Severity(raw),
    "grounds": _grounds,
    "root_causes": tuple,
    "operator": OperatorState,
}

_FIELDS = frozenset(field.name for field in fields(Alarm)) - {"key", "history", "notes"}

_ENCODER = json.JSONEncoder(
    ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"), default=_flat
)


def encode(event: Event) -> bytes:
    """Return the event as one line of JSON without a line break; the same event gives the same."""
    line: dict[str, Any] = {"at": event.at_s, "kind": event.kind, "seq": event.seq}
    if event.feed:
        line["feed"] = event.feed
    if event.key is not None:
        line["key"] = list(event.key)
    if event.changes:
        line["set"] = dict(event.changes)
    if event.by:
        line["by"] = event.by
    if event.text:
        line["text"] = event.text
    return _ENCODER.encode(line).encode()


def decode(line: bytes) -> Event:
    """Read what :func:`encode` wrote.

    Raises
    ------
    FileError
        It is no event, or one of a kind or with a field that this release does not know.
    """
    try:
        raw = json.loads(line)
        kind, key = raw["kind"], raw.get("key")
        changes = raw.get("set", {})
        if kind not in KINDS:
            raise ValueError(f"kind {kind!r} is not known")
        if key is not None:
            unknown = changes.keys() - _FIELDS
            if unknown:
                raise ValueError(f"field {min(unknown)!r} is not known")
            changes = {
                name: _READ[name](value) if name in _READ else value
                for name, value in changes.items()
            }
        return Event(
            raw["seq"], raw.get("feed", 0), raw["at"], kind,
            None if key is None else AlarmKey(*key), changes,
            raw.get("by", ""), raw.get("text", ""),
        )  # fmt: skip
    except (ValueError, KeyError, TypeError) as error:
        raise FileError(
            f"a line of the alarm log is no event ({error}); it was written by a newer ngbw, or "
            "the log is damaged: put back a copy"
        ) from None
