"""Many paths side by side: what was read off each, and what became of it.

A block of numbers, a row for each quantity and a column for each path, so that one step of the
model runs over all paths at once and the compiler may take eight of them together.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .trace import uncrowded

__all__ = [
    "ANOMALOUS_DB",
    "APART",
    "BEFORE",
    "BETA0",
    "BETA0_DEVIATE",
    "BOTH_HORIZONS",
    "CAN_DUCT",
    "DECAY",
    "DIFFRACTION_RX",
    "DIFFRACTION_TX",
    "DUCTING",
    "DUCTING_RX",
    "DUCTING_TX",
    "EXPONENT",
    "FIRST",
    "LAST",
    "LAYER_BOUND",
    "LENGTH",
    "LINE_OF_SIGHT",
    "LN_BETA0",
    "LOG_HORIZONS",
    "LOSS",
    "MEDIAN_DB",
    "NEAR",
    "OBSTRUCTION",
    "OBSTRUCTION_BETA",
    "OWN_APART",
    "OWN_KM",
    "OWN_SLANT",
    "PIXEL",
    "ROUGHNESS",
    "RX_HORIZON",
    "RX_M",
    "RX_MRAD",
    "SLANT",
    "SPACING",
    "TX_HORIZON",
    "TX_MRAD",
    "WORK",
    "Paths",
    "new_paths",
]

LENGTH = 0
"""Length of the path in km."""
FIRST = 1
"""Distance of the first sample after the transmitter."""
SPACING = 2
"""Distance between all further samples."""
BEFORE = 3
"""How many samples come after the first and before the receiver."""
RX_M = 4
"""Receiving antenna above sea level."""
DIFFRACTION_TX, DIFFRACTION_RX = 5, 6
"""Antennas above the smooth surface for diffraction (37)."""
DUCTING_TX, DUCTING_RX = 7, 8
"""Antennas above the smooth surface for ducting (92)."""
OBSTRUCTION, OBSTRUCTION_BETA = 9, 10
"""Diffraction parameters times the root of the wavelength, for both Earth radii."""
LINE_OF_SIGHT = 11
"""1 where the bare ground leaves line of sight, else 0."""
TX_HORIZON, RX_HORIZON = 12, 13
"""Distances of the horizons in km; where there is line of sight they come later or never."""
BOTH_HORIZONS = 14
"""Their sum, which line of sight makes the length of the path."""
TX_MRAD, RX_MRAD = 15, 16
"""Elevations of the horizons (77)."""
ROUGHNESS = 17
"""Highest ground above the smooth surface between the horizons, or 10 m where it is less (93)."""
DUCTING = 18
"""1 where the horizons and roughness are known, without which there is no ducting, else 0."""
OWN_KM = 19
"""Distance of the pixel that the path stands for."""
APART = 20
"""How much higher the transmitting antenna is than the receiving one, in m."""
LOG_HORIZONS = 21
"""Decimal logarithm of the sum of the horizons."""
CAN_DUCT = 22
"""1 where ducting could win at one frequency and percentage of time, else 0."""
LAYER_BOUND = 35
"""Attenuation in a layer (53) that no path of the length and percentage of time goes below."""
LN_BETA0, BETA0, BETA0_DEVIATE = 23, 24, 25
"""Percentage of time with strongly bent rays (5): natural logarithm, itself, deviate (40)."""
EXPONENT, DECAY, NEAR = 26, 27, 28
"""alpha (55a); 1e-6 d^1.13 of (53a); Fk (58)."""
SLANT, OWN_SLANT = 29, 30
"""What the slant distance of the path and of its pixel adds to free space (8), in dB."""
MEDIAN_DB, ANOMALOUS_DB = 31, 32
"""Diffraction losses at one frequency."""
LOSS = 33
"""Basic transmission loss at one frequency and percentage of time."""
OWN_APART = 34
"""APART of the pixel that the path stands for."""
WORK = 36
"""First of seven rows that steps hand on to the next."""
_ROWS = 43

PIXEL, LAST = 0, 1
"""Rows of whole numbers: the pixel that the path stands for, the receiver's sample."""


class Paths(NamedTuple):
    """Paths.

    Attributes
    ----------
    rows
        Quantities by paths.
    places
        Pixel and last sample of each.
    """

    rows: NDArray[np.float64]
    places: NDArray[np.int64]


def new_paths(count: int) -> Paths:
    """Return room for so many paths."""
    columns = uncrowded(count)
    return Paths(np.zeros((_ROWS, columns), np.float64), np.zeros((2, columns), np.int64))
