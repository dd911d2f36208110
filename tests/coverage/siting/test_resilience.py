"""What failures leave of plans, and plans that survive best, against brute force."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ngbw.coverage.siting.choice import best_choice
from ngbw.coverage.siting.failures_left import failing_sites, survival
from ngbw.coverage.siting.problem import SiteProblem
from ngbw.coverage.siting.resilience import most_surviving, survival_bound
from ngbw.coverage.siting.twice_covered import twice_covered_bound
from ngbw.topology.errors import UsageError


@st.composite
def problems(draw):
    points, sites = draw(st.integers(1, 20)), draw(st.integers(1, 7))
    cover = [draw(st.sets(st.integers(0, points - 1))) for _ in range(sites)]
    weight = np.array(draw(st.lists(st.integers(0, 50), min_size=points, max_size=points)), float)
    budget = draw(st.integers(1, sites))
    fixed = draw(st.lists(st.integers(0, sites - 1), max_size=budget, unique=True))
    each_site = draw(st.booleans())
    groups = draw(
        st.lists(
            st.lists(st.integers(0, sites - 1), min_size=1, unique=True),
            min_size=0 if each_site else 1,
            max_size=2,
        )
    )
    problem = SiteProblem.from_cover(
        [np.array(sorted(c), np.int64) for c in cover], weight, fixed=fixed
    )
    return problem, cover, weight, budget, [(f"g{n}", g) for n, g in enumerate(groups)], each_site


def served(cover, weight, chosen):
    return sum(weight[p] for p in set().union(*(cover[s] for s in chosen)))


def left_by_worst(cover, weight, chosen, groups, each_site):
    failures = [set(group) for _, group in groups]
    failures += [{s} for s in chosen] if each_site else []
    return min(
        (served(cover, weight, [s for s in chosen if s not in f]) for f in failures),
        default=served(cover, weight, chosen),
    )


@given(problems(), st.data())
def test_every_failure_leaves_what_the_remaining_sites_serve(instance, data):
    problem, cover, weight, _, groups, each_site = instance
    chosen = data.draw(st.lists(st.integers(0, len(cover) - 1), unique=True))
    found = survival(problem, chosen, failing_sites(problem, groups, each_site=each_site))
    assert found.value == pytest.approx(served(cover, weight, chosen))
    names = dict(groups)
    for one in found.failures:
        assert set(one.sites) == (
            set(names[one.group]) & set(chosen) if one.group else set(one.sites)
        )
        rest = [s for s in chosen if s not in one.sites]
        assert one.left == pytest.approx(served(cover, weight, rest))
        assert one.lost == pytest.approx(found.value - one.left)
    lost = [one.lost for one in found.failures]
    assert lost == sorted(lost, reverse=True)
    assert found.left == pytest.approx(left_by_worst(cover, weight, chosen, groups, each_site))


@given(problems())
@settings(max_examples=60)
def test_no_plan_survives_better_than_the_bound(instance):
    problem, cover, weight, budget, groups, each_site = instance
    fixed = list(problem.fixed)
    others = [s for s in range(len(cover)) if s not in fixed]
    optimum = max(
        left_by_worst(cover, weight, [*fixed, *more], groups, each_site)
        for size in range(budget - len(fixed) + 1)
        for more in combinations(others, size)
    )
    found = most_surviving(
        problem, sites=budget, groups=groups, each_site=each_site, rounds=3, seed=1
    )
    assert found.sites[: len(fixed)] == tuple(fixed)
    assert len(set(found.sites)) == len(found.sites) <= budget
    left = left_by_worst(cover, weight, found.sites, groups, each_site)
    assert found.survival.left == pytest.approx(left)
    assert left <= optimum + 1e-6 <= found.bound + 1e-5
    assert found.bound == pytest.approx(
        max(left, survival_bound(
            problem, failing_sites(problem, groups, each_site=each_site), sites=budget, seed=1
        ))
    )  # fmt: skip
    assert left >= found.ordinary.left - 1e-6
    assert not found.proven or left >= optimum - 1e-6


@given(problems())
def test_bound_by_second_servers_holds_for_single_failures(instance):
    problem, cover, weight, budget, _, _ = instance
    fixed = list(problem.fixed)
    others = [s for s in range(len(cover)) if s not in fixed]
    optimum = max(
        left_by_worst(cover, weight, [*fixed, *more], [], True)
        for more in combinations(others, min(budget - len(fixed), len(others)))
    )
    assert twice_covered_bound(problem, sites=budget) >= optimum - 1e-6


def test_search_gives_up_people_to_survive_better():
    # Two large sites serve 20 but the loss of one leaves 10; two that overlap leave 12 of 14.
    cover = [np.arange(0, 10), np.arange(10, 20), np.arange(4, 16), np.arange(5, 18)]
    problem = SiteProblem.from_cover(cover, np.ones(20))
    found = most_surviving(problem, sites=2)
    assert found.ordinary.value == 20
    assert found.ordinary.left == 10
    assert set(found.sites) == {2, 3}
    assert found.survival.left == 12
    assert found.price == 6


def test_sites_behind_one_duct_are_not_both_relied_on():
    cover = [np.arange(0, 10), np.arange(10, 19), np.arange(10, 18)]
    problem = SiteProblem.from_cover(cover, np.ones(20))
    found = most_surviving(problem, sites=2, groups=[("duct", [0, 1])], each_site=False)
    assert set(found.sites) == {0, 2}
    assert found.survival.failures[0].group == "duct"
    assert found.survival.left == 8
    assert found.ordinary.left == 0


def disc_problem(sites=60, points=3000):
    random = np.random.default_rng(3)
    xy, at = random.uniform(0, 5000, (points, 2)), random.uniform(0, 5000, (sites, 2))
    cover = [np.flatnonzero(np.hypot(*(xy - a).T) < 700) for a in at]
    return SiteProblem.from_cover(cover, random.integers(1, 20, points).astype(float))


def test_second_servers_bound_better_than_one_site_fewer_where_cover_is_thick():
    problem = disc_problem()
    failed = failing_sites(problem)
    found = most_surviving(problem, sites=40, rounds=0)
    one_fewer = best_choice(problem, sites=39).bound
    assert twice_covered_bound(problem, sites=40) < one_fewer
    assert found.survival.left <= survival_bound(problem, failed, sites=40) < one_fewer
    assert found.gap < 0.02


def test_same_seed_survives_alike_and_progress_can_stop_it():
    problem = disc_problem(30, 500)
    plan = most_surviving(problem, sites=8, rounds=3, seed=5)
    assert plan == most_surviving(problem, sites=8, rounds=3, seed=5)

    class StoppedError(Exception):
        pass

    def stop(step, done, total):
        if step == "resilience" and done == 2:
            raise StoppedError

    with pytest.raises(StoppedError):
        most_surviving(problem, sites=8, rounds=3, progress=stop)


def test_failures_that_cannot_be_are_named():
    problem = SiteProblem.from_cover([np.arange(2)] * 3, np.ones(2))
    with pytest.raises(UsageError, match="'duct' holds site 9; there are 3"):
        failing_sites(problem, [("duct", [9])])
    with pytest.raises(UsageError, match="'duct' has no site"):
        failing_sites(problem, [("duct", [])])
    with pytest.raises(UsageError, match="no failure to survive"):
        failing_sites(problem, each_site=False)
