"""Understands the text of MapInfo files: the header of a TAB, and MIF with its MID.

GDAL reads the geometry of both, but two things it does not do: a number that is empty in a MID it
gives as 0 (and an unknown height is not 0), and a header that says ``Neutral`` leaves Chinese text
undecoded. So the attributes of MIF/MID are read here, and GDAL gets a copy without them.
"""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from pathlib import Path

from ..errors import FileError
from .raw_table import MAX_COLUMNS, check_row_count
from .text_encoding import decode_text

__all__ = ["Mif", "charset_codec", "check_tab_header", "read_mif"]

_CODECS = {
    "windowssimpchinese": "gb18030",
    "windowstradchinese": "cp950",
    "windowslatin1": "cp1252",
    "windowslatin2": "cp1250",
    "windowscyrillic": "cp1251",
    "windowsjapanese": "cp932",
    "windowskorean": "cp949",
    "utf-8": "utf-8",
}
_MAX_HEADER_LINES = 5_000
_COLUMN = re.compile(r"\s*(\S+)\s+([A-Za-z]+)")
_QUOTED = re.compile(r'"([^"]*)"')
_KEEP = ("coordsys", "transform", "bounds")


def charset_codec(charset: str) -> str | None:
    """Return the codec of a MapInfo charset; None for ``Neutral`` and unknown ones."""
    return _CODECS.get(charset.strip().lower())


def check_tab_header(text: str, name: str) -> str | None:
    """Check that a TAB describes one native table, and return the codec that it states.

    A TAB may also be a view, a seamless table or a link, each of which names other files that
    would be opened.

    Raises
    ------
    FileError
        The header is not that of a native table.
    """
    lower = re.sub(r"\s+", " ", text.lower())
    if not lower.lstrip().startswith("!table"):
        raise FileError(
            f"{name} is not a MapInfo table: it does not begin with !table; export it as TAB"
        )
    native = re.search(r"definition table .*?type native\b", lower)
    others = ("create view", "open table", "isseamless", "type linked", "type odbc", ' file "')
    if native is None or any(word in lower for word in others):
        raise FileError(
            f"{name} is a MapInfo view, link or seamless table, which points at other files; "
            "save it in MapInfo as a copy of the native kind"
        )
    charset = re.search(r'charset "([^"]{1,40})"', lower)
    return charset_codec(charset[1]) if charset is not None else None


@dataclass(frozen=True, slots=True)
class Mif:
    """A MIF and its MID, the attributes read and the geometry still as text.

    Attributes
    ----------
    columns
        The attributes, typed; an empty cell is None.
    geometry_mif, geometry_mid
        The same objects with one attribute, the number of the row, for GDAL.
    """

    columns: dict[str, list[object]]
    rows: int
    encoding: str
    geometry_mif: bytes
    geometry_mid: bytes


def _decode(data: bytes, codec: str | None, name: str) -> tuple[str, str]:
    if codec is not None and codec != "utf-8":
        try:
            return data.decode(codec), codec
        except UnicodeDecodeError:
            pass  # the header is wrong about it, as exporters' headers are
    return decode_text(data, name, "MIF")


def _cell(text: str, kind: str) -> object:
    value = text.strip()
    if kind == "char":
        return text
    if not value:
        return None
    if kind == "logical":
        return {"T": True, "F": False}.get(value.upper(), value)
    if kind == "date" and re.fullmatch(r"[0-9]{8}", value):
        return f"{value[:4]}-{value[4:6]}-{value[6:]}"
    try:
        if kind in ("integer", "smallint", "largeint"):
            return int(value)
        if kind in ("float", "decimal"):
            return float(value)
    except ValueError:
        pass  # stays text, and the table's check says so with the row
    return value


def read_mif(mif: Path, mid: Path) -> Mif:
    """Read the header and the attributes of a MIF and its MID.

    Raises
    ------
    FileError
        The header is not that of a MIF, or a row of the MID has too few or too many cells.
    """
    data = mif.read_bytes()
    head = data[:2000].decode("latin-1")
    stated = re.search(r'^\s*charset\s+"([^"]{1,40})"', head, re.IGNORECASE | re.MULTILINE)
    codec = charset_codec(stated[1]) if stated is not None else None
    text, encoding = _decode(data, codec, mif.name)
    if not re.match(r"\s*version\s+[0-9]+", text, re.IGNORECASE):
        raise FileError(
            f"{mif.name} is not a MIF: it does not begin with Version; export it as MIF"
        )
    fields: list[tuple[str, str]] = []
    kept = ["Version 300", 'Charset "Neutral"', 'Delimiter ","']
    delimiter = "\t"
    stream = io.StringIO(text)
    for _ in range(_MAX_HEADER_LINES):
        line = stream.readline()
        word, _, rest = line.strip().partition(" ")
        if not line or word.lower() == "data":
            break
        if word.lower() == "delimiter" and (quoted := _QUOTED.search(rest)) and quoted[1]:
            delimiter = quoted[1][0]
        elif word.lower() == "columns":
            fields = _fields(stream, rest, mif.name)
        elif word.lower() in _KEEP:
            kept.append(line.strip())
    if not fields:
        raise FileError(f"{mif.name} names no columns before its Data; export it as MIF again")
    rows, mid_encoding = _mid_rows(mid, delimiter, codec, len(fields))
    body = stream.read()
    kept += ["Columns 1", "  row Integer", "Data", "", body]
    return Mif(
        {
            name: [_cell(row[position], kind) for row in rows]
            for position, (name, kind) in enumerate(fields)
        },
        len(rows),
        mid_encoding if rows else encoding,
        "\n".join(kept).encode("utf-8"),
        "".join(f"{number}\n" for number in range(len(rows))).encode("ascii"),
    )


def _fields(stream: io.StringIO, count: str, name: str) -> list[tuple[str, str]]:
    number = int(count) if count.strip().isdigit() and len(count.strip()) < 6 else 0
    if number > MAX_COLUMNS:
        raise FileError(f"{name} has {number} columns; at most {MAX_COLUMNS} are read")
    fields: list[tuple[str, str]] = []
    for _ in range(number):
        match = _COLUMN.match(stream.readline())
        if match is None:
            raise FileError(f"{name} describes fewer columns than the {number} it announces")
        if match[1] in {field for field, _ in fields}:
            raise FileError(f"{name} has two columns named {match[1]!r}; rename one")
        fields.append((match[1], match[2].lower()))
    return fields


def _mid_rows(
    mid: Path, delimiter: str, codec: str | None, width: int
) -> tuple[list[list[str]], str]:
    text, encoding = _decode(mid.read_bytes(), codec, mid.name)
    rows: list[list[str]] = []
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            if not row and width > 1:
                continue
            row = row or [""]
            check_row_count(len(rows) + 1, mid.name)
            if len(row) != width:
                raise FileError(
                    f"{mid.name}, row {len(rows) + 1} has {len(row)} cells, the header of the MIF "
                    f"has {width} columns; export both again"
                )
            rows.append(row)
    except (csv.Error, TypeError) as error:
        raise FileError(f"{mid.name}, row {len(rows) + 1} cannot be read: {error}") from None
    return rows, encoding
