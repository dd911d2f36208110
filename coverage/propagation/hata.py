"""Okumura-Hata and COST-231-Hata: median loss in built-up areas from distance and heights alone.

M. Hata, "Empirical formula for propagation loss in land mobile radio services", IEEE Trans. Veh.
Technol. VT-29 (3), 1980, for 150-1500 MHz; COST 231 final report (EUR 18957, 1999), section
4.4.1, for 1500-2000 MHz. Made for 1-20 km, base antennas of 30-200 m above the roofs around, and
mobile antennas of 1-10 m. City cells are shorter than that: the formula is then continued, never
below free space, and every such path is counted and shown (:meth:`Hata.reach`).

The model knows no building and no terrain.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from ...topology.compiled import compiled
from ...topology.errors import SettingError, UsageError
from ..grid import Grid
from .free_space import FREE_SPACE_DB, free_space_loss_db
from .model import Reach

__all__ = ["Environment", "Hata", "hata_loss_db"]

Environment = Literal["large-city", "urban", "suburban", "open"]
"""Hata's classes: ``urban`` is a small or medium-sized city."""

_COST_FROM_MHZ = 1500.0
_LEAST_DISTANCE_KM = 0.02


def _mobile_correction_db(freq_mhz: float, rx_height_m: float, environment: Environment) -> float:
    """a(hm): how much a receiver higher than 1.5 m gains (Hata 1980, equations 10 and 11)."""
    if environment == "large-city" and freq_mhz < _COST_FROM_MHZ:
        if freq_mhz < 300:
            return 8.29 * math.log10(1.54 * rx_height_m) ** 2 - 1.1
        return 3.2 * math.log10(11.75 * rx_height_m) ** 2 - 4.97
    log_f = math.log10(freq_mhz)
    return (1.1 * log_f - 0.7) * rx_height_m - (1.56 * log_f - 0.8)


def _coefficients(
    freq_mhz: float, height_m: float, rx_height_m: float, environment: Environment
) -> tuple[float, float]:
    """Return (loss at 1 km, loss per decade of distance)."""
    log_f = math.log10(freq_mhz)
    log_h = math.log10(height_m)
    correction = _mobile_correction_db(freq_mhz, rx_height_m, environment)
    if freq_mhz < _COST_FROM_MHZ:
        at_1_km = 69.55 + 26.16 * log_f - 13.82 * log_h - correction
    else:  # COST 231 section 4.4.1; Cm = 3 dB in metropolitan centres
        metropolitan = 3.0 if environment == "large-city" else 0.0
        at_1_km = 46.3 + 33.9 * log_f - 13.82 * log_h - correction + metropolitan
    if environment == "suburban":
        at_1_km -= 2.0 * math.log10(freq_mhz / 28.0) ** 2 + 5.4
    elif environment == "open":
        at_1_km -= 4.78 * log_f**2 - 18.33 * log_f + 40.94
    return at_1_km, 44.9 - 6.55 * log_h


def hata_loss_db(
    distance_km: NDArray[np.float64] | float,
    *,
    freq_mhz: float,
    height_m: float,
    rx_height_m: float = 1.5,
    environment: Environment = "large-city",
) -> NDArray[np.float64]:
    """Return the median basic transmission loss by Okumura-Hata or COST-231-Hata.

    Parameters
    ----------
    distance_km
        Horizontal distance; made for 1-20, continued outside, 20 m is the least that is taken.
    freq_mhz
        150-1500 by Hata, 1500-2000 by COST 231.
    height_m
        Base antenna above ground; made for 30-200.
    rx_height_m
        Receiving antenna above ground, 1-10.
    environment
        Class of the surroundings.

    Returns
    -------
    ndarray
        Loss in dB, never less than free space over the same horizontal distance.

    Raises
    ------
    UsageError
        The frequency has no formula or a height is not positive.

    Examples
    --------
    >>> round(float(hata_loss_db(1.0, freq_mhz=900, height_m=30, environment="urban")), 2)
    126.42
    """
    Hata(environment).check_frequency(freq_mhz)
    if height_m <= 0 or rx_height_m <= 0:
        raise UsageError(
            f"antenna heights are {height_m:g} and {rx_height_m:g} m; both must be above 0"
        )
    at_1_km, per_decade = _coefficients(freq_mhz, height_m, rx_height_m, environment)
    distance = np.maximum(np.asarray(distance_km, dtype=np.float64), _LEAST_DISTANCE_KM)
    loss = at_1_km + per_decade * np.log10(distance)
    return np.maximum(loss, free_space_loss_db(distance, freq_mhz))


