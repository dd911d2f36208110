"""How a table is declared, and how rows are checked against the declaration.

A :class:`Table` is declared once (see :mod:`.tables`) and drives reading, validation messages,
documentation and the API. Units stand in the column names. The check returns problems; it never
raises for bad data, so that a user sees all of them at once.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from .errors import Problem
from .named_files import is_plain_file_name

__all__ = ["Column", "ColumnType", "GeometryType", "Table", "check", "coerce", "empty_frame"]

ColumnType = Literal["id", "ids", "text", "number", "integer", "boolean", "date"]
GeometryType = Literal["none", "point", "line", "polygon"]

_TRUE = {"1", "true", "yes", "y", "t", "是", "有", "真"}
_FALSE = {"0", "false", "no", "n", "f", "否", "无", "假"}
_ID_MAX_CHARS = 64
_TEXT_MAX_CHARS = 2000


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table: its type, unit, range, meaning and what it refers to.

    Attributes
    ----------
    name
        With the unit at its end where it has one (``height_m``).
    type
        ``id`` is text that keeps leading zeros; ``ids`` is a list of ids separated by ``;``.
    description
        One sentence for documentation, the import template and the API.
    minimum, maximum
        Allowed range of a number, both included.
    choices
        Allowed words; empty for any.
    or_file
        Beside the choices, the plain name of a file in the project's directory is allowed.
    references
        ``table.column`` that must hold the value, where a value is given.
    required
        An empty cell is an error.
    default
        What an empty cell becomes when it is not required (None stays empty).
    form
        Judges the text of a cell: None where it is sound, else the rule it breaks and the way out
        (:mod:`.cell_forms`).
    """

    name: str
    type: ColumnType
    description: str
    unit: str = ""
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[str, ...] = ()
    references: str = ""
    required: bool = False
    default: str | float | int | bool | None = None
    or_file: bool = False
    form: Callable[[str], tuple[str, str] | None] | None = None

    def allows(self, word: object) -> bool:
        """Whether a word is one of the choices, or a file's name where that is allowed."""
        return (
            not self.choices or word in self.choices or (self.or_file and is_plain_file_name(word))
        )

    def rule(self) -> str:
        """Say what a value must be, in words a spreadsheet user understands."""
        if self.choices:
            file = ", or the plain name of a file in the project's directory"
            return "must be one of " + ", ".join(self.choices) + (file if self.or_file else "")
        if self.type == "id":
            return f"must be an id of 1 to {_ID_MAX_CHARS} characters without control or direction characters"
        if self.type == "ids":
            return "must be ids separated by ;"
        if self.type == "text":
            return f"must be text of at most {_TEXT_MAX_CHARS} characters"
        if self.type == "boolean":
            return "must be true or false"
        if self.type == "date":
            return "must be a date as YYYY-MM-DD"
        noun = "a whole number" if self.type == "integer" else "a number"
        unit = f" in {self.unit}" if self.unit else ""
        if self.minimum is not None and self.maximum is not None:
            return f"must be {noun}{unit} from {self.minimum:g} to {self.maximum:g}"
        if self.minimum is not None:
            return f"must be {noun}{unit} of at least {self.minimum:g}"
        return f"must be {noun}{unit}"


@dataclass(frozen=True, slots=True)
class Table:
    """A table of the model.

    Attributes
    ----------
    name
        Plural noun, also the file's stem.
    key
        Column that names a row.
    geometry
        ``point`` tables hold ``lon`` and ``lat`` (WGS-84 degrees) and may live in a CSV;
        ``line`` and ``polygon`` tables hold a geometry and live in GeoJSON or GeoPackage.
    """

    name: str
    key: str
    description: str
    geometry: GeometryType
    columns: tuple[Column, ...]

    def __getitem__(self, column: str) -> Column:
        for candidate in self.columns:
            if candidate.name == column:
                return candidate
        raise KeyError(column)

    def __contains__(self, column: object) -> bool:
        return any(candidate.name == column for candidate in self.columns)

    @property
    def names(self) -> list[str]:
        """Column names in order."""
        return [column.name for column in self.columns]

    @property
    def file_name(self) -> str:
        """The file that holds the table when ``ngbw.toml`` names no other."""
        suffix = "geojson" if self.geometry in ("line", "polygon") else "csv"
        return f"{self.name}.{suffix}"


def empty_frame(table: Table) -> pd.DataFrame:
    """Return the table with its columns and no rows."""
    return coerce(table, pd.DataFrame({name: pd.Series(dtype="str") for name in table.names}))


def _is_empty(value: object) -> bool:
    if value is None or value is pd.NA or value is pd.NaT:
        return True
    if isinstance(value, float):
        return math.isnan(value)
    return isinstance(value, str) and not value.strip()


