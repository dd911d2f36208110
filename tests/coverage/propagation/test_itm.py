"""The Irregular Terrain Model against NTIA's reference, and against plain slow versions."""

from __future__ import annotations

import csv
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ngbw.coverage.propagation import itm, itm_profile
from ngbw.coverage.propagation.itm_variability import deviate
from ngbw.topology.errors import InputError, UsageError

AVERAGE: dict[str, Any] = {
    "tx_height_m": 35.0,
    "rx_height_m": 1.5,
    "frequency_mhz": 600.0,
    "climate": 5,
    "surface_refractivity": 301.0,
    "permittivity": 15.0,
    "conductivity_s_m": 0.005,
    "polarization": "vertical",
    "mdvar": 3,
    "time_percent": 50.0,
    "location_percent": 50.0,
    "situation_percent": 50.0,
}
POLARIZATIONS = ("horizontal", "vertical")
FLAT_M = [10.0] * 101

# NTIA/itm, pfls.csv, second profile, to 0.1 m: a ridge of 450 m over 7.8 km.
RIDGE_SPACING_M = 99.708992
_RIDGE = """
    553.9 558.5 564.4 574.9 576.4 572.8 582.2 602.6 620.7 633.6 642.1 648.4 655.1 664.6 677.1
    690.7 704.1 711.9 717.3 725.4 736.0 748.5 762.4 778.6 787.1 801.0 828.2 856.9 867.4 879.9
    894.2 902.5 915.8 925.4 935.7 943.7 946.3 941.7 924.1 901.9 878.2 850.4 828.3 803.5 780.6
    763.7 743.9 728.6 715.1 703.9 700.0 696.5 695.0 692.8 687.9 693.3 703.2 712.0 717.7 725.1
    736.7 747.6 759.7 775.2 787.7 798.3 811.5 823.0 828.4 832.1 834.2 835.6 834.7 827.5 812.6
    798.8 791.3 789.4 795.0
"""
RIDGE_M = [float(height) for height in _RIDGE.split()]


def _p2p_arguments(row):
    """Translate a row of the generated vectors."""
    return {
        "tx_height_m": float(row["h_tx"]),
        "rx_height_m": float(row["h_rx"]),
        "frequency_mhz": float(row["f_mhz"]),
        "climate": int(row["climate"]),
        "surface_refractivity": float(row["N_0"]),
        "permittivity": float(row["eps"]),
        "conductivity_s_m": float(row["sigma"]),
        "polarization": POLARIZATIONS[int(row["pol"])],
        "mdvar": int(row["mdvar"]),
        "time_percent": float(row["time"]),
        "location_percent": float(row["loc"]),
        "situation_percent": float(row["sit"]),
    }


def _official_arguments(row):
    """Translate what the official tables share."""
    return {
        "tx_height_m": float(row["h_tx__meter"]),
        "rx_height_m": float(row["h_rx__meter"]),
        "frequency_mhz": float(row["f__mhz"]),
        "climate": int(row["climate"]),
        "surface_refractivity": float(row["N_0"]),
        "permittivity": float(row["epsilon"]),
        "conductivity_s_m": float(row["sigma"]),
        "polarization": POLARIZATIONS[int(row["pol"])],
        "mdvar": int(row["mdvar"]),
        "time_percent": float(row["time"]),
        "location_percent": float(row["location"]),
        "situation_percent": float(row["situation"]),
    }


def _profiles(path: Path):
    """Read rows of (spans, spacing, heights)."""
    rows = [np.array(line.split(","), float) for line in path.read_text().split()]
    assert all(row.size == row[0] + 3 for row in rows)
    return [(row[2:], row[1]) for row in rows]


# --- the reference's numbers


