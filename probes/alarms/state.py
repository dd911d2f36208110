"""Everything that is known about alarms, as the sum of the events of a log."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from ..observations import Resource
from .events import FEED_KINDS, Event
from .model import HISTORY_KEPT, Alarm, AlarmKey, Note, StatusChange

__all__ = ["BookState", "Window"]


@dataclass(frozen=True, slots=True)
class Window:
    """A time in which work is done on things; what they raise then is shelved until it ends.

    Attributes
    ----------
    resources
        Names of resources, ``*`` and ``?`` allowed; a site stands for its devices, a device for
        its ports and sensors.
    """

    window_id: str
    resources: tuple[str, ...]
    from_s: float
    until_s: float
    by: str
    text: str


_MISSING = object()


class BookState:
    """The state of a book; :meth:`apply` is the only way in which it changes.

    Attributes
    ----------
    seq, feed
        Numbers of the last event and of the last one of the feed.
    alarms
        Every record, by key.
    keys_by_id
        Key of each alarm that was ever raised.
    seen
        When each thing was measured first; its first day is for learning.
    armed
        Figures that have been good, of types that must have been.
    windows
        Maintenance windows, also past ones.
    cursors
        Up to which number of the feed each reader has confirmed.
    """

    def __init__(self) -> None:
        self.seq = 0
        self.feed = 0
        self.alarms: dict[AlarmKey, Alarm] = {}
        self.keys_by_id: dict[str, AlarmKey] = {}
        self.seen: dict[Resource, float] = {}
        self.armed: dict[AlarmKey, bool] = {}
        self.windows: dict[str, Window] = {}
        self.cursors: dict[str, int] = {}
        self._undo: list[tuple[dict[Any, Any], Any, Any]] | None = None
        self._numbers = (0, 0)

    # -------------------------------------------------------------- one turn, whole or not at all

    def begin(self) -> None:
        """Remember from now on what was before."""
        self._undo, self._numbers = [], (self.seq, self.feed)

    def keep(self) -> None:
        """Forget what was before."""
        self._undo = None

    def take_back(self) -> None:
        """Return to what was when :meth:`begin` was called."""
        for place, key, old in reversed(self._undo or []):
            if old is _MISSING:
                del place[key]
            else:
                place[key] = old
        self.seq, self.feed = self._numbers
        self._undo = None

    def _put(self, place: dict[Any, Any], key: Any, value: Any) -> None:
        if self._undo is not None:
            self._undo.append((place, key, place.get(key, _MISSING)))
        place[key] = value

    # -------------------------------------------------------------- events

    def apply(self, event: Event) -> None:
        """Put what an event says in place."""
        self.seq = event.seq
        self.feed = event.feed or self.feed
        if event.key is not None:
            self._put(self.alarms, event.key, self._changed(event))
            alarm_id = event.changes.get("alarm_id")
            if alarm_id:
                self._put(self.keys_by_id, alarm_id, event.key)
            return
        changes = event.changes
        if event.kind == "seen":
            for owner in changes["owners"]:
                self._put(self.seen, owner, event.at_s)
        elif event.kind == "armed":
            for parts in changes["keys"]:
                self._put(self.armed, AlarmKey(*parts), True)
        elif event.kind == "maintenance":
            window = Window(**{**changes, "resources": tuple(changes["resources"])})
            self._put(self.windows, window.window_id, window)
        elif event.kind == "delivered":
            self._put(self.cursors, changes["reader"], changes["feed"])

    def _changed(self, event: Event) -> Alarm:
        assert event.key is not None  # noqa: S101 - for the type checker
        old = self.alarms.get(event.key) or Alarm(event.key)
        changes: Mapping[str, Any] = event.changes
        if event.kind in FEED_KINDS:
            severity = changes.get("severity", old.severity)
            line = StatusChange(event.seq, event.at_s, event.kind, severity, event.by, event.text)
            changes = {**changes, "history": (*old.history[1 - HISTORY_KEPT :], line)}
            if event.kind == "noted":
                note = Note(event.at_s, event.by, event.text)
                changes["notes"] = (*old.notes[1 - HISTORY_KEPT :], note)
        return old.changed(changes)

    def digest(self) -> str:
        """Return a hash of everything; equal states have equal hashes on every machine."""
        whole = {
            "seq": self.seq,
            "feed": self.feed,
            "alarms": [asdict(self.alarms[key]) for key in sorted(self.alarms)],
            "ids": self.keys_by_id,
            "seen": self.seen,
            "armed": sorted(self.armed),
            "windows": [asdict(window) for window in self.windows.values()],
            "cursors": self.cursors,
        }
        text = json.dumps(whole, sort_keys=True, allow_nan=False)
        return hashlib.sha256(text.encode()).hexdigest()
