"""Counters into rates, each with a verdict.

A counter's rate is known only when nothing happened to the counter in between. The rule, for each
counter of each port, the first that applies:

1. not read before or now: ``gap``;
2. another width than before, the agent began anew, or its ifCounterDiscontinuityTime moved:
   ``reset``;
3. the agent's clock and ours disagree about the interval: ``suspect``;
4. 32 bits, and the interval is longer than half the time in which the port's speed turns them
   over: ``no-hc``;
5. 32 bits, went backwards, and what it counted modulo 2^32 is at most 1.05 times what the port can
   carry in the interval: ``wrapped``; any other step backwards: ``suspect``, without a rate;
6. more than 1.05 times what the port can carry, or a 32-bit counter on a port of unknown speed:
   ``suspect``, with its rate;
7. at or above the port's speed: ``saturated``; else ``ok``.

Differences are taken in whole numbers modulo the width, so that a Counter64 above 2^53 or 2^63
loses nothing. The interval is the agent's own (its sysUpTime came in the same reply, so that
delays on the way do not blur it) as long as both clocks agree; ours must be monotonic. A sysUpTime
that turns over after 497 days looks like a restart and is none: it advanced by the interval,
modulo 2^32 ticks.

Sources: RFC 2863 (3.1.6, counter size; ifCounterDiscontinuityTime), RFC 2578 (7.1.6, 7.1.10),
RFC 3418 (sysUpTime).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from .quality import Quality

__all__ = [
    "CLOCK_TOLERANCE_S",
    "CLOCK_TOLERANCE_SHARE",
    "FRAME_BITS",
    "HEADROOM",
    "QUALITIES",
    "SYS_UP_TIME_WRAP_S",
    "CounterReading",
    "Rates",
    "Unit",
    "qualities",
    "rates",
]

HEADROOM = 1.05
"""What a port may seem to carry, as a multiple of its speed: octets in its queues, blurred times."""

FRAME_BITS = 512
"""Shortest Ethernet frame (IEEE 802.3, 64 octets): no port carries more packets than that."""

SYS_UP_TIME_WRAP_S = 2**32 / 100
"""sysUpTime counts hundredths in 32 bits: 497 days."""

CLOCK_TOLERANCE_S = 5.0
"""How far the agent's interval may be from ours: a reply that was repeated came late."""

CLOCK_TOLERANCE_SHARE = 0.05
"""... or this share of the interval, for clocks that run fast or slow."""

QUALITIES: tuple[Quality, ...] = tuple(Quality)
"""Qualities by the number that stands for each in arrays."""

_OK, _WRAPPED, _RESET, _GAP, _SUSPECT, _NO_HC, _SATURATED = range(7)


class Unit(IntEnum):
    """What a counter counts; tells how fast it can run."""

    OCTETS = 0
    PACKETS = 1
    FAULTS = 2  # errors and discards: 32 bits everywhere, and never as many as packets


@dataclass(frozen=True, slots=True, eq=False)
class CounterReading:
    """What was read of many ports at once.

    Attributes
    ----------
    counts
        ``[port, counter]``, unsigned; what stands where ``width_bits`` is 0 is ignored.
    width_bits
        ``[port, counter]``: 64, 32, or 0 where the agent gave nothing.
    clock_s
        ``[port]``: our monotonic clock when the reply came; not the time of day, which steps.
    uptime_s
        ``[port]``: the agent's sysUpTime or snmpEngineTime; NaN when it is not known.
    discontinuity_ticks
        ``[port]`` or ``[port, counter]``: ifCounterDiscontinuityTime; -1 when the agent has none.
    speed_bps
        ``[port]`` or ``[port, counter]``: from ifHighSpeed; NaN when it is not known.
    """

    counts: NDArray[np.uint64]
    width_bits: NDArray[np.uint8]
    clock_s: NDArray[np.float64]
    uptime_s: NDArray[np.float64]
    discontinuity_ticks: NDArray[np.int64]
    speed_bps: NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Rates:
    """Rates of many ports.

    Attributes
    ----------
    per_s
        ``[port, counter]``; NaN where there is none.
    quality
        ``[port, counter]``: index into :data:`QUALITIES`.
    interval_s
        ``[port]``: time that the rates are over; NaN when it is not known.
    """

    per_s: NDArray[np.float64]
    quality: NDArray[np.uint8]
    interval_s: NDArray[np.float64]

    def quality_of(self, port: int, counter: int) -> Quality:
        """Return the verdict on one rate."""
        return QUALITIES[int(self.quality[port, counter])]


def qualities(codes: NDArray[np.uint8]) -> list[Quality]:
    """Return the qualities that numbers of an array stand for."""
    return [QUALITIES[code] for code in codes.ravel().tolist()]


