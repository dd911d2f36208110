"""A log on its way into a project: what is said, assumed, odd, and what is kept of it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from ngbw.coverage.measured.log_import import prepare_log, save_prepared_log
from ngbw.coverage.measured.project_logs import list_logs, log_problems, read_logs
from ngbw.topology.datum import wgs84_to_bd09, wgs84_to_gcj02
from ngbw.topology.errors import FileError, MissingError, TableError, UsageError
from ngbw.topology.project import open_project

SETTINGS = """\
format = 1
name = "x"
crs = "EPSG:32651"
timezone = "Asia/Shanghai"
headline_service = "tv"
[transmitters.t]
power_dbm = { value = 43, source = "s", assumed = true }
gain_dbi = { value = 11, source = "s", assumed = true }
feeder_loss_db = { value = 2, source = "s", assumed = true }
height_m = { value = 35, source = "s", assumed = true }
tilt_deg = { value = 0, source = "s", assumed = true }
[services.tv]
transmitter = "t"
freq_mhz = { value = 698, source = "s", assumed = true }
rx_height_m = { value = 1.5, source = "s", assumed = false }
minimum_field_dbuv_m = { value = 48.9, source = "s", assumed = true }
location_sigma_db = { value = 5.5, source = "s", assumed = false }
entry_loss_db = { value = 11, source = "s", assumed = true }
entry_sigma_db = { value = 6, source = "s", assumed = true }
required_probability = { value = 0.95, source = "s", assumed = true }
"""
FIELD: dict[str, Any] = {
    "mapping": {"measured": "E"},
    "given": {"unit": "dBuV/m", "rx_height_m": "2"},
}


@pytest.fixture
def project(tmp_path):
    """Return a project with one site."""
    directory = tmp_path / "p"
    directory.mkdir()
    (directory / "ngbw.toml").write_text(SETTINGS, encoding="utf-8")
    (directory / "sites.csv").write_text("site_id,lon,lat\nS,121.5,31.3\n", encoding="utf-8")
    return open_project(directory)


def written(tmp_path, text, name="log.csv", encoding="utf-8"):
    path = tmp_path / name
    path.write_bytes(text.encode(encoding))
    return path


def test_a_log_comes_back_as_it_was_read(project, tmp_path):
    path = written(
        tmp_path,
        "lon,lat,E,time,site,cell,clutter\n"
        "121.5,31.3,60.5,2016-05-04T08:15:00.25,S,=1+1,urban\n"
        "121.5000001,31.2,-3,,,'x,\n",
    )
    prepared = prepare_log(project, path, **FIELD)
    saved = save_prepared_log(project, prepared)
    assert saved.logs == 1
    text = saved.path.read_text(encoding="utf-8-sig")
    assert ",'=1+1," in text  # no spreadsheet runs it
    before, after = prepared.measurements.frame, read_logs(project)["log"].frame
    pd.testing.assert_frame_equal(before, after[before.columns.tolist()], check_dtype=False)
    assert after["time_utc"][0] == pd.Timestamp("2016-05-04T00:15:00.25Z")
    assert log_problems(project) == []


def test_a_gain_corrected_in_the_list_corrects_the_field(project, tmp_path):
    path = written(tmp_path, "lon,lat,P\n121.5,31.3,-70\n")
    given = {"unit": "dBm", "antenna_gain_dbi": "0"}
    save_prepared_log(project, prepare_log(project, path, mapping={"measured": "P"}, given=given))
    first = read_logs(project)["log"].frame["measured_dbuv_m"][0]
    listed = project.directory / "measurements.csv"
    frame = pd.read_csv(listed, encoding="utf-8-sig").assign(antenna_gain_dbi=3.0)
    frame.to_csv(listed, index=False)
    assert read_logs(project)["log"].frame["measured_dbuv_m"][0] == pytest.approx(first - 3)


@pytest.mark.parametrize(("datum", "shift"), [("gcj02", wgs84_to_gcj02), ("bd09", wgs84_to_bd09)])
def test_positions_of_chinese_maps_become_wgs84(project, tmp_path, datum, shift):
    lon, lat = (float(value) for value in shift(121.5, 31.3))
    path = written(tmp_path, f"lon,lat,E\n{lon:.9f},{lat:.9f},60\n0,0,60\n")
    frame = prepare_log(project, path, crs=datum, **FIELD).measurements.frame
    assert frame["lon"].tolist() == pytest.approx([121.5], abs=1e-7)
    assert frame["lat"].tolist() == pytest.approx([31.3], abs=1e-7)


def test_projected_positions_are_read_by_their_epsg_number(project, tmp_path):
    path = written(tmp_path, "lon,lat,E\n357000,3464000,60\n")
    frame = prepare_log(project, path, crs="EPSG:32651", **FIELD).measurements.frame
    assert frame["lon"][0] == pytest.approx(121.499, abs=0.002)


def test_swapped_axes_are_refused_once_not_in_every_row(project, tmp_path):
    path = written(tmp_path, "lon,lat,E\n" + "31.3,121.5,60\n" * 50)
    with pytest.raises(FileError, match="they are swapped; say --map lon=lat --map lat=lon"):
        prepare_log(project, path, **FIELD)


def test_swapped_axes_within_range_are_seen_by_the_place(tmp_path, project):
    (project.directory / "sites.csv").write_text("site_id,lon,lat\nS,2.4,6.4\n", encoding="utf-8")
    path = written(tmp_path, "lon,lat,E\n6.4,2.4,60\n")
    warnings = prepare_log(open_project(project.directory), path, **FIELD).warnings
    assert any("would lie in it with swapped axes" in one.rule for one in warnings)
    path = written(tmp_path, "lon,lat,E\n60,50,60\n")
    warnings = prepare_log(open_project(project.directory), path, **FIELD).warnings
    assert any("over 50 km from the project" in one.rule for one in warnings)


@pytest.mark.parametrize(
    ("unit", "value", "says"),
    [
        ("dBuV/m", -30, "look like powers in dBm"),
        ("dBm", 55, "look like field strengths"),
        ("RSRP", -20, "look like whole carriers"),
        ("dBuV/m", 60, "every value is the same"),
    ],
)
def test_values_that_look_like_another_unit_are_a_warning(project, tmp_path, unit, value, says):
    path = written(tmp_path, "lon,lat,E,site\n" + f"121.5,31.3,{value},S\n" * 30)
    given = {"unit": unit, **({"bandwidth_mhz": "10"} if unit == "RSRP" else {})}
    log = prepare_log(project, path, mapping={"measured": "E"}, given=given)
    assert any(says in one.rule for one in log.warnings)


@pytest.mark.parametrize(("unit", "value"), [("dBuV/m", -85), ("dBm", 75), ("RSRP", 60)])
def test_values_that_can_only_be_another_unit_are_refused_once(project, tmp_path, unit, value):
    path = written(tmp_path, "lon,lat,E\n" + f"121.5,31.3,{value}\n" * 30)
    given = {"unit": unit, **({"bandwidth_mhz": "10"} if unit == "RSRP" else {})}
    with pytest.raises(UsageError, match="say the right unit"):
        prepare_log(project, path, mapping={"measured": "E"}, given=given)


def test_a_usual_log_has_no_warning(project, tmp_path):
    path = written(tmp_path, "lon,lat,E,site\n121.5,31.3,55,S\n121.51,31.3,50,S\n")
    assert prepare_log(project, path, **FIELD).warnings == ()


def test_rows_written_twice_count_once(project, tmp_path):
    row = "121.5,31.3,60,2016-05-04T08:15:00Z,{}\n"
    text = "lon,lat,E,time,cell\n" + row.format("A") * 3 + row.format("B")
    log = prepare_log(project, written(tmp_path, text), **FIELD).measurements
    assert log.frame["cell_id"].tolist() == ["A", "B"]  # a scanner hears two at a time
    assert log.left_out == {"repeats another row, time included": 2}
    without_time = "lon,lat,E\n" + "121.5,31.3,60\n" * 3  # a receiver that stands still
    assert len(prepare_log(project, written(tmp_path, without_time), **FIELD).measurements) == 3


def test_bad_rows_are_left_out_on_request_and_counted(project, tmp_path):
    text = "lon,lat,E\n121.5,31.3,60\n121.5,31.3,NaN\n121.5,31.3,inf\n121.5,131.3,60\n"
    path = written(tmp_path, text)
    with pytest.raises(TableError) as error:
        prepare_log(project, path, **FIELD)
    assert {problem.row for problem in error.value.problems} == {4, 5}
    log = prepare_log(project, path, skip_bad=True, **FIELD).measurements
    assert log.frame["row"].tolist() == [2]
    assert log.left_out == {"no value": 1, "a wrong cell": 2}
    assert len(log.problems) == 2


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({}, "unit of the values is not said"),
        ({"unit": "mW"}, "'mW'; say --set unit="),
        ({"unit": "dBm", "rx_height": "2"}, "did you mean 'rx_height_m'"),
        ({"unit": "dBm", "rx_height_m": "two"}, "is no number"),
        ({"unit": "dBm", "rx_height_m": "nan"}, "rx_height_m is nan"),
        ({"unit": "dBuV/m", "time_zone": "Mars"}, "no IANA zone"),
        ({"unit": "RSRP"}, "bandwidth_mhz is needed"),
    ],
)
def test_what_is_said_is_known_and_in_range(project, tmp_path, given, says):
    path = written(tmp_path, "lon,lat,E\n121.5,31.3,-60\n")
    with pytest.raises(UsageError, match=says):
        prepare_log(project, path, mapping={"measured": "E"}, given=given)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"\x00\x01lon,lat,E\n", "binary"),
        (b"PK\x03\x04....", "ZIP"),
        (b"lon,lat,E\n121.5,31.3\n", "cells"),
        (b'lon,lat,E\n"121.5,31.3,60\n', "quote"),
        (b"", "empty"),
    ],
)
def test_files_that_are_no_log_are_refused(project, tmp_path, content, says):
    path = tmp_path / "log.txt"
    path.write_bytes(content)
    with pytest.raises(FileError, match=says):
        prepare_log(project, path, **FIELD)


def test_a_log_that_is_a_link_out_of_the_project_is_refused(project, tmp_path):
    path = written(tmp_path, "lon,lat,E\n121.5,31.3,60\n")
    save_prepared_log(project, prepare_log(project, path, **FIELD))
    kept = project.directory / "measured_log.csv"
    outside = tmp_path / "outside.csv"
    kept.rename(outside)
    kept.symlink_to(outside)
    with pytest.raises(FileError, match="leads out of the project"):
        read_logs(project)
    assert log_problems(project)


@pytest.mark.parametrize(
    ("old", "new"),
    [("31.3,", "nan,"), ("121.5,", "1e999,"), ("60.0,", ",")],
)
def test_an_edit_that_breaks_a_point_is_named(project, tmp_path, old, new):
    path = written(tmp_path, "lon,lat,E\n121.5,31.3,60\n")
    save_prepared_log(project, prepare_log(project, path, **FIELD))
    kept = project.directory / "measured_log.csv"
    text = kept.read_text(encoding="utf-8")
    assert old in text
    kept.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(FileError, match=r"row 2, column \w+ is"):
        read_logs(project)


def test_a_log_that_does_not_exist_is_missed_by_name(project, tmp_path):
    path = written(tmp_path, "lon,lat,E\n121.5,31.3,60\n", "drive 1.csv")
    save_prepared_log(project, prepare_log(project, path, **FIELD))
    assert list_logs(project)["log_id"].tolist() == ["drive-1"]
    with pytest.raises(MissingError, match="did you mean 'drive-1'"):
        read_logs(project, ["drive1"])


def test_a_list_edited_into_nonsense_is_one_named_error(project, tmp_path):
    path = written(tmp_path, "lon,lat,E\n121.5,31.3,60\n")
    save_prepared_log(project, prepare_log(project, path, **FIELD))
    listed = project.directory / "measurements.csv"
    listed.write_text(listed.read_text("utf-8").replace("dbuv_m", "volt"), encoding="utf-8")
    with pytest.raises(TableError, match="must be one of"):
        list_logs(project)
    assert [problem.column for problem in log_problems(project)] == ["unit"]


def test_every_point_survives_the_way_to_the_disk(project, tmp_path):
    rng = np.random.default_rng(3)
    frame = pd.DataFrame(
        {"lon": rng.uniform(121, 122, 500), "lat": rng.uniform(31, 32, 500),
         "E": rng.normal(60, 10, 500), "site": "S"}
    )  # fmt: skip
    path = tmp_path / "many.csv"
    frame.to_csv(path, index=False)
    save_prepared_log(project, prepare_log(project, path, **FIELD))
    kept = read_logs(project)["many"].frame
    assert np.allclose(kept["lon"], frame["lon"], rtol=0, atol=5.1e-8)
    assert (kept["measured"] == frame["E"]).all()
