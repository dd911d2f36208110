"""Routes for IPv6: IP-FORWARD-MIB (RFC 4292), IPV6-MIB (RFC 2465) and ipDefaultRouterTable.

Some makers (Juniper) say nowhere else that a device has IPv6, or which addresses are its own. The
whole table of a core router is long: routes to everything are looked for by the beginning of
their index, and a table that was cut short still has them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address

from ..mibs import object_named, oid_of
from ..snmp.values import Index, MibView, Typed
from .inet_address import read_inet_address, take_inet_address
from .objects import TOWARDS_ALL
from .plain_values import whole, word
from .records import UnreadableRow

__all__ = ["DefaultRouter", "Ipv6Route", "RouteReading", "read_ipv6_routes"]


@dataclass(frozen=True, slots=True)
class Ipv6Route:
    """A route.

    Attributes
    ----------
    kind
        ``local`` (the network is attached), ``remote``, ``reject``, ``discard``, ``blackhole``...
    protocol
        Who made it: ``local``, ``netmgmt`` (by hand), ``ospf``, ``bgp``...
    next_hop
        None where there is none, or where it cannot be read.
    """

    prefix: IPv6Address
    prefix_length: int
    next_hop: IPv6Address | None = None
    if_index: int | None = None
    kind: str | None = None
    protocol: str | None = None
    table: str = "inetCidrRouteTable"

    @property
    def leads_somewhere(self) -> bool:
        """Whether packets are sent on and not thrown away."""
        return self.kind not in ("reject", "blackhole", "discard")

    @property
    def to_everything(self) -> bool:
        """Whether it is for the whole Internet: ::/0 or 2000::/3."""
        if self.prefix_length == 0:
            return int(self.prefix) == 0
        return self.prefix_length == 3 and int(self.prefix) == 0x2000 << 112


@dataclass(frozen=True, slots=True)
class DefaultRouter:
    """A router that the device has heard or was told of (ipDefaultRouterTable)."""

    address: IPv4Address | IPv6Address
    if_index: int
    lifetime_s: int | None = None


@dataclass(frozen=True, slots=True)
class RouteReading:
    """Routes for IPv6 and how many there are.

    Attributes
    ----------
    count
        ipv6RouteNumber, of IPv6 alone; None where the device does not say.
    count_both
        inetCidrRouteNumber, of both families.
    """

    routes: tuple[Ipv6Route, ...] = ()
    unreadable: tuple[UnreadableRow, ...] = ()
    default_routers: tuple[DefaultRouter, ...] = ()
    count: int | None = None
    count_both: int | None = None


Columns = Mapping[str, Mapping[Index, Typed]]


def _column(
    view: MibView, name: str, family: Index, begins: tuple[Index, ...]
) -> dict[Index, Typed]:
    """Return the rows of a family, from the whole table and from the parts asked for by name."""
    base = (*oid_of(name), *family)
    found = {(*family, *index): typed for index, typed in view.column(base).items()}
    for begin in begins:
        for index, typed in view.column((*oid_of(name), *begin)).items():
            found.setdefault((*begin, *index), typed)
    return found


def _next_hop(rest: Index) -> IPv6Address | None:
    """Return the next hop behind the policy, which is an identifier with its length before it."""
    if not rest or len(rest) < 1 + rest[0]:
        return None
    address = read_inet_address(rest[1 + rest[0] :]).address
    return address if isinstance(address, IPv6Address) and int(address) else None


def _destination(index: Index) -> tuple[IPv6Address, int, Index] | None:
    """Return prefix, length and the rest of an index of inetCidrRouteTable."""
    for strict in (True, False):
        taken = take_inet_address(index, strict=strict)
        if taken is None:
            continue
        (address, _, _), rest = taken
        if isinstance(address, IPv6Address) and rest and rest[0] <= 128:
            return address, rest[0], rest[1:]
    return None


def _present(view: MibView, unreadable: list[UnreadableRow]) -> list[Ipv6Route]:
    interfaces = _column(view, "inetCidrRouteIfIndex", (2,), ())
    kinds = _column(view, "inetCidrRouteType", (2,), TOWARDS_ALL)
    protocols = _column(view, "inetCidrRouteProto", (2,), ())
    kind_words = object_named("inetCidrRouteType").words
    protocol_words = object_named("inetCidrRouteProto").words
    found = []
    for index in dict.fromkeys([*interfaces, *kinds, *protocols]):
        read = _destination(index)
        if read is None:
            unreadable.append(
                UnreadableRow("inetCidrRouteTable", index, "no prefix of IPv6 with its length")
            )
            continue
        prefix, length, rest = read
        found.append(
            Ipv6Route(
                prefix,
                length,
                _next_hop(rest),
                whole(interfaces.get(index)),
                word(kinds.get(index), kind_words),
                word(protocols.get(index), protocol_words),
            )
        )
    return found


def _former(view: MibView, unreadable: list[UnreadableRow]) -> list[Ipv6Route]:
    begins = tuple(begin[2:] for begin in TOWARDS_ALL[:2])
    interfaces = _column(view, "ipv6RouteIfIndex", (), ())
    kinds = _column(view, "ipv6RouteType", (), begins)
    protocols = _column(view, "ipv6RouteProtocol", (), ())
    kind_words = object_named("ipv6RouteType").words
    protocol_words = object_named("ipv6RouteProtocol").words
    found = []
    for index in dict.fromkeys([*interfaces, *kinds, *protocols]):
        octets, rest = index[:16], index[16:]
        if len(rest) != 2 or rest[0] > 128 or any(part > 255 for part in octets):
            unreadable.append(
                UnreadableRow("ipv6RouteTable", index, "16 octets, a length and a number expected")
            )
            continue
        found.append(
            Ipv6Route(
                IPv6Address(bytes(octets)),
                rest[0],
                None,
                whole(interfaces.get(index)),
                word(kinds.get(index), kind_words),
                word(protocols.get(index), protocol_words),
                table="ipv6RouteTable",
            )
        )
    return found


def _default_routers(view: MibView, unreadable: list[UnreadableRow]) -> list[DefaultRouter]:
    lifetimes = view.column(oid_of("ipDefaultRouterLifetime"))
    preferences = view.column(oid_of("ipDefaultRouterPreference"))
    found = []
    for index in dict.fromkeys([*lifetimes, *preferences]):
        *before, if_index = index or (0,)
        address = read_inet_address(tuple(before)).address
        if address is None:
            unreadable.append(
                UnreadableRow("ipDefaultRouterTable", index, "an address and ifIndex expected")
            )
            continue
        found.append(DefaultRouter(address, if_index, whole(lifetimes.get(index))))
    return found


def read_ipv6_routes(view: MibView) -> RouteReading:
    """Read routes of both generations of MIBs; the older one's come behind the newer one's."""
    unreadable: list[UnreadableRow] = []
    return RouteReading(
        routes=(*_present(view, unreadable), *_former(view, unreadable)),
        default_routers=tuple(_default_routers(view, unreadable)),
        unreadable=tuple(unreadable),
        count=whole(view.scalar(oid_of("ipv6RouteNumber"))),
        count_both=whole(view.scalar(oid_of("inetCidrRouteNumber"))),
    )
