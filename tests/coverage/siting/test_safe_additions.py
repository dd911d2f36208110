"""The cheapest additions that make a plan stand any one failure, against all sets of additions."""

from __future__ import annotations

from itertools import chain, combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ngbw.coverage.siting.problem import SiteProblem
from ngbw.coverage.siting.safe_additions import safe_additions
from ngbw.topology.errors import UsageError


@st.composite
def plans(draw):
    points, sites = draw(st.integers(1, 20)), draw(st.integers(1, 7))
    cover = [draw(st.sets(st.integers(0, points - 1))) for _ in range(sites)]
    weight = np.array(draw(st.lists(st.integers(1, 50), min_size=points, max_size=points)), float)
    chosen = draw(st.lists(st.integers(0, sites - 1), max_size=4, unique=True))
    groups = draw(
        st.lists(st.lists(st.integers(0, sites - 1), min_size=1, unique=True), max_size=1)
    )
    cost = draw(st.one_of(st.none(), st.lists(st.integers(0, 9), min_size=sites, max_size=sites)))
    share = draw(st.sampled_from([0.0, 0.3, 0.5, 0.7, 0.9]))
    exclusions = draw(
        st.lists(st.lists(st.integers(0, sites - 1), min_size=2, unique=True), max_size=1)
        if sites > 1
        else st.just([])
    )
    named = [(f"g{n}", g) for n, g in enumerate(groups)]
    return cover, weight, chosen, named, cost, share, exclusions


def served(cover, weight, chosen):
    return sum(weight[p] for p in set().union(*(cover[s] for s in chosen)))


def stands(cover, weight, chosen, groups, target):
    failures = [set(), *({s} for s in chosen), *(set(group) for _, group in groups)]
    return all(
        served(cover, weight, [s for s in chosen if s not in f]) >= target - 1e-6 for f in failures
    )


@given(plans(), st.sampled_from([300, 2]))
def test_no_cheaper_additions_suffice(plan, looks):
    cover, weight, chosen, groups, cost, share, exclusions = plan
    problem = SiteProblem.from_cover(
        [np.array(sorted(c), np.int64) for c in cover],
        weight,
        cost=cost,
        exclusions=exclusions,
    )
    found = safe_additions(problem, chosen, share=share, groups=groups, looks=looks)
    others = [s for s in range(len(cover)) if s not in chosen]
    price, target = cost or [1] * len(cover), share * weight.sum()
    enough = [
        sum(price[s] for s in more)
        for more in chain.from_iterable(combinations(others, k) for k in range(len(others) + 1))
        if stands(cover, weight, [*chosen, *more], groups, target)
        and all(set(more).isdisjoint(e) or len({*more, *chosen} & set(e)) == 1 for e in exclusions)
    ]
    assert found.cost == sum(price[s] for s in found.sites)
    assert not set(found.sites) & set(chosen)
    if not enough:
        assert not found.reached
        assert found.proven or looks == 2
        return
    if not found.reached:
        assert not found.proven
        assert exclusions
        assert looks == 2
        return
    assert found.reached
    assert stands(cover, weight, [*chosen, *found.sites], groups, target)
    assert found.after.left >= target - 1e-6
    assert found.cost_bound is not None
    assert found.cost_bound - 1e-6 <= min(enough) <= found.cost
    assert not found.proven or found.cost == min(enough)
    assert found.proven or looks == 2


def test_share_that_no_addition_reaches_says_what_is_possible():
    cover = [np.arange(6), np.arange(3, 6), np.arange(6, 8)]
    problem = SiteProblem.from_cover(cover, np.ones(10))
    found = safe_additions(problem, [0], share=0.9)
    assert not found.reached
    assert found.cost_bound is None
    assert set(found.sites) == {1, 2}
    assert found.before.share == 0
    assert found.after.share == pytest.approx(0.5)
    assert found.after.failures[0].sites == (0,)


def test_plan_that_stands_already_needs_nothing():
    problem = SiteProblem.from_cover([np.arange(4)] * 2, np.ones(4))
    found = safe_additions(problem, [0, 1], share=1.0)
    assert (found.sites, found.cost, found.reached, found.proven) == ((), 0, True, True)


def test_wrong_input_is_named():
    problem = SiteProblem.from_cover([np.arange(2)] * 2, np.ones(2))
    with pytest.raises(UsageError, match=r"share to be left is 1\.2"):
        safe_additions(problem, [0], share=1.2)
    empty = SiteProblem.from_cover([np.arange(2)], np.zeros(2))
    with pytest.raises(UsageError, match="nobody to serve"):
        safe_additions(empty, [0], share=0.5)
