"""How one agent is questioned: the guards against everything an agent can do, in one place.

A conversation is a generator that yields a :class:`Question` and is sent what came of it; a
transport only carries questions and replies, so all transports end every agent in the same way:

* columns of a group are walked side by side by GETBULK, for as many rows as the device takes,
  the datagram holds and the table had last time;
* silence: the question is asked again, so often as the budget says, for half as many rows each
  time and at last as a GETNEXT, which tells a dead agent from large replies that are lost. An
  agent that has never answered is asked by GETBULK, GETNEXT and v1 in turn, one manner a try;
* order: a name that is not greater than the one before it makes the walk careful: every name is
  kept in mind, each counts once, and a column ends when a reply brings nothing new even from the
  greatest name on;
* tooBig halves rows, then columns; other errors close the column that they point at;
* rows, octets and seconds have budgets; so has each table, so that one without end hides nothing
  that stands behind it. What ran over is remembered: it costs little at the next ask.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from .agents import Ask, Community, Fault, Outcome
from .ber import (
    GET,
    GET_BULK,
    GET_NEXT,
    BrokenBerError,
    decode_oid,
    decode_value,
    encode_oid,
)
from .faults import FAULTS, fault
from .polled import PolledView
from .reading import BROKEN, DISORDER, EXCEPTIONS, Reading, bindings, read_plainly
from .remembered import Device, Manner
from .values import Oid, Typed

__all__ = ["SYS_UP_TIME", "Conversation", "Event", "Question", "Reply", "Unreadable"]

SYS_UP_TIME: Oid = (1, 3, 6, 1, 2, 1, 1, 3)
"""Read with every ask: rates need the agent's own clock."""

MOST_COLUMNS = 24
"""More columns than this are asked for in several questions."""

MOST_SCALARS_ASIDE = 6
"""So many scalars ride along with the first table; more are asked for by themselves."""

SCALARS_AT_ONCE = 20

_HEAD_OCTETS = 60  # of a message around its bindings, with some room for the community
_VARBIND_OCTETS = 12  # around a name: tags, lengths, a short index and a counter
_LEAST_ROWS = 64  # of a table that had no end, at the next ask
_ENDLESS = 2  # times the rows that other columns or earlier asks had: beyond, a table has no end
_TOO_BIG, _NO_SUCH_NAME, _NO_ACCESS, _AUTHORIZATION = 1, 2, 6, 16
_ERRORS = {
    2: "noSuchName", 3: "badValue", 4: "readOnly", 5: "genErr", 6: "noAccess",
    13: "resourceUnavailable", 16: "authorizationError",
}  # fmt: skip
_ZERO = b"\x00"

Reader = Callable[..., Reading]


class Question(NamedTuple):
    """A request without what a version of SNMP adds.

    ``again`` says that it takes the place of one that nothing came of: replies to either are
    welcome. ``most_octets`` is about how large the reply can get.
    """

    tag: int
    names: Sequence[bytes]
    scalars: int
    repetitions: int
    v1: bool
    again: bool
    most_octets: int


class Reply(NamedTuple):
    """A response: its error status and index, and where its bindings lie."""

    octets: bytes
    begin: int
    end: int
    error_status: int
    error_index: int
    size: int  # octets on the wire


class Unreadable(NamedTuple):
    """A response to the question that is no BER from some octet on."""

    size: int


Event = Reply | Unreadable | None
"""What came of a question; None is silence."""


@dataclass(slots=True, eq=False)
class _Column:
    root: bytes
    position: bytes
    seen: set[Oid] | None = None  # of a column whose names came out of order
    escaped: bool = False


@dataclass(slots=True, eq=False)
class _Group:
    """Columns that are walked side by side, behind scalars that come once."""

    scalars: list[bytes]
    columns: list[_Column]
    key: int
    width: int = MOST_COLUMNS
    varbind_octets: float = 0.0
    rows: int = 0
    fruitless: int = 0
    stepwise: bool = False  # GETNEXT, for this group only
    whole: bool = True
    ended_rows: int = 0  # rows at which the last column ended that did


