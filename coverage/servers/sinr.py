"""Signal to interference and noise, and the probability that it suffices.

A pixel is served by the best server; every other server on the same carrier interferes with its
mean power, which is its full power times its load (the share of time and resource blocks that it
sends). :func:`sinr_db` works on the medians. :func:`sinr_probability` adds shadowing:

* servers of one site share their shadowing wholly, sites correlate by rho;
* interfering sites are summed by Schwartz and Yeh (:mod:`ngbw.coverage.servers.lognormal_sum`);
* interference I of the serving site's other cells rises and falls with the signal S, so that
  S / (I + R) >= T is the same as (S - T I) >= T R;
* signal and summed interference are then two normal variables correlated through the common part,
  and noise is added under one integral over the interference.

The server stays the one with the best median: that a receiver may change to another server in a
shadow is not counted.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from ...topology.compiled import compiled
from ...topology.errors import UsageError
from .level_stack import LevelStack
from .lognormal_sum import DB_PER_NEPER, add_lognormal, schwartz_yeh_table
from .shadowing import Shadowing, normal_cdf, normal_nodes, normal_table

__all__ = ["sinr_db", "sinr_probability"]

_NOTHING_BELOW = -900.0
_NOISE_NEGLIGIBLE_DB = 40.0


@compiled
def _sinr(
    tile: NDArray[np.float32],
    noise_db: NDArray[np.float64],
    load: NDArray[np.float64],
    carrier: NDArray[np.int64],
    out: NDArray[np.float32],
) -> None:
    servers, pixels = tile.shape
    for pixel in range(pixels):
        best = 0
        for server in range(1, servers):
            if tile[server, pixel] > tile[best, pixel]:
                best = server
        level = tile[best, pixel]
        if level <= _NOTHING_BELOW:
            out[pixel] = np.nan
            continue
        noise = noise_db[pixel if noise_db.size > 1 else 0]
        total = math.exp(noise / DB_PER_NEPER)
        for server in range(servers):
            if server != best and carrier[server] == carrier[best]:
                total += load[server] * math.exp(tile[server, pixel] / DB_PER_NEPER)
        out[pixel] = level - DB_PER_NEPER * math.log(total)


@compiled
def _probability(
    tile: NDArray[np.float32],
    noise_db: NDArray[np.float64],
    load: NDArray[np.float64],
    carrier: NDArray[np.int64],
    site: NDArray[np.int64],
    sites: int,
    threshold_db: float,
    sigma_db: float,
    common_db: float,
    own_db: float,
    nodes: NDArray[np.float64],
    weights: NDArray[np.float64],
    normal: NDArray[np.float64],
    table: NDArray[np.float64],
    out: NDArray[np.float32],
) -> None:
    servers, pixels = tile.shape
    power = np.empty(sites)
    needed = math.exp(threshold_db / DB_PER_NEPER)
    own_variance = (own_db / DB_PER_NEPER) ** 2
    for pixel in range(pixels):
        best = 0
        for server in range(1, servers):
            if tile[server, pixel] > tile[best, pixel]:
                best = server
        level = tile[best, pixel]
        if level <= _NOTHING_BELOW:
            out[pixel] = 0.0
            continue
        power[:] = 0.0
        for server in range(servers):
            if server != best and carrier[server] == carrier[best] and load[server] > 0.0:
                # Relative to the signal, so that no unit of the level underflows.
                power[site[server]] += load[server] * math.exp(
                    (tile[server, pixel] - level) / DB_PER_NEPER
                )
        left = 1.0 - needed * power[site[best]]
        if left <= 0.0:
            out[pixel] = 0.0
            continue
        signal = level + DB_PER_NEPER * math.log(left)
        noise = noise_db[pixel if noise_db.size > 1 else 0]
        mean, variance, empty = 0.0, 0.0, True
        for other in range(sites):
            # 39 sites that are 80 dB below the signal cannot matter to any threshold in use.
            if other == site[best] or power[other] < 1e-8:
                continue
            neper = math.log(power[other])
            if empty:
                mean, variance, empty = neper, own_variance, False
            else:
                mean, variance = add_lognormal(mean, variance, neper, own_variance, table)
        if empty:
            excess = signal - threshold_db - noise
            if sigma_db > 0.0:
                out[pixel] = normal_cdf(excess / sigma_db, normal)
            else:
                out[pixel] = 1.0 if excess >= 0.0 else 0.0
            continue
        interference = level + mean * DB_PER_NEPER
        interference_own = math.sqrt(variance) * DB_PER_NEPER
        if interference - 4.0 * sigma_db > noise + _NOISE_NEGLIGIBLE_DB:
            # The common part moves signal and interference alike and drops out.
            excess = signal - threshold_db - interference
            spread = math.hypot(own_db, interference_own)
            if spread > 0.0:
                out[pixel] = normal_cdf(excess / spread, normal)
            else:
                out[pixel] = 1.0 if excess >= 0.0 else 0.0
            continue
        spread = math.hypot(common_db, interference_own)
        # Regression of the signal on the interference, and what is left of its deviation.
        slope = (common_db / spread) ** 2 if spread > 0.0 else 0.0
        rest = math.sqrt(max(sigma_db * sigma_db - slope * common_db * common_db, 0.0))
        ratio = math.exp((interference - noise) / DB_PER_NEPER)
        chance = 0.0
        for k in range(nodes.size):
            moved = nodes[k] * spread
            together = noise + DB_PER_NEPER * math.log(1.0 + ratio * math.exp(moved / DB_PER_NEPER))
            excess = signal + slope * moved - threshold_db - together
            if rest > 0.0:
                chance += weights[k] * normal_cdf(excess / rest, normal)
            elif excess >= 0.0:
                chance += weights[k]
        out[pixel] = chance


def _load(levels: LevelStack, load: float | NDArray[np.floating]) -> NDArray[np.float64]:
    loads = levels.per_server(load, "load")
    if (loads < 0).any() or (loads > 1).any():
        raise UsageError(f"load is {load}; give the share of resources in use, 0 to 1")
    return loads


def _numbers(levels: LevelStack, given: NDArray[np.integer] | None, default: NDArray[np.int64],
             name: str) -> NDArray[np.int64]:  # fmt: skip
    if given is None:
        return default
    values = np.asarray(given)
    if values.shape != (levels.servers,) or not np.issubdtype(values.dtype, np.integer):
        raise UsageError(
            f"{name} has shape {values.shape} and type {values.dtype}; give one whole number for "
            f"each of the {levels.servers} servers"
        )
    return np.ascontiguousarray(values, np.int64)


def _noise(levels: LevelStack, noise_db: float | NDArray[np.floating]) -> NDArray[np.float64]:
    return np.atleast_1d(np.asarray(levels.per_pixel(noise_db, "noise_db"), np.float64))


def _part(noise: NDArray[np.float64], pixels: slice) -> NDArray[np.float64]:
    # A tile of one pixel has one noise either way.
    return noise if noise.size == 1 else noise[pixels]


def sinr_db(
    levels: LevelStack,
    *,
    noise_db: float | NDArray[np.floating],
    load: float | NDArray[np.floating] = 1.0,
    carrier: NDArray[np.integer] | None = None,
    threads: int | None = None,
) -> NDArray[np.float32]:
    """Return the median signal of the best server over noise and the others' mean powers.

    Parameters
    ----------
    levels
        Median powers, at full load.
    noise_db
        Noise in the unit of the levels, for all pixels or each: dBm against powers.
    load
        Share of its resources that an interfering server uses, 0 to 1.
    carrier
        Number of each server's carrier; servers on other carriers do not interfere. None: one.

    Returns
    -------
    ndarray of float32
        dB, shape of the pixels; NaN where no server arrives.
    """
    loads = _load(levels, load)
    carriers = _numbers(levels, carrier, np.zeros(levels.servers, np.int64), "carrier")
    noise = _noise(levels, noise_db)
    out = np.empty(levels.pixels, np.float32)

    def work(tile: NDArray[np.float32], pixels: slice) -> None:
        _sinr(tile, _part(noise, pixels), loads, carriers, out[pixels])

    levels.for_each_tile(work, threads=threads)
    return out.reshape(levels.shape)


def sinr_probability(
    levels: LevelStack,
    *,
    threshold_db: float,
    noise_db: float | NDArray[np.floating],
    shadowing: Shadowing,
    load: float | NDArray[np.floating] = 1.0,
    carrier: NDArray[np.integer] | None = None,
    site: NDArray[np.integer] | None = None,
    threads: int | None = None,
) -> NDArray[np.float32]:
    """Return the probability over locations that the best server's SINR reaches the threshold.

    Parameters
    ----------
    levels
        Median powers at the receiver, at full load; indoors less the median entry loss.
    threshold_db
        SINR needed.
    noise_db, load, carrier
        As in :func:`sinr_db`.
    shadowing
        Deviation and correlation between sites. The deviation of entry loss moves signal and
        interference alike, but not the noise.
    site
        Number of each server's site, 0 and up; None takes every server as its own site.

    Returns
    -------
    ndarray of float32
        0..1, shape of the pixels; 0 where no server arrives.
    """
    if not math.isfinite(threshold_db):
        raise UsageError(f"threshold_db is {threshold_db}; give a finite SINR in dB")
    loads = _load(levels, load)
    carriers = _numbers(levels, carrier, np.zeros(levels.servers, np.int64), "carrier")
    sites = _numbers(levels, site, np.arange(levels.servers, dtype=np.int64), "site")
    numbers, compact = np.unique(sites, return_inverse=True)
    compact = np.ascontiguousarray(compact, np.int64)
    noise = _noise(levels, noise_db)
    total, common, own = shadowing.total_db, shadowing.common_db, shadowing.own_db
    node, weight = normal_nodes(own / common if common > 0 else math.inf)
    normal, table = normal_table(), schwartz_yeh_table()
    out = np.empty(levels.pixels, np.float32)

    def work(tile: NDArray[np.float32], pixels: slice) -> None:
        _probability(
            tile, _part(noise, pixels), loads, carriers, compact, numbers.size, threshold_db,
            total, common, own, node, weight, normal, table, out[pixels],
        )  # fmt: skip

    levels.for_each_tile(work, threads=threads)
    return out.reshape(levels.shape)
