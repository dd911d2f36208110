"""A network after one server changed, recombined only where the change can be seen.

Moving one mast changes its level almost everywhere and what a receiver gets almost nowhere.
:func:`combine` answers for all pixels and keeps the answers; :func:`update` takes the changed
server's new layer and asks again only in pixels where its old or its new level can move an answer
by more than a stated bound. What single edits leave out adds up in every pixel until the bound is
reached, so that it holds after any number of edits. With a and b the old and the new power:

*Best server.* Exact: asked again wherever the server is or becomes one of the first two, or enters
or leaves the counts of servers above the threshold and of overlapping ones.

*SINR.* Exact best server; interference and noise R are off by at most
:data:`INTERFERENCE_BOUND` of R, which is 0.0044 dB: the sum is of powers, in which only
load |b - a| changes.

*Probability of SINR.* Off by at most :data:`PROBABILITY_BOUND`. Given everything but the own part
of the signal's shadowing, the signal is normal with deviation ``own`` and density below
0.4 / own, so that the probability moves by at most 0.4 / own E|10 lg(R' / R)|. Interference is
R = sum_j w_j X_j with medians w_j and shadows X_j (noise: X = 1), whence |ln(R' / R)| <=
load |b - a| X / min(R, R'), and as 1 / x is convex, E[X / R] <= max_j E[X / X_j] / sum_j w_j,
with E[X / X_j] = exp(own^2) for another server and exp(total^2 / 2) for noise, own and total in
nepers. A server of the signal's own site, where that density does not help, is asked again. The
bound is on the model of normal shadows; how :mod:`ngbw.coverage.servers.sinr` sums weak sites may
add 0.005, where a site is weak before the edit and not after it.

*Location probability.* Off by at most :data:`PROBABILITY_BOUND` and 1e-4. A change between two levels
matters where the server reaches the threshold at the higher one h but not at the lower, and no
other server does. The first happens with Phi(h / total) - Phi(l / total). "The server reaches" rises
with the common part and "no other does" falls, so that the probability of both is at most the
product (Chebyshev's inequality); and 1 - p >= P(no other) Phi(-a / total) for the same reason, whence
P(no other) <= (1 - p) / Phi(-a / total).

A single-frequency network is not kept: every path within 25 dB of the strongest counts in the
spread of delays, so that one edit touches more than half of the pixels, and
:func:`.sum_network` does all of them in less time than picking those out would take.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...topology.compiled import compiled
from .best import Servers, find_servers
from .level_stack import LevelStack
from .lognormal_sum import DB_PER_NEPER
from .several_servers import at_least_one
from .shadowing import Shadowing, normal_cdf, normal_table
from .sinr import sinr_db, sinr_probability

__all__ = [
    "INTERFERENCE_BOUND",
    "PROBABILITY_BOUND",
    "Combined",
    "Reception",
    "combine",
    "update",
]

INTERFERENCE_BOUND = 1e-3
"""Share of interference and noise that edits may leave out before a pixel is asked again."""

PROBABILITY_BOUND = 2e-3
"""Probability that edits may leave out before a pixel is asked again."""

_KNOWN_TO = 1e-4
"""What :func:`.at_least_one` may miss of a probability, more by far than it does."""


@dataclass(frozen=True, slots=True)
class Reception:
    """What is asked of every pixel.

    Attributes
    ----------
    threshold_db
        Level that a server must reach, in the unit of the levels.
    required_sinr_db
        SINR needed.
    noise_db
        Noise in the unit of the levels, for all pixels or each.
    shadowing
        Deviation and correlation of the levels.
    load, carrier, site
        As in :func:`.sinr_probability`.
    overlap_db
        As in :func:`.find_servers`.
    """

    threshold_db: float
    required_sinr_db: float
    noise_db: float | NDArray[np.floating]
    shadowing: Shadowing
    load: float | NDArray[np.floating] = 1.0
    carrier: NDArray[np.integer] | None = None
    site: NDArray[np.integer] | None = None
    overlap_db: float = 6.0


@dataclass(frozen=True, slots=True)
class Combined:
    """What the servers together give every pixel, and what is owed to it since it was asked.

    36 bytes a pixel beside the layers themselves, which are not copied.

    Attributes
    ----------
    levels, reception
        What was asked of which servers.
    servers
        Best and second server, and counts.
    sinr_db, sinr_probability, probability
        Median SINR, the probability that it suffices, and that any server's level does.
    owed_interference
        Share of interference and noise that edits moved since the pixel's SINR was computed.
    owed_probability
        What they moved of ``probability``, at most.
    recombined
        Pixels that the last update asked again for the SINR and for the probability.
    """

    levels: LevelStack
    reception: Reception
    servers: Servers
    sinr_db: NDArray[np.float32]
    sinr_probability: NDArray[np.float32]
    probability: NDArray[np.float32]
    owed_interference: NDArray[np.float32]
    owed_probability: NDArray[np.float32]
    recombined: tuple[int, int]


def _ask_sinr(
    levels: LevelStack, reception: Reception, noise_db: Any, threads: int | None
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    ratio = sinr_db(
        levels, noise_db=noise_db, load=reception.load, carrier=reception.carrier, threads=threads
    )
    chance = sinr_probability(
        levels,
        threshold_db=reception.required_sinr_db,
        noise_db=noise_db,
        shadowing=reception.shadowing,
        load=reception.load,
        carrier=reception.carrier,
        site=reception.site,
        threads=threads,
    )
    return ratio, chance


def _ask_servers(levels: LevelStack, reception: Reception, threads: int | None) -> Servers:
    return find_servers(
        levels,
        threshold_db=reception.threshold_db,
        overlap_db=reception.overlap_db,
        threads=threads,
    )


def _ask_any(levels: LevelStack, reception: Reception, threads: int | None) -> NDArray[np.float32]:
    return at_least_one(
        levels,
        threshold_db=reception.threshold_db,
        shadowing=reception.shadowing,
        threads=threads,
    )


def combine(levels: LevelStack, reception: Reception, *, threads: int | None = None) -> Combined:
    """Return what the servers give together in every pixel, ready for :func:`update`."""
    ratio, chance = _ask_sinr(levels, reception, reception.noise_db, threads)
    return Combined(
        levels,
        reception,
        _ask_servers(levels, reception, threads),
        ratio,
        chance,
        _ask_any(levels, reception, threads),
        np.zeros(levels.shape, np.float32),
        np.zeros(levels.shape, np.float32),
        (levels.pixels, levels.pixels),
    )


@compiled
def _moved_ranks(
    old: NDArray[np.float32],
    new: NDArray[np.float32],
    server: int,
    best: NDArray[np.int16],
    second: NDArray[np.int16],
    best_db: NDArray[np.float32],
    second_db: NDArray[np.float32],
    threshold_db: float,
    overlap_db: float,
    out: NDArray[np.bool_],
) -> None:
    for pixel in range(old.size):
        a, b, top = old[pixel], new[pixel], best_db[pixel]
        # Written so that an unknown level of best or second (NaN) asks again.
        ranked = best[pixel] == server or second[pixel] == server or not b < second_db[pixel]
        counted = (a >= threshold_db) != (b >= threshold_db)
        near = (a >= threshold_db and a >= top - overlap_db) != (
            b >= threshold_db and b >= top - overlap_db
        )
        out[pixel] = a != b and (ranked or counted or near)


@compiled
def _moved_interference(
    old: NDArray[np.float32],
    new: NDArray[np.float32],
    server: int,
    load: float,
    carrier: NDArray[np.int64],
    site: NDArray[np.int64],
    best: NDArray[np.int16],
    best_db: NDArray[np.float32],
    sinr: NDArray[np.float32],
    most: float,
    owed: NDArray[np.float32],
    out: NDArray[np.bool_],
) -> None:
    for pixel in range(old.size):
        out[pixel] = False
        a, b, top = old[pixel], new[pixel], best_db[pixel]
        if a == b:
            continue
        if best[pixel] == server or not b < top:
            out[pixel] = True
            continue
        if carrier[best[pixel]] != carrier[server] or load == 0.0:
            continue
        if site[best[pixel]] == site[server]:
            out[pixel] = True
            continue
        against = top - sinr[pixel]
        was, comes = (a - against) / DB_PER_NEPER, (b - against) / DB_PER_NEPER
        owed[pixel] += load * abs(math.exp(comes) - math.exp(was))
        out[pixel] = not owed[pixel] <= most


@compiled
def _moved_probability(
    old: NDArray[np.float32],
    new: NDArray[np.float32],
    threshold_db: float,
    total_db: float,
    probability: NDArray[np.float32],
    most: float,
    table: NDArray[np.float64],
    owed: NDArray[np.float32],
    out: NDArray[np.bool_],
) -> None:
    for pixel in range(old.size):
        out[pixel] = False
        a, b = old[pixel] - threshold_db, new[pixel] - threshold_db
        if a == b:
            continue
        if total_db > 0.0:
            was, comes = normal_cdf(a / total_db, table), normal_cdf(b / total_db, table)
        else:
            was, comes = 1.0 if a >= 0.0 else 0.0, 1.0 if b >= 0.0 else 0.0
        others_miss = 1.0 - probability[pixel] + owed[pixel] + _KNOWN_TO
        others_miss = others_miss / (1.0 - was) if others_miss < 1.0 - was else 1.0
        owed[pixel] += min(abs(comes - was), max(was, comes) * others_miss)
        out[pixel] = not owed[pixel] <= most


def _share_left_out(shadowing: Shadowing) -> float:
    """Return what share of interference may be left out so that both bounds hold."""
    own, total = shadowing.own_db / DB_PER_NEPER, shadowing.total_db / DB_PER_NEPER
    if own == 0:
        return 0.0
    moved = 0.4 / own * math.exp(max(own * own, total * total / 2))
    # The sum may have become smaller by the share itself since it was kept.
    return min(INTERFERENCE_BOUND, PROBABILITY_BOUND / moved) / (1.0 + INTERFERENCE_BOUND)


def _numbers(given: NDArray[np.integer] | None, default: NDArray[np.int64]) -> NDArray[np.int64]:
    return default if given is None else np.ascontiguousarray(given, np.int64)


def _replaced(kept: NDArray[Any], pixels: NDArray[np.intp], values: NDArray[Any]) -> NDArray[Any]:
    out = kept.copy()
    out.reshape(-1)[pixels] = values
    return out


def update(
    kept: Combined,
    *,
    server: int,
    layer: NDArray[Any],
    level_at_0_db: float | None = None,
    threads: int | None = None,
) -> Combined:
    """Return what the servers give together after one of them got another layer.

    Parameters
    ----------
    kept
        Answers of :func:`combine` or of an earlier update; they stay as they are.
    server
        Number of the changed server.
    layer
        Its new levels or losses, in the type of the old ones and on the same pixels.
    level_at_0_db
        For losses: its new level over a path without loss; None keeps the old.

    Returns
    -------
    Combined
        Best servers and counts exactly as :func:`combine` would give them, the rest within the
        bounds of this module.
    """
    reception, shadowing = kept.reception, kept.reception.shadowing
    levels = kept.levels.with_layer(server, layer, level_at_0_db=level_at_0_db)
    best, second = kept.servers.best.reshape(-1), kept.servers.second.reshape(-1)
    best_db, second_db = kept.servers.best_db.reshape(-1), kept.servers.second_db.reshape(-1)
    ratio, chance = kept.sinr_db.reshape(-1), kept.probability.reshape(-1)
    owed_interference = kept.owed_interference.reshape(-1).copy()
    owed_probability = kept.owed_probability.reshape(-1).copy()
    numbers = np.arange(levels.servers)
    carrier = _numbers(reception.carrier, np.zeros(levels.servers, np.int64))
    site = _numbers(reception.site, numbers)
    load = float(levels.per_server(reception.load, "load")[server])
    ranks, ratios, chances = (np.empty(levels.pixels, np.bool_) for _ in range(3))
    before, table, most = kept.levels.only(server), normal_table(), _share_left_out(shadowing)

    def look(tile: NDArray[np.float32], at: slice) -> None:
        old, new = before.tile(at.start, at.stop)[0], tile[0]
        _moved_ranks(
            old, new, server, best[at], second[at], best_db[at], second_db[at],
            reception.threshold_db, reception.overlap_db, ranks[at],
        )  # fmt: skip
        _moved_interference(
            old, new, server, load, carrier, site, best[at], best_db[at], ratio[at], most,
            owed_interference[at], ratios[at],
        )  # fmt: skip
        _moved_probability(
            old, new, reception.threshold_db, shadowing.total_db, chance[at], PROBABILITY_BOUND,
            table, owed_probability[at], chances[at],
        )  # fmt: skip

    levels.only(server).for_each_tile(look, threads=threads)
    ranked, moved, chanced = (np.flatnonzero(mask) for mask in (ranks, ratios, chances))
    owed_interference[moved] = 0.0
    owed_probability[chanced] = 0.0
    out = replace(
        kept,
        levels=levels,
        owed_interference=owed_interference.reshape(levels.shape),
        owed_probability=owed_probability.reshape(levels.shape),
        recombined=(moved.size, chanced.size),
    )
    if ranked.size:
        found = _ask_servers(levels.at(ranked), reception, threads)
        fields = {
            name: _replaced(getattr(kept.servers, name), ranked, getattr(found, name))
            for name in Servers.__slots__
        }
        out = replace(out, servers=Servers(**fields))
    if moved.size:
        noise = levels.per_pixel(reception.noise_db, "noise_db")
        part = noise[moved] if isinstance(noise, np.ndarray) else noise
        ratios_there, chances_there = _ask_sinr(levels.at(moved), reception, part, threads)
        out = replace(
            out,
            sinr_db=_replaced(kept.sinr_db, moved, ratios_there),
            sinr_probability=_replaced(kept.sinr_probability, moved, chances_there),
        )
    if chanced.size:
        any_there = _ask_any(levels.at(chanced), reception, threads)
        out = replace(out, probability=_replaced(kept.probability, chanced, any_there))
    return out
