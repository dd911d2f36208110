"""How numbers are written for people: shares, people, distances, areas and dates.

An unknown number is a dash with the word for unknown, never 0. A share is rounded down, so that
89.96 % against a target of 90 % never reads as 90.0 %. English groups thousands; Chinese tables
have plain digits, and only Chinese prose counts in 万 (10 000).
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

from .words import text

__all__ = [
    "amounts",
    "area_km2",
    "distance",
    "moment",
    "number",
    "people",
    "people_in_prose",
    "share",
    "share_in_table",
    "unknown",
]

_WAN = 10_000


def unknown(language: str) -> str:
    """Return what stands for a figure that is not known."""
    return f"— {text('word.unknown', language)}"


def _known(value: float | None) -> bool:
    return value is not None and math.isfinite(value)


def number(value: float | None, language: str, digits: int = 0) -> str:
    """Return a number with so many decimals.

    Examples
    --------
    >>> number(1234.5, "en"), number(1234.5, "zh-CN"), number(None, "en")
    ('1,235', '1235', '— unknown')
    """
    if value is None or not _known(value):
        return unknown(language)
    exact = Decimal(repr(float(value))).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
    exact += 0  # -0.2 is 0, not -0
    return f"{exact:,f}" if language == "en" else f"{exact:f}"


def amounts(values: Iterable[float | None], language: str) -> list[str]:
    """Return the figures of one column with as many decimals as the finest of them has, up to 3.

    Examples
    --------
    >>> amounts([1.8, 12.0, None], "en"), amounts([1.0, 2000.0], "en")
    (['1.8', '12.0', '— unknown'], ['1', '2,000'])
    """
    found = list(values)
    known = [
        Decimal(repr(float(value))).quantize(Decimal("0.001"), ROUND_HALF_UP).normalize()
        for value in found
        if value is not None and _known(value)
    ]
    digits = max((-int(value.as_tuple().exponent) for value in known), default=0)
    return [number(value, language, max(0, digits)) for value in found]


def people(value: float | None, language: str) -> str:
    """Return a count of people for a table: whole, and ``<1`` for a part of a person."""
    if value is not None and 0 < value < 0.5:
        return "<1"
    return number(value, language)


def people_in_prose(value: float | None, language: str) -> str:
    """Return a count of people for a sentence; Chinese counts large ones in 万.

    Examples
    --------
    >>> people_in_prose(1242600, "zh-CN"), people_in_prose(5200, "zh-CN")
    ('124.3万', '5200')
    """
    if language == "zh-CN" and value is not None and _known(value) and value >= _WAN:
        return f"{number(value / _WAN, language, 1).removesuffix('.0')}万"
    return people(value, language)


def share(value: float | None, language: str) -> str:
    """Return a share of 0..1 in per cent with one decimal, rounded down.

    Examples
    --------
    >>> share(0.8996, "en"), share(1.0, "en"), share(0.0004, "en"), share(None, "zh-CN")
    ('89.9%', '100%', '<0.1%', '— 未知')
    """
    if value is None or not _known(value):
        return unknown(language)
    return share_in_table(value, language).replace(".0%", "%")


def share_in_table(value: float | None, language: str) -> str:
    """Return a share as :func:`share` does, but always with its decimal, so that columns align.

    Examples
    --------
    >>> share_in_table(0.96, "en"), share_in_table(1.0, "en")
    ('96.0%', '100.0%')
    """
    if value is None or not _known(value):
        return unknown(language)
    if 0 < value < 0.001:
        return "<0.1%"
    return f"{(Decimal(repr(float(value))) * 100).quantize(Decimal('0.1'), ROUND_FLOOR)}%"


def distance(metres: float | None, language: str) -> str:
    """Return a distance: metres below 1 km, then kilometres.

    Examples
    --------
    >>> distance(811.6, "en"), distance(1250, "en"), distance(0, "en")
    ('812 m', '1.3 km', '0 m')
    """
    if metres is None or not _known(metres):
        return unknown(language)
    if metres < 999.5:
        return text("unit.m", language, value=number(metres, language))
    return text("unit.km", language, value=number(metres / 1000.0, language, 1))


def area_km2(value: float | None, language: str) -> str:
    """Return an area in km2 with two decimals, and ``<0.01`` for less."""
    if value is not None and 0 < value < 0.005:
        return "<0.01"
    return number(value, language, 2)


def moment(created: str, timezone: str, language: str) -> str:
    """Return a UTC time stamp as date and time in the project's zone.

    Examples
    --------
    >>> moment("2026-11-22T10:00:00Z", "Asia/Shanghai", "en")
    '2026-11-22 18:00 (Asia/Shanghai)'
    """
    try:
        instant = datetime.fromisoformat(created)
    except ValueError:
        return unknown(language)
    if instant.tzinfo is None:
        instant = instant.replace(tzinfo=UTC)
    return f"{instant.astimezone(ZoneInfo(timezone)):%Y-%m-%d %H:%M} ({timezone})"
