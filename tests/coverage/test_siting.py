"""Choice of sites against brute force over all choices."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ngbw.coverage.siting import SiteProblem, exchange, greedy, upper_bound
from ngbw.topology.errors import InputError, UsageError


@st.composite
def instances(draw):
    points = draw(st.integers(1, 25))
    sites = draw(st.integers(1, 9))
    cover = [
        np.array(sorted(draw(st.sets(st.integers(0, points - 1), max_size=points))), np.int64)
        for _ in range(sites)
    ]
    weight = np.array(draw(st.lists(st.integers(0, 50), min_size=points, max_size=points)), float)
    budget = draw(st.integers(1, sites))
    fixed = draw(st.lists(st.integers(0, sites - 1), max_size=budget, unique=True))
    return cover, weight, budget, fixed


def covered(cover, weight, chosen):
    reached = np.zeros(len(weight), bool)
    for site in chosen:
        reached[cover[site]] = True
    return float(weight[reached].sum())


def best_by_brute_force(cover, weight, budget, fixed):
    others = [s for s in range(len(cover)) if s not in fixed]
    return max(
        covered(cover, weight, [*fixed, *extra])
        for extra in combinations(others, min(budget - len(fixed), len(others)))
    )


@given(instances())
@settings(deadline=None)
def test_merged_problem_has_the_value_of_the_points(instance):
    cover, weight, _, fixed = instance
    problem = SiteProblem.from_cover(cover, weight, fixed=fixed)
    for chosen in combinations(range(len(cover)), min(2, len(cover))):
        assert problem.value(chosen) == pytest.approx(covered(cover, weight, chosen))
    assert problem.groups <= int((weight > 0).sum())


@given(instances())
@settings(deadline=None)
def test_bound_is_never_below_the_optimum_and_plan_never_above(instance):
    cover, weight, budget, fixed = instance
    problem = SiteProblem.from_cover(cover, weight, fixed=fixed)
    optimum = best_by_brute_force(cover, weight, budget, fixed)
    chosen = exchange(problem, greedy(problem, budget), rounds=50)
    value = problem.value(chosen)
    assert value <= optimum + 1e-9
    assert upper_bound(problem, budget, value=value) >= optimum - 1e-6
    assert chosen[: len(fixed)] == fixed
    assert len(chosen) == len(set(chosen)) <= budget


@given(instances())
@settings(deadline=None)
def test_exchange_never_loses_and_leaves_no_single_exchange(instance):
    cover, weight, budget, fixed = instance
    problem = SiteProblem.from_cover(cover, weight, fixed=fixed)
    start = greedy(problem, budget)
    end = exchange(problem, start, rounds=0)
    value = problem.value(end)
    assert value >= problem.value(start) - 1e-9
    for out in set(end) - set(fixed):
        for site in set(range(len(cover))) - set(end):
            swapped = [site if s == out else s for s in end]
            assert problem.value(swapped) <= value + 1e-6


@given(instances())
@settings(deadline=None)
def test_greedy_takes_the_largest_gain_each_time(instance):
    cover, weight, budget, fixed = instance
    chosen = greedy(SiteProblem.from_cover(cover, weight, fixed=fixed), budget)
    plan = list(fixed)
    while len(plan) < budget:
        gains = [
            covered(cover, weight, [*plan, s]) - covered(cover, weight, plan)
            if s not in plan
            else -1.0
            for s in range(len(cover))
        ]
        best = int(np.argmax(gains))
        if gains[best] <= 0:
            break
        plan.append(best)
    assert chosen == plan


def disc_instance(sites=60, points=3000, seed=3):
    random = np.random.default_rng(seed)
    xy = random.uniform(0, 6000, (points, 2))
    at = random.uniform(0, 6000, (sites, 2))
    cover = [np.flatnonzero(np.hypot(*(xy - a).T) < 700) for a in at]
    return SiteProblem.from_cover(cover, random.integers(1, 20, points).astype(float))


def test_same_seed_gives_the_same_plan():
    problem = disc_instance()
    start = greedy(problem, 20)
    assert exchange(problem, start, seed=5) == exchange(problem, start, seed=5)


def test_restarts_beat_plain_exchange_on_discs():
    problem = disc_instance()
    start = greedy(problem, 20)
    plain = problem.value(exchange(problem, start, rounds=0))
    more = problem.value(exchange(problem, start, rounds=2000))
    bound = upper_bound(problem, 20, value=more)
    assert plain <= more <= bound
    assert (bound - more) / bound < 0.02


def test_progress_can_stop_the_search():
    problem = disc_instance()

    class StoppedError(Exception):
        pass

    def stop(step, done, total):
        if done > total / 2:
            raise StoppedError

    with pytest.raises(StoppedError):
        exchange(problem, greedy(problem, 20), progress=stop)


def test_nothing_within_reach_gives_an_empty_plan():
    problem = SiteProblem.from_cover([np.array([], int)] * 3, np.ones(4))
    assert greedy(problem, 2) == []
    assert upper_bound(problem, 2, value=0) == 0


def test_negative_weight_is_named():
    with pytest.raises(InputError, match="point 1 has weight -2"):
        SiteProblem.from_cover([np.array([0])], np.array([1.0, -2.0]))


def test_fixed_site_must_exist():
    with pytest.raises(UsageError, match="fixed site 7"):
        SiteProblem.from_cover([np.array([0])], np.array([1.0]), fixed=[7])


def test_cover_must_stay_inside_the_points():
    with pytest.raises(UsageError, match=r"outside 0\.\.0"):
        SiteProblem.from_cover([np.array([5])], np.array([1.0]))
