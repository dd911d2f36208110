"""The book of alarms: observations and people's words in, durable events out.

Every call is a turn: it catches up with what others wrote into the log, decides, puts all of its
events into the log with one wait for the disk, and only then returns them. When somebody else wrote
in between, the turn is taken back and decided again; when the disk refuses, it is taken back and the
error goes to the caller, who can offer the same observations again.

Time comes in as ``now_s`` with every call and from nowhere else, so that a year can be replayed.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from itertools import islice

from ...topology.errors import MissingError, SurroundingsError, UsageError
from ...topology.nearest_word import nearest
from ..observations import Observation, Resource
from . import people
from .events import Event, decode, encode
from .judge import Diagnosis, Judge, Rules
from .life_cycle import due_s
from .log import EventLog, Moved
from .model import Alarm, AlarmKey, State
from .state import BookState, Window
from .turn import Memory, Turn

__all__ = ["AlarmBook"]

_TRIES = 50
_RECENT = 20_000


class AlarmBook:
    """All alarms of a project.

    Parameters
    ----------
    log
        Where events are kept; what it holds is read at once.
    rules
        Thresholds and where things belong (:class:`.rule_file.RuleBook`).
    judge
        Knows what hangs on what (:class:`..root_cause.RootCauseJudge`); without it every alarm
        stands for itself.

    Examples
    --------
    >>> from ngbw.probes.alarms import AlarmBook, MemoryLog, built_in_rules
    >>> from ngbw.probes.observations import Observation
    >>> from ngbw.probes.quality import Quality
    >>> book = AlarmBook(MemoryLog(), built_in_rules())
    >>> def hot(at_s): return Observation("device:R1", "temperature_c", 95.0, Quality.OK, at_s)
    >>> [event.kind for event in book.observe([hot(0.0)], 0.0)]  # the first day only learns
    ['seen']
    >>> [event.kind for event in book.observe([hot(90_000.0)], 90_000.0)]
    ['pending']
    >>> [event.kind for event in book.observe([hot(90_300.0)], 90_300.0)]
    ['raised']
    """

    def __init__(self, log: EventLog, rules: Rules, *, judge: Judge | None = None) -> None:
        self._log, self._rules, self._judge = log, rules, judge
        self._state = BookState()
        self._memory = Memory()
        self._due: list[tuple[float, AlarmKey]] = []
        self._recent: deque[Event] = deque(maxlen=_RECENT)
        self._opened: dict[str, Window] = {}
        self._reconciled = False
        self.refresh()

    # -------------------------------------------------------------- reading

    def refresh(self) -> int:
        """Take in what others have written; return how many events that was."""
        count = 0
        for line in self._log.read(after=self._state.seq):
            event = decode(line)
            self._state.apply(event)
            self._after(event)
            # What others raised or cleared may be somebody's root cause.
            self._memory.stale = True
            count += 1
        return count

    def digest(self) -> str:
        """Return a hash of the whole state; replaying the log gives the same."""
        return self._state.digest()

    @property
    def seq(self) -> int:
        """Number of the last event."""
        return self._state.seq

    @property
    def feed_end(self) -> int:
        """Number of the last event of the feed."""
        return self._state.feed

    @property
    def diagnosis(self) -> Diagnosis | None:
        """What follows from what, as last decided; None before anything went down."""
        return self._memory.diagnosis

    @property
    def windows(self) -> tuple[Window, ...]:
        """Maintenance windows, past ones too, in the order in which they were made."""
        return tuple(self._state.windows.values())

    def alarms(self) -> tuple[Alarm, ...]:
        """Return every alarm that was ever raised, in the order of their names."""
        return tuple(self._state.alarms[key] for key in self._state.keys_by_id.values())

    def pending(self) -> tuple[Alarm, ...]:
        """Return what is bad and not an alarm yet."""
        found = self._state.alarms.values()
        return tuple(alarm for alarm in found if alarm.state is State.PENDING)

    def get(self, key: AlarmKey) -> Alarm | None:
        """Return the record of a key."""
        return self._state.alarms.get(key)

    def find(self, name: str) -> Alarm:
        """Return an alarm by its name (``A17``) or as ``TYPE/RESOURCE``.

        Raises
        ------
        MissingError
            There is none.
        """
        key = self._state.keys_by_id.get(name.strip())
        if key is not None:
            return self._state.alarms[key]
        for alarm in self._state.alarms.values():
            if name == str(alarm.key):
                return alarm
        known = self._state.keys_by_id
        raise MissingError(
            f"there is no alarm {name!r}{nearest(name, known)}; ngbw alarms list shows the "
            f"{len(known)} there are, give A17 or TYPE/RESOURCE"
        )

    def learning(self, now_s: float) -> dict[Resource, float]:
        """Return what is still being learned, and until when."""
        end = self._rules.learning_s
        seen = self._state.seen.items()
        return {owner: at_s + end for owner, at_s in seen if now_s - at_s < end}

    def story(self, key: AlarmKey) -> Iterator[Event]:
        """Yield every event of one alarm from the log, oldest first."""
        return (event for event in map(decode, self._log.read()) if event.key == key)

    def feed(self, *, after: int = 0, limit: int = 1000) -> tuple[Event, ...]:
        """Return the next events of the feed; their numbers follow on ``after`` without a gap."""
        if self._recent and self._recent[0].feed <= after + 1:
            found: Iterable[Event] = self._recent
        elif after >= self._state.feed:
            return ()
        else:
            found = map(decode, self._log.read())
        return tuple(islice((event for event in found if event.feed > after), limit))

    def cursor(self, reader: str) -> int:
        """Return up to which number of the feed a reader has confirmed; 0 for a new one."""
        return self._state.cursors.get(reader, 0)

    def has_reader(self, reader: str) -> bool:
        """Return whether a reader has ever confirmed anything, its beginning included."""
        return reader in self._state.cursors

    def next_due_s(self) -> float | None:
        """Return when :meth:`tick` has something to do at the latest; None for not in sight."""
        return self._due[0][0] if self._due else None

    def to_verify(self) -> tuple[Resource, ...]:
        """Return what should be measured out of turn, and forget it: the poll service asks this."""
        wanted = tuple(self._memory.to_verify)
        self._memory.to_verify.clear()
        return wanted

    # -------------------------------------------------------------- the network's side

    def observe(self, observations: Iterable[Observation], now_s: float) -> tuple[Event, ...]:
        """Judge a batch of observations; what comes of it is on the disk when this returns.

        Observations of a resource come in order of time. What is offered again is recognised: one
        that is not newer than the last that counted says nothing.

        Raises
        ------
        SurroundingsError
            The log cannot be written; nothing has happened, offer the batch again.
        """
        batch = observations if isinstance(observations, list | tuple) else list(observations)

        def decide(turn: Turn) -> None:
            turn.observe(batch)
            self._pass_time(turn)

        return self._turn(decide, now_s)

    def tick(self, now_s: float) -> tuple[Event, ...]:
        """Let time pass: hold-offs, shelves, windows, flapping, escalations."""
        return self._turn(self._pass_time, now_s)

    def _pass_time(self, turn: Turn) -> None:
        if not self._reconciled:
            turn.forget_what_has_no_rule()
        for window in self._state.windows.values():
            begun = window.from_s <= turn.now_s < window.until_s
            if begun and self._opened.get(window.window_id) != window:
                turn.open_window(window)
        turn.due(self._take_due(turn.now_s))
        turn.diagnose()

    def _take_due(self, now_s: float) -> dict[AlarmKey, None]:
        due: dict[AlarmKey, None] = {}
        while self._due and self._due[0][0] <= now_s:
            due[heapq.heappop(self._due)[1]] = None
        return due

    # -------------------------------------------------------------- people's side

    def say(self, action: people.Action, now_s: float) -> Event:
        """Carry out what somebody decided (:mod:`.people`).

        Raises
        ------
        MissingError
            There is no such alarm or window.
        UsageError
            It makes no sense for the alarm as it stands.
        """
        return self._turn(lambda turn: action(turn), now_s)[0]

    def confirm(self, reader: str, feed: int, now_s: float) -> None:
        """Remember that a reader has everything up to a number of the feed.

        Raises
        ------
        UsageError
            The feed does not go that far.
        """
        if not 0 <= feed <= self._state.feed:
            raise UsageError(
                f"reader {reader!r} confirms {feed}, and the feed ends at {self._state.feed}"
            )

        def decide(turn: Turn) -> None:
            if feed > turn.state.cursors.get(reader, -1):
                turn.emit("delivered", None, {"reader": reader, "feed": feed})

        self._turn(decide, now_s)

    # -------------------------------------------------------------- turns

    def _turn(self, decide: Callable[[Turn], None], now_s: float) -> tuple[Event, ...]:
        for _ in range(_TRIES):
            self.refresh()
            turn = Turn(self._state, self._memory, self._rules, self._judge, now_s=now_s)
            after = self._state.seq
            due = list(self._due)
            self._state.begin()
            try:
                decide(turn)
                self._log.append([encode(event) for event in turn.events], after=after)
            except BaseException as error:
                self._state.take_back()
                self._due = due
                self._memory.stale = True
                if isinstance(error, Moved):
                    continue
                raise
            self._state.keep()
            self._reconciled = True
            for event in turn.events:
                self._after(event)
            for window in self._state.windows.values():
                if window.from_s <= now_s < window.until_s:
                    self._opened[window.window_id] = window
            return tuple(turn.events)
        raise SurroundingsError(
            "the alarm log was written by others each time this turn was decided; end what writes "
            "to it without a pause, and try again"
        )

    def _after(self, event: Event) -> None:
        """Note what an event that stands means for the feed and for the time to come."""
        if event.feed:
            self._recent.append(event)
        if event.key is not None:
            rule = self._rules.rule(event.key.resource, event.key.alarm_type)
            moment = None if rule is None else due_s(self._state.alarms[event.key], rule)
            if moment is not None:
                heapq.heappush(self._due, (moment, event.key))
