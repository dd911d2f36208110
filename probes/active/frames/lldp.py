"""What a device says of the port it sends from (IEEE 802.1AB)."""

from __future__ import annotations

from dataclasses import dataclass

from .wire import mac_text, plain_text, v4_text, v6_text

__all__ = ["LldpNeighbour", "read_lldp"]


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


def _name(value: bytes, mac_subtype: int, address_subtype: int) -> str:
    subtype, name = value[0], value[1:]
    if subtype == mac_subtype and len(name) == 6:
        return mac_text(name)
    if subtype == address_subtype and name[:1] == b"\x01" and len(name) == 5:
        return v4_text(name[1:])
    if subtype == address_subtype and name[:1] == b"\x02" and len(name) == 17:
        return v6_text(name[1:])
    return plain_text(name)


def read_lldp(body: bytes, mac: str) -> LldpNeighbour | None:
    """Read an announcement; None for one that lacks what is mandatory, or is cut."""
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
        chassis=_name(found[1], 4, 5),
        port=_name(found[2], 3, 4),
        lifetime_s=int.from_bytes(found[3][:2]),
        port_description=plain_text(found.get(4, b"")),
        system_name=plain_text(found.get(5, b"")),
        system_description=plain_text(found.get(6, b"")),
    )
