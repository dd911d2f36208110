"""Reads Shapefile and MapInfo files through GDAL, which never sees the path that a user gave.

GDAL opens whatever a content describes, also when the name says something else. So what is needed
is looked at first (does it begin as a Shapefile begins?), copied to a private directory under a
name chosen here, and opened there by the caged GDAL of :mod:`.gdal_cage`. What GDAL need not see
(.prj, .cpg, the attributes of a MIF) is read here. Files that belong to the named one are not
followed out of its directory.
"""

from __future__ import annotations

import codecs
import math
import re
import shutil
import stat
import struct
import tempfile
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely
from shapely.errors import ShapelyError
from shapely.geometry.base import BaseGeometry

from ..errors import FileError
from .file_crs import crs_of_name, crs_of_wkt
from .gdal_cage import load_gdal
from .mapinfo import check_tab_header, read_mif
from .raw_table import (
    MAX_FILE_BYTES,
    RawTable,
    add_geometry,
    check_row_count,
    checked_geometries,
    object_frame,
)
from .text_encoding import foreign_content

__all__ = ["read_mapinfo_mif", "read_mapinfo_tab", "read_shapefile"]

_SHAPE_TYPES = (0, 1, 3, 5, 8, 11, 13, 15, 18, 21, 23, 25, 28, 31)


def _pieces(path: Path, endings: Sequence[str]) -> dict[str, Path]:
    """Return the files beside ``path`` that belong to it, by ending.

    Raises
    ------
    FileError
        One is a link to another directory or no plain file, or together they are too large.
    """
    home = path.resolve().parent
    found: dict[str, Path] = {path.suffix.lower(): path}
    for file in path.parent.iterdir():
        ending = file.suffix.lower()
        if file.stem == path.stem and ending in endings:
            found.setdefault(ending, file)
    total = 0
    for file in found.values():
        if file != path and file.is_symlink() and not _stays(file, home):
            raise FileError(
                f"{file.name}, which belongs to {path.name}, is a link to another directory; it "
                "is not followed. Put the file itself there"
            )
        status = file.stat()
        if not stat.S_ISREG(status.st_mode):
            raise FileError(f"{file.name}, which belongs to {path.name}, is not a plain file")
        total += status.st_size
    if total > MAX_FILE_BYTES:
        raise FileError(
            f"{path.name} and the files that belong to it have {total} bytes; at most "
            f"{MAX_FILE_BYTES} are read. Split it or simplify it"
        )
    return found


def _stays(link: Path, home: Path) -> bool:
    try:
        return link.resolve(strict=True).parent == home
    except (OSError, RuntimeError):  # leads nowhere, or in a circle
        return False


def _need(pieces: Mapping[str, Path], ending: str, path: Path) -> Path:
    if ending not in pieces:
        raise FileError(
            f"{path.name} needs {path.stem}{ending} beside it, which holds its "
            f"{'rows' if ending != '.map' else 'geometry'}; put it there"
        )
    return pieces[ending]


def _read(
    path: Path, name: str, encoding: str | None
) -> tuple[dict[str, Any], np.ndarray[Any, Any] | None, list[list[object]]]:
    """Return what GDAL says about a private copy, its geometry and its columns."""
    pyogrio = load_gdal()
    try:
        with warnings.catch_warnings():
            # GDAL comments on what it repairs; what cannot be used is found in the geometry.
            warnings.simplefilter("ignore")
            info = pyogrio.read_info(path, encoding=encoding, force_feature_count=True)
            check_row_count(int(info["features"]), name)
            meta, _, shapes, columns = pyogrio.raw.read(
                path, encoding=encoding, force_2d=True, datetime_as_string=True
            )
    except (RuntimeError, ValueError, OSError) as error:  # pyogrio's errors are RuntimeErrors
        text = re.sub(r"\S*" + re.escape(str(path.parent)) + r"/?", "", str(error))[:200]
        raise FileError(f"{name} cannot be read: {text}; export it again") from None
    typed = [
        [_cell(value, str(dtype)) for value in column.tolist()]
        for column, dtype in zip(columns, meta["dtypes"], strict=True)
    ]
    return meta, shapes, typed


