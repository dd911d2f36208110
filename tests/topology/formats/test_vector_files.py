"""Shapefile, TAB and MIF: Chinese in every encoding, empty cells that stay empty."""

from __future__ import annotations

import struct
from contextlib import suppress
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import shapely
from pyproj import CRS
from shapely.geometry.base import BaseGeometry

from ngbw.topology.errors import FileError, UsageError
from ngbw.topology.files import read_table_file, write_table_file
from ngbw.topology.formats.gdal_cage import load_gdal
from ngbw.topology.tables import AREAS, SITES, SPANS

HOSTILE = [
    "复旦大学",
    "<img src=x onerror=alert(1)>",
    "${7*7}",
    'it\'s "quoted" \\n back\\slash',
    "",
]
SUFFIXES = ["shp", "tab", "mif"]


def sites(**more: object) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "site_id": ["007", "2", "3", "4", "5"],
            "name": HOSTILE,
            "lon": [121.51212499986886, 121.6, 121.7, 0, -179.5],
            "lat": [31.249200999726405, 31.4, 31.5, 0, -89.5],
            **more,
        }
    )


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_points_and_hostile_text_come_back(tmp_path: Path, suffix: str) -> None:
    write_table_file(tmp_path / f"网点.{suffix}", sites(), table=SITES)
    table = read_table_file(tmp_path / f"网点.{suffix}")
    assert table.frame["site_id"].tolist() == ["007", "2", "3", "4", "5"]
    assert [name or "" for name in table.frame["name"]] == HOSTILE
    assert np.allclose(table.frame["lon"], sites()["lon"], atol=2e-7)
    assert np.allclose(table.frame["lat"], sites()["lat"], atol=2e-7)
    assert (table.format, table.crs, table.first_row) == (suffix, "EPSG:4326", 1)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_empty_cells_are_never_zero(tmp_path: Path, suffix: str) -> None:
    frame = sites(
        h_m=[40.5, None, 3, 2, 1],
        n=pd.array([7, None, 0, 1, 2], dtype="Int64"),
        full=[1, 2, 3, 4, 5],
    )
    write_table_file(tmp_path / f"x.{suffix}", frame, table=SITES)
    back = read_table_file(tmp_path / f"x.{suffix}").frame
    assert back["h_m"].iloc[1] in (None, "")
    assert back["n"].iloc[1] in (None, "")
    assert float(back["h_m"].iloc[0]) == 40.5
    assert str(back["n"].iloc[0]) == "7"
    assert back["full"].tolist() == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize(
    "shapes",
    [
        [
            shapely.Point(5, 5).buffer(4).difference(shapely.Point(5, 5).buffer(1)),
            shapely.MultiPolygon([shapely.box(0, 0, 1, 1), shapely.box(2, 2, 3, 3)]),
            None,
        ],
        [
            shapely.LineString([(0, 0), (1, 1), (2, 0)]),
            shapely.MultiLineString([[(0, 0), (1, 1)], [(2, 2), (3, 3)]]),
        ],
    ],
)
def test_lines_and_polygons_come_back(
    tmp_path: Path, suffix: str, shapes: list[BaseGeometry | None]
) -> None:
    table = SPANS if len(shapes) == 2 else AREAS
    frame = pd.DataFrame({table.key: [str(i) for i in range(len(shapes))], "geometry": shapes})
    write_table_file(tmp_path / f"x.{suffix}", frame, table=table)
    back = read_table_file(tmp_path / f"x.{suffix}").frame
    assert back[table.key].tolist() == frame[table.key].tolist()
    for got, wanted in zip(back["geometry"], shapes, strict=True):
        if wanted is None:
            assert got is None
        else:
            assert got.hausdorff_distance(wanted) < 1e-6
            assert got.area == pytest.approx(wanted.area, abs=1e-5)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_no_rows_are_a_table_without_rows(tmp_path: Path, suffix: str) -> None:
    write_table_file(tmp_path / f"x.{suffix}", sites().iloc[:0], table=SITES)
    frame = read_table_file(tmp_path / f"x.{suffix}").frame
    assert len(frame) == 0
    assert "site_id" in frame.columns


