"""Addresses of a device, from both generations of MIBs.

IP-MIB's ipAddressTable (RFC 4293) and Cisco's early form of it, ipAddrTable (RFC 1213, IPv4) and
IPV6-MIB's ipv6AddrTable (RFC 2465) are all read, and rows that say the same are merged: an agent
that serves one family in one table may serve the other in another only.
"""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from ipaddress import IPv4Address, IPv6Address, ip_network

from ..mibs import object_named, oid_of
from ..snmp.values import Index, MibView, Typed
from .inet_address import read_inet_address, take_inet_address
from .plain_values import ip_value, truth, whole, word
from .records import Address, UnreadableRow

__all__ = ["AddressReading", "RouterAdvert", "read_addresses"]

Ip = IPv4Address | IPv6Address


@dataclass(frozen=True, slots=True)
class RouterAdvert:
    """What a router says it advertises on an interface (ipv6RouterAdvertTable)."""

    if_index: int
    sends: bool | None
    managed: bool | None = None
    other: bool | None = None
    link_mtu: int | None = None
    lifetime_s: int | None = None


@dataclass(frozen=True, slots=True)
class AddressReading:
    """Addresses, and what else both MIBs say of IP on the device.

    Attributes
    ----------
    layouts
        Rows of ipAddressTable by the layout of their index.
    unreadable
        Rows whose address cannot be told; shown and counted, never guessed.
    forwards_ipv4, forwards_ipv6
        Whether the device routes; None where it does not say.
    forwards_ipv6_legacy
        The same as IPV6-MIB says it.
    ipv6_interfaces
        ifIndexes on which IPv6 is up: ipv6InterfaceTable, and IPV6-MIB's ipv6IfTable where the
        device says its operational state.
    ipv6_interface_count
        How many IPV6-MIB counts, in whatever state; some count every port they have.
    """

    addresses: tuple[Address, ...] = ()
    unreadable: tuple[UnreadableRow, ...] = ()
    layouts: Mapping[str, int] = field(default_factory=dict)
    forwards_ipv4: bool | None = None
    forwards_ipv6: bool | None = None
    forwards_ipv6_legacy: bool | None = None
    ipv6_interfaces: tuple[int, ...] = ()
    ipv6_interface_count: int | None = None
    router_adverts: tuple[RouterAdvert, ...] = ()


def _words(name: str) -> Mapping[int, str]:
    return object_named(name).words


def _rows(columns: Mapping[str, Mapping[Index, Typed]]) -> list[Index]:
    """Return the indices of several columns, each once, in the agent's order."""
    return list(dict.fromkeys(index for column in columns.values() for index in column))


def _prefix_length(pointer: Typed | None, address: Ip) -> int | None:
    """Return the last number of a RowPointer into ipAddressPrefixTable; 0.0 points nowhere."""
    value = pointer.value if pointer is not None else None
    if not isinstance(value, tuple) or len(value) < 8 or value[-1] > address.max_prefixlen:
        return None
    return value[-1]


def _prefix_rows(view: MibView) -> list[tuple[int, Ip, int]]:
    """Return ifIndex, prefix and length of ipAddressPrefixTable."""
    found = []
    for index in view.column(oid_of("ipAddressPrefixOrigin")):
        if len(index) < 4:
            continue
        taken = take_inet_address(index[1:]) or take_inet_address(index[1:], strict=False)
        if taken is None or taken[0].address is None or len(taken[1]) != 1:
            continue
        if taken[1][0] <= taken[0].address.max_prefixlen:
            found.append((index[0], taken[0].address, taken[1][0]))
    return found


def _within(address: Ip, prefix: Ip, length: int) -> bool:
    shift = address.max_prefixlen - length
    return address.version == prefix.version and int(address) >> shift == int(prefix) >> shift


def _ip_address_table(
    view: MibView, entry: str, unreadable: list[UnreadableRow], layouts: Tally[str]
) -> list[Address]:
    names = {part: entry + part for part in ("IfIndex", "Type", "Prefix", "Origin", "Status")}
    columns = {part: view.column(oid_of(name)) for part, name in names.items()}
    prefixes = _prefix_rows(view)
    table = f"{entry}Table"
    found = []
    for index in _rows(columns):
        address, zone, layout = read_inet_address(index)
        if address is None:
            unreadable.append(UnreadableRow(table, index, layout))
            continue
        layouts[layout] += 1
        if_index = whole(columns["IfIndex"].get(index))
        length = _prefix_length(columns["Prefix"].get(index), address)
        if length is None:
            fits = [n for i, p, n in prefixes if i == if_index and _within(address, p, n)]
            length = max(fits, default=None)
        found.append(
            Address(
                address=address,
                if_index=if_index,
                prefix_length=length,
                zone=zone,
                kind=word(columns["Type"].get(index), _words("ipAddressType")) or "unicast",
                origin=word(columns["Origin"].get(index), _words("ipAddressOrigin")),
                status=word(columns["Status"].get(index), _words("ipAddressStatus")),
                layout=layout,
                table=table,
            )
        )
    return found


def _mask_length(typed: Typed | None) -> int | None:
    mask = ip_value(typed)
    if not isinstance(mask, IPv4Address):
        return None
    try:
        return ip_network(f"0.0.0.0/{mask}").prefixlen if int(mask) else 0
    except ValueError:
        return None


