"""Who is on the wire: ARP and neighbour discovery caches of both generations of MIBs.

These tables grow with the network behind a device: 31-78 thousand rows at a CMTS or core router.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address

from ..mibs import object_named, oid_of
from ..snmp.values import Index, MibView
from .inet_address import read_inet_address
from .plain_values import mac, word
from .records import Neighbour, UnreadableRow

__all__ = ["NeighbourReading", "read_neighbours"]


@dataclass(frozen=True, slots=True)
class NeighbourReading:
    """Neighbours of both families, each (interface, address) once, and rows that say none."""

    neighbours: tuple[Neighbour, ...] = ()
    unreadable: tuple[UnreadableRow, ...] = ()


def read_neighbours(view: MibView) -> NeighbourReading:
    """Read ipNetToPhysicalTable, Cisco's early form of it, ipv6NetToMedia and ipNetToMedia."""
    found: dict[tuple[int, IPv4Address | IPv6Address], Neighbour] = {}
    unreadable: list[UnreadableRow] = []
    for entry in ("ipNetToPhysical", "cInetNetToMedia"):
        physical = view.column(oid_of(entry + "PhysAddress"))
        kinds = view.column(oid_of(entry + "Type"))
        states = view.column(oid_of(entry + "State"))
        kind_words = object_named("ipNetToPhysicalType").words
        state_words = object_named("ipNetToPhysicalState").words
        for index in dict.fromkeys([*physical, *kinds, *states]):
            address, zone, layout = read_inet_address(index[1:])
            if address is None:
                unreadable.append(UnreadableRow(f"{entry}Table", index, layout))
                continue
            found.setdefault(
                (index[0], address),
                Neighbour(
                    if_index=index[0],
                    address=address,
                    mac=mac(physical.get(index)),
                    kind=word(kinds.get(index), kind_words),
                    state=word(states.get(index), state_words),
                    zone=zone,
                    layout=layout,
                    table=f"{entry}Table",
                ),
            )
    _legacy(view, found, unreadable)
    return NeighbourReading(tuple(found.values()), tuple(unreadable))


def _legacy(
    view: MibView,
    found: dict[tuple[int, IPv4Address | IPv6Address], Neighbour],
    unreadable: list[UnreadableRow],
) -> None:
    physical = view.column(oid_of("ipv6NetToMediaPhysAddress"))
    kinds = view.column(oid_of("ipv6NetToMediaType"))
    states = view.column(oid_of("ipv6IfNetToMediaState"))
    for index in dict.fromkeys([*physical, *states]):
        rest = index[2:] if len(index) == 18 and index[1] == 16 else index[1:]
        if not _are_octets(rest, 16):
            unreadable.append(UnreadableRow("ipv6NetToMediaTable", index, "no 16 octets"))
            continue
        address = IPv6Address(bytes(rest))
        found.setdefault(
            (index[0], address),
            Neighbour(
                if_index=index[0],
                address=address,
                mac=mac(physical.get(index)),
                kind=word(kinds.get(index), object_named("ipv6NetToMediaType").words),
                state=word(states.get(index), object_named("ipv6IfNetToMediaState").words),
                layout="legacy",
                table="ipv6NetToMediaTable",
            ),
        )
    physical = view.column(oid_of("ipNetToMediaPhysAddress"))
    kinds = view.column(oid_of("ipNetToMediaType"))
    words = object_named("ipNetToMediaType").words
    for index in dict.fromkeys([*physical, *kinds]):
        if not _are_octets(index[1:], 4):
            unreadable.append(UnreadableRow("ipNetToMediaTable", index, "no 4 octets"))
            continue
        four = IPv4Address(bytes(index[1:]))
        found.setdefault(
            (index[0], four),
            Neighbour(
                if_index=index[0],
                address=four,
                mac=mac(physical.get(index)),
                kind=word(kinds.get(index), words),
                layout="old",
                table="ipNetToMediaTable",
            ),
        )


def _are_octets(rest: Index, count: int) -> bool:
    return len(rest) == count and all(part <= 255 for part in rest)
