"""The reference attenuation of the Irregular Terrain Model: the loss above free space.

Three lines over distance, from geometry that :mod:`.itm_profile` or :mod:`.itm_area` prepared:
line of sight (two rays and extended diffraction), diffraction (between a smooth earth and two
knife edges) and troposcatter. The path's distance decides which of them speaks.

Sources, with the marks used beside the lines; [ALG], [ERL79] and [TN101] as in
:mod:`.itm_profile`, and

[VOGLER]
    L. E. Vogler, "Smooth earth diffraction calculations for horizontal polarization", 1964.

Kernels take metres, radians and MHz.
"""

from __future__ import annotations

import cmath
import math

from ...topology.compiled import compiled
from .itm_troposcatter import scatter_loss

__all__ = [
    "FAULT_EARTH",
    "FAULT_IMPEDANCE",
    "FAULT_REFRACTIVITY_LARGE",
    "FAULT_REFRACTIVITY_SMALL",
    "ground",
    "path_refractivity",
    "reference_attenuation",
    "roughness_m",
]

LINE_OF_SIGHT, DIFFRACTION, TROPOSCATTER = 1, 2, 3

FAULT_IMPEDANCE = 1013
FAULT_EARTH = 1016
FAULT_REFRACTIVITY_SMALL = 1021
FAULT_REFRACTIVITY_LARGE = 1022
"""Why a path has no loss; the numbers are the reference's own return codes."""

_WARN_TOO_FAR_1 = 0x0008
_WARN_TOO_FAR_2 = 0x0010
_WARN_TOO_NEAR_1 = 0x0020
_WARN_TOO_NEAR_2 = 0x0040
_WARN_TX_ANGLE = 0x0080
_WARN_RX_ANGLE = 0x0100
_WARN_TX_NEAR_HORIZON = 0x0200
_WARN_RX_NEAR_HORIZON = 0x0400
_WARN_TX_FAR_HORIZON = 0x0800
_WARN_RX_FAR_HORIZON = 0x1000
_WARN_REFRACTIVITY = 0x4000

_MHZ_PER_WAVE_NUMBER = 47.7
_EARTH_RADIUS_M = 6370e3


@compiled
def path_refractivity(sea_level_refractivity: float, height_m: float) -> float:
    """Return N_s, the refractivity at that height above the sea [TN101, Eqn 4.3]."""
    if height_m == 0.0:
        return sea_level_refractivity
    return sea_level_refractivity * math.exp(-height_m / 9460.0)


@compiled
def ground(
    frequency_mhz: float,
    refractivity: float,
    permittivity: float,
    conductivity_s_m: float,
    vertical: bool,
) -> tuple[float, complex]:
    """Return the radius of the effective earth (m) and the ground's transfer impedance."""
    curvature = 157e-9 * (1.0 - 0.04665 * math.exp(refractivity / 179.3))  # [TN101, Eqn 4.4]
    relative = complex(permittivity, 18000.0 * conductivity_s_m / frequency_mhz)  # [ALG, Eqn 1.5]
    impedance = cmath.sqrt(relative - 1.0)
    if vertical:
        impedance = impedance / relative
    return 1.0 / curvature, impedance


@compiled
def roughness_m(distance_m: float, delta_h_m: float) -> float:
    """Return delta-h as a path of that length meets it [ERL79, Eqn 3]."""
    return delta_h_m * (1.0 - 0.8 * math.exp(-distance_m / 50e3))


@compiled
def _clutter_deviation_m(roughness: float) -> float:
    """sigma_h, the deviation of the terrain in the first Fresnel zone [ERL79, Eqn 3.6a]."""
    return 0.78 * roughness * math.exp(-0.5 * roughness**0.25)


@compiled
def _knife_edge_db(v_squared: float) -> float:
    """Fresnel integral of an ideal edge [TN101, Eqns III.24b, III.24c]."""
    if v_squared < 5.76:
        return 6.02 + 9.11 * math.sqrt(v_squared) - 1.27 * v_squared
    return 12.953 + 10.0 * math.log10(v_squared)


@compiled
def _height_gain_db(x_km: float, k: float) -> float:
    """F(x, K), the height function of smooth-earth diffraction [ALG, Eqn 6.4]."""
    if x_km < 200.0:
        w = -math.log(k)
        if k < 1e-5 or x_km * w**3 > 5495.0:
            return 17.372 * math.log(x_km) - 117.0 if x_km > 1.0 else -117.0
        return 2.5e-5 * x_km**2 / k - 8.686 * w - 15.0
    gain = 0.05751 * x_km - 4.343 * math.log(x_km)
    if x_km < 2000.0:
        w = 0.0134 * x_km * math.exp(-0.005 * x_km)
        gain = (1.0 - w) * gain + w * (17.372 * math.log(x_km) - 117.0)
    return gain


