"""The scenario of the Yangpu example holds, in every form of output."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from defusedxml import ElementTree
from jsonschema import Draft202012Validator

from ngbw.api.scenario.evaluation import check
from ngbw.api.scenario.file_reading import read_scenarios
from ngbw.api.scenario.outputs import OUTPUTS
from ngbw.api.scenario.study import Study
from ngbw.examples import copy_example

from .test_outputs import JUNIT_CHILDREN, SARIF

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def yangpu(tmp_path_factory):
    directory = tmp_path_factory.mktemp("example") / "yangpu"
    copy_example("yangpu", directory)
    return directory


@pytest.fixture(scope="module")
def report(yangpu):
    file = read_scenarios(yangpu / "scenario.yaml")
    return check(file, Study.open(file.project, seed=file.seed))


def test_example_holds(report):
    assert [r.message for r in report.results if r.level == "error"] == []
    assert report.exit_code() == 0
    assert len(report.file.scenarios) == 8


def test_only_what_the_example_has_no_evidence_of_cannot_be_told(report):
    untold = {r.assertion.metric.name for r in report.results if r.outcome == "cannot tell"}
    assert untold == {"ipv6.ready.share"}
    assert all(r.reading.reason for r in report.results if r.reading.value is None)


def test_weak_spots_that_were_built_in_are_found(report):
    found = {(r.scenario.scenario_id, r.assertion.metric.name): r.reading for r in report.results}
    link = found["any-one-link", "demand_lost.max"].worst[0]
    assert link.item_id == "YP-L27"  # Fuxing island hangs on one cable
    assert (link.table, link.row) == ("links", 28)
    duct = found["ducts", "demand_lost.max"].worst[0]
    assert "YP-L04, YP-L05" in duct.kind  # both ways out of Wudong go through one duct
    assert found["nines", "site.minutes_down_per_year.max"].worst[0].item_id == "YP-B44"
    told = {name: reading for (case, name), reading in found.items() if case == "as-planned"}
    assert told["pon.margin_db.min"].worst[0].item_id == "YP-P01"
    assert told["building.uplink_gbps.min"].value == 1  # the planted uplink of 1 Gbit/s
    assert told["egress.tbps"].value == 1
    dark = found["any-one-link", "people_dark.max"]
    assert "residents" in dark.worst[0].note
    assert "places" in dark.worst[0].note


def test_example_in_every_form_of_output(report):
    root = ElementTree.fromstring(OUTPUTS["junit"](report))
    for element in root.iter():
        assert {child.tag for child in element} <= JUNIT_CHILDREN.get(element.tag, set())
    assert root.get("failures") == root.get("errors") == "0"
    Draft202012Validator(SARIF).validate(json.loads(OUTPUTS["sarif"](report)))
    assert json.loads(OUTPUTS["json"](report))["exit_code"] == 0
    warnings = report.count("warning")
    assert len(json.loads(OUTPUTS["gitlab"](report))) == warnings
    assert OUTPUTS["github"](report).count("::warning ") == warnings
    assert OUTPUTS["md"](report).count("⚠️") == warnings
    assert OUTPUTS["text"](report).count("WARN") == warnings


def test_every_target_of_the_example_has_a_value_or_a_reason(yangpu):
    done = subprocess.run(
        [sys.executable, "-P", "-m", "ngbw", "targets", str(yangpu), "--at", "2017-12-31", "--json"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    document = json.loads(done.stdout)
    assert done.returncode == 1
    assert len(document["targets"]) == 41
    for row in document["targets"]:
        assert row["verdict"] in ("met", "missed", "at risk", "cannot tell")
        assert row["reason"] or row["verdict"] == "met"
        for reading in row["readings"]:
            assert (reading["value"] is None) == bool(reading["reason"]), row["id"]
            assert (reading["value"] is None) == (reading["origin"] is None), row["id"]
    verdicts = {row["id"]: row for row in document["targets"]}
    assert verdicts["NGB-SITES"]["verdict"] == "missed"
    assert verdicts["NGB-SITES"]["readings"][0]["value"] == 0
    assert verdicts["NGB-COVERAGE"]["planned"][0]["origin"] == "planned"
    assert verdicts["IPV6-EQUIPMENT"]["reason"].endswith("no IPv6 evidence in this project")
