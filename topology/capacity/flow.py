"""How much demand a network can serve at best: maximum flow from all roots to all demands.

Whatever routing does, no more than this arrives. Links carry their capacity in each direction.
The flow is scipy's (Dinic), on whole numbers: rates are counted in parts of the total demand as
fine as 32 bits allow, so the result is exact to 2e-9 of the demand for each link of the cut.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import breadth_first_order, maximum_flow

from ..compact_graph import CompactGraph
from ..errors import InputError
from .routing import checked_demand, mask

__all__ = ["ServedDemand", "served_demand", "served_range"]

_PARTS = 2**30  # the total demand in whole numbers; twice that still fits 32 bits


@dataclass(frozen=True, slots=True, eq=False)
class ServedDemand:
    """The most demand that can be served.

    Attributes
    ----------
    demand, served
        All of it, and what arrives at best, in the unit of the demand.
    node_served
        What arrives at each node in one best solution; another may share it out differently.
    limiting_edges
        Links of a smallest cut, the one nearest the roots: all full, and the reason why no more
        arrives. Empty when all is served.
    """

    demand: float
    served: float
    node_served: NDArray[np.float64]
    limiting_edges: NDArray[np.int32]

    @property
    def share(self) -> float:
        """Served share of the demand; 1 where there is none."""
        return self.served / self.demand if self.demand > 0.0 else 1.0


def served_demand(
    graph: CompactGraph,
    roots: NDArray[np.int32],
    demand: NDArray[np.float64],
    *,
    capacity: NDArray[np.float64],
    root_capacity: NDArray[np.float64] | None = None,
    failed_nodes: Iterable[int] = (),
    failed_edges: Iterable[int] = (),
) -> ServedDemand:
    """Return the most demand that the roots can serve at once.

    Parameters
    ----------
    demand
        Of each node, in Mbit/s say; that of a failed node counts and cannot be served.
    capacity
        Of each link in each direction, in the same unit; infinite for no limit.
    root_capacity
        What each root can deliver, in the order of ``roots``; no limit without it.
    failed_nodes, failed_edges
        What is out of order.

    Raises
    ------
    InputError
        A demand, capacity or number is not one.
    """
    wanted = checked_demand(graph, demand)
    if len(capacity) != graph.edges:
        raise InputError(f"{len(capacity)} capacities are given; there are {graph.edges} links")
    wrong = np.flatnonzero(~(capacity >= 0.0))
    if wrong.size:
        raise InputError(
            f"link {graph.edge_ids[wrong[0]]!r}: its capacity is {capacity[wrong[0]]:g}; give 0 or "
            "more, or ask served_range where some are unknown"
        )
    total = float(wanted.sum())
    if total == 0.0:
        return ServedDemand(0.0, 0.0, np.zeros(graph.nodes), np.zeros(0, np.int32))
    dead_node = mask(failed_nodes, graph.nodes, "node")
    gone = mask(failed_edges, graph.edges, "link") | dead_node[graph.ends].any(axis=1)
    unit = total / _PARTS if total > _PARTS / 1000.0 else 0.001  # thousandths while they fit

    def whole(rates: NDArray[np.float64]) -> NDArray[np.int64]:
        return np.rint(np.minimum(rates, total) / unit).astype(np.int64)

    source, sink = graph.nodes, graph.nodes + 1
    ends = graph.ends[~gone]
    along = whole(capacity[~gone])
    at_root = whole(
        np.full(len(roots), np.inf) if root_capacity is None else np.asarray(root_capacity, float)
    )
    alive = np.flatnonzero(~dead_node & (wanted > 0.0))
    begin = np.concatenate([ends[:, 0], ends[:, 1], np.full(len(roots), source), alive])
    end = np.concatenate([ends[:, 1], ends[:, 0], roots, np.full(len(alive), sink)])
    at_root[dead_node[roots]] = 0
    rates = np.concatenate([along, along, at_root, whole(wanted[alive])])
    size = (sink + 1, sink + 1)
    arcs: Any = csr_array(coo_array((rates, (begin, end)), shape=size))
    # Parallel links may add up to more than is ever needed, and 32 bits hold.
    arcs.data = np.minimum(arcs.data, whole(np.array([total]))[0])
    arcs = arcs.astype(np.int32)
    arcs.indices, arcs.indptr = arcs.indices.astype(np.int32), arcs.indptr.astype(np.int32)
    flow = maximum_flow(arcs, source, sink)
    sent = flow.flow
    node_served = np.zeros(graph.nodes)
    node_served[alive] = sent[alive, np.full(len(alive), sink)] * unit
    limiting = np.zeros(0, np.int32)
    if flow.flow_value < int(whole(wanted[alive]).sum()):
        left: Any = csr_array(arcs - sent)
        left.data = np.maximum(left.data, 0)
        left.eliminate_zeros()
        near = np.zeros(sink + 1, np.bool_)
        near[breadth_first_order(left, source, return_predecessors=False)] = True
        crossing = near[graph.ends[:, 0]] != near[graph.ends[:, 1]]
        limiting = np.flatnonzero(crossing & ~gone).astype(np.int32)
    served = min(total, float(flow.flow_value) * unit)
    return ServedDemand(total, served, node_served, limiting)


def served_range(
    graph: CompactGraph,
    roots: NDArray[np.int32],
    demand: NDArray[np.float64],
    *,
    capacity: NDArray[np.float64],
    root_capacity: NDArray[np.float64] | None = None,
    failed_nodes: Iterable[int] = (),
    failed_edges: Iterable[int] = (),
) -> tuple[ServedDemand, ServedDemand]:
    """Return the most demand served where links of unknown (NaN) capacity have none, and no limit.

    Both are the same where nothing that matters is unknown. Parameters are those of
    :func:`served_demand`.
    """
    nodes, edges = tuple(failed_nodes), tuple(failed_edges)
    least, most = (
        served_demand(
            graph,
            roots,
            demand,
            capacity=np.where(np.isnan(capacity), unknown, capacity),
            root_capacity=root_capacity,
            failed_nodes=nodes,
            failed_edges=edges,
        )
        for unknown in (0.0, np.inf)
    )
    return least, most