@pytest.mark.shared
@pytest.mark.parametrize(("name", "count"), [("city", 288), ("rough", 180)])
def test_generated_cases_agree_to_1e_9_dB_with_every_intermediate(shared, name, count):
    folder = shared / "vectors" / "rf" / "itm"
    profiles = _profiles(folder / f"{name}_pfls.csv")
    with (folder / f"{name}_cases.csv").open() as file:
        cases = list(csv.DictReader(file))
    assert len(cases) == count
    for case in cases:
        got = itm.point_to_point(*profiles[int(case["row"])], **_p2p_arguments(case))
        for column, value in {
            "A_db": got.loss_db,
            "A_ref_db": got.reference_attenuation_db,
            "A_fs_db": got.free_space_db,
            "delta_h_m": got.delta_h_m,
            "h_e_tx_m": got.tx_effective_height_m,
            "h_e_rx_m": got.rx_effective_height_m,
            "N_s": got.path_refractivity,
            "theta_hzn_tx": got.tx_horizon_rad,
            "theta_hzn_rx": got.rx_horizon_rad,
        }.items():
            assert value == pytest.approx(float(case[column]), rel=0, abs=1e-9), (column, case)
        for column, value in {
            "d_hzn_tx_m": got.tx_horizon_m,
            "d_hzn_rx_m": got.rx_horizon_m,
        }.items():  # twelve digits of up to 100 km
            assert value == pytest.approx(float(case[column]), rel=1e-11), (column, case)
        assert (got.mode, got.warnings) == (int(case["mode"]), int(case["warnings"]))


@pytest.mark.shared
def test_generated_cases_visit_every_mode(shared):
    with (shared / "vectors" / "rf" / "itm" / "rough_cases.csv").open() as file:
        assert {row["mode"] for row in csv.DictReader(file)} == {"1", "2", "3"}


