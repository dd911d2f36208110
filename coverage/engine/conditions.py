"""What does not change from path to path: the air, the frequencies, the percentages of time.

One refractivity stands for the whole study area, and all of it lies inland (zone 4). The latitude
is that of the area in place of that of each path's middle.

At 50 % of time the deviate is taken as the 0 that it stands for; the rational approximation of
the Recommendation gives 1e-9, which would call for the anomalous Earth radius on every path.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..propagation.p526_diffraction import wavelength_m
from ..propagation.p1812_percentages import anomalous_time_percent, normal_deviate
from ..propagation.p1812_profile import median_radius_km
from .kernel import kernel

__all__ = [
    "Air",
    "Band",
    "Season",
    "air_of",
    "band_at",
    "bands_for",
    "needs_anomalous_radius",
    "season_at",
    "seasons_for",
]


class Air(NamedTuple):
    """The state of the air over the study area.

    Attributes
    ----------
    radius_km
        Median effective Earth radius.
    beta0_factor, beta0_power
        beta0 is ``beta0_factor * mu1 ** beta0_power`` (4), (5).
    greatest_beta0_percent, log_greatest_beta0
        beta0 of the shortest paths, which none exceeds; and its decimal logarithm.
    """

    radius_km: float
    beta0_factor: float
    beta0_power: float
    greatest_beta0_percent: float
    log_greatest_beta0: float


class Band(NamedTuple):
    """What belongs to a frequency.

    Attributes
    ----------
    frequency_ghz
        The frequency.
    free_db
        Free-space loss over 1 km.
    per_root_wavelength
        1 / sqrt(wavelength).
    clear_m
        Clearance of the smooth Earth that is needed, over the square root of km (25).
    admittance, distance_factor, height_factor
        Normalisations of the residue series for a radius of 1 km (29)-(32), without beta.
    ducting_db
        Fixed part of the coupling into a layer (47).
    shielding, shielding_db_per_mrad
        Factors of the site shielding (48).
    ducting_db_per_mrad
        Attenuation in a layer (51).
    scatter_db
        Fixed part of the scatter loss (44), (45).
    """

    frequency_ghz: float
    free_db: float
    per_root_wavelength: float
    clear_m: float
    admittance: float
    distance_factor: float
    height_factor: float
    ducting_db: float
    shielding: float
    shielding_db_per_mrad: float
    ducting_db_per_mrad: float
    scatter_db: float


class Season(NamedTuple):
    """What belongs to a percentage of time.

    Attributes
    ----------
    percent
        The percentage.
    log_percent
        Its decimal logarithm.
    deviate
        How many deviations it lies from the median, 0 at 50 %.
    scatter_db
        What scatter gains (44).
    """

    percent: float
    log_percent: float
    deviate: float
    scatter_db: float


def air_of(delta_n: float, latitude_deg: float) -> Air:
    """Return the state of the air from the refractivity lapse rate and the latitude."""
    latitude = abs(latitude_deg)
    factor = 4.17
    power = 1.3
    if latitude <= 70.0:
        factor = 10.0 ** (-0.015 * latitude + 1.67)  # (5)
        power = 1.0 - 0.935 + 0.0176 * latitude  # (4)
    greatest = float(anomalous_time_percent(latitude_deg, 0.0, 0.0))
    return Air(float(median_radius_km(delta_n)), factor, power, greatest, math.log10(greatest))


def bands_for(
    frequencies_ghz: Sequence[float], air: Air, surface_refractivity: float, vertical: bool
) -> NDArray[np.float64]:
    """Return a row of :class:`Band` for each frequency."""
    rows = []
    for f in frequencies_ghz:
        wave_m = wavelength_m(f)
        ionic = (18.0 * 0.003 / f) ** 2  # land: 22, 0.003 S/m
        admittance = 0.036 * f ** (-1.0 / 3.0) * (21.0**2 + ionic) ** -0.25  # (29a)
        if vertical:
            admittance *= math.sqrt(22.0**2 + ionic)  # (29b)
        low_db = 45.375 - 137.0 * f + 92.5 * f**2 if f < 0.5 else 0.0  # (47a)
        scatter = 25.0 * math.log10(f) - 2.5 * math.log10(0.5 * f) ** 2  # (45)
        rows.append(
            Band(
                frequency_ghz=f,
                free_db=92.4 + 20.0 * math.log10(f),  # (8)
                per_root_wavelength=1.0 / math.sqrt(wave_m),
                clear_m=17.456 * math.sqrt(wave_m),  # (25)
                admittance=admittance,
                distance_factor=21.88 * f ** (1.0 / 3.0),  # (31)
                height_factor=0.9575 * f ** (2.0 / 3.0),  # (32)
                ducting_db=102.45 + 20.0 * math.log10(f) + low_db,  # (47)
                shielding=0.361 * math.sqrt(f),  # (48)
                shielding_db_per_mrad=0.264 * f ** (1.0 / 3.0),  # (48)
                ducting_db_per_mrad=5e-5 * air.radius_km * f ** (1.0 / 3.0),  # (51)
                scatter_db=190.1 + scatter - 0.15 * surface_refractivity,  # (44)
            )
        )
    return np.array(rows, np.float64)


def seasons_for(time_percents: Sequence[float]) -> NDArray[np.float64]:
    """Return a row of :class:`Season` for each percentage of time."""
    rows = [
        Season(
            percent=p,
            log_percent=math.log10(p),
            deviate=0.0 if p == 50.0 else float(normal_deviate(p / 100.0)),
            scatter_db=-10.125 * math.log10(50.0 / p) ** 0.7,  # (44)
        )
        for p in time_percents
    ]
    return np.array(rows, np.float64)


def needs_anomalous_radius(seasons: NDArray[np.float64]) -> bool:
    """Tell whether any percentage of time differs from the median."""
    return bool((seasons[:, Season._fields.index("deviate")] != 0.0).any())


@kernel
def band_at(bands: NDArray[np.float64], k: int) -> Band:
    """Return one frequency's row."""
    return Band(
        bands[k, 0],
        bands[k, 1],
        bands[k, 2],
        bands[k, 3],
        bands[k, 4],
        bands[k, 5],
        bands[k, 6],
        bands[k, 7],
        bands[k, 8],
        bands[k, 9],
        bands[k, 10],
        bands[k, 11],
    )


@kernel
def season_at(seasons: NDArray[np.float64], k: int) -> Season:
    """Return one percentage's row."""
    return Season(seasons[k, 0], seasons[k, 1], seasons[k, 2], seasons[k, 3])
