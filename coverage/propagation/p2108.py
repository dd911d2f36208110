"""Clutter loss where no building is known, Recommendation ITU-R P.2108-1.

Three corrections to a loss that was computed without clutter, one for each kind of path:

========================== =========================================== ===============
:func:`height_gain_db`     an antenna below representative clutter     section 3.1
:func:`terrestrial_db`     one urban or suburban end, statistical      section 3.2
:func:`earth_space_db`     to an aircraft or a satellite, statistical  section 3.3
========================== =========================================== ===============

Never add them to a model that already saw the clutter, such as P.1812 with buildings in its
profile: the same shadow would be counted twice. Arguments broadcast like numpy's; a value outside
the Recommendation's range is refused.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

from ...topology.errors import UsageError

__all__ = ["Clutter", "earth_space_db", "height_gain_db", "terrestrial_db"]

_Floats = NDArray[np.float64]
_Inside = Callable[[NDArray[np.float64]], NDArray[np.bool_]]

_FULL_LOSS_KM = 2.0
"""Distance beyond which the terrestrial loss grows no more."""


class Clutter(IntEnum):
    """Kinds of clutter of section 3.1."""

    WATER = 1
    OPEN = 2
    SUBURBAN = 3
    URBAN = 4
    FOREST = 5
    DENSE_URBAN = 6

    @property
    def representative_height_m(self) -> float:
        """Height to assume where nothing better is known (Table 3)."""
        return {Clutter.URBAN: 15.0, Clutter.FOREST: 15.0, Clutter.DENSE_URBAN: 20.0}.get(
            self, 10.0
        )


def _checked(name: str, value: ArrayLike, rule: str, inside: _Inside) -> _Floats:
    """Return the values as floats, or name the first one that breaks the rule."""
    values = np.asarray(value, dtype=np.float64)
    broken = values[~inside(values)]
    if broken.size:
        count = f" (and {broken.size - 1} more)" if broken.size > 1 else ""
        raise UsageError(f"{name} is {broken.flat[0]:g}{count}; P.2108 takes {rule}")
    return values


def height_gain_db(
    frequency_ghz: ArrayLike,
    antenna_height_m: ArrayLike,
    *,
    clutter: Clutter | int,
    clutter_height_m: ArrayLike | None = None,
    street_width_m: ArrayLike = 27.0,
) -> _Floats:
    """Return the loss of an antenna below the clutter around it (section 3.1), median.

    Parameters
    ----------
    frequency_ghz
        0.03-3.
    antenna_height_m
        Above the ground, above 0.
    clutter
        What stands around.
    clutter_height_m
        Representative height above the ground, above 0; that of Table 3 where not given.
    street_width_m
        Above 0; 27 m where not known.

    Returns
    -------
    ndarray
        Loss in dB; 0 where the antenna stands at least as high as the clutter.

    Examples
    --------
    >>> round(float(height_gain_db(0.6, 1.5, clutter=Clutter.URBAN)), 1)
    20.8
    >>> float(height_gain_db(0.6, 30.0, clutter=Clutter.URBAN))
    0.0
    """
    if clutter not in set(Clutter):
        raise UsageError(
            f"clutter is {clutter!r}; use 1-6 ({', '.join(one.name.lower() for one in Clutter)})"
        )
    kind = Clutter(clutter)
    f = _checked("frequency_ghz", frequency_ghz, "0.03-3 GHz", lambda v: (v >= 0.03) & (v <= 3.0))
    h = _checked("antenna_height_m", antenna_height_m, "heights above 0 m", _positive)
    given = kind.representative_height_m if clutter_height_m is None else clutter_height_m
    r = _checked("clutter_height_m", given, "heights above 0 m", _positive)
    w = _checked("street_width_m", street_width_m, "widths above 0 m", _positive)

    below = np.maximum(r - h, 0.0)  # h_dif, equation (2d)
    if kind in (Clutter.WATER, Clutter.OPEN):
        slope = 21.8 + 6.2 * np.log10(f)  # K_h2, equation (2f)
        loss = -slope * np.log10(np.minimum(h / r, 1.0)) + 0.0 * w  # equation (2b)
    else:
        angle_deg = np.degrees(np.arctan(below / w))  # theta_clut, equation (2e)
        nu = 0.342 * np.sqrt(f) * np.sqrt(below * angle_deg)  # equations (2c), (2g)
        loss = _knife_edge_db(nu) - 6.03  # equation (2a)
    return np.asarray(np.where(below > 0.0, loss, 0.0))


def terrestrial_db(
    frequency_ghz: ArrayLike, distance_km: ArrayLike, location_percent: ArrayLike
) -> _Floats:
    """Return the clutter loss not exceeded at a share of urban or suburban places (section 3.2).

    For one end of the path; from 1 km on it may be applied at both ends, each with its own share.

    Parameters
    ----------
    frequency_ghz
        0.5-67.
    distance_km
        Whole path, 0.25 or more; the loss grows up to 2 km.
    location_percent
        Share of places, between 0 and 100.

    Examples
    --------
    >>> round(float(terrestrial_db(0.5, 0.25, 50)), 1)
    17.4
    """
    f = _checked("frequency_ghz", frequency_ghz, "0.5-67 GHz", lambda v: (v >= 0.5) & (v <= 67.0))
    d = _checked(
        "distance_km", distance_km, "0.25 km or more", lambda v: (v >= 0.25) & np.isfinite(v)
    )
    p = _share(location_percent)
    # The cap is on the loss, not the distance: far tails shrink with distance (equation (6)).
    return np.asarray(
        np.minimum(_terrestrial_db(f, d, p), _terrestrial_db(f, np.float64(_FULL_LOSS_KM), p))
    )


def _terrestrial_db(f: _Floats, d: _Floats | np.float64, p: _Floats) -> _Floats:
    low = -2.0 * np.log10(10.0 ** (-5.0 * np.log10(f) - 12.5) + 10.0**-16.5)  # equation (4)
    near = 32.98 + 23.9 * np.log10(d) + 3.0 * np.log10(f)  # equation (5)
    low_part = 10.0 ** (-0.2 * low)
    near_part = 10.0 ** (-0.2 * near)
    both = low_part + near_part
    sigma = np.sqrt((4.0**2 * low_part + 6.0**2 * near_part) / both)  # equation (3b)
    return np.asarray(-5.0 * np.log10(both) + sigma * ndtri(p))  # equation (3a)


def earth_space_db(
    frequency_ghz: ArrayLike, elevation_deg: ArrayLike, location_percent: ArrayLike
) -> _Floats:
    """Return the clutter loss to an aircraft or a satellite, not exceeded at a share of places.

    Section 3.3; for a terminal within urban or suburban clutter.

    Parameters
    ----------
    frequency_ghz
        10-100.
    elevation_deg
        Of the far end as seen from the terminal, 0-90.
    location_percent
        Share of places, between 0 and 100.

    Examples
    --------
    >>> round(float(earth_space_db(30.0, 2.0, 5.0)), 1)
    7.7
    """
    f = _checked("frequency_ghz", frequency_ghz, "10-100 GHz", lambda v: (v >= 10) & (v <= 100))
    theta = _checked(
        "elevation_deg", elevation_deg, "0-90 degrees", lambda v: (v >= 0.0) & (v <= 90.0)
    )
    p = _share(location_percent)
    k = 93.0 * f**0.175
    cotangent = 1.0 / np.tan(0.05 * (1.0 - theta / 90.0) + np.pi * theta / 180.0)
    exponent = 0.5 * (90.0 - theta) / 90.0
    # Equation (7). Q^-1 of the Recommendation is -ndtri.
    return np.asarray((-k * np.log1p(-p) * cotangent) ** exponent - 1.0 + 0.6 * ndtri(p))


def _knife_edge_db(nu: _Floats) -> _Floats:
    """J(nu) of a single edge, as in ITU-R P.526; nu is never negative here."""
    shifted = nu - 0.1
    return np.asarray(6.9 + 20.0 * np.log10(np.sqrt(shifted**2 + 1.0) + shifted))


def _share(percent: ArrayLike) -> _Floats:
    return (
        _checked(
            "location_percent",
            percent,
            "percentages between 0 and 100",
            lambda v: (v > 0.0) & (v < 100.0),
        )
        / 100.0
    )


def _positive(value: _Floats) -> NDArray[np.bool_]:
    return np.asarray((value > 0.0) & np.isfinite(value))
