"""What was heard on a link: from a capture, which needs no right, or by asking it."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from ...probes.active.frames.captures import Capture
from ...probes.active.frames.messages import Message, read_frame
from ...probes.active.frames.packets import Packet, read_packet
from ...probes.active.frames.passage import HeaderPassage
from ..evidence import Evidence
from ..verdicts import Basis, Verdict

__all__ = ["Heard", "capture_heard", "frames_heard"]

_MOST_MESSAGES = _MOST_PACKETS = 100_000
_MOST_HOSTS = 20_000
_GLOBAL = ipaddress.IPv6Network("2000::/3")
_M = TypeVar("_M")


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What is known of a link.

    Attributes
    ----------
    subject, vantage
        As evidence names them.
    began_s, duration_s
        Unix time of the first frame, and seconds to the last, or of asking.
    messages
        Each with its Unix time.
    packets
        Those with extension headers, with faults, or that begin a connection over TCP.
    hosts
        MAC and global address of every source.
    asked
        Questions that were put to the link; none for a capture.
    answer_s
        Address that was asked for to the time its owner took, seconds; None for silence.
    conflicts
        Own addresses that somebody else claims.
    resolver_answers
        Resolver to whether it answered over IPv6; None where none was asked.
    dns64_prefixes
        That a resolver makes addresses from (RFC 7050); None where none was asked.
    inbound
        Port of a host behind the link to ``open``, ``refused``, ``silent``, ``prohibited`` (a
        filter says so) or ``unreachable``; None for not tried.
    inbound_answers_echo
        Whether that host answers echoes where all ports are silent; None for not asked.
    passages
        Target to what echoes behind extension headers met; None for not tried.
    hops
        Routers on the way to one target over IPv4 and IPv6, None in it for not reached.
    link_mtu_bytes
        Of the interface.
    frames, unreadable
        How many came, and how many of IPv6 broke rules.
    trouble
        Why a capture ended early; "" where it did not.
    """

    subject: str
    vantage: str
    began_s: float
    duration_s: float = 0.0
    messages: tuple[tuple[float, Message], ...] = ()
    packets: tuple[tuple[float, Packet], ...] = ()
    hosts: frozenset[tuple[str, str]] = frozenset()
    asked: frozenset[str] = frozenset()
    answer_s: Mapping[str, float | None] | None = None
    conflicts: tuple[str, ...] | None = None
    resolver_answers: Mapping[str, bool] | None = None
    dns64_prefixes: tuple[str, ...] | None = None
    inbound: Mapping[int, str] | None = None
    inbound_answers_echo: bool | None = None
    passages: Mapping[str, HeaderPassage] | None = None
    hops: tuple[int | None, int | None] | None = None
    link_mtu_bytes: int | None = None
    frames: int = 0
    unreadable: int = 0
    trouble: str = ""

    def of(self, kind: type[_M]) -> list[_M]:
        """Return the messages of a kind, in the order heard."""
        return [one for _, one in self.messages if isinstance(one, kind)]

    def timed(self, kind: type[_M]) -> list[tuple[float, _M]]:
        """Return the messages of a kind with their times."""
        return [(at_s, one) for at_s, one in self.messages if isinstance(one, kind)]

    def row(
        self,
        check_id: str,
        verdict: Verdict,
        reason: str = "",
        *,
        detail: str = "",
        answered: Mapping[str, Any] | None = None,
    ) -> Evidence:
        """Return the evidence for a check of this link."""
        return Evidence(
            check_id=check_id,
            subject=self.subject,
            vantage=self.vantage,
            asked=tuple(sorted(self.asked)) or ("capture",),
            answered={"frames": self.frames, "trouble": self.trouble, **(answered or {})},
            began_s=self.began_s,
            duration_s=self.duration_s,
            verdict=verdict,
            reason=reason,
            detail=detail[:500],
            basis=Basis.MEASURED if self.asked else Basis.PASSIVE,
        )


def _worth_keeping(packet: Packet) -> bool:
    begins = packet.protocol == 6 and len(packet.body) >= 14 and packet.body[13] & 0x06 != 0
    return bool(packet.fault or packet.extensions or begins)


def frames_heard(frames: Iterable[tuple[float, bytes]], *, subject: str, vantage: str) -> Heard:
    """Return what frames say, in bounded memory: of what repeats, the first hundred thousand."""
    messages: list[tuple[float, Message]] = []
    packets: list[tuple[float, Packet]] = []
    hosts: set[tuple[str, str]] = set()
    first = last = None
    count = unreadable = 0
    for at_s, frame in frames:
        count += 1
        first, last = at_s if first is None else min(first, at_s), max(last or at_s, at_s)
        message = read_frame(frame)
        if message is not None and len(messages) < _MOST_MESSAGES:
            messages.append((at_s, message))
        packet = read_packet(frame)
        if packet is None:
            continue
        # One that was only captured in part is no fault of its sender.
        unreadable += packet.fault not in ("", "cut")
        if _worth_keeping(packet) and len(packets) < _MOST_PACKETS:
            packets.append((at_s, packet))
        near = len(hosts) < _MOST_HOSTS and packet.version == 6 and packet.source[0] in "23"
        if near and ipaddress.IPv6Address(packet.source) in _GLOBAL:
            hosts.add((packet.mac, packet.source))
    return Heard(
        subject=subject,
        vantage=vantage,
        began_s=first or 0.0,
        duration_s=(last or 0.0) - (first or 0.0),
        messages=tuple(messages),
        packets=tuple(packets),
        hosts=frozenset(hosts),
        frames=count,
        unreadable=unreadable,
    )


def capture_heard(path: Path, *, subject: str, vantage: str) -> Heard:
    """Return what a capture says, as far as it is whole.

    Raises
    ------
    FileError
        It is no capture.
    """
    capture = Capture(path)
    heard = frames_heard(capture, subject=subject, vantage=vantage)
    return replace(heard, trouble=capture.trouble)
