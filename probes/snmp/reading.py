"""Which bindings of a reply belong to the columns that were asked for.

:func:`read_plainly` says it in Python with nothing loaded, which is quickest for one device.
:func:`read_packed` does the same by machine code and leaves names and values where they lie, which
is what thousands of devices take. Both follow one set of rules:

* the first ``scalars`` bindings belong to the scalars, the others to the columns row after row;
* a column has ended at the first name outside its root and at the first of the three exceptions;
* names of a column increase; the first that does not ends the reading with ``DISORDER``;
* a value that breaks its type is left out, and its name counts as read.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .ber import BrokenBerError, decode_oid, decode_value, read_header
from .values import Oid, Tag, Typed

__all__ = [
    "BROKEN",
    "DISORDER",
    "EXCEPTIONS",
    "READ",
    "Packed",
    "Reading",
    "bindings",
    "read_packed",
    "read_plainly",
]

READ, BROKEN, DISORDER = 0, 1, 2
_SEQUENCE = 0x30
EXCEPTIONS = (Tag.NO_SUCH_OBJECT, Tag.NO_SUCH_INSTANCE, Tag.END_OF_MIB_VIEW)


class Packed(NamedTuple):
    """Rows where they lie: ``places`` as :data:`.reply_kernel.FIELDS` says."""

    octets: bytes
    places: NDArray[np.uint16]


class Reading(NamedTuple):
    """What a reply says.

    Attributes
    ----------
    how
        ``READ`` to the end, ``BROKEN`` at octets that are no BER, ``DISORDER`` at a name out of
        order; what came before counts in all three.
    rows
        Column, name and value of each row, or the same packed.
    found, seen, bad, depth
        Rows; bindings looked at; values left out; bindings up to the last row.
    open
        Whether each column goes on.
    last
        Content of each column's last name; its former position where none came.
    """

    how: int
    rows: list[tuple[int, Oid, Typed]] | Packed
    found: int
    seen: int
    bad: int
    depth: int
    open: list[bool]
    last: list[bytes]


def bindings(octets: bytes, begin: int, end: int) -> Iterator[tuple[bytes, Oid, int, bytes]]:
    """Yield content of the name, name, tag and content of the value of each binding.

    Raises
    ------
    BrokenBerError
        Octets that are no binding; those before were yielded.
    """
    while begin < end:
        tag, start, stop = read_header(octets, begin, end)
        if tag != _SEQUENCE:
            raise BrokenBerError("a binding is not a SEQUENCE")
        tag, start, name_end = read_header(octets, start, stop)
        if tag != Tag.OBJECT_IDENTIFIER:
            raise BrokenBerError("a binding has no name")
        content = octets[start:name_end]
        name = decode_oid(content)
        tag, start, value_end = read_header(octets, name_end, stop)
        if value_end != stop:
            raise BrokenBerError("a binding holds more than a name and a value")
        yield content, name, tag, octets[start:stop]
        begin = stop


def read_plainly(
    octets: bytes,
    begin: int,
    end: int,
    *,
    scalars: int,
    roots: Sequence[bytes],
    positions: Sequence[bytes],
) -> Reading:
    """Read the list of bindings ``octets[begin:end]`` of a reply.

    ``roots`` and ``positions`` are contents of identifiers, one a column, scalars first.
    """
    rows: list[tuple[int, Oid, Typed]] = []
    going = [True] * len(roots)
    last = list(positions)
    repeated = len(roots) - scalars
    seen = bad = depth = 0
    how = READ
    try:
        for content, name, tag, value in bindings(octets, begin, end):
            if seen < scalars:
                column = seen
            elif repeated:
                column = scalars + (seen - scalars) % repeated
            else:
                break  # more than was asked for
            if not going[column]:
                pass
            elif not content.startswith(roots[column]) or tag in EXCEPTIONS:
                going[column] = False
            elif column >= scalars and name <= decode_oid(last[column]):
                how = DISORDER
                break
            else:
                last[column] = content
                try:
                    rows.append((column, name, decode_value(tag, value)))
                    depth = seen + 1
                except BrokenBerError:
                    bad += 1
            seen += 1
    except BrokenBerError:
        how = BROKEN
    return Reading(how, rows, len(rows), seen, bad, depth, going, last)


class _Scratch(threading.local):
    """Arrays that every reading fills anew; each thread has its own."""

    def __init__(self) -> None:
        from . import reply_kernel

        self.find_rows = reply_kernel.find_rows
        # The shortest binding takes seven octets, and no datagram holds more than 65,535.
        self.rows = np.empty((65_536 // 7 + 1, reply_kernel.FIELDS), np.uint16)
        self.told = np.empty(4, np.int64)


_scratch: list[_Scratch] = []


def read_packed(
    octets: bytes,
    begin: int,
    end: int,
    *,
    scalars: int,
    roots: Sequence[bytes],
    positions: Sequence[bytes],
) -> Reading:
    """Read as :func:`read_plainly` does, by machine code."""
    if not _scratch:
        _scratch.append(_Scratch())
    scratch = _scratch[0]  # made by one thread, and anew in it by every other
    columns = len(roots)
    bounds: list[int] = [0]
    at = 0
    for root, position in zip(roots, positions, strict=True):
        at += len(root)
        bounds.append(at)
        at += len(position)
        bounds.append(at)
    asked = b"".join([part for pair in zip(roots, positions, strict=True) for part in pair])
    state = np.zeros((columns, 3), np.int64)
    told: Any = scratch.told
    how = scratch.find_rows(
        np.frombuffer(octets, np.uint8),
        begin,
        end,
        scalars,
        np.frombuffer(asked, np.uint8),
        np.array(bounds, np.int64),
        scratch.rows,
        state,
        told,
    )
    count, seen, bad, depth = told.tolist()
    figures = state.tolist()
    return Reading(
        how,
        Packed(octets, scratch.rows[:count].copy()),
        count,
        seen,
        bad,
        depth,
        [going == 0 for going, _, _ in figures],
        [
            octets[start:stop] if stop else position
            for (_, start, stop), position in zip(figures, positions, strict=True)
        ],
    )
