"""Find a good choice of sites: lazy greedy, then exchanges until none helps.

* Greedy with lazy evaluation (CELF: Leskovec et al. 2007): a site's gain only shrinks as others
  are chosen, so a stale gain is an upper bound and most sites are never looked at again.
* Exchange (Resende & Werneck 2007): with ``gain[i]`` (what adding i brings), ``loss[o]`` (what
  only o reaches) and ``extra[o, i]`` (what only o reaches and i reaches too), swapping o for i
  changes the value by ``gain[i] - loss[o] + extra[o, i]``. The tables are kept current in time
  proportional to what changes.
* Where no exchange helps, a few sites are thrown out at random and the descent is repeated; the
  best plan seen is kept. All randomness comes from the seed.
"""

from __future__ import annotations

import heapq

import numpy as np

from ...topology.compiled import compiled
from ..progress import Progress, silent
from .problem import Floats, Ints, SiteProblem

__all__ = ["exchange", "greedy"]


def greedy(problem: SiteProblem, sites: int) -> list[int]:
    """Choose sites one by one, each time the one that adds most.

    The fixed sites come first, whatever they add; then sites with the largest gain until there
    are ``sites`` in all or nothing is gained any more. Ties go to the lower number.
    """
    chosen = list(problem.fixed)
    reached = np.zeros(problem.groups, bool)
    for site in chosen:
        reached[problem.groups_of(site)] = True

    def gain(site: int) -> float:
        groups = problem.groups_of(site)
        return float(problem.group_weight[groups[~reached[groups]]].sum())

    queue = [(-gain(s), s, len(chosen)) for s in range(problem.sites) if s not in set(chosen)]
    heapq.heapify(queue)
    while queue and len(chosen) < sites:
        negative, site, when = heapq.heappop(queue)
        if when == len(chosen):  # the gain is fresh: nothing can beat it
            if negative >= 0:
                break
            chosen.append(site)
            reached[problem.groups_of(site)] = True
        else:
            heapq.heappush(queue, (-gain(site), site, len(chosen)))
    return chosen


Cover = tuple[Ints, Ints, Ints, Ints, Floats]
"""site_start, site_groups, group_start, group_sites, group_weight of the problem."""

State = tuple[Ints, Ints, Ints, Floats, Floats, Floats]
"""chosen (site of each slot), slot (of each site, -1), count (servers of each group), gain (of
each site), loss (of each slot), extra (slot by site)."""


@compiled
def _add(site: int, sign: int, cover: Cover, state: State) -> None:
    """Add (sign 1) or take out (sign -1) a site that has a slot; keep gain, loss, extra current."""
    site_start, site_groups, group_start, group_sites, weight = cover
    _, slot, count, gain, loss, extra = state
    for at in range(site_start[site], site_start[site + 1]):
        group = site_groups[at]
        before = count[group]
        after = before + sign
        count[group] = after
        w = sign * weight[group]
        start, end = group_start[group], group_start[group + 1]
        if before == 0 or after == 0:  # 0 <-> 1: reached by this site alone, or by none
            only = slot[site]
            loss[only] += w
            for k in range(start, end):
                gain[group_sites[k]] -= w
                extra[only, group_sites[k]] += w
        elif before + after == 3:  # 1 <-> 2: another site is, or was, the only one
            for k in range(start, end):
                other = group_sites[k]
                if other != site and slot[other] >= 0:
                    only = slot[other]
                    loss[only] -= w
                    for m in range(start, end):
                        extra[only, group_sites[m]] -= w
                    break


@compiled
def _put(k: int, site: int, cover: Cover, state: State) -> None:
    """Put a site into slot k, in place of the one that is there."""
    chosen, slot = state[0], state[1]
    out = chosen[k]
    if out >= 0:
        _add(out, -1, cover, state)
        slot[out] = -1
    chosen[k] = site
    slot[site] = k
    _add(site, 1, cover, state)


@compiled
def _descend(movable: Ints, cover: Cover, state: State, tolerance: float) -> float:
    """Make the best exchange as long as one helps; return what was won."""
    _, slot, _, gain, loss, extra = state
    won = 0.0
    while True:
        best_delta, best_k, best_site = tolerance, -1, -1
        for k in movable:
            for site in range(gain.size):
                if slot[site] < 0:
                    delta = gain[site] - loss[k] + extra[k, site]
                    if delta > best_delta:
                        best_delta, best_k, best_site = delta, k, site
        if best_k < 0:
            return won
        won += best_delta
        _put(best_k, best_site, cover, state)


