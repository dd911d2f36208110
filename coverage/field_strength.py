"""From power to field and back: the constants between dBm and dBuV/m."""

from __future__ import annotations

import math

from .propagation.free_space import FREE_SPACE_DB

__all__ = ["FIELD_CONSTANT_DB"]

_IMPEDANCE_OHM = 376.730_313_668  # of free space (CODATA)

FIELD_CONSTANT_DB = (
    60.0 + 10.0 * math.log10(_IMPEDANCE_OHM * 1e-3 / (4.0 * math.pi)) + FREE_SPACE_DB
)
"""E[dBuV/m] = EIRP[dBm] - L[dB] + 77.2160 + 20 log f[MHz].

The field of 0 dBm EIRP at 1 km (44.768 dBuV/m) plus the free-space loss at 1 km and 1 MHz.
"""