@compiled
def _vogler(radius_m: float, cube_root_mhz: float, impedance: float) -> tuple[float, float]:
    """Return K and the normalised distance per km of an earth of that radius [VOGLER]."""
    c_0 = (4.0 / 3.0 * _EARTH_RADIUS_M / radius_m) ** (1.0 / 3.0)  # [VOGLER, Eqn 2]
    k = 0.017778 * c_0 / cube_root_mhz / impedance  # [VOGLER, Eqns 6a, 7a]
    return k, (1.607 - k) * c_0**2 * cube_root_mhz  # B_0 of [VOGLER, Fig 4], x of Eqn 2


@compiled
def _diffraction_line(
    tx_horizon_m: float,
    rx_horizon_m: float,
    tx_effective_m: float,
    rx_effective_m: float,
    tx_height_m: float,
    rx_height_m: float,
    earth_m: float,
    los_rad: float,
    smooth_los_m: float,
    delta_h_m: float,
    frequency_mhz: float,
    impedance: float,
    known_path: bool,
) -> tuple[float, float]:
    """Return slope (dB/m) and intercept (dB) of the diffraction line, from two far distances."""
    wave_number = frequency_mhz / _MHZ_PER_WAVE_NUMBER
    cube_root_mhz = frequency_mhz ** (1.0 / 3.0)
    los_m = tx_horizon_m + rx_horizon_m

    # What both distances share: the two antennas over earths of their own radius [VOGLER, Eqn 3].
    tx_k, tx_per_km = _vogler(0.5 * tx_horizon_m**2 / tx_effective_m, cube_root_mhz, impedance)
    rx_k, rx_per_km = _vogler(0.5 * rx_horizon_m**2 / rx_effective_m, cube_root_mhz, impedance)
    tx_x = tx_per_km * tx_horizon_m / 1000.0
    rx_x = rx_per_km * rx_horizon_m / 1000.0
    tx_gain_db = _height_gain_db(tx_x, tx_k)
    rx_gain_db = _height_gain_db(rx_x, rx_k)

    deviation = _clutter_deviation_m(roughness_m(smooth_los_m, delta_h_m))  # [ERL79, page 3-13]
    product = tx_height_m * rx_height_m
    clutter_db = min(
        15.0, 5.0 * math.log10(1.0 + 1e-5 * product * frequency_mhz * deviation)
    )  # [ERL79, Eqn 3.38c]
    surplus = tx_effective_m * rx_effective_m - product
    if known_path:
        product += 10.0  # C of low antennas on a known path [ERL79, page 3-8]
    ratio = math.sqrt(1.0 + surplus / product)

    unit = (earth_m**2 / frequency_mhz) ** (1.0 / 3.0)
    d_3 = max(smooth_los_m, los_m + 5.0 * unit)
    d_4 = d_3 + 10.0 * unit
    a_3 = 0.0
    a_4 = 0.0
    for distance in (d_3, d_4):
        bend_rad = distance / earth_m - los_rad  # [ALG, Eqn 4.12]
        beyond = distance - los_m
        v = 0.0795775 * wave_number * bend_rad**2  # 1/(4 pi) [TN101, Eqn I.7]
        edges_db = _knife_edge_db(
            v * tx_horizon_m * beyond / (beyond + tx_horizon_m)
        ) + _knife_edge_db(v * rx_horizon_m * beyond / (beyond + rx_horizon_m))  # [TN101, Eqn I.1]

        radius = beyond / bend_rad
        per_km = _vogler(radius, cube_root_mhz, impedance)[1]
        x = per_km * (radius * bend_rad) / 1000.0 + tx_x + rx_x
        distance_db = 0.05751 * x - 10.0 * math.log10(x)  # [TN101, Eqn 8.4], [VOGLER, Eqn 13]
        smooth_db = distance_db - tx_gain_db - rx_gain_db - 20.0  # [ALG, Eqn 4.20]

        rough = min(roughness_m(distance, delta_h_m) * wave_number, 6283.2)
        q = (ratio + (-los_rad * earth_m + los_m) / distance) * rough
        w = 25.1 / (25.1 + math.sqrt(q))  # [ERL79, Eqn 3.23]
        a_3 = a_4
        a_4 = w * smooth_db + (1.0 - w) * edges_db + clutter_db

    slope = (a_4 - a_3) / (d_4 - d_3)
    return slope, a_3 - slope * d_3


