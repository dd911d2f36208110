"""Recordings as ``snmpwalk -On`` prints them (also ``-One``, ``-OQn``, ``-Onx``).

``.1.3.6.1.2.1.2.2.1.8.1 = INTEGER: up(1)``: name, type, value. Strings and hex strings run over
several lines. With ``-Q`` the type is gone; then a number is an INTEGER unless its column is one
of the counters and gauges of the interfaces group, and the rest are strings: such a recording
says less, and what it cannot say is not made up.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator

from ...topology.errors import FileError
from ..snmp.values import Oid, Tag, Typed, oid
from .recordings import Recording, recording_of

__all__ = ["parse_walk"]

_START = re.compile(r"\s*\.?([0-9][0-9.]*)\s=(?:\s(.*))?", re.DOTALL)
_NUMBER = re.compile(r"(?:[\w .+/-]*\()?(-?[0-9]+)\)?(?:\s.*)?", re.DOTALL)
_TYPED = re.compile(r"([A-Za-z][A-Za-z0-9 -]*?):(?:\s(.*))?", re.DOTALL)
_NO_ROW = ("No more variables left", "No Such Object", "No Such Instance")

_TYPES = {
    "INTEGER": Tag.INTEGER,
    "Integer32": Tag.INTEGER,
    "Counter32": Tag.COUNTER32,
    "Counter64": Tag.COUNTER64,
    "Gauge32": Tag.GAUGE32,
    "Unsigned32": Tag.GAUGE32,
    "UInteger32": Tag.GAUGE32,
    "Timeticks": Tag.TIME_TICKS,
    "OID": Tag.OBJECT_IDENTIFIER,
    "IpAddress": Tag.IP_ADDRESS,
    "Network Address": Tag.IP_ADDRESS,
    "STRING": Tag.OCTET_STRING,
    "Hex-STRING": Tag.OCTET_STRING,
    "BITS": Tag.OCTET_STRING,
    "Opaque": Tag.OPAQUE,
    "NULL": Tag.NULL,
}

_IF, _IFX = (1, 3, 6, 1, 2, 1, 2, 2, 1), (1, 3, 6, 1, 2, 1, 31, 1, 1, 1)
_UNTYPED: dict[Oid, Tag] = {
    **{(*_IF, n): Tag.COUNTER32 for n in (10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20)},
    **{(*_IF, n): Tag.GAUGE32 for n in (5, 21)},
    (*_IF, 9): Tag.TIME_TICKS,
    **{(*_IFX, n): Tag.COUNTER32 for n in (2, 3, 4, 5)},
    **{(*_IFX, n): Tag.COUNTER64 for n in range(6, 14)},
    (*_IFX, 15): Tag.GAUGE32,
    (*_IFX, 19): Tag.TIME_TICKS,
    (1, 3, 6, 1, 2, 1, 1, 3): Tag.TIME_TICKS,
}
"""Numbers of IF-MIB and sysUpTime that are no INTEGER, for walks without types."""


def _statements(text: str) -> Iterator[tuple[int, str, str]]:
    """Yield line number, name and value, the lines of a value joined."""
    number, name, value = 0, "", ""
    for here, line in enumerate(text.removesuffix("\n").split("\n"), start=1):
        line = line.removesuffix("\r")
        match = _START.fullmatch(line)
        if match is not None:
            if name:
                yield number, name, value
            number, name, value = here, match[1], match[2] or ""
        elif name:
            value += "\n" + line
        elif line.strip():
            raise FileError(
                f"line {here}: {line[:60]!r} is not 'OID = TYPE: VALUE'; record with snmpwalk -On"
            )
    if name:
        yield number, name, value


def _string(text: str) -> bytes:
    if len(text) >= 2 and text[0] == text[-1] == '"':
        text = re.sub(r"\\(.)", r"\1", text[1:-1], flags=re.DOTALL)
    return text.encode("utf-8", "surrogateescape")


def _hex(text: str) -> bytes:
    """Read pairs of hex digits; what net-snmp adds in brackets or as text ends them."""
    pairs = []
    for word in text.split():
        if not re.fullmatch(r"[0-9A-Fa-f]{2}", word):
            break
        pairs.append(word)
    return bytes.fromhex("".join(pairs))


def _opaque(text: str) -> bytes:
    kind, _, number = text.partition(":")
    if kind.strip() == "Float":  # net-snmp's own wrapping: 9f 78 04 and four octets
        return b"\x9fx\x04" + struct.pack(">f", float(number))
    return _hex(text)


def _typed(tag: Tag, words: str, label: str) -> Typed:
    if tag in (Tag.INTEGER, Tag.COUNTER32, Tag.COUNTER64, Tag.GAUGE32, Tag.TIME_TICKS):
        match = _NUMBER.fullmatch(words.strip())
        if match is None:
            raise ValueError(f"{words[:40]!r} holds no number")
        return Typed(tag, int(match[1]))
    if tag == Tag.OBJECT_IDENTIFIER:
        return Typed(tag, oid(words))
    if tag == Tag.IP_ADDRESS:
        separator, base = (":", 16) if ":" in words else (".", 10)
        return Typed(tag, bytes(int(part, base) for part in words.strip().split(separator)))
    if tag == Tag.NULL:
        return Typed(tag, None)
    if tag == Tag.OPAQUE:
        return Typed(tag, _opaque(words))
    return Typed(tag, _hex(words) if label in ("Hex-STRING", "BITS") else _string(words))


def _untyped(name: Oid, words: str) -> Typed:
    text = words.strip()
    if text.lstrip("-").isdigit():
        tag = next((tag for base, tag in _UNTYPED.items() if name[: len(base)] == base), None)
        return Typed(tag or Tag.INTEGER, int(text))
    if re.fullmatch(r"\.[0-9]+(\.[0-9]+)+", text):
        return Typed(Tag.OBJECT_IDENTIFIER, oid(text))
    if re.fullmatch(r'"([0-9A-F]{2} )+"', text):
        return Typed(Tag.OCTET_STRING, _hex(text.strip('"')))
    return Typed(Tag.OCTET_STRING, _string(text))


def _value(name: Oid, words: str) -> Typed | None:
    if words.startswith(_NO_ROW):
        return None
    if words.startswith("Wrong Type"):  # net-snmp knows better; what came is behind the colon
        words = words.partition(": ")[2]
    match = _TYPED.fullmatch(words)
    tag = None if match is None else _TYPES.get(match[1])
    if match is None or tag is None:
        return _untyped(name, words) if words != "NULL" else Typed(Tag.NULL, None)
    return _typed(tag, match[2] or "", match[1])


def parse_walk(text: str, name: str) -> Recording:
    """Read what ``snmpwalk -On`` printed.

    Raises
    ------
    FileError
        A line is not of that form; the message names it.
    """

    def rows() -> Iterator[tuple[Oid, Typed]]:
        for number, numbers, words in _statements(text):
            try:
                object_name = oid(numbers)
                value = _value(object_name, words)
            except (ValueError, OverflowError) as error:
                raise FileError(f"line {number}: {error}; correct that line") from None
            if value is not None:
                yield object_name, value

    try:
        return recording_of(name, rows())
    except FileError as error:
        raise FileError(f"{name}, {error}") from None
