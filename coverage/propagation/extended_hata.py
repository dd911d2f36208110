"""Extended Hata: Okumura-Hata from 30 MHz to 3 GHz and from the doorstep to 100 km.

Report ITU-R SM.2028-2, section 6.1 (the model of CEPT's SEAMCAT): free space up to 40 m, Hata's
lines from 100 m on, a straight line over log distance between; COST 231 above 1500 MHz, an earth
correction beyond 20 km, and antennas below Hata's 30 m paid for explicitly. Of the several models
that are called extended Hata this is the one with short distances; NTIA's eHata starts at 1 km.

It is reciprocal: the lower antenna is the mobile, whichever transmits. Where the Report rounds
free space to 32.4 dB this module takes P.525's 32.448, so that no path loses less than free space.

The model knows no building and no terrain.
"""

from __future__ import annotations

import math
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...topology.errors import UsageError
from .free_space import FREE_SPACE_DB
from .model import Reach

__all__ = ["Environment", "Roofs", "extended_hata_loss_db", "reach", "sigma_db"]

Environment = Literal["urban", "suburban", "open"]
Roofs = Literal["above", "below"]

_Floats = NDArray[np.float64]

_FREE_TO_KM = 0.04
_HATA_FROM_KM = 0.1
_EARTH_FROM_KM = 20.0
_FARTHEST_KM = 100.0
_LEAST_SLANT_KM = 0.001


def extended_hata_loss_db(
    distance_km: ArrayLike,
    *,
    frequency_mhz: float,
    height_m: float,
    rx_height_m: float = 1.5,
    environment: Environment = "urban",
) -> _Floats:
    """Return the median basic transmission loss by the extended Hata model.

    Parameters
    ----------
    distance_km
        Along the ground, 0-100; recommended to 40.
    frequency_mhz
        30-3000.
    height_m, rx_height_m
        Antennas above the ground, above 0; made for 30-200 (the higher one) and 1-10. The lower
        one counts as 1 m where it is lower.
    environment
        "urban", "suburban" or "open".

    Returns
    -------
    ndarray
        Loss in dB, never less than free space over the slant distance.

    Raises
    ------
    UsageError
        An argument has no formula.

    Examples
    --------
    >>> loss = extended_hata_loss_db([0.02, 0.07, 1.0], frequency_mhz=700, height_m=35)
    >>> [round(float(db), 1) for db in loss]
    [61.2, 78.5, 122.8]
    """
    d = _distance(distance_km)
    low, high = _heights(height_m, rx_height_m)
    if not 30.0 <= frequency_mhz <= 3000.0:
        raise UsageError(f"frequency_mhz is {frequency_mhz:g}; extended Hata takes 30-3000 MHz")
    if environment not in get_args(Environment):
        raise UsageError(
            f"environment is {environment!r}; use one of {', '.join(get_args(Environment))}"
        )

    at_1_km, per_decade = _line(frequency_mhz, low, high, environment)
    earth = 0.14 + 1.87e-4 * frequency_mhz + 1.07e-3 * high
    far = np.maximum(d, _HATA_FROM_KM)
    beyond = np.log10(np.maximum(far / _EARTH_FROM_KM, 1.0))
    decades = np.log10(far)
    # (log d)^alpha: alpha is above 1 beyond 20 km only, where log d is positive.
    bent = np.where(
        far > _EARTH_FROM_KM, np.maximum(decades, 1.0) ** (1.0 + earth * beyond**0.8), decades
    )
    hata = at_1_km + per_decade * bent

    free = _free_space_db(d, frequency_mhz, low, high)
    near = _free_space_db(np.float64(_FREE_TO_KM), frequency_mhz, low, high)
    joined_at = at_1_km + per_decade * math.log10(_HATA_FROM_KM)
    share = np.log10(np.maximum(d, _FREE_TO_KM) / _FREE_TO_KM) / math.log10(
        _HATA_FROM_KM / _FREE_TO_KM
    )
    between = near + share * (joined_at - near)
    loss = np.where(d <= _FREE_TO_KM, free, np.where(d < _HATA_FROM_KM, between, hata))
    return np.maximum(loss, free)


