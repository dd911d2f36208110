"""Choice of sites against brute force over all choices."""

from __future__ import annotations

import dataclasses
from itertools import combinations, pairwise

import numpy as np
import pytest
import scipy.sparse
from hypothesis import given, settings
from hypothesis import strategies as st

from ngbw.coverage.siting import SiteProblem, expected_problem
from ngbw.topology.errors import InfeasibleError, InputError, UsageError


@st.composite
def covers(draw, most_sites=9, most_points=25):
    points = draw(st.integers(1, most_points))
    sites = draw(st.integers(1, most_sites))
    cover = [
        np.array(sorted(draw(st.sets(st.integers(0, points - 1), max_size=points))), np.int64)
        for _ in range(sites)
    ]
    weight = np.array(draw(st.lists(st.integers(0, 50), min_size=points, max_size=points)), float)
    if draw(st.booleans()):  # weights need not be whole
        weight *= 0.37
    return cover, weight


@st.composite
def fixed_instances(draw):
    cover, weight = draw(covers())
    count = draw(st.integers(1, len(cover)))
    order = draw(st.permutations(range(len(cover))))
    fixed = list(order[: draw(st.integers(0, count))])
    forbidden = list(order[count : count + draw(st.integers(0, len(cover) - count))])
    return cover, weight, count, fixed, forbidden


def covered(cover, weight, chosen, servers=1):
    count = np.zeros(len(weight), int)
    for site in chosen:
        count[cover[site]] += 1
    return float(weight[count >= servers].sum())


def choices(sites, most):
    for size in range(min(most, sites) + 1):
        yield from combinations(range(sites), size)


def assert_holds(plan, optimum, *, proven=True):
    scale = 1e-7 * max(1.0, optimum)
    assert plan.value <= optimum + scale
    assert plan.bound >= optimum - scale
    assert plan.bound >= plan.value
    if proven:
        assert plan.proven
        assert plan.status == "optimal"
        assert plan.value == pytest.approx(optimum)
        assert plan.gap == pytest.approx(0.0, abs=1e-7)


@given(covers())
def test_merged_problem_has_the_value_of_the_points(instance):
    cover, weight = instance
    problem = SiteProblem.from_cover(cover, weight)
    for chosen in combinations(range(len(cover)), min(2, len(cover))):
        assert problem.value(chosen) == pytest.approx(covered(cover, weight, chosen))
    assert problem.groups <= int((weight > 0).sum())
    assert problem.total_weight == pytest.approx(weight.sum())


@given(covers())
def test_groups_differ_in_the_sites_that_reach_them(instance):
    problem = SiteProblem.from_cover(*instance)
    sets = [tuple(problem.sites_of(j)) for j in range(problem.groups)]
    assert len(set(sets)) == len(sets)
    assert all(list(one) == sorted(one) for one in sets)
    for site in range(problem.sites):
        reached = [j for j, one in enumerate(sets) if site in one]
        assert problem.groups_of(site).tolist() == reached


@given(covers())
def test_a_matrix_gives_the_same_problem_as_lists(instance):
    cover, weight = instance
    matrix = scipy.sparse.lil_array((len(weight), len(cover)))
    for site, points in enumerate(cover):
        matrix[points, [site] * len(points)] = 1.0
    one = SiteProblem.from_cover(cover, weight)
    other = SiteProblem.from_matrix(matrix.tocsc(), weight)
    assert one.group_sites.tolist() == other.group_sites.tolist()
    assert one.group_weight.tolist() == other.group_weight.tolist()


@given(st.integers(0, 10**6), st.integers(1, 30), st.integers(0, 80))
def test_points_are_within_the_radius_of_the_sites_that_reach_them(seed, sites, points):
    random = np.random.default_rng(seed)
    xy = random.uniform(-500, 5000, (points, 2))
    at = random.uniform(0, 4000, (sites, 2))
    radius = random.uniform(0, 900, sites)
    weight = random.integers(0, 9, points).astype(float)
    cover = [np.flatnonzero(np.hypot(*(xy - a).T) <= r) for a, r in zip(at, radius, strict=True)]
    one = SiteProblem.from_cover(cover, weight)
    other = SiteProblem.from_points(xy, weight, at, radius)
    assert one.group_sites.tolist() == other.group_sites.tolist()
    assert one.group_start.tolist() == other.group_start.tolist()
    assert one.group_weight == pytest.approx(other.group_weight)


