"""The median field that a station lays over the grid: loss, antenna and power put together."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ..topology.compiled import compiled
from .antenna.sectors import (
    HORIZONTAL_MAX_DB,
    HORIZONTAL_WIDTH_DEG,
    TOTAL_MAX_DB,
    VERTICAL_MAX_DB,
    VERTICAL_WIDTH_DEG,
)
from .grid import Grid
from .propagation.model import LOSS_NONE
from .transmitters import Station

__all__ = ["NO_FIELD", "Link", "station_field"]

Link = Literal["downlink", "weaker"]

NO_FIELD = np.float32(-999.0)
"""Field of a pixel that receives nothing, or less than what was asked for."""


@compiled
def _strongest(
    layer: NDArray[np.int16],
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    tx_x: float,
    tx_y: float,
    above_rx_m: float,
    field_0_db: float,
    azimuth_deg: float,
    tilt_deg: float,
    sector: bool,
    floor: float,
    out: NDArray[np.float32],
) -> None:
    """Raise ``out`` to the field of one transmitter wherever that is stronger."""
    for row in range(y.size):
        dy = y[row] - tx_y
        for column in range(x.size):
            loss = layer[row, column]
            if loss == LOSS_NONE:
                continue
            field = field_0_db - 0.01 * loss
            best = max(floor, out[row, column])
            if field < best:  # an antenna never adds to its main direction
                continue
            if sector:
                dx = x[column] - tx_x
                off = math.degrees(math.atan2(dx, dy)) - azimuth_deg
                off = (off + 180.0) % 360.0 - 180.0
                level = math.degrees(math.atan2(above_rx_m, math.sqrt(dx * dx + dy * dy)))
                horizontal = min(12.0 * (off / HORIZONTAL_WIDTH_DEG) ** 2, HORIZONTAL_MAX_DB)
                vertical = min(
                    12.0 * ((level - tilt_deg) / VERTICAL_WIDTH_DEG) ** 2, VERTICAL_MAX_DB
                )
                field -= min(horizontal + vertical, TOTAL_MAX_DB)
                if field < best:
                    continue
            out[row, column] = field


def station_field(
    station: Station,
    layers: Mapping[tuple[float, float], NDArray[np.int16]],
    grid: Grid,
    rx_height_m: float,
    *,
    link: Link = "downlink",
    floor_dbuv_m: float = -900.0,
) -> NDArray[np.float32]:
    """Return the strongest median field of the station's transmitters at every pixel.

    Parameters
    ----------
    layers
        Loss in 1/100 dB by (height, frequency), from :class:`.LayerStore`.
    link
        ``downlink``: the field itself. ``weaker``: less each transmitter's uplink shortfall, so
        that the downlink's requirement judges both links.
    floor_dbuv_m
        Weaker fields need not be known and become ``NO_FIELD``, which is much faster when only
        "served or not" is asked.

    Returns
    -------
    ndarray
        dBuV/m, shape ``grid.shape``; ``NO_FIELD`` where nothing (or too little) arrives.
    """
    out = np.full(grid.shape, NO_FIELD, np.float32)
    x, y = grid.x_m(), grid.y_m()
    for transmitter in station.transmitters:
        _strongest(
            layers[transmitter.height_m, transmitter.freq_mhz],
            x,
            y,
            station.x_m,
            station.y_m,
            transmitter.height_m - rx_height_m,
            transmitter.field_at_0_db_loss
            - (transmitter.uplink_shortfall_db if link == "weaker" else 0.0),
            transmitter.azimuth_deg,
            transmitter.tilt_deg,
            transmitter.pattern != "omni",
            floor_dbuv_m,
            out,
        )
    return out
