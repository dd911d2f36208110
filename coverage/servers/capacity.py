"""How many megabits a cell carries: from SINR over spectral efficiency to busy-hour load.

The efficiency is that of the best modulation and coding scheme whose threshold the SINR reaches.
The table that comes with the program is LTE's: efficiencies of 3GPP TS 36.213, table 7.2.3-1
(verified), thresholds at 10 % block errors in white noise as link simulators give them
(assumed). Shannon's formula with a gap is there as the alternative that it is: an idealisation
that forgets steps and overhead.

Two ways to share a cell are named, because they differ by a factor of two and more: *equal time*
gives every user the same share of the resources, so that the cell carries the mean efficiency;
*equal rate* gives every user the same rate, so that users at the edge take most of the resources
and the cell carries the harmonic mean.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, cast

import numpy as np
from numpy.typing import NDArray

from ...topology.errors import InputError, UsageError
from ...topology.settings import Figure

__all__ = [
    "LTE_SCHEMES",
    "Cells",
    "Scheme",
    "cell_capacity",
    "shannon_efficiency",
    "spectral_efficiency",
]

Sharing = Literal["equal-time", "equal-rate"]


@dataclass(frozen=True, slots=True)
class Scheme:
    """A modulation and coding scheme.

    Attributes
    ----------
    threshold_db
        SINR from which on it works.
    efficiency
        Payload in bit/s per Hz.
    """

    name: str
    threshold_db: Figure
    efficiency: Figure


_EFFICIENCY = "3GPP TS 36.213, table 7.2.3-1"
_THRESHOLD = "link simulation in white noise, 10 % block errors"

# (modulation, code rate x 1024, efficiency, threshold)
_CQI = (
    ("QPSK", 78, 0.1523, -6.9),
    ("QPSK", 120, 0.2344, -5.1),
    ("QPSK", 193, 0.3770, -3.2),
    ("QPSK", 308, 0.6016, -1.3),
    ("QPSK", 449, 0.8770, 0.8),
    ("QPSK", 602, 1.1758, 2.7),
    ("16QAM", 378, 1.4766, 4.7),
    ("16QAM", 490, 1.9141, 6.5),
    ("16QAM", 616, 2.4063, 8.6),
    ("64QAM", 466, 2.7305, 10.4),
    ("64QAM", 567, 3.3223, 12.3),
    ("64QAM", 666, 3.9023, 14.2),
    ("64QAM", 772, 4.5234, 15.9),
    ("64QAM", 873, 5.1152, 17.8),
    ("64QAM", 948, 5.5547, 19.8),
)

LTE_SCHEMES: tuple[Scheme, ...] = tuple(
    Scheme(
        f"{modulation} {rate}/1024",
        Figure(threshold, _THRESHOLD, assumed=True),
        Figure(efficiency, _EFFICIENCY, assumed=False),
    )
    for modulation, rate, efficiency, threshold in _CQI
)
"""LTE's 15 channel quality steps, one stream."""


