"""Bounds on all plans against brute force, and against each other."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ngbw.coverage.siting import SiteProblem
from ngbw.coverage.siting.bound import Relaxation, priced_bounds
from ngbw.coverage.siting.clusters import clustered
from ngbw.coverage.siting.proof import root_of
from ngbw.coverage.siting.reduction import reduced
from ngbw.coverage.siting.search import exchange, greedy


@st.composite
def problems(draw):
    points, sites = draw(st.integers(2, 25)), draw(st.integers(2, 9))
    seed = draw(st.integers(0, 10**6))
    random = np.random.default_rng(seed)
    cover = [np.flatnonzero(random.random(points) < 0.35) for _ in range(sites)]
    return SiteProblem.from_cover(cover, random.integers(0, 20, points).astype(float))


def best(problem, count, cost=None, room=None):
    return max(
        problem.value(chosen)
        for size in range(count + 1)
        for chosen in combinations(range(problem.sites), size)
        if cost is None or cost[list(chosen)].sum() <= room
    )


@given(problems(), st.integers(1, 4), st.integers(1, 200))
def test_prices_bound_every_number_of_sites_however_early_they_are(problem, count, iterations):
    count = min(count, problem.sites - 1)
    root = root_of(
        problem, cost=np.ones(problem.sites), room=float(count), fixed=(), forbidden=()
    )  # fmt: skip
    root.relaxation.descend(iterations)
    left = root.left
    assert root.bound >= best(problem, count) - 1e-6
    assert root.relaxation.plan <= root.relaxation.bound + 1e-6
    bounds = priced_bounds(left.cover, root.relaxation.price, own=left.own, up_to=4)
    for number in range(1, 5):
        assert bounds[number] >= best(problem, min(number, problem.sites)) - 1e-6


@given(problems(), st.integers(1, 4), st.integers(0, 60))
def test_clusters_bound_no_worse_than_the_prices_they_start_from(problem, count, steps):
    count = min(count, problem.sites - 1)
    root = root_of(
        problem, cost=np.ones(problem.sites), room=float(count), fixed=(), forbidden=()
    )  # fmt: skip
    left = root.left
    if not left.cover.groups:
        return
    root.relaxation.descend(200)
    optimum = best(problem, count)
    clusters = clustered(left, root.relaxation.price)
    start, _ = clusters.descend(left.room, plan=optimum, steps=0)
    bound, lower = clusters.descend(left.room, plan=optimum, steps=steps)
    assert bound <= start + 1e-9
    assert start <= root.relaxation.bound + 1e-6
    assert left.certain + bound >= optimum - 1e-6
    bounds = lower.bounds(4)
    for number in range(1, 5):
        assert left.certain + bounds[number] >= best(problem, min(number, problem.sites)) - 1e-6


@given(problems(), st.integers(1, 4))
def test_one_cluster_of_all_sites_leaves_no_gap(problem, count):
    # With every choice in one table the bound is the optimum, once prices are right.
    count = min(count, problem.sites - 1)
    cost = np.ones(problem.sites)
    left = reduced(problem, cost=cost, room=float(count))
    if not left.cover.groups:
        return
    relaxation = Relaxation.of(
        left.cover, own=left.own, cost=left.cost, room=left.room, part=np.zeros(left.site.size)
    )
    relaxation.descend(200)
    optimum = best(problem, count)
    bound, _ = clustered(left, relaxation.price).descend(left.room, plan=optimum, steps=400)
    assert optimum - 1e-6 <= bound <= relaxation.bound + 1e-6


@given(problems(), st.integers(0, 12), st.integers(0, 10**6))
def test_reduction_loses_no_plan(problem, room, seed):
    cost = np.random.default_rng(seed).integers(0, 6, problem.sites).astype(float)
    left = reduced(problem, cost=cost, room=float(room))
    optimum = best(problem, problem.sites, cost, room)
    found = max(
        left.cover.value(chosen) + left.own[list(chosen)].sum()
        for size in range(left.site.size + 1)
        for chosen in combinations(range(left.site.size), size)
        if left.cost[list(chosen)].sum() <= left.room
    )
    assert left.certain + found == pytest.approx(optimum)
    assert left.reachable == pytest.approx(problem.value([int(site) for site in left.site]))


@given(problems(), st.integers(1, 4))
def test_exchange_never_loses_and_leaves_no_single_exchange(problem, count):
    start = greedy(problem, float(count))
    end, _ = exchange(problem, start, rounds=0)
    value = problem.value(end)
    assert value >= problem.value(start) - 1e-9
    for out in end:
        for site in set(range(problem.sites)) - set(end):
            swapped = [site if one == out else one for one in end]
            assert problem.value(swapped) <= value + 1e-6


@given(problems(), st.integers(1, 5))
def test_greedy_takes_the_largest_gain_each_time(problem, count):
    plan: list[int] = []
    while len(plan) < count:
        gains = [
            problem.value([*plan, s]) - problem.value(plan) if s not in plan else -1.0
            for s in range(problem.sites)
        ]
        at = int(np.argmax(gains))
        if gains[at] <= 0:
            break
        plan.append(at)
    assert greedy(problem, float(count)) == plan


def test_clusters_close_most_of_a_gap_that_the_relaxation_cannot():
    # Every point is reached by two of three sites: halves of sites serve all, one serves two.
    cover = [np.array([0, 1]), np.array([1, 2]), np.array([0, 2])]
    problem = SiteProblem.from_cover(cover, np.array([1.0, 1.0, 1.0]))
    cost = np.ones(3)
    root = root_of(problem, cost=cost, room=1.0, fixed=(), forbidden=())
    root.relaxation.descend(400)
    assert root.bound == pytest.approx(2.0)
    two = root_of(problem, cost=cost, room=1.5, fixed=(), forbidden=())
    two.relaxation.descend(400)
    assert two.bound == pytest.approx(3.0)
    bound, _ = clustered(two.left, two.relaxation.price).descend(1.5, plan=2.0, steps=200)
    assert bound == pytest.approx(2.5, abs=0.05)
