"""What was counted between two polls, or why that cannot be said.

A counter tells something only where nothing happened to it in between: the agent did not begin
anew, the counter kept its width and its continuity, and 32 bits could not turn over twice
(RFC 2578 7.1.6; RFC 2863 3.1.6). What cannot be told is a reason and never a figure.
"""

from __future__ import annotations

from typing import NamedTuple

from ...probes.rates import (
    CLOCK_TOLERANCE_S,
    CLOCK_TOLERANCE_SHARE,
    FRAME_BITS,
    HEADROOM,
    SYS_UP_TIME_WRAP_S,
)
from ...probes.readings.records import Counter, Interface
from .polls import DevicePoll

__all__ = ["SHORTEST_S", "Counted", "Span", "count_between", "most_octets", "span_between"]

SHORTEST_S = 300.0
"""Least time between two polls: agents refresh these tables slowly, and a burst is no share."""


class Span(NamedTuple):
    """Seconds between two polls, or the reason why nothing between them can be told."""

    seconds: float | None
    reason: str = ""


class Counted(NamedTuple):
    """What was counted; None with a reason, or without one where there is no such counter."""

    value: int | None
    reason: str = ""


def span_between(
    before: DevicePoll | None, after: DevicePoll, *, shortest_s: float = SHORTEST_S
) -> Span:
    """Return how long two polls lie apart, by the agent's clock where it has one.

    Reasons are ``one-poll``, ``too-soon`` and ``restarted``.
    """
    if before is None or before.reading is None or after.reading is None:
        return Span(None, "one-poll")
    ours_s = after.ended_s - before.ended_s
    if ours_s < shortest_s:
        return Span(None, "too-soon")
    first, second = before.reading.system, after.reading.system
    if first.engine_boots != second.engine_boots or first.object_id != second.object_id:
        return Span(None, "restarted")
    if first.agent_uptime_s is None or second.agent_uptime_s is None:
        return Span(ours_s)
    agent_s = second.agent_uptime_s - first.agent_uptime_s
    if (
        agent_s < 0
    ):  # after 497 days the clock turns over, and advanced by the interval all the same
        agent_s += SYS_UP_TIME_WRAP_S
    if abs(agent_s - ours_s) > max(CLOCK_TOLERANCE_S, CLOCK_TOLERANCE_SHARE * ours_s):
        return Span(None, "restarted")
    return Span(agent_s)


def most_octets(interfaces: tuple[Interface, ...], seconds: float) -> float | None:
    """Return how many octets interfaces can carry both ways; None where a speed is not known."""
    speeds = [one.speed_mbps for one in interfaces]
    known = [speed for speed in speeds if speed is not None]
    if not known or len(known) < len(speeds):
        return None
    return HEADROOM * 2 * sum(known) * 1e6 / 8 * seconds


def most_packets(octets: float | None) -> float | None:
    """Return how many packets so many octets can be at most."""
    return None if octets is None else octets / (FRAME_BITS / 8)


def count_between(before: Counter | None, after: Counter | None, most: float | None) -> Counted:
    """Return how far a counter advanced.

    Parameters
    ----------
    most
        What it can count at most in the time; None when that is not known. Then 32 bits tell
        nothing, and no counter may go back.

    Examples
    --------
    >>> count_between(Counter(2**32 - 10, 32), Counter(5, 32), 1e6)
    Counted(value=15, reason='')
    >>> count_between(Counter(7, 32), Counter(9, 32), 1e12)
    Counted(value=None, reason='could-wrap')
    >>> count_between(Counter(7, 64), Counter(5, 64), 1e12)
    Counted(value=None, reason='counter-went-back')
    """
    if before is None or after is None:
        return Counted(None)
    if before.bits != after.bits:
        return Counted(None, "restarted")
    if after.bits == 32 and (most is None or most >= 2**32):
        return Counted(None, "could-wrap")
    counted = (after.value - before.value) % 2**after.bits
    if after.value < before.value and (most is None or counted > most):
        return Counted(None, "counter-went-back")
    return Counted(counted)
