"""What a choice of sites gives every point as a network, kept current while sites come and go.

Adding a site is tried in a few operations a point; a point is summed up anew only where the added
signal becomes the strongest of a single-frequency network, because every delay counts from it, and
where a site is taken out. Points that the site cannot be seen from are never touched.

A choice is worth the people whose point is served. Beside that a thousandth part of a *near* figure
leads the search over plains where no single step serves anybody more: people times a smooth step
in the margin. All of it together is less than a thousandth of the people.
"""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...topology.compiled import compiled
from ..servers.lognormal_sum import DB_PER_NEPER
from .signals import Signals

__all__ = ["NetworkState"]

_NEAR = 1e-3
"""What a person nearly served counts against one served."""

_WIDTH = 0.23
"""Steepness of the smooth step, per dB: half a person at the edge, nine tenths 9.5 dB inside."""

_US_PER_M = 1.0 / 299.792_458


class _Arrays(NamedTuple):
    """Signals as the kernels read them."""

    weight: NDArray[np.float64]
    site_start: NDArray[np.int64]
    site_points: NDArray[np.int32]
    strongest: NDArray[np.float32]
    power: NDArray[np.float32]
    alone: NDArray[np.bool_]
    point_start: NDArray[np.int64]
    point_sites: NDArray[np.int32]
    entry: NDArray[np.int64]
    site_xy: NDArray[np.float64]
    point_xy: NDArray[np.float64]
    network: bool
    required_db: float
    deviations: float
    common_db: float
    own_db: float
    load: float
    useful_us: float
    guard_us: float
    equaliser_us: float


class _Held(NamedTuple):
    """What the kernels keep by point.

    ``best`` and ``best_site``: strongest cell and its site; ``good`` and ``bad``: for a
    single-frequency network useful and spoiled power, else the sum of all powers and 0; ``servers``:
    chosen sites that suffice alone; ``worth``: what the point counts.
    """

    chosen: NDArray[np.bool_]
    best: NDArray[np.float64]
    best_site: NDArray[np.int64]
    good: NDArray[np.float64]
    bad: NDArray[np.float64]
    servers: NDArray[np.int64]
    worth: NDArray[np.float64]


@compiled
def _delay_us(a: _Arrays, site: int, point: int) -> float:
    dx = a.site_xy[site, 0] - a.point_xy[point, 0]
    dy = a.site_xy[site, 1] - a.point_xy[point, 1]
    return math.sqrt(dx * dx + dy * dy) * _US_PER_M


@compiled
def _spoiled(a: _Arrays, delay_us: float) -> float:
    """Return the share of an echo's power that disturbs; as :func:`..servers.sfn.echo_weight`."""
    within = delay_us <= a.equaliser_us and (
        delay_us >= 0.0 or delay_us > a.guard_us - a.equaliser_us
    )
    if not within:
        return 1.0
    outside = max(delay_us - a.guard_us, -delay_us, 0.0) / a.useful_us
    return outside * (2.0 - outside)


@compiled
def _against(a: _Arrays, interference: float) -> tuple[float, float]:
    """Return median and deviation in dB of what a signal without its common shadow stands against.

    The common shadow moves signal and interference alike, which is the same as noise that moves the
    other way. Interference, as from one site, and this noise are two log-normal powers; their sum
    has the mean and variance of both (Fenton and Wilkinson).
    """
    own, common = a.own_db / DB_PER_NEPER, a.common_db / DB_PER_NEPER
    disturb = interference * math.exp(0.5 * own * own)
    noise = math.exp(0.5 * common * common)
    mean = disturb + noise
    variance = disturb**2 * math.expm1(own * own) + noise**2 * math.expm1(common * common)
    spread = math.log1p(variance / (mean * mean))
    return DB_PER_NEPER * (math.log(mean) - 0.5 * spread), DB_PER_NEPER * math.sqrt(spread)


