"""What a device says about itself, as records: the common language of every MIB we read.

A value that an agent did not give, or gave in a form that cannot be trusted, is None and never 0.
What broke its MIB stands beside the records as an :class:`Oddity`, so that nothing disappears
silently. Units are in the names; text is as the device gave it, without control characters.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address
from typing import NamedTuple

from ..snmp.values import Index, Oid

__all__ = [
    "Address",
    "Adjacency",
    "Counter",
    "Entity",
    "Family",
    "FamilyCounters",
    "ForwardingEntry",
    "Interface",
    "Module",
    "Neighbour",
    "Oddity",
    "PortState",
    "Sensor",
    "SensorState",
    "System",
    "Thresholds",
    "TopologyLink",
    "UnreadableRow",
]


class Oddity(NamedTuple):
    """Something in an answer that breaks its MIB.

    ``kind`` is one of ``text-for-number``, ``null-for-number``, ``wrong-type``, ``negative``,
    ``too-large``, ``no-row``, ``unknown-index``, ``bad-index``, ``count-differs``.
    """

    kind: str
    where: str  # object and index, as in "ifSpeed.3"
    detail: str


@dataclass(frozen=True, slots=True)
class UnreadableRow:
    """A row whose index says no address by any layout that is known."""

    table: str
    index: Index
    reason: str


class Counter(NamedTuple):
    """A counter as it stood, with its width: only the width tells where it wraps."""

    value: int
    bits: int  # 32 or 64


class PortState(StrEnum):
    """State of an interface (RFC 2863, ifOperStatus and ifAdminStatus)."""

    UP = "up"
    DOWN = "down"
    TESTING = "testing"
    UNKNOWN = "unknown"
    DORMANT = "dormant"
    NOT_PRESENT = "notPresent"
    LOWER_LAYER_DOWN = "lowerLayerDown"


class Family(StrEnum):
    """Address family."""

    IPV4 = "ipv4"
    IPV6 = "ipv6"


@dataclass(frozen=True, slots=True)
class System:
    """Who answers, and since when.

    Attributes
    ----------
    object_id
        sysObjectID; empty when not given.
    agent_uptime_s
        sysUpTime: of the agent, and turning over after 497 days.
    uptime_s
        Best known time since the device started: snmpEngineTime or hrSystemUptime where they
        exceed what sysUpTime can hold, else sysUpTime.
    uptime_source
        ``sysUpTime``, ``hrSystemUptime``, ``snmpEngineTime`` or empty.
    uptime_turned_over
        sysUpTime has turned over at least once, so that its fall is no restart.
    engine_boots
        snmpEngineBoots: rises by one with each start of the agent; None where it does not say.
    """

    description: str = ""
    object_id: Oid = ()
    name: str = ""
    location: str = ""
    contact: str = ""
    agent_uptime_s: float | None = None
    uptime_s: float | None = None
    uptime_source: str = ""
    uptime_turned_over: bool = False
    engine_boots: int | None = None
    interface_count: int | None = None  # ifNumber, as stated
    oddities: tuple[Oddity, ...] = ()


@dataclass(frozen=True, slots=True)
class Interface:
    """A row of ifTable joined with its row of ifXTable.

    Attributes
    ----------
    name
        ifName, else ifDescr, else ``ifIndex N``; not always unique, see ``if_index``.
    kind
        ifType as a number (IANAifType-MIB); None when not given.
    speed_mbps
        ifHighSpeed; ifSpeed only below its limit of 4.29 Gbit/s. None when unknown or 0.
    last_change_s
        sysUpTime at the last change of state.
    discontinuity_s
        sysUpTime at the last moment at which a counter lost its continuity; None when not said.
    in_octets, out_octets, ...
        64 bits wide where the device has them, else 32.
    hc
        Whether both octet counters are 64 bits wide.
    """

    if_index: int
    name: str
    description: str = ""
    alias: str = ""
    kind: int | None = None
    mac: str | None = None
    mtu_bytes: int | None = None
    speed_mbps: float | None = None
    admin: PortState | None = None
    oper: PortState | None = None
    connector: bool | None = None
    last_change_s: float | None = None
    discontinuity_s: float | None = None
    in_octets: Counter | None = None
    out_octets: Counter | None = None
    in_unicast: Counter | None = None
    out_unicast: Counter | None = None
    in_multicast: Counter | None = None
    out_multicast: Counter | None = None
    in_broadcast: Counter | None = None
    out_broadcast: Counter | None = None
    in_errors: Counter | None = None
    out_errors: Counter | None = None
    in_discards: Counter | None = None
    out_discards: Counter | None = None
    in_unknown_protocols: Counter | None = None
    oddities: tuple[Oddity, ...] = ()

    @property
    def hc(self) -> bool:
        """Whether both octet counters are 64 bits wide."""
        return all(c is not None and c.bits == 64 for c in (self.in_octets, self.out_octets))


@dataclass(frozen=True, slots=True)
class Address:
    """An address of the device.

    Attributes
    ----------
    zone
        Zone of a scoped address as the index says it; most agents use the ifIndex.
    prefix_length
        None where neither a mask nor a prefix row says it.
    origin, status
        Words of RFC 4293 (``manual``, ``dhcp``, ``linklayer``; ``preferred``, ``deprecated``...).
    layout
        How the row's index was written: ``strict`` (RFC 4001), ``no-length``, ``hextets``,
        ``text``, ``mapped``, ``legacy`` (RFC 2465), ``old`` (RFC 1213).
    table
        Table that gave it.
    """

    address: IPv4Address | IPv6Address
    if_index: int | None = None
    prefix_length: int | None = None
    zone: int | None = None
    kind: str = "unicast"  # unicast, anycast, broadcast
    origin: str | None = None
    status: str | None = None
    layout: str = "strict"
    table: str = "ipAddressTable"

    @property
    def family(self) -> Family:
        """Address family."""
        return Family.IPV4 if self.address.version == 4 else Family.IPV6


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A row of ARP (ipNetToMedia) or of neighbour discovery (ipNetToPhysical, ipv6NetToMedia)."""

    if_index: int
    address: IPv4Address | IPv6Address
    mac: str | None = None
    kind: str | None = None  # other, invalid, dynamic, static, local
    state: str | None = None  # reachable, stale, delay, probe, invalid, unknown, incomplete
    zone: int | None = None
    layout: str = "strict"
    table: str = "ipNetToPhysicalTable"


