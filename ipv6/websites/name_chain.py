"""The chain of names from the root to a website, walked over one family alone.

It is an iterating resolver (RFC 1034, 5.3.3) that keeps no answers, only where zones are cut. Over
IPv6 alone it says what a network without IPv4 would find: whether each zone on the way has a
server with an IPv6 address that its parent tells, and that answers (RFC 3901, RFC 9471).

Everything is bounded: aliases, cuts, servers of a zone, questions and time.
"""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from .dns_wire import Reply, canonical
from .polite_wire import Silence, Wire
from .root_servers import NameServer

__all__ = ["Chain", "ChainEnd", "Walk", "Zone", "within"]

MOST_ALIASES = 8
MOST_CUTS = 24
MOST_SERVERS = 8
"""Addresses of one zone that are asked before it counts as silent."""
MOST_QUESTIONS = 60
MOST_SECONDS = 25.0
_DEEPEST = 3  # names of servers that need names of servers
_SHARE = 0.5  # of what is left, for one name of a server


class ChainEnd(StrEnum):
    """How a walk ended."""

    ANSWER = "answer"
    NO_DATA = "no-data"
    NO_NAME = "no-such-name"
    ALIAS_LOOP = "cname-loop"
    NO_ADDRESS = "no-server-address"
    NO_GLUE = "no-glue"
    SILENT = "servers-silent"
    LAME = "servers-lame"
    BOUND = "chain-too-long"


@dataclass(frozen=True, slots=True)
class Zone:
    """A zone as its parent delegates it.

    Attributes
    ----------
    name
        In canonical form.
    servers
        With the addresses that the parent told along.
    """

    name: str
    servers: tuple[NameServer, ...]


@dataclass(frozen=True, slots=True)
class Walk:
    """A walk down the chain.

    Attributes
    ----------
    values
        Of the records asked for.
    name_end
        The name that they belong to, behind every alias.
    aliases
        Names that led on to others, in order.
    zones
        The zone of each name on the way, the website's own first.
    stopped_at
        Zone or name at which the walk ended without an answer.
    steps
        Questions as they were put: ``ADDRESS NAME KIND``.
    """

    name: str
    kind: str
    end: ChainEnd
    values: tuple[str, ...] = ()
    name_end: str = ""
    aliases: tuple[str, ...] = ()
    zones: tuple[Zone, ...] = ()
    stopped_at: str = ""
    steps: tuple[str, ...] = ()

    @property
    def told(self) -> bool:
        """Whether the chain gave an answer, be it that there is none."""
        return self.end in (ChainEnd.ANSWER, ChainEnd.NO_DATA, ChainEnd.NO_NAME)


class _Stopped(Exception):  # noqa: N818
    def __init__(self, end: ChainEnd, where: str) -> None:
        self.end, self.where = end, where
        super().__init__(f"{end} at {where}")


@dataclass(slots=True)
class _Trail:
    """What one walk has spent."""

    questions_left: int = MOST_QUESTIONS
    ends_s: float = field(default_factory=lambda: time.monotonic() + MOST_SECONDS)
    steps: list[str] = field(default_factory=list)

    def spend(self, address: str, name: str, kind: str) -> None:
        if self.questions_left <= 0 or time.monotonic() > self.ends_s:
            raise _Stopped(ChainEnd.BOUND, name)
        self.questions_left -= 1
        self.steps.append(f"{address} {name} {kind}")

    def part(self) -> _Trail:
        left_s = self.ends_s - time.monotonic()
        return _Trail(
            int(self.questions_left * _SHARE), time.monotonic() + left_s * _SHARE, self.steps
        )


def within(name: str, zone: str) -> bool:
    """Whether a name lies in a zone or below it; both in canonical form."""
    return zone == "." or name == zone or name.endswith("." + zone)


def _referral(reply: Reply, zone: Zone, name: str) -> Zone | None:
    """Return the zone to which an answer sends on, None where it sends nowhere below."""
    cut = next(
        (
            r.owner
            for r in reply.authority
            if r.kind == "NS" and len(r.owner) > len(zone.name) and within(r.owner, zone.name)
            and within(name, r.owner)
        ),
        None,
    )  # fmt: skip
    if cut is None:
        return None
    told: dict[tuple[str, str], list[str]] = defaultdict(list)
    for record in reply.additional:
        # An address of a host elsewhere is not the parent's to tell.
        if record.kind in ("A", "AAAA") and within(record.owner, zone.name):
            told[record.owner, record.kind].append(record.value)
    hosts = dict.fromkeys(r.value for r in reply.authority if r.kind == "NS" and r.owner == cut)
    return Zone(
        cut,
        tuple(
            NameServer(host, tuple(told[host, "A"]), tuple(told[host, "AAAA"])) for host in hosts
        ),
    )


