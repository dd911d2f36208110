"""Values that move with time: counters that count, gauges that sway.

The rule of a value stands in its line of a recording, in the words of snmpsim's *numeric*
variation: ``1.3.6.1.2.1.31.1.1.1.6.1|70:numeric|initial=5000,rate=125000``. Everything is a
function of the seconds since the start and of the object's name, so that two runs agree.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass, fields

from ..snmp.values import Oid, Tag, oid_text

__all__ = ["Drift", "drift_text", "parse_drift", "share_of"]

_WIDTH = {
    int(Tag.COUNTER32): 2**32,
    int(Tag.GAUGE32): 2**32,
    int(Tag.TIME_TICKS): 2**32,
    int(Tag.COUNTER64): 2**64,
}


def share_of(name: str) -> float:
    """Return a number from 0 to below 1 that the name alone decides."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:7], "big") / 2**56


@dataclass(frozen=True, slots=True)
class Drift:
    """How a number moves.

    Attributes
    ----------
    initial
        Where it starts.
    rate
        By how much it grows each second.
    deviation
        Half the width of a slow wave of a period of about a minute, whose phase the object's
        name decides; on a counter it bends the rate and never turns the count back.
    minimum, maximum
        Where it stops.
    """

    initial: float = 0.0
    rate: float = 0.0
    deviation: float = 0.0
    minimum: float = -math.inf
    maximum: float = math.inf

    def at(self, seconds: float, name: Oid, tag: int) -> int:
        """Return the number after so many seconds; counters of 32 and 64 bits turn over."""
        grown = self.initial % 1 + self.rate * seconds
        if self.deviation:
            share = share_of(oid_text(name))
            period_s = 45 + 30 * share
            turn = 2 * math.pi * (seconds / period_s + share)
            if tag in (Tag.COUNTER32, Tag.COUNTER64):
                # The integral of rate + deviation*cos(...), held below the rate: it only rises.
                held = min(self.deviation, self.rate) * period_s / (2 * math.pi)
                grown += held * (math.sin(turn) - math.sin(2 * math.pi * share))
            else:
                grown += self.deviation * math.sin(turn)
        moved = math.floor(self.initial) + math.floor(grown)
        if moved < self.minimum:
            moved = math.ceil(self.minimum)
        if moved > self.maximum:
            moved = math.floor(self.maximum)
        width = _WIDTH.get(tag)
        return moved if width is None else moved % width


_WORDS = {"min": "minimum", "max": "maximum"}
_NAMES = {field.name for field in fields(Drift)}
_IGNORED = {"cumulative", "wrap", "scale", "offset", "function"}


def parse_drift(text: str) -> Drift:
    """Read ``initial=5000,rate=12.5``.

    Words of snmpsim that only shape its own wave (``scale``, ``function``, ...) are passed over:
    counters always accumulate and turn over here.

    Raises
    ------
    ValueError
        A word is unknown or its value is not a finite number.
    """
    given: dict[str, float] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        word, equals, value = part.partition("=")
        name = _WORDS.get(word, word)
        if name in _IGNORED and equals:
            continue
        if name not in _NAMES or not equals:
            raise ValueError(f"{part!r} is none of initial=, rate=, deviation=, min=, max=")
        number = float(value)
        if not math.isfinite(number):
            raise ValueError(f"{part!r} is not a finite number")
        given[name] = number
    return Drift(**given)


def _number(value: float) -> str:
    return str(int(value)) if value.is_integer() else repr(value)


def drift_text(drift: Drift) -> str:
    """Write a drift as :func:`parse_drift` reads it."""
    parts = [f"initial={_number(drift.initial)}", f"rate={_number(drift.rate)}"]
    if drift.deviation:
        parts.append(f"deviation={_number(drift.deviation)}")
    if math.isfinite(drift.minimum):
        parts.append(f"min={_number(drift.minimum)}")
    if math.isfinite(drift.maximum):
        parts.append(f"max={_number(drift.maximum)}")
    return ",".join(parts)
