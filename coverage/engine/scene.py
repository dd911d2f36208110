"""One transmitter on a surface, as the compiled kernels see it."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .kernel import kernel
from .paths import OWN_APART, OWN_KM, PIXEL, Paths

__all__ = ["Scene", "assign"]


class Scene(NamedTuple):
    """What stands where; places are in rows and columns of the surface, pixel centres whole.

    Attributes
    ----------
    ground_m, clutter_m
        Layers of the surface.
    step_km
        Side of a pixel.
    tx_row, tx_column
        Place of the transmitter.
    tx_ground_m, tx_height_m, rx_height_m
        Ground below the transmitter, and antennas above ground.
    range_km
        Pixels further away are left out.
    top, bottom, left, right
        Window of the pixels that are wanted; bottom and right are the first that are not.
    anomalous
        Whether a percentage of time differs from 50.
    """

    ground_m: NDArray[np.float32]
    clutter_m: NDArray[np.float32]
    step_km: float
    tx_row: float
    tx_column: float
    tx_ground_m: float
    tx_height_m: float
    rx_height_m: float
    range_km: float
    top: int
    bottom: int
    left: int
    right: int
    anomalous: bool


@kernel
def assign(scene: Scene, paths: Paths, k: int, row: int, column: int) -> None:
    """Say for which pixel of the window a path stands."""
    rows_away = row - scene.tx_row
    columns_away = column - scene.tx_column
    paths.rows[OWN_KM, k] = (
        math.sqrt(rows_away * rows_away + columns_away * columns_away) * scene.step_km
    )
    paths.rows[OWN_APART, k] = (
        scene.tx_ground_m + scene.tx_height_m - scene.ground_m[row, column] - scene.rx_height_m
    )
    width = scene.right - scene.left
    paths.places[PIXEL, k] = (row - scene.top) * width + column - scene.left
