"""A set of failures takes away what no way to a root reaches any more."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ngbw.tests.topology.failures.worlds import lost, served_graphs, without
from ngbw.topology.failures.outage import link_group_losses, outage

pytestmark = pytest.mark.usefixtures("both_ways")
any_world = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


@any_world
@given(served_graphs(), st.data())
def test_links_and_sites_that_fail_together_equal_removal(world, data):
    some = st.lists(st.integers(0, 30), max_size=5)
    links = [n for n in data.draw(some) if n < world.links]
    sites = [n for n in data.draw(some) if n < world.graph.nodes]
    found = outage(world, links=links, sites=sites)
    assert set(found.dark.tolist()) == without(world) - without(world, set(links), set(sites))
    assert found.people == lost(world, links=links, nodes=sites)[0]


@any_world
@given(served_graphs(), st.lists(st.lists(st.integers(0, 17), max_size=4), max_size=5))
def test_each_group_fails_alone(world, groups):
    groups = [[e for e in group if e < world.links] for group in groups]
    loss, sites = link_group_losses(world, [np.array(group, np.int32) for group in groups])
    found = list(zip(loss.tolist(), sites.tolist(), strict=True))
    assert found == [lost(world, links=group) for group in groups]
