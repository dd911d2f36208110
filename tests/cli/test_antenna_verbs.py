"""Antennas on the command line: shown, imported with a way back, validated, planned with."""

from __future__ import annotations

import csv

import pytest

AZ = "0\n0 1.0\n90 0.5\n180 0.1\n270 0.5\n"
EL = "2 0\n-10 0.2\n0 0.9\n1 1.0\n10 0.1\n90 0.05\n"


@pytest.fixture
def panel(tmp_path, msi_text):
    """Return a pattern file outside every project."""
    path = tmp_path / "panel.msi"
    path.write_text(msi_text(tilt_deg=6), encoding="utf-8")
    return path


def with_cell(project, antenna, **figures):
    row = {"cell_id": "a", "site_id": "middle", "antenna": antenna, "power_dbm": 43, **figures}
    with (project / "cells.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(row))
        writer.writeheader()
        writer.writerow(row)


def test_a_pattern_is_shown_with_its_figures_and_a_sketch(ngbw, panel):
    done = ngbw("antenna", panel)
    assert done.code == 0
    assert "panel.msi: Sector 65" in done.out
    for name, figure in (
        ("gain", "15.0 dBi"), ("horizontal beamwidth", "65.0 degrees"), ("frequency", "698 MHz"),
        ("vertical beamwidth", "10.0 degrees"), ("beam below the horizon", "6 degrees"),
        ("front-to-back", "20.0 dB"), ("mechanical tilt, stated", "not stated"),
    ):  # fmt: skip
        (line,) = [text for text in done.out.splitlines() if text.strip().startswith(name)]
        assert line.endswith(figure)
    assert done.out.count("#") > 50


def test_a_pattern_as_json_has_figures_and_cuts(ngbw, panel):
    found = ngbw("antenna", panel, "--json").json
    assert (found["name"], found["gain_dbi"], found["beam_depression_deg"]) == ("Sector 65", 15, 6)
    assert len(found["horizontal_db"]) == len(found["vertical_db"]) == 360
    assert found["remarks"] == []


def test_a_broken_pattern_names_its_line(ngbw, tmp_path, msi_text):
    bad = tmp_path / "bad.msi"
    bad.write_text(msi_text(rows={17: None}), encoding="utf-8")
    done = ngbw("antenna", bad)
    assert done.code == 3
    assert "bad.msi, line 365" in done.err
    assert ngbw("antenna", tmp_path / "none.msi").code == 3
    assert ngbw("antenna", tmp_path / "table.csv").code == 2


def test_antennas_are_imported_and_taken_back(ngbw, project, panel, tmp_path):
    (tmp_path / "mast.az").write_text(AZ, encoding="utf-8")
    (tmp_path / "mast.el").write_text(EL, encoding="utf-8")
    done = ngbw("import", project, "antennas", panel, tmp_path / "mast.az")
    assert done.code == 0, done.err
    assert "panel.msi (panel.msi): Sector 65" in done.out
    assert "mast (mast.az, mast.el)" in done.out
    assert "gain 15.0 dBi" in done.out
    assert (project / "panel.msi").read_bytes() == panel.read_bytes()
    assert (project / "mast.el").read_text(encoding="utf-8") == EL
    assert "nothing was changed" in ngbw("import", project, "antennas", panel).out
    assert "taken back" in ngbw("undo", project).out
    assert not (project / "panel.msi").exists()
    assert not (project / "mast.az").exists()


def test_an_antenna_that_replaces_another_can_be_taken_back(ngbw, project, panel, msi_text):
    ngbw("import", project, "antennas", panel)
    before = (project / "panel.msi").read_bytes()
    panel.write_text(msi_text(tilt_deg=2), encoding="utf-8")
    done = ngbw("import", project, "antennas", panel, "--json")
    assert done.json["written"] is True
    (one,) = done.json["antennas"]
    assert (one["antenna"], one["replaced"], one["beam_depression_deg"]) == (
        "panel.msi", ["panel.msi"], 2,
    )  # fmt: skip
    ngbw("undo", project)
    assert (project / "panel.msi").read_bytes() == before


def test_one_broken_antenna_keeps_all_out_and_each_is_named(ngbw, project, panel, tmp_path):
    for name in ("one.msi", "two.msi"):
        (tmp_path / name).write_text("NAME only\nGAIN 1 dBi\n", encoding="utf-8")
    done = ngbw("import", project, "antennas", panel, tmp_path / "one.msi", tmp_path / "two.msi")
    assert done.code == 3
    assert "one.msi has no line" in done.err
    assert "two.msi has no line" in done.err
    assert not (project / "panel.msi").exists()


def test_half_of_a_pair_is_checked_with_the_half_that_is_there(ngbw, project, tmp_path):
    (project / "mast.el").write_text(EL, encoding="utf-8")
    (tmp_path / "mast.az").write_text(AZ, encoding="utf-8")
    (one,) = ngbw("import", project, "antennas", tmp_path / "mast.az", "--json").json["antennas"]
    assert one["files"] == ["mast.az"]
    assert one["source"] == "mast.az + mast.el"


def test_what_means_nothing_for_antennas_is_refused(ngbw, project, panel):
    done = ngbw("import", project, "antennas", panel, "--crs", "gcj02")
    assert (done.code, "--crs has no meaning" in done.err) == (2, True)
    assert ngbw("import", project, "sites", panel, panel).code == 2
    assert "nothing written" in ngbw("import", project, "antennas", panel, "--dry-run").out
    assert not (project / "panel.msi").exists()


def test_two_files_of_one_name_are_refused(ngbw, project, panel, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    (other / "panel.msi").write_bytes(panel.read_bytes())
    done = ngbw("import", project, "antennas", panel, other / "panel.msi")
    assert (done.code, "called panel.msi" in done.err) == (2, True)


def test_validate_lists_a_missing_antenna_and_a_frequency_that_does_not_fit(ngbw, project, panel):
    with_cell(project, "panel.msi", freq_mhz=900)
    missing = ngbw("validate", project)
    assert missing.code == 3
    assert "cells.csv, row 2, column antenna is 'panel.msi'" in missing.out
    ngbw("import", project, "antennas", panel)
    found = ngbw("validate", project, "--json").json
    assert found["errors"] == 0
    assert [p["column"] for p in found["problems"] if p["table"] == "cells"] == ["freq_mhz"]


def test_another_pattern_makes_another_run(ngbw, project, panel, msi_text):
    ngbw("import", project, "antennas", panel)
    with_cell(project, "panel.msi", azimuth_deg=90)
    first = ngbw("plan", project, "--sites", "1", "--json").json
    assert "panel.msi" in first["inputs"]
    panel.write_text(msi_text(tilt_deg=9), encoding="utf-8")
    ngbw("import", project, "antennas", panel)
    second = ngbw("plan", project, "--sites", "1", "--json").json
    assert first["id"] != second["id"]


def test_a_plan_with_a_broken_antenna_names_cell_and_line(ngbw, project, msi_text):
    (project / "bad.msi").write_text(msi_text(rows={17: "17 x"}), encoding="utf-8")
    with_cell(project, "bad.msi")
    done = ngbw("plan", project)
    assert done.code == 3
    assert "cell 'a', antenna 'bad.msi': bad.msi, line 23" in done.err
