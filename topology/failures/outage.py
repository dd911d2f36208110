"""What goes dark when given links and sites fail together, however many."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..loops import Loop
from .served_graph import ServedGraph

__all__ = ["Outage", "link_group_losses", "outage"]

_Numbers = NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class Outage:
    """What a failure of several things takes away.

    Attributes
    ----------
    links, sites
        Edges and nodes that failed, by number.
    dark
        Nodes that were served and are not any more, the failed ones included.
    people
        Residents behind them.
    """

    links: _Numbers
    sites: _Numbers
    dark: _Numbers
    people: float


def _fail(
    offset: Any,
    neighbour: Any,
    half_edge: Any,
    roots: Any,
    weight: Any,
    edge_offset: Any,
    failed_edge: Any,
    node_offset: Any,
    failed_node: Any,
    served: Any,
    seen: Any,
    dead_edge: Any,
    dead_node: Any,
    queue: Any,
    loss: Any,
    sites: Any,
) -> int:
    """Let one group after the other fail alone; ``seen`` is left as of the last one."""
    nodes = len(seen)
    for g in range(len(edge_offset) - 1):
        mark = g + 1
        for k in range(edge_offset[g], edge_offset[g + 1]):
            dead_edge[failed_edge[k]] = mark
        for k in range(node_offset[g], node_offset[g + 1]):
            dead_node[failed_node[k]] = mark
        tail = 0
        for root in roots:
            if dead_node[root] != mark and seen[root] != mark:
                seen[root] = mark
                queue[tail] = root
                tail += 1
        head = 0
        while head < tail:
            node = queue[head]
            head += 1
            for i in range(offset[node], offset[node + 1]):
                other = neighbour[i]
                if (
                    seen[other] != mark
                    and dead_node[other] != mark
                    and dead_edge[half_edge[i]] != mark
                ):
                    seen[other] = mark
                    queue[tail] = other
                    tail += 1
        for node in range(nodes):
            if served[node] != 0 and seen[node] != mark:
                loss[g] += weight[node]
                sites[g] += 1
    return 0


FAIL = Loop(_fail)
"""The failures as a loop; ``prepare()`` compiles it."""


def _run(
    graph: ServedGraph,
    links: Sequence[_Numbers],
    sites: Sequence[_Numbers],
    served: NDArray[np.uint8],
) -> tuple[NDArray[np.int32], NDArray[np.float64], NDArray[np.int32]]:
    flat = graph.graph
    none = np.zeros(0, np.int32)
    seen, dead_node, queue = np.zeros((3, flat.nodes), np.int32)
    loss, count = np.zeros(len(links)), np.zeros(len(links), np.int32)
    FAIL(
        (
            flat.offset, flat.neighbour, flat.half_edge, graph.roots, graph.weight,
            np.cumsum([0, *map(len, links)], dtype=np.int32), np.concatenate([none, *links]),
            np.cumsum([0, *map(len, sites)], dtype=np.int32), np.concatenate([none, *sites]),
            served,
        ),
        (seen, np.zeros(flat.edges, np.int32), dead_node, queue, loss, count),
        steps=len(links) * (2 * flat.nodes + 2 * flat.edges),
    )  # fmt: skip
    return seen, loss, count


def _served(graph: ServedGraph) -> NDArray[np.uint8]:
    """Return 1 for each node that is served when nothing has failed."""
    nothing = [np.zeros(0, np.int32)]
    return _run(graph, nothing, nothing, np.zeros(graph.graph.nodes, np.uint8))[0].astype(np.uint8)


def outage(served: ServedGraph, *, links: Sequence[int] = (), sites: Sequence[int] = ()) -> Outage:
    """Return what goes dark when links and sites, by number, fail together."""
    failed_links = np.unique(np.asarray(links, np.int32))
    failed_sites = np.unique(np.asarray(sites, np.int32))
    before = _served(served)
    seen, loss, _ = _run(served, [failed_links], [failed_sites], before)
    dark = np.flatnonzero((before > 0) & (seen == 0)).astype(np.int32)
    return Outage(failed_links, failed_sites, dark, float(loss[0]))


def link_group_losses(
    served: ServedGraph, groups: Sequence[_Numbers]
) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
    """Return the residents and the number of sites that each group of links takes away alone."""
    whole = [np.zeros(0, np.int32)] * len(groups)
    _, loss, count = _run(served, groups, whole, _served(served))
    return loss, count
