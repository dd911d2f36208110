"""One path of the Irregular Terrain Model from end to end, for compiled callers.

Nothing is checked here: :mod:`.itm` does, and an area engine that calls these kernels for every
pixel checks its arguments once. Units are metres, MHz and N-units; shares are standard normal
deviates (:func:`.itm_variability.deviate`).
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from ...topology.compiled import compiled
from .itm_area import area_geometry
from .itm_attenuation import ground, path_refractivity, reference_attenuation
from .itm_profile import IRREGULARITY_SAMPLES, mean_height_m, path_geometry
from .itm_variability import varied_loss

__all__ = ["Answer", "area_kernel", "point_to_point_kernel", "point_to_point_losses_kernel"]

Answer = tuple[
    float, int, int, int, float, float, float, float, float, float, float, float, float, float
]


@compiled
def _answer(
    distance_m: float,
    tx_rad: float,
    rx_rad: float,
    tx_horizon_m: float,
    rx_horizon_m: float,
    tx_effective_m: float,
    rx_effective_m: float,
    tx_height_m: float,
    rx_height_m: float,
    delta_h_m: float,
    earth_m: float,
    refractivity: float,
    impedance: complex,
    frequency_mhz: float,
    known_path: bool,
    climate: int,
    mdvar: int,
    z_time: float,
    z_location: float,
    z_situation: float,
) -> Answer:
    reference_db, mode, warnings, fault = reference_attenuation(
        distance_m, tx_rad, rx_rad, tx_horizon_m, rx_horizon_m, tx_effective_m, rx_effective_m,
        tx_height_m, rx_height_m, delta_h_m, earth_m, refractivity, impedance, frequency_mhz,
        known_path,
    )  # fmt: skip
    # The reference rounds the constant to 32.45.
    free_db = 32.45 + 20.0 * math.log10(frequency_mhz) + 20.0 * math.log10(distance_m / 1000.0)
    varied_db, extreme = varied_loss(
        reference_db, distance_m, tx_effective_m, rx_effective_m, delta_h_m, frequency_mhz,
        climate, mdvar, z_time, z_location, z_situation,
    )  # fmt: skip
    return (
        varied_db + free_db, mode, warnings | extreme, fault, reference_db, free_db, delta_h_m,
        tx_horizon_m, rx_horizon_m, tx_effective_m, rx_effective_m, tx_rad, rx_rad, refractivity,
    )  # fmt: skip


@compiled
def point_to_point_kernel(
    height_m: NDArray[np.float64],
    spacing_m: float,
    tx_height_m: float,
    rx_height_m: float,
    frequency_mhz: float,
    sea_level_refractivity: float,
    permittivity: float,
    conductivity_s_m: float,
    vertical: bool,
    climate: int,
    mdvar: int,
    z_time: float,
    z_location: float,
    z_situation: float,
    scratch: NDArray[np.float64],
) -> Answer:
    """Return loss, mode, warning bits, fault and the intermediates; for compiled callers.

    Nothing is checked here. A fault other than 0 means that there is no loss. The last ten values
    are those of :class:`PathResult` from ``reference_attenuation_db`` to ``path_refractivity``.
    ``scratch`` holds :data:`.itm_profile.IRREGULARITY_SAMPLES` floats.
    """
    refractivity = path_refractivity(sea_level_refractivity, mean_height_m(height_m))
    earth_m, impedance = ground(
        frequency_mhz, refractivity, permittivity, conductivity_s_m, vertical
    )
    tx_rad, rx_rad, tx_m, rx_m, tx_eff, rx_eff, delta_h = path_geometry(
        height_m, spacing_m, tx_height_m, rx_height_m, earth_m, scratch
    )
    return _answer(
        (height_m.size - 1) * spacing_m, tx_rad, rx_rad, tx_m, rx_m, tx_eff, rx_eff, tx_height_m,
        rx_height_m, delta_h, earth_m, refractivity, impedance, frequency_mhz, True, climate,
        mdvar, z_time, z_location, z_situation,
    )  # fmt: skip


@compiled
def area_kernel(
    distance_m: float,
    delta_h_m: float,
    tx_height_m: float,
    rx_height_m: float,
    tx_siting: int,
    rx_siting: int,
    frequency_mhz: float,
    sea_level_refractivity: float,
    permittivity: float,
    conductivity_s_m: float,
    vertical: bool,
    climate: int,
    mdvar: int,
    z_time: float,
    z_location: float,
    z_situation: float,
) -> Answer:
    """Return what :func:`point_to_point_kernel` returns, from the kind of terrain alone."""
    earth_m, impedance = ground(
        frequency_mhz, sea_level_refractivity, permittivity, conductivity_s_m, vertical
    )
    tx_rad, rx_rad, tx_m, rx_m, tx_eff, rx_eff = area_geometry(
        tx_height_m, rx_height_m, tx_siting, rx_siting, delta_h_m, earth_m
    )
    return _answer(
        distance_m, tx_rad, rx_rad, tx_m, rx_m, tx_eff, rx_eff, tx_height_m, rx_height_m,
        delta_h_m, earth_m, sea_level_refractivity, impedance, frequency_mhz, False, climate,
        mdvar, z_time, z_location, z_situation,
    )  # fmt: skip


@compiled
def point_to_point_losses_kernel(
    height_m: NDArray[np.float64],
    spacing_m: NDArray[np.float64],
    tx_height_m: float,
    rx_height_m: float,
    frequency_mhz: float,
    sea_level_refractivity: float,
    permittivity: float,
    conductivity_s_m: float,
    vertical: bool,
    climate: int,
    mdvar: int,
    z_time: float,
    z_location: float,
    z_situation: float,
) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
    """Return the loss and the fault of each row of ``height_m``, one profile a row."""
    loss_db = np.empty(height_m.shape[0])
    fault = np.empty(height_m.shape[0], np.int32)
    scratch = np.empty(IRREGULARITY_SAMPLES)
    for path in range(height_m.shape[0]):
        answer = point_to_point_kernel(
            height_m[path], spacing_m[path], tx_height_m, rx_height_m, frequency_mhz,
            sea_level_refractivity, permittivity, conductivity_s_m, vertical, climate, mdvar,
            z_time, z_location, z_situation, scratch,
        )  # fmt: skip
        loss_db[path] = answer[0]
        fault[path] = answer[3]
    return loss_db, fault
