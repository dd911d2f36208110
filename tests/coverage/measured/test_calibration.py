"""Calibration: what it recovers, what it never looks at, and when it refuses."""

from __future__ import annotations

import dataclasses
import json
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ngbw.coverage.measured.calibration import (
    FIT_POINTS,
    HELD_OUT_POINTS,
    Split,
    calibrate,
    points_needed,
    split_pairs,
)
from ngbw.coverage.measured.residuals import (
    Pairs,
    effective_count,
    residual_group,
    residuals_by,
    spatial_blocks,
)
from ngbw.topology.errors import InputError, UsageError


def pairs_of(size=400, bias=0.0, sigma=6.0, seed=1, sites=8, spread_m=8000.0):
    """Points all over a district, measured = predicted + bias + noise."""
    random = np.random.default_rng(seed)
    x, y = random.uniform(0, spread_m, (2, size))
    predicted = random.uniform(40, 90, size)
    return Pairs(
        predicted + bias + random.normal(0, sigma, size) if sigma else predicted + bias,
        predicted,
        np.hypot(x, y) / 1000,
        x,
        y,
        tuple(f"S{i}" for i in random.integers(0, sites, size)),
        tuple("urban" if i else "park" for i in random.integers(0, 2, size)),
    )


def reordered(pairs, order):
    return Pairs(
        pairs.measured_dbuv_m[order],
        pairs.predicted_dbuv_m[order],
        pairs.distance_km[order],
        pairs.x_m[order],
        pairs.y_m[order],
        tuple(pairs.site_id[i] for i in order),
        tuple(pairs.clutter[i] for i in order),
    )


@settings(max_examples=30)
@given(st.floats(-30, 30), st.sampled_from(["site", "block"]), st.integers(0, 2**31))
def test_a_constant_bias_is_recovered_exactly(bias, split, seed):
    report = calibrate(pairs_of(bias=bias, sigma=0.0), split=split, seed=seed)
    assert report.bias_db == pytest.approx(bias, abs=1e-9)
    assert report.sigma_db == pytest.approx(0, abs=1e-9)
    assert report.held_out.calibrated.rmse_db == pytest.approx(0, abs=1e-9)
    assert report.held_out.raw.rmse_db == pytest.approx(abs(bias), abs=1e-9)


def test_intervals_hold_the_truth_as_often_as_they_say():
    reports = [
        calibrate(pairs_of(bias=4.0, sigma=7.0, seed=seed), split="block", seed=seed)
        for seed in range(120)
    ]
    bias = np.mean([r.bias_interval_db[0] <= 4 <= r.bias_interval_db[1] for r in reports])
    sigma = np.mean([r.sigma_interval_db[0] <= 7 <= r.sigma_interval_db[1] for r in reports])
    within = np.mean([r.held_out_within_sigma for r in reports])
    assert bias >= 0.93  # blocks that agree less than fully make the intervals wider, not narrower
    assert sigma >= 0.93
    assert within == pytest.approx(0.683, abs=0.02)


@settings(max_examples=20)
@given(st.randoms(), st.sampled_from(["site", "block"]))
def test_the_order_of_the_points_changes_nothing(shuffle, split):
    pairs = pairs_of(bias=3.0)
    order = list(range(len(pairs)))
    shuffle.shuffle(order)
    assert calibrate(reordered(pairs, order), split=split) == calibrate(pairs, split=split)


@settings(max_examples=20)
@given(st.sampled_from(["site", "block"]), st.integers(0, 1000), st.floats(-500, 500))
def test_what_is_held_out_never_moves_the_fit(split, seed, change):
    pairs = pairs_of(bias=2.0)
    held = split_pairs(pairs, split, held_out_share=0.3, seed=seed)
    other = dataclasses.replace(
        pairs, measured_dbuv_m=np.where(held, pairs.measured_dbuv_m + change, pairs.measured_dbuv_m)
    )
    before, after = (calibrate(p, split=split, seed=seed) for p in (pairs, other))
    assert (after.bias_db, after.sigma_db) == (before.bias_db, before.sigma_db)
    assert after.fitted == before.fitted
    moved = after.held_out.raw.mean_db - before.held_out.raw.mean_db
    assert moved == pytest.approx(change, abs=1e-6)


@given(st.integers(0, 1000), st.floats(0.1, 0.5))
@settings(max_examples=40)
def test_a_split_takes_whole_sites_and_whole_blocks(seed, share):
    pairs = pairs_of()
    blocks = spatial_blocks(pairs.x_m, pairs.y_m, 200.0)
    splits: list[tuple[Split, Any]] = [("site", pairs.site_id), ("block", blocks)]
    for split, keys in splits:
        held = split_pairs(pairs, split, held_out_share=share, seed=seed)
        out = {key for key, taken in zip(keys, held, strict=True) if taken}
        fit = {key for key, taken in zip(keys, held, strict=True) if not taken}
        assert out
        assert fit
        assert not out & fit
        largest = max(keys.count(key) for key in keys)
        assert abs(held.sum() - share * len(pairs)) <= largest


def test_seeds_draw_different_parts_and_one_seed_the_same():
    pairs = pairs_of()
    parts = [split_pairs(pairs, "block", held_out_share=0.3, seed=s).tolist() for s in (1, 1, 2)]
    assert parts[0] == parts[1] != parts[2]


def test_the_numbers_needed_are_stated():
    assert (FIT_POINTS, HELD_OUT_POINTS) == (points_needed(2.0), points_needed(4.0)) == (62, 16)


