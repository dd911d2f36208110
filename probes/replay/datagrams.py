"""SNMPv1 and v2c datagrams as an agent sees them: requests read, responses written (BER, X.690)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..snmp.values import Oid, Tag, Typed

__all__ = [
    "GEN_ERR", "GET", "GET_BULK", "GET_NEXT", "NO_SUCH_NAME", "TOO_BIG", "BrokenError", "Request",
    "encoded_oid", "read_request", "response", "tlv", "varbind",
]  # fmt: skip

GET, GET_NEXT, RESPONSE, GET_BULK = 0xA0, 0xA1, 0xA2, 0xA5
TOO_BIG, NO_SUCH_NAME, GEN_ERR = 1, 2, 5


class BrokenError(ValueError):
    """A datagram is no SNMP request."""


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked. ``names`` holds the octets and the numbers of each name."""

    version: int
    community: bytes
    kind: int
    request_id: int
    non_repeaters: int
    max_repetitions: int
    names: tuple[tuple[bytes, Oid], ...]
    raw_varbinds: list[bytes]


def tlv(tag: int, content: bytes) -> bytes:
    """Write tag, length and content."""
    length = len(content)
    if length < 0x80:
        return bytes((tag, length)) + content
    size = (length.bit_length() + 7) // 8
    return bytes((tag, 0x80 | size)) + length.to_bytes(size, "big") + content


def encoded_oid(name: Oid) -> bytes:
    """Return the content octets of a name (X.690 8.19)."""
    if len(name) < 2:
        return b"\x00" if not name else bytes((name[0] * 40,))
    octets = bytearray()
    for number in (name[0] * 40 + name[1], *name[2:]):
        if number < 0x80:
            octets.append(number)
            continue
        parts = [number & 0x7F]
        number >>= 7
        while number:
            parts.append(number & 0x7F | 0x80)
            number >>= 7
        octets.extend(reversed(parts))
    return bytes(octets)


def _integer(value: int) -> bytes:
    return value.to_bytes(value.bit_length() // 8 + 1, "big", signed=True)


def _content(value: int | bytes | Oid | None, *, without_zero: bool) -> bytes:
    if value is None:
        return b""
    if isinstance(value, bytes):
        return value
    if isinstance(value, int):
        octets = _integer(value)
        return octets[1:] if without_zero and len(octets) > 1 and octets[0] == 0 else octets
    return encoded_oid(value)


def varbind(name: Oid, typed: Typed, *, without_zero: bool = False) -> bytes:
    """Write a name with its value; ``without_zero`` as firmware does that forgets the sign."""
    tag, value = typed
    content = _content(value, without_zero=without_zero and tag != Tag.INTEGER)
    return tlv(0x30, tlv(6, encoded_oid(name)) + tlv(tag, content))


def _read(octets: bytes, at: int, end: int) -> tuple[int, int, int]:
    """Return tag, start and end of the content at a place."""
    if at + 2 > end:
        raise BrokenError("cut short")
    tag, length = octets[at], octets[at + 1]
    at += 2
    if length & 0x80:
        size = length & 0x7F
        if not 1 <= size <= 4 or at + size > end:
            raise BrokenError("length")
        length = int.from_bytes(octets[at : at + size], "big")
        at += size
    if at + length > end:
        raise BrokenError("cut short")
    return tag, at, at + length


def _read_oid(content: bytes) -> Oid:
    if not content or content[-1] & 0x80:
        raise BrokenError("name")
    numbers: list[int] = []
    number = 0
    for octet in content:
        number = number << 7 | octet & 0x7F
        if not octet & 0x80:
            numbers.append(number)
            number = 0
    first = min(numbers[0] // 40, 2)
    return (first, numbers[0] - 40 * first, *numbers[1:])


def read_request(datagram: bytes) -> Request:
    """Read a request of version 1 or 2c.

    Raises
    ------
    BrokenError
        It is none.
    """
    tag, at, end = _read(datagram, 0, len(datagram))
    if tag != 0x30:
        raise BrokenError("no message")
    parts: list[bytes] = []
    for wanted in (2, 4):
        tag, start, stop = _read(datagram, at, end)
        if tag != wanted:
            raise BrokenError("head")
        parts.append(datagram[start:stop])
        at = stop
    version = int.from_bytes(parts[0], "big")
    if version not in (0, 1):
        raise BrokenError("version")
    kind, at, end = _read(datagram, at, end)
    numbers: list[int] = []
    for _ in range(3):
        tag, start, stop = _read(datagram, at, end)
        if tag != 2:
            raise BrokenError("body")
        numbers.append(int.from_bytes(datagram[start:stop], "big", signed=True))
        at = stop
    tag, at, end = _read(datagram, at, end)
    if tag != 0x30:
        raise BrokenError("list")
    names: list[tuple[bytes, Oid]] = []
    raw: list[bytes] = []
    while at < end:
        tag, start, stop = _read(datagram, at, end)
        inner, name_start, name_stop = _read(datagram, start, stop)
        if tag != 0x30 or inner != 6:
            raise BrokenError("varbind")
        content = datagram[name_start:name_stop]
        names.append((content, _read_oid(content)))
        raw.append(datagram[at:stop])
        at = stop
    return Request(
        version, parts[1], kind, numbers[0], max(0, numbers[1]), max(0, numbers[2]),
        tuple(names), raw,
    )  # fmt: skip


def response(
    request: Request, varbinds: Sequence[bytes], *, error: int = 0, index: int = 0
) -> bytes:
    """Write the response to a request."""
    body = (
        tlv(2, _integer(request.request_id))
        + tlv(2, _integer(error))
        + tlv(2, _integer(index))
        + tlv(0x30, b"".join(varbinds))
    )
    head = tlv(2, _integer(request.version)) + tlv(4, request.community)
    return tlv(0x30, head + tlv(RESPONSE, body))
