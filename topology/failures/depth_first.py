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

    ``visit`` k is the k-th node that was found, from 0. What is kept by visit lies in memory as it
    is used, which makes the walk twice as fast on a large graph.

    Attributes
    ----------
    reached
        Number of nodes visited.
    order
        Node of each visit.
    disc
        By node: 1 + its visit; 0 where the walk did not come.
    low
        By visit: smallest ``disc`` to which the node's subtree is tied; 0 is the virtual root.
    up, by
        By visit: visit of the node above and edge to it; -1 for a start.
    below, size
        By visit: weight and number of nodes of the subtree, its top included.
    link_loss, link_nodes
        By edge: weight and number of nodes cut off when it fails.
    node_loss, node_nodes
        By node: the same when it fails, itself included.
    """

    reached: int
    order: NDArray[np.int32]
    disc: NDArray[np.int32]
    low: NDArray[np.int32]
    up: NDArray[np.int32]
    by: NDArray[np.int32]
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
    disc: Any,
    order: Any,
    pointer: Any,
    low: Any,
    up: Any,
    by: Any,
    below: Any,
    size: Any,
    loss: Any,
    lost: Any,
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
        here = -1
        found = start
        edge = -1
        while True:
            if found >= 0:
                order[clock] = found
                pointer[clock] = offset[found]
                up[clock] = here
                by[clock] = edge
                below[clock] = weight[found]
                loss[clock] = weight[found]
                lost[clock] = 1
                here = clock
                clock += 1
                disc[found] = clock
                low[here] = 0 if held[found] != 0 else clock
                found = -1
            i = pointer[here]
            node = order[here]
            if i < offset[node + 1]:
                pointer[here] = i + 1
                edge = half_edge[i]
                if edge == by[here]:
                    continue
                other = neighbour[i]
                seen = disc[other]
                if seen == 0:
                    found = other
                elif seen < low[here]:
                    low[here] = seen
                continue
            # All of the subtree has been seen; whatever it says of the node above is known.
            size[here] = clock - here
            node_loss[node] = loss[here]
            node_nodes[node] = lost[here]
            above = up[here]
            if above < 0:
                break
            low[above] = min(low[above], low[here])
            below[above] += below[here]
            if low[here] > above:  # above + 1 is the disc of the node above
                loss[above] += below[here]
                lost[above] += size[here]
                if low[here] > above + 1:
                    link_loss[by[here]] = below[here]
                    link_nodes[by[here]] = size[here]
            here = above
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
    disc, node_nodes = np.zeros((2, nodes), np.int32)
    order, pointer, low, up, by, size, lost = np.empty((7, nodes), np.int32)
    below, loss = np.empty((2, nodes))
    node_loss = np.zeros(nodes)
    link_loss, link_nodes = np.zeros(edges), np.zeros(edges, np.int32)
    reached = int(
        WALK(
            (graph.offset, graph.neighbour, graph.half_edge, starts, held, weight),
            (
                disc, order, pointer, low, up, by, below, size, loss, lost,
                node_loss, node_nodes, link_loss, link_nodes,
            ),
            steps=nodes + 2 * edges,
        )
    )  # fmt: skip
    return Walk(
        reached, order[:reached], disc, low[:reached], up[:reached], by[:reached],
        below[:reached], size[:reached], link_loss, link_nodes, node_loss, node_nodes,
    )  # fmt: skip
