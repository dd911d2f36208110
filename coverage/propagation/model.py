"""What every propagation model offers, and the range in which it may be believed."""

from __future__ import annotations

from enum import IntFlag
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ...topology.settings import Figure
from ..grid import Grid

__all__ = ["LOSS_NONE", "PropagationModel", "Reach", "to_centi_db"]

LOSS_NONE = np.iinfo(np.int16).max
"""Layer value of a pixel that the model gives no loss for: it receives nothing."""


class Reach(IntFlag):
    """Why a path lies outside the range that a model was made for."""

    INSIDE = 0
    TOO_NEAR = 1
    TOO_FAR = 2
    ANTENNA_TOO_LOW = 4
    ANTENNA_TOO_HIGH = 8


class PropagationModel(Protocol):
    """Median basic transmission loss from one transmitter to every pixel of a grid."""

    @property
    def name(self) -> str:
        """Name in ``ngbw.toml``."""
        ...

    @property
    def title(self) -> str:
        """What to print in a legend."""
        ...

    @property
    def valid_range(self) -> str:
        """The range the model was made for, in words."""
        ...

    def identity(self) -> dict[str, str | float]:
        """Return everything that changes the model's numbers; part of the layers' cache key."""
        ...

    def check_frequency(self, freq_mhz: float) -> None:
        """Raise UsageError where the model has no formula for the frequency."""
        ...

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
        """Return the loss of every pixel in 1/100 dB; ``LOSS_NONE`` where there is none."""
        ...

    def location_sigma(self, freq_mhz: float, rx_height_m: float, step_m: float) -> Figure | None:
        """Return the deviation over the locations of a pixel; None for the service's own.

        A model that sees buildings leaves less to chance than one that does not: taking both the
        buildings and the deviation of a model without them would count shadows twice.
        """
        ...

    def reach(
        self, distance_km: NDArray[np.float64], height_m: NDArray[np.float64]
    ) -> NDArray[np.uint8]:
        """Return the :class:`Reach` of each path, from its length and transmitter height."""
        ...


def to_centi_db(loss_db: NDArray[np.floating]) -> NDArray[np.int16]:
    """Round losses to the 1/100 dB of a layer; NaN becomes ``LOSS_NONE``.

    Losses are kept within -300..327 dB, far outside what any link budget reaches.
    """
    scaled = np.clip(np.nan_to_num(loss_db, nan=327.67, posinf=327.67), -300.0, 327.67) * 100.0
    return np.asarray(np.rint(scaled), np.int16)