def _steps(schemes: Sequence[Scheme]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    thresholds = np.array([scheme.threshold_db.value for scheme in schemes])
    efficiencies = np.array([scheme.efficiency.value for scheme in schemes])
    if not len(schemes) or (np.diff(thresholds) <= 0).any() or (np.diff(efficiencies) <= 0).any():
        raise UsageError(
            "the table of schemes must have at least one row, and thresholds and efficiencies must "
            "rise from row to row"
        )
    return thresholds, efficiencies


def spectral_efficiency(
    sinr_db: NDArray[np.floating], schemes: Sequence[Scheme] = LTE_SCHEMES
) -> NDArray[np.float64]:
    """Return bit/s per Hz of the best scheme that the SINR allows.

    0 below the first threshold; NaN, where no server arrives, gives 0 too.
    """
    thresholds, efficiencies = _steps(schemes)
    sinr = np.asarray(sinr_db, np.float64)
    step = np.searchsorted(thresholds, np.where(np.isnan(sinr), -np.inf, sinr), side="right")
    return np.concatenate([[0.0], efficiencies])[step]


def shannon_efficiency(
    sinr_db: NDArray[np.floating], *, gap_db: float, maximum: float
) -> NDArray[np.float64]:
    """Return log2(1 + SINR / gap), at most ``maximum``: an idealised alternative to the schemes.

    Parameters
    ----------
    gap_db
        By how much the SINR must exceed Shannon's limit, 0 dB or more.
    maximum
        Efficiency of the highest scheme.
    """
    if not gap_db >= 0 or not maximum > 0:
        raise UsageError(
            f"gap_db is {gap_db} and maximum {maximum}; give a gap of 0 dB or more and a maximum "
            "above 0"
        )
    sinr = np.asarray(sinr_db, np.float64)
    ratio = 10.0 ** ((np.where(np.isnan(sinr), -np.inf, sinr) - gap_db) / 10.0)
    return cast("NDArray[np.float64]", np.minimum(np.log2(1.0 + ratio), maximum))


@dataclass(frozen=True, slots=True)
class Cells:
    """What each cell carries; one entry per cell.

    Attributes
    ----------
    capacity_mbps
        What the cell carries with all resources in use, shared as asked; NaN for a cell without
        a user that it can serve.
    capacity_mbps_km2
        The same per area of the cell; NaN where the cell has no capacity.
    area_km2
        Area in which the cell is the best server and reaches at least the lowest scheme.
    users, users_without_service
        Users in the cell that a scheme reaches, and those that none reaches.
    load
        Share of the resources that the busy hour takes; above 1 the cell is overloaded.
    """

    capacity_mbps: NDArray[np.float64]
    capacity_mbps_km2: NDArray[np.float64]
    area_km2: NDArray[np.float64]
    users: NDArray[np.float64]
    users_without_service: NDArray[np.float64]
    load: NDArray[np.float64]

    @property
    def overloaded(self) -> NDArray[np.bool_]:
        """Cells whose busy hour does not fit."""
        return self.load > 1


def cell_capacity(
    efficiency: NDArray[np.floating],
    best_server: NDArray[np.integer],
    users: NDArray[np.floating],
    *,
    cells: int,
    bandwidth_mhz: float,
    pixel_km2: float,
    user_mbps: float,
    overhead: float = 0.25,
    sharing: Sharing = "equal-time",
) -> Cells:
    """Return what every cell carries and how loaded it is in the busy hour.

    Parameters
    ----------
    efficiency
        bit/s per Hz at every pixel.
    best_server
        Cell that serves each pixel; negative where none does.
    users
        Active users at each pixel in the busy hour, 0 or more.
    cells
        Number of cells.
    user_mbps
        What one of them asks for, on average over the busy hour.
    overhead
        Share of the resources that control and reference signals take; LTE's is 0.2 to 0.3.
    sharing
        See the module's text.
    """
    rate = np.asarray(efficiency, np.float64).ravel()
    server = np.asarray(best_server).ravel()
    weight = np.asarray(users, np.float64).ravel()
    if not rate.size == server.size == weight.size:
        raise UsageError(
            f"efficiency has {rate.size} pixels, best_server {server.size} and users "
            f"{weight.size}; all must cover the same pixels"
        )
    if not (np.isfinite(weight).all() and (weight >= 0).all() and np.isfinite(rate).all()):
        raise InputError("users and efficiency must be finite, users 0 or more, at every pixel")
    if server.size and server.max() >= cells:
        raise UsageError(f"best_server names cell {server.max()}; there are {cells} cells from 0")
    if not (bandwidth_mhz > 0 and pixel_km2 > 0 and user_mbps >= 0 and 0 <= overhead < 1):
        raise UsageError(
            f"bandwidth_mhz {bandwidth_mhz}, pixel_km2 {pixel_km2}, user_mbps {user_mbps}, "
            f"overhead {overhead}: give sizes above 0, a rate of 0 or more and a share below 1"
        )
    if sharing not in ("equal-time", "equal-rate"):
        raise UsageError(f"sharing is {sharing!r}; use equal-time or equal-rate")

    mine = server >= 0
    served = mine & (rate > 0)
    cell = server[served].astype(np.int64)

    def total(values: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.bincount(cell, values, cells).astype(np.float64)

    reached = total(weight[served])
    missed = np.bincount(
        server[mine & ~served].astype(np.int64), weight[mine & ~served], cells
    ).astype(np.float64)
    mbps = bandwidth_mhz * (1.0 - overhead) * rate[served]
    # Share of the cell's time that one Mbit/s for each user takes.
    time = total(weight[served] / mbps)
    area = total(np.full(cell.size, pixel_km2))
    with np.errstate(divide="ignore", invalid="ignore"):
        if sharing == "equal-rate":
            capacity = np.where(reached > 0, reached / time, np.nan)
        else:
            capacity = np.where(reached > 0, total(weight[served] * mbps) / reached, np.nan)
        # With equal time the cell is full when the mean user gets less than asked.
        load = np.where(reached > 0, reached * user_mbps / capacity, 0.0)
        density = np.where(area > 0, capacity / area, np.nan)
    return Cells(capacity, density, area, reached, missed, load)
