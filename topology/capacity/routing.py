"""Load of every link when traffic takes its shortest paths, split equally where several are equal.

Equal-cost multipath as routers do it: at every node, what is bound for a destination is divided
equally among the links that begin a shortest path (not among the paths). Parallel links are links
of their own. A destination may be a set of nodes, the nearest of which is taken: the roots.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..compact_graph import CompactGraph
from ..compiled import compiled
from ..errors import InputError

__all__ = ["LinkLoads", "link_loads", "matrix_loads"]


@dataclass(frozen=True, slots=True, eq=False)
class LinkLoads:
    """Traffic on every link.

    Attributes
    ----------
    forward, backward
        From the first end of the edge to the second, and against that; in the unit of the demand.
    unrouted
        Demand for which there is no path.
    """

    forward: NDArray[np.float64]
    backward: NDArray[np.float64]
    unrouted: float

    @property
    def busier(self) -> NDArray[np.float64]:
        """Load of the busier direction of every link."""
        return np.maximum(self.forward, self.backward)

    def utilisation(self, capacity: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the share of each link's capacity that is used; NaN where that is unknown.

        A link without capacity that carries nothing is idle; one that carries something is
        infinitely full.
        """
        with np.errstate(divide="ignore", invalid="ignore"):
            used = self.busier / capacity
        return np.where((self.busier == 0.0) & ~np.isnan(capacity), 0.0, used)


@compiled
def _sink(
    heap_at: NDArray[np.float64], heap_node: NDArray[np.int32], size: int, at: float, node: int
) -> int:
    """Put a node into the heap; return its new size."""
    k = size
    while k > 0 and heap_at[(k - 1) >> 1] > at:
        heap_at[k] = heap_at[(k - 1) >> 1]
        heap_node[k] = heap_node[(k - 1) >> 1]
        k = (k - 1) >> 1
    heap_at[k] = at
    heap_node[k] = node
    return size + 1


@compiled
def _lift(heap_at: NDArray[np.float64], heap_node: NDArray[np.int32], size: int) -> int:
    """Take the first node off the heap; return its new size."""
    size -= 1
    at, node = heap_at[size], heap_node[size]
    k = 0
    while 2 * k + 1 < size:
        child = 2 * k + 1
        if child + 1 < size and heap_at[child + 1] < heap_at[child]:
            child += 1
        if heap_at[child] >= at:
            break
        heap_at[k] = heap_at[child]
        heap_node[k] = heap_node[child]
        k = child
    heap_at[k] = at
    heap_node[k] = node
    return size


@compiled
def route(
    offset: NDArray[np.int32],
    neighbour: NDArray[np.int32],
    half_edge: NDArray[np.int32],
    first_end: NDArray[np.int32],
    length: NDArray[np.float64],
    dead_node: NDArray[np.bool_],
    dead_edge: NDArray[np.bool_],
    destinations: NDArray[np.int32],
    amount: NDArray[np.float64],
    forward: NDArray[np.float64],
    backward: NDArray[np.float64],
    far: NDArray[np.float64],
) -> float:
    """Send each node's amount to the nearest destination; add up loads, return what has no path.

    ``amount`` is used up; ``far`` becomes the distance of every node, infinite without a path.
    """
    nodes = offset.size - 1
    order = np.empty(nodes, np.int32)
    heap_at = np.empty(half_edge.size + nodes + 1)
    heap_node = np.empty(half_edge.size + nodes + 1, np.int32)
    done = np.zeros(nodes, np.bool_)
    far[:] = np.inf
    size = 0
    for node in destinations:
        if not dead_node[node]:
            far[node] = 0.0
            size = _sink(heap_at, heap_node, size, 0.0, node)
    count = 0
    while size > 0:
        v = heap_node[0]
        size = _lift(heap_at, heap_node, size)
        if done[v]:
            continue
        done[v] = True
        order[count] = v
        count += 1
        for half in range(offset[v], offset[v + 1]):
            w, edge = neighbour[half], half_edge[half]
            if done[w] or dead_node[w] or dead_edge[edge]:
                continue
            at = float(far[v] + length[edge])
            # Sums of the same lengths in another order differ in the last digits.
            if at < far[w] * (1.0 - 1e-12):
                far[w] = at
                size = _sink(heap_at, heap_node, size, at, w)
    unrouted = 0.0
    for v in range(nodes):
        if not done[v]:
            unrouted += amount[v]
    for k in range(count - 1, -1, -1):
        v = order[k]
        if amount[v] == 0.0 or far[v] == 0.0:
            continue
        ways = 0
        for half in range(offset[v], offset[v + 1]):
            w, edge = neighbour[half], half_edge[half]
            if not dead_node[w] and not dead_edge[edge] and far[w] < far[v]:
                ways += abs(far[w] + length[edge] - far[v]) <= 1e-9 * far[v]
        part = amount[v] / ways
        for half in range(offset[v], offset[v + 1]):
            w, edge = neighbour[half], half_edge[half]
            if dead_node[w] or dead_edge[edge] or far[w] >= far[v]:
                continue
            if abs(far[w] + length[edge] - far[v]) <= 1e-9 * far[v]:
                amount[w] += part
                if first_end[edge] == v:
                    forward[edge] += part
                else:
                    backward[edge] += part
    return unrouted


