"""Traffic divides at every node among the links that begin a shortest path."""

from __future__ import annotations

import json

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ngbw.topology.capacity import link_loads, matrix_loads
from ngbw.topology.compact_graph import graph_from_edges
from ngbw.topology.errors import InputError


def graph(nodes, edges):
    return graph_from_edges(
        [f"n{v}" for v in range(nodes)],
        [f"e{e}" for e in range(len(edges))],
        np.array(edges, np.int32).reshape(-1, 2),
    )


@st.composite
def networks(draw):
    nodes = draw(st.integers(1, 8))
    pair = st.tuples(st.integers(0, nodes - 1), st.integers(0, nodes - 1))
    edges = draw(st.lists(pair, max_size=14))
    lengths = draw(
        st.lists(st.sampled_from([0.1, 0.2, 0.3, 1.0]), min_size=len(edges), max_size=len(edges))
    )
    demand = draw(st.lists(st.integers(0, 9), min_size=nodes, max_size=nodes))
    roots = draw(st.sets(st.integers(0, nodes - 1), min_size=1, max_size=2))
    return nodes, edges, lengths, demand, sorted(roots)


@given(networks())
def test_loads_equal_sending_every_demand_hop_by_hop(world):
    nodes, edges, lengths, demand, roots = world
    plain: nx.MultiGraph[int] = nx.MultiGraph()
    plain.add_nodes_from(range(nodes))
    for edge, (a, b) in enumerate(edges):
        plain.add_edge(a, b, key=edge, length=lengths[edge])
    far = nx.multi_source_dijkstra_path_length(plain, roots, weight="length")
    toward = np.zeros((len(edges), 2))
    lost = 0.0

    def send(node, amount):
        if far[node] == 0.0:
            return
        ways = [
            (b if a == node else a, edge)
            for edge, (a, b) in enumerate(edges)
            if node in (a, b)
            and a != b
            and abs(far[b if a == node else a] + lengths[edge] - far[node]) < 1e-9
        ]
        for other, edge in ways:
            toward[edge, int(edges[edge][0] != node)] += amount / len(ways)
            send(other, amount / len(ways))

    for node in range(nodes):
        if node in far:
            send(node, float(demand[node]))
        else:
            lost += demand[node]
    loads = link_loads(
        graph(nodes, edges), np.array(roots, np.int32), np.array(demand, float),
        length=np.array(lengths),
    )  # fmt: skip
    assert loads.forward == pytest.approx(toward[:, 0])
    assert loads.backward == pytest.approx(toward[:, 1])
    assert loads.unrouted == lost


def test_two_ways_of_equal_length_carry_half_each():
    square = graph(4, [(0, 1), (0, 2), (1, 3), (2, 3)])
    loads = link_loads(square, np.array([0], np.int32), np.array([0.0, 0.0, 0.0, 8.0]))
    assert loads.backward.tolist() == [4.0, 4.0, 4.0, 4.0]
    assert loads.utilisation(np.array([8.0, 4.0, np.nan, 0.0])).tolist()[:2] == [0.5, 1.0]


def test_links_share_equally_however_many_paths_lie_behind():
    # From 4 to 0: by 3 on one path, by 5 and then on two.
    edges = [(0, 1), (0, 2), (1, 5), (2, 5), (5, 4), (4, 3), (3, 6), (6, 0)]
    loads = link_loads(graph(7, edges), np.array([0], np.int32), np.eye(7)[4])
    assert loads.busier[4:6].tolist() == [0.5, 0.5]
    assert loads.busier[:2].tolist() == [0.25, 0.25]


def test_traffic_finds_its_way_around_a_failure():
    square = graph(4, [(0, 1), (0, 2), (1, 3), (2, 3)])
    demand = np.array([0.0, 0.0, 5.0, 8.0])
    after = link_loads(square, np.array([0], np.int32), demand, failed_edges=[1])
    assert after.backward.tolist() == [13.0, 0.0, 13.0, 0.0]
    assert after.forward.tolist() == [0.0, 0.0, 0.0, 5.0]
    gone = link_loads(square, np.array([0], np.int32), demand, failed_nodes=[2])
    assert gone.backward.tolist() == [8.0, 0.0, 8.0, 0.0]
    assert gone.unrouted == 5.0


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"demand": np.array([1.0, -1.0])}, "'n1'"),
        ({"demand": np.array([1.0, np.nan])}, "'n1'"),
        ({"demand": np.array([1.0])}, "1 demands"),
        ({"length": np.array([0.0])}, "'e0'"),
        ({"length": np.array([np.nan])}, "'e0'"),
        ({"length": np.ones(3)}, "3 lengths"),
        ({"failed_edges": [7]}, "link 7"),
        ({"failed_nodes": [-1]}, "node -1"),
    ],
)
def test_what_cannot_be_routed_is_refused(given, words):
    ask = {"demand": np.ones(2)} | given
    with pytest.raises(InputError, match=words):
        link_loads(graph(2, [(0, 1)]), np.array([0], np.int32), **ask)


def test_a_matrix_that_does_not_fit_is_refused():
    with pytest.raises(InputError, match="3 by 3"):
        matrix_loads(graph(2, [(0, 1)]), np.ones((3, 3)))


@pytest.mark.shared
@pytest.mark.parametrize("traffic", ["org", "uni", "deg"])
def test_germany50_has_the_loads_that_topohub_publishes(shared, traffic):
    # TopoHub counts hops, divides at every node, sends each demand both ways, and gives loads as
    # percent of the greatest with two decimals.
    path = shared / "vectors" / "topology" / "topohub_germany50.json"
    data = json.loads(path.read_text(encoding="utf-8"))
    count = len(data["nodes"])
    ends = np.array([(edge["source"], edge["target"]) for edge in data["edges"]])
    degree = np.bincount(ends.ravel(), minlength=count).astype(float)
    matrix = np.zeros((count, count))
    for source, targets in data["graph"]["demands"].items():
        for target, value in targets.items():
            matrix[int(source), int(target)] = matrix[int(target), int(source)] = value
    wanted = {"org": matrix, "uni": np.ones((count, count)), "deg": np.outer(degree, degree)}
    loads = matrix_loads(graph(count, ends), wanted[traffic] * (1.0 - np.eye(count)))
    percent = 100.0 / max(loads.forward.max(), loads.backward.max())
    published = np.array(
        [(edge["ecmp_fwd"][traffic], edge["ecmp_bwd"][traffic]) for edge in data["edges"]]
    )
    assert loads.forward * percent == pytest.approx(published[:, 0], abs=0.0051)
    assert loads.backward * percent == pytest.approx(published[:, 1], abs=0.0051)
