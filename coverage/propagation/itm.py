"""The Irregular Terrain Model (Longley-Rice) of NTIA, point to point and area, 20 MHz-20 GHz.

A second opinion beside ITU-R P.1812: statistical, made for rural terrain and distances of
1-2000 km. It sees no building and, within a district, nearly every path as line of sight; take
P.1812 for streets. The numbers are those of the NTIA reference implementation, to rounding.

The steps stand in modules of their own: what is read from a profile in :mod:`.itm_profile`
(:mod:`.itm_area` where there is no profile), the loss above free space in
:mod:`.itm_attenuation` and :mod:`.itm_troposcatter`, its variability in
:mod:`.itm_variability`; :mod:`.itm_kernel` joins them for compiled callers. Sources are listed
there.

Values outside the model's range are refused; values near its limits are answered and flagged in
:attr:`PathResult.warnings`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...topology.errors import InputError, UsageError
from .itm_attenuation import (
    FAULT_EARTH,
    FAULT_IMPEDANCE,
    FAULT_REFRACTIVITY_LARGE,
    FAULT_REFRACTIVITY_SMALL,
)
from .itm_inputs import Climate, Polarization, Radio, Siting, Warnings, check_radio, heights
from .itm_kernel import Answer, area_kernel, point_to_point_kernel, point_to_point_losses_kernel
from .itm_profile import IRREGULARITY_SAMPLES

__all__ = [
    "Climate",
    "Mode",
    "PathResult",
    "Polarization",
    "Siting",
    "Warnings",
    "area",
    "point_to_point",
    "point_to_point_losses",
]


class Mode(IntEnum):
    """Which of the three mechanisms gave the loss."""

    LINE_OF_SIGHT = 1
    DIFFRACTION = 2
    TROPOSCATTER = 3


@dataclass(frozen=True, slots=True)
class PathResult:
    """The basic transmission loss of one path, and how it came about.

    Attributes
    ----------
    loss_db
        Basic transmission loss not exceeded in the asked shares.
    mode
        The mechanism.
    warnings
        What is near or past the limits of the model.
    reference_attenuation_db
        Median loss above free space, before variability (A_ref).
    free_space_db
        Free-space loss over the distance (A_fs).
    delta_h_m
        Terrain irregularity.
    tx_horizon_m, rx_horizon_m
        Distance from each antenna to its horizon.
    tx_effective_height_m, rx_effective_height_m
        Heights above the terrain that dominates the path.
    tx_horizon_rad, rx_horizon_rad
        Angle of each horizon above the horizontal.
    path_refractivity
        Surface refractivity at the path's mean height (N_s).
    distance_km
        Length of the path.
    """

    loss_db: float
    mode: Mode
    warnings: Warnings
    reference_attenuation_db: float
    free_space_db: float
    delta_h_m: float
    tx_horizon_m: float
    rx_horizon_m: float
    tx_effective_height_m: float
    rx_effective_height_m: float
    tx_horizon_rad: float
    rx_horizon_rad: float
    path_refractivity: float
    distance_km: float


def _refuse(fault: int, radio: Radio, path: str) -> None:
    """Raise what a kernel's fault means."""
    if fault == FAULT_IMPEDANCE:
        raise UsageError(
            f"permittivity is {radio.permittivity:g}; the ground's impedance is then no less "
            "reactive than resistive, which ITM does not take: give 2 or more (15 for average "
            "ground)"
        )
    if fault in (FAULT_REFRACTIVITY_SMALL, FAULT_REFRACTIVITY_LARGE, FAULT_EARTH):
        raise InputError(
            f"{path}: at the mean height of its terrain the refractivity leaves 150-400 N-units; "
            "check that height_m is in metres above the sea"
        )


def _result(answer: Answer, distance_km: float, radio: Radio, path: str) -> PathResult:
    loss_db, mode, warnings, fault = answer[:4]
    _refuse(fault, radio, path)
    if not math.isfinite(loss_db):
        raise InputError(f"{path}: the loss is {loss_db}; check the profile and its spacing")
    return PathResult(loss_db, Mode(mode), radio.warnings | warnings, *answer[4:], distance_km)


