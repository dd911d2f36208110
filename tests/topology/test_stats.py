"""The figures of a network equal what brute force and networkx find."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import hypothesis
import hypothesis.strategies as st
import networkx as nx
import numpy as np
import pandas as pd
import pytest

from ngbw.topology import stats as module
from ngbw.topology.compact_graph import CompactGraph, graph_from_edges
from ngbw.topology.network import Network
from ngbw.topology.schema import coerce
from ngbw.topology.stats import graph_stats, network_stats
from ngbw.topology.tables import TABLES


def graph(nodes: int, edges: list[tuple[int, int]]) -> CompactGraph:
    return graph_from_edges(
        [f"n{n}" for n in range(nodes)], [f"e{e}" for e in range(len(edges))],
        np.array(edges, np.int32).reshape(-1, 2),
    )  # fmt: skip


def multigraph(nodes: int, edges: list[tuple[int, int]]) -> nx.MultiGraph[int]:
    made: nx.MultiGraph[int] = nx.MultiGraph()
    made.add_nodes_from(range(nodes))
    for number, (a, b) in enumerate(edges):
        made.add_edge(a, b, key=number)
    return made


def parts(made: nx.MultiGraph[int], without: tuple[int, ...]) -> int:
    left = made.copy()
    left.remove_edges_from([(a, b, k) for a, b, k in made.edges(keys=True) if k in without])
    return nx.number_connected_components(left)


@st.composite
def small_graphs(draw: st.DrawFn) -> tuple[int, list[tuple[int, int]]]:
    nodes = draw(st.integers(1, 8))
    node = st.integers(0, nodes - 1)
    return nodes, draw(st.lists(st.tuples(node, node), max_size=14))


@hypothesis.given(small_graphs())
@hypothesis.settings(max_examples=150)
def test_every_figure_equals_brute_force(made: tuple[int, list[tuple[int, int]]]) -> None:
    nodes, edges = made
    found = graph_stats(graph(nodes, edges))
    plain, simple = multigraph(nodes, edges), nx.Graph(edges)
    simple.add_nodes_from(range(nodes))
    simple.remove_edges_from(list(nx.selfloop_edges(simple)))
    components = nx.number_connected_components(plain)
    assert found.components == components
    bridges = [e for e in range(len(edges)) if parts(plain, (e,)) > components]
    assert found.bridges == tuple(f"e{e}" for e in bridges)
    pairs = [
        (f"e{a}", f"e{b}")
        for a, b in combinations(range(len(edges)), 2)
        if a not in bridges and b not in bridges and parts(plain, (a, b)) > components
    ]
    assert found.two_link_cuts == len(pairs)
    assert list(found.two_link_cut_pairs) == pairs
    cut = set(nx.articulation_points(simple))
    assert set(found.articulation_points) == {f"n{n}" for n in cut}
    weighted: nx.Graph[int] = nx.Graph()
    weighted.add_nodes_from(simple)
    for a, b in edges:
        if a != b:
            more = weighted.get_edge_data(a, b, {"weight": 0})["weight"]
            weighted.add_edge(a, b, weight=more + 1)
    whole = nodes > 1 and components == 1
    assert found.edge_connectivity == (nx.stoer_wagner(weighted)[0] if whole else 0)
    assert found.node_connectivity == (nx.node_connectivity(simple) if whole else 0)
    hops = [
        d for a, to in nx.all_pairs_shortest_path_length(simple) for b, d in to.items() if a != b
    ]
    assert found.diameter_hops == max(hops, default=0)
    assert found.mean_hops == (pytest.approx(np.mean(hops)) if hops else None)
    degree = [d for _, d in plain.degree()]
    assert (found.least_degree, found.most_degree) == (min(degree), max(degree))
    assert found.average_degree == pytest.approx(np.mean(degree))
    assert found.lone_nodes == sum(d == 0 for _, d in simple.degree())


@hypothesis.given(small_graphs())
@hypothesis.settings(max_examples=60)
def test_bounds_find_the_same_diameter_as_all_pairs(
    made: tuple[int, list[tuple[int, int]]],
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        small = graph_stats(graph(*made))
        patch.setattr(module, "ALL_PAIRS_NODES", 0)
        large = graph_stats(graph(*made))
    assert large.diameter_hops == small.diameter_hops
    assert large.mean_hops is None


@pytest.mark.parametrize(
    ("made", "connectivity"),
    [(nx.petersen_graph(), 3), (nx.hypercube_graph(4), 4), (nx.complete_graph(6), 5),
     (nx.circulant_graph(12, [1, 2, 3]), 6), (nx.complete_bipartite_graph(3, 7), 3),
     (nx.icosahedral_graph(), 5)],
)  # fmt: skip
def test_node_connectivity_above_two_is_exact(made: nx.Graph[Any], connectivity: int) -> None:
    named = nx.convert_node_labels_to_integers(made)
    found = graph_stats(graph(len(named), list(named.edges)))
    assert found.node_connectivity == connectivity
    assert found.node_connectivity_bounds == (connectivity, connectivity)


def test_node_connectivity_of_a_large_graph_is_bounded_not_guessed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "NODE_CONNECTIVITY_NODES", 5)
    found = graph_stats(graph(10, list(nx.petersen_graph().edges)))
    assert found.node_connectivity is None
    assert found.node_connectivity_bounds == (2, 3)


def test_nothing_is_a_network_too() -> None:
    found = graph_stats(graph(0, []))
    assert (found.nodes, found.components, found.diameter_hops) == (0, 0, 0)
    assert found.average_degree is None
    assert found.mean_hops is None


def test_lengths_count_only_when_every_link_has_one() -> None:
    ring = graph(3, [(0, 1), (1, 2), (2, 0)])
    known = graph_stats(ring, length_km=[1.0, 2.0, 4.0])
    assert (known.diameter_km, known.least_link_km, known.most_link_km) == (3.0, 1.0, 4.0)
    assert known.mean_link_km == pytest.approx(7 / 3)
    gap = graph_stats(ring, length_km=[1.0, np.nan, 4.0])
    assert (gap.diameter_km, gap.mean_link_km) == (None, None)


def test_a_link_of_no_length_is_still_a_link() -> None:
    found = graph_stats(graph(3, [(0, 1), (1, 2)]), length_km=[0.0, 5.0])
    assert found.diameter_km == 5.0


def test_the_shorter_of_two_parallel_links_counts() -> None:
    found = graph_stats(graph(2, [(0, 1), (0, 1)]), length_km=[9.0, 3.0])
    assert found.diameter_km == 3.0
    assert (found.bridges, found.two_link_cuts) == ((), 1)


def test_candidates_without_a_link_are_not_counted() -> None:
    sites = pd.DataFrame(
        {"site_id": list("abcd"), "lon": 1.0, "lat": 2.0,
         "state": ["built", "candidate", "candidate", "planned"]}
    )  # fmt: skip
    links = pd.DataFrame({"link_id": ["l"], "a_site": ["a"], "b_site": ["b"]})
    network = Network(
        {"sites": coerce(TABLES["sites"], sites), "links": coerce(TABLES["links"], links)}
    )
    found, left_out = network_stats(network)
    assert (found.nodes, left_out, found.components, found.lone_nodes) == (3, 1, 2, 1)


def test_more_pairs_than_can_be_read_are_counted_and_cut_short() -> None:
    ring = [(n, (n + 1) % 60) for n in range(60)]
    found = graph_stats(graph(60, ring))
    assert found.two_link_cuts == 60 * 59 // 2
    assert len(found.two_link_cut_pairs) == module.LISTED_CUTS
