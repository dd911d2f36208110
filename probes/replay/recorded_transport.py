"""A transport that asks recordings instead of the network, in no time and without sockets.

For tests, for replaying a year in seconds, and for looking at a recording as a poll would.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from ..snmp.agents import Answer, Ask, Cost, Fault, LocalHealth, Outcome
from ..snmp.values import EMPTY, Index, Oid, Typed
from .recordings import Recording

__all__ = ["AskedView", "RecordedTransport"]

_SYS_UPTIME: Oid = (1, 3, 6, 1, 2, 1, 1, 3)


class AskedView:
    """The part of a recording that an ask is about, as a :class:`..snmp.values.MibView`."""

    def __init__(self, recording: Recording, ask: Ask) -> None:
        self._recording = recording
        self._scalars = frozenset(ask.scalars)
        self._columns = frozenset(column for group in ask.tables for column in group)
        self._walks = ask.walks

    def _walked(self, base: Oid) -> bool:
        return any(base[: len(root)] == root for root in self._walks)

    def scalar(self, base: Oid, /) -> Typed | None:
        """Return the instance ``base.0`` if it was asked for."""
        if base in self._scalars or self._walked(base):
            return self._recording.scalar(base)
        return None

    def column(self, base: Oid, /) -> Mapping[Index, Typed]:
        """Return the rows below ``base`` if they were asked for."""
        if base in self._columns or self._walked(base):
            return self._recording.column(base)
        return EMPTY


class RecordedTransport:
    """Answers asks from recordings, by agent id.

    Parameters
    ----------
    recordings
        Agent id to its recording; an agent that is missing, or in ``silent``, says nothing.
    clock
        Time of the day in seconds; counters stand as they do so long after ``started_s``.
    """

    def __init__(
        self,
        recordings: Mapping[str, Recording],
        *,
        clock: Callable[[], float],
        started_s: float = 0.0,
    ) -> None:
        self.recordings = dict(recordings)
        self.silent: set[str] = set()
        self.refusing: set[str] = set()
        self.lost = LocalHealth()
        self.asked: list[Ask] = []
        self._clock = clock
        self._started_s = started_s

    def collect(self, asks: Iterable[Ask], /) -> Iterator[Answer]:
        """Yield an answer for each ask, in order."""
        for ask in asks:
            self.asked.append(ask)
            yield self._answer(ask)

    def _answer(self, ask: Ask) -> Answer:
        name, now_s = ask.agent.agent_id, self._clock()
        nothing = Recording(name, {})
        if name in self.refusing:
            fault = Fault("refused", "the agent knows no such user or community")
            return Answer(name, Outcome.REFUSED, nothing, (fault,), Cost(1), at_s=now_s)
        if name in self.silent or name not in self.recordings:
            outcome = Outcome.SILENT if self.lost.trustworthy else Outcome.UNKNOWN
            return Answer(name, outcome, nothing, (), Cost(1), at_s=now_s)
        elapsed_s = now_s - self._started_s
        view = AskedView(self.recordings[name].at(elapsed_s), ask)
        ticks = self.recordings[name].scalar(_SYS_UPTIME)
        uptime_s = None
        if ticks is not None and isinstance(ticks.value, int):
            uptime_s = ticks.value / 100 + elapsed_s
        cost = Cost(1, 1, varbinds=len(self.recordings[name]))
        return Answer(name, Outcome.ANSWERED, view, (), cost, uptime_s, now_s)

    def health(self) -> LocalHealth:
        """Return what the test says of this machine."""
        return self.lost

    def close(self) -> None:
        """Do nothing: there is nothing to give back."""
