"""Frames as they came from the wire, read into records; whatever else comes is None.

Every message says whether its hop limit was 255 where that proves that it was sent on this very
link (RFC 4861, section 6.1.2), and nothing here raises for what a frame holds.
"""

from __future__ import annotations

import ipaddress
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass

__all__ = [
    "DhcpAdvertise",
    "GroupReport",
    "LldpNeighbour",
    "Message",
    "NeighbourAdvert",
    "Prefix",
    "RouterAdvert",
    "read_frame",
]

_IPV4, _IPV6, _VLAN, _QINQ, _LLDP = 0x0800, 0x86DD, 0x8100, 0x88A8, 0x88CC
_EXTENSIONS = frozenset((0, 43, 60))  # hop-by-hop, routing, destination options
_TEXT = 200  # characters of a device's text that are kept


@dataclass(frozen=True, slots=True)
class Prefix:
    """A prefix of a router advertisement (RFC 4861, section 4.6.2)."""

    prefix: str
    on_link: bool
    autonomous: bool
    valid_s: int
    preferred_s: int


@dataclass(frozen=True, slots=True)
class RouterAdvert:
    """What a router says of its link (RFC 4861, section 4.2; RFC 4191, RFC 8106, RFC 8781).

    ``preference`` is ``high``, ``medium``, ``low`` or ``reserved``; ``unreadable`` counts options
    that break their own rules.
    """

    router: str
    mac: str
    hop_limit: int
    managed: bool
    other: bool
    preference: str
    lifetime_s: int
    prefixes: tuple[Prefix, ...]
    name_servers: tuple[str, ...]
    search: tuple[str, ...]
    nat64_prefixes: tuple[str, ...]
    mtu_bytes: int | None
    from_this_link: bool
    unreadable: int


@dataclass(frozen=True, slots=True)
class NeighbourAdvert:
    """A host that says *this address is mine* (RFC 4861, section 4.4)."""

    source: str
    target: str
    mac: str
    router: bool
    solicited: bool
    override: bool
    from_this_link: bool


@dataclass(frozen=True, slots=True)
class DhcpAdvertise:
    """An offer of a DHCPv6 server (RFC 8415): ``status`` is 0 or the server's refusal."""

    server: str
    transaction: int
    addresses: tuple[str, ...]
    delegated: tuple[str, ...]
    name_servers: tuple[str, ...]
    status: int


@dataclass(frozen=True, slots=True)
class GroupReport:
    """A host that listens to groups (IGMP: RFC 3376; MLD: RFC 3810)."""

    host: str
    groups: tuple[str, ...]
    version: int


@dataclass(frozen=True, slots=True)
class LldpNeighbour:
    """What a device says of the port it sent from (IEEE 802.1AB)."""

    mac: str
    chassis: str
    port: str
    lifetime_s: int
    port_description: str
    system_name: str
    system_description: str


Message = RouterAdvert | NeighbourAdvert | DhcpAdvertise | GroupReport | LldpNeighbour


def read_frame(frame: bytes) -> Message | None:
    """Read an Ethernet frame; None for anything that is not one of the messages, or is cut."""
    if len(frame) < 14:
        return None
    mac = _mac(frame[6:12])
    at, kind = 14, int.from_bytes(frame[12:14])
    while kind in (_VLAN, _QINQ) and len(frame) >= at + 4:
        kind, at = int.from_bytes(frame[at + 2 : at + 4]), at + 4
    try:
        if kind == _IPV6:
            return _ipv6(frame[at:], mac)
        if kind == _IPV4:
            return _ipv4(frame[at:])
        if kind == _LLDP:
            return _lldp(frame[at:], mac)
    except (struct.error, IndexError, ValueError):  # cut short, or lengths that lie
        return None
    return None


def _mac(raw: bytes) -> str:
    return raw.hex(":")


def _v6(raw: bytes) -> str:
    return str(ipaddress.IPv6Address(raw))


def _text(raw: bytes) -> str:
    shown = raw[: 4 * _TEXT].decode("utf-8", "replace")
    return "".join(c if c.isprintable() else "�" for c in shown)[:_TEXT]


