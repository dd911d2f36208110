"""The strongest server of each pixel, and how far below it the powers of the others lie.

Every combination of servers begins with these two. Both run over pixels in the inner loop and
without a call of a library function, so that the compiler does many pixels in one instruction.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from ...topology.compiled import compiled

__all__ = ["POWERLESS_BELOW_DB", "power_ratio", "strongest"]

POWERLESS_BELOW_DB = 100.0
"""A server so far below the strongest adds less than 1e-10 of its power and counts as none."""

_HALVINGS = 8
_POWERLESS = np.float32(POWERLESS_BELOW_DB)
_SMALL = np.float32(-math.log(10.0) / 10.0 / 2**_HALVINGS)
_NONE, _ONE, _HALF, _SIXTH, _24TH = (np.float32(c) for c in (0.0, 1.0, 1 / 2, 1 / 6, 1 / 24))


@compiled
def power_ratio(below_db: np.float32) -> np.float32:
    """Return 10^(-below_db / 10) for 0 dB and more to 1e-4 of itself; 0 from 100 dB on.

    By exp(x) = exp(x / 256)^256: four terms of the series leave x^5 / 120 <= 5e-8 at 100 dB, of
    which 256 factors make 1.3e-5; what the 32-bit numbers lose, 1e-7 in a factor, makes 3e-5.
    """
    x = below_db * _SMALL
    power = _ONE + x * (_ONE + x * (_HALF + x * (_SIXTH + x * _24TH)))
    for _ in range(_HALVINGS):
        power = power * power
    return power if below_db < _POWERLESS else _NONE


@compiled
def strongest(
    tile: NDArray[np.float32], best: NDArray[np.int32], level_db: NDArray[np.float32]
) -> None:
    """Write the server with the highest level, the first of equal ones, and its level."""
    servers, pixels = tile.shape
    for pixel in range(pixels):
        best[pixel] = 0
        level_db[pixel] = tile[0, pixel]
    for server in range(1, servers):
        number = np.int32(server)
        for pixel in range(pixels):
            higher = tile[server, pixel] > level_db[pixel]
            best[pixel] = number if higher else best[pixel]
            level_db[pixel] = tile[server, pixel] if higher else level_db[pixel]
