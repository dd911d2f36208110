"""What every file reader hands back, and the limits that all of them keep.

A reader turns one file into a :class:`RawTable`: the cells as the file has them, nothing checked
against a table of the model yet. The limits stand here, in one place, because each reader must
refuse too much *before* it fills the memory.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from ..errors import FileError

__all__ = [
    "MAX_COLUMNS",
    "MAX_FILE_BYTES",
    "MAX_ROWS",
    "MAX_VERTICES",
    "RawTable",
    "add_geometry",
    "check_row_count",
    "checked_geometries",
    "columns_of_records",
    "object_frame",
]

MAX_FILE_BYTES = 512 * 1024**2
"""Largest file that is read, with what belongs to it, and the largest content of an archive."""

MAX_ROWS = 2_000_000
MAX_COLUMNS = 1_000
MAX_VERTICES = 10_000_000

_GEOMETRY_COLLECTION = 7
_LINEAR_RING = 2


@dataclass(frozen=True, slots=True)
class RawTable:
    """The content of one file, as it stands there.

    Attributes
    ----------
    frame
        Columns of plain objects; ``geometry`` holds shapely objects or None where the format has
        geometry.
    crs
        What the file states as its coordinate system, or None.
    first_row
        Number of the first data row as the user counts it.
    misfits
        Row number to what is wrong, for rows with more or fewer cells than the heading.
    notes
        What was understood on the way.
    warnings
        What is odd, each with its way out.
    """

    frame: pd.DataFrame
    crs: str | None = None
    encoding: str | None = None
    first_row: int = 1
    layer: str | None = None
    misfits: Mapping[int, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    warnings: tuple[tuple[str, str], ...] = ()


def object_frame(columns: Mapping[str, Sequence[object]], rows: int) -> pd.DataFrame:
    """Return a frame whose cells stay the objects they are (pandas would guess types)."""
    index = pd.RangeIndex(rows)
    return pd.DataFrame(
        {
            name: pd.Series(list(values), index=index, dtype=object)
            for name, values in columns.items()
        },
        index=index,
    )


def check_row_count(rows: int, name: str) -> None:
    """Refuse a file with more rows than :data:`MAX_ROWS`."""
    if rows > MAX_ROWS:
        raise FileError(
            f"{name} has more than {MAX_ROWS} rows, the most that is read; split the file"
        )


def columns_of_records(
    records: Sequence[Mapping[str, object]], name: str
) -> dict[str, list[object]]:
    """Turn records with differing keys into columns, in the order in which keys first appear."""
    names: dict[str, None] = {}
    for record in records:
        names.update(dict.fromkeys(record))
        if len(names) > MAX_COLUMNS:
            raise FileError(
                f"{name} has more than {MAX_COLUMNS} different properties; it cannot be a table"
            )
    return {key: [record.get(key) for record in records] for key in names}


def add_geometry(
    columns: Mapping[str, list[object]], geometries: Sequence[BaseGeometry | None], name: str
) -> pd.DataFrame:
    """Return the frame of the columns with the geometry behind them."""
    if "geometry" in columns:
        raise FileError(
            f"{name} has a property named 'geometry' beside its geometry; rename the property"
        )
    return object_frame({**columns, "geometry": list(geometries)}, len(geometries))


def checked_geometries(
    geometries: Sequence[BaseGeometry | None], name: str, *, noun: str = "feature"
) -> list[BaseGeometry | None]:
    """Return the geometries in two dimensions, each of one kind and with finite coordinates.

    Heights are left out (the model keeps them in columns), empty geometries become None and
    closed rings become lines.

    Parameters
    ----------
    noun
        What the file calls a row, for the message.

    Raises
    ------
    FileError
        A geometry mixes kinds, has a coordinate that is not a finite number, or the file has more
        vertices than :data:`MAX_VERTICES`.
    """
    array = np.empty(len(geometries), dtype=object)
    array[:] = geometries
    vertices = int(shapely.get_num_coordinates(array).sum())
    if vertices > MAX_VERTICES:
        raise FileError(
            f"{name} has {vertices} vertices, more than the {MAX_VERTICES} that are read; "
            "simplify or split it"
        )
    kinds = shapely.get_type_id(array)
    mixed = np.flatnonzero(kinds == _GEOMETRY_COLLECTION)
    if len(mixed):
        raise FileError(
            f"{name}, {noun} {mixed[0] + 1} is a GeometryCollection, which mixes kinds of "
            f"geometry; split it into {noun}s of one kind each"
        )
    with np.errstate(invalid="ignore"):
        array = shapely.force_2d(array)
        coordinates, owner = shapely.get_coordinates(array, return_index=True)
    broken = owner[~np.isfinite(coordinates).all(axis=1)]
    if len(broken):
        raise FileError(
            f"{name}, {noun} {broken[0] + 1} has a coordinate that is not a finite number; "
            f"correct or delete that {noun}"
        )
    rings = np.flatnonzero(kinds == _LINEAR_RING)
    for number in rings:
        array[number] = shapely.LineString(array[number].coords)
    array[shapely.is_empty(array)] = None
    return array.tolist()
