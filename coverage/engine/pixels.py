"""From paths along a radial to pixels of a layer, for every frequency and percentage of time."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..propagation.near_in import JOIN_KM, near_in_db
from .conditions import Air, Band, band_at, season_at
from .kernel import kernel
from .pathloss import add_losses, diffract, prepare, prepare_times
from .paths import LOSS, OWN_APART, OWN_KM, OWN_SLANT, PIXEL, SLANT, Paths
from .trace import Trace

__all__ = ["centi_db", "losses_to_layers"]

_LARGEST = np.iinfo(np.int16).max - 1  # the largest is LOSS_NONE


@kernel
def centi_db(loss_db: float) -> int:
    """Return a loss as it stands in a layer."""
    return min(int(100.0 * loss_db + 0.5), _LARGEST)


@kernel
def _write(paths: Paths, count: int, band: Band, layer: NDArray[np.int16]) -> None:
    """Write one layer: the loss beyond free space, over the pixel's own distance."""
    rows = paths.rows
    for k in range(count):
        loss_db = rows[LOSS, k] - rows[SLANT, k] + rows[OWN_SLANT, k]
        if rows[OWN_KM, k] < JOIN_KM:
            excess_db = rows[LOSS, k] - rows[SLANT, k] - band.free_db
            loss_db = near_in_db(rows[OWN_KM, k], rows[OWN_APART, k], band.frequency_ghz, excess_db)
        layer[paths.places[PIXEL, k]] = centi_db(loss_db)


@kernel
def losses_to_layers(
    paths: Paths,
    count: int,
    trace: Trace,
    tx_m: float,
    air: Air,
    bands: NDArray[np.float64],
    seasons: NDArray[np.float64],
    anomalous: bool,
    layers: NDArray[np.int16],
) -> None:
    """Write the losses of paths to the pixels that they stand for.

    Parameters
    ----------
    paths, count
        Paths, and how many there are.
    trace
        The radial along which they run, where horizons are looked for if need be; not looked at
        where all paths know theirs.
    tx_m
        Transmitting antenna above sea level.
    air, bands, seasons
        From :mod:`.conditions`.
    anomalous
        Whether any percentage of time differs from the median.
    layers
        Losses in 1/100 dB by frequency, percentage of time, and pixel.
    """
    prepare(paths, count)
    timed = anomalous
    if timed:
        prepare_times(paths, count, air)
    for f in range(bands.shape[0]):
        band = band_at(bands, f)
        diffract(paths, count, air, band, anomalous)
        for s in range(seasons.shape[0]):
            season = season_at(seasons, s)
            timed = add_losses(paths, count, trace, tx_m, air, band, season, timed)
            _write(paths, count, band, layers[f, s])
