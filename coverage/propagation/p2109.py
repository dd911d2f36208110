"""Building entry loss, Recommendation ITU-R P.2109-2.

The additional loss of a terminal somewhere inside a building against one outside it, as a
distribution over buildings and rooms: 80 MHz-100 GHz, two classes of building. It already holds
the spread over places inside; the spread of the field outside is the outdoor model's.

Equation numbers are those of the Recommendation's section 3; the coefficients are its Table 1.
"""

from __future__ import annotations

from typing import Literal, NamedTuple, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

from ...topology.errors import UsageError

__all__ = [
    "Building",
    "TwoDistributions",
    "building_entry_loss_db",
    "median_db",
    "two_distributions",
]

Building = Literal["traditional", "thermally-efficient"]
"""Thermally efficient: metallised glass or foil-backed panels, whatever the building's age."""

_Floats = NDArray[np.float64]

# Table 1: r, s, t (median of horizontal paths), u, v (its spread), w, x, y, z (the second part).
_COEFFICIENTS: dict[str, tuple[float, ...]] = {
    "traditional": (12.64, 3.72, 0.96, 9.6, 2.0, 9.1, -3.0, 4.5, -2.0),
    "thermally-efficient": (28.19, -3.00, 8.48, 13.5, 3.8, 27.8, -2.9, 9.4, -2.1),
}
_FLOOR_DB = -3.0  # C, equation (4)


class TwoDistributions(NamedTuple):
    """Means and deviations (dB) of the two normal distributions that the loss is made of."""

    mean_1_db: _Floats
    sigma_1_db: _Floats
    mean_2_db: _Floats
    sigma_2_db: _Floats


def median_db(
    frequency_ghz: ArrayLike, *, building: Building, elevation_deg: ArrayLike = 0.0
) -> _Floats:
    """Return the median loss for paths that arrive at an elevation (L_h + L_e).

    This is the median of the first distribution; the loss at probability 0.5 of
    :func:`building_entry_loss_db` lies above it, as that holds the second distribution too.
    """
    r, s, t = _coefficients(building)[:3]
    log_f = np.log10(_frequency(frequency_ghz))
    horizontal = r + s * log_f + t * log_f**2  # equation (9)
    return np.asarray(horizontal + 0.212 * np.abs(_elevation(elevation_deg)))  # equation (10)


def two_distributions(
    frequency_ghz: ArrayLike, *, building: Building, elevation_deg: ArrayLike = 0.0
) -> TwoDistributions:
    """Return the parameters of the loss: what a caller needs that asks for many probabilities."""
    u, v, w, x, y, z = _coefficients(building)[3:]
    log_f = np.log10(_frequency(frequency_ghz))
    return TwoDistributions(
        median_db(frequency_ghz, building=building, elevation_deg=elevation_deg),  # equation (5)
        u + v * log_f,  # equation (7)
        w + x * log_f,  # equation (6)
        y + z * log_f,  # equation (8)
    )


def building_entry_loss_db(
    frequency_ghz: ArrayLike,
    probability: ArrayLike,
    *,
    building: Building,
    elevation_deg: ArrayLike = 0.0,
) -> _Floats:
    """Return the building entry loss that is not exceeded with a probability.

    Parameters
    ----------
    frequency_ghz
        0.08-100.
    probability
        Share of buildings and rooms, between 0 and 1.
    building
        "traditional" or "thermally-efficient".
    elevation_deg
        Of the path at the facade, -90 to 90.

    Returns
    -------
    ndarray
        Loss in dB, broadcast over the arguments; it can be a small gain at low probability.

    Raises
    ------
    UsageError
        An argument is outside the Recommendation's range.

    Examples
    --------
    >>> loss = building_entry_loss_db(0.6, [0.1, 0.5, 0.9], building="traditional")
    >>> [round(float(db), 1) for db in loss]
    [5.7, 14.0, 24.3]
    """
    p = np.asarray(probability, dtype=np.float64)
    _refuse("probability", p, (p > 0.0) & (p < 1.0), "probabilities between 0 and 1, such as 0.5")
    parts = two_distributions(frequency_ghz, building=building, elevation_deg=elevation_deg)
    z = ndtri(p)
    a = z * parts.sigma_1_db + parts.mean_1_db  # equation (2)
    b = z * parts.sigma_2_db + parts.mean_2_db  # equation (3)
    powers = 10.0 ** (0.1 * a) + 10.0 ** (0.1 * b) + 10.0 ** (0.1 * _FLOOR_DB)
    return np.asarray(10.0 * np.log10(powers))  # equation (1)


def _coefficients(building: str) -> tuple[float, ...]:
    if building not in _COEFFICIENTS:
        raise UsageError(f"building is {building!r}; use one of {', '.join(get_args(Building))}")
    return _COEFFICIENTS[building]


def _frequency(frequency_ghz: ArrayLike) -> _Floats:
    f = np.asarray(frequency_ghz, dtype=np.float64)
    _refuse("frequency_ghz", f, (f >= 0.08) & (f <= 100.0), "0.08-100 GHz")
    return f


def _elevation(elevation_deg: ArrayLike) -> _Floats:
    theta = np.asarray(elevation_deg, dtype=np.float64)
    _refuse("elevation_deg", theta, np.abs(theta) <= 90.0, "-90 to 90 degrees")
    return theta


def _refuse(name: str, values: _Floats, inside: NDArray[np.bool_], rule: str) -> None:
    """Name the first value that is not inside; NaN never is."""
    broken = values[~np.asarray(inside)]
    if broken.size:
        more = f" (and {broken.size - 1} more)" if broken.size > 1 else ""
        raise UsageError(f"{name} is {broken.flat[0]:g}{more}; P.2109 takes {rule}")