def _intervals(
    before: CounterReading, after: CounterReading, uptime_wrap_s: float
) -> tuple[NDArray[np.float64], NDArray[np.bool_], NDArray[np.bool_]]:
    """Return the interval of each port, whether its agent began anew, and whether clocks agree."""
    ours_s = after.clock_s - before.clock_s
    agent_s = after.uptime_s - before.uptime_s
    known = np.isfinite(agent_s)
    # An uptime that turned over advanced by the interval like any other, modulo its width.
    turned_s = np.where(agent_s < 0, agent_s + uptime_wrap_s, agent_s)
    tolerance_s = np.maximum(CLOCK_TOLERANCE_S, CLOCK_TOLERANCE_SHARE * np.abs(ours_s))
    agree = known & (np.abs(turned_s - ours_s) <= tolerance_s) & (ours_s > 0) & (turned_s > 0)
    # An agent that is up for less time than has passed since we asked last began in between.
    young = known & (after.uptime_s <= ours_s + tolerance_s)
    anew = known & ~agree & ((agent_s < 0) | (young & (turned_s < ours_s)))
    interval_s = np.where(agree, turned_s, np.where(known, np.nan, ours_s))
    trusted = agree | (~known & (ours_s > 0))
    return np.where(interval_s > 0, interval_s, np.nan), anew, trusted


_Number = TypeVar("_Number", bound=np.generic)


def _by_counter(values: NDArray[_Number]) -> NDArray[_Number]:
    """Return what stands for a port, or for each of its counters, as two dimensions."""
    return values[:, None] if values.ndim == 1 else values


def rates(
    before: CounterReading,
    after: CounterReading,
    units: NDArray[np.uint8] | tuple[Unit, ...],
    *,
    uptime_wrap_s: float = SYS_UP_TIME_WRAP_S,
) -> Rates:
    """Return the rate of every counter of every port, with its verdict.

    Parameters
    ----------
    before, after
        The same ports and counters in the same order, read earlier and later.
    units
        :class:`Unit` of each counter.
    uptime_wrap_s
        When the agent's clock turns over: 2^31 s for snmpEngineTime.
    """
    unit = np.asarray(units, dtype=np.uint8)[None, :]
    interval_s, anew, trusted = _intervals(before, after, uptime_wrap_s)
    time_s = interval_s[:, None]
    # A port that was renegotiated in between could carry what the faster speed allows.
    speed_bps = np.fmax(_by_counter(before.speed_bps), _by_counter(after.speed_bps))
    speed_bps = np.where(speed_bps > 0, speed_bps, np.nan)
    limit_per_s = np.where(unit == Unit.OCTETS, speed_bps / 8, speed_bps / FRAME_BITS)

    missing = (before.width_bits == 0) | (after.width_bits == 0)
    narrow = after.width_bits == 32
    marks = _by_counter(before.discontinuity_ticks), _by_counter(after.discontinuity_ticks)
    moved = (marks[0] >= 0) & (marks[1] >= 0) & (marks[0] != marks[1])
    reset = (before.width_bits != after.width_bits) | anew[:, None] | moved
    too_slow = narrow & (unit != Unit.FAULTS) & (time_s > 0.5 * 2.0**32 / limit_per_s)

    backwards = after.counts < before.counts
    counted = after.counts - before.counts  # modulo 2^64
    counted = np.where(narrow, counted & np.uint64(0xFFFFFFFF), counted).astype(np.float64)
    per_s = counted / time_s
    plausible = per_s <= HEADROOM * limit_per_s  # false where the speed is not known
    # Errors have no 64-bit counter, and one that was cleared by hand must not pass for a flood.
    wraps = backwards & narrow & plausible & ((unit != Unit.FAULTS) | (counted <= 2.0**31))
    blind = np.isnan(limit_per_s)

    unsure = np.where(blind, narrow & (unit != Unit.FAULTS), ~plausible)
    verdicts = (
        (missing, _GAP),
        (reset, _RESET),
        (np.broadcast_to(~trusted[:, None], missing.shape), _SUSPECT),
        (too_slow, _NO_HC),
        (wraps, _WRAPPED),
        (backwards | unsure, _SUSPECT),
        ((unit == Unit.OCTETS) & (per_s >= limit_per_s), _SATURATED),
    )
    quality = np.select(
        [condition for condition, _ in verdicts], [code for _, code in verdicts], _OK
    ).astype(np.uint8)
    forward_suspect = (quality == _SUSPECT) & trusted[:, None] & ~backwards
    has_rate = (quality == _OK) | (quality == _WRAPPED) | (quality == _SATURATED) | forward_suspect
    return Rates(np.where(has_rate, per_s, np.nan), quality, interval_s)
