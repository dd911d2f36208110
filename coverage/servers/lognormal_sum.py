"""The sum of powers that vary log-normally, by the method of Schwartz and Yeh.

S. C. Schwartz and Y. S. Yeh, "On the distribution function and moments of power sums with
log-normal components", Bell System Technical Journal 61 (1982) 1441-1462: two independent
log-normal powers exp(Y1) + exp(Y2) are replaced by one with the exact mean and deviation of its
logarithm, and the next is added to that. With W = Y2 - Y1 and f(W) = ln(1 + exp W)

    mean = m1 + E f(W),   variance = s1^2 (1 - 2 E f'(W)) + Var f(W)

(the cross term by Stein's lemma), where Y1 is the stronger. The three expectations depend on the
mean and deviation of W only and come from a table that is computed once by a dense sum. Compared
with Fenton and Wilkinson's moments of the power itself this keeps the body of the distribution
right for deviations of 4 to 12 dB, which is what coverage asks for.

Inside, levels are natural logarithms of power ("nepers" of power: 1 is 4.34 dB).
"""

from __future__ import annotations

import math
from functools import cache
from typing import cast

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from ...topology.compiled import compiled
from .level_stack import LevelStack
from .shadowing import Shadowing

__all__ = [
    "DB_PER_NEPER",
    "add_lognormal",
    "power_sum_levels",
    "power_sum_probability",
    "schwartz_yeh_table",
]

DB_PER_NEPER = 10.0 / math.log(10.0)
"""dB in one natural logarithm of power."""

_MEAN_STEP, _MEAN_REACH = 0.05, 20.0
_SIGMA_STEP, _SIGMA_REACH = 0.1, 6.0
_NOTHING_BELOW = -900.0


@cache
def schwartz_yeh_table() -> NDArray[np.float64]:
    """Return E f(W), Var f(W) and E f'(W) by mean (-20..0) and deviation (0..6) of W, nepers."""
    mean = -np.arange(0.0, _MEAN_REACH + _MEAN_STEP / 2, _MEAN_STEP)
    sigma = np.arange(0.0, _SIGMA_REACH + _SIGMA_STEP / 2, _SIGMA_STEP)
    # The functions are analytic in a strip of +-i pi: a step of 0.1 deviations is exact to 1e-13.
    node = np.arange(-8.0, 8.05, 0.1)
    weight = np.exp(-0.5 * node**2)
    weight /= weight.sum()
    out = np.empty((mean.size, sigma.size, 3))
    for column, deviation in enumerate(sigma):
        w = mean[:, None] + deviation * node[None, :]
        soft = np.logaddexp(0.0, w)
        first = soft @ weight
        out[:, column, 0] = first
        out[:, column, 1] = ((soft - first[:, None]) ** 2) @ weight
        out[:, column, 2] = np.exp(w - soft) @ weight
    return out


@compiled
def add_lognormal(
    mean_1: float,
    variance_1: float,
    mean_2: float,
    variance_2: float,
    table: NDArray[np.float64],
) -> tuple[float, float]:
    """Return mean and variance of ln(exp Y1 + exp Y2), in nepers, for independent Y1 and Y2."""
    if mean_2 > mean_1:
        mean_1, mean_2 = mean_2, mean_1
        variance_1, variance_2 = variance_2, variance_1
    row = (mean_1 - mean_2) / _MEAN_STEP
    if row >= table.shape[0] - 1:
        return mean_1, variance_1
    column = min(math.sqrt(variance_1 + variance_2) / _SIGMA_STEP, table.shape[1] - 1.001)
    i, j = int(row), int(column)
    a, b = row - i, column - j
    nw, ne, sw, se = (1 - a) * (1 - b), (1 - a) * b, a * (1 - b), a * b
    first = (
        nw * table[i, j, 0] + ne * table[i, j + 1, 0]
        + sw * table[i + 1, j, 0] + se * table[i + 1, j + 1, 0]
    )  # fmt: skip
    spread = (
        nw * table[i, j, 1] + ne * table[i, j + 1, 1]
        + sw * table[i + 1, j, 1] + se * table[i + 1, j + 1, 1]
    )  # fmt: skip
    slope = (
        nw * table[i, j, 2] + ne * table[i, j + 1, 2]
        + sw * table[i + 1, j, 2] + se * table[i + 1, j + 1, 2]
    )  # fmt: skip
    variance = variance_1 * (1.0 - 2.0 * slope) + spread
    return mean_1 + first, max(variance, 0.0)


@compiled
def _sum(
    tile: NDArray[np.float32],
    own_db: float,
    table: NDArray[np.float64],
    mean_db: NDArray[np.float32],
    sigma_db: NDArray[np.float32],
) -> None:
    servers, pixels = tile.shape
    variance_0 = (own_db / DB_PER_NEPER) ** 2
    for pixel in range(pixels):
        mean, variance, empty = 0.0, 0.0, True
        for server in range(servers):
            level = tile[server, pixel]
            if level <= _NOTHING_BELOW:
                continue
            if empty:
                mean, variance, empty = level / DB_PER_NEPER, variance_0, False
            else:
                mean, variance = add_lognormal(
                    mean, variance, level / DB_PER_NEPER, variance_0, table
                )
        mean_db[pixel] = np.nan if empty else mean * DB_PER_NEPER
        sigma_db[pixel] = math.sqrt(variance) * DB_PER_NEPER


def power_sum_levels(
    levels: LevelStack, shadowing: Shadowing, *, threads: int | None = None
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return mean and deviation in dB of the power sum of all servers, over the locations.

    Parameters
    ----------
    levels
        Median levels.
    shadowing
        Deviation and correlation. The common part moves the whole sum; the own parts are summed
        by Schwartz and Yeh.

    Returns
    -------
    tuple of ndarray
        Mean level (NaN where nothing arrives) and deviation, shape of the pixels.
    """
    mean, sigma = (np.empty(levels.pixels, np.float32) for _ in range(2))
    own, table = shadowing.own_db, schwartz_yeh_table()

    def work(tile: NDArray[np.float32], pixels: slice) -> None:
        _sum(tile, own, table, mean[pixels], sigma[pixels])

    levels.for_each_tile(work, threads=threads)
    total = np.hypot(sigma, np.float32(shadowing.common_db))
    return mean.reshape(levels.shape), total.reshape(levels.shape)


def power_sum_probability(
    levels: LevelStack,
    *,
    threshold_db: float,
    shadowing: Shadowing,
    threads: int | None = None,
) -> NDArray[np.float32]:
    """Return the probability that the servers' power together reaches the threshold.

    This is the location probability inside a single-frequency network whose echoes all fall into
    the guard interval.

    Returns
    -------
    ndarray of float32
        0..1, shape of the pixels; 0 where nothing arrives.
    """
    mean, sigma = power_sum_levels(levels, shadowing, threads=threads)
    excess = np.where(np.isnan(mean), -np.inf, mean - threshold_db)
    with np.errstate(divide="ignore", invalid="ignore"):
        deviations = np.where(sigma > 0, excess / sigma, np.where(excess >= 0, np.inf, -np.inf))
    return cast("NDArray[np.float32]", ndtr(deviations).astype(np.float32))
