"""Logs come into a project, are held against its predictions, and calibrate them on demand."""

from __future__ import annotations

import tomllib

import numpy as np
import pandas as pd
import pytest

from ngbw.coverage.measured.applied import calibration_from_settings
from ngbw.topology.settings import read_settings

from .conftest import degrees, write_csv


@pytest.fixture
def drive(project, tmp_path, ngbw):
    """Return a function that writes a log of points around the site in the middle.

    The levels are the project's own prediction plus an offset and a seeded spread, which is found
    by asking for the residuals of a log of zeros.
    """

    def make(offset_db=-4.0, sigma_db=6.0, spread_m=900.0, count=400, **columns):
        rng = np.random.default_rng(5)
        places = [
            degrees(1500 + x, 1000 + y)
            for x, y in rng.uniform(-spread_m, spread_m, (count, 2)).tolist()
        ]
        rows = [
            {"lon": lon, "lat": lat, "level": 0.0, "site_id": "middle", **columns}
            for lon, lat in places
        ]
        flat = tmp_path / "flat.csv"
        write_csv(flat, rows)
        assert imported(ngbw, project, flat).code == 0
        ngbw("measure", project, "--out", tmp_path / "flat-out.csv")
        found = pd.read_csv(tmp_path / "flat-out.csv", encoding="utf-8-sig")
        assert ngbw("undo", project).code == 0
        table = pd.DataFrame(
            {
                "lon": found["lon"],
                "lat": found["lat"],
                "level": found["predicted_dbuv_m"]
                + offset_db
                + rng.normal(0, sigma_db, len(found)),
                "site_id": found["site_id"],
            }
        )
        file = tmp_path / "drive.csv"
        table.assign(**columns).to_csv(file, index=False)
        return file

    return make


def imported(ngbw, project, file, *more):
    return ngbw(
        "import", project, "measurements", file, "--map", "measured=level",
        "--set", "unit=dBuV/m", "--set", "rx_height_m=1.5", *more,
    )  # fmt: skip


def test_measuring_finds_the_offset_that_was_put_in(ngbw, project, drive):
    assert imported(ngbw, project, drive()).code == 0
    report = ngbw("measure", project, "--json").json
    found = report["agreement"]
    assert found["bias_db"] == pytest.approx(-4, abs=1)
    low, high = found["bias_interval_db"]
    assert low < -4 < high
    assert found["sigma_db"] == pytest.approx(6, abs=1)
    assert found["effective_points"] <= found["pairs"] <= report["samples"]
    assert sum(group["pairs"] for group in report["by_distance"]) == found["pairs"]
    assert [group["label"] for group in report["by_site"]] == ["middle"]
    assert report["refused"] is None


def test_the_unit_is_never_guessed(ngbw, project, drive):
    file = drive()
    done = ngbw("import", project, "measurements", file, "--map", "measured=level")
    assert done.code == 2
    assert "--set unit=dBuV/m, dBm or RSRP" in done.err
    done = ngbw("import", project, "measurements", file, "--set", "unit=volt")
    assert done.code == 2
    assert not (project / "measurements.csv").exists()


def test_what_was_assumed_of_the_receiver_is_named(ngbw, project, tmp_path):
    lon, lat = degrees(1500, 1000)
    file = tmp_path / "log.csv"
    write_csv(file, [{"lon": lon, "lat": lat, "P": -70, "cell": "C1"}])
    done = ngbw("import", project, "measurements", file, "--map", "measured=P", "--set", "unit=dBm")
    assert done.code == 0
    for figure in ("rx_height_m = 1.5", "freq_mhz = 698", "antenna_gain_dbi = 0"):
        assert f"assumed: {figure}" in done.err
    listed = pd.read_csv(project / "measurements.csv", encoding="utf-8-sig")
    assert listed["assumed"][0].split() == [
        "rx_height_m", "freq_mhz", "antenna_gain_dbi", "feeder_loss_db",
    ]  # fmt: skip
    assert "1 ids in 1 rows are in no row of the project's cells" in done.err


