"""A fair plan to begin from, or what would make one possible."""

from __future__ import annotations

from itertools import combinations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from ngbw.coverage.plan_fairness import FairStart, _Growing
from ngbw.coverage.plan_request import PlanRequest
from ngbw.coverage.siting import SiteProblem


def problem_of(cover, point_areas, share, **asked):
    return SiteProblem.from_cover(
        [np.array(sorted(one), np.int64) for one in cover], np.ones(len(point_areas)),
        point_areas=point_areas, least_shares=dict.fromkeys(sorted(set(point_areas)), share), **asked,
    )  # fmt: skip


def test_sites_are_added_where_most_is_missing():
    cover = [{0, 1, 2, 3}, {4, 5}, {0, 1}, {4}]
    problem = problem_of(cover, ["a"] * 4 + ["b"] * 2, 0.9)
    chosen = _Growing(problem, 2, float("inf")).grown([])
    assert sorted(chosen) == [0, 1]
    assert not problem.conditions.broken_by(problem, chosen)


def test_minimum_numbers_take_the_last_places():
    problem = problem_of(
        [{0, 1}, {2}, {3}, {0}], ["l", "l", "l", "r"], 0.1,
        areas=["l", "l", "r", "r"], minimums={"r": 2},
    )  # fmt: skip
    chosen = _Growing(problem, 3, float("inf")).grown([])
    assert {2, 3} <= set(chosen)


@settings(max_examples=60)
@given(st.data())
def test_what_is_grown_never_fills_more_than_the_best_choice(data):
    points = data.draw(st.integers(2, 9))
    cover = [data.draw(st.sets(st.integers(0, points - 1), min_size=1)) for _ in range(5)]
    areas = [data.draw(st.sampled_from("ab")) for _ in range(points)]
    at_most = data.draw(st.integers(1, 4))
    share = 0.5 * sum(any(p in one for one in cover) for p in range(points)) / points
    problem = problem_of(cover, areas, share)
    growing = _Growing(problem, at_most, float("inf"))
    chosen = growing.grown([])
    best = max(growing.filled(list(some)) for some in combinations(range(5), at_most))
    assert len(chosen) <= at_most
    assert growing.filled(chosen) <= best + 1e-9


def test_the_refusal_names_a_share_that_a_known_plan_serves():
    asked = PlanRequest(sites=3, least_share=0.95, per_subdistrict=2)
    error = FairStart(None, 0.8349, asked, 3).refusal()
    assert "at most 3 sites" in str(error)
    assert "95% of each subdistrict with 2 sites in it" in str(error)
    assert "lower --least-share to 83.4%" in error.way_out
