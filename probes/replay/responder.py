"""An agent made of a recording: SNMPv1 and v2c requests in, replies out (RFC 3416, RFC 3584).

It is sans I/O: bytes in, bytes out, a clock given. Objects are encoded once; a walk finds its
place by the octets of the name, so that a reply of 25 rows is a lookup and a join.
"""

from __future__ import annotations

import random
from bisect import bisect_right
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from ..snmp.ber import GET, GET_BULK, GET_NEXT, BrokenBerError, encode_oid, encode_varbind
from ..snmp.values import Oid, Tag, Typed
from .datagrams import (
    GEN_ERR,
    NO_SUCH_NAME,
    TOO_BIG,
    Request,
    read_request,
    response,
    varbind,
)  # fmt: skip
from .drifts import Drift
from .fault_rules import NO_FAULTS, Faults
from .recordings import Recording

__all__ = ["Reply", "Responder", "Rows"]

SYS_UPTIME: Oid = (1, 3, 6, 1, 2, 1, 1, 3, 0)
_CLOCKS: Mapping[Oid, float] = {
    SYS_UPTIME: 100.0,
    (1, 3, 6, 1, 2, 1, 25, 1, 1, 0): 100.0,  # hrSystemUptime
    (1, 3, 6, 1, 6, 3, 10, 2, 1, 3, 0): 1.0,  # snmpEngineTime
}
"""Objects that count time, in units a second."""

_IF, _IFX = (1, 3, 6, 1, 2, 1, 2, 2, 1), (1, 3, 6, 1, 2, 1, 31, 1, 1, 1)
_OCTETS = ((*_IF, 10), (*_IF, 16), (*_IFX, 6), (*_IFX, 10))
_PACKETS = ((*_IF, 11), (*_IF, 17), (*_IFX, 7), (*_IFX, 11))
_PACKET_OCTETS = 700.0
_LARGEST = 65_507


def _drifts(recording: Recording, share: float) -> dict[Oid, Drift]:
    """Let every port's counters advance at a share of its speed."""
    speeds = {
        index: float(value) * 1e6
        for index, (_, value) in recording.column((*_IFX, 15)).items()
        if isinstance(value, int) and value > 0
    }
    for index, (_, value) in recording.column((*_IF, 5)).items():
        if isinstance(value, int) and value > 0:
            speeds.setdefault(index, float(value))
    found: dict[Oid, Drift] = {}
    for columns, octets in ((_OCTETS, 8.0), (_PACKETS, 8.0 * _PACKET_OCTETS)):
        for column in columns:
            for index, (tag, value) in recording.column(column).items():
                speed = speeds.get(index)
                if speed and isinstance(value, int) and tag in (Tag.COUNTER32, Tag.COUNTER64):
                    found[(*column, *index)] = Drift(value, round(share * speed / octets))
    return found