def gbk_shapefile(path: Path, *, cpg: str | None, language: int = 0) -> Path:
    load_gdal().raw.write(
        path,
        np.array([shapely.to_wkb(shapely.Point(121.5, 31.3))], dtype=object),
        [np.array(["复旦大学"], dtype=object)],
        ["站名"],
        driver="ESRI Shapefile",
        geometry_type="Point",
        crs="EPSG:4326",
        encoding="GB18030",
    )
    path.with_suffix(".cpg").unlink()
    if cpg is not None:
        path.with_suffix(".cpg").write_text(cpg)
    data = bytearray(path.with_suffix(".dbf").read_bytes())
    data[29] = language
    path.with_suffix(".dbf").write_bytes(bytes(data))
    return path


@pytest.mark.parametrize(
    ("cpg", "language"),
    [
        (None, 0),
        (None, 0x4D),
        ("GBK", 0),
        ("936", 0),
        ("ANSI 936", 0),
        ("CP936", 0),
        ("??", 0),
        ("\0GBK", 0),
    ],
)
def test_chinese_in_a_dbf_is_decoded_whatever_says_so(
    tmp_path: Path, cpg: str | None, language: int
) -> None:
    table = read_table_file(gbk_shapefile(tmp_path / "x.shp", cpg=cpg, language=language))
    assert table.frame["站名"].tolist() == ["复旦大学"]
    assert table.encoding in ("gb18030", "gbk")


def test_a_missing_index_is_made_and_other_parts_are_asked_for(tmp_path: Path) -> None:
    path = gbk_shapefile(tmp_path / "x.shp", cpg="GBK")
    (tmp_path / "x.shx").unlink()
    (tmp_path / "x.prj").unlink()
    table = read_table_file(path)
    assert table.crs is None
    assert table.frame["lon"].tolist() == [121.5]
    assert not (tmp_path / "x.shx").exists()
    (tmp_path / "x.dbf").unlink()
    with pytest.raises(FileError, match=r"needs x\.dbf beside it"):
        read_table_file(path)


def test_the_stated_coordinate_system_is_converted(tmp_path: Path) -> None:
    path = gbk_shapefile(tmp_path / "x.shp", cpg="GBK")
    load_gdal().raw.write(
        path,
        np.array([shapely.to_wkb(shapely.Point(357_000, 3_464_000))], dtype=object),
        [np.array(["x"], dtype=object)],
        ["a"],
        driver="ESRI Shapefile",
        geometry_type="Point",
        crs="EPSG:32651",
    )
    for prj in (CRS("EPSG:32651").to_wkt("WKT1_ESRI"), "\ufeff" + CRS("EPSG:32651").to_wkt()):
        (tmp_path / "x.prj").write_text(prj, encoding="utf-8")
        table = read_table_file(path)
        assert table.crs == "EPSG:4326"
        assert table.frame["lon"].iloc[0] == pytest.approx(121.497, abs=0.01)
        assert table.frame["lat"].iloc[0] == pytest.approx(31.30, abs=0.01)
    for prj in ("PROJCS[rubbish", "+proj=utm +nadgrids=/etc/passwd", "A[" * 9000):
        (tmp_path / "x.prj").write_text(prj)
        with pytest.raises(FileError, match=r"x\.prj states a coordinate system"):
            read_table_file(path)


def test_kinds_of_geometry_do_not_mix_in_a_shapefile(tmp_path: Path) -> None:
    frame = pd.DataFrame({"a": [1, 2], "geometry": [shapely.Point(1, 2), shapely.box(0, 0, 1, 1)]})
    with pytest.raises(UsageError, match="one kind of geometry, the rows have Point and Polygon"):
        write_table_file(tmp_path / "x.shp", frame)
    assert list(tmp_path.iterdir()) == []


MIF = (
    'Version 300\nCharset "{charset}"\nDelimiter ","\nCoordSys Earth Projection 1, 104\n'
    "Columns 6\n  站名 Char(40)\n  挂高 Float\n  层 Integer\n  开 Logical\n  日 Date\n  码 Char(9)\n"
    "Data\n\nPoint 121.5 31.3\n    Symbol (35,0,12)\nNONE\n"
)
MID = '"复旦,大学",40.5,7,T,20260102,"007"\n"",,,,,""\n'


