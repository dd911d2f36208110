"""Files that tables and settings name are plain names, and a project knows them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ngbw.coverage.antenna.sectors import PATTERNS
from ngbw.topology.named_files import (
    BUILT_IN_ANTENNAS,
    all_antenna_files,
    antenna_files,
    is_plain_file_name,
)
from ngbw.topology.tables import TABLES


@pytest.mark.parametrize("name", ["panel.msi", "天线 65.msi", "a.b.az", "panel", "A-1_x.PLN"])
def test_a_plain_name_is_one(name: str) -> None:
    assert is_plain_file_name(name)


@pytest.mark.parametrize(
    "name", ["", ".", "..", ".a", "a/b", "/a", "a\\b", "c:a", "a\nb", "a\x00", "x" * 250, None, 3]
)
def test_a_path_or_worse_is_none(name: object) -> None:
    assert not is_plain_file_name(name)


@given(st.text())
def test_no_name_leads_out_of_a_directory(name: str) -> None:
    for file in antenna_files(name):
        assert "/" not in file
        assert "\\" not in file
        assert file not in (".", "..")


def test_each_file_is_listed_once_and_built_in_antennas_have_none() -> None:
    names = ["omni", "", None, "p.msi", "mast", "mast.az", "p.msi"]
    assert all_antenna_files(names) == ("p.msi", "mast.az", "mast.el")


def test_the_built_in_antennas_are_those_that_radiate() -> None:
    assert PATTERNS == BUILT_IN_ANTENNAS == TABLES["cells"]["antenna"].choices
