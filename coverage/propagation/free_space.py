"""Free-space loss, Recommendation ITU-R P.525-4.

Annex 1, equation (4): ``Lbf = 32.4 + 20 log f + 20 log d`` with f in MHz and d in km. The
constant is carried to five digits, 20 log(4 pi 1e9 / c) = 32.44778. No other model may lose less.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...topology.compiled import compiled
from ...topology.errors import UsageError
from ..grid import Grid
from .model import Reach

__all__ = ["FREE_SPACE_DB", "FreeSpace", "free_space_loss_db"]

FREE_SPACE_DB = 20.0 * math.log10(4.0 * math.pi * 1e9 / 299_792_458.0)
"""Free-space loss at 1 km and 1 MHz."""

_MIN_DISTANCE_M = 1.0


def free_space_loss_db(
    distance_km: NDArray[np.float64] | float, freq_mhz: float
) -> NDArray[np.float64]:
    """Return the basic transmission loss in free space.

    Parameters
    ----------
    distance_km
        Length of the path between the antennas, above 0; 1 m is the least that is taken.
    freq_mhz
        Frequency in MHz.
    """
    distance = np.maximum(np.asarray(distance_km, dtype=np.float64), _MIN_DISTANCE_M / 1000.0)
    return FREE_SPACE_DB + 20.0 * math.log10(freq_mhz) + 20.0 * np.log10(distance)


@compiled
def _layer(
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    tx_x: float,
    tx_y: float,
    height_difference_m: float,
    constant_db: float,
) -> NDArray[np.int16]:
    out = np.empty((y.size, x.size), np.int16)
    for row in range(y.size):
        dy2 = (y[row] - tx_y) ** 2 + height_difference_m**2
        for column in range(x.size):
            d2 = max((x[column] - tx_x) ** 2 + dy2, 1.0)
            out[row, column] = np.int16(round(100.0 * (constant_db + 10.0 * math.log10(d2))))
    return out


@dataclass(frozen=True, slots=True)
class FreeSpace:
    """Free space between the antennas: the least loss there can be."""

    @property
    def name(self) -> str:
        """Name in ``ngbw.toml``."""
        return "free-space"

    @property
    def title(self) -> str:
        """What to print in a legend."""
        return "Free space (ITU-R P.525)"

    @property
    def valid_range(self) -> str:
        """The range the model was made for, in words."""
        return "unobstructed paths only"

    def identity(self) -> dict[str, str | float]:
        """Return everything that changes the model's numbers."""
        return {"model": self.name, "version": 1}

    def check_frequency(self, freq_mhz: float) -> None:
        """Accept every positive frequency."""
        if not freq_mhz > 0:
            raise UsageError(f"freq_mhz is {freq_mhz:g}; give a frequency above 0 MHz")

    def layer(
        self,
        grid: Grid,
        *,
        x_m: float,
        y_m: float,
        height_m: float,
        rx_height_m: float,
        freq_mhz: float,
    ) -> NDArray[np.int16]:
        """Return the loss of every pixel in 1/100 dB, over the slant distance."""
        constant = FREE_SPACE_DB + 20.0 * math.log10(freq_mhz) - 60.0
        return _layer(grid.x_m(), grid.y_m(), x_m, y_m, height_m - rx_height_m, constant)

    def location_sigma(self, freq_mhz: float, rx_height_m: float, step_m: float) -> None:
        """Leave the deviation over locations to the service."""

    def reach(
        self, distance_km: NDArray[np.float64], height_m: NDArray[np.float64]
    ) -> NDArray[np.uint8]:
        """Return INSIDE for every path."""
        return np.full(np.shape(distance_km), Reach.INSIDE, np.uint8)
