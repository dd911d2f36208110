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
from ...topology.errors import SettingError, UsageError
from ..grid import Grid
from .model import Reach, to_centi_db
from .p2108 import terrestrial_db

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


CLUTTER_FROM_KM = 0.25
"""Nearer, P.2108 gives no loss; what it gives here stands for the nearer paths."""


@dataclass(frozen=True, slots=True)
class FreeSpace:
    """Free space between the antennas: the least loss there can be.

    Parameters
    ----------
    clutter_percent
        Adds the loss of ITU-R P.2108 for a terminal among clutter that is not exceeded at so many
        per cent of locations, above 0 and below 100; 0 adds none. Only for a model that does not
        know what stands around the terminal: with buildings in the profile they would count twice.
    """

    clutter_percent: float = 0.0

    def __post_init__(self) -> None:
        if not 0.0 <= self.clutter_percent < 100.0:
            raise SettingError(
                f"propagation.clutter_percent is {self.clutter_percent:g}; give per cent of "
                "locations, 50 for the median, or 0 for no clutter"
            )

    @property
    def name(self) -> str:
        """Name in ``ngbw.toml``."""
        return "free-space"

    @property
    def title(self) -> str:
        """What to print in a legend."""
        if self.clutter_percent:
            return f"Free space and clutter (ITU-R P.525, P.2108 at {self.clutter_percent:g} %)"
        return "Free space (ITU-R P.525)"

    @property
    def valid_range(self) -> str:
        """The range the model was made for, in words."""
        if self.clutter_percent:
            return "0.25 km and more, 500-67000 MHz, terminal below the clutter"
        return "unobstructed paths only"

    def identity(self) -> dict[str, str | float]:
        """Return everything that changes the model's numbers."""
        clutter = {"clutter_percent": self.clutter_percent} if self.clutter_percent else {}
        return {"model": self.name, "version": 1, **clutter}

    def check_frequency(self, freq_mhz: float) -> None:
        """Accept every positive frequency; with clutter those of P.2108.

        Raises
        ------
        UsageError
            There is no loss for the frequency.
        """
        if not freq_mhz > 0:
            raise UsageError(f"freq_mhz is {freq_mhz:g}; give a frequency above 0 MHz")
        if self.clutter_percent and not 500.0 <= freq_mhz <= 67_000.0:
            raise UsageError(f"freq_mhz is {freq_mhz:g}; ITU-R P.2108 covers 500-67000 MHz")

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
        free = _layer(grid.x_m(), grid.y_m(), x_m, y_m, height_m - rx_height_m, constant)
        if not self.clutter_percent:
            return free
        away_km = np.hypot(grid.x_m()[None, :] - x_m, grid.y_m()[:, None] - y_m) / 1000.0
        clutter_db = terrestrial_db(
            freq_mhz / 1000.0, np.maximum(away_km, CLUTTER_FROM_KM), self.clutter_percent
        )
        return to_centi_db(0.01 * free + clutter_db)

    def location_sigma(self, freq_mhz: float, rx_height_m: float, step_m: float) -> None:
        """Leave the deviation over locations to the service."""

    def reach(
        self, distance_km: NDArray[np.float64], height_m: NDArray[np.float64]
    ) -> NDArray[np.uint8]:
        """Return INSIDE for every path; with clutter, which are nearer than P.2108 begins."""
        near = (np.asarray(distance_km) < CLUTTER_FROM_KM) & (self.clutter_percent > 0)
        return np.where(near, Reach.TOO_NEAR, Reach.INSIDE).astype(np.uint8)
