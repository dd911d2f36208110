"""Takes a foreign table into a project: read, understand, check, show; then write, whole or not.

:func:`prepare_import` does everything but writing. What it hands back says which heading was taken
for which column and why, how many rows are new, changed or bad, what was assumed and what looks
odd, so that it can be shown before anything happens. :func:`apply_import` writes it as one change
that :mod:`.history` can take back.

Nothing is written while a row is bad, unless ``skip_bad`` says to leave those rows out; they then
go to ``rejects.xlsx`` with their reasons, ready to be corrected and imported again.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .datum import is_chinese_datum
from .errors import MissingError, NgbwError, Problem, SurroundingsError, TableError
from .files import FileTable, write_table_file
from .formats.plain_values import plain_columns
from .formats.spreadsheet import write_xlsx
from .formats.whole_file import FULL_DISK
from .history import commit
from .intake.filling import Assumed, fill_assumed, is_blank, translate_choices
from .intake.foreign_table import (
    blank_rows,
    cells_under_our_names,
    checked_defaults,
    read_foreign,
    with_areas,
    with_defaults,
    with_keys,
    with_positions,
)
from .intake.headings import Headings, Match, match_headings
from .intake.hidden_characters import hidden_text_warnings
from .intake.import_checks import (
    all_problems,
    in_their_words,
    misfit_problems,
    rejected_rows,
    stranded_rows,
    undated_people,
    with_way_around,
)
from .intake.merging import keep_existing, merge_rows
from .intake.population import is_raster
from .project import Project
from .references import known_keys, table_references
from .schema import Table, coerce, empty_frame
from .settings import SETTINGS_FILE
from .tables import TABLES, find_table
from .targets import beyond_cells
from .validate import (
    datum_warnings,
    district_warnings,
)

__all__ = [
    "REJECTS",
    "AppliedImport",
    "PreparedImport",
    "apply_import",
    "prepare_import",
    "rendered_table",
]

REJECTS = "rejects.xlsx"
"""Where rows go that ``skip_bad`` leaves out."""


@dataclass(frozen=True, slots=True)
class PreparedImport:
    """An import that was checked and not yet written.

    Attributes
    ----------
    table
        Name of our table.
    path, format, layer, encoding
        The file, and how it was read.
    crs
        What its positions were taken to be.
    headings
        Our column, their heading and why, in our order.
    unmatched
        Their headings that mean none of our columns; those columns are kept as they are.
    key
        Where the rows' ids come from, in words.
    rows_read, rows_good
        Rows of the file, blank ones left out; rows that keep every rule.
    rows_new, rows_changed, rows_unchanged, rows_removed
        What the good rows do to the table; only ``replace`` removes.
    problems
        Everything that is wrong.
    warnings
        What is odd and imported all the same.
    notes
        What was understood: words translated, units converted, subdistricts found.
    assumed
        Columns that were filled because the file has no value.
    frame
        The whole table as it would be written.
    rejects
        The bad rows as the file has them, with a ``reason`` column.
    skip_bad
        Whether the bad rows are left out.
    base_sha256
        Hash of the project's file when it was read; None when there was none.
    """

    table: str
    path: Path
    format: str
    layer: str | None
    encoding: str | None
    crs: str
    headings: tuple[Match, ...]
    unmatched: tuple[str, ...]
    key: str
    rows_read: int
    rows_good: int
    rows_new: int
    rows_changed: int
    rows_unchanged: int
    rows_removed: int
    problems: tuple[Problem, ...]
    warnings: tuple[Problem, ...]
    notes: tuple[str, ...]
    assumed: tuple[Assumed, ...]
    frame: pd.DataFrame
    rejects: pd.DataFrame
    skip_bad: bool
    base_sha256: str | None

    def to_dict(self) -> dict[str, Any]:
        """Return the preview as plain data for ``--json``, without the rows."""
        return {
            "table": self.table,
            "file": self.path.name,
            "format": self.format,
            "layer": self.layer,
            "encoding": self.encoding,
            "crs": self.crs,
            "headings": [
                {"column": m.column, "heading": m.heading, "how": m.how, "unit": m.unit}
                for m in self.headings
            ],
            "unmatched": list(self.unmatched),
            "key": self.key,
            "rows": {
                "read": self.rows_read,
                "good": self.rows_good,
                "new": self.rows_new,
                "changed": self.rows_changed,
                "unchanged": self.rows_unchanged,
                "removed": self.rows_removed,
            },
            "problems": [problem.to_dict() for problem in self.problems],
            "warnings": [problem.to_dict() for problem in self.warnings],
            "notes": list(self.notes),
            "assumed": [
                {"column": a.column, "value": a.value, "rows": a.rows, "source": a.source}
                for a in self.assumed
            ],
        }


@dataclass(frozen=True, slots=True)
class AppliedImport:
    """An import that was written.

    Attributes
    ----------
    number
        Number of the change for ``ngbw undo``; None when the table already was as the file says.
    path
        The project's file of the table.
    rows
        Rows that the table has now.
    rejects
        File with the rows that were left out; None when there were none.
    """

    number: int | None
    path: Path
    rows: int
    rejects: Path | None


def prepare_import(
    project: Project,
    table: str,
    path: str | Path,
    *,
    mapping: Mapping[str, str] | None = None,
    defaults: Mapping[str, str] | None = None,
    crs: str | None = None,
    skip_bad: bool = False,
    replace: bool = False,
    layer: str | None = None,
    band: int | None = None,
) -> PreparedImport:
    """Read a foreign table and say what importing it would do; writes nothing.

    Parameters
    ----------
    table
        Name of our table.
    path
        A table file, or a GeoTIFF of people for the table ``demand``.
    mapping
        Our column to their heading, where it is not found or not the one that is found.
    defaults
        Our column to the value that its empty cells take (``--set kind=district``).
    crs
        What the positions are in: ``gcj02``, ``bd09``, ``wgs84`` or ``EPSG:n``; WGS-84 when None
        and the headings do not say otherwise.
    skip_bad
        Leave bad rows out.
    replace
        Rows of the table that the file does not have go.
    layer
        Sheet or layer of the file; the first when None.
    band
        Band of a raster, from 1.

    Raises
    ------
    UsageError
        An option contradicts the file or names what does not exist.
    MissingError, FileError, SurroundingsError
        The file cannot be read.
    TableError
        Two headings mean one column, or the project's own table is broken.
    """
    declared = find_table(table)
    source = Path(path)
    given = checked_defaults(declared, defaults or {})
    file, notes, warned = read_foreign(declared, source, given, crs, layer, band)
    existing, base_sha256 = _existing(project, declared, replace)
    if is_raster(source):
        crs = None  # the cells' centres are WGS-84 already
    areas, warnings = _lenient(project, "areas", source.name)
    warnings += [_warning(declared, file, rule, fix) for rule, fix in warned]
    cells = _understood(declared, file, areas, given, mapping, crs)
    warnings += cells.warnings
    values = keep_existing(declared, cells.values, cells.keys, existing)
    typed = coerce(declared, values)
    found = all_problems(
        declared, values, cells.problems, source.name, file.first_row, cells.file_headings
    )
    found += _references(project, declared, file, cells, typed, existing, replace)
    found += _beyond_cells(project, declared, file, typed, found)
    found = misfit_problems(declared, file, in_their_words(found, cells.headings))
    found = with_way_around(found)
    # A blank row among the others breaks rules that nobody wants to hear of.
    blank_numbers = {file.first_row + row for row in np.flatnonzero(cells.blank).tolist()}
    found = [problem for problem in found if problem.row not in blank_numbers]
    problems = [problem for problem in found if problem.severity == "error"]
    warnings += [problem for problem in found if problem.severity == "warning"]
    bad = {problem.row - file.first_row for problem in problems if problem.row is not None}
    good = np.array([row not in bad for row in range(len(typed))], dtype=bool) & ~cells.blank
    rows = typed[good].reset_index(drop=True)
    if replace:
        staying = set(rows[declared.key]) if skip_bad else set(cells.keys)
        problems += stranded_rows(project, declared, existing, staying)
    transmitter = project.settings.services.get(project.settings.headline_service, {})
    rows, assumed, missing = fill_assumed(
        declared, rows, cells.present[good].reset_index(drop=True), transmitter.get("transmitter")
    )
    for column in missing:
        rule = "is empty in some rows, and the headline service's transmitter has no default for it"
        fix = f"fill the column or give the figure in {SETTINGS_FILE}"
        warnings.append(_warning(declared, file, rule, fix, column))
    warnings += hidden_text_warnings(declared, values, source.name, first_row=file.first_row)
    warnings += district_warnings(declared, typed, areas, source.name, first_row=file.first_row)
    if cells.crs is None or not is_chinese_datum(cells.crs):
        # New places are held against those that the project had before.
        places = _lenient(project, "places", source.name)[0]
        warnings += datum_warnings(declared, rows, places, source.name)
    warnings += [_warning(declared, file, *text) for text in undated_people(declared, rows)]
    merged = merge_rows(declared, existing, rows, replace=replace)
    return PreparedImport(
        table=table,
        path=source,
        format=file.format,
        layer=file.layer,
        encoding=file.encoding,
        crs=cells.crs or file.crs or "WGS-84",
        headings=cells.headings.matches,
        unmatched=cells.headings.unmatched,
        key=cells.key_words,
        rows_read=int((~cells.blank).sum()),
        rows_good=len(rows),
        rows_new=merged.new,
        rows_changed=merged.changed,
        rows_unchanged=merged.unchanged,
        rows_removed=merged.removed,
        problems=tuple(sorted(problems, key=lambda problem: problem.row or 0)),
        warnings=tuple(warnings),
        notes=(*notes, *cells.notes),
        assumed=tuple(assumed),
        frame=merged.frame,
        rejects=rejected_rows(file, problems),
        skip_bad=skip_bad,
        base_sha256=base_sha256,
    )


def _warning(
    table: Table, file: FileTable, rule: str, fix: str, column: str | None = None, value: str = ""
) -> Problem:
    return Problem("warning", file.path.name, table.name, None, column, value, rule, fix)


@dataclass(frozen=True, slots=True)
class _Understood:
    """A file's cells under our names, and what was understood on the way.

    ``present`` says for each row and column of ours whether the file itself has a value.
    """

    values: pd.DataFrame
    keys: list[str]
    key_words: str
    crs: str | None
    headings: Headings
    file_headings: list[str]
    blank: NDArray[np.bool_]
    present: pd.DataFrame
    problems: list[Problem]
    warnings: list[Problem]
    notes: list[str]


def _understood(
    table: Table,
    file: FileTable,
    areas: pd.DataFrame,
    defaults: Mapping[str, str],
    mapping: Mapping[str, str] | None,
    crs: str | None,
) -> _Understood:
    """Bring the cells under our names, into our words, our units and WGS-84."""
    file_headings = [str(column) for column in file.frame.columns if column != "geometry"]
    headings = match_headings(table, file_headings, mapping, file=file.path.name)
    warnings = [
        _warning(table, file, note, "the column is kept as it is") for note in headings.notes
    ]
    blank = blank_rows(file.frame)
    values, crs, notes = cells_under_our_names(table, file, headings, crs)
    values, translated = translate_choices(table, with_defaults(values, defaults, blank))
    notes += translated
    values, key_words = with_keys(table, file, headings, values)
    keys = coerce(table, values[[table.key]])[table.key].tolist()
    problems: list[Problem] = []
    if table.geometry == "point":
        values, problems, written = with_positions(table, file, headings, values, crs)
        notes += [f"{written} positions are in degrees, minutes and seconds"] if written else []
    present = pd.DataFrame(
        {
            column: [not is_blank(cell) for cell in values[column].tolist()]
            for column in values.columns
            if column in table
        },
        index=values.index,
    )
    if "area_id" in table and table.key != "area_id":
        values, found, unknown = with_areas(values, areas, headings)
        notes += found
        if unknown:
            shown = ", ".join(unknown[:5]) + (" ..." if len(unknown) > 5 else "")
            rule = f"{len(unknown)} names of subdistricts are none of the project's areas"
            fix = "their rows get the subdistrict of their position, where there is one"
            warnings.append(_warning(table, file, rule, fix, "area_id", shown))
    return _Understood(
        values, [str(key) for key in keys], key_words, crs, headings, file_headings, blank,
        present, problems, warnings, notes,
    )  # fmt: skip


def _references(
    project: Project,
    table: Table,
    file: FileTable,
    cells: _Understood,
    typed: pd.DataFrame,
    existing: pd.DataFrame,
    replace: bool,
) -> list[Problem]:
    """List the cells that name rows which neither the project nor the file has."""
    names = known_keys(
        {
            other: _of_project(project, other, table, cells.present)
            for other in TABLES
            if other != table.name
        }
    )
    names[table.name] = set(cells.keys) | (set() if replace else set(existing[table.key]))
    return list(
        table_references(table, typed, names, file=file.path.name, first_row=file.first_row)
    )


def _beyond_cells(
    project: Project, table: Table, file: FileTable, typed: pd.DataFrame, found: Sequence[Problem]
) -> list[Problem]:
    """List what cells that are sound by themselves say wrong together."""
    targets = _lenient(project, "targets", "")[0] if table.name == "statements" else None
    beyond = beyond_cells(table, typed, targets, file=file.path.name, first_row=file.first_row)
    said = {(problem.row, problem.column) for problem in found}
    return [problem for problem in beyond if (problem.row, problem.column) not in said]


# ------------------------------------------------------------------ what the project has


def _existing(project: Project, table: Table, replace: bool) -> tuple[pd.DataFrame, str | None]:
    """Return the rows the project has, and the hash of the file they are in."""
    path = project.path_of(table.name)
    digest = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else None
    try:
        # Read anew: this project may have been opened before another process wrote the table.
        fresh = Project(project.directory, project.settings)
        return fresh.table(table.name), digest
    except NgbwError:
        if not replace:
            raise  # to write it again would lose what cannot be read
    return empty_frame(table), digest


def _lenient(project: Project, table: str, file: str) -> tuple[pd.DataFrame, list[Problem]]:
    """Return a table that an import only looks at; a broken one counts as empty, with a word."""
    try:
        return project.table(table), []
    except NgbwError:
        return empty_frame(TABLES[table]), [
            Problem(
                "warning", file, table, None, None, "",
                f"the project's table {table} is broken and was not looked at",
                "see ngbw validate",
            )
        ]  # fmt: skip


def _of_project(project: Project, other: str, table: Table, present: pd.DataFrame) -> pd.DataFrame:
    """Return another table of the project when the import refers to it, else an empty one."""
    for column in table.columns:
        target = column.references.partition(".")[0]
        used = column.name in present.columns and bool(present[column.name].any())
        if target == other and (used or other == "areas"):
            return _lenient(project, other, "")[0] if other == "areas" else project.table(other)
    return empty_frame(TABLES[other])


# ------------------------------------------------------------------ writing


def rendered_table(path: Path, frame: pd.DataFrame, table: Table) -> dict[str, bytes]:
    """Return the files that hold the table, by name; a Shapefile is several."""
    with tempfile.TemporaryDirectory() as folder:
        write_table_file(Path(folder) / path.name, frame, table=table)
        return {part.name: part.read_bytes() for part in Path(folder).iterdir()}


def _rejects_bytes(rejects: pd.DataFrame) -> bytes:
    columns = plain_columns(rejects.rename(columns={"geometry": " geometry"}), REJECTS)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / REJECTS
        write_xlsx(path, {"rejects": {name.strip(): cells for name, cells in columns.items()}})
        return path.read_bytes()


def _written(project: Project, prepared: PreparedImport, table: Table, path: Path) -> int | None:
    """Write the table and the rows left out as one change, and return its number."""
    changes: dict[str, bytes | None] = {}
    if prepared.rows_new or prepared.rows_changed or prepared.rows_removed:
        changes.update(rendered_table(path, prepared.frame, table))
    rejected = len(prepared.rejects)
    if rejected:
        changes[REJECTS] = _rejects_bytes(prepared.rejects)
    number = None
    if changes:
        left_out = f", {rejected} left out" if rejected else ""
        number = commit(
            project.directory,
            changes,
            f"import {prepared.path.name} into {table.name}: {prepared.rows_new} new, "
            f"{prepared.rows_changed} changed, {prepared.rows_removed} removed{left_out}",
            expected={path.name: prepared.base_sha256},
        )
        # The project must not answer from what it read before.
        project._cache.clear()
    return number


def apply_import(project: Project, prepared: PreparedImport) -> AppliedImport:
    """Write a prepared import as one change.

    Raises
    ------
    TableError
        Rows are bad and ``skip_bad`` does not leave them out, no row is good, or the table as a
        whole is wrong; carries every problem. Nothing is written.
    SurroundingsError
        The disk refuses, or somebody changed the table since the import was prepared.
    """
    table = find_table(prepared.table)
    whole = [problem for problem in prepared.problems if problem.row is None]
    if prepared.problems and (not prepared.skip_bad or whole or not prepared.rows_good):
        raise TableError(prepared.problems)
    path = project.path_of(table.name)
    if path.parent.resolve() != project.directory.resolve():
        raise MissingError(f"{path} does not lie in the project {project.directory}")
    try:
        number = _written(project, prepared, table, path)
    except OSError as error:
        reason = error if error.errno is not None else error.__context__
        if error.__cause__ is None and isinstance(reason, OSError) and reason.errno in FULL_DISK:
            raise SurroundingsError(
                f"{prepared.path.name} cannot be imported into {project.directory}: no space left "
                "on its disk or for temporary files; free some. Nothing was changed"
            ) from error
        raise
    rejected = len(prepared.rejects)
    return AppliedImport(
        number, path, len(prepared.frame), project.directory / REJECTS if rejected else None
    )
