"""Makes a frame of rows that stand under a heading, as in a CSV file or a sheet.

The row numbers of messages are those a spreadsheet shows: 1 is the first row of the file. Blank
rows above the heading and below the last row are left out; one in between stays, so that the
numbers stay true.

A sheet made for print often has a title over its table, in one cell or merged across. When the
first row is such a title and one of the next four reads like headings, that one is taken, and
said. A row that does not fit the heading keeps its place, so that all of them can be named.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice

import numpy as np
import pandas as pd
import shapely
from shapely.errors import ShapelyError
from shapely.geometry.base import BaseGeometry

from ..errors import FileError
from ..intake.headings import is_known_heading
from .raw_table import MAX_COLUMNS, check_row_count, checked_geometries, object_frame

__all__ = ["HeadedRows", "check_fit", "frame_under_heading"]

_FLAT_WKT = re.compile(r"\s*(?:MULTI)?(?:POINT|LINESTRING|POLYGON)[^()]*", re.IGNORECASE)
_MAX_PARENTHESES = 3
_HEADING_WITHIN = 5
_SHOWN_ROWS = 20


@dataclass(frozen=True, slots=True)
class HeadedRows:
    """The rows of a file under their heading.

    Attributes
    ----------
    first_row
        Number of the first data row.
    misfits
        Row number to what is wrong, for rows with too few or too many cells. Their cells stand
        in the frame as far as it is wide, and mean nothing.
    notes
        What was understood: a title above the heading that was left out.
    """

    frame: pd.DataFrame
    first_row: int
    misfits: Mapping[int, str]
    notes: tuple[str, ...]


def _is_blank(cell: object) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip())


def _heading(cells: Sequence[object], name: str) -> list[str]:
    """Return the column names, "" for a column without one."""
    names = [("" if cell is None else str(cell)).strip() for cell in cells]
    while names and not names[-1]:
        names.pop()
    if len(names) > MAX_COLUMNS:
        raise FileError(
            f"{name} has {len(names)} columns, more than the {MAX_COLUMNS} that are read; "
            "delete the columns that are not needed"
        )
    seen: dict[str, int] = {}
    for number, column in enumerate(names, start=1):
        if column and column in seen:
            raise FileError(
                f"{name} has two columns named {column!r} (columns {seen[column]} and {number}); "
                "rename or delete one"
            )
        seen[column] = number
    return names


def _known(cells: Sequence[object]) -> int:
    return sum(isinstance(cell, str) and is_known_heading(cell) for cell in cells)


def _filled(cells: Sequence[object]) -> int:
    return sum(not _is_blank(cell) for cell in cells)


def _below_title(rows: Iterable[Sequence[object]]) -> tuple[Iterator[Sequence[object]], list[str]]:
    """Return the rows, those of a title made blank, and the title's lines."""
    remaining = iter(rows)
    ahead: list[Sequence[object]] = []
    while sum(map(bool, map(_filled, ahead))) < _HEADING_WITHIN:
        row = next(remaining, None)
        if row is None:
            break
        ahead.append(row)
    first = next((number for number, row in enumerate(ahead) if _filled(row)), len(ahead))
    known = [_known(row) for row in ahead]
    if first < len(ahead) and (_filled(ahead[first]) == 1 or not known[first]):
        best = max(range(first, len(ahead)), key=lambda number: known[number])
        if known[best] >= 2 and _filled(ahead[best]) > _filled(ahead[first]):
            title = [str(cell).strip() for row in islice(ahead, best) for cell in row
                     if not _is_blank(cell)]  # fmt: skip
            blank: list[Sequence[object]] = [() for _ in range(best)]
            return chain(blank, ahead[best:], remaining), title
    return chain(ahead, remaining), []


def _misfit(cells: Sequence[object], names: Sequence[str], whole_rows: bool) -> str:
    """Return what keeps a row from fitting its heading, "" when nothing does."""
    if whole_rows and len(cells) < len(names):
        return f"has {len(cells)} cells, the heading has {len(names)}"
    for number, cell in enumerate(cells):
        if not _is_blank(cell) and (number >= len(names) or not names[number]):
            return (
                f"has a value in column {number + 1}, which has no heading "
                f"(the heading has {len(names)} columns): {str(cell)[:40]!r}"
            )
    return ""