@given(fixed_instances())
@settings(max_examples=150)
def test_the_best_plan_is_that_of_brute_force(instance):
    cover, weight, count, fixed, forbidden = instance
    problem = SiteProblem.from_cover(cover, weight, fixed=fixed, forbidden=forbidden)
    optimum = max(
        covered(cover, weight, chosen)
        for chosen in choices(len(cover), count)
        if set(fixed) <= set(chosen) and not set(forbidden) & set(chosen)
    )
    plan = problem.maximise(sites=count)
    assert_holds(plan, optimum)
    assert list(plan.sites[: len(fixed)]) == fixed
    assert not set(plan.sites) & set(forbidden)
    assert len(plan.sites) == len(set(plan.sites)) <= count
    assert plan.value == pytest.approx(covered(cover, weight, plan.sites))
    unproven = problem.maximise(sites=count, nodes=0)
    assert_holds(unproven, optimum, proven=False)


@given(covers(most_sites=14, most_points=40), st.integers(1, 7))
@settings(max_examples=25)
def test_fourteen_candidates_are_proven(instance, count):
    cover, weight = instance
    optimum = max(covered(cover, weight, chosen) for chosen in choices(len(cover), count))
    assert_holds(SiteProblem.from_cover(cover, weight).maximise(sites=count), optimum)


@given(covers(), st.data())
def test_a_budget_is_spent_best(instance, data):
    cover, weight = instance
    cost = np.array(
        data.draw(st.lists(st.integers(0, 9), min_size=len(cover), max_size=len(cover))), float
    )
    budget = data.draw(st.integers(0, 25))
    count = data.draw(st.none() | st.integers(1, len(cover)))
    problem = SiteProblem.from_cover(cover, weight, cost=cost)
    optimum = max(
        covered(cover, weight, chosen)
        for chosen in choices(len(cover), len(cover) if count is None else count)
        if cost[list(chosen)].sum() <= budget
    )
    plan = problem.maximise(sites=count, budget=budget)
    assert_holds(plan, optimum)
    assert plan.cost == pytest.approx(cost[list(plan.sites)].sum())
    assert plan.cost <= budget + 1e-9


@given(covers(), st.data())
def test_conditions_of_all_kinds_hold_together(instance, data):
    cover, weight = instance
    sites = len(cover)
    draw = data.draw
    exclusions = draw(
        st.lists(
            st.lists(st.integers(0, sites - 1), min_size=2, max_size=3, unique=True), max_size=2
        )
        if sites > 1
        else st.just([])
    )
    areas = draw(st.lists(st.sampled_from("ab"), min_size=sites, max_size=sites))
    minimums = {"a": min(areas.count("a"), draw(st.integers(0, 2)))}
    point_areas = draw(st.lists(st.sampled_from("xy"), min_size=len(weight), max_size=len(weight)))
    least = {"x": draw(st.sampled_from([0.0, 0.3, 0.6]))}
    servers = draw(st.integers(1, 3))
    count = draw(st.integers(1, sites))
    problem = SiteProblem.from_cover(
        cover, weight, exclusions=exclusions, areas=areas, minimums=minimums,
        point_areas=point_areas, least_shares=least, servers=servers,
    )  # fmt: skip
    inside = np.array([area == "x" for area in point_areas])

    def stands(chosen):
        held = set(chosen)
        if any(len(held & set(group)) > 1 for group in exclusions):
            return False
        if sum(areas[site] == "a" for site in chosen) < minimums["a"]:
            return False
        needed = least["x"] * weight[inside].sum()
        return covered(cover, weight * inside, chosen, servers) >= needed * (1 - 1e-12) - 1e-9

    values = [
        covered(cover, weight, chosen, servers)
        for chosen in choices(sites, count)
        if stands(chosen)
    ]
    if not values:
        with pytest.raises(InfeasibleError):
            problem.maximise(sites=count)
        return
    plan = problem.maximise(sites=count)
    assert_holds(plan, max(values))
    assert stands(plan.sites)
    assert plan.value == pytest.approx(covered(cover, weight, plan.sites, servers))


