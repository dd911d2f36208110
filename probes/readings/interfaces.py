"""Interfaces: ifTable joined with ifXTable (RFC 2863), with what real agents do to them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from ..mibs import oid_of
from ..snmp.values import Index, MibView, Tag, Typed
from .plain_values import Notes, counter, mac, seconds, text, truth, where_is, whole
from .records import Counter, Interface, Oddity, PortState

__all__ = ["ROW_COLUMNS", "InterfaceReading", "read_interfaces"]

ROW_COLUMNS = ("ifIndex", "ifDescr", "ifType", "ifOperStatus", "ifInOctets", "ifName")
"""A row in any of these is an interface; the other columns only add to it."""

_STATES = dict(enumerate(PortState, 1))

_TOP_OF_SPEED = 2**32 - 1
"""What ifSpeed says when it cannot say more (RFC 2863, 3.1.10)."""

_COUNTERS = {
    "in_octets": ("ifHCInOctets", "ifInOctets"),
    "out_octets": ("ifHCOutOctets", "ifOutOctets"),
    "in_unicast": ("ifHCInUcastPkts", "ifInUcastPkts"),
    "out_unicast": ("ifHCOutUcastPkts", "ifOutUcastPkts"),
    "in_multicast": ("ifHCInMulticastPkts", "ifInMulticastPkts"),
    "out_multicast": ("ifHCOutMulticastPkts", "ifOutMulticastPkts"),
    "in_broadcast": ("ifHCInBroadcastPkts", "ifInBroadcastPkts"),
    "out_broadcast": ("ifHCOutBroadcastPkts", "ifOutBroadcastPkts"),
    "in_errors": (None, "ifInErrors"),
    "out_errors": (None, "ifOutErrors"),
    "in_discards": (None, "ifInDiscards"),
    "out_discards": (None, "ifOutDiscards"),
    "in_unknown_protocols": (None, "ifInUnknownProtos"),
}
"""Field to its 64-bit and its 32-bit column."""

Column = Mapping[Index, Typed]


class InterfaceReading(NamedTuple):
    """Interfaces by ifIndex, and what was wrong with the tables as a whole."""

    interfaces: tuple[Interface, ...]
    oddities: tuple[Oddity, ...]


class _Tables(dict[str, Column]):
    """The columns of both tables by name, fetched once."""

    def __init__(self, view: MibView) -> None:
        super().__init__()
        self._view = view

    def __missing__(self, name: str) -> Column:
        self[name] = self._view.column(oid_of(name))
        return self[name]


def read_interfaces(view: MibView) -> InterfaceReading:
    """Read every row that either table has, in order of ifIndex.

    Speed comes from ifHighSpeed; from ifSpeed only while it is below its limit, or where
    ifHighSpeed is missing or 0. A counter comes from its 64-bit column where that holds a number,
    row by row: agents give 64 bits to some ports and NULL, strings or nothing to others.
    """
    tables = _Tables(view)
    notes: Notes = []
    rows: dict[int, None] = {}
    for name in ROW_COLUMNS:
        for index in tables[name]:
            if len(index) == 1 and index[0] < 2**32:
                rows.setdefault(index[0])
            elif name != "ifName":
                notes.append(Oddity("bad-index", where_is(name, index), "ifIndex is one number"))
    if tables["ifName"] and not tables["ifDescr"] and not tables["ifType"]:
        notes.append(Oddity("no-row", "ifTable", "ifXTable has rows, ifTable has none"))
    stated = whole(view.scalar(oid_of("ifNumber")))
    if stated is not None and rows and stated != len(rows):
        notes.append(
            Oddity("count-differs", "ifNumber", f"says {stated}, the table has {len(rows)} rows")
        )
    return InterfaceReading(tuple(_interface(tables, row) for row in sorted(rows)), tuple(notes))


def _interface(tables: _Tables, row: int) -> Interface:
    index = (row,)
    notes: Notes = []

    def cell(name: str) -> Typed | None:
        return tables[name].get(index)

    description = text(cell("ifDescr"))
    counters = {
        field: _counter(tables, index, wide, narrow, notes)
        for field, (wide, narrow) in _COUNTERS.items()
    }
    return Interface(
        if_index=row,
        name=text(cell("ifName")) or description or f"ifIndex {row}",
        description=description,
        alias=text(cell("ifAlias")),
        kind=whole(cell("ifType"), f"ifType.{row}", notes),
        mac=mac(cell("ifPhysAddress")),
        mtu_bytes=_positive(whole(cell("ifMtu"))),
        speed_mbps=_speed_mbps(cell("ifHighSpeed"), cell("ifSpeed"), row, notes),
        admin=_state(cell("ifAdminStatus"), f"ifAdminStatus.{row}", notes),
        oper=_state(cell("ifOperStatus"), f"ifOperStatus.{row}", notes),
        connector=truth(cell("ifConnectorPresent")),
        last_change_s=seconds(cell("ifLastChange")),
        discontinuity_s=seconds(cell("ifCounterDiscontinuityTime")),
        oddities=tuple(notes),
        **counters,
    )


def _positive(value: int | None) -> int | None:
    return value if value is not None and value > 0 else None


def _state(typed: Typed | None, where: str, notes: Notes) -> PortState | None:
    value = whole(typed, where, notes)
    if value is None:
        return None
    if value not in _STATES:
        notes.append(Oddity("wrong-type", where, f"{value} is no state of an interface"))
    return _STATES.get(value)


def _counter(
    tables: _Tables, index: Index, wide: str | None, narrow: str, notes: Notes
) -> Counter | None:
    if wide is not None:
        typed = tables[wide].get(index)
        if typed is not None and typed.tag == Tag.COUNTER64:
            value = typed.value
            if isinstance(value, int) and 0 <= value < 2**64:  # the rule: no word to spend on it
                return Counter(value, 64)
        found = None
        if typed is not None:
            found = counter(typed, 64, f"{wide}.{index[0]}", notes)
        if found is not None:
            low = tables[narrow].get(index)
            # A string of zeros beside a 32-bit counter that moves is a place holder.
            if found.value or typed is None or typed.tag == Tag.COUNTER64 or low is None:
                return found
            other = counter(low, 32)
            return other if other is not None and other.value else found
    typed = tables[narrow].get(index)
    if typed is None:
        return None
    return counter(typed, 32, f"{narrow}.{index[0]}", notes)


def _speed_mbps(high: Typed | None, low: Typed | None, row: int, notes: Notes) -> float | None:
    """Return Mbit/s. ifHighSpeed is in Mbit/s, ifSpeed in bit/s."""
    mega = whole(high, f"ifHighSpeed.{row}", notes)
    bits = whole(low, f"ifSpeed.{row}", notes)
    for typed, name in ((high, "ifHighSpeed"), (low, "ifSpeed")):
        if typed is not None and typed.tag in (Tag.INTEGER, Tag.COUNTER32):
            notes.append(Oddity("wrong-type", f"{name}.{row}", "a gauge came as another type"))
    if bits is not None and -(2**31) <= bits < 0:
        bits += 2**32
    if mega is not None and mega > 0:
        # Agents that put bit/s into ifHighSpeed give it away by ifSpeed's same figure.
        if bits == mega and mega >= 1_000_000:
            notes.append(Oddity("too-large", f"ifHighSpeed.{row}", "bit/s instead of Mbit/s"))
            return mega / 1e6
        if 0 < (bits or 0) < _TOP_OF_SPEED and mega == 1 and bits != 1_000_000:
            return (bits or 0) / 1e6  # rounding hides a modem's 384 kbit/s
        return float(mega)
    if bits is None or bits <= 0 or bits == _TOP_OF_SPEED:
        return None
    return bits / 1e6
