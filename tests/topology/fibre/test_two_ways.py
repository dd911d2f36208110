"""Pairs of ways: the cheapest pair, found where a greedy second way gets stuck."""

from __future__ import annotations

import itertools
from typing import Any

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ngbw.topology.compact_graph import graph_from_edges
from ngbw.topology.fibre.two_ways import two_ways


def graph_of(nodes, edges):
    return graph_from_edges(
        [f"n{n}" for n in range(nodes)],
        [f"e{n}" for n in range(len(edges))],
        np.array(edges, np.int32).reshape(-1, 2),
    )


@st.composite
def worlds(draw):
    nodes = draw(st.integers(2, 6))
    pair = st.tuples(st.integers(0, nodes - 1), st.integers(0, nodes - 1))
    edges = draw(st.lists(pair.filter(lambda p: p[0] != p[1]), min_size=1, max_size=9))
    whole = st.integers(0, 9)
    weight = draw(st.lists(whole, min_size=len(edges), max_size=len(edges)))
    penalty = draw(
        st.lists(st.one_of(whole, st.just(float("inf"))), min_size=len(edges), max_size=len(edges))
    )
    return graph_of(nodes, edges), np.array(weight, float), np.array(penalty, float)


def ways(graph, start, end):
    view: nx.MultiGraph[int] = nx.MultiGraph()
    view.add_nodes_from(range(graph.nodes))
    for edge, (a, b) in enumerate(graph.ends.tolist()):
        view.add_edge(a, b, key=edge)
    paths: Any = nx.all_simple_edge_paths(view, start, end)
    return [[edge for *_, edge in path] for path in paths]


@given(worlds())
@settings(max_examples=300)
def test_the_pair_is_the_cheapest_of_all_pairs(world):
    graph, weight, penalty = world

    def price(one, two):
        return weight[one].sum() + weight[two].sum() + sum(penalty[e] for e in one if e in two)

    paths = ways(graph, 0, 1)
    pairs = itertools.combinations_with_replacement(paths, 2)
    least = min((price(*pair) for pair in pairs), default=np.inf)
    found = two_ways(graph, weight, penalty, start=0, end=1)
    if not np.isfinite(least):
        assert found is None
        return
    assert found is not None
    assert all(sorted(way) in [sorted(path) for path in paths] for way in found)
    assert price(list(found[0]), list(found[1])) == pytest.approx(least)
    assert weight[list(found[0])].sum() <= weight[list(found[1])].sum()


def test_the_first_way_gives_way_where_it_would_block_the_second():
    # The shortest way 0-1-2-3 uses up both sides; two ways exist all the same.
    graph = graph_of(4, [(0, 1), (1, 2), (2, 3), (0, 2), (1, 3)])
    weight = np.array([1.0, 1.0, 1.0, 5.0, 5.0])
    found = two_ways(graph, weight, np.full(5, np.inf), start=0, end=3)
    assert found is not None
    assert {frozenset(way) for way in found} == {frozenset({0, 4}), frozenset({3, 2})}


def test_a_bridge_is_shared_where_it_may_be():
    graph = graph_of(3, [(0, 1), (1, 2), (1, 2)])
    weight = np.array([1.0, 1.0, 2.0])
    assert two_ways(graph, weight, np.full(3, np.inf), start=0, end=2) is None
    assert two_ways(graph, weight, np.full(3, 100.0), start=0, end=2) == ((0, 1), (0, 2))
