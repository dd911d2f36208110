"""Sites shared with base stations: which they are, and what sharing more of them costs."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ngbw.coverage.siting import SiteProblem
from ngbw.coverage.siting.sharing import (
    most_shared,
    shared_places,
    sharing_curve,
    with_sharing,
)
from ngbw.topology.errors import InfeasibleError, MissingError, UsageError


@st.composite
def problems(draw):
    points, sites = draw(st.integers(1, 15)), draw(st.integers(1, 6))
    cover = [draw(st.sets(st.integers(0, points - 1))) for _ in range(sites)]
    weight = np.array(draw(st.lists(st.integers(0, 50), min_size=points, max_size=points)), float)
    shared = draw(st.lists(st.integers(0, sites - 1), unique=True))
    made = SiteProblem.from_cover([np.array(sorted(c), np.int64) for c in cover], weight)
    return made, shared, draw(st.integers(1, sites))


@given(problems())
def test_each_point_of_the_curve_is_the_best_plan_with_so_many_shared(instance):
    problem, shared, budget = instance
    points = sharing_curve(problem, shared, sites=budget)
    best = max(map(problem.value, combinations(range(problem.sites), budget)))
    for point in points:
        assert len(point.shared) >= point.at_least
        assert set(point.shared) == set(point.sites) & set(shared)
        optimum = max(
            problem.value(chosen)
            for chosen in combinations(range(problem.sites), budget)
            if len(set(chosen) & set(shared)) >= point.at_least
        )
        assert point.value == pytest.approx(optimum)
        assert point.bound >= optimum - 1e-6
        assert point.lost == pytest.approx(best - optimum)
    assert points[0].at_least == 0
    assert points[-1].at_least == min(len(shared), budget)
    free = most_shared(points, loss=0.0)
    assert free.value == pytest.approx(best)
    assert len(most_shared(points, loss=1.0).shared) >= len(free.shared)


def test_saving_makes_shared_sites_cheaper_and_a_number_makes_them_needed():
    cover = [np.arange(6), np.arange(5), np.arange(6, 8)]
    problem = SiteProblem.from_cover(cover, np.ones(8), cost=[4.0, 4.0, 2.0])
    cheaper = with_sharing(problem, [1], saving=0.5)
    assert cheaper.cost is not None
    assert problem.cost is not None
    assert cheaper.cost.tolist() == [4, 2, 2]
    assert problem.cost.tolist() == [4, 4, 2]
    assert problem.maximise(budget=4).value == 6
    assert cheaper.maximise(budget=4).value == 7
    assert 1 in with_sharing(problem, [1], at_least=1).maximise(sites=2).sites


def test_a_candidate_at_a_base_station_is_shared(world):
    sites = [
        ("roof", 1000, 2000), ("far", 1400, 2000), ("own", 3000, 500, {"kind": "base-station"}),
        ("bs", 1012, 2005, {"kind": "base-station", "state": "built"}),
        ("planned", 1401, 2000, {"kind": "base-station", "state": "planned"}),
    ]  # fmt: skip
    network = world.network([(1000, 2000, 5)], sites)
    roof, own = shared_places(network, "EPSG:32651", ["roof", "far", "own"])
    assert (roof.site, roof.base_station) == (0, "bs")
    assert roof.distance_m == pytest.approx(13, abs=0.1)
    assert (own.site, own.base_station, own.distance_m) == (2, "own", 0)
    assert len(shared_places(network, "EPSG:32651", ["roof"], within_m=12)) == 0
    assert shared_places(world.network([(0, 0, 1)], sites[:1]), "EPSG:32651", ["roof"]) == ()
    with pytest.raises(MissingError, match="nowhere"):
        shared_places(network, "EPSG:32651", ["nowhere"])


def test_wrong_input_is_named(world):
    problem = SiteProblem.from_cover([np.arange(2)] * 3, np.ones(2))
    with pytest.raises(InfeasibleError, match="but 1 usable candidates stand at an existing"):
        with_sharing(problem, [1], at_least=2)
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"shared": [5]}, "shared site 5 does not exist"),
        ({"saving": 1.5}, r"saving is 1\.5"),
        ({"saving": 0.5}, "sites have no cost"),
        ({"at_least": -1}, "at_least is -1"),
    ]
    for arguments, words in wrong:
        all_of_them: dict[str, Any] = {"shared": [1], **arguments}
        with pytest.raises(UsageError, match=words):
            with_sharing(problem, **all_of_them)
    with pytest.raises(UsageError, match="0 points"):
        most_shared([], loss=0.1)
    with pytest.raises(UsageError, match="within_m is -1"):
        shared_places(world.network([(0, 0, 1)], []), "EPSG:32651", [], within_m=-1)
