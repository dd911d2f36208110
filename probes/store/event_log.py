"""Append-only logs: an event that has its number is on the disk.

Threads that append at the same time share one transaction and one fsync: whoever gets to write
takes along everything that waits. Each event carries a hash over itself and the one before, so that
an event that was changed, dropped or slipped in later shows when the log is checked.
"""

from __future__ import annotations

import hashlib
import re
import struct
import threading
from collections.abc import Sequence

from ...topology.errors import SurroundingsError, UsageError
from .database import Database
from .interface import NewEvent, StoredEvent

__all__ = ["EVENT_TABLES", "EventLog", "log_problems"]

EVENT_TABLES = (
    (
        "CREATE TABLE IF NOT EXISTS ngbw_event (log TEXT NOT NULL, seq {integer} NOT NULL, "
        "at_s {real} NOT NULL, body {blob} NOT NULL, chain {blob} NOT NULL, PRIMARY KEY (log, seq))"
    ),
    (
        "CREATE TABLE IF NOT EXISTS ngbw_reader (log TEXT NOT NULL, reader TEXT NOT NULL, "
        "seq {integer} NOT NULL, PRIMARY KEY (log, reader))"
    ),
    (
        "CREATE TRIGGER IF NOT EXISTS ngbw_event_stays BEFORE DELETE ON ngbw_event "
        "BEGIN SELECT RAISE(ABORT, 'events are not removed'); END"
    ),
    (
        "CREATE TRIGGER IF NOT EXISTS ngbw_event_holds BEFORE UPDATE ON ngbw_event "
        "BEGIN SELECT RAISE(ABORT, 'events are not changed'); END"
    ),
)

_FIRST = bytes(16)
_MOST_BODY_BYTES = 1_000_000
_NAME = re.compile(r"[a-z][a-z0-9-]{0,39}")
_NEWEST = "SELECT seq, chain FROM ngbw_event WHERE log = ? ORDER BY seq DESC LIMIT 1"


def _chained(before: bytes, sequence: int, event: NewEvent | StoredEvent) -> bytes:
    heading = struct.pack("<qd", sequence, event.at_s)
    return hashlib.blake2b(before + heading + event.body, digest_size=16).digest()


class _Waiting:
    """Events of one caller that wait for the next commit."""

    __slots__ = ("error", "events", "numbers")

    def __init__(self, events: Sequence[NewEvent]) -> None:
        self.events = events
        self.numbers: range | None = None
        self.error: SurroundingsError | None = None


