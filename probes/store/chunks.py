"""An hour of a device's samples in few bytes.

Samples stand one series after the other, each as its steps from cycle to cycle (int64 modulo 2^64,
so that every Counter64 comes back bit for bit), small steps of either sign as small numbers, and all
first bytes before all second bytes; what is left is mostly zeros, which zlib takes away.

::

    body   = zlib( heading | rows x (at_ms, clock_ms, uptime_ms) | rows x source | present | planes )
    last   = the last cycle as it came, from which the next hour's first rate is taken
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...topology.errors import FileError

__all__ = ["UNKNOWN_MS", "Chunk", "pack", "planes", "unpack", "unplanes"]

UNKNOWN_MS = -(2**63)
"""Stands for a clock that is not known."""

_HEADING = struct.Struct("<4sIIBBH")  # mark, rows, series, planes, with gaps?, bytes of sources
_MARK = b"NGC1"
_ZLIB_LEVEL = 6
_MOST_BYTES = 2**31 - 1


@dataclass(frozen=True, slots=True, eq=False)
class Chunk:
    """Cycles of one device and layout, oldest first.

    Attributes
    ----------
    values, present
        ``[cycle, series]``.
    at_ms, clock_ms, uptime_ms
        ``[cycle]``; :data:`UNKNOWN_MS` where not known.
    sources
        Who measured, for each cycle.
    """

    at_ms: NDArray[np.int64]
    clock_ms: NDArray[np.int64]
    uptime_ms: NDArray[np.int64]
    sources: tuple[str, ...]
    values: NDArray[np.int64]
    present: NDArray[np.bool_]


def planes(numbers: NDArray[np.uint64]) -> tuple[int, bytes]:
    """Return how many bytes the largest number needs, and the bytes by place, lowest first."""
    top = int(numbers.max()) if numbers.size else 0
    count = (top.bit_length() + 7) // 8
    octets = np.ascontiguousarray(numbers.reshape(-1).astype("<u8")).view(np.uint8)
    return count, octets.reshape(-1, 8).T[:count].tobytes()


def unplanes(count: int, octets: bytes, size: int) -> NDArray[np.uint64]:
    """Return the numbers of :func:`planes`."""
    out = np.zeros((size, 8), dtype=np.uint8)
    out[:, :count] = np.frombuffer(octets, dtype=np.uint8).reshape(count, size).T
    return out.view("<u8").reshape(size).astype(np.uint64)


def pack(chunk: Chunk) -> bytes:
    """Write a chunk."""
    rows, series = chunk.values.shape
    names = list(dict.fromkeys(chunk.sources))
    listed = "\n".join(names).encode()
    columns = chunk.values.T
    steps = np.empty((series, rows), dtype=np.int64)
    if rows:
        steps[:, 0] = columns[:, 0]
        np.subtract(columns[:, 1:], columns[:, :-1], out=steps[:, 1:])
    folded = (steps << np.int64(1)) ^ (steps >> np.int64(63))
    # The first cycle stands by itself: its large numbers must not widen all the others.
    first_count, first = planes(folded[:, :1].view(np.uint64) if rows else _NONE)
    count, rest = planes(np.ascontiguousarray(folded[:, 1:]).view(np.uint64))
    gaps = not bool(chunk.present.all())
    times = np.stack([chunk.at_ms, chunk.clock_ms, chunk.uptime_ms]).astype("<i8")
    turned = np.diff(times, axis=1, prepend=0).tobytes()
    body = b"".join(
        (
            _HEADING.pack(_MARK, rows, series, count << 4 | first_count, gaps, len(listed)),
            listed,
            bytes(names.index(source) for source in chunk.sources),
            turned,
            np.packbits(chunk.present).tobytes() if gaps else b"",
            first,
            rest,
        )
    )
    return zlib.compress(body, _ZLIB_LEVEL)


_NONE = np.empty(0, dtype=np.uint64)


def _unfold(numbers: NDArray[np.uint64]) -> NDArray[np.int64]:
    halves = (numbers >> np.uint64(1)).astype(np.int64)
    return halves ^ -(numbers & np.uint64(1)).astype(np.int64)


def unpack(body: bytes) -> Chunk:
    """Read a chunk.

    Raises
    ------
    FileError
        It is damaged.
    """
    try:
        return _unpack(zlib.decompressobj().decompress(body, _MOST_BYTES))
    except (zlib.error, struct.error, ValueError, IndexError, UnicodeDecodeError) as error:
        raise FileError(
            f"a chunk of samples is damaged ({error}); take the store from a backup, or go on: "
            "its hour is shown as a gap"
        ) from None


def _unpack(plain: bytes) -> Chunk:
    mark, rows, series, both, gaps, listed = _HEADING.unpack_from(plain)
    if mark != _MARK:
        raise ValueError("its mark is wrong")
    count, first_count = both >> 4, both & 15
    at = _HEADING.size

    def take(size: int) -> bytes:
        nonlocal at
        part = plain[at : at + size]
        if len(part) != size:
            raise ValueError("it ends early")
        at += size
        return part

    names = take(listed).decode().split("\n")
    sources = tuple(names[number] for number in take(rows))
    times = np.frombuffer(take(24 * rows), dtype="<i8").reshape(3, rows)
    at_ms, clock_ms, uptime_ms = np.cumsum(times, axis=1, dtype=np.int64)
    present = np.ones((rows, series), dtype=np.bool_)
    if gaps:
        bits = np.frombuffer(take((rows * series + 7) // 8), dtype=np.uint8)
        present = np.unpackbits(bits, count=rows * series).astype(np.bool_).reshape(rows, series)
    steps = np.empty((series, rows), dtype=np.int64)
    if rows:
        steps[:, 0] = _unfold(unplanes(first_count, take(first_count * series), series))
        size = series * (rows - 1)
        steps[:, 1:] = _unfold(unplanes(count, take(count * size), size)).reshape(series, -1)
    values = np.ascontiguousarray(np.cumsum(steps, axis=1, dtype=np.int64).T)
    return Chunk(at_ms, clock_ms, uptime_ms, sources, values, present)
