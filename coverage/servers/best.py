"""Who serves a pixel: the best server, the second best, and how many overlap.

The best server is the one with the highest *median* level; of two equal ones the earlier in the
table wins, so that the same input gives the same map. A pixel that nobody reaches has no server
(-1) and an unknown level (NaN), never a level of 0.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...topology.compiled import compiled
from ...topology.errors import UsageError
from .level_stack import NO_LEVEL, LevelStack

__all__ = ["NO_SERVER", "Servers", "find_servers"]

NO_SERVER = -1
"""Number of the server where there is none."""

_NO_LEVEL = float(NO_LEVEL)
_NOTHING_BELOW = -900.0


@dataclass(frozen=True, slots=True)
class Servers:
    """Who serves each pixel.

    Attributes
    ----------
    best, second
        Index of the strongest and of the next server; ``NO_SERVER`` where there is none.
    best_db, second_db
        Their median levels; NaN where there is none.
    above_threshold
        Number of servers whose median level reaches the threshold.
    overlapping
        Number of servers that reach the threshold and lie within the overlap of the best.
    """

    best: NDArray[np.int16]
    second: NDArray[np.int16]
    best_db: NDArray[np.float32]
    second_db: NDArray[np.float32]
    above_threshold: NDArray[np.int16]
    overlapping: NDArray[np.int16]

    @property
    def overlap_share(self) -> float | None:
        """Share of the served pixels in which two or more servers overlap; None without any."""
        served = np.count_nonzero(self.above_threshold)
        return np.count_nonzero(self.overlapping > 1) / served if served else None


@compiled
def _rank(
    tile: NDArray[np.float32],
    threshold_db: float,
    overlap_db: float,
    best: NDArray[np.int16],
    second: NDArray[np.int16],
    best_db: NDArray[np.float32],
    second_db: NDArray[np.float32],
    above: NDArray[np.int16],
    overlapping: NDArray[np.int16],
) -> None:
    servers, pixels = tile.shape
    for pixel in range(pixels):
        best[pixel] = -1
        second[pixel] = -1
        best_db[pixel] = _NO_LEVEL
        second_db[pixel] = _NO_LEVEL
        above[pixel] = 0
        overlapping[pixel] = 0
    for server in range(servers):
        for pixel in range(pixels):
            level = tile[server, pixel]
            if level >= threshold_db:
                above[pixel] += 1
            if level > best_db[pixel]:
                second[pixel] = best[pixel]
                second_db[pixel] = best_db[pixel]
                best[pixel] = server
                best_db[pixel] = level
            elif level > second_db[pixel]:
                second[pixel] = server
                second_db[pixel] = level
    for server in range(servers):
        for pixel in range(pixels):
            level = tile[server, pixel]
            if level >= threshold_db and level >= best_db[pixel] - overlap_db:
                overlapping[pixel] += 1
    for pixel in range(pixels):
        if best_db[pixel] <= _NOTHING_BELOW:
            best_db[pixel] = np.nan
        if second_db[pixel] <= _NOTHING_BELOW:
            second_db[pixel] = np.nan


def find_servers(
    levels: LevelStack,
    *,
    threshold_db: float,
    overlap_db: float = 6.0,
    threads: int | None = None,
) -> Servers:
    """Return the best and second server of every pixel and how many servers overlap there.

    Parameters
    ----------
    levels
        Median levels of at most 32767 servers.
    threshold_db
        Level from which on a server counts, in the unit of the levels, above -900.
    overlap_db
        Servers at most this much below the best overlap with it, 0 or more.
    threads
        Tiles worked on at once; None takes one for each processor.
    """
    if not threshold_db > _NOTHING_BELOW:
        raise UsageError(f"threshold_db is {threshold_db}; give a level above {_NOTHING_BELOW:g}")
    if not overlap_db >= 0:
        raise UsageError(f"overlap_db is {overlap_db}; give 0 dB or more")
    if levels.servers > np.iinfo(np.int16).max:
        raise UsageError(f"there are {levels.servers} servers; rank at most 32767 at once")
    best, second, above, overlapping = (np.empty(levels.pixels, np.int16) for _ in range(4))
    best_db, second_db = (np.empty(levels.pixels, np.float32) for _ in range(2))

    def work(tile: NDArray[np.float32], pixels: slice) -> None:
        _rank(
            tile, threshold_db, overlap_db, best[pixels], second[pixels], best_db[pixels],
            second_db[pixels], above[pixels], overlapping[pixels],
        )  # fmt: skip

    levels.for_each_tile(work, threads=threads)
    shape = levels.shape
    return Servers(
        best=best.reshape(shape),
        second=second.reshape(shape),
        best_db=best_db.reshape(shape),
        second_db=second_db.reshape(shape),
        above_threshold=above.reshape(shape),
        overlapping=overlapping.reshape(shape),
    )
