"""3GPP TR 38.901 against published figures of other implementations, and its limits."""

from __future__ import annotations

import math
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ngbw.coverage.propagation.model import Reach
from ngbw.coverage.propagation.tr38901 import (
    Scenario,
    breakpoint_m,
    entry_loss,
    environment_heights,
    los_loss_db,
    los_probability,
    nlos_loss_db,
    reach,
    shadow_sigma_db,
)
from ngbw.topology.errors import UsageError

SCENARIOS = get_args(Scenario)
BASE_M = {"UMa": 25.0, "UMi": 10.0, "RMa": 35.0}
DISTANCES_M = [10.0, 100.0, 1000.0, 5000.0]

scenarios = st.sampled_from(SCENARIOS)
distance = st.floats(0, 10_000)
frequency = st.floats(0.5, 30)


def _cell(scenario, frequency_ghz=5.0) -> dict[str, Any]:
    return {
        "scenario": scenario,
        "frequency_ghz": frequency_ghz,
        "bs_height_m": BASE_M[scenario],
    }


@pytest.mark.parametrize(
    ("scenario", "loss_of", "loss_db"),
    [
        # ns-3, three-gpp-propagation-loss-model-test-suite.cc: 5 GHz, terminal at 1.5 m
        ("UMa", los_loss_db, [72.9380, 86.2362, 109.7252, 137.6794]),
        ("UMa", nlos_loss_db, [82.5131, 106.1356, 144.7641, 172.0753]),
        ("UMi", los_loss_db, [69.8591, 88.4122, 119.3114, 147.2696]),
        ("UMi", nlos_loss_db, [76.7563, 107.9432, 143.1886, 167.8617]),
        ("RMa", nlos_loss_db, [77.3784, 95.7718, 133.5223, 160.5169]),
    ],
)
def test_losses_are_those_of_ns_3(scenario, loss_of, loss_db):
    assert loss_of(DISTANCES_M, **_cell(scenario)) == pytest.approx(loss_db, abs=1e-4)


def test_rural_line_of_sight_is_that_of_ns_3_before_and_behind_the_breakpoint():
    got = los_loss_db([10, 100, 1000, 10_000], **_cell("RMa"))
    assert got == pytest.approx([77.3784, 87.2965, 108.5577, 140.3896], abs=1e-4)
    assert 1000 < breakpoint_m(**_cell("RMa")) < 10_000


def test_rural_line_of_sight_is_that_of_mathworks():
    # nrPathLoss, first example: (0, 0, 30) to (1000, 1000, 1.5), 3.5 GHz, houses of 7 m
    got = los_loss_db(
        math.hypot(1000, 1000),
        scenario="RMa",
        frequency_ghz=3.5,
        bs_height_m=30,
        building_height_m=7,
    )
    assert got == pytest.approx(110.1615, abs=1e-4)


@pytest.mark.parametrize(
    ("scenario", "expected_m"),
    [
        ("UMa", 4 * 24 * 0.5 * 0.7e9 / 3e8),
        ("UMi", 4 * 9 * 0.5 * 0.7e9 / 3e8),
        ("RMa", 2 * math.pi * 35 * 1.5 * 0.7e9 / 3e8),
    ],
)
def test_breakpoint_is_where_the_table_puts_it(scenario, expected_m):
    assert breakpoint_m(**_cell(scenario, 0.7)) == pytest.approx(expected_m)


@pytest.mark.parametrize("scenario", ["UMa", "UMi"])
@given(frequency, st.floats(1.5, 22.5))
def test_line_of_sight_has_no_step_at_the_breakpoint(scenario, frequency_ghz, ut_height_m):
    cell = {**_cell(scenario, frequency_ghz), "ut_height_m": ut_height_m}
    if scenario == "UMi" and ut_height_m > 9.5:
        return
    at = max(float(breakpoint_m(**cell)), 10.0)
    near, far = los_loss_db([at * (1 - 1e-9), at * (1 + 1e-9)], **cell)
    assert near == pytest.approx(far, abs=1e-6)


