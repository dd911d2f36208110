"""Logs of measurements: units that are said, rows that are judged, times that have a zone."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ngbw.coverage.measured.log import LogFormat, field_dbuv_m
from ngbw.coverage.measured.measurements import read_measurements
from ngbw.coverage.measured.residuals import pair
from ngbw.topology.errors import FileError, InputError, NgbwError, TableError, UsageError

POWER: dict[str, Any] = {"freq_mhz": 698.0, "antenna_gain_dbi": 2.0, "feeder_loss_db": 1.0}
FIELD = LogFormat("dbuv_m", 1.5, {"measured": "E"})


def written(tmp_path, text, name="log.csv", encoding="utf-8"):
    path = tmp_path / name
    path.write_bytes(text.encode(encoding))
    return path


def test_a_plain_csv_is_read_as_it_is(tmp_path):
    path = written(
        tmp_path,
        "lon,lat,E,time,site_id,clutter\n"
        "121.5,31.3,60.5,2016-05-04T08:15:00+08:00,S1,urban\n"
        "121.6,31.2,55,,,\n",
    )
    log = read_measurements(path, FIELD)
    assert log.frame["measured_dbuv_m"].tolist() == log.frame["measured"].tolist() == [60.5, 55.0]
    assert log.frame["row"].tolist() == [2, 3]
    assert log.frame["time_utc"].iloc[0] == pd.Timestamp("2016-05-04T00:15:00Z")
    assert pd.isna(log.frame["time_utc"].iloc[1])
    assert log.frame["site_id"].tolist() == ["S1", ""]
    assert (log.source, len(log), log.left_out) == ("log.csv", 2, {})


def test_the_measured_layer_holds_no_prediction(tmp_path):
    layer = read_measurements(written(tmp_path, "lon,lat,E\n121.5,31.3,60\n"), FIELD)
    geo = layer.to_geodataframe()
    assert geo.crs == "EPSG:4326"
    assert geo.total_bounds.tolist() == [121.5, 31.3, 121.5, 31.3]
    assert not [name for name in geo.columns if "predict" in name]


@pytest.mark.parametrize("name", ["tems.txt", "tems.fmt", "nemo.tsv", "nemo.csv"])
def test_a_text_export_is_read_by_its_column_map(tmp_path, name):
    text = (
        "Time\tAll-Longitude\tAll-Latitude\tServing Cell RSRP (dBm)\tCell Site\n"
        "04.05.2016 08:15:00\t121.5\t31.3\t-95.5\tYP01\n"
        "04.05.2016 08:15:01\t\t\t-96\tYP01\n"
        "04.05.2016 08:15:02\t121.5\t31.3\t\tYP01\n"
        "04.05.2016 08:15:03\t0\t0\t-96\tYP01\n"
    )
    log = read_measurements(
        written(tmp_path, text, name),
        LogFormat(
            "rsrp_dbm", 1.5, {"measured": "Serving Cell RSRP (dBm)"}, bandwidth_mhz=10.0,
            time_zone="Asia/Shanghai", time_format="%d.%m.%Y %H:%M:%S", **POWER,
        ),
    )  # fmt: skip
    assert len(log) == 1
    assert log.frame["time_utc"].iloc[0] == pd.Timestamp("2016-05-04T00:15:00Z")
    assert log.frame["site_id"].tolist() == ["YP01"]
    assert log.left_out == {
        "no position": 1,
        "no value": 1,
        "position 0, 0: the receiver had no fix": 1,
    }


def test_chinese_headings_in_gb18030_are_known(tmp_path):
    path = written(tmp_path, "经度;纬度;场强(dBμV/m)\n121.5;31.3;61\n", encoding="gb18030")
    log = read_measurements(path, LogFormat("dbuv_m", 10, {"measured": "场强(dBμV/m)"}))
    assert log.frame["measured_dbuv_m"].tolist() == [61.0]


def test_power_becomes_field_by_the_aperture_of_the_antenna():
    """E^2 / 120 pi over lambda^2 / 4 pi x G is the power at the antenna; the feeder takes more."""
    log = LogFormat("dbm", 1.5, **POWER)
    field_v_m = 10 ** (field_dbuv_m(np.array([-70.0]), log)[0] / 20) * 1e-6
    wavelength_m = 299_792_458 / 698e6
    aperture_m2 = wavelength_m**2 / (4 * math.pi) * 10**0.2
    power_w = field_v_m**2 / 376.730313668 * aperture_m2 * 10**-0.1
    assert 10 * math.log10(power_w) + 30 == pytest.approx(-70, abs=1e-6)


def test_rsrp_counts_every_subcarrier_of_the_bandwidth():
    power, rsrp = (
        LogFormat("dbm", 1.5, **POWER),
        LogFormat("rsrp_dbm", 1.5, bandwidth_mhz=20.0, **POWER),
    )
    more = field_dbuv_m(np.array([-100.0]), rsrp) - field_dbuv_m(np.array([-100.0]), power)
    assert float(more[0]) == pytest.approx(10 * math.log10(1200))


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"unit": "dbm"}, "freq_mhz is not given"),
        ({"unit": "dbm", "freq_mhz": 600, "feeder_loss_db": 0}, "antenna_gain_dbi is not given"),
        ({"unit": "dbm", "freq_mhz": 600, "antenna_gain_dbi": 0}, "feeder_loss_db is not given"),
        ({"unit": "rsrp_dbm", **POWER}, "bandwidth_mhz is needed"),
        ({"unit": "rsrp_dbm", **POWER, "bandwidth_mhz": 7.0}, "bandwidth_mhz is 7"),
        ({"unit": "dbm", **POWER, "bandwidth_mhz": 10.0}, "no meaning otherwise"),
        ({"unit": "dbuv_m", "freq_mhz": 600}, "freq_mhz has no meaning"),
        ({"unit": "volt"}, "unit is 'volt'"),
        ({"unit": "dbm", **POWER, "freq_mhz": -1.0}, "freq_mhz is -1"),
        ({"unit": "dbuv_m", "rx_height_m": 0}, "rx_height_m is 0"),
        ({"unit": "dbuv_m", "columns": {"longitude": "x"}}, "columns names 'longitude'"),
        ({"unit": "dbuv_m", "time_zone": "Mars"}, "time_zone is 'Mars'"),
    ],
)
def test_what_a_unit_needs_must_be_said_and_nothing_else(arguments, says):
    with pytest.raises(UsageError, match=says):
        LogFormat(**{"rx_height_m": 1.5, **arguments})


@pytest.mark.parametrize(
    ("heading", "log"),
    [
        ("level_dBm", LogFormat("dbuv_m", 1.5, {"measured": "level_dBm"})),
        ("E [dBµV/m]", LogFormat("dbm", 1.5, {"measured": "E [dBµV/m]"}, **POWER)),
        ("RSRP", LogFormat("dbm", 1.5, {"measured": "RSRP"}, **POWER)),
        ("RSSI (dBm)", LogFormat("rsrp_dbm", 1.5, {"measured": "RSSI (dBm)"}, bandwidth_mhz=5.0, **POWER)),
    ],
)  # fmt: skip
def test_a_heading_that_contradicts_the_unit_is_refused(tmp_path, heading, log):
    with pytest.raises(UsageError, match="correct the one that is wrong"):
        read_measurements(written(tmp_path, f"lon,lat,{heading}\n121,31,50\n"), log)


def test_a_voltage_is_no_field(tmp_path):
    log = LogFormat("dbuv_m", 1.5, {"measured": "U (dBuV)"})
    with pytest.raises(FileError, match="is a voltage"):
        read_measurements(written(tmp_path, "lon,lat,U (dBuV)\n121,31,50\n"), log)


def test_positions_in_a_chinese_datum_are_refused(tmp_path):
    log = LogFormat("dbuv_m", 1.5, {"measured": "E", "lon": "lon_gcj02", "lat": "lat_gcj02"})
    with pytest.raises(FileError, match="positions are in gcj02"):
        read_measurements(written(tmp_path, "lon_gcj02,lat_gcj02,E\n121,31,50\n"), log)


def test_every_wrong_cell_is_named_with_its_row(tmp_path):
    text = "lon,lat,E,time\n121,31,fifty,2016-05-04T00:00:00Z\n500,31,50,\n121,95,inf,noon\n121,31,50,2016-05-04 10:00\n"
    with pytest.raises(TableError) as error:
        read_measurements(written(tmp_path, text), FIELD)
    said = {(p.row, p.column, p.value) for p in error.value.problems}
    assert said == {
        (2, "E", "fifty"), (3, "lon", "500"), (4, "lat", "95"), (4, "E", "inf"),
        (4, "time", "noon"), (5, "time", "2016-05-04 10:00"),
    }  # fmt: skip
    assert "has no time zone; name the zone" in str(error.value)


@pytest.mark.parametrize(
    ("text", "columns", "says"),
    [
        ("lon,lat,E\n121,31,5\n", {}, "no heading that is known for measured"),
        ("a,b,E\n121,31,5\n", {"measured": "E"}, "known for lon, lat"),
        ("lon,lat,E\n121,31,5\n", {"measured": "F"}, "has no heading 'F'"),
        ("Longitude,LON.,lat,E\n1,1,1,5\n", {"measured": "E"}, "'Longitude' and 'LON.'.*mean lon"),
    ],
)
def test_headings_are_known_or_named(tmp_path, text, columns, says):
    with pytest.raises(UsageError, match=says):
        read_measurements(written(tmp_path, text), LogFormat("dbuv_m", 1.5, columns))


def test_an_optional_column_can_be_left_out(tmp_path):
    path = written(tmp_path, "lon,lat,E,Time\n121,31,5,10:23:11\n")
    with pytest.raises(TableError, match="leave times out"):
        read_measurements(path, FIELD)
    log = read_measurements(path, LogFormat("dbuv_m", 1.5, {"measured": "E", "time": ""}))
    assert log.frame["time_utc"].isna().all()


def test_a_log_without_a_usable_row_says_why(tmp_path):
    with pytest.raises(FileError, match=r"among 2 rows \(2 with no value\)"):
        read_measurements(written(tmp_path, "lon,lat,E\n121,31,\n121,31,N/A\n"), FIELD)


def test_hostile_text_comes_out_tame(tmp_path):
    path = written(tmp_path, 'lon,lat,E,site\n121,31,5,"<b>\x1b[31m\u202e' + "x" * 300 + '"\n')
    site = read_measurements(path, FIELD).frame["site_id"].iloc[0]
    assert site.startswith("<b>[31mx")
    assert len(site) == 100


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=80)
@given(st.text(alphabet="lonatE,;\n\t\"'-.059é", max_size=120))
def test_no_content_makes_anything_but_a_named_error(tmp_path, text):
    path = written(tmp_path, "lon,lat,E\n" + text, "f.txt")
    try:
        log = read_measurements(path, FIELD)
    except NgbwError as error:
        said = str(error)
    else:
        said = log.source
        assert np.isfinite(log.frame[["lon", "lat", "measured_dbuv_m"]].to_numpy()).all()
    assert "f.txt" in said


def test_pairs_lie_in_metres_and_refuse_a_missing_prediction(tmp_path):
    text = "lon,lat,E,clutter\n121.5,31.3,60,urban\n121.51,31.3,50,park\n"
    log = read_measurements(written(tmp_path, text), FIELD)
    pairs = pair(log, [55.0, 55.0], distance_km=[1.0, 2.0], crs="EPSG:32651")
    assert pairs.residual_db.tolist() == [5, -5]
    assert pairs.x_m[1] - pairs.x_m[0] == pytest.approx(952, abs=2)
    assert pairs.clutter == ("urban", "park")
    with pytest.raises(InputError, match="predicted_dbuv_m of pair 1 is nan"):
        pair(log, [55.0, math.nan], distance_km=[1.0, 2.0], crs="EPSG:32651")
