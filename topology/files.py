"""Reads and writes table files: one function for every format, each with the same promises.

The content is looked at before it is believed, sizes are checked before anything is read, text is
decoded to what it is, coordinates come out as WGS-84, and a file is written whole or not at all.
What a cell *means* is not decided here; :mod:`.schema` checks the frame against its table.

===========  ==============================================================================
``.csv``     , ; or TAB; UTF-8, GB18030, UTF-16 with BOM; all cells are text (``.tsv``, ``.txt``)
``.xlsx``    one sheet; values only, no formulas
``.geojson`` RFC 7946, and the ``crs`` member of older files (``.json`` too)
``.gpkg``    one layer of a GeoPackage
``.shp``     with .dbf, and .prj, .cpg where they are
``.kml``     Placemarks with ExtendedData; ``.kmz`` the same, packed
``.tab``     native MapInfo table; ``.mif`` with its .mid
===========  ==============================================================================
"""

from __future__ import annotations

import re
import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import pandas as pd
import shapely

from .errors import FileError, MissingError, SurroundingsError
from .formats import geopackage, spreadsheet
from .formats.csv_text import read_csv
from .formats.file_crs import WGS84, to_wgs84
from .formats.geojson import read_geojson
from .formats.headed_rows import check_fit
from .formats.kml import read_kml, read_kmz
from .formats.raw_table import MAX_FILE_BYTES, RawTable
from .formats.table_writing import FORMATS, format_of, write_frame
from .formats.vector_files import read_mapinfo_mif, read_mapinfo_tab, read_shapefile
from .schema import Table

__all__ = [
    "FORMATS",
    "FileTable",
    "check_file",
    "layer_names",
    "read_table_file",
    "write_table_file",
]

_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:/|/vsi|\\\\vsi", re.IGNORECASE)

_READERS: dict[str, Callable[[Path], RawTable]] = {
    "csv": read_csv,
    "geojson": read_geojson,
    "kml": read_kml,
    "kmz": read_kmz,
    "mif": read_mapinfo_mif,
    "shp": read_shapefile,
    "tab": read_mapinfo_tab,
}
_LAYERED_READERS: dict[str, Callable[[Path, str | None], RawTable]] = {
    "gpkg": geopackage.read_gpkg,
    "xlsx": spreadsheet.read_xlsx,
}


