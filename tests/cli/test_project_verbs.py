"""init, template, import, export, validate, undo, migrate: the user's way through them."""

from __future__ import annotations

import json

import pandas as pd
import pytest

from ngbw.api.cli import app
from ngbw.topology.errors import EXIT_CODES


def test_init_makes_a_project_that_says_what_comes_next(ngbw, tmp_path):
    done = ngbw("init", tmp_path / "new")
    assert done.code == 0
    assert "ngbw import" in done.out
    assert ngbw("validate", tmp_path / "new").code == 0


def test_init_refuses_a_directory_with_something_in_it(ngbw, tmp_path):
    (tmp_path / "file").write_text("mine")
    done = ngbw("init", tmp_path)
    assert done.code == 2
    assert "not empty" in done.err
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_init_with_a_geographic_crs_leaves_nothing_behind(ngbw, tmp_path):
    done = ngbw("init", tmp_path / "new", "--crs", "EPSG:4326")
    assert done.code == 2
    assert "projected in metres" in done.err
    assert not (tmp_path / "new").exists()


def test_init_of_an_unknown_example_names_the_known(ngbw, tmp_path):
    done = ngbw("init", tmp_path / "new", "--example", "pudong")
    assert done.code == 3
    assert "yangpu" in done.err


def test_example_project_is_sound(ngbw, tmp_path):
    assert ngbw("init", tmp_path / "y", "--example", "yangpu").code == 0
    report = ngbw("validate", tmp_path / "y", "--json").json
    assert report["errors"] == 0, report["problems"][:5]


def test_chinese_headings_are_shown_before_writing(ngbw, project, tmp_path):
    file = tmp_path / "站点.csv"
    file.write_text("站址编号,站名,经度,纬度,挂高\nN1,新站,121.51,31.30,35\n", encoding="gb18030")
    looked = ngbw("import", project, "sites", file, "--dry-run")
    assert looked.code == 0
    assert "挂高" in looked.err
    assert "antenna_height_m" in looked.err
    assert "N1" not in (project / "sites.csv").read_text(encoding="utf-8-sig")
    assert ngbw("import", project, "sites", file).code == 0
    table = pd.read_csv(project / "sites.csv", encoding="utf-8-sig").set_index("site_id")
    assert table.loc["N1", "antenna_height_m"] == 35
    assert len(table) == 4


def test_bad_rows_stop_everything_unless_they_are_skipped(ngbw, project, tmp_path):
    before = (project / "sites.csv").read_bytes()
    file = tmp_path / "more.csv"
    file.write_text("site_id,lon,lat\nok,121.51,31.30\nbad,999,31.30\n")
    done = ngbw("import", project, "sites", file)
    assert done.code == 3
    assert "row 3" in done.err
    assert "999" in done.err
    assert (project / "sites.csv").read_bytes() == before
    skipped = ngbw("import", project, "sites", file, "--skip-bad", "--json").json
    assert skipped["written"]
    rejects = pd.read_excel(skipped["rejects_file"])
    assert len(rejects) == 1
    assert "-180 to 180" in str(rejects["reason"][0])


def test_undo_restores_the_tables(ngbw, project, tmp_path):
    before = (project / "sites.csv").read_bytes()
    file = tmp_path / "more.csv"
    file.write_text("site_id,lon,lat\nok,121.51,31.30\n")
    assert ngbw("import", project, "sites", file).code == 0
    assert (project / "sites.csv").read_bytes() != before
    assert "restored: sites.csv" in ngbw("undo", project).out
    assert (project / "sites.csv").read_bytes() == before


def test_undo_with_nothing_to_undo_says_so(ngbw, project):
    done = ngbw("undo", project)
    assert done.code == 3
    assert done.err.startswith("error: ")


@pytest.mark.parametrize("suffix", ["csv", "xlsx", "geojson", "gpkg", "kml"])
def test_exported_table_imports_again_unchanged(ngbw, project, tmp_path, suffix):
    file = tmp_path / f"sites.{suffix}"
    assert ngbw("export", project, "sites", file).code == 0
    preview = ngbw("import", project, "sites", file, "--dry-run", "--json").json
    assert preview["rows"]["unchanged"] == 3
    assert preview["rows"]["changed"] == preview["rows"]["new"] == 0


def test_network_is_exported_as_a_graph(ngbw, project, tmp_path):
    assert ngbw("export", project, "network", tmp_path / "n.graphml").code == 0
    assert ngbw("export", project, "network", tmp_path / "n.json", "--json").json["rows"] == 3
    assert len(json.loads((tmp_path / "n.json").read_text("utf-8"))["nodes"]) == 3
    assert ngbw("export", project, "network", tmp_path / "n.png").code == 2


def test_template_is_filled_in_and_imported(ngbw, project, tmp_path):
    file = tmp_path / "sites.xlsx"
    assert ngbw("template", file).code == 0
    assert ngbw("import", project, "sites", file).code == 3  # nothing in it yet


def test_validate_lists_every_problem_with_exit_code_3(ngbw, project):
    table = project / "sites.csv"
    text = table.read_text(encoding="utf-8-sig").replace("40", "-3").replace("west", "east")
    table.write_text(text, encoding="utf-8")
    done = ngbw("validate", project)
    assert done.code == 3
    assert "antenna_height_m" in done.out
    assert "unique" in done.out


def test_project_with_a_newer_format_is_refused(ngbw, project):
    file = project / "ngbw.toml"
    file.write_text(file.read_text("utf-8").replace("format = 1", "format = 99"), "utf-8")
    done = ngbw("validate", project)
    assert done.code == 2
    assert "newer ngbw" in done.err


