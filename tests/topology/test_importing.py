"""Foreign tables come into a project whole and understood, or not at all."""

from __future__ import annotations

import errno
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pytest
from shapely import LineString, Point, Polygon, box

from ngbw.topology import importing
from ngbw.topology.datum import wgs84_to_bd09, wgs84_to_gcj02
from ngbw.topology.errors import (
    FileError,
    MissingError,
    NgbwError,
    SurroundingsError,
    TableError,
    UsageError,
)
from ngbw.topology.export import export_table
from ngbw.topology.history import list_changes, undo
from ngbw.topology.importing import PreparedImport, apply_import, prepare_import
from ngbw.topology.project import Project, open_project
from ngbw.topology.tables import TABLES
from ngbw.topology.template import write_template

SETTINGS = """
format = 1
name = "test"
crs = "EPSG:32651"
headline_service = "indoor"
[services.indoor]
transmitter = "site"
[transmitters.site]
power_dbm = {value = 43, source = "typical", assumed = true}
gain_dbi = {value = 11, source = "typical", assumed = true}
feeder_loss_db = {value = 2, source = "typical", assumed = true}
height_m = {value = 35, source = "typical roof", assumed = true}
tilt_deg = {value = 4, source = "typical", assumed = true}
pattern = {value = "omni", source = "typical", assumed = true}
"""

SITES = "site_id,name,lon,lat,antenna_height_m\nA,甲,121.50,31.30,40\nB,乙,121.51,31.31,30\n"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    directory = tmp_path / "project"
    directory.mkdir()
    (directory / "ngbw.toml").write_text(SETTINGS, encoding="utf-8")
    return open_project(directory)


@pytest.fixture
def foreign(tmp_path: Path) -> Callable[..., Path]:
    def write(text: str, name: str = "foreign.csv", encoding: str = "utf-8") -> Path:
        path = tmp_path / name
        path.write_bytes(text.encode(encoding))
        return path

    return write


def take(project: Project, table: str, path: Path, **options: Any) -> PreparedImport:
    prepared = prepare_import(project, table, path, **options)
    apply_import(project, prepared)
    return prepared


def ids(project: Project, table: str = "sites") -> list[str]:
    frame = open_project(project.directory).table(table)
    return list(frame.iloc[:, 0])


def tables_written(project: Project) -> list[str]:
    return sorted(
        p.name for p in project.directory.iterdir() if p.suffix != ".toml" and p.is_file()
    )


def layer(path: Path, shapes: list[Any], **columns: list[object]) -> Path:
    frame = gpd.GeoDataFrame(columns, geometry=shapes, crs="EPSG:4326")
    path.write_text(frame.to_json(), encoding="utf-8")
    return path


def add_areas(project: Project, folder: Path) -> None:
    path = layer(
        folder / "areas.geojson",
        [box(121.48, 31.25, 121.56, 31.35), box(121.48, 31.25, 121.505, 31.35)],
        code=["310110", "310110001"], name=["杨浦区", "五角场街道"], kind=["district", "subdistrict"],
    )  # fmt: skip
    take(project, "areas", path)


# ---------------------------------------------------------------- understanding


def test_a_chinese_table_in_gb18030_is_understood(project: Project, foreign: Any) -> None:
    path = foreign(
        "站址编号,站名,经度,纬度,挂高(m),状态,备注\n"
        "007,甲,121°30′00″,31°18′05″,40,已建,x\n"
        "008,乙,E121.31.30,31.30,35米,规划,\n",
        encoding="gb18030",
    )
    prepared = take(project, "sites", path)
    assert prepared.encoding == "gb18030"
    assert {m.column: m.heading for m in prepared.headings}["antenna_height_m"] == "挂高(m)"
    assert prepared.unmatched == ("备注",)
    rows = open_project(project.directory).table("sites").set_index("site_id")
    assert rows.loc["007", "lon"] == 121.5
    assert rows.loc["007", "lat"] == pytest.approx(31 + 18 / 60 + 5 / 3600, abs=1e-12)
    assert rows.loc["008", "lon"] == pytest.approx(121.525, abs=1e-12)
    assert rows["antenna_height_m"].tolist() == [40, 35]
    assert rows["state"].tolist() == ["built", "planned"]
    assert rows["备注"].tolist() == ["x", ""]
    assert "2 positions are in degrees, minutes and seconds" in prepared.notes
    assert "state: 已建 is built" in prepared.notes


def test_units_are_converted_and_said(project: Project, foreign: Any) -> None:
    take(project, "sites", foreign(SITES))
    path = foreign("cell_id,site_id,Height [ft],频率(GHz),发射功率(W)\nc1,A,100,0.698,20\n")
    prepared = take(project, "cells", path)
    (row,) = open_project(project.directory).table("cells").to_dict("records")
    assert row["height_m"] == pytest.approx(30.48)
    assert row["freq_mhz"] == pytest.approx(698)
    assert row["power_dbm"] == pytest.approx(43.01, abs=0.01)
    assert "height_m: Height [ft] is converted to m" in prepared.notes


