"""Reads a GeoPackage with SQLite alone, in a cage.

A GeoPackage is an SQLite database, and a database can hold views and virtual tables that run
functions, read other files or never end. The connection here may read tables and nothing else: no
function, no virtual table, no other database, and not for ever. Geometry is looked through before
GEOS parses it, which follows nested collections until the stack is full.
"""

from __future__ import annotations

import shutil
import sqlite3
import struct
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import numpy as np
import shapely
from shapely.errors import ShapelyError
from shapely.geometry.base import BaseGeometry

from ..errors import FileError, MissingError
from .file_crs import crs_of_name, crs_of_wkt
from .raw_table import (
    MAX_COLUMNS,
    RawTable,
    add_geometry,
    check_row_count,
    checked_geometries,
    object_frame,
)
from .text_encoding import foreign_content

__all__ = ["layer_names", "read_gpkg"]

_MAGIC = b"SQLite format 3\0"
_MAX_STEPS = 5_000  # times a million SQLite instructions: minutes, not for ever
_ENVELOPE_BYTES = (0, 32, 48, 48, 64)
_FID_NAMES = ("fid", "ogc_fid", "objectid")


@dataclass(frozen=True, slots=True)
class _Layer:
    table: str
    geometry: str | None
    crs: str | None


def _allow(action: int, first: str | None, *_: str | None) -> int:
    """Say what a statement may do: read columns, and ask for the columns of a table."""
    if action in (sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ):
        return sqlite3.SQLITE_OK
    if action == sqlite3.SQLITE_PRAGMA and first == "table_info":
        return sqlite3.SQLITE_OK
    return sqlite3.SQLITE_DENY