@dataclass(frozen=True, slots=True)
class FileTable:
    """What stands in a file, as it stands there.

    Attributes
    ----------
    frame
        Cells as text (CSV) or as typed by the format; empty cells are None or "". A ``geometry``
        column of shapely objects where the format has geometry, and ``lon`` and ``lat`` where all
        of it is points.
    format
        ``csv``, ``xlsx``, ``geojson``, ``gpkg``, ``shp``, ``kml``, ``kmz``, ``tab`` or ``mif``.
    crs
        ``EPSG:4326`` when the format or the file states a coordinate system (geometry in another
        one was converted); None when it does not say.
    encoding
        How the text was decoded; None where the format leaves no choice.
    first_row
        Number of the first data row as the user counts it: 2 under a heading, 1 where rows have
        no heading above them.
    layer
        The sheet or layer that was read.
    misfits
        Row number to what is wrong, for rows with more or fewer cells than the heading; always
        empty unless the caller asked for such rows.
    notes
        What was understood on the way.
    warnings
        What is odd, each with its way out.
    """

    frame: pd.DataFrame
    path: Path
    format: str
    crs: str | None
    encoding: str | None
    first_row: int
    layer: str | None
    misfits: Mapping[int, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    warnings: tuple[tuple[str, str], ...] = ()


def check_file(path: Path) -> None:
    """Refuse what is no plain file of a decent size, before anything is read."""
    if _ADDRESS.match(str(path)):
        raise FileError(f"{path} is an address, not a file; download it first and name the file")
    try:
        status = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        raise MissingError(f"{path} does not exist; check the name and the directory") from None
    except (OSError, ValueError) as error:
        raise SurroundingsError(f"{path} cannot be opened: {error}") from None
    if stat.S_ISDIR(status.st_mode):
        raise FileError(f"{path} is a directory; name the file in it")
    if not stat.S_ISREG(status.st_mode):
        raise FileError(f"{path} is not a plain file (a device or pipe); name a file")
    if status.st_size > MAX_FILE_BYTES:
        raise FileError(
            f"{path.name} has {status.st_size} bytes, at most {MAX_FILE_BYTES} are read; "
            "split it, or leave out what is not needed"
        )
    if status.st_size == 0:
        raise FileError(f"{path.name} is empty (0 bytes); export it again")


def _in_wgs84(raw: RawTable, name: str) -> RawTable:
    """Convert the geometry to WGS-84 and give points their ``lon`` and ``lat``."""
    if "geometry" not in raw.frame.columns:
        return raw
    frame, crs = raw.frame, raw.crs
    shapes = frame["geometry"].tolist()
    if crs is not None:
        shapes = to_wgs84(shapes, crs, name)
        crs = WGS84
    known = [shape for shape in shapes if shape is not None]
    single = all(
        shape.geom_type == "Point"
        or (
            shape.geom_type == "MultiPoint" and len(getattr(shape, "geoms", ())) == 1
        )  # as QGIS exports points
        for shape in known
    )
    columns = {str(name): frame[name] for name in frame.columns if name != "geometry"}
    if known and single:
        shapes = [getattr(shape, "geoms", (shape,))[0] for shape in shapes]
        if "lon" not in columns:
            columns["lon"] = pd.Series(shapely.get_x(shapes), index=frame.index)
        if "lat" not in columns:
            columns["lat"] = pd.Series(shapely.get_y(shapes), index=frame.index)
    columns["geometry"] = pd.Series(shapes, index=frame.index, dtype=object)
    return replace(raw, frame=pd.DataFrame(columns, index=frame.index), crs=crs)


def read_table_file(
    path: Path, *, layer: str | None = None, keep_misfits: bool = False
) -> FileTable:
    """Read a file as one table, in the format of its name, after checking that its content is that.

    Parameters
    ----------
    layer
        Sheet of a workbook or layer of a GeoPackage; the first when None. Other formats have only
        one.
    keep_misfits
        Hand back rows that do not fit the heading, and which those are, rather than refuse the
        file.

    Raises
    ------
    MissingError
        The file or the layer does not exist.
    UsageError
        The ending of the name is not known.
    FileError
        The content is not what the name says, is damaged, too large or hostile.
    SurroundingsError
        The file must not be read, or the disk fails.
    """
    path = Path(path)
    check_file(path)
    kind = format_of(path)
    try:
        if kind in _LAYERED_READERS:
            raw = _LAYERED_READERS[kind](path, layer)
        else:
            raw = _READERS[kind](path)
    except SurroundingsError:
        raise
    except OSError as error:
        raise SurroundingsError(
            f"{path} cannot be read: {error.strerror or error}; check its permissions and the disk"
        ) from error
    if layer is not None and layer != raw.layer:
        raise MissingError(f"{path.name} has no layer {layer!r}; the format has only one")
    if not keep_misfits:
        check_fit(raw.misfits, path.name)
    raw = _in_wgs84(raw, path.name)
    return FileTable(
        raw.frame, path, kind, raw.crs, raw.encoding, raw.first_row, raw.layer,
        raw.misfits, raw.notes, raw.warnings,
    )  # fmt: skip


def layer_names(path: Path) -> list[str]:
    """Return the names of the sheets or layers of a file; one name for other formats.

    Raises
    ------
    MissingError, UsageError, FileError
        As :func:`read_table_file`.
    """
    path = Path(path)
    check_file(path)
    kind = format_of(path)
    if kind == "xlsx":
        return spreadsheet.sheet_names(path)
    if kind == "gpkg":
        return geopackage.layer_names(path)
    return [path.stem]


def write_table_file(path: Path, frame: pd.DataFrame, *, table: Table | None = None) -> None:
    """Write a frame as a table of a project: every number in full, whole or not at all.

    The content is written to a temporary place in the same directory, forced to disk, and moved
    over the old file. For a file to hand to others, with rounded coordinates and a report of what
    the format changed, use :func:`.export.export_table`.

    Parameters
    ----------
    path
        The ending decides the format.
    frame
        Rows in WGS-84; ``geometry`` or ``lon`` and ``lat``.
    table
        Orders the columns and types the empty ones; a point table's ``lon`` and ``lat`` become
        the geometry of a format that has one.

    Raises
    ------
    UsageError
        The ending is unknown, or the format needs geometry and the rows have none.
    InputError
        A value cannot be written.
    SurroundingsError
        The place cannot be written.
    """
    write_frame(frame, Path(path), table=table, decimals=None)
