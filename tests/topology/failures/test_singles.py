"""One walk says of every failure what taking the thing away shows."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings

from ngbw.tests.topology.failures.worlds import lost, served, served_graphs, without
from ngbw.topology.failures.singles import single_failures

pytestmark = pytest.mark.usefixtures("both_ways")


@settings(
    deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200
)
@given(served_graphs())
def test_every_single_failure_equals_removal(world):
    found = single_failures(world)
    links = list(zip(found.link_loss.tolist(), found.link_sites.tolist(), strict=True))
    assert links == [lost(world, links=[e]) for e in range(world.links)]
    sites = list(zip(found.site_loss.tolist(), found.site_sites.tolist(), strict=True))
    assert sites == [lost(world, nodes=[n]) for n in range(world.graph.nodes)]
    apart = set(range(world.graph.nodes)) - without(world)
    assert set(found.unconnected_sites.tolist()) == apart
    assert found.unconnected == sum(world.weight[n] for n in apart)


def test_a_failing_root_takes_those_that_have_no_other():
    # 0 and 1 are roots; 2 hangs on 0 alone, 3 on both.
    world = served(4, [(0, 2), (0, 3), (1, 3)], [0, 1], [1, 10, 100, 1000])
    assert single_failures(world).site_loss.tolist() == [101, 10, 100, 1000]


def test_people_without_a_way_are_reported_and_never_lost():
    world = served(3, [(0, 1)], [0], [1, 2, 4])
    found = single_failures(world)
    assert found.unconnected == 4
    assert found.site_loss.tolist() == [3, 2, 0]


def test_a_tie_is_no_link_but_takes_its_site_down_with_the_room():
    world = served(3, [(0, 1), (1, 2)], [0], [0, 3, 4], ties=1)
    found = single_failures(world)
    assert found.link_loss.tolist() == [7]
    assert found.site_loss.tolist() == [7, 7, 4]
