"""How the loss of the Irregular Terrain Model varies over time, places and situations.

From the reference attenuation (a median of everything) to the loss that is not exceeded in the
asked shares of time, locations and situations. The curves of the seven climates are asymptotes
fitted to [TN101, Figure 10.13]. Marks as in :mod:`.itm_profile`; [ALG, section 5] is the story.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from ...topology.compiled import compiled
from .itm_attenuation import roughness_m

__all__ = ["deviate", "varied_loss"]

_SINGLE_MESSAGE, _ACCIDENTAL, _MOBILE = 0, 1, 2
_WARN_EXTREME = 0x2000
_REFERENCE_EARTH_M = 9000e3

# One row a climate, equatorial first: median shift, then spread at either side of the median
# as (c1, c2, x1, x2, x3) of [TN101, Eqns III.69, III.70].
_MEDIAN = np.array(
    [
        [-9.67, 12.7, 144.9e3, 190.3e3, 133.8e3],
        [-0.62, 9.19, 228.9e3, 205.2e3, 143.6e3],
        [1.26, 15.5, 262.6e3, 185.2e3, 99.8e3],
        [-9.21, 9.05, 84.1e3, 101.1e3, 98.6e3],
        [-0.62, 9.19, 228.9e3, 205.2e3, 143.6e3],
        [-0.39, 2.86, 141.7e3, 315.9e3, 167.4e3],
        [3.15, 857.9, 2222.0e3, 164.8e3, 116.3e3],
    ]
)
_SPREAD_BELOW = np.array(
    [
        [2.13, 159.5, 762.2e3, 123.6e3, 94.5e3],
        [2.66, 7.67, 100.4e3, 172.5e3, 136.4e3],
        [6.11, 6.65, 138.2e3, 242.2e3, 178.6e3],
        [1.98, 13.11, 139.1e3, 132.7e3, 193.5e3],
        [2.68, 7.16, 93.7e3, 186.8e3, 133.5e3],
        [6.86, 10.38, 187.8e3, 169.6e3, 108.9e3],
        [8.51, 169.8, 609.8e3, 119.9e3, 106.6e3],
    ]
)
_SPREAD_ABOVE = np.array(
    [
        [2.11, 102.3, 636.9e3, 134.8e3, 95.6e3],
        [6.87, 15.53, 138.7e3, 143.7e3, 98.6e3],
        [10.08, 9.60, 165.3e3, 225.7e3, 129.7e3],
        [3.68, 159.3, 464.4e3, 93.1e3, 94.2e3],
        [4.75, 8.12, 93.2e3, 135.9e3, 113.4e3],
        [8.58, 13.97, 216.0e3, 152.0e3, 122.7e3],
        [8.43, 8.19, 136.2e3, 188.5e3, 122.9e3],
    ]
)
# Frequency factors g = b1 + b2 / ((b3 q)^2 + 1), below and above the median.
_FREQUENCY_BELOW = np.array(
    [
        [1.0, 0.0, 0.0],
        [1.0, 0.0, 0.0],
        [1.0, 0.0, 0.0],
        [1.0, 0.0, 0.0],
        [0.92, 0.25, 1.77],
        [1.0, 0.0, 0.0],
        [1.0, 0.0, 0.0],
    ]
)
_FREQUENCY_ABOVE = np.array(
    [
        [1.0, 0.0, 0.0],
        [0.93, 0.31, 2.00],
        [1.0, 0.0, 0.0],
        [0.93, 0.19, 1.79],
        [0.93, 0.31, 2.00],
        [1.0, 0.0, 0.0],
        [1.0, 0.0, 0.0],
    ]
)
# Ducting: C_D and z_D of [ALG, Table 5.1].
_DUCTING = np.array(
    [
        [1.224, 1.282],
        [0.801, 2.161],
        [1.380, 1.282],
        [1.000, 20.0],
        [1.224, 1.282],
        [1.518, 1.282],
        [1.518, 1.282],
    ]
)


@compiled
def deviate(share: float) -> float:
    """Return the standard normal deviate exceeded with that probability, 0 < share < 1.

    Abramowitz and Stegun, formula 26.2.23: within 4.5e-4, and part of the model's definition.
    """
    tail = 1.0 - share if share > 0.5 else share
    t = math.sqrt(-2.0 * math.log(tail))
    zeta = ((0.010328 * t + 0.802853) * t + 2.515516) / (
        ((0.001308 * t + 0.189269) * t + 1.432788) * t + 1.0
    )
    return zeta - t if share > 0.5 else t - zeta


@compiled
def _curve(table: NDArray[np.float64], climate: int, distance_m: float) -> float:
    """One climate's curve over effective distance [TN101, Eqns III.69, III.70]."""
    reach: float = (distance_m / table[climate, 2]) ** 2
    bump: float = 1.0 + ((distance_m - table[climate, 3]) / table[climate, 4]) ** 2
    height: float = table[climate, 0] + table[climate, 1] / bump
    return height * reach / (1.0 + reach)