@given(covers(), st.sampled_from([0.0, 0.3, 0.5, 0.8, 0.9, 1.0]), st.booleans(), st.data())
def test_the_fewest_sites_and_the_least_cost_are_those_of_brute_force(
    instance, share, priced, data
):
    cover, weight = instance
    cost = None
    if priced:
        drawn = st.lists(st.integers(0, 9), min_size=len(cover), max_size=len(cover))
        cost = np.array(data.draw(drawn), float)
    problem = SiteProblem.from_cover(cover, weight, cost=cost)
    needed = share * weight.sum() * (1 - 1e-12)
    costs = [
        len(chosen) if cost is None else cost[list(chosen)].sum()
        for chosen in choices(len(cover), len(cover))
        if covered(cover, weight, chosen) >= needed
    ]
    if not costs:
        with pytest.raises(InfeasibleError, match="all usable sites together reach"):
            problem.minimise(share=share)
        return
    plan = problem.minimise(share=share)
    assert plan.proven
    assert plan.cost == pytest.approx(min(costs))
    assert plan.bound == pytest.approx(plan.cost)
    assert plan.objective == ("cost" if priced else "sites")
    assert plan.value >= needed - 1e-9
    hurried = problem.minimise(share=share, time_limit_s=0.0)
    assert hurried.bound <= min(costs) + 1e-9 <= hurried.cost + 2e-9


@given(st.integers(0, 10**6), st.integers(1, 8), st.integers(1, 12))
def test_expected_weight_is_by_the_best_of_the_chosen(seed, sites, points):
    random = np.random.default_rng(seed)
    chance = random.random((sites, points)) * (random.random((sites, points)) < 0.6)
    chance = np.round(chance, 1) if seed % 2 else chance
    weight = random.integers(0, 20, points).astype(float)
    cover = [(np.flatnonzero(row), row[np.flatnonzero(row)]) for row in chance]
    problem = expected_problem(cover, weight)

    def expected(chosen):
        best = chance[list(chosen)].max(axis=0) if chosen else np.zeros(points)
        return float(best @ weight)

    for chosen in choices(sites, 2):
        assert problem.value(chosen) == pytest.approx(expected(chosen))
    optimum = max(expected(chosen) for chosen in choices(sites, 3))
    assert_holds(problem.maximise(sites=3), optimum)
    assert problem.total_weight == weight.sum()


@given(covers(), st.integers(1, 9))
def test_every_point_of_the_curve_holds(instance, up_to):
    cover, weight = instance
    curve = SiteProblem.from_cover(cover, weight).curve(up_to=up_to)
    assert [point.count for point in curve.points] == list(range(1, min(up_to, len(cover)) + 1))
    last = 0.0
    for point in curve.points:
        optimum = max(covered(cover, weight, chosen) for chosen in choices(len(cover), point.count))
        assert point.value <= optimum + 1e-6 <= point.bound + 2e-6
        assert point.value == pytest.approx(covered(cover, weight, point.sites))
        assert point.value >= last
        last = point.value
        if weight.sum():
            low, high = curve.share_of(point.count)
            assert low <= optimum / weight.sum() + 1e-9 <= high + 2e-9
    for share in (0.3, 0.9):
        least, most = curve.sites_needed(share)
        enough = [
            len(chosen)
            for chosen in choices(len(cover), len(cover))
            if covered(cover, weight, chosen) >= share * weight.sum() * (1 - 1e-12)
        ]
        if not enough:
            assert (least, most) == (None, None)
        else:
            assert least is not None
            assert least <= max(1, min(enough))
            assert most is None or most >= min(enough)


def disc_instance(sites=60, points=3000, seed=3, **asked):
    random = np.random.default_rng(seed)
    xy = random.uniform(0, 6000, (points, 2))
    at = random.uniform(0, 6000, (sites, 2))
    weight = random.integers(1, 20, points).astype(float)
    return SiteProblem.from_points(xy, weight, at, 700.0, **asked)


def test_same_seed_gives_the_same_plan():
    problem = disc_instance(150)
    plans = [problem.maximise(sites=20, seed=5, nodes=20) for _ in range(2)]
    assert plans[0].sites == plans[1].sites
    assert plans[0].bound == plans[1].bound


def test_the_log_says_what_was_done():
    log = disc_instance().maximise(sites=20).log
    assert [step.what for step in log][:2] == ["search", "reduction"]
    assert log[-1].bound == log[-1].value
    assert all(a.seconds <= b.seconds and a.bound >= b.bound for a, b in pairwise(log))
    assert log[1].groups < log[0].groups


def test_a_gap_that_suffices_ends_the_work():
    plan = disc_instance(200, 8000).maximise(sites=30, gap=0.05)
    assert plan.status in ("within-gap", "optimal")
    assert plan.gap <= 0.05


