"""Trees through terminals: they are trees, and stand between the proven bounds."""

from __future__ import annotations

import itertools
import math

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ngbw.topology.compact_graph import graph_from_edges
from ngbw.topology.errors import InputError
from ngbw.topology.fibre.nearest import nearest_ways
from ngbw.topology.fibre.steiner import SteinerTree, steiner_tree
from ngbw.topology.fibre.steiner_bound import dual_ascent, useful_nodes
from ngbw.topology.fibre.steiner_exact import MAX_TERMINALS, exact_tree, fits


def graph_of(nodes, edges):
    return graph_from_edges(
        [f"n{n}" for n in range(nodes)],
        [f"e{n}" for n in range(len(edges))],
        np.array(edges, np.int32).reshape(-1, 2),
    )


@st.composite
def worlds(draw, most_edges=14):
    nodes = draw(st.integers(2, 7))
    pair = st.tuples(st.integers(0, nodes - 1), st.integers(0, nodes - 1))
    edges = draw(st.lists(pair, min_size=1, max_size=most_edges))
    weights = draw(
        st.lists(
            st.one_of(st.integers(0, 9).map(float), st.floats(0.01, 50.0)),
            min_size=len(edges), max_size=len(edges),
        )
    )  # fmt: skip
    terminals = draw(st.lists(st.integers(0, nodes - 1), min_size=1, max_size=5, unique=True))
    return graph_of(nodes, edges), np.array(weights), np.array(terminals, np.int32)


def reached(graph, terminals):
    view: nx.Graph[int] = nx.Graph()
    view.add_nodes_from(range(graph.nodes))
    view.add_edges_from(graph.ends.tolist())
    part = nx.node_connected_component(view, int(terminals[0]))
    return [int(t) for t in terminals if int(t) in part], [
        int(t) for t in terminals if int(t) not in part
    ]


def least_by_trying(graph, weight, terminals):
    """Try every set of further nodes: the lightest spanning tree over it, if it hangs together."""
    rest = [n for n in range(graph.nodes) if n not in terminals]
    best = math.inf
    for size in range(len(rest) + 1):
        for extra in itertools.combinations(rest, size):
            view: nx.MultiGraph[int] = nx.MultiGraph()
            chosen = {*terminals, *extra}
            view.add_nodes_from(chosen)
            for (a, b), w in zip(graph.ends.tolist(), weight, strict=True):
                if a in chosen and b in chosen:
                    view.add_edge(a, b, weight=w)
            if nx.is_connected(view):
                tree = nx.minimum_spanning_edges(nx.Graph(lightest(view)), data=True)
                best = min(best, sum(data["weight"] for *_, data in tree))
    return best


def lightest(view):
    out: nx.Graph[int] = nx.Graph()
    out.add_nodes_from(view)
    for a, b, w in view.edges(data="weight"):
        if not out.has_edge(a, b) or out.edges[a, b]["weight"] > w:
            out.add_edge(a, b, weight=w)
    return out


def assert_is_tree_through(graph, edges, terminals):
    view: nx.MultiGraph[int] = nx.MultiGraph()
    view.add_nodes_from(terminals)
    view.add_edges_from(graph.ends[edges].tolist())
    assert nx.is_tree(view)
    ends = {node for node, degree in view.degree if degree == 1}
    assert ends <= set(terminals)


@given(worlds())
@settings(max_examples=200)
def test_the_answer_is_a_tree_through_all_that_can_be_reached_and_says_the_truth(world):
    graph, weight, terminals = world
    near, lost = reached(graph, terminals)
    least = least_by_trying(graph, weight, near)
    grown = steiner_tree(graph, weight, terminals, prove=False)
    proven = steiner_tree(graph, weight, terminals)
    for tree in (grown, proven):
        assert_is_tree_through(graph, tree.edges, near)
        assert tree.unreachable == tuple(f"n{t}" for t in lost)
        assert tree.value == pytest.approx(weight[tree.edges].sum())
    assert grown.value >= least - 1e-9
    assert grown.value <= 2 * least + 1e-9
    assert proven.bound <= least + 1e-9
    # So few terminals are always made exact.
    assert proven.value == pytest.approx(least)
    assert proven.proven


