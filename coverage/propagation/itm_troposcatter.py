"""Forward scatter in the Irregular Terrain Model: the loss far beyond both horizons.

Marks beside the lines as in :mod:`.itm_profile`. Kernels take metres, radians and MHz.
"""

from __future__ import annotations

import math

from ...topology.compiled import compiled

__all__ = ["NO_SCATTER_DB", "scatter_loss"]

NO_SCATTER_DB = 1001.0
"""The answer where the antennas are so low that the scatter function is not defined."""

_MHZ_PER_WAVE_NUMBER = 47.7


@compiled
def _h0_curve_db(j: int, r: float) -> float:
    """One curve of H_0 at whole eta_s [ALG, Eqn 6.13]."""
    a = (25.0, 80.0, 177.0, 395.0, 705.0)
    b = (24.0, 45.0, 68.0, 80.0, 105.0)
    return 10.0 * math.log10(1.0 + a[j] * (1.0 / r) ** 4 + b[j] * (1.0 / r) ** 2)


@compiled
def _h0_db(r: float, eta_s: float) -> float:
    """H_0(r, eta_s), the frequency gain of troposcatter [TN101, section 9.2]."""
    eta = min(max(eta_s, 1.0), 5.0)
    whole = int(eta)
    part = eta - whole
    gain = _h0_curve_db(whole - 1, r)
    if part != 0.0:
        gain = (1.0 - part) * gain + part * _h0_curve_db(whole, r)
    return gain


@compiled
def _scatter_curve_db(distance_times_angle: float) -> float:
    """F(theta d), the attenuation function of troposcatter [ALG, Eqn 6.9]."""
    td = distance_times_angle
    if td <= 10e3:
        return 133.4 + 0.332e-3 * td - 10.0 * math.log10(td)
    if td <= 70e3:
        return 104.6 + 0.212e-3 * td - 2.5 * math.log10(td)
    return 71.8 + 0.157e-3 * td + 5.0 * math.log10(td)


@compiled
def scatter_loss(
    distance_m: float,
    tx_rad: float,
    rx_rad: float,
    tx_horizon_m: float,
    rx_horizon_m: float,
    tx_effective_m: float,
    rx_effective_m: float,
    earth_m: float,
    refractivity: float,
    frequency_mhz: float,
    los_rad: float,
    h0_farther_db: float,
) -> tuple[float, float]:
    """Return the troposcatter loss and its H_0; ``h0_farther_db`` is below 0 for the first call."""
    wave_number = frequency_mhz / _MHZ_PER_WAVE_NUMBER
    if h0_farther_db > 15.0:
        h0 = h0_farther_db
    else:
        ad = tx_horizon_m - rx_horizon_m
        rr = rx_effective_m / tx_effective_m
        if ad < 0.0:
            ad = -ad
            rr = 1.0 / rr
        theta = tx_rad + rx_rad + distance_m / earth_m  # [ALG, Eqn 4.61]
        r_1 = 2.0 * wave_number * theta * tx_effective_m  # [TN101, Eqn 9.4a]
        r_2 = 2.0 * wave_number * theta * rx_effective_m
        if r_1 < 0.2 and r_2 < 0.2:
            return NO_SCATTER_DB, h0_farther_db  # H_0 is not defined there [ALG, page 11]

        s = (distance_m - ad) / (distance_m + ad)  # asymmetry
        q = min(max(0.1, rr / s), 10.0)  # [TN101, Eqn 9.5], bounds of [ALG, page 16]
        s = max(0.1, s)
        crossing = (distance_m - ad) * (distance_m + ad) * theta * 0.25 / distance_m  # [ALG, 4.66]
        eta_s = (crossing / 1.7556e3) * (
            1.0
            + (0.031 - refractivity * 2.32e-3 + refractivity**2 * 5.67e-6)
            * math.exp(-(min(1.7, crossing / 8.0e3) ** 6))
        )  # [TN101, Eqn 9.3a], [ALG, Eqn 4.67]

        h00 = (_h0_db(r_1, eta_s) + _h0_db(r_2, eta_s)) / 2.0
        asymmetry = 6.0 * (0.6 - math.log10(max(eta_s, 1.0))) * math.log10(s) * math.log10(q)
        h0 = max(h00 + min(h00, asymmetry), 0.0)  # [TN101, Eqn 9.5]
        if eta_s < 1.0:  # towards the special case of eta_s = 0
            root2 = math.sqrt(2.0)
            zero = ((1.0 + root2 / r_1) * (1.0 + root2 / r_2)) ** 2
            zero *= (r_1 + r_2) / (r_1 + r_2 + 2.0 * root2)
            h0 = eta_s * h0 + (1.0 - eta_s) * 10.0 * math.log10(zero)
        if h0 > 15.0 and h0_farther_db >= 0.0:  # above 15 dB the farther distance's [ALG, page 12]
            h0 = h0_farther_db

    bend_rad = distance_m / earth_m - los_rad
    loss = (
        _scatter_curve_db(bend_rad * distance_m)
        + 10.0 * math.log10(wave_number * _MHZ_PER_WAVE_NUMBER * bend_rad**4)
        - 0.1 * (refractivity - 301.0) * math.exp(-bend_rad * distance_m / 40e3)
        + h0
    )  # [ALG, Eqn 4.63]
    return loss, h0
