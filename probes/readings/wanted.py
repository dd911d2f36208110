"""What to ask an agent for so that a reading has all it needs, and what of it can wait.

Neighbour caches and forwarding databases of a core router or CMTS hold 30-80 thousand rows; they
are marked slow, so that a poll service can fetch them rarely and apart from the counters.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from ..snmp.values import Oid
from . import objects as o

__all__ = ["ALL_PARTS", "EVERY_CYCLE", "IDENTITY", "SLOW_PARTS", "Part", "Wanted", "wanted"]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Scalars and groups of columns, in the form that an Ask takes; ``slow`` ones apart."""

    scalars: tuple[Oid, ...] = ()
    tables: tuple[tuple[Oid, ...], ...] = ()
    slow_tables: tuple[tuple[Oid, ...], ...] = ()

    def __or__(self, other: Wanted) -> Wanted:
        """Return both together, each column once; what either wants fast is fast."""
        scalars = tuple(dict.fromkeys(self.scalars + other.scalars))
        seen: set[Oid] = set()
        return Wanted(
            scalars,
            _once(self.tables + other.tables, seen),
            _once(self.slow_tables + other.slow_tables, seen),
        )


def _once(groups: Iterable[tuple[Oid, ...]], seen: set[Oid]) -> tuple[tuple[Oid, ...], ...]:
    kept = []
    for group in groups:
        fresh = tuple(column for column in dict.fromkeys(group) if column not in seen)
        seen.update(fresh)
        if fresh:
            kept.append(fresh)
    return tuple(kept)


class Part(StrEnum):
    """A part of what a device can say; each has one reading function."""

    SYSTEM = "system"
    INTERFACES = "interfaces"
    ADDRESSES = "addresses"
    ENTITY = "entity"
    ENTITY_SENSORS = "entity-sensors"
    LLDP = "lldp"
    CDP = "cdp"
    NEIGHBOURS = "neighbours"
    FORWARDING = "forwarding"
    DOCSIS = "docsis"
    EPON = "epon"
    FAMILY_TRAFFIC = "family-traffic"
    ADJACENCIES = "adjacencies"
    ROUTES = "routes"


SLOW_PARTS = frozenset({Part.NEIGHBOURS, Part.FORWARDING, Part.ROUTES})
"""Parts whose tables grow with the network behind a device and not with the device."""

EVERY_CYCLE = (Part.SYSTEM, Part.INTERFACES, Part.ENTITY_SENSORS)
"""What health needs each cycle; the rest changes with people's work and can come hourly."""

ALL_PARTS = tuple(Part)

_PARTS: dict[Part, Wanted] = {
    Part.SYSTEM: Wanted(scalars=o.SYSTEM_SCALARS),
    Part.INTERFACES: Wanted(scalars=(o.IF_NUMBER,), tables=o.INTERFACE_TABLES),
    Part.ADDRESSES: Wanted(scalars=o.ADDRESS_SCALARS, tables=o.ADDRESS_TABLES),
    Part.ENTITY: Wanted(tables=o.ENTITY_TABLES),
    Part.ENTITY_SENSORS: Wanted(tables=o.ENTITY_SENSOR_TABLES),
    Part.LLDP: Wanted(tables=o.LLDP_TABLES),
    Part.CDP: Wanted(tables=o.CDP_TABLES),
    Part.NEIGHBOURS: Wanted(slow_tables=o.NEIGHBOUR_TABLES),
    Part.FORWARDING: Wanted(tables=o.BRIDGE_PORT_TABLES, slow_tables=o.FORWARDING_TABLES),
    Part.DOCSIS: Wanted(tables=o.DOCSIS_TABLES),
    Part.EPON: Wanted(tables=o.EPON_TABLES),
    Part.FAMILY_TRAFFIC: Wanted(scalars=o.FAMILY_SCALARS, tables=o.FAMILY_TABLES),
    Part.ADJACENCIES: Wanted(scalars=o.ADJACENCY_SCALARS, tables=o.ADJACENCY_TABLES),
    Part.ROUTES: Wanted(
        scalars=o.ROUTE_SCALARS, tables=o.ROUTE_TABLES, slow_tables=o.LARGE_ROUTE_TABLES
    ),
}

IDENTITY = Wanted(scalars=o.IDENTITY_SCALARS)
"""The least that tells one kind of device from another; ask it first to choose a profile."""


def wanted(parts: Iterable[Part] = ALL_PARTS) -> Wanted:
    """Return what the readings of these parts need.

    Examples
    --------
    >>> wanted([Part.NEIGHBOURS]).tables, bool(wanted([Part.NEIGHBOURS]).slow_tables)
    ((), True)
    """
    asked = Wanted()
    for part in parts:
        asked = asked | _PARTS[part]
    return asked
