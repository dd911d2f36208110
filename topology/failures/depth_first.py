"""One walk through a graph that finds what every single failure takes away.

The walk goes depth first from the roots, which a virtual root above them holds together. ``low``
says how far up a node's subtree is tied to the rest by an edge that is not in the tree
(Tarjan 1972; Hopcroft and Tarjan 1973): a subtree that is tied to nothing above the edge, or above
the node, by which it hangs is lost when that fails, and its weight is known by then.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..compact_graph import CompactGraph
from ..loops import Loop

__all__ = ["Walk", "walk"]


@dataclass(frozen=True, slots=True, eq=False)
class Walk:
    """A depth-first walk and what hangs below each node.

    Attributes
    ----------
    reached
        Number of nodes visited.
    order
        Nodes in the order of their first visit; entries from ``reached`` on mean nothing.
    disc
        Position of each node in ``order``, from 1; 0 where the walk did not come.
    low
        Smallest ``disc`` to which the node's subtree is tied; 0 is the virtual root.
    parent, parent_edge
        Node and edge by which each node was found; -1 for a start or an unvisited node.
    below, size
        Weight and number of nodes in each node's subtree, itself included.
    link_loss, link_nodes
        Weight and number of nodes cut off when an edge fails.
    node_loss, node_nodes
        The same when a node fails, itself included.
    """

    reached: int
    order: NDArray[np.int32]
    disc: NDArray[np.int32]
    low: NDArray[np.int32]
    parent: NDArray[np.int32]
    parent_edge: NDArray[np.int32]
    below: NDArray[np.float64]
    size: NDArray[np.int32]
    link_loss: NDArray[np.float64]
    link_nodes: NDArray[np.int32]
    node_loss: NDArray[np.float64]
    node_nodes: NDArray[np.int32]


def _walk(
    offset: Any,
    neighbour: Any,
    half_edge: Any,
    starts: Any,
    held: Any,
    weight: Any,
    pointer: Any,
    disc: Any,
    low: Any,
    parent: Any,
    parent_edge: Any,
    order: Any,
    below: Any,
    size: Any,
    node_loss: Any,
    node_nodes: Any,
    link_loss: Any,
    link_nodes: Any,
) -> int:
    """Fill everything; ``held`` nodes are tied to the virtual root. Return the nodes visited."""
    clock = 0
    for start in starts:
        if disc[start] != 0:
            continue
        node = start
        by = -1
        clock += 1
        disc[node] = clock
        low[node] = 0 if held[node] else clock
        order[clock - 1] = node
        while node >= 0:
            i = pointer[node]
            if i < offset[node + 1]:
                pointer[node] = i + 1
                edge = half_edge[i]
                if edge == by:
                    continue
                other = neighbour[i]
                if disc[other] == 0:
                    parent[other] = node
                    parent_edge[other] = edge
                    by = edge
                    node = other
                    clock += 1
                    disc[node] = clock
                    low[node] = 0 if held[node] else clock
                    order[clock - 1] = node
                elif disc[other] < low[node]:
                    low[node] = disc[other]
            else:
                above = parent[node]
                if above >= 0:
                    low[above] = min(low[above], low[node])
                    by = parent_edge[above]
                node = above
    for k in range(clock - 1, -1, -1):
        node = order[k]
        below[node] += weight[node]
        size[node] += 1
        node_loss[node] += weight[node]
        node_nodes[node] += 1
        above = parent[node]
        if above >= 0:
            below[above] += below[node]
            size[above] += size[node]
            if low[node] >= disc[above]:
                node_loss[above] += below[node]
                node_nodes[above] += size[node]
                if low[node] > disc[above]:
                    edge = parent_edge[node]
                    link_loss[edge] = below[node]
                    link_nodes[edge] = size[node]
    return clock


WALK = Loop(_walk)
"""The walk as a loop; ``prepare()`` compiles it."""


def walk(
    graph: CompactGraph,
    roots: NDArray[np.int32] | None = None,
    weight: NDArray[np.float64] | None = None,
) -> Walk:
    """Walk through the graph from its roots, or through all of it where there are none.

    Parameters
    ----------
    roots
        Where service comes from; what they do not reach is not visited. None visits every
        component from its first node.
    weight
        Of each node; 1 by default.
    """
    nodes, edges = graph.nodes, graph.edges
    starts = np.arange(nodes, dtype=np.int32) if roots is None else np.asarray(roots, np.int32)
    held = np.zeros(nodes, np.uint8)
    if roots is not None:
        held[starts] = 1
    if weight is None:
        weight = np.ones(nodes)
    # One block each for what is counted and what is weighed: allocation costs as much as walking.
    count = np.zeros((4, nodes), np.int32)
    disc, low, size, node_nodes = count
    parent = np.full((2, nodes), -1, np.int32)
    order = np.empty(nodes, np.int32) if nodes else np.zeros(0, np.int32)
    below, node_loss = np.zeros((2, nodes))
    link_loss, link_nodes = np.zeros(edges), np.zeros(edges, np.int32)
    reached = WALK(
        (graph.offset, graph.neighbour, graph.half_edge, starts, held, weight),
        (
            graph.offset[:-1].copy(), disc, low, parent[0], parent[1], order, below, size,
            node_loss, node_nodes, link_loss, link_nodes,
        ),
        steps=nodes + 2 * edges,
    )  # fmt: skip
    return Walk(
        int(reached), order, disc, low, parent[0], parent[1], below, size,
        link_loss, link_nodes, node_loss, node_nodes,
    )  # fmt: skip
