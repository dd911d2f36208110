"""Frames as they came from the wire, read into records; whatever else comes is None.

Every message says whether its hop limit was 255 where that proves that it was sent on this very
link (RFC 4861, section 6.1.2), and nothing here raises for what a frame holds. What a packet
carries between its header and its message is :mod:`.packets`' business.
"""

from __future__ import annotations

import struct
from collections.abc import Callable

from .dhcpv6 import DhcpMessage, Lease, LeaseRequest, read_dhcp
from .groups import GroupQuery, GroupRecord, GroupReport, read_igmp, read_mld
from .icmp_errors import Echo, PacketError, read_echo, read_error
from .lldp import LldpNeighbour, read_lldp
from .neighbours import (
    NeighbourAdvert,
    NeighbourSolicit,
    read_neighbour_advert,
    read_neighbour_solicit,
)
from .ospf import OspfExchange, OspfHello, read_ospf
from .packets import ethernet_payload
from .router_adverts import (
    Prefix,
    Redirect,
    Route,
    RouterAdvert,
    RouterSolicit,
    read_redirect,
    read_router_advert,
    read_router_solicit,
)
from .wire import mac_text, v4_text, v6_text

__all__ = [
    "DhcpMessage",
    "Echo",
    "GroupQuery",
    "GroupRecord",
    "GroupReport",
    "Lease",
    "LeaseRequest",
    "LldpNeighbour",
    "Message",
    "NeighbourAdvert",
    "NeighbourSolicit",
    "OspfExchange",
    "OspfHello",
    "PacketError",
    "Prefix",
    "Redirect",
    "Route",
    "RouterAdvert",
    "RouterSolicit",
    "read_frame",
]

_IPV4, _IPV6, _LLDP = 0x0800, 0x86DD, 0x88CC
_EXTENSIONS = frozenset((0, 43, 60))  # hop-by-hop, routing, destination options
_FRAGMENT = 44
_DHCP_PORTS = frozenset(((546, 547), (547, 546)))

Message = (
    RouterAdvert
    | RouterSolicit
    | Redirect
    | NeighbourAdvert
    | NeighbourSolicit
    | DhcpMessage
    | GroupReport
    | GroupQuery
    | PacketError
    | Echo
    | OspfHello
    | OspfExchange
    | LldpNeighbour
)

# Of the link itself: they get the source, its MAC, and whether they were sent on this link.
_OF_THE_LINK: dict[int, Callable[[bytes, str, str, bool], Message | None]] = {
    130: read_mld,
    131: read_mld,
    132: read_mld,
    133: read_router_solicit,
    134: read_router_advert,
    135: read_neighbour_solicit,
    136: read_neighbour_advert,
    137: read_redirect,
    143: read_mld,
}
# Between two ends.
_ERRORS, _ECHOES = frozenset((1, 2, 3, 4)), frozenset((128, 129))


def read_frame(frame: bytes) -> Message | None:
    """Read an Ethernet frame; None for anything that is not one of the messages, or is cut."""
    if len(frame) < 14:
        return None
    kind, at = ethernet_payload(frame)
    try:
        if kind == _IPV6:
            return _ipv6(frame, at)
        if kind == _IPV4:
            return _ipv4(frame[at:])
        if kind == _LLDP:
            return read_lldp(frame[at:], mac_text(frame[6:12]))
    except (struct.error, IndexError, ValueError):  # cut short, or lengths that lie
        return None
    return None


def _ipv6(frame: bytes, at: int) -> Message | None:
    if len(frame) < at + 40 or frame[at] >> 4 != 6:
        return None
    following = frame[at + 6]
    end = at + 40 + int.from_bytes(frame[at + 4 : at + 6])
    place = at + 40
    while following in _EXTENSIONS or following == _FRAGMENT:
        if following == _FRAGMENT:
            # The first fragment of several holds only a part; a lone one is whole (RFC 6946).
            if int.from_bytes(frame[place + 2 : place + 4]) & 0xFFF9:
                return None
            size = 8
        else:
            size = 8 * (frame[place + 1] + 1)
        following, place = frame[place], place + size
        if place > end:
            return None
    body = frame[place:end]
    if following == 58:
        if len(body) < 4:
            return None
        return _icmpv6(frame, at, body, end - place)
    if following == 17 and len(body) >= 8 and struct.unpack_from("!HH", body) in _DHCP_PORTS:
        return read_dhcp(body[8:], v6_text(frame[at + 8 : at + 24]))
    if following == 89:
        return read_ospf(body, v6_text(frame[at + 8 : at + 24]))
    return None


def _icmpv6(frame: bytes, at: int, body: bytes, size: int) -> Message | None:
    source = v6_text(frame[at + 8 : at + 24])
    reader = _OF_THE_LINK.get(body[0])
    if reader is not None:
        return reader(body, source, frame[6:12].hex(":"), frame[at + 7] == 255)
    if body[0] in _ERRORS:
        return read_error(body, source, v6_text(frame[at + 24 : at + 40]))
    if body[0] in _ECHOES:
        return read_echo(body, source, v6_text(frame[at + 24 : at + 40]), size)
    return None


def _ipv4(packet: bytes) -> GroupReport | None:
    if len(packet) < 20 or packet[0] >> 4 != 4 or packet[9] != 2:
        return None
    body = packet[4 * (packet[0] & 0x0F) : int.from_bytes(packet[2:4])]
    return read_igmp(body, v4_text(packet[12:16]))
