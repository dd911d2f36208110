"""Shortest ways from the nearest of several nodes: one search for all of them.

Weights belong to edges and are at least 0: metres, or money. Where an edge must not be used, its
weight is infinite.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..compact_graph import CompactGraph
from ..compiled import compiled
from ..errors import InputError
from .node_heap import lower, take

__all__ = ["Nearest", "checked_weight", "nearest_ways", "search"]


def checked_weight(graph: CompactGraph, weight: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the weights as float64, one an edge, at least 0.

    Raises
    ------
    InputError
        A weight is negative or not a number, or there is not one for each edge.
    """
    checked = np.ascontiguousarray(weight, np.float64)
    if checked.shape != (graph.edges,):
        raise InputError(
            f"{graph.edges} edges have weights of the shape {checked.shape}; give one an edge"
        )
    bad = ~(checked >= 0.0)
    if bad.any():
        edge = int(bad.argmax())
        raise InputError(
            f"edge {graph.edge_ids[edge]!r}: its weight is {checked[edge]}; give 0 or more, or "
            "infinity for an edge that must not be used"
        )
    return checked


@compiled
def search(
    offset: NDArray[np.int32],
    neighbour: NDArray[np.int32],
    half_edge: NDArray[np.int32],
    weight: NDArray[np.float64],
    sources: NDArray[np.int32],
    stop: int,
) -> tuple[NDArray[np.float64], NDArray[np.int32], NDArray[np.int32]]:
    """Dijkstra from all sources until ``stop`` is reached (-1: everywhere).

    Returns distance, source and the edge by which each node is reached (-1 at a source and where
    there is no way).
    """
    nodes = offset.size - 1
    key = np.full(nodes, np.inf)
    origin = np.full(nodes, -1, np.int32)
    by_edge = np.full(nodes, -1, np.int32)
    heap = np.empty(nodes, np.int32)
    place = np.full(nodes, -1, np.int32)
    size = 0
    for node in sources:
        if key[node] > 0.0:
            key[node] = 0.0
            origin[node] = node
            size = lower(heap, place, key, size, node)
    while size > 0:
        node, size = take(heap, place, key, size)
        if node == stop:
            break
        for half in range(offset[node], offset[node + 1]):
            other = neighbour[half]
            far = key[node] + weight[half_edge[half]]
            if far < key[other]:
                key[other] = far
                origin[other] = origin[node]
                by_edge[other] = half_edge[half]
                size = lower(heap, place, key, size, other)
    return key, origin, by_edge


@dataclass(frozen=True, slots=True, eq=False)
class Nearest:
    """The shortest way from the nearest source to every node.

    Attributes
    ----------
    weight
        Of the way; infinite where there is none.
    source
        Node in which the way starts, -1 where there is none.
    by_edge
        Last edge of the way, -1 at a source and where there is none.
    """

    graph: CompactGraph
    weight: NDArray[np.float64]
    source: NDArray[np.int32]
    by_edge: NDArray[np.int32]

    def edges_to(self, node: int) -> NDArray[np.int32]:
        """Return the edges of the way to a node, from its end backwards; empty at a source."""
        path = []
        while self.by_edge[node] >= 0:
            edge = int(self.by_edge[node])
            path.append(edge)
            a, b = self.graph.ends[edge]
            node = int(b) if int(a) == node else int(a)
        return np.array(path, np.int32)


def nearest_ways(
    graph: CompactGraph, weight: NDArray[np.float64], sources: NDArray[np.int32]
) -> Nearest:
    """Return the shortest way from the nearest of the sources to every node.

    Parameters
    ----------
    weight
        One an edge, 0 or more; infinite where an edge must not be used.
    sources
        Numbers of nodes.

    Raises
    ------
    InputError
        A weight is negative or no number.
    """
    checked = checked_weight(graph, weight)
    starts = np.ascontiguousarray(sources, np.int32)
    found = search(graph.offset, graph.neighbour, graph.half_edge, checked, starts, -1)
    return Nearest(graph, *found)
