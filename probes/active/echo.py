"""Echo requests to many targets at once: who answers, how fast, how many are lost.

One socket a family for all targets. Where the kernel lets this user have ping sockets
(``net.ipv4.ping_group_range``) no privilege is needed; else a raw socket, which needs
CAP_NET_RAW. Answers are matched by a random token in the payload, so that a stranger's or an
earlier run's cannot be taken for ours.
"""

from __future__ import annotations

import contextlib
import errno
import heapq
import secrets
import selectors
import socket
import struct
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from ...topology.errors import SurroundingsError, UsageError
from ..safety import Target
from .delays import DelayFigures, delay_figures
from .error_queue import ask_for_errors, require_linux, take_errors

__all__ = ["EchoPlan", "EchoResult", "echo"]

_REQUEST = {socket.AF_INET: 8, socket.AF_INET6: 128}  # RFC 792, RFC 4443
_REPLY = {socket.AF_INET: 0, socket.AF_INET6: 129}
_HEADER = struct.Struct("!BBHHH")  # type, code, checksum, identifier, sequence number
_MARK = struct.Struct("!8sII")  # token of this call, number of the target, number of the probe
_ROOM = 4 * 1024 * 1024
_DROPS = 40  # SO_RXQ_OVFL
_FAIR_LAG_S = 0.1  # answers that lay unread so long make the round trips worthless


@dataclass(frozen=True, slots=True)
class EchoPlan:
    """How many requests each target gets, and how they are spaced.

    Attributes
    ----------
    count
        Requests, 1 to 1000.
    interval_s
        Between two to one target, 0.01 s at least: nobody is flooded.
    timeout_s
        An answer that takes longer counts as lost.
    payload_bytes
        Behind the ICMP header, 16 to 8,972.
    """

    count: int = 10
    interval_s: float = 0.2
    timeout_s: float = 1.0
    payload_bytes: int = 56

    def __post_init__(self) -> None:
        """Refuse what would flood a target or cannot be sent."""
        for name, low, high in (
            ("count", 1, 1000),
            ("interval_s", 0.01, 60.0),
            ("timeout_s", 0.01, 60.0),
            ("payload_bytes", _MARK.size, 8972),
        ):
            if not low <= getattr(self, name) <= high:
                raise UsageError(
                    f"echo {name} is {getattr(self, name)}; it must be {low} to {high}"
                )


@dataclass(frozen=True, slots=True)
class EchoResult:
    """What a target answered.

    Attributes
    ----------
    rtt_ms
        Round trip of each request in the order of sending; None where no answer came in time.
    duplicates
        Answers to requests that had been answered.
    errors
        What routers said, each once, such as ``unreachable (192.0.2.1)``.
    trustworthy
        False when this machine dropped answers, read them late or could not send.
    """

    target: Target
    rtt_ms: tuple[float | None, ...]
    duplicates: int
    errors: tuple[str, ...]
    trustworthy: bool

    @property
    def figures(self) -> DelayFigures:
        """Loss, delay and jitter."""
        return delay_figures(self.rtt_ms)


@dataclass(slots=True)
class _State:
    """What is known of one target so far."""

    rtt_ms: list[float | None]
    sent_s: list[float]
    duplicates: int = 0
    errors: dict[str, None] = field(default_factory=dict)
    unsent: int = 0


def _open(family: socket.AddressFamily) -> socket.socket:
    protocol = socket.IPPROTO_ICMPV6 if family == socket.AF_INET6 else socket.IPPROTO_ICMP
    refused: OSError | None = None
    for kind in (socket.SOCK_DGRAM, socket.SOCK_RAW):
        try:
            sock = socket.socket(family, kind, protocol)
        except OSError as error:
            refused = error
            continue
        sock.setblocking(False)
        ask_for_errors(sock)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _ROOM)
        sock.setsockopt(socket.SOL_SOCKET, _DROPS, 1)
        if kind == socket.SOCK_RAW and family == socket.AF_INET6:
            # ICMP6_FILTER (1): let echo replies through and nothing else.
            mask = bytearray(b"\xff" * 32)
            word = struct.unpack_from("=I", mask, 4 * (129 >> 5))[0] & ~(1 << (129 & 31))
            struct.pack_into("=I", mask, 4 * (129 >> 5), word)
            with contextlib.suppress(OSError):
                sock.setsockopt(socket.IPPROTO_ICMPV6, 1, bytes(mask))
        return sock
    raise SurroundingsError(
        f"this user may not send echo requests ({refused}); allow ping sockets with "
        "sysctl net.ipv4.ping_group_range='0 2147483647', or give CAP_NET_RAW"
    )


def _checksum(data: bytes) -> int:
    """Return the Internet checksum (RFC 1071)."""
    if len(data) % 2:
        data += b"\0"
    total: int = sum(struct.unpack(f"!{len(data) // 2}H", data))
    total = (total & 0xFFFF) + (total >> 16)
    return ~(total + (total >> 16)) & 0xFFFF


