"""Polls devices when their time comes and hands on what they said; knows nothing of what it means.

One batch a step, from one thread. Large tables are fetched beside it, a few devices at a time, by
an executor with a transport of its own, so that no 80,000 neighbours keep counters waiting; yet a
device is never asked twice at once. When this machine lost packets or was late itself, silence is
reported as unknown.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass, replace
from typing import Protocol

from ..readings.system import read_system
from ..readings.wanted import EVERY_CYCLE, Wanted, wanted
from ..snmp.agents import Answer, Ask, Budget, LocalHealth, Outcome, SnmpTransport
from ..snmp.values import Oid
from .cycle_log import Cycle, cycle_of
from .memory import Kind, Memory
from .schedule import Lane, Schedule, Turn
from .settings import NamedCredential
from .targets import PolledDevice

__all__ = ["Batch", "Inline", "Poller", "Seen", "Sink"]

_LOG = logging.getLogger("ngbw.probes.service")

SYS_UPTIME: Oid = (1, 3, 6, 1, 2, 1, 1, 3)

_SLOW_AT_ONCE = 4
"""Devices whose large tables are fetched at the same time."""
_SLOW_BUDGET_S = 120.0
_FAST_TABLE_ROWS = 5_000
"""Rows of one table that are read each cycle; the largest device on record has 1,829 ports."""


@dataclass(frozen=True, slots=True)
class Seen:
    """An answer with what is to be concluded from it.

    Attributes
    ----------
    reachable
        Whether the device answers; None when that is not known.
    """

    device_id: str
    lane: Lane
    answer: Answer
    reachable: bool | None


@dataclass(frozen=True, slots=True)
class Batch:
    """What one step found."""

    at_s: float
    seen: tuple[Seen, ...]
    health: LocalHealth


class Sink(Protocol):
    """Whoever makes something of answers."""

    def take(self, batch: Batch, /) -> tuple[int, int]:
        """Take a batch; return how many alarms it raised and cleared."""
        ...

    def wants(self, kind: Kind | None, /) -> Wanted:
        """Return what of a maker's own is to be read each cycle from this kind of device."""
        ...

    def to_verify(self) -> Iterable[str]:
        """Return devices that should be polled out of turn."""
        ...


class Inline(Executor):
    """Runs a job at once, in the caller's thread."""

    def submit(self, fn: Callable[..., object], /, *args: object, **kwargs: object) -> Future:  # type: ignore[type-arg]
        """Run the job and return its result as a future that is done."""
        done: Future[object] = Future()
        try:
            done.set_result(fn(*args, **kwargs))
        except Exception as error:  # noqa: BLE001 - as every executor, it hands on what the job raised
            done.set_exception(error)
        return done


def _reachable(answer: Answer, health: LocalHealth) -> bool | None:
    if answer.outcome in (Outcome.ANSWERED, Outcome.PARTIAL):
        return True
    # Refused is as bad as silent: a dead agent or a changed password leaves the device unwatched,
    # and nobody may learn that from a quiet list of alarms.
    if answer.outcome in (Outcome.SILENT, Outcome.REFUSED) and health.trustworthy:
        return False
    return None  # our own trouble