def test_migrate_says_that_the_format_is_current(ngbw, project):
    (step,) = ngbw("migrate", project, "--json").json["steps"]
    assert "format 1, the newest" in step


@pytest.mark.parametrize("option", ["--map", "--set"])
def test_pair_without_an_equals_sign_is_a_usage_error(ngbw, project, tmp_path, option):
    file = tmp_path / "a.csv"
    file.write_text("site_id,lon,lat\n")
    done = ngbw("import", project, "sites", file, option, "lon")
    assert done.code == 2
    assert "ours=theirs" in done.err


def test_error_with_json_is_a_document_with_every_problem(ngbw, project, tmp_path):
    file = tmp_path / "bad.csv"
    file.write_text("site_id,lon,lat\na,1,y\nb,x,2\n")
    done = ngbw("import", project, "sites", file, "--json")
    error = done.json["error"]
    assert done.code == error["exit_code"] == 3
    assert {problem["row"] for problem in error["problems"]} == {2, 3}


def test_terminal_commands_in_a_file_do_not_reach_the_terminal(ngbw, project, tmp_path):
    file = tmp_path / "bad.csv"
    file.write_text("site_id,lon,lat,state\na,121.5,31.3,\x1b]0;owned\x07\n")
    done = ngbw("import", project, "sites", file)
    assert done.code == 3
    assert "\x1b" not in done.err + done.out


def test_unknown_verb_and_option_are_exit_code_2(ngbw, project):
    assert ngbw("pln").code == 2
    assert ngbw("plan", project, "--site", 3).code == 2
    assert ngbw("plan").code == 2
    assert ngbw().code == 2


def test_every_verb_takes_json_and_explains_itself():
    for command in app.registered_commands:
        assert command.callback is not None
        assert command.callback.__doc__
        if command.callback.__name__ != "serve":
            assert "json" in command.callback.__annotations__


def test_exit_codes_are_those_of_the_documentation():
    assert set(EXIT_CODES) == set(range(8))


def test_table_that_is_a_link_out_of_the_project_is_refused(ngbw, project, tmp_path):
    outside = tmp_path / "outside.csv"
    (project / "sites.csv").rename(outside)
    (project / "sites.csv").symlink_to(outside)
    done = ngbw("plan", project)
    assert done.code == 3
    assert "leads out of the project" in done.err


def test_dry_run_shows_every_error_and_its_exit_code(ngbw, project, tmp_path):
    file = tmp_path / "bad.csv"
    file.write_text("site_id,lon,lat\nok,121.51,31.30\nbad,999,31.30\n")
    done = ngbw("import", project, "sites", file, "--dry-run")
    assert done.code == 3
    assert "row 3" in done.err
    assert ngbw("import", project, "sites", file, "--dry-run", "--json").code == 3
    assert ngbw("import", project, "sites", file, "--dry-run", "--skip-bad").code == 0


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [('model = "p1812"', 'model = "p1821"', "did you mean"), ("value = 698", "value = 9300", "30-6000"),
     ("value = 43", 'value = "abc"', "power_dbm"),
     ('without_buildings = "generated"', 'buildings = "nowhere.gpkg"', "nowhere.gpkg")],
)  # fmt: skip
def test_validate_finds_settings_that_a_plan_would_refuse(ngbw, project, old, new, words):
    path = project / "ngbw.toml"
    path.write_text(path.read_text("utf-8").replace(old, new), "utf-8")
    done = ngbw("validate", project)
    assert done.code == 3
    assert words in done.out


def test_full_disk_leaves_no_half_example(ngbw, tmp_path, monkeypatch):
    from pathlib import Path

    real, calls = Path.write_bytes, []

    def full(path, content):
        calls.append(path)
        if len(calls) == 3:
            raise OSError(28, "No space left on device")
        return real(path, content)

    monkeypatch.setattr(Path, "write_bytes", full)
    done = ngbw("init", tmp_path / "y", "--example", "yangpu")
    assert done.code == 6
    assert done.err.startswith("error: No space left on device;")
    assert not (tmp_path / "y").exists()


def test_answer_survives_a_terminal_that_lacks_its_characters(project):
    import os
    import subprocess
    import sys

    done = subprocess.run(
        [sys.executable, "-P", "-m", "ngbw", "plan", project, "--lang", "zh-CN"],
        env={**os.environ, "PYTHONIOENCODING": "ascii"}, capture_output=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def test_defect_is_not_mistaken_for_a_missed_target(ngbw, project, monkeypatch):
    from ngbw.api import library

    def broken(*_, **__):
        raise ZeroDivisionError

    monkeypatch.setattr(library.District, "plan", broken)
    done = ngbw("plan", project)
    assert done.code == 70
    assert "defect of ngbw" in done.err


def test_a_statement_that_no_verb_takes_is_not_imported(ngbw, project, tmp_path):
    file = tmp_path / "said.csv"
    file.write_text(
        "statement_id,metric,value,as_of\n1,nonsense.metric,1,2016-01-01\n"
        "2,coverage.share,95,2016-01-01\n3,coverage.share,0.95,2016-01-01\n",
        encoding="utf-8",
    )
    refused = ngbw("import", project, "statements", file)
    assert refused.code == 3
    assert "row 2, column metric is 'nonsense.metric'" in refused.err
    assert "row 3, column value is '95'" in refused.err
    assert "write 0.95 for 95 %, or leave the row out with --skip-bad" in refused.err
    assert ngbw("import", project, "statements", file, "--skip-bad").code == 0
    assert ngbw("validate", project).code == 0
