"""S18: whether QUIC is over IPv6 where it is over IPv4, asked without speaking it.

A server must answer a first packet of a version that it does not know with the versions it does
(RFC 9000, 6.1), if the datagram has 1200 octets (14.1). The invariants of all versions (RFC 8999)
suffice for that: no keys, no library, no connection left behind.
"""

from __future__ import annotations

import asyncio
import secrets
import socket
from dataclasses import dataclass

from .findings import Finding, Heard
from .polite_wire import Silence, Wire, family_of

__all__ = ["QuicAnswer", "ask_versions", "first_packet", "judge_quic", "read_versions"]

PORT = 443
DATAGRAM_OCTETS = 1200
_RESERVED = 0x1A2A3A4A  # of the form ?a?a?a?a, kept free to exercise this (RFC 9000, 15)
_TRIES = 2
_WAIT_S = 1.0


@dataclass(frozen=True, slots=True)
class QuicAnswer:
    """What an address answers to a version that nobody knows.

    Attributes
    ----------
    versions
        That it knows; empty where it does not speak QUIC, or is silent.
    """

    address: str
    versions: tuple[int, ...]


def first_packet(destination: bytes, source: bytes) -> bytes:
    """Return a long-header packet of the reserved version, filled up to 1200 octets."""
    head = b"\xc0" + _RESERVED.to_bytes(4, "big")
    head += bytes([len(destination)]) + destination + bytes([len(source)]) + source
    return head + bytes(DATAGRAM_OCTETS - len(head))


def read_versions(packet: bytes, destination: bytes, source: bytes) -> tuple[int, ...]:
    """Return the versions of a Version Negotiation packet (RFC 8999, 6); empty for anything else."""
    echoed = bytes([len(source)]) + source + bytes([len(destination)]) + destination
    at = 5 + len(echoed)
    if len(packet) < at + 4 or not packet[0] & 0x80 or packet[1:5] != bytes(4):
        return ()
    if packet[5:at] != echoed or (len(packet) - at) % 4:
        return ()
    return tuple(int.from_bytes(packet[n : n + 4], "big") for n in range(at, len(packet), 4))


async def ask_versions(wire: Wire, address: str) -> QuicAnswer:
    """Ask an address which versions of QUIC it speaks."""
    destination, source = secrets.token_bytes(8), secrets.token_bytes(8)
    where, port = wire.place(address, PORT)
    loop = asyncio.get_running_loop()
    try:
        async with wire.turn(address):
            family = socket.AF_INET6 if family_of(where) == 6 else socket.AF_INET
            with socket.socket(family, socket.SOCK_DGRAM) as plug:
                plug.setblocking(False)
                plug.connect((where, port))
                for _ in range(_TRIES):
                    try:
                        async with asyncio.timeout(_WAIT_S):
                            await loop.sock_sendall(plug, first_packet(destination, source))
                            while True:
                                packet = await loop.sock_recv(plug, 4096)
                                if found := read_versions(packet, destination, source):
                                    return QuicAnswer(address, found)
                    except TimeoutError:
                        continue
    except (OSError, Silence):
        pass
    return QuicAnswer(address, ())


def judge_quic(over_v6: QuicAnswer | None, over_v4: QuicAnswer | None) -> Finding:
    """Judge S18: IPv6 has QUIC where IPv4 has it."""
    asked = [
        f"{one.address} UDP {PORT} QUIC version 0x{_RESERVED:08x}"
        for one in (over_v6, over_v4)
        if one
    ]
    answered = {
        name: [f"0x{version:08x}" for version in one.versions[:16]] if one else None
        for name, one in (("v6_versions", over_v6), ("v4_versions", over_v4))
    }
    heard = Heard(asked, answered)
    if over_v6 is None:
        return heard.not_applicable("no-aaaa")
    if over_v6.versions:
        return heard.passed()
    if over_v4 is None or not over_v4.versions:
        return heard.not_applicable("no-quic")
    return heard.failed("quic-v4-only", over_v6.address)
