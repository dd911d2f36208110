"""Object identifiers and typed values, as they stand on the wire (RFC 2578, RFC 3416)."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from typing import NamedTuple, Protocol

__all__ = ["EMPTY", "Index", "MibView", "Oid", "Tag", "Typed", "oid", "oid_text"]

Oid = tuple[int, ...]
"""An object identifier: its sub-identifiers from the root on."""

Index = tuple[int, ...]
"""What follows a column's identifier: names the row."""


class Tag(IntEnum):
    """BER tags of SNMP values; kept with every value, since only they tell a counter's width."""

    INTEGER = 0x02
    OCTET_STRING = 0x04
    NULL = 0x05
    OBJECT_IDENTIFIER = 0x06
    IP_ADDRESS = 0x40
    COUNTER32 = 0x41
    GAUGE32 = 0x42
    TIME_TICKS = 0x43
    OPAQUE = 0x44
    COUNTER64 = 0x46
    NO_SUCH_OBJECT = 0x80
    NO_SUCH_INSTANCE = 0x81
    END_OF_MIB_VIEW = 0x82


class Typed(NamedTuple):
    """A value with the tag it came with.

    ``value`` is an int for integers, counters, gauges and ticks, bytes for strings, opaques and
    IP addresses, an :data:`Oid` for identifiers and None for NULL and the three exceptions.
    """

    tag: int
    value: int | bytes | Oid | None


EMPTY: Mapping[Index, Typed] = {}


class MibView(Protocol):
    """What is known of one agent's objects: a poll's answer, or a recording of one."""

    def scalar(self, base: Oid, /) -> Typed | None:
        """Return the instance ``base.0``; None when the agent did not give it."""
        ...

    def column(self, base: Oid, /) -> Mapping[Index, Typed]:
        """Return the rows below ``base`` by index, in the agent's order; empty when none came."""
        ...


def oid(text: str) -> Oid:
    """Read an identifier written with dots; a leading dot is allowed.

    Raises
    ------
    ValueError
        It is empty or holds something else than numbers of 0..2^32 - 1.
    """
    parts = text.strip().removeprefix(".").split(".")
    if not all(part.isascii() and part.isdigit() for part in parts):
        raise ValueError(f"{text!r} is not an object identifier; write numbers with dots")
    numbers = tuple(int(part) for part in parts)
    if any(number >= 2**32 for number in numbers):
        raise ValueError(f"{text!r} has a number of 2^32 or more, which no identifier can hold")
    return numbers


def oid_text(numbers: Oid) -> str:
    """Write an identifier with dots, without a leading one."""
    return ".".join(map(str, numbers))
