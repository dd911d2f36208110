"""Ports from one poll to the next: counters to keep, and what their rates say of the port.

A port is known by its name (ifName), which survives a restart that renumbers; where a name stands
twice on a device, the number of the interface parts them.
"""

from __future__ import annotations

import math
from collections import Counter as Count
from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from ..observations import Observation, Resource, resource
from ..port_counters import PORT_COUNTERS
from ..quality import Quality
from ..rates import CounterReading, Rates, rates
from ..readings.records import Interface, PortState
from ..store import Series, SeriesKind

__all__ = ["PortReading", "PortWatch"]

_UNITS = tuple(one.unit for one in PORT_COUNTERS)
_NUMBER = {one.figure: number for number, one in enumerate(PORT_COUNTERS)}
_FIELD = {one.figure: one.figure.removesuffix("_packets") for one in PORT_COUNTERS}
_PACKETS = ("unicast_packets", "multicast_packets", "broadcast_packets")
_KINDS = {32: SeriesKind.COUNTER32, 64: SeriesKind.COUNTER64, 0: SeriesKind.COUNTER64}
_LOOPBACK = 24  # ifType softwareLoopback: its traffic never left the device


@dataclass(frozen=True, slots=True, eq=False)
class PortReading:
    """Ports of one device at one moment.

    Attributes
    ----------
    names
        Resource of each port.
    """

    names: tuple[Resource, ...]
    counters: CounterReading

    def series(self) -> list[Series]:
        """Return what is kept of each port, in the order of :meth:`values`."""
        reading = self.counters
        return [
            Series(
                name, counter.figure, _KINDS[int(reading.width_bits[port, number])],
                speed_bps=None if math.isnan(speed) else speed,
            )
            for port, (name, speed) in enumerate(
                zip(self.names, reading.speed_bps.tolist(), strict=True)
            )
            for number, counter in enumerate(PORT_COUNTERS)
        ]  # fmt: skip

    def values(self) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """Return the counts as they are kept, and which of them were read."""
        counts = np.ascontiguousarray(self.counters.counts).ravel()
        return counts.view(np.int64), (self.counters.width_bits > 0).ravel()


def _names(device_id: str, ports: Sequence[Interface]) -> tuple[Resource, ...]:
    count = Count(one.name for one in ports)
    return tuple(
        resource("port", device_id, one.name)
        if count[one.name] == 1
        else resource("port", device_id, f"{one.name}#{one.if_index}")
        for one in ports
    )


def read_ports(
    device_id: str, ports: Sequence[Interface], *, clock_s: float, uptime_s: float | None
) -> PortReading:
    """Return the counters of a device's ports as arrays."""
    shape = (len(ports), len(PORT_COUNTERS))
    counts, width = np.zeros(shape, np.uint64), np.zeros(shape, np.uint8)
    discontinuity = np.full(len(ports), -1, np.int64)
    speed = np.full(len(ports), np.nan)
    for row, port in enumerate(ports):
        for number, declared in enumerate(PORT_COUNTERS):
            counter = getattr(port, _FIELD[declared.figure])
            if counter is not None:
                counts[row, number], width[row, number] = counter.value, counter.bits
        if port.discontinuity_s is not None:
            discontinuity[row] = round(port.discontinuity_s * 100)
        if port.speed_mbps:
            speed[row] = port.speed_mbps * 1e6
    return PortReading(
        _names(device_id, ports),
        CounterReading(
            counts, width, np.full(len(ports), clock_s),
            np.full(len(ports), np.nan if uptime_s is None else uptime_s), discontinuity, speed,
        ),
    )  # fmt: skip


def _rows(reading: CounterReading, rows: NDArray[np.intp]) -> CounterReading:
    return CounterReading(*(getattr(reading, field.name)[rows] for field in fields(CounterReading)))


def _worst(*qualities: Quality) -> Quality:
    """Return the quality of a figure made of several."""
    for one in qualities:
        if not one.usable:
            return one
    return next((one for one in qualities if one is not Quality.OK), Quality.OK)


def _state(port: Interface) -> float | None:
    """Return whether a port works: unknown where people switched it off."""
    if port.admin is not None and port.admin is not PortState.UP:
        return None
    if port.oper is PortState.UP:
        return 1.0
    down = (PortState.DOWN, PortState.LOWER_LAYER_DOWN, PortState.NOT_PRESENT)
    return 0.0 if port.oper in down else None


class PortWatch:
    """Remembers what was read of each port last."""

    def __init__(self) -> None:
        self._before: dict[str, PortReading] = {}

    def observe(
        self,
        device_id: str,
        ports: Sequence[Interface],
        *,
        at_s: float,
        clock_s: float,
        uptime_s: float | None,
    ) -> tuple[list[Observation], PortReading]:
        """Return what a poll says of a device's ports, and their counters to keep.

        Parameters
        ----------
        at_s
            Unix time of the poll.
        clock_s
            Our monotonic clock at that time.
        uptime_s
            The agent's own clock, None when it gave none.
        """
        ports = [one for one in ports if one.kind != _LOOPBACK]
        now = read_ports(device_id, ports, clock_s=clock_s, uptime_s=uptime_s)
        found: list[Observation] = []
        for name, port in zip(now.names, ports, strict=True):
            state = _state(port)
            quality = Quality.GAP if state is None else Quality.OK
            found.append(Observation(name, "oper_up", state, quality, at_s))
        before = self._before.get(device_id)
        self._before[device_id] = now
        if before is None:
            return found, now
        place = {name: row for row, name in enumerate(before.names)}
        both = [row for row, name in enumerate(now.names) if name in place]
        if both:
            old = np.array([place[now.names[row]] for row in both], np.intp)
            new = np.array(both, np.intp)
            rated = rates(_rows(before.counters, old), _rows(now.counters, new), _UNITS)
            for position, row in enumerate(both):
                speed = float(now.counters.speed_bps[row])
                found += _figures(now.names[row], rated, position, speed, at_s)
        return found, now


def _figures(
    name: Resource, rated: Rates, row: int, speed_bps: float, at_s: float
) -> list[Observation]:
    """Return utilisation and the ratios of errors and discards of one port."""

    def rate(figure: str) -> tuple[float | None, Quality]:
        number = _NUMBER[figure]
        value = float(rated.per_s[row, number])
        return None if math.isnan(value) else value, rated.quality_of(row, number)

    found = []
    for way in ("in", "out"):
        octets, quality = rate(f"{way}_octets")
        known = octets is not None and speed_bps > 0
        share = octets * 8 / speed_bps if octets is not None and known else None
        found.append(
            Observation(
                name, f"utilisation_{way}_share", share,
                quality if known or not quality.usable else Quality.GAP, at_s,
            )
        )  # fmt: skip
        packets = [rate(f"{way}_{kind}") for kind in _PACKETS]
        # Broadcast and multicast may be missing; unicast tells whether packets are counted.
        total = None if packets[0][0] is None else sum(value or 0.0 for value, _ in packets)
        for figure, faults in (("error", f"{way}_errors"), ("discard", f"{way}_discards")):
            lost, verdict = rate(faults)
            worst = _worst(packets[0][1], verdict)
            if lost is None or total is None:
                found.append(Observation(name, f"{figure}_{way}_ratio", None, worst, at_s))
            elif total + lost > 0:  # of nothing at all there is no ratio
                share = lost / (total + lost)
                found.append(Observation(name, f"{figure}_{way}_ratio", share, worst, at_s))
    return found
