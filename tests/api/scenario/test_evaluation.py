"""Scenarios of a small town: values, verdicts, exit codes, and what is not loaded for them."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
import textwrap
from typing import Any

import pytest

from ngbw.api.scenario.evaluation import check
from ngbw.api.scenario.file_reading import read_scenarios
from ngbw.api.scenario.positions import ScenarioError
from ngbw.api.scenario.study import Study
from ngbw.coverage.siting import SiteProblem
from ngbw.topology.errors import TableError

from .conftest import PEOPLE

ALL = sum(PEOPLE.values())


def run(path, **given) -> Any:
    file = read_scenarios(path)
    return check(file, Study.open(file.project, seed=file.seed), **given)


def by_text(report):
    return {result.assertion.text: result for result in report.results}


def test_structure_is_judged(scenario_file):
    report = run(scenario_file(textwrap.dedent("""
        - id: plain
          assert: [network.parts == 1, links.single_points <= 0, fibre.km >= 7 km, sites.built >= 1]
        - id: links
          fail: {links: 1}
          assert: [demand_lost.max <= 10%, {that: sites_cut.max <= 0, severity: warn}]
        """)))  # fmt: skip
    found = by_text(report)
    assert [r.outcome for r in report.results] == [
        "passed", "missed", "passed", "missed", "passed", "missed",
    ]  # fmt: skip
    assert found["fibre.km >= 7 km"].reading.value == 7.5
    assert found["sites.built >= 1"].reading.value == 0
    assert found["links.single_points <= 0"].worst[0].item_id == "CS"
    assert found["demand_lost.max <= 10%"].reading.value == pytest.approx(400 / ALL)
    assert found["sites_cut.max <= 0"].level == "warning"
    assert (report.count("ok"), report.count("error"), report.count("warning")) == (3, 2, 1)
    assert report.exit_code() == 1


def test_people_cut_off_already_are_told_where_no_failure_counts_them(scenario_file, town):
    text = "- {id: links, fail: {links: 1}, assert: [demand_lost.max <= 10%]}"
    assert run(scenario_file(text)).notes == ()
    links = (town / "links.csv").read_text("utf-8-sig").splitlines(keepends=True)
    (town / "links.csv").write_text("".join(row for row in links if not row.startswith("CS")))
    report = run(scenario_file(text))
    (note,) = report.notes
    assert note.startswith(
        "1 site has no path to a source before anything fails, with 400 residents"
    )
    assert "site S (room S)" in note
    assert report.exit_code() == 0
    assert report.exit_code(fail_on_warning=True) == 7
    found = by_text(run(scenario_file(
        "- {id: a, assert: [people.unconnected <= 0, sites.unconnected <= 0, network.parts == 1]}"
    )))  # fmt: skip
    assert found["people.unconnected <= 0"].outcome == "missed"
    assert found["people.unconnected <= 0"].reading.value == 400
    assert found["sites.unconnected <= 0"].worst[0].item_id == "S"
    assert found["network.parts == 1"].outcome == "passed"  # a lone site is no part


def test_area_in_which_nothing_lies_cannot_be_told(scenario_file, town):
    ring = [[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]]
    feature = {"type": "Feature", "properties": {},
               "geometry": {"type": "Polygon", "coordinates": [ring]}}  # fmt: skip
    (town / "far.geojson").write_text(
        json.dumps({"type": "FeatureCollection", "features": [feature]})
    )
    report = run(scenario_file(textwrap.dedent("""
        - id: far
          fail: {within: far.geojson}
          assert: [demand_lost.max <= 1%, network.parts <= 1]
        """)))  # fmt: skip
    assert [r.outcome for r in report.results] == ["cannot tell", "cannot tell"]
    reason = report.results[0].reading.reason
    assert "no site and no span lies inside far.geojson" in reason
    assert "0.0000 to 1.0000 degrees east" in reason
    assert "the sites lie at 121.5" in reason
    assert report.exit_code() == 1


def test_failure_of_what_does_not_exist_is_told_at_its_place(scenario_file):
    path = scenario_file(
        "  - {id: a, fail: {ids: [HA, room-S, CSS]}, assert: [sites_cut.max <= 2]}"
    )
    with pytest.raises(ScenarioError, match=r"4:30: 'room-S' is in no table; ids look like"):
        run(path)
    path = scenario_file("  - {id: a, fail: {ids: [HA, links:CSS]}, assert: [sites_cut.max <= 2]}")
    with pytest.raises(ScenarioError, match=r"4:30: 'links:CSS' is in no table; did you mean CS\?"):
        run(path)


def test_without_residents_nobody_is_known_to_be_cut_off(scenario_file, town):
    (town / "demand.csv").unlink()
    (result,) = run(scenario_file("- {id: a, assert: [people.unconnected <= 0]}")).results
    assert result.outcome == "cannot tell"


def test_network_after_a_failure_is_that_which_is_left(scenario_file):
    report = run(scenario_file(textwrap.dedent("""
        - id: one
          fail: {ids: [AB]}
          assert: [network.parts <= 1, fibre.km <= 6]
        - id: any
          fail: {links: 1}
          assert: [network.parts <= 1, fibre.km <= 6]
        """)))  # fmt: skip
    values = [result.reading.value for result in report.results]
    assert values == [1, 6, 1, 6]


def test_what_cannot_be_told_is_not_passed(scenario_file):
    report = run(scenario_file("- {id: a, assert: [ipv6.ready.share >= 0%]}"))
    (result,) = report.results
    assert result.outcome == "cannot tell"
    assert "no IPv6 evidence" in result.message
    assert report.exit_code() == 1
    quiet = run(scenario_file(
        "- {id: a, assert: [{that: ipv6.ready.share >= 0%, severity: warn}]}"
    ))  # fmt: skip
    assert quiet.exit_code() == 0
    assert quiet.exit_code(fail_on_warning=True) == 7


def test_statement_gives_a_value_that_nothing_computes(scenario_file, town):
    (town / "statements.csv").write_text(
        "statement_id,metric,value,as_of,said_by\n1,ftth.connected.share,0.8,2016-01-01,office\n"
        "2,ftth.connected.share,0.93,2016-06-01,office\n",
        encoding="utf-8",
    )
    (result,) = run(scenario_file("- {id: a, assert: [ftth.connected.share >= 90%]}")).results
    assert (result.outcome, result.reading.value, result.reading.origin) == (
        "passed", 0.93, "stated",
    )  # fmt: skip


def test_table_that_breaks_its_rules_is_an_error_and_no_reason(scenario_file, town):
    with (town / "links.csv").open("a", encoding="utf-8") as file:
        file.write("XX,A,nowhere,1,1\n")
    path = scenario_file("- {id: a, fail: {links: 1}, assert: [demand_lost.max <= 50%]}")
    with pytest.raises(TableError, match="nowhere"):
        run(path)


@pytest.mark.slow
def test_coverage_is_judged_and_falls_with_the_rooms(scenario_file, town):
    settings = town / "ngbw.toml"
    settings.write_text(settings.read_text("utf-8").replace("sites = 40", "sites = 2"), "utf-8")
    path = scenario_file(textwrap.dedent("""
        - id: plain
          assert: [coverage.share >= 90%, plan.sites <= 2, coverage.places.share >= 1%]
        - id: rooms
          fail: {nodes: 1}
          assert: [coverage.share >= 90%, people_dark.max <= 0, places_dark.max <= 0]
        - id: ring
          fail: {ids: [HA]}
          assert: [people_dark.max <= 0]
        - id: nothing-stands
          sites: standing
          assert: [coverage.share >= 90%]
        """))  # fmt: skip
    report = run(path)
    plain, rooms = report.results[0].reading.value, report.results[3].reading.value
    dark = report.results[4].reading
    assert rooms == pytest.approx(plain - dark.value / ALL)
    assert dark.value > 0
    assert dark.worst[0].kind == "site"
    assert report.results[6].reading.value == 0  # the ring carries it the other way round
    assert report.results[7].reading.value == 0
    again = run(path)  # from the cache
    assert [r.reading.value for r in again.results] == [r.reading.value for r in report.results]


@pytest.mark.slow
def test_proof_that_is_required_and_missing_is_exit_code_4(scenario_file, monkeypatch):
    solve = SiteProblem.maximise

    def loose(problem, **asked):
        found = solve(problem, **asked)
        return dataclasses.replace(found, bound=found.value * 1.05)

    draw = SiteProblem.curve

    def loose_curve(problem, **asked):
        drawn = draw(problem, **asked)
        points = (dataclasses.replace(one, bound=one.value * 1.05) for one in drawn.points)
        return dataclasses.replace(drawn, points=tuple(points))

    monkeypatch.setattr(SiteProblem, "maximise", loose)
    monkeypatch.setattr(SiteProblem, "curve", loose_curve)
    text = "- {id: a, prove: %s, assert: [plan.sites <= 40]}"
    path = scenario_file(text % "required", more="seed: 7\n")
    report = run(path)
    assert report.results[0].outcome == "unproven"
    assert report.exit_code() == 4
    assert run(scenario_file(text % "wanted", more="seed: 7\n")).exit_code() == 0


def test_baseline_tells_regressions_from_misses(scenario_file, town):
    scenarios = "- {id: a, fail: {links: 1}, assert: [demand_lost.max <= 50%, sites_cut.max <= 5]}"
    more = "baseline: {file: baseline.json, tolerate: {demand_lost.max: 1pt}}\n"

    def baseline(lost, cut, **others):
        values = {"a demand_lost.max": lost, "a sites_cut.max": cut, **others}
        (town / "baseline.json").write_text(json.dumps({"format": 1, "values": values}))

    baseline(400 / ALL - 0.009, 1)
    assert run(scenario_file(scenarios, more=more)).exit_code() == 0
    baseline(400 / ALL - 0.011, 1, **{"a gone": 1, "other demand_lost.max": 0})
    report = run(scenario_file(scenarios, more=more))
    assert report.exit_code() == 5
    assert [r.regressed for r in report.results] == [True, False]
    assert report.stale == ("a gone",)
    assert "worse than the baseline" in report.results[0].message
    baseline(0.9, 0)  # one is better, one is worse than no tolerance allows
    assert [r.regressed for r in run(scenario_file(scenarios, more=more)).results] == [False, True]


def test_structure_alone_imports_no_compiler(scenario_file):
    path = scenario_file(textwrap.dedent("""
        - id: plain
          assert: [network.parts == 1, links.single_points <= 1, nodes.single_points <= 9,
                   fibre.km >= 1, sites.built >= 0, ducts.km >= 1, risk_groups.worst.share <= 1%]
        - id: links
          fail: {links: 1}
          assert: [demand_lost.max <= 90%, sites_cut.max <= 9]
        - id: pairs
          fail: {links: 2}
          assert: [demand_lost.p99 <= 100%]
        - id: rooms
          fail: {nodes: 2}
          assert: [demand_lost.max <= 100%]
        - id: ids
          fail: {ids: [HA, C]}
          assert: [demand_lost.max <= 100%]
        """))  # fmt: skip
    code = (
        "import sys, ngbw.api.cli as c; code = c.main(['check', sys.argv[1]]); "
        "print(code, sorted({'numba', 'folium', 'rasterio'} & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-P", "-c", code, str(path)], capture_output=True, text=True, check=True,
        env={**os.environ, "PYTHONWARNINGS": "error"},
    )  # fmt: skip
    assert "demand_lost.max <= 90%" in done.stdout
    assert done.stderr.splitlines()[-1] == "1 []"  # ducts cannot be told; nothing was compiled


def test_where_nobody_lives_no_share_of_demand_is_lost_or_served(scenario_file, town):
    (town / "demand.csv").unlink()
    report = run(scenario_file(textwrap.dedent("""
        - id: plain
          assert: [demand.served.share >= 90%, link.utilisation.max <= 100%]
        - id: links
          fail: {links: 1}
          assert: [demand_lost.max <= 10%, demand_lost.p99 <= 10%, demand_lost.mean <= 10%]
        - id: named
          fail: {ids: [CS]}
          assert: [demand_lost.max <= 10%, sites_cut.max <= 1]
        """)))  # fmt: skip
    assert [r.outcome for r in report.results] == ["cannot tell"] * 6 + ["passed"]
    assert all("no demand" in r.message for r in report.results[:6])
    assert report.exit_code() == 1


def test_a_class_that_no_budget_takes_is_an_error_of_the_table(scenario_file, town):
    text = (town / "links.csv").read_text("utf-8").splitlines()
    rows = [
        text[0] + ",kind,pon_class",
        text[1] + ",pon,gpon-z",
        *(f"{t},fibre," for t in text[2:]),
    ]
    (town / "links.csv").write_text("\n".join(rows), "utf-8")
    for fail in ("", "fail: {links: 1}, "):
        path = scenario_file("- {id: a, " + fail + "assert: [pon.margin_db.min >= 1]}")
        with pytest.raises(TableError, match=r"row 2, column pon_class is 'gpon-z'.*gpon-b"):
            run(path)


@pytest.mark.parametrize("row", ["routerx,100000,4", "router,100000,"])
@pytest.mark.parametrize("fail", ["", "fail: {links: 1}, "])
def test_a_wrong_row_of_the_component_table_is_an_error_and_no_reason(
    scenario_file, town, row, fail
):
    (town / "mtbf.csv").write_text(f"component,mtbf_h,mttr_h\n{row}\n", "utf-8")
    path = scenario_file(
        "- {id: a, " + fail + "availability: {component_table: mtbf.csv}, "
        "assert: [site.minutes_down_per_year.max <= 10 h]}"
    )
    with pytest.raises(TableError, match=r"mtbf.csv, row 2") as caught:
        run(path)
    assert caught.value.exit_code == 3


def test_failures_cannot_be_told_where_the_kind_of_the_roots_is_a_guess(scenario_file, town):
    text = (town / "sites.csv").read_text("utf-8-sig").splitlines()
    rows = [text[0] + ",assumed", *(f"{row},kind" for row in text[1:])]
    (town / "sites.csv").write_text("\n".join(rows), "utf-8")
    path = scenario_file(textwrap.dedent("""
        - id: plain
          assert: [links.single_points <= 9, nodes.single_points <= 9,
                   demand.served.share >= 0%, site.minutes_down_per_year.max <= 90 d]
        - id: links
          fail: {links: 1}
          assert: [demand_lost.max <= 100%, sites_cut.max <= 9]
        """))  # fmt: skip
    report = run(path)
    assert {r.outcome for r in report.results} == {"cannot tell"}
    assert all("[network] roots" in r.message for r in report.results)
    with (town / "ngbw.toml").open("a", encoding="utf-8") as file:
        file.write('\n[network]\nroots = ["H"]\n')
    assert "is a guess" not in " ".join(r.message for r in run(path).results)
