"""What closing a gap would cost, against all sets of sites."""

from __future__ import annotations

from itertools import chain, combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ngbw.coverage.siting import gap_closing
from ngbw.coverage.siting.gap_closing import close_gaps
from ngbw.topology.errors import InputError, UsageError


@st.composite
def districts(draw):
    points, sites = draw(st.integers(1, 20)), draw(st.integers(1, 7))
    cover = [sorted(draw(st.sets(st.integers(0, points - 1)))) for _ in range(sites)]
    weight = draw(st.lists(st.integers(1, 50), min_size=points, max_size=points))
    cost = draw(st.one_of(st.none(), st.lists(st.integers(1, 9), min_size=sites, max_size=sites)))
    middle = draw(st.integers(0, points))
    gaps = [np.arange(middle), np.arange(middle, points)]
    return [np.array(c, np.int64) for c in cover], np.array(weight, float), gaps, cost


def all_sets(sites):
    return chain.from_iterable(combinations(sites, k) for k in range(1, len(sites) + 1))


@given(districts(), st.sampled_from([12, 0]))
def test_the_cheapest_sites_reach_all_whom_any_site_reaches(district, try_all):
    cover, weight, gaps, cost = district
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gap_closing, "_TRY_ALL", try_all)
        found = close_gaps(cover, weight, gaps, cost=cost)
    for points, one in zip(gaps, found, strict=True):
        parts = {
            s: set(c.tolist()) & set(points.tolist())
            for s, c in enumerate(cover)
            if set(c.tolist()) & set(points.tolist())
        }
        assert one.people == weight[points].sum()
        if not parts:
            assert (one.closers, one.together, one.unreachable) == ((), (), one.people)
            assert one.together_cost is None
            assert one.cheapest is None
            continue
        union = set().union(*parts.values())
        assert {c.site: c.people for c in one.closers} == {
            s: sum(weight[p] for p in part) for s, part in parts.items()
        }
        assert [c.people for c in one.closers] == sorted(
            (c.people for c in one.closers), reverse=True
        )
        assert one.unreachable == pytest.approx(one.people - sum(weight[p] for p in union))
        assert set().union(*(parts[s] for s in one.together)) == union
        price = cost or [1] * len(cover)
        least = min(
            sum(price[s] for s in sites)
            for sites in all_sets(parts)
            if set().union(*(parts[s] for s in sites)) == union
        )
        paid = sum(price[s] for s in one.together)
        assert one.together_cost == (paid if cost else None)
        assert paid >= least
        assert not one.proven or paid == least
        assert one.proven or try_all == 0
        if cost:
            assert one.cheapest is not None
            assert one.cheapest.cost_per_person == min(
                price[c.site] / c.people for c in one.closers
            )


def test_sites_of_the_plan_close_nothing_and_unknown_costs_stay_unknown():
    cover = [np.arange(4), np.arange(3), np.array([2, 3])]
    (gap,) = close_gaps(cover, np.ones(5), [np.arange(5)], chosen=[0], cost=[1, 5, None])
    assert [(c.site, c.people, c.cost) for c in gap.closers] == [(1, 3, 5), (2, 2, None)]
    assert (gap.together, gap.together_cost, gap.proven) == ((1, 2), None, True)
    assert gap.unreachable == 1
    assert gap.cheapest == gap.closers[0]


def test_wrong_input_is_named():
    with pytest.raises(UsageError, match="2 sites and 1 costs"):
        close_gaps([np.arange(2)] * 2, np.ones(2), [], cost=[1])
    with pytest.raises(InputError, match="site 1 costs -3"):
        close_gaps([np.arange(2)] * 2, np.ones(2), [], cost=[1, -3])
    with pytest.raises(UsageError, match="gap 0 has a point outside"):
        close_gaps([np.arange(2)], np.ones(2), [np.array([2])])
    with pytest.raises(UsageError, match="site 4 does not exist"):
        close_gaps([np.arange(2)], np.ones(2), [], chosen=[4])
