"""Chance that is the same on every machine: numbers drawn from the SHA-256 of a name.

A number belongs to a name ("roof:residential:17"), not to a position in a stream, so that adding
a row to the example changes that row alone.
"""

from __future__ import annotations

import hashlib
import math

__all__ = ["SEED", "share_of", "smooth_noise"]

SEED = "ngbw-yangpu-1"
"""Part of every name; another seed gives another city of the same kind."""


def share_of(name: str) -> float:
    """Return the number in 0 <= x < 1 that belongs to the name."""
    digest = hashlib.sha256(f"{SEED}:{name}".encode()).digest()
    return int.from_bytes(digest[:6], "big") / 2**48


def smooth_noise(name: str, x_m: float, y_m: float, *, step_m: float) -> float:
    """Return noise in 0 <= v < 1 that varies smoothly over the plane.

    Corners of a square lattice of side ``step_m`` hold a number each; between them it is blended
    with a smooth step in both directions.
    """
    column, row = math.floor(x_m / step_m), math.floor(y_m / step_m)
    east, north = x_m / step_m - column, y_m / step_m - row
    east, north = east * east * (3 - 2 * east), north * north * (3 - 2 * north)

    def corner(right: int, up: int) -> float:
        return share_of(f"{name}:{column + right}:{row + up}")

    south = corner(0, 0) * (1 - east) + corner(1, 0) * east
    top = corner(0, 1) * (1 - east) + corner(1, 1) * east
    return south * (1 - north) + top * north
