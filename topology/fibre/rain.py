"""Rain on a path: specific attenuation (ITU-R P.838-3) and how often a fade is exceeded (P.530-18).

A rain rate that is exceeded in 0.01 % of an average year gives the attenuation that is exceeded
as long, over a path that counts for less than its length because heavy rain falls in cells; other
percentages follow from it. Valid from 1 to 100 GHz and to 60 km; 0.001 to 1 % of the time.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from ..errors import InputError
from ..settings import Figure

__all__ = [
    "LONGEST_KM", "SHANGHAI_RAIN_MM_H", "Polarisation", "RainFade", "rain_coefficients",
    "rain_fade", "rain_loss_db_per_km",
]  # fmt: skip

Polarisation = Literal["horizontal", "vertical", "circular"]

SHANGHAI_RAIN_MM_H = Figure(
    56.8, "map of ITU-R P.837-7 read at 31.3 N 121.5 E, exceeded in 0.01 % of a year", assumed=True
)
"""Rain rate for Shanghai; take a local measurement where there is one."""

LONGEST_KM = 60.0
"""Longest path for which the method of P.530 was tested."""

_TILT_DEG: dict[str, float] = {"horizontal": 0.0, "vertical": 90.0, "circular": 45.0}

_Term = tuple[float, float, float]

# P.838-3, tables 1 to 4: terms a, b, c, and the line m, c.
_K_H: tuple[tuple[_Term, ...], float, float] = (
    (
        (-5.33980, -0.10008, 1.13098),
        (-0.35351, 1.26970, 0.45400),
        (-0.23789, 0.86036, 0.15354),
        (-0.94158, 0.64552, 0.16817),
    ),
    -0.18961,
    0.71147,
)
_K_V: tuple[tuple[_Term, ...], float, float] = (
    (
        (-3.80595, 0.56934, 0.81061),
        (-3.44965, -0.22911, 0.51059),
        (-0.39902, 0.73042, 0.11899),
        (0.50167, 1.07319, 0.27195),
    ),
    -0.16398,
    0.63297,
)
_ALPHA_H: tuple[tuple[_Term, ...], float, float] = (
    (
        (-0.14318, 1.82442, -0.55187),
        (0.29591, 0.77564, 0.19822),
        (0.32177, 0.63773, 0.13164),
        (-5.37610, -0.96230, 1.47828),
        (16.1721, -3.29980, 3.43990),
    ),
    0.67849,
    -1.95537,
)
_ALPHA_V: tuple[tuple[_Term, ...], float, float] = (
    (
        (-0.07771, 2.33840, -0.76284),
        (0.56727, 0.95545, 0.54039),
        (-0.20238, 1.14520, 0.26809),
        (-48.2991, 0.791669, 0.116226),
        (48.5833, 0.791459, 0.116479),
    ),
    -0.053739,
    0.83433,
)


def _curve(log_f: float, table: tuple[tuple[_Term, ...], float, float]) -> float:
    terms, slope, constant = table
    bells = sum(a * math.exp(-(((log_f - b) / c) ** 2)) for a, b, c in terms)
    return bells + slope * log_f + constant


def _checked(name: str, value: float, low: float, high: float) -> float:
    if not low <= value <= high:
        raise InputError(f"{name} is {value}; give {low:g} to {high:g}")
    return value


def rain_coefficients(
    freq_ghz: float, polarisation: Polarisation = "vertical"
) -> tuple[float, float]:
    """Return k and alpha of ``k R^alpha`` for a horizontal path.

    Parameters
    ----------
    freq_ghz
        1 to 1000 GHz.

    Raises
    ------
    InputError
        The frequency is out of range, or the polarisation is none.
    """
    log_f = math.log10(_checked("freq_ghz", freq_ghz, 1.0, 1000.0))
    if polarisation not in _TILT_DEG:
        raise InputError(f"polarisation is {polarisation!r}; use {', '.join(_TILT_DEG)}")
    k_h, k_v = 10.0 ** _curve(log_f, _K_H), 10.0 ** _curve(log_f, _K_V)  # (2)
    alpha_h, alpha_v = _curve(log_f, _ALPHA_H), _curve(log_f, _ALPHA_V)  # (3)
    turn = math.cos(math.radians(2.0 * _TILT_DEG[polarisation]))
    k = (k_h + k_v + (k_h - k_v) * turn) / 2.0  # (4)
    both = k_h * alpha_h + k_v * alpha_v + (k_h * alpha_h - k_v * alpha_v) * turn
    return k, both / (2.0 * k)  # (5)


def rain_loss_db_per_km(
    rain_mm_h: float, freq_ghz: float, polarisation: Polarisation = "vertical"
) -> float:
    """Return the specific attenuation of rain; ``rain_mm_h`` is 0 to 300."""
    k, alpha = rain_coefficients(freq_ghz, polarisation)
    return float(k * _checked("rain_mm_h", rain_mm_h, 0.0, 300.0) ** alpha)  # (1)


@dataclass(frozen=True, slots=True)
class RainFade:
    """How deep rain fades a path, and how often.

    Attributes
    ----------
    specific_db_per_km
        At the rain rate that is exceeded in 0.01 % of a year.
    effective_km
        Length over which that would rain evenly.
    loss_001_db
        Attenuation exceeded in 0.01 % of a year.
    """

    freq_ghz: float
    specific_db_per_km: float
    effective_km: float
    loss_001_db: float

    def _exponents(self) -> tuple[float, float, float]:
        c0 = 0.12
        if self.freq_ghz >= 10.0:
            c0 += 0.4 * math.log10((self.freq_ghz / 10.0) ** 0.8)
        c1 = 0.07**c0 * 0.12 ** (1.0 - c0)
        return c1, 0.855 * c0 + 0.546 * (1.0 - c0), 0.139 * c0 + 0.043 * (1.0 - c0)

    def loss_db(self, percent: float) -> float:
        """Return the attenuation exceeded in so many percent of a year, 0.001 to 1."""
        log_p = math.log10(_checked("percent", percent, 0.001, 1.0))
        c1, c2, c3 = self._exponents()
        return float(self.loss_001_db * c1 * 10.0 ** (-(c2 + c3 * log_p) * log_p))

    def outage_percent(self, fade_db: float) -> float:
        """Return in how much of a year a fade is exceeded, percent.

        The method ends at 0.001 % and at 1 %: smaller outages are given as 0.001, larger ones
        as 100, so that a result never flatters.
        """
        if self.loss_001_db == 0.0:
            return 0.0
        if fade_db <= 0.0 or fade_db < self.loss_db(1.0):
            return 100.0
        if fade_db >= self.loss_db(0.001):
            return 0.001
        c1, c2, c3 = self._exponents()
        level = math.log10(fade_db / (self.loss_001_db * c1))
        return float(10.0 ** ((-c2 + math.sqrt(c2 * c2 - 4.0 * c3 * level)) / (2.0 * c3)))


def rain_fade(
    distance_km: float,
    freq_ghz: float,
    *,
    rain_mm_h: float = SHANGHAI_RAIN_MM_H.value,
    polarisation: Polarisation = "vertical",
) -> RainFade:
    """Return the rain fades of a path, P.530-18 section 2.4.1.

    Parameters
    ----------
    distance_km
        Above 0, to 60 km.
    freq_ghz
        1 to 100 GHz.
    rain_mm_h
        Rate that is exceeded in 0.01 % of a year at 1 min integration, 0 to 300 mm/h.

    Raises
    ------
    InputError
        A value is out of its range.
    """
    if not 0.0 < distance_km <= LONGEST_KM:
        raise InputError(f"a path of {distance_km} km; the method holds above 0, to {LONGEST_KM:g}")
    _checked("freq_ghz", freq_ghz, 1.0, 100.0)
    specific = rain_loss_db_per_km(rain_mm_h, freq_ghz, polarisation)
    if specific == 0.0:
        return RainFade(freq_ghz, 0.0, distance_km, 0.0)
    _, alpha = rain_coefficients(freq_ghz, polarisation)
    shorter = 0.477 * distance_km**0.633 * rain_mm_h ** (0.073 * alpha) * freq_ghz**0.123
    shorter -= 10.579 * (1.0 - math.exp(-0.024 * distance_km))
    # Short paths lie in one cell; the Recommendation stops at 2.5 times their length.
    effective_km = distance_km / max(shorter, 0.4)
    return RainFade(freq_ghz, specific, effective_km, specific * effective_km)