def point_to_point(
    height_m: ArrayLike,
    spacing_m: float,
    *,
    tx_height_m: float,
    rx_height_m: float,
    frequency_mhz: float,
    climate: Climate | int,
    surface_refractivity: float,
    permittivity: float,
    conductivity_s_m: float,
    polarization: Polarization,
    mdvar: int,
    time_percent: float,
    location_percent: float,
    situation_percent: float,
) -> PathResult:
    """Return the loss of one path over a terrain profile.

    Parameters
    ----------
    height_m
        Terrain above the sea at equal spacing from transmitter to receiver, both included; at
        least 3 samples.
    spacing_m
        Distance between samples.
    tx_height_m, rx_height_m
        Antennas above the ground, 0.5-3000; flagged outside 1-1000.
    frequency_mhz
        20-20 000; flagged outside 40-10 000.
    climate
        Radio climate, 1-7.
    surface_refractivity
        N_0, the surface refractivity reduced to sea level, 250-400 N-units (301 is typical).
    permittivity, conductivity_s_m
        The ground: 15 and 0.005 are average.
    polarization
        "horizontal" or "vertical".
    mdvar
        Mode of variability: 0 single message, 1 accidental, 2 mobile, 3 broadcast; add 10 to
        leave out the variability over locations, 20 to leave out that over situations.
    time_percent, location_percent, situation_percent
        Shares in which the loss is not exceeded, between 0 and 100.

    Raises
    ------
    UsageError
        An argument is outside the model's range.
    InputError
        The profile is too short, has gaps, or has no positive spacing.

    Examples
    --------
    >>> flat = point_to_point(
    ...     [10.0] * 101, 100.0, tx_height_m=35, rx_height_m=1.5, frequency_mhz=600, climate=5,
    ...     surface_refractivity=301, permittivity=15, conductivity_s_m=0.005,
    ...     polarization="vertical", mdvar=3, time_percent=50, location_percent=50,
    ...     situation_percent=50,
    ... )
    >>> flat.mode.name, round(flat.loss_db, 1)
    ('LINE_OF_SIGHT', 125.9)
    """
    radio = check_radio(
        tx_height_m, rx_height_m, frequency_mhz, climate, surface_refractivity, permittivity,
        conductivity_s_m, polarization, mdvar, time_percent, location_percent, situation_percent,
    )  # fmt: skip
    profile = heights(height_m, 1)
    if not 0.0 < spacing_m < math.inf:
        raise InputError(f"spacing_m is {spacing_m:g}; give the metres between samples, above 0")
    answer = point_to_point_kernel(
        profile, float(spacing_m), radio.tx_height_m, radio.rx_height_m, radio.frequency_mhz,
        radio.sea_level_refractivity, radio.permittivity, radio.conductivity_s_m, radio.vertical,
        radio.climate, radio.mdvar, radio.z_time, radio.z_location, radio.z_situation,
        np.empty(IRREGULARITY_SAMPLES),
    )  # fmt: skip
    return _result(answer, (profile.size - 1) * spacing_m / 1000.0, radio, "the profile")