def _ipv6(packet: bytes, mac: str) -> Message | None:
    if len(packet) < 40 or packet[0] >> 4 != 6:
        return None
    length, following, hops = struct.unpack_from("!HBB", packet, 4)
    source = packet[8:24]
    body = packet[40 : 40 + length]
    while following in _EXTENSIONS:
        following, size = body[0], 8 * (body[1] + 1)
        if len(body) < size:
            return None
        body = body[size:]
    if following == 58 and len(body) >= 4:
        reader = _ICMPV6.get(body[0])
        return reader(body, _v6(source), mac, hops == 255) if reader else None
    if following == 17 and len(body) >= 8 and struct.unpack_from("!HH", body) == (547, 546):
        return _dhcp(body[8:], _v6(source))
    return None


def _options(body: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield neighbour-discovery options; one whose length is wrong ends them as type -1."""
    while body:
        size = 8 * body[1] if len(body) > 1 else 0
        if not size or size > len(body):
            yield -1, b""
            return
        yield body[0], body[:size]
        body = body[size:]


def _router_advert(body: bytes, source: str, mac: str, near: bool) -> RouterAdvert:
    limit, flags, lifetime = struct.unpack_from("!BBH", body, 4)
    prefixes, servers, search, nat64 = [], [], [], []
    mtu: int | None = None
    unreadable = 0
    for kind, option in _options(body[16:]):
        if kind == 3 and len(option) == 32:
            bits, marks, valid, preferred = struct.unpack_from("!BBII", option, 2)
            if bits > 128:
                unreadable += 1
                continue
            network = ipaddress.IPv6Network((option[16:32], bits), strict=False)
            prefixes.append(
                Prefix(str(network), bool(marks & 0x80), bool(marks & 0x40), valid, preferred)
            )
        elif kind == 5 and len(option) == 8:
            mtu = int.from_bytes(option[4:8])
        elif kind == 25 and len(option) >= 24 and len(option) % 16 == 8:
            servers += [_v6(option[at : at + 16]) for at in range(8, len(option), 16)]
        elif kind == 31 and len(option) >= 16:
            search += _names(option[8:])
        elif kind == 38 and len(option) == 16:
            # RFC 8781, section 4: the prefix length is a code of three bits, 6 and 7 are invalid.
            code = int.from_bytes(option[2:4]) & 0b111
            bits = (96, 64, 56, 48, 40, 32, 0, 0)[code]
            if not bits:
                unreadable += 1
                continue
            raw = option[4:16] + bytes(4)
            nat64.append(str(ipaddress.IPv6Network((raw, bits), strict=False)))
        elif kind in (-1, 3, 5, 25, 31, 38):
            unreadable += 1
    return RouterAdvert(
        router=source,
        mac=mac,
        hop_limit=limit,
        managed=bool(flags & 0x80),
        other=bool(flags & 0x40),
        preference=("medium", "high", "reserved", "low")[flags >> 3 & 0b11],
        lifetime_s=lifetime,
        prefixes=tuple(prefixes),
        name_servers=tuple(servers),
        search=tuple(search),
        nat64_prefixes=tuple(nat64),
        mtu_bytes=mtu,
        from_this_link=near,
        unreadable=unreadable,
    )


def _names(raw: bytes) -> list[str]:
    """Read the domain names of a DNSSL option (RFC 8106, section 5.2): no compression, padded."""
    names: list[str] = []
    labels: list[str] = []
    while raw:
        size, raw = raw[0], raw[1:]
        if size == 0:
            if labels:
                names.append(".".join(labels))
            labels = []
        elif size > 63 or size > len(raw):
            return names
        else:
            labels.append(_text(raw[:size]))
            raw = raw[size:]
    return names


def _neighbour_advert(body: bytes, source: str, mac: str, near: bool) -> NeighbourAdvert:
    flags = body[4]
    own = next((o[2:8] for kind, o in _options(body[24:]) if kind == 2 and len(o) == 8), None)
    return NeighbourAdvert(
        source=source,
        target=_v6(body[8:24]),
        mac=mac if own is None else _mac(own),
        router=bool(flags & 0x80),
        solicited=bool(flags & 0x40),
        override=bool(flags & 0x20),
        from_this_link=near,
    )


def _records(body: bytes, at: int, count: int, size: int) -> Iterator[bytes]:
    """Yield the groups of IGMPv3 and MLDv2 records with somebody who listens."""
    for _ in range(count):
        kind, extra, sources = struct.unpack_from("!BBH", body, at)
        group = body[at + 4 : at + 4 + size]
        if len(group) < size:
            raise ValueError("a record is cut")
        # Including no source is leaving (RFC 3376, section 4.2.12; RFC 3810, section 5.2.12).
        if not (kind in (1, 3) and sources == 0) and kind != 6:
            yield group
        at += 4 + size + sources * size + 4 * extra


def _mld(body: bytes, source: str, mac: str, near: bool) -> GroupReport | None:
    del mac, near
    if body[0] == 131:
        return GroupReport(source, (_v6(body[8:24]),), 1)
    (count,) = struct.unpack_from("!H", body, 6)
    return GroupReport(source, tuple(_v6(group) for group in _records(body, 8, count, 16)), 2)


_ICMPV6: dict[int, Callable[[bytes, str, str, bool], Message | None]] = {
    131: _mld,
    134: _router_advert,
    136: _neighbour_advert,
    143: _mld,
}


def _ipv4(packet: bytes) -> GroupReport | None:
    if len(packet) < 20 or packet[0] >> 4 != 4 or packet[9] != 2:
        return None
    source = str(ipaddress.IPv4Address(packet[12:16]))
    body = packet[4 * (packet[0] & 0x0F) : int.from_bytes(packet[2:4])]
    if len(body) < 8:
        return None
    if body[0] in (0x12, 0x16):
        return GroupReport(source, (str(ipaddress.IPv4Address(body[4:8])),), 1 + (body[0] == 0x16))
    if body[0] != 0x22:
        return None
    (count,) = struct.unpack_from("!H", body, 6)
    groups = _records(body, 8, count, 4)
    return GroupReport(source, tuple(str(ipaddress.IPv4Address(group)) for group in groups), 3)


def _dhcp_options(body: bytes) -> Iterator[tuple[int, bytes]]:
    while len(body) >= 4:
        kind, size = struct.unpack_from("!HH", body)
        if len(body) < 4 + size:
            return
        yield kind, body[4 : 4 + size]
        body = body[4 + size :]


def _dhcp(body: bytes, source: str) -> DhcpAdvertise | None:
    if len(body) < 4 or body[0] != 2:  # ADVERTISE
        return None
    addresses, delegated, servers = [], [], []
    status = 0
    for kind, option in _dhcp_options(body[4:]):
        if kind in (3, 25):  # IA_NA, IA_PD: identifier, two times, then options
            for inner, value in _dhcp_options(option[12:]):
                if inner == 5 and len(value) >= 24:
                    addresses.append(_v6(value[:16]))
                elif inner == 26 and len(value) >= 25 and value[8] <= 128:
                    network = ipaddress.IPv6Network((value[9:25], value[8]), strict=False)
                    delegated.append(str(network))
                elif inner == 13 and len(value) >= 2:
                    status = status or int.from_bytes(value[:2])
        elif kind == 23 and len(option) % 16 == 0:
            servers += [_v6(option[at : at + 16]) for at in range(0, len(option), 16)]
        elif kind == 13 and len(option) >= 2:
            status = int.from_bytes(option[:2])
    transaction = int.from_bytes(body[1:4])
    return DhcpAdvertise(
        source, transaction, tuple(addresses), tuple(delegated), tuple(servers), status
    )


def _lldp_name(value: bytes, mac_subtype: int, address_subtype: int) -> str:
    subtype, name = value[0], value[1:]
    if subtype == mac_subtype and len(name) == 6:
        return _mac(name)
    if subtype == address_subtype and name[:1] == b"\x01" and len(name) == 5:
        return str(ipaddress.IPv4Address(name[1:]))
    if subtype == address_subtype and name[:1] == b"\x02" and len(name) == 17:
        return _v6(name[1:])
    return _text(name)


def _lldp(body: bytes, mac: str) -> LldpNeighbour | None:
    found: dict[int, bytes] = {}
    while len(body) >= 2:
        head = int.from_bytes(body[:2])
        kind, size = head >> 9, head & 0x1FF
        if kind == 0:
            break
        if len(body) < 2 + size:
            return None
        found.setdefault(kind, body[2 : 2 + size])
        body = body[2 + size :]
    if not {1, 2, 3} <= set(found) or min(len(found[1]), len(found[2]), len(found[3])) < 2:
        return None  # chassis, port and lifetime are mandatory
    return LldpNeighbour(
        mac=mac,
        chassis=_lldp_name(found[1], 4, 5),
        port=_lldp_name(found[2], 3, 4),
        lifetime_s=int.from_bytes(found[3][:2]),
        port_description=_text(found.get(4, b"")),
        system_name=_text(found.get(5, b"")),
        system_description=_text(found.get(6, b"")),
    )
