"""What one poll of one device says, for people and for JSON."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from ipaddress import IPv4Address, IPv6Address
from typing import Any

from ..probes.device_reading import DeviceReading
from ..probes.readings.records import PortState
from ..probes.snmp.agents import Answer

__all__ = ["device_document", "device_text", "plain"]

FORMAT = 1
_SHOWN = 40


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
        named: Any = thing
        return {key: plain(value) for key, value in named._asdict().items()}
    if isinstance(thing, set | frozenset):
        return sorted(plain(one) for one in thing)
    if isinstance(thing, tuple | list):
        return [plain(one) for one in thing]
    return str(thing)


def device_document(reading: DeviceReading, answer: Answer) -> dict[str, Any]:
    """Return a reading with what it cost as plain data."""
    document: dict[str, Any] = {
        "format": FORMAT, "target": answer.agent_id, **plain(reading),
    }  # fmt: skip
    document["outcome"] = answer.outcome.value
    document["faults"] = plain(answer.faults)
    document["cost"] = plain(answer.cost)
    document["uptime_s"] = answer.uptime_s
    document["at_s"] = answer.at_s
    return document


def _speed(mbps: float | None) -> str:
    if not mbps:
        return "-"
    return f"{mbps / 1000:g} Gbit/s" if mbps >= 1000 else f"{mbps:g} Mbit/s"


def device_text(reading: DeviceReading, target: str) -> str:
    """Return a reading in words and tables."""
    system = reading.system
    lines = [f"{system.name or target}: {system.description.strip()[:120]}"]
    if system.uptime_s is not None:
        lines.append(f"up for {system.uptime_s / 86_400:.1f} days ({system.uptime_source})")
    ports = reading.interfaces.interfaces
    states = Counter(one.oper for one in ports)
    lines.append(
        f"{len(ports)} ports, {states[PortState.UP]} up, "
        f"{sum(one.hc for one in ports)} with 64-bit counters"
    )
    for one in ports[:_SHOWN]:
        state = one.oper.value if one.oper else "-"
        lines.append(f"  {one.name:<24} {state:<14} {_speed(one.speed_mbps):>12}  {one.alias}")
    if len(ports) > _SHOWN:
        lines.append(f"  ... and {len(ports) - _SHOWN} more")
    addresses = reading.addresses.addresses
    families = Counter(one.family.value for one in addresses)
    words = ", ".join(f"{count} {family}" for family, count in families.items()) or "none"
    lines.append(f"addresses: {words}; {len(reading.addresses.unreadable)} that nobody can read")
    if reading.links:
        lines.append("neighbours:")
        for link in reading.links[:_SHOWN]:
            far = link.remote_name or link.remote_chassis
            lines.append(f"  {link.local_port_name:<24} {far} {link.remote_port}")
    if reading.sensors:
        lines.append("sensors:")
        for sensor in reading.sensors[:_SHOWN]:
            value = sensor.absent or sensor.state_word or "-"
            if sensor.value is not None:
                value = f"{sensor.value:.4g}"
            lines.append(f"  {sensor.figure:<20} {value:>12}  {sensor.label or sensor.name}")
        if len(reading.sensors) > _SHOWN:
            lines.append(f"  ... and {len(reading.sensors) - _SHOWN} more")
    return "\n".join(lines)