@compiled
def _worth(a: _Arrays, best: float, good: float, bad: float, servers: int) -> float:
    """Return what a point of weight 1 counts."""
    if best <= 0.0:
        return 0.0
    if a.network:
        excess_db = 10.0 * math.log10(max(good / (1.0 + bad), 1e-30)) - a.required_db
    else:
        middle_db, spread_db = _against(a, a.load * (good - best))
        excess_db = 10.0 * math.log10(best) - middle_db - a.required_db
        excess_db -= a.deviations * math.hypot(a.own_db, spread_db)
    served = excess_db >= 0.0 and (a.network or servers > 0)
    near = 1.0 / (1.0 + math.exp(-_WIDTH * min(max(excess_db, -100.0), 100.0)))
    return (1.0 if served else 0.0) + _NEAR * near


@compiled
def _sum_point(
    a: _Arrays, held: _Held, point: int, with_site: int
) -> tuple[float, int, float, float, int]:
    """Sum up a point from all chosen sites and one more (-1: none)."""
    best, best_site, servers = 0.0, -1, 0
    for at in range(a.point_start[point], a.point_start[point + 1]):
        site = a.point_sites[at]
        if held.chosen[site] or site == with_site:
            entry = a.entry[at]
            if a.strongest[entry] > best:
                best, best_site = float(a.strongest[entry]), int(site)
            if a.alone[entry]:
                servers += 1
    good, bad = 0.0, 0.0
    if best_site < 0:
        return best, best_site, good, bad, servers
    since = _delay_us(a, best_site, point) if a.network else 0.0
    for at in range(a.point_start[point], a.point_start[point + 1]):
        site = a.point_sites[at]
        if held.chosen[site] or site == with_site:
            power = float(a.power[a.entry[at]])
            share = 0.0
            if a.network and site != best_site:
                share = _spoiled(a, _delay_us(a, site, point) - since)
            good += (1.0 - share) * power
            bad += share * power
    return best, best_site, good, bad, servers


@compiled
def _keep(
    a: _Arrays,
    held: _Held,
    point: int,
    best: float,
    best_site: int,
    good: float,
    bad: float,
    servers: int,
) -> float:
    """Hold what a point gets; return the change of its worth."""
    before = float(held.worth[point])
    held.best[point], held.best_site[point] = best, best_site
    held.good[point], held.bad[point], held.servers[point] = good, bad, servers
    held.worth[point] = a.weight[point] * _worth(a, best, good, bad, servers)
    return float(held.worth[point]) - before


@compiled
def _sum_all(a: _Arrays, held: _Held) -> None:
    for point in range(a.weight.size):
        best, best_site, good, bad, servers = _sum_point(a, held, point, -1)
        _keep(a, held, point, best, best_site, good, bad, servers)


@compiled
def _remove(a: _Arrays, held: _Held, site: int) -> float:
    """Take a site out; return the change of the whole worth."""
    held.chosen[site] = False
    won = 0.0
    for at in range(a.site_start[site], a.site_start[site + 1]):
        point = int(a.site_points[at])
        best, best_site, good, bad, servers = _sum_point(a, held, point, -1)
        won += _keep(a, held, point, best, best_site, good, bad, servers)
    return won


@compiled
def _with_signal(
    a: _Arrays, held: _Held, site: int, at: int
) -> tuple[float, int, float, float, int]:
    """Return what a point gets with one more site, whose signal there stands at ``at``."""
    point = int(a.site_points[at])
    best, best_site = float(held.best[point]), int(held.best_site[point])
    good, bad, power = float(held.good[point]), float(held.bad[point]), float(a.power[at])
    servers = int(held.servers[point]) + (1 if a.alone[at] else 0)
    if a.strongest[at] > best:
        if a.network and best_site >= 0:
            return _sum_point(a, held, point, site)
        return float(a.strongest[at]), site, good + power, bad, servers
    share = 0.0
    if a.network:
        since = _delay_us(a, best_site, point)
        share = _spoiled(a, _delay_us(a, site, point) - since)
    return best, best_site, good + (1.0 - share) * power, bad + share * power, servers


