"""The poller's own SNMP engine: v1, v2c and v3 to thousands of agents at once, from one thread.

What is asked and when an agent has said enough is a :class:`.conversation.Conversation`; this
module carries its questions. It keeps what it can be sent within what its ports can hold, matches
replies by a random id, and tells an agent's silence from its own trouble:

* ports are emptied before any question is given up, so that a slow reader of the answers cannot
  make an agent look silent;
* where the kernel dropped datagrams at a port, a question that went out there is put again, and
  if that does not help the outcome is ``unknown`` and not ``silent``;
* a reply is accepted from any address, since routers answer from the interface nearest to the
  poller: it has to bring a random 31-bit id, the community or the signature, and to the port that
  asked. One from another address is noted as a fault.
"""

from __future__ import annotations

import errno
import gc
import heapq
import itertools
import random
import selectors
import socket
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from typing import Self

from ...topology.errors import NgbwError
from .agents import Agent, Answer, Ask, Community, Cost, LocalHealth, Outcome, UserSecurity
from .ber import RESPONSE, BrokenBerError
from .community import Head, community_message, question_unit, read_head, read_head_packed
from .conversation import SYS_UP_TIME, Conversation, Event, Question, Reply, Unreadable
from .ports import WANTED_OCTETS, Place, Port, Trouble, place_of, reply_charge
from .reading import Reading, read_packed, read_plainly
from .remembered import Devices
from .user_messages import take_apart, take_apart_packed, take_unit_packed
from .user_session import Report, UserSession

__all__ = ["Engine"]

PLAIN_REPLIES = 500
"""So many replies are read by plain Python before machine code is loaded, which takes 0.3 s."""

_AGENTS_AT_ONCE = 20_000
_FIRST_QUESTIONS = 2_000  # asked in a row before ports are read; what they bring has its room
_BURST = 64  # questions sent before ports are read
_RESYNCS = 3  # of a v3 session, for one question
_RESENDS = 2  # of a question, after drops of our own
_AGENT_ID_BITS = 31


class _Slot:
    """An agent that is being questioned."""

    __slots__ = (
        "agent",
        "charges",
        "community",
        "conversation",
        "deadline_s",
        "family",
        "generator",
        "ids",
        "key",
        "place",
        "question",
        "refused",
        "resends",
        "resyncs",
        "sent_octets",
        "session",
        "started_s",
        "strangers",
        "unproven",
    )

    def __init__(self, ask: Ask, conversation: Conversation, now_s: float) -> None:
        self.agent = ask.agent
        self.key = ask.agent.address, ask.agent.port
        self.conversation = conversation
        self.generator: Generator[Question, Event, None] = conversation.run()
        self.question: Question | None = None
        self.community = b""
        self.session: UserSession | None = None
        self.family: int = socket.AF_INET
        self.place: Place = "", 0
        self.ids: list[int] = []
        self.charges: list[tuple[Port, int]] = []
        self.deadline_s = 0.0
        self.started_s = now_s
        self.sent_octets = 0
        self.resends = self.resyncs = 0
        self.strangers = 0  # replies that came under no id it was asked under
        self.unproven = False  # drops of our own came between question and silence
        self.refused = ""


