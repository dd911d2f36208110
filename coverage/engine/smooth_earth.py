"""What the spherical Earth adds to diffraction, for many paths at once.

Delta-Bullington diffraction (39) adds to the loss over the terrain what the spherical Earth loses
beyond the same Bullington construction over its smooth surface. Equations (22)-(39) of
Recommendation ITU-R P.1812-8, as in :mod:`..propagation.p526_diffraction`, in four steps over
all paths; every step is free of jumps and calls, so that the compiler takes several paths
together.

The point where the ray comes nearest to the smooth Earth (24) solves a cubic equation, and the
diffraction parameter over the smooth Earth peaks at the same point: one solution serves both.
"""

from __future__ import annotations

import math

import numpy as np

from .conditions import Band
from .kernel import kernel
from .logexp import exp, log
from .paths import (
    BEFORE,
    DIFFRACTION_RX,
    DIFFRACTION_TX,
    FIRST,
    LENGTH,
    SPACING,
    WORK,
    Paths,
)

__all__ = ["add_diffraction"]

_DB = 10.0 / math.log(10.0)
_PER_METRE = math.sqrt(0.002)
_NEAREST, _RADIUS, _SHARE, _SPHERE, _OBSTRUCTION, _ACTUAL, _RESULT = range(WORK, WORK + 7)
_M, _C, _B = _SPHERE, _OBSTRUCTION, _RESULT
"""Coefficients and root of (24c), in rows that are not needed yet."""
_NEWTON_STEPS = 11
_STILL = 1e-12


@kernel
def _edge_db(nu: float) -> float:
    """Return J(nu) (12)."""
    shifted = nu - 0.1
    loss_db = 6.9 + 2.0 * _DB * log(math.sqrt(shifted * shifted + 1.0) + shifted)
    return loss_db if nu > -0.78 else 0.0


@kernel
def _bullington_db(edge_db: float, distance_km: float) -> float:
    """Return the Bullington loss (21) of an edge's loss."""
    return edge_db + (1.0 - exp(edge_db * (-1.0 / 6.0))) * (10.0 + 0.02 * distance_km)


@kernel
def _touch(paths: Paths, count: int, radius_km: float, clear_m: float) -> None:
    """Find the nearest point to the Earth (24), the radius for (26), and the share of (27)."""
    rows = paths.rows
    bulge = 500.0 / radius_km
    # (24c) is the root between -1 and 1 of m b^3 - (m + 1) b + c. Newton's steps from the inside
    # of the root stay on its side of it. The shorter the path, the fewer it takes.
    for i in range(count):
        length = rows[LENGTH, i]
        both = rows[DIFFRACTION_TX, i] + rows[DIFFRACTION_RX, i]
        c = (rows[DIFFRACTION_TX, i] - rows[DIFFRACTION_RX, i]) / both  # (24d)
        m = 250.0 * length * length / (radius_km * both)  # (24e)
        rows[_M, i] = m
        rows[_C, i] = c
        rows[_B, i] = c / (m + 1.0)
    for _ in range(_NEWTON_STEPS):
        moving = 0
        for i in range(count):
            m = rows[_M, i]
            b = rows[_B, i]
            step = (m * b * b * b - (m + 1.0) * b + rows[_C, i]) / (3.0 * m * b * b - (m + 1.0))
            rows[_B, i] = b - step
            moving += 1 if abs(step) > _STILL else 0
        if moving == 0:
            break
    for i in range(count):
        length = rows[LENGTH, i]
        tx = rows[DIFFRACTION_TX, i]
        rx = rows[DIFFRACTION_RX, i]
        both = tx + rx
        from_tx = 0.5 * length * (1.0 + rows[_B, i])  # (24a)
        from_rx = length - from_tx  # (24b)
        # d < d_los (22), squared.
        roots2 = both + 2.0 * math.sqrt(tx * rx)
        near = length * length < 0.002 * radius_km * roots2
        clearance = (  # (23)
            (tx - bulge * from_tx * from_tx) * from_rx + (rx - bulge * from_rx * from_rx) * from_tx
        ) / length
        needed = clear_m * math.sqrt(from_tx * from_rx / length)  # (25)
        rows[_NEAREST, i] = from_tx
        rows[_RADIUS, i] = 500.0 * length * length / roots2 if near else radius_km  # (26)
        rows[_SHARE, i] = max(1.0 - clearance / needed, 0.0) if near else 1.0


@kernel
def _height_gain_db(b: float, least_db: float) -> float:
    above = max(b, 2.0) - 1.1
    ln = log(above if b > 2.0 else b + 0.1 * b * b * b)
    high = 17.6 * math.sqrt(above) - 0.5 * _DB * ln - 8.0  # (34)
    low = 2.0 * _DB * ln  # (34)
    return max(high if b > 2.0 else low, least_db)


