"""An empty workbook to fill in: one sheet per table with our headings, and a sheet that explains.

The sheet ``help`` says for each column what it means, its unit, its range or its words, and gives
an example. Cells with a fixed set of words offer them in a list. A template that nobody filled in
is refused by the import with the word that it has no rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from .errors import SurroundingsError, UsageError
from .formats.spreadsheet import save_workbook
from .formats.whole_file import replacing
from .schema import Column, Table
from .tables import TABLES, find_table

__all__ = ["HELP_SHEET", "example", "tables_named", "write_template"]

HELP_SHEET = "help"

_HELP = ("table", "column", "required", "what it means", "unit", "rule", "when empty", "example")
_WIDTHS = (11, 19, 9, 62, 9, 62, 14, 34)
_LISTED_ROWS = 5000

_EXAMPLES: dict[str, str] = {
    "lon": "121.511",
    "lat": "31.301",
    "name": "五角场",
    "name_en": "Wujiaochang",
    "source": "site survey 2026-05",
    "assumed": "antenna_height_m",
    "census_year": "2020",
    "mgmt_address": "192.0.2.17",
    "host": "www.example.net",
    "mail_domain": "example.net",
    "area_id": "310110001",
    "people": "146",
    "azimuth_deg": "120",
    "freq_mhz": "698",
    "power_dbm": "43",
    "antenna_height_m": "38.5",
    "places.kind": "metro_station",
    "targets.meaning": "90 % of residents are served",
    "metric": "coverage.share",
    "targets.value": "0.9",
    "targets.unit": "share",
}
_GEOMETRY = {
    "line": ("the line as WKT, longitude first", "LINESTRING (121.51 31.30, 121.52 31.31)"),
    "polygon": (
        "the outline as WKT, longitude first",
        "POLYGON ((121.51 31.30, 121.52 31.30, 121.52 31.31, 121.51 31.30))",
    ),
}


def example(table: Table, column: Column) -> str:
    """Return a value that the column takes.

    Examples
    --------
    >>> example(TABLES["sites"], TABLES["sites"]["state"])
    'built'
    """
    for name in (f"{table.name}.{column.name}", column.name):
        if name in _EXAMPLES:
            return _EXAMPLES[name]
    if column.choices:
        return column.choices[0]
    target = column.references.partition(".")[0] or table.name
    stem = TABLES[target].key.removesuffix("_id").upper()
    if column.type == "id":
        return f"{stem}-001"
    if column.type == "ids":
        return f"{stem}-001;{stem}-002"
    if column.type == "boolean":
        return "true"
    if column.type == "date":
        return "2026-05-01"
    if column.type in ("number", "integer"):
        low = 0.0 if column.minimum is None else column.minimum
        return f"{max(low, 1.0 if column.maximum is None else min(1.0, column.maximum)):g}"
    return "" if column.default is None else str(column.default)


def tables_named(stem: str) -> tuple[str, ...]:
    """Return the table that a file's stem names, or all tables when it names none."""
    name = stem.lower()
    return (name,) if name in TABLES else tuple(TABLES)


def _head(sheet: Worksheet, headings: Sequence[str], required: Sequence[bool]) -> None:
    sheet.append(list(headings))
    for cell, needed in zip(sheet[1], required, strict=True):
        cell.font = Font(bold=True)
        if needed:
            cell.fill = PatternFill("solid", fgColor="FFF2CC")
    sheet.freeze_panes = "A2"


def _table_sheet(book: Workbook, table: Table) -> None:
    sheet = book.create_sheet(table.name)
    names = [*table.names, *(["geometry"] if table.geometry in _GEOMETRY else [])]
    needed = [column.required for column in table.columns] + [True] * (
        len(names) - len(table.columns)
    )
    _head(sheet, names, needed)
    columns = {column.name: column for column in table.columns}
    for number, name in enumerate(names, start=1):
        letter = get_column_letter(number)
        sheet.column_dimensions[letter].width = max(12, len(name) + 3)
        column = columns.get(name)
        if column is not None and column.type in ("id", "ids", "text"):
            # Text stays text: a spreadsheet would make 7 of the id 007.
            sheet.column_dimensions[letter].number_format = "@"
        if column is not None and column.choices:
            words = DataValidation(
                type="list", formula1=f'"{",".join(column.choices)}"', allow_blank=True
            )
            words.error = column.rule()
            words.add(f"{letter}2:{letter}{_LISTED_ROWS}")
            sheet.add_data_validation(words)


def _help_sheet(book: Workbook, tables: Sequence[Table]) -> None:
    sheet = book.create_sheet(HELP_SHEET)
    _head(sheet, _HELP, [False] * len(_HELP))
    for number, width in enumerate(_WIDTHS, start=1):
        sheet.column_dimensions[get_column_letter(number)].width = width
    for table in tables:
        sheet.append([table.name, "", "", table.description])
        for cell in sheet[sheet.max_row]:
            cell.font = Font(bold=True)
        for column in table.columns:
            sheet.append(
                [
                    table.name, column.name, "yes" if column.required else "",
                    column.description, column.unit, column.rule(),
                    "" if column.default is None else str(column.default),
                    example(table, column),
                ]
            )  # fmt: skip
        if table.geometry in _GEOMETRY:
            meaning, shown = _GEOMETRY[table.geometry]
            sheet.append([table.name, "geometry", "yes", meaning, "deg", "WGS-84", "", shown])
    for row in sheet.iter_rows(min_row=2):
        for cell in row:
            cell.alignment = Alignment(wrap_text=True, vertical="top")


def write_template(path: str | Path, tables: Sequence[str] | None = None) -> tuple[str, ...]:
    """Write an empty workbook for some tables, and say for which.

    Parameters
    ----------
    path
        Ends in ``.xlsx``. A stem that is a table's name (``sites.xlsx``) means that table.
    tables
        Names of tables; by the file's name when None.

    Raises
    ------
    UsageError
        The file exists, which may have been filled in, or its name does not end in ``.xlsx``.
    MissingError
        There is no such table.
    SurroundingsError
        The place cannot be written.
    """
    target = Path(path)
    if target.suffix.lower() != ".xlsx":
        raise UsageError(f"{target.name} must end in .xlsx; a template is a workbook")
    if target.exists():
        raise UsageError(
            f"{target} exists and may have been filled in; name another file or delete it"
        )
    names = tuple(tables) if tables is not None else tables_named(target.stem)
    declared = [find_table(name) for name in names]
    if not declared:
        raise UsageError(f"{target.name} would have no table; name at least one")
    if not target.parent.is_dir():
        raise SurroundingsError(f"{target.parent} is not a directory; make it first")

    def build() -> Workbook:
        book = Workbook()
        book.remove(book.worksheets[0])
        for table in declared:
            _table_sheet(book, table)
        _help_sheet(book, declared)
        return book

    with replacing(target) as temporary:
        save_workbook(build, temporary)
    return names
