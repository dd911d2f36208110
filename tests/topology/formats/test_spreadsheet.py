"""XLSX: values only, no formula is run or written, and a bomb stays packed."""

from __future__ import annotations

import datetime
import errno
import gc
import io
import sys
import zipfile
from contextlib import suppress
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ngbw.topology.errors import (
    FileError,
    InputError,
    MissingError,
    NgbwError,
    SurroundingsError,
)
from ngbw.topology.files import layer_names, read_table_file, write_table_file
from ngbw.topology.formats.spreadsheet import write_xlsx


def book(path: Path, *sheets: tuple[str, list[list[object]]]) -> Path:
    workbook = openpyxl.Workbook()
    workbook.remove(workbook.worksheets[0])
    for title, rows in sheets:
        sheet = workbook.create_sheet(title)
        for row in rows:
            sheet.append(row)
    workbook.save(path)
    return path


@given(
    st.lists(
        st.tuples(st.text(max_size=10), st.text("_x000D=+@'\r\n\t\x01 复😀", max_size=8)),
        max_size=4,
    )
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_text_survives_the_round_trip(tmp_path: Path, rows: list[tuple[str, str]]) -> None:
    frame = pd.DataFrame([("k", *row) for row in rows], columns=["id", "a", "b"], dtype=object)
    write_table_file(tmp_path / "x.xlsx", frame)
    back = read_table_file(tmp_path / "x.xlsx").frame
    assert [[cell or "" for cell in row] for row in back.values.tolist()] == [
        ["k", *row] for row in rows
    ]


def test_numbers_truth_and_dates_come_typed(tmp_path: Path) -> None:
    path = book(
        tmp_path / "sites.xlsx",
        ("说明", [["id", "h", "n", "flag", "day", "at", "none"],
                ["007", 40.5, 7, True, datetime.date(2026, 1, 2),
                 datetime.datetime(2026, 1, 2, 3, 4), None]]),
    )  # fmt: skip
    table = read_table_file(path)
    assert table.frame.iloc[0].tolist()[:6] == [
        "007", 40.5, 7, True, "2026-01-02", "2026-01-02T03:04:00",
    ]  # fmt: skip
    assert (table.format, table.layer, table.first_row, table.crs) == ("xlsx", "说明", 2, None)


def test_text_is_never_written_as_a_formula(tmp_path: Path) -> None:
    hostile = ['=HYPERLINK("http://x")', "+1", "#N/A", "-1", "@x"]
    write_table_file(tmp_path / "x.xlsx", pd.DataFrame({"=name": hostile, "n": [-1.5] * 5}))
    sheet = openpyxl.load_workbook(tmp_path / "x.xlsx").active
    assert sheet is not None
    kinds = {cell.data_type for row in sheet.iter_rows(max_col=1) for cell in row}
    assert kinds <= {"s", "inlineStr"}
    assert read_table_file(tmp_path / "x.xlsx").frame["=name"].tolist() == hostile
    assert read_table_file(tmp_path / "x.xlsx").frame["n"].tolist() == [-1.5] * 5


def test_a_formula_gives_the_value_that_was_stored(tmp_path: Path) -> None:
    path = book(tmp_path / "x.xlsx", ("s", [["a", "b"], ["=1+1", "x"]]))
    assert read_table_file(path).frame.iloc[0].tolist() == [None, "x"]


def test_a_formula_without_a_stored_value_is_named(tmp_path: Path) -> None:
    rows: list[list[object]] = [["a", "b"], ["=1+1", "x"], [3, "=A2"]]
    table = read_table_file(book(tmp_path / "x.xlsx", ("s", rows)))
    ((rule, fix),) = table.warnings
    assert rule.startswith("A2, B3: a formula whose value is not in the file")
    assert "save it again" in fix
    assert read_table_file(book(tmp_path / "y.xlsx", ("s", [["a"], [3]]))).warnings == ()


def test_a_merged_title_above_the_headings_is_left_out_and_said(tmp_path: Path) -> None:
    workbook = openpyxl.Workbook()
    sheet = workbook.worksheets[0]
    for row in (["站址一览"], ["站号", "经度", "纬度"], ["A", 121.5, 31.3]):
        sheet.append(row)
    sheet.merge_cells("A1:C1")
    workbook.save(tmp_path / "x.xlsx")
    table = read_table_file(tmp_path / "x.xlsx")
    assert table.frame["站号"].tolist() == ["A"]
    assert table.first_row == 3
    assert "row 2 holds the headings" in table.notes[0]


def test_a_full_disk_is_one_error_and_nothing_behind_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[object] = []
    monkeypatch.setattr(sys, "unraisablehook", heard.append)

    class Full(io.BytesIO):
        def write(self, data: object) -> int:
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("ngbw.topology.formats.spreadsheet.io.BytesIO", Full)
    with pytest.raises(SurroundingsError, match=r"no space left on its disk .*; free some"):
        write_table_file(tmp_path / "x.xlsx", pd.DataFrame({"a": [1]}))
    gc.collect()
    assert heard == []
    assert list(tmp_path.iterdir()) == []


def test_the_first_sheet_is_read_or_the_one_that_is_named(tmp_path: Path) -> None:
    path = book(tmp_path / "x.xlsx", ("a", [["p"], [1]]), ("b", [["q"], [2]]))
    assert layer_names(path) == ["a", "b"]
    assert read_table_file(path).frame["p"].tolist() == [1]
    assert read_table_file(path, layer="b").frame["q"].tolist() == [2]
    with pytest.raises(MissingError, match="no sheet 'c'; it has a, b"):
        read_table_file(path, layer="c")


def test_blank_rows_keep_the_numbers_that_the_sheet_shows(tmp_path: Path) -> None:
    rows: list[list[object]] = [[], ["a", "b"], [1, None], [], [2, 3], [None, " "]]
    table = read_table_file(book(tmp_path / "x.xlsx", ("s", rows)))
    assert table.first_row == 3
    assert table.frame["a"].tolist() == [1, "", 2]


def test_several_sheets_can_be_written(tmp_path: Path) -> None:
    write_xlsx(tmp_path / "x.xlsx", {"sites": {"a": [1]}, "what/is:it": {"b": ["x"]}})
    assert layer_names(tmp_path / "x.xlsx") == ["sites", "what_is_it"]


def test_long_whole_numbers_stay_exact_as_text(tmp_path: Path) -> None:
    write_table_file(tmp_path / "x.xlsx", pd.DataFrame({"n": [2**60 + 1]}))
    assert read_table_file(tmp_path / "x.xlsx").frame["n"].tolist() == [str(2**60 + 1)]


def test_a_cell_longer_than_a_sheet_holds_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="row 2, column a is longer"):
        write_table_file(tmp_path / "x.xlsx", pd.DataFrame({"a": ["x" * 40_000]}))
    assert not (tmp_path / "x.xlsx").exists()


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    path = book(tmp_path / "x.xlsx", ("s", [["a"], [1]]))
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/zero.bin", b"\0" * 30_000_000)
    with pytest.raises(FileError, match="would unpack to"):
        read_table_file(path)


