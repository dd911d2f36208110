"""Makes a frame of rows that stand under a heading, as in a CSV file or a sheet.

The row numbers of messages are those a spreadsheet shows: 1 is the first row of the file. Blank
rows above the heading and below the last row are left out; one in between stays, so that the
numbers stay true.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd
import shapely
from shapely.errors import ShapelyError
from shapely.geometry.base import BaseGeometry

from ..errors import FileError
from .raw_table import MAX_COLUMNS, check_row_count, checked_geometries, object_frame

__all__ = ["frame_under_heading"]

_FLAT_WKT = re.compile(r"\s*(?:MULTI)?(?:POINT|LINESTRING|POLYGON)[^()]*", re.IGNORECASE)
_MAX_PARENTHESES = 3


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


def frame_under_heading(rows: Iterable[Sequence[object]], name: str) -> tuple[pd.DataFrame, int]:
    """Return the frame and the number of its first data row.

    A row that is shorter than the heading ends in empty cells. A column named ``geometry`` holds
    well-known text (``POLYGON ((...))``) and becomes geometry.

    Raises
    ------
    FileError
        There is no heading, two columns have one name, a cell stands under no heading, or there
        are too many rows or columns.
    """
    names: list[str] | None = None
    data: list[list[object]] = []
    blanks = 0
    first_row = 2
    for number, row in enumerate(rows, start=1):
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
        cells = list(row[: len(names)])
        cells.extend([""] * (len(names) - len(cells)))
        stray = next((i for i, cell in enumerate(row) if not _is_blank(cell) and (
            i >= len(names) or not names[i])), None)  # fmt: skip
        if stray is not None:
            raise FileError(
                f"{name}, row {number} has a value in column {stray + 1}, which has no heading "
                f"(the heading has {len(names)} columns); name the column or clear the cell"
            )
        data.append(cells)
    if names is None:
        raise FileError(f"{name} is empty; its first row must name the columns")
    columns: dict[str, list[object]] = {
        column: [row[position] for row in data] for position, column in enumerate(names) if column
    }
    if "geometry" in columns:
        columns["geometry"] = list(_geometries(columns["geometry"], name, first_row))
    return object_frame(columns, len(data)), first_row


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
