"""What LibreNMS and Zabbix have measured of ports, as cycles that say where they come from.

LibreNMS lists the counters of its last poll: they are kept as counters, and their rates get our
verdict, not its own (which makes a wrap, a reset and no answer a rate of zero). Zabbix lists rates it
has taken itself: they are kept as gauges. A device whose last poll is older than 15 minutes gives
nothing.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...topology.exchange.librenms import port_name
from ...topology.exchange.zabbix import PORT_ITEM, zabbix_ports
from ..observations import resource
from ..store.interface import DeviceCycle, SampleStore, Series, SeriesKind

__all__ = ["STALE_AFTER_S", "ForeignCycle", "keep_cycles", "librenms_cycles", "zabbix_cycles"]

STALE_AFTER_S = 900.0

_LIBRENMS = {
    "ifInOctets": "in_octets",
    "ifOutOctets": "out_octets",
    "ifInUcastPkts": "in_unicast_packets",
    "ifOutUcastPkts": "out_unicast_packets",
    "ifInErrors": "in_errors",
    "ifOutErrors": "out_errors",
}
_MOST = 2**63 - 1


@dataclass(frozen=True, slots=True)
class ForeignCycle:
    """One poll of one device by another program; a value is None where it has none."""

    device_id: str
    at_s: float
    series: tuple[Series, ...]
    values: tuple[int | None, ...]
    source: str


def _whole(value: object) -> int | None:
    try:
        number = int(str(value))
    except ValueError:
        return None
    return number if 0 <= number < 2**64 else None


def _real(value: object) -> float | None:
    try:
        number = float(str(value))
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _rows(document: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    found = document.get(name)
    return [row for row in found if isinstance(row, Mapping)] if isinstance(found, list) else []


def librenms_cycles(document: Mapping[str, Any], now_s: float) -> list[ForeignCycle]:
    """Return the counters of LibreNMS' last polls that are not stale.

    ``document`` has the lists ``devices`` and ``ports``; ports need ``poll_time`` and counters.
    """
    names = {str(row.get("device_id")): str(row.get("hostname") or row.get("sysName") or "")
             for row in _rows(document, "devices")}  # fmt: skip
    by_device: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for row in _rows(document, "ports"):
        device_id = names.get(str(row.get("device_id")), "")
        if device_id and str(row.get("deleted") or 0) in ("0", "False"):
            by_device[device_id].append(row)
    cycles = []
    for device_id, ports in by_device.items():
        at_s = max((_real(row.get("poll_time")) or 0.0 for row in ports), default=0.0)
        if not now_s - STALE_AFTER_S <= at_s <= now_s + STALE_AFTER_S:
            continue
        series: dict[Series, int | None] = {}
        for row in sorted(ports, key=port_name):
            high, low = _real(row.get("ifHighSpeed")), _real(row.get("ifSpeed"))
            speed = high * 1e6 if high else (low if low and low < 2**32 - 1 else None)
            port = resource("port", device_id, port_name(row))
            fresh = (_real(row.get("poll_time")) or 0.0) >= at_s - 60
            for theirs, ours in _LIBRENMS.items():
                key = Series(port, ours, SeriesKind.COUNTER64, 0, speed)
                series.setdefault(key, _whole(row.get(theirs)) if fresh else None)
        seen: dict[tuple[str, str], tuple[Series, int | None]] = {}
        for key, value in series.items():
            seen.setdefault((key.resource, key.figure), (key, value))
        cycles.append(_cycle(device_id, at_s, list(seen.values()), "librenms"))
    return cycles


def zabbix_cycles(document: Mapping[str, Any], now_s: float) -> list[ForeignCycle]:
    """Return the rates that Zabbix took last, in bit/s, of items that are not stale."""
    hosts = {str(row.get("hostid")): str(row.get("host") or "")
             for row in _rows(document, "hosts")}  # fmt: skip
    ports = {(host, index): name for host, index, name, _ in zabbix_ports(document, "Zabbix")}
    found: dict[str, dict[Series, tuple[int | None, float]]] = defaultdict(dict)
    for row in _rows(document, "items"):
        key = PORT_ITEM.fullmatch(str(row.get("key_") or ""))
        host = str(row.get("hostid"))
        if key is None or key[1] == "speed" or row.get("units") != "bps" or not hosts.get(host):
            continue
        name = ports.get((host, key[2]))
        at_s, value = _real(row.get("lastclock")), _real(row.get("lastvalue"))
        if name is None or at_s is None or not abs(now_s - at_s) <= STALE_AFTER_S:
            continue
        whole = None if value is None or not 0 <= value <= _MOST else round(value)
        one = Series(resource("port", hosts[host], name), f"{key[1]}_bits_per_s",
                     SeriesKind.GAUGE, 0)  # fmt: skip
        found[hosts[host]].setdefault(one, (whole, at_s))
    return [
        _cycle(
            device_id,
            max(at_s for _, at_s in series.values()),
            [(one, value) for one, (value, _) in series.items()],
            "zabbix",
        )
        for device_id, series in found.items()
    ]


def _cycle(
    device_id: str, at_s: float, pairs: Sequence[tuple[Series, int | None]], source: str
) -> ForeignCycle:
    ordered = sorted(pairs, key=lambda pair: (pair[0].resource, pair[0].figure))
    return ForeignCycle(
        device_id,
        at_s,
        tuple(series for series, _ in ordered),
        tuple(value for _, value in ordered),
        source,
    )


def keep_cycles(samples: SampleStore, cycles: Iterable[ForeignCycle]) -> int:
    """Keep cycles in a store and return how many samples they hold; again is once."""
    kept = []
    for cycle in cycles:
        layout = samples.layout(cycle.device_id, cycle.series)
        present = np.array([value is not None for value in cycle.values], dtype=np.bool_)
        numbers = np.array([value or 0 for value in cycle.values], dtype=np.uint64)
        kept.append(
            DeviceCycle(
                cycle.device_id, layout, cycle.at_s, numbers.view(np.int64), present,
                source=cycle.source,
            )
        )  # fmt: skip
    return samples.append(kept)
