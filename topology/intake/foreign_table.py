"""A foreign file's cells under our names, in our units and our coordinates, not yet checked.

Each step takes cells and hands back cells with what it did, for the preview of an import. Cells
stay the objects that the file has; :mod:`.schema` judges them afterwards.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..datum import is_chinese_datum
from ..errors import FileError, Problem, UsageError
from ..files import FileTable, layer_names, read_table_file
from ..schema import Table, check
from ..settings import nearest
from .filling import fill_areas, generated_keys, is_blank
from .headings import Headings
from .population import is_raster, read_population
from .positions import Place, move_geometry, read_positions
from .units import convert_cell

__all__ = [
    "FILE_ROW",
    "REASON",
    "blank_rows",
    "cells_under_our_names",
    "checked_defaults",
    "read_foreign",
    "with_areas",
    "with_defaults",
    "with_keys",
    "with_positions",
]

REASON, FILE_ROW = "reason", "file row"
"""Columns that :mod:`.importing` adds to rows it leaves out; they are not read back."""


def checked_defaults(table: Table, defaults: Mapping[str, str]) -> dict[str, str]:
    """Return the values for empty cells after checking each against its column.

    Raises
    ------
    UsageError
        The table has no such column, or the value breaks its rule.
    """
    for column, value in defaults.items():
        if column not in table:
            raise UsageError(
                f"--set {column}={value}: table {table.name} has no column {column!r}"
                f"{nearest(column, table.names)}; it has {', '.join(table.names)}"
            )
        wrong = check(Table(table.name, "", "", "none", (table[column],)),
                      pd.DataFrame({column: pd.Series([value], dtype=object)}))  # fmt: skip
        if wrong:
            raise UsageError(f"--set {column}={value}: {wrong[0].rule}")
    return dict(defaults)


def read_foreign(
    table: Table,
    path: Path,
    defaults: Mapping[str, str],
    crs: str | None,
    layer: str | None,
    band: int | None,
) -> tuple[FileTable, list[str], list[tuple[str, str]]]:
    """Return the file, what was understood, and what to warn of."""
    if is_raster(path):
        if table.name != "demand":
            raise UsageError(
                f"{path.name} is a raster, which holds people per cell; import it to the table "
                "demand"
            )
        year = defaults.get("census_year")
        found = read_population(
            path, census_year=None if year is None else int(float(year)), band=band, crs=crs
        )
        file = FileTable(found.frame, path, "tif", found.crs, None, 1, f"band {found.band}")
        people = f"{len(found.frame)} cells with {found.people:,.1f} people"
        return file, [people, *found.notes], []
    if band is not None:
        raise UsageError(f"--band is for rasters; {path.name} is none")
    layers = layer_names(path) if path.suffix.lower() in (".xlsx", ".gpkg") else []
    said: list[str] = []
    others: list[str] = []
    if layer is None and layers:
        # A template of all tables has one sheet for each.
        named = next((name for name in layers if name.strip().lower() == table.name), None)
        if named is not None and named != layers[0]:
            layer = named
            said.append(f"{named!r} is read, because it is named like the table")
        elif named is None:
            others = [name for name in layers[1:] if name != "help"]
    file = read_table_file(path, layer=layer, keep_misfits=True)
    if not len(file.frame) or blank_rows(file.frame).all():
        where = f"sheet {file.layer!r} of {path.name}" if file.format == "xlsx" else path.name
        raise FileError(f"{where} has no rows; fill in at least one below the heading")
    if crs is not None and file.crs is not None and "geometry" in file.frame.columns:
        own = crs.strip().lower().replace("-", "") in ("wgs84", "epsg:4326")
        if not own and not is_chinese_datum(crs):
            raise UsageError(
                f"--crs is {crs}, but {path.name} states its own system, which was converted; "
                "leave --crs out"
            )
    warned = list(file.warnings)
    if others:
        warned.append(
            (
                f"only {file.layer!r} is read; the file also has {', '.join(others)}",
                "name another with --layer",
            )
        )
    return file, [*said, *file.notes], warned


def blank_rows(frame: pd.DataFrame) -> NDArray[np.bool_]:
    """Say which rows are empty in every cell; they are left out and keep their numbers."""
    blank = np.ones(len(frame), dtype=bool)
    for column in frame.columns:
        blank &= np.array([is_blank(cell) for cell in frame[column].tolist()], dtype=bool)
    return blank


def cells_under_our_names(
    table: Table, file: FileTable, headings: Headings, crs: str | None
) -> tuple[pd.DataFrame, str | None, list[str]]:
    """Return the file's cells under our names, in our units, and the system of the positions."""
    frame = file.frame
    said: list[str] = []
    columns: dict[str, list[object]] = {}
    stated = {match.datum for match in headings.matches if match.column in ("lon", "lat")}
    if len(stated) > 1:
        raise UsageError(
            f"{file.path.name}: {headings.heading_of('lon')!r} and {headings.heading_of('lat')!r} "
            "are in different datums; choose with --map lon=THEIRS --map lat=THEIRS"
        )
    datum = next(iter(stated), "")
    if datum and crs is None:
        crs = datum
        said.append(f"positions are taken as {datum}, as their headings say")
    for match in headings.matches:
        cells: list[object] = frame[match.heading].tolist()
        column = table[match.column]
        if column.type in ("number", "integer") and column.name not in ("lon", "lat"):
            converted = [convert_cell(cell, match.unit, column.unit) for cell in cells]
            if match.unit and any(
                not is_blank(was) and str(was).strip() != str(now)
                for was, now in zip(cells, converted, strict=True)
            ):
                said.append(f"{match.column}: {match.heading} is converted to {column.unit}")
            cells = converted
        columns[match.column] = cells
    ours = set(columns) | set(table.names)
    left_out = {REASON, FILE_ROW} <= set(headings.unmatched)
    for heading in headings.unmatched:
        if left_out and heading in (REASON, FILE_ROW):
            continue  # a corrected rejects.xlsx
        columns[f"{heading} (file)" if heading in ours else heading] = frame[heading].tolist()
    if table.geometry in ("line", "polygon") and "geometry" in frame.columns:
        shapes: list[object] = frame["geometry"].tolist()
        if crs is not None and (file.crs is None or is_chinese_datum(crs)):
            shapes = move_geometry(shapes, crs)
        columns["geometry"] = shapes
    return (
        pd.DataFrame(
            {
                name: pd.Series(cells, index=frame.index, dtype=object)
                for name, cells in columns.items()
            },
            index=frame.index,
        ),
        crs,
        said,
    )


