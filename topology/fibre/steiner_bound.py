"""A bound below every tree through given nodes, by dual ascent (Wong 1984).

Each edge becomes two arcs. A set of nodes that holds a terminal but not the root must be entered
by an arc of the tree; raising what such a set pays, as long as no arc is paid more than its
weight, gives a bound. Sets are the nodes from which a terminal can be reached over arcs that are
paid in full; the set with the fewest arcs to pay goes first (Poggi de Aragao, Uchoa and Werneck
2001). What is left of the weights tells which nodes no tree lighter than a known one can touch.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..compiled import compiled
from .node_heap import lower, take

__all__ = ["dual_ascent", "useful_nodes"]


_PATIENCE = 1.25
"""A set goes on while it has at most so many times the arcs of the next one in turn."""


@compiled
def dual_ascent(
    offset: NDArray[np.int32],
    neighbour: NDArray[np.int32],
    half_edge: NDArray[np.int32],
    weight: NDArray[np.float64],
    terminals: NDArray[np.int32],
    root: int,
) -> tuple[float, NDArray[np.float64]]:
    """Return the bound, and what is left of the weight of each arc.

    The arc into node ``v`` from ``neighbour[half]`` is ``half`` in ``v``'s row. All terminals
    must hang together with the root.
    """
    nodes = offset.size - 1
    left = weight[half_edge]
    mark = np.full(nodes, -1, np.int32)
    found = np.empty(nodes, np.int32)
    arcs = np.empty(neighbour.size, np.int32)
    score = np.full(nodes, np.inf)
    heap = np.empty(nodes, np.int32)
    place = np.full(nodes, -1, np.int32)
    size = 0
    for node in terminals:
        if node != root and place[node] < 0:
            score[node] = offset[node + 1] - offset[node]
            size = lower(heap, place, score, size, node)
    bound = 0.0
    stamp = 0
    while size > 0:
        terminal, size = take(heap, place, score, size)
        stamp += 1
        found[0] = terminal
        mark[terminal] = stamp
        members = 1
        at = 0
        count = 0
        joined = False
        while True:
            while at < members and not joined:
                node = found[at]
                at += 1
                for half in range(offset[node], offset[node + 1]):
                    other = neighbour[half]
                    if mark[other] == stamp:
                        continue
                    if left[half] > 0.0:
                        arcs[count] = half
                        count += 1
                    elif other == root:
                        joined = True
                        break
                    else:
                        mark[other] = stamp
                        found[members] = other
                        members += 1
            if joined:
                break
            entering = 0
            least = np.inf
            for i in range(count):
                half = arcs[i]
                if mark[neighbour[half]] != stamp:
                    arcs[entering] = half
                    entering += 1
                    least = min(least, left[half])
            count = entering
            if least == np.inf:
                break
            if size > 0 and count > _PATIENCE * score[heap[0]]:
                score[terminal] = count
                size = lower(heap, place, score, size, terminal)
                break
            bound += float(least)
            for i in range(count):
                half = arcs[i]
                left[half] -= least
                other = neighbour[half]
                if left[half] == 0.0 and mark[other] != stamp:
                    if other == root:
                        joined = True
                    mark[other] = stamp
                    found[members] = other
                    members += 1
            if joined:
                break
    return bound, left


@compiled
def useful_nodes(
    offset: NDArray[np.int32],
    neighbour: NDArray[np.int32],
    left: NDArray[np.float64],
    terminals: NDArray[np.int32],
    root: int,
    slack: float,
) -> NDArray[np.bool_]:
    """Return which nodes a tree that weighs at most the bound plus the slack can touch.

    A tree through a node has a way from the root to it and on to a terminal, and pays for both
    at least what is left of their weights (Duin 1993).
    """
    nodes = offset.size - 1
    # ``left`` lies at the head of each arc; searches from the root leave by the tail.
    out = np.empty(left.size)
    target = np.empty_like(neighbour)
    cursor = offset[:-1].copy()
    for node in range(nodes):
        for half in range(offset[node], offset[node + 1]):
            other = neighbour[half]
            out[cursor[other]] = left[half]
            target[cursor[other]] = node
            cursor[other] += 1
    far = np.zeros(nodes)
    for turn in range(2):
        key = np.full(nodes, np.inf)
        heap = np.empty(nodes, np.int32)
        place = np.full(nodes, -1, np.int32)
        size = 0
        if turn == 0:
            key[root] = 0.0
            size = lower(heap, place, key, size, root)
        else:
            for node in terminals:
                if node != root and place[node] < 0:
                    key[node] = 0.0
                    size = lower(heap, place, key, size, node)
        while size > 0:
            node, size = take(heap, place, key, size)
            for half in range(offset[node], offset[node + 1]):
                other = target[half] if turn == 0 else neighbour[half]
                step = out[half] if turn == 0 else left[half]
                if key[node] + step < key[other]:
                    key[other] = key[node] + step
                    size = lower(heap, place, key, size, other)
        far += key
    useful = far <= slack
    for node in terminals:
        useful[node] = True
    return useful