def test_nothing_is_written_by_preparing(project: Project, foreign: Any) -> None:
    prepared = prepare_import(project, "sites", foreign(SITES))
    assert (prepared.rows_read, prepared.rows_new) == (2, 2)
    assert [p.name for p in project.directory.iterdir()] == ["ngbw.toml"]
    assert prepared.to_dict()["rows"]["good"] == 2


def test_map_and_set_say_what_the_file_does_not(project: Project, foreign: Any) -> None:
    path = foreign("nr,wo_x,wo_y\nA,121.5,31.3\n")
    with pytest.raises(TableError, match=r"no column 'lon'.*--map lon=THEIRS.*nr, wo_x, wo_y"):
        take(project, "sites", path, mapping={"site_id": "nr"})
    take(
        project, "sites", path,
        mapping={"site_id": "nr", "lon": "wo_x", "lat": "wo_y"},
        defaults={"state": "built", "kind": "headend"},
    )  # fmt: skip
    (row,) = project.table("sites").to_dict("records")
    assert (row["site_id"], row["state"], row["kind"]) == ("A", "built", "headend")


def test_a_set_that_breaks_its_column_is_a_usage_error(project: Project, foreign: Any) -> None:
    with pytest.raises(UsageError, match="--set state=done: must be one of built"):
        prepare_import(project, "sites", foreign(SITES), defaults={"state": "done"})
    with pytest.raises(UsageError, match="did you mean 'state'"):
        prepare_import(project, "sites", foreign(SITES), defaults={"stat": "built"})


def test_foreign_kinds_of_sites_do_no_harm(project: Project, foreign: Any) -> None:
    path = foreign(
        "site_id,lon,lat,类型\nA,121.5,31.3,学校\nB,121.5,31.3,基站\nC,121.5,31.3,候选\nD,121.5,31.3,\n"
    )
    take(project, "sites", path)
    rows = open_project(project.directory).table("sites").set_index("site_id")
    assert rows["kind"].to_dict() == {"A": "ngb-w", "B": "base-station", "C": "ngb-w", "D": "ngb-w"}
    assert rows.loc["A", "category"] == "学校"
    assert rows.loc["C", "state"] == "candidate"


def test_a_foreign_kind_beside_a_category_is_kept(project: Project, foreign: Any) -> None:
    take(project, "sites", foreign("site_id,lon,lat,kind,category\nA,121.5,31.3,tower,roof\n"))
    (row,) = open_project(project.directory).table("sites").to_dict("records")
    assert (row["kind"], row["category"], row["kind (file)"]) == ("ngb-w", "roof", "tower")


def test_only_the_first_sheet_is_read_and_the_others_are_named(
    project: Project, tmp_path: Path
) -> None:
    book = openpyxl.Workbook()
    book.worksheets[0].title = "站点"
    for row in (["站号", "经度", "纬度"], [7, 121.5, 31.3]):
        book.worksheets[0].append(row)
    book.create_sheet("旧").append(["站号", "经度", "纬度"])
    book.worksheets[1].append([8, 121.5, 31.3])
    book.save(tmp_path / "a.xlsx")
    prepared = take(project, "sites", tmp_path / "a.xlsx")
    assert any("the file also has 旧" in str(w) for w in prepared.warnings)
    take(project, "sites", tmp_path / "a.xlsx", layer="旧")
    assert ids(project) == ["7", "8"]


# ---------------------------------------------------------------- keys, updates, undo


def test_rows_with_a_known_key_are_updated_and_others_appended(
    project: Project, foreign: Any
) -> None:
    take(project, "sites", foreign(SITES))
    prepared = take(
        project,
        "sites",
        foreign("site_id,lon,lat,name,extra\nB,121.51,31.31,新,1\nC,121.52,31.3,丙,2\n"),
    )
    assert (prepared.rows_new, prepared.rows_changed, prepared.rows_unchanged) == (1, 1, 0)
    rows = open_project(project.directory).table("sites")
    assert rows["site_id"].tolist() == ["A", "B", "C"]
    assert rows["name"].tolist() == ["甲", "新", "丙"]
    assert rows["antenna_height_m"].tolist() == [40, 30, 35]  # what the file leaves out stays
    assert rows["extra"].tolist() == ["", "1", "2"]


def test_two_columns_can_correct_two_columns(project: Project, foreign: Any) -> None:
    take(project, "sites", foreign(SITES))
    take(project, "sites", foreign("site_id,antenna_height_m\nA,55\nB,\n"))
    rows = open_project(project.directory).table("sites")
    assert rows["antenna_height_m"].tolist() == [55, 30]
    assert rows["lon"].tolist() == [121.50, 121.51]


