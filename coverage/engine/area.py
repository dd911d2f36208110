"""The loss from one transmitter to every pixel, by ITU-R P.1812-8 over ground and buildings.

Two modes on the same equations:

- ``exact``: every pixel has a profile of its own. The measure of the other.
- ``sweep``: pixels share radials, which makes the cost of a pixel nearly independent of its
  distance. What differs is where exactly a profile passes between buildings; shares of pixels
  above a threshold agree.

Terrain and clutter are read once for any number of frequencies and percentages of time. Work is
done without the interpreter's lock: transmitters may be computed side by side in threads, each
with a few hundred kilobytes of its own besides the layers.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from ...topology.errors import InputError, UsageError
from ..progress import Progress, silent
from ..propagation.model import LOSS_NONE
from ..propagation.near_in import near_in_db
from ..surface_model import Surface
from .conditions import air_of, bands_for, needs_anomalous_radius, seasons_for
from .exact import exact_row
from .paths import new_paths
from .pixels import centi_db
from .scene import Scene
from .sweep import EAST, NORTH, SOUTH, WEST, reach_cells, sweep_radials
from .trace import new_trace

__all__ = ["GREATEST_STEP_M", "Mode", "Window", "area_loss"]

Mode = Literal["sweep", "exact"]

Window = tuple[int, int, int, int]
"""First row, row after the last, first column, column after the last."""

GREATEST_STEP_M = 100.0
"""With larger pixels the first 250 m would have too few samples."""

_CHUNK_SAMPLES = 400_000
"""How much is done between two calls of the progress callback: some tens of milliseconds."""


def area_loss(
    surface: Surface,
    x_m: float,
    y_m: float,
    *,
    tx_height_m: float,
    frequencies_mhz: Sequence[float],
    time_percents: Sequence[float] = (50.0,),
    rx_height_m: float = 1.5,
    polarization: Literal["horizontal", "vertical"] = "horizontal",
    delta_n: float = 45.0,
    surface_refractivity: float = 330.0,
    latitude_deg: float = 31.3,
    mode: Mode = "sweep",
    radials: int = 2,
    max_range_km: float = math.inf,
    window: Window | None = None,
    progress: Progress = silent,
) -> NDArray[np.int16]:
    """Return the basic transmission loss to every pixel, median over locations.

    Parameters
    ----------
    surface
        Ground and clutter. It must reach under the transmitter.
    x_m, y_m
        Transmitter, in the surface's CRS.
    tx_height_m, rx_height_m
        Antennas above ground, 1-3000.
    frequencies_mhz
        30-6000 each.
    time_percents
        Percentages of the average year for which the loss is not exceeded, 1-50 each.
    polarization
        ``horizontal`` or ``vertical``.
    delta_n, surface_refractivity, latitude_deg
        Refractivity lapse rate in N-units/km, refractivity at sea level in N-units, and latitude:
        one of each for the whole area, in place of the ITU's maps. All of it is inland.
    mode
        ``sweep`` or ``exact``.
    radials
        In the sweep, radials for each pixel at the far edge, 1-8. More pass nearer to the middle
        of their pixels.
    max_range_km
        Pixels further away have no loss.
    window
        Which part of the surface is wanted; all of it by default.
    progress
        Called now and then; it stops the work by raising.

    Returns
    -------
    ndarray
        Loss in 1/100 dB by frequency, percentage of time, row and column; ``LOSS_NONE`` beyond
        the range. Within 250 m it is that of the near-in model.

    Raises
    ------
    UsageError
        A figure is out of range, or pixels are larger than 100 m.
    InputError
        The transmitter does not stand on the surface.

    Examples
    --------
    >>> import numpy as np
    >>> from ngbw.coverage.grid import Grid
    >>> flat = np.zeros((40, 40), np.float32)
    >>> surface = Surface(Grid("EPSG:32651", 0, 1000, 25, 40, 40), flat, flat, "none")
    >>> layers = area_loss(surface, 20, 980, tx_height_m=35, frequencies_mhz=[600, 700])
    >>> layers.shape
    (2, 1, 40, 40)
    """
    _check(
        surface, tx_height_m, rx_height_m, frequencies_mhz, time_percents, polarization, delta_n,
        surface_refractivity, latitude_deg, mode, radials, max_range_km,
    )  # fmt: skip
    grid = surface.grid
    tx_column = (x_m - grid.left_m) / grid.step_m - 0.5
    tx_row = (grid.top_m - y_m) / grid.step_m - 0.5
    on_grid = math.isfinite(tx_row) and math.isfinite(tx_column)
    tx_pixel = (math.floor(tx_row + 0.5), math.floor(tx_column + 0.5)) if on_grid else (-1, -1)
    if not (0 <= tx_pixel[0] < grid.height and 0 <= tx_pixel[1] < grid.width):
        raise InputError(
            f"the transmitter at x = {x_m:.0f}, y = {y_m:.0f} m stands outside the surface "
            f"{tuple(round(edge) for edge in grid.bounds_m)} (west, south, east, north); give the "
            "surface a margin that reaches all sites"
        )
    top, bottom, left, right = window or (0, grid.height, 0, grid.width)
    if not (0 <= top < bottom <= grid.height and 0 <= left < right <= grid.width):
        raise UsageError(
            f"window {window} is not a part of {grid.shape} (rows, columns); give first row, row "
            "after the last, first column, column after the last"
        )

    air = air_of(delta_n, latitude_deg)
    frequencies_ghz = np.asarray([f / 1000.0 for f in frequencies_mhz], np.float64)
    bands = bands_for(
        frequencies_ghz.tolist(), air, surface_refractivity, polarization == "vertical"
    )
    seasons = seasons_for([float(p) for p in time_percents])
    step_km = grid.step_m / 1000.0
    across_km = (math.hypot(grid.width, grid.height) + 2.0) * step_km
    scene = Scene(
        surface.ground_m,
        surface.clutter_m,
        step_km,
        float(tx_row),
        float(tx_column),
        float(surface.ground_m[tx_pixel]),
        float(tx_height_m),
        float(rx_height_m),
        min(float(max_range_km), across_km),
        top,
        bottom,
        left,
        right,
        needs_anomalous_radius(seasons),
    )
    samples = max(grid.width, grid.height, math.ceil(0.25 / step_km)) + 4
    trace = new_trace(samples)
    paths = new_paths(samples)
    shape = (len(bands), len(seasons), bottom - top, right - left)
    layers = np.full(shape, LOSS_NONE, np.int16)
    flat = layers.reshape(*shape[:2], -1)

    work: list[Callable[[], None]] = []
    if mode == "exact":
        work.extend(
            partial(exact_row, scene, row, air, bands, seasons, trace, paths, flat)
            for row in range(top, bottom)
        )
    else:
        owned = np.empty(samples, np.int64)
        radials_at_once = max(1, _CHUNK_SAMPLES // samples)
        for sector in (EAST, WEST, SOUTH, NORTH):
            per_slope = radials * max(reach_cells(scene, sector), 1) + 1
            for start in range(-per_slope, per_slope + 1, radials_at_once):
                end = min(start + radials_at_once, per_slope + 1)
                work.append(
                    partial(
                        sweep_radials, scene, sector, start, end, per_slope, air, bands, seasons,
                        trace, owned, paths, flat,
                    )
                )  # fmt: skip
    progress("loss", 0, len(work))
    for number, part in enumerate(work):
        part()
        progress("loss", number + 1, len(work))
    # There is no way to the pixel in whose very middle the transmitter stands.
    if (
        tx_row == tx_pixel[0]
        and tx_column == tx_pixel[1]
        and top <= tx_pixel[0] < bottom
        and left <= tx_pixel[1] < right
    ):
        apart_m = tx_height_m - rx_height_m
        for f, frequency_ghz in enumerate(frequencies_ghz.tolist()):
            loss = centi_db(near_in_db(0.0, apart_m, frequency_ghz, 0.0))
            layers[f, :, tx_pixel[0] - top, tx_pixel[1] - left] = loss
    return layers


def _check(
    surface: Surface,
    tx_height_m: float,
    rx_height_m: float,
    frequencies_mhz: Sequence[float],
    time_percents: Sequence[float],
    polarization: str,
    delta_n: float,
    surface_refractivity: float,
    latitude_deg: float,
    mode: str,
    radials: int,
    max_range_km: float,
) -> None:
    """Raise UsageError for a figure that the Recommendation or the engine does not take."""
    if surface.grid.step_m > GREATEST_STEP_M:
        raise UsageError(
            f"grid_m is {surface.grid.step_m:g}; over buildings pixels are {GREATEST_STEP_M:g} m "
            "or less, 5-25 m in a city. Take a smaller grid_m"
        )
    if mode not in get_args(Mode):
        raise UsageError(f"mode is {mode!r}; use one of {', '.join(get_args(Mode))}")
    if polarization not in ("horizontal", "vertical"):
        raise UsageError(f"polarization is {polarization!r}; use horizontal or vertical")
    if not frequencies_mhz or not time_percents:
        raise UsageError("give at least one frequency and one percentage of time")
    for name, values, least, greatest, unit in (
        ("frequencies_mhz", frequencies_mhz, 30.0, 6000.0, "MHz"),
        ("time_percents", time_percents, 1.0, 50.0, "%"),
        ("tx_height_m", [tx_height_m], 1.0, 3000.0, "m above ground"),
        ("rx_height_m", [rx_height_m], 1.0, 3000.0, "m above ground"),
        ("delta_n", [delta_n], 0.0, 150.0, "N-units/km"),
        ("surface_refractivity", [surface_refractivity], 200.0, 500.0, "N-units"),
        ("latitude_deg", [latitude_deg], -90.0, 90.0, "degrees"),
        ("radials", [radials], 1, 8, "for each pixel at the edge"),
    ):
        for value in values:
            if not least <= value <= greatest:
                raise UsageError(
                    f"{name} is {value:g}; ITU-R P.1812 over an area takes {least:g}-{greatest:g} "
                    f"{unit}"
                )
    if not max_range_km > 0.0:
        raise UsageError(f"max_range_km is {max_range_km:g}; give a distance above 0")
