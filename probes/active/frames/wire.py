"""Bytes of a frame as text: addresses, prefixes, MACs, names, and the options of messages."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from socket import AF_INET, AF_INET6, inet_ntop

__all__ = [
    "domain_names",
    "long_options",
    "mac_text",
    "plain_text",
    "prefix_text",
    "short_options",
    "v4_text",
    "v6_text",
]

_TEXT = 200  # characters of a device's text that are kept


def mac_text(raw: bytes) -> str:
    """Return a MAC as ``02:00:00:00:00:01``."""
    return raw.hex(":")


def v6_text(raw: bytes) -> str:
    """Return sixteen bytes as an IPv6 address (RFC 5952)."""
    return inet_ntop(AF_INET6, raw)


def v4_text(raw: bytes) -> str:
    """Return four bytes as an IPv4 address, or as an identifier of a router or an area."""
    return inet_ntop(AF_INET, raw)


def prefix_text(raw: bytes, bits: int) -> str:
    """Return an IPv6 prefix of up to sixteen bytes, with what lies behind it as zeros.

    Raises
    ------
    ValueError
        It would be longer than 128 bits.
    """
    if bits == 64 and len(raw) >= 8:
        return f"{inet_ntop(AF_INET6, raw[:8] + bytes(8))}/64"
    if bits > 128:
        raise ValueError("a prefix has at most 128 bits")
    whole, rest = divmod(bits, 8)
    kept = raw[:whole]
    if rest and len(raw) > whole:
        kept += bytes((raw[whole] & 0xFF00 >> rest,))
    return f"{inet_ntop(AF_INET6, kept.ljust(16, bytes(1)))}/{bits}"


def plain_text(raw: bytes) -> str:
    """Return text of a device with what does not print made harmless, at most 200 characters."""
    shown = raw[: 4 * _TEXT].decode("utf-8", "replace")
    return "".join(c if c.isprintable() else "�" for c in shown)[:_TEXT]


def domain_names(raw: bytes) -> list[str]:
    """Read names in DNS form without compression, padded with zeros (RFC 8106, section 5.2)."""
    names: list[str] = []
    labels: list[str] = []
    at, end = 0, len(raw)
    while at < end:
        size = raw[at]
        at += 1
        if size == 0:
            if labels:
                names.append(".".join(labels))
            labels = []
        elif size > 63 or at + size > end:
            return names
        else:
            labels.append(plain_text(raw[at : at + size]))
            at += size
    return names


def short_options(body: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield options of neighbour discovery, whole; a length that lies ends them as kind -1."""
    at, end = 0, len(body)
    while at < end:
        size = 8 * body[at + 1] if at + 1 < end else 0
        if not size or at + size > end:
            yield -1, b""
            return
        yield body[at], body[at : at + size]
        at += size


def long_options(body: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield options of DHCPv6, without their heads; a length that lies ends them as kind -1."""
    at, end = 0, len(body)
    while at < end:
        if end - at < 4:
            yield -1, b""
            return
        kind, size = struct.unpack_from("!HH", body, at)
        at += 4
        if at + size > end:
            yield -1, b""
            return
        yield kind, body[at : at + size]
        at += size
