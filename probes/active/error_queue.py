"""What routers answer to our packets, from the kernel's error queue; no privilege is needed.

Linux hands ICMP errors to the socket whose packet caused them (``IP_RECVERR``, ip(7); ipv6(7)):
who sent the error, its type and code, and for *too big* the MTU.
"""

from __future__ import annotations

import errno
import ipaddress
import socket
import struct
import sys
from collections.abc import Iterator
from dataclasses import dataclass

from ...topology.errors import SurroundingsError

__all__ = ["NetworkError", "ask_for_errors", "require_linux", "take_errors"]

# Python names none of these before 3.14; numbers of <linux/in.h>, <linux/in6.h>, <asm/socket.h>.
_IP_RECVERR, _IPV6_RECVERR = 11, 25
_ERROR = struct.Struct("=IBBBxII")  # struct sock_extended_err
_FROM_ICMP, _FROM_ICMPV6, _FROM_HERE = 2, 3, 1


@dataclass(frozen=True, slots=True)
class NetworkError:
    """An error that one of our packets met.

    Attributes
    ----------
    origin
        Address of the router or host that said so; None when it was this machine.
    destination
        Where the packet was going.
    port
        Its destination port; of an echo, nothing useful.
    kind
        ``hop-limit``, ``too-big``, ``port``, ``unreachable``, ``prohibited`` or ``other``.
    mtu_bytes
        Stated by *too big*.
    payload
        What the packet carried, as far as it came back.
    """

    origin: str | None
    destination: str
    port: int
    kind: str
    mtu_bytes: int | None
    payload: bytes

    @property
    def local(self) -> bool:
        """Whether it never left this machine."""
        return self.origin is None


def require_linux() -> None:
    """Raise where the kernel has no error queue."""
    if not sys.platform.startswith("linux"):
        raise SurroundingsError(
            "path, PMTU and loss probes need Linux, whose kernel tells unprivileged programs what "
            "routers answered; run the poller on Linux"
        )


def ask_for_errors(sock: socket.socket) -> None:
    """Make a socket keep the errors that its packets meet."""
    require_linux()
    if sock.family == socket.AF_INET6:
        sock.setsockopt(socket.IPPROTO_IPV6, _IPV6_RECVERR, 1)
    else:
        sock.setsockopt(socket.IPPROTO_IP, _IP_RECVERR, 1)


def _kind(source: int, icmp_type: int, code: int) -> str:
    if source == _FROM_ICMP:  # RFC 792, RFC 1812
        if icmp_type == 11:
            return "hop-limit"
        if icmp_type == 3:
            return {
                3: "port",
                4: "too-big",
                9: "prohibited",
                10: "prohibited",
                13: "prohibited",
            }.get(code, "unreachable")
    if source == _FROM_ICMPV6:  # RFC 4443
        if icmp_type == 3:
            return "hop-limit"
        if icmp_type == 2:
            return "too-big"
        if icmp_type == 1:
            return {1: "prohibited", 4: "port", 5: "prohibited", 6: "prohibited"}.get(
                code, "unreachable"
            )
    return "other"


def _local_kind(number: int) -> str:
    if number == errno.EMSGSIZE:
        return "too-big"
    return "unreachable" if number in (errno.ENETUNREACH, errno.EHOSTUNREACH) else "other"


def _offender(rest: bytes) -> str | None:
    """Read the sockaddr behind the error; None for ones without an address."""
    if len(rest) < 8:
        return None
    (family,) = struct.unpack_from("=H", rest)
    if family == socket.AF_INET:
        return str(ipaddress.IPv4Address(rest[4:8]))
    if family == socket.AF_INET6 and len(rest) >= 24:
        return str(ipaddress.IPv6Address(rest[8:24]))
    return None


def take_errors(sock: socket.socket, *, most: int = 1000) -> Iterator[NetworkError]:
    """Yield the errors that wait at a socket."""
    for _ in range(most):
        try:
            payload, ancillary, _, address = sock.recvmsg(
                2048, 512, socket.MSG_ERRQUEUE | socket.MSG_DONTWAIT
            )
        except OSError:  # nothing waits, or a pending error was reported in its place
            return
        for level, kind, data in ancillary:
            if (level, kind) not in (
                (socket.IPPROTO_IP, _IP_RECVERR),
                (socket.IPPROTO_IPV6, _IPV6_RECVERR),
            ) or len(data) < _ERROR.size:
                continue
            number, source, icmp_type, code, info, _ = _ERROR.unpack_from(data)
            here = source == _FROM_HERE
            what = _local_kind(number) if here else _kind(source, icmp_type, code)
            yield NetworkError(
                origin=None if here else _offender(data[_ERROR.size :]),
                destination=str(address[0]) if address else "",
                port=int(address[1]) if address else 0,
                kind=what,
                mtu_bytes=info if what == "too-big" and info else None,
                payload=payload,
            )
