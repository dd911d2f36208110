"""Which of many samples reaches furthest into a path with line of sight, without asking them all.

Where no obstacle reaches the line between the antennas, the diffraction parameter is the largest
of ``clearance / sqrt(d (D - d))`` over all samples. That is no matter of hulls: the zone of equal
parameter is an ellipse, and an ellipse can touch a point that lies inside the upper hull. Here it
is found by branch and bound, exactly. Samples are gathered in blocks of 8, those in blocks of
64; each block carries a straight *lid*, a line that none of its samples pierces. What a lid could
reach at best is known in closed form, and only a block whose lid beats the best sample so far is
looked into. On real terrain that is a handful, however long the path.

The same lids answer how far terrain between two distances rises above a sloping surface.

Instead of ``x / sqrt(p)``, which costs a root and a division, ``x |x|`` is compared crosswise
with the ``p`` of the other; it rises and falls alike.
"""

from __future__ import annotations

import numpy as np

from .kernel import kernel
from .trace import AT, COARSE_LIDS, FINE_LIDS, GUESS, HEIGHTS, LIDS, WORK, Trace

__all__ = ["COARSE", "FINE", "deepest_of_all", "deepest_sample", "highest_rise"]

FINE = 8
"""Samples below a fine lid."""
COARSE = 64
"""Samples below a coarse lid."""
_PER_COARSE = COARSE // FINE


@kernel
def _make_lids(trace: Trace, skyline: int, last: int, row: int, column: int, size: int) -> None:
    """Make the lids of one size over all whole blocks before ``last`` that have none yet."""
    rows = trace.rows
    k = trace.marks[skyline, column]
    while (k + 1) * size < last:
        first = 1 + k * size
        end = first + size - 1
        slope = (rows[HEIGHTS + skyline, end] - rows[HEIGHTS + skyline, first]) / (
            rows[AT, end] - rows[AT, first]
        )
        base = -np.inf
        for i in range(first, end + 1):
            base = max(base, rows[HEIGHTS + skyline, i] - slope * rows[AT, i])
        rows[row, k] = base
        rows[row + 1, k] = slope
        k += 1
    trace.marks[skyline, column] = k


@kernel
def _lids_until(trace: Trace, skyline: int, last: int) -> None:
    row = LIDS + 4 * skyline
    _make_lids(trace, skyline, last, row, FINE_LIDS, FINE)
    if (trace.marks[skyline, COARSE_LIDS] + 1) * COARSE < last:
        _make_lids(trace, skyline, last, row + 2, COARSE_LIDS, COARSE)


@kernel
def _could_beat(
    base: float,
    slope: float,
    from_km: float,
    to_km: float,
    length_km: float,
    best_x: float,
    best_p: float,
) -> bool:
    """Tell whether a sample below a lid could be better than the best so far.

    ``base`` and ``slope`` are those of the lid against the line between the antennas.
    """
    highest = max(base + slope * from_km, base + slope * to_km)
    if highest >= 0.0:
        return True
    # Most lids are out of the question even at their higher end and widest place.
    widest = min(max(0.5 * length_km, from_km), to_km)
    if -highest * highest * best_p <= best_x * widest * (length_km - widest):
        return False
    # (base + slope d) / sqrt(d (D - d)): where the lid is below the line at both antennas it has
    # one peak between them; where both cross on the path it is highest nearest to the crossing.
    if base >= 0.0:
        peak_km = from_km
    elif base + slope * length_km >= 0.0:
        peak_km = to_km
    else:
        peak_km = length_km * base / (2.0 * base + slope * length_km)
        peak_km = min(max(peak_km, from_km), to_km)
    x = base + slope * peak_km
    return -x * x * best_p > best_x * peak_km * (length_km - peak_km)


@kernel
def deepest_of_all(trace: Trace, skyline: int, last: int, tx_m: float, curved_rx_m: float) -> int:
    """Return the same as :func:`deepest_sample` by looking at every sample."""
    rows = trace.rows
    length = rows[AT, last]
    slope = (curved_rx_m - tx_m) / length
    for i in range(1, last):
        d = rows[AT, i]
        x = rows[HEIGHTS + skyline, i] - tx_m - slope * d
        rows[WORK, i] = x * abs(x) / (d * (length - d))
    best = -np.inf
    at = 1
    for i in range(1, last):
        if rows[WORK, i] > best:
            best = rows[WORK, i]
            at = i
    return at


