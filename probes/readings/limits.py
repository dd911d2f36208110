"""Limits of a figure, put in order: agents swap alarm with warning, and fill unset ones with 0."""

from __future__ import annotations

from .records import Thresholds

__all__ = ["ordered_limits"]


def ordered_limits(
    low_alarm: float | None,
    low_warning: float | None,
    high_warning: float | None,
    high_alarm: float | None,
) -> Thresholds:
    """Return the limits with the alarm outside the warning; none where all are alike.

    Examples
    --------
    >>> ordered_limits(0, -5, 75, 70)
    Thresholds(low_alarm=-5, low_warning=0, high_warning=70, high_alarm=75)
    >>> bool(ordered_limits(0, 0, 0, 0))
    False
    """
    stated = [
        limit for limit in (low_alarm, low_warning, high_warning, high_alarm) if limit is not None
    ]
    if len(stated) > 1 and len(set(stated)) == 1:
        return Thresholds()
    if low_alarm is not None and low_warning is not None:
        low_alarm, low_warning = sorted((low_alarm, low_warning))
    if high_alarm is not None and high_warning is not None:
        high_warning, high_alarm = sorted((high_warning, high_alarm))
    lows = [limit for limit in (low_alarm, low_warning) if limit is not None]
    highs = [limit for limit in (high_alarm, high_warning) if limit is not None]
    if lows and highs and max(lows) >= min(highs):
        # A band without width would always or never alarm: keep the side that says something.
        if set(lows) == {0}:
            return Thresholds(high_warning=high_warning, high_alarm=high_alarm)
        if set(highs) == {0}:
            return Thresholds(low_alarm=low_alarm, low_warning=low_warning)
        return Thresholds()
    return Thresholds(low_alarm, low_warning, high_warning, high_alarm)
