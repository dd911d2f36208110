"""Counters of the last poll of each device, so that the next run need not wait for a second one.

A small compressed file beside the store: what moves, and what tells whether it moved on. It is a
convenience and no evidence: where it is lost or cannot be read, devices are polled twice.
"""

from __future__ import annotations

import gzip
import json
import math
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ...probes.readings.addresses import AddressReading
from ...probes.readings.ipv6_routes import RouteReading
from ...probes.readings.neighbours import NeighbourReading
from ...probes.readings.records import Counter, Family, FamilyCounters, Interface, System
from ...probes.snmp.agents import Outcome
from .polls import DevicePoll, Ipv6Reading

__all__ = ["counters_file", "read_last_counters", "write_last_counters"]

_FORMAT = 1
_MOST_BYTES = 500_000_000
_COUNTED = (
    "in_packets", "in_octets", "in_forwarded", "in_discards", "in_no_routes", "in_delivers",
    "out_forwarded", "out_packets", "out_octets", "out_discards", "out_no_routes", "too_big",
)  # fmt: skip


def counters_file(project: Path) -> Path:
    """Return where the counters of a project's devices are kept."""
    return project / ".ngbw" / "ipv6" / "last-counters.json.gz"


def _plain(counter: Counter | None) -> list[int] | None:
    return None if counter is None else [counter.value, counter.bits]


def _counter(plain: Any) -> Counter | None:
    if plain is None:
        return None
    value, bits = plain
    if type(value) is not int or bits not in (32, 64) or not 0 <= value < 2**bits:
        raise ValueError("no counter")
    return Counter(value, bits)


def _time(plain: Any) -> float | None:
    if plain is None:
        return None
    if isinstance(plain, bool) or not isinstance(plain, int | float) or not math.isfinite(plain):
        raise ValueError("no time")
    return float(plain)


def _document(poll: DevicePoll, reading: Ipv6Reading) -> dict[str, Any]:
    return {
        "ended_s": poll.ended_s,
        "object_id": list(reading.system.object_id),
        "uptime_s": reading.system.agent_uptime_s,
        "boots": reading.system.engine_boots,
        "ports": [
            [one.if_index, one.name, one.kind, one.speed_mbps, one.discontinuity_s,
             _plain(one.in_octets), _plain(one.out_octets)]
            for one in reading.interfaces
        ],
        "rows": [
            [row.table, row.family.value, row.if_index, row.discontinuity_s,
             *(_plain(getattr(row, name)) for name in _COUNTED)]
            for row in reading.family_traffic
        ],
    }  # fmt: skip


def _poll(device_id: str, plain: Mapping[str, Any]) -> DevicePoll:
    ended_s = _time(plain["ended_s"])
    if ended_s is None:
        raise ValueError("no time")
    interfaces = tuple(
        Interface(
            if_index=int(if_index),
            name=str(name),
            kind=None if kind is None else int(kind),
            speed_mbps=_time(speed),
            discontinuity_s=_time(discontinuity),
            in_octets=_counter(received),
            out_octets=_counter(sent),
        )
        for if_index, name, kind, speed, discontinuity, received, sent in plain["ports"]
    )
    rows = []
    for table, family, if_index, discontinuity, *counted in plain["rows"]:
        counters: dict[str, Any] = {
            name: _counter(value) for name, value in zip(_COUNTED, counted, strict=True)
        }
        rows.append(
            FamilyCounters(
                family=Family(family),
                table=str(table),
                if_index=None if if_index is None else int(if_index),
                discontinuity_s=_time(discontinuity),
                **counters,
            )
        )
    boots = plain["boots"]
    reading = Ipv6Reading(
        system=System(
            object_id=tuple(map(int, plain["object_id"])),
            agent_uptime_s=_time(plain["uptime_s"]),
            engine_boots=None if boots is None else int(boots),
        ),
        interfaces=interfaces,
        addresses=AddressReading(),
        neighbours=NeighbourReading(),
        routes=RouteReading(),
        adjacencies=(),
        family_traffic=tuple(rows),
    )
    return DevicePoll(
        device_id=device_id, outcome=Outcome.ANSWERED, began_s=ended_s, reading=reading
    )


def write_last_counters(
    path: Path, polls: Iterable[DevicePoll], *, kept: Mapping[str, DevicePoll] | None = None
) -> None:
    """Keep what moves of these polls; ``kept`` are those of devices that were not polled now.

    Raises
    ------
    OSError
        The file cannot be written; the one before it stays.
    """
    newest = dict(kept or {}) | {one.device_id: one for one in polls if one.reading is not None}
    document = {
        "format": _FORMAT,
        "devices": {
            device_id: _document(poll, poll.reading)
            for device_id, poll in newest.items()
            if poll.reading is not None
        },
    }
    text = json.dumps(document, separators=(",", ":"), allow_nan=False)
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.part")
    beside.write_bytes(gzip.compress(text.encode(), 5, mtime=0))
    beside.replace(path)


def read_last_counters(path: Path) -> dict[str, DevicePoll]:
    """Return the last poll of each device as far as counters go; none where there is no such file.

    A device of which the file says nonsense is left out, and a file that is none gives nothing.
    """
    try:
        with gzip.open(path) as file:
            text = file.read(_MOST_BYTES)
        devices = json.loads(text)["devices"]
        if not isinstance(devices, dict):
            return {}
    except (OSError, EOFError, zlib.error, ValueError, KeyError, TypeError, RecursionError):
        return {}
    found = {}
    for device_id, plain in devices.items():
        try:
            found[device_id] = _poll(device_id, plain)
        except (ValueError, KeyError, TypeError, OverflowError):
            continue
    return found