@given(worlds())
@settings(max_examples=200)
def test_heuristic_is_not_below_dreyfus_wagner_and_that_not_below_dual_ascent(world):
    graph, weight, terminals = world
    near, _ = reached(graph, terminals)
    if len(near) < 2:
        return
    wanted = np.array(near, np.int32)
    rows = graph.offset, graph.neighbour, graph.half_edge
    exact = weight[exact_tree(*rows, weight, wanted)].sum()
    bound, left = dual_ascent(*rows, weight, wanted, int(wanted[0]))
    grown = steiner_tree(graph, weight, terminals, prove=False, starts=3).value
    assert bound <= exact + 1e-9
    assert exact <= grown + 1e-9
    assert (left >= 0).all()
    keep = useful_nodes(*rows[:2], left, wanted, int(wanted[0]), grown - bound + 1e-9)
    best = steiner_tree(graph, weight, terminals).edges
    assert keep[graph.ends[best].ravel()].all()


@given(worlds())
def test_nearest_ways_agree_with_networkx(world):
    graph, weight, terminals = world
    view: nx.MultiGraph[int] = nx.MultiGraph()
    view.add_nodes_from(range(graph.nodes))
    for (a, b), w in zip(graph.ends.tolist(), weight, strict=True):
        view.add_edge(a, b, weight=w)
    found = nearest_ways(graph, weight, terminals)
    slow = nx.multi_source_dijkstra_path_length(view, {int(t) for t in terminals})
    for node in range(graph.nodes):
        assert found.weight[node] == pytest.approx(slow.get(node, math.inf))
        if node in slow:
            edges = found.edges_to(node)
            assert weight[edges].sum() == pytest.approx(slow[node])


def test_more_starts_never_make_it_heavier():
    rng = np.random.default_rng(1)
    side = 12
    number = np.arange(side * side).reshape(side, side)
    edges = np.concatenate(
        [
            np.column_stack([number[:, :-1].ravel(), number[:, 1:].ravel()]),
            np.column_stack([number[:-1].ravel(), number[1:].ravel()]),
        ]
    )
    graph = graph_of(side * side, edges)
    weight = rng.uniform(50, 150, graph.edges)
    terminals = rng.choice(graph.nodes, 15, replace=False).astype(np.int32)
    one = steiner_tree(graph, weight, terminals)
    many = steiner_tree(graph, weight, terminals, starts=15)
    assert many.value <= one.value
    assert one.bound <= many.value
    assert 0 <= many.gap < 0.2
    assert many.method == "shortest-path heuristic"


def test_terminals_on_an_island_are_named_and_the_rest_is_joined():
    graph = graph_of(5, [(0, 1), (1, 2), (3, 4)])
    tree = steiner_tree(graph, np.ones(3), np.array([0, 4, 2, 3]))
    assert tree.edges.tolist() == [0, 1]
    assert tree.unreachable == ("n4", "n3")


def test_an_edge_of_infinite_weight_is_not_used():
    graph = graph_of(3, [(0, 1), (0, 2), (2, 1)])
    tree = steiner_tree(graph, np.array([np.inf, 5.0, 6.0]), np.array([0, 1]))
    assert tree.edges.tolist() == [1, 2]
    assert steiner_tree(graph, np.array([np.inf, 5.0, np.inf]), np.array([0, 1])).unreachable == (
        "n1",
    )


def test_one_terminal_is_a_tree_of_nothing():
    tree = steiner_tree(graph_of(2, [(0, 1)]), np.ones(1), np.array([1, 1]))
    assert (tree.edges.size, tree.value, tree.gap, tree.proven) == (0, 0.0, 0.0, True)


def test_bad_calls_are_refused_with_the_reason():
    graph = graph_of(2, [(0, 1)])
    with pytest.raises(InputError, match="at least the root"):
        steiner_tree(graph, np.ones(1), np.array([], np.int32))
    with pytest.raises(InputError, match="numbered 0 to 1"):
        steiner_tree(graph, np.ones(1), np.array([2]))
    with pytest.raises(InputError, match="'e0': its weight is -1"):
        steiner_tree(graph, np.array([-1.0]), np.array([0, 1]))
    with pytest.raises(InputError, match="its weight is nan"):
        steiner_tree(graph, np.array([np.nan]), np.array([0, 1]))
    with pytest.raises(InputError, match="one an edge"):
        steiner_tree(graph, np.ones(2), np.array([0, 1]))
    with pytest.raises(InputError, match="starts is 0"):
        steiner_tree(graph, np.ones(1), np.array([0, 1]), starts=0)


def test_the_exact_method_keeps_to_its_memory():
    assert fits(MAX_TERMINALS, 500)
    assert not fits(MAX_TERMINALS + 1, 10)
    assert not fits(MAX_TERMINALS, 1_000_000)
    assert not fits(1, 10)


def test_a_gap_is_a_share_of_the_value():
    tree = SteinerTree(np.array([], np.int32), 10.0, 9.0, "shortest-path heuristic", ())
    assert tree.gap == pytest.approx(0.1)
    assert not tree.proven
