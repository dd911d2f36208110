"""The signals of candidate sites where people live, compact enough to try thousands of choices.

For each site only the pixels are kept in which its signal can matter: the powers of its cells over
the receiver's noise, strongest and sum, and whether it serves the pixel in both links were it
alone. What a choice of sites gives a pixel follows from these:

* ``interference``: each cell sends its own signal on one carrier; served where some site suffices
  alone and the strongest cell stands far enough above noise and the other cells' mean powers;
* ``single-frequency``: all cells send the same signal; served where the sum of powers, each
  weighted by its delay after the strongest (:mod:`..servers.sfn`), stands far enough above noise
  and what the echoes spoil.

Powers are medians. The margin for locations belongs in the ratio needed of a single-frequency
network; against interference it follows from the shadows, point by point.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ...topology.errors import InputError, UsageError
from ..servers.sfn import GuardInterval
from ..servers.shadowing import Shadowing

__all__ = ["SEEN_ABOVE_NOISE_DB", "Kind", "Signals", "SiteSignal", "signals_of"]

Kind = Literal["interference", "single-frequency"]
"""What the cells of a network are to each other."""

SEEN_ABOVE_NOISE_DB = -30.0
"""A signal so far below noise raises it by 0.004 dB; forty of them by 0.17 dB."""


@dataclass(frozen=True, slots=True, eq=False)
class SiteSignal:
    """What one site sends to the points.

    Attributes
    ----------
    levels_db
        Median level of each of its cells at every point, [cell, point]; -inf or NaN where nothing
        arrives.
    alone
        Points that it serves in both links were no other cell there.
    x_m, y_m
        Where it stands.
    """

    levels_db: NDArray[np.floating]
    alone: NDArray[np.bool_]
    x_m: float = 0.0
    y_m: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Signals:
    """Signals of all sites by site and by point, over noise.

    Attributes
    ----------
    kind, required_db, load, guard
        How a choice is judged: ratio needed, mean load of interfering cells (0..1), delays.
    deviations, shadowing
        Margin over the ratio needed against interference: so many of its deviations.
    weight
        People at each point that some site can matter to.
    total_weight
        People at all points.
    site_start, site_points, strongest, power, alone
        Signals of site i stand in ``site_start[i]:site_start[i + 1]``: point, strongest cell and
        sum of cells as powers over noise, and whether the site suffices alone.
    point_start, point_sites, entry
        For point j the sites that matter to it, and where their signal stands.
    site_xy_m, point_xy_m
        Positions, for delays.
    """

    kind: Kind
    required_db: float
    load: float
    guard: GuardInterval | None
    deviations: float
    shadowing: Shadowing | None
    weight: NDArray[np.float64]
    total_weight: float
    site_start: NDArray[np.int64]
    site_points: NDArray[np.int32]
    strongest: NDArray[np.float32]
    power: NDArray[np.float32]
    alone: NDArray[np.bool_]
    point_start: NDArray[np.int64]
    point_sites: NDArray[np.int32]
    entry: NDArray[np.int64]
    site_xy_m: NDArray[np.float64]
    point_xy_m: NDArray[np.float64]

    @property
    def sites(self) -> int:
        """Number of sites."""
        return len(self.site_start) - 1

    def cover(self) -> list[NDArray[np.int64]]:
        """Return the points that each site serves alone: the problem without interference."""
        out = []
        for site in range(self.sites):
            part = slice(self.site_start[site], self.site_start[site + 1])
            out.append(self.site_points[part][self.alone[part]].astype(np.int64))
        return out


def _checked(one: SiteSignal, site: int, points: int) -> NDArray[np.float64]:
    levels = np.atleast_2d(np.asarray(one.levels_db, np.float64))
    if levels.shape[1] != points or one.alone.shape != (points,):
        raise UsageError(
            f"site {site} has levels of the shape {levels.shape} and verdicts of the shape "
            f"{one.alone.shape}; there are {points} points"
        )
    if (levels == np.inf).any():
        raise InputError(f"site {site} has an infinite level; levels are finite decibels")
    return np.where(np.isnan(levels), -np.inf, levels)


def signals_of(
    sites: Iterable[SiteSignal],
    weight: NDArray[np.floating],
    *,
    kind: Kind,
    noise_db: float,
    required_db: float,
    load: float = 1.0,
    guard: GuardInterval | None = None,
    deviations: float = 0.0,
    shadowing: Shadowing | None = None,
    point_xy_m: NDArray[np.floating] | None = None,
    seen_above_noise_db: float = SEEN_ABOVE_NOISE_DB,
) -> Signals:
    """Return the signals of sites over noise, where they can matter to somebody.

    Parameters
    ----------
    sites
        One after the other; nothing but the compact form is kept of each.
    weight
        People at each point, 0 or more.
    noise_db
        Noise in the unit of the levels.
    required_db
        Ratio needed; for a single-frequency network with the margin for locations.
    load
        Mean load of an interfering cell, 0 to 1.
    guard, point_xy_m
        Guard interval and position of the points, shape (points, 2); for a single-frequency
        network.
    deviations, shadowing
        With interference the ratio varies over locations, by the whole shadows against noise and by
        the own shadows of signal and others against interference. It must exceed ``required_db``
        by so many of its deviations, 1.64 for a probability of 0.95.
    seen_above_noise_db
        Weaker signals are left out; at most 0.

    Raises
    ------
    UsageError
        Shapes do not fit, or a number is out of range.
    InputError
        A weight is negative or no number, or a level is infinite.
    """
    people = np.asarray(weight, np.float64)
    if kind not in ("interference", "single-frequency"):
        raise UsageError(f"kind is {kind!r}; use interference or single-frequency")
    bad = np.flatnonzero(~(people >= 0) | ~np.isfinite(people))
    if bad.size:
        raise InputError(f"point {bad[0]} has weight {people[bad[0]]}; give people, 0 or more")
    if not (math.isfinite(noise_db) and math.isfinite(required_db)):
        raise UsageError(f"noise is {noise_db} and the ratio needed {required_db}; give decibels")
    if not math.isfinite(deviations):
        raise UsageError(f"the margin is {deviations} deviations; give a number")
    if not 0 <= load <= 1:
        raise UsageError(f"load is {load}; give the share of resources in use, 0 to 1")
    if not seen_above_noise_db <= 0:
        raise UsageError(
            f"signals are seen from {seen_above_noise_db} dB over noise; give 0 or less"
        )
    network = kind == "single-frequency"
    if network and (guard is None or point_xy_m is None):
        raise UsageError(
            "a single-frequency network needs its guard interval and the points' places"
        )
    points, strongest, power, alone, places = [], [], [], [], []
    lived_in = people > 0
    for number, one in enumerate(sites):
        over_noise = _checked(one, number, people.size) - noise_db
        best = over_noise.max(axis=0, initial=-np.inf)
        seen = np.flatnonzero(lived_in & ((best >= seen_above_noise_db) | one.alone))
        linear = 10.0 ** (0.1 * over_noise[:, seen])
        points.append(seen)
        strongest.append(linear.max(axis=0, initial=0.0).astype(np.float32))
        power.append(linear.sum(axis=0).astype(np.float32))
        alone.append(one.alone[seen])
        places.append((one.x_m, one.y_m))
    sizes = [len(seen) for seen in points]
    start = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    flat = np.concatenate([*points, np.zeros(0, np.int64)]).astype(np.int64)
    used, number_of = np.unique(flat, return_inverse=True)
    by_point = np.argsort(number_of, kind="stable").astype(np.int64)
    owner = np.repeat(np.arange(len(sizes)), sizes)
    nowhere = np.zeros((people.size, 2))
    xy = nowhere if point_xy_m is None else np.asarray(point_xy_m, np.float64)
    return Signals(
        kind,
        required_db,
        load,
        guard,
        deviations,
        shadowing,
        people[used],
        float(people.sum()),
        start,
        number_of.astype(np.int32),
        np.concatenate([*strongest, np.zeros(0, np.float32)]),
        np.concatenate([*power, np.zeros(0, np.float32)]),
        np.concatenate([*alone, np.zeros(0, np.bool_)]),
        np.concatenate([[0], np.cumsum(np.bincount(number_of, minlength=used.size))]).astype(
            np.int64
        ),
        owner[by_point].astype(np.int32),
        by_point,
        np.array(places, np.float64).reshape(-1, 2),
        xy[used],
    )