def test_rural_line_of_sight_steps_less_than_0_02_dB_at_the_breakpoint():
    cell = _cell("RMa", 0.7)
    at = float(breakpoint_m(**cell))
    near, far = los_loss_db([at * (1 - 1e-9), at * (1 + 1e-9)], **cell)
    assert near == pytest.approx(far, abs=0.02)  # the table takes d3D for d2D there


@given(scenarios, frequency, st.tuples(distance, distance))
def test_farther_never_loses_less(scenario, frequency_ghz, distances):
    for loss_of in (los_loss_db, nlos_loss_db):
        near, far = loss_of(sorted(distances), **_cell(scenario, frequency_ghz))
        assert near <= far + 0.02  # the rural step at the breakpoint


@given(scenarios, frequency, distance)
def test_hidden_path_never_loses_less_than_a_seen_one(scenario, frequency_ghz, distance_m):
    cell = _cell(scenario, frequency_ghz)
    assert nlos_loss_db(distance_m, **cell) >= los_loss_db(distance_m, **cell)


@given(scenarios, distance, st.floats(1.5, 10))
def test_probability_of_line_of_sight_is_within_0_and_1(scenario, distance_m, ut_height_m):
    got = los_probability(distance_m, scenario=scenario, ut_height_m=ut_height_m)
    assert 0 <= got <= 1


@given(scenarios, st.tuples(distance, distance))
def test_line_of_sight_never_gets_likelier_with_distance(scenario, distances):
    near, far = los_probability(sorted(distances), scenario=scenario)
    assert near >= far


@pytest.mark.parametrize(
    ("scenario", "expected"),
    [
        # Table 7.4.2-1 by hand at 100 m
        ("RMa", math.exp(-0.09)),
        ("UMi", 0.18 + math.exp(-100 / 36) * 0.82),
        ("UMa", 0.18 + math.exp(-100 / 63) * 0.82),
    ],
)
def test_line_of_sight_at_100_m_is_as_likely_as_the_table_says(scenario, expected):
    assert los_probability(100.0, scenario=scenario) == pytest.approx(expected)
    assert los_probability([0.0, 10.0], scenario=scenario).tolist() == [1.0, 1.0]


def test_high_floor_sees_the_macro_antenna_more_often():
    low, high = los_probability(300.0, scenario="UMa", ut_height_m=[13.0, 22.5])
    lifted = 1 + 0.95**1.5 * 1.25 * 27 * math.exp(-2)
    assert high == pytest.approx(low * lifted)


@given(st.floats(0, 5000), st.floats(1.5, 22.5))
def test_environment_heights_are_a_distribution_below_the_terminal(distance_m, ut_height_m):
    heights = environment_heights(distance_m, ut_height_m)
    assert sum(heights.probability) == pytest.approx(1.0)
    assert min(heights.probability) >= 0
    assert max(heights.height_m) < ut_height_m
    for height_m in heights.height_m:
        breakpoint_m(**_cell("UMa"), ut_height_m=ut_height_m, environment_height_m=height_m)


def test_terminal_at_22_5_m_may_reflect_from_four_roofs():
    assert environment_heights(300.0, 22.5).height_m == (1.0, 12.0, 15.0, 18.0, 21.0)
    assert environment_heights(300.0, 12.9).height_m == (1.0,)


@pytest.mark.parametrize(
    ("scenario", "sight", "expected"),
    [
        ("UMa", "los", [4.0, 4.0]),
        ("UMa", "nlos", [6.0, 6.0]),
        ("UMi", "los", [4.0, 4.0]),
        ("UMi", "nlos", [7.82, 7.82]),
        ("RMa", "los", [4.0, 6.0]),
        ("RMa", "nlos", [8.0, 8.0]),
    ],
)
def test_shadow_fading_is_that_of_the_table(scenario, sight, expected):
    got = shadow_sigma_db([100.0, 9000.0], sight=sight, **_cell(scenario, 0.7))
    assert got.tolist() == expected


