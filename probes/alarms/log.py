"""The log that alarms are written to: what it promises, and as a file.

A log takes lines and numbers them. It promises that what :meth:`EventLog.append` returned from is
on the disk, and that lines are only added behind the last one the writer has seen: two programs
that write at once (the poller, and somebody who acknowledges) never write past each other, one of
them reads what the other said and decides again.

:class:`FileLog` keeps a line as ``CRC SEQ FIRST JSON``. What a crash left of a last write was never
promised to anybody and is dropped; a broken line before a later write is damage, and is said.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from ...topology.errors import FileError, SurroundingsError
from ...topology.history import locked

__all__ = ["EventLog", "FileLog", "MemoryLog", "Moved"]


class Moved(Exception):  # noqa: N818 - it is no error: somebody else wrote first
    """The log holds more than its writer has seen; read on and decide again."""


class EventLog(Protocol):
    """An append-only log of lines, numbered from 1 without a gap."""

    def append(self, lines: Sequence[bytes], *, after: int) -> None:
        """Add lines behind number ``after``; they are on the disk when this returns.

        Raises
        ------
        Moved
            ``after`` is not the last number any more; nothing was written.
        SurroundingsError
            The disk refuses; nothing was written that will be read again.
        """
        ...

    def read(self, *, after: int = 0) -> Iterator[bytes]:
        """Yield the lines behind number ``after``, in order."""
        ...


class MemoryLog:
    """A log that lasts as long as its process: for replays, where nothing may be lost by a crash."""

    def __init__(self) -> None:
        self.lines: list[bytes] = []

    def append(self, lines: Sequence[bytes], *, after: int) -> None:
        """Add lines behind number ``after``."""
        if after != len(self.lines):
            raise Moved
        self.lines += lines

    def read(self, *, after: int = 0) -> Iterator[bytes]:
        """Yield the lines behind number ``after``."""
        yield from self.lines[after:]


def _nothing(point: str) -> None:
    """Do nothing at a point at which a test ends the process."""


class FileLog:
    """A log in one file, for one machine.

    Parameters
    ----------
    path
        Of the file; it and its directory are made with the first line.
    at_point
        Called with a word before and after each step that a crash can part; tests end the process
        there.
    """

    def __init__(self, path: Path, *, at_point: Callable[[str], None] = _nothing) -> None:
        self._path = path
        self._at_point = at_point
        self._seq = 0  # number of the last whole line
        self._end = 0  # where it ends in the file

    def append(self, lines: Sequence[bytes], *, after: int) -> None:
        """Add lines and wait until the disk has them (one wait for all of them)."""
        if not lines:
            return
        try:
            fresh = not self._path.exists()
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with locked(self._path.parent):
                with self._path.open("ab") as file:
                    self._write(file.fileno(), lines, after)
                if fresh:
                    _sync(self._path.parent)
        except OSError as error:
            if isinstance(error, SurroundingsError):
                raise
            raise SurroundingsError(
                f"{self._path} cannot be written ({error.strerror}); alarms are not recorded until "
                "the disk has room and takes writes again"
            ) from error
        self._at_point("returned")

    def _write(self, file: int, lines: Sequence[bytes], after: int) -> None:
        known = self._seq, self._end
        for _ in self._lines():
            pass
        if self._seq != after:
            self._seq, self._end = known  # the writer has yet to read what came in between
            raise Moved
        if os.fstat(file).st_size != self._end:
            os.ftruncate(file, self._end)  # what a crash left of a line that nobody was promised
        first = after + 1
        block = b"".join(_frame(first + n, first, line) for n, line in enumerate(lines))
        self._at_point("before-write")
        try:
            half = len(block) // 2
            _write_all(file, block[:half])
            self._at_point("half-written")
            _write_all(file, block[half:])
            self._at_point("before-sync")
            os.fsync(file)
        except OSError:
            # After a failed sync nobody knows what the disk holds: the lines are taken back.
            with suppress(OSError):
                os.ftruncate(file, self._end)
            raise
        self._at_point("synced")
        self._seq += len(lines)
        self._end += len(block)

    def read(self, *, after: int = 0) -> Iterator[bytes]:
        """Yield whole lines; a last one that is cut off is not there."""
        if after < self._seq:
            self._seq = self._end = 0
        for seq, line in self._lines():
            if seq > after:
                yield line

    def _lines(self) -> Iterator[tuple[int, bytes]]:
        """Yield the lines behind the last known one, and remember how far they go."""
        try:
            file = self._path.open("rb")
        except FileNotFoundError:
            return
        except OSError as error:
            raise SurroundingsError(
                f"{self._path} cannot be read ({error.strerror}); give yourself the right to"
            ) from None
        with file:
            if os.fstat(file.fileno()).st_size == self._end:
                return
            file.seek(self._end)
            torn = False
            for framed in file:
                found = _unframe(framed)
                if not torn and found is not None and found[0] == self._seq + 1:
                    self._seq += 1
                    self._end += len(framed)
                    yield self._seq, found[2]
                    continue
                torn = True
                # Whole lines behind a broken one are of the same unfinished write, whose parts
                # may reach the disk in any order, unless they say that a later one wrote them.
                if found is not None and found[1] > self._seq + 1:
                    raise FileError(
                        f"{self._path} is damaged behind line {self._seq}: a line is broken and "
                        "later ones follow; put back a copy of the file"
                    )


def _frame(seq: int, first: int, line: bytes) -> bytes:
    """Return a line as it stands in the file; ``first`` is the first of those written with it."""
    body = b"%d %d %b" % (seq, first, line)
    return b"%08x %b\n" % (zlib.crc32(body), body)


def _unframe(framed: bytes) -> tuple[int, int, bytes] | None:
    """Return what :func:`_frame` was given; None where the line is not whole."""
    body = framed[9:-1]
    if not framed.endswith(b"\n") or framed[:9] != b"%08x " % zlib.crc32(body):
        return None
    seq, first, line = body.split(b" ", 2)
    return int(seq), int(first), line


def _write_all(file: int, content: bytes) -> None:
    left = memoryview(content)
    while left:
        left = left[os.write(file, left) :]


def _sync(directory: Path) -> None:
    if os.name == "nt":
        return
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