@dataclass(frozen=True, slots=True)
class ForwardingEntry:
    """A learned MAC address of a bridge. ``vlan`` is the VLAN where a known table says it."""

    mac: str
    bridge_port: int
    if_index: int | None = None
    filtering_database: int | None = None
    vlan: int | None = None
    status: str | None = None  # other, invalid, learned, self, mgmt
    table: str = "dot1dTpFdbTable"


@dataclass(frozen=True, slots=True)
class TopologyLink:
    """A neighbour that a discovery protocol heard on a port.

    Attributes
    ----------
    protocol
        ``lldp``, ``lldp2`` (IEEE 802.1AB-2009 MIB) or ``cdp``.
    local_port
        Port number of the protocol's own table; ``local_if_index`` where it could be tied to one.
    remote_chassis_kind, remote_port_kind
        Words of the subtype: ``macAddress``, ``interfaceName``, ``local``, ``networkAddress``...
    """

    protocol: str
    local_port: int
    local_if_index: int | None = None
    local_port_name: str = ""
    remote_chassis: str = ""
    remote_chassis_kind: str = ""
    remote_port: str = ""
    remote_port_kind: str = ""
    remote_port_description: str = ""
    remote_name: str = ""
    remote_description: str = ""
    remote_addresses: tuple[IPv4Address | IPv6Address, ...] = ()
    remote_capabilities: frozenset[str] = frozenset()
    index: Index = ()


@dataclass(frozen=True, slots=True)
class Entity:
    """A physical part (ENTITY-MIB, RFC 6933). ``if_index`` where an alias mapping ties one."""

    index: int
    kind: str = "unknown"  # chassis, container, powerSupply, fan, sensor, module, port, stack, cpu
    description: str = ""
    name: str = ""
    contained_in: int | None = None
    position: int | None = None
    model: str = ""
    serial: str = ""
    maker: str = ""
    hardware: str = ""
    firmware: str = ""
    software: str = ""
    alias: str = ""
    asset: str = ""
    made: str | None = None
    replaceable: bool | None = None
    vendor_type: Oid = ()
    if_index: int | None = None


