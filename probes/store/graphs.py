"""What to draw of a series, gaps as gaps."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from .rollups import Rollup

__all__ = ["Graph", "graph_of", "percentile"]


@dataclass(frozen=True, slots=True, eq=False)
class Graph:
    """A series in buckets of equal length, for drawing.

    Attributes
    ----------
    bucket_s
        Length of a bucket.
    start_s
        Unix time at which each bucket begins; every bucket of the range is there.
    minimum, maximum, mean, last
        NaN where nothing usable was measured: a gap, and not zero.
    count
        Usable values in the bucket.
    coverage
        Share of the bucket's time that they speak for, 0..1.
    percentile_95
        The value that 95 % of the percentile's buckets do not exceed; None when there are none.
    percentile_bucket_s
        Length of the buckets that it was taken from; 300 s as long as those are kept.
    """

    bucket_s: int
    start_s: NDArray[np.int64]
    minimum: NDArray[np.float64]
    maximum: NDArray[np.float64]
    mean: NDArray[np.float64]
    last: NDArray[np.float64]
    count: NDArray[np.int64]
    coverage: NDArray[np.float64]
    percentile_95: float | None
    percentile_bucket_s: int


def graph_of(
    drawn: Rollup,
    bucket_s: int,
    first_s: int,
    *,
    ranked_means: NDArray[np.float64],
    ranked_bucket_s: int,
) -> Graph:
    """Return a graph of one series' buckets; the percentile is taken from ``ranked_means``."""
    count = drawn.mean.shape[1]
    return Graph(
        bucket_s,
        first_s + bucket_s * np.arange(count, dtype=np.int64),
        drawn.minimum[0],
        drawn.maximum[0],
        drawn.mean[0],
        drawn.last[0],
        drawn.count[0],
        np.minimum(drawn.covered_s[0] / bucket_s, 1.0),
        percentile(ranked_means, 0.95),
        ranked_bucket_s,
    )


def percentile(values: NDArray[np.float64], share: float) -> float | None:
    """Return the smallest value that at least ``share`` of the known values do not exceed.

    This is how traffic is billed: values sorted, the top 5 % thrown away, the highest that is left.
    None when no value is known.
    """
    known = np.sort(values[np.isfinite(values)])
    if not known.size:
        return None
    return float(known[max(0, math.ceil(share * known.size - 1e-9) - 1)])
