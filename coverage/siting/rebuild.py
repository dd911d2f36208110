"""Search under conditions: tear a few sites out of a plan and build it up again.

Costs, exclusions, minimum numbers by area and several servers a group are kept to while building,
so that every plan on the way is one that may stand. Where several servers are needed, a site also
scores, less, for groups that it brings closer to being served.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ...topology.compiled import compiled
from .conditions import Conditions, Limits
from .cover import Cover, Floats, Ints, Short

__all__ = ["rebuilt"]

_CLOSER = 0.3
"""What bringing a group closer to being served scores, against serving it."""

Lists = tuple[Ints, Short, Ints, Short, Floats, int]
"""site_start, site_groups, group_start, group_sites, group_weight, servers."""

Rules = tuple[Floats, float, int, NDArray[np.bool_], Ints, Ints, Ints, Ints, Ints]
"""cost, budget, most sites, closed sites, rivals of sites (start, list), sets of sites (start,
list), least number of each set."""

Held = tuple[NDArray[np.bool_], Ints, Floats, Floats, Ints, Ints, Floats]
"""chosen, servers of groups, gain, potential, chosen rivals of sites, chosen of sets, numbers
(spent, chosen, value)."""


@compiled
def _change(site: int, sign: int, lists: Lists, rules: Rules, held: Held) -> None:
    """Add (sign 1) or take out (sign -1) a site."""
    site_start, site_groups, group_start, group_sites, weight, servers = lists
    cost, _, _, _, rival_start, rivals, set_start, sets, _ = rules
    chosen, count, gain, potential, against, filled, numbers = held
    chosen[site] = sign > 0
    numbers[0] += sign * cost[site]
    numbers[1] += sign
    for at in range(rival_start[site], rival_start[site + 1]):
        against[rivals[at]] += sign
    for at in range(set_start[site], set_start[site + 1]):
        filled[sets[at]] += sign
    for at in range(site_start[site], site_start[site + 1]):
        j = site_groups[at]
        before = count[j]
        count[j] = before + sign
        low = min(before, before + sign)
        if low == servers - 1:  # served, or no longer
            numbers[2] += sign * weight[j]
            for k in range(group_start[j], group_start[j + 1]):
                gain[group_sites[k]] -= sign * weight[j]
                potential[group_sites[k]] -= sign * weight[j]
        elif low == servers - 2:  # one short of being served, or no longer
            for k in range(group_start[j], group_start[j + 1]):
                gain[group_sites[k]] += sign * weight[j]


@compiled
def _build(lists: Lists, rules: Rules, held: Held, by_cost: bool, noise: float) -> None:
    """Add the best site that may be added until none may or helps."""
    cost, budget, most, closed, _, _, set_start, sets, least = rules
    chosen, _, gain, potential, against, filled, numbers = held
    servers = lists[5]
    while numbers[1] < most:
        missing = 0
        for k in range(least.size):
            missing += max(0, least[k] - filled[k])
        pressed = missing >= most - numbers[1]
        best, best_score = -1, 0.0
        for site in range(chosen.size):
            if chosen[site] or closed[site] or against[site] > 0:
                continue
            if numbers[0] + cost[site] > budget:
                continue
            needed = False
            for at in range(set_start[site], set_start[site + 1]):
                if filled[sets[at]] < least[sets[at]]:
                    needed = True
            if pressed and not needed:
                continue
            score = gain[site]
            if servers > 1:
                score += _CLOSER * (potential[site] - gain[site]) / servers
            if needed:
                score += 1e-9 * (1.0 + abs(score))
            if by_cost:
                score /= max(cost[site], 1e-12)
            if noise > 0.0:
                score *= 1.0 + noise * np.random.random()  # noqa: NPY002
            if score > best_score:
                best, best_score = site, score
        if best < 0:
            return
        _change(best, 1, lists, rules, held)


@compiled
def _short(least: Ints, filled: Ints) -> bool:
    """Tell whether a set has fewer sites than it must."""
    for k in range(least.size):  # noqa: SIM110 - numba
        if filled[k] < least[k]:
            return True
    return False


@compiled
def _rebuild(
    start: NDArray[np.bool_],
    fixed: NDArray[np.bool_],
    lists: Lists,
    rules: Rules,
    rounds: int,
    seed: int,
) -> NDArray[np.bool_]:
    """Tear out, build up, keep what is no worse; return the best plan seen."""
    np.random.seed(seed)  # noqa: NPY002 - numba's own generator, apart from numpy's
    site_start, site_groups, group_start, group_sites, weight, servers = lists
    n = site_start.size - 1
    least = rules[8]
    held = (
        np.zeros(n, np.bool_), np.zeros(weight.size, np.int64), np.zeros(n), np.zeros(n),
        np.zeros(n, np.int64), np.zeros(least.size, np.int64), np.zeros(3),
    )  # fmt: skip
    chosen, _, gain, potential, _, filled, numbers = held
    for site in range(n):
        for at in range(site_start[site], site_start[site + 1]):
            potential[site] += weight[site_groups[at]]
            if servers == 1:
                gain[site] += weight[site_groups[at]]
    for site in range(n):
        if start[site]:
            _change(site, 1, lists, rules, held)
    _build(lists, rules, held, False, 0.0)
    best, best_value = chosen.copy(), numbers[2]
    if _short(least, filled):
        best_value = -1.0
    before = chosen.copy()
    value = best_value
    members = np.empty(n, np.int64)
    for _ in range(rounds):
        before[:] = chosen
        size = 0
        for site in range(n):
            if chosen[site] and not fixed[site]:
                members[size] = site
                size += 1
        if size:
            out = members[np.random.randint(size)]  # noqa: NPY002
            _change(out, -1, lists, rules, held)
            for _ in range(np.random.randint(4)):  # noqa: NPY002
                other = members[np.random.randint(size)]  # noqa: NPY002
                length = site_start[out + 1] - site_start[out]
                if length and np.random.random() < 0.6:  # noqa: NPY002 - a neighbour
                    j = site_groups[site_start[out] + np.random.randint(length)]  # noqa: NPY002
                    at = np.random.randint(group_start[j], group_start[j + 1])  # noqa: NPY002
                    other = int(group_sites[at])
                if chosen[other] and not fixed[other]:
                    _change(other, -1, lists, rules, held)
        by_cost = np.random.random() < 0.5  # noqa: NPY002
        _build(lists, rules, held, by_cost, 0.3 * np.random.random())  # noqa: NPY002
        now = -1.0 if _short(least, filled) else numbers[2]
        if now > best_value:
            best[:], best_value = chosen, now
        if now >= value - 1e-12:
            value = now
            continue
        for site in range(n):
            if chosen[site] and not before[site]:
                _change(site, -1, lists, rules, held)
        for site in range(n):
            if before[site] and not chosen[site]:
                _change(site, 1, lists, rules, held)
    return best


def _lists(sets: Sequence[Sequence[int]], sites: int) -> tuple[Ints, Ints]:
    """Turn sets of sites into the sets of each site."""
    members: list[list[int]] = [[] for _ in range(sites)]
    for number, group in enumerate(sets):
        for site in group:
            members[site].append(number)
    start = np.concatenate([[0], np.cumsum([len(own) for own in members])]).astype(np.int64)
    return start, np.array([number for own in members for number in own], np.int64)


def rebuilt(
    cover: Cover,
    conditions: Conditions,
    limits: Limits,
    chosen: Sequence[int],
    *,
    rounds: int,
    seed: int = 0,
) -> tuple[int, ...]:
    """Return a plan that is no worse, after so many times tearing out and building up.

    Parameters
    ----------
    chosen
        Where to start: a plan that keeps the conditions, or the fixed sites alone.

    Returns
    -------
    tuple of int
        Keeps costs, numbers and exclusions; minimum numbers if a way to them was found. Least
        weights of areas are not looked at.
    """
    n = cover.sites
    rivals: list[set[int]] = [set() for _ in range(n)]
    for group in conditions.exclusions:
        for site in group:
            rivals[site] |= set(group) - {site}
    rival_start = np.concatenate([[0], np.cumsum([len(own) for own in rivals])]).astype(np.int64)
    rules = (
        np.ones(n) if conditions.cost is None else conditions.cost,
        limits.budget * (1 + 1e-12),
        limits.sites,
        np.isin(np.arange(n), conditions.forbidden),
        rival_start,
        np.array([other for own in rivals for other in sorted(own)], np.int64),
        *_lists([group for group, _ in conditions.minimums], n),
        np.array([least for _, least in conditions.minimums], np.int64),
    )
    lists = (
        cover.site_start, cover.site_groups, cover.group_start, cover.group_sites,
        cover.group_weight, cover.servers,
    )  # fmt: skip
    start = np.isin(np.arange(n), np.asarray(chosen, np.int64))
    fixed = np.isin(np.arange(n), np.asarray(conditions.fixed, np.int64))
    found = _rebuild(start, fixed, lists, rules, rounds, seed)
    return tuple(int(site) for site in np.flatnonzero(found))
