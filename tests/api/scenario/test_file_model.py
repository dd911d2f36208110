"""The scenario file: what it may hold, and errors that point at the word that is wrong."""

from __future__ import annotations

import json
import textwrap
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

import ngbw
from ngbw.api.scenario.file_reading import json_schema, only, read_scenarios
from ngbw.api.scenario.positions import ScenarioError
from ngbw.topology.errors import UsageError

ROOT = Path(ngbw.__file__).parent


def read(path) -> Any:
    return read_scenarios(path)


def write(path, text):
    path.write_text(textwrap.dedent(text).lstrip("\n"), encoding="utf-8")
    return path


WHOLE = """
ngbw: 1
name: all of it
project: town
seed: 42
scenarios:
  - id: plain
    title: nothing fails
    sites: standing
    service: indoor
    prove: required
    assert: [coverage.share >= 90%]
  - id: two
    fail: {links: 2}
    assert:
      - {that: demand_lost.max <= 2%, severity: warn, top: 10}
  - id: ducts
    fail: {srlg: from_geometry, shared_m: 80}
    assert: [sites_cut.max <= 3]
  - id: flood
    fail: {within: flood.geojson}
    sites: [A, B]
    assert: [coverage.share >= 70%]
  - id: named
    fail: {ids: [L1, 7]}
    assert: [people_dark.max <= 5万人]
  - id: nines
    availability: {component_table: mtbf.csv}
    assert: [site.minutes_down_per_year.max <= 1 h]
  - id: built-in
    availability:
    assert: [site.minutes_down_per_year.max <= 60]
baseline: {file: baseline.json, tolerate: {coverage.share: 0.2pt, fibre.km: 5 km}}
"""


def test_everything_a_file_may_say_is_read(tmp_path):
    for name in ("flood.geojson", "mtbf.csv"):
        (tmp_path / name).touch()
    file = read(write(tmp_path / "s.yaml", WHOLE))
    assert (file.name, file.seed, file.project) == ("all of it", 42, tmp_path / "town")
    plain, two, ducts, flood, named, nines, built_in = file.scenarios
    assert (plain.sites, plain.service, plain.proof) == ("standing", "indoor", "required")
    assert plain.assertions[0].figure == 0.9
    assert (two.fail.kind, two.fail.count) == ("links", 2)
    assert (two.assertions[0].severity, two.assertions[0].top) == ("warn", 10)
    assert (ducts.fail.groups, ducts.fail.shared_m) == ("from_geometry", 80)
    assert flood.fail.area == tmp_path / "flood.geojson"
    assert flood.sites == ("A", "B")
    assert named.fail.ids == ("L1", "7")
    assert named.assertions[0].figure == 50_000
    assert nines.availability.component_table == tmp_path / "mtbf.csv"
    assert nines.assertions[0].figure == 60
    assert built_in.availability.component_table is None
    assert file.baseline.tolerate["coverage.share"].absolute == 0.002


def scenario(text):
    return f"ngbw: 1\nscenarios:\n  - id: a\n    {text}\n"


@pytest.mark.parametrize(
    ("text", "line", "column", "why"),
    [
        (scenario("assert: [coverage.shar >= 90%]"), 4, 14, r"did you mean coverage\.share\?"),
        (scenario("assert: [coverage.share >= 90 dB]"), 4, 32, "is not a unit of coverage.share"),
        (scenario("assert: [coverage.share => 90%]"), 4, 29, "did you mean >="),
        (scenario("assert: [coverage.share]"), 4, 14, "no assertion"),
        (scenario("assert: [coverage.share >= ]"), 4, 31, "not a quantity"),
        (scenario("assert: [90]"), 4, 14, "must be"),
        (scenario("assert: []"), 4, 13, "must not be empty"),
        (scenario("assert: [{that: coverage.share >= 9%, severty: warn}]"), 4, 43,
         "did you mean severity"),
        (scenario("assert: [{that: coverage.share >= 9%, severity: fatal}]"), 4, 53, "error, warn"),
        (scenario("assert: [demand_lost.max <= 2%]"), 4, 14, "nothing fails in 'a'"),
        (scenario("fail: {links: 3}\n    assert: [demand_lost.max <= 2%]"), 4, 19, "from 1 to 2"),
        (scenario("fail: {links: 1, nodes: 1}\n    assert: [sites_cut.max <= 2]"), 4, 11,
         "exactly one of"),
        (scenario("fail: {link: 1}\n    assert: [sites_cut.max <= 2]"), 4, 12,
         "did you mean links"),
        (scenario("fail: {links: 1, shared_m: 5}\n    assert: [sites_cut.max <= 2]"), 4, 22,
         "belongs to srlg"),
        (scenario("fail: {srlg: geometry}\n    assert: [sites_cut.max <= 2]"), 4, 18,
         "did you mean from_geometry"),
        (scenario("fail: {within: ../x.geojson}\n    assert: [sites_cut.max <= 2]"), 4, 20,
         "leads out of"),
        (scenario("fail: {within: /etc/passwd}\n    assert: [sites_cut.max <= 2]"), 4, 20,
         "leads out of"),
        (scenario("fail: {within: nix.geojson}\n    assert: [sites_cut.max <= 2]"), 4, 20,
         "'nix.geojson' does not exist"),
        (scenario("availability: {component_table: nix.csv}\n    assert: [plan.sites <= 2]"), 4, 37,
         "'nix.csv' does not exist"),
        (scenario("title: x"), 3, 5, "needs assert"),
        ("ngbw: 2\nscenarios: nonsense of the future\n", 1, 7, "install a newer ngbw"),
        ("ngbw: 0\n", 1, 7, "write ngbw: 1"),
        ("ngbw: one\n", 1, 7, "format version"),
        ("name: x\n", 1, 1, "needs ngbw"),
        ("ngbw: 1\n", 1, 1, "no scenario"),
        ("- 1\n", 1, 1, "must be a map"),
        ("ngbw: 1\nscenario: []\n", 2, 1, "did you mean scenarios"),
        ("ngbw: 1\nscenarios:\n- {id: a b, assert: [plan.sites <= 1]}\n", 3, 8, "an id of letters"),
        ("ngbw: 1\nbaseline: {file: b.json, tolerate: {coverage.shar: 1pt}}\n", 2, 37,
         "did you mean"),
        ("ngbw: 1\nbaseline: {file: b.json, tolerate: {fibre.km: 1pt}}\n", 2, 47, "for shares"),
    ],
)  # fmt: skip
def test_errors_point_at_the_word_that_is_wrong(tmp_path, text, line, column, why):
    with pytest.raises(ScenarioError, match=why) as caught:
        read_scenarios(write(tmp_path / "s.yaml", text))
    assert (caught.value.line, caught.value.column) == (line, column)


