"""Questions on the link itself, which sockets cannot ask: RA, ND, DHCPv6, MLD, IGMP, LLDP.

Sending and capturing whole frames needs CAP_NET_RAW. It is done by a small process of its own
(:mod:`.helper`) that gives up every other right before it does anything, knows a handful of
questions and no others, and hands back what it heard; here (:mod:`.link`) it is asked, and what
it heard is read from bytes by functions that need no right at all (:mod:`.messages`).
"""

from __future__ import annotations

from .link import LinkAnswer, ask_link
from .messages import (
    DhcpMessage,
    GroupReport,
    LldpNeighbour,
    NeighbourAdvert,
    RouterAdvert,
    read_frame,
)

__all__ = [
    "DhcpMessage",
    "GroupReport",
    "LinkAnswer",
    "LldpNeighbour",
    "NeighbourAdvert",
    "RouterAdvert",
    "ask_link",
    "read_frame",
]