@dataclass(frozen=True, slots=True)
class Module:
    """A module that can be drawn: a transceiver, a card, a supply.

    ``kind`` is ``transceiver``, ``module``, ``chassis``, ``power-supply`` or ``fan``; ``entity``
    is its physical index where ENTITY-MIB told it.
    """

    name: str
    kind: str
    description: str = ""
    model: str = ""
    serial: str = ""
    maker: str = ""
    revision: str = ""
    connector: str = ""
    made: str = ""
    if_index: int | None = None
    entity: int | None = None
    source: str = ""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Limits that the device, or its maker's data sheet in a profile, states for a figure."""

    low_alarm: float | None = None
    low_warning: float | None = None
    high_warning: float | None = None
    high_alarm: float | None = None

    def __bool__(self) -> bool:
        return any(
            limit is not None
            for limit in (self.low_alarm, self.low_warning, self.high_warning, self.high_alarm)
        )


class SensorState(StrEnum):
    """What a state word of a device means for people who must act."""

    OK = "ok"
    WARNING = "warning"
    CRITICAL = "critical"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Sensor:
    """One figure of one part of a device, in the unit that the figure's name states.

    Attributes
    ----------
    name
        Unique on the device and stable across restarts: figure, part and index.
    figure
        A name of :data:`.figures.FIGURES`: ``temperature_c``, ``rx_power_dbm``, ``vswr``...
        ``state`` stands for a word, whose meaning is in ``state``.
    part
        What it belongs to: a port, a module, a carrier, a channel.
    value
        None when there is no measurement; ``absent`` then says why (``no light``,
        ``not available``, ``not operational``).
    oid
        The object that was read; empty for a computed figure.
    raw
        The number as it stood in the object.
    basis
        ``measured``, or ``computed`` from other figures of the same part.
    """

    name: str
    figure: str
    part: str
    value: float | None
    label: str = ""
    oid: Oid = ()
    raw: float | None = None
    state: SensorState | None = None
    state_word: str = ""
    absent: str = ""
    thresholds: Thresholds = field(default_factory=Thresholds)
    if_index: int | None = None
    entity: int | None = None
    basis: str = "measured"
    source: str = ""  # MIB or profile


@dataclass(frozen=True, slots=True)
class FamilyCounters:
    """Traffic counters of one family, of the whole device or of one interface.

    ``if_index`` is None for the whole device. ``table`` is ``ipSystemStatsTable``,
    ``ipIfStatsTable``, ``ipv6IfStatsTable``, which counts packets alone, or Juniper's
    ``jnxIpv6Stats`` (packets of its routing engine) and ``jnxIpv6IfStatsTable`` (octets alone).
    ``too_big`` counts packets that the next link could not take whole and that were not cut.
    """

    family: Family
    table: str
    if_index: int | None = None
    in_packets: Counter | None = None
    in_octets: Counter | None = None
    in_forwarded: Counter | None = None
    in_discards: Counter | None = None
    in_no_routes: Counter | None = None
    in_delivers: Counter | None = None
    out_forwarded: Counter | None = None
    out_packets: Counter | None = None
    out_octets: Counter | None = None
    out_discards: Counter | None = None
    out_no_routes: Counter | None = None
    too_big: Counter | None = None
    discontinuity_s: float | None = None


@dataclass(frozen=True, slots=True)
class Adjacency:
    """A neighbour of a routing protocol.

    Attributes
    ----------
    protocol
        ``ospf``, ``ospfv3``, ``bgp``, ``isis``.
    family
        Family that the adjacency carries; None where its MIB does not say.
    up
        Full, established or up; None when the state is unknown.
    state
        Word of the protocol.
    """

    protocol: str
    neighbour: str
    state: str
    up: bool | None
    family: Family | None = None
    if_index: int | None = None
    remote_as: int | None = None
    admin_up: bool | None = None
    established_s: float | None = None
    table: str = ""