def _decode(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("gb18030", "replace")


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    with path.open("rb") as file:
        head = file.read(100)
    if not head.startswith(_MAGIC):
        what = foreign_content(head) or ("empty" if not head else "no SQLite database")
        raise FileError(f"{path.name} is {what}, not a GeoPackage; export it as GeoPackage")
    if head[68:72] not in (b"GPKG", b"GP10", b"GP11", b"\0\0\0\0"):
        raise FileError(f"{path.name} is the database of another program, not a GeoPackage")
    journal = path.with_name(path.name + "-journal")
    if journal.exists() and journal.stat().st_size:
        raise FileError(
            f"{path.name} has a change that was cut short ({journal.name}); open it once in QGIS "
            "and close it, then read it again"
        )
    log = path.with_name(path.name + "-wal")
    with tempfile.TemporaryDirectory(prefix="ngbw-") as private:
        source = f"file:{quote(str(path.absolute()))}?mode=ro&immutable=1"
        if log.is_file() and not log.is_symlink() and log.stat().st_size:
            # QGIS has it open: the newest rows stand in the log, so both are read, as a copy.
            copy = Path(private) / "copy.gpkg"
            shutil.copyfile(path, copy)
            shutil.copyfile(log, copy.with_name("copy.gpkg-wal"))
            source = f"file:{quote(str(copy))}?mode=rw"
        with closing(sqlite3.connect(source, uri=True)) as connection:
            steps = iter(range(_MAX_STEPS))
            connection.execute("PRAGMA trusted_schema = OFF")
            connection.execute("PRAGMA cell_size_check = ON")
            connection.text_factory = _decode
            connection.set_authorizer(_allow)
            connection.set_progress_handler(lambda: next(steps, None) is None, 1_000_000)
            try:
                yield connection
            except (sqlite3.Error, UnicodeError) as error:  # messages may quote damaged names
                raise FileError(
                    f"{path.name} is not a sound GeoPackage ({str(error)[:120]}); export it again"
                ) from None


def _crs(connection: sqlite3.Connection, srs_id: object, name: str) -> str | None:
    """Return the system of an id; ids of 0 and below stand for an unknown one."""
    row = connection.execute(
        "SELECT organization, organization_coordsys_id, definition FROM gpkg_spatial_ref_sys "
        "WHERE srs_id = ?",
        (srs_id,),
    ).fetchone()
    if row is None or not isinstance(srs_id, int) or srs_id <= 0:
        return None
    organization, code, definition = row
    if str(organization).upper() in ("EPSG", "ESRI", "OGC"):
        return crs_of_name(f"{organization}:{code}", name)
    return crs_of_wkt(str(definition), name)


def _tables(connection: sqlite3.Connection) -> list[str]:
    return [
        str(table)
        for (table,) in connection.execute(
            "SELECT table_name FROM gpkg_contents WHERE data_type IN ('features', 'attributes')"
        )
    ]


def layer_names(path: Path) -> list[str]:
    """Return the names of the layers with rows, in the file's order.

    Raises
    ------
    FileError
        The file is not a GeoPackage.
    """
    with _opened(path) as connection:
        return _tables(connection)


def _layer(connection: sqlite3.Connection, wanted: str | None, name: str) -> _Layer:
    tables = _tables(connection)
    if not tables:
        raise FileError(f"{name} has no layer with rows; rasters are not tables")
    table = tables[0] if wanted is None else wanted
    if table not in tables:
        raise MissingError(f"{name} has no layer {table!r}; it has {', '.join(tables)}")
    row = connection.execute(
        "SELECT column_name, srs_id FROM gpkg_geometry_columns WHERE table_name = ?", (table,)
    ).fetchone()
    if row is None:
        return _Layer(table, None, None)
    return _Layer(table, str(row[0]), _crs(connection, row[1], name))


def read_gpkg(path: Path, layer: str | None) -> RawTable:
    """Read one layer: the first, or the one that ``layer`` names.

    The number that SQLite gives each row (``fid``) is left out.

    Raises
    ------
    FileError
        The file is not a GeoPackage, is damaged, or a geometry is not sound.
    MissingError
        There is no layer of that name.
    """
    name = path.name
    with _opened(path) as connection:
        chosen = _layer(connection, layer, name)
        info = connection.execute(f"PRAGMA table_info({_quoted(chosen.table)})").fetchall()
        if not info:
            raise FileError(f"{name} names a layer {chosen.table!r} that it does not hold")
        if len(info) > MAX_COLUMNS:
            raise FileError(f"{name} has {len(info)} columns; at most {MAX_COLUMNS} are read")
        kept = [
            (str(column), str(kind).upper())
            for _, column, kind, _, _, key in info
            if not (key and str(column).lower() in _FID_NAMES)
        ]
        selected = ", ".join(_quoted(column) for column, _ in kept)
        rows: list[Sequence[object]] = []
        # Both names are quoted, and the connection can do nothing but read.
        for row in connection.execute(
            f"SELECT {selected or 'NULL'} FROM {_quoted(chosen.table)}"  # noqa: S608
        ):
            check_row_count(len(rows) + 1, name)
            rows.append(row)
    columns: dict[str, list[object]] = {}
    geometries: list[BaseGeometry | None] | None = None
    for position, (column, kind) in enumerate(kept):
        values = [row[position] for row in rows]
        if column == chosen.geometry:
            geometries = [
                _geometry(value, name, number) for number, value in enumerate(values, start=1)
            ]
        else:
            columns[column] = [_cell(value, kind) for value in values]
    if geometries is None:
        return RawTable(object_frame(columns, len(rows)), None, "utf-8", 1, chosen.table)
    frame = add_geometry(columns, checked_geometries(geometries, name), name)
    return RawTable(frame, chosen.crs, "utf-8", 1, chosen.table)


def _cell(value: object, kind: str) -> object:
    if isinstance(value, bytes):
        return value.hex()
    if kind == "BOOLEAN" and value in (0, 1):
        return bool(value)
    return value


def _geometry(blob: object, name: str, number: int) -> BaseGeometry | None:
    """Parse a geometry blob of the GeoPackage standard (OGC 12-128, clause 2.1.3)."""
    if blob is None:
        return None
    bad = FileError(f"{name}, feature {number} has a bad geometry; export the layer again")
    if not isinstance(blob, bytes) or len(blob) < 13 or blob[:2] != b"GP":
        raise bad
    flags = blob[3]
    envelope = (flags >> 1) & 0b111
    if envelope >= len(_ENVELOPE_BYTES):
        raise bad
    wkb = blob[8 + _ENVELOPE_BYTES[envelope] :]
    try:
        _check_wkb(wkb)
        if flags & 0b10000:  # marked as empty
            return None
        with np.errstate(invalid="ignore"):  # numbers that are none are found later
            return shapely.from_wkb(wkb)
    except (struct.error, ValueError, ShapelyError) as error:
        raise FileError(
            f"{name}, feature {number} has a bad geometry ({str(error)[:120]}); export the layer again"
        ) from None


def _check_wkb(wkb: bytes) -> None:
    """Look through well-known binary: simple kinds, or a multi-kind of its own simple kind."""
    kind, _, count, at = _wkb_head(wkb, 0)
    if kind <= 3:
        _skip_simple(wkb, 0)
        return
    if kind > 6:
        raise ValueError("it is a collection or has curves; split it or turn curves into lines")
    if count > len(wkb):
        raise ValueError("it is cut short")
    for _ in range(count):
        part, _, _, _ = _wkb_head(wkb, at)
        if part != kind - 3:
            raise ValueError("a part is of another kind than the whole")
        at = _skip_simple(wkb, at)


def _wkb_head(wkb: bytes, at: int) -> tuple[int, int, int, int]:
    """Return kind, dimensions, count (0 for a point) and where the content begins."""
    order = {0: ">", 1: "<"}.get(wkb[at] if at < len(wkb) else -1)
    if order is None:
        raise ValueError("it is cut short")
    (code,) = struct.unpack_from(f"{order}I", wkb, at + 1)
    dimensions = 2 + (code // 1000 in (1, 2)) + 2 * (code // 1000 == 3)
    kind = code % 1000
    if not 1 <= kind <= 17 or code >= 4000:
        raise ValueError("it is of no known kind")
    if kind == 1:
        return kind, dimensions, 0, at + 5
    (count,) = struct.unpack_from(f"{order}I", wkb, at + 5)
    return kind, dimensions, count, at + 9


def _skip_simple(wkb: bytes, at: int) -> int:
    """Return where a point, line or polygon ends."""
    kind, dimensions, count, begin = _wkb_head(wkb, at)
    if kind == 1:
        end = begin + 8 * dimensions
    elif kind == 2:
        end = begin + 8 * dimensions * count
    else:
        order = ">" if wkb[at] == 0 else "<"
        end = begin
        for _ in range(count):
            (points,) = struct.unpack_from(f"{order}I", wkb, end)
            end += 4 + 8 * dimensions * points
            if end > len(wkb):
                break
    if end > len(wkb):
        raise ValueError("it is cut short")
    return end
