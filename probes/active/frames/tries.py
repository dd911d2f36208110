"""Packets that try what a way lets through: echoes behind extension headers, and Packet Too Big.

Built by the helper process (:mod:`.helper`), which sends them; nothing here needs a right. Answers
are known by a token of the asker's own that every echo carries at its beginning: headers between
it and the packet's own do not matter, which pairing requests with replies gets wrong.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from dataclasses import dataclass
from struct import pack
from typing import Any

__all__ = ["HEADERS", "TOKEN_BYTES", "TRIES", "Try", "echo_packet", "too_big_packet"]

HEADERS = ("plain", "destination", "hop-by-hop", "fragment")
"""What stands before an echo; the token is followed by the place in here and the try's number."""

TOKEN_BYTES = 8
_OPTION = 0x1E  # for experiments, to be skipped by who does not know it (RFC 4727, section 3.4)
_LONG_BYTES, _TOLD_BYTES = 1300, 1280  # of a whole packet, and the least MTU (RFC 8200, section 5)
_MOST_TRIES = 10


@dataclass(frozen=True, slots=True)
class Try:
    """Packets to send, and what to send next.

    Attributes
    ----------
    target, source
        IPv6 addresses, without zones.
    opening
        Packets to begin with, in their order.
    token
        That answers carry.
    follow
        Gives the packets that a frame calls for; none for most.
    """

    target: str
    source: str
    opening: tuple[bytes, ...]
    token: bytes
    follow: Callable[[bytes], tuple[bytes, ...]]


def _packet(source: str, target: str, following: int, payload: bytes) -> bytes:
    ends = ipaddress.IPv6Address(source).packed + ipaddress.IPv6Address(target).packed
    return pack("!IHBB", 0x6000_0000, len(payload), following, 64) + ends + payload


def _icmpv6(source: str, target: str, kind: int, content: bytes) -> bytes:
    """Return an ICMPv6 message with code 0 and its checksum (RFC 4443, section 2.3)."""
    ends = ipaddress.IPv6Address(source).packed + ipaddress.IPv6Address(target).packed
    size = 4 + len(content)
    covered = ends + pack("!II", size, 58) + pack("!BBH", kind, 0, 0) + content
    covered += bytes(len(covered) % 2)
    total = sum(int.from_bytes(covered[k : k + 2]) for k in range(0, len(covered), 2))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return pack("!BBH", kind, 0, ~total & 0xFFFF) + content


def echo_packet(
    source: str, target: str, content: bytes, *, behind: str = "plain"
) -> tuple[bytes, ...]:
    """Return an echo request behind a header of 8 bytes, as one packet or as two fragments.

    Parameters
    ----------
    content
        What the reply repeats: the token, a place in :data:`HEADERS` and a number, and filling.
    behind
        One of :data:`HEADERS`.
    """
    identity = content[:2]
    body = _icmpv6(source, target, 128, identity + pack("!H", content[-1]) + content)
    if behind == "plain":
        return (_packet(source, target, 58, body),)
    if behind == "fragment":  # real ones: fragments that are alone are no longer sent (RFC 8021)
        cut = (len(body) // 2 + 7) // 8 * 8
        first = pack("!BBH4s", 58, 0, 1, content[:4])
        second = pack("!BBH4s", 58, 0, cut, content[:4])
        return (
            _packet(source, target, 44, first + body[:cut]),
            _packet(source, target, 44, second + body[cut:]),
        )
    head = pack("!BBBB4x", 58, 0, _OPTION, 4)
    return (_packet(source, target, 0 if behind == "hop-by-hop" else 60, head + body),)


def too_big_packet(source: str, target: str, quoted: bytes) -> bytes:
    """Return a Packet Too Big of 1280 bytes about a packet that the target sent to the source."""
    room = _TOLD_BYTES - 48  # the report itself stays within the least MTU (RFC 4443, 2.4 c)
    content = pack("!I", _TOLD_BYTES) + quoted[:room]
    return _packet(source, target, 58, _icmpv6(source, target, 2, content))


def _token(options: dict[str, Any]) -> bytes:
    token = bytes.fromhex(str(options["token"]))
    if len(token) != TOKEN_BYTES:
        raise ValueError(f"a token has {TOKEN_BYTES} bytes")
    return token


def _headers(source: str, target: str, options: dict[str, Any]) -> Try:
    token, tries = _token(options), min(max(int(options["tries"]), 1), _MOST_TRIES)
    kinds = [str(kind) for kind in options["headers"]]
    opening = tuple(
        packet
        for number in range(tries)
        for kind in kinds
        for packet in echo_packet(
            source,
            target,
            # Long enough that the first of two fragments holds the token.
            token + bytes((HEADERS.index(kind), number)) + bytes(69) + bytes((number,)),
            behind=kind,
        )
    )
    return Try(target, source, opening, token, lambda frame: ())


def _too_big(source: str, target: str, options: dict[str, Any]) -> Try:
    """Say once, after the first long reply, that it was too big, and ask for two more."""
    token = _token(options)
    filling = bytes(_LONG_BYTES - 48 - TOKEN_BYTES - 3)

    def long_echo(number: int) -> bytes:
        content = token + bytes((0, number)) + filling + bytes((number,))
        return echo_packet(source, target, content)[0]

    told = False

    def follow(frame: bytes) -> tuple[bytes, ...]:
        nonlocal told
        reply = frame[20] == 58 and frame[54] == 129
        # A host that was told before sends fragments at once; it is told again, and is the same.
        if told or not (reply or frame[20] == 44):
            return ()
        told = True
        return too_big_packet(source, target, frame[14:]), long_echo(1), long_echo(2)

    return Try(target, source, (long_echo(0),), token, follow)


TRIES: dict[str, Callable[[str, str, dict[str, Any]], Try]] = {
    "header-echoes": _headers,
    "too-big": _too_big,
}
"""What can be tried on the way to a target."""
