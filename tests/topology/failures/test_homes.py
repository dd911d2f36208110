"""The homes on access links behind a cut: a second figure beside the people."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ngbw.tests.topology.failures.worlds import served, served_graphs, without
from ngbw.topology.failures.homes import Homes, homes_without_service, single_home_losses
from ngbw.topology.failures.outage import outage
from ngbw.topology.failures.singles import single_failures


def hung(*count, unknown=()):
    """Return homes by link."""
    missing = np.zeros(len(count), bool)
    missing[list(unknown)] = True
    return Homes(np.array(count, np.int64), missing)


def plainly(world, homes, links=(), nodes=()):
    """Return the homes lost, link by link."""
    before, after = without(world), without(world, set(links), set(nodes))
    lost = 0
    for link, (a, b) in enumerate(world.graph.ends[: world.links].tolist()):
        stood = a in before and b in before
        stands = link not in links and a in after and b in after
        lost += int(homes.count[link]) if stood and not stands else 0
    return lost


@given(served_graphs(), st.data())
def test_single_failures_take_the_homes_that_a_plain_search_finds(world, data):
    count = data.draw(
        st.lists(st.integers(0, 9), min_size=world.links, max_size=world.links), label="homes"
    )
    homes = hung(*count)
    of_links, of_sites = single_home_losses(single_failures(world), homes)
    assert of_links.tolist() == [plainly(world, homes, links={n}) for n in range(world.links)]
    assert of_sites.tolist() == [plainly(world, homes, nodes={n}) for n in range(world.graph.nodes)]


@given(served_graphs(), st.data())
def test_an_outage_takes_the_homes_that_a_plain_search_finds(world, data):
    count = data.draw(
        st.lists(st.integers(0, 9), min_size=world.links, max_size=world.links), label="homes"
    )
    links = data.draw(st.sets(st.integers(0, max(0, world.links - 1)))) if world.links else set()
    nodes = data.draw(st.sets(st.integers(0, world.graph.nodes - 1)))
    homes = hung(*count)
    gone = outage(world, links=sorted(links), sites=sorted(nodes))
    assert homes_without_service(world, homes, gone) == plainly(world, homes, links, nodes)


def test_homes_that_no_table_counts_are_unknown_and_not_none():
    chain = served(3, [(0, 1), (1, 2), (1, 2)], [0], [0, 5, 0])
    homes = hung(0, 0, 40, unknown=(1,))
    assert homes_without_service(chain, homes, outage(chain, links=[1])) is None
    assert homes_without_service(chain, homes, outage(chain, links=[1, 2])) == 40
    assert homes_without_service(chain, hung(0, 7, 40), outage(chain, links=[0])) == 47


def test_a_drop_takes_its_homes_though_its_building_has_another_way():
    two_ways = served(3, [(0, 1), (1, 2), (0, 2)], [0], [0, 5, 0])
    of_links, _ = single_home_losses(single_failures(two_ways), hung(0, 30, 0))
    assert of_links.tolist() == [0, 30, 0]
