"""Reads antenna patterns in the MSI Planet format, ``.msi`` and ``.pln``.

Headings (``NAME``, ``FREQUENCY``, ``GAIN``, ``TILT``, ``COMMENT``), then ``HORIZONTAL 360`` and
``VERTICAL 360`` with a line ``angle attenuation`` for every whole degree. Attenuations are positive
dB below the main direction. The horizontal angle runs clockwise seen from above, 0 is the front;
the vertical angle runs downwards, 0 is the horizon in front, 90 straight down, 180 the horizon
behind, 270 straight up. A gain without a unit is in dBd, as the format has it.

Files are made by many programs: every rule that is broken is an error with the file and the line.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...topology.errors import FileError
from .pattern import (
    COMMENT_CHARS,
    DEGREES,
    NAME_CHARS,
    NUMBER,
    AntennaPattern,
    Mounting,
    clean_text,
    shown,
    text_lines,
    to_number,
)

__all__ = ["DBD_DBI", "read_msi"]

DBD_DBI = 2.15
"""Gain of the half-wave dipole: dBd + 2.15 = dBi."""

_ROUNDING_DB = 0.05
_MAX_ATTENUATION_DB = 200.0
_GAIN = re.compile(
    r"(?:\(?(?P<before>dB[id])\)?\s*)?(?P<number>[+-]?[0-9]+(?:\.[0-9]*)?|[+-]?\.[0-9]+)"
    r"\s*\(?(?P<unit>dB[id]?)?\)?",
    re.IGNORECASE,
)
_FREQUENCY = re.compile(
    r"(?P<low>[0-9]+(?:\.[0-9]*)?)(?:\s*[-/~]\s*(?P<high>[0-9]+(?:\.[0-9]*)?))?"
    r"\s*(?P<unit>[kMG]?Hz)?",
    re.IGNORECASE,
)
_HERTZ = {"": 1.0, "hz": 1e-6, "khz": 1e-3, "mhz": 1.0, "ghz": 1e3}


@dataclass(slots=True)
class _Section:
    """The rows of a cut while they are read."""

    keyword: str
    line: int
    rows: int
    values: dict[int, tuple[float, int]] = field(default_factory=dict)
    read: int = 0

    def add(self, tokens: Sequence[str], place: str, line: int) -> None:
        if len(tokens) != 2:
            raise FileError(
                f"{place} is {shown(' '.join(tokens))}; a row of {self.keyword} is an angle and "
                "an attenuation"
            )
        angle = to_number(tokens[0], place, "an angle in degrees")
        value = to_number(tokens[1], place, "an attenuation in dB")
        if angle != math.floor(angle) or not -180 <= angle <= 360:
            raise FileError(
                f"{place}: the angle {tokens[0]} is not a whole degree from 0 to 359; export the "
                "pattern in steps of 1 degree"
            )
        if value < -_ROUNDING_DB:
            raise FileError(
                f"{place}: the attenuation {value:g} dB is negative; attenuations are positive dB "
                "below the main direction. Turn the signs if the file gives gains"
            )
        if value > _MAX_ATTENUATION_DB:
            raise FileError(
                f"{place}: the attenuation {value:g} dB is above {_MAX_ATTENUATION_DB:g} dB"
            )
        degree = int(angle) % DEGREES
        if degree in self.values:
            before, first = self.values[degree]
            closes = self.rows == DEGREES + 1 and abs(before - value) <= _ROUNDING_DB
            if not closes:
                raise FileError(
                    f"{place}: {self.keyword} has the angle {degree} a second time (first in line "
                    f"{first}); each whole degree stands once"
                )
        else:
            self.values[degree] = (max(value, 0.0), line)
        self.read += 1

    def finish(self, name: str, line: int) -> NDArray[np.float64]:
        missing = [degree for degree in range(DEGREES) if degree not in self.values]
        if missing:
            listed = ", ".join(str(degree) for degree in missing[:5])
            more = f" and {len(missing) - 5} more" if len(missing) > 5 else ""
            raise FileError(
                f"{name}, line {line}: {self.keyword} (line {self.line}) ends after {self.read} "
                f"rows; {DEGREES} are due, one for each degree, and {listed}{more} "
                f"{'is' if len(missing) == 1 else 'are'} missing"
            )
        return np.array([self.values[degree][0] for degree in range(DEGREES)])


def _section(tokens: Sequence[str], place: str, line: int) -> _Section:
    keyword = tokens[0].upper()
    rows = DEGREES
    if len(tokens) > 1:
        rows = int(min(to_number(tokens[1], place, "the number of rows"), 1e6))
    if rows not in (DEGREES, DEGREES + 1):
        raise FileError(
            f"{place} announces {rows} rows of {keyword}; {DEGREES} are due, one for each degree"
        )
    return _Section(keyword, line, rows)


def _gain_dbi(text: str, place: str) -> tuple[float, bool]:
    """Return the gain, and whether its unit had to be assumed."""
    match = _GAIN.fullmatch(text.strip())
    if match is None:
        raise FileError(
            f"{place}: GAIN is {shown(text)}; write a number and its unit, as in 15.5 dBi"
        )
    unit = (match["unit"] or match["before"] or "").lower()
    gain = float(match["number"])
    if not -50 <= gain <= 80:
        raise FileError(f"{place}: GAIN is {gain:g}; an antenna has -50 to 80 dB")
    return (gain if unit == "dbi" else gain + DBD_DBI), unit in ("", "db")


def _freq_mhz(text: str, place: str) -> tuple[float | None, bool]:
    """Return the frequency, the middle of a range, and whether it is only that."""
    if not text.strip():
        return None, False
    match = _FREQUENCY.fullmatch(text.strip())
    if match is None:
        raise FileError(
            f"{place}: FREQUENCY is {shown(text)}; write a number in MHz, as in 698 or 2.4 GHz"
        )
    low = float(match["low"])
    high = float(match["high"]) if match["high"] else low
    freq_mhz = (low + high) / 2.0 * _HERTZ[(match["unit"] or "").lower()]
    if not 0.1 <= freq_mhz <= 400_000:
        raise FileError(f"{place}: FREQUENCY is {freq_mhz:g} MHz; 0.1 to 400000 MHz are allowed")
    return freq_mhz, match["high"] is not None


def _tilt(text: str, place: str) -> tuple[float | None, float | None]:
    """Return (electrical, mechanical) tilt as a TILT line says; None where it does not."""
    electrical = mechanical = None
    words = [word for word in re.split(r"[\s=:,()°]+", text) if word]
    numbers = [float(word) for word in words if NUMBER.fullmatch(word)]
    if len(numbers) > 1 or any(abs(number) > 90 for number in numbers):
        raise FileError(f"{place}: TILT is {shown(text)}; one angle of -90 to 90 degrees is due")
    if any(word.upper().startswith("MECH") for word in words):
        mechanical = numbers[0] if numbers else None
        electrical = 0.0
    elif numbers:
        electrical = numbers[0]
    return electrical, mechanical


def read_msi(path: Path) -> AntennaPattern:
    """Read an MSI Planet file (``.msi``, ``.pln``).

    Raises
    ------
    FileError
        A rule of the format is broken; the message names the file and the line.
    MissingError, SurroundingsError
        The file does not exist or cannot be read.
    """
    path = Path(path)
    name = path.name
    texts: dict[str, tuple[str, int]] = {}
    comments: list[str] = []
    cuts: dict[str, NDArray[np.float64]] = {}
    section: _Section | None = None
    lines = text_lines(path, "an antenna pattern")
    for number, line in enumerate(lines, start=1):
        place = f"{name}, line {number}"
        tokens = line.replace(";", " ").split()
        if not tokens:
            continue
        keyword = tokens[0].upper()
        if keyword in ("HORIZONTAL", "VERTICAL"):
            if section is not None:
                cuts[section.keyword] = section.finish(name, number)
            if keyword in cuts:
                raise FileError(
                    f"{place} begins {keyword} a second time; keep one antenna in a file"
                )
            section = _section(tokens, place, number)
        elif section is not None and (section.read < section.rows or NUMBER.fullmatch(tokens[0])):
            if section.read >= section.rows:
                raise FileError(
                    f"{place} is {shown(line)} after the {section.rows} rows of {section.keyword};"
                    " delete it"
                )
            section.add(tokens, place, number)
        elif keyword == "COMMENT":
            comments.append(line.strip()[len("COMMENT") :])
        else:
            value = line.strip()[len(tokens[0]) :].strip()
            if keyword in texts and keyword in ("GAIN", "FREQUENCY", "TILT", "ELECTRICAL_TILT"):
                raise FileError(
                    f"{place} gives {keyword} a second time (first in line {texts[keyword][1]}); "
                    "keep one"
                )
            texts.setdefault(keyword, (value, number))
    if section is not None:
        cuts[section.keyword] = section.finish(name, len(lines))
    for keyword in ("HORIZONTAL", "VERTICAL"):
        if keyword not in cuts:
            raise FileError(
                f"{name} has no line '{keyword} 360'; it is not an MSI Planet pattern, or half of "
                "one"
            )
    return _msi_pattern(path, texts, comments, cuts)


def _msi_pattern(
    path: Path,
    texts: Mapping[str, tuple[str, int]],
    comments: Sequence[str],
    cuts: Mapping[str, NDArray[np.float64]],
) -> AntennaPattern:
    """Make the pattern of the lines above its cuts."""

    def text(keyword: str) -> tuple[str, str]:
        value, number = texts.get(keyword, ("", 0))
        return value, f"{path.name}, line {number}"

    if "GAIN" not in texts:
        raise FileError(f"{path.name} has no GAIN line; add one, as in 'GAIN 15.5 dBi'")
    assumed = []
    gain_dbi, unit_assumed = _gain_dbi(*text("GAIN"))
    if unit_assumed:
        assumed.append("gain in dBd")
    freq_mhz, is_middle = _freq_mhz(*text("FREQUENCY"))
    if is_middle:
        assumed.append("freq_mhz: middle of the range")
    electrical, mechanical = _tilt(*text("TILT"))
    stated, place = text("ELECTRICAL_TILT")
    if stated:
        number = to_number(re.sub(r"\s*(?:deg\w*|°|T)$", "", stated), place, "a tilt in degrees")
        if abs(number) > 90:
            raise FileError(f"{place}: ELECTRICAL_TILT is {number:g}; -90 to 90 are allowed")
        if electrical and electrical != number:
            raise FileError(
                f"{place}: ELECTRICAL_TILT is {number:g} but TILT in line {texts['TILT'][1]} says "
                f"{electrical:g}; keep the one that is right"
            )
        electrical = number
    return AntennaPattern(
        name=clean_text(text("NAME")[0], NAME_CHARS) or clean_text(path.stem, NAME_CHARS),
        freq_mhz=freq_mhz,
        gain_dbi=round(gain_dbi, 6),
        electrical_tilt_deg=electrical,
        horizontal_db=cuts["HORIZONTAL"],
        vertical_db=cuts["VERTICAL"],
        source=clean_text(path.name, NAME_CHARS),
        comment=clean_text(" ".join(comments), COMMENT_CHARS),
        assumed=tuple(assumed),
        mounting=None if mechanical is None else Mounting(tilt_deg=mechanical),
    )
