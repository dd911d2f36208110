"""Diffraction over terrain and over the smooth Earth, as Recommendation ITU-R P.526 builds it.

A profile acts as one knife edge, the *Bullington point* where the rays grazing the terrain from
both ends meet. What that edge misses of a long smooth path is added as the difference between the
spherical Earth and the same Bullington construction over a smooth profile: *delta-Bullington*.

Equation numbers are those of Recommendation ITU-R P.1812-8 (sections 4.3.1-4.3.4), which repeats
P.526-15 section 4.5 with its own numbers.

Frequency enters the geometry only as the wavelength below the diffraction parameter,
``nu = obstruction / sqrt(wavelength)``. The *obstruction* (in the square root of a metre) belongs
to the profile alone: found once, it serves every frequency.

Every function is compiled and takes plain numbers, so that other kernels may call it. Distances
are in km, heights in m above sea level unless said otherwise, slopes in m/km, losses in dB.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from ...topology.compiled import compiled

__all__ = [
    "bullington_db",
    "delta_bullington_db",
    "first_term_db",
    "first_term_over_ground_db",
    "knife_edge_db",
    "smooth_obstruction",
    "spherical_earth_db",
    "transhorizon_obstruction",
    "wavelength_m",
]

_PER_METRE = math.sqrt(0.002)
"""km below the root of nu against the metres of heights and wavelength."""


@compiled
def wavelength_m(frequency_ghz: float) -> float:
    """Return the wavelength, with the four-digit speed of light that the Recommendation has."""
    return 0.2998 / frequency_ghz


@compiled
def knife_edge_db(nu: float) -> float:
    """Return J(nu), the loss over one knife edge; 0 where the first Fresnel zone is clear."""
    if nu <= -0.78:
        return 0.0
    return 6.9 + 20.0 * math.log10(math.sqrt((nu - 0.1) ** 2 + 1.0) + nu - 0.1)  # (12)


@compiled
def bullington_db(nu: float, distance_km: float) -> float:
    """Return the Bullington loss of a path whose equivalent edge has the parameter nu."""
    edge_db = knife_edge_db(nu)  # (16), (20)
    return edge_db + (1.0 - math.exp(-edge_db / 6.0)) * (10.0 + 0.02 * distance_km)  # (21)


@compiled
def transhorizon_obstruction(
    tx_slope: float, rx_slope: float, tx_m: float, rx_m: float, distance_km: float
) -> float:
    """Return the obstruction at the Bullington point of a path without line of sight.

    Parameters
    ----------
    tx_slope, rx_slope
        Highest slope of the profile on the curved Earth seen from each end, equations (13), (17).
    tx_m, rx_m
        Antennas above sea level.
    distance_km
        Length of the path.
    """
    # How far the two grazing rays stand above the line from antenna to antenna, as slopes.
    direct = (rx_m - tx_m) / distance_km  # (14)
    above_tx = tx_slope - direct
    above_rx = rx_slope + direct
    if above_tx <= 0.0 or above_rx <= 0.0:  # the profile just touches the line of sight
        return 0.0
    # (18) and (19): the rays meet at d_bp = D a_r / (a_t + a_r), a_t d_bp above the line, so that
    # nu = a_t d_bp sqrt(0.002 D / (lambda d_bp (D - d_bp))) = sqrt(0.002 D a_t a_r / lambda).
    return _PER_METRE * math.sqrt(distance_km * above_tx * above_rx)


@compiled
def _smooth_clearance(
    at_km: float, length_km: float, tx_m: float, rx_m: float, curvature_per_km: float
) -> float:
    """Return the obstruction by one point of a smooth sea-level profile, (15)."""
    rest_km = length_km - at_km
    product = at_km * rest_km
    over_m = 500.0 * curvature_per_km * product - (tx_m * rest_km + rx_m * at_km) / length_km
    return over_m * _PER_METRE * math.sqrt(length_km / product)


@compiled
def _nearest_sample(distance_km: NDArray[np.float64], last: int, at_km: float) -> int:
    """Return the last interior sample at or before a distance."""
    low = 1
    high = last - 1
    while low < high:
        middle = (low + high + 1) // 2
        if distance_km[middle] <= at_km:
            low = middle
        else:
            high = middle - 1
    return low


@compiled
def smooth_obstruction(
    distance_km: NDArray[np.float64],
    last: int,
    tx_m: float,
    rx_m: float,
    curvature_per_km: float,
) -> float:
    """Return the Bullington obstruction of the same path over a smooth Earth without terrain.

    The slope seen from an end and the diffraction parameter each have a single peak along the
    path (both are strictly concave, nu in the angle phi with d = D sin^2 phi), so that few of the
    samples need looking at.

    Parameters
    ----------
    distance_km
        Samples of the profile from the transmitter on, increasing from 0.
    last
        Index of the receiver's sample.
    tx_m, rx_m
        Antennas above the smooth Earth, equation (37).
    curvature_per_km
        1 / effective Earth radius.
    """
    length = distance_km[last]
    bulge = 500.0 * curvature_per_km

    # From the transmitter: bulge (D - d) - tx / d, highest at d = sqrt(tx / bulge).
    tx_slope = -np.inf
    near = _nearest_sample(distance_km, last, math.sqrt(tx_m / bulge))
    for i in range(near, min(near + 2, last)):
        d = distance_km[i]
        tx_slope = max(tx_slope, bulge * (length - d) - tx_m / d)  # (13)

    if tx_slope < (rx_m - tx_m) / length:  # (14): line of sight
        low = 1
        high = last - 1
        while high - low > 2:  # the peak lies between low and high
            middle = (low + high) // 2
            here = _smooth_clearance(distance_km[middle], length, tx_m, rx_m, curvature_per_km)
            after = _smooth_clearance(distance_km[middle + 1], length, tx_m, rx_m, curvature_per_km)
            if here < after:
                low = middle + 1
            else:
                high = middle
        highest = -np.inf
        for i in range(low, high + 1):
            highest = max(
                highest,
                _smooth_clearance(distance_km[i], length, tx_m, rx_m, curvature_per_km),
            )
        return highest

    rx_slope = -np.inf
    near = _nearest_sample(distance_km, last, length - math.sqrt(rx_m / bulge))
    for i in range(near, min(near + 2, last)):
        rest = length - distance_km[i]
        rx_slope = max(rx_slope, bulge * distance_km[i] - rx_m / rest)  # (17)
    return transhorizon_obstruction(tx_slope, rx_slope, tx_m, rx_m, length)


@compiled
def _height_gain_db(normalised_height: float, beta: float, admittance: float) -> float:
    b = beta * normalised_height  # (35)
    if b > 2.0:
        gain = 17.6 * math.sqrt(b - 1.1) - 5.0 * math.log10(b - 1.1) - 8.0  # (34)
    else:
        gain = 20.0 * math.log10(b + 0.1 * b**3)  # (34)
    return max(gain, 2.0 + 20.0 * math.log10(admittance))


@compiled
def first_term_over_ground_db(
    permittivity: float,
    conductivity_s_m: float,
    distance_km: float,
    tx_m: float,
    rx_m: float,
    radius_km: float,
    frequency_ghz: float,
    vertical: bool,
) -> float:
    """Return the first term of the spherical-Earth residue series over one kind of ground.

    ``tx_m`` and ``rx_m`` are heights above the smooth Earth.
    """
    ionic = (18.0 * conductivity_s_m / frequency_ghz) ** 2
    admittance = (  # K, (29a)
        0.036
        * math.pow(radius_km * frequency_ghz, -1.0 / 3.0)
        * math.pow((permittivity - 1.0) ** 2 + ionic, -0.25)
    )
    if vertical:
        admittance *= math.sqrt(permittivity**2 + ionic)  # (29b)
    k2 = admittance * admittance
    k4 = k2 * k2
    beta = (1.0 + 1.6 * k2 + 0.67 * k4) / (1.0 + 4.5 * k2 + 1.53 * k4)  # (30)
    x = 21.88 * beta * math.pow(frequency_ghz / radius_km**2, 1.0 / 3.0) * distance_km  # (31)
    per_metre = 0.9575 * beta * math.pow(frequency_ghz**2 / radius_km, 1.0 / 3.0)  # (32)
    if x >= 1.6:
        distance_db = 11.0 + 10.0 * math.log10(x) - 17.6 * x  # (33)
    else:
        distance_db = -20.0 * math.log10(x) - 5.6488 * math.pow(x, 1.425)  # (33)
    return (  # (36)
        -distance_db
        - _height_gain_db(per_metre * tx_m, beta, admittance)
        - _height_gain_db(per_metre * rx_m, beta, admittance)
    )


@compiled
def first_term_db(
    distance_km: float,
    tx_m: float,
    rx_m: float,
    radius_km: float,
    frequency_ghz: float,
    sea_fraction: float,
    vertical: bool,
) -> float:
    """Return the first-term loss over land and sea in the proportion of the path, (28)."""
    loss = 0.0
    if sea_fraction < 1.0:
        loss += (1.0 - sea_fraction) * first_term_over_ground_db(
            22.0, 0.003, distance_km, tx_m, rx_m, radius_km, frequency_ghz, vertical
        )
    if sea_fraction > 0.0:
        loss += sea_fraction * first_term_over_ground_db(
            80.0, 5.0, distance_km, tx_m, rx_m, radius_km, frequency_ghz, vertical
        )
    return loss


@compiled
def spherical_earth_db(
    distance_km: float,
    tx_m: float,
    rx_m: float,
    radius_km: float,
    frequency_ghz: float,
    sea_fraction: float,
    vertical: bool,
) -> float:
    """Return the diffraction loss over a smooth spherical Earth.

    Parameters
    ----------
    distance_km
        Length of the path.
    tx_m, rx_m
        Antennas above the smooth Earth, above 0.
    radius_km
        Effective Earth radius.
    frequency_ghz
        Frequency.
    sea_fraction
        Share of the path over sea, 0-1.
    vertical
        Vertical instead of horizontal polarisation.
    """
    roots = math.sqrt(tx_m) + math.sqrt(rx_m)
    horizon_km = math.sqrt(0.002 * radius_km) * roots  # (22)
    if distance_km >= horizon_km:
        return first_term_db(
            distance_km, tx_m, rx_m, radius_km, frequency_ghz, sea_fraction, vertical
        )
    c = (tx_m - rx_m) / (tx_m + rx_m)  # (24d)
    m = 250.0 * distance_km**2 / (radius_km * (tx_m + rx_m))  # (24e)
    turn = min(1.0, max(-1.0, 1.5 * c * math.sqrt(3.0 * m / (m + 1.0) ** 3)))
    b = (  # (24c)
        2.0 * math.sqrt((m + 1.0) / (3.0 * m)) * math.cos(math.pi / 3.0 + math.acos(turn) / 3.0)
    )
    from_tx = 0.5 * distance_km * (1.0 + b)  # (24a)
    from_rx = distance_km - from_tx  # (24b)
    clearance_m = (  # (23)
        (tx_m - 500.0 * from_tx**2 / radius_km) * from_rx
        + (rx_m - 500.0 * from_rx**2 / radius_km) * from_tx
    ) / distance_km
    needed_m = 17.456 * math.sqrt(  # (25)
        from_tx * from_rx * wavelength_m(frequency_ghz) / distance_km
    )
    if clearance_m > needed_m:
        return 0.0
    grazing_km = 500.0 * (distance_km / roots) ** 2  # (26)
    loss = first_term_db(distance_km, tx_m, rx_m, grazing_km, frequency_ghz, sea_fraction, vertical)
    return (1.0 - clearance_m / needed_m) * max(loss, 0.0)  # (27)


@compiled
def delta_bullington_db(actual_db: float, smooth_db: float, spherical_db: float) -> float:
    """Return the diffraction loss of a general path from its three parts."""
    return actual_db + max(spherical_db - smooth_db, 0.0)  # (39)