class Conversation:
    """What is asked of one agent, and what has come of it so far.

    Parameters
    ----------
    ask
        What to read.
    device
        What is remembered of the agent; the conversation adds to it.
    clock
        Monotonic seconds.
    read
        :func:`.reading.read_plainly` or its fast twin.

    Attributes
    ----------
    view, faults, outcome
        What came, what was wrong, how it ended.
    requests, replies, received_bytes, varbinds, rows
        What it cost, and what it gave.
    """

    def __init__(
        self, ask: Ask, device: Device, *, clock: Callable[[], float], read: Reader = read_plainly
    ) -> None:
        self.ask = ask
        self.device = device
        self.view = PolledView()
        self.outcome = Outcome.SILENT
        self.requests = self.replies = self.received_bytes = self.varbinds = self.rows = 0
        self._faults: dict[tuple[str, Oid], Fault] = {}
        self._read = read
        self._clock = clock
        self._ends_s = clock() + device.begin(ask.budget.seconds)
        credential = ask.agent.credential
        self._only_v1 = isinstance(credential, Community) and credential.version == 1
        self._may_be_v1 = isinstance(credential, Community)
        most = ask.budget.max_repetitions
        device.limit = min(device.limit, most) or most

    @property
    def faults(self) -> tuple[Fault, ...]:
        """What was wrong, each kind once a column."""
        return tuple(self._faults.values())

    def note(self, kind: str, detail: str = "", root: bytes | Oid = ()) -> None:
        """Note a fault once."""
        base = decode_oid(root) if isinstance(root, bytes) else root
        self._faults.setdefault((kind, base), fault(kind, detail, base))

    def run(self) -> Generator[Question, Event, None]:
        """Yield one question after the other; ends by itself, with :attr:`outcome` set."""
        groups = self._groups()
        for place, group in enumerate(groups):
            if not (yield from self._walk(group)):
                self._leave(group, groups[place + 1 :])
                break
        else:
            self.device.late = 0
        if self.outcome == Outcome.REFUSED:
            return
        if self.replies == 0:
            self.device.stayed_silent()
        elif any(FAULTS[kind].cuts for kind, _ in self._faults):
            self.outcome = Outcome.PARTIAL
        else:
            self.outcome = Outcome.ANSWERED

    # what is asked for -------------------------------------------------------------------------

    def _groups(self) -> list[_Group]:
        scalars = list(dict.fromkeys((SYS_UP_TIME, *self.ask.scalars)))
        tables = [
            table[first : first + MOST_COLUMNS]
            for table in (*self.ask.tables, *((walk,) for walk in self.ask.walks))
            for first in range(0, len(table), MOST_COLUMNS)
        ]
        tables.sort(key=lambda table: hash(table) in self.device.last)
        names = [encode_oid(base) for base in scalars]
        aside: list[bytes] = []
        groups: list[_Group] = []
        if tables and len(names) <= MOST_SCALARS_ASIDE:
            aside = names
        else:
            groups = [
                _Group(names[first : first + SCALARS_AT_ONCE], [], 0)
                for first in range(0, len(names), SCALARS_AT_ONCE)
            ]
        for table in tables:
            roots = [encode_oid(base) for base in table]
            columns = [_Column(root, root) for root in roots]
            groups.append(_Group(aside, columns, hash(table)))
            aside = []
        return groups

    def _manner(self, group: _Group) -> Manner:
        if self._only_v1:
            return Manner.V1
        if self.device.manner == Manner.V1 and not self._may_be_v1:
            return Manner.BULK
        if group.stepwise and self.device.manner == Manner.BULK:
            return Manner.NEXT
        return self.device.manner

    def _question(
        self, group: _Group, asked: list[_Column], manner: Manner, rows: int, *, again: bool
    ) -> Question:
        names = group.scalars + [column.position for column in asked]
        if not group.columns:
            names = [name + _ZERO for name in group.scalars]
            tag, rows = GET, 1
        elif manner == Manner.BULK:
            tag = GET_BULK
        else:
            tag, rows = GET_NEXT, 1
        octets = _HEAD_OCTETS + int(
            len(group.scalars) * 30 + len(asked) * rows * self._varbind_octets(group)
        )
        v1 = manner == Manner.V1
        return Question(tag, names, len(group.scalars), rows, v1, again, octets)

    def _varbind_octets(self, group: _Group) -> float:
        if not group.varbind_octets:
            roots = [len(column.root) for column in group.columns] or [12]
            group.varbind_octets = _VARBIND_OCTETS + sum(roots) / len(roots)
        return group.varbind_octets

    def _repetitions(self, group: _Group, columns: int) -> int:
        room = self.ask.budget.datagram_bytes - _HEAD_OCTETS - 30 * len(group.scalars)
        fits = int(room / (self._varbind_octets(group) * max(1, columns)))
        rows = min(self.device.limit, self.ask.budget.max_repetitions, fits)
        # One row more than last time shows that the table has ended.
        most = min(self.ask.budget.rows, self._most_rows(group))
        left = self.device.rows.get(group.key, most) - group.rows + 1
        return max(1, min(rows, left if left > 0 else rows))

    # the walk ----------------------------------------------------------------------------------

    def _walk(self, group: _Group) -> Generator[Question, Event, bool]:
        """Read a group to its end; False when the conversation is over."""
        if not group.columns:
            return (yield from self._get(group.scalars))
        while group.columns:
            asked = group.columns[: group.width]
            if not self._within_budget(asked[0].root):
                return False
            if group.rows >= self._most_rows(group):
                self._has_no_end(group)
                break
            event, question = yield from self._exchange(group, asked)
            if event is None:
                return False
            if isinstance(event, Reply) and not event.error_status:
                self._take(group, asked, event, question)
                group.scalars = []
            elif group.scalars:  # one of them may be what the agent stumbles over
                if not (yield from self._get(group.scalars)):
                    return False
                group.scalars = []
            elif isinstance(event, Unreadable):
                self._retreat(group, asked, question, "broken-reply")
            elif not self._reported(group, asked, event, question):
                return False
        if group.whole:
            self.device.rows[group.key] = group.rows
            self.device.most_rows.pop(group.key, None)
            self.device.last.discard(group.key)
        return True

    def _most_rows(self, group: _Group) -> int:
        most = self.ask.budget.table_rows
        return min(most, self.device.most_rows.get(group.key, most))

    def _has_no_end(self, group: _Group) -> None:
        """Leave a table that goes on and on, and remember where it would have ended."""
        for column in group.columns:
            self.note("table-budget", root=column.root)
        if group.key not in self.device.most_rows or group.rows >= self.ask.budget.table_rows:
            self.device.had_no_end(group.key, self._rows_next_time(group))
        self._cut(group, list(group.columns))

    def _rows_next_time(self, group: _Group) -> int:
        """Return how many rows a table without end is worth: those that its other columns had."""
        usual = max(group.ended_rows, self.device.rows.get(group.key, 0))
        return max(_LEAST_ROWS, _ENDLESS * usual if usual else self.ask.budget.table_rows // 16)

    def _leave(self, group: _Group, unread: Sequence[_Group]) -> None:
        """Say what was not read when the budget ran out or the agent fell silent."""
        kinds = [kind for kind, _ in self._faults if FAULTS[kind].ends]
        if not kinds:
            return
        for other in unread:
            for column in other.columns[:1]:
                self.note(kinds[-1], root=column.root)
        if kinds[-1] == "time-budget":
            self.device.late += 1
            self.device.last.add(group.key)
            usual = max(group.ended_rows, self.device.rows.get(group.key, 0))
            if usual and group.rows > _ENDLESS * usual:
                self.device.had_no_end(group.key, self._rows_next_time(group))

    def _get(self, scalars: list[bytes]) -> Generator[Question, Event, bool]:
        """Read scalars by GET; False when the conversation is over."""
        wanted = scalars
        while wanted:
            if not self._within_budget(wanted[0]):
                return False
            event, _ = yield from self._exchange(_Group(wanted, [], 0), [])
            if event is None:
                return False
            if isinstance(event, Reply) and not event.error_status:
                reading = self._read(
                    event.octets,
                    event.begin,
                    event.end,
                    scalars=len(wanted),
                    roots=wanted,
                    positions=wanted,
                )
                self._count(reading)
                self.view.add(tuple(wanted), reading.rows)
                if reading.how != BROKEN and reading.seen > 0:
                    wanted = wanted[reading.seen :]
                    continue
                kind = "broken-reply" if reading.how == BROKEN else "empty-reply"
            elif isinstance(event, Unreadable):
                kind = "broken-reply"
            elif event.error_status == _NO_SUCH_NAME and 1 <= event.error_index <= len(wanted):
                wanted = wanted[: event.error_index - 1] + wanted[event.error_index :]
                continue
            elif event.error_status in (_NO_ACCESS, _AUTHORIZATION) and not self.rows:
                return self._refuse()
            else:
                kind = "" if event.error_status == _NO_SUCH_NAME else "agent-error"
            if len(wanted) == 1:
                if kind:
                    self.note(kind, root=wanted[0])
                return True
            middle = len(wanted) // 2
            if not (yield from self._get(wanted[:middle])):
                return False
            wanted = wanted[middle:]
        return True

    def _exchange(
        self, group: _Group, asked: list[_Column]
    ) -> Generator[Question, Event, tuple[Event, Question]]:
        """Put one question until something comes of it; None when the agent is silent."""
        device, budget = self.device, self.ask.budget
        rows = self._repetitions(group, len(asked))
        manner = self._manner(group)
        first_rows, first_manner = rows, manner
        # Who has just answered gets a second try at least: it lives, and it may be the size.
        tries = max(budget.retries, 1 if self.replies else 0)
        failures = 0
        while True:
            question = self._question(group, asked, manner, rows, again=failures > 0)
            self.requests += 1
            event = yield question
            if event is not None:
                break
            failures += 1
            late = self._clock() >= self._ends_s
            if late or failures > tries:
                if self.replies:
                    root = asked[0].root if asked else ()
                    self.note("time-budget" if late else "fell-silent", root=root)
                return None, question
            if not self.replies and not device.answered:
                manner = self._next_manner(manner)
            elif failures == tries and manner == Manner.BULK:
                manner = Manner.NEXT
            rows = max(1, rows // 2)
        self.replies += 1
        self.received_bytes += event.size
        if failures:
            self._learn(first_manner, first_rows, manner, rows)
        elif isinstance(event, Reply) and not event.error_status:
            bulk = question.tag == GET_BULK
            device.gave(question.repetitions if bulk else 0, budget.max_repetitions)
        if manner == Manner.V1 and not self._only_v1:
            self.note("only-v1")
        return event, question

    def _next_manner(self, manner: Manner) -> Manner:
        if self._only_v1:
            return manner
        after = Manner((manner + 1) % len(Manner))
        return Manner.BULK if after == Manner.V1 and not self._may_be_v1 else after

    def _learn(self, first: Manner, first_rows: int, manner: Manner, rows: int) -> None:
        """Conclude from a question that was answered at a later try."""
        device = self.device
        device.answered = True
        if manner == first == Manner.BULK:
            device.choked(2 * rows)
        elif first == Manner.BULK and manner == Manner.NEXT:
            if first_rows > 1:  # it lives: less is asked before bulk is given up
                device.choked(first_rows if device.proven else first_rows // 2)
            else:
                device.manner = Manner.NEXT
                device.clean = 0
                self.note("no-bulk")
        elif not self._only_v1:
            device.manner = manner

    # what came ---------------------------------------------------------------------------------

    def _take(self, group: _Group, asked: list[_Column], event: Reply, question: Question) -> None:
        """Keep the rows of a reply and move on."""
        scalars = len(group.scalars)
        roots = group.scalars + [column.root for column in asked]
        if any(column.seen is not None for column in asked):
            self._take_carefully(group, asked, event, question)
            return
        reading = self._read(
            event.octets,
            event.begin,
            event.end,
            scalars=scalars,
            roots=roots,
            positions=question.names,
        )
        if reading.how == DISORDER:
            self._take_carefully(group, asked, event, question)
            return
        self._count(reading)
        self.view.add(tuple(roots), reading.rows)
        columns = len(asked)
        if reading.seen > scalars:
            size = (event.end - event.begin) / reading.seen
            group.varbind_octets = max(size, (3 * self._varbind_octets(group) + size) / 4)
            group.rows += max(0, reading.depth - scalars + columns - 1) // columns
        moved = False
        going, last = reading.open, reading.last
        for place, column in enumerate(asked, scalars):
            if not going[place]:
                self._drop(group, column)
                moved = True
            elif last[place] != column.position:
                column.position = last[place]
                moved = True
        if reading.how == BROKEN:
            self._retreat(group, asked, question, "broken-reply")
        elif not moved:
            self._came_to_nothing(group, asked)

    def _take_carefully(
        self, group: _Group, asked: list[_Column], event: Reply, question: Question
    ) -> None:
        """Keep each name of columns out of order once; end those that bring nothing new."""
        scalars, columns = len(group.scalars), len(asked)
        roots = group.scalars + [column.root for column in asked]
        bases = [decode_oid(root) for root in roots]
        for column in asked:
            if column.seen is None:
                base = decode_oid(column.root)
                column.seen = {base + index for index in self.view.column(base)}
        rows: list[tuple[int, Oid, Typed]] = []
        fresh, ended = [0] * columns, [False] * columns
        previous = [decode_oid(column.position) for column in asked]
        seen = 0
        broken = False
        try:
            for content, name, tag, value in bindings(event.octets, event.begin, event.end):
                place = seen if seen < scalars else scalars + (seen - scalars) % columns
                seen += 1
                inside = name[: len(bases[place])] == bases[place] and tag not in EXCEPTIONS
                at = place - scalars
                if at >= 0:
                    column = asked[at]
                    ended[at] = ended[at] or not inside
                    if ended[at] or column.seen is None:
                        continue
                    if name <= previous[at]:
                        self.note("not-increasing", root=column.root)
                    column.position, previous[at] = content, name
                    if name in column.seen:
                        continue
                    column.seen.add(name)
                    fresh[at] += 1
                elif not inside:
                    continue
                try:
                    rows.append((place, name, decode_value(tag, value)))
                except BrokenBerError:
                    self.note("bad-value")
        except BrokenBerError:
            broken = True
        self.view.add(tuple(roots), rows)
        self.rows += len(rows)
        self.varbinds += seen
        group.rows += max(fresh)
        for at, column in enumerate(asked):
            if ended[at]:
                self._drop(group, column)
            elif fresh[at]:
                column.escaped = False
            elif seen > scalars + at:
                self._escape(group, column)
        if broken:
            self._retreat(group, asked, question, "broken-reply")
        elif seen <= scalars:
            self._came_to_nothing(group, asked)

    def _escape(self, group: _Group, column: _Column) -> None:
        """Go on from the greatest name of a column that repeats itself, once; else end it."""
        if column.seen and not column.escaped:
            greatest = encode_oid(max(column.seen))
            column.escaped = True
            if greatest != column.position:
                column.position = greatest
                return
        self.note("loop", root=column.root)
        self._cut(group, [column])

    def _count(self, reading: Reading) -> None:
        self.rows += reading.found
        self.varbinds += reading.seen
        if reading.bad:
            self.note("bad-value")

    # what went wrong ---------------------------------------------------------------------------

    def _within_budget(self, root: bytes) -> bool:
        budget = self.ask.budget
        if self.rows >= budget.rows:
            self.note("row-budget", root=root)
        elif self.received_bytes >= budget.reply_bytes:
            self.note("byte-budget", root=root)
        elif self._clock() >= self._ends_s:
            self.note("time-budget", root=root)
        else:
            return True
        return False

    def _drop(self, group: _Group, column: _Column) -> None:
        """Take a column off the walk."""
        if column in group.columns:
            group.columns.remove(column)
            group.ended_rows = group.rows
        group.stepwise = False
        group.fruitless = 0

    def _cut(self, group: _Group, columns: Sequence[_Column]) -> None:
        """Take columns off the walk before their end."""
        group.whole = False
        for column in columns:
            self._drop(group, column)

    def _retreat(self, group: _Group, asked: list[_Column], question: Question, kind: str) -> None:
        """Ask for less: fewer rows, one row, fewer columns; at last end the column."""
        if question.tag == GET_BULK and question.repetitions > 1:
            self.device.choked(question.repetitions)
        elif question.tag == GET_BULK:
            group.stepwise = True
        elif len(asked) > 1:
            group.width = max(1, len(asked) // 2)
        else:
            self.note(kind, root=asked[0].root)
            self._cut(group, asked)
            return
        if kind == "broken-reply":
            self.note("repaired-reply")

    def _came_to_nothing(self, group: _Group, asked: list[_Column]) -> None:
        """Ask once more by GETNEXT after a reply without a single row; then end the columns."""
        group.fruitless += 1
        if group.fruitless == 1:
            group.stepwise = True
            return
        self.note("empty-reply", root=asked[0].root)
        self._cut(group, asked)

    def _reported(
        self, group: _Group, asked: list[_Column], event: Reply, question: Question
    ) -> bool:
        """React to an error status; False when the conversation is over."""
        status = event.error_status
        if status == _TOO_BIG:
            self._retreat(group, asked, question, "too-big")
            return True
        if status in (_NO_ACCESS, _AUTHORIZATION) and not self.rows:
            return self._refuse()
        if status != _NO_SUCH_NAME and question.tag == GET_BULK:
            group.stepwise = True
            return True
        at = (
            event.error_index - 1
            if 1 <= event.error_index <= len(asked)
            else 0
            if len(asked) == 1
            else -1
        )
        if at < 0:
            group.width = 1  # the index lies: find the column by asking one by one
            return True
        if status == _NO_SUCH_NAME:  # how v1 says that nothing follows
            self._drop(group, asked[at])
            return True
        refused = status in (_NO_ACCESS, _AUTHORIZATION)
        detail = f"the agent reported error {status} ({_ERRORS.get(status, 'unknown')})"
        self.note("no-access" if refused else "agent-error", detail, asked[at].root)
        self._cut(group, [asked[at]])
        return True

    def _refuse(self) -> bool:
        self.note("no-access")
        self.outcome = Outcome.REFUSED
        return False
