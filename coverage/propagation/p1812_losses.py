"""From the geometry of a path to its loss, Recommendation ITU-R P.1812-8 sections 4.2-4.6.

Line of sight, diffraction, ducting and troposcatter are found each for itself, then blended by
the angle and the length of the path. Everything here is a few hundred floating-point operations
on numbers: no profile, no array.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from ...topology.compiled import compiled
from .p526_diffraction import (
    bullington_db,
    delta_bullington_db,
    spherical_earth_db,
    wavelength_m,
)
from .p1812_ducting import ducting_db
from .p1812_percentages import time_weight
from .p1812_profile import BETA_RADIUS_KM, PathGeometry
from .p1812_troposcatter import troposcatter_db

__all__ = [
    "Losses",
    "angle_weight",
    "distance_weight",
    "field_dbuv_m",
    "focusing_db_per_decade",
    "free_space_db",
    "losses",
]


class Losses(NamedTuple):
    """Every loss on the way to the result, at 50 % of locations; all in dB but the weights.

    Attributes
    ----------
    time_weight
        Fi, how far the percentage of time is from the median (40).
    angle_weight
        Fj, how much the path is one with line of sight (57).
    distance_weight
        Fk, how short the path is (58).
    free_space_db
        L_bfs (8).
    line_of_sight_db, line_of_sight_beta_db
        L_b0p (10) and L_b0beta (11).
    bullington_50_db, smooth_bullington_50_db, spherical_50_db
        L_bulla (21), L_bulls (21) and L_dsph (27) with the median Earth radius.
    bullington_beta_db, smooth_bullington_beta_db, spherical_beta_db
        The same with the radius of the anomalous percentage of time.
    diffraction_50_db, diffraction_beta_db
        L_d50 and L_dbeta (39).
    diffraction_p_db
        L_dp at the percentage of time (41).
    with_diffraction_50_db, with_diffraction_db
        L_bd50 (42) and L_bd (43).
    least_line_of_sight_db
        L_minb0p (59).
    ducting_db
        L_ba (46).
    least_enhanced_db
        L_minbap (60).
    diffraction_or_ducting_db
        L_bda (61).
    without_scatter_db
        L_bam (62).
    troposcatter_db
        L_bs (44).
    median_location_db
        L_bc (63): the basic transmission loss at 50 % of locations.
    """

    time_weight: float
    angle_weight: float
    distance_weight: float
    free_space_db: float
    line_of_sight_db: float
    line_of_sight_beta_db: float
    bullington_50_db: float
    smooth_bullington_50_db: float
    spherical_50_db: float
    bullington_beta_db: float
    smooth_bullington_beta_db: float
    spherical_beta_db: float
    diffraction_50_db: float
    diffraction_beta_db: float
    diffraction_p_db: float
    with_diffraction_50_db: float
    with_diffraction_db: float
    least_line_of_sight_db: float
    ducting_db: float
    least_enhanced_db: float
    diffraction_or_ducting_db: float
    without_scatter_db: float
    troposcatter_db: float
    median_location_db: float


@compiled
def free_space_db(distance_km: float, height_difference_m: float, frequency_ghz: float) -> float:
    """Return the free-space loss over the slant distance, with the constant of the model."""
    slant2 = distance_km**2 + (0.001 * height_difference_m) ** 2  # (8a)
    return 92.4 + 20.0 * math.log10(frequency_ghz) + 10.0 * math.log10(slant2)  # (8)


@compiled
def focusing_db_per_decade(tx_horizon_km: float, rx_horizon_km: float) -> float:
    """Return what multipath and focusing give for each factor of ten in the time, (9)."""
    return 2.6 * (1.0 - math.exp(-0.1 * (tx_horizon_km + rx_horizon_km)))


@compiled
def angle_weight(path_angle_mrad: float) -> float:
    """Return Fj: 1 for a path with line of sight, 0 for one far beyond the horizon."""
    return 1.0 - 0.5 * (1.0 + math.tanh(3.0 * 0.8 * (path_angle_mrad - 0.3) / 0.3))  # (57)


@compiled
def distance_weight(distance_km: float) -> float:
    """Return Fk: near 1 for a short path, 0 for one much longer than 20 km."""
    return 1.0 - 0.5 * (1.0 + math.tanh(3.0 * 0.5 * (distance_km - 20.0) / 20.0))  # (58)


@compiled
def field_dbuv_m(loss_db: float, frequency_ghz: float) -> float:
    """Return the field strength of 1 kW ERP behind a basic transmission loss."""
    return 199.36 + 20.0 * math.log10(frequency_ghz) - loss_db  # (70)


@compiled
def losses(
    geometry: PathGeometry,
    frequency_ghz: float,
    time_percent: float,
    surface_refractivity: float,
    vertical: bool,
) -> Losses:
    """Return every loss of a path from its geometry.

    Parameters
    ----------
    geometry
        From :func:`.p1812_profile.path_geometry`, or made from shared radials.
    frequency_ghz
        0.03-6.
    time_percent
        1-50.
    surface_refractivity
        N0 in N-units.
    vertical
        Vertical instead of horizontal polarisation.
    """
    g = geometry
    free_db = free_space_db(g.distance_km, g.tx_amsl_m - g.rx_amsl_m, frequency_ghz)
    focusing = focusing_db_per_decade(g.tx_horizon_km, g.rx_horizon_km)
    sight_db = free_db + focusing * math.log10(time_percent / 50.0)  # (10)
    sight_beta_db = free_db + focusing * math.log10(g.beta0_percent / 50.0)  # (11)

    root = math.sqrt(wavelength_m(frequency_ghz))
    actual_50_db = bullington_db(g.obstruction_m05 / root, g.distance_km)
    smooth_50_db = bullington_db(g.smooth_obstruction_m05 / root, g.distance_km)
    sphere_50_db = spherical_earth_db(
        g.distance_km,
        g.diffraction_tx_m,
        g.diffraction_rx_m,
        g.radius_km,
        frequency_ghz,
        g.sea_fraction,
        vertical,
    )
    actual_beta_db = bullington_db(g.obstruction_beta_m05 / root, g.distance_km)
    smooth_beta_db = bullington_db(g.smooth_obstruction_beta_m05 / root, g.distance_km)
    sphere_beta_db = spherical_earth_db(
        g.distance_km,
        g.diffraction_tx_m,
        g.diffraction_rx_m,
        BETA_RADIUS_KM,
        frequency_ghz,
        g.sea_fraction,
        vertical,
    )
    d50_db = delta_bullington_db(actual_50_db, smooth_50_db, sphere_50_db)
    dbeta_db = delta_bullington_db(actual_beta_db, smooth_beta_db, sphere_beta_db)
    weight = time_weight(time_percent, g.beta0_percent)  # (40)
    dp_db = d50_db + weight * (dbeta_db - d50_db)  # (41)
    with_50_db = free_db + d50_db  # (42)
    with_p_db = sight_db + dp_db  # (43)

    if time_percent < g.beta0_percent:  # (59)
        least_sight_db = sight_db + (1.0 - g.sea_fraction) * dp_db
    else:
        least_sight_db = (
            with_50_db + (sight_beta_db + (1.0 - g.sea_fraction) * dp_db - with_50_db) * weight
        )

    duct_db = ducting_db(
        g.distance_km,
        g.radius_km,
        g.tx_horizon_km,
        g.rx_horizon_km,
        g.tx_elevation_mrad,
        g.rx_elevation_mrad,
        g.ducting_tx_m,
        g.ducting_rx_m,
        g.roughness_m,
        g.tx_amsl_m,
        g.rx_amsl_m,
        g.tx_coast_km,
        g.rx_coast_km,
        g.sea_fraction,
        g.longest_inland_km,
        g.beta0_percent,
        frequency_ghz,
        time_percent,
    )
    # (60) 2.5 ln(e^(a/2.5) + e^(b/2.5)) and (63) are written so that no exponential overflows.
    least_enhanced_db = max(duct_db, sight_db) + 2.5 * math.log1p(
        math.exp(-abs(duct_db - sight_db) / 2.5)
    )
    angle = angle_weight(g.path_angle_mrad)
    near = distance_weight(g.distance_km)
    either_db = with_p_db  # (61)
    if least_enhanced_db <= with_p_db:
        either_db = least_enhanced_db + (with_p_db - least_enhanced_db) * near
    blended_db = either_db + (least_sight_db - either_db) * angle  # (62)
    scatter_db = troposcatter_db(
        g.distance_km, g.path_angle_mrad, frequency_ghz, time_percent, surface_refractivity
    )
    median_db = min(scatter_db, blended_db) - 5.0 * math.log10(  # (63)
        1.0 + 10.0 ** (-0.2 * abs(scatter_db - blended_db))
    )
    return Losses(
        weight,
        angle,
        near,
        free_db,
        sight_db,
        sight_beta_db,
        actual_50_db,
        smooth_50_db,
        sphere_50_db,
        actual_beta_db,
        smooth_beta_db,
        sphere_beta_db,
        d50_db,
        dbeta_db,
        dp_db,
        with_50_db,
        with_p_db,
        least_sight_db,
        duct_db,
        least_enhanced_db,
        either_db,
        blended_db,
        scatter_db,
        median_db,
    )
