"""Ducting and reflection from layers, Recommendation ITU-R P.1812-8 section 4.5.

For small percentages of time a layer of air guides the wave along the ground. The loss has three
parts: what the wave loses on its way into and out of the layer at each end (site shielding,
coupling over sea), an attenuation per angle of Earth travelled, and a distribution over time.
"""

from __future__ import annotations

import math

from ...topology.compiled import compiled
from .p1812_percentages import inland_factor

__all__ = ["ducting_db"]


@compiled
def _shielding_db(elevation_mrad: float, horizon_km: float, frequency_ghz: float) -> float:
    """Return the diffraction over the horizon of one end before the wave meets the layer."""
    above = elevation_mrad - 0.1 * horizon_km  # (48a)
    if above <= 0.0:
        return 0.0
    return (  # (48)
        20.0 * math.log10(1.0 + 0.361 * above * math.sqrt(frequency_ghz * horizon_km))
        + 0.264 * above * math.pow(frequency_ghz, 1.0 / 3.0)
    )


@compiled
def _sea_coupling_db(
    coast_km: float, horizon_km: float, amsl_m: float, sea_fraction: float
) -> float:
    """Return the (negative) correction of an end near the coast that looks out over the sea."""
    if sea_fraction < 0.75 or coast_km > 5.0 or coast_km > horizon_km:
        return 0.0
    return (  # (49)
        -3.0 * math.exp(-0.25 * coast_km**2) * (1.0 + math.tanh(0.07 * (50.0 - amsl_m)))
    )


@compiled
def _time_distribution_db(
    distance_km: float,
    radius_km: float,
    tx_effective_m: float,
    rx_effective_m: float,
    roughness_m: float,
    between_horizons_km: float,
    longest_inland_km: float,
    beta0_percent: float,
    time_percent: float,
) -> float:
    """Return how the loss in the layer depends on the percentage of time, (53)."""
    mu3 = 1.0
    if roughness_m > 10.0:
        mu3 = math.exp(  # (56)
            -4.6e-5 * (roughness_m - 10.0) * (43.0 + 6.0 * min(between_horizons_km, 40.0))
        )
    alpha = max(  # (55a), epsilon = 3.5
        -0.6 - 3.5e-9 * math.pow(distance_km, 3.1) * inland_factor(longest_inland_km), -3.4
    )
    roots = math.sqrt(tx_effective_m) + math.sqrt(rx_effective_m)
    mu2 = min((500.0 / radius_km * (distance_km / roots) ** 2) ** alpha, 1.0)  # (55)
    beta = beta0_percent * mu2 * mu3  # (54)
    log_beta = math.log10(beta)
    gamma = (  # (53a)
        1.076
        / math.pow(2.0058 - log_beta, 1.012)
        * math.exp(
            -(9.51 - 4.8 * log_beta + 0.198 * log_beta**2) * 1e-6 * math.pow(distance_km, 1.13)
        )
    )
    return (  # (53)
        -12.0
        + (1.2 + 3.7e-3 * distance_km) * (math.log10(time_percent) - log_beta)
        + 12.0 * math.pow(time_percent / beta, gamma)
    )


@compiled
def ducting_db(
    distance_km: float,
    radius_km: float,
    tx_horizon_km: float,
    rx_horizon_km: float,
    tx_elevation_mrad: float,
    rx_elevation_mrad: float,
    tx_effective_m: float,
    rx_effective_m: float,
    roughness_m: float,
    tx_amsl_m: float,
    rx_amsl_m: float,
    tx_coast_km: float,
    rx_coast_km: float,
    sea_fraction: float,
    longest_inland_km: float,
    beta0_percent: float,
    frequency_ghz: float,
    time_percent: float,
) -> float:
    """Return the basic transmission loss by ducting, not exceeded for a percentage of time.

    The geometry is that of :class:`.p1812_profile.PathGeometry`, field by field.
    """
    low_frequency_db = 0.0
    if frequency_ghz < 0.5:
        low_frequency_db = 45.375 - 137.0 * frequency_ghz + 92.5 * frequency_ghz**2  # (47a)
    coupling_db = (  # (47)
        102.45
        + 20.0 * math.log10(frequency_ghz * (tx_horizon_km + rx_horizon_km))
        + low_frequency_db
        + _shielding_db(tx_elevation_mrad, tx_horizon_km, frequency_ghz)
        + _shielding_db(rx_elevation_mrad, rx_horizon_km, frequency_ghz)
        + _sea_coupling_db(tx_coast_km, tx_horizon_km, tx_amsl_m, sea_fraction)
        + _sea_coupling_db(rx_coast_km, rx_horizon_km, rx_amsl_m, sea_fraction)
    )
    angle_mrad = (  # (52), (52a)
        1000.0 * distance_km / radius_km
        + min(tx_elevation_mrad, 0.1 * tx_horizon_km)
        + min(rx_elevation_mrad, 0.1 * rx_horizon_km)
    )
    per_mrad_db = 5e-5 * radius_km * math.pow(frequency_ghz, 1.0 / 3.0)  # (51)
    return (  # (46), (50)
        coupling_db
        + per_mrad_db * angle_mrad
        + _time_distribution_db(
            distance_km,
            radius_km,
            tx_effective_m,
            rx_effective_m,
            roughness_m,
            distance_km - tx_horizon_km - rx_horizon_km,  # (56a)
            longest_inland_km,
            beta0_percent,
            time_percent,
        )
    )
