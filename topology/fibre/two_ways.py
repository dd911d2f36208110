"""Two ways at once that share as little as they can (Suurballe 1974, Bhandari 1999).

Every edge carries one way for its weight and a second one for its weight and a penalty. The
cheapest pair is a flow of two units, found by two searches: the second may go back along the
first for what that saves, so that it never gets stuck where a greedy second way would.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..compact_graph import CompactGraph
from ..compiled import compiled
from .node_heap import lower, take

__all__ = ["two_ways"]


@compiled
def _search_arcs(
    offset: NDArray[np.int32],
    neighbour: NDArray[np.int32],
    arc: NDArray[np.float64],
    start: int,
) -> tuple[NDArray[np.float64], NDArray[np.int32], NDArray[np.int32]]:
    """Dijkstra over arcs that leave the row they stand in; weights of at least 0."""
    nodes = offset.size - 1
    key = np.full(nodes, np.inf)
    by_half = np.full(nodes, -1, np.int32)
    came = np.full(nodes, -1, np.int32)
    heap = np.empty(nodes, np.int32)
    place = np.full(nodes, -1, np.int32)
    key[start] = 0.0
    size = lower(heap, place, key, 0, start)
    while size > 0:
        node, size = take(heap, place, key, size)
        for half in range(offset[node], offset[node + 1]):
            other = neighbour[half]
            far = key[node] + max(0.0, arc[half])
            if far < key[other]:
                key[other] = far
                by_half[other] = half
                came[other] = node
                size = lower(heap, place, key, size, other)
    return key, by_half, came


def _walk(by_half: NDArray[np.int32], came: NDArray[np.int32], end: int) -> list[tuple[int, int]]:
    """Return (half edge, node it leaves) from the start to the end."""
    path = []
    node = end
    while by_half[node] >= 0:
        path.append((int(by_half[node]), int(came[node])))
        node = int(came[node])
    return path[::-1]


def _taken(arcs: list[tuple[int, int]], graph: CompactGraph, start: int, end: int) -> list[int]:
    """Walk from start to end along arcs, use them up, and return the edges."""
    leaving: dict[int, list[int]] = {}
    for half, node in arcs:
        leaving.setdefault(node, []).append(half)
    edges: list[int] = []
    nodes = [start]
    while nodes[-1] != end:
        half = leaving[nodes[-1]].pop()
        arcs.remove((half, nodes[-1]))
        node = int(graph.neighbour[half])
        edges.append(int(graph.half_edge[half]))
        nodes.append(node)
        if node in nodes[:-1]:  # a circle of no weight leads nowhere
            at = nodes.index(node)
            del nodes[at + 1 :], edges[at:]
    return edges


def two_ways(
    graph: CompactGraph,
    weight: NDArray[np.float64],
    penalty: NDArray[np.float64],
    *,
    start: int,
    end: int,
) -> tuple[tuple[int, ...], tuple[int, ...]] | None:
    """Return the edges of the two ways whose weights and penalties sum to the least.

    Parameters
    ----------
    weight
        One an edge, 0 or more; infinite where no way may go.
    penalty
        One an edge, 0 or more: what the second way over the same edge costs beside its weight;
        infinite where only one may go.
    start, end
        Numbers of nodes.

    Returns
    -------
    pair of edges, the lighter first, or None where there are no two.
    """
    row = np.repeat(np.arange(graph.nodes), np.diff(graph.offset))
    arc = weight[graph.half_edge]
    rows = graph.offset, graph.neighbour
    height, by_half, came = _search_arcs(*rows, arc, start)
    if not np.isfinite(height[end]):
        return None
    first = _walk(by_half, came, end)
    known = np.where(np.isfinite(height), height, 0.0)
    residual = arc.copy()
    for half, node in first:
        edge = graph.half_edge[half]
        residual[half] = weight[edge] + penalty[edge]
        beyond = int(graph.neighbour[half])
        back = range(graph.offset[beyond], graph.offset[beyond + 1])
        # A loop's two halves stand in one row; a way never takes a loop.
        for other in back:
            if graph.half_edge[other] == edge and graph.neighbour[other] == node:
                residual[other] = -weight[edge]
    reduced = residual + known[row] - known[graph.neighbour]
    reduced[~np.isfinite(residual)] = np.inf
    far, by_half, came = _search_arcs(*rows, reduced, start)
    if not np.isfinite(far[end]):
        return None
    arcs = list(first)
    for half, node in _walk(by_half, came, end):
        edge, other = int(graph.half_edge[half]), int(graph.neighbour[half])
        undone = next(
            (
                (back, tail)
                for back, tail in arcs
                if tail == other
                and int(graph.neighbour[back]) == node
                and int(graph.half_edge[back]) == edge
            ),
            None,
        )
        if undone is not None:
            arcs.remove(undone)
        else:
            arcs.append((half, node))
    pair = [tuple(_taken(arcs, graph, start, end)) for _ in range(2)]
    pair.sort(key=lambda edges: float(weight[list(edges)].sum()))
    return pair[0], pair[1]
