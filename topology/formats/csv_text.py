"""Reads and writes CSV so that Excel, WPS, QGIS and git all get on with it.

Written is RFC 4180 quoting in UTF-8 with a byte order mark (without it Excel takes Chinese for
ANSI), with commas, and with a bare line feed after each row: the tables of a project live in git,
where CRLF makes every line of a diff look changed, and every reader accepts LF. Read is also what
others write: ``;`` or TAB between the cells, GB18030, UTF-16. Every cell is read as text, so that
the id ``007`` keeps its zeros.

A spreadsheet runs a text cell that begins with ``= + - @`` as a formula. Such a cell gets an
apostrophe in front when it is written, which a spreadsheet shows as plain text, and loses it when
it is read, so that what is read is what was written.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from ..errors import FileError
from .headed_rows import frame_under_heading
from .plain_values import Plain, as_text
from .raw_table import MAX_COLUMNS, RawTable
from .text_encoding import decode_text

__all__ = ["csv_text", "guard_formula", "read_csv", "unguard_formula"]

_DELIMITERS = (",", ";", "\t")
_MAX_LINE_CHARS = 4_000_000
_MAX_CELL_CHARS = 131_072  # the limit of Python's csv module, which other tools rely on too

_DANGEROUS = re.compile(r"'*[=+\-@\t\r]")
_GUARDED = re.compile(r"'+[=+\-@\t\r]")
_NUMBER = re.compile(r"[+-]?[0-9]+(?:\.[0-9]*)?(?:[eE][+-]?[0-9]+)?")
_QUOTED = re.compile(r"""[,;"\t\r\n]|^\s|\s$""")


def guard_formula(text: str) -> str:
    """Put an apostrophe before text that a spreadsheet would run as a formula.

    Text that is just a number stays as it is. Text that already begins with apostrophes and such
    a character gets one more, so that :func:`unguard_formula` gives back exactly what was there.

    Examples
    --------
    >>> guard_formula("=1+1"), guard_formula("-3.5"), guard_formula("'=x")
    ("'=1+1", '-3.5', "''=x")
    """
    if _DANGEROUS.match(text) and not _NUMBER.fullmatch(text):
        return "'" + text
    return text


def unguard_formula(text: str) -> str:
    """Take the apostrophe of :func:`guard_formula` off again."""
    return text[1:] if _GUARDED.match(text) else text


def _delimiter(text: str) -> str:
    """Return the delimiter that stands most often in the first row that has any.

    What stands in quotes does not count.
    """
    counts = dict.fromkeys(_DELIMITERS, 0)
    quoted = seen = False
    for character in text[:_MAX_LINE_CHARS]:
        if character == '"':
            quoted = not quoted
        elif character in "\r\n" and not quoted and any(counts.values()) and seen:
            break
        elif not quoted and character in counts:
            counts[character] += 1
        seen = seen or not character.isspace()
    return max(_DELIMITERS, key=lambda delimiter: counts[delimiter])


def _lines(text: str, name: str) -> Iterator[str]:
    for number, line in enumerate(io.StringIO(text, newline=""), start=1):
        if len(line) > _MAX_LINE_CHARS:
            raise FileError(
                f"{name}, line {number} is longer than {_MAX_LINE_CHARS} characters; "
                "it cannot be a row of a table"
            )
        yield line


def _rows(text: str, name: str) -> Iterator[list[str]]:
    """Yield the rows without guards."""
    reader = csv.reader(_lines(text, name), delimiter=_delimiter(text), strict=True)
    number = 0
    while True:
        number += 1
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise FileError(
                f"{name}, row {number} cannot be read as CSV ({error}); look for a quote that is "
                f"not closed or not doubled, near line {reader.line_num}"
            ) from None
        if len(row) > 10 * MAX_COLUMNS:
            raise FileError(f"{name} has {len(row)} columns; at most {MAX_COLUMNS} are read")
        yield [unguard_formula(cell) for cell in row]


def read_csv(path: Path) -> RawTable:
    """Read a CSV file as text cells under a heading.

    Raises
    ------
    FileError
        The file is empty, binary, in an unknown encoding, or not a table: a quote is open, two
        columns have one name.
    """
    text, encoding = decode_text(path.read_bytes(), path.name, "CSV")
    headed = frame_under_heading(_rows(text, path.name), path.name, whole_rows=True)
    return RawTable(
        headed.frame, None, encoding, headed.first_row, misfits=headed.misfits, notes=headed.notes
    )


def _cell(value: Plain, name: str, place: str) -> str:
    text = as_text(value)
    if isinstance(value, str):
        text = guard_formula(text)
        if "\0" in text:
            raise FileError(
                f"{name} cannot be written: {place} holds a NUL character, which no text file "
                "can hold; delete it"
            )
        if len(text) >= _MAX_CELL_CHARS:
            raise FileError(
                f"{name} cannot be written: {place} is longer than the {_MAX_CELL_CHARS} "
                "characters that a CSV cell holds; write GeoJSON or GeoPackage instead"
            )
    if _QUOTED.search(text):
        return '"' + text.replace('"', '""') + '"'
    return text


def csv_text(columns: Mapping[str, Sequence[Plain]], name: str, *, delimiter: str = ",") -> str:
    """Return the columns as the text of a CSV file, without the byte order mark.

    Parameters
    ----------
    name
        The file, for messages.
    delimiter
        Stands between the cells: a comma, or TAB in ``.tsv``.
    """
    lines = [[_cell(column, name, "the heading") for column in columns]]
    places = [f"column {column}" for column in columns]
    for number, row in enumerate(zip(*columns.values(), strict=True), start=2):
        lines.append(
            [
                _cell(value, name, f"row {number}, {place}")
                for value, place in zip(row, places, strict=True)
            ]
        )
    # A row of one empty cell would be a blank line, which readers leave out.
    return "".join((delimiter.join(line) or '""') + "\n" for line in lines)
