"""How free the way of a beam is: Fresnel zone against ground and buildings on a curved Earth.

A beam loses nothing to what stays out of 0.6 of its first Fresnel zone (ITU-R P.530, section
2.2.2.1 for the effective Earth; P.526 for the loss over an edge). Profiles come as arrays, the
last axis from one antenna to the other, so that many paths are judged at once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError

__all__ = [
    "FREE_SHARE", "STANDARD_K", "Clearance", "clearance", "earth_bulge_m", "edge_loss_db",
    "fresnel_radius_m",
]  # fmt: skip

FREE_SHARE = 0.6
"""Share of the first Fresnel radius that must be free."""

STANDARD_K = 4.0 / 3.0
"""Effective Earth radius over the real one, in the median atmosphere."""

_EARTH_RADIUS_KM = 6371.0
_LIGHT_M_GHZ = 0.299792458

Array = NDArray[np.float64]


def fresnel_radius_m(freq_ghz: float, d1_km: Array | float, d2_km: Array | float) -> Array:
    """Return the radius of the first Fresnel zone at a point between two antennas.

    ``17.3 sqrt(d1 d2 / (f (d1 + d2)))`` in metres, kilometres and GHz.
    """
    d1, d2 = np.asarray(d1_km, np.float64), np.asarray(d2_km, np.float64)
    total = np.maximum(d1 + d2, 1e-12)
    return np.sqrt(1000.0 * _LIGHT_M_GHZ / freq_ghz * d1 * d2 / total)


def earth_bulge_m(d1_km: Array | float, d2_km: Array | float, *, k: float = STANDARD_K) -> Array:
    """Return by how much the Earth rises into a straight line: ``d1 d2 / (12.74 k)`` metres."""
    d1, d2 = np.asarray(d1_km, np.float64), np.asarray(d2_km, np.float64)
    return d1 * d2 * 1000.0 / (2.0 * k * _EARTH_RADIUS_KM)


def edge_loss_db(clearance_m: Array | float, radius_m: Array | float) -> Array:
    """Return the loss over an edge that stands so far below the beam (above: negative).

    P.526, equation (31), for one knife edge; 0 from a free share of 0.55 on.
    """
    radius = np.maximum(np.asarray(radius_m, np.float64), 1e-9)
    v = -np.sqrt(2.0) * np.asarray(clearance_m, np.float64) / radius
    above = np.maximum(v, -0.78)
    loss = 6.9 + 20.0 * np.log10(np.sqrt((above - 0.1) ** 2 + 1.0) + above - 0.1)
    return np.where(v > -0.78, np.maximum(loss, 0.0), 0.0)


@dataclass(frozen=True, slots=True, eq=False)
class Clearance:
    """The tightest place of each path; arrays over the paths.

    Attributes
    ----------
    at_km
        Where it is, from the first antenna.
    clearance_m
        Beam above what stands there; negative where it is blocked.
    radius_m
        First Fresnel radius there.
    obstacle_m
        Height of what stands there above sea level.
    missing_m
        By how much the beam would have to rise there to be free; 0 where it is.
    """

    at_km: Array
    clearance_m: Array
    radius_m: Array
    obstacle_m: Array
    missing_m: Array

    @property
    def share(self) -> Array:
        """Clearance over the Fresnel radius; :data:`FREE_SHARE` and more is free."""
        return self.clearance_m / self.radius_m

    @property
    def free(self) -> NDArray[np.bool_]:
        """Whether 0.6 of the first Fresnel zone is free all along."""
        return self.missing_m <= 0.0

    @property
    def line_of_sight(self) -> NDArray[np.bool_]:
        """Whether the straight beam passes."""
        return self.clearance_m > 0.0

    @property
    def loss_db(self) -> Array:
        """Loss over the worst edge."""
        return edge_loss_db(self.clearance_m, self.radius_m)


def clearance(
    profile_m: NDArray[np.floating],
    distance_km: Array | float,
    *,
    a_m: Array | float,
    b_m: Array | float,
    freq_ghz: float,
    k: float = STANDARD_K,
    own_km: float = 0.0,
) -> Clearance:
    """Return the tightest place between two antennas.

    Parameters
    ----------
    profile_m
        Upper edge of ground and buildings above sea level, evenly spaced from the first antenna
        to the second, both included; shape (..., samples), 3 samples or more.
    distance_km
        Length of each path.
    a_m, b_m
        Antennas above sea level.
    freq_ghz
        Above 0.
    k
        Effective Earth radius factor, above 0; take 2/3 or less for rare bending.
    own_km
        What stands so near to an antenna is the building that carries it, and not looked at.

    Raises
    ------
    InputError
        A value is out of range or not a number, or ``own_km`` leaves nothing of the path.
    """
    top = np.asarray(profile_m, np.float64)
    if top.shape[-1] < 3:
        raise InputError(f"a profile of {top.shape[-1]} samples; give 3 or more, ends included")
    if not np.isfinite(top).all():
        raise InputError("a profile has heights that are no numbers; fill gaps first")
    length = np.asarray(distance_km, np.float64)
    ends = np.asarray(a_m, np.float64), np.asarray(b_m, np.float64)
    if not (np.isfinite(length).all() and (length > 0).all()):
        raise InputError("a path has no length; the two sites must lie apart")
    if not (np.isfinite(ends[0]).all() and np.isfinite(ends[1]).all()):
        raise InputError("an antenna has no height above sea level")
    if not (freq_ghz > 0 and k > 0):
        raise InputError(f"freq_ghz is {freq_ghz}, k is {k}; give values above 0")
    along = np.linspace(0.0, 1.0, top.shape[-1])[1:-1]
    d1 = length[..., None] * along
    d2 = length[..., None] - d1
    beam = ends[0][..., None] * (1.0 - along) + ends[1][..., None] * along
    between = top[..., 1:-1]
    left = beam - earth_bulge_m(d1, d2, k=k) - between
    radius = fresnel_radius_m(freq_ghz, d1, d2)
    looked_at = (d1 > own_km) & (d2 > own_km)
    if not looked_at.any(axis=-1).all():
        raise InputError(
            f"a path of {float(length.min()):.3f} km lies wholly within {own_km:g} km of its "
            "antennas; give more samples or a smaller own_km"
        )
    tight = np.where(looked_at, left / radius, np.inf)
    worst = tight.argmin(axis=-1)[..., None]

    def at(values: Array) -> Array:
        spread = np.broadcast_to(values, left.shape)
        return np.take_along_axis(spread, worst, axis=-1)[..., 0]

    # The place that lacks most metres may be another than that with the smallest share.
    missing = np.where(looked_at, FREE_SHARE * radius - left, -np.inf).max(axis=-1)
    return Clearance(at(d1), at(left), at(radius), at(between), np.maximum(missing, 0.0))
