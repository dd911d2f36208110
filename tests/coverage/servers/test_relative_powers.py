"""The strongest server and relative powers, against the plain ones."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ngbw.coverage.servers.relative_powers import POWERLESS_BELOW_DB, power_ratio, strongest


def test_a_ratio_is_the_power_of_ten_to_one_part_in_ten_thousand():
    for below_db in np.linspace(0, 99.99, 2001, dtype=np.float32):
        assert power_ratio(below_db) == pytest.approx(10 ** (-below_db / 10), rel=1e-4)
    assert power_ratio(np.float32(0)) == 1
    assert power_ratio(np.float32(POWERLESS_BELOW_DB)) == 0
    assert power_ratio(np.float32(940)) == 0


@settings(max_examples=30)
@given(st.integers(0, 2**32 - 1), st.integers(1, 9))
def test_the_first_of_the_strongest_is_found(seed, servers):
    tile = np.random.default_rng(seed).integers(-999, -990, (servers, 40)).astype(np.float32)
    best, level = np.empty(40, np.int32), np.empty(40, np.float32)
    strongest(tile, best, level)
    assert np.array_equal(best, tile.argmax(axis=0))
    assert np.array_equal(level, tile.max(axis=0))
