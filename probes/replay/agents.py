"""Many replayed agents behind as many sockets, served by one thread.

Agents share one address and differ by port, or share one port and differ by address: a network of
devices on 127.0.0.0/8. SNMPv3 is served beside it by :mod:`.v3_agents`.
"""

from __future__ import annotations

import heapq
import ipaddress
import itertools
import selectors
import socket
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import TracebackType
from typing import Any, Self

from ...topology.errors import MissingError, SurroundingsError, UsageError
from ..snmp.values import Oid, Typed
from .fault_rules import FaultRule, Faults, faults_of
from .recordings import Recording
from .responder import Reply, Responder

__all__ = ["ReplayAgents", "Served", "parse_listen"]

_LONGEST_DATAGRAM = 65_535
_AT_ONCE = 64
"""Datagrams taken from a socket before the next one gets its turn."""


@dataclass(frozen=True, slots=True)
class Served:
    """Where a recording is served."""

    name: str
    address: str
    port: int
    community: str = field(repr=False)
    faults: Faults

    def __str__(self) -> str:
        at = f"[{self.address}]" if ":" in self.address else self.address
        return f"{self.name} at udp://{at}:{self.port}"


def parse_listen(text: str) -> tuple[str, int]:
    """Read ``ADDRESS`` or ``ADDRESS:PORT``, an IPv6 address with a port in brackets.

    Raises
    ------
    UsageError
        It is no IP address, or the port is out of range.
    """
    host, port = text.strip(), "0"
    if host.startswith("["):
        host, _, rest = host[1:].partition("]")
        port = rest.removeprefix(":") or "0"
    elif host.count(":") == 1:
        host, _, port = host.partition(":")
    try:
        ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        raise UsageError(
            f"--listen {text!r} has no IP address; write 127.0.0.1, 127.0.1.1:161 or [::1]:1161"
        ) from None
    if not port.isascii() or not port.isdigit() or not int(port) < 65_536:
        raise UsageError(f"--listen {text!r}: the port is a number from 0 to 65535")
    return host, int(port)


def _places(host: str, port: int, count: int) -> Iterable[tuple[str, int]]:
    """Yield where each agent listens: the kernel's ports, or one port on addresses in a row."""
    if port == 0 or count == 1:
        return itertools.repeat((host, port), count)
    first = ipaddress.ip_address(host)
    return ((str(first + number), port) for number in range(count))


