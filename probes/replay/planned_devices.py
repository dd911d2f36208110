"""Recordings of devices that exist on paper: what the tables of a project would answer.

Every device of ``devices`` becomes an agent with a system group, its ports with counters that
move, its addresses, its neighbours by LLDP along ``links``, the optics of fibre links, the
terminals of PON ports, and, where its role is ``radio``, the figures of a transmitter. Nothing is
drawn by chance but by the SHA-256 of names: the same tables give the same recordings everywhere.

The figures are made up, plausible, and good for demonstrations and tests of a monitoring system.
:mod:`.planned_ipv6` says how far each device is with IPv6, :mod:`.planned_radio` what OLTs and
transmitters say in a maker's own MIB.
"""

from __future__ import annotations

import ipaddress
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ...topology.network import Device, Link, Network, Port
from ..mibs import oid_of
from ..snmp.values import Index, Oid, Tag, Typed
from .drifts import Drift, share_of
from .planned_ipv6 import Ipv6Stage, family_rows, stage_of
from .planned_radio import EXAMPLE_ENTERPRISE, onu_rows, transmitter_rows
from .recordings import Recording

__all__ = ["PORT_OPER_STATUS", "planned_recordings"]

PORT_OPER_STATUS: Oid = oid_of("ifOperStatus")

_KINDS = {"backbone": 1, "access": 2, "idc": 3, "radio": 4, "cpe": 5, "other": 6}
_ETHERNET, _GPON, _LOOPBACK = 6, 250, 24
_SPEED_LIMIT_BPS = 2**32 - 1
_PACKET_OCTETS = 700
_DAY_S = 86_400
_FIBRE_DB_KM, _JOINTS_DB, _SENT_DBM = 0.25, 2.0, 1.0
"""1550 nm over G.652 (ITU-T G.652.D, at most 0.30 dB/km), connectors and splices, launch power."""

_Row = tuple[Oid, Typed, Drift | None]


def _integer(value: int) -> Typed:
    return Typed(Tag.INTEGER, value)


def _text(words: str) -> Typed:
    return Typed(Tag.OCTET_STRING, words.encode())


def _mac(name: str) -> bytes:
    """Return a locally administered address (IEEE 802, second bit of the first octet)."""
    return b"\x02" + int(share_of(f"mac:{name}") * 2**40).to_bytes(5, "big")


@dataclass(frozen=True, slots=True)
class _Port:
    """A port with its place in the interface tables and what it is joined to."""

    if_index: int
    port: Port
    link: Link | None
    far: Port | None

    @property
    def speed_bps(self) -> float:
        return (self.port.capacity_mbps or 1000.0) * 1e6

    @property
    def is_pon(self) -> bool:
        return self.link is not None and self.link.kind == "pon"

    def load(self, direction: str) -> float:
        """Return the share of the speed that passes; what one end sends, the other receives."""
        sender = self.port.port_id
        if direction == "in":
            sender = self.far.port_id if self.far else f"behind {sender}"
        return 0.08 + 0.42 * share_of(f"load:{sender}")


class _Plan:
    """The tables, looked up by device and port."""

    def __init__(self, network: Network) -> None:
        self.devices = [network.device(str(key)) for key in network.devices["device_id"]]
        self.by_id = {one.device_id: one for one in self.devices}
        ports = [network.port(str(key)) for key in network.ports["port_id"]]
        port_of = {one.port_id: one for one in ports}
        link_of: dict[str, tuple[Link, Port | None]] = {}
        self.link_number: dict[str, int] = {}
        for number, key in enumerate(network.links["link_id"]):
            link = network.link(str(key))
            self.link_number[link.link_id] = number
            for here, there in ((link.a_port, link.b_port), (link.b_port, link.a_port)):
                if here in port_of:
                    link_of[here] = (link, port_of.get(there))
        self.ports: dict[str, list[_Port]] = {one.device_id: [] for one in self.devices}
        for port in ports:
            mine = self.ports[port.device_id]
            joined = link_of.get(port.port_id, (None, None))
            mine.append(_Port(len(mine) + 1, port, *joined))

    def link_address(self, port: _Port, version: int) -> str | None:
        """Return the port's address on its link: /31 of RFC 3021, /127 of RFC 6164."""
        if port.link is None or port.far is None:
            return None
        number = self.link_number[port.link.link_id]
        end = int(port.port.port_id == port.link.b_port)
        if version == 6:
            return f"2001:db8:110:ff::{number * 2 + end:x}"
        return str(ipaddress.IPv4Address("198.18.0.0") + number * 2 + end)


