"""Microwave backhaul over the surface: which pairs of sites see each other, and how well.

The profile between two sites is read off the pixels under the straight line, ground and what
stands on it. Ten thousand links of 200 samples are one gather from the surface.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..topology.errors import InputError
from ..topology.fibre.fresnel import STANDARD_K, Clearance, clearance
from ..topology.fibre.microwave import Hop, Radio, judge_hop
from ..topology.fibre.multipath import SHANGHAI_GRADIENT
from ..topology.fibre.rain import SHANGHAI_RAIN_MM_H
from .surface_model import Surface

__all__ = ["Mast", "clearances", "hop_over_surface", "profiles"]

_OWN_PIXELS = 1.5
"""What stands so many pixels from an antenna is taken for the building that carries it."""

_MOST_SAMPLES = 20_000


@dataclass(frozen=True, slots=True)
class Mast:
    """Where an antenna of a hop is.

    Attributes
    ----------
    x_m, y_m
        In the surface's CRS.
    height_m
        Antenna above the ground, 0-700 m.
    """

    name: str
    x_m: float
    y_m: float
    height_m: float


def _inside(surface: Surface, x_m: NDArray[np.float64], y_m: NDArray[np.float64]) -> None:
    _, _, inside = surface.grid.pixel_of(x_m, y_m)
    if not inside.all():
        west, south, east, north = surface.grid.bounds_m
        where = int((~inside).argmax())
        raise InputError(
            f"an antenna at {float(x_m.flat[where]):.0f}, {float(y_m.flat[where]):.0f} lies "
            f"outside the surface ({west:.0f} to {east:.0f}, {south:.0f} to {north:.0f} m); make "
            "the surface larger"
        )


def profiles(
    surface: Surface,
    a_m: NDArray[np.float64],
    b_m: NDArray[np.float64],
    *,
    samples: int = 200,
) -> NDArray[np.float32]:
    """Return the upper edge of the surface under straight lines, metres above sea level.

    Parameters
    ----------
    a_m, b_m
        Ends as x, y in the surface's CRS, shape (links, 2).
    samples
        Evenly spaced from end to end, ends included.

    Returns
    -------
    shape (links, samples).

    Raises
    ------
    InputError
        An end lies outside the surface, or a shape or number is wrong.
    """
    a, b = np.asarray(a_m, np.float64), np.asarray(b_m, np.float64)
    if a.ndim != 2 or a.shape[1] != 2 or a.shape != b.shape:
        raise InputError(f"ends have the shapes {a.shape} and {b.shape}; give (links, 2) for both")
    if not 3 <= samples <= _MOST_SAMPLES:
        raise InputError(f"samples is {samples}; give 3 to {_MOST_SAMPLES}")
    if not (np.isfinite(a).all() and np.isfinite(b).all()):
        raise InputError("an antenna has no position; give x and y in metres")
    _inside(surface, np.append(a[:, 0], b[:, 0]), np.append(a[:, 1], b[:, 1]))
    grid = surface.grid
    along = np.linspace(0.0, 1.0, samples)
    # Pixels of both ends, then straight between them: the line never leaves the grid.
    column = ((a[:, :1] - grid.left_m) + (b[:, :1] - a[:, :1]) * along) / grid.step_m
    row = ((grid.top_m - a[:, 1:]) + (a[:, 1:] - b[:, 1:]) * along) / grid.step_m
    pixel = row.astype(np.int32) * grid.width + column.astype(np.int32)
    return surface.top_m().ravel().take(pixel, mode="clip")


def _grounds(surface: Surface, xy_m: NDArray[np.float64]) -> NDArray[np.float64]:
    row, column, _ = surface.grid.pixel_of(xy_m[:, 0], xy_m[:, 1])
    return surface.ground_m[row, column].astype(np.float64)


def clearances(
    surface: Surface,
    a_m: NDArray[np.float64],
    b_m: NDArray[np.float64],
    *,
    a_height_m: NDArray[np.float64],
    b_height_m: NDArray[np.float64],
    freq_ghz: float,
    samples: int = 200,
    k: float = STANDARD_K,
) -> Clearance:
    """Return how free many links are, each at its tightest place.

    Parameters
    ----------
    a_m, b_m
        Ends as x, y in the surface's CRS, shape (links, 2).
    a_height_m, b_height_m
        Antennas above the ground, one a link.

    Raises
    ------
    InputError
        As :func:`profiles` and :func:`.clearance`.
    """
    top = profiles(surface, a_m, b_m, samples=samples)
    distance_km = np.hypot(*(np.asarray(b_m, np.float64) - np.asarray(a_m, np.float64)).T) / 1000.0
    return clearance(
        top,
        distance_km,
        a_m=_grounds(surface, np.asarray(a_m, np.float64)) + a_height_m,
        b_m=_grounds(surface, np.asarray(b_m, np.float64)) + b_height_m,
        freq_ghz=freq_ghz,
        k=k,
        own_km=_own_km(surface, distance_km),
    )


def _own_km(surface: Surface, distance_km: NDArray[np.float64]) -> float:
    """Return what belongs to the masts; never more than a third of the shortest link."""
    return float(min(_OWN_PIXELS * surface.grid.step_m / 1000.0, distance_km.min() / 3.0))


def hop_over_surface(
    surface: Surface,
    a: Mast,
    b: Mast,
    radio: Radio,
    *,
    latitude_deg: float = 31.3,
    rain_mm_h: float = SHANGHAI_RAIN_MM_H.value,
    gradient: float = SHANGHAI_GRADIENT.value,
    k: float = STANDARD_K,
) -> Hop:
    """Return the judged hop between two masts, with two samples a pixel.

    Raises
    ------
    InputError
        A mast lies outside the surface or its height is out of range, both stand at one place,
        or a value of the radio or climate is out of range.
    """
    for mast in (a, b):
        if not 0.0 < mast.height_m <= 700.0:
            raise InputError(
                f"site {mast.name!r}: its antenna is {mast.height_m} m high; give metres above "
                "ground, above 0 to 700"
            )
    ends = np.array([[a.x_m, a.y_m]]), np.array([[b.x_m, b.y_m]])
    distance_km = float(np.hypot(b.x_m - a.x_m, b.y_m - a.y_m)) / 1000.0
    if not distance_km > 0:
        raise InputError(f"{a.name!r} and {b.name!r} stand at one place; a hop needs two")
    pixels = distance_km * 1000.0 / surface.grid.step_m
    samples = int(np.clip(2 * np.ceil(pixels) + 1, 21, _MOST_SAMPLES))
    top = profiles(surface, *ends, samples=samples)[0]
    grounds = _grounds(surface, np.concatenate(ends))
    return judge_hop(
        top,
        distance_km,
        radio,
        a_m=float(grounds[0]) + a.height_m,
        b_m=float(grounds[1]) + b.height_m,
        latitude_deg=latitude_deg,
        rain_mm_h=rain_mm_h,
        gradient=gradient,
        k=k,
        own_km=_own_km(surface, np.array([distance_km])),
    )
