"""How imported rows come together with those a table has: same key, same row.

A cell that the import leaves empty keeps what the table had, so that a file with two columns can
correct two columns. New rows come behind the old ones, in the order of the file.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from ..formats.plain_values import as_text, plain
from ..schema import Table, coerce
from .filling import is_blank

__all__ = ["Merged", "keep_existing", "merge_rows", "same_cell"]


@dataclass(frozen=True, slots=True)
class Merged:
    """A table after an import, and what the import changed.

    Attributes
    ----------
    frame
        The whole table, typed.
    new, changed, unchanged, removed
        Numbers of rows.
    """

    frame: pd.DataFrame
    new: int
    changed: int
    unchanged: int
    removed: int


def _positions(existing: pd.DataFrame, key: str) -> dict[str, int]:
    return {str(name): number for number, name in enumerate(existing[key].tolist())}


def keep_existing(
    table: Table, values: pd.DataFrame, keys: Sequence[str], existing: pd.DataFrame
) -> pd.DataFrame:
    """Return the imported cells, the empty ones filled with what the same rows have already."""
    at = _positions(existing, table.key)
    known = [(row, at[key]) for row, key in enumerate(keys) if key in at]
    if not known:
        return values
    out = values.copy()
    names = [*table.names, *(["geometry"] if table.geometry in ("line", "polygon") else [])]
    for name in names:
        if name == table.key or name not in existing.columns:
            continue
        had = existing[name].tolist()
        cells: list[object] = (
            out[name].tolist() if name in out.columns else [None for _ in range(len(out))]
        )
        for row, old in known:
            if is_blank(cells[row]) and not is_blank(had[old]):
                cells[row] = had[old]
        if name in out.columns or not all(is_blank(cell) for cell in cells):
            out[name] = pd.Series(cells, index=out.index, dtype=object)
    return out


def same_cell(first: object, second: object) -> bool:
    """Say whether two cells hold the same: as a table file writes them, two empty ones too."""
    if is_blank(first) or is_blank(second):
        return is_blank(first) and is_blank(second)
    if isinstance(first, BaseGeometry) and isinstance(second, BaseGeometry):
        # Files turn rings and start them elsewhere; the shape is the same.
        return bool(shapely.normalize(first).equals_exact(shapely.normalize(second), 0.0))
    return as_text(plain(first)) == as_text(plain(second))


def merge_rows(
    table: Table, existing: pd.DataFrame, incoming: pd.DataFrame, *, replace: bool
) -> Merged:
    """Return the table after the import.

    Parameters
    ----------
    existing, incoming
        Typed rows; ``incoming`` has each key once.
    replace
        Rows that the import does not name go.
    """
    at = _positions(existing, table.key)
    names = [
        *table.names,
        *dict.fromkeys(
            str(name)
            for name in [*existing.columns, *incoming.columns]
            if name not in table and name != "geometry"
        ),
    ]
    if "geometry" in existing.columns or "geometry" in incoming.columns:
        names.append("geometry")
    old: dict[str, list[object]] = {
        name: existing[name].tolist() if name in existing.columns else [None] * len(existing)
        for name in names
    }
    coming: dict[str, list[object]] = {
        name: incoming[name].tolist() if name in incoming.columns else [None] * len(incoming)
        for name in names
    }
    new = changed = unchanged = 0
    kept: set[int] = set()
    rows: dict[str, list[object]] = {name: list(cells) for name, cells in old.items()}
    appended: list[int] = []
    for row, key in enumerate(str(name) for name in incoming[table.key].tolist()):
        place = at.get(key)
        if place is None:
            new += 1
            appended.append(row)
            continue
        kept.add(place)
        differs = False
        for name in names:
            cell = coming[name][row]
            if name not in incoming.columns or (name not in table and is_blank(cell)):
                continue
            if not same_cell(rows[name][place], cell):
                differs = True
                rows[name][place] = cell
        changed += differs
        unchanged += not differs
    gone = len(existing) - len(kept) if replace else 0
    order = [number for number in range(len(existing)) if not replace or number in kept]
    frame = pd.DataFrame(
        {
            name: pd.Series(
                [rows[name][number] for number in order]
                + [coming[name][number] for number in appended],
                dtype=object,
            )
            for name in names
        }
    )
    return Merged(coerce(table, frame), new, changed, unchanged, gone)
