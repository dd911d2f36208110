"""check, explain, targets, diff: what they print, write and return."""

from __future__ import annotations

import json
import shutil

import pytest
from defusedxml import ElementTree

from .conftest import degrees, write_csv


@pytest.fixture
def linked(project):
    """Return the small project with three rooms on a string and a scenario file."""
    rows = []
    for name, x in (("H", 1500), ("A", 500), ("B", 2500)):
        lon, lat = degrees(x, 900)
        rows.append({"site_id": name, "kind": "headend" if name == "H" else "olt",
                     "state": "built", "lon": lon, "lat": lat})  # fmt: skip
    write_csv(project / "sites.csv", rows)
    write_csv(
        project / "links.csv",
        [
            {"link_id": "HA", "a_site": "H", "b_site": "A", "length_km": 1},
            {"link_id": "HB", "a_site": "H", "b_site": "B", "length_km": 1},
        ],
    )
    (project / "scenario.yaml").write_text(
        "ngbw: 1\nname: 小区\nscenarios:\n"
        "  - {id: plain, assert: [fibre.km >= 1]}\n"
        "  - id: link\n    fail: {links: 1}\n    assert:\n"
        "      - demand_lost.max <= 50%\n"
        "      - {that: sites_cut.max <= 0, severity: warn}\n"
        "baseline: {file: baseline.json}\n",
        encoding="utf-8",
    )
    return project


@pytest.fixture
def checked(linked, ngbw):
    """Return the same with a baseline."""
    assert ngbw("check", linked, "--update-baseline").code == 1
    return linked


def test_baseline_must_be_there_or_made(linked, ngbw):
    done = ngbw("check", linked)
    assert done.code == 3
    assert "--update-baseline" in done.err
    done = ngbw("check", linked, "--update-baseline")
    assert "baseline.json holds 3 values" in done.err
    assert json.loads((linked / "baseline.json").read_text())["values"] == {
        "link demand_lost.max": 0.625, "link sites_cut.max": 1, "plain fibre.km": 2,
    }  # fmt: skip
    assert ngbw("check", linked, "--update-baseline", "--only", "link").code == 2


def test_check_prints_the_misses_and_returns_1(checked, ngbw):
    done = ngbw("check", checked)
    assert done.code == 1
    assert "FAIL  demand_lost.max <= 50%  [62.5 %]" in done.out
    assert "link HA (H - A)" in done.out
    assert f"see: ngbw explain {checked / 'scenario.yaml'} link" in done.out
    assert "1 passed, 1 failed, 1 warning" in done.out


def test_only_narrows_and_fail_on_warning_is_7(checked, ngbw):
    assert ngbw("check", checked, "--only", "plain").code == 0
    text = (checked / "scenario.yaml").read_text("utf-8").replace("50%", "70%")
    (checked / "scenario.yaml").write_text(text, "utf-8")
    assert ngbw("check", checked).code == 0
    assert ngbw("check", checked, "--fail-on-warning").code == 7
    done = ngbw("check", checked, "--only", "plane")
    assert done.code == 2
    assert "did you mean plain" in done.err


def test_regression_alone_is_5(checked, ngbw):
    write_csv(
        checked / "links.csv", [{"link_id": "HA", "a_site": "H", "b_site": "A", "length_km": 1}]
    )
    done = ngbw("check", checked, "--only", "plain")
    assert done.code == 5
    assert "baseline 2 km, tolerance none]" in done.out


def test_list_checks_nothing(checked, ngbw):
    (checked / "links.csv").write_text("broken")
    done = ngbw("check", checked, "--list")
    assert done.code == 0
    assert "link: any link" in done.out
    assert "  sites_cut.max <= 0  (warn)" in done.out
    scenarios = ngbw("check", checked, "--list", "--json").json["scenarios"]
    assert scenarios[1]["assertions"] == ["demand_lost.max <= 50%", "sites_cut.max <= 0"]


def test_json_is_the_whole_of_stdout(checked, ngbw):
    done = ngbw("check", checked, "--json")
    assert done.code == done.json["exit_code"] == 1
    assert [r["outcome"] for r in done.json["results"]] == ["passed", "missed", "missed"]


def test_outputs_are_written_beside_each_other(checked, ngbw, tmp_path):
    done = ngbw(
        "check", checked, "--out", f"junit={tmp_path / 'r.xml'}", "--out",
        f"sarif={tmp_path / 'r.sarif'}", "--out", "md",
    )  # fmt: skip
    assert done.code == 1
    assert done.out.startswith("## 小区: 1 passed")
    assert ElementTree.fromstring((tmp_path / "r.xml").read_text()).tag == "testsuites"
    assert json.loads((tmp_path / "r.sarif").read_text())["version"] == "2.1.0"


