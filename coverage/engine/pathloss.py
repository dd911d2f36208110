"""From what was read off paths to their loss: ITU-R P.1812-8 for many paths at once.

The same equations as in :mod:`..propagation.p1812_losses`, to which tests hold them within 1e-9
dB, in steps over all paths. No step jumps or calls the C library, so that the compiler takes
several paths together. Ducting counts in (61) only where its loss is below that with diffraction;
:func:`can_duct` tells from a bound where that cannot be, so that horizons and roughness need not
be looked for there.
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
    DECAY,
    DUCTING,
    DUCTING_RX,
    DUCTING_TX,
    EXPONENT,
    LENGTH,
    LN_BETA0,
    LOG_HORIZONS,
    LOG_LENGTH,
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
    TX_HORIZON,
    TX_MRAD,
    WORK,
    Paths,
)
from .smooth_earth import add_diffraction

__all__ = ["add_losses", "can_duct", "diffract", "prepare", "slant_db"]

_LN_10 = math.log(10.0)
_DB = 10.0 / _LN_10
_LN_100 = math.log(100.0)
_LOG_50 = math.log10(50.0)
_DUCT, _LOG_BETA, _DUCTED, _SIGHT, _EITHER, _LEAST_SIGHT = range(WORK, WORK + 6)


@kernel
def slant_db(distance_km: float, height_difference_m: float) -> float:
    """Return what free space adds to the loss over 1 km, (8)."""
    return _DB * log(distance_km**2 + (0.001 * height_difference_m) ** 2)


@kernel
def prepare(paths: Paths, count: int, air: Air) -> None:
    """Find what depends on neither frequency nor percentage of time."""
    rows = paths.rows
    for i in range(count):
        rows[SLANT, i] = slant_db(rows[LENGTH, i], rows[APART, i])
        rows[OWN_SLANT, i] = slant_db(rows[OWN_KM, i], rows[OWN_APART, i])
        rows[LOG_HORIZONS, i] = (0.1 * _DB) * log(rows[BOTH_HORIZONS, i])
    ln_factor = math.log(air.beta0_factor)
    for i in range(count):
        length = rows[LENGTH, i]
        ln_length = log(length)
        tau = 1.0 - exp(-4.12e-4 * exp(2.41 * ln_length))  # (3)
        ln_mu1 = 0.2 * log(  # (2)
            exp(-_LN_10 * length / (16.0 - 6.6 * tau)) + exp(-5.0 * _LN_10 * (0.496 + 0.354 * tau))
        )
        ln_beta0 = ln_factor + air.beta0_power * min(ln_mu1, 0.0)  # (4), (5)
        rows[LOG_LENGTH, i] = (0.1 * _DB) * ln_length
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
def can_duct(paths: Paths, i: int, air: Air, band: Band, season: Season) -> bool:
    """Tell whether ducting could win on a path; its diffraction losses must be known.

    No ducting loss lies below the bound: shielding is left out of it, elevations of the horizons
    above 0 as well, and the anomalous percentage of time is as large as it can be; (53) grows as
    that falls.
    """
    rows = paths.rows
    length = rows[LENGTH, i]
    angle_mrad = (
        1000.0 * length / air.radius_km + min(rows[TX_MRAD, i], 0.0) + min(rows[RX_MRAD, i], 0.0)
    )
    floor_db = (
        band.ducting_db
        + 20.0 * rows[LOG_HORIZONS, i]
        + band.ducting_db_per_mrad * angle_mrad
        + (1.2 + 3.7e-3 * length) * (season.log_percent - air.log_greatest_beta0)
    )
    if season.percent < air.greatest_beta0_percent:
        floor_db -= 12.0
    most_db = band.free_db + rows[SLANT, i] + max(rows[MEDIAN_DB, i], rows[ANOMALOUS_DB, i])
    return bool(floor_db <= most_db)


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
def _blend(paths: Paths, count: int, air: Air, band: Band, season: Season) -> None:
    """Find the basic transmission loss at 50 % of locations, (44), (57)-(63), (69)."""
    rows = paths.rows
    for i in range(count):
        sight_db = rows[_SIGHT, i]
        either_db = rows[_EITHER, i]
        duct_db = rows[_DUCTED, i]
        # Both exponentials of (60) under the larger of them.
        enhanced_db = max(duct_db, sight_db) + 2.5 * log(1.0 + exp(-0.4 * abs(duct_db - sight_db)))
        # What the layer takes off, if anything; DUCTING is 1 or 0.
        less_db = max(either_db - enhanced_db, 0.0) * (1.0 - rows[NEAR, i]) * rows[DUCTING, i]
        either_db -= less_db  # (61)
        path_mrad = (  # (82)
            1000.0 * rows[LENGTH, i] / air.radius_km + rows[TX_MRAD, i] + rows[RX_MRAD, i]
        )
        angle = 1.0 / (1.0 + exp(16.0 * (path_mrad - 0.3)))  # (57)
        blended_db = either_db + (rows[_LEAST_SIGHT, i] - either_db) * angle  # (62)
        scatter_db = (  # (44)
            band.scatter_db + season.scatter_db + 20.0 * rows[LOG_LENGTH, i] + 0.573 * path_mrad
        )
        loss_db = min(scatter_db, blended_db) - (0.5 * _DB) * log(  # (63)
            1.0 + exp((-0.2 * _LN_10) * abs(scatter_db - blended_db))
        )
        rows[LOSS, i] = max(sight_db, loss_db)


@kernel
def add_losses(paths: Paths, count: int, air: Air, band: Band, season: Season) -> None:
    """Write the basic transmission loss of all paths at one frequency and percentage of time.

    Ducting takes part where ``DUCTING`` says that horizons and roughness are known.
    """
    _coupling(paths, count, air, band)
    _in_layer(paths, count, season)
    _without_layers(paths, count, band, season)
    _blend(paths, count, air, band, season)
