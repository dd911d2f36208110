"""The way to a target: its routers, and the largest packet that gets through.

Both send UDP to ports where nobody listens and read what comes back from the kernel's error queue
(:mod:`.error_queue`); no privilege is needed.
"""

from __future__ import annotations

import secrets
import select
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from ...topology.errors import SurroundingsError, UsageError
from ..safety import Target
from .error_queue import NetworkError, ask_for_errors, require_linux, take_errors

__all__ = ["Hop", "PathMtu", "path_mtu", "trace"]

_PORT = 33434  # of traceroute since 1988: firewalls that let it pass know it
_HEADERS = {socket.AF_INET: 28, socket.AF_INET6: 48}  # IP and UDP
_LEAST = {socket.AF_INET: 68, socket.AF_INET6: 1280}  # RFC 791, RFC 8200 section 5
_MOST = 9000  # jumbo frames; a district's links carry no more
_IP_MTU_DISCOVER, _IPV6_MTU_DISCOVER, _PROBE = 10, 23, 3  # IP_PMTUDISC_PROBE
_FINAL = frozenset(("port", "unreachable", "prohibited"))


@dataclass(frozen=True, slots=True)
class Hop:
    """A step of the way.

    Attributes
    ----------
    hops
        Distance in routers, from 1.
    addresses
        Who answered, in the order seen; several where packets take several ways.
    rtt_ms
        Round trip of each probe; None for no answer.
    kind
        ``hop-limit`` for a router, ``port`` for the target, ``unreachable`` or ``prohibited``
        for one that refuses, ``silent`` for none.
    """

    hops: int
    addresses: tuple[str, ...]
    rtt_ms: tuple[float | None, ...]
    kind: str


@dataclass(frozen=True, slots=True)
class PathMtu:
    """The largest packet that reaches a target.

    Attributes
    ----------
    mtu_bytes
        Largest IP packet that was seen to arrive; None when nothing was.
    fails_bytes
        Smallest that did not, None when the largest tried arrived.
    reported_by
        Router that stated the limit; None when it was found by trying, or by this machine.
    local_mtu_bytes
        Limit of this machine's own interface, where it showed.
    black_hole
        Larger packets vanish without a word. TCP stalls on such a path unless it probes itself
        (RFC 4821): web pages open and then hang.
    reason
        Of what was found, in words.
    """

    mtu_bytes: int | None
    fails_bytes: int | None
    reported_by: str | None
    local_mtu_bytes: int | None
    black_hole: bool
    reason: str


@contextmanager
def _prober(target: Target) -> Iterator[socket.socket]:
    require_linux()
    with socket.socket(target.family, socket.SOCK_DGRAM) as sock:
        sock.setblocking(False)
        ask_for_errors(sock)
        if target.family == socket.AF_INET6:  # never let this machine cut a packet in pieces
            sock.setsockopt(socket.IPPROTO_IPV6, _IPV6_MTU_DISCOVER, _PROBE)
        else:
            sock.setsockopt(socket.IPPROTO_IP, _IP_MTU_DISCOVER, _PROBE)
        yield sock


def _await(
    sock: socket.socket, wanted: Callable[[NetworkError], bool], timeout_s: float
) -> tuple[NetworkError, float] | None:
    """Wait for the error that answers a probe; return it with the time it took in seconds."""
    poller = select.poll()
    poller.register(sock, select.POLLERR | select.POLLIN)
    start = time.monotonic()
    while True:
        for error in take_errors(sock):
            if wanted(error):
                return error, time.monotonic() - start
        try:
            sock.recv(2048)  # somebody listens on that port after all
        except BlockingIOError:
            pass
        except OSError:  # the error's other face
            continue
        left = timeout_s - (time.monotonic() - start)
        if left <= 0 or not poller.poll(left * 1000.0):
            return None


def _destination(target: Target, port: int) -> tuple[object, ...]:
    return socket.getaddrinfo(target.address, port, target.family, socket.SOCK_DGRAM)[0][4]


def trace(
    target: Target, *, most_hops: int = 30, probes: int = 2, timeout_s: float = 1.0, silent: int = 5
) -> list[Hop]:
    """Return the routers on the way to a target, nearest first.

    Parameters
    ----------
    most_hops
        Where to stop, 1 to 64.
    probes
        Packets a hop, 1 to 5.
    timeout_s
        For each.
    silent
        Stop after so many hops in a row without an answer.

    Raises
    ------
    UsageError
        A limit is out of range.
    SurroundingsError
        This machine has no way to the target.
    """
    if not (1 <= most_hops <= 64 and 1 <= probes <= 5 and 0 < timeout_s <= 60 and silent >= 1):
        raise UsageError("trace takes 1-64 hops, 1-5 probes a hop and a timeout of up to 60 s")
    way: list[Hop] = []
    level, option = (
        (socket.IPPROTO_IPV6, socket.IPV6_UNICAST_HOPS)
        if target.family == socket.AF_INET6
        else (socket.IPPROTO_IP, socket.IP_TTL)
    )
    with _prober(target) as sock:
        for hops in range(1, most_hops + 1):
            sock.setsockopt(level, option, hops)
            addresses: dict[str, None] = {}
            rtt_ms: list[float | None] = []
            kinds: list[str] = []
            for k in range(probes):
                port = _PORT + (hops - 1) * probes + k
                mark = secrets.token_bytes(12)
                _send(sock, mark, _destination(target, port), target)

                def mine(error: NetworkError, port: int = port) -> bool:
                    return error.port == port and not error.local

                answer = _await(sock, mine, timeout_s)
                rtt_ms.append(None if answer is None else answer[1] * 1000.0)
                if answer is not None:
                    addresses[answer[0].origin or ""] = None
                    kinds.append(answer[0].kind)
            final = next((kind for kind in kinds if kind in _FINAL), None)
            kind = final or (kinds[0] if kinds else "silent")
            way.append(Hop(hops, tuple(addresses), tuple(rtt_ms), kind))
            if final or (len(way) >= silent and all(h.kind == "silent" for h in way[-silent:])):
                return way
    return way


