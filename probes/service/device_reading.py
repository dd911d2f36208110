"""What one answer says of a device, every reading of it together."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass
from enum import Enum
from ipaddress import IPv4Address, IPv6Address
from typing import Any

from ..observations import Observation, resource
from ..quality import Quality
from ..readings.addresses import read_addresses
from ..readings.discovery import read_cdp, read_lldp
from ..readings.entity import read_entities
from ..readings.interfaces import read_interfaces
from ..readings.records import Address, Entity, Interface, Sensor, System, TopologyLink
from ..readings.sensors import read_sensors
from ..readings.system import read_system
from ..readings.wanted import Wanted
from ..snmp.values import MibView, Oid
from ..store import Series

__all__ = ["DeviceReading", "plain", "read_device", "wanted_of"]

_DECIMALS = 3


@dataclass(frozen=True, slots=True)
class DeviceReading:
    """A device as one answer shows it; what was not asked is empty."""

    device_id: str
    system: System
    interfaces: tuple[Interface, ...]
    addresses: tuple[Address, ...]
    links: tuple[TopologyLink, ...]
    entities: tuple[Entity, ...]
    sensors: tuple[Sensor, ...]

    def observations(self, at_s: float) -> list[Observation]:
        """Return what its sensors say; a sensor without a measurement is a gap."""
        return [
            Observation(
                resource("sensor", self.device_id, one.name), one.figure, one.value,
                Quality.GAP if one.value is None else Quality.OK, at_s,
            )
            for one in self.sensors
            if one.figure != "state"
        ]  # fmt: skip

    def gauges(self) -> Iterator[tuple[Series, int | None]]:
        """Yield what is kept of each sensor, its value in thousandths; None for a gap."""
        for one in self.sensors:
            if one.figure == "state":
                continue
            value = one.value
            scaled = None if value is None else value * 10**_DECIMALS
            fits = scaled is not None and math.isfinite(scaled) and abs(scaled) < 2**62
            name = resource("sensor", self.device_id, one.name)
            yield (
                Series(name, one.figure, decimals=_DECIMALS),
                round(scaled) if scaled is not None and fits else None,
            )