class Rows:
    """The objects of an agent in walking order, as they stand at a moment."""

    def __init__(self, recording: Recording, faults: Faults) -> None:
        self.recording = recording
        self.faults = faults
        drifts = _drifts(recording, faults.drift) if faults.drift else {}
        self._drifts: dict[Oid, Drift] = {**drifts, **recording.drifts}
        self._values: dict[Oid, Typed] = dict(recording.rows)
        for name, per_second in _CLOCKS.items():
            value = self._values.get(name)
            if value is not None and isinstance(value.value, int) and name not in recording.drifts:
                self._drifts[name] = Drift(float(value.value), per_second)
        self.order: tuple[Oid, ...] = tuple(recording.rows) if faults.order else recording.ordered
        self._sorted = recording.ordered
        self.place: dict[bytes, int] = {encode_oid(n): k for k, n in enumerate(self.order)}
        self._encoded: list[bytes | None] = [None] * len(self.order)

    def put(self, name: Oid, value: Typed) -> None:
        """Change the value of an object that is there already."""
        self._values[name] = value
        self._drifts.pop(name, None)
        self._encoded[self.place[encode_oid(name)]] = None

    def holds(self, name: Oid) -> bool:
        """Tell whether the agent has the object."""
        return name in self._values

    def value(self, name: Oid, seconds: float) -> Typed:
        """Return an object as it stands."""
        typed = self._values[name]
        drift = self._drifts.get(name)
        if drift is not None:
            if self.faults.reboot:
                seconds %= self.faults.reboot
                drift = replace(drift, initial=0.0)
            typed = Typed(typed.tag, drift.at(seconds, name, typed.tag))
        if self.faults.wrong_type and typed.tag != Tag.OCTET_STRING and type(typed.value) is int:
            typed = Typed(Tag.OCTET_STRING, str(typed.value).encode())
        return typed

    def next_place(self, content: bytes, name: Oid) -> int:
        """Return the place in the walk behind a name, of whose octets ``content`` is made."""
        here = self.place.get(content)
        if here is None:
            after = bisect_right(self._sorted, name)
            if after == len(self._sorted):
                return len(self.order)
            # In the order of a file the next larger name need not stand behind its smaller ones.
            return self.place[encode_oid(self._sorted[after])] if self.faults.order else after
        every = int(self.faults.loop)
        if every and here % every == every - 1:
            return max(0, here - 10)
        return here + 1

    def encoded(self, place: int, seconds: float) -> bytes:
        """Return the octets of a row."""
        if place >= len(self.order):  # endless: rows that were never recorded
            return varbind(self.invented(place), Typed(Tag.INTEGER, place))
        ready = self._encoded[place]
        if ready is None:
            name = self.order[place]
            unsigned = bool(self.faults.unsigned)
            ready = varbind(name, self.value(name, seconds), without_zero=unsigned)
            if name not in self._drifts:
                self._encoded[place] = ready
        return ready

    def name_of(self, place: int) -> Oid:
        """Return the name of a row, also of one that was invented."""
        return self.order[place] if place < len(self.order) else self.invented(place)

    def invented(self, place: int) -> Oid:
        """Return the name of a row behind the last; it lies in the last row's own table."""
        last = self.order[-1] if self.order else (1, 3, 6, 1)
        return (*last, place - len(self.order) + 1)

    def place_behind(self, name: Oid) -> int:
        """Return the place of the invented row that follows a name at or behind the last row."""
        last = self.order[-1] if self.order else (1, 3, 6, 1)
        behind = name[len(last) :] if name[: len(last)] == last else ()
        return len(self.order) + (behind[0] if behind else 0)


@dataclass(frozen=True, slots=True)
class Reply:
    """Octets to send, how late, how often, and whether from another port."""

    octets: bytes
    delay_s: float = 0.0
    times: int = 1
    elsewhere: bool = False