def sigma_db(distance_km: ArrayLike, *, roofs: Roofs = "above") -> _Floats:
    """Return the deviation of the loss over places.

    Parameters
    ----------
    distance_km
        Along the ground, 0-100.
    roofs
        Whether the higher antenna stands "above" or "below" the roofs.
    """
    if roofs not in get_args(Roofs):
        raise UsageError(f'roofs is {roofs!r}; use "above" or "below"')
    highest = 12.0 if roofs == "above" else 17.0
    return np.asarray(
        np.interp(_distance(distance_km), [0.04, 0.1, 0.2, 0.6], [3.5, highest, highest, 9.0])
    )


def reach(
    distance_km: ArrayLike, *, height_m: float, rx_height_m: float = 1.5
) -> NDArray[np.uint8]:
    """Return which limits each path breaks (40 km; 30-200 m), as :class:`.model.Reach`."""
    d = _distance(distance_km)
    _, high = _heights(height_m, rx_height_m)
    out = np.where(d > 40.0, Reach.TOO_FAR, 0).astype(np.uint8)
    if high < 30.0:
        out |= np.uint8(Reach.ANTENNA_TOO_LOW)
    if high > 200.0:
        out |= np.uint8(Reach.ANTENNA_TOO_HIGH)
    return np.asarray(out)


def _line(
    frequency_mhz: float, low: float, high: float, environment: Environment
) -> tuple[float, float]:
    """Return Hata's loss at 1 km and per decade (section 6.1, case 2)."""
    f = frequency_mhz
    log_f = math.log10(f)
    log_high = math.log10(max(30.0, high))
    mobile = (1.1 * log_f - 0.7) * min(10.0, low) - (1.56 * log_f - 0.8)  # a(Hm)
    mobile += max(0.0, 20.0 * math.log10(low / 10.0))
    base = min(0.0, 20.0 * math.log10(high / 30.0))  # b(Hb)
    if f <= 150.0:
        constant = 69.6 + 26.2 * math.log10(150.0) - 20.0 * math.log10(150.0 / f)
    elif f <= 1500.0:
        constant = 69.6 + 26.2 * log_f
    elif f <= 2000.0:
        constant = 46.3 + 33.9 * log_f
    else:
        constant = 46.3 + 33.9 * math.log10(2000.0) + 10.0 * math.log10(f / 2000.0)
    at_1_km = constant - 13.82 * log_high - mobile - base
    kept = math.log10(min(max(150.0, f), 2000.0))
    if environment == "suburban":
        at_1_km -= 2.0 * (kept - math.log10(28.0)) ** 2 + 5.4
    elif environment == "open":
        at_1_km -= 4.78 * kept**2 - 18.33 * kept + 40.94
    return at_1_km, 44.9 - 6.55 * log_high


def _free_space_db(
    distance_km: _Floats | np.float64, frequency_mhz: float, low: float, high: float
) -> _Floats:
    slant = np.maximum(np.hypot(distance_km, (high - low) / 1000.0), _LEAST_SLANT_KM)
    return np.asarray(FREE_SPACE_DB + 20.0 * math.log10(frequency_mhz) + 20.0 * np.log10(slant))


def _heights(height_m: float, rx_height_m: float) -> tuple[float, float]:
    for name, value in (("height_m", height_m), ("rx_height_m", rx_height_m)):
        if not 0.0 < value < math.inf:
            raise UsageError(f"{name} is {value:g}; give metres above the ground, above 0")
    low, high = sorted((float(height_m), float(rx_height_m)))
    return max(low, 1.0), max(high, 1.0)


def _distance(distance_km: ArrayLike) -> _Floats:
    d = np.asarray(distance_km, dtype=np.float64)
    broken = d[~((d >= 0.0) & (d <= _FARTHEST_KM))]
    if broken.size:
        more = f" (and {broken.size - 1} more)" if broken.size > 1 else ""
        raise UsageError(f"distance_km is {broken.flat[0]:g}{more}; extended Hata takes 0-100 km")
    return d
