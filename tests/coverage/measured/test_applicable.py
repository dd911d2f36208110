"""One offset is refused where the prediction does not follow what is measured."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ngbw.coverage.measured.applicable import check_applicable, distance_trend
from ngbw.coverage.measured.residuals import Pairs
from ngbw.topology.errors import InputError


def pairs(measured: Any, predicted: Any, distance_km: Any) -> Pairs:
    """Return points each in a block of its own."""
    size = len(measured)
    at = np.arange(size, dtype=np.float64) * np.float64(1000.0)
    return Pairs(measured, predicted, distance_km, at, at, ("s",) * size, ("urban",) * size)


def world(drift_db_per_decade, *, follows=True, size=200):
    rng = np.random.default_rng(1)
    distance = 10 ** rng.uniform(-1, 0.7, size)
    predicted = 60 - 35 * np.log10(distance) if follows else rng.normal(60, 5, size)
    measured = 55 - (35 - drift_db_per_decade) * np.log10(distance) + rng.normal(0, 4, size)
    return pairs(measured, predicted, distance)


def test_an_offset_alone_is_accepted():
    found = check_applicable(world(0.0), block_m=200.0)
    assert found.correlation is not None
    assert found.correlation > 0.9


def test_a_prediction_that_does_not_follow_is_refused_with_what_is_needed():
    with pytest.raises(InputError, match=r"correlation.*Needed.*independent points"):
        check_applicable(world(0.0, follows=False), block_m=200.0)


def test_an_error_that_drifts_with_distance_is_refused():
    with pytest.raises(InputError, match=r"residuals change by \+.*another model"):
        check_applicable(world(12.0), block_m=200.0)


def test_a_slope_that_is_certain_but_small_does_no_harm():
    trend = distance_trend(world(2.0, size=2000), 2000.0)
    assert trend is not None
    assert trend.interval_db[0] > 0
    assert not trend.matters
    check_applicable(world(2.0, size=2000), block_m=200.0)


def test_points_of_one_distance_have_no_trend():
    same = pairs([50.0, 52.0, 54.0, 51.0], [50.0, 51.0, 55.0, 50.0], [1.0, 1.0, 1.0, 1.0])
    assert distance_trend(same, 4.0) is None


def test_constant_fields_say_nothing():
    flat = pairs([50.0] * 80, np.linspace(40, 60, 80), np.linspace(0.1, 2, 80))
    with pytest.raises(InputError, match="same everywhere"):
        check_applicable(flat, block_m=200.0)
