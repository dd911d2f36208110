"""Location probability that at least one of several servers suffices.

With the shadowing model of :mod:`ngbw.coverage.servers.shadowing` the servers are independent once the
common part Z is known, hence

    p = 1 - E_Z prod_j Phi(-(m_j + common Z) / own)

where m_j is server j's median level above the threshold. The integral over Z is exact for the
equicorrelated model up to quadrature (1e-4 against a dense sum). Taking servers
as independent is too kind: it is offered only as the bound that it is.
"""

from __future__ import annotations

import math
from typing import Literal, cast

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from ...topology.compiled import compiled
from .level_stack import LevelStack
from .shadowing import Shadowing, normal_cdf, normal_nodes, normal_table

__all__ = ["at_least_one", "independent_upper_bound"]

_NEGLIGIBLE_DEVIATIONS = 4.5
"""A server so many deviations below the threshold, or below the best server in deviations of
their difference, adds less than 4e-6 and is left out."""

_CERTAIN_DEVIATIONS = 4.0
"""A server so many deviations above the threshold leaves less than 4e-5."""

_A1, _A2, _A3, _A4, _A5, _A6 = (
    np.float32(c)
    for c in (0.0705230784, 0.0422820123, 0.0092705272, 0.0001520143, 0.0002765672, 0.0000430638)
)
_ONE, _HALF, _ROOT, _FAR = (np.float32(c) for c in (1.0, 0.5, np.sqrt(0.5), 6.0))


@compiled
def _below(x: np.float32) -> np.float32:
    """Return the standard normal distribution to 1e-6, fit for many numbers in one instruction.

    Abramowitz and Stegun, Handbook of Mathematical Functions, 7.1.28.
    """
    z = x if x > 0 else -x
    z = (z if z < _FAR else _FAR) * _ROOT
    root = _ONE + z * (_A1 + z * (_A2 + z * (_A3 + z * (_A4 + z * (_A5 + z * _A6)))))
    root = root * root
    root = root * root
    root = root * root
    root = root * root
    tail = _HALF / root
    return _ONE - tail if x > 0 else tail


@compiled
def _miss_all(
    margin: NDArray[np.float32],
    count: int,
    shift: NDArray[np.float32],
    weight: NDArray[np.float64],
    missed: NDArray[np.float32],
) -> float:
    """Return the probability that none of the first ``count`` servers reaches its threshold."""
    for k in range(shift.size):
        missed[k] = _below(-margin[0] - shift[k])
    for j in range(1, count):
        one = margin[j]
        for k in range(shift.size):
            missed[k] *= _below(-one - shift[k])
    none = 0.0
    for k in range(shift.size):
        none += weight[k] * missed[k]
    return none


@compiled
def _at_least_one(
    tile: NDArray[np.float32],
    threshold_db: NDArray[np.float64],
    total_db: float,
    own_db: float,
    shift: NDArray[np.float32],
    weight: NDArray[np.float64],
    table: NDArray[np.float64],
    out: NDArray[np.float32],
) -> None:
    servers, pixels = tile.shape
    best = np.full(pixels, np.float32(-np.inf), np.float32)
    for server in range(servers):
        threshold = np.float32(threshold_db[server])
        for pixel in range(pixels):
            above = tile[server, pixel] - threshold
            best[pixel] = above if above > best[pixel] else best[pixel]
    margin = np.empty(servers, np.float32)
    missed = np.empty(shift.size, np.float32)
    threshold = threshold_db.astype(np.float32)
    for pixel in range(pixels):
        top = best[pixel]
        if top > _CERTAIN_DEVIATIONS * total_db:
            out[pixel] = 1.0
            continue
        # P(j reaches, the best does not) <= P(j above the best) and <= P(j reaches).
        least = max(
            -_NEGLIGIBLE_DEVIATIONS * total_db,
            top - _NEGLIGIBLE_DEVIATIONS * math.sqrt(2.0) * own_db,
        )
        count = 0
        for server in range(servers):
            above = tile[server, pixel] - threshold[server]
            if above >= least:
                margin[count] = above / own_db
                count += 1
        if count <= 1:
            out[pixel] = normal_cdf(top / total_db, table)
            continue
        out[pixel] = 1.0 - _miss_all(margin, count, shift, weight, missed)


def _excess(levels: LevelStack, thresholds: NDArray[np.float64]) -> NDArray[np.float32]:
    """Return the best server's median level above its threshold."""
    out = np.empty(levels.pixels, np.float32)

    def work(tile: NDArray[np.float32], pixels: slice) -> None:
        out[pixels] = (tile - thresholds[:, None]).max(axis=0)

    levels.for_each_tile(work)
    return out


def at_least_one(
    levels: LevelStack,
    *,
    threshold_db: float | NDArray[np.floating],
    shadowing: Shadowing,
    threads: int | None = None,
) -> NDArray[np.float32]:
    """Return the probability that at least one server reaches the threshold at a location.

    Parameters
    ----------
    levels
        Median levels outdoors.
    threshold_db
        Level that a server must reach outdoors, median entry loss included: one for all servers
        or one each.
    shadowing
        Deviation and correlation of the levels.

    Returns
    -------
    ndarray of float32
        0..1, shape of the pixels; 0 where no server arrives.
    """
    thresholds = levels.per_server(threshold_db, "threshold_db")
    total, common, own = shadowing.total_db, shadowing.common_db, shadowing.own_db
    if own < 0.01 * total or total == 0:
        # All servers vary as one (to 1 % of the deviation): the best one decides.
        excess = _excess(levels, thresholds)
        certain = (excess >= 0).astype(np.float32)
        one = certain if total == 0 else ndtr(excess / total).astype(np.float32)
        return cast("NDArray[np.float32]", one.reshape(levels.shape))
    out = np.empty(levels.pixels, np.float32)
    node, weight = normal_nodes(own / common if common > 0 else np.inf)
    shift = (node * (common / own)).astype(np.float32)
    table = normal_table()

    def work(tile: NDArray[np.float32], pixels: slice) -> None:
        _at_least_one(
            tile, thresholds, total, own, shift, weight, table, out[pixels]
        )  # fmt: skip

    levels.for_each_tile(work, threads=threads)
    return out.reshape(levels.shape)


def independent_upper_bound(
    levels: LevelStack,
    *,
    threshold_db: float | NDArray[np.floating],
    shadowing: Shadowing,
) -> tuple[NDArray[np.float32], Literal["upper bound: servers taken as independent"]]:
    """Return 1 - prod(1 - p_j), which no correlation of 0 or more exceeds, and its label.

    It is a bound, not an estimate: with a correlation of 0.5 it can lie far above the truth.
    """
    thresholds = levels.per_server(threshold_db, "threshold_db")
    total = shadowing.total_db
    out = np.empty(levels.pixels, np.float32)

    def work(tile: NDArray[np.float32], pixels: slice) -> None:
        excess = tile - thresholds[:, None]
        missed = (excess < 0).astype(np.float64) if total == 0 else ndtr(-excess / total)
        out[pixels] = 1.0 - missed.prod(axis=0)

    levels.for_each_tile(work)
    return out.reshape(levels.shape), "upper bound: servers taken as independent"
