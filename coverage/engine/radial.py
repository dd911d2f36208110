"""One radial: every sample of it as a receiver, for little more than one walk outwards.

Walking along a trace (:mod:`.trace`), what the transmitter sees is kept as running maxima and the
smooth surface as running sums; what a receiver sees comes from hulls, what reaches into its
Fresnel zone from lids. Hulls and lids grow only when a receiver asks for them: over flat ground
with buildings on it, that of the covered profile is the only one.

The result is that of the plain loop over the same profile, which tests hold within 1e-9 dB.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from ..propagation.p526_diffraction import transhorizon_obstruction
from .fresnel import deepest_of_all, deepest_sample, highest_rise
from .hull import grow_hull, highest_above, tangent_from
from .kernel import kernel
from .paths import (
    APART,
    BEFORE,
    BOTH_HORIZONS,
    DIFFRACTION_RX,
    DIFFRACTION_TX,
    DUCTING,
    DUCTING_RX,
    DUCTING_TX,
    FIRST,
    LAST,
    LENGTH,
    LINE_OF_SIGHT,
    OBSTRUCTION,
    OBSTRUCTION_BETA,
    ROUGHNESS,
    RX_HORIZON,
    RX_M,
    RX_MRAD,
    SPACING,
    TX_HORIZON,
    TX_MRAD,
    Paths,
)
from .trace import (
    ANOMALOUS,
    AT,
    BETA_BULGE,
    CLUTTER,
    COVERED,
    CURVED,
    FLAT,
    GROUND,
    HEIGHTS,
    Trace,
)

__all__ = [
    "Running",
    "begin",
    "find_horizons",
    "note_path",
    "obstruction_in_sight",
    "passed",
    "reached",
    "read_path",
]

_ROOT_OF_2_PER_KM = math.sqrt(0.002)
_ROUGH_M = 10.0


class Running(NamedTuple):
    """What is known of the samples passed so far.

    Attributes
    ----------
    tx_steepest
        Highest slope of the bare ground seen from the transmitter, without curvature, m/km.
    tx_horizon_slope, tx_horizon_km
        The same with curvature, and where.
    tx_slope, tx_slope_beta
        The same of the covered ground, for both radii.
    v1, v2
        Sums of the smooth surface (83), (84).
    """

    tx_steepest: float
    tx_horizon_slope: float
    tx_horizon_km: float
    tx_slope: float
    tx_slope_beta: float
    v1: float
    v2: float


@kernel
def begin() -> Running:
    """Return what is known at the transmitter."""
    return Running(-np.inf, -np.inf, 0.0, -np.inf, -np.inf, 0.0, 0.0)


@kernel
def reached(trace: Trace, i: int, running: Running) -> Running:
    """Return what is known when the walk stands on sample ``i``, before it is an obstacle."""
    d0 = trace.rows[AT, i - 1]
    d1 = trace.rows[AT, i]
    h0 = trace.rows[GROUND, i - 1]
    h1 = trace.rows[GROUND, i]
    v1 = running.v1 + (d1 - d0) * (h1 + h0)  # (83)
    v2 = running.v2 + (d1 - d0) * (h1 * (2.0 * d1 + d0) + h0 * (d1 + 2.0 * d0))  # (84)
    return Running(
        running.tx_steepest,
        running.tx_horizon_slope,
        running.tx_horizon_km,
        running.tx_slope,
        running.tx_slope_beta,
        v1,
        v2,
    )


@kernel
def passed(
    trace: Trace, i: int, running: Running, tx_m: float, bulge: float, anomalous: bool
) -> Running:
    """Return what is known when sample ``i`` has become an obstacle for those beyond."""
    d = trace.rows[AT, i]
    per_d = 1.0 / d
    bare = (trace.rows[GROUND, i] - tx_m) * per_d
    covered = bare + trace.rows[CLUTTER, i] * per_d
    horizon = bare - bulge * d  # (75)
    horizon_slope = running.tx_horizon_slope
    horizon_km = running.tx_horizon_km
    if horizon > horizon_slope:
        horizon_slope = horizon
        horizon_km = d
    slope_beta = running.tx_slope_beta
    if anomalous:
        slope_beta = max(slope_beta, covered - BETA_BULGE * d)
    return Running(
        max(running.tx_steepest, bare),
        horizon_slope,
        horizon_km,
        max(running.tx_slope, covered - bulge * d),  # (13) less what belongs to the receiver
        slope_beta,
        running.v1,
        running.v2,
    )


@kernel
def obstruction_in_sight(
    trace: Trace, skyline: int, at: int, last: int, tx_m: float, curved_rx_m: float
) -> float:
    """Return the obstruction by one sample of a clear path, (15)."""
    length = trace.rows[AT, last]
    d = trace.rows[AT, at]
    rest = length - d
    over = trace.rows[HEIGHTS + skyline, at] - (tx_m * rest + curved_rx_m * d) / length
    return float(over * _ROOT_OF_2_PER_KM * math.sqrt(length / (d * rest)))


@kernel
def _obstruction(
    trace: Trace,
    skyline: int,
    last: int,
    tx_slope: float,
    tx_m: float,
    rx_m: float,
    bulge: float,
) -> float:
    """Return the obstruction of a skyline, (13)-(20)."""
    length = trace.rows[AT, last]
    curved_rx = rx_m - bulge * length * length
    tx_slope += bulge * length  # (13)
    if tx_slope < (rx_m - tx_m) / length:  # (14)
        at = deepest_sample(trace, skyline, last, tx_m, curved_rx)
        return obstruction_in_sight(trace, skyline, at, last, tx_m, curved_rx)
    count = grow_hull(trace, skyline, last)
    at_km, at_m = tangent_from(trace, skyline, count, length, curved_rx)
    rx_slope = (at_m - curved_rx) / (length - at_km) - bulge * length  # (17)
    return transhorizon_obstruction(tx_slope, rx_slope, tx_m, rx_m, length)


@kernel
def _elevation_mrad(slope_m_per_km: float) -> float:
    """Return the elevation of a horizon, (77)."""
    x = 0.001 * slope_m_per_km
    x2 = x * x
    if x2 < 0.0016:  # what is left of the series is below 1e-16
        return slope_m_per_km * (
            1.0 - x2 * (1 / 3 - x2 * (1 / 5 - x2 * (1 / 7 - x2 * (1 / 9 - x2 / 11))))
        )
    return 1000.0 * math.atan(x)


@kernel
def note_path(
    paths: Paths,
    k: int,
    trace: Trace,
    last: int,
    running: Running,
    tx_m: float,
    rx_m: float,
    bulge: float,
    rx_horizon_km: float,
    rx_horizon_slope: float,
    obstacle_m: float,
    rx_above: float,
    obstruction: float,
    obstruction_beta: float,
) -> None:
    """Write a path's column from what each end sees.

    Parameters
    ----------
    paths, k
        Where to write it.
    trace, last
        The radial and the receiver's sample.
    running
        What the transmitter sees, and the sums of the smooth surface.
    tx_m, rx_m
        Antennas above sea level.
    bulge
        500 / effective Earth radius.
    rx_horizon_km, rx_horizon_slope
        The receiver's horizon; not looked at where there is line of sight.
    obstacle_m, rx_above
        How far bare ground stands above the line between the antennas (87a), and how steeply seen
        from the receiver (87c); not looked at where none does.
    obstruction, obstruction_beta
        Those of the covered ground.
    """
    rows = paths.rows
    length = trace.rows[AT, last]
    ground_tx = trace.rows[GROUND, 0]
    ground_rx = trace.rows[GROUND, last]
    direct = (rx_m - tx_m) / length  # (14)
    tx_horizon_slope = running.tx_horizon_slope
    rows[TX_HORIZON, k] = running.tx_horizon_km  # (78)
    rows[RX_HORIZON, k] = rx_horizon_km
    rows[BOTH_HORIZONS, k] = running.tx_horizon_km + rx_horizon_km
    rows[LINE_OF_SIGHT, k] = 0.0
    if tx_horizon_slope <= direct - bulge * length:
        tx_horizon_slope = direct - bulge * length  # (76)
        rx_horizon_slope = -direct - bulge * length  # (79)
        rows[BOTH_HORIZONS, k] = length  # (81a)
        rows[LINE_OF_SIGHT, k] = 1.0
    rows[TX_MRAD, k] = _elevation_mrad(tx_horizon_slope)
    rows[RX_MRAD, k] = _elevation_mrad(rx_horizon_slope)

    smooth_tx = (2.0 * running.v1 * length - running.v2) / (length * length)  # (85)
    smooth_rx = (running.v2 - running.v1 * length) / (length * length)  # (86)
    rows[DUCTING_TX, k] = tx_m - min(smooth_tx, ground_tx)  # (90a), (92a)
    rows[DUCTING_RX, k] = rx_m - min(smooth_rx, ground_rx)  # (90b), (92b)
    tx_above = running.tx_steepest - direct  # (87b)
    if tx_above > 0.0:  # so that the obstacle is above 0
        share = obstacle_m / (tx_above + rx_above)
        smooth_tx -= share * tx_above  # (88c), (88e)
        smooth_rx -= share * rx_above  # (88d), (88f)
    rows[DIFFRACTION_TX, k] = tx_m - min(smooth_tx, ground_tx)  # (89), (37a)
    rows[DIFFRACTION_RX, k] = rx_m - min(smooth_rx, ground_rx)  # (89), (37b)

    rows[LENGTH, k] = length
    rows[FIRST, k] = trace.rows[AT, 1]
    rows[SPACING, k] = trace.rows[AT, 2] - trace.rows[AT, 1]
    rows[BEFORE, k] = last - 2
    rows[RX_M, k] = rx_m
    rows[APART, k] = tx_m - rx_m
    rows[OBSTRUCTION, k] = obstruction
    rows[OBSTRUCTION_BETA, k] = obstruction_beta
    rows[ROUGHNESS, k] = _ROUGH_M
    rows[DUCTING, k] = 0.0
    paths.places[LAST, k] = last


@kernel
def read_path(
    paths: Paths,
    k: int,
    trace: Trace,
    last: int,
    running: Running,
    tx_m: float,
    rx_height_m: float,
    bulge: float,
    anomalous: bool,
) -> None:
    """Write the column of the path to sample ``last`` (2 or more), from hulls and lids.

    From one call to the next on a radial ``last`` grows.
    """
    length = trace.rows[AT, last]
    rx_m = trace.rows[GROUND, last] + rx_height_m
    curved_rx = rx_m - bulge * length * length
    direct = (rx_m - tx_m) / length  # (14)

    rx_horizon = 0.0
    rx_horizon_slope = 0.0
    if running.tx_horizon_slope > direct - bulge * length:
        count = grow_hull(trace, CURVED, last)
        at_km, at_m = tangent_from(trace, CURVED, count, length, curved_rx)
        rx_horizon = length - at_km  # (81)
        rx_horizon_slope = (at_m - curved_rx) / rx_horizon - 2.0 * bulge * length  # (80)
    obstacle = 0.0
    rx_above = 0.0
    if running.tx_steepest > direct:  # some ground stands above the line between the antennas
        count = grow_hull(trace, FLAT, last)
        at_km, at_m = highest_above(trace, FLAT, count, direct)
        obstacle = at_m - (tx_m + direct * at_km)  # (87a)
        at_km, at_m = tangent_from(trace, FLAT, count, length, rx_m)
        rx_above = (at_m - rx_m) / (length - at_km) + direct  # (87c)
    obstruction = _obstruction(trace, COVERED, last, running.tx_slope, tx_m, rx_m, bulge)
    obstruction_beta = obstruction
    if anomalous:
        obstruction_beta = _obstruction(
            trace, ANOMALOUS, last, running.tx_slope_beta, tx_m, rx_m, BETA_BULGE
        )
    note_path(
        paths,
        k,
        trace,
        last,
        running,
        tx_m,
        rx_m,
        bulge,
        rx_horizon,
        rx_horizon_slope,
        obstacle,
        rx_above,
        obstruction,
        obstruction_beta,
    )


@kernel
def find_horizons(
    paths: Paths, k: int, trace: Trace, tx_m: float, bulge: float, plain: bool
) -> None:
    """Find where the horizons of a path are and how rough the ground between them, (78)-(93).

    ``plain`` looks at every sample instead of making lids, which pays for a single receiver.
    """
    rows = paths.rows
    last = paths.places[LAST, k]
    length = rows[LENGTH, k]
    rx_m = rows[RX_M, k]
    if rows[LINE_OF_SIGHT, k] > 0.0:
        curved_rx = rx_m - bulge * length * length
        if plain:
            tx_at = deepest_of_all(trace, CURVED, last, tx_m, curved_rx)
        else:
            tx_at = deepest_sample(trace, CURVED, last, tx_m, curved_rx)
        rx_at = tx_at
        rows[TX_HORIZON, k] = trace.rows[AT, tx_at]
        rows[RX_HORIZON, k] = length - trace.rows[AT, tx_at]  # (81a)
    else:
        first_km = rows[FIRST, k]
        per_spacing = 1.0 / rows[SPACING, k]
        rx_at_km = length - rows[RX_HORIZON, k]
        tx_at = 1 + int((rows[TX_HORIZON, k] - first_km) * per_spacing + 0.5)
        rx_at = 1 + int((rx_at_km - first_km) * per_spacing + 0.5)
    base = tx_m - rows[DUCTING_TX, k]
    slope = (rx_m - rows[DUCTING_RX, k] - base) / length  # (91)
    first = min(tx_at, rx_at)
    end = max(tx_at, rx_at)
    rows[ROUGHNESS, k] = highest_rise(trace, FLAT, first, end, base, slope, _ROUGH_M, plain)  # (93)
    rows[DUCTING, k] = 1.0