@pytest.mark.shared
def test_official_point_to_point_cases_agree_to_print_rounding(shared):
    folder = shared / "vectors" / "rf" / "itm"
    profiles = _profiles(folder / "pfls.csv")
    with (folder / "p2p.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(profiles) == 5
    for row, profile in zip(rows, profiles, strict=True):
        got = itm.point_to_point(*profile, **_official_arguments(row))
        assert got.loss_db == pytest.approx(float(row["A__db"]), abs=0.005)


@pytest.mark.shared
def test_official_area_cases_agree_to_print_rounding(shared):
    with (shared / "vectors" / "rf" / "itm" / "area.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 5
    for row in rows:
        got = itm.area(
            float(row["d__km"]),
            delta_h_m=float(row["delta_h__meter"]),
            tx_siting=int(row["tx_siting_criteria"]),
            rx_siting=int(row["rx_siting_criteria"]),
            **_official_arguments(row),
        )
        assert got.loss_db == pytest.approx(float(row["A__db"]), abs=0.05)


def test_path_over_a_ridge_loses_what_ntia_publishes():
    got = itm.point_to_point(  # NTIA/itm, p2p.csv, second row
        RIDGE_M,
        RIDGE_SPACING_M,
        tx_height_m=3,
        rx_height_m=1.5,
        frequency_mhz=480,
        climate=5,
        surface_refractivity=301,
        permittivity=15,
        conductivity_s_m=0.008,
        polarization="vertical",
        mdvar=12,
        time_percent=22,
        location_percent=22,
        situation_percent=22,
    )
    assert got.loss_db == pytest.approx(157.10, abs=0.02)  # heights are cut to 0.1 m
    assert got.mode is itm.Mode.LINE_OF_SIGHT
    assert got.warnings is itm.Warnings.RX_HORIZON_BELOW_A_TENTH_OF_SMOOTH_EARTH
    assert got.distance_km == pytest.approx(7.7773, abs=1e-4)


@pytest.mark.parametrize(
    ("distance_km", "delta_h_m", "sitings", "changed", "loss_db"),
    [
        # NTIA/itm, area.csv, rows 1, 2 and 4
        (
            16,
            0,
            (0, 0),
            {
                "tx_height_m": 10,
                "rx_height_m": 1,
                "frequency_mhz": 230,
                "polarization": "horizontal",
                "mdvar": 0,
                "time_percent": 87,
            },
            152.5,
        ),
        (
            10,
            10,
            (1, 0),
            {
                "tx_height_m": 3,
                "frequency_mhz": 450,
                "mdvar": 1,
                "polarization": "horizontal",
                "time_percent": 40,
                "location_percent": 28,
                "situation_percent": 25,
            },
            133.0,
        ),
        (
            75,
            20,
            (0, 1),
            {
                "tx_height_m": 3,
                "rx_height_m": 5,
                "frequency_mhz": 3100,
                "climate": itm.Climate.CONTINENTAL_SUBTROPICAL,
                "location_percent": 80,
                "situation_percent": 43,
            },
            205.1,
        ),
    ],
)
def test_area_mode_loses_what_ntia_publishes(distance_km, delta_h_m, sitings, changed, loss_db):
    got = itm.area(
        distance_km,
        delta_h_m=delta_h_m,
        tx_siting=sitings[0],
        rx_siting=sitings[1],
        **(AVERAGE | {"conductivity_s_m": 0.008} | changed),
    )
    assert got.loss_db == pytest.approx(loss_db, abs=0.05)
    assert got.delta_h_m == delta_h_m


# --- against plain versions


def _plain_horizons(height_m, spacing_m, tx_height_m, rx_height_m, earth_m):
    """Look at every sample with its exact angle."""
    last = len(height_m) - 1
    z_tx, z_rx = height_m[0] + tx_height_m, height_m[last] + rx_height_m
    d = last * spacing_m
    tx = ((z_rx - z_tx) / d - d / (2 * earth_m), d)
    rx = (-(z_rx - z_tx) / d - d / (2 * earth_m), d)
    from_tx, from_rx = 0.0, d
    for z in height_m[1:last]:
        from_tx, from_rx = from_tx + spacing_m, from_rx - spacing_m
        seen = (z - z_tx) / from_tx - from_tx / (2 * earth_m)
        if seen > tx[0]:
            tx = (seen, from_tx)
        seen = -(z_rx - z) / from_rx - from_rx / (2 * earth_m)
        if seen > rx[0]:
            rx = (seen, from_rx)
    return tx[0], rx[0], tx[1], rx[1]


terrain = st.lists(
    st.floats(-400, 4000) | st.sampled_from([0.0, 4.0, 4.0625]), min_size=3, max_size=120
)


@given(terrain, st.floats(0.5, 500), st.floats(0.5, 300), st.floats(0.5, 300))
def test_horizons_are_those_of_the_plain_loop(heights, spacing_m, tx_m, rx_m):
    arguments = (np.array(heights), spacing_m, tx_m, rx_m, 8.5e6)
    assert itm_profile.horizons(*arguments) == _plain_horizons(*arguments)


def test_horizon_is_the_other_antenna_over_a_valley():
    valley = np.array([100.0, 20.0, 0.0, 20.0, 100.0])
    _, _, tx_m, rx_m = itm_profile.horizons(valley, 500.0, 10.0, 10.0, 8.5e6)
    assert (tx_m, rx_m) == (2000.0, 2000.0)


def _plain_irregularity(height_m, spacing_m, start_m, end_m):
    """Resample, fit with polyfit, sort."""
    first, final = start_m / spacing_m, end_m / spacing_m
    if final - first < 2:
        return 0.0
    tenth = min(max(4, int(0.1 * (final - first + 8))), 25)
    count = 10 * tenth - 5
    at = np.linspace(first, final, count)
    sampled = np.interp(at, np.arange(len(height_m)), height_m)
    # ITM's fit: end samples weigh half, and (L^2 + 2) L / 12 stands for the sum of squares.
    x = np.arange(count) - (count - 1) / 2
    weight = np.ones(count)
    weight[[0, -1]] = 0.5
    spans = count - 1.0
    mean = (weight * sampled).sum() / spans
    slope = (weight * sampled * x).sum() * 12 / ((spans**2 + 2) * spans)
    rest = np.sort(sampled - mean - slope * x)[::-1]
    spread = rest[tenth - 1] - rest[count - tenth]
    return spread / (1 - 0.8 * math.exp(-(end_m - start_m) / 50e3))


@given(terrain.filter(lambda heights: len(heights) > 8), st.floats(1, 500))
def test_irregularity_is_that_of_sorting(heights, spacing_m):
    length = (len(heights) - 1) * spacing_m
    got = itm_profile.irregularity_m(
        np.array(heights), spacing_m, 0.1 * length, 0.85 * length, np.empty(245)
    )
    assert got == pytest.approx(
        _plain_irregularity(heights, spacing_m, 0.1 * length, 0.85 * length), abs=1e-8
    )


def test_flat_terrain_has_no_irregularity():
    assert itm.point_to_point(FLAT_M, 100.0, **AVERAGE).delta_h_m == 0.0


@given(st.floats(1e-6, 1 - 1e-6))
def test_deviate_is_the_normal_one_within_its_stated_error(share):
    from scipy.special import ndtri

    assert deviate(share) == pytest.approx(-ndtri(share), abs=4.5e-4)


# --- properties


@given(terrain, st.floats(5, 300), st.floats(0.5, 200))
def test_any_terrain_gives_a_finite_loss(heights, spacing_m, rx_height_m):
    got = itm.point_to_point(heights, spacing_m, **(AVERAGE | {"rx_height_m": rx_height_m}))
    assert math.isfinite(got.loss_db)
    assert got.reference_attenuation_db >= 0


@given(
    terrain,
    st.sampled_from(["time_percent", "location_percent", "situation_percent"]),
    st.tuples(st.floats(1, 99), st.floats(1, 99)).map(sorted),
)
def test_more_of_time_places_or_situations_never_costs_less(heights, name, shares):
    less, more = (
        itm.point_to_point(heights, 90.0, **(AVERAGE | {name: share})).loss_db for share in shares
    )
    assert less <= more + 1e-9


@given(st.lists(terrain, min_size=1, max_size=4))
def test_many_profiles_lose_what_each_one_loses(profiles):
    samples = min(len(profile) for profile in profiles)
    rows = np.array([profile[:samples] for profile in profiles])
    spacing_m = np.linspace(20.0, 90.0, len(rows))
    got = itm.point_to_point_losses(rows, spacing_m, **AVERAGE)
    for loss_db, row, spacing in zip(got, rows, spacing_m, strict=True):
        assert loss_db == itm.point_to_point(row, spacing, **AVERAGE).loss_db


def test_one_spacing_serves_every_profile():
    both = itm.point_to_point_losses([FLAT_M, FLAT_M], 100.0, **AVERAGE)
    assert both[0] == both[1] == itm.point_to_point(FLAT_M, 100.0, **AVERAGE).loss_db


def test_profile_is_not_written_to():
    heights = np.array(RIDGE_M)
    itm.point_to_point(heights, RIDGE_SPACING_M, **AVERAGE)
    assert heights.tolist() == RIDGE_M


def test_short_path_is_answered_and_flagged():
    got = itm.point_to_point([4.0] * 11, 50.0, **AVERAGE)
    assert itm.Warnings.DISTANCE_BELOW_1_KM in got.warnings
    assert math.isfinite(got.loss_db)


@pytest.mark.parametrize(
    ("changed", "flag"),
    [
        ({"tx_height_m": 0.7}, itm.Warnings.TX_HEIGHT),
        ({"rx_height_m": 1500.0}, itm.Warnings.RX_HEIGHT),
        ({"frequency_mhz": 12_000.0}, itm.Warnings.FREQUENCY),
        ({"situation_percent": 0.01}, itm.Warnings.EXTREME_VARIABILITY),
    ],
)
def test_values_near_the_limits_are_flagged(changed, flag):
    assert flag not in itm.point_to_point(FLAT_M, 100.0, **AVERAGE).warnings
    assert flag in itm.point_to_point(FLAT_M, 100.0, **(AVERAGE | changed)).warnings


# --- what is refused


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"tx_height_m": -3.0}, "tx_height_m is -3"),
        ({"tx_height_m": 0.4}, "tx_height_m is 0.4"),
        ({"rx_height_m": math.nan}, "rx_height_m is nan"),
        ({"rx_height_m": 3001.0}, "rx_height_m is 3001"),
        ({"frequency_mhz": 19.9}, "frequency_mhz is 19.9"),
        ({"frequency_mhz": 20_001.0}, "20-20000 MHz"),
        ({"surface_refractivity": 249.0}, "surface_refractivity is 249"),
        ({"climate": 0}, "climate is 0; use 1-7"),
        ({"climate": 8}, "climate is 8"),
        ({"permittivity": 0.9}, "permittivity is 0.9"),
        ({"permittivity": math.inf}, "permittivity is inf"),
        ({"conductivity_s_m": 0.0}, "conductivity_s_m is 0"),
        ({"polarization": "V"}, "polarization is 'V'"),
        ({"mdvar": 4}, "mdvar is 4"),
        ({"mdvar": 34}, "mdvar is 34"),
        ({"time_percent": 0.0}, "time_percent is 0"),
        ({"location_percent": 100.0}, "location_percent is 100"),
        ({"situation_percent": math.nan}, "situation_percent is nan"),
        # as reactive as resistive
        ({"permittivity": 1.0, "polarization": "horizontal"}, "permittivity is 1;"),
    ],
)
def test_argument_outside_the_range_is_named(changed, said):
    with pytest.raises(UsageError, match=said):
        itm.point_to_point(FLAT_M, 100.0, **(AVERAGE | changed))
    with pytest.raises(UsageError, match=said):
        itm.point_to_point_losses([FLAT_M], 100.0, **(AVERAGE | changed))