@compiled
def varied_loss(
    reference_db: float,
    distance_m: float,
    tx_effective_m: float,
    rx_effective_m: float,
    delta_h_m: float,
    frequency_mhz: float,
    climate: int,
    mdvar: int,
    z_time: float,
    z_location: float,
    z_situation: float,
) -> tuple[float, int]:
    """Return the loss above free space with its variability, and the warning bits.

    ``climate`` is 1-7, ``mdvar`` the mode of variability, the deviates are :func:`deviate` of
    the shares of time, locations and situations.
    """
    row = climate - 1
    wave_number = frequency_mhz / 47.7
    beyond_m = (
        math.sqrt(2.0 * _REFERENCE_EARTH_M * tx_effective_m)
        + math.sqrt(2.0 * _REFERENCE_EARTH_M * rx_effective_m)
        + (575.7e12 / wave_number) ** (1.0 / 3.0)
    )  # [ALG, Eqn 5.3]
    if distance_m < beyond_m:
        effective_m = 130e3 * distance_m / beyond_m
    else:
        effective_m = 130e3 + distance_m - beyond_m

    # Twenty more in mdvar drops the situation's direct variability, ten more the location's.
    mode = mdvar
    situation_sigma = 0.0
    if mode >= 20:
        mode -= 20
    else:
        situation_sigma = 5.0 + 3.0 * math.exp(-effective_m / 100e3)  # [ALG, Eqn 5.10]
    location_sigma = 0.0
    if mode >= 10:
        mode -= 10
    else:
        rough = wave_number * roughness_m(distance_m, delta_h_m)
        location_sigma = 10.0 * rough / (rough + 13.0)  # [ALG, Eqn 5.9]

    if mode == _SINGLE_MESSAGE:
        z_time = z_situation
        z_location = z_situation
    elif mode == _ACCIDENTAL:
        z_location = z_situation
    elif mode == _MOBILE:
        z_location = z_time
    warnings = 0
    if abs(z_time) > 3.10 or abs(z_location) > 3.10 or abs(z_situation) > 3.10:
        warnings = _WARN_EXTREME

    q = math.log(0.133 * wave_number)
    if z_time < 0.0:
        b = _FREQUENCY_BELOW[row]
        time_sigma = _curve(_SPREAD_BELOW, row, effective_m) * (
            b[0] + b[1] / ((b[2] * q) ** 2 + 1.0)
        )
    else:
        b = _FREQUENCY_ABOVE[row]
        time_sigma = _curve(_SPREAD_ABOVE, row, effective_m) * (
            b[0] + b[1] / ((b[2] * q) ** 2 + 1.0)
        )
        z_ducting = _DUCTING[row, 1]
        if z_time > z_ducting:
            ducting = _DUCTING[row, 0] * time_sigma
            time_sigma = ducting + (time_sigma - ducting) * z_ducting / z_time
    by_time = time_sigma * z_time
    by_location = location_sigma * z_location

    rest = (
        situation_sigma**2
        + by_time**2 / (7.8 + z_situation**2)
        + by_location**2 / (24.0 + z_situation**2)
    )  # [ALG, Eqn 5.11]
    if mode == _SINGLE_MESSAGE:
        reliability = 0.0
        confidence = math.sqrt(time_sigma**2 + location_sigma**2 + rest) * z_situation
    elif mode == _ACCIDENTAL:
        reliability = by_time
        confidence = math.sqrt(location_sigma**2 + rest) * z_situation
    elif mode == _MOBILE:
        reliability = math.sqrt(time_sigma**2 + location_sigma**2) * z_time
        confidence = math.sqrt(rest) * z_situation
    else:  # broadcast
        reliability = by_time + by_location
        confidence = math.sqrt(rest) * z_situation

    loss = reference_db - _curve(_MEDIAN, row, effective_m) - reliability - confidence
    if loss < 0.0:
        loss = loss * (29.0 - loss) / (29.0 - 10.0 * loss)  # [ALG, Eqn 52]
    return loss, warnings
