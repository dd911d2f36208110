"""The Irregular Terrain Model without a profile: horizons from the kind of terrain alone.

Area mode knows the terrain irregularity delta-h, the structural heights of the antennas and how
carefully they were sited; effective heights and horizons follow from these ([ALG, section 3]).
Marks as in :mod:`.itm_profile`.
"""

from __future__ import annotations

import math

from ...topology.compiled import compiled
from .itm_profile import horizon_m

__all__ = ["area_geometry"]


@compiled
def _effective_m(height_m: float, siting: int, delta_h_m: float) -> float:
    if siting == 0:
        return height_m
    b = 4.0 if siting == 1 else 9.0
    if height_m < 5.0:
        b *= math.sin(0.1 * math.pi * height_m)
    gain = (1.0 + b) * math.exp(-min(20.0, 2.0 * height_m / max(1e-3, delta_h_m)))
    return height_m + gain  # [ALG, Eqn 3.2]


@compiled
def _terminal(
    height_m: float, siting: int, delta_h_m: float, earth_m: float
) -> tuple[float, float, float]:
    """Return horizon angle, horizon distance and effective height of one antenna."""
    effective = _effective_m(height_m, siting, delta_h_m)
    smooth = math.sqrt(2.0 * effective * earth_m)
    horizon = horizon_m(effective, delta_h_m, earth_m)  # [ALG, Eqn 3.3]
    angle = (0.65 * delta_h_m * (smooth / horizon - 1.0) - 2.0 * effective) / smooth  # [ALG, 3.4]
    return angle, horizon, effective


@compiled
def area_geometry(
    tx_height_m: float,
    rx_height_m: float,
    tx_siting: int,
    rx_siting: int,
    delta_h_m: float,
    earth_m: float,
) -> tuple[float, float, float, float, float, float]:
    """Return horizon angles, horizon distances and effective heights, tx and rx each."""
    tx_rad, tx_m, tx_eff = _terminal(tx_height_m, tx_siting, delta_h_m, earth_m)
    rx_rad, rx_m, rx_eff = _terminal(rx_height_m, rx_siting, delta_h_m, earth_m)
    return tx_rad, rx_rad, tx_m, rx_m, tx_eff, rx_eff
