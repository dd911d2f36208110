"""SNMPv1 and v2c datagrams as an agent sees them: requests read, responses written.

Values are written as they were recorded, also those that no standard allows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..snmp.ber import (
    GET,
    GET_BULK,
    GET_NEXT,
    RESPONSE,
    BrokenBerError,
    decode_oid,
    encode_integer,
    encode_oid,
    encode_pdu_of,
    encode_varbind,
    read_header,
    tlv,
)
from ..snmp.values import Oid, Tag, Typed

__all__ = [
    "GEN_ERR", "GET", "GET_BULK", "GET_NEXT", "NO_SUCH_NAME", "TOO_BIG", "Request", "read_request",
    "response", "varbind",
]  # fmt: skip

TOO_BIG, NO_SUCH_NAME, GEN_ERR = 1, 2, 5


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


def _content(value: int | bytes | Oid | None, *, without_zero: bool) -> bytes:
    """Return the octets of a value whatever its tag says: devices do not ask the standard."""
    if value is None:
        return b""
    if isinstance(value, bytes):
        return value
    if isinstance(value, int):
        octets = value.to_bytes(value.bit_length() // 8 + 1, "big", signed=True)
        return octets[1:] if without_zero and len(octets) > 1 and octets[0] == 0 else octets
    return encode_oid(value) if len(value) > 1 else b""


def varbind(name: Oid, typed: Typed, *, without_zero: bool = False) -> bytes:
    """Write a name with its value; ``without_zero`` as firmware does that forgets the sign."""
    tag, value = typed
    content = _content(value, without_zero=without_zero and tag != Tag.INTEGER)
    return encode_varbind(encode_oid(name), tlv(tag, content))


def read_request(datagram: bytes) -> Request:
    """Read a request of version 1 or 2c.

    Raises
    ------
    BrokenBerError
        It is none.
    """
    tag, at, end = read_header(datagram, 0, len(datagram))
    if tag != 0x30:
        raise BrokenBerError("no message")
    parts: list[bytes] = []
    for wanted in (2, 4):
        tag, start, stop = read_header(datagram, at, end)
        if tag != wanted:
            raise BrokenBerError("head")
        parts.append(datagram[start:stop])
        at = stop
    version = int.from_bytes(parts[0], "big")
    if version not in (0, 1):
        raise BrokenBerError("version")
    kind, at, end = read_header(datagram, at, end)
    numbers: list[int] = []
    for _ in range(3):
        tag, start, stop = read_header(datagram, at, end)
        if tag != 2:
            raise BrokenBerError("body")
        numbers.append(int.from_bytes(datagram[start:stop], "big", signed=True))
        at = stop
    tag, at, end = read_header(datagram, at, end)
    if tag != 0x30:
        raise BrokenBerError("list")
    names: list[tuple[bytes, Oid]] = []
    raw: list[bytes] = []
    while at < end:
        tag, start, stop = read_header(datagram, at, end)
        inner, name_start, name_stop = read_header(datagram, start, stop)
        if tag != 0x30 or inner != 6:
            raise BrokenBerError("varbind")
        content = datagram[name_start:name_stop]
        names.append((content, decode_oid(content)))
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
    body = encode_pdu_of(RESPONSE, request.request_id, error, index, b"".join(varbinds))
    head = encode_integer(request.version) + tlv(4, request.community)
    return tlv(0x30, head + body)
