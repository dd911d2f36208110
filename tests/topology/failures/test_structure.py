"""Bridges, cut nodes and cut pairs are those that removal shows."""

from __future__ import annotations

import json
from itertools import combinations

import networkx as nx
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ngbw.topology.compact_graph import graph_from_edges
from ngbw.topology.errors import InputError
from ngbw.topology.failures import (
    articulation_points,
    bridges,
    count_two_link_cuts,
    edge_connectivity,
    structure,
    two_link_cuts,
)

pytestmark = pytest.mark.usefixtures("both_ways")


@st.composite
def multigraphs(draw):
    """Return a number of nodes and edges with loops, parallel edges and several components."""
    nodes = draw(st.integers(1, 10))
    pair = st.tuples(st.integers(0, nodes - 1), st.integers(0, nodes - 1))
    return nodes, draw(st.lists(pair, max_size=18))


def compact(nodes, edges):
    return graph_from_edges(
        [f"n{n}" for n in range(nodes)],
        [f"e{e}" for e in range(len(edges))],
        np.array(edges, np.int32).reshape(-1, 2),
    )


def parts(nodes, edges, without=()):
    graph: nx.MultiGraph[int] = nx.MultiGraph()
    graph.add_nodes_from(nodes)
    graph.add_edges_from(edge for n, edge in enumerate(edges) if n not in without)
    return nx.number_connected_components(graph)


any_fixture = settings(
    deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150
)


@any_fixture
@given(multigraphs())
def test_bridges_part_what_hangs_together(world):
    nodes, edges = world
    whole = parts(range(nodes), edges)
    wanted = [e for e in range(len(edges)) if parts(range(nodes), edges, {e}) > whole]
    assert bridges(compact(nodes, edges)).tolist() == wanted


@any_fixture
@given(multigraphs())
def test_articulation_points_part_what_is_left(world):
    nodes, edges = world
    whole = parts(range(nodes), edges)
    wanted = []
    for node in range(nodes):
        left = [edge for edge in edges if node not in edge]
        alone = all(set(edge) == {node} for edge in edges if node in edge)
        if parts([n for n in range(nodes) if n != node], left) > whole - alone:
            wanted.append(node)
    assert articulation_points(compact(nodes, edges)).tolist() == wanted


@any_fixture
@given(multigraphs())
def test_two_link_cuts_part_together_and_not_alone(world):
    nodes, edges = world
    whole = parts(range(nodes), edges)
    alone = {e for e in range(len(edges)) if parts(range(nodes), edges, {e}) > whole}
    wanted = [
        list(pair)
        for pair in combinations(range(len(edges)), 2)
        if not alone & set(pair) and parts(range(nodes), edges, set(pair)) > whole
    ]
    graph = compact(nodes, edges)
    assert two_link_cuts(graph).tolist() == wanted
    assert count_two_link_cuts(graph) == len(wanted)


@any_fixture
@given(multigraphs(), st.integers(1, 4))
def test_edge_connectivity_is_that_of_networkx(world, times):
    nodes, edges = world
    edges = edges * times  # parallel edges, so that more than two are needed
    simple: nx.Graph[int] = nx.Graph()
    simple.add_nodes_from(range(nodes))
    for a, b in edges:
        if a != b:
            old = simple.get_edge_data(a, b, {"weight": 0})["weight"]
            simple.add_edge(a, b, weight=old + 1)
    joined = nodes > 1 and nx.is_connected(simple)
    wanted = nx.stoer_wagner(simple)[0] if joined else 0
    assert edge_connectivity(compact(nodes, edges)) == wanted


def test_edge_connectivity_beyond_three_is_a_flow():
    edges = list(combinations(range(6), 2))
    assert edge_connectivity(compact(6, edges)) == 5


def test_a_ring_is_cut_by_any_two_of_its_links():
    graph = compact(4, [(0, 1), (1, 2), (2, 3), (3, 0)])
    assert count_two_link_cuts(graph) == 6
    assert bridges(graph).size == 0


def test_too_many_pairs_are_counted_and_not_listed(monkeypatch):
    monkeypatch.setattr(structure, "_PAIRS_MAX", 5)
    graph = compact(4, [(0, 1), (1, 2), (2, 3), (3, 0)])
    with pytest.raises(InputError, match="6 pairs"):
        two_link_cuts(graph)


@pytest.mark.shared
@pytest.mark.parametrize(
    ("file", "bridging", "nodes", "pairs"),
    [("Cernet", 7, 6, 30), ("Janetlense", 3, 3, 14), ("KentmanFeb2008", 21, 7, 6)],
)
def test_topology_zoo_gives_what_is_stated(shared, file, bridging, nodes, pairs):
    path = shared / "vectors" / "topology" / f"topozoo_{file}.json"
    document = json.loads(path.read_text(encoding="utf-8"))
    number = {node["id"]: n for n, node in enumerate(document["nodes"])}
    links = document.get("links") or document["edges"]
    graph = compact(len(number), [(number[e["source"]], number[e["target"]]) for e in links])
    assert bridges(graph).size == bridging
    assert articulation_points(graph).size == nodes
    assert len(two_link_cuts(graph)) == pairs
    assert edge_connectivity(graph) == 1


def test_an_empty_graph_has_nothing_to_lose():
    graph = compact(0, [])
    assert bridges(graph).size == articulation_points(graph).size == two_link_cuts(graph).size == 0
    assert edge_connectivity(graph) == 0
