"""ITU-R P.1812 over the ground and buildings of a district, as a propagation model.

The model carries its surface: what stands in the way is part of what it is, and of the key under
which its layers are kept. Within 250 m of a transmitter it continues as the near-in model.

A pixel under a roof takes the median loss of the street pixels at its walls (see
:mod:`..surface.indoor`): a path over its own roof with entry loss on top would count the building
twice.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from ...topology.errors import SettingError, UsageError
from ...topology.settings import Figure
from ..grid import Grid
from ..surface.indoor import REACH_M, Walls, walls_of
from ..surface_model import Surface
from .model import LOSS_NONE, Reach, to_centi_db
from .near_in import JOIN_KM
from .p1812_percentages import location_sigma_db

if TYPE_CHECKING:
    from ..engine.area import Window

__all__ = ["P1812Model"]

_Mode = Literal["sweep", "exact"]
_Polarization = Literal["horizontal", "vertical"]


@lru_cache(maxsize=8)
def _walls(surface: Surface, window: Window) -> Walls:
    """Return the walls of a part of a surface, found once for all transmitters."""
    top, bottom, left, right = window
    over = surface.grid
    part = Grid(
        over.crs,
        over.left_m + left * over.step_m,
        over.top_m - top * over.step_m,
        over.step_m,
        right - left,
        bottom - top,
    )
    return walls_of(surface.built_up[top:bottom, left:right], part)


@dataclass(frozen=True, slots=True)
class P1812Model:
    """Recommendation ITU-R P.1812-8, with buildings in the profile.

    Parameters
    ----------
    surface
        Ground and clutter, under every transmitter and every pixel.
    mode
        ``sweep`` shares radials between pixels; ``exact`` gives each pixel its own profile.
    radials
        In the sweep, radials for each pixel at the far edge, 1-8.
    time_percent
        Percentage of the average year for which the loss is not exceeded, 1-50.
    polarization
        ``horizontal`` or ``vertical``.
    delta_n
        Lapse rate of refractivity in N-units/km, positive.
    surface_refractivity
        Refractivity at sea level in N-units.
    latitude_deg
        Latitude of the area.
    """

    surface: Surface
    mode: _Mode = "sweep"
    radials: int = 2
    time_percent: float = 50.0
    polarization: _Polarization = "horizontal"
    delta_n: float = 45.0
    surface_refractivity: float = 330.0
    latitude_deg: float = 31.3

    def __post_init__(self) -> None:
        for name, value, words in (
            ("mode", self.mode, get_args(_Mode)),
            ("polarization", self.polarization, get_args(_Polarization)),
        ):
            if value not in words:
                raise SettingError(
                    f"propagation.{name} is {value!r}; use one of {', '.join(words)}"
                )
        if not isinstance(self.radials, int):
            raise SettingError(f"propagation.radials is {self.radials!r}; give a whole number, 1-8")
        for name, number, least, greatest in (
            ("radials", self.radials, 1, 8),
            ("time_percent", self.time_percent, 1.0, 50.0),
            ("delta_n", self.delta_n, 0.0, 150.0),
            ("surface_refractivity", self.surface_refractivity, 200.0, 500.0),
            ("latitude_deg", self.latitude_deg, -90.0, 90.0),
        ):
            if not least <= number <= greatest:
                raise SettingError(
                    f"propagation.{name} is {number:g}; ITU-R P.1812 over an area takes "
                    f"{least:g}-{greatest:g}"
                )

    @property
    def name(self) -> str:
        """Name in ``ngbw.toml``."""
        return "p1812"

    @property
    def title(self) -> str:
        """What to print in a legend."""
        return f"ITU-R P.1812-8 ({self.mode}, {self.time_percent:g} % of time)"

    @property
    def valid_range(self) -> str:
        """The range the model was made for, in words."""
        return "0.25-3000 km, antennas 1-3000 m, 30-6000 MHz; nearer by the near-in model"

    def identity(self) -> dict[str, str | float]:
        """Return everything that changes the model's numbers."""
        exact = self.mode == "exact"
        return {
            "model": self.name,
            "version": 3,  # 2: pixels under a roof take the streets at their walls
            "mode": self.mode,
            "radials": 0 if exact else self.radials,
            "time_percent": self.time_percent,
            "polarization": self.polarization,
            "delta_n": self.delta_n,
            "surface_refractivity": self.surface_refractivity,
            "latitude_deg": self.latitude_deg,
            "surface": self.surface.digest(),
        }

    def check_frequency(self, freq_mhz: float) -> None:
        """Raise UsageError outside 30-6000 MHz."""
        if not 30.0 <= freq_mhz <= 6000.0:
            raise UsageError(f"freq_mhz is {freq_mhz:g}; ITU-R P.1812 covers 30-6000 MHz")

    def _window(self, grid: Grid) -> Window:
        """Return where the grid's pixels are on the surface."""
        over = self.surface.grid
        rows = (over.top_m - grid.top_m) / over.step_m
        columns = (grid.left_m - over.left_m) / over.step_m
        top = round(rows)
        left = round(columns)
        if (
            grid.crs != over.crs
            or grid.step_m != over.step_m
            or not math.isclose(rows, top, abs_tol=1e-6)
            or not math.isclose(columns, left, abs_tol=1e-6)
            or top < 0
            or left < 0
            or top + grid.height > over.height
            or left + grid.width > over.width
        ):
            raise UsageError(
                f"the grid ({grid.crs}, {grid.step_m:g} m, {grid.bounds_m}) is no part of the "
                f"surface's ({over.crs}, {over.step_m:g} m, {over.bounds_m}); build the surface on "
                "pixels of the same size over at least the same area"
            )
        return top, top + grid.height, left, left + grid.width

    def _with_walls(self, window: Window) -> Window:
        """Return the window with as much around it as a roof at its edge may want streets from."""
        top, bottom, left, right = window
        more = math.ceil(REACH_M / self.surface.grid.step_m) + 1
        height, width = self.surface.grid.shape
        return (
            max(top - more, 0),
            min(bottom + more, height),
            max(left - more, 0),
            min(right + more, width),
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
        """Return the loss of every pixel in 1/100 dB.

        Raises
        ------
        InputError
            The transmitter stands outside the surface.
        UsageError
            A figure is out of range, or the grid is no part of the surface's.
        """
        # The engine is compiled when it is first used, and builds on this package.
        from ..engine.area import area_loss

        self.check_frequency(freq_mhz)
        wanted = self._window(grid)
        window = self._with_walls(wanted)
        layers: NDArray[np.int16] = area_loss(
            self.surface,
            x_m,
            y_m,
            tx_height_m=height_m,
            frequencies_mhz=[freq_mhz],
            time_percents=[self.time_percent],
            rx_height_m=rx_height_m,
            polarization=self.polarization,
            delta_n=self.delta_n,
            surface_refractivity=self.surface_refractivity,
            latitude_deg=self.latitude_deg,
            mode=self.mode,
            radials=self.radials,
            window=window,
        )
        losses = np.asarray(layers[0, 0], np.int16)
        walls = _walls(self.surface, window)
        level_db = np.where(losses == LOSS_NONE, np.nan, -0.01 * losses).astype(np.float32)
        under_roofs_db = walls.street_field(level_db).reshape(-1)[walls.pixel]
        losses.reshape(-1)[walls.pixel] = np.where(
            np.isnan(under_roofs_db), LOSS_NONE, to_centi_db(-under_roofs_db)
        )
        top, left = wanted[0] - window[0], wanted[2] - window[2]
        return np.ascontiguousarray(losses[top : top + grid.height, left : left + grid.width])

    def location_sigma(self, freq_mhz: float, rx_height_m: float, step_m: float) -> Figure:
        """Return the deviation over the places of one pixel, which the buildings leave to chance.

        Section 4.7 at the pixel's size; the clutter around a receiver is as high as the mean
        building.
        """
        built = self.surface.built_up
        clutter_m = float(self.surface.clutter_m[built].mean()) if built.any() else 0.0
        sigma_db = location_sigma_db(
            freq_mhz / 1000.0, step_m, rx_height_m=rx_height_m, clutter_m=clutter_m
        )
        return Figure(
            round(sigma_db, 2),
            f"ITU-R P.1812-8, section 4.7, pixels of {step_m:g} m",
            assumed=False,
        )

    def reach(
        self, distance_km: NDArray[np.float64], height_m: NDArray[np.float64]
    ) -> NDArray[np.uint8]:
        """Return which paths are the near-in model's, too long, too low or too high."""
        out = np.zeros(np.broadcast(distance_km, height_m).shape, np.uint8)
        out |= np.where(distance_km < JOIN_KM, Reach.TOO_NEAR, 0).astype(np.uint8)
        out |= np.where(distance_km > 3000.0, Reach.TOO_FAR, 0).astype(np.uint8)
        out |= np.where(height_m < 1.0, Reach.ANTENNA_TOO_LOW, 0).astype(np.uint8)
        out |= np.where(height_m > 3000.0, Reach.ANTENNA_TOO_HIGH, 0).astype(np.uint8)
        return out