def test_undo_takes_a_log_back_and_validate_looks_at_it(ngbw, project, drive):
    assert imported(ngbw, project, drive()).code == 0
    assert ngbw("validate", project, "--json").json["errors"] == 0
    points = project / "measured_drive.csv"
    whole = points.read_text(encoding="utf-8-sig")
    points.write_text(whole.replace("\n2,", "\n2,999", 1), encoding="utf-8")
    problems = ngbw("validate", project, "--json").json["problems"]
    assert any("row 2, column lon" in problem["rule"] for problem in problems)
    assert ngbw("measure", project).code == 3
    points.write_text(whole, encoding="utf-8")
    assert ngbw("undo", project).code == 0
    assert not points.exists()
    assert not (project / "measurements.csv").exists()


def test_the_same_file_is_not_counted_twice(ngbw, project, drive):
    file = drive()
    assert imported(ngbw, project, file, "--set", "log_id=a").code == 0
    done = imported(ngbw, project, file, "--set", "log_id=b")
    assert done.code == 3
    assert "imported before, as the log 'a'" in done.err
    assert "nothing was changed" in imported(ngbw, project, file, "--set", "log_id=a").out
    assert imported(ngbw, project, file, "--set", "log_id=b", "--replace").code == 0
    assert sorted(path.name for path in project.glob("measured_*")) == ["measured_b.csv"]


def test_a_dry_run_writes_nothing(ngbw, project, drive):
    file = drive()
    before = sorted(project.rglob("*"))
    document = imported(ngbw, project, file, "--dry-run", "--json").json
    assert document["written"] is False
    assert document["rows"]["points"] > 300
    assert sorted(project.rglob("*")) == before


@pytest.mark.parametrize("log_id", ["../x", "a/b", "", "x" * 41, ".hidden", "a b"])
def test_a_log_cannot_be_named_like_a_path(ngbw, project, drive, log_id):
    done = imported(ngbw, project, drive(), "--set", f"log_id={log_id}")
    assert done.code in (2, 3)
    assert not list(project.parent.glob("**/measured_*"))


def test_too_clustered_points_make_no_statement_but_can_be_looked_at(
    ngbw, project, drive, tmp_path
):
    assert imported(ngbw, project, drive(spread_m=150.0)).code == 0
    out, page = tmp_path / "r.csv", tmp_path / "m.html"
    done = ngbw("measure", project, "--out", out, "--map", page, "--lang", "en")
    assert done.code == 3
    assert "more blocks of 200 m" in done.err
    assert "no bias is stated" in done.out
    assert len(pd.read_csv(out, encoding="utf-8-sig")) > 50
    assert page.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    done = ngbw("calibrate", project, "--apply")
    assert done.code == 3
    assert "are needed" in done.err
    assert "calibration" not in (project / "ngbw.toml").read_text(encoding="utf-8")


def test_unknown_transmitters_are_counted_and_listed(ngbw, project, drive):
    assert imported(ngbw, project, drive(), "--set", "log_id=known").code == 0
    file = drive()
    stray = pd.read_csv(file).head(30).assign(site_id=["X"] * 20 + [""] * 10)
    stray.to_csv(file, index=False)
    assert imported(ngbw, project, file, "--set", "log_id=stray").code == 0
    report = ngbw("measure", project, "--json").json
    assert report["unknown"] == {"X": 20}
    assert report["left_out"] == {"no-transmitter": 10, "unknown-transmitter": 20}
    assert [log["log_id"] for log in report["logs"]] == ["known"]


