"""Sockets that know how much they can hold and how much the kernel dropped at them.

Replies of many agents meet in one receive buffer. The kernel charges each datagram with more than
its octets, and what does not fit is dropped without a word; to a poller that looks like silence of
an agent. So each port counts what the questions in flight can bring back against the buffer it
really got, more ports are opened where one does not suffice, and drops are read from the socket
itself (``SO_MEMINFO``, Linux 4.12). Where a system does not count them, the count stays 0 and the
bookkeeping alone protects.
"""

from __future__ import annotations

import errno
import socket
import struct
import sys
from contextlib import suppress
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import NamedTuple

from .agents import Agent

__all__ = ["WANTED_OCTETS", "Place", "Port", "Trouble", "place_of", "reply_charge"]

WANTED_OCTETS = 32_000_000
"""Receive buffer asked for where this process may exceed the system's limit (CAP_NET_ADMIN)."""

# Numbers of Linux that Python's socket module does not name.
_SO_RCVBUFFORCE, _SO_MEMINFO, _IP_RECVERR, _IPV6_RECVERR = 33, 55, 11, 25
_MEMINFO = struct.Struct("9I")
_ERROR = struct.Struct("IBBBB")
_LINUX = sys.platform == "linux"
_LONGEST = 65_535

Place = tuple[str, int] | tuple[str, int, int, int]
"""A socket address."""


class Trouble(NamedTuple):
    """What the network reported about a datagram that was sent to a place."""

    place: Place
    number: int  # of the error: ECONNREFUSED, EHOSTUNREACH, ...


def reply_charge(octets: int) -> int:
    """Return what the kernel charges at most for a datagram of so many octets."""
    # Measured on Linux 6: 768 for the smallest; buffers come in powers of two from 512 on.
    return 768 + (1 << max(9, octets.bit_length()))


def place_of(agent: Agent) -> tuple[int, Place]:
    """Return family and socket address of an agent.

    Raises
    ------
    OSError
        The zone of its address is no interface of this machine.
    ValueError
        Its address is no IP literal.
    """
    address: IPv4Address | IPv6Address = ip_address(agent.address)
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    if isinstance(address, IPv4Address):
        return socket.AF_INET, (str(address), agent.port)
    zone = address.scope_id
    scope = 0
    if zone is not None:
        scope = int(zone) if zone.isdigit() else socket.if_nametoindex(zone)
    return socket.AF_INET6, (str(address).partition("%")[0], agent.port, 0, scope)


class Port:
    """A non-blocking UDP socket with its bookkeeping.

    Attributes
    ----------
    capacity
        Octets of replies, as the kernel charges them, that it holds for certain.
    charged
        Octets that the questions in flight can bring back.
    dropped
        Datagrams dropped here since it was opened, as last read.
    troubles
        What the network reported about datagrams sent from here; the reader empties it.
    """

    def __init__(self, family: int, *, wanted_octets: int = WANTED_OCTETS) -> None:
        self.socket = socket.socket(family, socket.SOCK_DGRAM)
        self.socket.setblocking(False)
        self.charged = 0
        self.dropped = 0
        self.troubles: list[Trouble] = []
        if family == socket.AF_INET6:
            self.socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        if _LINUX:
            level = socket.IPPROTO_IPV6 if family == socket.AF_INET6 else socket.IPPROTO_IP
            option = _IPV6_RECVERR if family == socket.AF_INET6 else _IP_RECVERR
            self.socket.setsockopt(level, option, 1)
        with suppress(OSError):
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, wanted_octets)
        if _LINUX:
            with suppress(PermissionError):
                self.socket.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, wanted_octets)
        held = self.socket.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF)
        # A quarter is kept for replies that come late, or larger than was asked for.
        self.capacity = held * 3 // 4
        self._buffer = bytearray(_LONGEST)
        self._view = memoryview(self._buffer)

    def takes(self, charge: int) -> bool:
        """Tell whether a reply of this charge is sure to find room."""
        return self.charged == 0 or self.charged + charge <= self.capacity

    def send(self, datagram: bytes, place: Place) -> int:
        """Send; return 0, or the number of the error that kept it here."""
        for _ in range(3):
            try:
                self.socket.sendto(datagram, place)
            except OSError as error:
                # An error of an earlier datagram is told at the next call, whatever that is for.
                if self._reported():
                    continue
                return error.errno or errno.EIO
            return 0
        return errno.EAGAIN

    def receive(self) -> tuple[bytes, Place] | None:
        """Return the next datagram and where it came from; None when there is none."""
        while True:
            try:
                size, place = self.socket.recvfrom_into(self._buffer)
            except BlockingIOError:
                return None
            except OSError:
                self._reported()  # the error of a datagram that was sent
                continue
            return bytes(self._view[:size]), place

    def _reported(self) -> bool:
        """Take what the network reported from the error queue; tell whether there was anything."""
        found = False
        while _LINUX:
            try:
                _, ancillary, _, place = self.socket.recvmsg(0, 512, socket.MSG_ERRQUEUE)
            except OSError:
                break
            found = True
            for _, _, content in ancillary:
                number, origin, *_ = _ERROR.unpack_from(content)
                if origin in (2, 3):  # ICMP, ICMPv6: from the network, not from this machine
                    self.troubles.append(Trouble(place, number))
        return found

    def new_drops(self) -> int:
        """Return how many datagrams the kernel dropped here since this was last asked."""
        if not _LINUX:
            return 0
        try:
            content = self.socket.getsockopt(socket.SOL_SOCKET, _SO_MEMINFO, _MEMINFO.size)
            dropped = int(_MEMINFO.unpack(content)[8])
        except (OSError, struct.error):
            return 0
        new = (dropped - self.dropped) % 2**32
        self.dropped = dropped
        return new

    def close(self) -> None:
        """Give the socket back."""
        self.socket.close()
