"""One pixel, its own profile: what the shared radials are measured against.

The profile runs straight from the transmitter to the middle of the pixel, in as many equal steps
as the pixel lies rows or columns away, whichever is more; each sample takes the heights of the
cell that it falls into. Every sample is looked at, so that the cost grows with distance.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from ..propagation.near_in import JOIN_KM
from ..propagation.p526_diffraction import transhorizon_obstruction
from .conditions import Air
from .fresnel import deepest_of_all
from .kernel import kernel
from .paths import Paths
from .pixels import losses_to_layers
from .radial import Running, find_horizons, note_path, obstruction_in_sight
from .scene import Scene, assign
from .trace import (
    ANOMALOUS,
    AT,
    BETA_BULGE,
    CLUTTER,
    COVERED,
    GROUND,
    WORK,
    Trace,
    curve,
)

__all__ = ["exact_row", "profile_to", "read_path_by_loop"]

_BITS = 32
_UNIT = float(1 << _BITS)


@kernel
def profile_to(scene: Scene, row: float, column: float, trace: Trace) -> int:
    """Write the profile to a place, in rows and columns; return the index of its last sample.

    Samples beyond the edge of the surface take the heights at the edge.
    """
    rows_away = row - scene.tx_row
    columns_away = column - scene.tx_column
    last = max(2, int(max(abs(rows_away), abs(columns_away)) + 0.5))
    spacing = math.sqrt(rows_away**2 + columns_away**2) * scene.step_km / last
    height, width = scene.ground_m.shape
    out = trace.rows
    # In whole 2^-32 of a cell, so that finding the cell is a shift; 0.5 makes it the nearest.
    at_row = np.int64((scene.tx_row + 0.5) * _UNIT)
    at_column = np.int64((scene.tx_column + 0.5) * _UNIT)
    row_step = np.int64(rows_away / last * _UNIT)
    column_step = np.int64(columns_away / last * _UNIT)
    for i in range(1, last + 1):
        r = int((at_row + i * row_step) >> _BITS)
        c = int((at_column + i * column_step) >> _BITS)
        r = min(max(r, 0), height - 1)
        c = min(max(c, 0), width - 1)
        out[GROUND, i] = scene.ground_m[r, c]
        out[CLUTTER, i] = scene.clutter_m[r, c]
    for i in range(last + 1):
        out[AT, i] = spacing * i
    out[GROUND, 0] = scene.tx_ground_m
    out[CLUTTER, 0] = 0.0
    return last


@kernel
def _highest(trace: Trace, row: int, end: int) -> float:
    """Return the highest of a row's samples 1 to ``end`` - 1, four at a time."""
    rows = trace.rows
    a = -np.inf
    b = -np.inf
    c = -np.inf
    d = -np.inf
    i = 1
    while i + 3 < end:
        a = max(a, rows[row, i])
        b = max(b, rows[row, i + 1])
        c = max(c, rows[row, i + 2])
        d = max(d, rows[row, i + 3])
        i += 4
    for j in range(i, end):
        a = max(a, rows[row, j])
    return max(max(a, b), max(c, d))


@kernel
def _sums(trace: Trace, last: int) -> tuple[float, float]:
    """Return v1 and v2 of the smooth surface (83), (84), two samples at a time."""
    rows = trace.rows
    for i in range(1, last + 1):
        d0 = rows[AT, i - 1]
        d1 = rows[AT, i]
        h0 = rows[GROUND, i - 1]
        h1 = rows[GROUND, i]
        rows[WORK, i] = (d1 - d0) * (h1 + h0)
        rows[WORK + 1, i] = (d1 - d0) * (h1 * (2.0 * d1 + d0) + h0 * (d1 + 2.0 * d0))
    v1 = 0.0
    v2 = 0.0
    w1 = 0.0
    w2 = 0.0
    for i in range(1, last, 2):
        v1 += rows[WORK, i]
        v2 += rows[WORK + 1, i]
        w1 += rows[WORK, i + 1]
        w2 += rows[WORK + 1, i + 1]
    if last % 2 == 1:
        v1 += rows[WORK, last]
        v2 += rows[WORK + 1, last]
    return v1 + w1, v2 + w2


