"""Why a pixel is not served: the first thing on the way to it that costs the service.

A pixel's margin shrinks step by step: over an unobstructed path, behind what stands in the way,
behind the wall, against the other transmitters, and on the way back. The reason is the first step
at which the margin falls below 0 dB, because mending a later one would not help:

1. *distance*: even an unobstructed path would be too long;
2. *shadow*: unobstructed it would do; terrain and buildings in the way cost too much;
3. *indoor*: outdoors it would do; the building's wall costs too much;
4. *interference*: there is enough field against noise, not against the other transmitters;
5. *uplink*: the downlink would do; the base station does not hear the terminal.

A step that a service does not have (no building, no interferers, no way back) is left out. NaN in
a step that decides means that nobody knows: the reason is *unknown*, never a guess.
"""

from __future__ import annotations

from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from ...topology.errors import UsageError

__all__ = ["MissReason", "miss_reasons"]


class MissReason(IntEnum):
    """Why a pixel is not served; the values of a layer."""

    SERVED = 0
    DISTANCE = 1
    SHADOW = 2
    INDOOR = 3
    INTERFERENCE = 4
    UPLINK = 5
    UNKNOWN = 255


def miss_reasons(
    *,
    unobstructed_margin_db: NDArray[np.floating],
    outdoor_margin_db: NDArray[np.floating],
    indoor_margin_db: NDArray[np.floating] | None = None,
    interference_margin_db: NDArray[np.floating] | None = None,
    uplink_margin_db: NDArray[np.floating] | None = None,
) -> NDArray[np.uint8]:
    """Return the :class:`MissReason` of every pixel.

    Parameters
    ----------
    unobstructed_margin_db
        Level over the needed one, location margin included, if nothing stood in the way;
        NaN outside the area that is judged.
    outdoor_margin_db
        The same with terrain and buildings in the way; -inf where nothing arrives.
    indoor_margin_db
        The same behind the wall, with the larger deviation there; None for a service outdoors.
    interference_margin_db
        SINR over the needed one; None where nobody interferes.
    uplink_margin_db
        The terminal's level at the base over the needed one; None for a broadcast service.

    Returns
    -------
    ndarray of uint8
        Shape of the pixels.
    """
    steps: list[tuple[MissReason, str, NDArray[np.floating] | None]] = [
        (MissReason.DISTANCE, "unobstructed_margin_db", unobstructed_margin_db),
        (MissReason.SHADOW, "outdoor_margin_db", outdoor_margin_db),
        (MissReason.INDOOR, "indoor_margin_db", indoor_margin_db),
        (MissReason.INTERFERENCE, "interference_margin_db", interference_margin_db),
        (MissReason.UPLINK, "uplink_margin_db", uplink_margin_db),
    ]
    shape = np.shape(unobstructed_margin_db)
    out = np.full(shape, MissReason.SERVED, np.uint8)
    open_ = np.ones(shape, bool)
    for reason, name, given in steps:
        if given is None:
            continue
        margin = np.asarray(given)
        if margin.shape != shape:
            raise UsageError(
                f"{name} has shape {margin.shape}, unobstructed_margin_db {shape}; all margins "
                "must cover the same pixels"
            )
        unknown = open_ & np.isnan(margin)
        missed = open_ & (margin < 0)
        out[unknown] = MissReason.UNKNOWN
        out[missed] = reason
        open_ &= ~(unknown | missed)
    return out