@pytest.mark.parametrize(
    ("charset", "encoding"),
    [
        ("WindowsSimpChinese", "gb18030"),
        ("Neutral", "gb18030"),
        ("UTF-8", "utf-8"),
        ("Neutral", "utf-8"),
    ],
)
def test_mif_in_any_encoding_comes_typed_with_empty_cells_empty(
    tmp_path: Path, charset: str, encoding: str
) -> None:
    (tmp_path / "x.mif").write_bytes(MIF.format(charset=charset).encode(encoding))
    (tmp_path / "x.mid").write_bytes(MID.encode(encoding))
    frame = read_table_file(tmp_path / "x.mif").frame
    assert frame[["站名", "挂高", "层", "开", "日", "码"]].values.tolist() == [
        ["复旦,大学", 40.5, 7, True, "2026-01-02", "007"],
        ["", None, None, None, None, ""],
    ]
    assert frame["geometry"].iloc[0].equals(shapely.Point(121.5, 31.3))
    assert frame["geometry"].iloc[1] is None


@pytest.mark.parametrize(
    ("mif", "mid", "says"),
    [
        ("hello", MID, "is not a MIF"),
        ("Version 300\nData\n", MID, "names no columns"),
        ("Version 300\nColumns 2\n  a Char(1)\n", MID, "fewer columns"),
        ("Version 300\nColumns 99999\n", MID, "99999 columns"),
        ("Version 300\nColumns 2\n  a Char(1)\n  a Char(1)\nData\n", MID, "two columns named"),
        (MIF, "1,2\n", "row 1 has 2 cells"),
        (MIF, MID + MID, "2 objects that can be read and its .mid has 4"),
        (MIF, "\0", "binary file"),
    ],
)
def test_a_broken_mif_is_one_clear_error(tmp_path: Path, mif: str, mid: str, says: str) -> None:
    (tmp_path / "x.mif").write_text(mif.format(charset="UTF-8"), encoding="utf-8")
    (tmp_path / "x.mid").write_text(mid, encoding="utf-8")
    with pytest.raises(FileError, match=says):
        read_table_file(tmp_path / "x.mif")


def test_a_neutral_tab_with_chinese_rows_is_decoded(tmp_path: Path) -> None:
    write_table_file(tmp_path / "x.tab", sites(), table=SITES)
    text = (tmp_path / "x.tab").read_text(encoding="latin-1")
    assert "WindowsSimpChinese" in text
    (tmp_path / "x.tab").write_text(
        text.replace("WindowsSimpChinese", "Neutral"), encoding="latin-1"
    )
    assert read_table_file(tmp_path / "x.tab").frame["name"].iloc[0] == "复旦大学"


def test_what_gbk_cannot_hold_is_written_as_utf8(tmp_path: Path) -> None:
    for suffix in ("tab", "mif"):
        frame = pd.DataFrame({"name": ["😀 é"], "lon": [1.0], "lat": [2.0]})
        write_table_file(tmp_path / f"x.{suffix}", frame)
        assert read_table_file(tmp_path / f"x.{suffix}").frame["name"].tolist() == ["😀 é"]


def test_the_wrong_content_is_named(tmp_path: Path) -> None:
    for name, content, says in (
        ("x.shp", b"PK\x03\x04", "a ZIP archive"),
        ("x.shp", b"a,b\n", "something else, not a Shapefile"),
        ("x.tab", b"\0" * 9, "a binary file, not a MapInfo"),
        ("x.tab", b"a\tb\n", "does not begin with !table"),
    ):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(FileError, match=says):
            read_table_file(tmp_path / name)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_truncated_parts_are_refused_or_read(tmp_path: Path, suffix: str) -> None:
    write_table_file(tmp_path / f"x.{suffix}", sites(), table=SITES)
    for part in sorted(tmp_path.iterdir()):
        content = part.read_bytes()
        for keep in (0, 1, len(content) // 2, len(content) - 1):
            part.write_bytes(content[:keep])
            with suppress(FileError):
                read_table_file(tmp_path / f"x.{suffix}")
        part.write_bytes(content)


def test_a_ring_that_is_not_closed_is_named(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {"area_id": ["1", "2"], "geometry": [shapely.box(0, 0, 1, 1), shapely.box(2, 2, 3, 3)]}
    )
    write_table_file(tmp_path / "x.shp", frame, table=AREAS)
    data = bytearray((tmp_path / "x.shp").read_bytes())
    data[-16:] = struct.pack("<dd", 2.5, 2.5)
    (tmp_path / "x.shp").write_bytes(bytes(data))
    with pytest.raises(FileError, match="feature 2 has a bad geometry"):
        read_table_file(tmp_path / "x.shp")
    data[-16:] = struct.pack("<dd", float("nan"), 2.5)
    (tmp_path / "x.shp").write_bytes(bytes(data))
    with pytest.raises(FileError, match="feature 2 has a"):
        read_table_file(tmp_path / "x.shp")