def test_included_scenarios_come_first_and_paths_are_those_of_their_file(tmp_path):
    (tmp_path / "defaults").mkdir()
    (tmp_path / "defaults" / "f.geojson").touch()
    write(tmp_path / "defaults" / "d.yaml", """
        ngbw: 1
        scenarios:
          - {id: flood, fail: {within: f.geojson}, assert: [sites_cut.max <= 1]}
        """)  # fmt: skip
    path = write(tmp_path / "s.yaml", """
        ngbw: 1
        include: [defaults/d.yaml]
        scenarios:
          - {id: own, assert: [plan.sites <= 40]}
        """)  # fmt: skip
    file = read(path)
    assert [s.scenario_id for s in file.scenarios] == ["flood", "own"]
    assert file.scenarios[0].fail.area == tmp_path / "defaults" / "f.geojson"
    assert file.project == tmp_path


def test_circle_of_includes_is_shown(tmp_path):
    write(tmp_path / "a.yaml", "ngbw: 1\ninclude: [b.yaml]\n")
    write(tmp_path / "b.yaml", "ngbw: 1\ninclude:\n  - a.yaml\n")
    with pytest.raises(
        ScenarioError, match=r"includes itself: a\.yaml -> b\.yaml -> a\.yaml"
    ) as caught:
        read_scenarios(tmp_path / "a.yaml")
    assert (caught.value.file.name, caught.value.line) == ("b.yaml", 3)


@pytest.mark.parametrize(
    ("included", "why"),
    [
        ("ngbw: 1\nseed: 3\n", "seed belongs into s.yaml"),
        ("ngbw: 1\nbaseline: {file: b.json}\n", "baseline belongs into s.yaml"),
        ("ngbw: 2\n", "install a newer"),
        (None, "does not exist"),
    ],
)
def test_included_file_must_fit(tmp_path, included, why):
    if included is not None:
        write(tmp_path / "d.yaml", included)
    path = write(tmp_path / "s.yaml", "ngbw: 1\ninclude: [d.yaml]\n")
    with pytest.raises(ScenarioError, match=why):
        read_scenarios(path)


def test_equal_ids_are_refused_across_files(tmp_path):
    one = "scenarios:\n  - {id: a, assert: [plan.sites <= 40]}\n"
    write(tmp_path / "d.yaml", f"ngbw: 1\n{one}")
    path = write(tmp_path / "s.yaml", f"ngbw: 1\ninclude: [d.yaml]\n{one}")
    with pytest.raises(ScenarioError, match=r"the id of the scenario at d\.yaml:3 already"):
        read_scenarios(path)


def test_only_keeps_the_named_and_knows_the_nearest(tmp_path):
    for name in ("flood.geojson", "mtbf.csv"):
        (tmp_path / name).touch()
    file = read_scenarios(write(tmp_path / "s.yaml", WHOLE))
    assert [s.scenario_id for s in only(file, ["two", "flood"]).scenarios] == ["two", "flood"]
    with pytest.raises(UsageError, match="did you mean flood"):
        only(file, ["floods"])


def test_published_schema_is_that_of_the_program():
    # When this fails: python -m ngbw.api.published docs
    published = json.loads((ROOT / "docs" / "scenario.schema.json").read_text(encoding="utf-8"))
    assert published == json_schema()


def test_schema_takes_what_the_program_takes_and_refuses_what_it_refuses(tmp_path):
    validator = jsonschema.Draft202012Validator(json_schema())
    validator.check_schema(json_schema())
    validator.validate(yaml.safe_load(WHOLE.replace("[L1, 7]", "[L1, '7']")))
    example = ROOT / "examples" / "yangpu" / "scenario.yaml"
    validator.validate(yaml.safe_load(example.read_text(encoding="utf-8")))
    for wrong in (
        {"ngbw": 2},
        {"ngbw": 1, "scenario": []},
        {"ngbw": 1, "scenarios": [{"id": "a"}]},
        {"ngbw": 1, "scenarios": [{"id": "a", "assert": []}]},
        {"ngbw": 1, "scenarios": [{"id": "a", "assert": ["x"], "fail": {"links": 3}}]},
        {"ngbw": 1, "scenarios": [{"id": "a", "assert": ["x"], "fail": {"links": 1, "nodes": 1}}]},
        {"ngbw": 1, "baseline": {"file": "b", "tolerate": {"coverage.shar": "1pt"}}},
    ):
        assert not validator.is_valid(wrong), wrong
