"""Which rows name rows of other tables, and which of those do not exist."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pandas as pd

from .errors import Problem
from .schema import Table
from .tables import TABLES

__all__ = ["known_keys", "references", "split_ids", "table_references"]


def split_ids(cell: object) -> tuple[str, ...]:
    """Return the ids of an ``ids`` cell."""
    return tuple(part.strip() for part in str(cell).split(";") if part.strip())


def known_keys(tables: Mapping[str, pd.DataFrame]) -> dict[str, set[str]]:
    """Return the keys that each table has; a table that is not given has none."""
    return {
        name: set(tables[name][table.key].astype(str)) - {""} if name in tables else set()
        for name, table in TABLES.items()
    }


def table_references(
    table: Table,
    frame: pd.DataFrame,
    keys: Mapping[str, set[str]],
    *,
    file: str = "",
    first_row: int = 2,
) -> Iterator[Problem]:
    """List the cells of one typed table that name a row which does not exist.

    Parameters
    ----------
    keys
        From :func:`known_keys`.
    """
    file = file or table.file_name
    for column in table.columns:
        target = column.references.partition(".")[0]
        if not target or column.name not in frame.columns:
            continue
        for row, cell in enumerate(frame[column.name].tolist(), start=first_row):
            named = split_ids(cell) if column.type == "ids" else (str(cell),) if cell else ()
            for gone in sorted({name for name in named if name not in keys[target]}):
                yield Problem(
                    "error", file, table.name, row, column.name, gone[:80],
                    f"must be a {TABLES[target].key} of the table {target}, which has none of "
                    "that name",
                    f"correct the id or add the row to {target} first",
                )  # fmt: skip
    if {"a_site", "b_site"} <= set(frame.columns):
        ends = zip(frame["a_site"].tolist(), frame["b_site"].tolist(), strict=True)
        for row, (a_site, b_site) in enumerate(ends, start=first_row):
            if a_site and a_site == b_site:
                yield Problem(
                    "warning", file, table.name, row, "b_site", str(b_site)[:80],
                    "is the same site as a_site; the link connects nothing",
                    "give the other end",
                )  # fmt: skip


def references(
    tables: Mapping[str, pd.DataFrame],
    files: Mapping[str, str] | None = None,
    *,
    first_rows: Mapping[str, int] | None = None,
) -> list[Problem]:
    """List every cell that names a row of another table which does not exist.

    Parameters
    ----------
    tables
        Typed tables by name; a table that is not given has no rows.
    files
        Names to show; each table's own file name by default.
    first_rows
        Number of a table's first data row as the user counts it, 2 by default.

    Returns
    -------
    list of Problem
        Dangling ids as errors, links whose two ends are one site as warnings.
    """
    keys = known_keys(tables)
    return [
        problem
        for name, table in TABLES.items()
        if name in tables
        for problem in table_references(
            table,
            tables[name],
            keys,
            file=(files or {}).get(name, ""),
            first_row=(first_rows or {}).get(name, 2),
        )
    ]
