"""What an import fills in: words of ours for words of theirs, keys, subdistricts, assumed figures.

Nothing is filled in silently: every function returns what it did, for the preview, and a figure
that was assumed has its column named in the row's ``assumed``.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from shapely.geometry.base import BaseGeometry

from ..schema import Table
from .heading_words import CHOICES, STATE_WORDS
from .headings import plain_heading
from .locating import subdistrict_at

__all__ = [
    "Assumed",
    "default_figures",
    "fill_areas",
    "fill_assumed",
    "generated_keys",
    "is_blank",
    "translate_choices",
]

_FILLED: dict[str, dict[str, str]] = {
    "sites": {"antenna_height_m": "height_m"},
    "cells": {
        "power_dbm": "power_dbm",
        "antenna": "pattern",
        "gain_dbi": "gain_dbi",
        "feeder_loss_db": "feeder_loss_db",
        "tilt_deg": "tilt_deg",
    },
}
"""Table -> its column -> the figure of the transmitter it takes. A cell's height is its site's."""

_WITHOUT_ANTENNA = ("headend", "olt", "idc", "exchange")
"""Kinds of sites that are rooms: an antenna height would be invented."""


@dataclass(frozen=True, slots=True)
class Assumed:
    """A column that an import fills because the file has no value.

    Attributes
    ----------
    column
        Of our table.
    value
        What was taken.
    rows
        How many rows took it.
    source
        Where the figure comes from.
    """

    column: str
    value: str
    rows: int
    source: str


def is_blank(value: object) -> bool:
    """Say whether a cell is empty."""
    if value is None or value is pd.NA or value is pd.NaT:
        return True
    if isinstance(value, float):
        return math.isnan(value)
    return isinstance(value, str) and not value.strip()


def translate_choices(table: Table, frame: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """Put our words for theirs, and say which.

    In a table of sites, a kind that is none of ours is kept as ``category`` (an extra column
    ``kind (file)`` where the category is taken), and a kind that is really a state (候选, 已建)
    goes to ``state``; the kind then takes its default.
    """
    out = frame.copy()
    said: list[str] = []
    for column in table.columns:
        words = CHOICES.get((table.name, column.name), {})
        if column.name not in out.columns or not (words or column.choices):
            continue
        ours = {plain_heading(choice): choice for choice in column.choices}
        translated: dict[str, str] = {}
        values: list[object] = []
        for value in out[column.name].tolist():
            plain = "" if is_blank(value) else plain_heading(str(value))
            word = ours.get(plain) or words.get(plain)
            if word is not None and word != value:
                translated[str(value)] = word
            values.append(value if word is None else word)
        out[column.name] = pd.Series(values, index=out.index, dtype=object)
        said += [f"{column.name}: {theirs} is {word}" for theirs, word in translated.items()]
    if table.name == "sites" and "kind" in out.columns:
        said += _move_foreign_kinds(table, out)
    return out, said


def _move_foreign_kinds(table: Table, out: pd.DataFrame) -> list[str]:
    """Move kinds of sites that are none of ours to where they do no harm; changes the frame."""
    kinds = out["kind"].tolist()
    blank: list[object] = [None] * len(out)
    state: list[object] = out["state"].tolist() if "state" in out.columns else list(blank)
    category: list[object] = out["category"].tolist() if "category" in out.columns else list(blank)
    extra: list[object] = list(blank)
    moved: dict[str, str] = {}
    for row, kind in enumerate(kinds):
        if is_blank(kind) or kind in table["kind"].choices:
            continue
        word = STATE_WORDS.get(plain_heading(str(kind)))
        if word is not None and is_blank(state[row]):
            state[row], moved[str(kind)] = word, f"state {word}"
        elif is_blank(category[row]):
            category[row], moved[str(kind)] = kind, "a category"
        else:
            extra[row], moved[str(kind)] = kind, "kept in the column 'kind (file)'"
        kinds[row] = None
    for name, values in (
        ("kind", kinds), ("state", state), ("category", category), ("kind (file)", extra)
    ):  # fmt: skip
        if name in out.columns or not all(is_blank(value) for value in values):
            out[name] = pd.Series(values, index=out.index, dtype=object)
    return [f"kind: {theirs} is none of ours; it is {where}" for theirs, where in moved.items()]


def generated_keys(stem: str, frame: pd.DataFrame) -> list[str]:
    """Return ids made of the file's name and each row's content, the same at every import.

    Rows that are equal in every cell are told apart by a number.
    """
    prefix = re.sub(r"[\s;]+", "-", "".join(c for c in stem if c.isprintable()))[:40] or "row"
    names = sorted(str(name) for name in frame.columns)
    columns = {str(name): frame[name].tolist() for name in frame.columns}
    seen: dict[str, int] = {}
    keys = []
    for row in range(len(frame)):
        parts = []
        for name in names:
            value = columns[name][row]
            if not is_blank(value):
                text = value.wkb_hex if isinstance(value, BaseGeometry) else str(value).strip()
                parts.append(f"{name}\x1f{text}")
        digest = hashlib.sha256("\x1e".join(parts).encode()).hexdigest()[:10]
        seen[digest] = seen.get(digest, 0) + 1
        twin = f"-{seen[digest]}" if seen[digest] > 1 else ""
        keys.append(f"{prefix}-{digest}{twin}")
    return keys


def fill_areas(
    cells: Sequence[object], frame: pd.DataFrame, areas: pd.DataFrame
) -> tuple[list[str], list[str], int]:
    """Return the subdistrict of each row: as the cell says, else by the position.

    Parameters
    ----------
    cells
        What the file has: an ``area_id``, an area's name, or nothing.
    frame
        Typed rows with ``lon`` and ``lat``.
    areas
        Typed table of areas.

    Returns
    -------
    ids, unknown, found
        An id or "" per row; the names that are no area, once each; rows found by position.
    """
    ids = set(areas["area_id"].tolist())
    by_name: dict[str, str] = {}
    for column in ("name_en", "name"):
        for area_id, name in zip(areas["area_id"].tolist(), areas[column].tolist(), strict=True):
            if name:
                by_name[plain_heading(str(name))] = str(area_id)
    positions = subdistrict_at(areas, frame["lon"].to_numpy(), frame["lat"].to_numpy())
    result: list[str] = []
    unknown: dict[str, None] = {}
    found = 0
    for cell, here in zip(cells, positions, strict=True):
        text = "" if is_blank(cell) else str(cell).strip()
        named = text if text in ids else by_name.get(plain_heading(text), "") if text else ""
        if text and not named:
            unknown[text] = None
        found += not named and bool(here)
        result.append(named or here)
    return result, list(unknown), found


def default_figures(transmitter: object, table: Table) -> dict[str, tuple[Any, str]]:
    """Return the figures of a transmitter that rows of the table can take, with their source."""
    figures: dict[str, tuple[Any, str]] = {}
    if not isinstance(transmitter, Mapping):
        return figures
    for column, name in _FILLED.get(table.name, {}).items():
        raw = transmitter.get(name)
        value = raw.get("value") if isinstance(raw, Mapping) else raw
        source = str(raw.get("source", "")) if isinstance(raw, Mapping) else ""
        declared = table[column]
        if declared.type == "text":
            fits = isinstance(value, str) and declared.allows(value)
        else:
            fits = (
                isinstance(value, int | float)
                and not isinstance(value, bool)
                and math.isfinite(value)
                and (declared.minimum is None or value >= declared.minimum)
                and (declared.maximum is None or value <= declared.maximum)
            )
        if fits:
            figures[column] = (value, source or "the service's transmitter")
    return figures


def fill_assumed(
    table: Table, frame: pd.DataFrame, given: pd.DataFrame, transmitter: object
) -> tuple[pd.DataFrame, list[Assumed], list[str]]:
    """Fill antenna height, power and tilt that a typed frame does not have, and mark them.

    Parameters
    ----------
    frame
        Typed rows.
    given
        For each row and column, whether the file itself has a value; such a column is no longer
        assumed.
    transmitter
        The headline service's default transmitter.

    Returns
    -------
    frame, assumed, missing
        The filled rows, what was filled, and the columns that nothing is known for.
    """
    wanted = _FILLED.get(table.name, {})
    if not len(frame) or "assumed" not in frame.columns:
        return frame, [], []
    out = frame.copy()
    marks = [str(text).split() for text in out["assumed"].tolist()]
    for column in wanted:
        if column in given.columns:
            # A row that the file itself marks keeps its mark.
            free = given[column] & ~given.get("assumed", pd.Series(False, index=given.index))
            for row in np.flatnonzero(free.to_numpy()).tolist():
                marks[row] = [mark for mark in marks[row] if mark != column]
    figures = default_figures(transmitter, table)
    assumed: list[Assumed] = []
    missing: list[str] = []
    for column in wanted:
        blank = (
            (out[column] == "") if table[column].type == "text" else out[column].isna()
        ).to_numpy()
        if column == "antenna_height_m":
            blank = blank & ~out["kind"].isin(_WITHOUT_ANTENNA).to_numpy()
        rows = np.flatnonzero(blank).tolist()
        if not rows:
            continue
        if column not in figures:
            missing.append(column)
            continue
        value, source = figures[column]
        values = np.full(len(out), value, dtype=object)
        if column == "antenna_height_m":
            # An antenna does not hang below the roof that it stands on.
            roof = out["roof_height_m"].to_numpy(dtype=float)
            values = np.fmax(float(value), roof)
        filled = out[column].tolist()
        for row in rows:
            filled[row] = values[row]
            if column not in marks[row] and "*" not in marks[row]:
                marks[row].append(column)
        out[column] = pd.Series(filled, index=out.index, dtype=out[column].dtype)
        higher = sum(filled[row] != value for row in rows)
        note = f"; the roof's height in {higher} rows where that is higher" if higher else ""
        shown = f"{value} {table[column].unit}".strip()
        assumed.append(Assumed(column, f"{shown}{note}", len(rows), source))
    out["assumed"] = pd.Series([" ".join(mark) for mark in marks], index=out.index, dtype=object)
    return out, assumed, missing
