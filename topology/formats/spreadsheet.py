"""Reads and writes XLSX workbooks, values only.

Formulas are never run and never written: reading takes the values that the spreadsheet program
stored, writing stores every text as text, so that ``=HYPERLINK(...)`` stays the text that it is.
"""

from __future__ import annotations

import gc
import io
import re
import sys
import warnings
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO
from xml.etree.ElementTree import ParseError

import openpyxl
import openpyxl.styles
import openpyxl.utils
from openpyxl.cell import Cell, WriteOnlyCell
from openpyxl.utils.exceptions import InvalidFileException

from ..errors import FileError, MissingError
from .archives import open_archive
from .headed_rows import frame_under_heading
from .plain_values import Plain, plain
from .raw_table import MAX_COLUMNS, RawTable
from .text_encoding import foreign_content, whole_characters

__all__ = ["read_xlsx", "save_workbook", "sheet_names", "write_xlsx"]

_MAX_SHEET_ROWS = 1_048_576
_MAX_SHEET_COLUMNS = 16_384
_MAX_CELL_CHARS = 32_767
_MAX_EXACT_INTEGER = 2**53
_SHOWN_CELLS = 8
_MEASURED_ROWS = 500
_LEAST_WIDTH, _MOST_WIDTH = 6, 48
_FORMULA = re.compile(rb"<f[ />]")

# Characters that XML cannot hold are written _xHHHH_ in a workbook, and so is the underscore of
# text that looks like that already.
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_TO_ESCAPE = re.compile("[\0-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")

# What openpyxl raises on damaged or hostile workbooks; it checks little by itself.
_BROKEN = (
    AttributeError, EOFError, IndexError, InvalidFileException, KeyError, NotImplementedError,
    OverflowError, ParseError, TypeError, ValueError, zipfile.BadZipFile, zlib.error,
)  # fmt: skip


def _open(file: BinaryIO, name: str) -> Any:
    head = file.read(8)
    if not head.startswith(b"PK"):
        what = foreign_content(head) or "no workbook"
        raise FileError(f"{name} is {what}, not XLSX; save it as .xlsx without a password")
    archive = open_archive(file, name)
    if "[Content_Types].xml" not in archive.namelist():
        raise FileError(f"{name} is a ZIP archive but no workbook; save it as .xlsx again")
    file.seek(0)
    return openpyxl.load_workbook(file, read_only=True, data_only=True, keep_links=False)


def _rows(sheet: Any) -> Iterator[list[object]]:
    sheet.reset_dimensions()  # what the file says about its size may be wrong
    for row in sheet.iter_rows(values_only=True):
        cells: list[object] = []
        for value in row:
            if isinstance(value, str):
                text = _ESCAPED.sub(lambda match: chr(int(match[1], 16)), value)
                cells.append(whole_characters(text))
            else:
                cells.append(plain(value))
        while cells and cells[-1] is None:
            cells.pop()
        if len(cells) > 10 * MAX_COLUMNS:
            raise FileError(f"it has {len(cells)} columns; at most {MAX_COLUMNS} are read")
        yield cells


def _unsaved_formulas(path: Path, title: str, values: Any) -> list[str]:
    """Return the addresses of formulas whose values the file does not have."""
    with zipfile.ZipFile(path) as archive:
        parts = [part for part in archive.namelist() if part.startswith("xl/worksheets/")]
        if not any(_has_formula(archive, part) for part in parts):
            return []  # most files; they are not read again
    with path.open("rb") as file:
        book = openpyxl.load_workbook(file, read_only=True, data_only=False, keep_links=False)
        sheet = book[title]
        sheet.reset_dimensions()
        values.reset_dimensions()
        return [
            str(cell.coordinate)
            for cells, saved in zip(sheet.iter_rows(), values.iter_rows(), strict=False)
            for cell, value in zip(cells, saved, strict=False)
            if cell.data_type == "f" and value.value is None
        ]


