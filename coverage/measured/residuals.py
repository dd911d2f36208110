"""How far a prediction is from what was measured: residuals by distance, clutter class and site.

A residual is *measured minus predicted*, in dB: positive where more arrives than was promised.
Points beside each other measure the same shadow, so a thousand of them in one street say less than
fifty over a district. :func:`effective_count` states what points are worth: with ``n_b`` points in
block ``b`` of a square grid,

    n_eff = (sum n_b)^2 / sum n_b^2

(L. Kish, Survey Sampling, 1965, for clusters whose members all agree): the number of blocks, less
when some hold most of the points. It never exceeds the number of blocks or of points.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pyproj import Transformer

from ...topology.errors import InputError
from .measurements import Measurements

__all__ = [
    "DISTANCE_EDGES_KM",
    "Pairs",
    "ResidualGroup",
    "effective_count",
    "pair",
    "residual_group",
    "residuals_by",
    "spatial_blocks",
]

DISTANCE_EDGES_KM = (0.0, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, math.inf)
"""Classes of distance; the lower edge belongs to the class."""


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """Measured and predicted fields of the same places, side by side and never mixed.

    Attributes
    ----------
    measured_dbuv_m, predicted_dbuv_m
        Field of the same transmitter (or combination of them) at the same height.
    distance_km
        From the transmitter.
    x_m, y_m
        Position in one projected CRS, for the spatial blocks.
    site_id, clutter
        Of each pair; "" where unknown.
    cell_id
        Transmitter of each pair; empty where no pair says.

    Raises
    ------
    InputError
        Lengths differ, there is no pair, or a figure is not finite; the message names the pair.
    """

    measured_dbuv_m: NDArray[np.float64]
    predicted_dbuv_m: NDArray[np.float64]
    distance_km: NDArray[np.float64]
    x_m: NDArray[np.float64]
    y_m: NDArray[np.float64]
    site_id: tuple[str, ...]
    clutter: tuple[str, ...]
    cell_id: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        size = len(self.site_id)
        for name in ("measured_dbuv_m", "predicted_dbuv_m", "distance_km", "x_m", "y_m"):
            values = np.array(getattr(self, name), dtype=np.float64)
            if values.shape != (size,):
                raise InputError(
                    f"{name} has the shape {values.shape}, site_id has {size} entries; give one of "
                    "each for every pair"
                )
            bad = np.flatnonzero(~np.isfinite(values))
            if len(bad):
                raise InputError(
                    f"{name} of pair {bad[0]} is {values[bad[0]]}; leave out the points for which "
                    "there is no figure"
                )
            values.flags.writeable = False
            object.__setattr__(self, name, values)
        for name in ("clutter", "cell_id"):
            entries = len(getattr(self, name))
            if entries != size and (name == "clutter" or entries):
                raise InputError(f"{name} has {entries} entries, site_id has {size}")
        if size == 0:
            raise InputError("there is no pair of a measured and a predicted field to compare")
        if (self.distance_km < 0).any():
            raise InputError("a distance_km is below 0; distances are from the transmitter")

    def __len__(self) -> int:
        return len(self.site_id)

    @property
    def residual_db(self) -> NDArray[np.float64]:
        """Measured minus predicted."""
        return np.asarray(self.measured_dbuv_m - self.predicted_dbuv_m, np.float64)


def pair(
    measurements: Measurements, predicted_dbuv_m: ArrayLike, *, distance_km: ArrayLike, crs: str
) -> Pairs:
    """Lay predictions beside measurements, row by row.

    Parameters
    ----------
    predicted_dbuv_m
        Prediction for each row of ``measurements.frame``, at its ``rx_height_m``; NaN where the
        model gives nothing. Those rows are an error here: leave them out on purpose, not silently.
    distance_km
        From the transmitter, for each row.
    crs
        Projected CRS in metres, for the spatial blocks.

    Raises
    ------
    InputError
        As :class:`Pairs`.
    """
    frame = measurements.frame
    to_metres = Transformer.from_crs("EPSG:4326", crs, always_xy=True)
    x, y = to_metres.transform(frame["lon"].to_numpy(), frame["lat"].to_numpy())
    return Pairs(
        frame["measured_dbuv_m"].to_numpy(np.float64),
        np.asarray(predicted_dbuv_m, np.float64),
        np.asarray(distance_km, np.float64),
        np.asarray(x, np.float64),
        np.asarray(y, np.float64),
        tuple(map(str, frame["site_id"])),
        tuple(map(str, frame["clutter"])),
        tuple(map(str, frame["cell_id"])),
    )


@dataclass(frozen=True, slots=True)
class ResidualGroup:
    """What the residuals of some pairs have in common.

    Attributes
    ----------
    label
        The class of distance or clutter, or the site; "unknown" where the pairs do not say.
    pairs
        How many.
    mean_db
        Mean of measured minus predicted.
    sd_db
        Their standard deviation about that mean; None for one pair.
    rmse_db
        Root of the mean square about 0.
    """

    label: str
    pairs: int
    mean_db: float
    sd_db: float | None
    rmse_db: float

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return asdict(self)


def residual_group(label: str, residual_db: Sequence[float] | NDArray[np.float64]) -> ResidualGroup:
    """Summarise residuals; the order of the pairs does not matter, to the last bit."""
    values = [float(value) for value in residual_db]
    count = len(values)
    if count == 0:
        raise InputError(f"{label} has no residual to summarise")
    mean = math.fsum(values) / count
    square = math.fsum((value - mean) ** 2 for value in values)
    return ResidualGroup(
        label,
        count,
        mean,
        math.sqrt(square / (count - 1)) if count > 1 else None,
        math.sqrt(math.fsum(value * value for value in values) / count),
    )


def _distance_labels(distance_km: NDArray[np.float64]) -> list[tuple[int, str]]:
    edges = np.array(DISTANCE_EDGES_KM)
    classes = np.searchsorted(edges, distance_km, side="right") - 1
    return [
        (
            int(k),
            f"{edges[k]:g}-{edges[k + 1]:g} km" if k < len(edges) - 2 else f"over {edges[k]:g} km",
        )
        for k in np.minimum(classes, len(edges) - 2)
    ]


def residuals_by(pairs: Pairs, what: str) -> tuple[ResidualGroup, ...]:
    """Return the residuals of each class of ``distance``, each ``clutter``, ``site`` or ``cell``.

    Classes of distance come in order, the others with most pairs first.

    Raises
    ------
    InputError
        ``what`` is something else.
    """
    keys: list[tuple[int, str]]
    if what == "distance":
        keys = _distance_labels(pairs.distance_km)
    elif what in ("clutter", "site", "cell"):
        names = {"clutter": pairs.clutter, "site": pairs.site_id, "cell": pairs.cell_id}[what]
        keys = [(0, name or "unknown") for name in names or [""] * len(pairs)]
    else:
        raise InputError(
            f"residuals are grouped by distance, clutter, site or cell, not by {what!r}"
        )
    groups: dict[tuple[int, str], list[float]] = {}
    for key, residual in zip(keys, pairs.residual_db.tolist(), strict=True):
        groups.setdefault(key, []).append(residual)
    if what == "distance":
        order = sorted(groups)
    else:
        order = sorted(groups, key=lambda key: (-len(groups[key]), key))
    return tuple(residual_group(key[1], groups[key]) for key in order)


def spatial_blocks(
    x_m: NDArray[np.float64], y_m: NDArray[np.float64], block_m: float
) -> list[tuple[int, int]]:
    """Return the block of each point: its column and row in squares of ``block_m``."""
    columns = np.floor(np.asarray(x_m) / block_m).astype(np.int64)
    rows = np.floor(np.asarray(y_m) / block_m).astype(np.int64)
    return list(zip(columns.tolist(), rows.tolist(), strict=True))


def effective_count(blocks: Sequence[tuple[int, int]]) -> float:
    """Return what so many points in these blocks are worth, as a number of independent points.

    Examples
    --------
    >>> effective_count([(0, 0), (0, 1), (0, 2), (0, 3)])
    4.0
    >>> effective_count([(0, 0)] * 1000)
    1.0
    """
    if not blocks:
        return 0.0
    counts: dict[tuple[int, int], int] = {}
    for block in blocks:
        counts[block] = counts.get(block, 0) + 1
    return len(blocks) ** 2 / sum(count * count for count in counts.values())