class Engine:
    """A :class:`.agents.SnmpTransport` for SNMP v1, v2c and v3.

    Parameters
    ----------
    ports
        Most sockets for each of IPv4 and IPv6; they are opened as they are needed.
    buffer_octets
        Receive buffer to ask for at each.
    devices
        What is remembered of devices; a new memory unless given.
    clock
        Monotonic seconds.
    now_s
        Unix time, for the time of answers.

    Examples
    --------
    >>> with Engine() as engine:  # doctest: +SKIP
    ...     for answer in engine.collect([Ask(agent, tables=((IF_NAME, IF_HC_IN_OCTETS),))]):
    ...         print(answer.agent_id, answer.outcome)
    """

    def __init__(
        self,
        *,
        ports: int = 32,
        buffer_octets: int = WANTED_OCTETS,
        devices: Devices | None = None,
        clock: Callable[[], float] = time.monotonic,
        now_s: Callable[[], float] = time.time,
    ) -> None:
        self.devices = devices or Devices()
        self._most_ports = ports
        self._buffer_octets = buffer_octets
        self._clock = clock
        self._now_s = now_s
        self._selector = selectors.DefaultSelector()
        self._ports: dict[int, list[Port]] = {socket.AF_INET: [], socket.AF_INET6: []}
        self._sessions: dict[tuple[str, int, UserSecurity], UserSession] = {}
        self._random = random.SystemRandom()
        self._replies = 0
        self._read = read_plainly
        self._read_head = read_head
        self._take_apart = take_apart
        self._health = LocalHealth()
        self._begin()

    def _begin(self) -> None:
        self._pending: dict[int, tuple[_Slot, Port]] = {}
        self._slots: dict[tuple[str, int], _Slot] = {}
        self._by_place: dict[tuple[str, int], _Slot] = {}
        self._ready: deque[_Slot] = deque()
        self._deadlines: list[tuple[float, int, _Slot, int]] = []
        self._count = itertools.count()
        self._done: deque[Answer] = deque()

    def prepare(self) -> None:
        """Load the machine code now, as a service does when it starts.

        All that is loaded by then is also taken out of the rounds of Python's collector
        (:func:`gc.freeze`): answers are many small objects, and without that the collector goes
        through the whole program each time some thousand of them were made.
        """
        self._load()
        gc.collect()
        gc.freeze()

    def _load(self) -> None:
        """Read replies by machine code from now on."""
        self._read, self._read_head = read_packed, read_head_packed
        self._take_apart = take_apart_packed
        for session in self._sessions.values():
            session.take_unit = take_unit_packed
        nothing = b"\x30\x00"
        read_head_packed(nothing)
        read_packed(nothing, 2, 2, scalars=0, roots=[b"+"], positions=[b"+"])

    def collect(self, asks: Iterable[Ask], /) -> Iterator[Answer]:
        """Yield an answer for each ask as it ends; asks are taken as there is room for them.

        Of several asks to one agent the later wait for the earlier.
        """
        self._begin()
        waiting: dict[tuple[str, int], deque[Ask]] = {}
        feed = iter(asks)
        exhausted = False
        began_s, cpu_s, drops, lag_s = self._clock(), 0.0, 0, 0.0
        for port in self._all_ports():
            port.new_drops()
            while port.receive() is not None:  # left over from an earlier batch
                pass
            port.troubles.clear()
            port.charged = 0
        resumed_cpu_s = time.thread_time()
        looked_s = self._clock()
        try:
            while True:
                # Whoever may be dead is asked first: it is the dead that a batch waits for.
                for _ in range(_FIRST_QUESTIONS):
                    if exhausted or self._ready or len(self._slots) >= _AGENTS_AT_ONCE:
                        break
                    ask = next(feed, None)
                    if ask is None:
                        exhausted = True
                        break
                    key = ask.agent.address, ask.agent.port
                    if key in self._slots:
                        waiting.setdefault(key, deque()).append(ask)
                    else:
                        self._start(ask)
                        self._send_ready()
                self._send_ready()
                if self._done:
                    while self._done:
                        cpu_s += time.thread_time() - resumed_cpu_s
                        answer = self._done.popleft()
                        yield answer
                        resumed_cpu_s = time.thread_time()
                    for key in [k for k in waiting if k not in self._slots]:
                        self._start(waiting[key].popleft())
                        if not waiting[key]:
                            del waiting[key]
                    continue
                if not self._slots:
                    if exhausted and not waiting:
                        break
                    continue
                now_s = self._clock()
                pause_s = max(0.0, self._next_deadline_s() - now_s)
                events = self._selector.select(min(pause_s, 0.001) if self._ready else pause_s)
                if events:
                    lag_s = max(lag_s, now_s - looked_s)
                looked_s = self._clock()
                self._receive(key.data for key, _ in events)
                drops += self._expire(looked_s)
        finally:
            cpu_s += time.thread_time() - resumed_cpu_s
            for slot in self._slots.values():
                slot.generator.close()
            drops += sum(port.new_drops() for port in self._all_ports())
            self._health = LocalHealth(drops, lag_s, cpu_s, self._clock() - began_s)
            self._begin()

    def health(self) -> LocalHealth:
        """Return how this machine did during the last batch."""
        return self._health

    def close(self) -> None:
        """Give the sockets back."""
        for port in self._all_ports():
            self._selector.unregister(port.socket)
            port.close()
        self._ports = {socket.AF_INET: [], socket.AF_INET6: []}
        self._selector.close()

    def __enter__(self) -> Self:
        """Return the engine."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close."""
        self.close()

    # sending -----------------------------------------------------------------------------------

    def _all_ports(self) -> list[Port]:
        return [port for ports in self._ports.values() for port in ports]

    def _start(self, ask: Ask) -> None:
        """Begin to question an agent."""
        agent = ask.agent
        device = self.devices.of(agent)
        conversation = Conversation(ask, device, clock=self._clock, read=self._reader)
        slot = _Slot(ask, conversation, self._clock())
        self._slots[slot.key] = slot
        try:
            slot.family, slot.place = place_of(agent)
            if isinstance(agent.credential, Community):
                slot.community = agent.credential.community.encode()
            else:
                slot.session = self._session(agent, agent.credential)
        except NgbwError as error:
            conversation.note("unusable-credential", str(error))
        except (OSError, ValueError) as error:
            conversation.note("no-route", f"{agent.address}: {error}")
        if conversation.faults:
            self._finish(slot, Outcome.UNKNOWN)
            return
        self._by_place[slot.place[:2]] = slot
        self._advance(slot, None, first=True)

    def _reader(
        self,
        octets: bytes,
        begin: int,
        end: int,
        *,
        scalars: int,
        roots: Sequence[bytes],
        positions: Sequence[bytes],
    ) -> Reading:
        """Read by whatever is loaded now."""
        return self._read(octets, begin, end, scalars=scalars, roots=roots, positions=positions)

    def _session(self, agent: Agent, user: UserSecurity) -> UserSession:
        key = agent.address, agent.port, user
        found = self._sessions.get(key)
        if found is None:
            found = self._sessions[key] = UserSession(user, clock=self._clock)
            if self._take_apart is take_apart_packed:
                found.take_unit = take_unit_packed
        found.bare_replies = 0
        return found

    def _advance(self, slot: _Slot, event: Event, *, first: bool = False) -> None:
        """Hand over what came and take the next question."""
        try:
            question = next(slot.generator) if first else slot.generator.send(event)
        except StopIteration:
            self._finish(slot, slot.conversation.outcome)
            return
        if not question.again:
            self._forget_ids(slot)
            slot.resends = slot.resyncs = 0
        slot.question = question
        self._ready.append(slot)

    def _forget_ids(self, slot: _Slot) -> None:
        for identifier in slot.ids:
            self._pending.pop(identifier, None)
        slot.ids = []
        for port, charge in slot.charges:
            port.charged -= charge
        slot.charges = []

    def _send_ready(self) -> None:
        """Send what fits into the ports."""
        for _ in range(min(_BURST, len(self._ready))):
            slot = self._ready[0]
            question = slot.question
            if question is None or self._slots.get(slot.key) is not slot:
                self._ready.popleft()
                continue
            charge = reply_charge(question.most_octets)
            port = self._port_for(slot.family, charge)
            if port is None:
                return
            identifier = self._new_id()
            datagram = self._datagram(slot, question, identifier)
            error = port.send(datagram, slot.place)
            if error in (errno.EAGAIN, errno.ENOBUFS, errno.ENOMEM):
                return
            self._ready.popleft()
            if error:
                slot.conversation.note(
                    "no-route", f"cannot send to {slot.agent.address}: {errno.errorcode[error]}"
                )
                self._finish(slot, Outcome.UNKNOWN)
                continue
            slot.sent_octets += len(datagram)
            slot.ids.append(identifier)
            slot.charges.append((port, charge))
            port.charged += charge
            self._pending[identifier] = slot, port
            budget = slot.conversation.ask.budget
            ends_s = slot.started_s + budget.seconds
            now_s = self._clock()
            slot.deadline_s = min(now_s + budget.timeout_s, max(ends_s, now_s))
            entry = slot.deadline_s, next(self._count), slot, identifier
            heapq.heappush(self._deadlines, entry)

    def _new_id(self) -> int:
        while True:
            identifier = self._random.getrandbits(_AGENT_ID_BITS)
            if identifier and identifier not in self._pending:
                return identifier

    def _datagram(self, slot: _Slot, question: Question, identifier: int) -> bytes:
        if slot.session is None:
            return community_message(question, identifier, slot.community)
        if not slot.session.ready:
            return slot.session.discovery(identifier)
        return slot.session.seal(question_unit(question, identifier), identifier)

    def _port_for(self, family: int, charge: int) -> Port | None:
        """Return a port that is sure to hold the reply; None when there is none now."""
        ports = self._ports[family]
        for port in ports:
            if port.takes(charge):
                return port
        if len(ports) >= self._most_ports:
            return None
        try:
            port = Port(family, wanted_octets=self._buffer_octets)
        except OSError:
            if ports:
                return None
            raise
        ports.append(port)
        self._selector.register(port.socket, selectors.EVENT_READ, port)
        return port

    # receiving ---------------------------------------------------------------------------------

    def _receive(self, ports: Iterable[Port]) -> None:
        """Read until the ports are empty."""
        for port in ports:
            while (got := port.receive()) is not None:
                self._take(port, *got)
            while port.troubles:
                self._heed(port.troubles.pop())

    def _take(self, port: Port, octets: bytes, place: Place) -> None:
        head = self._read_head(octets)
        if head is None:
            self._take_user_message(port, octets, place)
            return
        slot = self._slot_of(head.request_id, port, place)
        if slot is None or slot.session is not None or head.tag != RESPONSE:
            return
        if head.community != slot.community or slot.question is None:
            return
        if head.trailing:
            slot.conversation.note("trailing-octets")
        self._replied(slot, octets, head, place)

    def _slot_of(self, identifier: int, port: Port, place: Place) -> _Slot | None:
        found = self._pending.get(identifier)
        if found is not None and found[1] is port:
            return found[0]
        stranger = self._by_place.get(place[:2])
        if stranger is not None:
            stranger.strangers += 1
        return None

    def _replied(self, slot: _Slot, octets: bytes, head: Head, place: Place) -> None:
        if place[:2] != slot.place[:2]:
            slot.conversation.note(
                "other-address", f"{slot.agent.address} answers from {place[0]} port {place[1]}"
            )
        self._replies += 1
        if self._replies == PLAIN_REPLIES:
            self._load()
        size = len(octets)
        event: Event
        if head.begin == 0:
            event = Unreadable(size)
        else:
            event = Reply(octets, head.begin, head.end, head.error_status, head.error_index, size)
        self._forget_ids(slot)
        self._advance(slot, event)

    def _take_user_message(self, port: Port, octets: bytes, place: Place) -> None:
        try:
            parts = self._take_apart(octets)
            identifier = parts.message_id
            slot = self._slot_of(identifier, port, place)
            if slot is None or slot.session is None or slot.question is None:
                return
            opened = slot.session.open(octets, parts)
            if isinstance(opened, Report):
                self._forget_ids(slot)
                self._heed_report(slot, opened)
                return
            if opened is None:
                slot.conversation.note("unauthentic-reply")
                return
        except BrokenBerError:
            return
        unit = opened.unit
        if unit.tag == RESPONSE and unit.request_id == identifier:
            self._replied(slot, opened.octets, Head(3, b"", *unit[2:], 0), place)

    def _heed_report(self, slot: _Slot, report: Report) -> None:
        """Put the question again in the way the report asks for, or give up."""
        conversation = slot.conversation
        if report.kind == "engine-replaced":
            conversation.note("engine-replaced")
        slot.resyncs += 1
        if report.again and slot.resyncs <= _RESYNCS:
            self._ready.append(slot)
            return
        conversation.note(report.kind or "report")
        self._finish(slot, Outcome.REFUSED)

    def _heed(self, trouble: Trouble) -> None:
        """React to what the network reported about a datagram."""
        slot = self._by_place.get(trouble.place[:2])
        if slot is None or not slot.ids:
            return
        if trouble.number == errno.ECONNREFUSED:
            slot.conversation.note("port-closed")
            self._finish(slot, Outcome.REFUSED)
        else:
            name = errno.errorcode.get(trouble.number, str(trouble.number))
            slot.refused = f"the network reported {name} for {slot.agent.address}"

    # time --------------------------------------------------------------------------------------

    def _next_deadline_s(self) -> float:
        while self._deadlines and self._deadlines[0][3] not in self._pending:
            heapq.heappop(self._deadlines)
        return self._deadlines[0][0] if self._deadlines else self._clock() + 0.001

    def _expire(self, now_s: float) -> int:
        """Give up questions whose time had passed when the ports were last empty."""
        drops = 0
        dropped: dict[int, int] = {}
        while self._deadlines and self._deadlines[0][0] <= now_s:
            _, _, slot, identifier = heapq.heappop(self._deadlines)
            found = self._pending.get(identifier)
            if found is None or slot.ids[-1:] != [identifier]:
                continue  # answered, or asked again since
            port = found[1]
            if id(port) not in dropped:
                dropped[id(port)] = port.new_drops()
                drops += dropped[id(port)]
                if dropped[id(port)]:
                    for other, at in self._pending.values():
                        if at is port:
                            other.unproven = True
            for held, charge in slot.charges:
                held.charged -= charge
            slot.charges = []
            if slot.unproven and slot.resends < _RESENDS:
                slot.resends += 1
                slot.unproven = False
                self._ready.append(slot)
                continue
            self._advance(slot, None)
        return drops

    def _finish(self, slot: _Slot, outcome: Outcome) -> None:
        """End an agent's questioning and make its answer."""
        slot.generator.close()
        self._forget_ids(slot)
        conversation = slot.conversation
        if conversation.rows and outcome in (Outcome.REFUSED, Outcome.UNKNOWN):
            outcome = Outcome.PARTIAL
        if outcome in (Outcome.SILENT, Outcome.PARTIAL):
            if slot.refused:
                conversation.note("unreachable", slot.refused)
            if slot.strangers:
                conversation.note("wrong-id")
            if slot.unproven:
                conversation.note("local-drops")
                outcome = Outcome.UNKNOWN if outcome == Outcome.SILENT else outcome
        del self._slots[slot.key]
        if self._by_place.get(slot.place[:2]) is slot:
            del self._by_place[slot.place[:2]]
        ticks = conversation.view.early(SYS_UP_TIME)
        cost = Cost(
            conversation.requests,
            conversation.replies,
            slot.sent_octets,
            conversation.received_bytes,
            conversation.varbinds,
            self._clock() - slot.started_s,
        )
        self._done.append(
            Answer(
                slot.agent.agent_id,
                outcome,
                conversation.view,
                conversation.faults,
                cost,
                ticks.value / 100 if ticks and isinstance(ticks.value, int) else None,
                self._now_s(),
            )
        )
