"""What the poll service says of itself and of the network, as metrics.

Read by whoever serves or sends them, from another thread than the one that polls: everything is
copied first. What is older than three intervals is not known any more, and left out; whether a dead
device is reachable holds until it is asked again.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable, Iterator

from ...topology.errors import SurroundingsError
from ..health import LINK_FIGURES
from ..metrics import (
    Point,
    PollerFigures,
    alarm_points,
    counter_points,
    link_points,
    observation_points,
    poller_points,
    store_points,
)
from ..observations import Observation
from ..store import ProjectStore
from .cycle_log import Cycle
from .schedule import LONGEST_BACK_OFF
from .watch import Watch

__all__ = ["OwnFigures", "watched_points"]

_LOG = logging.getLogger("ngbw.probes.service")

_FRESH_INTERVALS = 3.0


class OwnFigures:
    """Adds up cycles since the service started."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._figures = PollerFigures()

    def note(self, cycle: Cycle) -> None:
        """Add a cycle."""
        with self._lock:
            was = self._figures
            self._figures = PollerFigures(
                cycles=was.cycles + 1,
                cycle_s=cycle.wall_s,
                last_cycle_at_s=cycle.at_s,
                cpu_s=was.cpu_s + cycle.cpu_s,
                requests=was.requests + cycle.requests,
                replies=was.replies + cycle.replies,
                sent_bytes=was.sent_bytes + cycle.sent_bytes,
                received_bytes=was.received_bytes + cycle.received_bytes,
                varbinds=was.varbinds + cycle.varbinds,
                receive_drops=was.receive_drops + cycle.receive_drops,
                loop_lag_s=cycle.loop_lag_s,
                dead=cycle.dead,
                late_s=cycle.late_s,
                skipped=cycle.skipped,
                devices={
                    "answered": cycle.answered, "partial": cycle.partial, "silent": cycle.silent,
                    "refused": cycle.refused, "unknown": cycle.unknown,
                },
            )  # fmt: skip

    @property
    def figures(self) -> PollerFigures:
        """The sums, and the last cycle's own figures."""
        with self._lock:
            return self._figures


def _is_fresh(one: Observation, now_s: float, interval_s: float) -> bool:
    dead = one.figure == "reachable" and one.value == 0.0
    most_s = (LONGEST_BACK_OFF + 1 if dead else _FRESH_INTERVALS) * interval_s
    return now_s - one.at_s <= most_s


def watched_points(
    watch: Watch,
    own: OwnFigures,
    store: ProjectStore,
    *,
    now_s: float,
    interval_s: float,
    further: Iterable[Observation] = (),
) -> Iterator[Point]:
    """Yield every metric of a watched project, as of now.

    Parameters
    ----------
    further
        Observations that hold though no device said them.
    """
    seen = watch.snapshot()
    yield from poller_points(own.figures)
    yield from alarm_points(seen.alarms)
    try:
        yield from list(store_points(store))
    except SurroundingsError as error:  # what the network says is told all the same
        _LOG.warning("the store's figures were not told: %s", error)
    for reading in seen.ports:
        if now_s - reading.at_s <= _FRESH_INTERVALS * interval_s:
            yield from counter_points(reading.counters, reading.names)
            if reading.figures is not None:
                yield from link_points(reading.figures, reading.rated)
    yield from observation_points(
        one
        for one in seen.observations
        if one.figure not in LINK_FIGURES and _is_fresh(one, now_s, interval_s)
    )
    yield from observation_points(further)