def _old_ipv4(view: MibView, unreadable: list[UnreadableRow]) -> list[Address]:
    interfaces = view.column(oid_of("ipAdEntIfIndex"))
    masks = view.column(oid_of("ipAdEntNetMask"))
    found = []
    own = view.column(oid_of("ipAdEntAddr"))
    for index in _rows({"i": interfaces, "m": masks, "a": own}):
        # Some agents number the rows, and some put a number behind an address they have twice.
        address = ip_value(own.get(index))
        if address is None and len(index) in (4, 5) and all(part <= 255 for part in index[:4]):
            address = IPv4Address(bytes(index[:4]))
        if not isinstance(address, IPv4Address):
            unreadable.append(UnreadableRow("ipAddrTable", index, "an IPv4 address has 4 octets"))
            continue
        if int(address) == 0:
            unreadable.append(UnreadableRow("ipAddrTable", index, "0.0.0.0 is no address"))
            continue
        found.append(
            Address(
                address=address,
                if_index=whole(interfaces.get(index)),
                prefix_length=_mask_length(masks.get(index)),
                layout="old",
                table="ipAddrTable",
            )
        )
    return found


def _old_ipv6(view: MibView, unreadable: list[UnreadableRow]) -> list[Address]:
    lengths = view.column(oid_of("ipv6AddrPfxLength"))
    states = view.column(oid_of("ipv6AddrStatus"))
    anycast = view.column(oid_of("ipv6AddrAnycastFlag"))
    found = []
    for index in _rows({"l": lengths, "s": states, "t": view.column(oid_of("ipv6AddrType"))}):
        rest = index[1:]
        if len(rest) == 17 and rest[0] == 16:
            rest = rest[1:]
        if len(rest) != 16 or any(part > 255 for part in rest):
            unreadable.append(
                UnreadableRow("ipv6AddrTable", index, "ifIndex and 16 octets were expected")
            )
            continue
        if not any(rest):
            unreadable.append(UnreadableRow("ipv6AddrTable", index, ":: is no address"))
            continue
        length = whole(lengths.get(index))
        found.append(
            Address(
                address=IPv6Address(bytes(rest)),
                if_index=index[0],
                prefix_length=length if length is not None and 0 <= length <= 128 else None,
                kind="anycast" if truth(anycast.get(index)) else "unicast",
                status=word(states.get(index), _words("ipv6AddrStatus")),
                layout="legacy",
                table="ipv6AddrTable",
            )
        )
    return found


def _merged(addresses: list[Address]) -> tuple[Address, ...]:
    """Join rows that name the same address on the same interface; the first table leads."""
    kept: dict[tuple[Ip, int | None], Address] = {}
    for one in addresses:
        key = (one.address, one.if_index)
        first = kept.setdefault(key, one)
        if first.prefix_length is None and one.prefix_length is not None:
            kept[key] = replace(first, prefix_length=one.prefix_length)
    return tuple(kept.values())


def _yes(view: MibView, name: str) -> bool | None:
    return truth(view.scalar(oid_of(name)))


def _router_adverts(view: MibView) -> tuple[RouterAdvert, ...]:
    names = ("SendAdverts", "ManagedFlag", "OtherConfigFlag", "LinkMTU", "DefaultLifetime")
    columns = {name: view.column(oid_of("ipv6RouterAdvert" + name)) for name in names}
    return tuple(
        RouterAdvert(
            if_index=index[0],
            sends=truth(columns["SendAdverts"].get(index)),
            managed=truth(columns["ManagedFlag"].get(index)),
            other=truth(columns["OtherConfigFlag"].get(index)),
            link_mtu=whole(columns["LinkMTU"].get(index)),
            lifetime_s=whole(columns["DefaultLifetime"].get(index)),
        )
        for index in _rows(columns)
        if len(index) == 1
    )


def read_addresses(view: MibView) -> AddressReading:
    """Read addresses of both families from every table that has some."""
    unreadable: list[UnreadableRow] = []
    layouts: Tally[str] = Tally()
    addresses = [
        *_ip_address_table(view, "ipAddress", unreadable, layouts),
        *_ip_address_table(view, "cIpAddress", unreadable, layouts),
        *_old_ipv4(view, unreadable),
        *_old_ipv6(view, unreadable),
    ]
    up = view.column(oid_of("ipv6InterfaceEnableStatus"))
    up_before = view.column(oid_of("ipv6IfOperStatus"))
    return AddressReading(
        addresses=_merged(addresses),
        unreadable=tuple(unreadable),
        layouts=dict(layouts),
        forwards_ipv4=_yes(view, "ipForwarding"),
        forwards_ipv6=_yes(view, "ipv6IpForwarding"),
        forwards_ipv6_legacy=_yes(view, "ipv6Forwarding"),
        ipv6_interfaces=tuple(
            dict.fromkeys(
                index[0]
                for index, typed in (*up.items(), *up_before.items())
                if len(index) == 1 and truth(typed)
            )
        ),
        ipv6_interface_count=whole(view.scalar(oid_of("ipv6Interfaces"))),
        router_adverts=_router_adverts(view),
    )
