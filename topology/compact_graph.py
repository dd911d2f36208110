"""A graph as flat arrays: what every algorithm of this floor runs on.

Nodes and edges are numbered in table order, so that the same tables give the same numbers. Edges
have no direction; parallel edges and loops are kept, because a second cable between two rooms is
what saves them. The neighbours of node ``v`` stand in ``neighbour[offset[v]:offset[v + 1]]``, and
``half_edge`` beside them says by which edge each is reached.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .errors import InputError
from .loops import PLAIN_UP_TO, Loop
from .network import Network

__all__ = ["CompactGraph", "graph_from_edges", "graph_of"]


@dataclass(frozen=True, slots=True, eq=False)
class CompactGraph:
    """An undirected multigraph in compressed rows.

    Attributes
    ----------
    node_ids, edge_ids
        Names by number.
    ends
        The two nodes of each edge, int32, shape (edges, 2).
    offset
        Where each node's neighbours begin, int32, nodes + 1 entries.
    neighbour, half_edge
        Node at the other end and number of the edge, int32, two entries an edge.
    """

    node_ids: tuple[str, ...]
    edge_ids: tuple[str, ...]
    ends: NDArray[np.int32]
    offset: NDArray[np.int32]
    neighbour: NDArray[np.int32]
    half_edge: NDArray[np.int32]

    @property
    def nodes(self) -> int:
        """Number of nodes."""
        return len(self.node_ids)

    @property
    def edges(self) -> int:
        """Number of edges."""
        return len(self.edge_ids)

    def numbers(self, node_ids: Iterable[str]) -> NDArray[np.int32]:
        """Return the numbers of named nodes.

        Raises
        ------
        InputError
            A name is not in the graph.
        """
        number = {name: n for n, name in enumerate(self.node_ids)}
        wanted = list(node_ids)
        for name in wanted:
            if name not in number:
                raise InputError(f"{name!r} is no node of the graph; it has {self.nodes} nodes")
        return np.array([number[name] for name in wanted], np.int32)


def _fill_rows(half: Any, offset: Any, neighbour: Any, half_edge: Any) -> None:
    """Sort half edges by their node by counting; ``offset`` ends as where each row begins."""
    nodes = len(offset) - 1
    for h in range(len(half)):
        offset[half[h]] += 1
    place = 0
    for node in range(nodes + 1):
        place += offset[node]
        offset[node] = place
    for h in range(len(half) - 1, -1, -1):  # backwards, so that a row keeps the order of its edges
        node = half[h]
        at = offset[node] - 1
        offset[node] = at
        neighbour[at] = half[h ^ 1]
        half_edge[at] = h >> 1


FILL_ROWS = Loop(_fill_rows)
"""The sort as a loop; ``prepare()`` compiles it."""


def _rows(
    half: NDArray[np.int32], nodes: int
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]:
    """Return where each node's row begins, and the neighbours and edges of all rows."""
    offset = np.zeros(nodes + 1, np.int32)
    if FILL_ROWS.machine is None and half.size <= PLAIN_UP_TO:
        # numpy's own sort answers before machine code is loaded, and long before lists do.
        order = np.argsort(half, kind="stable")
        np.cumsum(np.bincount(half, minlength=nodes), out=offset[1:])
        return offset, half[order ^ 1], (order >> 1).astype(np.int32)
    neighbour, half_edge = np.empty_like(half), np.empty_like(half)
    FILL_ROWS((half,), (offset, neighbour, half_edge), steps=half.size + PLAIN_UP_TO)
    return offset, neighbour, half_edge


def graph_from_edges(
    node_ids: Sequence[str], edge_ids: Sequence[str], ends: NDArray[np.integer]
) -> CompactGraph:
    """Return the graph of numbered ends, shape (edges, 2).

    Raises
    ------
    InputError
        An end is no node, or the numbers of names and rows differ.
    """
    pairs = np.ascontiguousarray(ends, np.int32).reshape(-1, 2)
    if len(pairs) != len(edge_ids):
        raise InputError(f"{len(edge_ids)} edges are named and {len(pairs)} have ends")
    if pairs.size and (pairs.min() < 0 or pairs.max() >= len(node_ids)):
        raise InputError(f"an edge ends at no node; nodes are numbered 0 to {len(node_ids) - 1}")
    rows = _rows(pairs.ravel(), len(node_ids))
    return CompactGraph(tuple(node_ids), tuple(edge_ids), pairs, *rows)


def graph_of(network: Network) -> CompactGraph:
    """Return sites as nodes and links as edges, in table order."""
    sites, links = network.sites["site_id"], network.links
    number = {site_id: n for n, site_id in enumerate(sites)}
    ends = np.array(
        [(number[a], number[b]) for a, b in zip(links["a_site"], links["b_site"], strict=True)],
        np.int32,
    ).reshape(-1, 2)
    return graph_from_edges(list(sites), list(links["link_id"]), ends)
