"""Upper hulls that grow along a radial, and the two questions that a receiver asks them.

Seen from a receiver, the steepest of all obstacles before it is the tangent point of their upper
hull; the obstacle that stands highest above the line between the antennas is its extreme point
across that line. Both are found by bisection. Walking outwards, a new sample costs the few points
that it hides, each once, so that growing a hull over a whole radial is linear.

"""

from __future__ import annotations

from .kernel import kernel
from .trace import AT, HEIGHTS, HULL, HULL_POINTS, HULL_REACH, Trace

__all__ = ["grow_hull", "highest_above", "tangent_from"]


@kernel
def grow_hull(trace: Trace, skyline: int, last: int) -> int:
    """Add all samples before ``last`` to a skyline's hull; return how many points it has."""
    rows = trace.rows
    km = HULL + 2 * skyline
    m = km + 1
    count = trace.marks[skyline, HULL_POINTS]
    for i in range(trace.marks[skyline, HULL_REACH] + 1, last):
        at_km = rows[AT, i]
        height_m = rows[HEIGHTS + skyline, i]
        while count >= 2:
            before_km = rows[km, count - 2]
            before_m = rows[m, count - 2]
            run_km = rows[km, count - 1] - before_km
            rise_m = rows[m, count - 1] - before_m
            if rise_m * (at_km - before_km) > (height_m - before_m) * run_km:
                break
            count -= 1
        rows[km, count] = at_km
        rows[m, count] = height_m
        count += 1
    trace.marks[skyline, HULL_POINTS] = count
    trace.marks[skyline, HULL_REACH] = last - 1
    return int(count)


@kernel
def tangent_from(
    trace: Trace, skyline: int, count: int, from_km: float, from_m: float
) -> tuple[float, float]:
    """Return where the hull looks steepest from a place beyond it: distance and height.

    Of two points on one line of sight it is the one further out.
    """
    rows = trace.rows
    km = HULL + 2 * skyline
    m = km + 1
    low = 0
    high = count - 1
    while low < high:
        middle = (low + high) // 2
        here = (rows[m, middle] - from_m) * (from_km - rows[km, middle + 1])
        after = (rows[m, middle + 1] - from_m) * (from_km - rows[km, middle])
        if after >= here:
            low = middle + 1
        else:
            high = middle
    return rows[km, low], rows[m, low]


@kernel
def highest_above(
    trace: Trace, skyline: int, count: int, slope_m_per_km: float
) -> tuple[float, float]:
    """Return the point that stands highest above lines of a slope: distance and height."""
    rows = trace.rows
    km = HULL + 2 * skyline
    m = km + 1
    low = 0
    high = count - 1
    while low < high:
        middle = (low + high) // 2
        rise_m = rows[m, middle + 1] - rows[m, middle]
        if rise_m >= slope_m_per_km * (rows[km, middle + 1] - rows[km, middle]):
            low = middle + 1
        else:
            high = middle
    return rows[km, low], rows[m, low]
