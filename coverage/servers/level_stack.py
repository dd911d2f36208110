"""The levels that several servers lay over the same pixels, read tile by tile.

A *level* is a median field in dBuV/m or a median power in dBm: what follows only needs that all
levels have one unit. Servers come as arrays of any shape, one each, either as levels (NaN or
``NO_LEVEL`` where nothing arrives) or as the int16 losses in 1/100 dB of
:class:`.LayerStore` with the level that a path without loss would give. 40 sites over 24 million
pixels are 3.8 GB as float32; a tile is about 1 MB, so memory stays bounded however large the
arrays are (they may be memory-mapped).
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...topology.compiled import compiled
from ...topology.errors import InputError, UsageError
from ..field import NO_FIELD
from ..propagation.model import LOSS_NONE

__all__ = ["NO_LEVEL", "LevelStack", "levels_of", "levels_of_losses"]

NO_LEVEL = NO_FIELD
"""Level where a server does not reach."""

_NO_LEVEL = float(NO_LEVEL)
_LOSS_NONE = int(LOSS_NONE)
_NOTHING_BELOW = -900.0
_TILE_BYTES = 1 << 20  # fits the second-level cache beside what a kernel writes
_LARGEST_LEVEL = 1000.0


@compiled
def _copy_levels(values: NDArray[np.floating], out: NDArray[np.float32]) -> int:
    """Copy levels; return the first pixel whose level cannot be one, or -1."""
    wrong = -1
    for pixel in range(values.size):
        level = values[pixel]
        if level > _LARGEST_LEVEL:
            if wrong < 0:
                wrong = pixel
            level = _NO_LEVEL
        # Written so that NaN, too, becomes "nothing".
        out[pixel] = level if level > _NOTHING_BELOW else _NO_LEVEL
    return wrong


@compiled
def _subtract_losses(losses: NDArray[np.int16], level_db: float, out: NDArray[np.float32]) -> None:
    for pixel in range(losses.size):
        loss = losses[pixel]
        out[pixel] = _NO_LEVEL if loss == _LOSS_NONE else level_db - 0.01 * loss


@dataclass(frozen=True, slots=True)
class LevelStack:
    """Levels of several servers on the same pixels; make it with :func:`levels_of`.

    Attributes
    ----------
    layers
        One flat array per server: float levels, or int16 losses in 1/100 dB.
    level_at_0_db
        For int16 layers: what each server would give over a path without loss; else None.
    shape
        Shape of the pixels.
    """

    layers: tuple[NDArray[Any], ...]
    level_at_0_db: tuple[float, ...] | None
    shape: tuple[int, ...]

    @property
    def servers(self) -> int:
        """Number of servers."""
        return len(self.layers)

    @property
    def pixels(self) -> int:
        """Number of pixels."""
        return self.layers[0].size

    def only(self, server: int) -> LevelStack:
        """Return the stack of one server alone."""
        at_0_db = None if self.level_at_0_db is None else (self.level_at_0_db[server],)
        return LevelStack((self.layers[server],), at_0_db, self.shape)

    def at(self, pixels: NDArray[np.intp]) -> LevelStack:
        """Return a stack of copies of some pixels, given by their flat numbers."""
        layers = tuple(layer[pixels] for layer in self.layers)
        return LevelStack(layers, self.level_at_0_db, pixels.shape)

    def with_layer(
        self, server: int, layer: NDArray[Any], *, level_at_0_db: float | None = None
    ) -> LevelStack:
        """Return a stack in which one server has another layer, and the others are shared.

        Parameters
        ----------
        layer
            Levels or losses in the type of the server's old ones, on the same pixels.
        level_at_0_db
            For losses: the server's level over a path without loss; None keeps the old.

        Raises
        ------
        UsageError
            There is no such server, or the layer does not fit the others.
        """
        if not 0 <= server < self.servers:
            raise UsageError(f"there is no server {server}; give 0 to {self.servers - 1}")
        old = self.layers[server]
        if np.shape(layer) != self.shape or layer.dtype != old.dtype:
            raise UsageError(
                f"the new layer of server {server} has shape {np.shape(layer)} and type "
                f"{layer.dtype}; give {self.shape} and {old.dtype}, as the old one has"
            )
        layers, at_0_db = list(self.layers), self.level_at_0_db
        layers[server] = np.ascontiguousarray(layer).reshape(-1)
        if level_at_0_db is not None:
            if at_0_db is None or not math.isfinite(level_at_0_db):
                raise UsageError(
                    f"level_at_0_db is {level_at_0_db}; give a finite level, and only for losses"
                )
            at_0_db = (*at_0_db[:server], float(level_at_0_db), *at_0_db[server + 1 :])
        return LevelStack(tuple(layers), at_0_db, self.shape)

    def tile(self, start: int, stop: int) -> NDArray[np.float32]:
        """Return the levels of the pixels from ``start`` to before ``stop``, [server, pixel].

        Raises
        ------
        InputError
            A level is infinite or above 1000 dB.
        """
        out = np.empty((self.servers, stop - start), np.float32)
        for server, layer in enumerate(self.layers):
            part = layer[start:stop]
            if self.level_at_0_db is not None:
                _subtract_losses(part, self.level_at_0_db[server], out[server])
                continue
            wrong = _copy_levels(part, out[server])
            if wrong >= 0:
                raise InputError(
                    f"server {server} has level {part[wrong]} at pixel {start + wrong}; levels are "
                    f"dB below {_LARGEST_LEVEL:g}, NaN where nothing arrives"
                )
        return out

    def for_each_tile(
        self,
        work: Callable[[NDArray[np.float32], slice], None],
        *,
        threads: int | None = None,
        tile_bytes: int = _TILE_BYTES,
    ) -> None:
        """Call ``work`` with every tile and the pixels that it covers, in parallel.

        Parameters
        ----------
        work
            Reads the tile [server, pixel] and writes its own pixels' results.
        threads
            How many tiles at once; None takes one for each processor.
        tile_bytes
            Size of a tile; memory is this times the threads.
        """
        step = max(256, tile_bytes // (4 * self.servers))
        starts = range(0, self.pixels, step)

        def one(start: int) -> None:
            stop = min(start + step, self.pixels)
            work(self.tile(start, stop), slice(start, stop))

        threads = threads or os.cpu_count() or 1
        if threads == 1 or len(starts) <= 1:
            for start in starts:
                one(start)
            return
        with ThreadPoolExecutor(threads) as pool:
            for _ in pool.map(one, starts):
                pass  # asking for the result passes on what went wrong

    def per_server(
        self, values: float | Sequence[float] | NDArray[np.floating], name: str
    ) -> NDArray[np.float64]:
        """Return one finite number per server, from one for all or one each."""
        given = np.asarray(values, np.float64)
        if given.ndim > 1 or (given.ndim == 1 and given.size != self.servers):
            raise UsageError(
                f"{name} has shape {given.shape}; give one number, or one for each of the "
                f"{self.servers} servers"
            )
        if not np.isfinite(given).all():
            raise UsageError(f"{name} is {values}; every number must be finite")
        return np.ascontiguousarray(np.broadcast_to(given, self.servers))

    def per_pixel(
        self, values: float | NDArray[np.floating], name: str
    ) -> NDArray[np.float64] | float:
        """Return one number for all pixels, or the flat numbers of the pixels."""
        given = np.asarray(values, np.float64)
        if np.isnan(given).any():
            raise InputError(f"{name} has NaN; give a number for every pixel")
        if given.ndim == 0:
            return float(given)
        if given.shape != self.shape:
            raise UsageError(f"{name} has shape {given.shape}; the pixels have {self.shape}")
        return np.ascontiguousarray(given).reshape(-1)


def _flat(
    layers: Sequence[NDArray[Any]] | NDArray[Any],
) -> tuple[tuple[NDArray[Any], ...], tuple[int, ...]]:
    if not len(layers):
        raise UsageError("there is no server; give the levels of at least one")
    shape = np.shape(layers[0])
    for server, layer in enumerate(layers):
        if np.shape(layer) != shape or not np.size(layer):
            raise UsageError(
                f"server {server} has pixels of shape {np.shape(layer)}, server 0 of {shape}; all "
                "must cover the same pixels, at least one"
            )
    return tuple(np.ascontiguousarray(layer).reshape(-1) for layer in layers), shape


def levels_of(levels: Sequence[NDArray[np.floating]] | NDArray[np.floating]) -> LevelStack:
    """Return a stack of median levels, [server, ...pixels] or one array per server.

    NaN and ``NO_LEVEL`` mean that the server does not reach the pixel.

    Raises
    ------
    UsageError
        There is no server, the pixels differ, or the arrays do not hold floats.
    """
    flat, shape = _flat(levels)
    for server, layer in enumerate(flat):
        if layer.dtype not in (np.float32, np.float64):
            raise UsageError(
                f"the levels of server {server} are {layer.dtype}; give float32 or float64 dB "
                "(int16 losses go to levels_of_losses)"
            )
    return LevelStack(flat, None, shape)


def levels_of_losses(
    losses_centi_db: Sequence[NDArray[np.int16]] | NDArray[np.int16],
    level_at_0_db: float | Sequence[float] | NDArray[np.floating],
) -> LevelStack:
    """Return a stack of int16 losses in 1/100 dB, ``LOSS_NONE`` where there is no path.

    Parameters
    ----------
    level_at_0_db
        Level over a path without loss, one for all servers or one each: EIRP in dBm for powers
        at an isotropic antenna, :attr:`.Transmitter.field_at_0_db_loss` for fields.
    """
    flat, shape = _flat(losses_centi_db)
    for server, layer in enumerate(flat):
        if layer.dtype != np.int16:
            raise UsageError(
                f"the losses of server {server} are {layer.dtype}; give int16 in 1/100 dB "
                "(float levels go to levels_of)"
            )
    stack = LevelStack(flat, None, shape)
    levels = stack.per_server(level_at_0_db, "level_at_0_db")
    return LevelStack(flat, tuple(map(float, levels)), shape)
