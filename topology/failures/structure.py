"""What of a graph's connection hangs on one or two links: bridges, cut nodes, cut pairs.

Exact, for multigraphs with loops and several components; a statement about the graph alone, without
roots or weights (:mod:`.singles` and :mod:`.duals` know those).
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ..compact_graph import CompactGraph
from ..errors import InputError
from .cut_classes import cut_classes
from .depth_first import walk

__all__ = [
    "articulation_points",
    "bridges",
    "count_two_link_cuts",
    "edge_connectivity",
    "two_link_cuts",
]

_PAIRS_MAX = 20_000_000


def bridges(graph: CompactGraph) -> NDArray[np.int32]:
    """Return the edges whose failure alone parts a component, in ascending order."""
    return np.flatnonzero(walk(graph).link_nodes).astype(np.int32)


def articulation_points(graph: CompactGraph) -> NDArray[np.int32]:
    """Return the nodes whose failure alone parts what is left of a component, ascending."""
    walked = walk(graph)
    child = np.flatnonzero(walked.up >= 0)
    above = walked.up[child]
    parted = np.bincount(above[walked.low[child] > above], minlength=walked.reached)
    # The first node of a component has nothing above it, so that one subtree alone is all there is.
    return np.sort(walked.order[parted > (walked.up < 0)])


def count_two_link_cuts(graph: CompactGraph) -> int:
    """Return how many pairs :func:`two_link_cuts` would list; a ring of n has n(n - 1)/2."""
    return cut_classes(graph, walk(graph)).count


def _pairs(edge: NDArray[np.int32], offset: NDArray[np.int32]) -> Iterator[NDArray[np.int32]]:
    for start, end in pairwise(offset):
        mine = np.sort(edge[start:end])
        first, second = np.triu_indices(len(mine), 1)
        yield np.stack([mine[first], mine[second]], axis=1)


def two_link_cuts(graph: CompactGraph) -> NDArray[np.int32]:
    """Return the pairs of edges that part a component together and neither of them alone.

    Returns
    -------
    ndarray
        Shape (pairs, 2), the smaller number first, in ascending order.

    Raises
    ------
    InputError
        There are more than 20 million; count them with :func:`count_two_link_cuts`.
    """
    classes = cut_classes(graph, walk(graph))
    if classes.count > _PAIRS_MAX:
        raise InputError(
            f"{classes.count:,} pairs of links cut the graph, more than {_PAIRS_MAX:,} can be "
            "listed; count them with count_two_link_cuts"
        )
    parts = list(_pairs(classes.edge, classes.offset))
    pairs = np.concatenate([*parts, np.zeros((0, 2), np.int32)])
    return pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]


def edge_connectivity(graph: CompactGraph) -> int:
    """Return the least number of links whose failure parts the graph.

    0 for a graph of several components, and for one without two nodes, which nothing can part.
    Up to 2 it is read off one walk; beyond, it is the least of the maximum flows from one node to
    every other.
    """
    if graph.nodes < 2:
        return 0
    walked = walk(graph)
    if (walked.up < 0).sum() > 1:
        return 0
    if walked.link_nodes.any():
        return 1
    if cut_classes(graph, walked).count:
        return 2
    return _least_flow(graph)


def _least_flow(graph: CompactGraph) -> int:
    from scipy.sparse import coo_array, csr_array
    from scipy.sparse.csgraph import maximum_flow

    a, b = graph.ends[graph.ends[:, 0] != graph.ends[:, 1]].T
    both = (np.concatenate([a, b]), np.concatenate([b, a]))
    capacity = csr_array(
        coo_array((np.ones(2 * len(a), np.int32), both), shape=(graph.nodes, graph.nodes))
    )
    degree = np.asarray(capacity.sum(axis=1)).ravel()
    source = int(degree.argmin())
    least = int(degree[source])
    for sink in range(graph.nodes):
        if sink != source and least > 3:  # 3 is what is known to hold already
            least = min(least, int(maximum_flow(capacity, source, sink).flow_value))
    return least
