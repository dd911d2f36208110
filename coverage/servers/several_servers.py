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
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, cast

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from ...topology.compiled import compiled
from .level_stack import LevelStack
from .shadowing import Shadowing, normal_cdf, normal_table

__all__ = ["at_least_one", "independent_upper_bound"]

_NEGLIGIBLE_DEVIATIONS = 4.5
"""A server so many deviations below the threshold, or below the best server in deviations of
their difference, adds less than 4e-6 and is left out."""

_CERTAIN_DEVIATIONS = 4.0
"""A server so many deviations above the threshold leaves less than 4e-5."""

_SPACING = 0.5
_REACH = 4.5
_PHASES = 32
_FLAT = 8.0
_INDEPENDENT = 0.01  # a correlation of 1e-4, which moves no probability by as much


@dataclass(frozen=True, slots=True)
class _CommonPart:
    """Places of the common part, even apart, and chances of missing at all of them at once.

    A product of normal distributions, weighted with a normal density, is summed by equal steps of
    half the narrower width to 1e-5. Equal steps are what makes one look-up serve all places: the
    chances that a server misses lie side by side in a row of the table, of which there is one for
    each of 32 phases of its margin between two steps.

    Attributes
    ----------
    first, step
        Place of the first, and distance, in own deviations.
    weight
        Of each place; they sum to 1.
    missing
        [phase, step] chance of missing, for margin plus common part from 2 ``first`` - 8 upwards.
    """

    first: float
    step: float
    weight: NDArray[np.float64]
    missing: NDArray[np.float32]


@lru_cache(maxsize=32)
def _common_part(common_db: float, own_db: float) -> _CommonPart:
    if common_db < _INDEPENDENT * own_db:
        first, step, weight = 0.0, _SPACING, np.ones(1)
    else:
        half = math.ceil(_REACH / (_SPACING * min(1.0, own_db / common_db)))
        place = np.arange(-half, half + 1) * (_REACH / half)
        weight = np.exp(-0.5 * place**2)
        weight /= weight.sum()
        first = place[0] * common_db / own_db
        step = -first / half
    count = math.ceil(2.0 * (_FLAT - first) / step) + weight.size + 2
    phase = np.arange(_PHASES + 1)[:, None] / _PHASES
    total = 2.0 * first - _FLAT + (np.arange(count)[None, :] + phase) * step
    return _CommonPart(first, step, weight, ndtr(-total).astype(np.float32))


@compiled
def _miss_all(
    margin: NDArray[np.float32],
    count: int,
    first: float,
    step: float,
    weight: NDArray[np.float64],
    missing: NDArray[np.float32],
    missed: NDArray[np.float32],
) -> float:
    """Return the probability that none of the first ``count`` servers reaches its threshold."""
    missed[:] = 1.0
    farthest = _FLAT - first
    for j in range(count):
        # From the table's beginning, which lies _FLAT - first below the first place.
        place = (min(max(margin[j], -farthest), farthest) + farthest) / step
        row = int(place)
        between = (place - row) * _PHASES
        phase = int(between)
        high = np.float32(between - phase)
        for k in range(missed.size):
            column = np.uint64(row) + np.uint64(k)  # unsigned: no index from the end to look for
            lower = missing[phase, column]
            missed[k] *= lower + high * (missing[phase + 1, column] - lower)
    none = 0.0
    for k in range(missed.size):
        none += weight[k] * missed[k]
    return none


@compiled
def _at_least_one(
    tile: NDArray[np.float32],
    threshold_db: NDArray[np.float64],
    total_db: float,
    own_db: float,
    first: float,
    step: float,
    weight: NDArray[np.float64],
    missing: NDArray[np.float32],
    table: NDArray[np.float64],
    out: NDArray[np.float32],
) -> None:
    servers, pixels = tile.shape
    best = np.full(pixels, np.float32(-np.inf), np.float32)
    for server in range(servers):
        threshold = np.float32(threshold_db[server])
        for pixel in range(pixels):
            above = tile[server, pixel] - threshold
            best[pixel] = max(best[pixel], above)
    margin = np.empty(servers, np.float32)
    missed = np.empty(weight.size, np.float32)
    limit = threshold_db.astype(np.float32)
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
            above = tile[server, pixel] - limit[server]
            if above >= least:
                margin[count] = above / own_db
                count += 1
        if count <= 1:
            out[pixel] = normal_cdf(top / total_db, table)
            continue
        out[pixel] = 1.0 - _miss_all(margin, count, first, step, weight, missing, missed)


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
    places = _common_part(common, own)
    table = normal_table()

    def work(tile: NDArray[np.float32], pixels: slice) -> None:
        _at_least_one(
            tile, thresholds, total, own, places.first, places.step, places.weight,
            places.missing, table, out[pixels],
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
