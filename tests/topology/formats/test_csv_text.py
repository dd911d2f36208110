"""CSV: what is read is what was written, whoever wrote it and however."""

from __future__ import annotations

import csv
from contextlib import suppress
from pathlib import Path

import pandas as pd
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ngbw.topology.errors import FileError, InputError, NgbwError
from ngbw.topology.files import read_table_file, write_table_file
from ngbw.topology.formats.csv_text import guard_formula, unguard_formula
from ngbw.topology.tables import AREAS, SITES

CELLS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=12)
NASTY = st.text(st.sampled_from("=+-@\t\r\n'\",; a1.复"), max_size=6)


def saved(directory: Path, content: bytes, name: str = "sites.csv") -> Path:
    path = directory / name
    path.write_bytes(content)
    return path


@given(st.lists(st.tuples(st.integers(0, 99), CELLS | NASTY, NASTY), max_size=6))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_text_survives_the_round_trip(tmp_path: Path, rows: list[tuple[int, str, str]]) -> None:
    frame = pd.DataFrame(rows, columns=["id", "a", "=b"], dtype=object)
    write_table_file(tmp_path / "x.csv", frame)
    back = read_table_file(tmp_path / "x.csv").frame
    assert list(back.columns) == ["id", "a", "=b"]
    assert back.values.tolist() == [[str(number), a, b] for number, a, b in rows]


@given(st.text() | NASTY)
def test_the_guard_comes_off_exactly(text: str) -> None:
    assert unguard_formula(guard_formula(text)) == text


@given(NASTY)
def test_no_written_text_begins_a_formula(text: str) -> None:
    guarded = guard_formula(text)
    if guarded[:1] and guarded[0] in "=+-@\t\r":
        float(guarded)  # only a plain number may


def test_formulas_are_text_for_a_spreadsheet_and_numbers_stay_numbers(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {
            "name": ['=HYPERLINK("http://x")', "+1-1", "@SUM(A1)", "-3.5"],
            "height_m": [-3.5, 40, 1, 2],
        }
    )
    write_table_file(tmp_path / "x.csv", frame)
    with (tmp_path / "x.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    assert rows[1] == ['\'=HYPERLINK("http://x")', "-3.5"]
    assert [row[0] for row in rows[2:]] == ["'+1-1", "'@SUM(A1)", "-3.5"]
    assert rows[2][1] == "40"


def test_it_is_written_with_a_byte_order_mark_and_line_feeds(tmp_path: Path) -> None:
    write_table_file(tmp_path / "x.csv", pd.DataFrame({"name": ["复旦"], "n": ["a,b"]}))
    assert (tmp_path / "x.csv").read_bytes() == b"\xef\xbb\xbf" + 'name,n\n复旦,"a,b"\n'.encode()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_encodings_and_delimiters_are_recognised(
    tmp_path: Path, encoding: str, delimiter: str
) -> None:
    text = '站名;"经,度";纬度\r\n007;121.5;31,3\r\n'.replace(";", delimiter)
    if delimiter == ",":
        text = text.replace("31,3", "31.3")
    table = read_table_file(saved(tmp_path, text.encode(encoding)))
    assert list(table.frame.columns) == ["站名", "经,度", "纬度"]
    assert table.frame["站名"].tolist() == ["007"]
    assert table.encoding == {"utf-16": "utf-16-le"}.get(encoding, encoding)
    assert (table.format, table.crs, table.first_row, table.layer) == ("csv", None, 2, None)


def test_blank_rows_above_and_below_do_not_move_the_row_numbers(tmp_path: Path) -> None:
    table = read_table_file(saved(tmp_path, b"\n\na,b\n1,2\n\n3,4\n,\n\n"))
    assert table.first_row == 4
    assert table.frame["a"].tolist() == ["1", "", "3"]


def test_a_heading_without_rows_is_a_table_without_rows(tmp_path: Path) -> None:
    table = read_table_file(saved(tmp_path, b"site_id,name\n"))
    assert table.frame.shape == (0, 2)


def test_unnamed_columns_without_cells_are_left_out(tmp_path: Path) -> None:
    table = read_table_file(saved(tmp_path, b"a,,b,,\n1,,2,,\n3,,4\n"))
    assert list(table.frame.columns) == ["a", "b"]


def test_a_title_above_the_headings_is_left_out_and_said(tmp_path: Path) -> None:
    text = "杨浦站址表 2026\n\n站号;经度;纬度\nA;121.5;31.3\n"
    table = read_table_file(saved(tmp_path, text.encode()))
    assert list(table.frame.columns) == ["站号", "经度", "纬度"]
    assert table.first_row == 4
    assert table.notes == (
        "row 3 holds the headings; what stands above is left out: '杨浦站址表 2026'",
    )


def test_a_title_above_unknown_headings_is_refused_with_the_advice(tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"row 1 has only 'Report'.*delete the title row"):
        read_table_file(saved(tmp_path, b"Report\nfoo,bar\n1,2\n"))


def test_text_among_the_rows_is_no_heading(tmp_path: Path) -> None:
    table = read_table_file(saved(tmp_path, b"foo,bar,x\nname,kind,1\n"))
    assert list(table.frame.columns) == ["foo", "bar", "x"]
    assert table.notes == ()


def test_every_row_that_does_not_fit_is_named(tmp_path: Path) -> None:
    path = saved(tmp_path, b"a,b\n1\n1,2\n1,2,3\n")
    with pytest.raises(FileError, match=r"row 2 has 1 cells.*; row 4 has a value in column 3"):
        read_table_file(path)
    table = read_table_file(path, keep_misfits=True)
    assert sorted(table.misfits) == [2, 4]
    assert table.frame["a"].tolist() == ["1", "1", "1"]


def test_text_files_are_read_as_csv_and_tsv_is_written_with_tabs(tmp_path: Path) -> None:
    assert read_table_file(saved(tmp_path, b"a\tb\n1\t2\n", "x.txt")).frame["b"].tolist() == ["2"]
    write_table_file(tmp_path / "x.tsv", pd.DataFrame({"a": ["1"], "b": ["x,y"]}))
    assert (tmp_path / "x.tsv").read_bytes() == b'\xef\xbb\xbfa\tb\n1\t"x,y"\n'
    assert read_table_file(tmp_path / "x.tsv").frame["b"].tolist() == ["x,y"]


@pytest.mark.parametrize("name", ["x.csv", "x.xlsx"])
def test_positions_that_are_no_numbers_can_be_written_as_cells(tmp_path: Path, name: str) -> None:
    write_table_file(tmp_path / name, pd.DataFrame({"lon": ["abc"], "lat": ["31.3"]}))
    assert read_table_file(tmp_path / name).frame["lon"].tolist() == ["abc"]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "is empty"),
        (b" \n\n", "is empty"),
        (b"\xef\xbb\xbf", "is empty"),
        (b"a,b\n1,2\n3\n", "row 3 has 1 cells, the heading has 2"),
        (b"a,b\n1,2,9\n", "row 2 has a value in column 3, which has no heading"),
        (b"a,,b\n1,5,2\n", "row 2 has a value in column 2"),
        (b"a,b,a\n", r"two columns named 'a' \(columns 1 and 3\)"),
        (b'a,b\n"x,1\ny,2\n', "row 2 cannot be read as CSV"),
        (b"a,b\n1,\0\n", "is a binary file"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 99, "a PNG picture"),
        (b"PK\x03\x04" + b"\0" * 99, "a ZIP archive"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Excel"),
        (b"\xff\xfea\0,\0b", "binary|UTF-8"),
        (b"a,b\n\xff\xff\xff,1\n", "neither UTF-8 nor GB18030"),
        (b"a,b\n\x81\x40\x02,1\n", "neither UTF-8 nor GB18030"),
        (b"\xef\xbb\xbfa\xff", "says it is UTF-8 but byte 4"),
        (b"a,b\n" + b"x" * 200_000 + b",1\n", "row 2 cannot be read as CSV"),
        (b"a,geometry\n1,here\n", "row 2, column geometry is 'here'"),
        (b"a,geometry\n1," + b"GEOMETRYCOLLECTION(" * 300_000 + b"\n", "column|longer|read as CSV"),
    ],
)
def test_bad_content_is_one_clear_error(tmp_path: Path, content: bytes, says: str) -> None:
    with pytest.raises(FileError, match=says) as caught:
        read_table_file(saved(tmp_path, content))
    assert "sites.csv" in str(caught.value)
    assert len(str(caught.value)) < 400


