"""S6 and S19: whether each IPv6 address takes connections, and whether it harms where it does not.

A refusal (RST) and silence are told apart: who is refused turns to IPv4 at once, who hears nothing
waits (RFC 9293, RFC 8305).
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from ..verdicts import Verdict
from .findings import Finding, Heard
from .polite_wire import Silence, Wire

__all__ = ["PORTS", "TRIES", "Knock", "judge_connections", "judge_harm", "knock_everywhere"]

PORTS = (80, 443)
TRIES = 3
_MOST_ADDRESSES = 8


@dataclass(frozen=True, slots=True)
class Knock:
    """Tries to connect to one port of one address.

    Attributes
    ----------
    outcomes
        ``open`` or a kind of silence, one for each try.
    connect_ms
        The quickest; None where none came about.
    """

    address: str
    port: int
    outcomes: tuple[str, ...]
    connect_ms: float | None

    @property
    def opens(self) -> bool:
        """Whether any try came about."""
        return "open" in self.outcomes

    @property
    def steady(self) -> bool:
        """Whether every try came about."""
        return set(self.outcomes) == {"open"}


async def knock(wire: Wire, address: str, port: int, *, until_open: bool = False) -> Knock:
    """Try to connect three times, or until it comes about."""
    outcomes: list[str] = []
    times: list[float] = []
    for _ in range(TRIES):
        try:
            async with wire.turn(address):
                dialled = await wire.dial(address, port)
        except Silence as silence:
            outcomes.append(silence.kind)
            if silence.kind == "forbidden":
                break
            continue
        dialled.socket.close()
        times.append(dialled.connect_ms)
        outcomes.append("open")
        if until_open:
            break
    return Knock(address, port, tuple(outcomes), min(times, default=None))


async def knock_everywhere(
    wire: Wire, ipv6: Sequence[str], ipv4: Sequence[str]
) -> tuple[tuple[Knock, ...], tuple[Knock, ...]]:
    """Knock at both ports of each IPv6 address, and of IPv4 ones until one opens.

    Returns
    -------
    Those over IPv6 and those over IPv4.
    """
    knocks = await asyncio.gather(
        *(knock(wire, one, port) for one in ipv6[:_MOST_ADDRESSES] for port in PORTS),
        *(knock(wire, one, port, until_open=True) for one in ipv4[:2] for port in PORTS),
    )
    over_v6 = len(ipv6[:_MOST_ADDRESSES]) * len(PORTS)
    return tuple(knocks[:over_v6]), tuple(knocks[over_v6:])


def judge_connections(ipv6: Sequence[Knock], ipv4: Sequence[Knock]) -> Finding:
    """Judge S6: every port that IPv4 has opens at every IPv6 address, three times of three."""
    asked = [f"{one.address} TCP {one.port}" for one in (*ipv6, *ipv4)]
    answered = {
        "tries": [
            {"address": k.address, "port": k.port, "outcomes": list(k.outcomes),
             "connect_ms": k.connect_ms}
            for k in (*ipv6, *ipv4)
        ]
    }  # fmt: skip
    heard = Heard(asked, answered)
    if not ipv6:
        return heard.not_applicable("no-aaaa")
    wanted = {one.port for one in ipv4 if one.opens}
    if ipv4 and not wanted and not any(one.opens for one in ipv6):
        return heard.unknown("website-down", ipv4[0].outcomes[-1])
    if not wanted:  # IPv6 alone, or IPv4 is what is dead
        wanted = {one.port for one in ipv6 if one.opens}
        if not wanted:
            return heard.failed(_word(ipv6), ipv6[0].address)
    needed = [one for one in ipv6 if one.port in wanted]
    closed = [one for one in needed if not one.opens]
    for port in sorted(wanted):
        at_port = [one for one in needed if one.port == port]
        if not any(one.opens for one in at_port):
            detail = f"{at_port[0].address} TCP {port}"
            return heard.failed(_word(at_port), detail)
    if closed:
        detail = f"{closed[0].address} TCP {closed[0].port} {closed[0].outcomes[-1]}"
        return heard.partly("some-addresses", detail)
    unsteady = [one for one in needed if not one.steady]
    if unsteady:
        return heard.partly("unsteady", unsteady[0].address)
    return heard.passed()


def _word(knocks: Sequence[Knock]) -> str:
    """Return the reason that the tries give: a refusal only where all of them were refused."""
    words = {word for one in knocks for word in one.outcomes}
    if words <= {"refused", "reset"}:
        return "connection-refused"
    return "unreachable" if words <= {"unreachable", "prohibited", "forbidden"} else "timeout"


def judge_harm(connections: Finding) -> Finding:
    """Judge S19: an IPv6 address in the DNS that does not connect harms those who have IPv6."""
    heard = Heard(connections.asked)
    if connections.verdict is Verdict.FAIL:
        return heard.failed("aaaa-does-not-connect", connections.detail)
    if connections.verdict in (Verdict.UNKNOWN, Verdict.NOT_APPLICABLE):
        return Finding(
            connections.verdict, connections.reason, connections.detail, connections.asked
        )
    return heard.passed()
