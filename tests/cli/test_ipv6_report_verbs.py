"""ngbw ipv6 report and retest on the example: readiness from generated recordings."""

from __future__ import annotations

from datetime import date

import pytest

from ngbw.api.cli import main
from ngbw.api.scenario.readings import read
from ngbw.api.scenario.study import Study


@pytest.fixture(scope="module")
def judged(tmp_path_factory):
    folder = tmp_path_factory.mktemp("readiness")
    project, recordings = folder / "yangpu", folder / "recordings"
    assert main(["init", str(project), "--example", "yangpu"]) == 0
    assert main(["probe", "simulate", str(project), "--out", str(recordings)]) == 0
    assert main(["ipv6", "device", str(project), "--recordings", str(recordings)]) == 0
    return project, recordings


def test_the_example_has_a_report_with_targets_work_list_and_reasons(ngbw, judged):
    project, _ = judged
    done = ngbw("ipv6", "report", project, "--json", "--lang", "en")
    found = done.json
    verdicts = {one["id"]: one["verdict"] for one in found["targets"]}
    assert done.code == 1
    assert verdicts == {
        "IPV6-EQUIPMENT": "missed", "IPV6-PORTALS": "cannot tell", "IPV6-DEMO": "cannot tell",
    }  # fmt: skip
    equipment = found["targets"][0]
    assert (equipment["due"], equipment["due_basis"]) == ("2016-12-31", "stated")
    assert {"device:YP-D1-N1", "device:YP-D2-N1"} <= {
        miss["subject"] for miss in equipment["missing"] if miss["state"] == "unmet"
    }
    assert all(miss["why"] and miss["do"] for one in found["targets"] for miss in one["missing"])
    steps = found["end_to_end"]["work_list"]
    assert steps[-1]["share_after"] == pytest.approx(1.0)
    assert 0 <= found["total"]["low"] <= found["total"]["high"] <= 1


def test_metrics_agree_with_the_report(judged):
    project, _ = judged
    study = Study.open(project)
    ready = read(study, "ipv6.ready.share")
    assert (ready.value, ready.origin) == (0.0, "measured")
    assert any("read from recordings" in one for one in ready.assumed)
    assert {item.item_id for item in ready.worst} >= {"YP-D1-N1", "YP-D2-N1"}
    sites = read(study, "ipv6.sites.share")
    assert sites.value is None
    assert sites.reason
    early = read(study, "ipv6.ready.share", at=date(2016, 12, 31))
    assert early.value is None


def test_before_anything_was_measured_nothing_is_told(ngbw, judged):
    project, _ = judged
    found = ngbw("ipv6", "report", project, "--at", "2016-12-31", "--json").json
    assert found["rows"] == 0
    assert {one["verdict"] for one in found["targets"]} == {"cannot tell"}
    assert found["total"] == {**found["total"], "low": 0.0, "high": pytest.approx(1.0, abs=0.1)}


@pytest.mark.parametrize(("name", "begins"), [
    ("r.html", b"<!DOCTYPE html>"), ("r.docx", b"PK"), ("r.md", b"# "), ("r.svg", b"<svg"),
])  # fmt: skip
@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_the_report_is_written_in_every_form_and_language(
    ngbw, judged, tmp_path, name, begins, language
):
    project, _ = judged
    done = ngbw("ipv6", "report", project, "--out", tmp_path / name, "--lang", language)
    assert done.code == 1, done.err
    body = (tmp_path / name).read_bytes()
    assert body[: len(begins)].lower() == begins.lower()
    if name.endswith(".md"):
        text = body.decode()
        assert ("规划目标" in text) is (language == "zh-CN")
        assert "ipv6_" not in text.replace("\\", "")


def test_the_map_is_written_beside_the_report(ngbw, judged, tmp_path):
    project, _ = judged
    map_file = tmp_path / "map.html"
    done = ngbw("ipv6", "report", project, "--map", map_file, "--lang", "en")
    assert done.code == 1, done.err
    assert str(map_file) in done.out
    page = map_file.read_text(encoding="utf-8")
    assert 50_000 < len(page.encode()) < 1_000_000
    assert "YP-D1-N1" in page
    assert "prove nothing about the real network" in page  # they are recordings


def test_what_is_not_ready_is_asked_again(ngbw, judged):
    project, recordings = judged
    done = ngbw("ipv6", "retest", project, "--only", "device", "--recordings", recordings, "--json")
    assert done.code == 0, done.err
    assert done.json["rows"] > 0
    assert "device:YP-D1-N1" in done.json["asked"]["device"]


@pytest.mark.parametrize(("given", "said"), [
    (("report", "--out", "r.pdf"), ".docx"), (("report", "--map", "m.svg"), ".html"), (("report", "--lang", "fr"), "zh-CN"),
    (("report", "--at", "tomorrow"), "YYYY-MM-DD"), (("retest", "--only", "link"), "device"),
])  # fmt: skip
def test_a_wrong_option_is_refused_with_the_way_out(ngbw, judged, given, said):
    verb, *options = given
    done = ngbw("ipv6", verb, judged[0], *options)
    assert done.code == 2
    assert said in done.err