def test_the_same_file_again_changes_nothing_and_makes_no_history(
    project: Project, foreign: Any
) -> None:
    take(project, "sites", foreign(SITES))
    prepared = prepare_import(project, "sites", foreign(SITES))
    assert (prepared.rows_new, prepared.rows_changed, prepared.rows_unchanged) == (0, 0, 2)
    assert apply_import(project, prepared).number is None
    assert len(list_changes(project.directory)) == 1


def test_replace_removes_what_the_file_does_not_have(project: Project, foreign: Any) -> None:
    take(project, "sites", foreign(SITES))
    prepared = take(project, "sites", foreign("site_id,lon,lat\nB,121.51,31.31\n"), replace=True)
    assert prepared.rows_removed == 1
    assert ids(project) == ["B"]


def test_replace_does_not_strand_rows_of_other_tables(project: Project, foreign: Any) -> None:
    take(project, "sites", foreign(SITES))
    take(project, "cells", foreign("cell_id,site_id\nc1,A\n"))
    path = foreign("site_id,lon,lat\nB,121.51,31.31\n")
    with pytest.raises(TableError, match=r"cells.csv.*'A'.*row 2 names a row of sites"):
        take(project, "sites", path, replace=True)
    assert ids(project) == ["A", "B"]


def test_undo_takes_an_import_back(project: Project, foreign: Any) -> None:
    take(project, "sites", foreign(SITES))
    before = (project.directory / "sites.csv").read_bytes()
    take(project, "sites", foreign("site_id,lon,lat\nC,121.5,31.3\n"))
    assert undo(project.directory).reason.startswith("import foreign.csv into sites: 1 new")
    assert (project.directory / "sites.csv").read_bytes() == before
    undo(project.directory)
    assert tables_written(project) == []


def test_ids_are_made_where_a_file_has_none_and_stay_the_same(
    project: Project, foreign: Any
) -> None:
    path = foreign("name,lon,lat\n甲,121.5,31.3\n乙,121.51,31.3\n乙,121.51,31.3\n", "poi 2026.csv")
    prepared = take(project, "places", path, defaults={"kind": "school"})
    assert "made of the file's name" in prepared.key
    first = ids(project, "places")
    assert len(set(first)) == 3
    assert all(name.startswith("poi-2026-") for name in first)
    again = prepare_import(project, "places", path, defaults={"kind": "school"})
    assert again.rows_unchanged == 3


def test_an_import_prepared_from_older_rows_is_refused(project: Project, foreign: Any) -> None:
    prepared = prepare_import(project, "sites", foreign(SITES))
    take(project, "sites", foreign("site_id,lon,lat\nZ,121.5,31.3\n"))
    with pytest.raises(SurroundingsError, match="changed by somebody else"):
        apply_import(project, prepared)
    assert ids(project) == ["Z"]


def test_a_broken_table_is_not_written_over_unless_replaced(project: Project, foreign: Any) -> None:
    (project.directory / "sites.csv").write_text("site_id,lon,lat\nA,far,31.3\n", encoding="utf-8")
    with pytest.raises(TableError, match=r"sites.csv, row 2, column lon"):
        prepare_import(project, "sites", foreign(SITES))
    take(project, "sites", foreign(SITES), replace=True)
    assert ids(project) == ["A", "B"]


# ---------------------------------------------------------------- filled in and said


def test_a_missing_height_takes_the_services_default_and_is_marked(
    project: Project, foreign: Any
) -> None:
    path = foreign("site_id,lon,lat,roof_height_m,antenna_height_m\n"
                   "A,121.5,31.3,,\nB,121.5,31.3,60,\nC,121.5,31.3,60,70\n")  # fmt: skip
    prepared = take(project, "sites", path)
    rows = open_project(project.directory).table("sites")
    assert rows["antenna_height_m"].tolist() == [35, 60, 70]  # never below the roof
    assert rows["assumed"].tolist() == ["antenna_height_m", "antenna_height_m", ""]
    (assumed,) = prepared.assumed
    assert (assumed.rows, assumed.source) == (2, "typical roof")
    assert assumed.value.startswith("35 m")


def test_a_later_figure_takes_the_mark_away(project: Project, foreign: Any) -> None:
    take(project, "sites", foreign("site_id,lon,lat\nA,121.5,31.3\n"))
    take(project, "sites", foreign("site_id,antenna_height_m\nA,41\n"))
    (row,) = open_project(project.directory).table("sites").to_dict("records")
    assert (row["antenna_height_m"], row["assumed"]) == (41, "")


