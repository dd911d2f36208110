"""The flat graph says the same as its list of edges."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ngbw.topology.compact_graph import FILL_ROWS, graph_from_edges
from ngbw.topology.errors import InputError


@st.composite
def edge_lists(draw):
    nodes = draw(st.integers(1, 9))
    pair = st.tuples(st.integers(0, nodes - 1), st.integers(0, nodes - 1))
    return nodes, draw(st.lists(pair, max_size=14))


@given(edge_lists())
def test_rows_hold_each_edge_at_both_ends(world):
    nodes, edges = world
    graph = graph_from_edges(
        [f"n{n}" for n in range(nodes)],
        [f"e{e}" for e in range(len(edges))],
        np.array(edges, np.int32).reshape(-1, 2),
    )
    seen: Counter[tuple[int, int, int]] = Counter()
    for node in range(nodes):
        row = slice(graph.offset[node], graph.offset[node + 1])
        for other, edge in zip(graph.neighbour[row], graph.half_edge[row], strict=True):
            seen[(node, int(other), int(edge))] += 1
    wanted: Counter[tuple[int, int, int]] = Counter()
    for number, (a, b) in enumerate(edges):
        wanted[(a, b, number)] += 1
        wanted[(b, a, number)] += 1
    assert seen == wanted


@given(edge_lists())
def test_counting_and_sorting_give_the_same_rows(world):
    nodes, edges = world
    half = np.array(edges, np.int32).ravel()
    offset = np.zeros(nodes + 1, np.int32)
    neighbour, half_edge = np.zeros(half.size, np.int32), np.zeros(half.size, np.int32)
    FILL_ROWS.plain(half, offset, neighbour, half_edge)
    order = np.argsort(half, kind="stable")
    assert half_edge.tolist() == (order >> 1).tolist()
    assert neighbour.tolist() == half[order ^ 1].tolist()
    assert offset.tolist() == [0, *np.cumsum(np.bincount(half, minlength=nodes)).tolist()]


def test_parallel_edges_stay_apart():
    graph = graph_from_edges(["a", "b"], ["x", "y"], np.array([[0, 1], [1, 0]]))
    assert graph.half_edge[:2].tolist() == [0, 1]


def test_an_end_beyond_the_nodes_is_refused():
    with pytest.raises(InputError, match="numbered 0 to 1"):
        graph_from_edges(["a", "b"], ["x"], np.array([[0, 2]]))


def test_an_unknown_name_is_named():
    graph = graph_from_edges(["a", "b"], ["x"], np.array([[0, 1]]))
    with pytest.raises(InputError, match="'c'"):
        graph.numbers(["a", "c"])
