"""Nested plans by year against brute force over all chains of choices."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from typing import Any, cast

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ngbw.coverage.siting.phases import ORDERS, best_phased, plan_phases
from ngbw.coverage.siting.problem import SiteProblem
from ngbw.topology.errors import UsageError


@st.composite
def problems(draw):
    points, sites = draw(st.integers(1, 20)), draw(st.integers(2, 7))
    cover = [
        np.array(sorted(draw(st.sets(st.integers(0, points - 1)))), np.int64) for _ in range(sites)
    ]
    weight = np.array(draw(st.lists(st.integers(0, 50), min_size=points, max_size=points)), float)
    fixed = draw(st.lists(st.integers(0, sites - 1), max_size=1, unique=True))
    first = draw(st.integers(max(1, len(fixed)), sites))
    last = draw(st.integers(first, sites))
    return SiteProblem.from_cover(cover, weight, fixed=fixed), {"a": first, "b": last}


def choices(problem, size, among=None, holding=()):
    pool = [s for s in (range(problem.sites) if among is None else among) if s not in holding]
    return [(*holding, *more) for more in combinations(pool, min(size - len(holding), len(pool)))]


def most_served_years(problem, first, last):
    return max(
        problem.value(early) + problem.value(late)
        for early in choices(problem, first, holding=problem.fixed)
        for late in choices(problem, last, holding=early)
    )


@given(problems())
def test_phases_contain_each_other_and_stay_within_their_budgets(instance):
    problem, standing = instance
    for plan in plan_phases(problem, standing=standing):
        first, last = plan.phases
        assert last.sites[: len(first.sites)] == first.sites
        assert first.added == first.sites
        assert last.added == last.sites[len(first.sites) :]
        assert first.sites[: len(problem.fixed)] == problem.fixed
        assert len(set(last.sites)) == len(last.sites) <= standing["b"]
        assert len(first.sites) <= standing["a"]
        for phase in plan.phases:
            assert phase.value == problem.value(phase.sites)


@given(problems())
def test_ceilings_hold_for_every_year_and_nothing_nested_beats_their_sum(instance):
    problem, standing = instance
    optimum = most_served_years(problem, *standing.values())
    plans = plan_phases(problem, standing=standing)
    for plan in plans:
        for phase, size in zip(plan.phases, standing.values(), strict=True):
            best = max(map(problem.value, choices(problem, size, holding=problem.fixed)))
            assert phase.value <= phase.ceiling + 1e-9 <= best + 1e-6
            assert phase.ceiling_bound >= best - 1e-6
            assert 0 <= phase.nesting_cost <= phase.nesting_cost_at_most + 1e-9
        assert plan.served_years <= optimum + 1e-6 <= plan.served_years_bound + 1e-5
        assert not plan.proven or plan.served_years >= optimum - 1e-6
    assert best_phased(plans).served_years == max(plan.served_years for plan in plans)


@given(problems())
def test_each_way_of_ordering_keeps_its_promise(instance):
    problem, standing = instance
    forward, from_end, balanced = plan_phases(problem, standing=standing)
    assert (forward.order, from_end.order, balanced.order) == ORDERS
    # Forward: nothing is better in the first year. From the end: nothing is better in the last.
    assert forward.phases[0].value == pytest.approx(forward.phases[0].ceiling)
    assert from_end.phases[-1].value >= forward.phases[-1].value - 1e-6 or (
        from_end.phases[-1].nesting_cost < 1e-6
    )
    assert balanced.served_years >= max(forward.served_years, from_end.served_years) - 1e-6


@given(problems())
def test_no_two_sites_of_the_end_state_can_change_years_to_advantage(instance):
    problem, standing = instance
    (plan,) = plan_phases(problem, standing=standing, orders=["end-state-first"])
    early, late = plan.phases
    for out in set(early.sites) - set(problem.fixed):
        for site in late.added:
            changed = [site if s == out else s for s in early.sites]
            assert problem.value(changed) <= early.value + 1e-6


def crossing_years():
    """The best single site (2) is in no best pair: years pull apart."""
    cover = [np.arange(0, 10), np.arange(10, 20), np.arange(4, 16)]
    return SiteProblem.from_cover(cover, np.ones(20))


def test_the_best_first_year_may_cost_the_last_and_the_figures_say_how_much():
    forward, from_end, balanced = plan_phases(crossing_years(), standing={"2015": 1, "2016": 2})
    assert [phase.sites for phase in forward.phases] == [(2,), (2, 0)]
    assert [phase.value for phase in forward.phases] == [12, 16]
    assert [phase.ceiling for phase in forward.phases] == [12, 20]
    assert [phase.nesting_cost for phase in forward.phases] == [0, 4]
    assert [phase.value for phase in from_end.phases] == [10, 20]
    assert [phase.nesting_cost for phase in from_end.phases] == [2, 0]
    assert balanced.served_years == from_end.served_years == 30
    assert best_phased([forward, from_end]) is from_end


def disc_problem():
    random = np.random.default_rng(7)
    xy, at = random.uniform(0, 6000, (2000, 2)), random.uniform(0, 6000, (50, 2))
    cover = [np.flatnonzero(np.hypot(*(xy - a).T) < 700) for a in at]
    return SiteProblem.from_cover(cover, random.integers(1, 20, 2000).astype(float), fixed=[3])


def test_same_seed_gives_the_same_phases_and_progress_can_stop_them():
    problem, standing = disc_problem(), {"2015": 4, "2016": 9, "2017": 15}
    plans = plan_phases(problem, standing=standing, seed=4)
    assert plans == plan_phases(problem, standing=standing, seed=4)
    assert all(len(plan.phases[-1].sites) == 15 for plan in plans)

    class StoppedError(Exception):
        pass

    def stop(step, done, total):
        if step == "phases":
            raise StoppedError

    with pytest.raises(StoppedError):
        plan_phases(problem, standing=standing, progress=stop)


def test_sites_that_stand_are_in_the_first_phase():
    (plan,) = plan_phases(disc_problem(), standing={"2015": 1, "2016": 3}, orders=["balanced"])
    assert plan.phases[0].sites == (3,)


@pytest.mark.parametrize(
    ("standing", "words"),
    [
        ({}, "there is no phase"),
        ({"2015": 9, "2016": 4}, "'2016' ends with 4 sites and '2015' before it with 9"),
        ({"2015": 0, "2016": 4}, "'2015' ends with 0 sites, but 1 stand already"),
    ],
)
def test_phases_that_cannot_be_are_named(standing, words):
    with pytest.raises(UsageError, match=words):
        plan_phases(disc_problem(), standing=standing)


def test_unknown_order_is_named():
    with pytest.raises(UsageError, match="backward"):
        plan_phases(disc_problem(), standing={"a": 2}, orders=cast("Any", ["backward"]))
    with pytest.raises(UsageError, match="no phased plan"):
        best_phased([])


@given(problems(), st.data())
def test_phases_keep_exclusions_and_closed_sites(instance, data):
    problem, standing = instance
    names = st.integers(0, problem.sites - 1)
    pair = data.draw(st.lists(names, min_size=2, max_size=2, unique=True))
    closed = data.draw(st.lists(names.filter(lambda s: s not in problem.fixed), max_size=1))
    asked = replace(problem, exclusions=(tuple(pair),), forbidden=tuple(closed))
    for plan in plan_phases(asked, standing=standing):
        for phase in plan.phases:
            assert not asked.conditions.broken_by(asked, phase.sites)


def test_minimums_by_area_hold_in_the_end_and_not_on_the_way():
    cover = [np.arange(0, 9), np.arange(0, 6), np.arange(9, 11)]
    problem = SiteProblem.from_cover(cover, np.ones(12), areas=["W", "W", "E"], minimums={"E": 1})
    for plan in plan_phases(problem, standing={"2015": 1, "2016": 2}):
        early, late = plan.phases
        assert 2 in late.sites
        assert early.value == 9