def with_defaults(
    values: pd.DataFrame,
    defaults: Mapping[str, str],
    blank: NDArray[np.bool_],
) -> pd.DataFrame:
    """Return the cells, the empty ones filled with the values that the user set."""
    out = values.copy()
    for column, value in defaults.items():
        cells: list[object] = (
            out[column].tolist() if column in out.columns else [None for _ in range(len(out))]
        )
        filled = [
            value if is_blank(cell) and not empty else cell
            for cell, empty in zip(cells, blank.tolist(), strict=True)
        ]
        out[column] = pd.Series(filled, index=out.index, dtype=object)
    return out


def with_keys(
    table: Table, file: FileTable, headings: Headings, values: pd.DataFrame
) -> tuple[pd.DataFrame, str]:
    """Return the cells with a key in each row, and where it comes from."""
    match = next((match for match in headings.matches if match.column == table.key), None)
    if match is not None:
        cells = values[table.key].tolist()
        texts = [str(cell).strip() for cell in cells if not is_blank(cell)]
        whole = len(texts) == len(cells) == len(set(texts))
        if whole or match.how != "looks like a key":
            return values, f"column {match.heading!r}"
    out = values.copy()
    if match is not None:
        # A heading that only looked like a key stays what it was.
        out[match.heading] = out.pop(table.key)
    keys: list[object] = list(generated_keys(file.path.stem, file.frame))
    out[table.key] = pd.Series(keys, index=values.index, dtype=object)
    return out, f"made of the file's name and each row's content; the file has no {table.key}"


def with_positions(
    table: Table, file: FileTable, headings: Headings, values: pd.DataFrame, crs: str | None
) -> tuple[pd.DataFrame, list[Problem], int]:
    """Return the cells with WGS-84 degrees, what is wrong with them, and how many are in d-m-s."""
    if "lon" not in values.columns or "lat" not in values.columns:
        kinds = sorted(
            {
                shape.geom_type
                for shape in file.frame.get("geometry", pd.Series(dtype=object)).tolist()
                if shape is not None and not is_blank(shape)
            }
        )
        if not kinds:
            return values, [], 0
        problem = Problem(
            "error", file.path.name, table.name, None, "geometry", ", ".join(kinds),
            f"table {table.name} holds points",
            "give points, or import the file to a table of lines or polygons",
        )  # fmt: skip
        return values, [problem], 0
    place = Place(
        file.path.name, table.name, file.first_row,
        headings.heading_of("lon"), headings.heading_of("lat"),
    )  # fmt: skip
    read = read_positions(values["lon"].tolist(), values["lat"].tolist(), crs, place)
    out = values.copy()
    for column, degrees in (("lon", read.lon), ("lat", read.lat)):
        out[column] = pd.Series(degrees.tolist(), index=values.index, dtype=object)
    return out, list(read.problems), read.degrees_minutes


def with_areas(
    values: pd.DataFrame, areas: pd.DataFrame, headings: Headings
) -> tuple[pd.DataFrame, list[str], list[str]]:
    """Return the cells with subdistricts, what was found, and names that are no area."""
    cells: list[object] = (
        values["area_id"].tolist()
        if "area_id" in values.columns
        else [None for _ in range(len(values))]
    )
    position = pd.DataFrame(
        {
            column: pd.to_numeric(
                values[column] if column in values.columns else pd.Series(np.nan, values.index),
                errors="coerce",
            )
            for column in ("lon", "lat")
        }
    )
    ids, unknown, found = fill_areas(cells, position, areas)
    out = values.copy()
    out["area_id"] = pd.Series(list(ids), index=values.index, dtype=object)
    if unknown:
        # What the file says is not lost because the project does not know it.
        heading = headings.heading_of("area_id")
        kept = "area_id (file)" if heading == "area_id" else heading
        out[kept] = pd.Series(cells, index=values.index, dtype=object)
    said = [f"{found} rows got their subdistrict from their position"] if found else []
    return out, said, unknown