@pytest.mark.parametrize("spacing_m", [0.0, -10.0, math.nan, math.inf])
def test_spacing_that_is_not_positive_is_named(spacing_m):
    with pytest.raises(InputError, match=f"spacing_m is {spacing_m:g}"):
        itm.point_to_point(FLAT_M, spacing_m, **AVERAGE)
    with pytest.raises(InputError, match=f"spacing_m of path 1 is {spacing_m:g}"):
        itm.point_to_point_losses([FLAT_M, FLAT_M], [100.0, spacing_m], **AVERAGE)


@pytest.mark.parametrize("count", [0, 1, 2])
def test_profile_of_fewer_than_3_points_is_refused(count):
    with pytest.raises(InputError, match=rf"the profile has {count} point\(s\)"):
        itm.point_to_point([5.0] * count, 100.0, **AVERAGE)


@pytest.mark.parametrize("gap", [math.nan, math.inf])
def test_gap_in_the_terrain_is_named_and_never_spreads(gap):
    heights = [*FLAT_M]
    heights[7] = gap
    with pytest.raises(InputError, match=rf"height_m\[7\] is {gap}"):
        itm.point_to_point(heights, 100.0, **AVERAGE)
    with pytest.raises(InputError, match=rf"height_m\[1, 7\] is {gap}"):
        itm.point_to_point_losses([FLAT_M, heights], 100.0, **AVERAGE)