def _send(
    sock: socket.socket, payload: bytes, destination: tuple[object, ...], target: Target
) -> bool:
    """Send a datagram; return False when it is too long for this machine's interface."""
    refusal: OSError | None = None
    for _ in range(3):
        try:
            sock.sendto(payload, destination)
        except OSError as error:
            if error.errno == 90:  # EMSGSIZE
                return False
            refusal = error  # an error that an earlier probe met is reported once, then cleared
            continue
        return True
    raise SurroundingsError(
        f"no packet can be sent to {target.name} ({target.address}): {refusal and refusal.strerror}; check this "
        "machine's address and routes"
    )


def path_mtu(
    target: Target, *, largest_bytes: int = _MOST, timeout_s: float = 1.0, tries: int = 3
) -> PathMtu:
    """Return the largest packet that reaches a target, and why none larger does.

    A packet arrived when the target refuses its port; it was too big when a router says so; where
    it vanishes ``tries`` times while a small one before *and* after it is answered, larger packets
    are lost in a black hole. A limit that a router states is believed only once a packet of that
    size has arrived.

    Parameters
    ----------
    largest_bytes
        Largest IP packet to try.
    timeout_s
        For each packet.
    tries
        Packets of a size before it counts as lost, 1 to 10.

    Raises
    ------
    UsageError
        A limit is out of range.
    SurroundingsError
        This machine has no way to the target.
    """
    least, headers = _LEAST[target.family], _HEADERS[target.family]
    if not (least <= largest_bytes <= 65_535 and 1 <= tries <= 10 and 0 < timeout_s <= 60):
        raise UsageError(
            f"the largest packet must be {least} to 65535 bytes, with 1-10 tries of up to 60 s"
        )
    reported: str | None = None
    local: int | None = None
    stated: int | None = None
    with _prober(target) as sock:
        port = _PORT

        def arrives(size: int) -> NetworkError | None:
            """Try one size; return what answered, None for silence."""
            nonlocal port
            for _ in range(tries):
                port = port + 1 if port < _PORT + 2000 else _PORT

                def mine(error: NetworkError, port: int = port) -> bool:
                    return error.port == port

                fits = _send(sock, bytes(size - headers), _destination(target, port), target)
                answer = _await(sock, mine, timeout_s if fits else 0.05)
                if answer is not None:
                    return answer[0]
                if not fits:
                    return NetworkError(None, target.address, port, "too-big", None, b"")
            return None

        first = arrives(least)
        if first is None or first.kind not in ("port", "too-big"):
            why = "no answer" if first is None else f"{first.kind} ({first.origin or 'here'})"
            return PathMtu(
                None, None, None, None, False,
                f"not even {least} bytes are answered: {why}; a firewall may drop UDP to unused ports",
            )  # fmt: skip
        good, bad = (least, largest_bytes + 1) if first.kind == "port" else (0, least)
        vanished = False
        size = largest_bytes
        while bad - good > 1:
            answer = arrives(size)
            if answer is not None and answer.kind == "port":
                # One byte more settles whether a limit that was stated is the limit.
                good, size = size, size + 1 if size == stated else (size + bad) // 2
                continue
            bad, size = size, (good + size) // 2
            vanished = answer is None
            if answer is not None and answer.kind == "too-big":
                if answer.local:
                    local = answer.mtu_bytes or local
                else:
                    reported = answer.origin
                stated = answer.mtu_bytes
                if stated and good < stated < bad:
                    size = stated
        still_there = arrives(max(good, least) if good else least) is not None
    if bad > largest_bytes:
        return PathMtu(good, None, None, local, False, f"{good} bytes, the largest tried, arrive")
    if vanished and reported is None and still_there:
        words = f"{bad} bytes vanish without a word, {good} arrive: a black hole"
        return PathMtu(good, bad, None, local, True, words)
    if reported is not None:
        words = f"{reported} says that {bad} bytes are too long"
        return PathMtu(good, bad, reported, local, vanished, words)
    if vanished:
        words = f"{bad} bytes are not answered, but then nothing is: the path changed meanwhile"
        return PathMtu(good, bad, None, local, False, words)
    return PathMtu(good, bad, None, local, False, f"{bad} bytes are too long for this interface")