@kernel
def read_path_by_loop(
    paths: Paths,
    k: int,
    trace: Trace,
    last: int,
    tx_m: float,
    rx_height_m: float,
    bulge: float,
    anomalous: bool,
) -> None:
    """Write the same as :func:`.radial.read_path` by looking at every sample."""
    rows = trace.rows
    length = rows[AT, last]
    rx_m = rows[GROUND, last] + rx_height_m
    direct = (rx_m - tx_m) / length

    v1, v2 = _sums(trace, last)
    for i in range(1, last):
        d = rows[AT, i]
        h = rows[GROUND, i]
        covered = h + rows[CLUTTER, i]
        per_d = 1.0 / d
        from_tx = (h - tx_m) * per_d
        rows[WORK, i] = from_tx
        rows[WORK + 1, i] = from_tx - bulge * d  # (75)
        rows[WORK + 2, i] = (covered - tx_m) * per_d - bulge * d  # (13)
        rows[WORK + 3, i] = (covered - rx_m) / (length - d) + bulge * d  # (17)
    tx_steepest = _highest(trace, WORK, last)
    tx_horizon_slope = _highest(trace, WORK + 1, last)
    tx_slope = _highest(trace, WORK + 2, last)
    rx_slope = _highest(trace, WORK + 3, last)
    tx_horizon = 0.0
    if tx_horizon_slope > direct - bulge * length:
        at = 1
        while rows[WORK + 1, at] < tx_horizon_slope:
            at += 1
        tx_horizon = rows[AT, at]  # (78)

    rx_horizon = 0.0
    rx_horizon_slope = -np.inf
    if tx_horizon_slope > direct - bulge * length:
        for i in range(1, last):
            rest = length - rows[AT, i]
            slope = (rows[GROUND, i] - rx_m) / rest - bulge * rest  # (80)
            if slope >= rx_horizon_slope:
                rx_horizon_slope = slope
                rx_horizon = rest
    obstacle = -np.inf
    rx_above = -np.inf
    if tx_steepest > direct:
        for i in range(1, last):
            d = rows[AT, i]
            h = rows[GROUND, i]
            obstacle = max(obstacle, h - (tx_m + direct * d))  # (87a)
            rx_above = max(rx_above, (h - rx_m) / (length - d) + direct)  # (87c)

    tx_slope_beta = -np.inf
    obstruction = _covered_obstruction(trace, COVERED, last, tx_slope, rx_slope, tx_m, rx_m, bulge)
    obstruction_beta = obstruction
    if anomalous:
        for i in range(1, last):
            d = rows[AT, i]
            covered = rows[GROUND, i] + rows[CLUTTER, i]
            rows[WORK, i] = (covered - tx_m) / d - BETA_BULGE * d
            rows[WORK + 1, i] = (covered - rx_m) / (length - d) + BETA_BULGE * d
        tx_slope_beta = _highest(trace, WORK, last)
        rx_slope = _highest(trace, WORK + 1, last)
        obstruction_beta = _covered_obstruction(
            trace, ANOMALOUS, last, tx_slope_beta, rx_slope, tx_m, rx_m, BETA_BULGE
        )
    note_path(
        paths,
        k,
        trace,
        last,
        Running(tx_steepest, tx_horizon_slope, tx_horizon, tx_slope, tx_slope_beta, v1, v2),
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
def _covered_obstruction(
    trace: Trace,
    skyline: int,
    last: int,
    tx_slope: float,
    rx_slope: float,
    tx_m: float,
    rx_m: float,
    bulge: float,
) -> float:
    length = trace.rows[AT, last]
    tx_slope += bulge * length  # (13)
    if tx_slope < (rx_m - tx_m) / length:  # (14)
        curved_rx = rx_m - bulge * length * length
        at = deepest_of_all(trace, skyline, last, tx_m, curved_rx)
        return obstruction_in_sight(trace, skyline, at, last, tx_m, curved_rx)
    return transhorizon_obstruction(tx_slope, rx_slope, tx_m, rx_m, length)


@kernel
def exact_row(
    scene: Scene,
    row: int,
    air: Air,
    bands: NDArray[np.float64],
    seasons: NDArray[np.float64],
    trace: Trace,
    paths: Paths,
    layers: NDArray[np.int16],
) -> None:
    """Write the losses of one row of the window, each pixel by its own profile.

    Parameters
    ----------
    scene
        What stands where.
    row
        Row of the surface.
    air, bands, seasons
        From :mod:`.conditions`.
    trace, paths
        Room to work in; a path for each column.
    layers
        Losses in 1/100 dB by frequency, percentage of time, and pixel of the window.
    """
    bulge = 500.0 / air.radius_km
    tx_m = scene.tx_ground_m + scene.tx_height_m
    rows_away = row - scene.tx_row
    count = 0
    for column in range(scene.left, scene.right):
        columns_away = column - scene.tx_column
        distance = math.sqrt(rows_away**2 + columns_away**2) * scene.step_km
        if distance == 0.0 or distance > scene.range_km:
            continue
        reach = max(1.0, JOIN_KM / distance)
        last = profile_to(
            scene,
            scene.tx_row + rows_away * reach,
            scene.tx_column + columns_away * reach,
            trace,
        )
        curve(trace, last + 1, bulge, scene.anomalous)
        read_path_by_loop(
            paths, count, trace, last, tx_m, scene.rx_height_m, bulge, scene.anomalous
        )
        find_horizons(paths, count, trace, tx_m, bulge, True)
        assign(scene, paths, count, row, column)
        count += 1
    losses_to_layers(paths, count, trace, tx_m, air, bands, seasons, scene.anomalous, layers)