def _cell(value: object, dtype: str) -> object:
    """Undo that empty cells turn whole numbers and truth values into floats."""
    if isinstance(value, float):
        if math.isnan(value):
            return None
        if dtype.startswith(("int", "uint")) and value.is_integer():
            return int(value)
        if dtype == "bool":
            return bool(value)
    if dtype.startswith("datetime") and isinstance(value, str):
        return value.replace("/", "-")
    return value


def _shapes(wkbs: np.ndarray[Any, Any], name: str) -> list[BaseGeometry | None]:
    """Parse what GDAL made of the geometry, which may still be no geometry."""
    shapes: list[BaseGeometry | None] = []
    with np.errstate(invalid="ignore"):  # numbers that are none are found later
        for number, wkb in enumerate(wkbs.tolist(), start=1):
            try:
                shapes.append(shapely.from_wkb(wkb))
            except ShapelyError as error:
                raise FileError(
                    f"{name}, feature {number} has a bad geometry: {str(error)[:120]}; "
                    "repair or delete it"
                ) from None
    return shapes


def _frame(
    meta: Mapping[str, Any],
    shapes: np.ndarray[Any, Any] | None,
    columns: list[list[object]],
    name: str,
) -> pd.DataFrame:
    named: dict[str, list[object]] = {}
    for field, values in zip(meta["fields"], columns, strict=True):
        if str(field) in named:
            raise FileError(f"{name} has two columns named {str(field)!r}; rename one")
        named[str(field)] = values
    if shapes is None:
        return object_frame(named, len(columns[0]) if columns else 0)
    geometries = checked_geometries(_shapes(shapes, name), name)
    return add_geometry(named, geometries, name)


def _dbf_encoding(dbf: Path, cpg: Path | None) -> str:
    """Return the codec of a DBF: what the .cpg says, the language byte says, or what fits best."""
    if cpg is not None:
        stated = cpg.read_bytes()[:40].decode("ascii", "ignore")
        stated = re.sub(r"[^a-z0-9 _-]", "", stated.lower()).strip()
        stated = re.sub(r"^(ansi|oem|windows|cp)[ _-]*(?=[0-9])", "cp", stated)
        stated = {"cp936": "gb18030", "gbk": "gb18030", "gb2312": "gb18030"}.get(stated, stated)
        if re.fullmatch(r"[0-9]{3,5}", stated):
            stated = {"936": "gb18030", "65001": "utf-8"}.get(stated, "cp" + stated)
        try:
            return codecs.lookup(stated).name
        except LookupError:
            pass
    data = dbf.read_bytes()
    if len(data) > 29 and data[29] in (0x4D, 0x7A):
        return "gb18030"
    # A field may be cut in the middle of a character, so a strict decoding proves nothing.
    wrong = {
        codec: data[32:].decode(codec, "replace").count("\ufffd") for codec in ("utf-8", "gb18030")
    }
    return "gb18030" if wrong["gb18030"] < wrong["utf-8"] else "utf-8"


def read_shapefile(path: Path) -> RawTable:
    """Read a Shapefile: .shp with its .dbf, and .prj, .cpg, .shx where they are.

    Raises
    ------
    FileError
        The content is not a Shapefile, a part is missing or links elsewhere.
    """
    pieces = _pieces(path, (".dbf", ".shx", ".prj", ".cpg"))
    with path.open("rb") as file:
        head = file.read(512)
    sound = len(head) >= 100 and struct.unpack_from(">I", head)[0] == 9994
    if not sound or struct.unpack_from("<II", head, 28)[0] != 1000 or (
        struct.unpack_from("<I", head, 32)[0] not in _SHAPE_TYPES
    ):  # fmt: skip
        what = foreign_content(head) or "something else"
        raise FileError(f"{path.name} is {what}, not a Shapefile; export it as Shapefile")
    dbf = _need(pieces, ".dbf", path)
    with dbf.open("rb") as file:
        dbf_head = file.read(32)
    if len(dbf_head) < 32 or dbf_head[0] & 0b111 not in (0b011, 0b010, 0b100, 0b000):
        raise FileError(f"{dbf.name} is not a dBASE table; export the Shapefile again")
    encoding = _dbf_encoding(dbf, pieces.get(".cpg"))
    crs = None
    if ".prj" in pieces:
        text = pieces[".prj"].read_bytes()[:30_000].decode("utf-8", "replace").strip("\ufeff \r\n")
        crs = crs_of_wkt(text, pieces[".prj"].name) if text else None
    with tempfile.TemporaryDirectory(prefix="ngbw-") as private:
        copy = Path(private) / "copy.shp"
        for ending in (".shp", ".shx", ".dbf"):
            if ending in pieces:
                shutil.copyfile(pieces[ending], copy.with_suffix(ending))
        meta, shapes, columns = _read(copy, path.name, encoding)
    return RawTable(_frame(meta, shapes, columns, path.name), crs, encoding, 1, path.stem)