def test_a_cell_takes_power_pattern_and_tilt_and_its_height_from_its_site(
    project: Project, foreign: Any
) -> None:
    take(project, "sites", foreign(SITES))
    take(project, "cells", foreign("cell_id,site_id,tilt_deg\nc1,A,9\n"))
    (row,) = open_project(project.directory).table("cells").to_dict("records")
    assert (row["power_dbm"], row["gain_dbi"], row["feeder_loss_db"]) == (43, 11, 2)
    assert (row["antenna"], row["tilt_deg"]) == ("omni", 9)
    assert np.isnan(row["height_m"])
    assert row["assumed"].split() == ["power_dbm", "antenna", "gain_dbi", "feeder_loss_db"]


def test_a_figure_that_nobody_knows_stays_empty_with_a_warning(
    project: Project, foreign: Any
) -> None:
    text = SETTINGS.replace("height_m = {value = 35", "unused = {value = 35")
    (project.directory / "ngbw.toml").write_text(text, encoding="utf-8")
    fresh = open_project(project.directory)
    prepared = take(fresh, "sites", foreign("site_id,lon,lat\nA,121.5,31.3\n"))
    assert any(w.column == "antenna_height_m" for w in prepared.warnings)
    assert fresh.table("sites")["antenna_height_m"].isna().all()


def test_subdistricts_are_found_by_position_or_by_their_name(
    project: Project, foreign: Any, tmp_path: Path
) -> None:
    add_areas(project, tmp_path)
    path = foreign("site_id,lon,lat,街道\nA,121.50,31.30,\nB,121.52,31.30,五角场街道\n"
                   "C,121.50,31.30,310110001\nD,121.50,31.30,某某镇\nE,121.52,31.30,\n")  # fmt: skip
    prepared = take(project, "sites", path)
    rows = open_project(project.directory).table("sites").set_index("site_id")
    assert rows["area_id"].to_dict() == {
        "A": "310110001", "B": "310110001", "C": "310110001", "D": "310110001", "E": "",
    }  # fmt: skip
    assert rows.loc["D", "街道"] == "某某镇"  # not lost
    assert any("none of the project's areas" in str(w) for w in prepared.warnings)


def test_a_site_outside_the_district_is_a_warning_and_is_imported(
    project: Project, foreign: Any, tmp_path: Path
) -> None:
    add_areas(project, tmp_path)
    prepared = take(project, "sites", foreign("site_id,lon,lat\nA,121.60,31.24\nB,121.5,31.3\n"))
    (warning,) = [w for w in prepared.warnings if "outside the district" in w.rule]
    assert (warning.row, warning.severity) == (2, "warning")
    assert ids(project) == ["A", "B"]


# ---------------------------------------------------------------- datums


@pytest.mark.parametrize("crs", ["gcj02", "bd09"])
def test_a_chinese_datum_is_suspected_measured_and_converted(
    project: Project, foreign: Any, crs: str
) -> None:
    convert = {"gcj02": wgs84_to_gcj02, "bd09": wgs84_to_bd09}[crs]
    names = ["五角场基站", "外白渡桥", "东方明珠"]
    true = np.array([[121.511, 31.301], [121.4855, 31.2453], [121.4951, 31.2420]])
    lon, lat = convert(true[:, 0], true[:, 1])
    rows = "".join(f"{i},{n},{x!r},{y!r}\n" for i, (n, x, y) in enumerate(zip(names, lon.tolist(), lat.tolist(), strict=True)))  # fmt: skip
    path = foreign("site_id,name,lon,lat\n" + rows)
    suspected = prepare_import(project, "sites", path)
    assert suspected.problems == ()
    (warning,) = [w for w in suspected.warnings if w.column == "lon, lat"]
    assert f"look like {crs}" in warning.rule
    assert ("472 m" if crs == "gcj02" else "1118 m")[:2] in warning.rule
    assert f"--crs {crs}" in warning.fix
    prepared = take(project, "sites", path, crs=crs)
    assert prepared.warnings == ()
    found = open_project(project.directory).table("sites")[["lon", "lat"]].to_numpy()
    assert np.allclose(found, true, rtol=0, atol=1e-9)


def test_the_datum_of_a_heading_is_taken(project: Project, foreign: Any) -> None:
    prepared = take(project, "sites", foreign("站号,经度(GCJ02),纬度(GCJ02)\nA,121.5043,31.2979\n"))
    assert prepared.crs == "gcj02"
    assert open_project(project.directory).table("sites")["lon"].iloc[0] < 121.5


def test_projected_metres_need_their_system(project: Project, foreign: Any) -> None:
    path = foreign("站号,东坐标,北坐标\nA,361000,3465000\nB,362000,3465000\n")
    with pytest.raises(TableError, match=r"all 2 positions look like metres.*--crs EPSG:n"):
        take(project, "sites", path)
    take(project, "sites", path, crs="EPSG:32651")
    rows = open_project(project.directory).table("sites")
    assert rows["lon"].iloc[0] == pytest.approx(121.539295, abs=1e-6)


