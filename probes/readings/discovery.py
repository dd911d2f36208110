"""Neighbours that discovery protocols heard: LLDP of both generations, and CDP.

LLDP-MIB (IEEE 802.1AB-2005) numbers local ports by itself; LLDP-V2-MIB (2009) by ifIndex. A local
port of the first is tied to an interface by its identifier where that names one, else by the
bridge port of that number, else by an ifIndex of that number that exists.
"""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import IPv4Address, IPv6Address
from typing import NamedTuple

from ..mibs import object_named, oid_of
from ..snmp.values import Index, MibView, Typed
from .forwarding import bridge_ports
from .plain_values import mac, octets, text, whole
from .records import TopologyLink

__all__ = ["read_cdp", "read_lldp"]

_CDP_CAPABILITIES = (
    "router", "bridge", "sourceRouteBridge", "switch", "host", "igmp", "repeater", "phone",
    "remote", "cvta", "twoPortMacRelay",
)  # fmt: skip


class _Form(NamedTuple):
    """How one generation of the MIB is laid out."""

    protocol: str
    prefix: str
    keys: int  # sub-identifiers that name a remote: time, local port, (destination), number


_FIRST = _Form("lldp", "lldp", 3)
_SECOND = _Form("lldp2", "lldpV2", 4)


def _identifier(kind: str, typed: Typed | None) -> str:
    """Return a chassis or port identifier for people, by what its subtype says it is."""
    value = octets(typed)
    if value is None:
        return text(typed)
    if kind == "macAddress":
        return mac(typed) or text(typed)
    if kind == "networkAddress" and value:
        address = _network_address(value)
        if address is not None:
            return str(address)
    plain = value.rstrip(b"\0")
    if len(value) == 6 and not (plain.isascii() and plain.decode("ascii").isprintable()):
        return value.hex(":")  # a MAC address under another subtype
    if kind in ("local", "chassisComponent", "portComponent") and not _is_text(plain):
        return value.hex(":")
    return text(typed)


def _is_text(value: bytes) -> bool:
    try:
        return value.decode("utf-8").isprintable()
    except UnicodeDecodeError:
        return False


def _network_address(value: bytes) -> IPv4Address | IPv6Address | None:
    """Read an IANA address family number and the address behind it."""
    if value[0] == 1 and len(value) == 5:
        return IPv4Address(value[1:])
    if value[0] == 2 and len(value) == 17:
        return IPv6Address(value[1:])
    return _bare_address(value)


def _bare_address(value: bytes) -> IPv4Address | IPv6Address | None:
    if len(value) == 4:
        return IPv4Address(value)
    return IPv6Address(value) if len(value) == 16 else None


def _capabilities(typed: Typed | None, words: Mapping[int, str]) -> frozenset[str]:
    value = octets(typed) or b""
    return frozenset(
        name
        for bit, name in words.items()
        if bit // 8 < len(value) and value[bit // 8] & (0x80 >> bit % 8)
    )


def _management_addresses(
    view: MibView, form: _Form
) -> dict[Index, list[IPv4Address | IPv6Address]]:
    """Return remote to its management addresses; the address stands in the index."""
    found: dict[Index, list[IPv4Address | IPv6Address]] = {}
    columns = (form.prefix + "RemManAddrIfSubtype", form.prefix + "RemManAddrIfId")
    rows = dict.fromkeys(index for name in columns for index in view.column(oid_of(name)))
    for index in rows:
        key, rest = index[: form.keys], index[form.keys :]
        if len(rest) < 2 or rest[0] not in (1, 2):
            continue
        size = 4 if rest[0] == 1 else 16
        body = rest[2:] if len(rest) == size + 2 and rest[1] == size else rest[1:]
        if len(body) == size and all(part <= 255 for part in body):
            packed = bytes(body)
            address = IPv4Address(packed) if size == 4 else IPv6Address(packed)
            found.setdefault(key, []).append(address)
    return found


def _interface_names(view: MibView) -> dict[str, int]:
    """Return what may name an interface, to its ifIndex; ambiguous names are left out."""
    names: dict[str, int] = {}
    twice: set[str] = set()
    for column in ("ifName", "ifDescr", "ifAlias"):
        here: dict[str, int] = {}
        for index, typed in view.column(oid_of(column)).items():
            name = text(typed)
            if len(index) == 1 and name:
                if name in here:
                    twice.add(name)
                here.setdefault(name, index[0])
        for name, row in here.items():
            if name not in twice:
                names.setdefault(name, row)
    return names


def _local_interfaces(view: MibView) -> tuple[dict[int, int], dict[int, str]]:
    """Return LLDP's local port to ifIndex and to its name."""
    kinds = object_named("lldpLocPortIdSubtype").words
    subtypes = view.column(oid_of("lldpLocPortIdSubtype"))
    descriptions = view.column(oid_of("lldpLocPortDesc"))
    names = _interface_names(view)
    macs: dict[str, list[int]] = {}
    for index, typed in view.column(oid_of("ifPhysAddress")).items():
        address = mac(typed)
        if address and len(index) == 1:
            macs.setdefault(address, []).append(index[0])
    known = {i[0] for i in view.column(oid_of("ifDescr")) if len(i) == 1}
    known |= {i[0] for i in view.column(oid_of("ifName")) if len(i) == 1}
    tied: dict[int, int] = {}
    said: dict[int, str] = {}
    for index, typed in view.column(oid_of("lldpLocPortId")).items():
        if len(index) != 1:
            continue
        port = index[0]
        kind = kinds.get(whole(subtypes.get(index)) or 0, "")
        identifier = _identifier(kind, typed)
        description = text(descriptions.get(index))
        said[port] = identifier if kind in ("interfaceName", "interfaceAlias") else description
        said[port] = said[port] or identifier
        with_mac = macs.get(identifier, [])
        if identifier in names and kind != "macAddress" and not identifier.isdigit():
            tied[port] = names[identifier]
        elif description in names:
            tied[port] = names[description]
        elif kind == "local" and identifier.isdigit() and int(identifier) in known:
            tied[port] = int(identifier)
        elif identifier in names:
            tied[port] = names[identifier]
        elif len(with_mac) == 1:
            tied[port] = with_mac[0]
    bridge = bridge_ports(view)
    for port in set(_local_ports(view)) - set(tied):
        if bridge.get(port) in known:
            tied[port] = bridge[port]
        elif port in known:
            tied[port] = port
    return tied, said


