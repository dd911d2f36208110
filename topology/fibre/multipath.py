"""Multipath fading of a path by the quick method of ITU-R P.530-17, section 2.3.1.

P.530-18 replaced the two regressions by one that needs maps of a geoclimatic factor; the quick
one of its predecessors needs a single figure of the climate and no terrain. Paths to 5 km hardly
fade in layers of air and count 0, as both editions say.
"""

from __future__ import annotations

import math

from ..errors import InputError
from ..settings import Figure

__all__ = [
    "SHANGHAI_GRADIENT",
    "SHORT_KM",
    "multipath_worst_month_percent",
    "multipath_year_percent",
]

SHANGHAI_GRADIENT = Figure(
    -187.0, "map of ITU-R P.453-13 read at 31.3 N 121.5 E: dN1, N-units/km", assumed=True
)
"""Refractivity gradient in the lowest 65 m that is not exceeded in 1 % of a year."""

SHORT_KM = 5.0
"""Paths up to this length have no multipath outage to speak of."""


def multipath_worst_month_percent(
    fade_db: float,
    distance_km: float,
    freq_ghz: float,
    *,
    a_amsl_m: float,
    b_amsl_m: float,
    gradient: float = SHANGHAI_GRADIENT.value,
) -> float:
    """Return in how much of the average worst month a deep fade is exceeded, percent.

    Parameters
    ----------
    fade_db
        Above 25 dB or so, where the deep-fade law holds; a smaller fade is judged by it too,
        which says too much outage.
    a_amsl_m, b_amsl_m
        Antennas above sea level.
    gradient
        dN1, N-units/km.

    Raises
    ------
    InputError
        The distance or frequency is not above 0.
    """
    if not (distance_km > 0 and freq_ghz > 0):
        raise InputError(f"a path of {distance_km} km at {freq_ghz} GHz; give values above 0")
    if distance_km <= SHORT_KM:
        return 0.0
    factor = 10.0 ** (-4.6 - 0.0027 * gradient)  # (5)
    tilt_mrad = abs(a_amsl_m - b_amsl_m) / distance_km  # (6)
    lower_m = min(a_amsl_m, b_amsl_m)
    percent = factor * distance_km**3.1 * (1.0 + tilt_mrad) ** -1.29 * freq_ghz**0.8  # (11)
    return float(min(100.0, percent * 10.0 ** (-0.00089 * lower_m - fade_db / 10.0)))


def multipath_year_percent(
    worst_month_percent: float,
    distance_km: float,
    *,
    latitude_deg: float,
    tilt_mrad: float = 0.0,
) -> float:
    """Return the share of an average year from that of the worst month, section 2.3.4.

    Parameters
    ----------
    latitude_deg
        Of the path.
    tilt_mrad
        Inclination of the path.
    """
    if worst_month_percent == 0.0:
        return 0.0
    turn = abs(math.cos(math.radians(2.0 * latitude_deg))) ** 0.7
    sign = 1.0 if abs(latitude_deg) <= 45.0 else -1.0
    rarer_db = 10.5 - 5.6 * math.log10(1.1 + sign * turn) - 2.7 * math.log10(distance_km)
    rarer_db += 1.7 * math.log10(1.0 + abs(tilt_mrad))
    return float(worst_month_percent * 10.0 ** (-min(rarer_db, 10.8) / 10.0))
