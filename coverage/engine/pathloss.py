"""From what was read off paths to their loss: ITU-R P.1812-8 for many paths at once.

The same equations as in :mod:`..propagation.p1812_losses`, to which tests hold them within 1e-9
dB, in steps over all paths. No step jumps or calls the C library, so that the compiler takes
several paths together. What cannot move the result is left out: ducting counts in (61) only where
its loss is below that with diffraction, and :func:`mark_ducting` tells from a bound where that
cannot be; scatter is left out of (63) where it is so much larger that less than 1e-9 dB is lost.
"""

from __future__ import annotations

import math

from ..propagation.p1812_profile import BETA_RADIUS_KM
from .conditions import Air, Band, Season
from .kernel import kernel
from .logexp import exp, log
from .paths import (
    ANOMALOUS_DB,
    APART,
    BETA0,
    BETA0_DEVIATE,
    BOTH_HORIZONS,
    CAN_DUCT,
    DECAY,
    DUCTING,
    DUCTING_RX,
    DUCTING_TX,
    EXPONENT,
    LAYER_BOUND,
    LENGTH,
    LN_BETA0,
    LOG_HORIZONS,
    LOSS,
    MEDIAN_DB,
    NEAR,
    OBSTRUCTION,
    OBSTRUCTION_BETA,
    OWN_APART,
    OWN_KM,
    OWN_SLANT,
    ROUGHNESS,
    RX_HORIZON,
    RX_MRAD,
    SLANT,
    SPACING,
    TX_HORIZON,
    TX_MRAD,
    WORK,
    Paths,
)
from .radial import find_horizons
from .smooth_earth import add_diffraction
from .trace import Trace

__all__ = [
    "add_losses",
    "bound_layers",
    "diffract",
    "mark_ducting",
    "prepare",
    "prepare_times",
    "slant_db",
]

_LN_10 = math.log(10.0)
_DB = 10.0 / _LN_10
_LN_100 = math.log(100.0)
_LOG_50 = math.log10(50.0)
_BOUND_KM = 100.0
"""Up to where :func:`bound_layers` holds; tests try it up to there."""
_NO_BOUND_DB_PER_KM = 1e9
_BOUND_DECAY = 1e-6 * _BOUND_KM**1.13
_SHORT_TO_5 = 10.0 ** (-5.0 * 0.496)
_SCATTER_OUT_DB = 47.0
"""5 log(1 + 10^(-0.2 * 47)) is 9e-10 dB."""
_DUCT, _LOG_BETA, _DUCTED, _SIGHT, _EITHER, _LEAST_SIGHT, _SCATTER = range(WORK, WORK + 7)


@kernel
def slant_db(distance_km: float, height_difference_m: float) -> float:
    """Return what free space adds to the loss over 1 km, (8)."""
    return _DB * log(distance_km**2 + (0.001 * height_difference_m) ** 2)


@kernel
def prepare(paths: Paths, count: int) -> None:
    """Find what depends on neither frequency nor percentage of time."""
    rows = paths.rows
    for i in range(count):
        rows[SLANT, i] = slant_db(rows[LENGTH, i], rows[APART, i])
        rows[OWN_SLANT, i] = slant_db(rows[OWN_KM, i], rows[OWN_APART, i])
        rows[LOG_HORIZONS, i] = (0.1 * _DB) * log(rows[BOTH_HORIZONS, i])


@kernel
def prepare_times(paths: Paths, count: int, air: Air) -> None:
    """Find what tells one percentage of time from another, from the length of the paths."""
    rows = paths.rows
    ln_factor = math.log(air.beta0_factor)
    for i in range(count):
        length = rows[LENGTH, i]
        ln_length = log(length)
        tau = 1.0 - exp(-4.12e-4 * exp(2.41 * ln_length))  # (3)
        ln_mu1 = 0.2 * log(  # (2)
            exp(-_LN_10 * length / (16.0 - 6.6 * tau)) + exp(-5.0 * _LN_10 * (0.496 + 0.354 * tau))
        )
        ln_beta0 = ln_factor + air.beta0_power * min(ln_mu1, 0.0)  # (4), (5)
        rows[LN_BETA0, i] = ln_beta0
        rows[BETA0, i] = exp(ln_beta0)
        rows[EXPONENT, i] = max(-0.6 - 3.5e-9 * exp(3.1 * ln_length) * tau, -3.4)  # (55a)
        rows[DECAY, i] = 1e-6 * exp(1.13 * ln_length)
    for i in range(count):
        # The deviate of (40), Attachment 2; beta0 is always below 50 %.
        t = math.sqrt(2.0 * (_LN_100 - rows[LN_BETA0, i]))
        rows[BETA0_DEVIATE, i] = t - ((0.010328 * t + 0.802853) * t + 2.515516698) / (
            ((0.001308 * t + 0.189269) * t + 1.432788) * t + 1.0
        )
        rows[NEAR, i] = 1.0 / (1.0 + exp(0.15 * (rows[LENGTH, i] - 20.0)))  # (58)


