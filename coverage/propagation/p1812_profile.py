"""What Recommendation ITU-R P.1812-8 reads off a path profile, before any frequency is known.

The terrain between two antennas becomes some thirty numbers: how far each antenna sees, over which
smooth surface both stand, how rough the ground between their horizons is, how much of the path
lies over sea, and how far the terrain reaches into the line between the antennas. None of them
depends on frequency, time or location percentage, so one profile serves all of those.

Attachment 1 to Annex 1 and sections 3.3-3.7; the obstructions of section 4.3.1 are found on the
way, for both Earth radii at once. Ground cover counts in the diffraction profile alone; horizons
and smooth surfaces are those of the bare terrain.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...topology.compiled import compiled
from .p526_diffraction import smooth_obstruction, transhorizon_obstruction
from .p1812_percentages import anomalous_time_percent
from .p1812_zones import Zoning

__all__ = ["BETA_RADIUS_KM", "PathGeometry", "median_radius_km", "path_geometry"]

BETA_RADIUS_KM = 3.0 * 6371.0
"""Effective Earth radius in the anomalous percentage of time, equation (7b)."""

_BETA_CURVATURE = 1.0 / BETA_RADIUS_KM
_ROOT_OF_2_PER_KM = math.sqrt(0.002)


class PathGeometry(NamedTuple):
    """Everything that the loss needs to know of a profile; no frequency, no percentage.

    Attributes
    ----------
    distance_km
        Length of the path (d).
    radius_km
        Median effective Earth radius (a_e, equation 7a).
    beta0_percent
        Percentage of time with strongly bent rays (beta_0, 5).
    sea_fraction, longest_land_km, longest_inland_km, tx_coast_km, rx_coast_km
        As in :class:`.p1812_zones.Zoning`.
    tx_amsl_m, rx_amsl_m
        Antennas above sea level (h_ts, h_rs).
    smooth_tx_m, smooth_rx_m
        Least-squares surface at the ends, above sea level (h_st, 85; h_sr, 86).
    ducting_surface_tx_m, ducting_surface_rx_m
        The same, but not above the ground (90a, 90b).
    diffraction_surface_tx_m, diffraction_surface_rx_m
        Smooth surface for diffraction (h_std, h_srd, 89).
    diffraction_tx_m, diffraction_rx_m
        Antennas above that surface (37a, 37b).
    ducting_tx_m, ducting_rx_m
        Antennas above the ducting surface (h_te, 92a; h_re, 92b).
    roughness_m
        Highest terrain above the ducting surface between the horizons (h_m, 93).
    tx_horizon_km, rx_horizon_km
        Distance of each antenna's horizon, or of the Bullington point where there is line of
        sight (d_lt, 78; d_lr, 81a).
    tx_elevation_mrad, rx_elevation_mrad
        Elevation of the horizon seen from each antenna (theta_t, 76-78; theta_r, 79-81).
    path_angle_mrad
        Angular distance of the path (theta, 82).
    line_of_sight
        Whether the bare terrain leaves line of sight in the median atmosphere.
    obstruction_m05, obstruction_beta_m05
        Diffraction parameter times the root of the wavelength, in the square root of metres: of
        the profile with its ground cover, for the median radius and for :data:`BETA_RADIUS_KM`.
    smooth_obstruction_m05, smooth_obstruction_beta_m05
        The same over the smooth Earth without terrain.
    """

    distance_km: float
    radius_km: float
    beta0_percent: float
    sea_fraction: float
    longest_land_km: float
    longest_inland_km: float
    tx_coast_km: float
    rx_coast_km: float
    tx_amsl_m: float
    rx_amsl_m: float
    smooth_tx_m: float
    smooth_rx_m: float
    ducting_surface_tx_m: float
    ducting_surface_rx_m: float
    diffraction_surface_tx_m: float
    diffraction_surface_rx_m: float
    diffraction_tx_m: float
    diffraction_rx_m: float
    ducting_tx_m: float
    ducting_rx_m: float
    roughness_m: float
    tx_horizon_km: float
    rx_horizon_km: float
    tx_elevation_mrad: float
    rx_elevation_mrad: float
    path_angle_mrad: float
    line_of_sight: bool
    obstruction_m05: float
    obstruction_beta_m05: float
    smooth_obstruction_m05: float
    smooth_obstruction_beta_m05: float


@compiled
def median_radius_km(delta_n: float) -> float:
    """Return the effective Earth radius for a refractivity lapse rate in N-units/km."""
    return 6371.0 * 157.0 / (157.0 - delta_n)  # (6), (7a)


@compiled
def _smooth_surface(
    distance_km: NDArray[np.float64], height_m: NDArray[np.float64], last: int
) -> tuple[float, float]:
    """Return the least-squares straight surface at both ends, (83)-(86)."""
    v1 = 0.0
    v2 = 0.0
    d0 = distance_km[0]
    h0 = height_m[0]
    for i in range(1, last + 1):
        d1 = distance_km[i]
        h1 = height_m[i]
        v1 += (d1 - d0) * (h1 + h0)  # (83)
        v2 += (d1 - d0) * (h1 * (2.0 * d1 + d0) + h0 * (d1 + 2.0 * d0))  # (84)
        d0 = d1
        h0 = h1
    length2 = d0 * d0
    return (2.0 * v1 * d0 - v2) / length2, (v2 - v1 * d0) / length2  # (85), (86)


@compiled
def _diffraction_surface(
    smooth_tx_m: float,
    smooth_rx_m: float,
    ground_tx_m: float,
    ground_rx_m: float,
    obstacle_m: float,
    tx_obstacle_slope: float,
    rx_obstacle_slope: float,
) -> tuple[float, float]:
    """Return the smooth surface for diffraction: lowered below obstacles, not above ground."""
    if obstacle_m > 0.0:
        both = tx_obstacle_slope + rx_obstacle_slope
        smooth_tx_m -= obstacle_m * tx_obstacle_slope / both  # (88c), (88e)
        smooth_rx_m -= obstacle_m * rx_obstacle_slope / both  # (88d), (88f)
    return min(smooth_tx_m, ground_tx_m), min(smooth_rx_m, ground_rx_m)  # (89)


@compiled
def path_geometry(
    distance_km: NDArray[np.float64],
    height_m: NDArray[np.float64],
    clutter_m: NDArray[np.float64],
    last: int,
    zoning: Zoning,
    tx_height_m: float,
    rx_height_m: float,
    delta_n: float,
    latitude_deg: float,
) -> PathGeometry:
    """Return what the loss needs to know of a profile, in two passes over its samples.

    Parameters
    ----------
    distance_km
        Samples from the transmitter on, increasing from 0.
    height_m
        Terrain above sea level at each.
    clutter_m
        Ground cover on it; that at the two ends is not used.
    last
        Index of the receiver's sample, 2 or more; samples beyond are not looked at.
    zoning
        From :func:`.p1812_zones.zones_along`.
    tx_height_m, rx_height_m
        Antennas above ground.
    delta_n
        Refractivity lapse rate in N-units/km.
    latitude_deg
        Of the middle of the path.
    """
    length = distance_km[last]
    tx = height_m[0] + tx_height_m
    rx = height_m[last] + rx_height_m
    radius = median_radius_km(delta_n)
    bulge = 500.0 / radius
    bulge_beta = 500.0 * _BETA_CURVATURE
    direct = (rx - tx) / length  # (14)

    tx_steepest = -np.inf  # highest slope of bare terrain without curvature
    rx_steepest = -np.inf
    obstacle = -np.inf  # (87a)
    tx_horizon_slope = -np.inf
    rx_horizon_slope = -np.inf
    tx_at = 1
    rx_at = 1
    tx_slope = -np.inf  # (13), median and anomalous atmosphere
    rx_slope = -np.inf  # (17)
    tx_slope_beta = -np.inf
    rx_slope_beta = -np.inf
    for i in range(1, last):
        d = distance_km[i]
        rest = length - d
        per_product = 1.0 / (d * rest)  # one division a sample: they are what a pass costs
        per_d = rest * per_product
        per_rest = d * per_product
        h = height_m[i]
        from_tx = (h - tx) * per_d
        from_rx = (h - rx) * per_rest
        tx_steepest = max(tx_steepest, from_tx)
        rx_steepest = max(rx_steepest, from_rx)
        obstacle = max(obstacle, h - tx - direct * d)  # (87)
        slope = from_tx - bulge * d  # (75)
        if slope > tx_horizon_slope:
            tx_horizon_slope = slope
            tx_at = i
        slope = from_rx - bulge * rest  # (80)
        if slope >= rx_horizon_slope:
            rx_horizon_slope = slope
            rx_at = i
        from_tx += clutter_m[i] * per_d
        from_rx += clutter_m[i] * per_rest
        tx_slope = max(tx_slope, from_tx + bulge * rest)
        rx_slope = max(rx_slope, from_rx + bulge * d)
        tx_slope_beta = max(tx_slope_beta, from_tx + bulge_beta * rest)
        rx_slope_beta = max(rx_slope_beta, from_rx + bulge_beta * d)

    tx_direct_slope = direct - bulge * length  # (76)
    line_of_sight = tx_horizon_slope <= tx_direct_slope
    obstruction = transhorizon_obstruction(tx_slope, rx_slope, tx, rx, length)
    obstruction_beta = transhorizon_obstruction(tx_slope_beta, rx_slope_beta, tx, rx, length)
    if line_of_sight or tx_slope < direct or tx_slope_beta < direct:
        highest = -np.inf
        highest_covered = -np.inf
        highest_beta = -np.inf
        at = 1
        for i in range(1, last):
            d = distance_km[i]
            rest = length - d
            product = d * rest
            per_root = 1.0 / math.sqrt(product)
            over = height_m[i] - (tx * rest + rx * d) / length
            value = (over + bulge * product) * per_root
            if value >= highest:
                highest = value
                at = i
            over += clutter_m[i]
            highest_covered = max(highest_covered, (over + bulge * product) * per_root)
            highest_beta = max(highest_beta, (over + bulge_beta * product) * per_root)
        to_obstruction = _ROOT_OF_2_PER_KM * math.sqrt(length)
        if tx_slope < direct:
            obstruction = highest_covered * to_obstruction  # (15)
        if tx_slope_beta < direct:
            obstruction_beta = highest_beta * to_obstruction
        if line_of_sight:
            tx_at = at
            rx_at = at
            tx_horizon_slope = tx_direct_slope
            rx_horizon_slope = -direct - bulge * length  # (79)
    tx_horizon = distance_km[tx_at]  # (78)
    rx_horizon = length - distance_km[rx_at]  # (81), (81a)
    tx_elevation = 1000.0 * math.atan(0.001 * tx_horizon_slope)  # (77)
    rx_elevation = 1000.0 * math.atan(0.001 * rx_horizon_slope)

    smooth_tx, smooth_rx = _smooth_surface(distance_km, height_m, last)
    diffraction_tx, diffraction_rx = _diffraction_surface(
        smooth_tx,
        smooth_rx,
        height_m[0],
        height_m[last],
        obstacle,
        tx_steepest - direct,  # (87b)
        rx_steepest + direct,  # (87c)
    )
    ducting_tx = min(smooth_tx, height_m[0])  # (90a)
    ducting_rx = min(smooth_rx, height_m[last])  # (90b)
    gradient = (ducting_rx - ducting_tx) / length  # (91)
    roughness = -np.inf
    for i in range(min(tx_at, rx_at), max(tx_at, rx_at) + 1):
        roughness = max(roughness, height_m[i] - (ducting_tx + gradient * distance_km[i]))  # (93)

    return PathGeometry(
        length,
        radius,
        anomalous_time_percent(latitude_deg, zoning.longest_land_km, zoning.longest_inland_km),
        zoning.sea_fraction,
        zoning.longest_land_km,
        zoning.longest_inland_km,
        zoning.tx_coast_km,
        zoning.rx_coast_km,
        tx,
        rx,
        smooth_tx,
        smooth_rx,
        ducting_tx,
        ducting_rx,
        diffraction_tx,
        diffraction_rx,
        tx - diffraction_tx,  # (37a)
        rx - diffraction_rx,  # (37b)
        tx - ducting_tx,  # (92a)
        rx - ducting_rx,  # (92b)
        roughness,
        tx_horizon,
        rx_horizon,
        tx_elevation,
        rx_elevation,
        1000.0 * length / radius + tx_elevation + rx_elevation,  # (82)
        line_of_sight,
        obstruction,
        obstruction_beta,
        smooth_obstruction(
            distance_km, last, tx - diffraction_tx, rx - diffraction_rx, 1.0 / radius
        ),
        smooth_obstruction(
            distance_km, last, tx - diffraction_tx, rx - diffraction_rx, _BETA_CURVATURE
        ),
    )
