"""Location probability that at least one of several servers suffices.

With the shadowing model of :mod:`ngbw.coverage.servers.shadowing` the servers are independent once the
common part Z is known, hence

    p = 1 - E_Z prod_j Phi(-(m_j + common Z) / own)

where m_j is server j's median level above the threshold. The integral over Z is exact for the
equicorrelated model up to quadrature (1e-4 against a dense sum). Taking servers
as independent is too kind: it is offered only as the bound that it is.
"""

from __future__ import annotations

from typing import Literal, cast

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from ...topology.compiled import compiled
from .level_stack import LevelStack
from .shadowing import Shadowing, normal_cdf, normal_nodes, normal_table

__all__ = ["at_least_one", "independent_upper_bound"]

_NEGLIGIBLE_DEVIATIONS = 4.5
"""A server so many deviations below the threshold adds less than 4e-6 and is left out."""

_CERTAIN_DEVIATIONS = 5.0
"""A server so many deviations above the threshold leaves less than 3e-7."""


@compiled
def _at_least_one(
    tile: NDArray[np.float32],
    threshold_db: NDArray[np.float64],
    total_db: float,
    common_db: float,
    own_db: float,
    node: NDArray[np.float64],
    weight: NDArray[np.float64],
    table: NDArray[np.float64],
    out: NDArray[np.float32],
) -> None:
    servers, pixels = tile.shape
    margin = np.empty(servers)
    for pixel in range(pixels):
        best = -np.inf
        count = 0
        for server in range(servers):
            above = tile[server, pixel] - threshold_db[server]
            best = max(best, above)
            if above > -_NEGLIGIBLE_DEVIATIONS * total_db:
                margin[count] = above / own_db
                if above >= best:  # in front, so that most products below end with it
                    margin[0], margin[count] = margin[count], margin[0]
                count += 1
        if best > _CERTAIN_DEVIATIONS * total_db:
            out[pixel] = 1.0
            continue
        if count <= 1:
            out[pixel] = normal_cdf(best / total_db, table)
            continue
        none = 0.0
        for k in range(node.size):
            shift = node[k] * common_db / own_db
            missed = weight[k]
            for j in range(count):
                missed *= normal_cdf(-margin[j] - shift, table)
                if missed < 1e-7:
                    break
            none += missed
        out[pixel] = 1.0 - none


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
    table = normal_table()

    def work(tile: NDArray[np.float32], pixels: slice) -> None:
        _at_least_one(
            tile, thresholds, total, common, own, node, weight, table, out[pixels]
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
