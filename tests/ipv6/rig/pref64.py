"""A router that tells the NAT64 prefix in its advertisements (RFC 8781): radvd 2.19 cannot.

Run as a program with the standard library alone: ``pref64.py INTERFACE PREFIX``. It speaks for the
router beside it, with the same header, and answers whoever solicits.
"""

from __future__ import annotations

import ipaddress
import socket
import struct
import sys

_ALL_NODES, _ALL_ROUTERS = "ff02::1", "ff02::2"


def _advert(prefix: ipaddress.IPv6Network) -> bytes:
    code = (96, 64, 56, 48, 40, 32).index(prefix.prefixlen)
    header = struct.pack("!BBHBBHII", 134, 0, 0, 64, 0xC0, 1800, 0, 0)
    return (
        header
        + struct.pack("!BBH", 38, 2, 1800 // 8 << 3 | code)
        + prefix.network_address.packed[:12]
    )


def main(interface: str, prefix: str) -> None:
    """Answer solicitations until ended."""
    index = socket.if_nametoindex(interface)
    sock = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6)
    group = socket.inet_pton(socket.AF_INET6, _ALL_ROUTERS) + struct.pack("=I", index)
    sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, group)
    sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 255)
    sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, index)
    advert = _advert(ipaddress.IPv6Network(prefix))
    while True:
        message, _ = sock.recvfrom(2048)
        if message[:1] == b"\x85":  # router solicitation
            sock.sendto(advert, (_ALL_NODES, 0, 0, index))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
