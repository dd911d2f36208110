"""From answers to what is kept and whom it concerns: readings, samples, observations, alarms.

It composes the parts and decides nothing itself: a reading says what a device said, a rate carries
its own verdict, the book of alarms judges. What the disk refuses is offered again.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ...topology.errors import SurroundingsError
from ..alarms import AlarmBook, Event
from ..alarms.model import Severity, State
from ..device_reading import DeviceReading, read_device
from ..mibs import oid_of
from ..observations import Observation, resource
from ..profiles import Profile, matching_profiles, wanted_by
from ..quality import Quality
from ..readings.interfaces import ROW_COLUMNS
from ..readings.wanted import Wanted
from ..snmp.agents import Answer, Fault, Outcome
from ..store import DeviceCycle, SampleStore
from .memory import Kind
from .poller import Batch, Seen
from .port_watch import PortReading, PortWatch
from .schedule import Lane
from .sensor_watch import sensor_gauges, sensor_observations

__all__ = ["Watch", "WatchSnapshot"]

_LOG = logging.getLogger("ngbw.probes.service")
_MOST_WAITING = 200_000
"""Observations that are kept while the disk refuses; older ones are dropped then, and it is said."""

_COMPACT_S = 900.0
_PORT_TABLES = ((1, 3, 6, 1, 2, 1, 2, 2), (1, 3, 6, 1, 2, 1, 31, 1, 1))  # ifTable, ifXTable
_PORT_COLUMNS = frozenset(map(oid_of, ROW_COLUMNS))


def _device_of(name: str) -> str:
    """Return the device that a resource belongs to, or an empty text."""
    kind, _, rest = name.partition(":")
    if kind not in ("device", "port", "sensor"):
        return ""
    return rest.partition("/")[0].replace("%2F", "/").replace("%25", "%")


def _ports_are_whole(answer: Answer) -> bool:
    """Tell whether the tables of ports came to their ends.

    Half a table would make ports look as if they had gone, or lost their names. A column that has
    no end does no harm where it makes no ports.
    """
    return answer.outcome is Outcome.ANSWERED or not any(map(_hides_ports, answer.faults))


def _hides_ports(fault: Fault) -> bool:
    if fault.kind == "table-budget":
        return fault.root in _PORT_COLUMNS
    return not fault.root or any(fault.root[: len(base)] == base for base in _PORT_TABLES)


@dataclass(frozen=True, slots=True)
class WatchSnapshot:
    """What is known at one moment, for readers in other threads.

    Attributes
    ----------
    alarms
        How many hold, by severity and state.
    """

    ports: tuple[PortReading, ...]
    observations: tuple[Observation, ...]
    alarms: Mapping[tuple[str, str], int]


class Watch:
    """Makes samples and alarms of what a poller sees (a :class:`~.poller.Sink`).

    Parameters
    ----------
    samples
        Where samples are kept; they are not when None.
    profiles
        What makers' own objects mean.
    told
        Called with the events of each batch, after they are on the disk.
    hinted
        Gives devices that a trap hints at; they are polled out of turn.
    clock
        Monotonic seconds; rates are taken over its intervals.
    """

    def __init__(
        self,
        book: AlarmBook,
        samples: SampleStore | None,
        *,
        profiles: Sequence[Profile] = (),
        told: Callable[[Sequence[Event], float], None] = lambda _events, _now_s: None,
        hinted: Callable[[], Iterable[str]] = tuple,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.book = book
        self.latest: dict[str, DeviceReading] = {}
        self.observations: dict[tuple[str, str], Observation] = {}
        self.ports: dict[str, PortReading] = {}
        self._samples = samples
        self._profiles = profiles
        self._told = told
        self._hinted = hinted
        self._clock = clock
        self._ports = PortWatch()
        self._waiting: list[Observation] = []
        self._compacted_s: float | None = None
        self._lock = threading.Lock()
        self._alarms_seq = -1
        self._alarms: Mapping[tuple[str, str], int] = {}
        self._count_alarms()

    def snapshot(self) -> WatchSnapshot:
        """Return what is known now; any thread may ask."""
        with self._lock:
            return WatchSnapshot(
                tuple(self.ports.values()), tuple(self.observations.values()), self._alarms
            )

    def _count_alarms(self) -> None:
        """Count the alarms that hold, where an event came since."""
        if self.book.seq == self._alarms_seq:
            return
        self._alarms_seq = self.book.seq
        # None of a severity is known to be none: it is told as 0.
        counts = {(severity.value, State.ACTIVE.value): 0 for severity in Severity}
        for alarm in self.book.alarms():
            if not alarm.is_cleared:
                key = alarm.severity.value, alarm.state.value
                counts[key] = counts.get(key, 0) + 1
        self._alarms = counts

    def wants(self, kind: Kind | None, /) -> Wanted:
        """Return what of a maker's own is to be read each cycle from this kind of device."""
        if kind is None:
            return Wanted()
        fitting = matching_profiles(
            self._profiles, object_id=kind.object_id, description=kind.description
        )
        return wanted_by(fitting)

    def to_verify(self) -> Iterable[str]:
        """Return the devices that alarms or traps want to have measured out of turn."""
        wanted = [*map(_device_of, self.book.to_verify()), *self._hinted()]
        return list(dict.fromkeys(filter(None, wanted)))

    def take(self, batch: Batch, /) -> tuple[int, int]:
        """Keep and judge a batch; return how many alarms it raised and cleared."""
        observations: list[Observation] = []
        cycles: list[DeviceCycle] = []
        clock_s = self._clock()
        for seen in batch.seen:
            observations.append(self._reachable(seen, batch.at_s))
            if seen.reachable and seen.lane is not Lane.ALIVE:
                reading = read_device(seen.answer.view, self._profiles)
                self.latest[seen.device_id] = reading
                if seen.lane is Lane.FAST:
                    found, cycle = self._measure(seen, reading, batch.at_s, clock_s)
                    observations += found
                    cycles += [] if cycle is None else [cycle]
        with self._lock:
            for one in observations:
                self.observations[one.resource, one.figure] = one
        self._keep(cycles, batch.at_s)
        return self._judge(observations, batch.at_s)

    def tick(self, now_s: float) -> tuple[int, int]:
        """Let time pass for the alarms, and tidy what is kept."""
        if self._samples is not None and (
            self._compacted_s is None or now_s - self._compacted_s >= _COMPACT_S
        ):
            self._compacted_s = now_s
            try:
                self._samples.compact(now_s)
            except SurroundingsError as error:
                _LOG.error("samples were not compacted: %s", error)
        due_s = self.book.next_due_s()
        if not self._waiting and (due_s is None or due_s > now_s):
            return 0, 0
        return self._judge([], now_s)

    @staticmethod
    def _reachable(seen: Seen, at_s: float) -> Observation:
        name = resource("device", seen.device_id)
        if seen.reachable is None:
            return Observation(name, "reachable", None, Quality.GAP, at_s)
        return Observation(name, "reachable", float(seen.reachable), Quality.OK, at_s)

    def _measure(
        self, seen: Seen, reading: DeviceReading, at_s: float, clock_s: float
    ) -> tuple[list[Observation], DeviceCycle | None]:
        uptime_s = seen.answer.uptime_s
        found: list[Observation] = []
        ports = None
        if _ports_are_whole(seen.answer):
            found, ports = self._ports.observe(
                seen.device_id,
                reading.interfaces.interfaces,
                at_s=at_s,
                clock_s=clock_s,
                uptime_s=uptime_s,
            )
            with self._lock:
                self.ports[seen.device_id] = ports
        found += sensor_observations(seen.device_id, reading.sensors, at_s)
        if self._samples is None:
            return found, None
        series, counts, present = [], np.zeros(0, np.int64), np.zeros(0, np.bool_)
        if ports is not None:
            series, (counts, present) = ports.series(), ports.values()
        gauges = list(sensor_gauges(seen.device_id, reading.sensors))
        series += [one for one, _ in gauges]
        if not series:
            return found, None
        numbers = np.array([value or 0 for _, value in gauges], np.int64)
        given = np.array([value is not None for _, value in gauges], np.bool_)
        values, there = np.concatenate([counts, numbers]), np.concatenate([present, given])
        layout = self._samples.layout(seen.device_id, series)
        cycle = DeviceCycle(
            seen.device_id, layout, at_s, values, there, clock_s=clock_s, uptime_s=uptime_s
        )
        return found, cycle

    def _keep(self, cycles: list[DeviceCycle], at_s: float) -> None:
        if self._samples is None or not cycles:
            return
        try:
            self._samples.append(cycles)
        except SurroundingsError as error:  # samples may be lost, alarms may not
            _LOG.error("samples of %d devices were not kept: %s", len(cycles), error)

    def _judge(self, observations: list[Observation], now_s: float) -> tuple[int, int]:
        batch = [*self._waiting, *observations]
        try:
            events = list(self.book.observe(batch, now_s))
        except SurroundingsError as error:
            over = len(batch) - _MOST_WAITING
            if over > 0:
                _LOG.error("%d observations are lost since the disk refuses", over)
            self._waiting = batch[max(0, over) :]
            _LOG.error("alarms wait for the disk: %s", error)
            return 0, 0
        self._waiting = []
        self._count_alarms()
        if events:
            self._told(events, now_s)
        kinds = [one.kind for one in events]
        return kinds.count("raised"), kinds.count("cleared")