class Responder:
    """Answers requests from one recording.

    Parameters
    ----------
    community
        The word that requests must bring; others are met with silence, as agents do.
    clock
        Seconds since the agents started.
    seed
        Decides, with the agent's name, which replies are lost or spoilt.
    """

    def __init__(
        self,
        recording: Recording,
        *,
        clock: Callable[[], float],
        community: bytes = b"public",
        faults: Faults = NO_FAULTS,
        seed: int = 0,
    ) -> None:
        self.name = recording.name
        self.community = community
        self.requests = 0
        self._clock = clock
        self._chance = random.Random(f"{seed}:{recording.name}")  # noqa: S311 - no secret
        self.rows = Rows(recording, faults)

    @property
    def faults(self) -> Faults:
        """What the agent does wrong."""
        return self.rows.faults

    def change(self, faults: Faults) -> None:
        """Give the agent other faults; what was put into it stays."""
        before = self.rows
        self.rows = Rows(before.recording, faults)
        for name, value in before._values.items():
            if before.recording.rows[name] != value:
                self.rows.put(name, value)

    def _lucky(self, share: float) -> bool:
        return share > 0 and self._chance.random() < share

    def reply(self, datagram: bytes) -> Reply | None:
        """Answer a datagram; None is silence."""
        faults = self.faults
        try:
            request = read_request(datagram)
        except BrokenBerError:
            return None
        if request.community != self.community or faults.silence:
            return None
        self.requests += 1
        if self._lucky(faults.loss):
            return None
        octets = self._spoilt(self._answer(request))
        return Reply(
            octets, faults.delay, 2 if faults.double else 1, elsewhere=bool(faults.elsewhere)
        )

    def _spoilt(self, octets: bytes) -> bytes:
        if self._lucky(self.faults.truncate):
            return octets[: len(octets) // 2]
        if self._lucky(self.faults.garbage):
            return self._chance.randbytes(len(octets))
        return octets

    def _answer(self, request: Request) -> bytes:
        faults = self.faults
        if faults.wrong_id:
            request = replace(request, request_id=request.request_id ^ 1)
        if faults.empty:
            return response(request, [])
        if self._lucky(faults.error):
            return response(request, request.raw_varbinds, error=GEN_ERR, index=1)
        if request.kind not in (GET, GET_NEXT, GET_BULK):  # there is nothing to set here
            return response(request, request.raw_varbinds, error=GEN_ERR, index=1)
        rows = self._varbinds(request)
        if isinstance(rows, int):
            return response(request, request.raw_varbinds, error=NO_SUCH_NAME, index=rows)
        largest = int(faults.too_big) or _LARGEST
        octets = response(request, rows)
        if len(octets) <= largest:
            return octets
        if request.kind == GET_BULK and not faults.too_big:
            over = 40 + len(request.community)
            while rows and sum(map(len, rows)) + over > largest:
                del rows[-max(1, len(rows) // 10) :]
            return response(request, rows)
        return response(request, [], error=TOO_BIG)

    def _varbinds(self, request: Request) -> list[bytes] | int:
        """Return the rows of the reply, or the number of the name that a v1 agent refuses."""
        seconds = self._clock()
        if request.kind == GET:
            return self._got(request, seconds)
        first = 0 if request.kind == GET_NEXT else request.non_repeaters
        found: list[bytes] = []
        once = request.names if request.kind == GET_NEXT else request.names[:first]
        for number, (content, name) in enumerate(once, start=1):
            row = self._next(content, name, seconds, version=request.version)
            if row is None and request.version == 0:
                return number
            found.append(row[0] if row else encode_varbind(content, b"\x82\x00"))
        if request.kind == GET_BULK:
            self._repeat(request, found, seconds)
        return found

    def _got(self, request: Request, seconds: float) -> list[bytes] | int:
        found = []
        for number, (content, name) in enumerate(request.names, start=1):
            place = self.rows.place.get(content)
            if place is None:
                if request.version == 0:
                    return number
                known = name[:-1] and self.rows.next_place(content, name) < len(self.rows.order)
                missing = b"\x81\x00" if known else b"\x80\x00"
                found.append(encode_varbind(content, missing))
            else:
                found.append(self.rows.encoded(place, seconds))
        return found

    def _next(
        self, content: bytes, name: Oid, seconds: float, *, version: int
    ) -> tuple[bytes, int] | None:
        place = self.rows.next_place(content, name)
        if version == 0:  # RFC 3584 4.2.2.1: v1 cannot say Counter64, which is passed over
            while place < len(self.rows.order) and (
                self.rows.value(self.rows.order[place], seconds).tag == Tag.COUNTER64
            ):
                place += 1
        if place >= len(self.rows.order):
            if not self.rows.faults.endless:
                return None
            place = self.rows.place_behind(name)
        return self.rows.encoded(place, seconds), place

    def _repeat(self, request: Request, found: list[bytes], seconds: float) -> None:
        rows, last = self.rows, len(self.rows.order)
        endless = bool(rows.faults.endless)
        places: list[int | bytes] = []
        for content, name in request.names[request.non_repeaters :]:
            row = self._next(content, name, seconds, version=request.version)
            places.append(row[1] if row else content)
        size = sum(map(len, found))
        every = int(rows.faults.loop)
        for _ in range(request.max_repetitions):
            ended = True
            for column, place in enumerate(places):
                if isinstance(place, bytes):
                    octets = encode_varbind(place, b"\x82\x00")
                else:
                    ended = False
                    octets = rows.encoded(place, seconds)
                    if every and place % every == every - 1:
                        places[column] = max(0, place - 10)
                    elif place + 1 < last or endless:
                        places[column] = place + 1
                    else:
                        places[column] = encode_oid(rows.name_of(place))
                found.append(octets)
                size += len(octets)
            if ended or size > _LARGEST:
                return
