"""Blocks say of every pair of sites what taking both away shows."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import HealthCheck, given, settings

from ngbw.tests.topology.failures.worlds import lost, served, served_graphs
from ngbw.topology.failures.node_pairs import node_pair_failures
from ngbw.topology.failures.singles import single_failures

pytestmark = pytest.mark.usefixtures("both_ways")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
@given(served_graphs())
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
    from ngbw.tests.topology.failures.worlds import without

    return without(world) - without(world, nodes={node})


def test_two_sites_of_a_ring_take_those_between():
    world = served(5, [(0, 1), (1, 2), (2, 3), (3, 4), (4, 0)], [0], [1, 1, 2, 4, 8])
    assert node_pair_failures(single_failures(world)).worst[0] == (15.0, 1, 4)


def test_two_roots_take_all_that_hangs_between_them():
    world = served(3, [(0, 1), (1, 2)], [0, 2], [0, 5, 0])
    assert node_pair_failures(single_failures(world)).worst == ((5.0, 0, 2),)