def _local_ports(view: MibView) -> list[int]:
    columns = ("lldpRemChassisId", "lldpRemPortId", "lldpRemSysName")
    return [
        index[-2]
        for name in columns
        for index in view.column(oid_of(name))
        if len(index) in (_FIRST.keys, _FIRST.keys - 1)
    ]


def read_lldp(view: MibView) -> tuple[TopologyLink, ...]:
    """Read what both LLDP MIBs heard; a neighbour that both tell is given once, from the second."""
    second = _read(view, _SECOND, {}, {})
    tied, said = _local_interfaces(view)
    heard = {(one.local_if_index, one.remote_chassis, one.remote_port) for one in second}
    first = _read(view, _FIRST, tied, said)
    return second + tuple(
        one
        for one in first
        if (one.local_if_index, one.remote_chassis, one.remote_port) not in heard
    )


def _read(
    view: MibView, form: _Form, tied: Mapping[int, int], said: Mapping[int, str]
) -> tuple[TopologyLink, ...]:
    parts = "ChassisIdSubtype ChassisId PortIdSubtype PortId PortDesc SysName SysDesc SysCapEnabled"
    columns = {part: view.column(oid_of(f"{form.prefix}Rem{part}")) for part in parts.split()}
    chassis_kinds = object_named("lldpRemChassisIdSubtype").words
    port_kinds = object_named("lldpRemPortIdSubtype").words
    capabilities = object_named(f"{form.prefix}RemSysCapEnabled").words
    addresses = _management_addresses(view, form)
    locals_v2 = view.column(oid_of("lldpV2LocPortDesc")) if form is _SECOND else {}
    found = []
    for index in dict.fromkeys(i for column in columns.values() for i in column):
        if len(index) not in (form.keys, form.keys - 1):
            continue
        cell = {part: column.get(index) for part, column in columns.items()}
        # Some agents leave out the time mark, and in the second MIB the destination.
        local = index[-2] if form is _FIRST else index[1]
        chassis_kind = chassis_kinds.get(whole(cell["ChassisIdSubtype"]) or 0, "")
        port_kind = port_kinds.get(whole(cell["PortIdSubtype"]) or 0, "")
        found.append(
            TopologyLink(
                protocol=form.protocol,
                local_port=local,
                local_if_index=local if form is _SECOND else tied.get(local),
                local_port_name=text(locals_v2.get((local,))) or said.get(local, ""),
                remote_chassis=_identifier(chassis_kind, cell["ChassisId"]),
                remote_chassis_kind=chassis_kind,
                remote_port=_identifier(port_kind, cell["PortId"]),
                remote_port_kind=port_kind,
                remote_port_description=text(cell["PortDesc"]),
                remote_name=text(cell["SysName"]),
                remote_description=text(cell["SysDesc"]),
                remote_addresses=tuple(addresses.get(index, ())),
                remote_capabilities=_capabilities(cell["SysCapEnabled"], capabilities),
                index=index,
            )
        )
    return tuple(found)


def read_cdp(view: MibView) -> tuple[TopologyLink, ...]:
    """Read the CDP cache (CISCO-CDP-MIB), which many makers beside Cisco serve."""
    parts = "AddressType Address Version DeviceId DevicePort Platform Capabilities SysName"
    columns = {part: view.column(oid_of("cdpCache" + part)) for part in parts.split()}
    found = []
    for index in dict.fromkeys(i for column in columns.values() for i in column):
        if len(index) != 2:
            continue
        cell = {part: column.get(index) for part, column in columns.items()}
        raw = octets(cell["Address"]) or b""
        address = _bare_address(raw)
        bits = int.from_bytes((octets(cell["Capabilities"]) or b"")[:4], "big")
        device = octets(cell["DeviceId"])
        found.append(
            TopologyLink(
                protocol="cdp",
                local_port=index[0],
                local_if_index=index[0],
                remote_chassis=_identifier("", cell["DeviceId"]) if device else "",
                remote_chassis_kind="deviceId",
                remote_port=text(cell["DevicePort"]),
                remote_port_kind="interfaceName",
                remote_name=text(cell["SysName"]) or text(cell["DeviceId"]),
                remote_description=" ".join(
                    part for part in (text(cell["Platform"]), text(cell["Version"])) if part
                ),
                remote_addresses=(address,) if address is not None and any(raw) else (),
                remote_capabilities=frozenset(
                    name for bit, name in enumerate(_CDP_CAPABILITIES) if bits >> bit & 1
                ),
                index=index,
            )
        )
    return tuple(found)
