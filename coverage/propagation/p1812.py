"""Recommendation ITU-R P.1812-8: the loss of one path over its own terrain and buildings.

A path-specific prediction for 30 MHz-6 GHz and 0.25-3000 km: line of sight, delta-Bullington
diffraction, ducting and layer reflection, and troposcatter, for a percentage of time and of
locations. This module is the way in for one path; the steps stand in

- :mod:`.p1812_profile` and :mod:`.p1812_zones`, the profile's geometry,
- :mod:`.p526_diffraction`, :mod:`.p1812_ducting`, :mod:`.p1812_troposcatter`, the mechanisms,
- :mod:`.p1812_losses`, their blend,
- :mod:`.p1812_percentages`, time and locations.

The refractivity of the air is given, not looked up in the ITU's maps. Paths below 250 m have their
own model in :mod:`.near_in`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...topology.compiled import compiled
from ...topology.errors import InputError, UsageError
from . import near_in
from .p1812_losses import Losses, field_dbuv_m, losses
from .p1812_percentages import location_deviation, location_sigma_db, normal_deviate
from .p1812_profile import PathGeometry, path_geometry
from .p1812_zones import SEA, ZONES, Zoning, zones_along

__all__ = [
    "Intermediates",
    "PathResult",
    "Polarization",
    "compiled_path",
    "location_sigma_db",
    "loss_at_locations",
    "path",
]

Polarization = Literal["horizontal", "vertical"]

_GREATEST_KM = 3000.0
_DEFAULT_RESOLUTION_M = 100.0


@dataclass(frozen=True, slots=True)
class Intermediates:
    """Every number on the way to a path's loss, for looking into one.

    Attributes
    ----------
    geometry
        What the profile gives.
    losses
        What each mechanism and each step of blending gives.
    location_sigma_db
        Standard deviation over locations that was applied.
    """

    geometry: PathGeometry
    losses: Losses
    location_sigma_db: float


@dataclass(frozen=True, slots=True)
class PathResult:
    """What one path loses, and why.

    Attributes
    ----------
    loss_db
        Basic transmission loss between isotropic antennas, not exceeded for the percentages of
        time and locations that were asked for (L_b, 69).
    field_dbuv_m
        Field strength behind it for 1 kW ERP (E_p, 70).
    intermediates
        Every step on the way.
    """

    loss_db: float
    field_dbuv_m: float
    intermediates: Intermediates


@compiled
def compiled_path(
    distance_km: NDArray[np.float64],
    height_m: NDArray[np.float64],
    clutter_m: NDArray[np.float64],
    zoning: Zoning,
    frequency_ghz: float,
    time_percent: float,
    tx_height_m: float,
    rx_height_m: float,
    vertical: bool,
    delta_n: float,
    surface_refractivity: float,
    latitude_deg: float,
) -> tuple[PathGeometry, Losses]:
    """Return geometry and losses of one path without any check; :func:`path` checks."""
    geometry = path_geometry(
        distance_km,
        height_m,
        clutter_m,
        distance_km.size - 1,
        zoning,
        tx_height_m,
        rx_height_m,
        delta_n,
        latitude_deg,
    )
    return geometry, losses(geometry, frequency_ghz, time_percent, surface_refractivity, vertical)


@compiled
def loss_at_locations(
    median_location_db: float, line_of_sight_db: float, location_percent: float, sigma_db: float
) -> float:
    """Return the basic transmission loss for a percentage of locations."""
    variation_db = -normal_deviate(location_percent / 100.0) * sigma_db  # (67)
    return max(line_of_sight_db, median_location_db + variation_db)  # (69)


def path(
    distance_km: ArrayLike,
    height_m: ArrayLike,
    *,
    clutter_m: ArrayLike,
    zone: ArrayLike,
    frequency_ghz: float,
    time_percent: float,
    location_percent: float,
    tx_height_m: float,
    rx_height_m: float,
    polarization: Polarization,
    delta_n: float,
    surface_refractivity: float,
    latitude_deg: float,
    sigma_db: float | None = None,
    tx_coast_km: float | None = None,
    rx_coast_km: float | None = None,
) -> PathResult:
    """Predict what a wave loses between two antennas over the terrain and buildings between them.

    Parameters
    ----------
    distance_km
        Distance of each sample of the profile from the transmitter: 0 first, then increasing, to
        the receiver at 0.25-3000 km; at least 3 samples, evenly spaced or not.
    height_m
        Terrain above sea level at each sample.
    clutter_m
        Representative height of ground cover at each sample, 0 or more; or one number for all.
        It stands in the diffraction profile; that at the two ends is not part of it, but that at
        the receiver decides how much locations differ.
    zone
        Radio-climatic zone of each sample, or one for all: 1 sea, 3 coastal land, 4 inland.
    frequency_ghz
        0.03-6.
    time_percent
        Percentage of the average year for which the loss is not exceeded, 1-50.
    location_percent
        Percentage of locations in the pixel for which it is not exceeded, 1-99.
    tx_height_m, rx_height_m
        Antennas above ground, 1-3000.
    polarization
        ``horizontal`` or ``vertical``.
    delta_n
        Lapse rate of refractivity in the lowest kilometre, in N-units/km, 0-150; positive.
    surface_refractivity
        Refractivity at sea level (N0) in N-units, 200-500.
    latitude_deg
        Latitude of the middle of the path, -90-90.
    sigma_db
        Standard deviation over locations. By default the Recommendation's own for squares of
        100 m (:func:`.location_sigma_db`). Over sea there is no variation.
    tx_coast_km, rx_coast_km
        Land between each antenna and the coast in the direction of the path. By default taken
        from the zones.

    Returns
    -------
    PathResult
        Loss, field strength and every intermediate step.

    Raises
    ------
    InputError
        The profile is not one: too few samples, distances that do not increase, gaps in the
        terrain, ground cover below 0, an unknown zone.
    UsageError
        The path is below 250 m (take :func:`.near_in.near_in_loss_db`) or beyond 3000 km, or a
        figure is out of the range above.

    Notes
    -----
    More clutter never loses less, and both directions lose the same at 50 % of locations. More
    time does not always lose more: above 104.7 N-units/km the median atmosphere bends rays more
    than the one that the Recommendation takes for small percentages of time.

    References
    ----------
    Recommendation ITU-R P.1812-8 (09/2025), Annex 1.

    Examples
    --------
    >>> result = path(
    ...     [0, 0.5, 1, 1.5, 2], [4, 4, 30, 4, 4], clutter_m=0, zone=4, frequency_ghz=0.6,
    ...     time_percent=50, location_percent=50, tx_height_m=35, rx_height_m=1.5,
    ...     polarization="horizontal", delta_n=45, surface_refractivity=330, latitude_deg=31.3,
    ... )
    >>> round(result.loss_db, 1), round(result.intermediates.losses.diffraction_p_db, 1)
    (117.8, 23.8)
    """
    distance, height, clutter, zones = _profile(distance_km, height_m, clutter_m, zone)
    _check_range("frequency_ghz", frequency_ghz, 0.03, 6.0, "GHz", "give GHz, not MHz")
    _check_range(
        "time_percent",
        time_percent,
        1.0,
        50.0,
        "%",
        "fields of more than 50 % of the time are not predicted; take 50",
    )
    _check_range(
        "location_percent", location_percent, 1.0, 99.0, "%", "give a percentage, not a share"
    )
    _check_height("transmitter", "tx_height_m", tx_height_m)
    _check_height("receiver", "rx_height_m", rx_height_m)
    if polarization not in get_args(Polarization):
        raise UsageError(
            f"polarization is {polarization!r}; use one of {', '.join(get_args(Polarization))}"
        )
    _check_range(
        "delta_n", delta_n, 0.0, 150.0, "N-units/km", "it is counted positive, about 45 usually"
    )
    _check_range(
        "surface_refractivity",
        surface_refractivity,
        200.0,
        500.0,
        "N-units",
        "give N0 at sea level, about 330 usually",
    )
    _check_range("latitude_deg", latitude_deg, -90.0, 90.0, "degrees", "give that of the middle")

    zoning = zones_along(distance, zones, distance.size - 1)
    if tx_coast_km is not None:
        zoning = zoning._replace(tx_coast_km=_coast("tx_coast_km", tx_coast_km))
    if rx_coast_km is not None:
        zoning = zoning._replace(rx_coast_km=_coast("rx_coast_km", rx_coast_km))
    if zones[-1] == SEA:
        sigma = 0.0
    elif sigma_db is None:
        sigma = location_deviation(
            frequency_ghz, _DEFAULT_RESOLUTION_M, rx_height_m, float(clutter[-1])
        )
    else:
        _check_range("sigma_db", sigma_db, 0.0, 30.0, "dB", "give a standard deviation")
        sigma = float(sigma_db)

    geometry, found = compiled_path(
        distance,
        height,
        clutter,
        zoning,
        float(frequency_ghz),
        float(time_percent),
        float(tx_height_m),
        float(rx_height_m),
        polarization == "vertical",
        float(delta_n),
        float(surface_refractivity),
        float(latitude_deg),
    )
    loss_db = loss_at_locations(
        found.median_location_db, found.line_of_sight_db, float(location_percent), sigma
    )
    return PathResult(
        loss_db,
        field_dbuv_m(loss_db, float(frequency_ghz)),
        Intermediates(geometry, found, sigma),
    )


def _profile(
    distance_km: ArrayLike, height_m: ArrayLike, clutter_m: ArrayLike, zone: ArrayLike
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], NDArray[np.int8]]:
    """Return the four columns of a profile, checked."""
    distance = _column("distance_km", distance_km)
    n = distance.size
    if n < 3:
        raise InputError(
            f"the profile has {n} samples; diffraction needs at least one between the antennas, so "
            "3 in all. Sample the terrain more closely"
        )
    _refuse_gaps("distance_km", distance, distance)
    if distance[0] != 0.0:
        raise InputError(
            f"distance_km begins with {distance[0]:g}; the first sample is the transmitter, at 0"
        )
    steps = np.diff(distance)
    if not (steps > 0.0).all():
        i = int(np.argmin(steps > 0.0)) + 1
        raise InputError(
            f"distance_km goes from {distance[i - 1]:g} to {distance[i]:g} at sample {i}; distances "
            "must increase from the transmitter to the receiver. Sort the samples and drop doubles"
        )
    length = float(distance[-1])
    if length < near_in.JOIN_KM:
        raise UsageError(
            f"the path is {1000.0 * length:g} m long; ITU-R P.1812 begins at 250 m. Use the model "
            f"{near_in.NAME}: near_in.near_in_loss_db"
        )
    if length > _GREATEST_KM:
        raise UsageError(
            f"the path is {length:g} km long; ITU-R P.1812 ends at 3000 km. Give distances in km, "
            "not in metres"
        )
    height = _column("height_m", height_m, n)
    _refuse_gaps("height_m", height, distance)
    if not ((height >= -1000.0) & (height <= 10_000.0)).all():
        i = int(np.argmax((height < -1000.0) | (height > 10_000.0)))
        raise InputError(
            f"height_m is {height[i]:g} at sample {i} ({distance[i]:g} km); terrain lies within "
            "-1000-10000 m above sea level. Replace the raster's no-data value"
        )
    clutter = _column("clutter_m", clutter_m, n)
    _refuse_gaps("clutter_m", clutter, distance)
    if not (clutter >= 0.0).all():
        i = int(np.argmax(clutter < 0.0))
        raise InputError(
            f"clutter_m is {clutter[i]:g} at sample {i} ({distance[i]:g} km); ground cover stands on "
            "the ground: give 0 or more"
        )
    zones = _column("zone", zone, n)
    known = np.isin(zones, list(ZONES))
    if not known.all():
        i = int(np.argmin(known))
        codes = ", ".join(f"{code} ({words})" for code, words in ZONES.items())
        raise InputError(f"zone is {zones[i]:g} at sample {i} ({distance[i]:g} km); use {codes}")
    return distance, height, clutter, zones.astype(np.int8)


def _column(name: str, values: ArrayLike, size: int | None = None) -> NDArray[np.float64]:
    try:
        column = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise InputError(f"{name} is not a list of numbers: {error}") from None
    if size is not None and column.ndim == 0:
        column = np.full(size, float(column))
    if column.ndim != 1 or (size is not None and column.size != size):
        wanted = "one number a sample" if size is None else f"{size} numbers, one a sample"
        raise InputError(f"{name} has the shape {column.shape}; give {wanted}")
    return np.ascontiguousarray(column)


def _refuse_gaps(name: str, values: NDArray[np.float64], distance_km: NDArray[np.float64]) -> None:
    whole = np.isfinite(values)
    if not whole.all():
        i = int(np.argmin(whole))
        raise InputError(
            f"{name} is {values[i]} at sample {i} ({distance_km[i]:g} km); every sample needs a "
            "number. Fill the gaps of the raster first, or shorten the path"
        )


def _check_range(
    name: str, value: float, least: float, greatest: float, unit: str, way_out: str
) -> None:
    if not least <= value <= greatest:
        raise UsageError(
            f"{name} is {value:g}; ITU-R P.1812 takes {least:g}-{greatest:g} {unit}: {way_out}"
        )


def _check_height(whose: str, name: str, value: float) -> None:
    if value <= 0.0:
        raise UsageError(
            f"{name} is {value:g}: the {whose} would stand on or under the ground. Give the height "
            "of the antenna above ground in metres, from 1"
        )
    _check_range(name, value, 1.0, 3000.0, "m", "give the height above ground in metres")


def _coast(name: str, value: float) -> float:
    if not value >= 0.0 or not math.isfinite(value):
        raise UsageError(f"{name} is {value:g}; give the land up to the coast in km, 0 or more")
    return float(value)