def test_deeply_nested_wkt_does_not_reach_the_parser(tmp_path: Path) -> None:
    text = "GEOMETRYCOLLECTION(" * 6000 + ")" * 6000
    with pytest.raises(FileError, match="column geometry"):
        read_table_file(saved(tmp_path, f'a,geometry\n1,"{text}"\n'.encode()))


@given(st.binary(max_size=300))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_bytes_are_read_or_refused(tmp_path: Path, content: bytes) -> None:
    with suppress(NgbwError):
        read_table_file(saved(tmp_path, content))


def test_polygons_travel_as_well_known_text(tmp_path: Path) -> None:
    shape = shapely.box(121.5, 31.25, 121.512124999869, 31.3)
    frame = pd.DataFrame(
        {"area_id": ["01", "02"], "name": ["五角场", "x"], "geometry": [shape, None]}
    )
    write_table_file(tmp_path / "areas.csv", frame, table=AREAS)
    back = read_table_file(tmp_path / "areas.csv").frame
    assert back["geometry"].iloc[0].equals(shape)
    assert back["geometry"].iloc[1] is None
    assert back["area_id"].tolist() == ["01", "02"]


def test_a_point_table_keeps_its_degrees_in_columns(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {"lat": [31.3], "lon": [121.5], "site_id": ["1"], "geometry": [shapely.Point(121.5, 31.3)]}
    )
    write_table_file(tmp_path / "sites.csv", frame, table=SITES)
    back = read_table_file(tmp_path / "sites.csv").frame
    assert list(back.columns) == ["site_id", "lon", "lat"]


def test_cells_become_what_a_file_can_hold(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {
            "list": [["a", "b"], None],
            "flag": pd.array([True, None], dtype="boolean"),
            "count": pd.array([7, None], dtype="Int64"),
            "when": [pd.Timestamp("2026-01-02"), pd.NaT],
            "moment": [pd.Timestamp("2026-01-02T03:04:05Z"), None],
            "x": [1e22, float("nan")],
        }
    )
    write_table_file(tmp_path / "x.csv", frame)
    back = read_table_file(tmp_path / "x.csv").frame
    assert back.iloc[0].tolist() == [
        "a;b", "true", "7", "2026-01-02", "2026-01-02T03:04:05+00:00", "1e+22",
    ]  # fmt: skip
    assert back.shape == (1, 6)  # a row without any value is no row


def test_what_no_file_can_hold_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    for frame, says in (
        (pd.DataFrame({"a": [1.0, float("inf")]}), "row 2, column a is infinite"),
        (pd.DataFrame({"a": ["x\0y"]}), "row 2, column a holds a NUL"),
        (pd.DataFrame({"a": ["x" * 200_000]}), "row 2, column a is longer"),
        (pd.DataFrame([[1, 2]], columns=["a", "a"]), "two columns are named 'a'"),
    ):
        with pytest.raises(InputError, match=says):
            write_table_file(tmp_path / "x.csv", frame)
    assert list(tmp_path.iterdir()) == []