def _lengths(graph: CompactGraph, length: NDArray[np.float64] | None) -> NDArray[np.float64]:
    if length is None:
        return np.ones(graph.edges)
    wrong = np.flatnonzero(~(length > 0.0) | np.isinf(length))
    if len(length) != graph.edges:
        raise InputError(f"{len(length)} lengths are given; the graph has {graph.edges} links")
    if wrong.size:
        raise InputError(
            f"link {graph.edge_ids[wrong[0]]!r}: its length is {length[wrong[0]]:g}; routing needs "
            "lengths above 0, or none to count hops"
        )
    return np.ascontiguousarray(length, np.float64)


def mask(numbers: Iterable[int], size: int, what: str) -> NDArray[np.bool_]:
    """Return which of so many things are named.

    Raises
    ------
    InputError
        A number is out of range.
    """
    named = np.zeros(size, np.bool_)
    for number in numbers:
        if not 0 <= number < size:
            raise InputError(f"{what} {number} is not in the graph; numbers are 0 to {size - 1}")
        named[number] = True
    return named


def checked_demand(graph: CompactGraph, demand: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the demand of every node as floats.

    Raises
    ------
    InputError
        One is negative or no number, or there is not one for each node.
    """
    if len(demand) != graph.nodes:
        raise InputError(f"{len(demand)} demands are given; the graph has {graph.nodes} nodes")
    wrong = np.flatnonzero(~(np.asarray(demand) >= 0.0) | np.isinf(demand))
    if wrong.size:
        raise InputError(
            f"node {graph.node_ids[wrong[0]]!r}: its demand is {demand[wrong[0]]:g}; give 0 or more"
        )
    return np.array(demand, np.float64)


def link_loads(
    graph: CompactGraph,
    roots: NDArray[np.int32],
    demand: NDArray[np.float64],
    *,
    length: NDArray[np.float64] | None = None,
    failed_nodes: Iterable[int] = (),
    failed_edges: Iterable[int] = (),
) -> LinkLoads:
    """Return the load of every link when each node's demand comes from its nearest root.

    Loads are counted from the nodes to the roots; demand that flows the other way uses the same
    links in the other direction.

    Parameters
    ----------
    demand
        Of each node, in Mbit/s say.
    length
        Of each edge, above 0; hops are counted without it.
    failed_nodes, failed_edges
        What is out of order; the demand of a failed node is not routed.

    Raises
    ------
    InputError
        A demand, length or number is not one.
    """
    forward, backward = np.zeros(graph.edges), np.zeros(graph.edges)
    unrouted = route(
        graph.offset,
        graph.neighbour,
        graph.half_edge,
        np.ascontiguousarray(graph.ends[:, 0]),
        _lengths(graph, length),
        mask(failed_nodes, graph.nodes, "node"),
        mask(failed_edges, graph.edges, "link"),
        np.unique(roots).astype(np.int32),
        checked_demand(graph, demand),
        forward,
        backward,
        np.empty(graph.nodes),
    )
    return LinkLoads(forward, backward, float(unrouted))


def matrix_loads(
    graph: CompactGraph,
    traffic: NDArray[np.float64],
    *,
    length: NDArray[np.float64] | None = None,
    failed_nodes: Iterable[int] = (),
    failed_edges: Iterable[int] = (),
) -> LinkLoads:
    """Return the load of every link under traffic between all pairs of nodes.

    Parameters
    ----------
    traffic
        From the row's node to the column's; not negative.
    length, failed_nodes, failed_edges
        As for :func:`link_loads`.

    Raises
    ------
    InputError
        The matrix does not fit the graph, or an entry or number is not one.
    """
    if traffic.shape != (graph.nodes, graph.nodes):
        raise InputError(
            f"the traffic matrix is {traffic.shape[0]} by {traffic.shape[-1]}; the graph has "
            f"{graph.nodes} nodes"
        )
    lengths = _lengths(graph, length)
    dead_node = mask(failed_nodes, graph.nodes, "node")
    dead_edge = mask(failed_edges, graph.edges, "link")
    first_end = np.ascontiguousarray(graph.ends[:, 0])
    forward, backward = np.zeros(graph.edges), np.zeros(graph.edges)
    far = np.empty(graph.nodes)
    unrouted = 0.0
    for target in range(graph.nodes):
        amount = checked_demand(graph, traffic[:, target])
        amount[target] = 0.0
        if amount.any():
            unrouted += route(
                graph.offset, graph.neighbour, graph.half_edge, first_end, lengths, dead_node,
                dead_edge, np.array([target], np.int32), amount, forward, backward, far,
            )  # fmt: skip
    return LinkLoads(forward, backward, float(unrouted))
