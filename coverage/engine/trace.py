"""What stands along one radial, laid out for walking along it many times.

A trace is one block of numbers, a row for each quantity and a column for each sample, so that
the compiled functions of this package hand it on at no cost. The same block serves one radial
after the other.

Four *skylines* are looked at: the bare ground without curvature, the bare ground on the curved
Earth, the ground with its clutter on the curved Earth, and that on the Earth of the anomalous
percentage of time. Each has its heights, its upper hull (:mod:`.hull`) and its lids
(:mod:`.fresnel`). Heights on the curved Earth are ``height - 500 d^2 / radius``, so that the line
between two antennas stays straight.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..propagation.p1812_profile import BETA_RADIUS_KM
from .kernel import kernel

__all__ = [
    "ANOMALOUS",
    "AT",
    "BETA_BULGE",
    "CLUTTER",
    "COARSE_LIDS",
    "COVERED",
    "CURVED",
    "FINE_LIDS",
    "FLAT",
    "GROUND",
    "GUESS",
    "HEIGHTS",
    "HULL",
    "HULL_POINTS",
    "HULL_REACH",
    "LIDS",
    "WORK",
    "Trace",
    "curve",
    "new_trace",
    "uncrowded",
]

FLAT, CURVED, COVERED, ANOMALOUS = range(4)
"""The skylines."""

AT = 0
"""Row of the distances in km, the transmitter first."""
CLUTTER = 1
"""Row of the clutter on the ground, in m."""
HEIGHTS = 2
"""First of the skylines' rows of heights."""
GROUND = HEIGHTS + FLAT
"""Row of the ground above sea level."""
HULL = 6
"""First of the skylines' pairs of rows with the hull's distances and heights."""
LIDS = 14
"""First of the skylines' four rows of lids: base and slope of the fine and of the coarse ones."""
WORK = 30
"""First of four rows to work in."""
_ROWS = 34

HULL_POINTS, HULL_REACH, FINE_LIDS, COARSE_LIDS, GUESS = range(5)
"""Columns of the marks: points of the hull and the last sample in it, numbers of lids, and where
the Fresnel maximum last was."""

BETA_BULGE = 500.0 / BETA_RADIUS_KM


class Trace(NamedTuple):
    """A radial.

    Attributes
    ----------
    rows
        Quantities by samples.
    marks
        How far hulls and lids have grown, a row for each skyline.
    """

    rows: NDArray[np.float64]
    marks: NDArray[np.int64]


def uncrowded(columns: int) -> int:
    """Return a row length that keeps the same column of many rows apart in the cache.

    Rows are whole cache lines of eight numbers, and an odd number of those: a power of two would
    put all rows into the same few places.
    """
    return (-(-columns // 8) | 1) * 8


def new_trace(samples: int) -> Trace:
    """Return a trace with room for so many samples."""
    return Trace(
        np.zeros((_ROWS, uncrowded(max(samples, 3))), np.float64), np.zeros((4, 5), np.int64)
    )


@kernel
def curve(trace: Trace, count: int, bulge: float, anomalous: bool) -> None:
    """Bend ``count`` samples of ground and clutter round the Earth; forget hulls and lids.

    ``bulge`` is 500 / effective Earth radius in km.
    """
    rows = trace.rows
    for i in range(count):
        square = rows[AT, i] * rows[AT, i]
        ground = rows[GROUND, i]
        rows[HEIGHTS + CURVED, i] = ground - bulge * square
        rows[HEIGHTS + COVERED, i] = ground + rows[CLUTTER, i] - bulge * square
    if anomalous:
        for i in range(count):
            square = rows[AT, i] * rows[AT, i]
            rows[HEIGHTS + ANOMALOUS, i] = rows[GROUND, i] + rows[CLUTTER, i] - BETA_BULGE * square
    trace.marks[:, :] = 0