def point_to_point_losses(
    height_m: ArrayLike,
    spacing_m: ArrayLike,
    *,
    tx_height_m: float,
    rx_height_m: float,
    frequency_mhz: float,
    climate: Climate | int,
    surface_refractivity: float,
    permittivity: float,
    conductivity_s_m: float,
    polarization: Polarization,
    mdvar: int,
    time_percent: float,
    location_percent: float,
    situation_percent: float,
) -> NDArray[np.float64]:
    """Return the losses (dB) of many profiles with equally many samples.

    Parameters are those of :func:`point_to_point`, but ``height_m`` is paths x samples and
    ``spacing_m`` one value or one for each path.

    Raises
    ------
    UsageError, InputError
        As :func:`point_to_point`; the message names the path.
    """
    radio = check_radio(
        tx_height_m, rx_height_m, frequency_mhz, climate, surface_refractivity, permittivity,
        conductivity_s_m, polarization, mdvar, time_percent, location_percent, situation_percent,
    )  # fmt: skip
    profiles = heights(height_m, 2)
    given = np.asarray(spacing_m, dtype=np.float64)
    if given.shape not in ((), profiles.shape[:1]):
        raise InputError(
            f"spacing_m has the shape {given.shape}; give one value, or one for each of the "
            f"{profiles.shape[0]} paths"
        )
    spacings = np.ascontiguousarray(np.broadcast_to(given, profiles.shape[:1]))
    for path in np.flatnonzero(~((spacings > 0.0) & np.isfinite(spacings)))[:1]:
        raise InputError(
            f"spacing_m of path {path} is {spacings[path]:g}; give the metres between samples, "
            "above 0"
        )
    loss_db, fault = point_to_point_losses_kernel(
        profiles, spacings, radio.tx_height_m, radio.rx_height_m, radio.frequency_mhz,
        radio.sea_level_refractivity, radio.permittivity, radio.conductivity_s_m, radio.vertical,
        radio.climate, radio.mdvar, radio.z_time, radio.z_location, radio.z_situation,
    )  # fmt: skip
    for path in np.flatnonzero((fault != 0) | ~np.isfinite(loss_db))[:1]:
        _refuse(int(fault[path]), radio, f"path {path}")
        raise InputError(f"path {path}: the loss is {loss_db[path]}; check the profile")
    return loss_db


def area(
    distance_km: float,
    *,
    delta_h_m: float,
    tx_height_m: float,
    rx_height_m: float,
    tx_siting: Siting | int,
    rx_siting: Siting | int,
    frequency_mhz: float,
    climate: Climate | int,
    surface_refractivity: float,
    permittivity: float,
    conductivity_s_m: float,
    polarization: Polarization,
    mdvar: int,
    time_percent: float,
    location_percent: float,
    situation_percent: float,
) -> PathResult:
    """Return the loss over a kind of terrain, where no profile is known.

    Parameters
    ----------
    distance_km
        Length of the path, above 0; flagged below 1 and above 1000.
    delta_h_m
        Terrain irregularity: 0 water, 30 plains, 90 hills, 200 mountains.
    tx_siting, rx_siting
        How carefully each antenna was placed.
    tx_height_m, rx_height_m, frequency_mhz, climate, surface_refractivity, permittivity, \
conductivity_s_m, polarization, mdvar, time_percent, location_percent, situation_percent
        As :func:`point_to_point`; here ``surface_refractivity`` is that at the path.

    Raises
    ------
    UsageError
        An argument is outside the model's range.
    """
    radio = check_radio(
        tx_height_m, rx_height_m, frequency_mhz, climate, surface_refractivity, permittivity,
        conductivity_s_m, polarization, mdvar, time_percent, location_percent, situation_percent,
    )  # fmt: skip
    if not 0.0 < distance_km < math.inf:
        raise UsageError(f"distance_km is {distance_km:g}; give a distance above 0 km")
    if not 0.0 <= delta_h_m < math.inf:
        raise UsageError(f"delta_h_m is {delta_h_m:g}; give a terrain irregularity of 0 m or more")
    for name, siting in (("tx_siting", tx_siting), ("rx_siting", rx_siting)):
        if siting not in set(Siting):
            raise UsageError(
                f"{name} is {siting!r}; use 0 (random), 1 (careful) or 2 (very careful)"
            )
    answer = area_kernel(
        distance_km * 1000.0, float(delta_h_m), radio.tx_height_m, radio.rx_height_m,
        int(tx_siting), int(rx_siting), radio.frequency_mhz,
        radio.sea_level_refractivity, radio.permittivity, radio.conductivity_s_m, radio.vertical,
        radio.climate, radio.mdvar, radio.z_time, radio.z_location, radio.z_situation,
    )  # fmt: skip
    return _result(answer, float(distance_km), radio, "the path")
