"""Signal to interference and noise, and the probability that it suffices.

A pixel is served by the best server; every other server on the same carrier interferes with its
mean power, which is its full power times its load (the share of time and resource blocks that it
sends). :func:`sinr_db` works on the medians. :func:`sinr_probability` adds shadowing:

* servers of one site share their shadowing wholly, sites correlate by rho;
* interfering sites are summed by Schwartz and Yeh (:mod:`ngbw.coverage.servers.lognormal_sum`).
  Those whose power deviates by less than a tenth of the strongest's median (12 dB below it at a
  deviation of 5.5 dB and a correlation of 0.5) enter together, as one log-normal power with the
  mean and the variance of their sum (Fenton and Wilkinson): what is lost is of third order in a
  tenth, and the probability is within 0.005 of the chain of all sites;
* interference I of the serving site's other cells rises and falls with the signal S, so that
  S / (I + R) >= T is the same as (S - T I) >= T R;
* signal and summed interference are then two normal variables correlated through the common part,
  and noise is added under one integral over the interference.

The server stays the one with the best median: that a receiver may change to another server in a
shadow is not counted.
"""

from __future__ import annotations

import math
from functools import cache

import numpy as np
from numpy.typing import NDArray

from ...topology.compiled import compiled
from ...topology.errors import UsageError
from .level_stack import LevelStack
from .lognormal_sum import DB_PER_NEPER, add_lognormal, schwartz_yeh_table
from .relative_powers import power_ratio, strongest
from .shadowing import Shadowing, normal_cdf, normal_nodes, normal_table

__all__ = ["sinr_db", "sinr_probability"]

_NOTHING_BELOW = -900.0
_NO_POWER = np.float32(0.0)
_ABSENT = 1e-8
"""A site 80 dB below the signal cannot matter to any threshold in use, nor can 39 of them."""

_WEAK_DEVIATION = 0.1
"""A site is weak whose power deviates by less than this share of the strongest's median power."""

_NOISE_MOVES = 1e-3
"""Noise is left out where it moves the probability by less than this."""

_CERTAIN_DEVIATIONS = 4.0
"""An excess so many of its largest deviations from 0 is certain to 7e-5."""

_SOFT_STEP, _SOFT_REACH = 1.0 / 32.0, 16.0


@cache
def _soft_table() -> NDArray[np.float64]:
    """Return ln(1 + exp x) from -16 to 16; straight lines between the values miss 3e-5 at most."""
    x = np.arange(-_SOFT_REACH, _SOFT_REACH + _SOFT_STEP / 2, _SOFT_STEP)
    return np.asarray(np.logaddexp(0.0, x))


@compiled
def _soft(x: float, table: NDArray[np.float64]) -> float:
    place = (x + _SOFT_REACH) / _SOFT_STEP
    if not place > 0.0:
        return 0.0
    if place >= table.size - 1:
        return x
    left = int(place)
    return float(table[left] + (place - left) * (table[left + 1] - table[left]))


@compiled
def _sinr(
    tile: NDArray[np.float32],
    noise_db: NDArray[np.float64],
    load: NDArray[np.float64],
    carrier: NDArray[np.int64],
    out: NDArray[np.float32],
) -> None:
    servers, pixels = tile.shape
    best, level = np.empty(pixels, np.int32), np.empty(pixels, np.float32)
    strongest(tile, best, level)
    shared = np.empty(pixels, np.int64)
    total = np.zeros(pixels, np.float32)
    for pixel in range(pixels):
        shared[pixel] = carrier[best[pixel]]
    for server in range(servers):
        share, number = np.float32(load[server]), carrier[server]
        for pixel in range(pixels):
            power = share * power_ratio(level[pixel] - tile[server, pixel])
            disturbs = (best[pixel] != server) & (shared[pixel] == number)
            total[pixel] += power if disturbs else _NO_POWER
    for pixel in range(pixels):
        if level[pixel] <= _NOTHING_BELOW:
            out[pixel] = np.nan
            continue
        noise = noise_db[pixel if noise_db.size > 1 else 0] - level[pixel]
        out[pixel] = -DB_PER_NEPER * math.log(total[pixel] + math.exp(noise / DB_PER_NEPER))


@compiled
def _interference(
    tile: NDArray[np.float32],
    best: NDArray[np.int32],
    level: NDArray[np.float32],
    load: NDArray[np.float64],
    carrier: NDArray[np.int64],
    site: NDArray[np.int64],
    power: NDArray[np.float32],
) -> None:
    """Write each site's mean power at no shadowing over the signal, [site, pixel]."""
    servers, pixels = tile.shape
    shared = np.empty(pixels, np.int64)
    for pixel in range(pixels):
        shared[pixel] = carrier[best[pixel]]
    power[:] = 0.0
    for server in range(servers):
        share, number, row = np.float32(load[server]), carrier[server], site[server]
        for pixel in range(pixels):
            one = share * power_ratio(level[pixel] - tile[server, pixel])
            disturbs = (best[pixel] != server) & (shared[pixel] == number)
            power[row, pixel] += one if disturbs else _NO_POWER


