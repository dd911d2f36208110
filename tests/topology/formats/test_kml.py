"""KML and KMZ: Placemarks as rows, and nothing that an XML or ZIP file can do to a reader."""

from __future__ import annotations

import zipfile
from contextlib import suppress
from pathlib import Path

import pandas as pd
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ngbw.topology.errors import FileError, NgbwError, UsageError
from ngbw.topology.files import read_table_file, write_table_file
from ngbw.topology.tables import AREAS, SITES, SPANS

HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?><kml xmlns="http://www.opengis.net/kml/2.2"><Document>'
)
TAIL = "</Document></kml>"


def saved(directory: Path, body: str, *, encoding: str = "utf-8") -> Path:
    path = directory / "x.kml"
    path.write_bytes((HEAD + body + TAIL).replace("UTF-8", encoding).encode(encoding))
    return path


def placemark(inside: str) -> str:
    return f"<Placemark>{inside}</Placemark>"


POINT = "<Point><coordinates>121.5,31.3,40</coordinates></Point>"
RING = "<LinearRing><coordinates>{}</coordinates></LinearRing>"


def test_names_data_and_points_of_all_folders_are_read(tmp_path: Path) -> None:
    table = read_table_file(
        saved(
            tmp_path,
            "<Style><IconStyle/></Style>"
            + placemark(
                "<name> 复旦 </name><description><![CDATA[<b>x</b>]]></description>" + POINT
            )
            + "<Folder><name>f</name><Folder>"
            + placemark(
                "<name>Tongji</name><ExtendedData>"
                '<Data name="height_m"><displayName>h</displayName><value>40</value></Data>'
                '<SchemaData schemaUrl="#s"><SimpleData name="站名">同济</SimpleData></SchemaData>'
                "</ExtendedData><Point><coordinates> 121.6 , 31.4 </coordinates></Point>"
            )
            + "</Folder></Folder>",
        )
    )
    frame = table.frame
    assert list(frame.columns) == [
        "name",
        "description",
        "height_m",
        "站名",
        "lon",
        "lat",
        "geometry",
    ]
    assert frame["name"].tolist() == ["复旦", "Tongji"]
    assert frame["description"].tolist() == ["<b>x</b>", None]
    assert frame["height_m"].tolist() == [None, "40"]
    assert frame["站名"].tolist() == [None, "同济"]
    assert frame["lon"].tolist() == [121.5, 121.6]
    assert not frame["geometry"].iloc[0].has_z
    assert (table.format, table.crs, table.first_row) == ("kml", "EPSG:4326", 1)


def test_polygons_with_holes_lines_and_parts_are_read(tmp_path: Path) -> None:
    outer, inner = RING.format("0,0 9,0 9,9 0,9 0,0"), RING.format("1,1,5 2,1,5 2,2,5 1,1,5")
    polygon = (
        f"<Polygon><outerBoundaryIs>{outer}</outerBoundaryIs>"
        f"<innerBoundaryIs>{inner}</innerBoundaryIs></Polygon>"
    )
    line = "<LineString><coordinates>\n0,0,0\n\t1,1,0\n</coordinates></LineString>"
    frame = read_table_file(
        saved(
            tmp_path,
            placemark(polygon)
            + placemark(line)
            + placemark(
                f"<MultiGeometry>{line}<MultiGeometry>{line}</MultiGeometry></MultiGeometry>"
            )
            + placemark(RING.format("0,0 1,0 1,1"))
            + placemark("<Model/>")
            + placemark("<Point/>"),
        )
    ).frame
    kinds = [None if shape is None else shape.geom_type for shape in frame["geometry"]]
    assert kinds == ["Polygon", "LineString", "MultiLineString", "LineString", None, None]
    assert frame["geometry"].iloc[0].area == 81 - 0.5


@pytest.mark.parametrize("encoding", ["GB2312", "GBK", "iso-8859-1", "utf-16", "utf-8"])
def test_the_encodings_of_old_programs_are_read(tmp_path: Path, encoding: str) -> None:
    name = "Café" if encoding == "iso-8859-1" else "五角场"
    frame = read_table_file(
        saved(tmp_path, placemark(f"<name>{name}</name>{POINT}"), encoding=encoding)
    ).frame
    assert frame["name"].tolist() == [name]


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (placemark("<Point><coordinates>x,y</coordinates></Point>"), "Placemark 1 has a bad"),
        (placemark("<name>A</name><Point><coordinates>1</coordinates></Point>"), r"1 \('A'\)"),
        (placemark("<Point><coordinates>nan,1</coordinates></Point>"), "not a finite number"),
        (placemark("<LineString><coordinates>1,1</coordinates></LineString>"), "two positions"),
        (placemark(f"<Polygon><outerBoundaryIs>{RING.format('1,1 2,2')}</outerBoundaryIs></Polygon>"),
         "three corners"),
        (placemark(f"<MultiGeometry>{POINT}<LineString><coordinates>1,1 2,2</coordinates>"
                   "</LineString></MultiGeometry>"), "mixes LineString and Point"),
        ("<NetworkLink><Link><href>http://127.0.0.1/</href></Link></NetworkLink>", "not followed"),
        ("<Folder>" * 100 + "</Folder>" * 100, "nested deeper"),
        ("<Placemark>", "not sound XML"),
    ],
)  # fmt: skip
def test_bad_content_is_one_clear_error(tmp_path: Path, body: str, says: str) -> None:
    with pytest.raises(FileError, match=says) as caught:
        read_table_file(saved(tmp_path, body))
    assert "x.kml" in str(caught.value)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("name,lon\n", "does not begin with <"),
        ("<html><body/></html>", "first element is 'html'"),
        ("<gpx/>", "first element is 'gpx'"),
        ("", "is empty"),
        ('<!DOCTYPE kml [<!ENTITY a "aaaa">]><kml><name>&a;</name></kml>', "DTD or entities"),
        ('<!DOCTYPE kml SYSTEM "http://127.0.0.1/x.dtd"><kml/>', "DTD or entities"),
        ('<!DOCTYPE k [<!ENTITY a SYSTEM "file:///etc/passwd">]><kml>&a;</kml>', "DTD or entities"),
        ("PK\x03\x04", "a ZIP archive"),
    ],
)
def test_what_is_not_kml_is_refused(tmp_path: Path, content: str, says: str) -> None:
    (tmp_path / "x.kml").write_text(content, encoding="utf-8")
    with pytest.raises(FileError, match=says):
        read_table_file(tmp_path / "x.kml")


