"""How strongly an antenna radiates in each direction, relative to its main direction.

``omni`` is the same all round and has no vertical pattern: near the mast it promises too much,
where the signal is strong anyway. ``3gpp-65`` is the three-sector antenna of 15 dBi:

* horizontally 3GPP TR 36.942, section 4.2.1.1: ``-min(12 (phi / 65)^2, 20)`` dB;
* vertically 3GPP TR 36.814, table A.2.1.1-2: ``-min(12 ((theta - tilt) / 10)^2, 20)`` dB;
* together, as there: ``-min(-(horizontal + vertical), 25)`` dB.

The tilt in the formula lowers the beam in every direction alike: it is an electrical tilt.
"""

from __future__ import annotations

import math
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from ...topology.compiled import compiled

__all__ = [
    "PATTERNS",
    "SECTOR_AZIMUTHS_DEG",
    "Pattern",
    "pattern_gain_db",
    "sector_attenuation_db",
    "within_half_turn",
]

Pattern = Literal["omni", "3gpp-65"]
PATTERNS: tuple[str, ...] = get_args(Pattern)

SECTOR_AZIMUTHS_DEG: dict[str, tuple[float, ...]] = {
    "omni": (0.0,),
    "3gpp-65": (0.0, 120.0, 240.0),
}
"""Main directions of a site that is equipped with the pattern and states none."""

HORIZONTAL_WIDTH_DEG = 65.0
HORIZONTAL_MAX_DB = 20.0
VERTICAL_WIDTH_DEG = 10.0
VERTICAL_MAX_DB = 20.0
TOTAL_MAX_DB = 25.0


@compiled
def within_half_turn(angle_deg: float) -> float:
    """Return the same direction as an angle of -180 to 180 degrees, for kernels.

    A floor is one instruction where a floating-point remainder is a loop.
    """
    return angle_deg - 360.0 * math.floor((angle_deg + 180.0) / 360.0)


@compiled
def sector_attenuation_db(off_deg: float, depression_deg: float, tilt_deg: float) -> float:
    """Return the attenuation of ``3gpp-65`` in its own frame, for kernels.

    Parameters
    ----------
    off_deg
        Clockwise off the main direction; any number of turns.
    depression_deg
        Below the antenna's own horizon.
    tilt_deg
        Electrical downtilt.
    """
    off = within_half_turn(off_deg)
    horizontal = min(12.0 * (off / HORIZONTAL_WIDTH_DEG) ** 2, HORIZONTAL_MAX_DB)
    below = depression_deg - tilt_deg
    vertical = min(12.0 * (below / VERTICAL_WIDTH_DEG) ** 2, VERTICAL_MAX_DB)
    return min(horizontal + vertical, TOTAL_MAX_DB)


def pattern_gain_db(
    pattern: Pattern,
    *,
    bearing_deg: NDArray[np.float64],
    depression_deg: NDArray[np.float64],
    azimuth_deg: float,
    tilt_deg: float,
) -> NDArray[np.float64]:
    """Return the gain relative to the main direction, 0 dB or less.

    Parameters
    ----------
    pattern
        One of ``PATTERNS``.
    bearing_deg
        Direction from the antenna to the receiver, clockwise from north.
    depression_deg
        Angle below the horizon to the receiver.
    azimuth_deg, tilt_deg
        Main direction and electrical downtilt of the antenna.

    Examples
    --------
    >>> import numpy as np
    >>> edge, level = np.array([32.5]), np.array([0.0])
    >>> pattern_gain_db("3gpp-65", bearing_deg=edge, depression_deg=level,
    ...                 azimuth_deg=0, tilt_deg=0).tolist()
    [-3.0]
    """
    if pattern == "omni":
        return np.zeros(np.broadcast(bearing_deg, depression_deg).shape)
    off = (bearing_deg - azimuth_deg + 180.0) % 360.0 - 180.0
    horizontal = np.minimum(12.0 * (off / HORIZONTAL_WIDTH_DEG) ** 2, HORIZONTAL_MAX_DB)
    below = depression_deg - tilt_deg
    vertical = np.minimum(12.0 * (below / VERTICAL_WIDTH_DEG) ** 2, VERTICAL_MAX_DB)
    return np.asarray(-np.minimum(horizontal + vertical, TOTAL_MAX_DB), np.float64)