@kernel
def deepest_sample(trace: Trace, skyline: int, last: int, tx_m: float, curved_rx_m: float) -> int:
    """Return the sample between the antennas that reaches furthest into the first Fresnel zone.

    Parameters
    ----------
    trace, skyline
        The radial, and which of its skylines; it must have line of sight.
    last
        Index of the receiver; from one call to the next it grows.
    tx_m
        Transmitting antenna above sea level.
    curved_rx_m
        Receiving antenna on the curved Earth.
    """
    rows = trace.rows
    if (trace.marks[skyline, FINE_LIDS] + 1) * FINE < last:
        _lids_until(trace, skyline, last)
    lids = LIDS + 4 * skyline
    length = rows[AT, last]
    slope = (curved_rx_m - tx_m) / length
    whole = min(trace.marks[skyline, FINE_LIDS], (last - 1) // FINE)
    in_coarse = min(trace.marks[skyline, COARSE_LIDS], (last - 1) // COARSE) * _PER_COARSE

    # The best so far, x |x| and p: to begin with, where it was for the receiver before.
    best_at = min(trace.marks[skyline, GUESS] + 1, last - 1)
    d = rows[AT, best_at]
    best_p = d * (length - d)
    x = rows[HEIGHTS + skyline, best_at] - tx_m - slope * d
    best_x = x * abs(x)
    # Samples beyond the last lid come first, then block by block towards the transmitter.
    block = whole
    end = last
    look = True
    while True:
        if look:
            for i in range(1 + block * FINE, end):
                d = rows[AT, i]
                x = rows[HEIGHTS + skyline, i] - tx_m - slope * d
                x *= abs(x)
                p = d * (length - d)
                if x * best_p > best_x * p:
                    best_x = x
                    best_p = p
                    best_at = i
        if block == 0:
            break
        if block % _PER_COARSE == 0 and block <= in_coarse:
            c = block // _PER_COARSE - 1
            first = 1 + c * COARSE
            if not _could_beat(
                rows[lids + 2, c] - tx_m,
                rows[lids + 3, c] - slope,
                rows[AT, first],
                rows[AT, first + COARSE - 1],
                length,
                best_x,
                best_p,
            ):
                block -= _PER_COARSE
                look = False
                continue
        block -= 1
        first = 1 + block * FINE
        end = first + FINE
        look = _could_beat(
            rows[lids, block] - tx_m,
            rows[lids + 1, block] - slope,
            rows[AT, first],
            rows[AT, end - 1],
            length,
            best_x,
            best_p,
        )
    trace.marks[skyline, GUESS] = best_at
    return int(best_at)


@kernel
def _highest_of(
    trace: Trace, skyline: int, first: int, last: int, base_m: float, slope: float, highest: float
) -> float:
    rows = trace.rows
    for i in range(first, last + 1):
        highest = max(highest, rows[HEIGHTS + skyline, i] - (base_m + slope * rows[AT, i]))
    return highest


@kernel
def highest_rise(
    trace: Trace,
    skyline: int,
    first: int,
    last: int,
    base_m: float,
    slope_m_per_km: float,
    least_m: float,
    plain: bool,
) -> float:
    """Return how far samples ``first`` to ``last`` rise above a sloping line, or ``least_m``.

    Parameters
    ----------
    trace, skyline
        The radial, and which of its skylines.
    first, last
        First and last sample that counts.
    base_m, slope_m_per_km
        The line: its height at distance 0, and its slope.
    least_m
        A smaller rise is of no interest.
    plain
        Look at every sample instead of making lids.
    """
    if plain or last - first < FINE:
        return _highest_of(trace, skyline, first, last, base_m, slope_m_per_km, least_m)
    if (trace.marks[skyline, FINE_LIDS] + 1) * FINE < last + 1:
        _lids_until(trace, skyline, last + 1)
    rows = trace.rows
    lids = LIDS + 4 * skyline
    highest = least_m
    i = first
    while i <= last:
        size = 1
        if (i - 1) % COARSE == 0 and i + COARSE - 1 <= last:
            size = COARSE
            k = (i - 1) // COARSE
            base = rows[lids + 2, k] - base_m
            slope = rows[lids + 3, k] - slope_m_per_km
        elif (i - 1) % FINE == 0 and i + FINE - 1 <= last:
            size = FINE
            k = (i - 1) // FINE
            base = rows[lids, k] - base_m
            slope = rows[lids + 1, k] - slope_m_per_km
        else:
            base = np.inf
            slope = 0.0
        end = i + size - 1
        if max(base + slope * rows[AT, i], base + slope * rows[AT, end]) > highest:
            if size == COARSE:
                for k in range((i - 1) // FINE, end // FINE):
                    base = rows[lids, k] - base_m
                    slope = rows[lids + 1, k] - slope_m_per_km
                    a = 1 + k * FINE
                    b = a + FINE - 1
                    if max(base + slope * rows[AT, a], base + slope * rows[AT, b]) > highest:
                        highest = _highest_of(trace, skyline, a, b, base_m, slope_m_per_km, highest)
            else:
                highest = _highest_of(trace, skyline, i, end, base_m, slope_m_per_km, highest)
        i = end + 1
    return highest
