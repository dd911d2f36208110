"""What is wrong with imported rows, and which rows are left out for it.

The rules of the table are :func:`.schema.check`'s; here they meet what the reading of positions
already said, the geometry, and the rows of other tables that a replacement would leave dangling.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from ..errors import NgbwError, Problem
from ..files import FileTable
from ..formats.plain_values import plain
from ..project import Project
from ..references import known_keys, table_references
from ..schema import Table
from ..tables import TABLES
from ..validate import geometries
from .foreign_table import FILE_ROW, REASON
from .headings import Headings
from .hidden_characters import cell_problems

__all__ = [
    "all_problems",
    "in_their_words",
    "misfit_problems",
    "rejected_rows",
    "stranded_rows",
    "undated_people",
    "with_way_around",
]


def all_problems(
    table: Table,
    values: pd.DataFrame,
    positions: Sequence[Problem],
    file: str,
    first_row: int,
    headings: Sequence[str],
) -> list[Problem]:
    """Return the problems of every cell, those of positions in place of the general ones.

    Parameters
    ----------
    values
        Cells under our names.
    positions
        What reading the positions found.
    headings
        The file's, for the message that a column is missing.
    """
    whole = any(problem.row is None for problem in positions)
    said = {(problem.row, problem.column) for problem in positions}
    problems = list(positions)
    for problem in cell_problems(table, values, file=file, first_row=first_row):
        coordinate = problem.column in ("lon", "lat")
        if coordinate and (
            whole or (problem.row, problem.column) in said or (problem.row, "lon, lat") in said
        ):
            continue
        if problem.row is None and problem.column not in values.columns:
            have = ", ".join(headings) or "no columns"
            fix = (
                f"name the column that holds it with --map {problem.column}=THEIRS, or its value "
                f"with --set {problem.column}=VALUE; the file has: {have}"
            )
            problems.append(replace(problem, fix=fix))
        else:
            problems.append(problem)
    return problems + geometries(table, values, file, first_row=first_row)


def misfit_problems(table: Table, file: FileTable, problems: Sequence[Problem]) -> list[Problem]:
    """Return the problems with one for each row that does not fit the heading.

    What else is said of such a row is left out: its cells stand in the wrong columns.
    """
    return [problem for problem in problems if problem.row not in file.misfits] + [
        Problem(
            "error", file.path.name, table.name, row, None, "", misfit,
            "complete the row, name the column or clear the cell",
        )
        for row, misfit in file.misfits.items()
    ]  # fmt: skip


def with_way_around(problems: Sequence[Problem]) -> list[Problem]:
    """Return the problems of cells with the option that leaves their row out of this import."""
    around = "leave the row out with --skip-bad"
    return [
        replace(problem, fix=f"{problem.fix}, or {around}")
        if problem.row is not None and problem.severity == "error" and around not in problem.fix
        else problem
        for problem in problems
    ]


def in_their_words(problems: Sequence[Problem], headings: Headings) -> list[Problem]:
    """Return the problems with the file's own heading beside our column where they differ."""
    theirs = {match.column: match.heading for match in headings.matches}
    return [
        replace(problem, column=f"{theirs[problem.column]} ({problem.column})")
        if problem.row is not None
        and problem.column is not None
        and theirs.get(problem.column, problem.column) != problem.column
        else problem
        for problem in problems
    ]


def stranded_rows(
    project: Project, table: Table, existing: pd.DataFrame, keys: set[str]
) -> list[Problem]:
    """List rows of other tables that name a row which replacing the table would remove."""
    if set(existing[table.key]) <= keys:
        return []
    problems = []
    for name, other in TABLES.items():
        refers = any(c.references.partition(".")[0] == table.name for c in other.columns)
        if name == table.name or not refers:
            continue
        try:
            frame = project.table(name)
        except NgbwError:
            continue  # broken already; ngbw validate says how
        before = known_keys({table.name: existing})
        all_known = {target: set(_named_ids(frame, other, target)) for target in TABLES}
        dangling = {
            (p.row, p.column, p.value)
            for p in table_references(other, frame, {**all_known, table.name: before[table.name]})
        }
        after = table_references(
            other, frame, {**all_known, table.name: keys}, file=project.path_of(name).name
        )
        problems += [
            Problem(
                "error", p.file, name, None, p.column, p.value,
                f"row {p.row} names a row of {table.name} that the file does not have, so it "
                "would be left without it",
                f"add that row to the file, change {p.file} first, or import without --replace",
            )
            for p in after
            if p.severity == "error" and (p.row, p.column, p.value) not in dangling
        ]  # fmt: skip
    return problems


def _named_ids(frame: pd.DataFrame, table: Table, target: str) -> list[str]:
    """Return every id of ``target`` that the table names, so that those count as known."""
    return [
        part.strip()
        for column in table.columns
        if column.references.partition(".")[0] == target
        for cell in frame[column.name].tolist()
        for part in (str(cell).split(";") if column.type == "ids" else [str(cell)])
    ]


def undated_people(table: Table, rows: pd.DataFrame) -> list[tuple[str, str, str]]:
    """Say when people are given without the year in which they were counted."""
    people = {"demand": "people", "areas": "population"}.get(table.name)
    if people is None:
        return []
    undated = int((rows[people].notna() & rows["census_year"].isna()).sum())
    if not undated:
        return []
    return [
        (
            f"{undated} rows count people without the year of the count",
            "give it with --set census_year=YEAR",
            "census_year",
        )
    ]


def rejected_rows(file: FileTable, problems: Sequence[Problem]) -> pd.DataFrame:
    """Return the bad rows as the file has them, with the reasons."""
    reasons: dict[int, list[str]] = {}
    for problem in problems:
        if problem.row is not None:
            place = f"{problem.column}: " if problem.column else ""
            reasons.setdefault(problem.row - file.first_row, []).append(
                f"{place}{problem.rule}; {problem.fix}"
            )
    rows = sorted(reasons)
    out = file.frame.iloc[rows].reset_index(drop=True).copy()
    if "geometry" in out.columns:
        if {"lon", "lat"} <= set(out.columns):
            out = out.drop(columns="geometry")
        else:
            shapes = [plain(shape) for shape in out["geometry"].tolist()]
            out["geometry"] = pd.Series(shapes, index=out.index, dtype=object)
    out = out.drop(columns=[name for name in (REASON, FILE_ROW) if name in out.columns])
    out[FILE_ROW] = [row + file.first_row for row in rows]
    out[REASON] = [" | ".join(reasons[row]) for row in rows]
    return out