class EventLog:
    """One log of a store."""

    def __init__(self, database: Database, log: str) -> None:
        if not _NAME.fullmatch(log):
            raise UsageError(
                f"{log!r} is not the name of a log; use up to 40 small letters, digits and -"
            )
        self._database = database
        self._log = log
        self._queue: list[_Waiting] = []
        self._queue_lock = threading.Lock()
        self._commit_lock = threading.Lock()

    def append(self, events: Sequence[NewEvent], /) -> range:
        """Keep events and return their numbers; they are on the disk then.

        Raises
        ------
        UsageError
            An event is larger than 1 MB.
        SurroundingsError
            The disk or the server refuses; none of the events was kept.
        """
        for event in events:
            if len(event.body) > _MOST_BODY_BYTES:
                raise UsageError(
                    f"an event of the log {self._log} has {len(event.body)} bytes; "
                    f"at most {_MOST_BODY_BYTES} are kept"
                )
        mine = _Waiting(tuple(events))
        with self._queue_lock:
            self._queue.append(mine)
        with self._commit_lock:
            if mine.numbers is None and mine.error is None:
                with self._queue_lock:
                    batch, self._queue = self._queue, []
                self._commit(batch)
        if mine.error is not None:
            raise mine.error
        assert mine.numbers is not None  # noqa: S101  # _commit set one of both
        return mine.numbers

    def _commit(self, batch: list[_Waiting]) -> None:
        numbers: list[range] = []
        chain, newest = _FIRST, 0
        try:
            with self._database.writing(f"ngbw log {self._log}") as writer:
                found = writer.run(_NEWEST, (self._log,))
                if found:
                    newest, chain = int(found[0][0]), bytes(found[0][1])
                rows = []
                for waiting in batch:
                    start = newest + 1
                    for event in waiting.events:
                        newest += 1
                        chain = _chained(chain, newest, event)
                        rows.append((self._log, newest, event.at_s, event.body, chain))
                    numbers.append(range(start, newest + 1))
                writer.run_many(
                    "INSERT INTO ngbw_event (log, seq, at_s, body, chain) VALUES (?, ?, ?, ?, ?)",
                    rows,
                )
        except SurroundingsError as error:
            if not (numbers and len(numbers) == len(batch) and self._kept(newest, chain)):
                for waiting in batch:
                    waiting.error = error
                return
        except BaseException:
            stopped = SurroundingsError(f"the log {self._log} was stopped while it wrote")
            for waiting in batch:
                waiting.error = stopped
            raise
        for waiting, given in zip(batch, numbers, strict=True):
            waiting.numbers = given

    def _kept(self, sequence: int, chain: bytes) -> bool:
        """Return whether a commit took effect of which the answer was lost."""
        try:
            found = self._database.read(
                "SELECT chain FROM ngbw_event WHERE log = ? AND seq = ?", (self._log, sequence)
            )
        except SurroundingsError:
            return False
        return bool(found) and bytes(found[0][0]) == chain

    def read(self, *, after: int = 0, limit: int = 10_000) -> list[StoredEvent]:
        """Return events with numbers above ``after``, in order, at most ``limit``."""
        rows = self._database.read(
            "SELECT seq, at_s, body FROM ngbw_event WHERE log = ? AND seq > ? ORDER BY seq LIMIT ?",
            (self._log, after, limit),
        )
        return [StoredEvent(int(seq), float(at_s), bytes(body)) for seq, at_s, body in rows]

    def last(self) -> int:
        """Return the newest sequence number, 0 when there is none."""
        found = self._database.read(_NEWEST, (self._log,))
        return int(found[0][0]) if found else 0

    def position(self, reader: str, /) -> int:
        """Return the last number that a reader has dealt with, 0 for a new one."""
        found = self._database.read(
            "SELECT seq FROM ngbw_reader WHERE log = ? AND reader = ?", (self._log, reader)
        )
        return int(found[0][0]) if found else 0

    def advance(self, reader: str, sequence: int, /) -> None:
        """Note, on the disk, that a reader has dealt with everything up to a number.

        Raises
        ------
        UsageError
            The number is below where the reader stands, or above the newest event.
        """
        with self._database.writing(f"ngbw log {self._log}") as writer:
            found = writer.run(
                "SELECT seq FROM ngbw_reader WHERE log = ? AND reader = ?", (self._log, reader)
            )
            stands = int(found[0][0]) if found else 0
            newest = writer.run(_NEWEST, (self._log,))
            last = int(newest[0][0]) if newest else 0
            if not stands <= sequence <= last:
                raise UsageError(
                    f"the reader {reader} of the log {self._log} cannot go to {sequence}; it "
                    f"stands at {stands} and the newest event is {last}"
                )
            writer.run(
                "INSERT INTO ngbw_reader (log, reader, seq) VALUES (?, ?, ?) "
                "ON CONFLICT (log, reader) DO UPDATE SET seq = excluded.seq",
                (self._log, reader, sequence),
            )


def log_problems(database: Database) -> list[str]:
    """Return what is wrong with the logs: numbers that are missing, events that were changed."""
    problems = []
    for (log,) in database.read("SELECT DISTINCT log FROM ngbw_event ORDER BY log"):
        chain, expected = _FIRST, 1
        while rows := database.read(
            "SELECT seq, at_s, body, chain FROM ngbw_event WHERE log = ? AND seq >= ? "
            "ORDER BY seq LIMIT 10000",
            (log, expected),
        ):
            for seq, at_s, body, kept in rows:
                if seq != expected:
                    problems.append(f"log {log}: events {expected} to {seq - 1} are missing")
                elif _chained(chain, seq, NewEvent(at_s, bytes(body))) != bytes(kept):
                    problems.append(f"log {log}: event {seq} is not what was written")
                chain, expected = bytes(kept), seq + 1
    for log, reader, seq in database.read(
        "SELECT r.log, r.reader, r.seq FROM ngbw_reader r WHERE r.seq > "
        "(SELECT coalesce(max(e.seq), 0) FROM ngbw_event e WHERE e.log = r.log)"
    ):
        problems.append(f"log {log}: the reader {reader} stands at {seq}, after the last event")
    return problems