def _has_formula(archive: zipfile.ZipFile, part: str) -> bool:
    with archive.open(part) as stream:
        before = b""
        while block := stream.read(1 << 20):
            if _FORMULA.search(before + block):
                return True
            before = block[-2:]
    return False


def _formula_warning(cells: Sequence[str]) -> tuple[tuple[str, str], ...]:
    if not cells:
        return ()
    more = f" and {len(cells) - _SHOWN_CELLS} more" if len(cells) > _SHOWN_CELLS else ""
    rule = (
        f"{', '.join(cells[:_SHOWN_CELLS])}{more}: a formula whose value is not in the file, "
        "so the cell is read as empty"
    )
    fix = "open the file in a spreadsheet program and save it again, or type in the value"
    return ((rule, fix),)


def _damaged(name: str, error: Exception) -> FileError:
    return FileError(
        f"{name} is not a sound workbook ({type(error).__name__}: {str(error)[:120]}); "
        "open it in a spreadsheet program and save it again as .xlsx"
    )


def read_xlsx(path: Path, layer: str | None) -> RawTable:
    """Read one sheet: the first, or the one that ``layer`` names.

    Numbers, true and false come typed, dates as ISO text.

    Raises
    ------
    FileError
        The file is no workbook, is damaged, or the sheet is no table under a heading.
    MissingError
        There is no sheet of that name.
    """
    with path.open("rb") as file, warnings.catch_warnings():
        # openpyxl warns of every feature that it leaves out; only the values matter here.
        warnings.simplefilter("ignore")
        try:
            book = _open(file, path.name)
            sheets = {sheet.title: sheet for sheet in book.worksheets}
            if not sheets:
                raise FileError(f"{path.name} has no sheet with cells; add one")
            title = layer if layer is not None else next(iter(sheets))
            if title not in sheets:
                raise MissingError(
                    f"{path.name} has no sheet {title!r}; it has {', '.join(sheets)}"
                )
            headed = frame_under_heading(_rows(sheets[title]), path.name)
            unsaved = _unsaved_formulas(path, title, sheets[title])
        except (FileError, MissingError):
            raise
        except _BROKEN as error:
            raise _damaged(path.name, error) from None
    return RawTable(
        headed.frame, None, None, headed.first_row, title,
        headed.misfits, headed.notes, _formula_warning(unsaved),
    )  # fmt: skip


def sheet_names(path: Path) -> list[str]:
    """Return the names of the sheets with cells."""
    with path.open("rb") as file, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return [str(sheet.title) for sheet in _open(file, path.name).worksheets]
        except FileError:
            raise
        except _BROKEN as error:
            raise _damaged(path.name, error) from None


def _escape(match: re.Match[str]) -> str:
    return f"_x{ord(match.group()):04X}_"


def write_xlsx(
    path: Path,
    sheets: Mapping[str, Mapping[str, Sequence[Plain]]],
    *,
    formats: Mapping[str, str] | None = None,
) -> None:
    """Write sheets of columns, with the headings frozen.

    Parameters
    ----------
    path
        Where to; use :func:`.whole_file.replacing` around it.
    sheets
        Sheet title to columns; titles have at most 31 characters.
    formats
        For a list that people read: number formats by heading. Given, even empty, headings are
        bold, columns as wide as what stands in them, and every sheet has a filter.

    Raises
    ------
    FileError
        There is more than a sheet or a cell can hold.
    """
    # Everything is checked before openpyxl begins: it cannot leave off in the middle of a sheet.
    checked = {
        title: _checked_rows(columns, f"{path.name} cannot be written")
        for title, columns in sheets.items()
    }

    def build() -> openpyxl.Workbook:
        book = openpyxl.Workbook(write_only=True)
        for title, rows in checked.items():
            sheet: Any = book.create_sheet(re.sub(r"[\[\]:*?/\\]", "_", title)[:31])
            sheet.freeze_panes = "A2"
            if formats is None:
                for row in rows:
                    sheet.append([_cell(sheet, value) for value in row])
            else:
                _dress(sheet, rows, formats)
        return book

    save_workbook(build, path)