def _uptime_s(device: Device) -> float:
    return math.floor(_DAY_S * (20 + 180 * share_of(f"uptime:{device.device_id}")))


def _system(device: Device, ports: int) -> Iterator[_Row]:
    kind = _KINDS.get(device.role, 6)
    ticks = Typed(Tag.TIME_TICKS, int(_uptime_s(device) * 100))
    yield (
        (*oid_of("sysDescr"), 0),
        _text(f"{device.vendor} {device.model or device.role}, made from the tables of a project"),
        None,
    )
    yield (
        (*oid_of("sysObjectID"), 0),
        Typed(Tag.OBJECT_IDENTIFIER, (*EXAMPLE_ENTERPRISE, kind)),
        None,
    )
    yield (*oid_of("sysUpTime"), 0), ticks, None
    yield (*oid_of("sysName"), 0), _text(device.name or device.device_id), None
    yield (*oid_of("sysLocation"), 0), _text(device.site_id), None
    yield (*oid_of("hrSystemUptime"), 0), ticks, None
    yield (*oid_of("ifNumber"), 0), _integer(ports + 1), None


def _interface(one: _Port) -> Iterator[_Row]:
    n, port = one.if_index, one.port
    bps = one.speed_bps
    name = port.if_name or port.port_id
    rows: list[tuple[str, Typed]] = [
        ("ifIndex", _integer(n)),
        ("ifDescr", _text(name)),
        ("ifType", _integer(_GPON if one.is_pon else _ETHERNET)),
        ("ifMtu", _integer(2000 if one.is_pon else 9192)),
        ("ifSpeed", Typed(Tag.GAUGE32, min(int(bps), _SPEED_LIMIT_BPS))),
        ("ifPhysAddress", Typed(Tag.OCTET_STRING, _mac(port.port_id))),
        ("ifAdminStatus", _integer(1)),
        ("ifOperStatus", _integer(1)),
        ("ifLastChange", Typed(Tag.TIME_TICKS, 4200)),
        ("ifName", _text(name)),
        ("ifHighSpeed", Typed(Tag.GAUGE32, round(bps / 1e6))),
        ("ifConnectorPresent", _integer(1)),
        ("ifAlias", _text(port.if_alias)),
        ("ifCounterDiscontinuityTime", Typed(Tag.TIME_TICKS, 0)),
    ]
    for column, value in rows:
        yield (*oid_of(column), n), value, None


def _counted(column: Oid, index: Index, rate: float, uptime_s: float, *, bits: int = 64) -> _Row:
    initial = math.floor(rate * uptime_s) % 2**bits
    drift = Drift(float(initial), round(rate, 3), round(rate * 0.15, 3))
    tag = Tag.COUNTER64 if bits == 64 else Tag.COUNTER32
    return (*column, *index), Typed(tag, int(drift.initial)), drift


def _counters(one: _Port, uptime_s: float) -> Iterator[_Row]:
    index = (one.if_index,)
    for direction, word in (("in", "In"), ("out", "Out")):
        octets_s = one.load(direction) * one.speed_bps / 8
        packets_s = octets_s / _PACKET_OCTETS
        for column, rate in (
            ("Octets", octets_s), ("UcastPkts", packets_s * 0.97),
            ("MulticastPkts", packets_s * 0.025), ("BroadcastPkts", packets_s * 0.005),
        ):  # fmt: skip
            yield _counted(oid_of(f"ifHC{word}{column}"), index, rate, uptime_s)
        yield _counted(oid_of(f"if{word}Octets"), index, octets_s, uptime_s, bits=32)
        yield _counted(oid_of(f"if{word}UcastPkts"), index, packets_s * 0.97, uptime_s, bits=32)
        faults_s = packets_s * 1e-9 * share_of(f"errors:{one.port.port_id}:{direction}")
        yield _counted(oid_of(f"if{word}Errors"), index, faults_s, uptime_s, bits=32)
        yield _counted(oid_of(f"if{word}Discards"), index, faults_s * 3, uptime_s, bits=32)