@compiled
def _line_of_sight_db(
    distance_m: float,
    tx_effective_m: float,
    rx_effective_m: float,
    impedance: complex,
    delta_h_m: float,
    slope: float,
    intercept_db: float,
    smooth_los_m: float,
    frequency_mhz: float,
) -> float:
    """Two rays, weighted against the diffraction line continued inwards."""
    wave_number = frequency_mhz / _MHZ_PER_WAVE_NUMBER
    deviation = _clutter_deviation_m(roughness_m(distance_m, delta_h_m))
    heights = tx_effective_m + rx_effective_m
    sin_psi = heights / math.sqrt(distance_m**2 + heights**2)  # [ALG, Eqn 4.46]

    # [ALG, Eqn 4.47]
    reflected = (sin_psi - impedance) / (sin_psi + impedance)
    reflected = reflected * math.exp(-min(10.0, wave_number * deviation * sin_psi))
    q = reflected.real**2 + reflected.imag**2
    if q < 0.25 or q < sin_psi:  # [ALG, Eqn 4.48]
        reflected = reflected * math.sqrt(sin_psi / q)

    phase = wave_number * 2.0 * tx_effective_m * rx_effective_m / distance_m  # [ALG, Eqn 4.49]
    if phase > math.pi / 2.0:
        phase = math.pi - (math.pi / 2.0) ** 2 / phase  # [ALG, Eqn 4.50]
    rays = complex(math.cos(phase), -math.sin(phase)) + reflected
    two_rays_db = -10.0 * math.log10(rays.real**2 + rays.imag**2)

    w = 1.0 / (1.0 + frequency_mhz * delta_h_m / max(10e3, smooth_los_m))  # [ALG, Eqn 4.43]
    return w * two_rays_db + (1.0 - w) * (slope * distance_m + intercept_db)


@compiled
def _sight_coefficients(
    tx_effective_m: float,
    rx_effective_m: float,
    impedance: complex,
    delta_h_m: float,
    slope: float,
    intercept_db: float,
    los_m: float,
    smooth_los_m: float,
    frequency_mhz: float,
) -> tuple[float, float]:
    """Return K1 (dB/m) and K2 (dB per e-fold) of the line-of-sight curve [ERL79, Eqn 3.19]."""
    a_edge = smooth_los_m * slope + intercept_db
    d_0 = 0.04 * frequency_mhz * tx_effective_m * rx_effective_m  # [ERL79, Eqn 3.16a] in metres
    if intercept_db >= 0.0:
        d_0 = min(d_0, 0.5 * los_m)
        d_1 = d_0 + 0.25 * (los_m - d_0)  # [ERL79, Eqn 3.16d]
    else:
        d_1 = max(-intercept_db / slope, 0.25 * los_m)
    a_1 = _line_of_sight_db(
        d_1, tx_effective_m, rx_effective_m, impedance, delta_h_m, slope, intercept_db,
        smooth_los_m, frequency_mhz,
    )  # fmt: skip

    if d_0 < d_1:
        a_0 = _line_of_sight_db(
            d_0, tx_effective_m, rx_effective_m, impedance, delta_h_m, slope, intercept_db,
            smooth_los_m, frequency_mhz,
        )  # fmt: skip
        q = math.log(smooth_los_m / d_0)
        span = smooth_los_m - d_0
        k_2 = max(
            0.0,
            (span * (a_1 - a_0) - (d_1 - d_0) * (a_edge - a_0))
            / (span * math.log(d_1 / d_0) - (d_1 - d_0) * q),
        )  # [ERL79, Eqn 3.20]
        if intercept_db > 0.0 or k_2 > 0.0:
            k_1 = (a_edge - a_0 - k_2 * q) / span  # [ERL79, Eqn 3.21]
            if k_1 < 0.0:
                k_1 = 0.0
                k_2 = max(a_edge - a_0, 0.0) / q
                if k_2 == 0.0:
                    k_1 = slope
            return k_1, k_2

    k_1 = max(a_edge - a_1, 0.0) / (smooth_los_m - d_1)
    if k_1 == 0.0:
        k_1 = slope
    return k_1, 0.0


