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

from ..compiled import compiled
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


@compiled
def _add(
    site: int,
    sign: int,
    site_start: Ints,
    site_groups: Ints,
    group_start: Ints,
    group_sites: Ints,
    weight: Floats,
    slot: Ints,
    count: Ints,
    gain: Floats,
    loss: Floats,
    extra: Floats,
) -> None:
    """Add (sign 1) or take out (sign -1) a site and keep gain, loss and extra current.

    ``slot[s]`` is the row of ``extra`` of chosen site s. The site's own slot must be valid while
    it is added or taken out.
    """
    for at in range(site_start[site], site_start[site + 1]):
        group = site_groups[at]
        before = count[group]
        after = before + sign
        count[group] = after
        w = weight[group]
        start, end = group_start[group], group_start[group + 1]
        if before == 0 or after == 0:  # 0 <-> 1: reached by this site alone, or by none
            only = slot[site]
            loss[only] += sign * w
            for k in range(start, end):
                other = group_sites[k]
                gain[other] -= sign * w
                extra[only, other] += sign * w
        elif before + after == 3:  # 1 <-> 2: another site is, or was, the only one
            for k in range(start, end):
                alone = group_sites[k]
                if alone != site and slot[alone] >= 0:
                    only = slot[alone]
                    loss[only] -= sign * w
                    for m in range(start, end):
                        extra[only, group_sites[m]] -= sign * w
                    break


@compiled
def _search(
    site_start: Ints,
    site_groups: Ints,
    group_start: Ints,
    group_sites: Ints,
    weight: Floats,
    start: Ints,
    movable: Ints,
    rounds: int,
    kick: int,
    seed: int,
) -> tuple[Ints, float]:
    """Descend, kick, repeat; return the best plan and its value."""
    np.random.seed(seed)  # noqa: NPY002 - numba's own generator, separate from numpy's
    sites = site_start.size - 1
    p = start.size
    chosen = start.copy()
    slot = np.full(sites, -1, np.int64)
    count = np.zeros(weight.size, np.int64)
    gain = np.zeros(sites)
    loss = np.zeros(p)
    extra = np.zeros((p, sites))
    for site in range(sites):
        for at in range(site_start[site], site_start[site + 1]):
            gain[site] += weight[site_groups[at]]
    value = 0.0
    for k in range(p):
        slot[chosen[k]] = k
        value += gain[chosen[k]]
        _add(
            chosen[k],
            1,
            site_start,
            site_groups,
            group_start,
            group_sites,
            weight,
            slot,
            count,
            gain,
            loss,
            extra,
        )
    current = value
    best_value = value
    best = chosen.copy()
    tolerance = 1e-9 * max(1.0, weight.sum())
    for turn in range(rounds + 1):
        if turn > 0:
            for _ in range(kick):
                # A random exchange: leave one site, enter one that reaches something of it.
                k = movable[np.random.randint(movable.size)]  # noqa: NPY002
                site = np.random.randint(sites)  # noqa: NPY002
                if slot[site] >= 0:
                    continue
                current += gain[site] - loss[k] + extra[k, site]
                out = chosen[k]
                _add(
                    out,
                    -1,
                    site_start,
                    site_groups,
                    group_start,
                    group_sites,
                    weight,
                    slot,
                    count,
                    gain,
                    loss,
                    extra,
                )
                slot[out] = -1
                chosen[k] = site
                slot[site] = k
                _add(
                    site,
                    1,
                    site_start,
                    site_groups,
                    group_start,
                    group_sites,
                    weight,
                    slot,
                    count,
                    gain,
                    loss,
                    extra,
                )
        while True:
            best_delta = tolerance
            best_k = -1
            best_site = -1
            for m in range(movable.size):
                k = movable[m]
                base = loss[k]
                for site in range(sites):
                    if slot[site] < 0:
                        delta = gain[site] - base + extra[k, site]
                        if delta > best_delta:
                            best_delta, best_k, best_site = delta, k, site
            if best_k < 0:
                break
            current += best_delta
            out = chosen[best_k]
            _add(
                out,
                -1,
                site_start,
                site_groups,
                group_start,
                group_sites,
                weight,
                slot,
                count,
                gain,
                loss,
                extra,
            )
            slot[out] = -1
            chosen[best_k] = best_site
            slot[best_site] = best_k
            _add(
                best_site,
                1,
                site_start,
                site_groups,
                group_start,
                group_sites,
                weight,
                slot,
                count,
                gain,
                loss,
                extra,
            )
        if current > best_value + tolerance:
            best_value = current
            best[:] = chosen
        elif current < best_value - tolerance:  # go on from the best plan
            for k in range(p):
                if chosen[k] != best[k]:
                    out = chosen[k]
                    _add(
                        out,
                        -1,
                        site_start,
                        site_groups,
                        group_start,
                        group_sites,
                        weight,
                        slot,
                        count,
                        gain,
                        loss,
                        extra,
                    )
                    slot[out] = -1
                    chosen[k] = -1
            for k in range(p):
                if chosen[k] < 0:
                    chosen[k] = best[k]
                    slot[best[k]] = k
                    _add(
                        best[k],
                        1,
                        site_start,
                        site_groups,
                        group_start,
                        group_sites,
                        weight,
                        slot,
                        count,
                        gain,
                        loss,
                        extra,
                    )
            current = best_value
    return best, best_value


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
    arrays = (
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
        best, _ = _search(
            *arrays, best, movable, max(0, rounds // portions), kicks[portion % 3], int(start)
        )
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
