"""Ports from one poll to the next: counters to keep, and what their rates say of the port.

A port is recognised by name, alias and MAC address (:mod:`..port_identity`), so that a restart
that renumbers changes no series and raises no alarm. It goes by its ifName; a second port of that
name on a device has its number behind it.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from ..health import FigureTable, link_figures
from ..observations import Observation, Resource, resource
from ..port_counters import PORT_COUNTERS
from ..port_identity import KnownPort, SeenPort, match_ports
from ..quality import Quality
from ..rates import CounterReading, Rates, rates
from ..readings.records import Interface, PortState
from ..store import Series, SeriesKind

__all__ = ["PortReading", "PortWatch", "read_ports"]

_LOG = logging.getLogger("ngbw.probes.service")

_UNITS = tuple(one.unit for one in PORT_COUNTERS)
_FIELDS = tuple(one.figure.removesuffix("_packets") for one in PORT_COUNTERS)
_KINDS = {32: SeriesKind.COUNTER32, 64: SeriesKind.COUNTER64, 0: SeriesKind.COUNTER64}
_LOOPBACK = 24  # ifType softwareLoopback: its traffic never left the device


@dataclass(frozen=True, slots=True, eq=False)
class PortReading:
    """Ports of one device at one moment.

    Attributes
    ----------
    names
        Resource of each port.
    rated
        Rates since the reading before, of the ports ``rated_rows``; None at the first.
    figures
        What the rates say of those ports.
    at_s
        When it was read, Unix time.
    """

    names: tuple[Resource, ...]
    counters: CounterReading
    rated: Rates | None = None
    rated_rows: tuple[int, ...] = ()
    figures: FigureTable | None = None
    at_s: float = 0.0

    def series(self) -> list[Series]:
        """Return what is kept of each port, in the order of :meth:`values`."""
        reading = self.counters
        widths, speeds = reading.width_bits.tolist(), reading.speed_bps.tolist()
        return [
            Series(
                name,
                counter.figure,
                _KINDS[width],
                speed_bps=None if math.isnan(speed) else speed,
            )
            for name, speed, row in zip(self.names, speeds, widths, strict=True)
            for counter, width in zip(PORT_COUNTERS, row, strict=True)
        ]

    def values(self) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """Return the counts as they are kept, and which of them were read."""
        counts = np.ascontiguousarray(self.counters.counts).ravel()
        return counts.view(np.int64), (self.counters.width_bits > 0).ravel()


def read_ports(
    names: tuple[Resource, ...],
    ports: Sequence[Interface],
    *,
    at_s: float,
    clock_s: float,
    uptime_s: float | None,
) -> PortReading:
    """Return the counters of a device's ports as arrays."""
    shape = (len(ports), len(PORT_COUNTERS))
    counts, width = np.zeros(shape, np.uint64), np.zeros(shape, np.uint8)
    discontinuity = np.full(len(ports), -1, np.int64)
    speed = np.full(len(ports), np.nan)
    for row, port in enumerate(ports):
        for number, name in enumerate(_FIELDS):
            counter = getattr(port, name)
            if counter is not None:
                counts[row, number], width[row, number] = counter.value, counter.bits
        if port.discontinuity_s is not None:
            discontinuity[row] = round(port.discontinuity_s * 100)
        if port.speed_mbps:
            speed[row] = port.speed_mbps * 1e6
    clocks = np.full(len(ports), clock_s)
    uptimes = np.full(len(ports), np.nan if uptime_s is None else uptime_s)
    reading = CounterReading(counts, width, clocks, uptimes, discontinuity, speed)
    return PortReading(names, reading, at_s=at_s)


def _rows(reading: CounterReading, rows: Sequence[int]) -> CounterReading:
    chosen = np.array(rows, np.intp)
    return CounterReading(
        *(getattr(reading, field.name)[chosen] for field in fields(CounterReading))
    )


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
        self._known: dict[str, dict[str, KnownPort]] = {}
        self._before: dict[str, PortReading] = {}

    def _ids(self, device_id: str, ports: Sequence[Interface]) -> list[str]:
        """Return the id of each port, known ones by what they are, new ones by their name."""
        seen = [SeenPort(p.if_index, p.name, p.alias, p.mac or "") for p in ports]
        known = self._known.setdefault(device_id, {})
        match = match_ports(tuple(known.values()), seen)
        for remap in match.remaps:
            _LOG.info("%s: %s", device_id, remap)
        ids = {port.index: port_id for port_id, port in match.found.items()}
        for port in match.new:
            taken = port.if_name in known or port.if_name in ids.values()
            ids[port.index] = f"{port.if_name}#{port.index}" if taken else port.if_name
        for port in seen:
            known[ids[port.index]] = KnownPort(ids[port.index], port)
        return [ids[port.index] for port in seen]

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
        names = tuple(resource("port", device_id, one) for one in self._ids(device_id, ports))
        now = read_ports(names, ports, at_s=at_s, clock_s=clock_s, uptime_s=uptime_s)
        found: list[Observation] = []
        for name, port in zip(names, ports, strict=True):
            state = _state(port)
            quality = Quality.GAP if state is None else Quality.OK
            found.append(Observation(name, "oper_up", state, quality, at_s))
        before = self._before.get(device_id)
        self._before[device_id] = now
        if before is None:
            return found, now
        place = {name: row for row, name in enumerate(before.names)}
        both = [row for row, name in enumerate(names) if name in place]
        if not both:
            return found, now
        old = [place[names[row]] for row in both]
        rated = rates(_rows(before.counters, old), _rows(now.counters, both), _UNITS)
        table = link_figures(
            rated,
            now.counters.speed_bps[both],
            [names[row] for row in both],
            np.full(len(both), at_s),
        )
        found += table.observations()
        return found, PortReading(names, now.counters, rated, tuple(both), table, at_s)
