"""What kind of network it is, in a dozen figures: size, degrees, weak spots, connectivity, diameter.

Weak spots are exact and named: links (bridges) and sites (articulation points) whose failure alone
parts the network, and pairs of links that do so together. A pair counts when neither of its links
is a bridge: whoever loses a bridge has lost something already. A ring of n links has therefore
n (n - 1) / 2 such pairs. Loops and parallel links count as links; two parallel links are one way
out of two.

Diameters and means are taken within components, so that a network in two parts still has them.
Node connectivity is exact up to :data:`NODE_CONNECTIVITY_NODES` sites, and beyond where its bounds
meet; otherwise only the bounds are given.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .compact_graph import CompactGraph, graph_from_edges
from .failures import (
    articulation_points,
    bridges,
    count_two_link_cuts,
    edge_connectivity,
    two_link_cuts,
)
from .network import Network

if TYPE_CHECKING:
    from scipy.sparse import csr_array

__all__ = [
    "ALL_PAIRS_NODES",
    "LISTED_CUTS",
    "NODE_CONNECTIVITY_NODES",
    "Stats",
    "graph_stats",
    "network_stats",
]

ALL_PAIRS_NODES = 3_000
"""Up to so many sites the distances of all pairs are computed; beyond, only the diameter."""

NODE_CONNECTIVITY_NODES = 3_000
"""Up to so many sites a node connectivity above 2 is computed by maximum flows."""

LISTED_CUTS = 1_000
"""So many pairs of links are listed; all are counted."""

_LISTED_FROM = 1_000_000  # of more pairs than this none is worth the memory of listing them all


@dataclass(frozen=True, slots=True)
class Stats:
    """The figures of a network.

    Attributes
    ----------
    nodes, links, components
        Numbers; ``components`` are the parts that hang together.
    lone_nodes
        Nodes without a link to another.
    average_degree, least_degree, most_degree, degree_deviation
        Of the links at a node; the deviation is that of the population. None without nodes.
    bridges, articulation_points
        Ids, in table order.
    two_link_cuts
        Number of pairs of links, neither a bridge, that part a component together.
    two_link_cut_pairs
        The first :data:`LISTED_CUTS` of them; none where there are more than a million.
    edge_connectivity
        Least number of links whose failure parts the network; 0 when it is in parts.
    node_connectivity
        Least number of nodes whose failure parts the network, n - 1 when all are linked with all;
        None where only ``node_connectivity_bounds`` are known.
    diameter_hops
        Most links on a shortest way between two nodes of a component.
    mean_hops
        Mean over all pairs that are connected; None above :data:`ALL_PAIRS_NODES` nodes.
    diameter_km, least_link_km, mean_link_km, most_link_km
        None where a link has no length; the diameter as for ``mean_hops``.
    """

    nodes: int
    links: int
    components: int
    lone_nodes: int
    average_degree: float | None
    least_degree: int | None
    most_degree: int | None
    degree_deviation: float | None
    bridges: tuple[str, ...]
    articulation_points: tuple[str, ...]
    two_link_cuts: int
    two_link_cut_pairs: tuple[tuple[str, str], ...]
    edge_connectivity: int
    node_connectivity: int | None
    node_connectivity_bounds: tuple[int, int]
    diameter_hops: int
    mean_hops: float | None
    diameter_km: float | None
    least_link_km: float | None
    mean_link_km: float | None
    most_link_km: float | None

    def to_dict(self) -> dict[str, Any]:
        """Return the figures as plain data for ``--json``."""
        return asdict(self)


def _adjacency(graph: CompactGraph, weight: NDArray[np.float64]) -> csr_array:
    """Return the graph as a symmetric matrix, of parallel edges the lightest, without loops."""
    from scipy.sparse import csr_array

    real = graph.ends[:, 0] != graph.ends[:, 1]
    low, high = np.sort(graph.ends[real], axis=1).T.astype(np.int64)
    order = np.lexsort((weight[real], high, low))
    low, high, light = low[order], high[order], weight[real][order]
    first = np.ones(len(low), bool)
    first[1:] = (low[1:] != low[:-1]) | (high[1:] != high[:-1])
    low, high, light = low[first], high[first], light[first]
    return csr_array(
        (np.tile(light, 2), (np.concatenate([low, high]), np.concatenate([high, low]))),
        shape=(graph.nodes, graph.nodes),
    )


def _farthest(matrix: csr_array, label: NDArray[np.int32]) -> int:
    """Return the diameter in hops by bounds on the eccentricity of each node.

    After a search from one node, every other node's eccentricity is at least the larger of its
    distance and what remains, and at most their sum; nodes whose bounds cannot raise the diameter
    are never searched from (Takes and Kosters 2011).
    """
    from scipy.sparse.csgraph import dijkstra

    best = 0
    degree = np.diff(matrix.indptr)
    upper = np.full(len(label), np.inf)
    lower = np.zeros(len(label))
    open_nodes = degree > 0
    from_above = True
    while open_nodes.any():
        nodes = np.flatnonzero(open_nodes)
        # In turns the node that may be farthest out and the one that may be most central.
        key = upper[nodes] if from_above else -lower[nodes]
        from_above = not from_above
        start = nodes[np.lexsort((-degree[nodes], -key))[0]]
        hops = dijkstra(matrix, indices=int(start), unweighted=True)
        mine = np.flatnonzero(label == label[start])
        reach = hops[mine]
        eccentricity = float(reach.max())
        best = max(best, int(eccentricity))
        lower[mine] = np.maximum(lower[mine], np.maximum(reach, eccentricity - reach))
        upper[mine] = np.minimum(upper[mine], eccentricity + reach)
        open_nodes[start] = False
        open_nodes &= upper > best
    return best


def _all_pairs(matrix: csr_array, *, hops: bool) -> tuple[float, float | None]:
    """Return the largest and the mean distance of all connected pairs."""
    from scipy.sparse.csgraph import dijkstra

    far, total, pairs = 0.0, 0.0, 0
    nodes = len(matrix.indptr) - 1
    for start in range(0, nodes, 256):
        chunk = np.arange(start, min(start + 256, nodes))
        distance = dijkstra(matrix, indices=chunk, unweighted=hops)
        known = np.isfinite(distance)
        known[np.arange(len(chunk)), chunk] = False
        far = max(far, float(distance[known].max(initial=0.0)))
        total += float(distance[known].sum())
        pairs += int(known.sum())
    return far, total / pairs if pairs else None


def _node_connectivity(
    graph: CompactGraph, matrix: csr_array, components: int, cut_nodes: int
) -> tuple[int | None, tuple[int, int]]:
    """Return the node connectivity, None where it is not known, and what it lies between."""
    nodes = graph.nodes
    if nodes < 2 or components > 1:
        return 0, (0, 0)
    degree = np.diff(matrix.indptr)
    most = min(int(degree.min()), nodes - 1)
    if cut_nodes or most == 1:
        return 1, (1, 1)
    if most == 2 or int(degree.min()) == nodes - 1:
        return most, (most, most)
    if nodes > NODE_CONNECTIVITY_NODES:
        return None, (2, most)
    least = _least_separator(matrix, most)
    return least, (least, least)


def _least_separator(matrix: csr_array, most: int) -> int:
    """Return the node connectivity of a graph in which it is at least 2, by maximum flows.

    A least separator either leaves the node of least degree on one side, so that some node is cut
    off from it, or holds that node, so that two of its neighbours are cut off from each other
    (Esfahanian and Hakimi 1984). Each node is two, joined by an arc of capacity 1.
    """
    from scipy.sparse import coo_array, csr_array
    from scipy.sparse.csgraph import maximum_flow

    nodes = len(matrix.indptr) - 1
    start = int(np.diff(matrix.indptr).argmin())
    rows = matrix.tocoo()
    inner = np.arange(nodes)
    tail = np.concatenate([2 * inner, 2 * rows.row + 1])
    head = np.concatenate([2 * inner + 1, 2 * rows.col])
    capacity = np.concatenate([np.ones(nodes), np.full(len(rows.row), nodes)]).astype(np.int32)
    split = csr_array(coo_array((capacity, (tail, head)), shape=(2 * nodes, 2 * nodes)))
    near = matrix.indices[matrix.indptr[start] : matrix.indptr[start + 1]]
    beside = set(near.tolist())
    pairs = [(start, other) for other in range(nodes) if other != start and other not in beside]
    for number, a in enumerate(near.tolist()):
        close = set(matrix.indices[matrix.indptr[a] : matrix.indptr[a + 1]].tolist())
        pairs += [(a, b) for b in near.tolist()[number + 1 :] if b not in close]
    least = most
    for a, b in pairs:
        if least == 2:
            break
        least = min(least, int(maximum_flow(split, 2 * a + 1, 2 * b).flow_value))
    return least


def _lengths(graph: CompactGraph, length_km: ArrayLike | None) -> NDArray[np.float64] | None:
    if length_km is None:
        return None
    lengths = np.asarray(length_km, dtype=float)
    return lengths if len(lengths) == graph.edges and np.isfinite(lengths).all() else None


def graph_stats(graph: CompactGraph, *, length_km: ArrayLike | None = None) -> Stats:
    """Return the figures of a graph.

    Parameters
    ----------
    length_km
        Length of each edge; lengths are reported only when every edge has one.

    Examples
    --------
    >>> ring = graph_from_edges("abc", ["ab", "bc", "ca"], np.array([[0, 1], [1, 2], [2, 0]]))
    >>> figures = graph_stats(ring)
    >>> figures.bridges, figures.two_link_cuts, figures.diameter_hops
    ((), 3, 1)
    """
    from scipy.sparse.csgraph import connected_components

    matrix = _adjacency(graph, np.ones(graph.edges))
    components, label = connected_components(matrix, directed=False) if graph.nodes else (0, None)
    # A loop has both of its ends at one node.
    degree = np.bincount(graph.ends.ravel(), minlength=graph.nodes)
    cut_nodes = articulation_points(graph)
    cuts = count_two_link_cuts(graph)
    listed = two_link_cuts(graph)[:LISTED_CUTS].tolist() if cuts <= _LISTED_FROM else []
    connectivity, bounds = _node_connectivity(graph, matrix, int(components), len(cut_nodes))
    lengths = _lengths(graph, length_km)
    small = graph.nodes <= ALL_PAIRS_NODES
    mean_hops = diameter_km = None
    if small:
        far, mean_hops = _all_pairs(matrix, hops=True)
        hops = int(far)
        if lengths is not None and graph.edges:
            diameter_km = _all_pairs(_adjacency(graph, lengths), hops=False)[0]
    else:
        assert label is not None  # noqa: S101 - a graph of so many nodes has components
        hops = _farthest(matrix, label)
    known = lengths is not None and len(lengths) > 0
    return Stats(
        nodes=graph.nodes,
        links=graph.edges,
        components=int(components),
        lone_nodes=int((np.diff(matrix.indptr) == 0).sum()),
        average_degree=float(degree.mean()) if graph.nodes else None,
        least_degree=int(degree.min()) if graph.nodes else None,
        most_degree=int(degree.max()) if graph.nodes else None,
        degree_deviation=float(degree.std()) if graph.nodes else None,
        bridges=tuple(graph.edge_ids[edge] for edge in bridges(graph)),
        articulation_points=tuple(graph.node_ids[node] for node in cut_nodes),
        two_link_cuts=cuts,
        two_link_cut_pairs=tuple((graph.edge_ids[a], graph.edge_ids[b]) for a, b in listed),
        edge_connectivity=edge_connectivity(graph),
        node_connectivity=connectivity,
        node_connectivity_bounds=bounds,
        diameter_hops=hops,
        mean_hops=mean_hops,
        diameter_km=diameter_km,
        least_link_km=float(lengths.min()) if known and lengths is not None else None,
        mean_link_km=float(lengths.mean()) if known and lengths is not None else None,
        most_link_km=float(lengths.max()) if known and lengths is not None else None,
    )


def network_stats(network: Network) -> tuple[Stats, int]:
    """Return the figures of sites and links, and how many sites were left out.

    Candidates and forbidden sites without a link are no part of the network yet.
    """
    sites, links = network.sites, network.links
    linked = set(links["a_site"]) | set(links["b_site"])
    kept = [
        site_id
        for site_id, state in zip(sites["site_id"], sites["state"], strict=True)
        if site_id in linked or state not in ("candidate", "forbidden")
    ]
    number = {site_id: position for position, site_id in enumerate(kept)}
    ends = np.array(
        [(number[a], number[b]) for a, b in zip(links["a_site"], links["b_site"], strict=True)],
        np.int32,
    ).reshape(-1, 2)
    graph = graph_from_edges(kept, list(links["link_id"]), ends)
    lengths = links["length_km"].to_numpy(dtype=float, na_value=math.nan)
    return graph_stats(graph, length_km=lengths), len(sites) - len(kept)