def frame_under_heading(
    rows: Iterable[Sequence[object]], name: str, *, whole_rows: bool = False
) -> HeadedRows:
    """Return the frame of the rows and the number of its first data row.

    A column named ``geometry`` holds well-known text (``POLYGON ((...))``) and becomes geometry.

    Parameters
    ----------
    whole_rows
        A row with fewer cells than the heading is a misfit; otherwise it ends in empty cells.

    Raises
    ------
    FileError
        There is no heading, two columns have one name, or there are too many rows or columns.
    """
    names: list[str] | None = None
    data: list[list[object]] = []
    misfits: dict[int, str] = {}
    blanks = 0
    first_row = 2
    below, title = _below_title(rows)
    for number, row in enumerate(below, start=1):
        if all(_is_blank(cell) for cell in row):
            blanks += 1
            continue
        if names is None:
            names = _heading(row, name)
            first_row = number + 1
            blanks = 0
            continue
        check_row_count(len(data) + blanks + 1, name)
        data.extend([""] * len(names) for _ in range(blanks))
        blanks = 0
        if misfit := _misfit(row, names, whole_rows):
            misfits[number] = misfit
        cells = list(row[: len(names)])
        cells.extend([""] * (len(names) - len(cells)))
        data.append(cells)
    if names is None:
        raise FileError(f"{name} is empty; its first row must name the columns")
    if misfits and len(misfits) == len(data) and sum(map(bool, names)) == 1:
        raise FileError(
            f"{name}, row {first_row - 1} has only {next(filter(None, names))[:40]!r} where the "
            f"headings should be; row {next(iter(misfits))} {next(iter(misfits.values()))}; "
            "delete the title row above the headings"
        )
    columns: dict[str, list[object]] = {
        column: [row[position] for row in data] for position, column in enumerate(names) if column
    }
    if "geometry" in columns:
        for number in misfits:
            columns["geometry"][number - first_row] = None
        columns["geometry"] = list(_geometries(columns["geometry"], name, first_row))
    notes: tuple[str, ...] = ()
    if title:
        above = " ".join(title)[:80]
        notes = (
            f"row {first_row - 1} holds the headings; what stands above is left out: {above!r}",
        )
    return HeadedRows(object_frame(columns, len(data)), first_row, misfits, notes)


def check_fit(misfits: Mapping[int, str], name: str) -> None:
    """Refuse a file with rows that do not fit its heading, and name them all."""
    if not misfits:
        return
    said = [f"row {number} {misfit}" for number, misfit in islice(misfits.items(), _SHOWN_ROWS)]
    more = len(misfits) - len(said)
    raise FileError(
        f"{name}, {'; '.join(said)}{f'; and {more} more rows' if more else ''}; complete the "
        "row, name the column or clear the cell"
    )


def _geometries(cells: Sequence[object], name: str, first_row: int) -> list[BaseGeometry | None]:
    geometries: list[BaseGeometry | None] = []
    for number, cell in enumerate(cells, start=first_row):
        if _is_blank(cell):
            geometries.append(None)
            continue
        text = str(cell)
        geometry = _from_wkt(text)
        if geometry is None:
            raise FileError(
                f"{name}, row {number}, column geometry is {text[:40]!r}; it must be well-known "
                "text such as POINT (121.5 31.3), or the column must have another name"
            )
        geometries.append(geometry)
    return checked_geometries(geometries, name, noun="row")


def _from_wkt(text: str) -> BaseGeometry | None:
    """Parse flat WKT only: GEOS follows nested collections until the stack is full."""
    depth = deepest = 0
    for character in text:
        if character == "(":
            depth += 1
            deepest = max(deepest, depth)
        elif character == ")":
            depth -= 1
    if deepest > _MAX_PARENTHESES or _FLAT_WKT.match(text) is None:
        return None
    try:
        with np.errstate(invalid="ignore"):  # numbers that are none are found later
            return shapely.from_wkt(text)
    except ShapelyError:
        return None
