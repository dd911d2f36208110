"""When each device is polled: spread over the interval, never twice at once, the dead rarely.

A device's place in the interval is decided by its name, so that a thousand devices are not asked
in the same second and a restart does not move them. A device that is still being polled when its
next turn comes is passed over, not queued. One that does not answer is remembered as dead: it is
asked for its uptime alone, at intervals that double up to sixteen, until it answers again.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from ..replay.drifts import share_of

__all__ = ["LONGEST_BACK_OFF", "Lane", "Schedule", "Turn"]

LONGEST_BACK_OFF = 16
"""A dead device is asked at least every so many intervals."""


class Lane(StrEnum):
    """What a turn is for."""

    FAST = "fast"  # what health needs, every interval
    SLOW = "slow"  # large tables and what changes with people's work
    ALIVE = "alive"  # one scalar of a device that was dead


@dataclass(frozen=True, slots=True)
class Turn:
    """A device whose time has come."""

    device_id: str
    lane: Lane
    due_s: float


@dataclass(slots=True)
class _Device:
    offset: float
    misses: int = 0
    busy: bool = False
    next_s: dict[Lane, float] = field(default_factory=dict)


class Schedule:
    """Says whose turn it is.

    Parameters
    ----------
    interval_s, slow_interval_s
        Of the two lanes.
    now_s
        When the service starts. The first turn of a device comes within one interval from here,
        its first slow turn within one more.
    misses
        What an earlier run knew: how often each device had not answered.
    """

    def __init__(
        self,
        devices: Iterable[str],
        *,
        interval_s: float,
        slow_interval_s: float,
        now_s: float,
        misses: Mapping[str, int] | None = None,
    ) -> None:
        self.interval_s = interval_s
        self.slow_interval_s = slow_interval_s
        self.skipped = 0
        self._devices: dict[str, _Device] = {}
        self._due: dict[Lane, list[tuple[float, str]]] = {Lane.FAST: [], Lane.SLOW: []}
        for device_id in devices:
            self._devices[device_id] = _Device(
                share_of(f"schedule:{device_id}"), (misses or {}).get(device_id, 0)
            )
            self._put(device_id, Lane.FAST, now_s, interval_s)
            self._put(device_id, Lane.SLOW, now_s + interval_s, interval_s)

    def _put(self, device_id: str, lane: Lane, after_s: float, interval_s: float) -> None:
        """Give the device its first place on the grid of an interval at or after a time."""
        one = self._devices[device_id]
        start_s = one.offset * interval_s
        due_s = start_s + math.ceil((after_s - start_s) / interval_s) * interval_s
        one.next_s[lane] = due_s
        heapq.heappush(self._due[lane], (due_s, device_id))

    def __len__(self) -> int:
        return len(self._devices)

    @property
    def misses(self) -> dict[str, int]:
        """Devices that did not answer when they were asked last, and how often in a row."""
        return {name: one.misses for name, one in self._devices.items() if one.misses}

    def next_due_s(self) -> float:
        """Return when somebody's turn in the fast lane comes; infinity when there is nobody."""
        due = self._due[Lane.FAST]
        return due[0][0] if due else math.inf

    def due(self, now_s: float, lane: Lane = Lane.FAST, *, most: int | None = None) -> list[Turn]:
        """Return whose turn in a lane has come, and plan the turn after it.

        Parameters
        ----------
        lane
            Fast or slow; turns of devices that are dead come with the fast ones.
        most
            At most so many; the others stay due, and come first the next time.
        """
        turns: list[Turn] = []
        waiting = self._due[lane]
        slow = lane is Lane.SLOW
        while waiting and waiting[0][0] <= now_s and (most is None or len(turns) < most):
            due_s, device_id = heapq.heappop(waiting)
            one = self._devices[device_id]
            if one.next_s.get(lane) != due_s:  # it was given another time since
                continue
            wait_s = interval_s = self.slow_interval_s if slow else self.interval_s
            if one.busy:
                self.skipped += 1
            elif slow and one.misses:  # nothing large is asked of the dead
                wait_s = interval_s = self.interval_s
            else:
                one.busy = True
                turns.append(Turn(device_id, Lane.ALIVE if one.misses else lane, due_s))
                if one.misses:
                    wait_s *= min(LONGEST_BACK_OFF, 2 ** (one.misses - 1))
            # Half an interval less, since the place on the grid is rounded up.
            self._put(device_id, lane, max(now_s, due_s) + wait_s - interval_s / 2, interval_s)
        return turns

    def done(self, device_id: str, *, answered: bool | None, now_s: float) -> None:
        """Note that a turn has ended; ``answered`` is None when we do not know.

        A device that was dead and answers has a whole turn at once.
        """
        one = self._devices[device_id]
        one.busy = False
        if answered is None:
            return
        back = answered and one.misses > 0
        one.misses = 0 if answered else one.misses + 1
        if back:
            self.hurry(device_id, now_s)

    def hurry(self, device_id: str, now_s: float) -> bool:
        """Give a device its next turn at once; False when it is being polled, or unknown."""
        one = self._devices.get(device_id)
        if one is None or one.busy:
            return False
        one.next_s[Lane.FAST] = now_s
        heapq.heappush(self._due[Lane.FAST], (now_s, device_id))
        return True
