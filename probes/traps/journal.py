"""The log of raw datagrams: what came is on the disk before anybody tries to understand it.

A file holds entries one after the other: ``length, CRC-32, received (Unix time), source``, then
the datagram. A last entry that a crash cut short does not match its sum and is dropped; nothing
before it is lost. A file that has grown large is put aside under a number, and only the newest
few are kept.
"""

from __future__ import annotations

import os
import re
import struct
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from ...topology.errors import SurroundingsError

__all__ = ["Entry", "TrapJournal"]

_HEAD = struct.Struct("<IIdHB")  # datagram's length, sum, time, source port, source's length
_LONGEST = 65_535
_ASIDE = re.compile(r"traps\.(\d+)\.log")


@dataclass(frozen=True, slots=True)
class Entry:
    """A datagram as it came."""

    at_s: float
    source: str
    port: int
    datagram: bytes


def _written(entry: Entry) -> bytes:
    source = entry.source.encode()[:255]
    body = source + entry.datagram
    rest = struct.pack("<dHB", entry.at_s, entry.port, len(source)) + body
    return struct.pack("<II", len(entry.datagram), zlib.crc32(rest)) + rest


def _entries(raw: bytes) -> Iterator[tuple[Entry, int]]:
    """Yield whole entries with where each ends; stop at the first that is cut or damaged."""
    at = 0
    while at + _HEAD.size <= len(raw):
        length, total, when, port, size = _HEAD.unpack_from(raw, at)
        end = at + _HEAD.size + size + length
        if length > _LONGEST or end > len(raw) or zlib.crc32(raw[at + 8 : end]) != total:
            return
        body = raw[at + _HEAD.size : end]
        yield Entry(when, body[:size].decode("utf-8", "replace"), port, body[size:]), end
        at = end


class TrapJournal:
    """The raw datagrams of a project, in a directory of their own.

    Parameters
    ----------
    directory
        Made when it does not exist. One process writes to it.
    file_bytes
        Size at which a file is put aside.
    keep
        Files put aside that are kept.
    """

    def __init__(self, directory: Path, *, file_bytes: int = 16_000_000, keep: int = 20) -> None:
        self._directory = directory
        self._file_bytes = file_bytes
        self._keep = keep
        self._path = directory / "traps.log"
        self._file: IO[bytes] | None = None

    def append(self, entries: Sequence[Entry]) -> None:
        """Write entries down; they are on the disk when this returns.

        Raises
        ------
        SurroundingsError
            They cannot be written: nothing may be answered or acted upon then.
        """
        if not entries:
            return
        try:
            file = self._file or self._open()
            file.write(b"".join(map(_written, entries)))
            file.flush()
            os.fsync(file.fileno())
            if file.tell() >= self._file_bytes:
                self._put_aside(file)
        except OSError as error:
            raise SurroundingsError(
                f"traps cannot be written to {self._path}: {error.strerror or error}; make room, or "
                "give the poller the right to write there"
            ) from None

    def _open(self) -> IO[bytes]:
        self._directory.mkdir(parents=True, exist_ok=True)
        file = self._path.open("ab")
        whole = 0
        for _, end in _entries(self._path.read_bytes()):
            whole = end
        file.truncate(whole)  # what a crash cut short would hide all that follows
        file.seek(0, os.SEEK_END)
        self._file = file
        return file

    def _aside(self) -> list[tuple[int, Path]]:
        found = [
            (_ASIDE.fullmatch(path.name), path) for path in self._directory.glob("traps.*.log")
        ]
        return sorted((int(match[1]), path) for match, path in found if match is not None)

    def _put_aside(self, file: IO[bytes]) -> None:
        file.close()
        self._file = None
        aside = self._aside()
        number = aside[-1][0] + 1 if aside else 1
        self._path.replace(self._directory / f"traps.{number:06d}.log")
        for _, path in aside[: max(0, len(aside) + 1 - self._keep)]:
            path.unlink(missing_ok=True)

    def read(self) -> Iterator[Entry]:
        """Yield everything that is kept, oldest first."""
        for path in [*(path for _, path in self._aside()), self._path]:
            try:
                raw = path.read_bytes()
            except FileNotFoundError:
                continue
            for entry, _ in _entries(raw):
                yield entry

    def close(self) -> None:
        """Close the file; a later append opens it again."""
        if self._file is not None:
            self._file.close()
            self._file = None