@pytest.mark.parametrize(
    ("walls", "glass_db", "share", "sigma"),
    [("low-loss", 2.7, 0.3, 4.4), ("high-loss", 24.05, 0.7, 6.5)],
)
def test_entry_loss_at_3_5_ghz_is_that_of_the_table(walls, glass_db, share, sigma):
    concrete_db = 19.0
    expected = 5 - 10 * math.log10(
        share * 10 ** (-glass_db / 10) + (1 - share) * 10 ** (-concrete_db / 10)
    )
    got = entry_loss(3.5, walls=walls, depth_m=[0.0, 10.0])
    assert got.through_wall_db == pytest.approx(expected)
    assert got.inside_db.tolist() == [0.0, 5.0]
    assert got.sigma_db == sigma


@given(st.floats(0.5, 100))
def test_metallised_walls_never_lose_less(frequency_ghz):
    low, high = (
        float(entry_loss(frequency_ghz, walls=walls).through_wall_db)
        for walls in ("low-loss", "high-loss")
    )
    assert low < high


def test_distances_outside_the_table_are_answered_and_flagged():
    flags = reach([5.0, 100.0, 6000.0], scenario="UMa", sight="los", bs_height_m=25.0)
    assert flags.tolist() == [Reach.TOO_NEAR, Reach.INSIDE, Reach.TOO_FAR]
    near, at = los_loss_db([5.0, 10.0], **_cell("UMa"))
    assert near == at
    assert reach(6000.0, scenario="RMa", sight="los", bs_height_m=35.0) == Reach.INSIDE
    assert reach(6000.0, scenario="RMa", sight="nlos", bs_height_m=35.0) == Reach.TOO_FAR


def test_base_heights_outside_the_table_are_flagged():
    flags = reach(100.0, scenario="UMi", sight="los", bs_height_m=[8.0, 10.0, 45.0])
    assert flags.tolist() == [Reach.ANTENNA_TOO_LOW, Reach.INSIDE, Reach.ANTENNA_TOO_HIGH]


def test_arguments_broadcast():
    cell: dict[str, Any] = {"scenario": "UMa", "bs_height_m": 25.0}
    assert nlos_loss_db(DISTANCES_M, frequency_ghz=[[0.7], [3.5]], **cell).shape == (2, 4)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"scenario": "InH"}, "scenario is 'InH'; use one of UMa, UMi, RMa"),
        ({"frequency_ghz": 0.47}, "frequency_ghz is 0.47"),
        ({"frequency_ghz": math.nan}, "frequency_ghz is nan"),
        ({"scenario": "RMa", "frequency_ghz": 31.0}, "frequency_ghz is 31; .* 0.5-30"),
        ({"bs_height_m": 0.0}, "bs_height_m is 0"),
        ({"ut_height_m": 1.0}, "ut_height_m is 1; .* 1.5-22.5"),
        ({"ut_height_m": 23.0}, "ut_height_m is 23"),
        ({"environment_height_m": 1.5}, "environment_height_m is 1.5"),
        ({"scenario": "RMa", "building_height_m": 4.0}, "building_height_m is 4"),
        ({"scenario": "RMa", "street_width_m": 51.0}, "street_width_m is 51"),
        ({"distance_m": [100.0, math.nan]}, "distance_m is nan"),
        ({"distance_m": -1.0}, "distance_m is -1"),
    ],
)
def test_value_outside_the_range_is_named(changed, said):
    arguments: dict[str, Any] = {"distance_m": 100.0, **_cell("UMa")} | changed
    with pytest.raises(UsageError, match=said):
        nlos_loss_db(arguments.pop("distance_m"), **arguments)


def test_unknown_words_are_named():
    brick: Any = "brick"
    capitals: Any = "LOS"
    with pytest.raises(UsageError, match="walls is 'brick'"):
        entry_loss(1.0, walls=brick)
    with pytest.raises(UsageError, match="sight is 'LOS'"):
        shadow_sigma_db(100.0, sight=capitals, **_cell("UMa"))
    with pytest.raises(UsageError, match="depth_m is 26"):
        entry_loss(1.0, walls="low-loss", depth_m=26.0)
