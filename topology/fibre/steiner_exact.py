"""The lightest tree through a few nodes, exactly (Dreyfus and Wagner 1971).

The best tree of a set of terminals at a node joins the best trees of two parts of the set there,
or comes from a neighbour. Time grows as 3^terminals, memory as 2^terminals, both times the nodes:
so at most a dozen terminals, and a limit in bytes that is looked at before anything is allocated.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..compiled import compiled
from .node_heap import lower, take

__all__ = ["MAX_BYTES", "MAX_TERMINALS", "exact_tree", "fits"]

MAX_TERMINALS = 12
"""More terminals are left to the heuristic and its bound."""

MAX_BYTES = 200_000_000
"""Largest tables that are made."""

MAX_STEPS = 2_000_000_000
"""Most joins of partial trees that are tried, a few seconds' worth."""


def fits(terminals: int, nodes: int) -> bool:
    """Tell whether the exact method is worth its memory and time."""
    if not 2 <= terminals <= MAX_TERMINALS:
        return False
    subsets = 1 << (terminals - 1)
    return subsets * nodes * 12 <= MAX_BYTES and 3 ** (terminals - 1) * nodes <= MAX_STEPS


@compiled
def exact_tree(
    offset: NDArray[np.int32],
    neighbour: NDArray[np.int32],
    half_edge: NDArray[np.int32],
    weight: NDArray[np.float64],
    terminals: NDArray[np.int32],
) -> NDArray[np.int32]:
    """Return the edges of a lightest tree; terminals differ and hang together."""
    nodes = offset.size - 1
    last = terminals.size - 1
    subsets = 1 << last
    best = np.full((subsets, nodes), np.inf)
    # How the best came about: a half edge from the neighbour, or -2 - part that was joined.
    how = np.full((subsets, nodes), -1, np.int32)
    heap = np.empty(nodes, np.int32)
    place = np.full(nodes, -1, np.int32)
    for subset in range(1, subsets):
        row = best[subset]
        ways = how[subset]
        if subset & (subset - 1) == 0:
            bit = 0
            while (1 << bit) != subset:
                bit += 1
            row[terminals[bit]] = 0.0
        else:
            low = subset & -subset
            part = (subset - 1) & subset
            while part > 0:
                if part & low:
                    one = best[part]
                    two = best[subset ^ part]
                    for node in range(nodes):
                        joined = one[node] + two[node]
                        if joined < row[node]:
                            row[node] = joined
                            ways[node] = -2 - part
                part = (part - 1) & subset
        size = 0
        for node in range(nodes):
            if row[node] < np.inf:
                size = lower(heap, place, row, size, node)
        while size > 0:
            node, size = take(heap, place, row, size)
            for half in range(offset[node], offset[node + 1]):
                other = neighbour[half]
                far = row[node] + weight[half_edge[half]]
                if far < row[other]:
                    row[other] = far
                    # The half edge as seen from the far node is found when going back.
                    ways[other] = half
                    size = lower(heap, place, row, size, other)
    chosen = np.zeros(weight.size, np.bool_)
    stack_subset = np.empty(2 * terminals.size + 2, np.int64)
    stack_node = np.empty(2 * terminals.size + 2, np.int64)
    stack_subset[0] = subsets - 1
    stack_node[0] = terminals[last]
    depth = 1
    while depth > 0:
        depth -= 1
        subset = stack_subset[depth]
        node = stack_node[depth]
        while how[subset, node] >= 0:
            half = how[subset, node]
            chosen[half_edge[half]] = True
            # ``half`` stands in the row of the node it leaves.
            node = np.searchsorted(offset, half, side="right") - 1
        if how[subset, node] < -1:
            part = -2 - how[subset, node]
            stack_subset[depth] = part
            stack_node[depth] = node
            stack_subset[depth + 1] = subset ^ part
            stack_node[depth + 1] = node
            depth += 2
    return np.flatnonzero(chosen).astype(np.int32)
