"""Unavailability of every node from its cuts of one and two events, with a bound on the rest.

An event is a node, an edge or a risk group that fails. C1(v), the events that cut v off alone, is
in series with the rest, so 1 - U = (1 - U') prod over C1 of (1 - q). U' is the probability that a
cut of two or more events fails while C1 is up:

    S - S^2 / 2 - S (t + g)  <=  P(some cut of two)  <=  S         (Bonferroni)
    0  <=  U' - P(some cut of two)  <=  Q sum over i on P of q_i (L_i - c - t_i)

S sums q_i q_j over the cuts of two, t_i sums q_j over the partners of i, t is the greatest t_i, g
and Q sum q over the groups and over all events (1 at most), and c sums C1. P is a shortest path
from v to a root and L_i sums the events on a shortest path that is left without i: for v to be
down without a cut of two, an event i on P must fail, and one that is no partner of i on the path
that is left, and a third on the path that is left then.

One depth-first pass without i finds all its partners among nodes and edges; so all of it takes a
pass for every event in the core of the network (an event in a tree has no partner), and one for
every pair of groups.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..compiled import compiled
from .failure_model import FailureModel

__all__ = ["CutUnavailability", "cut_unavailability"]


@dataclass(frozen=True, slots=True, eq=False)
class CutUnavailability:
    """What cuts of one and two events say of every node's connection.

    Attributes
    ----------
    value
        Unavailability by cuts of one and two.
    lower, upper
        Where the true value lies for certain.
    """

    value: NDArray[np.float64]
    lower: NDArray[np.float64]
    upper: NDArray[np.float64]


@compiled
def _single_cuts(
    offset: NDArray[np.int32],
    neighbour: NDArray[np.int32],
    half_edge: NDArray[np.int32],
    is_root: NDArray[np.bool_],
    share: NDArray[np.float64],
    dead: NDArray[np.bool_],
    total: NDArray[np.float64],
    cuts_subtree: NDArray[np.bool_],
) -> None:
    """Sum the shares of the nodes and edges that cut each node off alone; -1 where none serves it.

    ``cuts_subtree`` says which edges are bridges and which nodes cut others off.
    """
    nodes = offset.size - 1
    found = np.zeros(nodes, np.int32)
    low = np.zeros(nodes, np.int32)
    parent = np.full(nodes, -1, np.int32)
    by_edge = np.full(nodes, -1, np.int32)
    at = offset[:-1].copy()
    order = np.empty(nodes, np.int32)
    count = 0
    stack = np.empty(nodes, np.int32)
    cuts_subtree[:] = False
    total[:] = -1.0
    for root in range(nodes):
        if not is_root[root] or dead[root] or found[root]:
            continue
        order[count] = root
        count += 1
        found[root] = low[root] = count
        stack[0] = root
        depth = 1
        while depth:
            v = stack[depth - 1]
            if at[v] < offset[v + 1]:
                half = at[v]
                at[v] += 1
                w, edge = neighbour[half], half_edge[half]
                if edge == by_edge[v] or dead[w] or dead[nodes + edge]:
                    continue
                if found[w]:
                    low[v] = min(low[v], found[w])
                    continue
                order[count] = w
                count += 1
                found[w] = count
                # A root below another one hangs on the perfect node above all roots, numbered 0.
                low[w] = 0 if is_root[w] else count
                parent[w] = v
                by_edge[w] = edge
                stack[depth] = w
                depth += 1
            else:
                depth -= 1
                if parent[v] >= 0:
                    low[parent[v]] = min(low[parent[v]], low[v])
    for k in range(count):
        v = order[k]
        p = parent[v]
        above = 0.0
        if p >= 0:
            above = total[p] - share[p]
            if low[v] > found[p]:
                above += share[nodes + by_edge[v]]
                cuts_subtree[nodes + by_edge[v]] = True
            if low[v] >= found[p]:
                above += share[p]
                cuts_subtree[p] = True
        total[v] = above + share[v]


@compiled
def _shortest_paths(
    offset: NDArray[np.int32],
    neighbour: NDArray[np.int32],
    half_edge: NDArray[np.int32],
    is_root: NDArray[np.bool_],
    touch: NDArray[np.float64],
    dead: NDArray[np.bool_],
    order: NDArray[np.int32],
    parent: NDArray[np.int32],
    by_edge: NDArray[np.int32],
    along: NDArray[np.float64],
) -> int:
    """Lay a breadth-first tree and sum ``touch`` along it; -1 where no root reaches."""
    nodes = offset.size - 1
    along[:] = -1.0
    count = 0
    for root in range(nodes):
        if is_root[root] and not dead[root]:
            order[count] = root
            count += 1
            parent[root] = by_edge[root] = -1
            along[root] = touch[root]
    head = 0
    while head < count:
        v = order[head]
        head += 1
        for half in range(offset[v], offset[v + 1]):
            w, edge = neighbour[half], half_edge[half]
            if along[w] >= 0.0 or dead[w] or dead[nodes + edge]:
                continue
            order[count] = w
            count += 1
            parent[w] = v
            by_edge[w] = edge
            along[w] = along[v] + touch[w] + touch[nodes + edge]
    return count


@compiled
def _cuts(
    offset: NDArray[np.int32],
    neighbour: NDArray[np.int32],
    half_edge: NDArray[np.int32],
    is_root: NDArray[np.bool_],
    share: NDArray[np.float64],
    group_share: NDArray[np.float64],
    group_offset: NDArray[np.int32],
    member: NDArray[np.int32],
    away: NDArray[np.bool_],
) -> tuple[
    NDArray[np.bool_],
    NDArray[np.float64],
    NDArray[np.float64],
    NDArray[np.float64],
    NDArray[np.float64],
]:
    """Return who is served at all, log of the series, S, t and the sum over P, per node."""
    nodes = offset.size - 1
    simple = share.size
    groups = group_share.size
    touch = share.copy()
    for g in range(groups):
        for k in range(group_offset[g], group_offset[g + 1]):
            touch[member[k]] += group_share[g]
    order = np.empty(nodes, np.int32)
    parent = np.empty(nodes, np.int32)
    by_edge = np.empty(nodes, np.int32)
    first_order = np.empty(nodes, np.int32)
    first_parent = np.empty(nodes, np.int32)
    first_edge = np.empty(nodes, np.int32)
    along = np.empty(nodes)
    total = np.empty(nodes)
    alone = np.empty(nodes)
    scratch = np.empty(simple, np.bool_)
    cutting = np.empty(simple, np.bool_)
    dead = away.copy()

    _single_cuts(offset, neighbour, half_edge, is_root, share, dead, alone, cutting)
    reached = _shortest_paths(
        offset, neighbour, half_edge, is_root, touch, dead,
        first_order, first_parent, first_edge, along,
    )  # fmt: skip
    served = along >= 0.0
    series = np.zeros(nodes)
    every = np.where(served, alone, 0.0)  # sum over C1, groups too
    cut_by = np.zeros((groups, nodes), np.bool_)
    for g in range(groups):
        if group_share[g] == 0.0:
            continue
        for k in range(group_offset[g], group_offset[g + 1]):
            dead[member[k]] = True
        _shortest_paths(
            offset, neighbour, half_edge, is_root, touch, dead, order, parent, by_edge, along
        )
        for v in range(nodes):
            if served[v] and along[v] < 0.0:
                cut_by[g, v] = True
                series[v] += np.log1p(-group_share[g])
                every[v] += group_share[g]
        for k in range(group_offset[g], group_offset[g + 1]):
            dead[member[k]] = away[member[k]]

    # An event all of whose edges are bridges lies on all paths of a node or on none.
    in_core = np.zeros(simple + groups, np.bool_)
    for v in range(nodes):
        for half in range(offset[v], offset[v + 1]):
            edge = half_edge[half]
            if not cutting[nodes + edge] and not dead[nodes + edge] and not dead[v]:
                in_core[v] = True
                in_core[nodes + edge] = True
    in_core[simple:] = True

    pairs = np.zeros(nodes)
    partners = np.zeros(nodes)
    beyond = np.zeros(nodes)
    uses = np.empty(nodes, np.bool_)
    for i in range(simple + groups):
        is_group = i >= simple
        q = group_share[i - simple] if is_group else share[i]
        if q == 0.0 or (not is_group and away[i]):
            continue
        if not in_core[i] and not cutting[i] and i >= nodes:
            continue  # no root reaches it
        start = group_offset[i - simple] if is_group else 0
        stop = group_offset[i - simple + 1] if is_group else 1
        for k in range(start, stop):
            dead[member[k] if is_group else i] = True
        if in_core[i]:
            _single_cuts(offset, neighbour, half_edge, is_root, share, dead, total, scratch)
        _shortest_paths(
            offset, neighbour, half_edge, is_root, touch, dead, order, parent, by_edge, along
        )
        for k in range(reached):
            v = first_order[k]
            up = first_parent[v]
            uses[v] = dead[v] or (up >= 0 and (uses[up] or dead[nodes + first_edge[v]]))
            if along[v] < 0.0:
                if not is_group:
                    series[v] += np.log1p(-q)
                continue
            if not in_core[i]:
                continue
            cut = max(0.0, total[v] - alone[v])
            pairs[v] += q * cut if is_group else 0.5 * q * cut
            partners[v] = max(partners[v], cut)
            if uses[v]:
                beyond[v] += q * max(0.0, along[v] - every[v] - cut)
        if is_group:
            for g in range(i - simple + 1, groups):
                if group_share[g] == 0.0:
                    continue
                for k in range(group_offset[g], group_offset[g + 1]):
                    dead[member[k]] = True
                _shortest_paths(
                    offset, neighbour, half_edge, is_root, touch, dead, order, parent, by_edge,
                    total,
                )  # fmt: skip
                for v in range(nodes):
                    if along[v] >= 0.0 and total[v] < 0.0 and not cut_by[g, v]:
                        pairs[v] += q * group_share[g]
                for k in range(group_offset[g], group_offset[g + 1]):
                    dead[member[k]] = away[member[k]]
                for k in range(start, stop):
                    dead[member[k]] = True
        for k in range(start, stop):
            gone = member[k] if is_group else i
            dead[gone] = away[gone]
    return served, series, pairs, partners, beyond


def cut_unavailability(model: FailureModel) -> CutUnavailability:
    """Return the unavailability of every node's connection by cuts of one and two events.

    A node that no root reaches is away all the time. ``own_unavailability`` is not part of it.

    Parameters
    ----------
    model
        Without unknown shares (see :meth:`FailureModel.with_unknown`).
    """
    graph = model.graph
    is_root = np.zeros(graph.nodes, np.bool_)
    is_root[model.roots] = True
    share = model.event_shares()
    offset, member = model.members()
    simple = graph.nodes + graph.edges
    away = np.zeros(simple, np.bool_)
    away[share[:simple] >= 1.0] = True
    group_share = share[simple:].copy()
    for number in np.flatnonzero(group_share >= 1.0):
        away[member[offset[number] : offset[number + 1]]] = True
        group_share[number] = 0.0
    single = np.where(away, 0.0, share[:simple])
    served, series, pairs, partners, beyond = _cuts(
        graph.offset, graph.neighbour, graph.half_edge, is_root, single, group_share, offset,
        member, away,
    )  # fmt: skip
    third = min(1.0, float(single.sum() + group_share.sum()))
    least = pairs - pairs**2 / 2.0 - pairs * (partners + group_share.sum())
    most = np.minimum(1.0, pairs + third * beyond)

    def whole(rest: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.where(served, -np.expm1(series + np.log1p(-np.minimum(rest, 1.0))), 1.0)

    with np.errstate(divide="ignore"):
        upper = whole(most)
        lower = whole(np.clip(least, 0.0, 1.0))
        return CutUnavailability(np.clip(whole(pairs), lower, upper), lower, upper)
