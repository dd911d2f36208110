"""Where a path runs over sea and where over land, Recommendation ITU-R P.1812-8 section 3.

Air over the sea bends rays more often than air over land, and more so over the coast than inland.
Each sample of a profile has a radio-climatic zone and stands for the way half-way to its
neighbours.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...topology.compiled import compiled

__all__ = ["COAST", "INLAND", "NO_COAST_KM", "SEA", "ZONES", "Zoning", "zones_along"]

SEA = 1
"""Zone code of sea and other large bodies of water (at least 100 km across)."""
COAST = 3
"""Zone code of coastal land: up to 100 m above sea level and 50 km from the sea."""
INLAND = 4
"""Zone code of all other land."""
ZONES = {SEA: "sea", COAST: "coastal land", INLAND: "inland"}

NO_COAST_KM = 500.0
"""Distance to the coast of an antenna whose path meets no sea; above 5 km it has no effect."""


class Zoning(NamedTuple):
    """How land and sea lie along a path.

    Attributes
    ----------
    sea_fraction
        Share of the path over sea, 0-1 (omega).
    longest_land_km
        Longest stretch over land, coastal or inland (d_tm).
    longest_inland_km
        Longest stretch inland (d_lm).
    tx_coast_km, rx_coast_km
        Land between each antenna and the first sea along the path (d_ct, d_cr).
    """

    sea_fraction: float
    longest_land_km: float
    longest_inland_km: float
    tx_coast_km: float
    rx_coast_km: float


@compiled
def zones_along(distance_km: NDArray[np.float64], zone: NDArray[np.integer], last: int) -> Zoning:
    """Return how land and sea lie along a profile; each sample stands for half its neighbours' way.

    ``last`` is the index of the receiver's sample.
    """
    length = distance_km[last]
    sea = 0.0
    longest_land = 0.0
    longest_inland = 0.0
    land_from = -1.0
    inland_from = -1.0
    tx_coast = NO_COAST_KM
    rx_coast = NO_COAST_KM
    begins = 0.0
    for i in range(last + 1):
        ends = length if i == last else 0.5 * (distance_km[i] + distance_km[i + 1])
        if zone[i] == SEA:
            sea += ends - begins
            land_from = -1.0
            if tx_coast == NO_COAST_KM:
                tx_coast = begins
            rx_coast = length - ends
        else:
            if land_from < 0.0:
                land_from = begins
            longest_land = max(longest_land, ends - land_from)
        if zone[i] == INLAND:
            if inland_from < 0.0:
                inland_from = begins
            longest_inland = max(longest_inland, ends - inland_from)
        else:
            inland_from = -1.0
        begins = ends
    return Zoning(sea / length, longest_land, longest_inland, tx_coast, rx_coast)  # (1)
