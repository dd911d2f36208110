"""Best server, second server and overlap against a plain sort."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from ngbw.coverage.servers.best import NO_SERVER, find_servers
from ngbw.coverage.servers.level_stack import levels_of, levels_of_losses
from ngbw.topology.errors import UsageError


def plain(levels, threshold, overlap):
    """Rank one pixel after the other."""
    rows = []
    for column in levels.T:
        reached = [n for n in range(len(column)) if not np.isnan(column[n])]
        order = sorted(reached, key=lambda n: (-column[n], n))
        best = order[0] if order else NO_SERVER
        second = order[1] if len(order) > 1 else NO_SERVER
        above = [n for n in reached if column[n] >= threshold]
        near = [n for n in above if column[n] >= np.float32(column[best] - overlap)]
        rows.append((best, second, len(above), len(near)))
    return np.array(rows).T


@settings(max_examples=60)
@given(
    arrays.arrays(
        np.float32,
        st.tuples(st.integers(1, 7), st.integers(1, 30)),
        elements=st.integers(-120, -40).map(float) | st.just(np.nan),
    ),
    st.integers(0, 12),
)
def test_ranking_equals_a_plain_sort(levels, overlap):
    found = find_servers(levels_of(levels), threshold_db=-80, overlap_db=overlap)
    best, second, above, near = plain(levels, -80, overlap)
    assert np.array_equal(found.best, best)
    assert np.array_equal(found.second, second)
    assert np.array_equal(found.above_threshold, above)
    assert np.array_equal(found.overlapping, near)
    reached = best != NO_SERVER
    assert np.array_equal(np.isnan(found.best_db), ~reached)
    picked = levels[best[reached], np.nonzero(reached)[0]]
    assert np.array_equal(found.best_db[reached], picked)


def test_a_pixel_without_server_has_an_unknown_level_and_no_overlap():
    found = find_servers(levels_of(np.full((2, 3), np.nan)), threshold_db=0)
    assert (found.best == NO_SERVER).all()
    assert np.isnan(found.best_db).all()
    assert found.overlap_share is None


def test_result_does_not_depend_on_tiles_or_threads_and_keeps_the_shape():
    rng = np.random.default_rng(3)
    losses = rng.integers(8000, 14000, (5, 40, 50)).astype(np.int16)
    stack = levels_of_losses(losses, 56.0)
    one = find_servers(stack, threshold_db=-60, threads=1)
    two = find_servers(stack, threshold_db=-60, threads=4)
    assert one.best.shape == (40, 50)
    assert np.array_equal(one.best, losses.argmin(0))
    assert np.array_equal(one.overlapping, two.overlapping)
    assert one.overlap_share == two.overlap_share
    assert one.overlap_share


def test_impossible_thresholds_are_refused():
    stack = levels_of(np.zeros((1, 1)))
    with pytest.raises(UsageError, match="threshold_db"):
        find_servers(stack, threshold_db=float("nan"))
    with pytest.raises(UsageError, match="overlap_db"):
        find_servers(stack, threshold_db=0, overlap_db=-1)
