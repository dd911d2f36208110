"""Join a television group as a receiver would: how soon it comes, at what rate, with what loss.

The kernel sends the IGMP or MLD reports; no privilege is needed. The group is left when done, so
that the access link carries it no longer than asked.
"""

from __future__ import annotations

import contextlib
import ipaddress
import socket
import struct
import sys
import time
from dataclasses import dataclass

from ...topology.errors import SurroundingsError, UsageError
from .stream import StreamFigures, stream_figures

__all__ = ["GroupWatch", "watch_group"]

_IP_ADD_SOURCE_MEMBERSHIP = 39  # <linux/in.h>; RFC 3376, RFC 3678
_MCAST_JOIN_SOURCE_GROUP = 46
_ROOM = 8 * 1024 * 1024
_DROPS = 40  # SO_RXQ_OVFL
_MOST_BYTES = 256 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class GroupWatch:
    """What came of joining a group.

    Attributes
    ----------
    join_ms
        From the report to the first datagram; None when none came.
    figures
        Of what came.
    local_drops
        Datagrams that this machine was too slow for: loss that is not the network's.
    """

    group: str
    port: int
    source: str | None
    join_ms: float | None
    figures: StreamFigures
    local_drops: int

    @property
    def trustworthy(self) -> bool:
        """Whether loss can be laid to the network."""
        return self.local_drops == 0


def _storage(address: str, index: int = 0) -> bytes:
    """Return a ``struct sockaddr_storage`` of 128 bytes with an IPv6 address."""
    packed = socket.inet_pton(socket.AF_INET6, address)
    return struct.pack("=HHI16sI", socket.AF_INET6, 0, 0, packed, index).ljust(128, b"\0")


def _join(sock: socket.socket, group: str, source: str | None, interface: str) -> None:
    index = socket.if_nametoindex(interface) if interface else 0
    if sock.family == socket.AF_INET6:
        if source is None:
            request = socket.inet_pton(socket.AF_INET6, group) + struct.pack("=I", index)
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, request)
        else:
            request = struct.pack("=Ixxxx", index) + _storage(group) + _storage(source)
            sock.setsockopt(socket.IPPROTO_IPV6, _MCAST_JOIN_SOURCE_GROUP, request)
    elif source is None:  # struct ip_mreqn
        request = socket.inet_aton(group) + bytes(4) + struct.pack("=i", index)
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, request)
    else:  # struct ip_mreq_source names the interface by an address of it
        local = bytes(4) if not interface else _address_of(interface)
        request = socket.inet_aton(group) + local + socket.inet_aton(source)
        sock.setsockopt(socket.IPPROTO_IP, _IP_ADD_SOURCE_MEMBERSHIP, request)


def _address_of(interface: str) -> bytes:
    """Return the IPv4 address of an interface (SIOCGIFADDR, netdevice(7))."""
    import fcntl

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        name = interface.encode()[:15].ljust(40, b"\0")
        return fcntl.ioctl(sock.fileno(), 0x8915, name)[20:24]


def watch_group(
    group: str,
    port: int,
    *,
    seconds: float = 5.0,
    source: str | None = None,
    interface: str = "",
) -> GroupWatch:
    """Join a group, watch it for some seconds, and leave it.

    Parameters
    ----------
    group, source
        Multicast address, and for source-specific multicast (RFC 4607) who sends.
    port
        UDP port.
    seconds
        How long, 0.1 to 60.
    interface
        Which one to join on; the one the routes choose by default.

    Raises
    ------
    UsageError
        The address is no multicast group, families differ, or a limit is out of range.
    SurroundingsError
        This system or the interface cannot join.
    """
    try:
        address = ipaddress.ip_address(group)
        sender = None if source is None else ipaddress.ip_address(source)
    except ValueError:
        raise UsageError(f"{source or group!r} is no IP address") from None
    if not address.is_multicast:
        raise UsageError(f"{group} is no multicast group (224.0.0.0/4, ff00::/8)")
    if sender is not None and (sender.version != address.version or sender.is_multicast):
        raise UsageError(f"{source} cannot be the source of {group}: give a host of its family")
    if not (0 < port < 65536 and 0.1 <= seconds <= 60.0):
        raise UsageError("a watch takes a port of 1-65535 and 0.1 to 60 seconds")
    if not sys.platform.startswith("linux"):
        raise SurroundingsError("watching groups needs Linux; run the poller on Linux")
    arrivals: list[tuple[float, bytes]] = []
    drops = size = 0
    family = socket.AF_INET6 if address.version == 6 else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.setsockopt(socket.SOL_SOCKET, _DROPS, 1)
        with contextlib.suppress(OSError):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _ROOM)
        try:
            sock.bind((group, port))  # of the group alone: other traffic to the port is not ours
            start = time.monotonic()
            _join(sock, group, source, interface)
        except OSError as error:
            raise SurroundingsError(
                f"the group {group} cannot be joined{' on ' + interface if interface else ''}: "
                f"{error.strerror}; check the interface and its address"
            ) from None
        end = start + seconds
        while (left := end - time.monotonic()) > 0 and size < _MOST_BYTES:
            sock.settimeout(left)
            try:
                datagram, ancillary, _, _ = sock.recvmsg(65_536, 64)
            except TimeoutError:
                break
            arrivals.append((time.monotonic(), datagram))
            size += len(datagram)
            for level, kind, data in ancillary:
                if (level, kind) == (socket.SOL_SOCKET, _DROPS):
                    drops = struct.unpack("=I", data[:4])[0]
    return GroupWatch(
        group=group,
        port=port,
        source=source,
        join_ms=(arrivals[0][0] - start) * 1000.0 if arrivals else None,
        figures=stream_figures(arrivals),
        local_drops=drops,
    )
