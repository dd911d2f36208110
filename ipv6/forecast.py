"""When a target will be met at the pace of the last 90 days, with the band that chance allows.

Of the subjects that were known not to be ready when they were first looked at within the window,
the share that is ready now is the pace. Its Wilson interval (95 %) gives the earliest and the
latest day; where the interval reaches down to no pace at all there is no latest day. Subjects of
which nothing was known at first say nothing of the pace: to measure is no progress.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

__all__ = ["WINDOW_DAYS", "Forecast", "forecast", "wilson"]

WINDOW_DAYS = 90
_LEAST_DAYS = 7
_MOST_DAYS = 365 * 50
_Z = 1.959963984540054
"""Of the normal distribution, for 95 %."""


def wilson(hits: int, tries: int, z: float = _Z) -> tuple[float, float]:
    """Return the Wilson score interval of a share (Wilson 1927).

    Examples
    --------
    >>> wilson(0, 0)
    (0.0, 1.0)
    >>> [round(end, 4) for end in wilson(8, 10)]
    [0.4902, 0.9433]
    """
    if tries <= 0:
        return 0.0, 1.0
    share = hits / tries
    spread = 1 + z * z / tries
    middle = (share + z * z / (2 * tries)) / spread
    half = z / spread * math.sqrt(share * (1 - share) / tries + z * z / (4 * tries * tries))
    low = 0.0 if hits == 0 else max(0.0, middle - half)
    high = 1.0 if hits == tries else min(1.0, middle + half)
    return low, high


@dataclass(frozen=True, slots=True)
class Forecast:
    """When all subjects will be ready.

    Attributes
    ----------
    expected, earliest, latest
        Days; None for never, or not within 50 years.
    moved, of
        How many subjects became ready, of how many that were not.
    over_days
        Days over which that was seen; 0 where too few days were.
    left
        Subjects that are not ready, unknown ones among them.
    """

    expected: date | None
    earliest: date | None
    latest: date | None
    moved: int
    of: int
    over_days: int
    left: int


def _reached(at: date, left: int, of: int, share: float, over_days: int) -> date | None:
    """Return the day on which the rest is ready at a pace, None for never."""
    per_day = share * of / over_days
    if per_day <= 0:
        return None
    days = math.ceil(left / per_day)
    if days > _MOST_DAYS or at.toordinal() + days > date.max.toordinal():
        return None
    return at + timedelta(days=days)


def forecast(states: Sequence[NDArray[np.int8]], dates: Sequence[date]) -> Forecast:
    """Return when every subject will be ready.

    Parameters
    ----------
    states
        Of each subject on each day: 0 not ready, 1 unknown, 2 ready.
    dates
        The days, one after the other.
    """
    at = dates[-1]
    start = max(0, len(dates) - 1 - WINDOW_DAYS)
    left = sum(int(one[-1]) != 2 for one in states)
    behind, moved, first_seen = 0, 0, len(dates) - 1
    for one in states:
        known = np.flatnonzero(one[start:] != 1)
        if not known.size:
            continue
        seen = start + int(known[0])
        first_seen = min(first_seen, seen)
        if one[seen] == 0:
            behind += 1
            moved += int(one[-1] == 2)
        elif one[-1] == 0:
            moved -= 1  # what fell back is to be won again
    over_days = len(dates) - 1 - first_seen
    if over_days < _LEAST_DAYS or not behind:
        return Forecast(None, None, None, max(moved, 0), behind, 0, left)
    moved = max(moved, 0)
    low, high = wilson(moved, behind)
    return Forecast(
        _reached(at, left, behind, moved / behind, over_days),
        _reached(at, left, behind, high, over_days) if moved else None,
        _reached(at, left, behind, low, over_days) if moved else None,
        moved,
        behind,
        over_days,
        left,
    )
