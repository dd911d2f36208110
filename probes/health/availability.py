"""What share of a time something was up, with what is not known kept apart from what was down.

Planned maintenance does not count for or against. Time in which nobody could tell (the poller was
down, or lost packets itself) is unknown: the share is of the known time, and two bounds say what it
would be had all of the unknown been down, or up.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

__all__ = ["Availability", "availability"]


@dataclass(frozen=True, slots=True)
class Availability:
    """Seconds up, down, unknown and in maintenance; together the whole time."""

    up_s: float
    down_s: float
    unknown_s: float
    maintenance_s: float

    @property
    def share(self) -> float | None:
        """Share of the known time, 0..1; None when nothing is known."""
        return _share(self.up_s, self.up_s + self.down_s)

    @property
    def least_share(self) -> float | None:
        """The share if it was down whenever it was unknown."""
        return _share(self.up_s, self.up_s + self.down_s + self.unknown_s)

    @property
    def most_share(self) -> float | None:
        """The share if it was up whenever it was unknown."""
        return _share(self.up_s + self.unknown_s, self.up_s + self.down_s + self.unknown_s)


def _share(part_s: float, whole_s: float) -> float | None:
    return part_s / whole_s if whole_s > 0 else None


def _merged(
    windows: Iterable[tuple[float, float]], start_s: float, end_s: float
) -> list[tuple[float, float]]:
    """Return windows cut to a time, without overlaps, in order."""
    merged: list[tuple[float, float]] = []
    for low, high in sorted((max(low, start_s), min(high, end_s)) for low, high in windows):
        if low >= high:
            continue
        if merged and low <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(high, merged[-1][1]))
        else:
            merged.append((low, high))
    return merged


def availability(
    states: Sequence[tuple[float, bool | None]],
    *,
    start_s: float,
    end_s: float,
    maintenance: Iterable[tuple[float, float]] = (),
    valid_for_s: float | None = None,
) -> Availability:
    """Return the availability in ``start_s <= t < end_s``.

    Parameters
    ----------
    states
        Time and state from then on: True up, False down, None unknown. Before the first it is
        unknown.
    maintenance
        Windows (start, end); they may overlap.
    valid_for_s
        How long a state speaks for when none follows; after that it is unknown. For ever when None.
    """
    windows = _merged(maintenance, start_s, end_s)
    seconds: dict[bool | None, float] = {True: 0.0, False: 0.0, None: 0.0}
    in_maintenance_s = sum(high - low for low, high in windows)
    ordered = sorted(states, key=lambda row: row[0])
    pieces: list[tuple[float, float, bool | None]] = []
    first = ordered[0][0] if ordered else end_s
    pieces.append((start_s, first, None))
    for (at_s, state), (next_s, _) in pairwise([*ordered, (max(end_s, first), None)]):
        until_s = next_s if valid_for_s is None else min(next_s, at_s + valid_for_s)
        pieces += [(at_s, until_s, state), (until_s, next_s, None)]
    for low, high, state in pieces:
        low, high = max(low, start_s), min(high, end_s)
        if low < high:
            planned_s = sum(max(0.0, min(high, b) - max(low, a)) for a, b in windows)
            seconds[state] += high - low - planned_s
    return Availability(seconds[True], seconds[False], seconds[None], in_maintenance_s)
