"""Every problem of a project is found at once, with its place and the way out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from shapely import LineString, MultiPolygon, Point, Polygon, box

from ngbw.topology.datum import wgs84_to_bd09, wgs84_to_gcj02
from ngbw.topology.errors import Problem, TableError
from ngbw.topology.files import write_table_file
from ngbw.topology.project import Project, open_project
from ngbw.topology.references import references
from ngbw.topology.schema import coerce
from ngbw.topology.tables import TABLES
from ngbw.topology.validate import geometries, validate_project

SETTINGS = """
format = 1
name = "test"
crs = "EPSG:32651"
headline_service = "indoor"
[services.indoor]
transmitter = "site"
[transmitters.site]
power_dbm = {value = 43, source = "typical", assumed = true}
height_m = {value = 35, source = "typical", assumed = true}
tilt_deg = {value = 4, source = "typical", assumed = true}
"""
DISTRICT = box(121.48, 31.25, 121.56, 31.35)


def typed(table: str, **columns: list[object]) -> pd.DataFrame:
    return coerce(TABLES[table], pd.DataFrame(columns, dtype=object))


def project(directory: Path, *, settings: str = SETTINGS, **texts: str) -> Project:
    (directory / "ngbw.toml").write_text(settings, encoding="utf-8")
    for table, text in texts.items():
        (directory / f"{table}.csv").write_text(text, encoding="utf-8")
    return open_project(directory)


def with_areas(directory: Path) -> None:
    frame = pd.DataFrame(
        {
            "area_id": ["d", "s"], "name": ["区", "街道"], "kind": ["district", "subdistrict"],
            "geometry": [DISTRICT, DISTRICT],
        }
    )  # fmt: skip
    write_table_file(directory / "areas.geojson", frame, table=TABLES["areas"])


def errors(problems: list[Problem]) -> list[Problem]:
    return [problem for problem in problems if problem.severity == "error"]


# ---------------------------------------------------------------- references


def test_a_dangling_id_names_its_row_and_the_table_it_should_be_in() -> None:
    cells = typed("cells", cell_id=["a", "b"], site_id=["S", "X"])
    (problem,) = references({"cells": cells, "sites": typed("sites", site_id=["S"])})
    assert (problem.row, problem.column, problem.value) == (3, "site_id", "X")
    assert "sites" in problem.rule
    assert problem.file == "cells.csv"


def test_every_id_of_a_list_is_looked_up() -> None:
    links = typed("links", link_id=["l"], a_site=["S"], b_site=["T"], spans=["p; q ;r"])
    tables = {
        "links": links, "sites": typed("sites", site_id=["S", "T"]),
        "spans": typed("spans", span_id=["p"]),
    }  # fmt: skip
    found = references(tables, {"links": "mine.csv"}, first_rows={"links": 5})
    assert [(p.value, p.row, p.file) for p in found] == [("q", 5, "mine.csv"), ("r", 5, "mine.csv")]


def test_empty_references_are_no_problem_and_a_missing_table_has_no_rows() -> None:
    assert references({"sites": typed("sites", site_id=["S"], area_id=[""])}) == []
    assert len(references({"sites": typed("sites", site_id=["S"], area_id=["x"])})) == 1


def test_a_link_with_equal_ends_is_a_warning() -> None:
    tables = {
        "links": typed("links", link_id=["l"], a_site=["S"], b_site=["S"]),
        "sites": typed("sites", site_id=["S"]),
    }
    (problem,) = references(tables)
    assert (problem.severity, problem.row) == ("warning", 2)


# ---------------------------------------------------------------- geometry


def areas(*shapes: object) -> list[Problem]:
    return geometries(TABLES["areas"], pd.DataFrame({"geometry": list(shapes)}, dtype=object), "a")


BOW = Polygon([(121.5, 31.3), (121.6, 31.4), (121.6, 31.3), (121.5, 31.4)])


@pytest.mark.parametrize(
    ("shape", "rule"),
    [
        (None, "missing or empty"),
        (Polygon(), "missing or empty"),
        (Point(121, 31), "must be a polygon"),
        (BOW, "crosses itself at 121.550000, 31.350000"),
        (box(0, 0, 400, 10), "longitude -180 to 180"),
        (Polygon(box(121, 31, 122, 32).exterior, [box(125, 31, 126, 32).exterior]), "hole lies"),
        (MultiPolygon([box(121, 31, 122, 32), box(121.5, 31, 122.5, 32)]), "crosses itself at"),
    ],
)
def test_a_broken_geometry_is_said_with_the_place(shape: object, rule: str) -> None:
    found = areas(DISTRICT, shape)
    assert [problem.row for problem in found] == [3]
    assert rule in found[0].rule
    assert found[0].fix


def test_sound_geometry_is_no_problem() -> None:
    assert areas(DISTRICT, MultiPolygon([DISTRICT])) == []
    lines = pd.DataFrame({"geometry": [LineString([(0, 0), (1, 1), (1, 0), (0, 1)])]})
    assert geometries(TABLES["streets"], lines) == []  # a street may cross itself
    assert geometries(TABLES["sites"], pd.DataFrame({"lon": [1.0]})) == []


def test_a_table_without_its_geometry_is_one_problem() -> None:
    (problem,) = geometries(TABLES["spans"], pd.DataFrame({"span_id": ["a", "b"]}))
    assert problem.row is None
    assert "each row must have a line" in problem.rule


# ---------------------------------------------------------------- the whole project


def test_a_sound_project_has_no_problems(tmp_path: Path) -> None:
    with_areas(tmp_path)
    found = project(
        tmp_path,
        sites="site_id,name,lon,lat,state\nA,甲,121.5,31.3,candidate\n",
        demand="demand_id,lon,lat,people,census_year\n1,121.5,31.3,10,2020\n",
    )
    assert validate_project(found) == []


def test_all_problems_of_all_tables_come_at_once(tmp_path: Path) -> None:
    found = project(
        tmp_path,
        sites="site_id,lon,lat,state\nA,121.5,95,built\nA,121.5,31.3,maybe\n",
        cells="cell_id,site_id\nc,X\n",
        links="link_id,a_site\nl,A\n",
    )
    problems = errors(validate_project(found))
    assert [(p.file, p.row, p.column) for p in problems] == [
        ("sites.csv", 3, "state"), ("sites.csv", 2, "lat"), ("sites.csv", 3, "site_id"),
        ("links.csv", None, "b_site"), ("cells.csv", 2, "site_id"),
    ]  # fmt: skip
    assert all(problem.rule and problem.fix for problem in problems)


def test_an_unreadable_file_is_a_problem_and_hides_no_other(tmp_path: Path) -> None:
    found = project(tmp_path, cells="cell_id,site_id,power_dbm\nc,A,many\n")
    (tmp_path / "sites.csv").write_bytes(b"\x00\x01\x02binary")
    problems = errors(validate_project(found))
    # The reference to sites cannot be judged and is not reported on top.
    assert [(p.file, p.column) for p in problems] == [
        ("sites.csv", None),
        ("cells.csv", "power_dbm"),
    ]


def test_a_polygon_that_crosses_itself_is_found_in_its_file(tmp_path: Path) -> None:
    frame = pd.DataFrame({"area_id": ["x"], "name": ["甲"], "geometry": [BOW]})
    write_table_file(tmp_path / "areas.geojson", frame, table=TABLES["areas"])
    (problem,) = errors(validate_project(project(tmp_path)))
    assert (problem.file, problem.row, problem.column) == ("areas.geojson", 1, "geometry")


def test_what_makes_a_plan_impossible_is_warned_of(tmp_path: Path) -> None:
    text = SETTINGS.replace("tilt_deg", "other")
    found = validate_project(project(tmp_path, settings=text))
    assert errors(found) == []
    said = " | ".join(problem.rule for problem in found)
    for words in (
        "no area of kind district", "no subdistricts", "no demand", "no candidate sites",
        "has no sound tilt_deg",
    ):  # fmt: skip
        assert words in said


def test_people_without_a_year_are_warned_of_unless_the_project_has_one(tmp_path: Path) -> None:
    demand = "demand_id,lon,lat,people\n1,121.5,31.3,10\n"
    found = validate_project(project(tmp_path, demand=demand))
    assert any(problem.column == "census_year" for problem in found)
    dated = SETTINGS.replace('name = "test"', 'name = "test"\ncensus_year = 2020')
    found = validate_project(project(tmp_path, settings=dated, demand=demand))
    assert not any(problem.column == "census_year" for problem in found)


def test_exchanges_and_data_centres_may_stand_outside_the_district(tmp_path: Path) -> None:
    with_areas(tmp_path)
    rows = "X,exchange,121.7,31.3\nD,idc,121.7,31.3\nR,olt,121.7,31.3\n"
    found = project(tmp_path, sites=f"site_id,kind,lon,lat\n{rows}")
    (warning,) = [p for p in validate_project(found) if "outside the district" in p.rule]
    assert warning.row == 4


def test_sites_outside_the_district_are_one_warning(tmp_path: Path) -> None:
    with_areas(tmp_path)
    rows = "".join(f"S{n},121.7,31.3\n" for n in range(12))
    found = project(tmp_path, sites=f"site_id,lon,lat\nA,121.5,31.3\n{rows}")
    (warning,) = [p for p in validate_project(found) if "outside the district" in p.rule]
    assert warning.value == "12 of 13 rows"
    assert "rows 3, 4, 5, 6, 7, 8, 9, 10 and 4 more" in warning.rule


def test_gcj02_given_as_wgs84_is_warned_of_with_its_measure(tmp_path: Path) -> None:
    lon, lat = wgs84_to_gcj02(121.5, 31.3)
    found = project(
        tmp_path,
        places="place_id,name,kind,lon,lat\n1,图书馆,library,121.5,31.3\n",
        sites=f"site_id,name,lon,lat\nA,图书馆基站,{float(lon)!r},{float(lat)!r}\n",
    )
    (warning,) = [p for p in validate_project(found) if "look like gcj02" in p.rule]
    assert warning.file == "sites.csv"
    assert "1 row named like known landmarks (图书馆) measure 47" in warning.rule
    assert "--crs gcj02" in warning.fix


def test_hidden_characters_are_said(tmp_path: Path) -> None:
    rows = "A\u202eB,x,121.5,31.3\nC,y\u202ez,121.5,31.3\n"
    found = validate_project(project(tmp_path, sites="site_id,name,lon,lat\n" + rows))
    (wrong,) = [p for p in found if p.severity == "error"]
    assert "must not contain control or direction characters; it has U+202E" in wrong.rule
    (warning,) = [p for p in found if p.column == "name"]
    assert (warning.severity, warning.row, warning.value) == ("warning", 3, "y\u202ez")


@pytest.mark.parametrize("convert", [wgs84_to_gcj02, wgs84_to_bd09])
def test_three_shifted_sites_among_right_ones_are_counted(tmp_path: Path, convert: Any) -> None:
    at = [(f"地点{n}", 121.48 + n / 500, 31.25 + n / 900) for n in range(20)]
    moved = [(n, *map(float, convert(x, y))) for n, x, y in at[:3]] + at[3:]
    found = project(
        tmp_path,
        places="place_id,name,kind,lon,lat\n"
        + "".join(f"{n},{n},park,{x!r},{y!r}\n" for n, x, y in at),
        sites="site_id,name,lon,lat\n" + "".join(f"{n},{n},{x!r},{y!r}\n" for n, x, y in moved),
    )
    (warning,) = [p for p in validate_project(found) if "look like" in p.rule]
    assert "3 of 20 rows" in warning.rule


def places(problems: list[Problem]) -> list[tuple[str, int | None, str | None]]:
    return [(problem.table, problem.row, problem.column) for problem in errors(problems)]


def test_a_pon_class_or_split_that_no_budget_takes_is_an_error_with_the_nearest(tmp_path):
    odd = project(
        tmp_path,
        sites="site_id,kind,lon,lat\nO,olt,121.5,31.3\nB,building,121.51,31.3\n",
        links="link_id,kind,a_site,b_site,pon_class,split\n"
        "1,pon,O,B,gpon-z,1:32\n2,pon,O,B,gpon-b+,1:x\n3,pon,O,B,,1:256\n4,pon,O,B,,1:4 1:8\n",
    )
    found = errors(validate_project(odd))
    assert places(found) == [
        ("links", 2, "pon_class"), ("links", 3, "split"), ("links", 4, "split"),
    ]  # fmt: skip
    assert "did you mean 'gpon-b+'?" in found[0].rule
    with pytest.raises(TableError, match=r"links.csv, row 2, column pon_class is 'gpon-z'"):
        odd.network()


def test_targets_and_statements_that_no_verb_takes_are_errors(tmp_path):
    odd = project(
        tmp_path,
        targets="id,meaning,metric,operator,value,due,kind\n"
        "T1,m,coverage.share,>=,90,2016-06-30,number\nT2,m,nonsense.metric,>=,1,2016-06-30,number\n"
        "T3,m,coverage.share,by,0.9,2016-06-30,number\n",
        statements="statement_id,metric,target_id,value,as_of\n1,nonsense.metric,,1,2016-01-01\n"
        "2,coverage.share,,95,2016-01-01\n3,,T3,95,2016-01-01\n4,,,1,2016-01-01\n",
    )
    assert places(validate_project(odd)) == [
        ("targets", 3, "metric"), ("targets", 2, "value"), ("targets", 4, "operator"),
        ("statements", 2, "metric"), ("statements", 3, "value"), ("statements", 4, "value"),
        ("statements", 5, "metric"),
    ]  # fmt: skip


def test_an_option_of_imports_is_no_advice_to_a_project(tmp_path):
    odd = project(tmp_path, sites="site_id,kind,lon,lat\nO,olt,often,31.3\nB\u202e,olt,121,31\n")
    found = errors(validate_project(odd))
    assert len(found) == 2
    assert not [problem.fix for problem in found if "--skip-bad" in problem.fix]
