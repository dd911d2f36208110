"""Figures that follow from others: standing waves, levels in other units, margins."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

__all__ = ["FORMULAS", "Formula", "reflected_power_w", "vswr"]


class Formula(NamedTuple):
    """A function of so many figures, None where it has no answer."""

    inputs: int | None  # None: any number
    meaning: str
    compute: Callable[..., float | None]


def vswr(forward_w: float, reflected_w: float) -> float | None:
    """Return the standing wave ratio of forward and reflected power.

    ``(1 + g) / (1 - g)`` with the reflection coefficient ``g = sqrt(reflected / forward)``. None
    without forward power, or where more comes back than goes out.

    Examples
    --------
    >>> vswr(100, 4), vswr(50, 0), vswr(0, 0), vswr(10, 10)
    (1.5, 1.0, None, None)
    """
    if forward_w <= 0 or reflected_w < 0 or reflected_w >= forward_w:
        return None
    coefficient = math.sqrt(reflected_w / forward_w)
    return round((1 + coefficient) / (1 - coefficient), 6)


def reflected_power_w(forward_w: float, standing: float) -> float | None:
    """Return the power that comes back, from forward power and standing wave ratio.

    Examples
    --------
    >>> reflected_power_w(100, 1.5), reflected_power_w(100, 0.5)
    (4.0, None)
    """
    if forward_w < 0 or standing < 1:
        return None
    return round(forward_w * ((standing - 1) / (standing + 1)) ** 2, 9)


def _db_below(forward_w: float, reflected_w: float) -> float | None:
    """Return the return loss in dB; None where nothing comes back."""
    if forward_w <= 0 or reflected_w <= 0:
        return None
    return 10 * math.log10(forward_w / reflected_w)


def _mean(*values: float) -> float | None:
    return sum(values) / len(values) if values else None


FORMULAS: dict[str, Formula] = {
    "vswr": Formula(2, "standing wave ratio of forward and reflected power in W", vswr),
    "reflected-power": Formula(2, "power back, of forward power and VSWR", reflected_power_w),
    "return-loss": Formula(2, "dB between forward and reflected power", _db_below),
    "difference": Formula(2, "the first less the second, as a margin", lambda a, b: a - b),
    "sum": Formula(None, "sum", lambda *values: sum(values)),
    "mean": Formula(None, "arithmetic mean", _mean),
    "dbm-of-dbuv-75": Formula(1, "dBm of dBµV at 75 ohms", lambda level: level - 108.75),
    "dbm-of-dbuv-50": Formula(1, "dBm of dBµV at 50 ohms", lambda level: level - 106.99),
    "dbuv-of-dbmv": Formula(1, "dBµV of dBmV", lambda level: level + 60),
}
"""Every formula that a profile may name."""
