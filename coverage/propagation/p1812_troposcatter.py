"""Scatter from irregularities of the troposphere, Recommendation ITU-R P.1812-8 section 4.4.

It carries weak but steady fields far beyond the horizon; within a district it hardly ever counts.
"""

from __future__ import annotations

import math

from ...topology.compiled import compiled

__all__ = ["troposcatter_db"]


@compiled
def troposcatter_db(
    distance_km: float,
    path_angle_mrad: float,
    frequency_ghz: float,
    time_percent: float,
    surface_refractivity: float,
) -> float:
    """Return the basic transmission loss by scatter, not exceeded for a percentage of time.

    Parameters
    ----------
    distance_km
        Length of the path.
    path_angle_mrad
        Angular distance between the two horizon rays, equation (82).
    frequency_ghz
        Frequency.
    time_percent
        1-50.
    surface_refractivity
        N0 at sea level in N-units.
    """
    frequency_db = (  # (45)
        25.0 * math.log10(frequency_ghz) - 2.5 * math.log10(0.5 * frequency_ghz) ** 2
    )
    return (  # (44)
        190.1
        + frequency_db
        + 20.0 * math.log10(distance_km)
        + 0.573 * path_angle_mrad
        - 0.15 * surface_refractivity
        - 10.125 * math.pow(math.log10(50.0 / time_percent), 0.7)
    )