def _parse(column: Column, value: object) -> object:
    """Return the value as the column's type; raise ValueError where it is not one."""
    text = str(value).strip()
    if column.type in ("id", "ids", "text"):
        limit = _ID_MAX_CHARS if column.type == "id" else _TEXT_MAX_CHARS
        if isinstance(value, float) and value.is_integer():
            text = str(int(value))  # a spreadsheet turns the id 7 into 7.0
        if len(text) > limit or (column.type != "text" and not text.isprintable()):
            raise ValueError(text)
        parsed: object = text
    elif column.type == "boolean":
        word = text.lower().removesuffix(".0")
        if word not in _TRUE | _FALSE:
            raise ValueError(text)
        return word in _TRUE
    elif column.type == "date":
        return pd.Timestamp(text).date().isoformat()
    else:
        number = float(text.replace(",", "").replace("−", "-"))
        if not math.isfinite(number):
            raise ValueError(text)
        if column.type == "integer" and not number.is_integer():
            raise ValueError(text)
        if column.minimum is not None and number < column.minimum:
            raise ValueError(text)
        if column.maximum is not None and number > column.maximum:
            raise ValueError(text)
        parsed = int(number) if column.type == "integer" else number
    if not column.allows(parsed):
        raise ValueError(text)
    return parsed


_DTYPES = {
    "id": "str",
    "ids": "str",
    "text": "str",
    "date": "str",
    "number": "float64",
    "integer": "Int64",
    "boolean": "boolean",
}


def coerce(table: Table, frame: pd.DataFrame) -> pd.DataFrame:
    """Return the frame with every declared column in its type and defaults filled in.

    Values that :func:`check` reports become empty. Columns the table does not declare are kept
    behind the declared ones, as text; a ``geometry`` column stays last and untouched.
    """
    out = pd.DataFrame(index=frame.index)
    for column in table.columns:
        if column.name not in frame.columns:
            values: list[object] = [column.default] * len(frame)
        else:
            values = []
            for value in frame[column.name].tolist():
                if _is_empty(value):
                    values.append(column.default)
                    continue
                try:
                    values.append(_parse(column, value))
                except (ValueError, OverflowError):
                    values.append(None)
        if _DTYPES[column.type] == "str":
            filled = ["" if value is None else str(value) for value in values]
            out[column.name] = pd.Series(filled, index=frame.index, dtype="object")
        elif column.type == "number":
            out[column.name] = pd.Series(
                [math.nan if value is None else value for value in values], index=frame.index
            ).astype("float64")
        else:
            out[column.name] = pd.Series(values, index=frame.index, dtype=_DTYPES[column.type])
    for name in frame.columns:
        if name not in out.columns and name != "geometry":
            out[name] = frame[name]
    if "geometry" in frame.columns:
        out["geometry"] = frame["geometry"]
    return out


def _cell_problems(
    table: Table, frame: pd.DataFrame, file: str, first_row: int
) -> Iterator[Problem]:
    for column in table.columns:
        if column.name not in frame.columns:
            if column.required:
                have = ", ".join(str(name) for name in frame.columns if name != "geometry")
                yield Problem(
                    "error",
                    file,
                    table.name,
                    None,
                    column.name,
                    "",
                    f"the table has no column {column.name!r} ({column.description})",
                    f"add it or name the column that holds it with --map {column.name}=THEIRS; "
                    f"the file has: {have or 'no columns'}",
                )
            continue
        for number, value in enumerate(frame[column.name].tolist(), start=first_row):
            if _is_empty(value):
                if column.required:
                    yield Problem(
                        "error",
                        file,
                        table.name,
                        number,
                        column.name,
                        "",
                        f"must not be empty ({column.description})",
                        "fill it in",
                    )
                continue
            broken: tuple[str, str] | None = None
            try:
                parsed = _parse(column, value)
            except (ValueError, OverflowError):
                broken = (column.rule(), "correct the cell")
            else:
                broken = None if column.form is None else column.form(str(parsed))
            if broken is not None:
                yield Problem(
                    "error", file, table.name, number, column.name, str(value)[:80], *broken
                )


def check(
    table: Table, frame: pd.DataFrame, *, file: str = "", first_row: int = 2
) -> list[Problem]:
    """List every cell that breaks the declaration of its column, and every repeated key.

    Parameters
    ----------
    frame
        Raw values, as text or as typed by the file format.
    file
        Name to show; the table's own file name by default.
    first_row
        Number of the first data row as the user counts it (2 below a heading).

    Returns
    -------
    list of Problem
        Empty when the table is sound. References between tables are checked by
        :func:`ngbw.topology.references.references`, geometry by ``validate.geometries``.
    """
    file = file or table.file_name
    problems = list(_cell_problems(table, frame, file, first_row))
    if table.key in frame.columns:
        seen: dict[str, int] = {}
        for number, value in enumerate(frame[table.key].tolist(), start=first_row):
            if _is_empty(value):
                continue
            text = str(value).strip()
            if text in seen:
                problems.append(
                    Problem(
                        "error",
                        file,
                        table.name,
                        number,
                        table.key,
                        text[:80],
                        f"is already the {table.key} of row {seen[text]}; it must be unique",
                        "give the row an id of its own or delete the double",
                    )
                )
            else:
                seen[text] = number
    return problems
