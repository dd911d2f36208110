"""Which addresses a website may have, and which of them may be contacted.

An AAAA record can hold an address that nobody reaches over IPv6: an IPv4 one in disguise, one of a
link, of a site, of a tunnel that is gone (RFC 4038, 4.2; RFC 6890). And a record or a redirect can
hold one that leads into the machine or the network from where it is asked: nothing is contacted
that is not on the internet, unless its network was named.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from ...probes.safety import AllowedNetworks

__all__ = ["AddressGuard", "unusable_kind"]

_KINDS: tuple[tuple[str, ipaddress.IPv6Network, bool], ...] = tuple(
    (kind, ipaddress.IPv6Network(text), excusable)
    for kind, text, excusable in (
        ("unspecified", "::/128", False),
        ("loopback", "::1/128", True),
        ("mapped", "::ffff:0:0/96", False),
        ("ipv4-compatible", "::/96", False),  # RFC 4291, 2.5.5.1
        ("translated", "64:ff9b::/96", False),  # RFC 6052: an address of somebody's NAT64
        ("translated", "64:ff9b:1::/48", False),
        ("teredo", "2001::/32", False),
        ("documentation", "2001:db8::/32", True),
        ("documentation", "3fff::/20", True),
        ("6to4", "2002::/16", False),  # RFC 7526: its relays are gone
        ("unique-local", "fc00::/7", True),
        ("link-local", "fe80::/10", False),
        ("site-local", "fec0::/10", False),
        ("multicast", "ff00::/8", False),
    )
)
_GLOBAL = ipaddress.IPv6Network("2000::/3")


@lru_cache(maxsize=8192)
def unusable_kind(address: str, allowed: AllowedNetworks) -> str:
    """Return what makes an AAAA record's address useless to the public; "" where nothing does.

    Parameters
    ----------
    allowed
        Networks in which addresses of documentation, unique-local and loopback ones count as
        usable: those of a closed network, or of a test.
    """
    number = ipaddress.IPv6Address(address)
    for kind, network, excusable in _KINDS:
        if number in network:
            return "" if excusable and number in allowed else kind
    return "" if number in _GLOBAL else "unassigned"


@dataclass(frozen=True, slots=True)
class AddressGuard:
    """Judges every address before anything is sent to it.

    Attributes
    ----------
    allowed
        Networks beside the internet that may be contacted.
    """

    allowed: AllowedNetworks

    @staticmethod
    def of(networks: Sequence[str] = ()) -> AddressGuard:
        """Return the guard that lets through the internet and the named networks.

        Raises
        ------
        SettingError
            One is no network.
        """
        return AddressGuard(AllowedNetworks.of(networks, setting="--allow"))

    def lets(self, address: str) -> bool:
        """Whether the address may be contacted."""
        return _lets(address, self.allowed)


@lru_cache(maxsize=8192)
def _lets(literal: str, allowed: AllowedNetworks) -> bool:
    try:
        address = ipaddress.ip_address(literal)
    except ValueError:
        return False
    if allowed.refusal(literal) is None:
        return True
    if isinstance(address, ipaddress.IPv6Address):
        return address in _GLOBAL and not unusable_kind(literal, allowed)
    return address.is_global and not address.is_multicast