class Poller:
    """Polls targets by their schedule.

    Parameters
    ----------
    fast, slow
        Transports of the two lanes; with the executor :class:`Inline` they may be one.
    sink
        Who takes what was found.
    executor
        Runs the slow lane.
    memory
        What an earlier run learned; it is kept up to date.
    """

    def __init__(
        self,
        targets: Sequence[PolledDevice],
        schedule: Schedule,
        *,
        fast: SnmpTransport,
        slow: SnmpTransport,
        sink: Sink,
        executor: Executor,
        memory: Memory,
        budget: Budget,
        max_agents: int = 1000,
    ) -> None:
        self.schedule = schedule
        self.memory = memory
        self._targets = {one.device_id: one for one in targets}
        self._fast, self._slow = fast, slow
        self._sink = sink
        self._executor = executor
        self._budget = budget
        rows = min(budget.table_rows, _FAST_TABLE_ROWS)
        self._fast_budget = replace(budget, table_rows=rows)
        self._max_agents = max_agents
        self._slow_job: tuple[Future[tuple[list[Answer], LocalHealth]], list[Turn]] | None = None
        self._untried: dict[str, set[str]] = {
            one.device_id: {named.name for named in one.credentials}
            for one in targets
            if one.device_id not in memory.credential
        }
        self._every_cycle = wanted(EVERY_CYCLE)
        self._everything = wanted()

    # ------------------------------------------------------------ asking

    def credential(self, device_id: str) -> NamedCredential:
        """Return the credential a device is asked with next."""
        target = self._targets[device_id]
        known = self.memory.credential.get(device_id)
        untried = self._untried.get(device_id)
        for one in target.credentials:
            if one.name == known or (known is None and (not untried or one.name in untried)):
                return one
        return target.credentials[0]

    def ask(self, turn: Turn) -> Ask:
        """Return what a device is asked in a turn."""
        agent = self._targets[turn.device_id].agent(self.credential(turn.device_id))
        if turn.lane is Lane.ALIVE:
            return Ask(agent, scalars=(SYS_UPTIME,), budget=self._budget)
        own = self._sink.wants(self.memory.kind.get(turn.device_id))
        if turn.lane is Lane.FAST:
            want = self._every_cycle | own
            scalars = tuple(dict.fromkeys((SYS_UPTIME, *want.scalars)))
            return Ask(agent, scalars, want.tables, budget=self._fast_budget)
        want = self._everything
        budget = replace(self._budget, seconds=_SLOW_BUDGET_S)
        tables = want.tables + want.slow_tables
        return Ask(agent, want.scalars, tables, budget=budget)

    @staticmethod
    def _collect(transport: SnmpTransport, asks: list[Ask]) -> tuple[list[Answer], LocalHealth]:
        answers = list(transport.collect(asks))
        return answers, transport.health()

    # ------------------------------------------------------------ steps

    def step(self, now_s: float) -> list[Cycle]:
        """Poll whose time has come; return what each lane did, nothing when there was nothing."""
        cycles = []
        for device_id in self._sink.to_verify():
            self.schedule.hurry(device_id, now_s)
        turns = self.schedule.due(now_s, most=self._max_agents)
        if turns:
            answers, health = self._collect(self._fast, [self.ask(one) for one in turns])
            cycles.append(self._finish(turns, answers, health, now_s=now_s))
        if (slow := self.collect_slow(now_s)) is not None:
            cycles.append(slow)
        if self._slow_job is None:
            self._start_slow(now_s)
            if (slow := self.collect_slow(now_s)) is not None:  # an inline executor is done
                cycles.append(slow)
        return cycles

    def _start_slow(self, now_s: float) -> None:
        turns = self.schedule.due(now_s, Lane.SLOW, most=_SLOW_AT_ONCE)
        if turns:
            asks = [self.ask(one) for one in turns]
            job = self._executor.submit(self._collect, self._slow, asks)
            self._slow_job = job, turns

    def collect_slow(self, now_s: float) -> Cycle | None:
        """Take over what the slow lane has found, when it has."""
        if self._slow_job is None or not self._slow_job[0].done():
            return None
        job, turns = self._slow_job
        self._slow_job = None
        answers, health = job.result()
        return self._finish(turns, answers, health, now_s=now_s)

    def _finish(
        self, turns: list[Turn], answers: list[Answer], health: LocalHealth, *, now_s: float
    ) -> Cycle:
        came = {one.agent_id: one for one in answers}
        seen: list[Seen] = []
        for turn in turns:
            answer = came.get(turn.device_id)
            if answer is None:  # the transport was stopped before it came to this one
                self.schedule.done(turn.device_id, answered=None, now_s=now_s)
                continue
            reachable = _reachable(answer, health)
            if reachable is not True and self._try_next(turn.device_id, health, now_s):
                continue
            # A refusal is an answer of somebody; what it is not is a reason to ask less often.
            answered = None if reachable is None else reachable
            self.schedule.done(turn.device_id, answered=answered, now_s=now_s)
            if reachable:
                self._learn(turn.device_id, answer)
            seen.append(Seen(turn.device_id, turn.lane, answer, reachable))
            for fault in answer.faults:
                _LOG.debug("%s: %s: %s", turn.device_id, fault.kind, fault.detail)
        raised, cleared = self._sink.take(Batch(now_s, tuple(seen), health))
        self.memory.misses = self.schedule.misses
        lane = "slow" if turns[0].lane is Lane.SLOW else "fast"
        cycle = cycle_of(
            answers, health, at_s=now_s, lane=lane,
            dead=len(self.memory.misses), skipped=self.schedule.skipped,
            late_s=max(0.0, now_s - min(one.due_s for one in turns)),
        )  # fmt: skip
        return replace(cycle, alarms_raised=raised, alarms_cleared=cleared)

    def _try_next(self, device_id: str, health: LocalHealth, now_s: float) -> bool:
        """Let a device that never answered be asked with the next credential, at once."""
        untried = self._untried.get(device_id)
        if not untried or not health.trustworthy:
            return False
        untried.discard(self.credential(device_id).name)
        if not untried:  # all were tried: once more from the first, at the next turn
            self._untried[device_id] = {n.name for n in self._targets[device_id].credentials}
            return False
        self.schedule.done(device_id, answered=None, now_s=now_s)
        self.schedule.hurry(device_id, now_s)
        return True

    def _learn(self, device_id: str, answer: Answer) -> None:
        if device_id not in self.memory.credential:
            self.memory.credential[device_id] = self.credential(device_id).name
            self._untried.pop(device_id, None)
        system = read_system(answer.view)
        if system.object_id:
            self.memory.kind[device_id] = Kind(system.object_id, system.description)