def test_polygons_are_moved_too(project: Project, tmp_path: Path) -> None:
    lon, lat = wgs84_to_gcj02([121.5, 121.52, 121.52], [31.3, 31.3, 31.31])
    shifted = Polygon(list(zip(lon.tolist(), lat.tolist(), strict=True)))
    path = layer(tmp_path / "a.geojson", [shifted], id=["x"], name=["甲"])
    take(project, "areas", path, crs="gcj02")
    shape = open_project(project.directory).table("areas")["geometry"].iloc[0]
    assert shape.equals_exact(Polygon([(121.5, 31.3), (121.52, 31.3), (121.52, 31.31)]), 1e-9) or (
        shape.normalize().equals_exact(
            Polygon([(121.5, 31.3), (121.52, 31.3), (121.52, 31.31)]).normalize(), 1e-9
        )
    )


def test_a_file_that_states_its_system_takes_no_other(project: Project, tmp_path: Path) -> None:
    path = layer(tmp_path / "a.geojson", [box(121, 31, 122, 32)], id=["x"], name=["甲"])
    with pytest.raises(UsageError, match="leave --crs out"):
        prepare_import(project, "areas", path, crs="EPSG:32651")


# ---------------------------------------------------------------- bad input


BAD: dict[str, tuple[str, str, str]] = {
    "missing column": ("sites", "site_id,lon\nA,121.5\n", r"no column 'lat'.*--map lat=THEIRS"),
    "duplicate id": (
        "sites", "site_id,lon,lat\nA,121.5,31.3\nA,121.6,31.3\n",
        r"row 3, column site_id is 'A': is already the site_id of row 2",
    ),
    "latitude in the longitude column": (
        "sites", "站号,经度,纬度\nA,31.3,121.5\nB,31.31,121.51\n",
        r"longitude and latitude look swapped in all 2 rows; use --map lon=纬度 --map lat=经度",
    ),
    "one swapped row": (
        "sites", "site_id,lon,lat\nA,121.5,31.3\nB,31.3,121.5\n",
        r"row 3, column lon, lat .*look swapped; exchange the two cells",
    ),
    "swapped hemispheres": (
        "sites", "site_id,lon,lat\nA,N31°18′05″,E121°30′\n", r"look swapped in all 1 rows",
    ),
    "a coordinate with a comma": (
        "sites", 'site_id,lon,lat\nA,"121,5",31.3\n', r"row 2, column lon .*has a comma",
    ),
    "text for a coordinate": ("sites", "site_id,lon,lat\nA,far,31.3\n", r"'far': is not a coordinate"),
    "an empty coordinate": ("sites", "site_id,lon,lat\nA,,31.3\n", r"column lon: must not be empty"),
    "out of range": ("sites", "site_id,lon,lat\nA,121.5,95\n", r"'95.0': must be a number in deg"),
    "dangling site": ("cells", "cell_id,site_id\nc,X\n", r"row 2, column site_id is 'X'.*sites first"),
    "dangling link": (
        "links", "link_id,a_site,b_site,spans\nl,A,B,s1;s2\n", r"column spans is 's2': must be a span_id",
    ),
    "a word that is no choice": (
        "sites", "site_id,lon,lat,state\nA,121.5,31.3,maybe\n", r"'maybe': must be one of built",
    ),
    "no rows": ("sites", "site_id,lon,lat\n", r"has no rows"),
    "blank rows only": ("sites", "site_id,lon,lat\n,,\n,,\n", r"has no rows|is empty"),
    "nothing": ("sites", "", r"empty"),
    "binary": ("sites", "PK\x03\x04\x00\x00\x00\x00\x00", r"foreign.csv"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_one_clear_error_and_nothing_is_written(
    project: Project, foreign: Any, case: str
) -> None:
    table, text, message = BAD[case]
    with pytest.raises(NgbwError, match=message) as caught:
        take(project, table, foreign(text))
    assert caught.value.exit_code == 3
    assert [p.name for p in project.directory.iterdir()] == ["ngbw.toml"]


def test_a_polygon_that_crosses_itself_is_said_with_the_place(
    project: Project, tmp_path: Path
) -> None:
    bow = Polygon([(121.5, 31.3), (121.6, 31.4), (121.6, 31.3), (121.5, 31.4)])
    path = layer(tmp_path / "a.geojson", [bow], id=["x"], name=["甲"])
    with pytest.raises(
        TableError, match=r"row 1, column geometry .*crosses itself at 121.55\d*, 31.35"
    ):
        take(project, "areas", path)
    assert tables_written(project) == []


def test_the_wrong_geometry_is_said(project: Project, tmp_path: Path, foreign: Any) -> None:
    line = layer(tmp_path / "l.geojson", [LineString([(121, 31), (122, 31)])], id=["x"], name=["x"])
    with pytest.raises(TableError, match="must be a polygon"):
        take(project, "areas", line)
    with pytest.raises(TableError, match="table sites holds points"):
        take(project, "sites", line)
    with pytest.raises(TableError, match="the table has no geometry"):
        take(project, "areas", foreign("area_id,name\nx,甲\n"))


def test_a_huge_file_is_refused_by_its_size(project: Project, tmp_path: Path) -> None:
    path = tmp_path / "huge.csv"
    with path.open("wb") as file:
        file.truncate(4 * 1024**3)
    with pytest.raises(FileError, match="bytes"):
        prepare_import(project, "sites", path)


def test_files_that_do_not_exist_or_options_that_do_not_fit_are_said(
    project: Project, foreign: Any, tmp_path: Path
) -> None:
    with pytest.raises(MissingError, match="does not exist"):
        prepare_import(project, "sites", tmp_path / "none.csv")
    with pytest.raises(MissingError, match="table 'site' does not exist"):
        prepare_import(project, "site", foreign(SITES))
    with pytest.raises(UsageError, match="--band is for rasters"):
        prepare_import(project, "sites", foreign(SITES), band=2)
    with pytest.raises(UsageError, match="import it to the table demand"):
        prepare_import(project, "sites", tmp_path / "x.tif")
    with pytest.raises(UsageError, match="--crs is 'gcj03'"):
        prepare_import(project, "sites", foreign(SITES), crs="gcj03")


def test_the_empty_template_is_refused_in_words_and_the_filled_one_taken(
    project: Project, tmp_path: Path
) -> None:
    path = tmp_path / "sites.xlsx"
    write_template(path)
    with pytest.raises(FileError, match=r"sheet 'sites' of sites.xlsx has no rows"):
        prepare_import(project, "sites", path)
    book = openpyxl.load_workbook(path)
    book["sites"].append(["007", "甲", "ngb-w", "built", 121.5, 31.3])
    book.save(path)
    prepared = take(project, "sites", path)
    assert prepared.warnings == ()
    assert ids(project) == ["007"]


# ---------------------------------------------------------------- leaving bad rows out


def test_skip_bad_imports_the_good_rows_and_hands_back_the_bad_ones(
    project: Project, foreign: Any, tmp_path: Path
) -> None:
    path = foreign(
        "站号,经度,纬度,挂高\nA,121.5,31.3,40\nB,far,31.3,40\n\nC,121.5,31.3,-4\nA,121.5,31.3,9\n"
    )
    prepared = prepare_import(project, "sites", path, skip_bad=True)
    assert (prepared.rows_read, prepared.rows_good) == (4, 1)
    applied = apply_import(project, prepared)
    assert ids(project) == ["A"]
    assert applied.rejects == project.directory / "rejects.xlsx"
    rejects = pd.read_excel(applied.rejects, dtype=str)
    assert rejects.columns.tolist() == ["站号", "经度", "纬度", "挂高", "file row", "reason"]
    assert rejects["file row"].tolist() == ["3", "5", "6"]
    assert rejects["站号"].tolist() == ["B", "C", "A"]
    assert rejects["reason"].str.contains("is not a coordinate").tolist() == [True, False, False]
    # Corrected, the rejects are imported without their two extra columns.
    rejects.loc[0, "经度"], rejects.loc[1, "挂高"], rejects.loc[2, "站号"] = "121.52", "4", "D"
    rejects.to_excel(tmp_path / "fixed.xlsx", index=False)
    again = take(project, "sites", tmp_path / "fixed.xlsx")
    assert again.rows_new == 3
    assert "reason" not in open_project(project.directory).table("sites").columns
    undo(project.directory)
    undo(project.directory)
    assert tables_written(project) == []


def test_a_problem_names_the_column_as_the_file_does(project: Project, foreign: Any) -> None:
    path = foreign("站号,经度,纬度,挂高\nA,121.5,31.3,-4\nB,121.5,far,4\n")
    prepared = prepare_import(project, "sites", path)
    assert [(p.row, p.column) for p in prepared.problems] == [
        (2, "挂高 (antenna_height_m)"), (3, "纬度 (lat)"),
    ]  # fmt: skip


def test_skip_bad_does_not_hide_what_concerns_the_whole_table(
    project: Project, foreign: Any
) -> None:
    with pytest.raises(TableError, match="no column 'lat'"):
        take(project, "sites", foreign("site_id,lon\nA,121.5\n"), skip_bad=True)
    with pytest.raises(TableError, match="must be a number"):
        take(project, "sites", foreign("site_id,lon,lat\nA,121.5,95\n"), skip_bad=True)
    assert tables_written(project) == []


def test_a_rejected_geometry_is_handed_back_as_text(project: Project, tmp_path: Path) -> None:
    bow = Polygon([(121.5, 31.3), (121.6, 31.4), (121.6, 31.3), (121.5, 31.4)])
    path = layer(
        tmp_path / "a.geojson", [bow, box(121, 31, 122, 32)], id=["x", "y"], name=["甲", "乙"]
    )
    prepared = prepare_import(project, "areas", path, skip_bad=True)
    applied = apply_import(project, prepared)
    assert applied.rejects is not None
    rejects = pd.read_excel(applied.rejects, dtype=str)
    assert rejects["geometry"].iloc[0].startswith("POLYGON ((121.5 31.3")
    assert ids(project, "areas") == ["y"]


def test_hostile_text_is_data(project: Project, foreign: Any) -> None:
    text = '=HYPERLINK(""http://x"")<script>`${1}`'
    path = foreign(f'site_id,name,lon,lat\nA,"{text}",121.5,31.3\n')
    take(project, "sites", path)
    written = (project.directory / "sites.csv").read_text(encoding="utf-8-sig")
    assert ",=HYPERLINK" not in written
    assert open_project(project.directory).table("sites")["name"].iloc[0].startswith("=HYPERLINK")


def test_a_link_that_connects_nothing_is_a_warning(project: Project, foreign: Any) -> None:
    take(project, "sites", foreign(SITES))
    prepared = take(project, "links", foreign("链路编号,起点,终点\nl,A,A\n"))
    assert any("connects nothing" in w.rule for w in prepared.warnings)
    assert ids(project, "links") == ["l"]


def test_people_without_a_year_are_warned_of(project: Project, foreign: Any) -> None:
    path = foreign("id,lon,lat,人口\n1,121.5,31.3,2.5万人\n")
    prepared = prepare_import(project, "demand", path)
    assert any("--set census_year=YEAR" in w.fix for w in prepared.warnings)
    assert prepared.frame["people"].tolist() == [25_000]
    dated = prepare_import(project, "demand", path, defaults={"census_year": "2020"})
    assert dated.warnings == ()


def test_points_of_a_layer_become_positions(project: Project, tmp_path: Path) -> None:
    path = layer(tmp_path / "p.geojson", [Point(121.5, 31.3)], stop_id=["s"], name=["站"])
    take(project, "places", path, defaults={"kind": "bus_stop"})
    (row,) = open_project(project.directory).table("places").to_dict("records")
    assert (row["place_id"], row["lon"], row["lat"]) == ("s", 121.5, 31.3)
    assert "geometry" not in row


def test_a_table_in_a_geopackage_or_shapefile_is_written_in_its_format(
    project: Project, foreign: Any, tmp_path: Path
) -> None:
    text = SETTINGS + '[tables]\nsites = "sites.gpkg"\nareas = "areas.gpkg"\n'
    (project.directory / "ngbw.toml").write_text(text, encoding="utf-8")
    fresh = open_project(project.directory)
    add_areas(fresh, tmp_path)
    take(fresh, "sites", foreign(SITES))
    assert tables_written(fresh) == ["areas.gpkg", "sites.gpkg"]
    assert ids(fresh) == ["A", "B"]
    again = prepare_import(open_project(project.directory), "sites", foreign(SITES))
    assert again.rows_unchanged == 2


def test_a_disk_that_refuses_leaves_the_project_as_it_was(
    project: Project, foreign: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    take(project, "sites", foreign(SITES))
    before = (project.directory / "sites.csv").read_bytes()
    prepared = prepare_import(project, "sites", foreign("site_id,lon,lat\nC,121.5,31.3\n"))

    def refuse(*_: object, **__: object) -> int:
        raise SurroundingsError("disk full")

    monkeypatch.setattr(importing, "commit", refuse)
    with pytest.raises(SurroundingsError):
        apply_import(project, prepared)
    assert (project.directory / "sites.csv").read_bytes() == before


def test_a_full_disk_is_said_as_that(
    project: Project, foreign: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepared = prepare_import(project, "sites", foreign(SITES))

    def locked_out(*_: object, **__: object) -> int:
        try:
            raise OSError(errno.ENOSPC, "No space left on device")
        except OSError:
            raise SurroundingsError("give yourself the right to write there") from None

    monkeypatch.setattr(importing, "commit", locked_out)
    with pytest.raises(SurroundingsError, match=r"no space left .*; free some\. Nothing was"):
        apply_import(project, prepared)
    assert [p.name for p in project.directory.iterdir()] == ["ngbw.toml"]


def test_a_room_gets_no_antenna_height(tmp_path: Path, project: Project) -> None:
    path = tmp_path / "rooms.csv"
    path.write_text("site_id,kind,lon,lat\nE1,exchange,121.51,31.30\nN1,ngb-w,121.51,31.30\n")
    frame = prepare_import(project, "sites", path).frame.set_index("site_id")
    assert frame["antenna_height_m"].isna().to_dict() == {"E1": True, "N1": False}
    assert frame["assumed"].to_dict() == {"E1": "", "N1": "antenna_height_m"}


# ---------------------------------------------------------------- files as operators have them


@pytest.mark.parametrize("table", ["sites", "areas"])
def test_our_own_shapefile_comes_back_with_every_column(
    project: Project, foreign: Any, tmp_path: Path, table: str
) -> None:
    add_areas(project, tmp_path)
    take(project, "sites", foreign(SITES), defaults={"roof_height_m": "20"})
    fresh = open_project(project.directory)
    export = export_table(fresh.table(table), tmp_path / "out.shp", table=TABLES[table])
    assert export.renamed
    before = fresh.table(table)
    prepared = prepare_import(fresh, table, tmp_path / "out.shp")
    found = {match.column: match for match in prepared.headings}
    for column, field in export.renamed.items():
        assert found[column].heading == field
        assert "ten bytes" in found[column].how
    assert set(prepared.unmatched) <= {"id"}  # no column of ours
    assert prepared.problems == ()
    assert prepared.rows_unchanged == len(before)


def test_ragged_rows_are_left_out_with_their_numbers_and_reasons(
    project: Project, foreign: Any
) -> None:
    path = foreign("site_id,lon,lat\nA,121.5,31.3\nB,121.5\nC,121,5,31,3\nD,121.6,31.3\n")
    with pytest.raises(TableError) as caught:
        take(project, "sites", path)
    assert [problem.row for problem in caught.value.problems] == [3, 4]
    take(project, "sites", path, skip_bad=True)
    assert ids(project) == ["A", "D"]
    rejects = pd.read_excel(project.directory / "rejects.xlsx")
    assert rejects["file row"].tolist() == [3, 4]
    assert "has 2 cells, the heading has 3" in rejects["reason"][0]
    assert "has a value in column 4" in rejects["reason"][1]


def test_the_sheet_named_like_the_table_is_taken(project: Project, tmp_path: Path) -> None:
    write_template(tmp_path / "all.xlsx")
    book = openpyxl.load_workbook(tmp_path / "all.xlsx")
    sheet = book["sites"]
    at = {str(cell.value): number for number, cell in enumerate(sheet[1], start=1)}
    for name, value in (("site_id", "A"), ("lon", 121.5), ("lat", 31.3)):
        sheet.cell(2, at[name], value)
    book.save(tmp_path / "all.xlsx")
    prepared = take(project, "sites", tmp_path / "all.xlsx")
    assert prepared.layer == "sites"
    assert "'sites' is read, because it is named like the table" in prepared.notes
    assert not any("only" in problem.rule for problem in prepared.warnings)


def test_a_formula_without_its_value_is_warned_of(project: Project, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in (["site_id", "lon", "lat", "antenna_height_m"], ["A", 121.5, 31.3, "=10+20"]):
        book.worksheets[0].append(row)
    book.save(tmp_path / "a.xlsx")
    prepared = prepare_import(project, "sites", tmp_path / "a.xlsx")
    assert any(warning.rule.startswith("D2: a formula") for warning in prepared.warnings)


def test_hidden_characters_are_refused_in_ids_and_warned_of_in_text(
    project: Project, foreign: Any
) -> None:
    path = foreign("site_id,name,lon,lat\nA\u202eB,x,121.5,31.3\nC,y\u202ez,121.6,31.3\n")
    prepared = prepare_import(project, "sites", path)
    (problem,) = prepared.problems
    assert "must not contain control or direction characters; it has U+202E" in problem.rule
    (warning,) = [w for w in prepared.warnings if w.column == "name"]
    assert warning.row == 3
    assert prepared.frame["name"].tolist() == ["y\u202ez"]


def test_new_positions_of_known_places_are_held_against_the_old(
    project: Project, foreign: Any
) -> None:
    head = "place_id,name,kind,lon,lat\n"
    at = [(f"地点{n}", 121.48 + n / 500, 31.25 + n / 900) for n in range(20)]
    take(project, "places", foreign(head + "".join(f"{n},{n},park,{x},{y}\n" for n, x, y in at)))
    moved = [(n, *map(float, wgs84_to_gcj02(x, y))) for n, x, y in at[:4]] + at[4:]
    path = foreign(head + "".join(f"{n},{n},park,{x},{y}\n" for n, x, y in moved))
    found = prepare_import(open_project(project.directory), "places", path)
    (warning,) = [w for w in found.warnings if "look like gcj02" in w.rule]
    assert "4 of 20 rows" in warning.rule
    assert "those rows" in warning.fix
