"""What one answer says of a device, every reading of it together."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from enum import Enum
from ipaddress import IPv4Address, IPv6Address
from typing import Any

from ..observations import Observation, resource
from ..profiles import Profile, matching_profiles, read_profile_sensors, wanted_by
from ..quality import Quality
from ..readings.addresses import AddressReading, read_addresses
from ..readings.adjacencies import read_adjacencies
from ..readings.cable import read_cable_sensors, read_epon_sensors
from ..readings.discovery import read_cdp, read_lldp
from ..readings.entity import read_entities
from ..readings.family_traffic import read_family_traffic
from ..readings.interfaces import InterfaceReading, read_interfaces
from ..readings.neighbours import NeighbourReading, read_neighbours
from ..readings.records import Adjacency, Entity, FamilyCounters, Sensor, System, TopologyLink
from ..readings.sensors import read_entity_sensors
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
    interfaces: InterfaceReading
    addresses: AddressReading
    links: tuple[TopologyLink, ...]
    neighbours: NeighbourReading
    adjacencies: tuple[Adjacency, ...]
    families: tuple[FamilyCounters, ...]
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


def wanted_of(profiles: Sequence[Profile], object_id: Oid | None, description: str = "") -> Wanted:
    """Return what the profiles of a kind of device read; nothing before the kind is known."""
    if object_id is None:
        return Wanted()
    return wanted_by(matching_profiles(profiles, object_id=object_id, description=description))


def read_device(device_id: str, view: MibView, profiles: Sequence[Profile] = ()) -> DeviceReading:
    """Read everything that an answer holds.

    Parameters
    ----------
    profiles
        All there are; those that fit the device are used.
    """
    system = read_system(view)
    fitting = matching_profiles(
        profiles, object_id=system.object_id, description=system.description
    )
    sensors: dict[str, Sensor] = {}
    for sensor in (
        *read_profile_sensors(view, fitting),
        *read_entity_sensors(view),
        *read_cable_sensors(view),
        *read_epon_sensors(view),
    ):
        sensors.setdefault(sensor.name, sensor)
    return DeviceReading(
        device_id=device_id,
        system=system,
        interfaces=read_interfaces(view),
        addresses=read_addresses(view),
        links=(*read_lldp(view), *read_cdp(view)),
        neighbours=read_neighbours(view),
        adjacencies=read_adjacencies(view),
        families=read_family_traffic(view),
        entities=read_entities(view),
        sensors=tuple(sensors.values()),
    )


def plain(thing: Any) -> Any:
    """Return records as data for JSON: enums as words, addresses and identifiers as text."""
    if is_dataclass(thing) and not isinstance(thing, type):
        return {one.name: plain(getattr(thing, one.name)) for one in fields(thing)}
    if isinstance(thing, Enum):
        return thing.value
    if isinstance(thing, float):
        return thing if math.isfinite(thing) else None
    if thing is None or isinstance(thing, bool | int | str):
        return thing
    if isinstance(thing, IPv4Address | IPv6Address):
        return str(thing)
    if isinstance(thing, bytes):
        return thing.hex()
    if isinstance(thing, Mapping):
        return {str(key): plain(value) for key, value in thing.items()}
    if isinstance(thing, tuple) and hasattr(thing, "_asdict"):
        return {key: plain(value) for key, value in thing._asdict().items()}
    if isinstance(thing, set | frozenset):
        return sorted(plain(one) for one in thing)
    if isinstance(thing, tuple | list):
        return [plain(one) for one in thing]
    return str(thing)