class Chain:
    """Walks from the root over one family; one for a batch, so that cuts are asked for once.

    Parameters
    ----------
    roots
        Name servers of the root.
    family
        4 or 6: nothing is ever sent over the other.
    """

    def __init__(self, wire: Wire, roots: Sequence[NameServer], family: int) -> None:
        self.wire, self.family = wire, family
        self._cuts: dict[str, Zone] = {".": Zone(".", tuple(roots))}
        self._hosts: dict[str, tuple[str, ...]] = {}
        self._failed: defaultdict[str, int] = defaultdict(int)
        self._first: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def walk(self, name: str, kind: str) -> Walk:
        """Return what the chain says; it never raises for what servers do."""
        return await self._walk(canonical(name), kind, _Trail(), 0)

    async def _walk(self, name: str, kind: str, trail: _Trail, depth: int) -> Walk:
        asked = name
        aliases: list[str] = []
        zones: list[Zone] = []

        def done(end: ChainEnd, values: tuple[str, ...] = (), where: str = "") -> Walk:
            return Walk(
                asked, kind, end, values, name, tuple(aliases), tuple(zones), where,
                tuple(trail.steps),
            )  # fmt: skip

        while True:
            try:
                zone, reply = await self._answer(name, kind, trail, depth)
            except _Stopped as stopped:
                return done(stopped.end, where=stopped.where)
            if not zones or zones[-1].name != zone.name:
                zones.append(zone)
            begun = name
            # Of the chain of aliases in the answer, only what lies in the zone is the server's
            # to tell; the rest is asked for where it belongs.
            while within(name, zone.name) and (onward := reply.values(name, "CNAME")):
                aliases.append(name)
                name = onward[0]
                if name in aliases or len(aliases) > MOST_ALIASES:
                    return done(ChainEnd.ALIAS_LOOP, where=name)
            if within(name, zone.name):
                if values := reply.values(name, kind):
                    return done(ChainEnd.ANSWER, values)
                if name == begun or reply.rcode == "NXDOMAIN":
                    none = reply.rcode == "NXDOMAIN"
                    return done(ChainEnd.NO_NAME if none else ChainEnd.NO_DATA, where=zone.name)

    def _closest(self, name: str) -> Zone:
        labels = name.rstrip(".").split(".")
        for first in range(len(labels)):
            if zone := self._cuts.get(".".join(labels[first:]) + "."):
                return zone
        return self._cuts["."]

    async def _answer(self, name: str, kind: str, trail: _Trail, depth: int) -> tuple[Zone, Reply]:
        for _ in range(MOST_CUTS):
            if (zone := self._closest(name)).name == ".":
                # A whole batch begins here: one of it asks for each top-level zone, the rest wait.
                async with self._first[name.rstrip(".").rpartition(".")[2]]:
                    if (zone := self._closest(name)).name == ".":
                        found = await self._ask(zone, name, kind, trail, depth)
                        if isinstance(found, Reply):
                            return zone, found
                        self._cuts[found.name] = found
                        continue
            found = await self._ask(zone, name, kind, trail, depth)
            if isinstance(found, Reply):
                return zone, found
            self._cuts[found.name] = found
        raise _Stopped(ChainEnd.BOUND, name)

    async def _ask(
        self, zone: Zone, name: str, kind: str, trail: _Trail, depth: int
    ) -> Zone | Reply:
        end, tried = None, 0
        async for address in self._places(zone, trail, depth):
            if tried >= MOST_SERVERS:
                break
            tried += 1
            trail.spend(address, name, kind)
            try:
                reply, _by_tcp = await self.wire.ask_fully(address, name, kind)
            except Silence:
                self._failed[address] += 1
                end = end or ChainEnd.SILENT
                continue
            self._failed.pop(address, None)
            if reply.rcode == "NXDOMAIN" and reply.authoritative:
                return reply
            if reply.rcode == "NOERROR":
                answers = any(record.owner == name for record in reply.answer)
                if not answers and (onward := _referral(reply, zone, name)):
                    return onward
                if reply.authoritative:
                    return reply
            end = ChainEnd.LAME
        if end is None:
            below = all(within(one.host, zone.name) for one in zone.servers)
            end = ChainEnd.NO_GLUE if below else ChainEnd.NO_ADDRESS
        raise _Stopped(end, zone.name)

    async def _places(self, zone: Zone, trail: _Trail, depth: int) -> AsyncIterator[str]:
        """Give addresses of a zone's servers: those told along first, those that failed last."""
        told = [one for server in zone.servers for one in server.addresses(self.family)]
        for address in sorted(dict.fromkeys(told), key=lambda one: self._failed.get(one, 0)):
            yield address
        for server in zone.servers:
            if server.addresses(self.family) or within(server.host, zone.name):
                continue  # a name in the zone cannot be found before the zone is
            for address in await self._of_host(server.host, trail, depth):
                if address not in told:
                    yield address

    async def _of_host(self, host: str, trail: _Trail, depth: int) -> tuple[str, ...]:
        if host in self._hosts:
            return self._hosts[host]
        if depth >= _DEEPEST:
            return ()
        part = trail.part()
        kind = "AAAA" if self.family == 6 else "A"
        walk = await self._walk(host, kind, part, depth + 1)
        trail.questions_left -= max(0, int(trail.questions_left * _SHARE) - part.questions_left)
        if walk.told:
            self._hosts[host] = walk.values
        return walk.values
