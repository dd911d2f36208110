"""Blocks say of every pair of sites what taking both away shows."""

from __future__ import annotations

from itertools import combinations, pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ngbw.tests.topology.failures.worlds import lost, served, served_graphs, without
from ngbw.topology.failures.node_pairs import node_pair_failures
from ngbw.topology.failures.singles import single_failures

pytestmark = pytest.mark.usefixtures("both_ways")


any_world = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)


@st.composite
def chains(draw):
    """Return a small core whose links are chains of up to three sites."""
    core = draw(st.integers(1, 4))
    nodes, edges = core, []
    for _ in range(draw(st.integers(1, 5))):
        a, b = draw(st.integers(0, core - 1)), draw(st.integers(0, core - 1))
        between = draw(st.integers(0, 3))
        way = [a, *range(nodes, nodes + between), b]
        edges += list(pairwise(way))
        nodes += between
    roots = draw(st.lists(st.integers(0, nodes - 1), min_size=1, max_size=3, unique=True))
    weight = draw(st.lists(st.integers(0, 5), min_size=nodes, max_size=nodes))
    return served(nodes, edges, roots, weight)


@any_world
@given(st.one_of(served_graphs(), chains()))
def test_pairs_that_do_more_equal_removal(world):
    found = node_pair_failures(single_failures(world), worst=100)
    alone = {n: lost(world, nodes=[n]) for n in range(world.graph.nodes)}
    more = {}
    for a, b in combinations(range(world.graph.nodes), 2):
        people, sites = lost(world, nodes=[a, b])
        # Together they darken a site that neither darkens alone.
        if sites > len(dark(world, a) | dark(world, b)):
            more[a, b] = people
        else:
            assert people <= alone[a][0] + alone[b][0]
    assert found.cutting_pairs == len(more)
    assert {(a, b): loss for loss, a, b in found.worst} == more
    assert [loss for loss, _, _ in found.worst] == sorted(more.values(), reverse=True)
    assert node_pair_failures(single_failures(world), worst=1).worst == found.worst[:1]
    for node in range(world.graph.nodes):
        mine = [loss for pair, loss in more.items() if node in pair]
        assert (found.partner[node] >= 0) == bool(mine)
        assert found.partner_loss[node] == max(mine, default=0)


def dark(world, node):
    return without(world) - without(world, nodes={node})


def test_two_sites_of_a_ring_take_those_between():
    world = served(5, [(0, 1), (1, 2), (2, 3), (3, 4), (4, 0)], [0], [1, 1, 2, 4, 8])
    assert node_pair_failures(single_failures(world)).worst[0] == (15.0, 1, 4)


def test_two_roots_take_all_that_hangs_between_them():
    world = served(3, [(0, 1), (1, 2)], [0, 2], [0, 5, 0])
    assert node_pair_failures(single_failures(world)).worst == ((5.0, 0, 2),)
