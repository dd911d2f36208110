"""All pixels from shared radials: each pixel takes the radial that passes nearest to its middle.

The surface around the transmitter falls into four sectors: east, west, south, north, by which of
the two distances, in columns or in rows, is the larger. A radial of the eastern sector steps from
column to column, so that its samples have the columns of the pixels; only in rows it may pass
beside the middle of a pixel, by half a cell at most. A sector has ``2 M + 1`` radials with slopes
``j / M``, where M is its reach in cells times the wanted number of radials for each pixel at the
edge. The pixel ``dy`` rows and ``dx`` columns away belongs to radial ``round(dy / dx * M)``:
exactly one radial owns it, and passes through it.

The loss beyond free space is that of the radial's sample; free space is taken over the pixel's
own distance. Sharing radials is the approximation of this module; given the radial, its numbers
are those of the plain loop.

Pixels nearer than 250 m continue their radial's loss at 250 m by :mod:`..propagation.near_in`.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from ..propagation.near_in import JOIN_KM
from .conditions import Air
from .kernel import kernel
from .paths import Paths
from .pixels import losses_to_layers
from .radial import Running, begin, passed, reached, read_path
from .scene import Scene, assign
from .trace import AT, CLUTTER, GROUND, Trace, curve

__all__ = ["EAST", "NORTH", "SOUTH", "WEST", "reach_cells", "sweep_radials"]

EAST, WEST, SOUTH, NORTH = range(4)
"""The sectors."""

_NOBODY = -1


@kernel
def _walk(scene: Scene, sector: int) -> tuple[float, float, int, int, int]:
    """Return a sector's origin along and across, first cell, direction and cells to the edge."""
    height, width = scene.ground_m.shape
    along = scene.tx_column
    across = scene.tx_row
    cells = width
    if sector >= SOUTH:
        along = scene.tx_row
        across = scene.tx_column
        cells = height
    first = math.floor(along + 0.5)
    if sector in (EAST, SOUTH):
        return along, across, first, 1, cells - 1 - first
    return along, across, first, -1, first


@kernel
def reach_cells(scene: Scene, sector: int) -> int:
    """Return how many cells a sector's radials go to the edge or the end of the range."""
    cells = _walk(scene, sector)[4]
    return min(cells, math.ceil(scene.range_km / scene.step_km) + 1)


@kernel
def _lay(
    scene: Scene,
    sector: int,
    radial: int,
    per_slope: int,
    trace: Trace,
    owned: NDArray[np.int64],
) -> tuple[int, bool]:
    """Lay a radial over the surface.

    Writes distances and heights, and for each sample the number of the pixel (row times width
    plus column) that the radial owns there. Returns the index of the last sample that is needed
    (0 if the radial owns no pixel), and whether pixels within 250 m are among its own.
    """
    slope = radial / per_slope
    along, across, first, direction, to_edge = _walk(scene, sector)
    height, width = scene.ground_m.shape
    rows = trace.rows
    by_columns = sector < SOUTH
    per_step = math.sqrt(1.0 + slope * slope) * scene.step_km
    end = reach_cells(scene, sector)
    last = 0
    near = False
    rows[AT, 0] = 0.0
    rows[GROUND, 0] = scene.tx_ground_m
    rows[CLUTTER, 0] = 0.0
    owned[0] = _NOBODY
    # The transmitter's own column counts where its middle lies ahead.
    i = 0 if direction * (first - along) > 0.0 else 1
    while True:
        steps = direction * ((first + direction * i) - along)
        distance = steps * per_step
        at = across + slope * steps
        cell = math.floor(at + 0.5)
        inside = i <= to_edge and 0 <= cell < (height if by_columns else width)
        if (i > end or not inside) and not (near and (i <= 2 or rows[AT, i - 1] < JOIN_KM)):
            break
        row = min(max(cell if by_columns else first + direction * i, 0), height - 1)
        column = min(max(first + direction * i if by_columns else cell, 0), width - 1)
        if i > 0:
            rows[AT, i] = distance
            rows[GROUND, i] = scene.ground_m[row, column]
            rows[CLUTTER, i] = scene.clutter_m[row, column]
        owned[i] = _NOBODY
        beside = cell - across
        if (
            inside
            and abs(at - cell) * per_slope <= 0.500001 * steps  # nearly always decides
            and (abs(beside) < steps or (by_columns and abs(beside) == steps))
            and math.floor(beside / steps * per_slope + 0.5) == radial
            and scene.top <= row < scene.bottom
            and scene.left <= column < scene.right
        ):
            apart = math.sqrt(steps * steps + beside * beside) * scene.step_km
            if apart <= scene.range_km:
                owned[i] = row * width + column
                last = max(i, 1)
                # By the radial's distance, so that a pixel's path is the same in any window.
                near = near or distance < JOIN_KM or i < 2
        i += 1
    if near:  # the radial must reach 250 m, and its second sample
        join = 2
        while rows[AT, join] < JOIN_KM:
            join += 1
        last = max(last, join)
    return last, near


@kernel
def _add_path(
    scene: Scene,
    paths: Paths,
    k: int,
    pixel: int,
    trace: Trace,
    last: int,
    running: Running,
    bulge: float,
) -> None:
    """Let a pixel have the path to a sample."""
    tx_m = scene.tx_ground_m + scene.tx_height_m
    read_path(paths, k, trace, last, running, tx_m, scene.rx_height_m, bulge, scene.anomalous)
    width = scene.ground_m.shape[1]
    row = pixel // width
    assign(scene, paths, k, row, pixel - row * width)


@kernel
def sweep_radials(
    scene: Scene,
    sector: int,
    from_radial: int,
    to_radial: int,
    per_slope: int,
    air: Air,
    bands: NDArray[np.float64],
    seasons: NDArray[np.float64],
    trace: Trace,
    owned: NDArray[np.int64],
    paths: Paths,
    layers: NDArray[np.int16],
) -> None:
    """Write the losses of all pixels that some radials of a sector own.

    Parameters
    ----------
    scene
        What stands where.
    sector
        One of the four.
    from_radial, to_radial
        Numbers of the radials, ``-per_slope`` to ``per_slope``; the last is not done.
    per_slope
        M: how many radials there are in a slope of 1.
    air, bands, seasons
        From :mod:`.conditions`.
    trace, owned, paths
        Room to work in, for each sample of the longest radial.
    layers
        Losses in 1/100 dB by frequency, percentage of time, and pixel of the window.
    """
    bulge = 500.0 / air.radius_km
    tx_m = scene.tx_ground_m + scene.tx_height_m
    for radial in range(from_radial, to_radial):
        last, near = _lay(scene, sector, radial, per_slope, trace, owned)
        if last == 0:
            continue
        curve(trace, last + 1, bulge, scene.anomalous)
        count = 0
        running = begin()
        for i in range(1, last + 1):
            running = reached(trace, i, running)
            if near and i >= 2 and trace.rows[AT, i] >= JOIN_KM:
                # The pixels before 250 m share the path to the first sample beyond.
                near = False
                for pixel in owned[:i]:
                    if pixel != _NOBODY:
                        _add_path(scene, paths, count, pixel, trace, i, running, bulge)
                        count += 1
            if not near and owned[i] != _NOBODY:
                _add_path(scene, paths, count, owned[i], trace, i, running, bulge)
                count += 1
            running = passed(trace, i, running, tx_m, bulge, scene.anomalous)
        losses_to_layers(paths, count, trace, tx_m, air, bands, seasons, scene.anomalous, layers)