def _request(family: int, identifier: int, number: int, payload: bytes) -> bytes:
    kind, sequence = _REQUEST[socket.AddressFamily(family)], number & 0xFFFF
    plain = _HEADER.pack(kind, 0, 0, identifier, sequence) + payload
    if family == socket.AF_INET6:  # the kernel fills in the checksum of ICMPv6
        return plain
    return _HEADER.pack(kind, 0, _checksum(plain), identifier, sequence) + payload


def _payload_of(family: int, datagram: bytes) -> bytes | None:
    """Return the payload of an echo reply; None for anything else."""
    if family == socket.AF_INET and len(datagram) > 20 and datagram[0] >> 4 == 4:
        datagram = datagram[(datagram[0] & 0x0F) * 4 :]  # a raw socket gives the IP header too
    if len(datagram) < _HEADER.size or datagram[0] != _REPLY[socket.AddressFamily(family)]:
        return None
    return datagram[_HEADER.size :]


def echo(targets: Sequence[Target], plan: EchoPlan | None = None) -> list[EchoResult]:
    """Send echo requests to every target and wait for the answers.

    Requests to different targets are spread over the interval, so that no burst leaves at once.

    Raises
    ------
    SurroundingsError
        This system or this user cannot send echo requests.
    """
    require_linux()
    plan = plan or EchoPlan()
    token = secrets.token_bytes(8)
    filler = bytes(k & 0xFF for k in range(plan.payload_bytes - _MARK.size))
    identifier = int.from_bytes(token[:2])
    states = [_State([None] * plan.count, [0.0] * plan.count) for _ in targets]
    destinations = []
    for target in targets:
        kind = socket.SOCK_DGRAM
        destinations.append(socket.getaddrinfo(target.address, 0, target.family, kind)[0][4])
    drops, lag_s = 0, 0.0
    with contextlib.ExitStack() as stack:
        sockets = {
            family: stack.enter_context(_open(family))
            for family in dict.fromkeys(target.family for target in targets)
        }
        selector = stack.enter_context(selectors.DefaultSelector())
        for sock in sockets.values():
            selector.register(sock, selectors.EVENT_READ)
        start = time.monotonic()
        due = [
            (start + plan.interval_s * (k + n / len(targets)), n, k)
            for n in range(len(targets))
            for k in range(plan.count)
        ]
        heapq.heapify(due)
        last = start + plan.interval_s * plan.count + plan.timeout_s
        open_requests = len(due)
        while open_requests and (now := time.monotonic()) < last:
            while due and due[0][0] <= now:
                _, n, k = heapq.heappop(due)
                family = targets[n].family
                packet = _request(family, identifier, k, _MARK.pack(token, n, k) + filler)
                states[n].sent_s[k] = time.monotonic()
                try:
                    sockets[family].sendto(packet, destinations[n])
                except OSError as error:
                    _note_unsent(states[n], error)
                    open_requests -= 1
            wake = min(due[0][0] if due else last, last)
            looked = time.monotonic()
            ready = selector.select(max(0.0, wake - looked))
            for key, _ in ready:
                came, dropped = _drain(key.fileobj, token, states, plan.timeout_s)  # type: ignore[arg-type]
                open_requests -= came
                drops = max(drops, dropped)
            if ready:
                lag_s = max(lag_s, time.monotonic() - max(looked, now) - max(0.0, wake - looked))
    fair = drops == 0 and lag_s < _FAIR_LAG_S
    return [
        EchoResult(
            target,
            tuple(state.rtt_ms),
            state.duplicates,
            tuple(state.errors),
            fair and state.unsent == 0,
        )
        for target, state in zip(targets, states, strict=True)
    ]


def _note_unsent(state: _State, error: OSError) -> None:
    """Note a request that did not leave; a routing error met by an earlier one is an answer."""
    state.errors[f"not sent: {error.strerror}"] = None
    if error.errno not in (errno.EHOSTUNREACH, errno.ECONNREFUSED):
        state.unsent += 1


def _drain(
    sock: socket.socket, token: bytes, states: Sequence[_State], timeout_s: float
) -> tuple[int, int]:
    """Read what waits at a socket; return how many requests were answered, and drops so far."""
    answered = drops = 0
    for error in take_errors(sock):
        mark = error.payload[_HEADER.size :]
        if len(mark) >= _MARK.size:
            ours, n, _ = _MARK.unpack_from(mark)
            if ours == token and n < len(states):
                states[n].errors[f"{error.kind} ({error.origin or 'this machine'})"] = None
    while True:
        try:
            datagram, ancillary, _, _ = sock.recvmsg(10_000, 128)
        except BlockingIOError:
            return answered, drops
        except OSError:  # an error that also stands in the queue
            continue
        now = time.monotonic()
        for level, kind, data in ancillary:
            if level == socket.SOL_SOCKET and kind == _DROPS:
                drops = struct.unpack("=I", data[:4])[0]
        payload = _payload_of(sock.family, datagram)
        if payload is None or len(payload) < _MARK.size:
            continue
        ours, n, k = _MARK.unpack_from(payload)
        if ours != token or n >= len(states) or k >= len(states[n].rtt_ms):
            continue
        state = states[n]
        took_s = now - state.sent_s[k]
        if state.rtt_ms[k] is not None:
            state.duplicates += 1
        elif took_s <= timeout_s:
            state.rtt_ms[k] = took_s * 1000.0
            answered += 1
