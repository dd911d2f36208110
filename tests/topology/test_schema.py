"""Tables: what the declaration accepts, and what it says about the rest."""

from __future__ import annotations

import dataclasses
import math

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ngbw.topology import network
from ngbw.topology.errors import MissingError
from ngbw.topology.schema import check, coerce, empty_frame
from ngbw.topology.tables import TABLES, find_table

SITES = TABLES["sites"]


def sites(*rows):
    return pd.DataFrame(list(rows), dtype=object)


GOOD = {"site_id": "A", "lon": "121.5", "lat": "31.3"}


def test_good_rows_have_no_problem_and_get_types_and_defaults():
    frame = sites(GOOD, {**GOOD, "site_id": "007", "antenna_height_m": "35"})
    assert check(SITES, frame) == []
    typed = coerce(SITES, frame)
    assert typed["site_id"].tolist() == ["A", "007"]
    assert typed["lon"].tolist() == [121.5, 121.5]
    assert typed["state"].tolist() == ["candidate", "candidate"]
    assert math.isnan(typed["antenna_height_m"][0])
    assert typed["antenna_height_m"][1] == 35.0


@pytest.mark.parametrize(
    ("change", "column", "rule"),
    [
        ({"lat": "121.5"}, "lat", "-90 to 90"),
        ({"lon": "abc"}, "lon", "must be a number in deg"),
        ({"lon": ""}, "lon", "must not be empty"),
        ({"antenna_height_m": "-3"}, "antenna_height_m", "from 1 to 700"),
        ({"antenna_height_m": "nan!"}, "antenna_height_m", "must be a number in m"),
        ({"state": "maybe"}, "state", "built, planned, candidate, forbidden"),
        ({"site_id": "x" * 65}, "site_id", "1 to 64 characters"),
        ({"site_id": "a\nb"}, "site_id", "without control or direction characters"),
        ({"cost": "inf"}, "cost", "at least 0"),
    ],
)
def test_each_broken_cell_is_named_with_row_rule_and_way_out(change, column, rule):
    problems = check(SITES, sites(GOOD, {**GOOD, "site_id": "B", **change}), file="my.csv")
    (problem,) = problems
    assert (problem.row, problem.column, problem.file) == (3, column, "my.csv")
    assert rule in problem.rule
    assert problem.fix
    assert str(problem).startswith(f"my.csv, row 3, column {column}")


def test_missing_column_is_one_problem_that_lists_the_headings():
    (problem,) = check(SITES, pd.DataFrame({"site_id": ["A"], "经度": ["1"], "lat": ["31"]}))
    assert problem.row is None
    assert "'lon'" in problem.rule
    assert "经度" in problem.fix


def test_double_key_names_the_first_row():
    problems = check(SITES, sites(GOOD, GOOD))
    assert [p.row for p in problems] == [3]
    assert "row 2" in problems[0].rule


def test_spreadsheet_number_stays_an_id():
    assert coerce(SITES, sites({**GOOD, "site_id": 7.0}))["site_id"].tolist() == ["7"]


def test_unknown_columns_are_kept_behind_the_declared():
    typed = coerce(SITES, sites({**GOOD, "owner": "OCN"}))
    assert typed.columns.tolist()[-1] == "owner"
    assert typed["owner"].tolist() == ["OCN"]


def test_empty_table_has_every_column_with_its_type():
    for table in TABLES.values():
        frame = empty_frame(table)
        assert frame.columns.tolist() == table.names
        assert len(frame) == 0
        assert check(table, frame) == []


@given(st.lists(st.text(max_size=30), max_size=5), st.sampled_from(list(TABLES)))
def test_any_text_in_any_cell_is_checked_without_raising(texts, name):
    table = TABLES[name]
    frame = pd.DataFrame(dict.fromkeys(table.names, texts), dtype=object)
    problems = check(table, frame)
    typed = coerce(table, frame)
    assert typed.columns.tolist() == table.names
    assert all(str(problem) for problem in problems)


def test_coercing_twice_changes_nothing():
    once = coerce(SITES, sites(GOOD, {**GOOD, "site_id": "B", "cost": "1.5"}))
    pd.testing.assert_frame_equal(coerce(SITES, once), once)


def test_references_point_to_declared_keys_of_earlier_tables():
    order = list(TABLES)
    for table in TABLES.values():
        assert table.key in table
        for column in table.columns:
            if column.references:
                other, key = column.references.split(".")
                assert TABLES[other].key == key
                assert order.index(other) < order.index(table.name)


def test_records_have_the_columns_of_their_tables():
    records = {
        "sites": network.Site, "cells": network.Cell, "devices": network.Device,
        "ports": network.Port, "links": network.Link,
    }  # fmt: skip
    for name, record in records.items():
        assert [field.name for field in dataclasses.fields(record)] == TABLES[name].names


def test_unknown_table_names_them_all():
    with pytest.raises(MissingError, match="areas, sites, cells"):
        find_table("site")


def test_every_column_with_a_unit_says_it_in_its_name():
    endings = {
        "deg": ("_deg", "lon", "lat"), "m": ("_m",), "km": ("_km",), "MHz": ("_mhz",),
        "dBm": ("_dbm",), "dBi": ("_dbi",), "dB": ("_db",), "Mbit/s": ("_mbps",),
        "km2": ("_km2",), "people": ("people", "population"),
    }  # fmt: skip
    for table in TABLES.values():
        for column in table.columns:
            if column.unit:
                assert column.name.endswith(endings[column.unit])
