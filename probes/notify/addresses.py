"""To which addresses a channel may speak: to the internet, and to what the file lists.

A name is resolved once, every address is looked at as what it reaches (an IPv4 address inside an
IPv6 one, by mapping, NAT64, 6to4 or Teredo, counts as itself), and the connection goes to the
address that was looked at. So a name that turns to an inner machine after the check, or a redirect,
reaches nothing.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Sequence

from ...topology.errors import SurroundingsError

__all__ = ["Address", "Net", "resolve"]

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Net = ipaddress.IPv4Network | ipaddress.IPv6Network

_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


def _meant(address: Address) -> Address:
    """Return the IPv4 address that an IPv6 address stands for, else the address itself."""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return address.ipv4_mapped
        if address.sixtofour is not None:
            return address.sixtofour
        if address.teredo is not None:
            return address.teredo[1]
        if address in _NAT64:
            return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def _allowed(address: Address, nets: Sequence[Net]) -> bool:
    meant = _meant(address)
    if any(one in net for one in (address, meant) for net in nets if one.version == net.version):
        return True
    return meant.is_global and not meant.is_multicast


def resolve(name: str, port: int, *, host: str, allow: Sequence[Net], udp: bool = False) -> str:
    """Return an address of a host to which the channel may speak.

    Parameters
    ----------
    name
        The channel, for messages.
    allow
        Networks beside the internet.

    Raises
    ------
    SurroundingsError
        The host has no address, or one to which the channel may not speak.
    """
    kind = socket.SOCK_DGRAM if udp else socket.SOCK_STREAM
    try:
        found = socket.getaddrinfo(host, port, type=kind)
    except OSError as error:
        raise SurroundingsError(
            f"channel {name}: {host} has no address ({error.strerror}); check the name and DNS"
        ) from None
    for entry in found:
        text = str(entry[4][0])
        address = ipaddress.ip_address(text.partition("%")[0])
        if not _allowed(address, allow):
            raise SurroundingsError(
                f"channel {name}: {host} is {address}, which is not on the internet; where that is "
                f'meant, list its network: allow = ["{address}/{address.max_prefixlen}"]'
            )
    return str(found[0][4][0])