@compiled
def _sum_sites(
    power: NDArray[np.float32],
    pixel: int,
    weak_below: float,
    own_variance: float,
    table: NDArray[np.float64],
) -> tuple[float, float, bool]:
    """Return mean and variance of the sites' sum in nepers, and whether there is any."""
    mean, variance, empty = 0.0, 0.0, True
    weak, weak_squares = 0.0, 0.0
    for site in range(power.shape[0]):
        one = float(power[site, pixel])
        if one < weak_below:
            weak += one
            weak_squares += one * one
            continue
        neper = math.log(one)
        if empty:
            mean, variance, empty = neper, own_variance, False
        else:
            mean, variance = add_lognormal(mean, variance, neper, own_variance, table)
    if weak > _ABSENT:
        # Fenton and Wilkinson: one power with the mean and the variance of all weak ones.
        rest = math.log(1.0 + math.expm1(own_variance) * weak_squares / (weak * weak))
        neper = math.log(weak) + 0.5 * (own_variance - rest)
        if empty:
            mean, variance, empty = neper, rest, False
        else:
            mean, variance = add_lognormal(mean, variance, neper, rest, table)
    return mean, variance, empty


@compiled
def _chance(excess_db: float, deviation_db: float, normal: NDArray[np.float64]) -> float:
    if deviation_db > 0.0:
        return normal_cdf(excess_db / deviation_db, normal)
    return 1.0 if excess_db >= 0.0 else 0.0


@compiled
def _over_noise(
    excess_db: float,
    interference_db: float,
    own_db: float,
    sigma_db: float,
    common_db: float,
    nodes: NDArray[np.float64],
    weights: NDArray[np.float64],
    normal: NDArray[np.float64],
    soft: NDArray[np.float64],
) -> float:
    """Return the probability that a signal reaches its threshold over interference and noise.

    Parameters
    ----------
    excess_db
        Median of the signal over the threshold and noise alone.
    interference_db, own_db
        Mean of the interference over noise, and its deviation without the common part.
    """
    spread = math.hypot(common_db, own_db)
    # Regression of the signal on the interference, and what is left of its deviation.
    slope = (common_db / spread) ** 2 if spread > 0.0 else 0.0
    rest = math.sqrt(max(sigma_db * sigma_db - slope * common_db * common_db, 0.0))
    # ln(1 + N / I) <= N / I, and no density of the signal is above 0.4 / rest.
    noise = math.exp(0.5 * (spread / DB_PER_NEPER) ** 2 - interference_db / DB_PER_NEPER)
    if 0.4 * DB_PER_NEPER * noise < _NOISE_MOVES * rest:
        # The common part moves signal and interference alike and drops out.
        apart = math.sqrt(max(sigma_db * sigma_db - common_db * common_db, 0.0))
        return _chance(excess_db - interference_db, math.hypot(apart, own_db), normal)
    middle = excess_db - DB_PER_NEPER * _soft(interference_db / DB_PER_NEPER, soft)
    # Interference moved by x moves the excess by at most x times the larger of these.
    farthest = math.hypot(max(slope, 1.0 - slope) * spread, rest)
    if abs(middle) > _CERTAIN_DEVIATIONS * farthest:
        return 1.0 if middle > 0.0 else 0.0
    chance = 0.0
    for k in range(nodes.size):
        moved = nodes[k] * spread
        together = DB_PER_NEPER * _soft((interference_db + moved) / DB_PER_NEPER, soft)
        chance += weights[k] * _chance(excess_db + slope * moved - together, rest, normal)
    return chance


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
    weak_deviation: float,
    nodes: NDArray[np.float64],
    weights: NDArray[np.float64],
    normal: NDArray[np.float64],
    soft: NDArray[np.float64],
    table: NDArray[np.float64],
    out: NDArray[np.float32],
) -> None:
    pixels = tile.shape[1]
    best, level = np.empty(pixels, np.int32), np.empty(pixels, np.float32)
    strongest(tile, best, level)
    power = np.empty((sites, pixels), np.float32)
    _interference(tile, best, level, load, carrier, site, power)
    own_power = np.empty(pixels, np.float32)
    for pixel in range(pixels):
        own_power[pixel] = power[site[best[pixel]], pixel]
        power[site[best[pixel]], pixel] = 0.0
    most = np.zeros(pixels, np.float32)
    for other in range(sites):
        for pixel in range(pixels):
            more = power[other, pixel] > most[pixel]
            most[pixel] = power[other, pixel] if more else most[pixel]
    needed = math.exp(threshold_db / DB_PER_NEPER)
    own_variance = (own_db / DB_PER_NEPER) ** 2
    weak_share = weak_deviation / max(
        math.sqrt(math.exp(own_variance) * math.expm1(own_variance)), weak_deviation
    )
    for pixel in range(pixels):
        left = 1.0 - needed * own_power[pixel]
        if level[pixel] <= _NOTHING_BELOW or left <= 0.0:
            out[pixel] = 0.0
            continue
        over_noise = level[pixel] - noise_db[pixel if noise_db.size > 1 else 0]
        excess = over_noise + DB_PER_NEPER * math.log(left) - threshold_db
        weak_below = max(weak_share * most[pixel], _ABSENT)
        mean, variance, empty = _sum_sites(power, pixel, weak_below, own_variance, table)
        if empty:
            out[pixel] = _chance(excess, sigma_db, normal)
            continue
        out[pixel] = _over_noise(
            excess, over_noise + mean * DB_PER_NEPER, math.sqrt(variance) * DB_PER_NEPER,
            sigma_db, common_db, nodes, weights, normal, soft,
        )  # fmt: skip


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
            total, common, own, _WEAK_DEVIATION, node, weight, normal, _soft_table(), table,
            out[pixels],
        )  # fmt: skip

    levels.for_each_tile(work, threads=threads)
    return out.reshape(levels.shape)