@kernel
def diffract(paths: Paths, count: int, air: Air, band: Band, anomalous: bool) -> None:
    """Find the diffraction losses at one frequency, for both Earth radii if wanted."""
    add_diffraction(paths, count, air.radius_km, band, OBSTRUCTION, MEDIAN_DB)
    if anomalous:
        add_diffraction(paths, count, BETA_RADIUS_KM, band, OBSTRUCTION_BETA, ANOMALOUS_DB)
    else:
        for i in range(count):
            paths.rows[ANOMALOUS_DB, i] = paths.rows[MEDIAN_DB, i]


@kernel
def bound_layers(paths: Paths, count: int, air: Air, season: Season) -> None:
    """Write a bound below (53), for paths of up to 100 km; longer ones have none.

    (53) falls as log beta rises, and beta is at most beta0, here a little more than that: it is
    taken with tau = 0. Where the horizons are and how rough the ground is does not matter.
    """
    rows = paths.rows
    for i in range(count):
        length = rows[LENGTH, i]
        mu1_to_5 = exp((-_LN_10 / 16.0) * length) + _SHORT_TO_5  # (2)
        log_beta = air.log_greatest_beta0 + (
            (0.02 * _DB) * air.beta0_power * min(log(mu1_to_5), 0.0)  # (4), (5)
        )
        u = 2.0058 - log_beta
        # u^-1.012 of (53a) from below: ln u <= u - 1. The exponential: at 100 km.
        gamma = 1.076 * (1.0 - 0.012 * (u - 1.0)) / u
        gamma *= 1.0 - _BOUND_DECAY * (9.51 - 4.8 * log_beta + 0.198 * log_beta * log_beta)
        over_beta = season.log_percent - log_beta
        # Below beta0 the power falls with Gamma, which is less than 1 % above its bound.
        gamma *= 1.0 if over_beta > 0.0 else 1.01
        rows[LAYER_BOUND, i] = (
            (1.2 + 3.7e-3 * length) * over_beta
            + 12.0 * exp(_LN_10 * gamma * over_beta)
            - 12.0
            - _NO_BOUND_DB_PER_KM * max(length - _BOUND_KM, 0.0)
        )


@kernel
def mark_ducting(paths: Paths, count: int, air: Air, band: Band) -> int:
    """Mark on which paths ducting could win; return how many they are.

    Diffraction losses and :func:`bound_layers` must be known. No ducting loss (46) lies below this
    bound, which knows the elevations of the horizons, but not where they are: of shielding it has
    the least.
    """
    rows = paths.rows
    for i in range(count):
        length = rows[LENGTH, i]
        rx_mrad = rows[RX_MRAD, i]
        above = max(rx_mrad - 0.1 * length, 0.0)  # (48a)
        nearest = math.sqrt(rows[SPACING, i])
        floor_db = (
            band.ducting_db
            + 20.0 * rows[LOG_HORIZONS, i]
            + 2.0 * _DB * log(1.0 + band.shielding * above * nearest)  # (48)
            + band.shielding_db_per_mrad * above
            + band.ducting_db_per_mrad
            * (1000.0 * length / air.radius_km + min(rows[TX_MRAD, i], 0.0) + min(rx_mrad, 0.0))
            + rows[LAYER_BOUND, i]
        )
        most_db = band.free_db + rows[SLANT, i] + max(rows[MEDIAN_DB, i], rows[ANOMALOUS_DB, i])
        rows[CAN_DUCT, i] = 1.0 if floor_db <= most_db else 0.0
    marked = 0
    for i in range(count):
        marked += 1 if rows[CAN_DUCT, i] > 0.0 else 0
    return marked


