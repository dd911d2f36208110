"""Whether one offset can correct a prediction at all, before it is written into the settings.

An offset moves every level alike. That helps only where

* measured fields follow the predicted ones: the 95 % interval of their correlation (Fisher's z,
  over effective points) lies above 0. Else the model knows nothing of these places, and a shifted
  model knows no more;
* the error does not grow or shrink with distance: the slope of the residuals over log10(distance)
  is 0 within its 95 % interval, or too small to matter over the distances that were measured.
  Else the offset that is right near the site is wrong far away: another model or environment is
  needed, not an offset.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

from ...topology.errors import InputError
from .agreement import Agreement, agreement
from .residuals import Pairs

__all__ = ["MOST_DRIFT_DB", "DistanceTrend", "check_applicable", "distance_trend"]

MOST_DRIFT_DB = 6.0
"""An error that changes by more than this between near and far is no offset."""

_NEAREST_KM = 0.01


@dataclass(frozen=True, slots=True)
class DistanceTrend:
    """How residuals change with distance.

    Attributes
    ----------
    slope_db
        Per decade of distance; positive where the prediction is too low far away.
    interval_db
        Its 95 % interval.
    near_km, far_km
        5th and 95th percentile of the distances.
    """

    slope_db: float
    interval_db: tuple[float, float]
    near_km: float
    far_km: float

    @property
    def drift_db(self) -> float:
        """Change of the residual from near to far."""
        return self.slope_db * math.log10(self.far_km / self.near_km)

    @property
    def matters(self) -> bool:
        """Whether the slope is certain and large enough to spoil an offset."""
        low, high = self.interval_db
        return not low <= 0.0 <= high and abs(self.drift_db) > MOST_DRIFT_DB


def distance_trend(pairs: Pairs, effective_points: float) -> DistanceTrend | None:
    """Return how residuals change with distance; None where all points lie equally far away."""
    decades = np.log10(np.maximum(pairs.distance_km, _NEAREST_KM))
    spread = float(decades.std())
    if spread < 0.05 or effective_points <= 3.0:
        return None
    residual = pairs.residual_db
    slope = float(np.cov(decades, residual, bias=True)[0, 1] / spread**2)
    left = residual - residual.mean() - slope * (decades - decades.mean())
    error = float(left.std()) / (spread * math.sqrt(effective_points - 2.0))
    margin = float(stdtrit(effective_points - 2.0, 0.975)) * error
    near, far = np.quantile(decades, [0.05, 0.95])
    return DistanceTrend(slope, (slope - margin, slope + margin), 10.0**near, 10.0**far)


def check_applicable(pairs: Pairs, *, block_m: float) -> Agreement:
    """Refuse measurements that no offset can make a better prediction of.

    Raises
    ------
    InputError
        Measured and predicted fields are not certainly related, or the error drifts with
        distance; the message says what is needed instead.
    """
    found = agreement(pairs, block_m=block_m)
    interval = found.correlation_interval
    if found.correlation is None:
        raise InputError(
            "measured or predicted fields are the same everywhere, so that nothing says whether "
            "the prediction follows what is measured; measure at other distances, too"
        )
    if interval is not None and interval[0] <= 0.0:
        raise InputError(
            f"the correlation of measured and predicted fields is {found.correlation:.2f}, 95 %: "
            f"{interval[0]:.2f} to {interval[1]:.2f}, which holds 0: the prediction does not "
            "follow what is measured here, and an offset would not make it. Needed: that the "
            "points belong to this transmitter and service, and more of them at other distances "
            f"and streets (worth {found.effective_points:.0f} independent points now)"
        )
    trend = distance_trend(pairs, found.effective_points)
    if trend is not None and trend.matters:
        low, high = trend.interval_db
        raise InputError(
            f"the residuals change by {trend.drift_db:+.1f} dB from {trend.near_km:.2g} km to "
            f"{trend.far_km:.2g} km ({trend.slope_db:+.1f} dB a decade, 95 %: {low:+.1f} to "
            f"{high:+.1f}); one offset would be wrong near or far. Needed: another model or "
            "environment in [propagation], right heights and tilts, or points of one distance "
            "only; ngbw measure shows the residuals by distance"
        )
    return found
