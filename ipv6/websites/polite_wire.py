"""Sockets of one family, a few at a time: to one address, and in all.

Everything that the examination of websites sends goes through a :class:`Wire`. It judges each
address (:mod:`.reachable_addresses`), holds back what would be more than a host's share, and says
what happened in one word. No privilege is needed.
"""

from __future__ import annotations

import asyncio
import errno
import secrets
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from .dns_wire import BrokenReply, Question, Reply, ask_for, read_reply
from .reachable_addresses import AddressGuard

__all__ = ["Dialled", "Manners", "Silence", "Wire", "family_of"]

_WORDS = {
    errno.ECONNREFUSED: "refused",
    errno.ECONNRESET: "reset",
    errno.ETIMEDOUT: "timeout",
    errno.ENETUNREACH: "unreachable",
    errno.EHOSTUNREACH: "unreachable",
    errno.EADDRNOTAVAIL: "unreachable",
    errno.EACCES: "prohibited",
    errno.EPERM: "prohibited",
}
_MOST_REPLY = 65_535


class Silence(Exception):  # noqa: N818 - it is what was found, not what went wrong here
    """Nothing came of an attempt.

    Attributes
    ----------
    kind
        ``timeout``, ``refused``, ``reset``, ``unreachable``, ``prohibited`` (somebody on the way
        forbids it), ``forbidden`` (it was not tried: no address to send to), ``broken``.
    """

    def __init__(self, kind: str, detail: str = "") -> None:
        self.kind, self.detail = kind, detail
        super().__init__(f"{kind} {detail}".rstrip())


@dataclass(frozen=True, slots=True)
class Manners:
    """How much is asked at once, and how long is waited.

    Attributes
    ----------
    each_host, each_name_server
        Exchanges at the same time with one address: web and mail, and DNS. A name server holds
        the zones of many.
    everything
        Exchanges at the same time, in all.
    connect_s, reply_s
        Waited for a connection, and for an answer of a name server.
    reply_tries
        Times a question is sent over UDP.
    """

    each_host: int = 4
    each_name_server: int = 16
    everything: int = 256
    connect_s: float = 3.0
    reply_s: float = 1.5
    reply_tries: int = 2


@dataclass(slots=True)
class Dialled:
    """A connection.

    Attributes
    ----------
    connect_ms
        From the first packet to the last of the three.
    """

    socket: socket.socket
    connect_ms: float


class _Turn:
    """The share of one address; forgotten when nobody waits for it."""

    __slots__ = ("free", "users")

    def __init__(self, size: int) -> None:
        self.free = asyncio.Semaphore(size)
        self.users = 0


def family_of(address: str) -> int:
    """Return 6 or 4."""
    return 6 if ":" in address else 4


def _kind_of(error: OSError) -> str:
    return _WORDS.get(error.errno or 0, "unreachable")


