"""How far a received optical power is from where its module gives up, and whether it drifts.

The margin is counted to the nearer of the two alarm limits that the module states (SFF-8472, or the
vendor's MIB); where it states none, the warning limits stand in for them. Modules report "no light"
as -40 dBm, 0 mW or a full register: that is no measurement and gives neither margin nor trend.

The trend is the median of all slopes between two samples (Theil and Sen): a cleaned connector or a
burst of bad readings moves it little. It is told from a day of samples on.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["NO_LIGHT_DBM", "OpticalLimits", "Trend", "optical_margin_db", "optical_trend"]

NO_LIGHT_DBM = -40.0
"""What modules report when their receiver is dark; real receivers end at about -36 dBm."""

_DAY_S = 86_400.0
_LEAST_SAMPLES = 20
_MOST_SAMPLES = 300


@dataclass(frozen=True, slots=True)
class OpticalLimits:
    """What the module says it can bear, in dBm; None where it does not say."""

    low_alarm_dbm: float | None = None
    low_warning_dbm: float | None = None
    high_warning_dbm: float | None = None
    high_alarm_dbm: float | None = None

    @property
    def low_dbm(self) -> float | None:
        """The lower limit that a margin is counted to."""
        return self.low_warning_dbm if self.low_alarm_dbm is None else self.low_alarm_dbm

    @property
    def high_dbm(self) -> float | None:
        """The upper limit that a margin is counted to."""
        return self.high_warning_dbm if self.high_alarm_dbm is None else self.high_alarm_dbm


@dataclass(frozen=True, slots=True)
class Trend:
    """How a received power drifts.

    Attributes
    ----------
    db_per_day
        Median slope; negative when light is lost.
    samples, span_s
        What it rests on.
    days_left
        Days until the limit on that side is met when it goes on so; None when it moves towards
        none, or the limit is not known.
    """

    db_per_day: float
    samples: int
    span_s: float
    days_left: float | None


def _is_light(power_dbm: float | None) -> bool:
    return power_dbm is not None and math.isfinite(power_dbm) and power_dbm > NO_LIGHT_DBM


def optical_margin_db(power_dbm: float | None, limits: OpticalLimits) -> float | None:
    """Return the distance to the nearer limit; negative beyond it, None when it is not known."""
    if power_dbm is None or not _is_light(power_dbm):
        return None
    low, high = limits.low_dbm, limits.high_dbm
    distances = []
    if low is not None:
        distances.append(power_dbm - low)
    if high is not None:
        distances.append(high - power_dbm)
    return min(distances) if distances else None


def optical_trend(
    at_s: NDArray[np.float64],
    power_dbm: NDArray[np.float64],
    limits: OpticalLimits | None = None,
) -> Trend | None:
    """Return the drift of a power; None under 20 samples with light or a day between them."""
    light = np.isfinite(power_dbm) & (power_dbm > NO_LIGHT_DBM)
    times, powers = at_s[light], power_dbm[light]
    order = np.argsort(times, kind="stable")
    times, powers = times[order], powers[order]
    count = len(times)
    if count < _LEAST_SAMPLES or times[-1] - times[0] < _DAY_S:
        return None
    span_s = float(times[-1] - times[0])
    newest = float(np.median(powers[-5:]))
    if count > _MOST_SAMPLES:
        # All pairs of many samples cost their square: medians of even groups say the same.
        groups = np.array_split(np.arange(count), _MOST_SAMPLES)
        times = np.array([np.median(times[group]) for group in groups])
        powers = np.array([np.median(powers[group]) for group in groups])
    first, second = np.triu_indices(len(times), k=1)
    apart = times[second] - times[first]
    some = apart > 0
    slopes = (powers[second] - powers[first])[some] / apart[some]
    db_per_day = float(np.median(slopes)) * _DAY_S
    return Trend(db_per_day, count, span_s, _days_left(newest, db_per_day, limits))


def _days_left(power_dbm: float, db_per_day: float, limits: OpticalLimits | None) -> float | None:
    if limits is None or db_per_day == 0:
        return None
    limit = limits.low_dbm if db_per_day < 0 else limits.high_dbm
    if limit is None:
        return None
    return max(0.0, (limit - power_dbm) / db_per_day)
