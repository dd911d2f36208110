"""Everything one device says, read in one call: standard MIBs and the profiles that fit it.

The steps for a poll: ask :data:`~.readings.wanted.IDENTITY`, choose profiles with
:func:`profiles_for`, ask :func:`wanted_of_device`, hand the answer's view to :func:`read_device`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from .profiles import (
    Profile,
    built_in_profiles,
    matching_profiles,
    read_profile_modules,
    read_profile_sensors,
    wanted_by,
)
from .readings.addresses import AddressReading, read_addresses
from .readings.adjacencies import read_adjacencies
from .readings.cable import CableChannel, read_cable_channels, read_cable_sensors, read_epon_sensors
from .readings.column_cache import ColumnCache
from .readings.discovery import read_cdp, read_lldp
from .readings.entity import modules_of, read_entities
from .readings.family_traffic import read_family_traffic
from .readings.forwarding import read_forwarding
from .readings.interfaces import InterfaceReading, read_interfaces
from .readings.ipv6_routes import RouteReading, read_ipv6_routes
from .readings.neighbours import NeighbourReading, read_neighbours
from .readings.records import (
    Adjacency,
    Entity,
    FamilyCounters,
    ForwardingEntry,
    Module,
    Sensor,
    System,
    TopologyLink,
)
from .readings.sensors import read_entity_sensors
from .readings.system import read_system
from .readings.wanted import ALL_PARTS, Part, Wanted, wanted
from .snmp.values import MibView

__all__ = ["DeviceReading", "profiles_for", "read_device", "read_sensors", "wanted_of_device"]


@dataclass(frozen=True, slots=True)
class DeviceReading:
    """What a device says; parts that were not asked for are empty."""

    system: System
    profiles: tuple[str, ...]
    interfaces: InterfaceReading
    addresses: AddressReading
    entities: tuple[Entity, ...]
    modules: tuple[Module, ...]
    sensors: tuple[Sensor, ...]
    links: tuple[TopologyLink, ...]
    neighbours: NeighbourReading
    forwarding: tuple[ForwardingEntry, ...]
    cable_channels: tuple[CableChannel, ...]
    family_traffic: tuple[FamilyCounters, ...]
    adjacencies: tuple[Adjacency, ...]
    routes: RouteReading


def profiles_for(
    view: MibView, profiles: Iterable[Profile] | None = None, *, asked: bool = True
) -> tuple[Profile, ...]:
    """Return the profiles that fit a device, the nearest first.

    Parameters
    ----------
    profiles
        To choose from; the built-in ones unless given.
    asked
        Whether the view holds an answer to everything the profiles want; with False, as after
        asking the identity alone, every profile is returned that may still fit.
    """
    system = read_system(view)
    return matching_profiles(
        built_in_profiles() if profiles is None else profiles,
        object_id=system.object_id,
        description=system.description,
        view=view if asked else None,
    )


def wanted_of_device(profiles: Iterable[Profile], parts: Iterable[Part] = ALL_PARTS) -> Wanted:
    """Return what to ask a device to which these profiles fit."""
    return wanted(parts) | wanted_by(profiles)


def read_sensors(view: MibView, profiles: Iterable[Profile]) -> tuple[Sensor, ...]:
    """Read the sensors of all sources; an object that two sources read is given once.

    A profile knows more than the standard MIB does, so that it comes first.
    """
    found = [
        *read_profile_sensors(view, profiles),
        *read_entity_sensors(view),
        *read_cable_sensors(view),
        *read_epon_sensors(view),
    ]
    kept: dict[tuple[object, ...], Sensor] = {}
    for sensor in found:
        kept.setdefault((sensor.oid or sensor.name, sensor.figure), sensor)
    return tuple(kept.values())


def read_device(view: MibView, profiles: Iterable[Profile] | None = None) -> DeviceReading:
    """Read everything that the view holds; it never raises for what a device said."""
    view = ColumnCache(view)
    fitting = profiles_for(view, profiles)
    entities = read_entities(view)
    return DeviceReading(
        system=read_system(view),
        profiles=tuple(profile.profile_id for profile in fitting),
        interfaces=read_interfaces(view),
        addresses=read_addresses(view),
        entities=entities,
        modules=(*read_profile_modules(view, fitting), *modules_of(entities)),
        sensors=read_sensors(view, fitting),
        links=(*read_lldp(view), *read_cdp(view)),
        neighbours=read_neighbours(view),
        forwarding=read_forwarding(view),
        cable_channels=read_cable_channels(view),
        family_traffic=read_family_traffic(view),
        adjacencies=read_adjacencies(view),
        routes=read_ipv6_routes(view),
    )