@compiled
def reference_attenuation(
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
) -> tuple[float, int, int, int]:
    """Return the loss above free space (dB), its mode, the warning bits and a fault or 0."""
    tx_smooth_m = math.sqrt(2.0 * tx_effective_m * earth_m)
    rx_smooth_m = math.sqrt(2.0 * rx_effective_m * earth_m)
    smooth_los_m = tx_smooth_m + rx_smooth_m
    los_m = tx_horizon_m + rx_horizon_m
    los_rad = -max(tx_rad + rx_rad, -los_m / earth_m)

    warnings = 0
    if abs(tx_rad) > 200e-3:
        warnings |= _WARN_TX_ANGLE
    if abs(rx_rad) > 200e-3:
        warnings |= _WARN_RX_ANGLE
    if tx_horizon_m < 0.1 * tx_smooth_m:
        warnings |= _WARN_TX_NEAR_HORIZON
    if rx_horizon_m < 0.1 * rx_smooth_m:
        warnings |= _WARN_RX_NEAR_HORIZON
    if tx_horizon_m > 3.0 * tx_smooth_m:
        warnings |= _WARN_TX_FAR_HORIZON
    if rx_horizon_m > 3.0 * rx_smooth_m:
        warnings |= _WARN_RX_FAR_HORIZON
    if refractivity < 150.0:
        return 0.0, 0, warnings, FAULT_REFRACTIVITY_SMALL
    if refractivity > 400.0:
        return 0.0, 0, warnings, FAULT_REFRACTIVITY_LARGE
    if refractivity < 250.0:
        warnings |= _WARN_REFRACTIVITY
    if earth_m < 4000000.0 or earth_m > 13333333.0:
        return 0.0, 0, warnings, FAULT_EARTH
    if impedance.real <= abs(impedance.imag):
        return 0.0, 0, warnings, FAULT_IMPEDANCE
    if distance_m < abs(tx_effective_m - rx_effective_m) / 200e-3:
        warnings |= _WARN_TOO_NEAR_1
    if distance_m < 1e3:
        warnings |= _WARN_TOO_NEAR_2
    if distance_m > 1000e3:
        warnings |= _WARN_TOO_FAR_1
    if distance_m > 2000e3:
        warnings |= _WARN_TOO_FAR_2

    slope, intercept_db = _diffraction_line(
        tx_horizon_m, rx_horizon_m, tx_effective_m, rx_effective_m, tx_height_m, rx_height_m,
        earth_m, los_rad, smooth_los_m, delta_h_m, frequency_mhz, abs(impedance), known_path,
    )  # fmt: skip

    if distance_m < smooth_los_m:
        k_1, k_2 = _sight_coefficients(
            tx_effective_m, rx_effective_m, impedance, delta_h_m, slope, intercept_db, los_m,
            smooth_los_m, frequency_mhz,
        )  # fmt: skip
        a_edge = smooth_los_m * slope + intercept_db
        a_zero = a_edge - k_1 * smooth_los_m - k_2 * math.log(smooth_los_m)
        loss = a_zero + k_1 * distance_m + k_2 * math.log(distance_m)  # [ERL79, Eqn 3.19]
        return max(loss, 0.0), LINE_OF_SIGHT, warnings, 0

    d_5 = los_m + 200e3
    d_6 = los_m + 400e3
    a_6, h0 = scatter_loss(
        d_6, tx_rad, rx_rad, tx_horizon_m, rx_horizon_m, tx_effective_m, rx_effective_m, earth_m,
        refractivity, frequency_mhz, los_rad, -1.0,
    )  # fmt: skip
    a_5, h0 = scatter_loss(
        d_5, tx_rad, rx_rad, tx_horizon_m, rx_horizon_m, tx_effective_m, rx_effective_m, earth_m,
        refractivity, frequency_mhz, los_rad, h0,
    )  # fmt: skip
    if a_5 < 1000.0:
        scatter_slope = (a_6 - a_5) / 200e3
        unit = (earth_m**2 / frequency_mhz) ** (1.0 / 3.0)
        crossing_m = max(
            max(smooth_los_m, los_m + 1.088 * unit * math.log(frequency_mhz)),
            (a_5 - intercept_db - scatter_slope * d_5) / (slope - scatter_slope),
        )
        if distance_m > crossing_m:
            scatter_db = (slope - scatter_slope) * crossing_m + intercept_db
            return max(scatter_slope * distance_m + scatter_db, 0.0), TROPOSCATTER, warnings, 0
    elif distance_m > 10e6:  # no scatter that could be computed: the diffraction line goes on
        return max(slope * distance_m + intercept_db, 0.0), TROPOSCATTER, warnings, 0
    return max(slope * distance_m + intercept_db, 0.0), DIFFRACTION, warnings, 0
