"""Typed SNMP values as plain ones: numbers, text, hardware addresses, times.

Agents put counters into strings, gauges into integers and nothing into rows that exist. What can
be read without a guess is read, and the breach is noted; what cannot is None.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from ipaddress import IPv4Address, IPv6Address, ip_address

from ..snmp.values import Index, Oid, Tag, Typed
from .records import Counter, Oddity

__all__ = [
    "Notes",
    "counter",
    "ip_value",
    "mac",
    "moment",
    "number",
    "octets",
    "seconds",
    "text",
    "truth",
    "whole",
    "word",
]

_MOST_TEXT = 1000
_NUMBER_TAGS = (Tag.INTEGER, Tag.COUNTER32, Tag.GAUGE32, Tag.TIME_TICKS, Tag.COUNTER64)
_WHOLE = re.compile(r"[+-]?[0-9]{1,20}")
_DECIMAL = re.compile(
    r"[+-]?(?:[0-9]{1,20}(?:\.[0-9]{0,20})?|\.[0-9]{1,20})(?:[eE][+-]?[0-9]{1,3})?"
)
_GB2312 = re.compile(rb"(?:[\x00-\x7f]|[\xa1-\xf7][\xa1-\xfe])*")
_HEX_PAIRS = re.compile(r"[0-9A-Fa-f]{1,2}(?:[:\- ][0-9A-Fa-f]{1,2}){5}")
_HEX_QUADS = re.compile(r"[0-9A-Fa-f]{4}(?:\.[0-9A-Fa-f]{4}){2}|[0-9A-Fa-f]{12}")

Notes = list[Oddity]
"""Where a reading writes down what broke its MIB."""


def _note(notes: Notes | None, kind: str, where: str, detail: str) -> None:
    if notes is not None:
        notes.append(Oddity(kind, where, detail))


def text(typed: Typed | None) -> str:
    """Return a string value without control characters, at most 1,000 characters long.

    UTF-8 first, then GB 2312 (in pairs of high octets alone, so that Latin-1 umlauts are not
    taken for Chinese), then Latin-1. Numbers are written out; empty when there is no value.
    """
    if typed is None or typed.value is None:
        return ""
    value = typed.value
    if isinstance(value, bytes) and len(value) < _MOST_TEXT and value.isascii():
        plain = value.decode("ascii")
        if plain.isprintable() and "  " not in plain:
            return plain.strip()
    if isinstance(value, int):
        return str(value)
    if isinstance(value, tuple):
        return ".".join(map(str, value))
    value = value.split(b"\0", 1)[0] if value[:1] != b"\0" else value.strip(b"\0")
    try:
        decoded = value.decode("utf-8")
    except UnicodeDecodeError:
        chinese = _GB2312.fullmatch(value) is not None
        decoded = value.decode("gb18030" if chinese else "latin-1", "replace")
    kept = "".join(c if c.isprintable() else " " for c in decoded[: _MOST_TEXT * 2])
    return " ".join(kept.split())[:_MOST_TEXT]


def octets(typed: Typed | None) -> bytes | None:
    """Return the octets of a string value."""
    return typed.value if typed is not None and isinstance(typed.value, bytes) else None


def whole(typed: Typed | None, where: str = "", notes: Notes | None = None) -> int | None:
    """Return a whole number, also one that an agent wrote as text, which is then noted."""
    if typed is None or typed.tag in (Tag.NO_SUCH_OBJECT, Tag.NO_SUCH_INSTANCE):
        return None
    value = typed.value
    if isinstance(value, int):
        if typed.tag not in _NUMBER_TAGS:
            _note(notes, "wrong-type", where, f"tag 0x{typed.tag:02x} with the number {value}")
        return value
    if isinstance(value, bytes):
        written = value.strip(b"\0 \t\r\n").decode("latin-1")
        if _WHOLE.fullmatch(written):
            _note(notes, "text-for-number", where, f"the text {written!r} for a number")
            return int(written)
        _note(notes, "wrong-type", where, f"{len(value)} octets for a number")
        return None
    if value is None:
        _note(notes, "null-for-number", where, "NULL for a number")
        return None
    _note(notes, "wrong-type", where, "an object identifier for a number")
    return None


def number(typed: Typed | None) -> float | None:
    """Return a number; text may hold decimals and a unit behind it, as in ``50.0 W``.

    Examples
    --------
    >>> number(Typed(4, b"-12.5 dBm")), number(Typed(2, 7)), number(Typed(4, b"n/a"))
    (-12.5, 7.0, None)
    """
    if typed is None:
        return None
    value = typed.value
    if isinstance(value, int):
        return float(value)
    if not isinstance(value, bytes):
        return None
    written = value.strip(b"\0 \t\r\n\"'").decode("latin-1").replace(",", ".")
    found = _DECIMAL.match(written)
    if found is None or written[found.end() : found.end() + 1] in ("/", ":", ".", "-"):
        return None
    return float(found.group())


def counter(
    typed: Typed | None, bits: int, where: str = "", notes: Notes | None = None
) -> Counter | None:
    """Return a counter of a column that should be so many bits wide.

    The tag decides where it differs: a "64-bit" column sent as Counter32 turns over at 2^32. Text
    with digits and eight octets (a Counter64 in a string) are read and noted.
    """
    if typed is None:
        return None
    value = typed.value
    if isinstance(value, bytes) and len(value) == 8 and not value.strip().isdigit():
        _note(notes, "wrong-type", where, "a counter in a string of 8 octets")
        return Counter(int.from_bytes(value, "big"), 64)
    read = whole(typed, where, notes)
    if read is None:
        return None
    narrow = typed.tag in (Tag.COUNTER32, Tag.GAUGE32, Tag.INTEGER, Tag.TIME_TICKS)
    expected = Tag.COUNTER64 if bits == 64 else Tag.COUNTER32
    if typed.tag in _NUMBER_TAGS and typed.tag != expected:
        _note(notes, "wrong-type", where, f"tag 0x{typed.tag:02x} for a {bits}-bit counter")
        bits = 32 if narrow else 64
    if -(2 ** (bits - 1)) <= read < 0:
        _note(notes, "negative", where, f"{read}: the leading zero octet is missing")
        read += 2**bits
    if not 0 <= read < 2**64:
        _note(notes, "too-large", where, f"{read} does not fit a counter")
        return None
    return Counter(read, 64 if read >= 2**32 else bits)


def seconds(typed: Typed | None) -> float | None:
    """Return a time in hundredths of a second (TimeTicks) as seconds."""
    ticks = whole(typed)
    return None if ticks is None or ticks < 0 else ticks / 100


def truth(typed: Typed | None) -> bool | None:
    """Return a TruthValue: 1 is yes, 2 is no, anything else is unknown."""
    return {1: True, 2: False}.get(whole(typed) or 0)


def word(typed: Typed | None, words: Mapping[int, str]) -> str | None:
    """Return the word of an enumeration; the number itself where the table has no word for it."""
    found = whole(typed)
    return None if found is None else words.get(found, str(found))


def mac(typed: Typed | None) -> str | None:
    """Return a hardware address as ``aa:bb:cc:dd:ee:ff``; None when empty or all zero.

    Six octets, or text with colons, hyphens, dots or none. Longer addresses (InfiniBand, EUI-64)
    are written alike.

    Examples
    --------
    >>> mac(Typed(4, b"0:1a:2b:3c:4d:5e")), mac(Typed(4, bytes(6))), mac(None)
    ('00:1a:2b:3c:4d:5e', None, None)
    """
    value = octets(typed)
    if not value:
        return None
    if len(value) > 8:
        written = value.strip(b"\0 ").decode("latin-1")
        if _HEX_PAIRS.fullmatch(written):
            value = bytes(int(pair, 16) for pair in re.split("[:\\- ]", written))
        elif _HEX_QUADS.fullmatch(written):
            value = bytes.fromhex(written.replace(".", ""))
        elif len(value) > 20:
            return None
    return value.hex(":") if any(value) else None


def moment(typed: Typed | None) -> str | None:
    """Return a DateAndTime (RFC 2579) as ``2016-06-03T15:50:16``; None when unset or impossible."""
    value = octets(typed)
    if value is None or len(value) not in (8, 11):
        return None
    year = int.from_bytes(value[:2], "big")
    month, day, hour, minute, second = value[2:7]
    if not (year and 1 <= month <= 12 and 1 <= day <= 31 and hour < 24 and minute < 60):
        return None
    return f"{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{min(second, 60):02}"


def ip_value(typed: Typed | None) -> IPv4Address | IPv6Address | None:
    """Return an address value: 4 or 16 octets (a zone behind them is passed over), or text."""
    value = octets(typed)
    if value is None:
        return None
    if len(value) in (4, 8):
        return IPv4Address(value[:4])
    if len(value) in (16, 20) and not value.isascii():
        return IPv6Address(value[:16])
    try:
        return ip_address(value.decode("ascii").strip("\0 ").partition("%")[0])
    except ValueError:
        return IPv6Address(value[:16]) if len(value) in (16, 20) else None


def where_is(name: str, index: Index | Oid) -> str:
    """Return the name of a cell for people."""
    return ".".join((name, *map(str, index)))
