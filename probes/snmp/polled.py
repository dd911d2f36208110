"""What a poll read, as a :class:`.values.MibView`: datagrams kept whole, values made when asked for.

A poll of a thousand devices reads half a million values and most readers want a few columns of
them. Replies stay as they came, with the places of names and values beside them; a column turns
into Python's objects when somebody asks for it, and then once.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping

from .ber import decode_oid, encode_oid
from .reading import Packed
from .values import EMPTY, Index, Oid, Tag, Typed

__all__ = ["PolledView"]

_NUMBERS = frozenset({Tag.COUNTER32, Tag.GAUGE32, Tag.TIME_TICKS, Tag.COUNTER64})
_OCTETS = frozenset({Tag.OCTET_STRING, Tag.IP_ADDRESS, Tag.OPAQUE})
_tuple = tuple.__new__


def _index(suffix: bytes) -> Index:
    """Return what follows a root; its numbers are known to be whole."""
    if suffix.isascii():
        return tuple(suffix)
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

    __slots__ = ("_columns", "_packed", "_plain", "_walked")

    def __init__(self) -> None:
        self._packed: list[tuple[tuple[bytes, ...], Packed]] = []
        self._plain: dict[bytes, list[tuple[Oid, Typed]]] = {}
        self._columns: dict[Oid, Mapping[Index, Typed]] = {}
        self._walked: dict[bytes, tuple[list[tuple[Oid, int]], list[Typed]]] = {}

    def add(
        self, roots: tuple[bytes, ...], rows: Packed | Iterable[tuple[int, Oid, Typed]]
    ) -> None:
        """Take rows of columns; ``roots`` are contents of identifiers by column."""
        self._columns.clear()
        self._walked.clear()
        if isinstance(rows, Packed):
            self._packed.append((roots, rows))
            return
        for column, name, typed in rows:
            self._plain.setdefault(roots[column], []).append((name, typed))

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

    def roots(self) -> tuple[Oid, ...]:
        """Return the columns and subtrees of which rows came."""
        return tuple(decode_oid(root) for root in self._roots())

    def __iter__(self) -> Iterator[tuple[Oid, Typed]]:
        """Yield every name with its value, root after root."""
        for root in self._roots():
            base = decode_oid(root)
            for index, typed in self.column(base).items():
                yield base + index, typed

    def _roots(self) -> list[bytes]:
        found = dict.fromkeys(self._plain)
        for roots, packed in self._packed:
            found |= dict.fromkeys(roots[n] for n in sorted(set(packed.places[:, 0].tolist())))
        return list(found)

    def _column(self, base: Oid) -> Mapping[Index, Typed]:
        wanted = encode_oid(base)
        rows: dict[Index, Typed] = {}
        for name, typed in self._plain.get(wanted, ()):
            rows.setdefault(name[len(base) :], typed)
        for roots, packed in self._packed:
            if wanted in roots:
                self._unpack(packed, roots.index(wanted), len(wanted), rows)
        if rows:
            return rows
        for root in self._roots():
            if wanted.startswith(root):
                rows |= self._below(root, base)
        return rows or EMPTY

    @staticmethod
    def _unpack(packed: Packed, column: int, skip: int, rows: dict[Index, Typed]) -> None:
        octets, places = packed
        number = int.from_bytes
        for _, begin, stop, tag, start, end in places[places[:, 0] == column].tolist():
            index = _index(octets[begin + skip : stop])
            if index in rows:
                continue
            content = octets[start:end]
            value: int | bytes | Oid | None
            if tag in _NUMBERS:
                value = number(content, "big")
            elif tag in _OCTETS:
                value = content
            elif tag == Tag.INTEGER:
                value = number(content, "big", signed=True)
            elif tag == Tag.OBJECT_IDENTIFIER:
                value = decode_oid(content)
            else:
                value = None
            rows[index] = _tuple(Typed, (tag, value))

    def _below(self, root: bytes, base: Oid) -> dict[Index, Typed]:
        """Return the part of a walked subtree below one of its inner nodes."""
        if root not in self._walked:
            whole = decode_oid(root)
            rows = self._column(whole)
            order = sorted((whole + index, place) for place, index in enumerate(rows))
            self._walked[root] = order, list(rows.values())
        order, values = self._walked[root]
        first = bisect_left(order, (base,))
        last = bisect_left(order, ((*base[:-1], base[-1] + 1),))
        places = sorted((place, name) for name, place in order[first:last])
        return {name[len(base) :]: values[place] for place, name in places if name != base}
