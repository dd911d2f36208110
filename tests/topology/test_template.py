"""The workbook to fill in."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from ngbw.topology.errors import MissingError, SurroundingsError, UsageError
from ngbw.topology.files import read_table_file
from ngbw.topology.intake.headings import match_headings
from ngbw.topology.schema import check
from ngbw.topology.tables import TABLES
from ngbw.topology.template import HELP_SHEET, example, write_template


def test_a_tables_name_gives_that_table_and_any_other_all(tmp_path: Path) -> None:
    assert write_template(tmp_path / "sites.xlsx") == ("sites",)
    assert write_template(tmp_path / "survey.xlsx") == tuple(TABLES)
    assert write_template(tmp_path / "two.xlsx", ["cells", "links"]) == ("cells", "links")
    assert openpyxl.load_workbook(tmp_path / "sites.xlsx").sheetnames == ["sites", HELP_SHEET]
    assert openpyxl.load_workbook(tmp_path / "survey.xlsx").sheetnames == [*TABLES, HELP_SHEET]


def test_headings_are_ours_and_match_completely(tmp_path: Path) -> None:
    write_template(tmp_path / "all.xlsx")
    for name, table in TABLES.items():
        frame = read_table_file(tmp_path / "all.xlsx", layer=name).frame
        headings = [str(column) for column in frame.columns if column != "geometry"]
        assert headings == table.names
        assert match_headings(table, headings).unmatched == ()
        assert ("geometry" in frame.columns) == (table.geometry in ("line", "polygon"))


def test_every_column_is_explained_with_an_example_that_keeps_its_rule(tmp_path: Path) -> None:
    write_template(tmp_path / "all.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "all.xlsx")[HELP_SHEET]
    explained = {(row[0], row[1]) for row in sheet.iter_rows(min_row=2, values_only=True)}
    for table in TABLES.values():
        assert {(table.name, column) for column in table.names} <= explained
        shown = {column.name: [example(table, column)] for column in table.columns}
        assert check(table, pd.DataFrame(shown)) == []


def test_words_are_offered_in_a_list(tmp_path: Path) -> None:
    write_template(tmp_path / "sites.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "sites.xlsx")["sites"]
    offered = [rule.formula1 for rule in sheet.data_validations.dataValidation]
    assert '"built,planned,candidate,forbidden"' in offered


def test_a_filled_in_workbook_is_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "sites.xlsx"
    path.write_bytes(b"mine")
    with pytest.raises(UsageError, match="may have been filled in"):
        write_template(path)
    assert path.read_bytes() == b"mine"


def test_what_cannot_be_a_template_is_said(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"must end in \.xlsx"):
        write_template(tmp_path / "sites.csv")
    with pytest.raises(MissingError, match="table 'site' does not exist"):
        write_template(tmp_path / "a.xlsx", ["site"])
    with pytest.raises(UsageError, match="name at least one"):
        write_template(tmp_path / "a.xlsx", [])
    with pytest.raises(SurroundingsError, match="not a directory"):
        write_template(tmp_path / "nowhere" / "a.xlsx")
    assert list(tmp_path.iterdir()) == []