def _bound(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    opened = socket.socket(family, socket.SOCK_DGRAM)
    try:
        opened.bind((host, port))
    except OSError as error:
        opened.close()
        raise SurroundingsError(
            f"cannot listen on {host} port {port}: {error.strerror}; name another with --listen"
        ) from None
    opened.setblocking(False)
    return opened


def _allow_sockets(count: int) -> None:
    """Raise the limit of open files to what as many sockets need, where the system lets us."""
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = count + 256
    if soft != resource.RLIM_INFINITY and soft < wanted:
        if hard != resource.RLIM_INFINITY:
            wanted = min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def copies_of(recordings: Iterable[Recording], copies: int) -> list[Recording]:
    """Return each recording so many times; from the second on with a number behind its name."""
    return [
        replace(one, name=f"{one.name}-{number}") if number > 1 else one
        for one in recordings
        for number in range(1, copies + 1)
    ]


class ReplayAgents:
    """Serves recordings over UDP until it is closed; use it as a context manager.

    Parameters
    ----------
    recordings
        One agent each, named as they are.
    host, port
        Where they listen. Port 0: all on one address, each on a port of its own. Another port:
        on addresses in a row from ``host`` on, all on that port.
    community
        The word of v1 and v2c.
    faults, seed
        What they do wrong, and what decides about chance.
    clock
        Seconds since the start; real time when None.

    Raises
    ------
    SurroundingsError
        An address or port cannot be had.
    UsageError
        Two recordings have one name.
    """

    def __init__(
        self,
        recordings: Sequence[Recording],
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        community: str = "public",
        faults: tuple[FaultRule, ...] = (),
        seed: int = 0,
        clock: Callable[[], float] | None = None,
    ) -> None:
        names = [one.name for one in recordings]
        twice = {name for name in names if names.count(name) > 1} if len(names) < 5000 else set()
        if twice:
            raise UsageError(f"two recordings are called {min(twice)!r}; rename one file")
        started = time.monotonic()
        self._clock = clock or (lambda: time.monotonic() - started)
        self._selector = selectors.DefaultSelector()
        self._wake_in, self._wake_out = socket.socketpair()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._stopping = False
        self._late: list[tuple[float, int, socket.socket, Reply, Any]] = []
        self._count = itertools.count()
        self._responders: dict[str, Responder] = {}
        self._sockets: list[socket.socket] = []
        self._elsewhere: dict[int, socket.socket] = {}
        served = []
        _allow_sockets(len(recordings))
        self._selector.register(self._wake_out, selectors.EVENT_READ, None)
        try:
            for one, place in zip(recordings, _places(host, port, len(recordings)), strict=True):
                responder = Responder(
                    one,
                    clock=self._clock,
                    community=community.encode(),
                    faults=faults_of(faults, one.name, seed=seed),
                    seed=seed,
                )
                opened = _bound(*place)
                self._sockets.append(opened)
                self._responders[one.name] = responder
                self._selector.register(opened, selectors.EVENT_READ, responder)
                at = opened.getsockname()[:2]
                served.append(Served(one.name, at[0], at[1], community, responder.faults))
        except BaseException:
            self._close_sockets()
            raise
        self.served: tuple[Served, ...] = tuple(served)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def start(self) -> None:
        """Begin to answer, in a thread of its own."""
        self._thread = threading.Thread(target=self._serve, name="replay", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop answering and give back the ports."""
        self._stopping = True
        if self._thread is not None:
            self._wake_in.send(b".")
            self._thread.join()
            self._thread = None
        self._close_sockets()

    def at(self, name: str) -> Served:
        """Return where a recording is served."""
        for one in self.served:
            if one.name == name:
                return one
        raise MissingError(f"no recording {name!r} is served")

    def requests(self) -> dict[str, int]:
        """Return how many requests each agent understood."""
        return {name: one.requests for name, one in self._responders.items()}

    def change(
        self, name: str, *, faults: Faults | None = None, put: Mapping[Oid, Typed] | None = None
    ) -> None:
        """Change an agent while it runs: what it does wrong, or values of its objects.

        Raises
        ------
        MissingError
            There is no such agent, or it has no such object.
        """
        if name not in self._responders:
            raise MissingError(f"no recording {name!r} is served")
        responder = self._responders[name]
        for object_name in put or ():
            if not responder.rows.holds(object_name):
                raise MissingError(f"{name} has no object {'.'.join(map(str, object_name))}")
        with self._lock:
            if faults is not None:
                responder.change(faults)
            for object_name, value in (put or {}).items():
                responder.rows.put(object_name, value)

    def _serve(self) -> None:
        while not self._stopping:
            timeout = None if not self._late else max(0.0, self._late[0][0] - time.monotonic())
            for key, _ in self._selector.select(timeout):
                if key.data is None:
                    return
                assert isinstance(key.fileobj, socket.socket)  # noqa: S101 - for the type checker
                self._take(key.fileobj, key.data)
            while self._late and self._late[0][0] <= time.monotonic():
                _, _, opened, reply, peer = heapq.heappop(self._late)
                self._send(opened, reply, peer)

    def _take(self, opened: socket.socket, responder: Responder) -> None:
        for _ in range(_AT_ONCE):
            try:
                datagram, peer = opened.recvfrom(_LONGEST_DATAGRAM)
            except (BlockingIOError, ConnectionRefusedError):
                return
            with self._lock:
                reply = responder.reply(datagram)
            if reply is None:
                continue
            if reply.delay_s:
                due = time.monotonic() + reply.delay_s
                heapq.heappush(self._late, (due, next(self._count), opened, reply, peer))
            else:
                self._send(opened, reply, peer)

    def _send(self, opened: socket.socket, reply: Reply, peer: Any) -> None:
        if reply.elsewhere:
            host = opened.getsockname()[0]
            if opened.fileno() not in self._elsewhere:
                self._elsewhere[opened.fileno()] = _bound(host, 0)
            opened = self._elsewhere[opened.fileno()]
        for _ in range(reply.times):
            try:
                opened.sendto(reply.octets, peer)
            except OSError:  # the asker is gone, or its buffer is full: the reply is lost
                return

    def _close_sockets(self) -> None:
        self._selector.close()
        for opened in (*self._sockets, *self._elsewhere.values(), self._wake_in, self._wake_out):
            opened.close()
