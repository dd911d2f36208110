"""Find a good choice of sites: lazy greedy, then exchanges until none helps.

* Greedy with lazy evaluation (CELF: Leskovec et al. 2007): a site's gain only shrinks as others
  are chosen, so a stale gain is an upper bound and most sites are never looked at again.
* Exchange (Resende & Werneck 2007): with ``gain[i]`` (what adding i brings), ``loss[o]`` (what
  only o reaches) and ``extra[o, i]`` (what only o reaches and i reaches too), swapping o for i
  changes the value by ``gain[i] - loss[o] + extra[o, i]``. The tables are kept current in time
  proportional to what changes; their size depends on sites, never on groups.
* Where no exchange helps, a few sites close to each other are exchanged for neighbours at random
  and the descent is repeated; a choice that is a little worse is gone on from, less and less so.
  The best plan seen is kept. All randomness comes from the seed.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Sequence

import numpy as np

from ...topology.compiled import compiled
from .cover import Cover, Floats, Ints, Short

__all__ = ["exchange", "greedy", "ordered", "round_work"]


def greedy(
    cover: Cover,
    room: float,
    *,
    cost: Floats | None = None,
    fixed: Sequence[int] = (),
    among: Iterable[int] | None = None,
) -> list[int]:
    """Choose sites one by one, each time the one that adds most for its cost.

    The fixed sites come first, whatever they add; then sites with the largest gain (over cost,
    where costs are given) that the room allows, until nothing is gained any more. Ties go to the
    lower number. For one server a group.
    """
    price = np.ones(cover.sites) if cost is None else cost
    chosen = list(fixed)
    reached = np.zeros(cover.groups, bool)
    for site in chosen:
        reached[cover.groups_of(site)] = True
    room -= float(price[chosen].sum())
    # A site that costs nothing comes before all that cost something.
    least = 1e-12 * max(1.0, float(price.max(initial=0.0)))

    def merit(site: int) -> float:
        groups = cover.groups_of(site)
        gain = float(cover.group_weight[groups[~reached[groups]]].sum())
        return gain / max(float(price[site]), least)

    taken = set(chosen)
    left = range(cover.sites) if among is None else sorted(set(among))
    queue = [(-merit(site), site, len(chosen)) for site in left if site not in taken]
    heapq.heapify(queue)
    while queue:
        negative, site, when = heapq.heappop(queue)
        if price[site] > room * (1 + 1e-12):
            continue
        if when == len(chosen):  # the gain is fresh: nothing can beat it
            if negative >= 0:
                break
            chosen.append(site)
            reached[cover.groups_of(site)] = True
            room -= float(price[site])
        else:
            heapq.heappush(queue, (-merit(site), site, len(chosen)))
    return chosen


Lists = tuple[Ints, Short, Ints, Short, Floats]
"""site_start, site_groups, group_start, group_sites, group_weight of the problem."""

State = tuple[Ints, Ints, Ints, Floats, Floats, Floats]
"""chosen (site of each slot), slot (of each site, -1), count (servers of each group), gain (of
each site), loss (of each slot), extra (slot by site)."""


@compiled
def _add(site: int, sign: int, lists: Lists, state: State) -> None:
    """Add (sign 1) or take out (sign -1) a site that has a slot; keep gain, loss, extra current."""
    site_start, site_groups, group_start, group_sites, weight = lists
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
def _put(k: int, site: int, lists: Lists, state: State) -> None:
    """Put a site into slot k, in place of the one that is there."""
    chosen, slot = state[0], state[1]
    out = chosen[k]
    if out >= 0:
        _add(out, -1, lists, state)
        slot[out] = -1
    chosen[k] = site
    slot[site] = k
    _add(site, 1, lists, state)


@compiled
def _descend(movable: Ints, lists: Lists, state: State, tolerance: float) -> float:
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
        _put(best_k, best_site, lists, state)


@compiled
def _near(site: int, lists: Lists) -> int:
    """Return a site that reaches some group of this one: itself, at worst."""
    start, end = lists[0][site], lists[0][site + 1]
    if start == end:
        return site
    group = lists[1][start + np.random.randint(end - start)]  # noqa: NPY002
    first, last = lists[2][group], lists[2][group + 1]
    return int(lists[3][first + np.random.randint(last - first)])  # noqa: NPY002


@compiled
def _shake(movable: Ints, lists: Lists, state: State, kick: int) -> float:
    """Exchange a few sites for neighbours, close to each other; return what it brought."""
    chosen, slot, _, gain, loss, extra = state
    brought = 0.0
    first = int(movable[np.random.randint(movable.size)])  # noqa: NPY002
    for turn in range(kick):
        k = first
        if turn > 0:
            k = int(movable[np.random.randint(movable.size)])  # noqa: NPY002
            if np.random.random() < 0.7:  # noqa: NPY002 - mostly one that is not far
                other = _near(_near(int(chosen[first]), lists), lists)
                if slot[other] >= 0 and slot[other] != first:
                    for at in range(movable.size):
                        if movable[at] == slot[other]:
                            k = int(movable[at])
        site = _near(int(chosen[k]), lists)
        if slot[site] < 0:
            brought += gain[site] - loss[k] + extra[k, site]
            _put(k, site, lists, state)
    return brought


@compiled
def _search(
    start: Ints,
    movable: Ints,
    lists: Lists,
    rounds: int,
    kick: int,
    warm: float,
    cool: float,
    seed: int,
) -> tuple[Ints, Ints]:
    """Descend, shake, repeat; return the best choice seen and the last.

    The search goes on from a choice that is worse by at most a share of the value, which falls
    from ``warm`` to ``cool`` on the way.
    """
    np.random.seed(seed)  # noqa: NPY002 - numba's own generator, apart from numpy's
    sites, groups = lists[0].size - 1, lists[4].size
    state = (
        np.full(start.size, -1, np.int64),
        np.full(sites, -1, np.int64),
        np.zeros(groups, np.int64),
        np.zeros(sites),
        np.zeros(start.size),
        np.zeros((start.size, sites)),
    )
    chosen, slot, _, gain, _, _ = state
    for site in range(sites):
        for at in range(lists[0][site], lists[0][site + 1]):
            gain[site] += lists[4][lists[1][at]]
    tolerance = 1e-9 * max(1e-300, lists[4].sum())
    value = 0.0
    for k in range(start.size):
        value += gain[start[k]]
        _put(k, start[k], lists, state)
    value += _descend(movable, lists, state, tolerance)
    best, best_value = chosen.copy(), value
    here, here_value = chosen.copy(), value
    for turn in range(rounds):
        value += _shake(movable, lists, state, kick)
        value += _descend(movable, lists, state, tolerance)
        if value > best_value + tolerance:
            best[:], best_value = chosen, value
        warmth = warm + (cool - warm) * turn / rounds
        if value >= here_value - tolerance - warmth * best_value:
            here[:], here_value = chosen, value
            continue
        for k in range(start.size):
            if chosen[k] != here[k]:
                _add(chosen[k], -1, lists, state)
                slot[chosen[k]] = -1
                chosen[k] = -1
        for k in range(start.size):
            if chosen[k] < 0:
                _put(k, here[k], lists, state)
        value = here_value
    return best, here


def exchange(
    cover: Cover,
    chosen: Sequence[int],
    *,
    fixed: Sequence[int] = (),
    seed: int = 0,
    rounds: int = 2000,
    kick: int = 3,
    warmth: tuple[float, float] = (1e-3, 0.0),
) -> tuple[list[int], list[int]]:
    """Improve a choice by exchanging one site for another, as long as that helps.

    Parameters
    ----------
    chosen
        Where to start.
    fixed
        Sites that stay.
    seed
        Of the random restarts.
    rounds
        Restarts after the first descent; 0 is plain 1-exchange.
    kick
        Exchanges made at random before each restart, close to each other.
    warmth
        Share of the value by which the search may fall back, at first and in the end.

    Returns
    -------
    best
        As many sites, worth at least as much, each in the place of the one it replaced.
    last
        Where the search ended, to go on from.
    """
    held = set(fixed)
    movable = np.array([k for k, site in enumerate(chosen) if site not in held], np.int64)
    if not movable.size or len(chosen) >= cover.sites or not cover.groups:
        return list(chosen), list(chosen)
    lists = (
        cover.site_start, cover.site_groups, cover.group_start, cover.group_sites, cover.group_weight,
    )  # fmt: skip
    start = np.array(chosen, np.int64)
    best, last = _search(start, movable, lists, rounds, kick, *warmth, seed)
    return [int(site) for site in best], [int(site) for site in last]


def round_work(cover: Cover, slots: int) -> int:
    """Return about how many steps a restart of the search takes, to plan how many there can be."""
    sites, groups = max(1, cover.sites), max(1, cover.groups)
    touched = cover.pairs / sites * cover.pairs / groups
    return int(40 * touched + 8 * slots * sites) + 1


def ordered(cover: Cover, chosen: Sequence[int], fixed: Sequence[int]) -> tuple[int, ...]:
    """Order the chosen sites: the fixed, then always the one that adds most."""
    if cover.servers == 1:
        first = greedy(cover, float(len(chosen)), fixed=fixed, among=chosen)
        return (*first, *sorted(set(chosen) - set(first)))
    order = list(fixed)
    count = cover.servers_of_groups(order)
    left = sorted(set(chosen) - set(order))
    while left:
        short = [cover.servers - count[cover.groups_of(site)] for site in left]
        gains = [
            (cover.group_weight[cover.groups_of(site)] / np.where(need > 0, need, np.inf)).sum()
            for site, need in zip(left, short, strict=True)
        ]
        site = left.pop(int(np.argmax(gains)))
        count[cover.groups_of(site)] += 1
        order.append(site)
    return tuple(order)
