"""Traffic per address family: IP-MIB's statistics tables, IPV6-MIB's older one, Juniper's own.

What they count differs by maker: all traffic, the slow path alone, or packets without octets.
Nothing here decides that; the rows are given as they stand, with the widths of their counters.
"""

from __future__ import annotations

from collections.abc import Mapping

from ..mibs import oid_of
from ..snmp.values import Index, MibView
from .plain_values import counter, seconds
from .records import Counter, Family, FamilyCounters

__all__ = ["read_family_traffic", "read_too_big_sent"]

_FAMILIES = {1: Family.IPV4, 2: Family.IPV6}

_FIELDS = {
    "in_packets": "InReceives",
    "in_octets": "InOctets",
    "in_forwarded": "InForwDatagrams",
    "in_discards": "InDiscards",
    "in_no_routes": "InNoRoutes",
    "in_delivers": "InDelivers",
    "out_forwarded": "OutForwDatagrams",
    "out_packets": "OutTransmits",
    "out_octets": "OutOctets",
    "out_discards": "OutDiscards",
    "out_no_routes": "OutNoRoutes",
    "too_big": "OutFragFails",
}
_NARROW_ONLY = frozenset({"InDiscards", "InNoRoutes", "OutDiscards", "OutNoRoutes", "OutFragFails"})
_OF_THE_WHOLE_ALONE = frozenset({"OutNoRoutes"})

_LEGACY = {
    "in_packets": "InReceives",
    "in_no_routes": "InNoRoutes",
    "in_discards": "InDiscards",
    "in_delivers": "InDelivers",
    "out_forwarded": "OutForwDatagrams",
    "out_packets": "OutRequests",
    "out_discards": "OutDiscards",
    "too_big": "InTooBigErrors",
}

_JUNIPER = {
    "in_packets": "Receives",
    "in_delivers": "Delivers",
    "out_forwarded": "Forwards",
    "out_packets": "OutRequests",
    "out_discards": "OutDiscards",
    "out_no_routes": "OutNoRoutes",
}


def _table(view: MibView, prefix: str, keys: int) -> list[FamilyCounters]:
    names = {f: n for f, n in _FIELDS.items() if keys == 1 or n not in _OF_THE_WHOLE_ALONE}
    narrow = {field: view.column(oid_of(prefix + name)) for field, name in names.items()}
    wide = {
        field: view.column(oid_of(f"{prefix}HC{name}"))
        for field, name in names.items()
        if name not in _NARROW_ONLY
    }
    broken = view.column(oid_of(prefix + "DiscontinuityTime"))
    rows = dict.fromkeys(
        index
        for columns in (wide, narrow)
        for column in columns.values()
        for index in column
        if len(index) == keys and index[0] in _FAMILIES
    )

    def cell(field: str, index: Index) -> Counter | None:
        found = counter(wide[field].get(index), 64) if field in wide else None
        return found or counter(narrow[field].get(index), 32)

    return [
        _row(
            _FAMILIES[index[0]],
            f"{prefix}Table",
            if_index=index[1] if keys == 2 else None,
            cells={field: cell(field, index) for field in names},
            discontinuity_s=seconds(broken.get(index)),
        )
        for index in rows
    ]


def _row(
    family: Family,
    table: str,
    *,
    if_index: int | None,
    cells: Mapping[str, Counter | None],
    discontinuity_s: float | None = None,
) -> FamilyCounters:
    return FamilyCounters(
        family=family,
        table=table,
        if_index=if_index,
        in_packets=cells.get("in_packets"),
        in_octets=cells.get("in_octets"),
        in_forwarded=cells.get("in_forwarded"),
        in_discards=cells.get("in_discards"),
        in_no_routes=cells.get("in_no_routes"),
        in_delivers=cells.get("in_delivers"),
        out_forwarded=cells.get("out_forwarded"),
        out_packets=cells.get("out_packets"),
        out_octets=cells.get("out_octets"),
        out_discards=cells.get("out_discards"),
        out_no_routes=cells.get("out_no_routes"),
        too_big=cells.get("too_big"),
        discontinuity_s=discontinuity_s,
    )


def read_family_traffic(view: MibView) -> tuple[FamilyCounters, ...]:
    """Read counters per family: of the whole device, of each interface, and IPV6-MIB's.

    A counter comes from its 64-bit column where that holds a number, else from the 32-bit one.
    """
    columns = {field: view.column(oid_of("ipv6IfStats" + name)) for field, name in _LEGACY.items()}
    rows = dict.fromkeys(i for column in columns.values() for i in column if len(i) == 1)
    legacy = [
        _row(
            Family.IPV6,
            "ipv6IfStatsTable",
            if_index=index[0],
            cells={f: counter(column.get(index), 32) for f, column in columns.items()},
        )
        for index in rows
    ]
    standard = (*_table(view, "ipSystemStats", 1), *_table(view, "ipIfStats", 2))
    return (*standard, *legacy, *_juniper(view))


def _juniper(view: MibView) -> list[FamilyCounters]:
    """Return what JUNIPER-IPv6-MIB counts: packets of the routing engine, octets of interfaces."""
    cells = {
        field: counter(view.scalar(oid_of("jnxIpv6Stats" + name)), 64)
        for field, name in _JUNIPER.items()
    }
    found = []
    if any(cells.values()):
        found.append(_row(Family.IPV6, "jnxIpv6Stats", if_index=None, cells=cells))
    received = view.column(oid_of("jnxIpv6IfInOctets"))
    sent = view.column(oid_of("jnxIpv6IfOutOctets"))
    for index in dict.fromkeys([*received, *sent]):
        if len(index) == 1:
            octets = {
                "in_octets": counter(received.get(index), 64),
                "out_octets": counter(sent.get(index), 64),
            }
            found.append(_row(Family.IPV6, "jnxIpv6IfStatsTable", if_index=index[0], cells=octets))
    return found


def read_too_big_sent(view: MibView) -> Counter | None:
    """Read how many ICMPv6 messages Packet Too Big the device has sent (RFC 4293, 3.2.6)."""
    sent = counter(view.column(oid_of("icmpMsgStatsOutPkts")).get((2, 2)), 32)
    return sent or counter(view.scalar(oid_of("jnxIcmpv6StatsTooBigs")), 64)
