"""The log of what was done: who, when, what, to what, from where; append-only and hash-chained.

What was set is named, never its value, where the value is a secret: the writer of an entry says
what may be kept, and passwords, keys and tickets are not among it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from ...probes.store import EventStore, NewEvent

__all__ = ["AUDIT_LOG", "AuditEntry", "AuditLog"]

AUDIT_LOG = "audit"
_MOST_TEXT = 500


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One deed.

    Attributes
    ----------
    who
        ``person:NAME``, ``key:ID``, ``local`` or ``nobody``.
    deed
        Verb of the catalogue of words, such as ``sign-in`` or ``key.revoke``.
    subject
        What it was done to.
    outcome
        ``done`` or ``refused``.
    change
        Fields that changed, new values; never a secret.
    """

    at_s: float
    who: str
    deed: str
    subject: str = ""
    outcome: str = "done"
    address: str = ""
    request_id: str = ""
    change: Mapping[str, Any] = field(default_factory=dict)


class AuditLog:
    """The log of a project."""

    def __init__(self, events: EventStore) -> None:
        self._events = events

    def add(self, entry: AuditEntry) -> None:
        """Keep an entry; it is on the disk when this returns."""
        row = {
            name: value[:_MOST_TEXT] if isinstance(value, str) else value
            for name, value in asdict(entry).items()
            if name != "at_s"
        }
        body = json.dumps(row, ensure_ascii=False, sort_keys=True, allow_nan=False).encode()
        self._events.append([NewEvent(entry.at_s, body)])

    def newest(self, count: int, *, before: int = 0) -> list[tuple[int, AuditEntry]]:
        """Return entries with their numbers, the newest first.

        Parameters
        ----------
        before
            Number of the oldest entry already seen; 0 starts at the newest.
        """
        last = (before - 1) if before else self._events.last()
        after = max(0, last - count)
        rows = self._events.read(after=after, limit=last - after) if last > after else []
        return [
            (row.sequence, AuditEntry(at_s=row.at_s, **json.loads(row.body)))
            for row in reversed(rows)
        ]
