"""An antenna's two cuts as a small drawing in text, for a terminal or a mail.

The outer ring is the strongest direction, the inner ones lie 10 and 20 dB below it; 30 dB below it
is the middle. Seen from above the front points up; seen from the side it points to the right.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["pattern_sketch"]

_ROWS = 10  # from the middle to the rim
_RANGE_DB = 30.0
_RINGS_DB = (0.0, 10.0, 20.0)
_STEPS = 4  # points drawn for each degree


def _points(attenuation_db: NDArray[np.float64], turn_deg: float) -> Iterator[tuple[int, int]]:
    """Yield rows and columns of a curve round the middle; angles run clockwise from the top."""
    count = attenuation_db.size
    for n in range(count):
        length = _ROWS * max(0.0, 1.0 - attenuation_db[n] / _RANGE_DB)
        angle = math.radians(n * 360.0 / count + turn_deg)
        # A letter is about twice as high as it is wide.
        yield round(-length * math.cos(angle)), round(2 * length * math.sin(angle))


def _drawing(cut_db: NDArray[np.float64], turn_deg: float) -> list[str]:
    page = [[" "] * (4 * _ROWS + 1) for _ in range(2 * _ROWS + 1)]
    fine = np.arange(360 * _STEPS) / _STEPS
    curve = np.interp(fine, np.arange(361), np.append(cut_db, cut_db[0]))
    layers = [(np.full(fine.size, ring), ".") for ring in _RINGS_DB]
    for attenuation, letter in (*layers, (curve - float(cut_db.min()), "#")):
        for row, column in _points(attenuation, turn_deg):
            page[row + _ROWS][column + 2 * _ROWS] = letter
    if page[_ROWS][2 * _ROWS] == " ":
        page[_ROWS][2 * _ROWS] = "+"
    return ["".join(line) for line in page]


def pattern_sketch(
    horizontal_db: NDArray[np.float64],
    vertical_db: NDArray[np.float64],
    titles: Sequence[str] = ("from above, front up", "from the side, front right"),
) -> str:
    """Return both cuts of a pattern side by side, 21 lines of 85 letters and a title.

    Parameters
    ----------
    horizontal_db, vertical_db
        The cuts of an :class:`.AntennaPattern`.
    """
    width = 4 * _ROWS + 1
    left = [titles[0].center(width), *_drawing(horizontal_db, 0.0)]
    right = [titles[1].center(width), *_drawing(vertical_db, 90.0)]
    return "\n".join(f"{a}   {b}".rstrip() for a, b in zip(left, right, strict=True))
