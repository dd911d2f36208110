"""Sites chosen by what they give as a network, against brute force and the kernels that judge it."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ngbw.coverage.servers.level_stack import levels_of
from ngbw.coverage.servers.sfn import GuardInterval, sum_network
from ngbw.coverage.servers.sinr import sinr_db
from ngbw.coverage.siting import SiteProblem
from ngbw.coverage.siting.network_choice import choose_as_network, served_as_network
from ngbw.coverage.siting.network_state import NetworkState
from ngbw.coverage.siting.signals import SiteSignal, signals_of
from ngbw.topology.errors import InputError, UsageError

SHORT = GuardInterval(useful_us=500.0, guard_us=4.0, equaliser_us=9.0)
"""So short that echoes within 3 km are spoiled, so that every weight occurs."""

REQUIRED_DB = 4.0


@st.composite
def worlds(draw):
    """Levels over noise 0 of two cells a site, at points within 6 km."""
    seed = draw(st.integers(0, 2**32 - 1))
    random = np.random.default_rng(seed)
    sites, points = draw(st.integers(1, 6)), draw(st.integers(1, 12))
    site_xy, point_xy = random.uniform(0, 6000, (sites, 2)), random.uniform(0, 6000, (points, 2))
    levels = random.uniform(-15, 25, (sites, 2, points))
    levels[random.random(levels.shape) < 0.3] = -np.inf
    weight = random.integers(0, 20, points).astype(float)
    alone = (levels.max(axis=1) > 6) & (random.random((sites, points)) < 0.9)
    kind = draw(st.sampled_from(["interference", "single-frequency"]))
    load = draw(st.sampled_from([0.0, 0.5, 1.0]))
    made = [SiteSignal(levels[s], alone[s], *site_xy[s]) for s in range(sites)]
    signals = signals_of(
        made, weight, kind=kind, noise_db=0.0, required_db=REQUIRED_DB, load=load, guard=SHORT,
        point_xy_m=point_xy,
    )  # fmt: skip
    return signals, levels, alone, weight, site_xy, point_xy


def judged(world, chosen):
    """Return the people served by the kernels that judge whole networks."""
    signals, levels, alone, weight, site_xy, point_xy = world
    if not chosen:
        return 0.0
    cells = levels[list(chosen)].reshape(-1, weight.size)
    stack = levels_of(np.where(np.isfinite(cells), cells, np.nan))
    if signals.kind == "interference":
        ratio = sinr_db(stack, noise_db=0.0, load=signals.load)
        able = alone[list(chosen)].any(axis=0)
    else:
        place = np.repeat(site_xy[list(chosen)], 2, axis=0)
        ratio = sum_network(
            stack, tx_x_m=place[:, 0], tx_y_m=place[:, 1], x_m=point_xy[:, 0], y_m=point_xy[:, 1],
            noise_db=0.0, guard=SHORT,
        ).ratio_db  # fmt: skip
        able = np.ones(weight.size, bool)
    excess = np.nan_to_num(ratio, nan=-np.inf) - REQUIRED_DB
    if (np.abs(excess[np.isfinite(excess)]) < 1e-2).any():
        return None  # on the edge, where 32 bits decide
    return float(weight[(excess >= 0) & able].sum())


@given(worlds())
def test_people_served_are_those_that_the_network_kernels_count(world):
    sites = world[0].sites
    for size in range(min(3, sites) + 1):
        for chosen in combinations(range(sites), size):
            wanted = judged(world, chosen)
            if wanted is not None:
                assert served_as_network(world[0], chosen) == pytest.approx(wanted)


@given(worlds(), st.data())
def test_kept_figures_are_those_of_a_fresh_start(world, data):
    signals = world[0]
    state = NetworkState(signals)
    now: set[int] = set()
    for site in data.draw(st.lists(st.integers(0, signals.sites - 1), max_size=8)):
        others = np.array([s for s in range(signals.sites) if s not in now], np.int64)
        for other, tried in zip(others, state.tried(others), strict=True):
            grown = NetworkState(signals, tuple(sorted({*now, int(other)}))).worth
            assert tried == pytest.approx(grown - state.worth, abs=1e-9)
        before = state.worth
        change = state.remove(site) if site in now else state.add(site)
        now ^= {site}
        assert state.worth == pytest.approx(before + change)
        assert state.worth == pytest.approx(NetworkState(signals, tuple(sorted(now))).worth)
        assert state.chosen == tuple(sorted(now))


@given(worlds(), st.data())
@settings(max_examples=50)
def test_choice_keeps_its_conditions_and_bounds_hold(world, data):
    signals = world[0]
    budget = data.draw(st.integers(1, signals.sites))
    fixed = data.draw(st.lists(st.integers(0, signals.sites - 1), max_size=budget, unique=True))
    shut = data.draw(st.sets(st.sampled_from(range(signals.sites)), max_size=1)) - set(fixed)
    found = choose_as_network(signals, sites=budget, fixed=fixed, forbidden=sorted(shut))
    assert found.sites[: len(fixed)] == tuple(fixed)
    assert len(set(found.sites)) == len(found.sites) <= budget
    assert not shut & set(found.sites)
    assert not found.proven
    assert found.value == served_as_network(signals, found.sites)
    assert found.value >= found.single_server_value - 1e-9
    others = [s for s in range(signals.sites) if s not in {*fixed, *shut}]
    optimum = max(
        served_as_network(signals, [*fixed, *more])
        for size in range(budget - len(fixed) + 1)
        for more in combinations(others, size)
    )
    assert found.value <= optimum
    if signals.kind == "interference":
        assert found.bound is not None
        assert found.bound >= optimum - 1e-6
        assert found.relaxation == "without interference"
    else:
        assert (found.bound, found.gap, found.relaxation) == (None, None, "")


def two_weak_signals():
    """Town of 90 that two weak signals serve only together; two hamlets of 10 and 9 beside it."""
    nothing = -np.inf
    levels = [
        [[3.0, nothing, nothing]],
        [[3.0, nothing, nothing]],
        [[nothing, 20.0, nothing]],
        [[nothing, nothing, 20.0]],
    ]
    made = [SiteSignal(np.array(one), np.array(one)[0] >= 5) for one in levels]
    guard = GuardInterval(useful_us=500.0, guard_us=55.6, equaliser_us=55.6)
    return signals_of(
        made, np.array([90.0, 10.0, 9.0]), kind="single-frequency", noise_db=0.0, required_db=5.0,
        guard=guard, point_xy_m=np.zeros((3, 2)),
    )  # fmt: skip


def test_two_weak_signals_serve_together_what_neither_greedy_nor_the_single_server_bound_sees():
    signals = two_weak_signals()
    # Site by site nothing beats the hamlets, and no plan of single servers is worth more than 19.
    assert served_as_network(signals, [0]) == 0
    alone = SiteProblem.from_cover(signals.cover(), signals.weight).maximise(sites=2)
    assert (alone.value, alone.proven) == (19, True)
    found = choose_as_network(signals, sites=2)
    assert set(found.sites) == {0, 1}
    assert found.value == 90 > alone.bound
    # So that no bound may be claimed.
    assert (found.bound, found.proven) == (None, False)
    assert found.single_server_value == 19


def test_interference_turns_down_the_site_that_serves_most_alone():
    # Site 1 serves 11 more, and drowns the 10 of site 0; site 2 serves 9 and disturbs nobody.
    levels = [
        [[20.0, -40.0, -40.0, -40.0]],
        [[18.0, 20.0, 15.0, -40.0]],
        [[-40.0, -40.0, -40.0, 20.0]],
    ]
    alone = [[1, 0, 0, 0], [0, 1, 1, 0], [0, 0, 0, 1]]
    made = [SiteSignal(np.array(a), np.array(b, bool)) for a, b in zip(levels, alone, strict=True)]
    signals = signals_of(
        made, np.array([10.0, 6.0, 5.0, 9.0]), kind="interference", noise_db=0.0, required_db=5.0
    )
    found = choose_as_network(signals, sites=2, fixed=[0])
    assert found.single_server_sites == (0, 1)
    assert found.single_server_value == 11
    assert (found.sites, found.value) == ((0, 2), 19)
    assert found.bound == 21
    assert found.gap == pytest.approx(2 / 21)


def test_a_time_limit_returns_the_best_choice_so_far_and_progress_stops():
    signals = two_weak_signals()
    found = choose_as_network(signals, sites=2, time_limit_s=0.0)
    assert found.stopped_by == "time limit"
    assert found.value == 19

    class StoppedError(Exception):
        pass

    def stop(step, done, total):
        raise StoppedError

    with pytest.raises(StoppedError):
        choose_as_network(signals, sites=2, progress=stop)


@settings(max_examples=20, deadline=None)
@given(world=worlds(), threads=st.integers(2, 5))
def test_threads_change_nothing_of_what_is_tried_and_chosen(world, threads):
    signals = world[0]
    state = NetworkState(signals, (0,))
    others = np.arange(1, signals.sites)
    np.testing.assert_array_equal(state.tried(others, threads=threads), state.tried(others))
    one = choose_as_network(signals, sites=3)
    many = choose_as_network(signals, sites=3, threads=threads)
    assert (one.sites, one.value, one.bound) == (many.sites, many.value, many.bound)


def test_wrong_input_is_named():
    good = SiteSignal(np.zeros((1, 2)), np.zeros(2, bool))
    asked: dict[str, Any] = {"kind": "interference", "noise_db": 0.0, "required_db": 1.0}

    def made(signal=good, **changes: Any):
        return signals_of([signal], changes.pop("weight", np.ones(2)), **(asked | changes))

    with pytest.raises(UsageError, match=r"site 0 has levels of the shape \(1, 3\)"):
        made(SiteSignal(np.zeros((1, 3)), np.zeros(2, bool)))
    with pytest.raises(InputError, match="site 0 has an infinite level"):
        made(SiteSignal(np.array([[np.inf, 0]]), np.zeros(2, bool)))
    with pytest.raises(InputError, match="point 1 has weight nan"):
        made(weight=np.array([1, np.nan]))
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"kind": "sum"}, "kind is 'sum'"),
        ({"kind": "single-frequency"}, "needs its guard interval"),
        ({"load": 2.0}, r"load is 2\.0"),
        ({"noise_db": np.nan}, "noise is nan"),
        ({"seen_above_noise_db": 3.0}, "signals are seen from 3"),
    ]
    for changes, words in wrong:
        with pytest.raises(UsageError, match=words):
            made(**changes)
    wrong = [
        ({"fixed": [3]}, "site 3 does not exist"),
        ({"fixed": [0], "forbidden": [0]}, "site 0 is both fixed and forbidden"),
        ({"sites": 0}, "the budget is 0 sites"),
    ]
    for arguments, words in wrong:
        all_of_them: dict[str, Any] = {"sites": 1, **arguments}
        with pytest.raises(UsageError, match=words):
            choose_as_network(made(), **all_of_them)
