"""What is left of a plan if every level is a few decibels off."""

from __future__ import annotations

import numpy as np
import pytest

from ngbw.coverage.ground import ground_of
from ngbw.coverage.siting.level_shifts import covers_at, level_shifts
from ngbw.coverage.siting.problem import SiteProblem
from ngbw.coverage.transmitters import stations
from ngbw.coverage.verdict import pixels_served
from ngbw.topology.errors import UsageError


def line_problem(reach):
    """Sites every 10 points that each reach so many points to both sides."""
    middles = [5, 15, 25, 20]
    cover = [np.arange(max(0, m - reach), min(30, m + reach)) for m in middles]
    return SiteProblem.from_cover(cover, np.arange(1.0, 31.0))


def test_lower_levels_cost_share_and_higher_ones_other_sites():
    problems = {3.0: line_problem(10), -3.0: line_problem(3), 0.0: line_problem(5)}
    low, same, high = level_shifts(problems, [2, 1])
    assert [one.shift_db for one in (low, same, high)] == [-3, 0, 3]
    weight = np.arange(1.0, 31.0)
    assert same.value == weight[10:30].sum()
    assert low.value == weight[12:18].sum() + weight[22:28].sum()
    assert high.value == weight[5:30].sum()
    assert (same.changed, same.regret) == (0, 0)
    # 3 dB more, and sites 0 and 3 reach everything but the first five.
    assert set(high.best_sites) in ({0, 3}, {0, 2})
    assert high.regret == high.best_value - high.value > 0
    assert high.changed >= 1
    for one in (low, same, high):
        assert one.value <= one.best_value <= one.best_bound
        assert one.share == pytest.approx(one.value / weight.sum())


def test_sites_must_be_the_same_at_all_levels():
    with pytest.raises(UsageError, match="the plan a site 7"):
        level_shifts({0.0: line_problem(5)}, [7])
    with pytest.raises(UsageError, match="a shift is nan"):
        level_shifts({float("nan"): line_problem(5)}, [1])


def test_covers_at_0_dB_are_those_of_the_plan_and_grow_with_the_level(world):
    people = [(1000, 2000, 5000, 1500), (4000, 2000, 3000, 1500)]
    network = world.network(people, [("west", 1100, 2000), ("east", 4100, 2000)])
    settings = world.settings()
    ground = ground_of(network, settings, "", cache_directory=None, threads=1)
    where = stations(network, ["west", "east"], ground.service, settings.crs)
    covers = covers_at(ground, where, [-3, 0, 3])
    for at_0, plain in zip(covers[0.0], pixels_served(ground, where), strict=True):
        assert at_0.tolist() == plain.tolist()
    for low, same, high in zip(*(covers[float(s)] for s in (-3, 0, 3)), strict=True):
        assert set(low) < set(same) < set(high)
    with pytest.raises(UsageError, match="shifts are"):
        covers_at(ground, where, [np.inf])
