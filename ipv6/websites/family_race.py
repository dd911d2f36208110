"""S15: which family a visitor's own program would take, and what a lost race costs (RFC 8305).

Programs try IPv6 first and IPv4 a quarter of a second later. That hides what is broken: the page
comes, only later. Races are run as the RFC says, and what a visitor waited more than IPv4 alone
would have taken is counted.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Sequence
from dataclasses import dataclass

from .findings import Finding, Heard
from .polite_wire import Silence, Wire, family_of

__all__ = ["ATTEMPT_DELAY_S", "RESOLUTION_DELAY_S", "Race", "judge_races", "race"]

ATTEMPT_DELAY_S = 0.25
RESOLUTION_DELAY_S = 0.05
"""RFC 8305, section 8."""
RACES = 5


@dataclass(frozen=True, slots=True)
class Race:
    """One race.

    Attributes
    ----------
    winner
        6 or 4; None where nothing connected.
    total_ms
        Until a connection stood.
    alone_v4_ms
        What IPv4 alone takes; None where it does not connect.
    """

    winner: int | None
    total_ms: float | None
    alone_v4_ms: float | None

    @property
    def added_ms(self) -> float:
        """What a visitor waited more than with IPv4 alone; 0 where IPv6 won."""
        if self.winner != 4 or self.total_ms is None or self.alone_v4_ms is None:
            return 0.0
        return max(0.0, self.total_ms - self.alone_v4_ms)


async def _try(wire: Wire, address: str, port: int) -> int | None:
    try:
        async with wire.turn(address):
            dialled = await wire.dial(address, port)
    except Silence:
        return None
    dialled.socket.close()
    return family_of(address)


def _order(ipv6: Sequence[str], ipv4: Sequence[str], *, v6_first: bool) -> list[str]:
    """Return addresses in turns of family (RFC 8305, 4)."""
    first, second = (ipv6, ipv4) if v6_first else (ipv4, ipv6)
    order: list[str] = []
    for n in range(max(len(first), len(second))):
        order += [*first[n : n + 1], *second[n : n + 1]]
    return order


async def _first(
    tasks: set[asyncio.Task[int | None]], wait_s: float | None
) -> tuple[int | None, set[asyncio.Task[int | None]]]:
    """Wait for the first connection, or until the next try is due; failures start it at once."""
    done, left = await asyncio.wait(tasks, timeout=wait_s, return_when=asyncio.FIRST_COMPLETED)
    for task in done:
        if task.result() is not None:
            return task.result(), left
    return None, left


async def race(
    wire: Wire, ipv6: Sequence[str], ipv4: Sequence[str], port: int, *, late_aaaa_s: float = 0.0
) -> Race:
    """Run one race to a port.

    Parameters
    ----------
    late_aaaa_s
        How much later AAAA comes than A; beyond 50 ms IPv4 begins.
    """
    start_s = time.perf_counter()
    waiting: set[asyncio.Task[int | None]] = set()
    winner: int | None = None
    for address in _order(ipv6, ipv4, v6_first=late_aaaa_s <= RESOLUTION_DELAY_S):
        waiting.add(asyncio.create_task(_try(wire, address, port)))
        winner, waiting = await _first(waiting, ATTEMPT_DELAY_S)
        if winner:
            break
    while winner is None and waiting:
        winner, waiting = await _first(waiting, None)
    total_ms = (time.perf_counter() - start_s) * 1000.0
    for task in waiting:
        task.cancel()
    for task in waiting:
        with contextlib.suppress(asyncio.CancelledError):
            await task
    begun_s = time.perf_counter()
    alone = await _try(wire, ipv4[0], port) if ipv4 else None
    alone_ms = (time.perf_counter() - begun_s) * 1000.0
    return Race(winner, total_ms if winner else None, alone_ms if alone else None)


def judge_races(
    races: Sequence[Race], asked: Sequence[str], *, late_aaaa_ms: float = 0.0
) -> Finding:
    """Judge S15: IPv6 wins every race."""
    lost = [one for one in races if one.winner == 4]
    added = [one.added_ms for one in lost]
    answered = {
        "races": len(races),
        "lost": len(lost),
        "late_aaaa_ms": round(late_aaaa_ms, 1),
        "added_ms": round(sum(added) / max(1, len(races)), 1),
        "total_ms": [None if r.total_ms is None else round(r.total_ms, 1) for r in races],
    }
    heard = Heard(asked, answered)
    if not races:
        return heard.not_applicable("no-pair")
    if any(one.winner is None for one in races):
        return heard.unknown("website-down")
    if not lost:
        return heard.passed()
    detail = f"{len(lost)}/{len(races)} +{max(added):.0f} ms"
    if len(lost) < len(races):
        return heard.partly("races-lost", detail)
    return heard.failed("races-lost", detail)