def test_too_few_points_are_refused_with_the_number_needed():
    with pytest.raises(InputError, match=r"fitted part has \d+ points; 62 are needed.*more"):
        calibrate(pairs_of(size=60), split="block")
    with pytest.raises(InputError, match=r"held-out part has \d+ points; 16 are needed"):
        calibrate(pairs_of(size=90), split="block", held_out_share=0.1)


def test_clustered_points_are_refused_with_the_number_of_blocks_needed():
    with pytest.raises(InputError, match=r"so clustered .* 62 are needed.*more blocks of 200 m"):
        calibrate(pairs_of(size=3000, spread_m=900.0), split="block")


def test_one_site_cannot_be_split_by_site():
    with pytest.raises(InputError, match="all 400 points lie in one site"):
        calibrate(pairs_of(sites=1), split="site")
    nameless = dataclasses.replace(pairs_of(), site_id=("",) * 400)
    with pytest.raises(InputError, match="400 of 400 points name no site; split by block"):
        calibrate(nameless, split="site")


@pytest.mark.parametrize("wrong", [{"split": "year"}, {"held_out_share": 0.7}, {"block_m": 10.0}])
def test_a_parameter_out_of_range_is_refused(wrong):
    with pytest.raises(UsageError, match=next(iter(wrong))):
        calibrate(pairs_of(), **{"split": "block", **wrong})


def test_predicted_measured_and_calibrated_stay_three_layers():
    pairs = pairs_of(bias=5.0)
    measured, predicted = pairs.measured_dbuv_m.copy(), pairs.predicted_dbuv_m.copy()
    report = calibrate(pairs, split="block")
    third = report.calibrated(predicted)
    np.testing.assert_allclose(third - predicted, report.bias_db)
    np.testing.assert_array_equal(pairs.predicted_dbuv_m, predicted)
    np.testing.assert_array_equal(pairs.measured_dbuv_m, measured)
    with pytest.raises(ValueError, match="read-only"):
        pairs.predicted_dbuv_m[0] = 0


def test_the_report_reads_as_text_and_as_data():
    report = calibrate(pairs_of(bias=5.0), split="site", seed=7)
    text = report.text()
    for word in ("seed 7", "bias", "held out, calibrated", "by distance", "park", "S3"):
        assert word in text
    data = json.loads(json.dumps(report.to_dict()))
    assert data["bias_db"] == report.bias_db
    assert data["held_out"]["raw"]["pairs"] == report.held_out.raw.pairs


def test_effective_points_count_blocks_that_are_equally_filled():
    blocks = [(i, 0) for i in range(50) for _ in range(20)]
    assert effective_count(blocks) == 50
    assert effective_count([]) == 0


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=1))
def test_effective_points_are_never_more_than_blocks_or_points(blocks):
    assert 1 <= effective_count(blocks) <= len(set(blocks)) + 1e-9
    assert effective_count(blocks) <= len(blocks)


def test_residuals_are_measured_minus_predicted_by_class():
    pairs = Pairs(
        np.array([60.0, 62, 50, 40]), np.array([50.0, 50, 50, 50]), np.array([0.05, 0.1, 3, 70]),
        np.zeros(4), np.zeros(4), ("A", "A", "B", ""), ("urban", "", "urban", "urban"),
    )  # fmt: skip
    by_distance = residuals_by(pairs, "distance")
    assert [group.label for group in by_distance] == [
        "0-0.1 km", "0.1-0.25 km", "2-5 km", "over 50 km",
    ]  # fmt: skip
    assert [group.mean_db for group in by_distance] == [10, 12, 0, -10]
    site = residuals_by(pairs, "site")
    assert [(group.label, group.pairs, group.mean_db) for group in site] == [
        ("A", 2, 11), ("B", 1, 0), ("unknown", 1, -10),
    ]  # fmt: skip
    assert site[0].sd_db == pytest.approx(math.sqrt(2))
    assert site[1].sd_db is None
    assert residuals_by(pairs, "clutter")[0].rmse_db == pytest.approx(math.sqrt(200 / 3))
    with pytest.raises(InputError, match="not by 'colour'"):
        residuals_by(pairs, "colour")


@given(st.lists(st.floats(-100, 100), min_size=2, max_size=60))
def test_statistics_equal_numpys(values):
    group = residual_group("x", values)
    assert group.mean_db == pytest.approx(np.mean(values), abs=1e-9)
    assert group.sd_db == pytest.approx(np.std(values, ddof=1), abs=1e-9)
    assert group.rmse_db == pytest.approx(np.sqrt(np.mean(np.square(values))), abs=1e-9)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"predicted_dbuv_m": np.array([1.0, math.nan])}, "predicted_dbuv_m of pair 1 is nan"),
        ({"distance_km": np.array([-1.0, 1.0])}, "distance_km is below 0"),
        ({"x_m": np.zeros(3)}, "x_m has the shape"),
        ({"clutter": ("a",)}, "clutter has 1 entries"),
    ],
)
def test_pairs_that_do_not_fit_are_refused(changes, says):
    one = np.ones(2)
    good = Pairs(one, one, one, one, one, ("a", "b"), ("", ""))
    with pytest.raises(InputError, match=says):
        dataclasses.replace(good, **changes)


def test_no_pairs_cannot_be_compared():
    nothing = np.empty(0)
    with pytest.raises(InputError, match="no pair"):
        Pairs(nothing, nothing, nothing, nothing, nothing, (), ())
