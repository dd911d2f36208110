"""What may go into the Irregular Terrain Model, and what is refused with which words.

The ranges are those of the NTIA reference; a value near its limit is taken and flagged.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import IntEnum, IntFlag
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...topology.errors import InputError, UsageError
from .itm_variability import deviate

__all__ = ["Climate", "Polarization", "Radio", "Siting", "Warnings", "check_radio", "heights"]

Polarization = Literal["horizontal", "vertical"]


class Climate(IntEnum):
    """The radio climate, which sets the variability; 5 suits most of the temperate world."""

    EQUATORIAL = 1
    CONTINENTAL_SUBTROPICAL = 2
    MARITIME_SUBTROPICAL = 3
    DESERT = 4
    CONTINENTAL_TEMPERATE = 5
    MARITIME_TEMPERATE_OVER_LAND = 6
    MARITIME_TEMPERATE_OVER_SEA = 7


class Siting(IntEnum):
    """How carefully an antenna was placed, for the area mode."""

    RANDOM = 0
    CAREFUL = 1
    VERY_CAREFUL = 2


class Warnings(IntFlag):
    """What about a path is near or past the limits of the model; bits as in the reference."""

    NONE = 0
    TX_HEIGHT = 0x0001
    RX_HEIGHT = 0x0002
    FREQUENCY = 0x0004
    DISTANCE_ABOVE_1000_KM = 0x0008
    DISTANCE_ABOVE_2000_KM = 0x0010
    DISTANCE_BELOW_FIVE_HEIGHT_DIFFERENCES = 0x0020
    DISTANCE_BELOW_1_KM = 0x0040
    TX_HORIZON_ANGLE_ABOVE_0_2_RAD = 0x0080
    RX_HORIZON_ANGLE_ABOVE_0_2_RAD = 0x0100
    TX_HORIZON_BELOW_A_TENTH_OF_SMOOTH_EARTH = 0x0200
    RX_HORIZON_BELOW_A_TENTH_OF_SMOOTH_EARTH = 0x0400
    TX_HORIZON_ABOVE_THREE_TIMES_SMOOTH_EARTH = 0x0800
    RX_HORIZON_ABOVE_THREE_TIMES_SMOOTH_EARTH = 0x1000
    EXTREME_VARIABILITY = 0x2000
    REFRACTIVITY_BELOW_250 = 0x4000


def _within(name: str, value: float, low: float, high: float, unit: str) -> float:
    if not low <= value <= high:
        raise UsageError(
            f"{name} is {value:g}; the Irregular Terrain Model takes {low:g}-{high:g}{unit}"
        )
    return float(value)


def _deviate(name: str, percent: float) -> float:
    if not 0.0 < percent < 100.0:
        raise UsageError(f"{name} is {percent:g}; give a percentage between 0 and 100, such as 50")
    return deviate(percent / 100.0)


@dataclass(frozen=True, slots=True)
class Radio:
    """Every checked argument that does not belong to the path, as the kernels take it."""

    tx_height_m: float
    rx_height_m: float
    frequency_mhz: float
    sea_level_refractivity: float
    permittivity: float
    conductivity_s_m: float
    vertical: bool
    climate: int
    mdvar: int
    z_time: float
    z_location: float
    z_situation: float
    warnings: Warnings


def check_radio(
    tx_height_m: float,
    rx_height_m: float,
    frequency_mhz: float,
    climate: int,
    surface_refractivity: float,
    permittivity: float,
    conductivity_s_m: float,
    polarization: Polarization,
    mdvar: int,
    time_percent: float,
    location_percent: float,
    situation_percent: float,
) -> Radio:
    """Return the checked arguments.

    Raises
    ------
    UsageError
        One is outside the model's range.
    """
    warnings = Warnings.NONE
    _within("tx_height_m", tx_height_m, 0.5, 3000.0, " m above the ground")
    _within("rx_height_m", rx_height_m, 0.5, 3000.0, " m above the ground")
    _within("frequency_mhz", frequency_mhz, 20.0, 20_000.0, " MHz")
    _within("surface_refractivity", surface_refractivity, 250.0, 400.0, " N-units at sea level")
    if not 1.0 <= tx_height_m <= 1000.0:
        warnings |= Warnings.TX_HEIGHT
    if not 1.0 <= rx_height_m <= 1000.0:
        warnings |= Warnings.RX_HEIGHT
    if not 40.0 <= frequency_mhz <= 10_000.0:
        warnings |= Warnings.FREQUENCY
    if climate not in set(Climate):
        raise UsageError(
            f"climate is {climate!r}; use 1-7 ({', '.join(one.name.lower() for one in Climate)})"
        )
    if not 1.0 <= permittivity < math.inf:
        raise UsageError(
            f"permittivity is {permittivity:g}; give the ground's relative permittivity, 1 or "
            "more (15 for average ground)"
        )
    if not 0.0 < conductivity_s_m < math.inf:
        raise UsageError(
            f"conductivity_s_m is {conductivity_s_m:g}; give the ground's conductivity above 0 "
            "(0.005 for average ground)"
        )
    if polarization not in get_args(Polarization):
        raise UsageError(f'polarization is {polarization!r}; use "horizontal" or "vertical"')
    if mdvar not in {tens + mode for tens in (0, 10, 20, 30) for mode in range(4)}:
        raise UsageError(
            f"mdvar is {mdvar!r}; use 0 (single message), 1 (accidental), 2 (mobile) or 3 "
            "(broadcast), and add 10 to leave out locations, 20 to leave out situations"
        )
    return Radio(
        tx_height_m=float(tx_height_m),
        rx_height_m=float(rx_height_m),
        frequency_mhz=float(frequency_mhz),
        sea_level_refractivity=float(surface_refractivity),
        permittivity=float(permittivity),
        conductivity_s_m=float(conductivity_s_m),
        vertical=polarization == "vertical",
        climate=int(climate),
        mdvar=int(mdvar),
        z_time=_deviate("time_percent", time_percent),
        z_location=_deviate("location_percent", location_percent),
        z_situation=_deviate("situation_percent", situation_percent),
        warnings=warnings,
    )


def heights(height_m: ArrayLike, dimensions: int) -> NDArray[np.float64]:
    """Return the heights as floats in a row.

    Raises
    ------
    InputError
        Too few samples, gaps, or not the number of dimensions.
    """
    given = np.ascontiguousarray(height_m, dtype=np.float64)
    if given.ndim != dimensions:
        raise InputError(
            f"height_m has {given.ndim} dimension(s); give {dimensions}: "
            + ("one profile" if dimensions == 1 else "paths x samples")
        )
    if given.shape[-1] < 3:
        raise InputError(
            f"the profile has {given.shape[-1]} point(s); ITM needs at least 3, both ends "
            "included: sample the terrain more finely"
        )
    missing = np.argwhere(~np.isfinite(given))
    if len(missing):
        at = ", ".join(f"{axis}" for axis in missing[0])
        raise InputError(
            f"height_m[{at}] is {given[tuple(missing[0])]:g} ({len(missing)} of {given.size} "
            "heights are not finite); fill the gaps of the terrain first"
        )
    return given
