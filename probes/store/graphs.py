"""What to draw of a series, gaps as gaps."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Graph"]


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