def test_no_time_still_gives_a_plan_and_a_bound():
    problem = disc_instance(200, 8000)
    plan = problem.maximise(sites=30, time_limit_s=0.0)
    best = problem.maximise(sites=30, gap=0.01)
    assert plan.status == "time-limit"
    assert not plan.proven
    assert plan.value <= best.bound
    assert plan.bound >= best.value
    least = problem.minimise(share=0.8, time_limit_s=0.0)
    assert not least.proven
    assert least.value >= 0.8 * problem.total_weight
    cost = np.random.default_rng(0).integers(4, 8, 200) * 1e5
    cheap = dataclasses.replace(problem, cost=cost)
    unsolved = cheap.minimise(share=0.8, time_limit_s=0.0)
    assert 0.8 * unsolved.cost < unsolved.bound <= unsolved.cost
    curve = problem.curve(up_to=10, time_limit_s=0.0)
    assert all(point.bound >= point.value for point in curve.points)


class StoppedError(Exception):
    pass


@pytest.mark.parametrize("where", ["search", "bound", "prove"])
@pytest.mark.parametrize("error", [StoppedError(), KeyboardInterrupt()])
def test_an_interrupt_at_any_step_gives_the_best_plan_so_far(where, error):
    problem = disc_instance(200, 8000)

    def stop(step, done, total):
        if step == where:
            raise error

    plan = problem.maximise(sites=30, progress=stop)
    assert plan.status == "cancelled"
    assert plan.cancelled_by is error
    assert not plan.proven
    assert plan.bound >= plan.value > 0


@pytest.mark.parametrize("error", [StoppedError(), KeyboardInterrupt()])
def test_an_interrupt_reaches_through_the_integer_program(error):
    problem = disc_instance(200, 8000, exclusions=[(0, 1)])

    def stop(step, done, total):
        if step == "prove":
            raise error

    plan = problem.maximise(sites=30, progress=stop)
    assert plan.cancelled_by is error
    assert plan.bound >= plan.value > 0
    curve = problem.curve(up_to=3, progress=lambda step, done, total: stop("prove", done, total))
    assert curve.cancelled_by is error


def test_a_start_is_improved_on_or_kept():
    problem = disc_instance()
    best = problem.maximise(sites=20)
    again = problem.maximise(sites=20, start=best.sites, nodes=0)
    assert again.value == best.value
    with pytest.raises(UsageError, match="more than 2 sites"):
        problem.maximise(sites=2, start=[0, 1, 2])


def test_the_integer_program_prints_nothing(capfd):
    disc_instance(exclusions=[(0, 1)]).maximise(sites=10)
    assert capfd.readouterr().out == ""


def test_nothing_within_reach_gives_an_empty_plan_that_says_so():
    problem = SiteProblem.from_cover([np.array([], int)] * 3, np.ones(4))
    plan = problem.maximise(sites=2)
    assert (plan.sites, plan.value, plan.bound, plan.proven) == ((), 0.0, 0.0, True)
    assert [remark.kind for remark in plan.remarks] == ["nothing-in-reach"]
    assert problem.curve(up_to=3).sites_needed(0.5) == (None, None)
    with pytest.raises(InfeasibleError, match=r"50.00% cannot be reached"):
        problem.minimise(share=0.5)


def test_fewer_candidates_than_sites_are_all_considered():
    problem = SiteProblem.from_cover([np.array([0]), np.array([0, 1])], np.ones(3))
    plan = problem.maximise(sites=7)
    assert plan.value == 2
    assert plan.proven
    assert problem.under(forbidden=[0]).maximise(sites=2).remarks[-1].kind == "fewer-candidates"


def test_contradictions_name_what_would_make_them_possible():
    cover, weight = [np.array([0]), np.array([1]), np.array([2])], np.ones(3)
    cost = [5.0, 5.0, 5.0]

    def asked(sites=3, budget=None, **conditions):
        SiteProblem.from_cover(cover, weight, **conditions).maximise(sites=sites, budget=budget)

    with pytest.raises(InfeasibleError, match=r"site 1 is both fixed and forbidden; take it out"):
        asked(fixed=[1], forbidden=[1])
    with pytest.raises(InfeasibleError, match=r"2 sites are fixed.*allow at least 2 sites"):
        asked(sites=1, fixed=[0, 1])
    with pytest.raises(InfeasibleError, match=r"fixed sites cost 10.*allow at least 10"):
        asked(budget=7, fixed=[0, 1], cost=cost)
    with pytest.raises(InfeasibleError, match=r"0 and 2 are both fixed and exclude each other"):
        asked(fixed=[0, 2], exclusions=[(2, 0)])
    with pytest.raises(InfeasibleError, match=r"'n' must hold at least 2.*only 1 candidates"):
        asked(areas=["n", "s", "s"], minimums={"n": 2})
    with pytest.raises(InfeasibleError, match=r"need 3 sites.*allow at least 3"):
        asked(sites=2, areas=["n", "s", "s"], minimums={"n": 1, "s": 2})
    with pytest.raises(InfeasibleError, match="no choice of sites keeps all conditions"):
        asked(exclusions=[(1, 2)], areas=["n", "s", "s"], minimums={"s": 2})
    with pytest.raises(InfeasibleError, match="1 of them may be used"):
        asked(areas=["n", "s", "s"], minimums={"s": 2}, forbidden=[1])
    assert issubclass(InfeasibleError, InputError)


