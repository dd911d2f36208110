"""Logarithm and exponential that the compiler can do for eight paths at a time.

A call into the C library stops a loop from being vectorised. These two are plain arithmetic, with
the mantissa and exponent of a number taken apart by its bits. Relative errors are below 1e-15;
tests hold them against numpy's.
"""

from __future__ import annotations

import numpy as np

from .kernel import kernel

__all__ = ["exp", "log"]

_ROOT_HALF = np.int64(0x3FE6A09E667F3BCD)
"""The bits of sqrt(1/2)."""
_EXPONENT_OF_1 = 1023
_MANTISSA_BITS = 52
_LN_2 = 0.6931471805599453
_LN_2_HIGH = 6.93147180369123816490e-01
"""ln 2 with its last bits cleared, so that a whole multiple of it is exact."""
_LN_2_LOW = 1.90821492927058770002e-10
_PER_LN_2 = 1.4426950408889634
_FURTHEST = 708.0


@kernel
def log(x: float) -> float:
    """Return the natural logarithm of a positive, normal number."""
    bits = np.float64(x).view(np.int64)
    # Split off the power of two that leaves a mantissa within sqrt(1/2) and sqrt(2).
    power = (bits - _ROOT_HALF) >> _MANTISSA_BITS
    mantissa = np.int64(bits - (power << _MANTISSA_BITS)).view(np.float64)
    s = (mantissa - 1.0) / (mantissa + 1.0)
    z = s * s
    # 2 artanh(s)
    series = z * (
        1 / 3
        + z
        * (
            1 / 5
            + z
            * (
                1 / 7
                + z * (1 / 9 + z * (1 / 11 + z * (1 / 13 + z * (1 / 15 + z * (1 / 17 + z / 19)))))
            )
        )
    )
    return power * _LN_2 + 2.0 * (s + s * series)


@kernel
def exp(x: float) -> float:
    """Return e to the power of a number; beyond 708 either way that of 708."""
    x = min(max(x, -_FURTHEST), _FURTHEST)
    power = np.floor(x * _PER_LN_2 + 0.5)
    r = x - power * _LN_2_HIGH - power * _LN_2_LOW
    series = 1 / 5040 + r * (
        1 / 40320 + r * (1 / 362880 + r * (1 / 3628800 + r * (1 / 39916800 + r * (1 / 479001600))))
    )
    series = 1.0 + r * (
        1.0 + r * (1 / 2 + r * (1 / 6 + r * (1 / 24 + r * (1 / 120 + r * (1 / 720 + r * series)))))
    )
    scale = np.int64((np.int64(power) + _EXPONENT_OF_1) << _MANTISSA_BITS).view(np.float64)
    return float(series * scale)
