"""Choose sites by what they give as a network: after interference, or as one sum of signals.

Neither is a covering problem. With interference a site that serves many may cost others their
service; in a single-frequency network two sites that serve nobody alone may serve a quarter
together. So sites are added one by one, exchanged one for one as long as that helps, and at the
end two for two, which finds pairs that only count together.

Bound: interference only takes service away, so that the bound of the problem without it holds.
For a single-frequency network none is claimed: its sum serves points that no site serves alone,
and a bound on single servers may lie below it. Proven is neither.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ...topology.errors import UsageError
from ..progress import Progress, silent
from .network_state import NetworkState
from .problem import SiteProblem
from .search import ordered
from .signals import Signals

__all__ = ["NetworkChoice", "choose_as_network", "served_as_network"]

_LEAST = 1e-9
_ALONE = 0.25
"""Part of the time limit that the choice without interference may take."""

_AT_ONCE = 16
"""Sites that each thread tries between two looks at the clock."""

_PAIRS_OUT = 3
"""How many pairs of chosen sites, those that are missed least, are offered for any other pair."""


@dataclass(frozen=True, slots=True)
class NetworkChoice:
    """A choice of sites judged as a network.

    Attributes
    ----------
    sites
        Fixed sites first, then in the order in which each adds most; where the time was up, in
        which each adds most people whom it serves alone.
    value
        People served.
    bound
        People that no choice of as many sites can serve more than; None where nothing says so.
    relaxation
        What the bound leaves out; "" without a bound.
    single_server_sites, single_server_value
        The best choice known that leaves out what the sites are to each other, and what it serves
        as the network that it is.
    stopped_by
        ``local optimum``: no exchange that was tried helps; ``time limit``: stopped before.
    """

    sites: tuple[int, ...]
    value: float
    bound: float | None
    relaxation: Literal["without interference", ""]
    single_server_sites: tuple[int, ...]
    single_server_value: float
    stopped_by: Literal["local optimum", "time limit"]
    seconds: float

    @property
    def gap(self) -> float | None:
        """How far below the bound the value is, as a share of the bound; None without one."""
        if self.bound is None:
            return None
        return (self.bound - self.value) / self.bound if self.bound > 0 else 0.0

    @property
    def proven(self) -> bool:
        """Always False: no search of this kind is a proof."""
        return False


def served_as_network(signals: Signals, chosen: Sequence[int]) -> float:
    """Return the people that a choice of sites serves as a network."""
    return NetworkState(signals, tuple(chosen)).served


class _Clock:
    def __init__(self, time_limit_s: float | None, progress: Progress, threads: int) -> None:
        self.start = time.monotonic()
        self.limit_s = time_limit_s
        self.progress = progress
        self.threads = threads
        self.moves = 0

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.start

    @property
    def is_up(self) -> bool:
        return self.limit_s is not None and self.seconds >= self.limit_s

    def up(self, step: str) -> bool:
        """Tell about a step, and whether the time is up."""
        self.progress(step, self.moves, self.moves + 1)
        self.moves += 1
        return self.is_up

    def left_s(self, part: float) -> float | None:
        """Return the seconds until a part of the limit; None without one."""
        return None if self.limit_s is None else max(0.0, part * self.limit_s - self.seconds)

    def best_of(self, state: NetworkState, sites: NDArray[np.int64]) -> tuple[int, float]:
        """Return the place of the site that is worth most to add, and its worth.

        The place is -1 where there is none, or where the time ran out before all were tried.
        """
        found, most = -1, -np.inf
        for begin in range(0, sites.size, _AT_ONCE * self.threads):
            if begin and self.is_up:
                return -1, -np.inf
            part = sites[begin : begin + _AT_ONCE * self.threads]
            wins = state.tried(part, threads=self.threads)
            at = int(np.argmax(wins))
            if wins[at] > most:
                found, most = begin + at, float(wins[at])
        return found, most


def _grow(
    state: NetworkState, order: list[int], budget: int, free: NDArray[np.int64], clock: _Clock
) -> None:
    """Add sites one by one, each time the one that is worth most."""
    while len(order) < budget:
        left = free[~np.isin(free, order)]
        if not left.size or clock.up("adding"):
            return
        at, wins = clock.best_of(state, left)
        if at < 0 or wins <= _LEAST:
            return
        state.add(int(left[at]))
        order.append(int(left[at]))


def _exchange(
    state: NetworkState, order: list[int], fixed: int, free: NDArray[np.int64], clock: _Clock
) -> bool:
    """Exchange sites one for one as long as that helps; tell whether anything was won."""
    won = False
    k, since = fixed, 0
    while fixed < len(order) and since < len(order) - fixed:
        if clock.up("exchanging"):
            return won
        out = order[k]
        left = free[~np.isin(free, order)]
        lost = state.remove(out)
        at, wins = clock.best_of(state, left)
        if at >= 0 and lost + wins > _LEAST:
            state.add(int(left[at]))
            order[k] = int(left[at])
            won, since = True, 0
        else:
            state.add(out)
            since += 1
        k = k + 1 if k + 1 < len(order) else fixed
    return won


def _exchange_pairs(
    state: NetworkState, order: list[int], fixed: int, free: NDArray[np.int64], clock: _Clock
) -> bool:
    """Offer the pairs that are missed least for every other pair; make the first that helps."""
    movable = order[fixed:]
    losses = {}
    for site in movable:
        if clock.up("exchanging pairs"):
            return False
        losses[site] = -state.remove(site)
        state.add(site)
    pairs = sorted(combinations(movable, 2), key=lambda pair: losses[pair[0]] + losses[pair[1]])
    for pair in pairs[:_PAIRS_OUT]:
        lost = state.remove(pair[0]) + state.remove(pair[1])
        left = free[~np.isin(free, order)]
        for n, first in enumerate(left[:-1]):
            if clock.up("exchanging pairs"):
                break
            gained = state.add(int(first))
            later = left[n + 1 :]
            at, wins = clock.best_of(state, later)
            if at >= 0 and lost + gained + wins > _LEAST:
                state.add(int(later[at]))
                order[order.index(pair[0])], order[order.index(pair[1])] = (
                    int(first),
                    int(later[at]),
                )
                return True
            state.remove(int(first))
        state.add(pair[0])
        state.add(pair[1])
    return False


def choose_as_network(
    signals: Signals,
    *,
    sites: int,
    fixed: Sequence[int] = (),
    forbidden: Sequence[int] = (),
    start: Sequence[int] | None = None,
    time_limit_s: float | None = None,
    seed: int = 0,
    threads: int = 1,
    progress: Progress = silent,
) -> NetworkChoice:
    """Choose at most so many sites that serve as many people as possible as a network.

    Parameters
    ----------
    sites
        Budget, fixed sites included.
    fixed, forbidden
        Sites that are in every choice, and in none.
    start
        A choice to begin with beside those that are made here.
    time_limit_s
        Stop after so many seconds; the best choice so far is returned. Only then does the answer
        depend on how fast the machine is.
    seed
        Of the search for the choice without interference.
    threads
        How many try sites at a time; the choice is the same.
    progress
        Told about each step; stops the work by raising.

    Raises
    ------
    UsageError
        A site does not exist, is fixed and forbidden, or the budget is below the fixed sites.
    """
    standing = list(dict.fromkeys(int(site) for site in fixed))
    for site in (*standing, *forbidden, *(start or ())):
        if not 0 <= site < signals.sites:
            raise UsageError(f"site {site} does not exist; there are {signals.sites} sites")
    both = sorted(set(standing) & set(forbidden))
    if both:
        raise UsageError(f"site {both[0]} is both fixed and forbidden; take it out of one")
    if sites < max(1, len(standing)):
        raise UsageError(
            f"the budget is {sites} sites, but {len(standing)} are fixed; allow at least that "
            "many, and at least 1"
        )
    clock = _Clock(time_limit_s, progress, max(1, threads))
    closed = set(standing) | set(forbidden)
    free = np.array([s for s in range(signals.sites) if s not in closed], np.int64)
    problem = SiteProblem.from_cover(signals.cover(), signals.weight, fixed=standing)
    alone = problem.under(forbidden=sorted(set(forbidden))).maximise(
        sites=sites, nodes=0, time_limit_s=clock.left_s(_ALONE), seed=seed, progress=progress
    )
    if alone.cancelled_by is not None:
        raise alone.cancelled_by
    starts: list[list[int]] = [list(alone.sites), [*standing]]
    if start is not None:
        starts.append([*standing, *(s for s in dict.fromkeys(start) if s not in closed)][:sites])
    best: list[int] = []
    best_reached = -np.inf, -np.inf
    for begin in starts:
        if best and clock.is_up:
            break
        state, order = NetworkState(signals, tuple(begin)), list(begin)
        # People nearly served lead the search; who is served decides.
        if (state.served, state.worth) > best_reached:
            best, best_reached = list(begin), (state.served, state.worth)
        while True:
            _grow(state, order, sites, free, clock)
            _exchange(state, order, len(standing), free, clock)
            if clock.is_up:
                break
            if not _exchange_pairs(state, order, len(standing), free, clock):
                break
        reached = state.served, state.worth
        if reached > best_reached:
            best, best_reached = order, reached
    over = clock.is_up
    interference = signals.kind == "interference"
    value = served_as_network(signals, best)
    return NetworkChoice(
        _by_gain(signals, best, len(standing), clock) or ordered(problem, best, standing),
        value,
        max(alone.bound, value) if interference else None,
        "without interference" if interference else "",
        alone.sites,
        served_as_network(signals, alone.sites),
        "time limit" if over else "local optimum",
        clock.seconds,
    )


def _by_gain(
    signals: Signals, chosen: Sequence[int], fixed: int, clock: _Clock
) -> tuple[int, ...] | None:
    """Order a choice: the fixed, then always the one that adds most; None if the time runs out."""
    order = list(chosen[:fixed])
    state = NetworkState(signals, tuple(order))
    left = np.array(sorted(chosen[fixed:]), np.int64)
    while left.size:
        if clock.is_up:
            return None
        at, _ = clock.best_of(state, left)
        if at < 0:
            return None
        state.add(int(left[at]))
        order.append(int(left[at]))
        left = np.delete(left, at)
    return tuple(order)
