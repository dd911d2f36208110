"""The demand that is served is the maximum flow, and the smallest cut says why no more is."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ngbw.topology.capacity import served_demand, served_range, widest_paths
from ngbw.topology.compact_graph import graph_from_edges
from ngbw.topology.errors import InputError

ROOT = np.array([0], np.int32)


def graph(nodes, edges):
    return graph_from_edges(
        [f"n{v}" for v in range(nodes)],
        [f"e{e}" for e in range(len(edges))],
        np.array(edges, np.int32).reshape(-1, 2),
    )


@st.composite
def networks(draw):
    nodes = draw(st.integers(2, 7))
    pair = st.tuples(st.integers(0, nodes - 1), st.integers(0, nodes - 1))
    edges = draw(st.lists(pair, max_size=12))
    some = st.integers(0, 12)
    capacity = draw(st.lists(some, min_size=len(edges), max_size=len(edges)))
    demand = draw(st.lists(some, min_size=nodes, max_size=nodes))
    roots = draw(st.sets(st.integers(0, nodes - 1), min_size=1, max_size=2))
    return nodes, edges, np.array(capacity, float), np.array(demand, float), sorted(roots)


@given(networks())
def test_served_demand_equals_the_flow_of_networkx(world):
    nodes, edges, capacity, demand, roots = world
    plain: nx.DiGraph[int] = nx.DiGraph()
    plain.add_nodes_from([-1, -2])
    for (a, b), rate in zip(edges, capacity, strict=True):
        for u, v in ((a, b), (b, a)):
            if a != b:
                had = plain.get_edge_data(u, v, {"capacity": 0.0})["capacity"]
                plain.add_edge(u, v, capacity=had + rate)
    for root in roots:
        plain.add_edge(-1, root)
    for node in range(nodes):
        plain.add_edge(node, -2, capacity=demand[node])
    served = served_demand(
        graph(nodes, edges), np.array(roots, np.int32), demand, capacity=capacity
    )
    assert served.served == pytest.approx(nx.maximum_flow_value(plain, -1, -2), abs=1e-6)
    assert served.node_served.sum() == pytest.approx(served.served)
    assert (served.node_served <= demand + 1e-9).all()


@given(networks())
def test_the_cut_accounts_for_everything_that_is_missing(world):
    nodes, edges, capacity, demand, roots = world
    net = graph(nodes, edges)
    served = served_demand(net, np.array(roots, np.int32), demand, capacity=capacity)
    beyond: nx.MultiGraph[int] = nx.MultiGraph()
    beyond.add_nodes_from(range(nodes))
    cut = set(served.limiting_edges.tolist())
    beyond.add_edges_from(edge for n, edge in enumerate(edges) if n not in cut)
    near = set().union(*(nx.node_connected_component(beyond, root) for root in roots))
    if served.served < served.demand - 1e-6:
        # All demand on the roots' side is served, and every link of the cut is full.
        through = demand[list(near)].sum() + capacity[served.limiting_edges].sum()
        assert served.served == pytest.approx(through, abs=1e-6)
    else:
        assert not cut


def test_a_root_may_deliver_only_so_much():
    served = served_demand(
        graph(2, [(0, 1)]), ROOT, np.array([1.0, 9.0]), capacity=np.array([np.inf]),
        root_capacity=np.array([4.0]),
    )  # fmt: skip
    assert served.served == 4.0
    assert served.share == 0.4


def test_terabits_are_exact_to_the_megabit():
    served = served_demand(
        graph(2, [(0, 1), (0, 1)]), ROOT, np.array([0.0, 1.2e6]), capacity=np.array([4e5, 5e5])
    )
    assert served.served == pytest.approx(9e5, abs=1e-2)
    assert served.limiting_edges.tolist() == [0, 1]


def test_demand_of_a_failed_node_counts_and_is_not_served():
    net = graph(3, [(0, 1), (0, 2)])
    served = served_demand(
        net, ROOT, np.array([0.0, 5.0, 5.0]), capacity=np.full(2, 9.0), failed_nodes=[1]
    )
    assert served.share == 0.5
    assert served_demand(
        net, ROOT, np.array([0.0, 5.0, 5.0]), capacity=np.full(2, 9.0), failed_edges=[0, 1]
    ).served == 0.0  # fmt: skip


def test_without_demand_all_of_it_is_served():
    served = served_demand(graph(1, []), ROOT, np.zeros(1), capacity=np.zeros(0))
    assert served.share == 1.0


def test_an_unknown_capacity_gives_a_range():
    net = graph(3, [(0, 1), (1, 2)])
    least, most = served_range(
        net, ROOT, np.array([0.0, 5.0, 5.0]), capacity=np.array([8.0, np.nan])
    )
    assert (least.served, most.served) == (5.0, 8.0)
    with pytest.raises(InputError, match="'e1'"):
        served_demand(net, ROOT, np.ones(3), capacity=np.array([8.0, np.nan]))


def test_capacities_must_fit_the_graph():
    with pytest.raises(InputError, match="2 capacities"):
        served_demand(graph(2, [(0, 1)]), ROOT, np.ones(2), capacity=np.ones(2))


def test_the_widest_path_names_the_link_that_limits_it():
    net = graph(4, [(0, 1), (1, 2), (0, 2), (2, 3)])
    wide = widest_paths(net, ROOT, np.array([10.0, 8.0, 5.0, 9.0]))
    assert wide.rate.tolist() == [np.inf, 10.0, 8.0, 8.0]
    assert wide.limiting_edge.tolist() == [-1, 0, 1, 1]


@given(networks())
def test_the_widest_path_is_the_widest_threshold_that_still_joins(world):
    nodes, edges, capacity, _, roots = world
    wide = widest_paths(graph(nodes, edges), np.array(roots, np.int32), capacity)
    for node in range(nodes):
        best = 0.0
        for rate in sorted(set(capacity) - {0.0}):
            left: nx.Graph[int] = nx.Graph()
            left.add_nodes_from(range(nodes))
            left.add_edges_from(e for e, c in zip(edges, capacity, strict=True) if c >= rate)
            if any(nx.has_path(left, root, node) for root in roots):
                best = float(rate)
        assert wide.rate[node] == (np.inf if node in roots else best)
