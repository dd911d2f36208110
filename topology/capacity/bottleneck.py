"""The widest path from every node to a root, and the link that limits it.

One flow takes one path: the rate that a building can get at a quiet hour is the least capacity on
its best path.
"""

from __future__ import annotations

import heapq
import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..compact_graph import CompactGraph

__all__ = ["Bottlenecks", "widest_paths"]


@dataclass(frozen=True, slots=True, eq=False)
class Bottlenecks:
    """The widest path of every node.

    Attributes
    ----------
    rate
        Least capacity on it; infinite at a root, 0 without a path.
    limiting_edge
        Link that limits it; -1 where none does.
    """

    rate: NDArray[np.float64]
    limiting_edge: NDArray[np.int32]


def widest_paths(
    graph: CompactGraph, roots: NDArray[np.int32], capacity: NDArray[np.float64]
) -> Bottlenecks:
    """Return the widest path from each node to any root.

    ``capacity`` is that of each link and known; :func:`numpy.nan_to_num` gives the two ends of what
    unknown ones could be.
    """
    rate = np.zeros(graph.nodes)
    limiting = np.full(graph.nodes, -1, np.int32)
    heap = [(-math.inf, int(root), -1) for root in np.unique(roots)]
    done = np.zeros(graph.nodes, np.bool_)
    while heap:
        minus, v, edge = heapq.heappop(heap)
        if done[v]:
            continue
        done[v] = True
        rate[v], limiting[v] = -minus, edge
        row = slice(graph.offset[v], graph.offset[v + 1])
        for w, link in zip(graph.neighbour[row], graph.half_edge[row], strict=True):
            if not done[w] and capacity[link] > 0.0:
                narrows = capacity[link] < rate[v]
                wide = min(rate[v], float(capacity[link]))
                heapq.heappush(heap, (-wide, int(w), int(link) if narrows else edge))
    return Bottlenecks(rate, limiting)
