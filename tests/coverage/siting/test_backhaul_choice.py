"""Sites chosen with what connects them, against every choice and every tree of small towns."""

from __future__ import annotations

from itertools import chain, combinations
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString

from ngbw.coverage.siting import SiteProblem
from ngbw.coverage.siting.backhaul_choice import choose_connected, connected_cost
from ngbw.coverage.siting.backhaul_net import HopOffer, backhaul_net, district_backhaul
from ngbw.topology.compact_graph import graph_from_edges
from ngbw.topology.errors import InfeasibleError, InputError, UsageError
from ngbw.topology.fibre.cost import cost_model
from ngbw.topology.network import Network
from ngbw.topology.schema import coerce
from ngbw.topology.tables import TABLES


def spanning(nodes, edges):
    """Return the weight of the lightest tree on some nodes, infinite if they do not hang together."""
    parts = {node: node for node in nodes}

    def root(node):
        while parts[node] != node:
            node = parts[node]
        return node

    total, left = 0.0, len(nodes) - 1
    for weight, a, b in sorted(edges):
        if a in parts and b in parts and root(a) != root(b):
            parts[root(a)] = root(b)
            total, left = total + weight, left - 1
    return total if left == 0 else np.inf


@st.composite
def towns(draw):
    """Six crossings, sites on drops at some, a room, and hops; edges as plain triples."""
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    crossings, sites = (
        [f"k{n}" for n in range(6)],
        [f"s{n}" for n in range(draw(st.integers(1, 4)))],
    )
    pairs = [(0, 1), (1, 2), (3, 4), (4, 5), (0, 3), (1, 4), (2, 5)]
    edges = [(float(random.integers(1, 20)), crossings[a], crossings[b]) for a, b in pairs
             if random.random() < 0.85]  # fmt: skip
    edges += [(float(random.integers(1, 6)), s, crossings[random.integers(6)]) for s in sites]
    edges.append((1.0, "room", crossings[random.integers(6)]))
    hops = [HopOffer(a, b, float(random.integers(1, 25)))
            for a, b in combinations([*sites, "room"], 2) if random.random() < 0.3]  # fmt: skip
    points = 12
    cover = [np.flatnonzero(random.random(points) < 0.4) for _ in sites]
    weight = random.integers(1, 20, points).astype(float)
    cost = random.integers(0, 10, len(sites)).astype(float)
    problem = SiteProblem.from_cover(cover, weight, cost=cost)
    names = [*crossings, *sites, "room"]
    number = {name: n for n, name in enumerate(names)}
    graph = graph_from_edges(
        names, [f"e{n}" for n in range(len(edges))],
        np.array([(number[a], number[b]) for _, a, b in edges]),
    )  # fmt: skip
    net = backhaul_net(
        graph, np.array([w for w, *_ in edges]), site_ids=sites, connected=["room"], hops=hops
    )

    def least(chosen):
        """Return the exact cost of connecting sites: the best over all sets of crossings."""
        mine = {sites[n] for n in chosen}
        usable = [(h.cost, h.a, h.b) for h in hops if {h.a, h.b} <= mine | {"room"}]
        inner = crossings
        return min(
            spanning([*mine, "room", *more], [*edges, *usable])
            for more in chain.from_iterable(combinations(inner, k) for k in range(len(inner) + 1))
        )

    return problem, net, least


def choices(sites, most=None):
    return chain.from_iterable(
        combinations(range(sites), k) for k in range((sites if most is None else most) + 1)
    )


@given(towns())
@settings(max_examples=40)
def test_trees_cost_at_least_the_least_and_the_parts_that_nobody_shares(town):
    problem, net, least = town
    parts = net.least_costs()
    for chosen in choices(problem.sites):
        exact = least(chosen)
        grown = net.tree(chosen)
        tree, bound = net.proven_tree(chosen)
        assert (grown.cost == np.inf) == (exact == np.inf) == (tree.cost == np.inf)
        if exact < np.inf:
            assert bound - 1e-6 <= exact <= tree.cost + 1e-6
            assert exact <= grown.cost + 1e-6 <= 2 * exact + 1e-6
            assert parts[list(chosen)].sum() <= exact + 1e-6
            assert sum(net.describe(tree).values()) == pytest.approx(tree.cost)
            site_cost = float(problem.cost[list(chosen)].sum())
            assert connected_cost(problem, net, chosen) == pytest.approx(site_cost + grown.cost)


