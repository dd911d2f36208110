"""The counters that are kept of a port, and which object of the agent each is read from.

A 64-bit counter is taken where the agent gives one of that type; devices exist that answer with an
empty string or NULL in its place, and then the 32-bit one is taken. Errors and discards have 32 bits
everywhere.

Source: RFC 2863 (ifTable, ifXTable), RFC 4293 (ipIfStatsTable).
"""

from __future__ import annotations

from dataclasses import dataclass

from .rates import Unit
from .snmp.values import Tag, Typed

__all__ = ["COUNTERS", "PORT_COUNTERS", "Counter", "chosen_counter", "port_speed_bps"]


@dataclass(frozen=True, slots=True)
class Counter:
    """A counter: its name here and the columns ``wide`` and ``narrow`` that hold it."""

    figure: str
    unit: Unit
    wide: str | None
    narrow: str | None


PORT_COUNTERS: tuple[Counter, ...] = (
    Counter("in_octets", Unit.OCTETS, "ifHCInOctets", "ifInOctets"),
    Counter("out_octets", Unit.OCTETS, "ifHCOutOctets", "ifOutOctets"),
    Counter("in_unicast_packets", Unit.PACKETS, "ifHCInUcastPkts", "ifInUcastPkts"),
    Counter("out_unicast_packets", Unit.PACKETS, "ifHCOutUcastPkts", "ifOutUcastPkts"),
    Counter("in_multicast_packets", Unit.PACKETS, "ifHCInMulticastPkts", "ifInMulticastPkts"),
    Counter("out_multicast_packets", Unit.PACKETS, "ifHCOutMulticastPkts", "ifOutMulticastPkts"),
    Counter("in_broadcast_packets", Unit.PACKETS, "ifHCInBroadcastPkts", "ifInBroadcastPkts"),
    Counter("out_broadcast_packets", Unit.PACKETS, "ifHCOutBroadcastPkts", "ifOutBroadcastPkts"),
    Counter("in_errors", Unit.FAULTS, None, "ifInErrors"),
    Counter("out_errors", Unit.FAULTS, None, "ifOutErrors"),
    Counter("in_discards", Unit.FAULTS, None, "ifInDiscards"),
    Counter("out_discards", Unit.FAULTS, None, "ifOutDiscards"),
)
"""Counters of a port, in the order of the columns of a :class:`~ngbw.probes.rates.CounterReading`."""

_IP_COUNTERS = tuple(
    Counter(f"{way}_octets_{version}", Unit.OCTETS, f"ipIfStatsHC{column}Octets", None)
    for way, column in (("in", "In"), ("out", "Out"))
    for version in ("ipv4", "ipv6")
)

COUNTERS: dict[str, Unit] = {c.figure: c.unit for c in (*PORT_COUNTERS, *_IP_COUNTERS)}
"""Every counter by name, and what it counts."""

_IF_SPEED_FULL = 2**32 - 1


def chosen_counter(wide: Typed | None, narrow: Typed | None) -> tuple[int, int]:
    """Return the count and its width in bits of the better of two counters; width 0 for none.

    A counter counts only with its own type: a 64-bit one that comes as an empty string, NULL or an
    integer is not there. A negative Counter32 (written without its leading zero) is read modulo
    2^32.
    """
    if wide is not None and wide.tag == Tag.COUNTER64 and isinstance(wide.value, int):
        return wide.value % 2**64, 64
    if narrow is not None and narrow.tag == Tag.COUNTER32 and isinstance(narrow.value, int):
        return narrow.value % 2**32, 32
    return 0, 0


def port_speed_bps(if_high_speed: int | None, if_speed: int | None) -> float | None:
    """Return a port's speed; None when the agent does not say.

    ifHighSpeed counts Mbit/s and is 0 below 0.5 Mbit/s; ifSpeed counts bit/s and stands at
    2^32 - 1 for everything faster (RFC 2863, 3.1.13), which says nothing.
    """
    if if_high_speed is not None and if_high_speed > 0:
        return if_high_speed * 1e6
    if if_speed is not None and 0 < if_speed < _IF_SPEED_FULL:
        return float(if_speed)
    return None
