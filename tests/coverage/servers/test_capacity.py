"""Spectral efficiency, cell capacity and load by hand-made cells."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ngbw.coverage.servers.capacity import (
    LTE_SCHEMES,
    Scheme,
    cell_capacity,
    shannon_efficiency,
    spectral_efficiency,
)
from ngbw.topology.errors import InputError, UsageError
from ngbw.topology.settings import Figure

CELL: dict[str, Any] = {"bandwidth_mhz": 10.0, "pixel_km2": 0.01, "user_mbps": 1.0, "overhead": 0.2}


def test_efficiency_steps_at_each_threshold():
    sinr = np.array([-30, -6.91, -6.9, 0.79, 0.8, 19.8, 60, np.nan, -np.inf])
    expected = [0, 0, 0.1523, 0.6016, 0.8770, 5.5547, 5.5547, 0, 0]
    assert list(spectral_efficiency(sinr)) == expected


def test_efficiency_is_code_rate_times_bits():
    bits = {"QPSK": 2, "16QAM": 4, "64QAM": 6}
    for scheme in LTE_SCHEMES:
        modulation, rate = scheme.name.split()
        exact = bits[modulation] * int(rate.split("/")[0]) / 1024
        assert scheme.efficiency.value == pytest.approx(exact, abs=5e-5)
        assert not scheme.efficiency.assumed
        assert scheme.threshold_db.assumed


def test_every_scheme_stays_below_shannon():
    thresholds = np.array([scheme.threshold_db.value for scheme in LTE_SCHEMES])
    limit = shannon_efficiency(thresholds, gap_db=0.0, maximum=99.0)
    assert (spectral_efficiency(thresholds) < limit).all()


@given(st.floats(-20, 40), st.floats(0, 20))
def test_efficiency_never_falls_with_the_ratio(sinr, more):
    pair = np.array([sinr, sinr + more])
    low, high = spectral_efficiency(pair)
    assert low <= high
    low, high = shannon_efficiency(pair, gap_db=3.0, maximum=5.5)
    assert low <= high <= 5.5


def test_shannon_knows_its_gap_and_ceiling_and_silence():
    found = shannon_efficiency(np.array([3.0, 60.0, np.nan]), gap_db=3.0, maximum=4.4)
    assert list(found) == pytest.approx([1.0, 4.4, 0.0])


def test_equal_time_carries_the_mean_and_equal_rate_the_harmonic_mean():
    efficiency, server = np.array([4.0, 1.0, 0.0, 2.0]), np.array([0, 0, 0, -1])
    users = np.array([1.0, 1.0, 5.0, 7.0])
    time = cell_capacity(efficiency, server, users, cells=2, **CELL)
    rate = cell_capacity(efficiency, server, users, cells=2, sharing="equal-rate", **CELL)
    assert time.capacity_mbps[0] == pytest.approx(8 * 2.5)
    assert rate.capacity_mbps[0] == pytest.approx(8 * 2 / (1 / 4 + 1 / 1))
    assert time.load[0] == pytest.approx(2 / 20)
    assert rate.load[0] == pytest.approx(2 / 12.8)
    assert time.users[0] == 2
    assert time.users_without_service[0] == 5
    assert time.area_km2[0] == pytest.approx(0.02)
    assert time.capacity_mbps_km2[0] == pytest.approx(20 / 0.02)
    # A cell without users has no capacity to speak of, and no load.
    assert np.isnan(time.capacity_mbps[1])
    assert np.isnan(time.capacity_mbps_km2[1])
    assert time.load[1] == 0


def test_too_many_users_overload_a_cell():
    found = cell_capacity(
        np.ones(1), np.zeros(1, int), np.array([100.0]), cells=1, **CELL
    )  # fmt: skip
    assert found.load[0] == pytest.approx(100 / 8)
    assert found.overloaded[0]


@given(st.lists(st.tuples(st.floats(0.1, 6), st.floats(0.1, 50)), min_size=1, max_size=20))
def test_equal_rate_never_carries_more_than_equal_time(pixels):
    efficiency, users = (np.array(column) for column in zip(*pixels, strict=True))
    server = np.zeros(len(pixels), int)
    time = cell_capacity(efficiency, server, users, cells=1, **CELL)
    rate = cell_capacity(efficiency, server, users, cells=1, sharing="equal-rate", **CELL)
    assert rate.capacity_mbps[0] <= time.capacity_mbps[0] * (1 + 1e-12)


def test_wrong_tables_and_arrays_are_refused():
    scheme = Scheme("x", Figure(1.0, "t", True), Figure(1.0, "t", True))
    with pytest.raises(UsageError, match="rise from row to row"):
        spectral_efficiency(np.zeros(1), [scheme, scheme])
    with pytest.raises(UsageError, match="at least one row"):
        spectral_efficiency(np.zeros(1), [])
    with pytest.raises(UsageError, match="gap_db"):
        shannon_efficiency(np.zeros(1), gap_db=-1.0, maximum=4.0)
    one = np.ones(1)
    fair: dict[str, Any] = CELL | {"sharing": "fair"}
    full: dict[str, Any] = CELL | {"overhead": 1}
    with pytest.raises(UsageError, match="same pixels"):
        cell_capacity(one, np.zeros(2, int), one, cells=1, **CELL)
    with pytest.raises(UsageError, match="names cell 3"):
        cell_capacity(one, np.array([3]), one, cells=1, **CELL)
    with pytest.raises(InputError, match="users"):
        cell_capacity(one, np.zeros(1, int), np.array([np.nan]), cells=1, **CELL)
    with pytest.raises(UsageError, match="overhead 1"):
        cell_capacity(one, np.zeros(1, int), one, cells=1, **full)
    with pytest.raises(UsageError, match="sharing"):
        cell_capacity(one, np.zeros(1, int), one, cells=1, **fair)
