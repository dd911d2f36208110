"""The reason of a missed pixel is the first step that costs the service."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ngbw.coverage.servers.miss_reasons import MissReason, miss_reasons
from ngbw.topology.errors import UsageError

STEPS = [
    "unobstructed_margin_db",
    "outdoor_margin_db",
    "indoor_margin_db",
    "interference_margin_db",
    "uplink_margin_db",
]
REASONS = ["DISTANCE", "SHADOW", "INDOOR", "INTERFERENCE", "UPLINK"]


def reason(*margins):
    return MissReason(
        miss_reasons(**{name: np.array([m]) for name, m in zip(STEPS, margins, strict=True)})[0]
    ).name


@pytest.mark.parametrize("step", range(5))
def test_each_step_has_its_reason_and_comes_before_later_ones(step):
    first = [1.0] * 5
    first[step] = -1.0
    assert reason(*first) == REASONS[step]
    later = [1.0] * step + [-1.0] * (5 - step)
    assert reason(*later) == REASONS[step]


def test_a_margin_of_zero_is_served():
    assert reason(0.0, 0.0, 0.0, 0.0, 0.0) == "SERVED"


@given(st.lists(st.floats(-50, 50), min_size=5, max_size=5))
def test_the_reason_is_the_first_negative_margin(margins):
    expected = next((r for r, m in zip(REASONS, margins, strict=True) if m < 0), "SERVED")
    assert reason(*margins) == expected


def test_nothing_arriving_is_shadow_and_not_knowing_is_unknown():
    assert reason(10.0, -np.inf, -np.inf, -np.inf, -np.inf) == "SHADOW"
    assert reason(np.nan, 1.0, 1.0, 1.0, 1.0) == "UNKNOWN"
    assert reason(1.0, 1.0, 1.0, np.nan, -1.0) == "UNKNOWN"
    # What is decided before the unknown step stays decided.
    assert reason(-1.0, np.nan, np.nan, np.nan, np.nan) == "DISTANCE"


def test_steps_that_a_service_does_not_have_are_left_out():
    found = miss_reasons(
        unobstructed_margin_db=np.ones((2, 2)), outdoor_margin_db=np.array([[1, -1], [1, 1.0]])
    )
    assert found.dtype == np.uint8
    assert found.tolist() == [[MissReason.SERVED, MissReason.SHADOW], [MissReason.SERVED] * 2]


def test_margins_of_different_shape_are_refused():
    with pytest.raises(UsageError, match="outdoor_margin_db has shape"):
        miss_reasons(unobstructed_margin_db=np.ones(2), outdoor_margin_db=np.ones(3))
