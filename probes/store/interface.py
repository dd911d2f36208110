"""What a store promises, whatever it is kept in.

Samples may lose the last second when the power fails; events may not: a sequence number that was
returned is on the disk.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ..observations import Resource
from .graphs import Graph

__all__ = [
    "DeviceCycle",
    "EventStore",
    "NewEvent",
    "RawSamples",
    "SampleStore",
    "Series",
    "SeriesKind",
    "Store",
    "StoredEvent",
]


class SeriesKind(StrEnum):
    """How the numbers of a series are to be understood."""

    COUNTER32 = "counter32"
    COUNTER64 = "counter64"
    GAUGE = "gauge"


@dataclass(frozen=True, slots=True)
class Series:
    """One figure of one resource through time.

    Attributes
    ----------
    figure
        Counters by the names of :data:`ngbw.probes.port_counters.COUNTERS`; gauges with their unit
        in the name.
    decimals
        A gauge is kept as a whole number of 10^-decimals.
    speed_bps
        Of a port's counters: what the port can carry, for the verdict on its rates.
    """

    resource: Resource
    figure: str
    kind: SeriesKind = SeriesKind.GAUGE
    decimals: int = 3
    speed_bps: float | None = None


@dataclass(frozen=True, slots=True, eq=False)
class DeviceCycle:
    """What one poll of one device gave.

    Attributes
    ----------
    layout
        What :meth:`SampleStore.layout` returned for the device's series.
    values
        int64, one for each series of the layout: a gauge times 10^decimals, a counter as its two's
        complement (``counts.view(np.int64)``).
    present
        Which of them were read; all when None.
    at_s
        Unix time.
    clock_s
        Our monotonic clock at that time; intervals are taken from it, since the time of day steps.
    uptime_s
        The agent's own clock.
    source
        Who measured: ``poll``, ``librenms``, ``zabbix``, ...
    """

    device_id: str
    layout: int
    at_s: float
    values: NDArray[np.int64]
    present: NDArray[np.bool_] | None = None
    clock_s: float | None = None
    uptime_s: float | None = None
    source: str = "poll"


@dataclass(frozen=True, slots=True, eq=False)
class RawSamples:
    """Samples of a series as they were read, oldest first.

    Attributes
    ----------
    values
        uint64 for counters, float64 for gauges.
    present
        Where a value was read; what ``values`` holds elsewhere means nothing.
    """

    at_s: NDArray[np.float64]
    values: NDArray[np.uint64] | NDArray[np.float64]
    present: NDArray[np.bool_]
    source: tuple[str, ...]


class SampleStore(Protocol):
    """Samples, their roll-ups and what is drawn from them."""

    def layout(self, device_id: str, series: Sequence[Series], /) -> int:
        """Return the number of a device's list of series, the same for the same list.

        Cheap when it is the list of last time; ask again when ports come or go or their speed
        changes.
        """
        ...

    def append(self, cycles: Iterable[DeviceCycle], /) -> int:
        """Keep cycles, all or none, and return how many samples they hold.

        A cycle of a device at a time that is there already (a repeated delivery) takes its place.

        Raises
        ------
        InputError
            A cycle does not fit its layout.
        """
        ...

    def compact(self, now_s: float, /) -> dict[str, int]:
        """Put closed hours into chunks, roll them up, forget what is past its retention.

        Call it a few times an hour. Returns what was done: hours, samples, bytes, forgotten.
        """
        ...

    def devices(self) -> tuple[str, ...]:
        """Return the devices of which something is kept."""
        ...

    def series(self, device_id: str, /) -> tuple[Series, ...]:
        """Return the series of a device's newest layout; none when it is not known."""
        ...

    def raw(
        self, device_id: str, resource: Resource, figure: str, *, start_s: float, end_s: float
    ) -> RawSamples:
        """Return the samples of a series in ``start_s <= at_s < end_s``."""
        ...

    def graph(
        self,
        device_id: str,
        resource: Resource,
        figure: str,
        *,
        start_s: float,
        end_s: float,
        points: int = 800,
    ) -> Graph:
        """Return what to draw of a series: a counter's rate a second, or a gauge.

        Taken from the finest roll-up that needs at most ``points`` and reaches back far enough.
        """
        ...


@dataclass(frozen=True, slots=True)
class NewEvent:
    """An event to keep; what its body says is its writer's business."""

    at_s: float
    body: bytes


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """An event that is kept under its number."""

    sequence: int
    at_s: float
    body: bytes


class EventStore(Protocol):
    """One append-only log. Numbers count 1, 2, 3 without a gap; nothing is changed or removed."""

    def append(self, events: Sequence[NewEvent], /) -> range:
        """Keep events, all or none and in order, and return their sequence numbers.

        They are on the disk when this returns (fsync). Threads that append at the same time share
        one commit.

        Raises
        ------
        SurroundingsError
            The disk or the server refuses; nothing was kept.
        """
        ...

    def read(self, *, after: int = 0, limit: int = 10_000) -> list[StoredEvent]:
        """Return events with numbers above ``after``, in order, at most ``limit``."""
        ...

    def last(self) -> int:
        """Return the newest sequence number, 0 when there is none."""
        ...

    def position(self, reader: str, /) -> int:
        """Return the last number that a reader has dealt with, 0 for a new one."""
        ...

    def advance(self, reader: str, sequence: int, /) -> None:
        """Note, on the disk, that a reader has dealt with everything up to a number.

        A reader that dies before it advances gets the events again: at least once.

        Raises
        ------
        UsageError
            The number is below where the reader stands, or above the newest event.
        """
        ...


class Store(Protocol):
    """A project's samples and logs."""

    @property
    def samples(self) -> SampleStore:
        """Samples and roll-ups."""
        ...

    def events(self, log: str, /) -> EventStore:
        """Return a log by its name, such as ``alarms`` or ``traps``; made when it is new."""
        ...

    def check(self) -> list[str]:
        """Return what is wrong with what is kept, a sentence each; none when all is well."""
        ...

    def close(self) -> None:
        """Give back files and connections."""
        ...
