"""Classes and bridges say of every pair of links what taking both away shows."""

from __future__ import annotations

import math
from itertools import combinations

import pytest
from hypothesis import HealthCheck, given, settings

from ngbw.tests.topology.failures.worlds import lost, served, served_graphs
from ngbw.topology.errors import UsageError
from ngbw.topology.failures.duals import dual_failures
from ngbw.topology.failures.singles import single_failures

pytestmark = pytest.mark.usefixtures("both_ways")

any_world = settings(
    deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200
)


def all_pairs(world):
    return {pair: lost(world, links=pair)[0] for pair in combinations(range(world.links), 2)}


@any_world
@given(served_graphs())
def test_every_pair_of_links_equals_removal(world):
    found = dual_failures(single_failures(world))
    for (a, b), loss in all_pairs(world).items():
        assert found.loss(a, b) == found.loss(b, a) == loss


@any_world
@given(served_graphs())
def test_worst_pairs_are_those_that_do_more_than_their_links(world):
    singles = single_failures(world)
    found = dual_failures(singles)
    more = {
        pair: loss
        for pair, loss in all_pairs(world).items()
        if lost(world, links=pair)[1] > 0 and not any(singles.link_sites[list(pair)])
    }
    assert found.cutting_pairs == len(more)
    worst = found.worst(1000)
    assert {(a, b): loss for loss, a, b in worst} == more
    assert [loss for loss, _, _ in worst] == sorted(more.values(), reverse=True)
    assert found.worst(2) == worst[:2]
    for link in range(world.links):
        mine = [loss for pair, loss in more.items() if link in pair]
        assert (found.partner[link] >= 0) == bool(mine)
        assert found.partner_loss[link] == max(mine, default=0)
        if mine:
            a, b = sorted((link, int(found.partner[link])))
            assert more[a, b] == found.partner_loss[link]


@any_world
@given(served_graphs())
def test_counts_and_percentiles_are_those_of_the_whole_list(world):
    found = dual_failures(single_failures(world))
    losses = sorted(all_pairs(world).values())
    assert found.pairs == len(losses)
    for loss in range(15):
        assert found.count_at_least(loss) == sum(value >= loss for value in losses)
    for percent in (1, 50, 90, 99, 100):
        wanted = losses[max(1, math.ceil(len(losses) * percent / 100)) - 1] if losses else None
        assert found.percentile(percent) == wanted


def test_a_ring_loses_what_lies_between_the_cuts():
    world = served(5, [(0, 1), (1, 2), (2, 3), (3, 4), (4, 0)], [0], [0, 1, 2, 4, 8])
    found = dual_failures(single_failures(world))
    assert found.worst(3) == [(15.0, 0, 4), (14.0, 1, 4), (12.0, 2, 4)]
    assert found.partner.tolist() == [4, 4, 4, 4, 0]


def test_a_second_root_saves_the_middle():
    world = served(3, [(0, 1), (1, 2)], [0, 2], [0, 5, 0])
    found = dual_failures(single_failures(world))
    assert found.worst(5) == [(5.0, 0, 1)]


def test_a_percentile_beyond_100_is_refused():
    found = dual_failures(single_failures(served(2, [(0, 1)], [0], [0, 1])))
    with pytest.raises(UsageError, match="101"):
        found.percentile(101)