@given(towns(), st.floats(0, 60))
@settings(max_examples=40)
def test_plan_keeps_the_budget_and_no_plan_serves_more_than_the_bound(town, budget):
    problem, net, least = town
    found = choose_connected(problem, net, budget=budget)
    assert found.cost <= budget * (1 + 1e-9) + 1e-9
    assert found.value == problem.value(found.sites)
    own = float(problem.cost[list(found.sites)].sum())
    assert found.site_cost == own
    assert found.cost_bound - 1e-6 <= own + least(found.sites) <= found.cost + 1e-6
    optimum = max(
        problem.value(chosen)
        for chosen in choices(problem.sites)
        if float(problem.cost[list(chosen)].sum()) + least(chosen) <= budget
    )
    assert found.value_bound >= optimum - 1e-6
    assert found.value <= optimum
    assert not found.proven or found.value == optimum


@given(towns(), st.floats(0.1, 3))
@settings(max_examples=40)
def test_a_person_is_served_where_that_is_worth_it(town, worth):
    problem, net, least = town
    found = choose_connected(problem, net, worth_per_person=worth, sites=3)
    assert len(found.sites) <= 3
    assert found.value_bound is None
    assert not found.proven
    best = max(
        worth * problem.value(c) - float(problem.cost[list(c)].sum()) - least(c)
        for c in choices(problem.sites, min(3, problem.sites))
    )
    reached = worth * found.value - found.cost
    assert -1e-6 <= reached <= best + 1e-6
    for site in found.sites:  # nobody would be left out at a gain
        rest = [s for s in found.sites if s != site]
        saved = connected_cost(problem, net, rest)
        assert worth * problem.value(rest) - saved <= reached + 1e-6


def line_town(hops=(), cost=None):
    """A street of 10 a stretch from the room past three sites; the last serve most."""
    names = ["room", "k1", "k2", "k3", "a", "b", "c"]
    ends = [(0, 1), (1, 2), (2, 3), (1, 4), (2, 5), (3, 6)]
    graph = graph_from_edges(names, [f"e{n}" for n in range(6)], np.array(ends))
    net = backhaul_net(
        graph, np.array([10.0, 10, 10, 1, 1, 1]), site_ids=["a", "b", "c"], connected=["room"],
        hops=hops,
    )  # fmt: skip
    cover = [np.arange(0, 10), np.arange(10, 22), np.arange(22, 36)]
    return SiteProblem.from_cover(cover, np.ones(36), cost=cost or [1.0, 1.0, 1.0]), net


def test_far_sites_share_their_way_so_that_the_tree_decides():
    problem, net = line_town()
    # c alone costs 32; b on the way to it only 2 more.
    found = choose_connected(problem, net, budget=34)
    assert set(found.sites) == {1, 2}
    assert (found.value, found.cost) == (26, 34)
    assert found.site_cost == 2
    assert (found.fibre_cost, found.microwave_cost) == (32, 0)
    assert found.cost_bound == 34
    assert found.cost_per_person == pytest.approx(34 / 26)
    assert choose_connected(problem, net, budget=33).value == 22


def test_microwave_stands_in_where_it_is_cheaper():
    hop = HopOffer("c", "room", 9.0)
    problem, net = line_town(hops=[hop, HopOffer("b", "c", 50.0)])
    found = choose_connected(problem, net, budget=10)
    assert found.sites == (2,)
    assert found.hops == (hop,)
    assert (found.fibre_cost, found.microwave_cost) == (0, 9)
    assert net.streets_of(found.tree).size == 0
    assert net.ways_of(found.tree, found.sites) == (("microwave", "room"),)
    everything = net.tree([0, 1, 2])
    assert net.ways_of(everything, [2, 0]) == (("microwave", "room"), ("fibre", ""))


