"""How well predictions and measurements agree, and how sure that is.

Bias, sigma, RMSE and correlation of pairs, with intervals that count the points as
:func:`.residuals.effective_count` values them over square blocks: a thousand samples of one street
do not make an interval narrow. Student's t for the bias, chi-squared for sigma, both with
``n_eff - 1`` degrees of freedom; Fisher's z for the correlation, with ``n_eff - 3``.

Where the points are worth fewer than sixteen independent ones, the mean of residuals with an
ordinary spread of 8 dB is not known to +-4 dB at 95 %. Then nothing is stated, and the number of
blocks that are missing is.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from scipy.special import chdtri, stdtrit

from ...topology.errors import InputError
from .residuals import Pairs, effective_count, residual_group, spatial_blocks

__all__ = [
    "BLOCK_M",
    "HELD_OUT_POINTS",
    "Agreement",
    "agreement",
    "check_worth",
    "intervals",
    "points_needed",
    "worth_of",
]

BLOCK_M = 200.0
"""Several times the distance over which shadows in a city stay alike (3GPP TR 38.901, table
7.5-6: 37-50 m in UMa)."""

SIGMA_DB = 8.0
"""Spread of residuals that the least number of points is worked out for."""


def points_needed(half_width_db: float, sigma_db: float = SIGMA_DB) -> int:
    """Return how many independent points tell a mean to so many dB, at 95 %.

    Examples
    --------
    >>> points_needed(2.0), points_needed(4.0)
    (62, 16)
    """
    return math.ceil((1.96 * sigma_db / half_width_db) ** 2)


HELD_OUT_POINTS = points_needed(4.0)
"""Least effective number of points of which a bias is stated at all."""


def check_worth(whose: str, points: int, worth: float, needed: int, block_m: float) -> None:
    """Raise InputError where points are too few or too clustered; says how many are missing.

    Parameters
    ----------
    whose
        Begins the sentence: "the fitted part has".
    """
    if points < needed:
        raise InputError(
            f"{whose} {points} points; {needed} are needed, in as many blocks of "
            f"{block_m:g} m: measure {needed - points} more, elsewhere"
        )
    if worth < needed:
        raise InputError(
            f"{whose} {points} points, but so clustered that they are worth "
            f"{worth:.1f} independent ones; {needed} are needed: measure in about "
            f"{math.ceil(needed - worth)} more blocks of {block_m:g} m"
        )


def worth_of(pairs: Pairs, block_m: float) -> float:
    """Return what the pairs are worth as independent points."""
    return effective_count(spatial_blocks(pairs.x_m, pairs.y_m, block_m))


def intervals(
    bias_db: float, sigma_db: float, worth: float
) -> tuple[tuple[float, float], tuple[float, float]]:
    """Return the 95 % intervals of bias and sigma from so many independent points."""
    freedom = worth - 1.0
    margin = float(stdtrit(freedom, 0.975)) * sigma_db / math.sqrt(worth)
    return (bias_db - margin, bias_db + margin), (
        sigma_db * math.sqrt(freedom / float(chdtri(freedom, 0.025))),
        sigma_db * math.sqrt(freedom / float(chdtri(freedom, 0.975))),
    )


@dataclass(frozen=True, slots=True)
class Agreement:
    """How measured fields compare with predicted ones, over all pairs.

    Attributes
    ----------
    pairs
        How many.
    effective_points
        What they are worth as independent points.
    block_m
        Side of the blocks that this was counted over.
    bias_db, bias_interval_db
        Mean of measured minus predicted, and its 95 % interval.
    sigma_db, sigma_interval_db
        Standard deviation about it, and its 95 % interval.
    rmse_db
        Root of the mean square about 0.
    correlation, correlation_interval
        Of measured with predicted fields, and its 95 % interval; None where either is constant.
    """

    pairs: int
    effective_points: float
    block_m: float
    bias_db: float
    bias_interval_db: tuple[float, float]
    sigma_db: float
    sigma_interval_db: tuple[float, float]
    rmse_db: float
    correlation: float | None
    correlation_interval: tuple[float, float] | None

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return asdict(self)


def agreement(pairs: Pairs, *, block_m: float = BLOCK_M) -> Agreement:
    """Return how well measured and predicted fields agree.

    Raises
    ------
    InputError
        The points are too few or too clustered; the message says how many are needed.
    """
    worth = worth_of(pairs, block_m)
    check_worth("the comparison has", len(pairs), worth, HELD_OUT_POINTS, block_m)
    group = residual_group("all", pairs.residual_db)
    sigma = group.sd_db or 0.0
    bias_interval, sigma_interval = intervals(group.mean_db, sigma, worth)
    measured, predicted = pairs.measured_dbuv_m, pairs.predicted_dbuv_m
    correlation, correlation_interval = None, None
    if np.ptp(measured) > 0 and np.ptp(predicted) > 0:
        correlation = float(np.clip(np.corrcoef(measured, predicted)[0, 1], -1.0, 1.0))
        if abs(correlation) < 1.0:
            z, margin = math.atanh(correlation), 1.96 / math.sqrt(worth - 3.0)
            correlation_interval = (math.tanh(z - margin), math.tanh(z + margin))
    return Agreement(
        pairs=len(pairs),
        effective_points=worth,
        block_m=block_m,
        bias_db=group.mean_db,
        bias_interval_db=bias_interval,
        sigma_db=sigma,
        sigma_interval_db=sigma_interval,
        rmse_db=group.rmse_db,
        correlation=correlation,
        correlation_interval=correlation_interval,
    )
