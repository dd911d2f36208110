"""The median field that a station lays over the grid: loss, antenna and power put together."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ..topology.compiled import compiled
from ..topology.errors import InputError
from .antenna.pattern import DEGREES, AntennaPattern
from .antenna.pattern_3d import direction_attenuation_db
from .antenna.sectors import sector_attenuation_db
from .grid import Grid
from .propagation.model import LOSS_NONE
from .transmitters import Station

__all__ = ["NO_FIELD", "Link", "station_field"]

Link = Literal["downlink", "weaker"]

NO_FIELD = np.float32(-999.0)
"""Field of a pixel that receives nothing, or less than what was asked for."""


_OMNI, _SECTOR, _CUTS = 0, 1, 2

_NO_CUT = np.zeros(DEGREES)
_NO_CUT.flags.writeable = False  # as a pattern's cuts are, so that one compiled kernel serves all
_LEVEL_GROUND = np.zeros((1, 1), np.float32)


@compiled
def _strongest(
    layer: NDArray[np.int16],
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    tx_x: float,
    tx_y: float,
    above_rx_m: float,
    hilly: bool,
    ground_m: NDArray[np.float32],
    field_0_db: float,
    kind: int,
    horizontal_db: NDArray[np.float64],
    vertical_db: NDArray[np.float64],
    azimuth_deg: float,
    tilt_deg: float,
    mech_tilt_deg: float,
    lean_deg: float,
    floor: float,
    out: NDArray[np.float32],
) -> None:
    """Raise ``out`` to the field of one transmitter wherever that is stronger.

    ``above_rx_m`` is the height of the antenna above the receiver; where it is ``hilly``, above a
    receiver on ground at sea level.
    """
    sin_lean, cos_lean = math.sin(math.radians(lean_deg)), math.cos(math.radians(lean_deg))
    sin_tilt = math.sin(math.radians(mech_tilt_deg))
    cos_tilt = math.cos(math.radians(mech_tilt_deg))
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
            if kind != _OMNI:
                dx = x[column] - tx_x
                down = above_rx_m - (ground_m[row, column] if hilly else 0.0)
                if mech_tilt_deg != 0.0:
                    # Rotate the direction, not its angles (see pattern_3d); the length is free.
                    ahead = dx * sin_lean + dy * cos_lean
                    aside = dx * cos_lean - dy * sin_lean
                    turned = ahead * cos_tilt + down * sin_tilt
                    down = down * cos_tilt - ahead * sin_tilt
                    off = math.degrees(math.atan2(aside, turned)) + lean_deg - azimuth_deg
                    away = math.sqrt(aside * aside + turned * turned)
                else:
                    off = math.degrees(math.atan2(dx, dy)) - azimuth_deg
                    away = math.sqrt(dx * dx + dy * dy)
                level = math.degrees(math.atan2(down, away))
                if kind == _SECTOR:
                    field -= sector_attenuation_db(off, level, tilt_deg)
                else:
                    field -= direction_attenuation_db(
                        horizontal_db, vertical_db, off, level, tilt_deg
                    )
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
    ground_m: NDArray[np.float32] | None = None,
    station_ground_m: float = 0.0,
    floor_dbuv_m: float = -900.0,
) -> NDArray[np.float32]:
    """Return the strongest median field of the station's transmitters at every pixel.

    The antenna's pattern is evaluated in three dimensions at every pixel, in the direction from
    the antenna to the receiver.

    Parameters
    ----------
    layers
        Loss in 1/100 dB by (height, frequency), from :class:`.LayerStore`.
    link
        ``downlink``: the field itself. ``weaker``: less each transmitter's uplink shortfall, so
        that the downlink's requirement judges both links.
    ground_m
        Height of the ground at every pixel above sea level; level ground by default.
    station_ground_m
        The same at the station's foot; has no meaning without ``ground_m``.
    floor_dbuv_m
        Weaker fields need not be known and become ``NO_FIELD``, which is much faster when only
        "served or not" is asked.

    Returns
    -------
    ndarray
        dBuV/m, shape ``grid.shape``; ``NO_FIELD`` where nothing (or too little) arrives.

    Raises
    ------
    InputError
        The ground has another shape than the grid, or is not known everywhere.
    """
    ground = _LEVEL_GROUND
    base_m = 0.0
    if ground_m is not None:
        ground = np.ascontiguousarray(ground_m, np.float32)
        base_m = station_ground_m
        if ground.shape != grid.shape:
            raise InputError(
                f"the ground has {ground.shape} pixels, the grid {grid.shape}; sample it on the "
                "grid"
            )
        if not (np.isfinite(ground).all() and math.isfinite(base_m)):
            raise InputError(
                "the ground has pixels without a height; fill them (surface.dem_fill_m) before"
            )
    out = np.full(grid.shape, NO_FIELD, np.float32)
    x, y = grid.x_m(), grid.y_m()
    for transmitter in station.transmitters:
        pattern = transmitter.pattern
        cuts = pattern if isinstance(pattern, AntennaPattern) else None
        lean_deg = transmitter.lean_deg
        _strongest(
            layers[transmitter.height_m, transmitter.freq_mhz],
            x,
            y,
            station.x_m,
            station.y_m,
            base_m + transmitter.height_m - rx_height_m,
            ground_m is not None,
            ground,
            transmitter.field_at_0_db_loss
            - (transmitter.uplink_shortfall_db if link == "weaker" else 0.0),
            _CUTS if cuts else _OMNI if pattern == "omni" else _SECTOR,
            cuts.horizontal_db if cuts else _NO_CUT,
            cuts.vertical_db if cuts else _NO_CUT,
            float(transmitter.azimuth_deg),
            float(transmitter.tilt_deg),
            float(transmitter.mech_tilt_deg),
            float(transmitter.azimuth_deg if lean_deg is None else lean_deg),
            floor_dbuv_m,
            out,
        )
    return out