def test_profile_of_the_wrong_shape_is_named():
    with pytest.raises(InputError, match="height_m has 2 dimension"):
        itm.point_to_point([FLAT_M], 100.0, **AVERAGE)
    with pytest.raises(InputError, match="spacing_m has the shape"):
        itm.point_to_point_losses([FLAT_M], [1.0, 2.0], **AVERAGE)


def test_terrain_too_high_for_its_refractivity_is_named():
    with pytest.raises(InputError, match="path 1: at the mean height"):
        itm.point_to_point_losses([FLAT_M, [9000.0] * 101], 100.0, **AVERAGE)
    with pytest.raises(InputError, match="the profile: at the mean height"):
        itm.point_to_point([9000.0] * 101, 100.0, **AVERAGE)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"distance_km": 0.0}, "distance_km is 0"),
        ({"distance_km": math.nan}, "distance_km is nan"),
        ({"delta_h_m": -1.0}, "delta_h_m is -1"),
        ({"tx_siting": 3}, "tx_siting is 3"),
        ({"rx_siting": -1}, "rx_siting is -1"),
    ],
)
def test_area_argument_outside_the_range_is_named(changed, said):
    arguments: dict[str, Any] = {
        "distance_km": 10.0,
        "delta_h_m": 30.0,
        "tx_siting": 0,
        "rx_siting": 0,
    } | changed
    with pytest.raises(UsageError, match=said):
        itm.area(arguments.pop("distance_km"), **arguments, **AVERAGE)
