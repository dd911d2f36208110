"""Shadowing that several servers share: a common part, and a part of each server's own.

Around its median every server's level varies over the locations of a pixel with the deviation
``sigma_db``; two servers' variations correlate with rho (site-to-site correlation, usually taken
as 0.5, after which the common part and the own part are equally strong). The equicorrelated
normal model is then

    X_j = sqrt(rho) sigma Z + sqrt(1 - rho) sigma Z_j

with independent standard normal Z and Z_j. What is common to all servers for another reason, as
the deviation of building entry loss is, joins the common part. Given Z the servers are
independent, so that every probability is one integral over Z, which Gauss-Hermite quadrature
takes. Negative correlation of many servers cannot be had and is refused.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, roots_hermite

from ...topology.compiled import compiled
from ...topology.errors import UsageError
from ...topology.settings import Figure

__all__ = ["SITE_CORRELATION", "Shadowing", "normal_cdf", "normal_nodes", "normal_table"]

SITE_CORRELATION = Figure(
    0.5, "3GPP TR 36.942 and TR 38.901 system simulations: 0.5 between sites", assumed=True
)
"""Correlation of the shadowing of two sites where nothing was measured."""

_TABLE_PER_UNIT = 128
_TABLE_REACH = 8


@dataclass(frozen=True, slots=True)
class Shadowing:
    """Deviation of every server's level over locations, and how much the servers share.

    Attributes
    ----------
    sigma_db
        Deviation of one server's level outdoors.
    correlation
        Between two servers, 0 to 1.
    entry_sigma_db
        Deviation of building entry loss, the same for all servers of a pixel; 0 outdoors.
    """

    sigma_db: float
    correlation: float = SITE_CORRELATION.value
    entry_sigma_db: float = 0.0

    def __post_init__(self) -> None:
        if not 0 <= self.sigma_db <= 30:
            raise UsageError(f"sigma_db is {self.sigma_db}; give 0 to 30 dB")
        if not 0 <= self.correlation <= 1:
            raise UsageError(f"the shadowing correlation is {self.correlation}; give 0 to 1")
        if not 0 <= self.entry_sigma_db <= 30:
            raise UsageError(f"entry_sigma_db is {self.entry_sigma_db}; give 0 to 30 dB")

    @property
    def total_db(self) -> float:
        """Deviation of one server's level at the receiver."""
        return math.hypot(self.sigma_db, self.entry_sigma_db)

    @property
    def common_db(self) -> float:
        """Deviation of what all servers share."""
        return math.hypot(self.sigma_db * math.sqrt(self.correlation), self.entry_sigma_db)

    @property
    def own_db(self) -> float:
        """Deviation of what is each server's own."""
        return self.sigma_db * math.sqrt(1.0 - self.correlation)


@cache
def normal_nodes(width: float = math.inf) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return nodes and weights that integrate a function of a standard normal variable.

    Parameters
    ----------
    width
        Scale over which the function changes, in deviations of the variable. Narrow steps take
        more nodes: they lie pi / sqrt(n) apart and must not step over it. With 8 / width^2 nodes
        products of normal distributions come out to 1e-4, for widths down to 0.05.

    Returns
    -------
    tuple of ndarray
        Nodes and weights; the weights sum to 1. Nodes without weight (below 1e-12) are left out.
    """
    count = min(4000, max(20, math.ceil(8.0 / min(max(width, 1e-3), 1.0) ** 2)))
    node, weight = roots_hermite(count)
    heavy = weight > 1e-12 * weight.max()
    return np.sqrt(2.0) * node[heavy], weight[heavy] / weight[heavy].sum()


@cache
def normal_table() -> NDArray[np.float64]:
    """Return the standard normal distribution in steps of 1/128 from -8 to 8."""
    return np.asarray(
        ndtr(np.arange(-_TABLE_REACH * _TABLE_PER_UNIT, _TABLE_REACH * _TABLE_PER_UNIT + 1)
             / _TABLE_PER_UNIT)
    )  # fmt: skip


@compiled
def normal_cdf(x: float, table: NDArray[np.float64]) -> float:
    """Return the standard normal distribution, interpolated in the table to 2e-6."""
    place = (x + _TABLE_REACH) * _TABLE_PER_UNIT
    if not place > 0.0:
        return 0.0
    if place >= table.size - 1:
        return 1.0
    left = int(place)
    return float(table[left] + (place - left) * (table[left + 1] - table[left]))
