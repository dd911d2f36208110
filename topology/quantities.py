"""Quantities as people write them: ``90%``, ``0.5 Tbit/s``, ``2 h``, ``5万人``, and tolerances.

A value is kept in its metric's own unit, shares as 0..1; here it is read and shown.
"""

from __future__ import annotations

import difflib
import math
import re
from dataclasses import dataclass

from .errors import UsageError
from .metrics import Metric

__all__ = ["UNITS", "Tolerance", "parse_quantity", "parse_share", "parse_tolerance", "shown"]

UNITS: dict[str, dict[str, float]] = {
    "share": {"": 1.0, "%": 0.01, "‰": 0.001},
    "ratio": {"": 1.0, "%": 0.01},
    "dB": {"": 1.0, "dB": 1.0},
    "Mbit/s": {"": 1.0, "kbit/s": 0.001, "Mbit/s": 1.0, "Gbit/s": 1e3, "Tbit/s": 1e6},
    "Gbit/s": {"": 1.0, "Mbit/s": 0.001, "Gbit/s": 1.0, "Tbit/s": 1e3},
    "Tbit/s": {"": 1.0, "Mbit/s": 1e-6, "Gbit/s": 0.001, "Tbit/s": 1.0},
    "Mbit/s/km2": {"": 1.0, "Mbit/s/km2": 1.0, "Gbit/s/km2": 1e3},
    "minutes": {"": 1.0, "s": 1 / 60, "min": 1.0, "minutes": 1.0, "h": 60.0, "d": 1440.0},
    "km": {"": 1.0, "m": 0.001, "km": 1.0},
    "people": {"": 1.0, "people": 1.0, "万人": 10_000.0},
    "households": {"": 1.0, "households": 1.0, "万户": 10_000.0},
    "sites": {"": 1.0, "sites": 1.0},
    "links": {"": 1.0, "links": 1.0},
    "nodes": {"": 1.0, "nodes": 1.0},
    "parts": {"": 1.0, "parts": 1.0},
    "paths": {"": 1.0, "paths": 1.0},
    "groups": {"": 1.0, "groups": 1.0},
    "gaps": {"": 1.0, "gaps": 1.0},
    "places": {"": 1.0, "places": 1.0},
    "channels": {"": 1.0, "channels": 1.0},
    "fields": {"": 1.0, "fields": 1.0},
    "transmitters": {"": 1.0, "transmitters": 1.0},
    "fibre.unit": {"": 1.0, "万": 10_000.0},
    "date": {},
}
"""Unit of a metric to the units that may stand in an assertion, as factors to it."""


_QUANTITY = re.compile(r"([+-]?(?:\d[\d,]*\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*(\S*)")


def _number_and_unit(text: str) -> tuple[float, str]:
    match = _QUANTITY.fullmatch(text.strip())
    if match is None:
        raise UsageError(f"{text[:80]!r} is not a quantity; write a number and a unit, such as 90%")
    value = float(match[1].replace(",", ""))
    if not math.isfinite(value):
        raise UsageError(f"{text[:80]!r} is not a finite number")
    return value, match[2]


def parse_quantity(text: str, metric: Metric) -> float:
    """Return a quantity in the metric's unit.

    Raises
    ------
    UsageError
        It is no number, or its unit is not one of the metric's; the nearest is named.

    Examples
    --------
    >>> from ngbw.topology.metrics import METRICS
    >>> parse_quantity("90%", METRICS["coverage.share"])
    0.9
    >>> parse_quantity("500 Gbit/s", METRICS["egress.tbps"])
    0.5
    """
    value, unit = _number_and_unit(text)
    factors = UNITS[metric.unit]
    if unit not in factors:
        close = difflib.get_close_matches(unit, factors, n=1, cutoff=0.4)
        hint = f"did you mean {close[0]}?" if close else ""
        known = ", ".join(name for name in factors if name) or "none: it is a date"
        raise UsageError(
            f"{unit[:40]!r} is not a unit of {metric.name}; {hint or f'its units are {known}'}"
        )
    # Dividing by the reciprocal keeps 90 % the same number as 0.9.
    factor = factors[unit]
    scaled = value / round(1 / factor) if factor < 1 and (1 / factor) % 1 == 0 else value * factor
    if metric.unit == "share" and abs(scaled) > 1:
        raise UsageError(f"{text[:80]!r} is no share; {metric.name} lies between 0 and 100%")
    return scaled


def parse_share(text: str) -> float:
    """Return a share, 0 to 1, as people write one: ``0.90``, ``90%`` or ``90``.

    A number below 1 is a share, one above 1 is per cent, and one with a unit is what the unit
    says. A bare 1 may be either and is refused.

    Raises
    ------
    UsageError
        It is no number, lies outside 0 to 100 %, or is a bare 1.

    Examples
    --------
    >>> parse_share("0.9"), parse_share("90%"), parse_share("90")
    (0.9, 0.9, 0.9)
    """
    value, unit = _number_and_unit(text.replace("％", "%"))
    scales = {"": 1.0 if value < 1 else 100.0, "%": 100.0, "‰": 1000.0}
    if unit not in scales:
        raise UsageError(f"{text[:80]!r} is no share; write 0.90, 90 or 90%")
    if unit == "" and value == 1:
        raise UsageError(f"{text[:80]!r} may mean 1% or 100%; write which, with the per cent sign")
    share = value / scales[unit]
    if not 0 <= share <= 1:
        raise UsageError(f"{text[:80]!r} is no share; a share lies between 0 and 100%")
    return share


@dataclass(frozen=True, slots=True)
class Tolerance:
    """How much worse a value may be: so much, or so much of what it was."""

    absolute: float = 0.0
    relative: float = 0.0

    def allows(self, old: float, loss: float) -> bool:
        """Tell whether a loss from the old value is within it, but for rounding."""
        return loss <= max(self.absolute, self.relative * abs(old)) + 1e-9 * max(1.0, abs(old))


def parse_tolerance(text: str, metric: Metric) -> Tolerance:
    """Return a tolerance: ``0.2pt`` (points of a share), ``1%`` of the old value, or a quantity.

    Raises
    ------
    UsageError
        It is none of these, or negative.
    """
    value, unit = _number_and_unit(text)
    if value < 0:
        raise UsageError(f"tolerance {text[:80]!r} of {metric.name} is negative; give 0 or more")
    if unit == "pt":
        if metric.unit not in ("share", "ratio"):
            raise UsageError(
                f"tolerance {text[:80]!r}: points are for shares, {metric.name} is in {metric.unit}"
            )
        return Tolerance(absolute=value / 100)
    if unit == "%":
        return Tolerance(relative=value / 100)
    return Tolerance(absolute=parse_quantity(text, metric))


def shown(value: float | None, metric: Metric) -> str:
    """Return a value for reading, in the unit people use; ``unknown`` for None."""
    if value is None:
        return "unknown"
    if metric.unit in ("share", "ratio"):
        return f"{100 * value:.4g} %"
    if metric.unit == "dB":
        return f"{value:.2f} dB"  # finer than any budget is known
    digits = f"{value:,.0f}" if float(value).is_integer() or abs(value) >= 1000 else f"{value:.4g}"
    if metric.unit == "fibre.unit":  # which money that is, the project's settings say
        return digits
    counted = "/" not in metric.unit and len(metric.unit) > 2
    unit = metric.unit.removesuffix("s") if digits == "1" and counted else metric.unit
    return f"{digits} {unit}"
