"""What a poll read, as a :class:`.values.MibView`: datagrams kept whole until somebody looks.

A poll of a thousand devices reads half a million values. Replies stay as they came, with the
places of names and values beside them; the first look turns them into Python's objects, once, and
lets the octets go.
"""

from __future__ import annotations

import gc
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache, partial
from itertools import repeat

import numpy as np
from numpy.typing import NDArray

from .ber import decode_oid, decode_value, encode_oid
from .reading import Packed
from .values import EMPTY, Index, Oid, Tag, Typed

__all__ = ["PolledView"]

_NUMBERS = frozenset({Tag.COUNTER32, Tag.GAUGE32, Tag.TIME_TICKS, Tag.COUNTER64})
_OCTETS = frozenset({Tag.OCTET_STRING, Tag.IP_ADDRESS, Tag.OPAQUE})
_oid_value = lru_cache(maxsize=4096)(decode_oid)
_typed = partial(tuple.__new__, Typed)


def _index(suffix: bytes) -> Index:
    """Return what follows a root; its numbers are known to be whole."""
    numbers = []
    number = 0
    for octet in suffix:
        number = number << 7 | octet & 0x7F
        if octet < 0x80:
            numbers.append(number)
            number = 0
    return tuple(numbers)


class PolledView:
    """The rows of one answer.

    Columns that were asked for, and any column below a subtree that was walked, are there; of
    rows that came twice the first is kept.
    """

    __slots__ = ("_columns", "_packed", "_rows", "_walked")

    def __init__(self) -> None:
        self._packed: list[tuple[tuple[bytes, ...], Packed]] = []
        self._rows: dict[bytes, dict[Index, Typed]] = {}  # by content of the root
        self._columns: dict[Oid, Mapping[Index, Typed]] = {}
        self._walked: dict[bytes, tuple[list[tuple[Oid, int]], list[Typed]]] = {}

    def add(
        self, roots: tuple[bytes, ...], rows: Packed | Iterable[tuple[int, Oid, Typed]]
    ) -> None:
        """Take rows of columns; ``roots`` are contents of identifiers by column."""
        if self._columns:
            self._columns.clear()
            self._walked.clear()
        if isinstance(rows, Packed):
            self._packed.append((roots, rows))
            return
        self._unpack()
        skips = [len(decode_oid(root)) for root in roots]
        for column, name, typed in rows:
            self._rows.setdefault(roots[column], {}).setdefault(name[skips[column] :], typed)

    def scalar(self, base: Oid, /) -> Typed | None:
        """Return the instance ``base.0``; None when the agent did not give it."""
        return self.column(base).get((0,))

    def column(self, base: Oid, /) -> Mapping[Index, Typed]:
        """Return the rows below ``base`` by index, in the agent's order; empty when none came."""
        found = self._columns.get(base)
        if found is None:
            found = self._column(base) if len(base) > 1 else EMPTY
            self._columns[base] = found
        return found

    def early(self, base: Oid) -> Typed | None:
        """Return the instance ``base.0`` if it came with the first rows, which stay as they are."""
        if not self._packed:
            return self.scalar(base)
        roots, (octets, places) = self._packed[0]
        wanted = encode_oid(base)
        if not len(places) or roots[places[0, 0]] != wanted:
            return None
        _, _, _, tag, start, end = places[0].tolist()
        return decode_value(tag, octets[start:end])

    def roots(self) -> tuple[Oid, ...]:
        """Return the columns and subtrees of which rows came."""
        self._unpack()
        return tuple(decode_oid(root) for root, rows in self._rows.items() if rows)

    def __iter__(self) -> Iterator[tuple[Oid, Typed]]:
        """Yield every name with its value, root after root."""
        self._unpack()
        for root, rows in self._rows.items():
            base = decode_oid(root)
            for index, typed in rows.items():
                yield base + index, typed

    def _column(self, base: Oid) -> Mapping[Index, Typed]:
        self._unpack()
        wanted = encode_oid(base)
        found = self._rows.get(wanted)
        if found:
            return found
        rows: dict[Index, Typed] = {}
        for root in self._rows:
            if wanted.startswith(root):
                rows |= self._below(root, base)
        return rows or EMPTY

    def _unpack(self) -> None:
        """Turn what is packed into rows, column by column."""
        if not self._packed:
            return
        from .reply_kernel import sort_rows

        number: dict[bytes, int] = {}
        columns: list[int] = []
        parts = []
        octets_end = rows_end = 0
        for roots, (octets, places) in self._packed:
            rows_end += len(places)
            parts.append((rows_end, octets_end, len(columns)))
            octets_end += len(octets)
            columns += [number.setdefault(root, len(number)) for root in roots]
        whole = b"".join([packed.octets for _, packed in self._packed])
        begins = np.empty(len(number) + 1, np.int64)
        kinds = np.empty((len(number), 2), np.int64)
        figures = np.empty((7, rows_end), np.int64)
        sort_rows(
            np.frombuffer(whole, np.uint8),
            np.concatenate([packed.places for _, packed in self._packed]),
            np.array(parts, np.int64),
            np.array(columns, np.int64),
            np.array([len(root) for root in number], np.int64),
            begins,
            kinds,
            figures,
        )
        self._packed.clear()
        # Thousands of tuples that hold no circles would set the collector off again and again,
        # which takes longer than making them.
        collecting = gc.isenabled()
        gc.disable()
        try:
            self._keep(whole, list(number), begins.tolist(), kinds.tolist(), figures)
        finally:
            if collecting:
                gc.enable()

    def _keep(
        self,
        whole: bytes,
        roots: list[bytes],
        begins: list[int],
        kinds: list[list[int]],
        figures: NDArray[np.int64],
    ) -> None:
        """Make the rows of sorted figures, as :func:`.reply_kernel.sort_rows` gives them."""
        for root, begin, end, (tag, single) in zip(roots, begins, begins[1:], kinds, strict=False):
            if begin == end:
                continue
            indices, starts, stops, tags, numbers, begun, ended = figures[:, begin:end]
            keys: Iterable[Index]
            if single:
                keys = zip(indices.tolist())
            else:
                suffixes = [
                    whole[a:b] for a, b in zip(starts.tolist(), stops.tolist(), strict=True)
                ]
                keys = [tuple(one) if one.isascii() else _index(one) for one in suffixes]
            values: Iterable[int | bytes | Oid | None]
            if tag in _NUMBERS:
                values = numbers.view(np.uint64).tolist()
            elif tag == Tag.INTEGER:
                values = numbers.tolist()
            else:
                values = [
                    whole[a:b]
                    if kind in _OCTETS
                    else value
                    if kind == Tag.INTEGER
                    else value % 2**64
                    if kind in _NUMBERS
                    else _oid_value(whole[a:b])
                    if kind == Tag.OBJECT_IDENTIFIER
                    else None
                    for kind, value, a, b in zip(
                        tags.tolist(), numbers.tolist(), begun.tolist(), ended.tolist(), strict=True
                    )
                ]
            pairs = zip(repeat(tag) if tag else tags.tolist(), values, strict=False)
            rows = dict(zip(keys, map(_typed, pairs), strict=True))
            known = self._rows.get(root)
            self._rows[root] = rows if known is None else {**known, **rows, **known}

    def _below(self, root: bytes, base: Oid) -> dict[Index, Typed]:
        """Return the part of a walked subtree below one of its inner nodes."""
        if root not in self._walked:
            whole = decode_oid(root)
            rows = self._rows[root]
            order = sorted((whole + index, place) for place, index in enumerate(rows))
            self._walked[root] = order, list(rows.values())
        order, values = self._walked[root]
        first = bisect_left(order, (base,))
        last = bisect_left(order, ((*base[:-1], base[-1] + 1),))
        places = sorted((place, name) for name, place in order[first:last])
        return {name[len(base) :]: values[place] for place, name in places if name != base}