@kernel
def _shielding_db(elevation_mrad: float, horizon_km: float, band: Band) -> float:
    above = max(elevation_mrad - 0.1 * horizon_km, 0.0)  # (48a)
    return (  # (48)
        2.0 * _DB * log(1.0 + band.shielding * above * math.sqrt(horizon_km))
        + band.shielding_db_per_mrad * above
    )


@kernel
def _coupling(paths: Paths, count: int, air: Air, band: Band) -> None:
    """Find the part of ducting that no percentage of time changes, and beta of (54)."""
    rows = paths.rows
    for i in range(count):
        length = rows[LENGTH, i]
        tx_km = rows[TX_HORIZON, i]
        rx_km = rows[RX_HORIZON, i]
        angle_mrad = (  # (52), (52a)
            1000.0 * length / air.radius_km
            + min(rows[TX_MRAD, i], 0.1 * tx_km)
            + min(rows[RX_MRAD, i], 0.1 * rx_km)
        )
        rows[_DUCT, i] = (
            band.ducting_db
            + 20.0 * rows[LOG_HORIZONS, i]  # (47)
            + _shielding_db(rows[TX_MRAD, i], tx_km, band)
            + _shielding_db(rows[RX_MRAD, i], rx_km, band)
            + band.ducting_db_per_mrad * angle_mrad  # (51)
            - 12.0
        )
    for i in range(count):
        length = rows[LENGTH, i]
        tx = rows[DUCTING_TX, i]
        rx = rows[DUCTING_RX, i]
        curvature = 500.0 * length * length / (air.radius_km * (tx + rx + 2.0 * math.sqrt(tx * rx)))
        between = min(length - rows[TX_HORIZON, i] - rows[RX_HORIZON, i], 40.0)  # (56a)
        rows[_LOG_BETA, i] = (0.1 * _DB) * (  # (54)
            rows[LN_BETA0, i]
            + min(rows[EXPONENT, i] * log(curvature), 0.0)  # (55)
            - 4.6e-5 * max(rows[ROUGHNESS, i] - 10.0, 0.0) * (43.0 + 6.0 * between)  # (56)
        )


@kernel
def _in_layer(paths: Paths, count: int, season: Season) -> None:
    """Find the ducting loss, (46), (53)."""
    rows = paths.rows
    for i in range(count):
        log_beta = rows[_LOG_BETA, i]
        gamma = 1.076 * exp(  # (53a)
            -1.012 * log(2.0058 - log_beta)
            - (9.51 - 4.8 * log_beta + 0.198 * log_beta * log_beta) * rows[DECAY, i]
        )
        over_beta = season.log_percent - log_beta
        rows[_DUCTED, i] = (
            rows[_DUCT, i]
            + (1.2 + 3.7e-3 * rows[LENGTH, i]) * over_beta
            + 12.0 * exp(gamma * over_beta * _LN_10)
        )


@kernel
def _without_layers(paths: Paths, count: int, band: Band, season: Season) -> None:
    """Find the losses with diffraction but without ducting, (9)-(11), (40)-(43), (59)."""
    rows = paths.rows
    log_of_median = season.log_percent - _LOG_50
    for i in range(count):
        free_db = band.free_db + rows[SLANT, i]
        median_db = rows[MEDIAN_DB, i]
        focusing = 2.6 * (1.0 - exp(-0.1 * rows[BOTH_HORIZONS, i]))  # (9)
        sight_db = free_db + focusing * log_of_median  # (10)
        sight_beta_db = free_db + focusing * ((0.1 * _DB) * rows[LN_BETA0, i] - _LOG_50)  # (11)
        often = season.percent > rows[BETA0, i]
        weight = season.deviate / rows[BETA0_DEVIATE, i] if often else 1.0  # (40)
        diffraction_db = median_db + weight * (rows[ANOMALOUS_DB, i] - median_db)  # (41)
        often_db = free_db + median_db  # (42)
        often_db += (sight_beta_db + diffraction_db - often_db) * weight
        rows[_SIGHT, i] = sight_db
        rows[_EITHER, i] = sight_db + diffraction_db  # (43)
        rows[_LEAST_SIGHT, i] = often_db if often else sight_db + diffraction_db  # (59)


