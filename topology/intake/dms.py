"""Coordinates as people write them: decimal degrees, or degrees, minutes and seconds.

Understood, in ASCII, Chinese and full-width characters, with or without a hemisphere letter or
word (N, S, E, W, 北纬, 南纬, 东经, 西经) before or behind:

=====================================  ==========================================================
``31.30139``, ``-31.3``, ``31.3°``     decimal degrees
``31°18′05″``, ``31度18分5秒``         degrees, minutes, seconds with their marks
``E121°31.5′``                         degrees and decimal minutes
``31 18 05.5``, ``31:18:05``           three (or two) numbers apart from each other
``31-18-05``, ``31.18.05.5``           the same with dashes or dots; dots need all three
=====================================  ==========================================================

Nothing ambiguous is guessed:

* One dot is a decimal point, always: ``121.3118`` and ``N31.18`` are decimal degrees, although some
  surveyors mean 121 degrees 31 minutes 18 seconds by the first.
* A comma is refused: it may be a decimal comma or part two positions.
* Digits without marks (``1213118``) are a number of degrees, and too many of them.
* A sign together with a hemisphere is refused, and so are minutes or seconds of 60 and more, and
  decimals in front of a smaller unit (``31.5°18′``).
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

__all__ = ["Angle", "Axis", "parse_angle"]

Axis = Literal["lon", "lat"]

_MAX_CHARS = 60

_HEMISPHERES: dict[str, tuple[Axis, int]] = {
    "北纬": ("lat", 1), "南纬": ("lat", -1), "东经": ("lon", 1), "西经": ("lon", -1),
    "N": ("lat", 1), "S": ("lat", -1), "E": ("lon", 1), "W": ("lon", -1),
    "北": ("lat", 1), "南": ("lat", -1), "东": ("lon", 1), "西": ("lon", -1),
}  # fmt: skip

# Marks become these three before Unicode's own folding, which would tear some of them apart.
_MARKS = str.maketrans(
    {
        "º": "°", "˚": "°", "度": "°", "⁰": "°", "∘": "°", "゜": "°",
        "'": "′", "’": "′", "‘": "′", "`": "′", "´": "′", "ʹ": "′", "＇": "′", "分": "′",
        '"': "″", "”": "″", "“": "″", "〃": "″", "ʺ": "″", "＂": "″", "秒": "″",
        "−": "-", "–": "-", "—": "-", "﹣": "-", "－": "-",
    }
)  # fmt: skip

_HEMISPHERE = "|".join(_HEMISPHERES)
_WHOLE = re.compile(
    rf"(?P<before>{_HEMISPHERE})?(?P<body>[-+ .:0-9°′″]+)(?P<behind>{_HEMISPHERE})?"
)
_DECIMAL = re.compile(r"(\d{1,9}(?:\.\d*)?|\.\d+)°?")
_SCIENTIFIC = re.compile(r"[+-]?\d+(?:\.\d*)?E[+-]\d{1,3}")
_NUMBER = r"\d{1,3}(?:\.\d+)?"
_LETTERED = re.compile(rf"({_NUMBER}) ?D ?({_NUMBER}) ?M(?: ?({_NUMBER}) ?S)?")
_MARKED = re.compile(rf"(?P<d>{_NUMBER})°(?:(?P<m>{_NUMBER})′)?(?:(?P<s>{_NUMBER})″?)?")
_SEPARATED = re.compile(rf"({_NUMBER})(?P<gap>[ :-])({_NUMBER})(?:(?P=gap)({_NUMBER}))?")
_DOTTED = re.compile(r"(\d{1,3})\.(\d{1,2})\.(\d{1,2})(\.\d+)?")


@dataclass(frozen=True, slots=True)
class Angle:
    """A coordinate that was read from text.

    Attributes
    ----------
    degrees
        Decimal degrees; south and west are negative.
    axis
        What its hemisphere says it is, or None without one.
    decimal
        True when it was written as decimal degrees.
    """

    degrees: float
    axis: Axis | None
    decimal: bool


def _prepared(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text.translate(_MARKS)).translate(_MARKS).upper()
    folded = folded.replace("′′", "″")  # two primes are a double prime
    folded = re.sub(r"(NORTH|SOUTH|EAST|WEST)", lambda found: found[0][0], folded)
    folded = _LETTERED.sub(
        lambda found: f"{found[1]}°{found[2]}′" + (f"{found[3]}″" if found[3] else ""), folded
    )
    folded = re.sub(r"\s+", " ", folded.strip())
    return re.sub(rf" ?([°′″:]|{_HEMISPHERE}) ?", r"\1", folded)


def _sum(degrees: float, minutes: float, seconds: float, text: str) -> float:
    if minutes >= 60 or seconds >= 60:
        raise ValueError(f"{text!r} has 60 or more minutes or seconds")
    if minutes and not degrees.is_integer():
        raise ValueError(f"{text!r} has decimals in the degrees and minutes as well")
    if seconds and not (degrees.is_integer() and minutes.is_integer()):
        raise ValueError(f"{text!r} has decimals in front of the seconds")
    return degrees + minutes / 60.0 + seconds / 3600.0


def _magnitude(body: str, text: str) -> tuple[float, bool]:
    """Return the unsigned degrees and whether they were written as decimals."""
    if found := _DECIMAL.fullmatch(body):
        return float(found[1]), True
    if found := _DOTTED.fullmatch(body):
        seconds = float(found[3] + (found[4] or ""))
        return _sum(float(found[1]), float(found[2]), seconds, text), False
    if found := _MARKED.fullmatch(body):
        if found["s"] and not found["m"] and not body.endswith("″"):
            # A number behind the degrees without any mark is minutes: 31°18
            return _sum(float(found["d"]), float(found["s"]), 0.0, text), False
        degrees, minutes, seconds = (float(found[name] or 0.0) for name in "dms")
        return _sum(degrees, minutes, seconds, text), False
    if found := _SEPARATED.fullmatch(body):
        return _sum(float(found[1]), float(found[3]), float(found[4] or 0.0), text), False
    raise ValueError(f"{text!r} is not a coordinate")


def parse_angle(value: object, axis: Axis | None = None) -> Angle:
    """Return the coordinate that a cell holds.

    Parameters
    ----------
    value
        A number, or text in one of the forms of this module.
    axis
        Where it stands. A hemisphere of the other axis is returned as it is, so that the caller
        can say that two columns look swapped; the limit of 90 degrees is then the hemisphere's.

    Raises
    ------
    ValueError
        It is not a coordinate, it is ambiguous, or it is beyond 180 degrees (90 for a latitude
        that names its hemisphere); the message says which.

    Examples
    --------
    >>> parse_angle("北纬31度18分5秒").degrees
    31.30138888888889
    >>> parse_angle("E121°31.5′").degrees
    121.525
    """
    text = str(value).strip()
    if len(text) > _MAX_CHARS:
        raise ValueError(f"{text[:_MAX_CHARS]!r}... is too long for a coordinate")
    prepared = _prepared(text)
    if _SCIENTIFIC.fullmatch(prepared):
        return _limited(Angle(float(prepared), None, True), text)
    if "," in prepared or "、" in prepared:
        raise ValueError(f"{text!r} has a comma, which may mean two things; write a decimal point")
    found = _WHOLE.fullmatch(prepared)
    if not found:
        raise ValueError(f"{text!r} is not a coordinate")
    if found["before"] and found["behind"]:
        raise ValueError(f"{text!r} names two hemispheres")
    body, hemisphere = found["body"].strip(), found["before"] or found["behind"]
    sign = 1
    if body[:1] in ("+", "-"):
        if hemisphere:
            raise ValueError(f"{text!r} has a sign and a hemisphere; leave one of them out")
        sign = -1 if body[0] == "-" else 1
        body = body[1:].strip()
    named: Axis | None = None
    if hemisphere:
        named, sign = _HEMISPHERES[hemisphere]
    degrees, decimal = _magnitude(body, text)
    return _limited(Angle(sign * degrees, named, decimal), text, axis)


def _limited(angle: Angle, text: str, axis: Axis | None = None) -> Angle:
    limit = 90.0 if angle.axis == "lat" else 180.0
    # Plain decimals in a column of known axis are judged by the table's own rule, which names the
    # unit and the way out; everything else that is beyond its limit was misread.
    if abs(angle.degrees) > limit and not (angle.decimal and angle.axis is None and axis):
        raise ValueError(f"{text!r} is beyond {limit:g} degrees")
    return angle