@kernel
def _sphere(paths: Paths, count: int, band: Band) -> None:
    """Find the loss over the spherical Earth, (27)-(36)."""
    rows = paths.rows
    ln_admittance = math.log(band.admittance)
    for i in range(count):
        third = log(rows[_RADIUS, i]) * (1.0 / 3.0)
        per_root3 = exp(-third)
        k = band.admittance * per_root3
        k2 = k * k
        k4 = k2 * k2
        beta = (1.0 + 1.6 * k2 + 0.67 * k4) / (1.0 + 4.5 * k2 + 1.53 * k4)  # (30)
        x = beta * band.distance_factor * per_root3 * per_root3 * rows[LENGTH, i]  # (31)
        per_metre = beta * beta * band.height_factor * per_root3  # (32), (35)
        log_x = log(x)
        far = 11.0 + _DB * log_x - 17.6 * x  # (33)
        close = -2.0 * _DB * log_x - 5.6488 * exp(1.425 * log_x)  # (33)
        least_db = 2.0 + 2.0 * _DB * (ln_admittance - third)  # 2 + 20 log K
        loss_db = (  # (36)
            -(far if x >= 1.6 else close)
            - _height_gain_db(per_metre * rows[DIFFRACTION_TX, i], least_db)
            - _height_gain_db(per_metre * rows[DIFFRACTION_RX, i], least_db)
        )
        rows[_SPHERE, i] = rows[_SHARE, i] * max(loss_db, 0.0)


@kernel
def _smooth(paths: Paths, count: int, radius_km: float) -> None:
    """Find the obstruction by the samples of the smooth Earth, (13)-(20).

    The slope seen from an antenna and the diffraction parameter have a single peak each, so that
    the samples on both sides of it are enough.
    """
    rows = paths.rows
    bulge = 500.0 / radius_km
    for i in range(count):
        length = rows[LENGTH, i]
        tx = rows[DIFFRACTION_TX, i]
        rx = rows[DIFFRACTION_RX, i]
        first = rows[FIRST, i]
        spacing = rows[SPACING, i]
        before = rows[BEFORE, i]
        per_spacing = 1.0 / spacing
        direct = (rx - tx) / length  # (14)

        at = min(max(np.floor((math.sqrt(tx / bulge) - first) * per_spacing), 0.0), before)
        one = first + at * spacing
        other = first + min(at + 1.0, before) * spacing
        tx_slope = max(  # (13)
            bulge * (length - one) - tx / one, bulge * (length - other) - tx / other
        )

        at = min(max(np.floor((rows[_NEAREST, i] - first) * per_spacing), 0.0), before)
        one = first + at * spacing
        other = first + min(at + 1.0, before) * spacing
        p = one * (length - one)
        q = other * (length - other)
        clear = _PER_METRE * max(  # (15)
            (bulge * p - (tx + direct * one)) * math.sqrt(length / p),
            (bulge * q - (tx + direct * other)) * math.sqrt(length / q),
        )

        at = length - math.sqrt(rx / bulge)
        at = min(max(np.floor((at - first) * per_spacing), 0.0), before)
        one = length - (first + at * spacing)
        other = length - (first + min(at + 1.0, before) * spacing)
        rx_slope = max(  # (17)
            bulge * (length - one) - rx / one, bulge * (length - other) - rx / other
        )
        above_tx = max(tx_slope - direct, 0.0)
        above_rx = max(rx_slope + direct, 0.0)
        edge = _PER_METRE * math.sqrt(length * above_tx * above_rx)  # (18), (20)
        rows[_OBSTRUCTION, i] = clear if tx_slope < direct else edge


@kernel
def _sum(paths: Paths, count: int, band: Band) -> None:
    """Find the diffraction loss, (39)."""
    rows = paths.rows
    for i in range(count):
        smooth_db = _edge_db(rows[_OBSTRUCTION, i] * band.per_root_wavelength)
        rows[_OBSTRUCTION, i] = smooth_db
        rows[_ACTUAL, i] = _edge_db(rows[_ACTUAL, i] * band.per_root_wavelength)
    for i in range(count):
        smooth_db = _bullington_db(rows[_OBSTRUCTION, i], rows[LENGTH, i])
        actual_db = _bullington_db(rows[_ACTUAL, i], rows[LENGTH, i])
        rows[_RESULT, i] = actual_db + max(rows[_SPHERE, i] - smooth_db, 0.0)


@kernel
def add_diffraction(
    paths: Paths, count: int, radius_km: float, band: Band, obstruction: int, result: int
) -> None:
    """Write the diffraction loss of all paths for one effective Earth radius.

    ``obstruction`` and ``result`` are rows of the paths.
    """
    _touch(paths, count, radius_km, band.clear_m)
    _sphere(paths, count, band)
    _smooth(paths, count, radius_km)
    # A loop over rows that it does not know beforehand would not be vectorised.
    for i in range(count):
        paths.rows[_ACTUAL, i] = paths.rows[obstruction, i]
    _sum(paths, count, band)
    for i in range(count):
        paths.rows[result, i] = paths.rows[_RESULT, i]