def _loopback(device: Device, n: int) -> Iterator[_Row]:
    for column, value in (
        ("ifIndex", _integer(n)), ("ifDescr", _text("lo0")), ("ifType", _integer(_LOOPBACK)),
        ("ifMtu", _integer(65_535)), ("ifSpeed", Typed(Tag.GAUGE32, 0)),
        ("ifPhysAddress", Typed(Tag.OCTET_STRING, b"")), ("ifAdminStatus", _integer(1)),
        ("ifOperStatus", _integer(1)), ("ifName", _text("lo0")),
        ("ifHighSpeed", Typed(Tag.GAUGE32, 0)), ("ifConnectorPresent", _integer(2)),
        ("ifAlias", _text(f"management of {device.device_id}")),
    ):  # fmt: skip
        yield (*oid_of(column), n), value, None


def _addresses(plan: _Plan, device: Device, stage: Ipv6Stage, lo: int) -> Iterator[_Row]:
    given: list[tuple[ipaddress.IPv4Address | ipaddress.IPv6Address, int]] = []
    try:
        management = ipaddress.ip_address(device.mgmt_address)
    except ValueError:
        pass
    else:
        given.append((management, lo))
    for one in plan.ports[device.device_id]:
        versions = (4,) if stage is Ipv6Stage.NONE else (4, 6)
        texts = (plan.link_address(one, version) for version in versions)
        given += [(ipaddress.ip_address(text), one.if_index) for text in texts if text]
    for address, if_index in given:
        octets = address.packed
        index = (1 if address.version == 4 else 2, len(octets), *octets)
        for column, value in (
            ("ipAddressIfIndex", _integer(if_index)), ("ipAddressType", _integer(1)),
            ("ipAddressPrefix", Typed(Tag.OBJECT_IDENTIFIER, (0, 0))),
            ("ipAddressOrigin", _integer(2)), ("ipAddressStatus", _integer(1)),
        ):  # fmt: skip
            yield (*oid_of(column), *index), value, None
        if address.version == 4:
            mask = b"\xff\xff\xff\xff" if if_index == lo else b"\xff\xff\xff\xfe"
            yield (*oid_of("ipAdEntIfIndex"), *octets), _integer(if_index), None
            yield (*oid_of("ipAdEntNetMask"), *octets), Typed(Tag.IP_ADDRESS, mask), None


def _neighbours(plan: _Plan, device: Device) -> Iterator[_Row]:
    """Rows of LLDP (IEEE 802.1AB): own ports, and who is heard on them."""
    for one in plan.ports[device.device_id]:
        n = one.if_index
        name = one.port.if_name or one.port.port_id
        yield (*oid_of("lldpLocPortIdSubtype"), n), _integer(5), None
        yield (*oid_of("lldpLocPortId"), n), _text(name), None
        yield (*oid_of("lldpLocPortDesc"), n), _text(one.port.if_alias), None
        if one.far is None or one.is_pon:
            continue
        other = plan.by_id[one.far.device_id]
        index = (4200, n, 1)
        for column, value in (
            ("lldpRemChassisIdSubtype", _integer(4)),
            ("lldpRemChassisId", Typed(Tag.OCTET_STRING, _mac(other.device_id))),
            ("lldpRemPortIdSubtype", _integer(5)),
            ("lldpRemPortId", _text(one.far.if_name or one.far.port_id)),
            ("lldpRemPortDesc", _text(one.far.if_alias)),
            ("lldpRemSysName", _text(other.name or other.device_id)),
            ("lldpRemSysDesc", _text(f"{other.vendor} {other.model}")),
            ("lldpRemSysCapEnabled", Typed(Tag.OCTET_STRING, b"\x28\x00")),  # bridge, router
        ):
            yield (*oid_of(column), *index), value, None


@dataclass(frozen=True, slots=True)
class _Sensor:
    """A physical sensor of ENTITY-SENSOR-MIB (RFC 3433)."""

    name: str
    parent: int
    kind: int  # 6 watts, 8 celsius
    scale: int  # 7 micro, 9 units
    precision: int
    value: float
    sway: float = 0.0


_WATTS, _CELSIUS = 6, 8
_MICRO, _UNITS = 7, 9
_CHASSIS, _PORT, _SENSOR = 3, 10, 8


def _physical(number: int, parent: int, kind: int, name: str) -> Iterator[_Row]:
    for column, value in (
        ("entPhysicalDescr", _text(name)), ("entPhysicalContainedIn", _integer(parent)),
        ("entPhysicalClass", _integer(kind)), ("entPhysicalName", _text(name)),
    ):  # fmt: skip
        yield (*oid_of(column), number), value, None