@compiled
def _add(a: _Arrays, held: _Held, site: int) -> float:
    """Add a site; return the change of the whole worth."""
    won = 0.0
    for at in range(a.site_start[site], a.site_start[site + 1]):
        best, best_site, good, bad, servers = _with_signal(a, held, site, at)
        won += _keep(a, held, int(a.site_points[at]), best, best_site, good, bad, servers)
    held.chosen[site] = True
    return won


@compiled
def _try(a: _Arrays, held: _Held, sites: NDArray[np.int64], out: NDArray[np.float64]) -> None:
    """Write what adding each site would change."""
    for k in range(sites.size):
        site = int(sites[k])
        won = 0.0
        for at in range(a.site_start[site], a.site_start[site + 1]):
            point = a.site_points[at]
            best, _, good, bad, servers = _with_signal(a, held, site, at)
            won += a.weight[point] * _worth(a, best, good, bad, servers) - held.worth[point]
        out[k] = won


class NetworkState:
    """A choice of sites and what it gives every point.

    Parameters
    ----------
    signals
        Of all sites.
    chosen
        Sites to begin with.
    """

    def __init__(self, signals: Signals, chosen: tuple[int, ...] = ()) -> None:
        points, guard, shadows = signals.weight.size, signals.guard, signals.shadowing
        self.signals = signals
        self._arrays = _Arrays(
            signals.weight, signals.site_start, signals.site_points, signals.strongest,
            signals.power, signals.alone, signals.point_start, signals.point_sites, signals.entry,
            signals.site_xy_m, signals.point_xy_m, signals.kind == "single-frequency",
            float(signals.required_db), float(signals.deviations),
            shadows.common_db if shadows else 0.0, shadows.own_db if shadows else 0.0,
            float(signals.load),
            guard.useful_us if guard else 1.0, guard.guard_us if guard else 1.0,
            guard.equaliser_us if guard else 1.0,
        )  # fmt: skip
        self._held = _Held(
            np.zeros(signals.sites, np.bool_), np.zeros(points), np.full(points, -1, np.int64),
            np.zeros(points), np.zeros(points), np.zeros(points, np.int64), np.zeros(points),
        )  # fmt: skip
        self._held.chosen[list(chosen)] = True
        _sum_all(self._arrays, self._held)

    @property
    def chosen(self) -> tuple[int, ...]:
        """The sites of the choice, rising."""
        return tuple(int(site) for site in np.flatnonzero(self._held.chosen))

    @property
    def served(self) -> float:
        """People served."""
        return float(self.signals.weight[self.served_points].sum())

    @property
    def served_points(self) -> NDArray[np.bool_]:
        """Which points that matter are served."""
        return self._held.worth >= self.signals.weight

    @property
    def worth(self) -> float:
        """People served, and a little for those nearly served."""
        return float(self._held.worth.sum())

    def add(self, site: int) -> float:
        """Add a site; return the change of the worth."""
        if self._held.chosen[site]:
            return 0.0
        return float(_add(self._arrays, self._held, site))

    def remove(self, site: int) -> float:
        """Take a site out; return the change of the worth."""
        return float(_remove(self._arrays, self._held, site))

    def tried(self, sites: NDArray[np.int64], *, threads: int = 1) -> NDArray[np.float64]:
        """Return what adding each of some sites would change of the worth.

        Parameters
        ----------
        threads
            How many look at a time; the answer is the same.
        """
        out, asked = np.empty(sites.size), np.ascontiguousarray(sites, np.int64)
        parts = min(threads, sites.size)
        if parts <= 1:
            _try(self._arrays, self._held, asked, out)
            return out

        def look(part: int) -> None:
            # Neighbours in the list often are neighbours on the ground: deal them out evenly.
            found = np.empty(asked[part::parts].size)
            _try(self._arrays, self._held, asked[part::parts].copy(), found)
            out[part::parts] = found

        with ThreadPoolExecutor(parts) as pool:
            list(pool.map(look, range(parts)))
        return out