@kernel
def _at_median(paths: Paths, count: int, band: Band) -> None:
    """Find the same at 50 % of time, where only free space and diffraction are left."""
    rows = paths.rows
    for i in range(count):
        free_db = band.free_db + rows[SLANT, i]
        rows[_SIGHT, i] = free_db
        rows[_EITHER, i] = free_db + rows[MEDIAN_DB, i]
        rows[_LEAST_SIGHT, i] = free_db + rows[MEDIAN_DB, i]


@kernel
def _let_layers_in(paths: Paths, count: int) -> None:
    """Take off what a layer spares the marked paths, (60), (61)."""
    rows = paths.rows
    for i in range(count):
        sight_db = rows[_SIGHT, i]
        duct_db = rows[_DUCTED, i]
        # Both exponentials of (60) under the larger of them.
        enhanced_db = max(duct_db, sight_db) + 2.5 * log(1.0 + exp(-0.4 * abs(duct_db - sight_db)))
        less_db = max(rows[_EITHER, i] - enhanced_db, 0.0) * (1.0 - rows[NEAR, i])
        rows[_EITHER, i] -= less_db if rows[CAN_DUCT, i] > 0.0 else 0.0


@kernel
def _blend(paths: Paths, count: int, air: Air, band: Band, season: Season) -> None:
    """Find the basic transmission loss at 50 % of locations, (44), (57)-(63), (69)."""
    rows = paths.rows
    close = 0
    for i in range(count):
        path_mrad = (  # (82)
            1000.0 * rows[LENGTH, i] / air.radius_km + rows[TX_MRAD, i] + rows[RX_MRAD, i]
        )
        angle = 1.0 / (1.0 + exp(16.0 * (path_mrad - 0.3)))  # (57)
        either_db = rows[_EITHER, i]
        blended_db = either_db + (rows[_LEAST_SIGHT, i] - either_db) * angle  # (62)
        scatter_db = (  # (44)
            band.scatter_db
            + season.scatter_db
            + 2.0 * _DB * log(rows[LENGTH, i])
            + 0.573 * path_mrad
        )
        rows[_SCATTER, i] = scatter_db
        rows[LOSS, i] = blended_db
        close += 1 if scatter_db - blended_db < _SCATTER_OUT_DB else 0
    if close > 0:
        for i in range(count):
            scatter_db = rows[_SCATTER, i]
            blended_db = rows[LOSS, i]
            rows[LOSS, i] = min(scatter_db, blended_db) - (0.5 * _DB) * log(  # (63)
                1.0 + exp((-0.2 * _LN_10) * abs(scatter_db - blended_db))
            )
    for i in range(count):
        rows[LOSS, i] = max(rows[_SIGHT, i], rows[LOSS, i])  # (69)


@kernel
def add_losses(
    paths: Paths,
    count: int,
    trace: Trace,
    tx_m: float,
    air: Air,
    band: Band,
    season: Season,
    timed: bool,
) -> bool:
    """Write the basic transmission loss of all paths at one frequency and percentage of time.

    Parameters
    ----------
    paths, count
        Paths with their diffraction losses.
    trace, tx_m
        The radial along which they run, for the horizons of those on which ducting could win, and
        the transmitting antenna above sea level.
    air, band, season
        The conditions.
    timed
        Whether :func:`prepare_times` was done; it must be where the season is not the median.

    Returns
    -------
    bool
        Whether it is done now.
    """
    bound_layers(paths, count, air, season)
    marked = mark_ducting(paths, count, air, band)
    if marked > 0:
        if not timed:
            prepare_times(paths, count, air)
            timed = True
        bulge = 500.0 / air.radius_km
        for i in range(count):
            if paths.rows[CAN_DUCT, i] > 0.0 and paths.rows[DUCTING, i] == 0.0:
                find_horizons(paths, i, trace, tx_m, bulge, False)
    if season.deviate == 0.0:
        _at_median(paths, count, band)
    else:
        _without_layers(paths, count, band, season)
    if marked > 0:
        _coupling(paths, count, air, band)
        _in_layer(paths, count, season)
        _let_layers_in(paths, count)
    _blend(paths, count, air, band, season)
    return timed
