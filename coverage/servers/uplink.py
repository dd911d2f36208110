"""The way back: what a base station hears of a terminal, and which link limits a pixel.

Path loss and base antenna are the same in both directions (reciprocity), so that the level which
the downlink's layers already hold gives the uplink without another propagation run:

    terminal at the base = terminal EIRP + (downlink level - downlink power) + frequency step

where the level is at an isotropic antenna and the downlink power is taken at the same place as
the terminal's, the antenna feeder's lower end. Where the two directions use different
frequencies, the free-space part of the difference, 20 log(fd / fu), is added; the rest of it is
small for the usual duplex distances and left out.

Neither link is assumed to be the weaker one.
"""

from __future__ import annotations

import math
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from ...topology.errors import UsageError
from .link_budget import UplinkBudget

__all__ = ["Limit", "limiting_link", "uplink_level_dbm", "uplink_margin_db", "weaker_link"]


class Limit(IntEnum):
    """Which link limits a pixel."""

    NONE = 0
    DOWNLINK = 1
    UPLINK = 2
    UNREACHED = 3
    """No signal arrives in either direction."""


def uplink_level_dbm(
    downlink_level_dbm: NDArray[np.floating],
    *,
    downlink_power_dbm: float | NDArray[np.floating],
    downlink_mhz: float,
    budget: UplinkBudget,
    entry_loss_db: float = 0.0,
) -> NDArray[np.float64]:
    """Return the terminal's median level at the base station's receiver.

    Parameters
    ----------
    downlink_level_dbm
        Median power at an isotropic antenna outdoors; NaN where nothing arrives.
    downlink_power_dbm
        Transmitter power of the server, one for all pixels or of each pixel's server. Base antenna
        gain and feeder loss are in the level and stay in the answer.
    downlink_mhz
        Frequency of the downlink; the uplink's is the budget's.
    entry_loss_db
        Median building entry loss of a terminal indoors.

    Notes
    -----
    Gain and feeder loss of the base station are those of the downlink's antenna; the budget's own
    serve :attr:`.UplinkBudget.maximum_loss_db`, where no level is at hand.
    """
    if not (math.isfinite(downlink_mhz) and downlink_mhz > 0):
        raise UsageError(f"downlink_mhz is {downlink_mhz}; give a frequency above 0 MHz")
    step_db = 20.0 * math.log10(downlink_mhz / budget.frequency_mhz.value)
    gain = np.asarray(downlink_level_dbm, np.float64) - np.asarray(downlink_power_dbm, np.float64)
    return budget.terminal_eirp_dbm + gain + step_db - entry_loss_db


def uplink_margin_db(
    downlink_level_dbm: NDArray[np.floating],
    *,
    downlink_power_dbm: float | NDArray[np.floating],
    downlink_mhz: float,
    budget: UplinkBudget,
    entry_loss_db: float = 0.0,
) -> NDArray[np.float64]:
    """Return by how much the terminal's median level exceeds what the base station needs.

    Parameters as in :func:`uplink_level_dbm`; NaN where nothing arrives. The location margin is
    not in it: divide by the deviation for a probability.
    """
    level = uplink_level_dbm(
        downlink_level_dbm,
        downlink_power_dbm=downlink_power_dbm,
        downlink_mhz=downlink_mhz,
        budget=budget,
        entry_loss_db=entry_loss_db,
    )
    return level - budget.base_sensitivity_dbm


def _margins(
    downlink_margin_db: NDArray[np.floating], uplink_margin_db: NDArray[np.floating]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]]:
    down = np.asarray(downlink_margin_db, np.float64)
    up = np.asarray(uplink_margin_db, np.float64)
    if down.shape != up.shape:
        raise UsageError(
            f"the downlink's margins have shape {down.shape}, the uplink's {up.shape}; both must "
            "cover the same pixels"
        )
    nothing = np.isnan(down) & np.isnan(up)
    # A link without a signal is the weaker one, whatever the other has.
    return (
        np.where(np.isnan(down), -np.inf, down),
        np.where(np.isnan(up), -np.inf, up),
        nothing,
    )


def weaker_link(
    downlink_margin_db: NDArray[np.floating], uplink_margin_db: NDArray[np.floating]
) -> NDArray[np.uint8]:
    """Return the :class:`Limit` with the smaller margin, served or not; NONE where both equal."""
    down, up, nothing = _margins(downlink_margin_db, uplink_margin_db)
    link = np.where(down < up, Limit.DOWNLINK, np.where(up < down, Limit.UPLINK, Limit.NONE))
    return np.where(nothing, Limit.UNREACHED, link).astype(np.uint8)


def limiting_link(
    downlink_margin_db: NDArray[np.floating], uplink_margin_db: NDArray[np.floating]
) -> NDArray[np.uint8]:
    """Return the :class:`Limit` of every pixel.

    NONE where both links work (margins of 0 dB or more). Else the link with the smaller margin,
    which is the one to mend first; the downlink where both lack equally much.
    """
    down, up, nothing = _margins(downlink_margin_db, uplink_margin_db)
    link = np.where(up < down, Limit.UPLINK, Limit.DOWNLINK)
    works = (down >= 0) & (up >= 0)
    limit = np.where(works, Limit.NONE, link)
    return np.where(nothing, Limit.UNREACHED, limit).astype(np.uint8)
