"""Small served graphs, and the plain way to say what a failure takes away."""

from __future__ import annotations

import networkx as nx
import numpy as np
from hypothesis import strategies as st

from ngbw.topology.compact_graph import graph_from_edges
from ngbw.topology.failures.served_graph import ServedGraph


def served(nodes, edges, roots, weight, *, ties=0):
    """Return a served graph of numbered nodes; the last ``ties`` edges are no links."""
    graph = graph_from_edges(
        [f"n{n}" for n in range(nodes)],
        [f"e{e}" for e in range(len(edges))],
        np.array(edges, np.int32).reshape(-1, 2),
    )
    return ServedGraph(
        graph, len(edges) - ties, np.array(roots, np.int32), "setting",
        np.array(weight, float), {}, np.zeros(nodes), np.zeros(nodes),
    )  # fmt: skip


@st.composite
def served_graphs(draw, most=12):
    """Return a multigraph with loops, parallel edges, several roots and unconnected people."""
    nodes = draw(st.integers(1, most))
    node = st.integers(0, nodes - 1)
    edges = draw(st.lists(st.tuples(node, node), max_size=18))
    roots = draw(st.lists(node, min_size=1, max_size=3, unique=True))
    weight = draw(st.lists(st.integers(0, 5), min_size=nodes, max_size=nodes))
    return served(nodes, edges, roots, weight)


def without(world, links=(), nodes=()):
    """Return the nodes that have a way to a root when links and nodes have failed."""
    graph: nx.MultiGraph[int] = nx.MultiGraph()
    graph.add_nodes_from(n for n in range(world.graph.nodes) if n not in nodes)
    for e, (a, b) in enumerate(world.graph.ends.tolist()):
        if e not in links and a not in nodes and b not in nodes:
            graph.add_edge(a, b)
    alive: set[int] = set()
    for root in world.roots.tolist():
        if root not in nodes:
            alive |= nx.node_connected_component(graph, root)
    return alive


def lost(world, links=(), nodes=()):
    """Return (people, sites) that were served and are not any more."""
    gone = without(world) - without(world, set(links), set(nodes))
    return sum(world.weight[n] for n in gone), len(gone)