@given(st.text(), st.text("<&>\"'\r\n\t\x01\ufffe ${}`]复", max_size=12))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_text_survives_but_what_xml_cannot_hold(tmp_path: Path, a: str, b: str) -> None:
    frame = pd.DataFrame({"name": [a], "no<te": [b], "geometry": [shapely.Point(1, 2)]})
    write_table_file(tmp_path / "x.kml", frame)
    back = read_table_file(tmp_path / "x.kml").frame
    for column, text in (("name", a), ("no<te", b)):
        got = back[column].iloc[0]
        assert len(got) == len(text)
        assert all(g == t or (g == "\ufffd" and t < " ") or t in "\ufffe\uffff" for g, t in zip(
            got, text, strict=True))  # fmt: skip


@given(st.binary(max_size=80))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_bytes_inside_are_read_or_refused(tmp_path: Path, noise: bytes) -> None:
    (tmp_path / "x.kml").write_bytes(HEAD.encode() + noise + placemark(POINT).encode())
    with suppress(NgbwError):
        read_table_file(tmp_path / "x.kml")


@pytest.mark.parametrize("suffix", ["kml", "kmz"])
def test_every_kind_of_geometry_comes_back(tmp_path: Path, suffix: str) -> None:
    hole = shapely.Point(5, 5).buffer(4, 2).difference(shapely.Point(5, 5).buffer(1, 2))
    shapes = [
        hole,
        shapely.MultiPolygon([shapely.box(0, 0, 1, 1), shapely.box(2, 2, 3, 3)]),
        None,
    ]
    frame = pd.DataFrame(
        {
            "area_id": ["01", "2", "3"],
            "name": ["五角场", "<img onerror=1>", "${x}"],
            "geometry": shapes,
        }
    )
    path = tmp_path / f"x.{suffix}"
    write_table_file(path, frame, table=AREAS)
    back = read_table_file(path).frame
    assert back["area_id"].tolist() == ["01", "2", "3"]
    assert back["name"].tolist() == frame["name"].tolist()
    assert back["geometry"].iloc[2] is None
    assert all(a.equals(b) for a, b in zip(back["geometry"][:2], shapes[:2], strict=True))
    lines = pd.DataFrame({"span_id": ["s"], "geometry": [shapely.LineString([(0, 0), (1, 2)])]})
    write_table_file(path, lines, table=SPANS)
    back = read_table_file(path).frame
    assert back["geometry"].iloc[0].equals(lines["geometry"].iloc[0])
    assert back["name"].tolist() == ["s"]  # the label on the map


def test_hostile_text_stands_in_data_not_in_what_a_viewer_shows_as_html(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {"site_id": ["1"], "lon": [1.0], "lat": [2.0], "description": ["<script>x</script>"]}
    )
    write_table_file(tmp_path / "x.kml", frame, table=SITES)
    text = (tmp_path / "x.kml").read_text(encoding="utf-8")
    assert "<description>" not in text
    assert "<script>" not in text


def test_rows_without_geometry_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="KML needs"):
        write_table_file(tmp_path / "x.kml", pd.DataFrame({"link_id": ["1"]}))


def test_the_document_of_a_kmz_is_found(tmp_path: Path) -> None:
    path = tmp_path / "x.kmz"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("files/other.kml", HEAD + TAIL)
        archive.writestr("doc.kml", HEAD + placemark("<name>a</name>" + POINT) + TAIL)
    table = read_table_file(path)
    assert table.frame["name"].tolist() == ["a"]
    assert table.format == "kmz"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme.txt", "x")
    with pytest.raises(FileError, match="holds no KML"):
        read_table_file(path)


def test_the_same_rows_make_the_same_kmz(tmp_path: Path) -> None:
    frame = pd.DataFrame({"site_id": ["1"], "lon": [1.0], "lat": [2.0]})
    for name in ("a.kmz", "b.kmz"):
        write_table_file(tmp_path / name, frame, table=SITES)
    assert (tmp_path / "a.kmz").read_bytes() == (tmp_path / "b.kmz").read_bytes()
