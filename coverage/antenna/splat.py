"""Reads antenna patterns in the format of SPLAT!, ``.az`` and ``.el``.

Both hold the field relative to its maximum, 0 to 1; ``;`` begins a remark. The first line says how
the antenna stands: its azimuth (``.az``), its mechanical tilt and the direction of the tilt
(``.el``). Azimuths run clockwise from the antenna's front, elevations from -10 (above the horizon)
to +90 degrees (straight down). The two multiply; either may be absent. They state neither gain nor
frequency.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...topology.errors import FileError, UsageError
from .pattern import (
    DEGREES,
    NAME_CHARS,
    AntennaPattern,
    Mounting,
    clean_text,
    shown,
    text_lines,
    to_number,
)

__all__ = ["NULL_DB", "read_splat"]

NULL_DB = 60.0
"""Attenuation that stands for a field of 0; no real antenna reaches it outdoors."""


def _splat_lines(path: Path) -> Iterator[tuple[str, list[str]]]:
    """Yield (place, tokens) of each line with content; ``;`` begins a remark."""
    for number, line in enumerate(text_lines(path, "an antenna pattern"), start=1):
        tokens = line.split(";", 1)[0].split()
        if tokens:
            yield f"{path.name}, line {number}", tokens


def _splat_file(
    path: Path, heads: int, low: float, high: float
) -> tuple[list[float], NDArray[np.float64], NDArray[np.float64]]:
    """Return the numbers of the first line, the angles in order, and their fields."""
    lines = _splat_lines(path)
    try:
        place, tokens = next(lines)
    except StopIteration:
        raise FileError(f"{path.name} has no content") from None
    if len(tokens) not in ((1,) if heads == 1 else (1, heads)):
        raise FileError(
            f"{place} is {shown(' '.join(tokens))}; the first line holds "
            + ("the azimuth of the antenna" if heads == 1 else "its tilt and the tilt's direction")
        )
    head = [to_number(token, place, "an angle in degrees") for token in tokens]
    if any(abs(angle) > DEGREES for angle in head):
        raise FileError(f"{place}: an angle is beyond 360 degrees")
    rows: dict[float, tuple[float, str]] = {}
    for place, tokens in lines:
        if len(tokens) != 2:
            raise FileError(
                f"{place} is {shown(' '.join(tokens))}; a row is an angle and a field of 0 to 1"
            )
        angle = to_number(tokens[0], place, "an angle in degrees")
        value = to_number(tokens[1], place, "a field of 0 to 1")
        if not low <= angle <= high:
            raise FileError(f"{place}: the angle {angle:g} is not in {low:g} to {high:g} degrees")
        if not 0 <= value <= 1.001:
            raise FileError(
                f"{place}: the field {value:g} is not in 0 to 1; SPLAT! patterns hold the field "
                "relative to its maximum, not dB"
            )
        if angle in rows:
            raise FileError(
                f"{place} has the angle {angle:g} a second time (first in "
                f"{rows[angle][1].rpartition(', ')[2]}); each angle stands once"
            )
        rows[angle] = (min(value, 1.0), place)
    if len(rows) < 2:
        raise FileError(f"{path.name} has {len(rows)} rows below its first line; 2 or more are due")
    angles = sorted(rows)
    return head, np.array(angles), np.array([rows[angle][0] for angle in angles])


def _field_db(relative: NDArray[np.float64]) -> NDArray[np.float64]:
    least = 10.0 ** (-NULL_DB / 20.0)
    return np.asarray(np.abs(20.0 * np.log10(np.maximum(relative, least))), np.float64)


def read_splat(az: Path | None, el: Path | None) -> AntennaPattern:
    """Read the pattern of SPLAT!: an ``.az`` file, an ``.el`` file, or both.

    Fields between the rows are interpolated linearly, as SPLAT! does, round the circle in azimuth.
    The cuts are sampled at whole degrees; a beam narrower than 3 degrees loses some tenths of a dB
    at its peak. Above 10 degrees over the horizon, where the format ends, the last field holds.

    Raises
    ------
    FileError
        A rule of the format is broken; the message names the file and the line.
    UsageError
        Neither file is given.
    MissingError, SurroundingsError
        A file does not exist or cannot be read.
    """
    if az is None and el is None:
        raise UsageError("give an .az file, an .el file or both; a pattern without cuts is none")
    horizontal = np.zeros(DEGREES)
    level = np.zeros(181)  # depressions -90 ... 90
    azimuth = tilt = direction = 0.0
    assumed = []
    if az is not None:
        head, angles, values = _splat_file(Path(az), 1, 0.0, 360.0)
        if angles[0] == 0 and angles[-1] == 360 and abs(values[0] - values[-1]) > 0.001:
            raise FileError(
                f"{Path(az).name}: 0 degrees has the field {values[0]:g} and 360 degrees "
                f"{values[-1]:g}; they are one direction, keep one of them"
            )
        azimuth = direction = head[0] % DEGREES
        horizontal = _field_db(np.interp(np.arange(DEGREES), angles, values, period=DEGREES))
    if el is not None:
        head, angles, values = _splat_file(Path(el), 2, -90.0, 90.0)
        if angles[0] > -10 or angles[-1] < 90:
            raise FileError(
                f"{Path(el).name} has elevations from {angles[0]:g} to {angles[-1]:g} degrees; "
                "-10 (above the horizon) to 90 (straight down) are due"
            )
        tilt = head[0]
        if abs(tilt) > 90:
            raise FileError(f"{Path(el).name}, first line: the tilt {tilt:g} is beyond 90 degrees")
        direction = head[1] % DEGREES if len(head) > 1 else azimuth
        level = _field_db(np.interp(np.arange(-90, 91), angles, values))
        if angles[0] > -90:
            assumed.append(f"pattern above {-angles[0]:g} degrees over the horizon")
    vertical = np.empty(DEGREES)
    degrees = np.arange(DEGREES)
    front = (degrees <= 90) | (degrees >= 270)
    vertical[front] = level[(degrees[front] + 180) % DEGREES - 180 + 90]
    vertical[~front] = level[180 - degrees[~front] + 90] + horizontal[180]
    files = [Path(file) for file in (az, el) if file is not None]
    return AntennaPattern(
        name=clean_text(files[0].stem, NAME_CHARS),
        freq_mhz=None,
        gain_dbi=None,
        electrical_tilt_deg=None,
        horizontal_db=horizontal,
        vertical_db=vertical,
        source=clean_text(" + ".join(file.name for file in files), NAME_CHARS),
        assumed=tuple(assumed),
        mounting=Mounting(azimuth, tilt, direction),
    )