def _gdal_crs(meta: Mapping[str, Any], name: str) -> str | None:
    stated = meta["crs"]
    if not stated:
        return None
    text = str(stated)
    return crs_of_wkt(text, name) if "[" in text else crs_of_name(text, name)


def read_mapinfo_tab(path: Path) -> RawTable:
    """Read a native MapInfo table: .tab with its .dat, and .map and .id where they are.

    MapInfo knows no empty number; an unknown one is 0 in the file and stays 0 here.

    Raises
    ------
    FileError
        The content is not a native table, a part is missing or links elsewhere.
    """
    pieces = _pieces(path, (".dat", ".map", ".id"))
    data = path.read_bytes()
    if b"\0" in data or len(data) > 1_000_000:
        what = foreign_content(data[:512]) or "a binary file"
        raise FileError(f"{path.name} is {what}, not a MapInfo table; export it as TAB")
    codec = check_tab_header(data.decode("latin-1"), path.name)
    dat = _need(pieces, ".dat", path)
    if codec is None:
        # "Neutral" or nothing: say Chinese where the rows are that, so that GDAL decodes them.
        codec = _dbf_encoding(dat, None)
        charset = b"WindowsSimpChinese" if codec == "gb18030" else b"UTF-8"
        data = re.sub(rb'(?i)(!charset\s+)[^\s"]+', rb"\1" + charset, data, count=1)
        data = re.sub(rb'(?i)(charset\s+")[^"]*"', rb"\1" + charset + b'"', data, count=1)
    with tempfile.TemporaryDirectory(prefix="ngbw-") as private:
        copy = Path(private) / "copy.tab"
        copy.write_bytes(data)
        for ending in (".dat", ".map", ".id"):
            if ending in pieces:
                shutil.copyfile(pieces[ending], copy.with_suffix(ending))
        meta, shapes, columns = _read(copy, path.name, None)
    frame = _frame(meta, shapes, columns, path.name)
    return RawTable(frame, _gdal_crs(meta, path.name), codec, 1, path.stem)


def read_mapinfo_mif(path: Path) -> RawTable:
    """Read a MapInfo exchange file: .mif with its .mid.

    Raises
    ------
    FileError
        The content is not a MIF, the .mid is missing, links elsewhere or has other rows.
    """
    pieces = _pieces(path, (".mid",))
    parsed = read_mif(path, _need(pieces, ".mid", path))
    if not parsed.rows:
        return RawTable(
            add_geometry(parsed.columns, [], path.name), None, parsed.encoding, 1, path.stem
        )
    with tempfile.TemporaryDirectory(prefix="ngbw-") as private:
        copy = Path(private) / "copy.mif"
        copy.write_bytes(parsed.geometry_mif)
        copy.with_suffix(".mid").write_bytes(parsed.geometry_mid)
        meta, shapes, columns = _read(copy, path.name, None)
    if shapes is None or columns[0] != list(range(parsed.rows)):
        count = 0 if shapes is None else len(shapes)
        raise FileError(
            f"{path.name} has {count} objects that can be read and its .mid has {parsed.rows} "
            "rows; export both again"
        )
    geometries = checked_geometries(_shapes(shapes, path.name), path.name)
    frame = add_geometry(parsed.columns, geometries, path.name)
    return RawTable(frame, _gdal_crs(meta, path.name), parsed.encoding, 1, path.stem)
