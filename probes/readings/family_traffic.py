"""Traffic per address family: IP-MIB's statistics tables and IPV6-MIB's older one.

What they count differs by maker: all traffic, the slow path alone, or packets without octets.
Nothing here decides that; the rows are given as they stand, with the widths of their counters.
"""

from __future__ import annotations

from collections.abc import Mapping

from ..mibs import oid_of
from ..snmp.values import Index, MibView
from .plain_values import counter, seconds
from .records import Counter, Family, FamilyCounters

__all__ = ["read_family_traffic"]

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
}
_NARROW_ONLY = frozenset({"InDiscards", "InNoRoutes", "OutDiscards"})

_LEGACY = {
    "in_packets": "InReceives",
    "in_no_routes": "InNoRoutes",
    "in_discards": "InDiscards",
    "in_delivers": "InDelivers",
    "out_forwarded": "OutForwDatagrams",
    "out_packets": "OutRequests",
}


def _table(view: MibView, prefix: str, keys: int) -> list[FamilyCounters]:
    narrow = {field: view.column(oid_of(prefix + name)) for field, name in _FIELDS.items()}
    wide = {
        field: view.column(oid_of(f"{prefix}HC{name}"))
        for field, name in _FIELDS.items()
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
            cells={field: cell(field, index) for field in _FIELDS},
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
    return (*_table(view, "ipSystemStats", 1), *_table(view, "ipIfStats", 2), *legacy)