@compiled
def _search(start: Ints, movable: Ints, cover: Cover, rounds: int, kick: int, seed: int) -> Ints:
    """Descend, kick, repeat; return the best choice seen."""
    np.random.seed(seed)  # noqa: NPY002 - numba's own generator, apart from numpy's
    sites, groups = cover[0].size - 1, cover[4].size
    state = (
        np.full(start.size, -1, np.int64),
        np.full(sites, -1, np.int64),
        np.zeros(groups, np.int64),
        np.zeros(sites),
        np.zeros(start.size),
        np.zeros((start.size, sites)),
    )
    chosen, slot, _, gain, loss, extra = state
    for site in range(sites):
        for at in range(cover[0][site], cover[0][site + 1]):
            gain[site] += cover[4][cover[1][at]]
    tolerance = 1e-9 * max(1.0, cover[4].sum())
    value = 0.0
    for k in range(start.size):
        value += gain[start[k]]
        _put(k, start[k], cover, state)
    value += _descend(movable, cover, state, tolerance)
    best, best_value = chosen.copy(), value
    for _ in range(rounds):
        for _ in range(kick):
            k = movable[np.random.randint(movable.size)]  # noqa: NPY002
            site = np.random.randint(sites)  # noqa: NPY002
            if slot[site] < 0:
                value += gain[site] - loss[k] + extra[k, site]
                _put(k, site, cover, state)
        value += _descend(movable, cover, state, tolerance)
        if value > best_value + tolerance:
            best[:], best_value = chosen, value
        elif value < best_value - tolerance:  # go on from the best choice
            for k in range(start.size):
                if chosen[k] != best[k]:
                    _add(chosen[k], -1, cover, state)
                    slot[chosen[k]] = -1
                    chosen[k] = -1
            for k in range(start.size):
                if chosen[k] < 0:
                    _put(k, best[k], cover, state)
            value = best_value
    return best


def exchange(
    problem: SiteProblem,
    chosen: list[int],
    *,
    seed: int = 0,
    rounds: int = 2000,
    kick: int = 2,
    progress: Progress = silent,
) -> list[int]:
    """Improve a choice by exchanging one site for another, as long as that helps.

    Parameters
    ----------
    chosen
        Where to start; fixed sites in it stay.
    seed
        Of the random restarts.
    rounds
        Restarts after the first descent; 0 is plain 1-exchange.
    kick
        Exchanges made at random before each restart.

    Returns
    -------
    list of int
        As many sites, worth at least as much; fixed sites first, then by what they add.
    """
    fixed = set(problem.fixed)
    movable = np.array([k for k, site in enumerate(chosen) if site not in fixed], np.int64)
    if not movable.size or len(chosen) >= problem.sites or not problem.groups:
        return chosen
    cover = (
        problem.site_start,
        problem.site_groups,
        problem.group_start,
        problem.group_sites,
        problem.group_weight,
    )
    best = np.array(chosen, np.int64)
    portions = 20 if rounds >= 20 else 1
    kicks = (kick, kick, kick + 3)  # mostly small steps, now and then a far one
    for portion in range(portions):
        progress("exchange", portion, portions)
        start = np.random.default_rng([seed, portion]).integers(2**31)
        best = _search(best, movable, cover, rounds // portions, kicks[portion % 3], int(start))
    progress("exchange", portions, portions)
    return _by_gain(problem, [int(site) for site in best])


def _by_gain(problem: SiteProblem, chosen: list[int]) -> list[int]:
    """Order the chosen sites: the fixed, then always the one that adds most."""
    reached = np.zeros(problem.groups, bool)
    order = list(problem.fixed)
    for site in order:
        reached[problem.groups_of(site)] = True
    left = sorted(set(chosen) - set(order))
    while left:
        gains = []
        for site in left:
            groups = problem.groups_of(site)
            gains.append(problem.group_weight[groups[~reached[groups]]].sum())
        site = left.pop(int(np.argmax(gains)))
        reached[problem.groups_of(site)] = True
        order.append(site)
    return order