@pytest.mark.parametrize(
    ("broken", "error", "text"),
    [
        ({"weight": [1.0, -2.0]}, InputError, "point 1 has weight -2"),
        ({"weight": [1.0, np.nan]}, InputError, "point 1 has weight nan"),
        ({"cover": [np.array([5])]}, UsageError, r"outside 0\.\.1"),
        ({"fixed": [7]}, UsageError, "fixed site 7 does not exist"),
        ({"forbidden": [-1]}, UsageError, "forbidden site -1"),
        ({"exclusions": [(0, 3)]}, UsageError, "excluding site 3"),
        ({"cost": [np.nan]}, InputError, "site 0 costs nan"),
        ({"cost": [1.0, 2.0]}, UsageError, "2 costs for 1 sites"),
        ({"servers": 0}, UsageError, "servers is 0"),
        ({"minimums": {"a": 1}}, UsageError, "need the area of each"),
        ({"least_shares": {"a": 0.5}}, UsageError, "need the area of each"),
        ({"least_shares": {"a": 2}, "point_areas": "ab"}, UsageError, "share of 2"),
    ],
)
def test_bad_input_is_named(broken, error, text):
    asked = {"cover": [np.array([0])], "weight": [1.0, 1.0], **broken}
    with pytest.raises(error, match=text):
        SiteProblem.from_cover(asked.pop("cover"), asked.pop("weight"), **asked)


@pytest.mark.parametrize(
    ("asked", "text"),
    [
        ({"sites": -1}, "number of sites is -1"),
        ({"budget": float("nan")}, "budget is nan"),
        ({"gap": 1.0}, "gap is 1"),
        ({"time_limit_s": -1.0}, "time limit is -1"),
        ({"nodes": -1}, "nodes is -1"),
    ],
)
def test_bad_limits_are_named(asked, text):
    with pytest.raises(UsageError, match=text):
        disc_instance(5, 50).maximise(**asked)


def test_unknown_positions_and_radii_are_named():
    with pytest.raises(InputError, match="point 0 stands at nan"):
        SiteProblem.from_points([[np.nan, 0]], [1.0], [[0, 0]], 5.0)
    with pytest.raises(InputError, match="site 0 reaches -1"):
        SiteProblem.from_points([[0, 0]], [1.0], [[0, 0]], -1.0)
    with pytest.raises(InputError, match=r"probability 1.5"):
        expected_problem([(np.array([0]), np.array([1.5]))], [1.0])


def test_conditions_can_be_changed_without_building_again():
    problem = disc_instance()
    plan = problem.under(fixed=[3], forbidden=[4, 5]).maximise(sites=10)
    assert plan.sites[0] == 3
    assert not {4, 5} & set(plan.sites)
    assert dataclasses.replace(problem, servers=2).maximise(sites=5, nodes=0).value < plan.value


@pytest.mark.shared
def test_the_published_instance_is_proven(shared):
    data = np.load(shared / "vectors" / "topology" / "mclp_100x10k.npz")
    problem = SiteProblem.from_points(
        data["demand_xy"], data["weight"], data["site_xy"], data["radius"]
    )
    plan = problem.maximise(sites=40)
    assert (plan.value, plan.bound, plan.proven) == (96121.0, 96121.0, True)
    least = problem.minimise(share=0.9)
    assert (least.cost, least.bound, least.proven) == (35.0, 35.0, True)
    curve = problem.curve(up_to=45)
    assert curve.sites_needed(0.9) == (35, 35)
    low, high = curve.share_of(40)
    assert low <= 96121 / 104484 <= high <= low + 0.005