def test_an_entity_bomb_is_refused(tmp_path: Path) -> None:
    good = book(tmp_path / "good.xlsx", ("s", [["a"], ["b"]]))
    path = tmp_path / "x.xlsx"
    with zipfile.ZipFile(good) as old, zipfile.ZipFile(path, "w") as new:
        for item in old.namelist():
            data = old.read(item)
            if item == "xl/worksheets/sheet1.xml":
                data = b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>' + data
            new.writestr(item, data)
    with pytest.raises(FileError, match="not a sound workbook"):
        read_table_file(path)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1....",
            "an old Excel or Word file, or one with a password",
        ),
        (b"a,b\n1,2\n", "no workbook, not XLSX"),
        (b"PK\x03\x04rubbish", "not a sound ZIP archive"),
    ],
)
def test_other_content_is_one_clear_error(tmp_path: Path, content: bytes, says: str) -> None:
    (tmp_path / "x.xlsx").write_bytes(content)
    with pytest.raises(FileError, match=says):
        read_table_file(tmp_path / "x.xlsx")


def test_a_zip_that_is_no_workbook_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.xlsx", "w") as archive:
        archive.writestr("doc.kml", "<kml/>")
    with pytest.raises(FileError, match="no workbook"):
        read_table_file(tmp_path / "x.xlsx")


@given(st.integers(0, 4000), st.binary(min_size=1, max_size=20))
@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60
)
def test_a_damaged_workbook_is_read_or_refused(tmp_path: Path, at: int, noise: bytes) -> None:
    path = book(tmp_path / "x.xlsx", ("s", [["a", "b"], ["1", 2]]))
    data = bytearray(path.read_bytes())
    data[at : at + len(noise)] = noise
    path.write_bytes(bytes(data))
    with suppress(NgbwError):
        read_table_file(path)
