"""Levels of many servers, read tile by tile."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ngbw.coverage.propagation.model import LOSS_NONE
from ngbw.coverage.servers.level_stack import NO_LEVEL, levels_of, levels_of_losses
from ngbw.topology.errors import InputError, UsageError


def test_losses_and_levels_give_the_same_tile():
    rng = np.random.default_rng(0)
    losses = rng.integers(5000, 16000, (3, 4, 5)).astype(np.int16)
    losses[1, 2, 3] = LOSS_NONE
    eirp = np.array([56.0, 53.0, 60.0])
    levels = (eirp[:, None, None] - 0.01 * losses).astype(np.float32)
    levels[1, 2, 3] = np.nan
    from_losses = levels_of_losses(list(losses), eirp).tile(0, 20)
    assert np.allclose(from_losses, levels_of(levels).tile(0, 20), atol=1e-4)
    assert from_losses[1, 13] == NO_LEVEL


def test_tiles_cover_every_pixel_once_whatever_their_size():
    stack = levels_of(np.arange(3000, dtype=np.float64).reshape(1, 3, 1000) / 10)
    for threads in (1, 3):
        seen = np.zeros(3000)

        def work(tile, pixels, seen=seen):
            seen[pixels] += tile[0]

        stack.for_each_tile(work, threads=threads, tile_bytes=1)
        assert np.allclose(seen, np.arange(3000) / 10, atol=1e-4)


def test_an_error_inside_a_tile_comes_out():
    stack = levels_of(np.zeros((1, 2000), np.float32))

    def work(tile, pixels):
        raise InputError("seen")

    with pytest.raises(InputError, match="seen"):
        stack.for_each_tile(work, threads=2, tile_bytes=1)


def test_an_infinite_level_is_named_with_server_and_pixel():
    levels = np.zeros((2, 6))
    levels[1, 4] = np.inf
    with pytest.raises(InputError, match="server 1 has level inf at pixel 4"):
        levels_of(levels).tile(0, 6)


def test_what_does_not_fit_is_refused():
    floats: Any = [np.zeros(3)]
    whole: Any = [np.zeros(3, np.int16)]
    with pytest.raises(UsageError, match="no server"):
        levels_of([])
    with pytest.raises(UsageError, match="same pixels"):
        levels_of([np.zeros(3), np.zeros(4)])
    with pytest.raises(UsageError, match="int16"):
        levels_of(whole)
    with pytest.raises(UsageError, match="float64"):
        levels_of_losses(floats, 56.0)
    with pytest.raises(UsageError, match="level_at_0_db"):
        levels_of_losses([np.zeros(3, np.int16)], [1.0, 2.0])
    with pytest.raises(InputError, match="noise_db has NaN"):
        levels_of([np.zeros(3)]).per_pixel(np.array([0, np.nan, 0]), "noise_db")
    with pytest.raises(UsageError, match="noise_db has shape"):
        levels_of([np.zeros(3)]).per_pixel(np.zeros(4), "noise_db")


def test_a_stack_with_another_layer_shares_the_rest_and_leaves_the_old_one():
    losses = np.arange(8, dtype=np.int16).reshape(2, 2, 2)
    stack = levels_of_losses(losses, 10.0)
    other = stack.with_layer(1, losses[1] + np.int16(100), level_at_0_db=12.0)
    assert other.layers[0] is stack.layers[0]
    assert np.allclose(other.tile(0, 4)[1], stack.tile(0, 4)[1] + 1)
    assert np.allclose(other.only(1).tile(0, 4), other.tile(0, 4)[1:])
    assert np.allclose(other.at(np.array([3, 0])).tile(0, 2), other.tile(0, 4)[:, [3, 0]])
