"""The first 250 m around a transmitter, where Recommendation ITU-R P.1812 does not reach.

No Recommendation in use here covers them with a terrain profile. This model is ngbw's own and
**assumed**, not measured: free space over the slant distance, plus a share of what P.1812 loses
beyond free space at 250 m in the same direction. The share is 1 at 250 m, so that both models
meet there without a step; it falls with the logarithm of distance to 0 at 20 m, within which the
antennas are taken to see each other. What stands between 20 and 250 m counts only as far as it
stands in the profile of the 250 m path.
"""

from __future__ import annotations

import math

from ...topology.compiled import compiled
from ...topology.errors import UsageError
from .p1812_losses import free_space_db

__all__ = ["CLEAR_KM", "JOIN_KM", "NAME", "near_in_db", "near_in_loss_db"]

NAME = "near-in"
"""How results and messages call this model."""

JOIN_KM = 0.25
"""Where P.1812 takes over."""

CLEAR_KM = 0.02
"""Within this distance nothing is lost beyond free space."""

_LEAST_SLANT_KM = 0.001
_DECADES = math.log10(JOIN_KM / CLEAR_KM)


@compiled
def near_in_db(
    distance_km: float, height_difference_m: float, frequency_ghz: float, excess_at_join_db: float
) -> float:
    """Return the loss on a path of up to 250 m; see :func:`near_in_loss_db`."""
    share = 0.0
    if distance_km > CLEAR_KM:
        share = min(math.log10(distance_km / CLEAR_KM) / _DECADES, 1.0)
    least_km = distance_km
    if distance_km**2 + (0.001 * height_difference_m) ** 2 < _LEAST_SLANT_KM**2:
        least_km = _LEAST_SLANT_KM
    return free_space_db(least_km, height_difference_m, frequency_ghz) + share * excess_at_join_db


def near_in_loss_db(
    distance_km: float,
    *,
    height_difference_m: float,
    frequency_ghz: float,
    excess_at_join_db: float,
) -> float:
    """Return the loss on a path too short for P.1812, continuing it without a step.

    Parameters
    ----------
    distance_km
        Horizontal distance, 0-0.25; slant distances below 1 m count as 1 m.
    height_difference_m
        Between the two antennas, above sea level.
    frequency_ghz
        0.03-6.
    excess_at_join_db
        Loss beyond free space of the path of 250 m in the same direction: ``loss_db`` less
        ``free_space_db`` of :func:`.p1812.path`. A little below 0 is possible for small
        percentages of time.

    Returns
    -------
    float
        Basic transmission loss in dB, for the time and location percentages of the excess.

    Raises
    ------
    UsageError
        A figure is out of range.

    Notes
    -----
    Assumed by ngbw, not taken from a Recommendation.

    Examples
    --------
    >>> loss = near_in_loss_db(
    ...     0.1, height_difference_m=30, frequency_ghz=0.6, excess_at_join_db=12
    ... )
    >>> round(loss, 2)
    75.98
    """
    if not 0.0 <= distance_km <= JOIN_KM:
        raise UsageError(
            f"distance_km is {distance_km:g}; the near-in model covers 0-{JOIN_KM:g} km. Beyond, "
            "use p1812.path"
        )
    if not 0.03 <= frequency_ghz <= 6.0:
        raise UsageError(
            f"frequency_ghz is {frequency_ghz:g}; the near-in model continues ITU-R P.1812 and "
            "covers 0.03-6 GHz. Give GHz, not MHz"
        )
    for name, value in (
        ("height_difference_m", height_difference_m),
        ("excess_at_join_db", excess_at_join_db),
    ):
        if not math.isfinite(value):
            raise UsageError(f"{name} is {value}; give a finite number")
    return near_in_db(distance_km, height_difference_m, frequency_ghz, excess_at_join_db)