class Wire:
    """Sends and waits; one for a batch, inside one event loop.

    Attributes
    ----------
    sent
        Exchanges so far, by family.
    """

    def __init__(self, guard: AddressGuard, manners: Manners = Manners()) -> None:
        self.guard, self.manners = guard, manners
        self.sent = {4: 0, 6: 0}
        self._all = asyncio.Semaphore(manners.everything)
        self._turns: dict[tuple[str, bool], _Turn] = {}

    def place(self, address: str, port: int) -> tuple[str, int]:
        """Return where packets for an address go: there. Tests put their servers in its place."""
        return address, port

    @asynccontextmanager
    async def turn(
        self, address: str, *, names: bool = False, trusted: bool = False
    ) -> AsyncIterator[None]:
        """Wait for the turn of one more exchange with an address.

        Parameters
        ----------
        names
            With a name server.
        trusted
            The address was given by the user or by this machine's settings, not by an answer.

        Raises
        ------
        Silence
            ``forbidden``: nothing is sent there.
        """
        if not trusted and not self.guard.lets(address):
            raise Silence("forbidden", address)
        key = (address, names)
        turn = self._turns.get(key)
        if turn is None:
            size = self.manners.each_name_server if names else self.manners.each_host
            turn = self._turns[key] = _Turn(size)
        turn.users += 1
        try:
            async with turn.free, self._all:
                self.sent[family_of(address)] += 1
                yield
        finally:
            turn.users -= 1
            if not turn.users:
                self._turns.pop(key, None)

    async def dial(
        self, address: str, port: int, *, timeout_s: float | None = None,
        segment_octets: int | None = None,
    ) -> Dialled:  # fmt: skip
        """Connect by TCP; the caller holds the turn and closes the socket.

        Parameters
        ----------
        segment_octets
            Largest segment to announce: the other side then sends none that is larger.

        Raises
        ------
        Silence
            There is no connection.
        """
        where, at = self.place(address, port)
        loop = asyncio.get_running_loop()
        wait_s = self.manners.connect_s if timeout_s is None else timeout_s
        try:
            plug = socket.socket(
                socket.AF_INET6 if family_of(where) == 6 else socket.AF_INET, socket.SOCK_STREAM
            )
        except OSError as error:
            raise Silence("unreachable", str(error)) from None
        try:
            plug.setblocking(False)
            plug.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if segment_octets is not None:
                plug.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, segment_octets)
            start = time.perf_counter()
            async with asyncio.timeout(wait_s):
                await loop.sock_connect(plug, (where, at))
            return Dialled(plug, (time.perf_counter() - start) * 1000.0)
        except TimeoutError:
            plug.close()
            raise Silence("timeout", f"no connection in {wait_s:g} s") from None
        except OSError as error:
            plug.close()
            raise Silence(_kind_of(error), error.strerror or "") from None
        except BaseException:
            plug.close()
            raise

    async def ask(
        self, address: str, name: str, kind: str, *, port: int = 53, recursion: bool = False,
        edns: bool = True, dnssec: bool = False,
    ) -> Reply:  # fmt: skip
        """Ask a name server over UDP.

        Raises
        ------
        Silence
            No answer that can be read.
        """
        question = ask_for(
            name, kind, ident=secrets.randbits(16), recursion=recursion, edns=edns, dnssec=dnssec
        )
        # Only resolvers are asked to find out, and those were named by whoever runs this.
        async with self.turn(address, names=True, trusted=recursion):
            return await self._ask_udp(address, port, question)

    async def _ask_udp(self, address: str, port: int, question: Question) -> Reply:
        where, at = self.place(address, port)
        loop = asyncio.get_running_loop()
        broken = ""
        try:
            # A socket for each question: its port is drawn anew, and it hears of closed ports.
            with socket.socket(
                socket.AF_INET6 if family_of(where) == 6 else socket.AF_INET, socket.SOCK_DGRAM
            ) as plug:
                plug.setblocking(False)
                plug.connect((where, at))
                for attempt in range(self.manners.reply_tries):
                    try:
                        async with asyncio.timeout(self.manners.reply_s * (attempt + 1)):
                            await loop.sock_sendall(plug, question.octets)
                            while True:
                                message = await loop.sock_recv(plug, _MOST_REPLY)
                                try:
                                    return read_reply(message, question)
                                except BrokenReply as error:
                                    broken = str(error)
                                    if message[:2] == question.octets[:2]:
                                        raise Silence("broken", broken) from None
                    except TimeoutError:
                        continue
        except OSError as error:
            raise Silence(_kind_of(error), error.strerror or "") from None
        raise Silence("broken" if broken else "timeout", broken)

    async def ask_by_tcp(
        self, address: str, name: str, kind: str, *, port: int = 53, recursion: bool = False,
        dnssec: bool = False,
    ) -> Reply:  # fmt: skip
        """Ask a name server over TCP (RFC 7766).

        Raises
        ------
        Silence
            No answer that can be read.
        """
        question = ask_for(
            name, kind, ident=secrets.randbits(16), recursion=recursion, dnssec=dnssec
        )
        loop = asyncio.get_running_loop()
        async with self.turn(address, names=True, trusted=recursion):
            dialled = await self.dial(address, port)
            with dialled.socket as plug:
                try:
                    async with asyncio.timeout(self.manners.reply_s * 2):
                        octets = question.octets
                        await loop.sock_sendall(plug, len(octets).to_bytes(2, "big") + octets)
                        held = bytearray()
                        while len(held) < 2 or len(held) < 2 + int.from_bytes(held[:2], "big"):
                            more = await loop.sock_recv(plug, 65_536)
                            if not more:
                                raise Silence("reset", "closed before the answer was whole")
                            held += more
                    size = int.from_bytes(held[:2], "big")
                    return read_reply(bytes(held[2 : 2 + size]), question)
                except TimeoutError:
                    raise Silence("timeout", "no answer over TCP") from None
                except BrokenReply as error:
                    raise Silence("broken", str(error)) from None
                except OSError as error:
                    raise Silence(_kind_of(error), error.strerror or "") from None

    async def ask_fully(
        self, address: str, name: str, kind: str, *, port: int = 53, recursion: bool = False
    ) -> tuple[Reply, bool]:
        """Ask over UDP, without EDNS where it is not known, by TCP where the answer was cut.

        Returns
        -------
        The answer, and whether TCP was needed.

        Raises
        ------
        Silence
            No answer that can be read.
        """
        reply = await self.ask(address, name, kind, port=port, recursion=recursion)
        if reply.rcode in ("FORMERR", "NOTIMP") and not reply.edns:
            reply = await self.ask(address, name, kind, port=port, recursion=recursion, edns=False)
        if not reply.cut:
            return reply, False
        return await self.ask_by_tcp(address, name, kind, port=port, recursion=recursion), True
