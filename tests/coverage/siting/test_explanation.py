"""Why a site is in a plan or not, against counting by hand over points."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ngbw.coverage.siting.explanation import (
    explain_chosen,
    explain_left_out,
    force_in,
    next_sites,
)
from ngbw.coverage.siting.problem import SiteProblem
from ngbw.topology.errors import UsageError


@st.composite
def plans(draw):
    points, sites = draw(st.integers(1, 20)), draw(st.integers(1, 7))
    cover = [draw(st.sets(st.integers(0, points - 1))) for _ in range(sites)]
    weight = np.array(draw(st.lists(st.integers(0, 50), min_size=points, max_size=points)), float)
    chosen = draw(st.lists(st.integers(0, sites - 1), min_size=1, unique=True))
    fixed = chosen[: draw(st.integers(0, len(chosen)))]
    problem = SiteProblem.from_cover(
        [np.array(sorted(c), np.int64) for c in cover], weight, fixed=fixed
    )
    return problem, cover, weight, chosen


def served(cover, weight, chosen):
    return sum(weight[p] for p in set().union(*(cover[s] for s in chosen)))


@given(plans())
def test_figures_of_chosen_sites_are_those_of_the_points(plan):
    problem, cover, weight, chosen = plan
    value = served(cover, weight, chosen)
    outside = [s for s in range(len(cover)) if s not in chosen]
    for k, one in enumerate(explain_chosen(problem, chosen)):
        rest = [s for s in chosen if s != one.site]
        assert one.site == chosen[k]
        assert one.fixed == (one.site in problem.fixed)
        assert one.weight == pytest.approx(served(cover, weight, [one.site]))
        assert one.alone == pytest.approx(value - served(cover, weight, rest))
        assert one.shared == pytest.approx(one.weight - one.alone)
        assert one.cumulative == pytest.approx(served(cover, weight, chosen[: k + 1]))
        assert one.added == pytest.approx(one.cumulative - served(cover, weight, chosen[:k]))
        losses = {s: value - served(cover, weight, [*rest, s]) for s in outside}
        assert one.margin == pytest.approx(min(losses.values(), default=one.alone))
        if one.replacement is None:
            assert not outside
        else:
            assert losses[one.replacement] == pytest.approx(one.margin)


@given(plans())
def test_figures_of_sites_left_out_are_those_of_the_points(plan):
    problem, cover, weight, chosen = plan
    value = served(cover, weight, chosen)
    found = explain_left_out(problem, chosen)
    assert sorted(one.site for one in found) == [s for s in range(len(cover)) if s not in chosen]
    assert [one.adds for one in found] == sorted((one.adds for one in found), reverse=True)
    populated = {p for p in range(len(weight)) if weight[p] > 0}
    for one in found:
        mine = cover[one.site] & populated
        assert one.weight == pytest.approx(served(cover, weight, [one.site]))
        assert one.adds == pytest.approx(served(cover, weight, [*chosen, one.site]) - value)
        assert one.served_already == pytest.approx(one.weight - one.adds)
        losses = {
            out: value - served(cover, weight, [one.site if s == out else s for s in chosen])
            for out in chosen
            if out not in problem.fixed
        }
        if losses:
            assert one.forcing_cost == pytest.approx(min(losses.values()))
            assert losses[one.instead_of] == pytest.approx(one.forcing_cost)
        else:
            assert (one.instead_of, one.forcing_cost) == (None, None)
        holders = [
            s
            for s in range(len(cover))
            if s != one.site
            and mine <= cover[s] & populated
            and (s in chosen or s < one.site or mine != cover[s] & populated)
        ]
        if mine and holders:
            assert one.dominated_by in holders
            assert one.dominated_by in chosen or not set(holders) & set(chosen)
        else:
            assert one.dominated_by is None


@given(plans())
def test_insisting_on_a_site_costs_between_both_figures(plan):
    problem, cover, weight, chosen = plan
    outside = [s for s in range(len(cover)) if s not in chosen]
    if not outside or len(problem.fixed) >= len(chosen):
        return
    site, fixed = outside[-1], [*problem.fixed, outside[-1]]
    others = [s for s in range(len(cover)) if s not in fixed]
    best = max(
        served(cover, weight, [*fixed, *more])
        for more in combinations(others, len(chosen) - len(fixed))
    )
    forced = force_in(problem, chosen, site)
    assert site in forced.sites
    assert len(forced.sites) <= len(chosen)
    assert forced.value == pytest.approx(served(cover, weight, forced.sites))
    assert forced.value <= best + 1e-6 <= forced.bound + 1e-5
    cost = max(0.0, served(cover, weight, chosen) - best)
    assert forced.cost_at_least - 1e-6 <= cost <= forced.cost_at_most + 1e-6


@given(plans())
def test_next_sites_bring_the_most_each_time(plan):
    problem, cover, weight, chosen = plan
    standing = list(chosen)
    for one in next_sites(problem, chosen, count=3):
        value = served(cover, weight, standing)
        most = max(
            served(cover, weight, [*standing, s]) - value
            for s in range(len(cover))
            if s not in standing
        )
        standing.append(one.site)
        assert one.won == pytest.approx(most)
        assert one.value == pytest.approx(served(cover, weight, standing))
        assert one.share == pytest.approx(one.value / weight.sum())


def test_a_site_that_another_one_covers_says_by_whom():
    cover = [np.arange(10), np.arange(8), np.arange(5, 12), np.arange(5, 12)]
    problem = SiteProblem.from_cover(cover, np.ones(12))
    by_site = {one.site: one.dominated_by for one in explain_left_out(problem, [0])}
    assert by_site == {1: 0, 2: None, 3: 2}


def test_nothing_more_to_win_names_no_next_site():
    problem = SiteProblem.from_cover([np.arange(3), np.arange(2)], np.ones(4))
    assert next_sites(problem, [0]) == ()
    assert next_sites(problem, [0, 1]) == ()


def test_wrong_sites_are_named():
    problem = SiteProblem.from_cover([np.arange(3), np.arange(2)], np.ones(4))
    with pytest.raises(UsageError, match="site 7 does not exist; there are 2"):
        explain_chosen(problem, [7])
    with pytest.raises(UsageError, match="site 1 is chosen twice"):
        explain_left_out(problem, [1, 1])
    with pytest.raises(UsageError, match="site 0 is in the plan already"):
        force_in(problem, [0], 0)
    with pytest.raises(UsageError, match="count is 0"):
        next_sites(problem, [0], count=0)


def test_closed_and_excluded_sites_neither_replace_nor_come_next():
    cover = [np.arange(4), np.arange(4, 9), np.arange(4, 8), np.arange(9, 12), np.arange(12)]
    problem = SiteProblem.from_cover(cover, np.ones(12), exclusions=[(0, 3), (1, 2)], forbidden=[4])
    first, second = explain_chosen(problem, [0, 1])
    # 3 excludes 0, so that it may only take the place of 0; 2 only that of 1.
    assert (first.replacement, first.margin) == (3, 1)
    assert (second.replacement, second.margin) == (2, 1)
    by_site = {one.site: one for one in explain_left_out(problem, [0, 1])}
    assert {site: one.excluded_by for site, one in by_site.items()} == {2: 1, 3: 0}
    assert (by_site[3].instead_of, by_site[3].forcing_cost) == (0, 1)
    assert by_site[2].dominated_by == 1
    assert next_sites(problem, [0, 1]) == ()


def test_a_dearer_site_dominates_nobody():
    problem = SiteProblem.from_cover([np.arange(4), np.arange(3)], np.ones(4), cost=[9, 1])
    (left_out,) = explain_left_out(problem, [0])
    assert left_out.dominated_by is None


def test_a_replacement_keeps_to_the_money_that_is_left():
    cover = [np.array([0, 1]), np.array([0, 1, 2]), np.array([0])]
    problem = SiteProblem.from_cover(cover, [5.0, 5.0, 5.0], cost=[1.0, 3.0, 1.0])
    (free,) = explain_chosen(problem, [0])
    assert (free.replacement, free.margin) == (1, -5.0)
    (one,) = explain_chosen(problem, [0], room=1.0)
    assert (one.replacement, one.margin) == (2, 5.0)
    dear = {out.site: out for out in explain_left_out(problem, [0], room=1.0)}
    assert dear[1].instead_of is None
    assert dear[2].instead_of == 0


def test_a_replacement_keeps_to_what_is_fair():
    cover = [np.array([0, 1]), np.array([2, 3]), np.array([2]), np.array([0, 1])]
    problem = SiteProblem.from_cover(
        cover, np.ones(4), areas=["a", "b", "b", "b"], minimums={"a": 1}
    )
    first, second = explain_chosen(problem, [0, 1])
    assert first.replacement is None  # nothing else stands in a
    assert second.replacement == 2
    problem = SiteProblem.from_cover(
        cover, np.ones(4), point_areas=["l", "l", "r", "r"], least_shares={"r": 0.9}
    )
    first, second = explain_chosen(problem, [0, 1])
    assert first.replacement == 3
    assert second.replacement is None  # no other one serves nine tenths of r