def test_broken_file_is_2_with_its_place(checked, ngbw):
    path = checked / "scenario.yaml"
    path.write_text(path.read_text("utf-8").replace("fibre.km", "fiber.km"), "utf-8")
    done = ngbw("check", checked, "--json")
    assert done.code == 2
    assert done.json["error"]["message"].startswith(f"{path}:4:26: ")
    assert "did you mean fibre.km?" in done.err


def test_dangling_link_is_3(checked, ngbw):
    write_csv(checked / "links.csv", [{"link_id": "HX", "a_site": "H", "b_site": "X"}])
    done = ngbw("check", checked)
    assert done.code == 3
    assert "links.csv, row 2" in done.err


def test_another_project_can_be_checked(checked, ngbw, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(checked, copy)
    write_csv(copy / "links.csv", [{"link_id": "HA", "a_site": "H", "b_site": "A"}])
    done = ngbw("check", checked, "--project", copy, "--only", "plain")
    assert "cannot be told: 1 of 1 links have no length_km" in done.out


def test_explain_names_what_a_value_rests_on(checked, ngbw):
    done = ngbw("explain", checked, "link")
    assert done.code == 1
    assert "demand_lost.max <= 50%: missed" in done.out
    assert "62.5 %, must be <= 50 %; predicted" in done.out
    assert "from 2 failures" in done.out
    assert "  1. link HA (H - A)" in done.out
    assert "  2. link HB" in done.out
    found = ngbw("explain", checked, "link", "--top", 1, "--json").json
    assert [item["id"] for item in found["assertions"][0]["worst"]] == ["HA"]
    assert ngbw("explain", checked, "nothing").code == 2


@pytest.fixture
def promised(linked):
    rows = [
        {"id": "FIBRE", "meaning": "fibre laid", "metric": "fibre.km", "operator": ">=",
         "value": 5, "unit": "km", "due": "2016-06-30", "due_basis": "stated", "kind": "number",
         "responsible": "运营商"},
        {"id": "TV", "meaning": "digital television", "metric": "dtv.share", "operator": ">=",
         "value": 0.95, "unit": "share", "due": "2013-12-31", "kind": "baseline"},
    ]  # fmt: skip
    write_csv(linked / "targets.csv", rows)
    return linked


def test_targets_are_judged_on_a_day(promised, ngbw):
    done = ngbw("targets", promised, "--at", "2016-06-30")
    assert done.code == 0
    assert "at risk      FIBRE: fibre.km >= 5 km [due 2016-06-30 (stated)]" in done.out
    assert "value: fibre.km 2 km (predicted)" in done.out
    assert "who: 运营商" in done.out
    assert "cannot tell  TV: dtv.share >= 95 % [due 2013-12-31 (assumed)]" in done.out
    assert "2 targets: 0 met, 0 missed, 1 at risk, 1 cannot tell" in done.out
    late = ngbw("targets", promised, "--at", "2016-07-01", "--json")
    assert late.code == 1
    assert [row["verdict"] for row in late.json["targets"]] == ["missed", "cannot tell"]
    assert ngbw("targets", promised, "--at", "soon").code == 2


def test_statement_that_is_imported_makes_a_target_met(promised, ngbw, tmp_path):
    file = tmp_path / "reported.csv"
    write_csv(
        file,
        [
            {
                "编号": "1",
                "指标": "dtv.share",
                "数值": 0.97,
                "统计日期": "2016-01-01",
                "填报单位": "东方有线",
            }
        ],
    )
    assert ngbw("import", promised, "statements", file).code == 0
    row = ngbw("targets", promised, "--at", "2016-06-30", "--json").json["targets"][1]
    assert (row["verdict"], row["readings"][0]["origin"]) == ("met", "stated")
    assert "东方有线" in row["readings"][0]["source"]
    early = ngbw("targets", promised, "--at", "2015-06-30", "--json").json["targets"][1]
    assert early["verdict"] == "cannot tell"


def test_project_without_targets_says_how_to_get_them(linked, ngbw):
    done = ngbw("targets", linked)
    assert done.code == 3
    assert "ngbw import PROJECT targets" in done.err


def test_broken_target_names_its_row(promised, ngbw):
    path = promised / "targets.csv"
    path.write_text(path.read_text("utf-8-sig").replace("fibre.km", "fiber.km"), "utf-8")
    done = ngbw("targets", promised)
    assert done.code == 3
    assert "targets.csv, row 2, column metric" in done.err


def test_diff_of_two_directories_and_of_a_directory_alone(linked, ngbw, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(linked, copy)
    write_csv(copy / "links.csv", [{"link_id": "HA", "a_site": "H", "b_site": "A", "length_km": 1}])
    done = ngbw("diff", linked, copy)
    assert "fibre.km: 2 km -> 1 km (-1)" in done.out
    assert ngbw("diff", linked, copy, "--json").json["rows"]["links"]["removed"] == ["HB"]
    assert ngbw("diff", linked, copy, "--md").out.startswith("### What this change does")
    assert ngbw("diff", linked).code == 2
    assert ngbw("diff", linked, copy, "--git", "HEAD").code == 2
