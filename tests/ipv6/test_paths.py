"""Households with IPv6 on the whole way, and the work list: exact against every subset tried."""

from __future__ import annotations

import itertools

import networkx as nx
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ngbw.ipv6.ladder import Met
from ngbw.ipv6.paths import OUTSIDE, PathGraph, end_to_end, path_graph, work_list
from ngbw.topology.network import Network
from ngbw.topology.schema import coerce
from ngbw.topology.tables import TABLES


def graph_of(edges, states, households, visits):
    found: nx.Graph[str] = nx.Graph(edges)
    found.add_nodes_from([*states, *households, *visits])
    neighbours = {node: frozenset(found[node]) for node in found}
    return PathGraph(neighbours, states, households, visits)


def plain_pairs(graph, ready):
    """Try every household with every website, one path search each."""
    whole: nx.Graph[str] = nx.Graph(
        {node: list(others) for node, others in graph.neighbours.items()}
    )
    left = whole.subgraph(ready)
    return sum(
        homes * visits
        for (home, homes), (site, visits) in itertools.product(
            graph.households.items(), graph.visits.items()
        )
        if home in left and site in left and nx.has_path(left, home, site)
    )


@st.composite
def small_graphs(draw):
    count = draw(st.integers(2, 7))
    nodes = [f"device:{n}" for n in range(count)]
    pairs = list(itertools.combinations(nodes, 2))
    edges = draw(st.lists(st.sampled_from(pairs), max_size=10))
    states = {node: draw(st.sampled_from(["met", "unmet", "unknown"])) for node in nodes}
    homes, visits = {}, {}
    for n in range(draw(st.integers(0, 3))):
        homes[f"link:{n}"] = float(draw(st.integers(0, 9)))
        edges.append((f"link:{n}", draw(st.sampled_from(nodes))))
    for n in range(draw(st.integers(0, 3))):
        site = f"website:{n}"
        visits[site] = float(draw(st.integers(0, 9)))
        states[site] = draw(st.sampled_from(["met", "unmet", "unknown"]))
        edges.append((site, draw(st.sampled_from(nodes))))
    return graph_of(edges, states, homes, visits)


@given(small_graphs())
def test_the_share_agrees_with_every_pair_tried(graph):
    found = end_to_end(graph)
    whole = graph.all_pairs
    if not whole:
        assert (found.low, found.high, found.steps) == (None, None, ())
        return
    assert found.low == pytest.approx(plain_pairs(graph, graph.ready(unknown_as=False)) / whole)
    assert found.high == pytest.approx(plain_pairs(graph, graph.ready(unknown_as=True)) / whole)
    assert found.low is not None
    assert found.high is not None
    assert found.low <= found.high + 1e-12


@given(small_graphs())
def test_each_step_frees_what_it_says_and_no_single_upgrade_frees_more(graph):
    ready = set(graph.ready(unknown_as=False))
    for step in work_list(graph):
        before = plain_pairs(graph, ready)
        left = [node for node in graph.neighbours if node not in ready]
        singles = [plain_pairs(graph, ready | {node}) - before for node in left]
        after = plain_pairs(graph, ready | set(step.nodes))
        assert step.frees_pairs == pytest.approx(after - before)
        assert step.frees_pairs > 0
        if len(step.nodes) == 1:
            assert step.frees_pairs == pytest.approx(max(singles))
        else:
            assert max(singles) == pytest.approx(0)
            # Nothing in the bundle could be left out of the path it opens.
            assert all(
                plain_pairs(graph, ready | (set(step.nodes) - {node})) < after
                for node in step.nodes
            )
        ready |= set(step.nodes)
        assert step.share_after == pytest.approx(after / graph.all_pairs)


@given(small_graphs())
def test_the_work_list_ends_when_nothing_more_can_be_freed(graph):
    ready = set(graph.ready(unknown_as=False))
    for step in work_list(graph):
        ready |= set(step.nodes)
    most = plain_pairs(graph, set(graph.neighbours))
    assert plain_pairs(graph, ready) == pytest.approx(most)


def test_two_devices_in_a_row_are_freed_together():
    graph = graph_of(
        [("link:1", "device:a"), ("device:a", "device:b"), ("device:b", "website:1")],
        {"device:a": "unmet", "device:b": "unknown"}, {"link:1": 10.0}, {"website:1": 5.0},
    )  # fmt: skip
    found = end_to_end(graph)
    assert (found.low, found.high, found.households_low) == (0.0, 0.0, 0.0)
    (step,) = found.steps
    assert step.nodes == ("device:a", "device:b")
    assert step.unknown == ("device:b",)
    assert (step.frees_pairs, step.frees_households, step.share_after) == (50.0, 10.0, 1.0)


def table(name, rows):
    return coerce(TABLES[name], pd.DataFrame(rows))


def test_the_graph_follows_ports_rooms_and_hosts():
    site = {"lon": 121.5, "lat": 31.3, "state": "built"}
    network = Network({
        "sites": table("sites", [
            {"site_id": "H", "kind": "headend", **site}, {"site_id": "R", "kind": "olt", **site},
            {"site_id": "B", "kind": "building", **site}, {"site_id": "X", "kind": "idc", **site},
        ]),
        "devices": table("devices", [
            {"device_id": "H1", "site_id": "H", "role": "backbone"},
            {"device_id": "H2", "site_id": "H", "role": "access"},
            {"device_id": "R1", "site_id": "R", "role": "access"},
        ]),
        "ports": table("ports", [
            {"port_id": "H1-1", "device_id": "H1"}, {"port_id": "R1-1", "device_id": "R1"},
        ]),
        "links": table("links", [
            {"link_id": "L1", "a_site": "H", "b_site": "R", "a_port": "H1-1", "b_port": "R1-1"},
            {"link_id": "L2", "a_site": "H", "b_site": "X"},
            {"link_id": "P1", "kind": "pon", "a_site": "R", "b_site": "B", "homes": 40},
            {"link_id": "P2", "kind": "pon", "a_site": "R", "b_site": "B"},
        ]),
        "websites": table("websites", [
            {"website_id": "W1", "host": "www.example", "site_id": "X"},
            {"website_id": "W2", "host": "far.example"},
        ]),
    })  # fmt: skip
    ready: dict[str, Met] = dict.fromkeys(
        ["device:H1", "device:R1", "website:W1", "website:W2"], "met"
    )
    graph = path_graph(network, ready, visits={"website:W1": 3.0, "website:W2": 1.0}, exits=("H",))
    assert graph.neighbours["device:R1"] == {"device:H1", "link:P1", "link:P2"}
    assert graph.neighbours["device:H1"] == {"device:R1", "device:H2", "site:X", OUTSIDE}
    assert graph.neighbours["site:X"] == {"device:H1", "website:W1"}
    assert graph.states["site:X"] == "unknown"
    assert (graph.households, graph.unplaced_homes, graph.guessed_ends) == ({"link:P1": 40.0}, 1, 1)
    found = end_to_end(graph)
    assert (found.low, found.high) == (0.25, 1.0)
    assert [step.nodes for step in found.steps] == [("site:X",)]
