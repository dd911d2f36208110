"""The log of alarms inside a project's store, beside the other logs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ...topology.history import locked
from .log import Moved

if TYPE_CHECKING:
    from ..store import ProjectStore

__all__ = ["ALARM_LOG", "StoreLog"]

ALARM_LOG = "alarms"
"""Name of the log in the store."""

_PAGE = 10_000


class StoreLog:
    """An :class:`.log.EventLog` kept by a store, whose promise of durability it passes on.

    Parameters
    ----------
    directory
        Whose lock lets one writer after the other compare and append: the programs that write
        alarms of a project run on the machine that holds it.
    """

    def __init__(self, store: ProjectStore, directory: Path) -> None:
        from ..store import NewEvent

        self._new_event = NewEvent
        self._events = store.events(ALARM_LOG)
        self._directory = directory

    def append(self, lines: Sequence[bytes], *, after: int) -> None:
        """Add lines behind number ``after``; they are on the disk when this returns."""
        if not lines:
            return
        with locked(self._directory):
            if self._events.last() != after:
                raise Moved
            self._events.append([self._new_event(0.0, line) for line in lines])

    def read(self, *, after: int = 0) -> Iterator[bytes]:
        """Yield the lines behind number ``after``, in order."""
        while page := self._events.read(after=after, limit=_PAGE):
            yield from (event.body for event in page)
            after = page[-1].sequence
            if len(page) < _PAGE:
                return
