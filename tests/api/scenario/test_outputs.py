"""Every form of the outcome: valid for those who read it, and harmless whatever a table holds.

The essential rules of JUnit XML, SARIF 2.1.0 and GitLab's code quality format are written down
here; the official schemas are not at hand without a network.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from defusedxml import ElementTree
from jsonschema import Draft202012Validator

from ngbw.api.scenario.assertions import parse_assertion
from ngbw.api.scenario.explanation import explanation, explanation_text
from ngbw.api.scenario.file_model import Failure, Scenario, ScenarioFile
from ngbw.api.scenario.output_markdown import escape
from ngbw.api.scenario.outputs import OUTPUTS, parse_outputs, write_outputs
from ngbw.api.scenario.positions import Node
from ngbw.api.scenario.report import Change, Report, Result
from ngbw.topology.errors import SurroundingsError, UsageError
from ngbw.topology.metrics import Item, Reading
from ngbw.topology.quantities import Tolerance

HOSTILE = (
    "</failure>\x1b[31m\x00<script>alert(1)</script>\n::error::pwned | @all `x` [a](http://e) %0A"
)


def result(
    text, value, *, severity: Any = "error", line=5, items=(), old=None, worse=False, **reading
):
    node = Node(text, Path("scenario.yaml"), line, 9, line, 9)
    assertion = parse_assertion(node, severity=severity)
    scenario = Scenario("s1", "", None, None, "plan", "", "wanted", (assertion,), node)
    metric = assertion.metric.name
    outcome: Any = (
        "cannot tell" if value is None else "passed" if assertion.holds(value) else "missed"
    )
    change = None if old is None else Change(old, worse=worse, tolerance=Tolerance(absolute=0.01))
    found = Reading(metric, value, worst=tuple(items), **reading)
    return Result(scenario, assertion, found, outcome, change)


def report(*results, name="town"):
    file = ScenarioFile(Path("scenario.yaml"), name, Path("p"), 7, (results[0].scenario,), None, ())
    return Report(file, "0.1.0", results, {"s1": 0.25}, {"links": Path("p/links.csv"),
                                                         "spans": Path("p/spans.geojson")})  # fmt: skip


LINK = Item("link", "L1", "A - B", 121.5, 31.3, "links", 214, "400 residents lose service")
PASSED = result("plan.sites <= 40", 40.0, line=4)
MISSED = result("demand_lost.max <= 2%", 0.05, items=[LINK])
UNKNOWN = result("ipv6.ready.share >= 95%", None, line=6, reason="no IPv6 evidence")
WARNED = result("sites_cut.max <= 3", 5.0, severity="warn", line=7, items=[LINK])
WORSE = result("coverage.share >= 90%", 0.91, line=8, old=0.93, worse=True)
UGLY = result("gaps.count <= 1", 9.0, line=9,
              items=[Item("gap", HOSTILE, HOSTILE, table="spans", row=3, note=HOSTILE)])  # fmt: skip
WHOLE = report(PASSED, MISSED, UNKNOWN, WARNED, WORSE, UGLY)


def test_levels_and_exit_codes():
    assert [r.level for r in WHOLE.results] == [
        "ok", "error", "error", "warning", "error", "error",
    ]  # fmt: skip
    assert WHOLE.exit_code() == 1
    assert report(PASSED, WORSE).exit_code() == 5
    assert report(PASSED, UNKNOWN).exit_code() == 1
    assert report(PASSED, WARNED).exit_code() == 0
    assert report(PASSED, WARNED).exit_code(fail_on_warning=True) == 7
    assert report(PASSED, replace(MISSED, outcome="unproven"), UNKNOWN).exit_code() == 4


def test_text_names_the_worst_item_its_place_and_one_command():
    text = OUTPUTS["text"](report(PASSED, MISSED))
    assert "ok    plan.sites <= 40  [40 sites]" in text
    assert "FAIL  demand_lost.max <= 2%  [5 %]" in text
    assert "scenario.yaml:5:9" in text
    assert "link L1 (A - B) at 121.500000, 31.300000: 400 residents lose service" in text
    assert "see: ngbw explain scenario.yaml s1" in text
    assert "1 passed, 1 failed" in text


def test_json_holds_everything():
    document = json.loads(OUTPUTS["json"](WHOLE))
    assert document["exit_code"] == 1
    assert (document["passed"], document["failed"], document["warnings"]) == (1, 3, 1)
    assert document["worse"] == 1
    missed = document["results"][1]
    assert missed["value"] == 0.05
    assert missed["worst"][0] == {
        "kind": "link", "id": "L1", "name": "A - B", "lon": 121.5, "lat": 31.3,
        "table": "links", "row": 214, "note": "400 residents lose service",
    }  # fmt: skip
    assert (missed["file"], missed["line"], missed["column"]) == ("scenario.yaml", 5, 9)
    assert document["results"][2]["reason"] == "no IPv6 evidence"
    assert document["results"][4]["baseline"] == {
        "value": 0.93, "worse": True, "tolerance": {"absolute": 0.01, "relative": 0},
    }  # fmt: skip


JUNIT_CHILDREN = {
    "testsuites": {"testsuite"},
    "testsuite": {"properties", "testcase", "system-out", "system-err"},
    "testcase": {"properties", "skipped", "error", "failure", "system-out", "system-err"},
    "properties": {"property"},
}
"""Which elements stand in which, as the Jenkins and GitLab readers of JUnit XML have it."""


def test_junit_has_the_structure_that_readers_expect():
    root = ElementTree.fromstring(OUTPUTS["junit"](WHOLE))
    assert root.tag == "testsuites"
    for element in root.iter():
        children = {child.tag for child in element}
        assert children <= JUNIT_CHILDREN.get(element.tag, set()), element.tag
    for suite in root:
        cases = suite.findall("testcase")
        assert {"name", "tests", "failures", "errors", "skipped", "time"} == set(suite.attrib)
        assert int(suite.attrib["tests"]) == len(cases) == 6
        assert int(suite.attrib["failures"]) == len(suite.findall("testcase/failure")) == 3
        assert int(suite.attrib["errors"]) == len(suite.findall("testcase/error")) == 1
        for case in cases:
            assert {"name", "classname", "time"} <= set(case.attrib)
            assert len([c for c in case if c.tag in ("failure", "error", "skipped")]) <= 1
            for found in case.findall("failure") + case.findall("error"):
                assert {"message", "type"} == set(found.attrib)
    kinds = [found.get("type") for found in root.iter() if found.tag in ("failure", "error")]
    assert kinds == ["missed", "cannot-tell", "regression", "missed"]
    assert "warning:" in root.findall(".//testcase")[3].findtext("system-out", "")
    values = {
        p.get("name"): p.get("value") for p in root.findall(".//testcase")[1].iter("property")
    }
    assert values["value"] == "0.05"
    assert values["seed"] == "7"


MESSAGE = {
    "type": "object",
    "required": ["text"],
    "properties": {"text": {"type": "string", "minLength": 1}},
}
LOCATION = {
    "type": "object",
    "required": ["physicalLocation"],
    "additionalProperties": False,
    "properties": {
        "id": {"type": "integer", "minimum": -1},
        "message": MESSAGE,
        "physicalLocation": {
            "type": "object",
            "required": ["artifactLocation"],
            "additionalProperties": False,
            "properties": {
                "artifactLocation": {
                    "type": "object",
                    "required": ["uri"],
                    "properties": {"uri": {"type": "string", "pattern": r"^[\w./%~-]+$"}},
                },
                "region": {
                    "type": "object",
                    "required": ["startLine"],
                    "additionalProperties": False,
                    "properties": {
                        "startLine": {"type": "integer", "minimum": 1},
                        "startColumn": {"type": "integer", "minimum": 1},
                    },
                },
            },
        },
    },
}  # fmt: skip
SARIF = {
    "type": "object",
    "required": ["version", "runs"],
    "additionalProperties": False,
    "properties": {
        "$schema": {"type": "string", "format": "uri"},
        "version": {"const": "2.1.0"},
        "runs": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["tool", "results"],
                "additionalProperties": False,
                "properties": {
                    "tool": {
                        "type": "object",
                        "required": ["driver"],
                        "properties": {
                            "driver": {
                                "type": "object",
                                "required": ["name"],
                                "properties": {
                                    "name": {"type": "string"},
                                    "semanticVersion": {"type": "string"},
                                    "rules": {
                                        "type": "array",
                                        "uniqueItems": True,
                                        "items": {
                                            "type": "object",
                                            "required": ["id"],
                                            "properties": {
                                                "id": {"type": "string"},
                                                "name": {"type": "string"},
                                                "shortDescription": MESSAGE,
                                                "fullDescription": MESSAGE,
                                            },
                                            "additionalProperties": False,
                                        },
                                    },
                                },
                                "additionalProperties": False,
                            }
                        },
                    },
                    "automationDetails": {"type": "object", "required": ["id"]},
                    "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
                    "results": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "required": ["message", "ruleId"],
                            "additionalProperties": False,
                            "properties": {
                                "ruleId": {"type": "string"},
                                "ruleIndex": {"type": "integer", "minimum": -1},
                                "level": {"enum": ["none", "note", "warning", "error"]},
                                "message": MESSAGE,
                                "locations": {"type": "array", "items": LOCATION},
                                "relatedLocations": {
                                    "type": "array", "uniqueItems": True, "items": LOCATION,
                                },
                                "partialFingerprints": {
                                    "type": "object",
                                    "additionalProperties": {"type": "string"},
                                },
                                "properties": {"type": "object"},
                            },
                        },
                    },
                },
            },
        },
    },
}  # fmt: skip
"""What SARIF 2.1.0 (sections 3.13 to 3.30) asks of the parts that are written."""


def test_sarif_keeps_the_rules_of_its_schema():
    document = json.loads(OUTPUTS["sarif"](WHOLE))
    Draft202012Validator(SARIF).validate(document)
    (run,) = document["runs"]
    rules = run["tool"]["driver"]["rules"]
    for found in run["results"]:
        assert rules[found["ruleIndex"]]["id"] == found["ruleId"]
    assert len(run["results"]) == 5  # what is well is no finding
    prints = [found["partialFingerprints"]["ngbwAssertion/v1"] for found in run["results"]]
    assert len(set(prints)) == len(prints)


def test_sarif_points_at_the_line_of_the_assertion_and_the_row_of_the_table():
    found = json.loads(OUTPUTS["sarif"](report(MISSED, UGLY)))["runs"][0]["results"]
    first = found[0]["locations"][0]["physicalLocation"]
    assert first["artifactLocation"]["uri"] == "scenario.yaml"
    assert first["region"] == {"startLine": 5, "startColumn": 9}
    row = found[0]["relatedLocations"][0]
    assert row["physicalLocation"]["artifactLocation"]["uri"] == "p/links.csv"
    assert row["physicalLocation"]["region"] == {"startLine": 214}
    drawn = found[1]["relatedLocations"][0]["physicalLocation"]
    assert "region" not in drawn  # a row of GeoJSON is no line


def test_fingerprint_stays_when_the_file_is_edited_above():
    moved = result("demand_lost.max <= 2%", 0.07, line=50, items=[LINK])

    def prints(of):
        return json.loads(OUTPUTS["gitlab"](report(of)))[0]["fingerprint"]

    assert prints(moved) == prints(MISSED)
    assert prints(moved) != prints(WORSE)


def test_gitlab_code_quality_has_its_fields():
    found = json.loads(OUTPUTS["gitlab"](WHOLE))
    assert len(found) == 5
    for each in found:
        assert set(each) == {"description", "check_name", "fingerprint", "severity", "location"}
        assert each["severity"] in ("info", "minor", "major", "critical", "blocker")
        assert each["location"]["path"] == "scenario.yaml"
        assert each["location"]["lines"]["begin"] >= 1
    assert found[0]["severity"] == "critical"
    assert found[2]["severity"] == "minor"
    assert json.loads(OUTPUTS["gitlab"](report(PASSED))) == []


def test_github_annotations_are_one_command_a_line_whatever_a_table_holds():
    lines = OUTPUTS["github"](WHOLE).splitlines()
    assert len(lines) == 5
    form = r"::(error|warning) file=[^,:]+,line=\d+,col=\d+,title=[^,:]+::[^\r\n]+"
    assert all(re.fullmatch(form, line) for line in lines)
    assert [line.split(" ")[0] for line in lines].count("::warning") == 1
    assert OUTPUTS["github"](report(PASSED)) == ""


def test_markdown_shows_text_and_nothing_else():
    text = OUTPUTS["md"](WHOLE)
    assert "| ❌ | s1 | demand\\_lost.max &lt;= 2% | 5 % |" in text
    for wicked in ("<script>", "http://", "@all", "`x`", "[a]("):
        assert wicked not in text
    rows = [line for line in text.splitlines() if line.startswith("| ")]
    assert all(len(re.findall(r"(?<!\\)\|", row)) == 6 for row in rows)
    assert escape("a|b\nc") == "a\\|b c"


@pytest.mark.parametrize("kind", sorted(OUTPUTS))
def test_what_holds_but_is_worse_than_the_baseline_never_reads_as_missed(kind):
    text = OUTPUTS[kind](report(PASSED, WORSE)).replace("%25", "%")
    assert "baseline 93 %, tolerance 1pt" in text
    if kind == "text":
        assert "WORSE  coverage.share >= 90%  [91 %, baseline 93 %, tolerance 1pt]" in text
        assert "1 passed, 1 worse than the baseline" in text
        assert "FAIL" not in text
    elif kind == "md":
        assert "1 passed, 1 worse than the baseline" in text
        assert "| ❌ worse | s1 |" in text
    else:
        assert "worse than the baseline: coverage.share is 91 %" in text


def test_text_json_and_explain_say_on_which_network_a_failure_is_judged():
    node = Node("x", Path("scenario.yaml"), 5, 9, 5, 9)

    def failing(found, sites):
        return replace(
            found, scenario=replace(found.scenario, fail=Failure("links", node), sites=sites)
        )

    dark = result("people_dark.max <= 10", 5.0)
    lost = failing(MISSED, "plan")
    assert "without the plan's" in lost.basis
    assert failing(dark, "plan").basis == "on the fixed network with the plan's NGB-W sites"
    assert failing(dark, "standing").basis.endswith("the NGB-W sites that stand")
    assert failing(dark, ("A", "B")).basis.endswith("NGB-W A, B")
    assert PASSED.basis == ""
    whole = report(lost)
    assert f"  demand_lost.max: {lost.basis}" in OUTPUTS["text"](whole)
    assert json.loads(OUTPUTS["json"](whole))["results"][0]["basis"] == lost.basis
    assert f"judged {lost.basis}" in explanation_text(explanation(whole))


def test_baseline_that_allows_nothing_says_so():
    metric = MISSED.assertion.metric
    assert Change(0.04, worse=True).words(metric) == "baseline 4 %, tolerance none"
    part = Change(0.04, worse=True, tolerance=Tolerance(relative=0.1))
    assert part.words(metric) == "baseline 4 %, tolerance 10 % of it"
    both = replace(MISSED, change=Change(0.04, worse=True))
    assert "must be <= 2 %; worse than the baseline: baseline 4 %" in both.message
    assert report(both, WORSE).summary() == "0 passed, 1 failed, 1 worse than the baseline"


@pytest.mark.parametrize("kind", sorted(OUTPUTS))
def test_notes_stand_in_every_output(kind):
    noted = replace(report(PASSED), notes=("1 site has no path to a source",))
    assert "1 site has no path to a source" in OUTPUTS[kind](noted)
    assert noted.summary() == "1 passed, 1 warning"
    assert noted.exit_code() == 0
    assert noted.exit_code(fail_on_warning=True) == 7


@pytest.mark.parametrize("kind", sorted(OUTPUTS))
def test_every_output_is_the_same_for_the_same_report(kind):
    assert OUTPUTS[kind](WHOLE) == OUTPUTS[kind](WHOLE)


def test_outputs_go_to_files_and_one_to_stdout(tmp_path):
    outputs = parse_outputs([f"junit={tmp_path / 'r.xml'}", f"md={tmp_path / 'r.md'}", "github"])
    shown = write_outputs(WHOLE, outputs)
    assert shown.startswith("::error")
    assert (tmp_path / "r.xml").read_text("utf-8") == OUTPUTS["junit"](WHOLE)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["r.md", "r.xml"]
    assert write_outputs(WHOLE, outputs[:2]) == OUTPUTS["text"](WHOLE)


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (["junits=x"], "did you mean junit"),
        (["junit="], "names no file"),
        (["json", "md=-"], "another output goes to -"),
        (["json=x", "md=x"], "goes to x already"),
    ],
)
def test_outputs_that_make_no_sense_are_refused(given, why):
    with pytest.raises(UsageError, match=why):
        parse_outputs(given)


def test_output_that_cannot_be_written_says_so(tmp_path):
    with pytest.raises(SurroundingsError, match="does not exist"):
        write_outputs(WHOLE, parse_outputs([f"json={tmp_path / 'no' / 'r.json'}"]))


@pytest.mark.parametrize("kind", ["text", "md", "github"])
def test_names_from_tables_command_no_terminal(kind):
    assert not any(c < " " and c != "\n" for c in OUTPUTS[kind](WHOLE))