def test_calibration_changes_nothing_unless_it_is_applied(ngbw, project, drive):
    assert imported(ngbw, project, drive(spread_m=990, count=1500)).code == 0
    before = (project / "ngbw.toml").read_bytes()
    looked = ngbw("calibrate", project, "--block-m", "100")
    assert looked.code == 0, looked.err
    assert "nothing was changed" in looked.out
    assert (project / "ngbw.toml").read_bytes() == before
    report = ngbw("calibrate", project, "--block-m", "100", "--apply", "--json").json
    assert report["applied"]
    text = (project / "ngbw.toml").read_text(encoding="utf-8")
    assert text.startswith(before.decode("utf-8").rstrip("\n"))
    found = calibration_from_settings(read_settings(project))
    assert found is not None
    assert found.offset_db.value == round(report["report"]["bias_db"], 2)
    assert found.offset_db.assumed is False
    assert "measurements drive" in found.sigma_db.source
    assert found.logs == ("drive",)
    assert "[calibration.portable-indoor]" in text
    again = ngbw("calibrate", project, "--block-m", "100", "--apply")
    assert "already says so" in again.out
    assert ngbw("validate", project).code == 0
    assert ngbw("undo", project).code == 0
    assert (project / "ngbw.toml").read_bytes() == before


def test_a_calibration_of_another_model_is_an_error(ngbw, project, drive):
    assert imported(ngbw, project, drive(spread_m=990, count=1500)).code == 0
    assert ngbw("calibrate", project, "--block-m", "100", "--apply").code == 0
    path = project / "ngbw.toml"
    text = path.read_text(encoding="utf-8")
    head, _, tail = text.partition("[calibration.")
    path.write_text(
        head.replace('model = "p1812"', 'model = "hata"') + "[calibration." + tail, encoding="utf-8"
    )
    done = ngbw("validate", project, "--json")
    assert done.code == 3
    rules = [problem["rule"] for problem in done.json["problems"]]
    assert any("found under another [propagation]" in rule for rule in rules)


def test_measured_and_predicted_stay_separate_in_the_file(ngbw, project, drive, tmp_path):
    assert imported(ngbw, project, drive()).code == 0
    out = tmp_path / "r.csv"
    assert ngbw("measure", project, "--out", out).code == 0
    points = pd.read_csv(out, encoding="utf-8-sig")
    assert {"measured_dbuv_m", "predicted_dbuv_m", "residual_db"} <= set(points.columns)
    difference = points["measured_dbuv_m"] - points["predicted_dbuv_m"]
    assert np.allclose(difference, points["residual_db"], atol=0.011)
    kept = pd.read_csv(project / "measured_drive.csv", encoding="utf-8-sig")
    assert not [name for name in kept.columns if "predicted" in name]


def test_a_plan_does_not_change_because_somebody_measured(ngbw, project, drive):
    file = drive()
    before = ngbw("plan", project, "--sites", 2, "--json").json["id"]
    assert imported(ngbw, project, file).code == 0
    assert ngbw("plan", project, "--sites", 2, "--json").json["id"] == before


def test_a_project_without_logs_says_how_to_import_one(ngbw, project):
    for verb in ("measure", "calibrate"):
        done = ngbw(verb, project)
        assert done.code == 3
        assert "measurements FILE --set unit=" in done.err


def test_a_settings_file_stays_as_it_was_around_a_calibration(ngbw, project, drive):
    path = project / "ngbw.toml"
    text = (
        path.read_text(encoding="utf-8")
        + "\n# mine\n[transmitters.other] # kept\npattern = 'omni'\n"
    )
    path.write_text(text, encoding="utf-8")
    assert imported(ngbw, project, drive(spread_m=990, count=1500)).code == 0
    for seed in (0, 1):
        done = ngbw("calibrate", project, "--block-m", "100", "--apply", "--seed", seed)
        assert done.code == 0, done.err
    new = path.read_text(encoding="utf-8")
    assert new.startswith(text.rstrip("\n"))
    assert new.count("[calibration.") == 1
    before, after = tomllib.loads(text), tomllib.loads(new)
    assert list(after.pop("calibration")) == ["portable-indoor"]
    assert after == before
