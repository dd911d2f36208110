"""One changed server: the update against all pixels combined again."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ngbw.coverage.propagation.model import LOSS_NONE
from ngbw.coverage.servers.edited import (
    INTERFERENCE_BOUND,
    PROBABILITY_BOUND,
    Combined,
    Reception,
    combine,
    update,
)
from ngbw.coverage.servers.level_stack import levels_of, levels_of_losses
from ngbw.coverage.servers.shadowing import Shadowing
from ngbw.topology.errors import UsageError

SINR_BOUND_DB = -10 * np.log10(1 - 1.01 * INTERFERENCE_BOUND)
SUM_OF_SITES = 0.005
RANKS = ("best", "second", "above_threshold", "overlapping")


def same(left: Combined, right: Combined) -> None:
    """Hold an update against everything combined again."""
    for name in (*RANKS, "best_db", "second_db"):
        ours, theirs = getattr(left.servers, name), getattr(right.servers, name)
        assert np.array_equal(ours, theirs, equal_nan=name.endswith("db"))
    assert np.array_equal(np.isnan(left.sinr_db), np.isnan(right.sinr_db))
    reached = ~np.isnan(right.sinr_db)
    moved_db = np.abs(left.sinr_db - right.sinr_db)[reached]
    assert moved_db.max(initial=0.0) <= SINR_BOUND_DB
    moved = np.abs(left.sinr_probability - right.sinr_probability)
    assert moved.max() <= PROBABILITY_BOUND + SUM_OF_SITES
    moved = np.abs(left.probability - right.probability)
    assert moved.max() <= PROBABILITY_BOUND + 1e-4


@settings(max_examples=80)
@given(
    st.integers(0, 2**32 - 1),
    st.integers(1, 9),
    st.sampled_from([0.0, 0.5, 0.95, 1.0]),
    st.sampled_from([0.0, 4.0, 8.0]),
    st.sampled_from([0.0, 0.02, 0.5, 1.0]),
    st.booleans(),
)
def test_edits_one_after_the_other_end_where_combining_everything_again_does(
    seed, servers, correlation, sigma, load, shared
):
    rng = np.random.default_rng(seed)
    losses = rng.integers(7000, 16000, (servers, 12, 11)).astype(np.int16)
    losses[rng.random(losses.shape) < 0.1] = LOSS_NONE
    noise = rng.uniform(-115, -85, (12, 11))
    reception = Reception(
        -85.0,
        rng.uniform(-5, 12),
        noise,
        Shadowing(sigma, correlation),
        load=load,
        carrier=rng.integers(0, 2, servers) if shared else None,
        site=rng.integers(0, servers, servers) if shared else None,
    )
    kept = combine(levels_of_losses(losses, 40.0), reception)
    for _ in range(8):
        server = int(rng.integers(servers))
        # Small steps, many of which stay below the bound, and every now and then a new place.
        losses = losses.copy()
        if rng.random() < 0.3:
            losses[server] = rng.integers(7000, 16000, (12, 11))
        else:
            here = losses[server] != LOSS_NONE
            losses[server][here] += rng.integers(-9, 10, here.sum()).astype(np.int16)
        kept = update(kept, server=server, layer=losses[server])
        same(kept, combine(levels_of_losses(losses, 40.0), reception))


def test_what_small_edits_leave_out_does_not_pile_up():
    levels = np.full((3, 1, 400), -70.0, np.float32)
    levels[1] = np.linspace(-120, -71, 400)
    levels[2] = -84.0
    reception = Reception(-66.0, 5.0, -90.0, Shadowing(5.5))
    first = kept = combine(levels_of(levels), reception)
    for _ in range(200):
        levels = levels.copy()
        levels[1] -= np.float32(0.01)
        kept = update(kept, server=1, layer=levels[1])
    same(kept, combine(levels_of(levels), reception))
    # The bound was needed: the answers have moved by more than it since.
    assert np.abs(kept.sinr_db - first.sinr_db).max() > 10 * SINR_BOUND_DB


def test_a_far_server_asks_few_pixels_again_and_an_unchanged_one_none():
    levels = np.full((3, 50, 50), -60.0, np.float32)
    levels[1] = -75.0
    levels[2] = np.linspace(-140, -80, 2500).reshape(50, 50)
    kept = combine(levels_of(levels), Reception(-70.0, 0.0, -100.0, Shadowing(5.5)))
    assert kept.recombined == (2500, 2500)
    assert update(kept, server=2, layer=levels[2]).recombined == (0, 0)
    weaker = update(kept, server=2, layer=levels[2] - np.float32(20.0))
    assert 0 < weaker.recombined[0] < 2000
    assert weaker.recombined[1] < 2000


def test_more_power_alone_is_a_change_and_the_kept_answers_stay():
    losses = np.array([[[9000, 12000]], [[12000, 9500]]], np.int16)
    reception = Reception(-60.0, 0.0, -100.0, Shadowing(5.5))
    kept = combine(levels_of_losses(losses, 40.0), reception)
    louder = update(kept, server=1, layer=losses[1], level_at_0_db=60.0)
    assert list(louder.servers.best_db[0]) == pytest.approx([-50, -35])
    assert list(kept.servers.best_db[0]) == pytest.approx([-50, -55])
    same(louder, combine(levels_of_losses(losses, [40.0, 60.0]), reception))


def test_a_layer_that_does_not_fit_is_refused():
    kept = combine(
        levels_of(np.zeros((2, 3))), Reception(0.0, 0.0, -10.0, Shadowing(5.5))
    )  # fmt: skip
    with pytest.raises(UsageError, match="no server 2"):
        update(kept, server=2, layer=np.zeros(3))
    with pytest.raises(UsageError, match="shape"):
        update(kept, server=0, layer=np.zeros(4))
    with pytest.raises(UsageError, match="float64"):
        update(kept, server=0, layer=np.zeros(3, np.int16))
    with pytest.raises(UsageError, match="only for losses"):
        update(kept, server=0, layer=np.zeros(3), level_at_0_db=3.0)