@compiled
def _layer(
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    tx_x: float,
    tx_y: float,
    at_1_km: float,
    per_decade: float,
    free_at_1_km: float,
) -> NDArray[np.int16]:
    out = np.empty((y.size, x.size), np.int16)
    least = (_LEAST_DISTANCE_KM * 1000.0) ** 2
    for row in range(y.size):
        dy2 = (y[row] - tx_y) ** 2
        for column in range(x.size):
            d2 = max((x[column] - tx_x) ** 2 + dy2, least)
            decades = 0.5 * math.log10(d2) - 3.0
            loss = max(at_1_km + per_decade * decades, free_at_1_km + 20.0 * decades)
            out[row, column] = np.int16(round(100.0 * loss))
    return out


@dataclass(frozen=True, slots=True)
class Hata:
    """Okumura-Hata up to 1500 MHz, COST-231-Hata up to 2000 MHz.

    Parameters
    ----------
    environment
        Class of the surroundings.
    """

    environment: Environment = "large-city"

    def __post_init__(self) -> None:
        if self.environment not in get_args(Environment):
            raise SettingError(
                f"propagation.environment is {self.environment!r}; use one of "
                f"{', '.join(get_args(Environment))}"
            )

    @property
    def name(self) -> str:
        """Name in ``ngbw.toml``."""
        return "hata"

    @property
    def title(self) -> str:
        """What to print in a legend."""
        return f"Okumura-Hata / COST-231-Hata ({self.environment})"

    @property
    def valid_range(self) -> str:
        """The range the model was made for, in words."""
        return "1-20 km, antenna 30-200 m, receiver 1-10 m, 150-2000 MHz"

    def identity(self) -> dict[str, str | float]:
        """Return everything that changes the model's numbers."""
        return {"model": self.name, "version": 1, "environment": self.environment}

    def check_frequency(self, freq_mhz: float) -> None:
        """Raise UsageError outside 150-2000 MHz."""
        if not 150 <= freq_mhz <= 2000:
            raise UsageError(
                f"freq_mhz is {freq_mhz:g}; Hata has a formula for 150-2000 MHz only. Take "
                'another propagation.model, such as "free-space"'
            )

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
        """Return the loss of every pixel in 1/100 dB."""
        self.check_frequency(freq_mhz)
        at_1_km, per_decade = _coefficients(freq_mhz, height_m, rx_height_m, self.environment)
        free_at_1_km = FREE_SPACE_DB + 20.0 * math.log10(freq_mhz)
        return _layer(grid.x_m(), grid.y_m(), x_m, y_m, at_1_km, per_decade, free_at_1_km)

    def location_sigma(self, freq_mhz: float, rx_height_m: float, step_m: float) -> None:
        """Leave the deviation over locations to the service."""

    def reach(
        self, distance_km: NDArray[np.float64], height_m: NDArray[np.float64]
    ) -> NDArray[np.uint8]:
        """Return which limits of 1-20 km and 30-200 m each path breaks."""
        out = np.zeros(np.broadcast(distance_km, height_m).shape, np.uint8)
        out |= np.where(distance_km < 1.0, Reach.TOO_NEAR, 0).astype(np.uint8)
        out |= np.where(distance_km > 20.0, Reach.TOO_FAR, 0).astype(np.uint8)
        out |= np.where(height_m < 30.0, Reach.ANTENNA_TOO_LOW, 0).astype(np.uint8)
        out |= np.where(height_m > 200.0, Reach.ANTENNA_TOO_HIGH, 0).astype(np.uint8)
        return out
