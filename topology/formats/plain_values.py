"""Turns the cells of a frame into values that every file format can hold.

A frame has numpy numbers, pandas' three kinds of nothing, timestamps and lists; a file has text,
whole numbers, numbers, true and false, and empty cells. The turn is made here once, so that CSV,
XLSX, GeoJSON, GeoPackage, KML and GraphML agree on it.
"""

from __future__ import annotations

import datetime
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Literal

import numpy as np
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from ..errors import InputError
from ..schema import ColumnType
from .text_encoding import whole_characters

__all__ = ["Kind", "Plain", "as_text", "kind_of", "number_text", "plain", "plain_columns"]

Plain = str | int | float | bool | None
"""A value that every format can hold; None is an empty cell."""

Kind = Literal["text", "integer", "number", "boolean"]


def number_text(value: float) -> str:
    """Return the shortest text that reads back as the same number (40 for 40.0)."""
    text = repr(value)
    return text.removesuffix(".0")


def as_text(value: Plain) -> str:
    """Return a plain value as the text of a cell; nothing for None."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return number_text(value)
    return str(value)


def plain(value: object) -> Plain:
    """Return the value as a file can hold it.

    None, NaN, NaT and NA become None; dates become ISO text; a list becomes its texts separated
    by ``;``; a mapping becomes JSON; a geometry becomes WKT.

    Raises
    ------
    ValueError
        The value is an infinite number, which no table file can hold.

    Examples
    --------
    >>> plain(["F1", "F2"]), plain(float("nan")), plain(np.int64(7))
    ('F1;F2', None, 7)
    """
    if value is None or value is pd.NA or value is pd.NaT:
        return None
    if isinstance(value, str):
        return whole_characters(value)
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    if isinstance(value, (int, np.integer)):
        return int(value)
    if isinstance(value, (float, np.floating, Decimal)):
        number = float(value)
        if math.isinf(number):
            raise ValueError(number)
        return None if math.isnan(number) else number
    if isinstance(value, datetime.datetime):
        return _day_or_moment(value)
    if isinstance(value, (datetime.date, datetime.time)):
        return value.isoformat()
    if isinstance(value, np.datetime64):
        return plain(pd.Timestamp(value))
    if isinstance(value, BaseGeometry):
        return str(shapely.to_wkt(value, rounding_precision=-1))
    if isinstance(value, Mapping):
        return json.dumps(value, ensure_ascii=False, default=str)
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, (set, frozenset)):
        return ";".join(sorted(as_text(plain(item)) for item in value))
    if isinstance(value, Iterable):
        return ";".join(as_text(plain(item)) for item in value)
    return str(value)


def _day_or_moment(value: datetime.datetime) -> str:
    """Spreadsheets know no plain day: midnight without a zone is one."""
    if value.tzinfo is None and value.time() == datetime.time():
        return value.date().isoformat()
    return value.isoformat()


def plain_columns(frame: pd.DataFrame, name: str) -> dict[str, list[Plain]]:
    """Return every column of the frame but ``geometry`` as plain values.

    Raises
    ------
    InputError
        A cell is an infinite number, or two columns have one name.
    """
    columns: dict[str, list[Plain]] = {}
    for position, label in enumerate(frame.columns):
        column = str(label)
        if column == "geometry":
            continue
        if column in columns:
            raise InputError(f"{name} cannot be written: two columns are named {column!r}")
        values: list[Plain] = []
        for number, value in enumerate(frame.iloc[:, position].tolist(), start=1):
            try:
                values.append(plain(value))
            except ValueError:
                raise InputError(
                    f"{name} cannot be written: row {number}, column {column} is infinite; "
                    "a table holds finite numbers or empty cells"
                ) from None
        columns[column] = values
    return columns


def kind_of(values: Sequence[Plain], declared: ColumnType | None = None) -> Kind:
    """Return the narrowest type that holds every value of a column.

    Parameters
    ----------
    declared
        The type that the table gives the column. It decides where the values leave a choice: a
        column without values, or a number column that happens to hold whole numbers.
    """
    types = {type(value) for value in values if value is not None}
    if not types:
        if declared in ("integer", "number", "boolean"):
            return declared
        return "text"
    if types == {bool}:
        return "boolean"
    if types == {int}:
        fits = all(-(2**63) <= int(value) < 2**63 for value in values if value is not None)
        if declared == "number":
            return "number"
        return "integer" if fits else "text"
    if types <= {int, float}:
        return "number"
    return "text"
