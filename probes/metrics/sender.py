"""Remote write beside the polls: a thread of its own, a queue with a bound, and patience.

Every interval the points of that moment are written down as they will be posted, and posted in
their order. While the receiver is away they wait and are tried again after 1, 2, 4 ... at most 60
seconds; when more waits than the bound allows, the oldest are dropped and counted. Nobody waits for
this thread: polling goes on whatever the receiver does.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Iterable

from ...topology.errors import InputError, NgbwError, SurroundingsError
from .exposition import Point
from .points import WriteFigures
from .remote_write import RemoteWriter

__all__ = ["RemoteSender"]

_LOG = logging.getLogger("ngbw.probes.metrics")

_LONGEST_PAUSE_S = 60.0


class RemoteSender:
    """Keeps what is to be written, and writes it.

    Parameters
    ----------
    points
        Gives the points of now; called from the sender's thread.
    clock
        Unix time, which the samples carry.
    interval_s
        Seconds between two moments.
    queue_bytes
        What may wait.
    """

    def __init__(
        self,
        writer: RemoteWriter,
        points: Callable[[], Iterable[Point]],
        *,
        clock: Callable[[], float],
        interval_s: float,
        queue_bytes: int,
    ) -> None:
        self._writer = writer
        self._points = points
        self._clock = clock
        self._interval_s = interval_s
        self._most_bytes = queue_bytes
        self._queue: deque[tuple[bytes, int]] = deque()
        self._waiting_bytes = self._sent = self._refused = self._dropped = 0
        self._failures = 0
        self._next_s = self._retry_s = clock()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def figures(self) -> WriteFigures:
        """What became of the samples so far."""
        return WriteFigures(self._sent, self._refused, self._dropped, self._waiting_bytes)

    def start(self) -> None:
        """Begin to write, in a thread."""
        self._thread = threading.Thread(target=self._run, name="remote-write", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Write what waits, unless the receiver was away just now, and end."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        if not self._failures:
            self._deliver(final=True)
        if self._queue:
            samples = sum(count for _, count in self._queue)
            _LOG.warning("%d samples were not written to %s", samples, self._writer.url)

    def _run(self) -> None:
        while not self._stop.is_set():
            self.step()
            self._stop.wait(max(0.05, min(self._due_s() - self._clock(), 1.0)))

    def _due_s(self) -> float:
        return min(self._next_s, self._retry_s) if self._queue else self._next_s

    def step(self) -> None:
        """Write down what is due, and post what can be posted."""
        now_s = self._clock()
        # Where the clock was set back, nothing waits for the time it was before.
        self._next_s = min(self._next_s, now_s + self._interval_s)
        self._retry_s = min(self._retry_s, now_s + _LONGEST_PAUSE_S)
        if now_s >= self._next_s:
            # Moments that were missed are gaps: they are not made up for from what is known now.
            self._next_s = max(self._next_s + self._interval_s, now_s)
            try:
                self._take(now_s)
            except NgbwError as error:
                _LOG.warning("a moment is missing from remote write: %s", error)
        if now_s >= self._retry_s:
            self._deliver()

    def _take(self, at_s: float) -> None:
        for body, samples in self._writer.bodies(self._points(), at_s):
            self._queue.append((body, samples))
            self._waiting_bytes += len(body)
            while self._waiting_bytes > self._most_bytes and self._queue:
                self._dropped += self._taken_off()

    def _taken_off(self) -> int:
        body, samples = self._queue.popleft()
        self._waiting_bytes -= len(body)
        return samples

    def _deliver(self, *, final: bool = False) -> None:
        while self._queue and (final or not self._stop.is_set()):
            try:
                self._writer.post(self._queue[0][0])
            except SurroundingsError as error:
                if not self._failures:
                    _LOG.warning("%s", error)
                pause_s = min(_LONGEST_PAUSE_S, 2.0**self._failures)
                self._failures += 1
                self._retry_s = self._clock() + pause_s
                return
            except InputError as error:
                _LOG.warning("%s", error)
                self._refused += self._taken_off()
                continue
            if self._failures:
                _LOG.info("%s takes samples again", self._writer.url)
            self._failures = 0
            self._sent += self._taken_off()