def test_a_site_that_is_not_chosen_carries_no_hop():
    hops = [HopOffer("a", "room", 1.0), HopOffer("a", "c", 1.0)]
    _, net = line_town(hops=hops)
    assert net.tree([2]).cost == 31
    assert net.tree([0, 2]).cost == 2


def test_fixed_sites_count_and_must_be_paid():
    problem, net = line_town()
    fixed = problem.under(fixed=[2])
    found = choose_connected(fixed, net, budget=45, sites=2)
    assert found.sites == (2, 1)
    with pytest.raises(InfeasibleError, match=r"cost 32 with their connections.*budget of 20"):
        choose_connected(fixed, net, budget=20)


def test_time_limit_and_progress():
    problem, net = line_town()
    found = choose_connected(problem, net, budget=100, time_limit_s=0.0)
    assert (found.stopped_by, found.sites) == ("time limit", ())
    better = choose_connected(problem, net, budget=100, start=[0, 1, 2], time_limit_s=0.0)
    assert better.value == 36

    class StoppedError(Exception):
        pass

    def stop(step, done, total):
        raise StoppedError

    with pytest.raises(StoppedError):
        choose_connected(problem, net, budget=100, progress=stop)


def test_wrong_input_is_named():
    problem, net = line_town()
    wrong: list[tuple[dict[str, Any], str]] = [
        ({}, "either a budget or"),
        ({"budget": 1.0, "worth_per_person": 1.0}, "either a budget or"),
        ({"budget": float("nan")}, "budget is nan"),
        ({"worth_per_person": -1.0}, r"worth_per_person is -1\.0"),
    ]
    for asked, words in wrong:
        with pytest.raises(UsageError, match=words):
            choose_connected(problem, net, **asked)
    few = SiteProblem.from_cover([np.arange(2)], np.ones(2))
    with pytest.raises(UsageError, match="1 sites and the net 3"):
        choose_connected(few, net, budget=1.0)
    graph = net.graph
    weight = np.ones(graph.edges)
    with pytest.raises(UsageError, match="nothing is connected"):
        backhaul_net(graph, weight, site_ids=["a"], connected=[])
    with pytest.raises(UsageError, match="'a' is named twice"):
        backhaul_net(graph, weight, site_ids=["a", "a"], connected=["room"])
    with pytest.raises(InputError, match="'a' to 'b' costs -1"):
        backhaul_net(
            graph, weight, site_ids=["a", "b"], connected=["room"], hops=[HopOffer("a", "b", -1.0)]
        )
    with pytest.raises(InputError, match="ends at 'c', which is neither"):
        backhaul_net(
            graph, weight, site_ids=["a"], connected=["room"], hops=[HopOffer("a", "c", 1.0)]
        )


def test_streets_of_a_district_cost_what_its_model_says(world):
    west, east = world.degrees(1000, 2000), world.degrees(2000, 2000)
    streets = coerce(
        TABLES["streets"],
        gpd.GeoDataFrame(
            [{"street_id": "s", "kind": "local", "geometry": LineString([west, east])}]
        ),
    )
    base = world.network([(1000, 2000, 1)], [("room", 1000, 2010), ("far", 2000, 2010)])
    network = Network({"sites": base.sites, "streets": streets})
    found, net = district_backhaul(
        network, "EPSG:32651", cost_model({}), site_ids=["far"], connected=["room"]
    )
    # A kilometre of new duct at 300,000 and two drops of 10 m at 100,000.
    tree = net.tree([0])
    assert tree.cost == pytest.approx(302_000, rel=1e-3)
    assert found.length_m[net.streets_of(tree)].sum() == pytest.approx(1020, rel=1e-3)
