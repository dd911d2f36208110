"""What an antenna radiates, as two cuts, and how the text of a pattern file is read.

The readers of :mod:`.msi` and :mod:`.splat` share this: the record they make, the
lines of a file in whichever encoding it is, and numbers that are numbers. A file's text is hostile
until shown otherwise: control characters are dropped, lengths are capped.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...topology.errors import FileError, InputError
from ...topology.formats.text_encoding import decode_text, foreign_content
from ..plain_file import plain_file_bytes

__all__ = [
    "COMMENT_CHARS",
    "DEGREES",
    "MAX_FILE_BYTES",
    "NAME_CHARS",
    "NUMBER",
    "AntennaPattern",
    "Mounting",
    "clean_text",
    "shown",
    "text_lines",
    "to_number",
]

MAX_FILE_BYTES = 1_000_000
"""A pattern has about 10 kB; whatever is larger is something else."""

DEGREES = 360
NAME_CHARS = 100
COMMENT_CHARS = 500

NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?")
"""A number as these files write it; Python's own idea of one is wider."""

_NEW_LINE = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True, slots=True)
class Mounting:
    """How a file says that its antenna stands.

    Attributes
    ----------
    azimuth_deg
        Direction of the horizontal cut's 0, clockwise from north.
    tilt_deg
        Mechanical downtilt.
    tilt_azimuth_deg
        Direction in which the antenna leans.
    """

    azimuth_deg: float = 0.0
    tilt_deg: float = 0.0
    tilt_azimuth_deg: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class AntennaPattern:
    """Two cuts through what an antenna radiates, as a file gives them.

    Attributes
    ----------
    name
        From the file, without control characters; the file's stem where it has none.
    freq_mhz
        Frequency of the measurement; None where the file does not say.
    gain_dbi
        In the main direction; None where the file does not say.
    electrical_tilt_deg
        Downtilt that is in the vertical cut already, as the file states it; None where it does
        not. Where the beam really points is read off the cut (:mod:`.pattern_3d`).
    horizontal_db
        Attenuation in dB, 0 or more, at 0, 1, ... 359 degrees clockwise; read-only.
    vertical_db
        The same at 0 (horizon in front), 90 (down), 180 (behind), 270 (up); read-only.
    source
        Name of the file or files.
    comment
        Of the file, for display.
    assumed
        What the file does not say and a rule of its format filled in.
    mounting
        How the antenna stands, where the file says so.

    Raises
    ------
    InputError
        A cut has not 360 finite values of 0 or more.
    """

    name: str
    freq_mhz: float | None
    gain_dbi: float | None
    electrical_tilt_deg: float | None
    horizontal_db: NDArray[np.float64]
    vertical_db: NDArray[np.float64]
    source: str
    comment: str = ""
    assumed: tuple[str, ...] = ()
    mounting: Mounting | None = None

    def __post_init__(self) -> None:
        for cut in ("horizontal_db", "vertical_db"):
            values = np.array(getattr(self, cut), dtype=np.float64)
            if values.shape != (DEGREES,) or not (np.isfinite(values) & (values >= 0)).all():
                raise InputError(
                    f"{cut} of the antenna {self.name!r} must be {DEGREES} attenuations of 0 dB "
                    "or more, one for each degree"
                )
            values.flags.writeable = False
            object.__setattr__(self, cut, values)


def clean_text(text: str, most: int) -> str:
    """Return the text on one line, without characters that control a terminal or a page."""
    kept = "".join(c for c in text if c.isspace() or unicodedata.category(c)[0] != "C")
    return " ".join(kept.split())[:most]


def shown(text: str) -> str:
    """Return a file's text as a message shows it: quoted, clean and short."""
    return repr(clean_text(text, 40))


def text_lines(path: Path, wanted: str) -> list[str]:
    """Return the lines of a text file, in whichever encoding it is.

    Only names and comments are more than ASCII, so a file from Western Europe, whose degree sign
    is in no encoding that is tried first, is read as Latin-1.
    """
    data = plain_file_bytes(path, MAX_FILE_BYTES)
    try:
        text, _ = decode_text(data, path.name, wanted)
    except FileError:
        text = data.decode("latin-1")
        if foreign_content(data[:512]) is not None or re.search(r"[\x00-\x08\x0e-\x1f]", text):
            raise
    return _NEW_LINE.split(text)


def to_number(token: str, place: str, what: str) -> float:
    """Return the number that a word is, or raise FileError with the place and what is due."""
    if not NUMBER.fullmatch(token):
        hint = "; write the decimal sign as a point" if "," in token else ""
        raise FileError(f"{place} has {shown(token)} where {what} is due{hint}")
    return float(token)
