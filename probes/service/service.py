"""The poll service: one loop that polls, judges, tells, beats, and ends cleanly.

Time comes in from outside, and waiting is a function that is handed in, so that tests run days in
a moment. A signal sets an event; the loop ends after the batch that is under way, writes what it
learned, and the next start takes it up.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from ...topology.errors import SurroundingsError
from .cycle_log import Cycle, CycleLog
from .heartbeat import Heartbeat
from .memory import Memory, write_memory
from .poller import Poller
from .watch import Watch

__all__ = ["Service", "ServiceLock", "service_directory"]

_LOG = logging.getLogger("ngbw.probes.service")

_STEP_S = 1.0
"""Longest wait between two looks at the schedule; devices due within it go in one batch."""

_ADDED = (
    "asked", "answered", "partial", "silent", "refused", "unknown", "requests", "sent_bytes",
    "received_bytes", "varbinds", "faults", "receive_drops", "cpu_s", "wall_s", "alarms_raised",
    "alarms_cleared", "replies",
)  # fmt: skip
_LARGEST = ("loop_lag_s", "late_s", "dead", "skipped")


def service_directory(project: Path) -> Path:
    """Return where the service of a project keeps what it learned."""
    return project / ".ngbw" / "probes"


def combined(first: Cycle, second: Cycle) -> Cycle:
    """Return two batches as one: sums of work, the worst of delays, the time of the second."""
    added: dict[str, Any] = {name: getattr(first, name) + getattr(second, name) for name in _ADDED}
    worst: dict[str, Any] = {
        name: max(getattr(first, name), getattr(second, name)) for name in _LARGEST
    }
    lane = first.lane if first.lane == second.lane else "both lanes"
    sound = first.trustworthy and second.trustworthy
    return replace(second, lane=lane, trustworthy=sound, **added, **worst)


class ServiceLock:
    """Holds a project, so that no two services poll its devices.

    The lock is the operating system's: it ends with the process, however that ends.
    """

    def __init__(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self._path = directory / "lock"
        self._file: IO[str] | None = None

    def __enter__(self) -> Self:
        file = self._path.open("a+", encoding="ascii")
        try:
            if os.name == "posix":
                import fcntl

                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            else:
                import msvcrt

                file.seek(0)
                msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
        except OSError:
            file.close()
            raise SurroundingsError(
                f"another ngbw polls this project already (it holds {self._path}); stop it first"
            ) from None
        self._file = file
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._file is not None:
            self._file.close()


class Service:
    """Runs a poller until it is told to stop.

    Parameters
    ----------
    clock
        Unix time.
    interval_s
        One line is logged for all batches of so many seconds.
    tell
        Called about once a second with the time: notifications go out here.
    directory
        Where to keep what was learned and the log of cycles.
    """

    def __init__(
        self,
        poller: Poller,
        watch: Watch,
        *,
        clock: Callable[[], float],
        interval_s: float,
        directory: Path,
        heartbeat: Heartbeat | None = None,
        tell: Callable[[float], None] = lambda _now_s: None,
        shown: Callable[[Cycle], None] = lambda _cycle: None,
    ) -> None:
        self._poller, self._watch = poller, watch
        self._clock = clock
        self._interval_s = interval_s
        self._memory_path = directory / "memory.json"
        self._heartbeat = heartbeat or Heartbeat()
        self._tell = tell
        self._shown = shown
        self._log = CycleLog(directory / "cycles.jsonl")
        self._sum: Cycle | None = None
        self._logged_s = clock()
        directory.mkdir(parents=True, exist_ok=True)

    def run(
        self,
        stop: threading.Event,
        *,
        wait: Callable[[float], object] | None = None,
        until_s: float | None = None,
    ) -> None:
        """Poll until ``stop`` is set or the clock passes ``until_s``.

        Parameters
        ----------
        wait
            Waits so many seconds or until ``stop`` is set; the event's own when None.
        """
        wait = wait or stop.wait
        try:
            while not stop.is_set() and (until_s is None or self._clock() < until_s):
                now_s = self._clock()
                self.step(now_s)
                due_s = self._poller.schedule.next_due_s()
                rest_s = min(_STEP_S, max(0.05, due_s - self._clock()))
                wait(rest_s)
        finally:
            self.close()

    def hurry(self, device_id: str) -> bool:
        """Poll a device at the next step; False when it is being polled, or unknown."""
        return self._poller.schedule.hurry(device_id, self._clock())

    def step(self, now_s: float) -> None:
        """Do what is due."""
        for cycle in self._poller.step(now_s):
            self._sum = cycle if self._sum is None else combined(self._sum, cycle)
        raised, cleared = self._watch.tick(now_s)
        if self._sum is not None and (raised or cleared):
            self._sum = replace(
                self._sum,
                alarms_raised=self._sum.alarms_raised + raised,
                alarms_cleared=self._sum.alarms_cleared + cleared,
            )
        self._tell(now_s)
        if now_s - self._logged_s >= self._interval_s:
            self._logged_s = now_s
            self._end_cycle()
            self._heartbeat.beat()

    def _end_cycle(self) -> None:
        cycle, self._sum = self._sum, None
        if cycle is None:
            return
        level = logging.INFO if cycle.trustworthy else logging.WARNING
        _LOG.log(level, "%s", cycle)
        self._log.write(cycle)
        self._shown(cycle)
        self._remember()

    def _remember(self) -> None:
        memory: Memory = self._poller.memory
        try:
            write_memory(memory, self._memory_path)
        except OSError as error:
            _LOG.warning("what was learned was not written: %s", error.strerror)

    def close(self) -> None:
        """End the cycle that is under way and write what was learned."""
        self._end_cycle()
        self._remember()
        self._heartbeat.close()