def _dress(sheet: Any, rows: list[list[Plain]], formats: Mapping[str, str]) -> None:
    """Append rows to a sheet that people read."""
    number_formats = [formats.get(str(heading), "General") for heading in rows[0]]
    for column in range(len(rows[0])):
        widest = max(_width(row[column]) for row in rows[:_MEASURED_ROWS])
        letter = openpyxl.utils.get_column_letter(column + 1)
        sheet.column_dimensions[letter].width = min(max(widest, _LEAST_WIDTH), _MOST_WIDTH) + 2
        sheet.auto_filter.ref = f"A1:{letter}{len(rows)}"
    for number, row in enumerate(rows):
        cells = [_cell(sheet, value) for value in row]
        for cell, number_format in zip(cells, number_formats, strict=True):
            if cell is None:
                continue
            if number == 0:
                cell.font = openpyxl.styles.Font(bold=True)
            elif not isinstance(cell.value, (str, bool)):
                cell.number_format = number_format
        sheet.append(cells)


def _width(value: Plain) -> int:
    """Return how many digits wide a value is; a Chinese character is two."""
    text = "" if value is None else f"{value:.6g}" if isinstance(value, float) else str(value)
    return sum(2 if ord(letter) > 0x2E80 else 1 for letter in text)


def save_workbook(build: Callable[[], openpyxl.Workbook], path: Path) -> None:
    """Save the workbook that ``build`` makes; a full disk is one OSError and nothing more.

    A writer of openpyxl that fails half-way tries again when it is thrown away, and Python
    reports that on the terminal, behind the message. So it is thrown away here, quietly.
    """
    buffer = io.BytesIO()
    failure: OSError | None = None
    reported = sys.unraisablehook
    sys.unraisablehook = lambda _: None
    try:
        try:
            build().save(buffer)
        except OSError as error:
            failure = OSError(error.errno, error.strerror)
        if failure is not None:
            gc.collect()
    finally:
        sys.unraisablehook = reported
    if failure is not None:
        raise failure
    path.write_bytes(buffer.getvalue())


def _checked_rows(columns: Mapping[str, Sequence[Plain]], place: str) -> list[list[Plain]]:
    """Return the heading and the rows with texts as a workbook holds them."""
    count = max((len(values) for values in columns.values()), default=0)
    if count >= _MAX_SHEET_ROWS or len(columns) > _MAX_SHEET_COLUMNS:
        raise FileError(
            f"{place}: {count} rows and {len(columns)} columns are more than a sheet holds; "
            "write CSV or GeoPackage instead"
        )
    rows: list[list[Plain]] = []
    for number, row in enumerate([tuple(columns), *zip(*columns.values(), strict=True)], start=1):
        cells: list[Plain] = []
        for column, value in zip(columns, row, strict=True):
            text = value
            if type(value) is int and abs(value) > _MAX_EXACT_INTEGER:
                text = str(value)  # a spreadsheet counts in doubles
            if isinstance(text, str):
                text = _TO_ESCAPE.sub(_escape, text)
                if len(text) > _MAX_CELL_CHARS:
                    raise FileError(
                        f"{place}: row {number}, column {column} is longer than the "
                        f"{_MAX_CELL_CHARS} characters that a cell holds; write CSV, GeoJSON or "
                        "GeoPackage instead"
                    )
            cells.append(text)
        rows.append(cells)
    return rows


def _cell(sheet: Any, value: Plain) -> Cell | None:
    if value is None or value == "":
        return None
    cell = WriteOnlyCell(sheet, value=value)
    if isinstance(value, str):
        cell.data_type = "s"  # openpyxl has taken "=..." for a formula and "#N/A" for an error
    return cell