def _sensor_rows(number: int, one: _Sensor) -> Iterator[_Row]:
    yield from _physical(number, one.parent, _SENSOR, one.name)
    tens = 10**one.precision
    value = round(one.value * tens)
    drift = Drift(float(value), 0.0, round(one.sway * tens, 3)) if one.sway else None
    for column, what, moving in (
        ("entPhySensorType", _integer(one.kind), None),
        ("entPhySensorScale", _integer(one.scale), None),
        ("entPhySensorPrecision", _integer(one.precision), None),
        ("entPhySensorValue", _integer(value), drift),
        ("entPhySensorOperStatus", _integer(1), None),
    ):
        yield (*oid_of(column), number), what, moving


def _microwatts(dbm: float) -> float:
    return 1000 * 10 ** (dbm / 10)


def _optics(one: _Port) -> list[_Sensor]:
    """Return the power that leaves and reaches a port of a fibre link."""
    if one.link is None or one.link.kind != "fibre":
        return []
    loss_db = (one.link.length_km or 1.0) * _FIBRE_DB_KM + _JOINTS_DB
    received = _SENT_DBM - loss_db - 1.5 * share_of(f"optics:{one.port.port_id}")
    parent = 1000 + one.if_index
    name = one.port.if_name or one.port.port_id
    return [
        _Sensor(
            f"{name} optical transmit power", parent, _WATTS, _MICRO, 1, _microwatts(_SENT_DBM)
        ),
        _Sensor(
            f"{name} optical receive power", parent, _WATTS, _MICRO, 1, _microwatts(received), 2.0
        ),
    ]


def _entities(plan: _Plan, device: Device) -> Iterator[_Row]:
    yield from _physical(1, 0, _CHASSIS, device.model or device.role)
    sensors = [_Sensor("inlet temperature", 1, _CELSIUS, _UNITS, 0,
                       26 + 8 * share_of(f"heat:{device.device_id}"), 1.0)]  # fmt: skip
    for one in plan.ports[device.device_id]:
        found = _optics(one)
        if found:
            number = 1000 + one.if_index
            yield from _physical(number, 1, _PORT, one.port.if_name or one.port.port_id)
            if_index = (*oid_of("ifIndex"), one.if_index)
            alias = (*oid_of("entAliasMappingIdentifier"), number, 0)
            yield alias, Typed(Tag.OBJECT_IDENTIFIER, if_index), None
        sensors += found
    for number, one_sensor in enumerate(sensors, start=2000):
        yield from _sensor_rows(number, one_sensor)


def _device_rows(plan: _Plan, device: Device) -> Iterator[_Row]:
    ports = plan.ports[device.device_id]
    uptime_s = _uptime_s(device)
    stage = stage_of(device)
    lo = len(ports) + 1
    yield from _system(device, len(ports))
    for one in ports:
        yield from _interface(one)
        yield from _counters(one, uptime_s)
    yield from _loopback(device, lo)
    yield from _addresses(plan, device, stage, lo)
    received_s, sent_s = (
        sum(one.load(way) * one.speed_bps / 8 for one in ports) for way in ("in", "out")
    )
    linked = [one.if_index for one in ports if one.link is not None and not one.is_pon]
    yield from family_rows(
        device, stage, octets_s=(received_s, sent_s), uptime_s=uptime_s, if_indices=linked
    )
    yield from _neighbours(plan, device)
    yield from _entities(plan, device)
    for one in ports:
        if one.link is not None and one.is_pon:
            yield from onu_rows(one.link, one.port.if_name or one.port.port_id, one.if_index)
    if device.role == "radio":
        yield from transmitter_rows(device)


def planned_recordings(network: Network, devices: Sequence[str] = ()) -> list[Recording]:
    """Return a recording for each device of a project, named by its id.

    Parameters
    ----------
    devices
        Ids of the devices wanted; all when empty.

    Raises
    ------
    MissingError
        A device is not in the tables.
    """
    plan = _Plan(network)
    chosen = [network.device(one) for one in devices] or plan.devices
    recordings = []
    for device in chosen:
        rows: dict[Oid, Typed] = {}
        drifts: dict[Oid, Drift] = {}
        for name, value, drift in _device_rows(plan, device):
            rows[name] = value
            if drift is not None:
                drifts[name] = drift
        recordings.append(Recording(device.device_id, rows, drifts))
    return recordings
