"""Units that foreign tables use, and how they become ours.

A unit is taken only where it is written, in a heading's brackets or behind the number in a cell.
What is not in the list is not guessed.
"""

from __future__ import annotations

import math
import re
import unicodedata

__all__ = ["convert", "convert_cell", "is_unit", "plain_unit"]

# Our unit -> their unit -> what one of theirs is in ours.
_FACTORS: dict[str, dict[str, float]] = {
    "m": {
        "m": 1, "米": 1, "公尺": 1, "metre": 1, "metres": 1, "meter": 1, "meters": 1,
        "ft": 0.3048, "feet": 0.3048, "foot": 0.3048, "英尺": 0.3048,
        "km": 1000, "千米": 1000, "公里": 1000, "cm": 0.01, "厘米": 0.01,
    },
    "km": {"km": 1, "千米": 1, "公里": 1, "m": 0.001, "米": 0.001, "mi": 1.609344, "英里": 1.609344},
    "km2": {
        "km2": 1, "km²": 1, "sqkm": 1, "平方公里": 1, "平方千米": 1,
        "ha": 0.01, "公顷": 0.01, "m2": 1e-6, "m²": 1e-6, "平方米": 1e-6,
    },
    "MHz": {"mhz": 1, "兆赫": 1, "ghz": 1000, "吉赫": 1000, "khz": 0.001, "千赫": 0.001, "hz": 1e-6},
    "Mbit/s": {
        "mbit/s": 1, "mbps": 1, "mb/s": 1, "兆": 1, "gbit/s": 1000, "gbps": 1000,
        "kbit/s": 0.001, "kbps": 0.001, "bit/s": 1e-6, "bps": 1e-6,
    },
    "deg": {"deg": 1, "degree": 1, "degrees": 1, "°": 1, "度": 1, "rad": 180 / math.pi},
    "dB": {"db": 1},
    "dBi": {"dbi": 1},
    "dBm": {"dbm": 1},
    "people": {
        "people": 1, "persons": 1, "person": 1, "inhabitants": 1, "人": 1, "名": 1,
        "千人": 1000, "万人": 10_000,
    },
}  # fmt: skip

_DIPOLE_DBI = 2.15
"""Gain of a half-wave dipole over the isotropic antenna: dBd + 2.15 = dBi."""

_OFFSETS: dict[str, dict[str, float]] = {
    "dBi": {"dbd": _DIPOLE_DBI},
    "dBm": {"dbw": 30.0},
}

_WATTS: dict[str, dict[str, float]] = {
    "dBm": {"w": 1, "瓦": 1, "watt": 1, "watts": 1, "mw": 0.001, "毫瓦": 0.001, "kw": 1000, "千瓦": 1000},
}  # fmt: skip

_CELL = re.compile(
    r"(?P<number>[-+]?\d[\d,]*(?:\.\d+)?(?:[eE][-+]?\d+)?)\s*(?P<unit>[^\d\s.,+-]\S*)"
)


def plain_unit(text: str) -> str:
    """Return a unit in the form in which it is compared: folded, lower case, without spaces."""
    superscripts = text.replace("²", "2")
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", superscripts)).lower()


def is_unit(unit: str, ours: str) -> bool:
    """Say whether a value in that unit can be turned into ours."""
    plain = plain_unit(unit)
    return any(plain in kind.get(ours, {}) for kind in (_FACTORS, _OFFSETS, _WATTS))


def convert(value: float, unit: str, ours: str) -> float:
    """Return a value in our unit.

    Raises
    ------
    ValueError
        The unit cannot become ours, or the value has no logarithm.

    Examples
    --------
    >>> convert(20, "W", "dBm")
    43.0103
    """
    plain = plain_unit(unit)
    if plain in _FACTORS.get(ours, {}):
        result = value * _FACTORS[ours][plain]
    elif plain in _OFFSETS.get(ours, {}):
        result = value + _OFFSETS[ours][plain]
    elif plain in _WATTS.get(ours, {}) and value > 0:
        return round(10.0 * math.log10(value * _WATTS[ours][plain] * 1000.0), 4)
    else:
        raise ValueError(f"{value:g} {unit} is not a value in {ours}")
    return float(f"{result:.12g}")  # 0.1 + 0.2 stays 0.3


def convert_cell(value: object, unit: str, ours: str) -> object:
    """Return a cell in our unit; a cell that is not a number comes back as it is.

    Parameters
    ----------
    value
        A number or text; a unit written behind the number (``35米``) goes before ``unit``.
    unit
        Unit of the column, "" for ours.
    """
    if isinstance(value, bool) or value is None:
        return value
    text = unicodedata.normalize("NFKC", str(value).replace("²", "2").replace("−", "-")).strip()
    written = _CELL.fullmatch(text)
    try:
        if written and is_unit(written["unit"], ours):
            return convert(float(written["number"].replace(",", "")), written["unit"], ours)
        if unit and plain_unit(unit) != plain_unit(ours):
            return convert(float(text.replace(",", "")), unit, ours)
    except ValueError:
        return value
    # Full-width digits become plain ones; everything else is left for the table's rule to judge.
    return text if isinstance(value, str) else value
