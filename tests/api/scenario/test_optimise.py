"""Scenarios that ask the planner for sites, and metrics of the choice itself."""

from __future__ import annotations

import pytest

from ngbw.api.scenario.evaluation import check
from ngbw.api.scenario.file_reading import read_scenarios
from ngbw.api.scenario.positions import ScenarioError
from ngbw.api.scenario.study import Study
from ngbw.coverage.plan_request import PlanRequest


def run(path):
    file = read_scenarios(path)
    return check(file, Study.open(file.project, seed=file.seed))


def test_the_request_is_read_with_shares_as_people_write_them(scenario_file):
    file = read_scenarios(scenario_file(
        "- {id: a, optimise: {share: 90%, max_gap: 1%, least_share: 70, forbid: [west], apart: [[middle, east]]},"
        " assert: [plan.sites <= 40]}"
    ))  # fmt: skip
    assert file.scenarios[0].sites == PlanRequest(
        share=0.9, max_gap=0.01, least_share=0.7, forbid=("west",), apart=(("middle", "east"),)
    )


def test_wishes_beside_the_choice_are_read(scenario_file):
    file = read_scenarios(scenario_file(
        "- {id: a, optimise: {sites: 9, share_with_stations: 50%, tune: true, safe: 95%},"
        " assert: [plan.sites <= 40]}\n"
        "- {id: b, optimise: {budget: 9, connected: true, microwave: true},"
        " assert: [plan.sites <= 40]}"
    ))  # fmt: skip
    assert [one.sites for one in file.scenarios] == [
        PlanRequest(sites=9, share_with_stations=0.5, tune=True, safe=0.95),
        PlanRequest(budget=9.0, connected=True, microwave=True),
    ]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("optimise: {sites: 0}", "1 to 100000"),
        ("optimise: {share: 120%}", "no share"),
        ("optimise: {shares: 1}", "did you mean share"),
        ("optimise: {survive: 1}", "true or false"),
        ("optimise: {cheapest: true}", "share: 90%"),
        ("optimise: {share: 1}", "1% or 100%"),
        ("optimise: {microwave: true}", "ask for connected"),
        ("optimise: {tune: 1}", "true or false"),
        ("optimise: {safe: 101%}", "no share"),
        ("optimise: {sites: 1}, sites: standing", "leave one out"),
    ],
)
def test_a_wrong_request_is_named_with_its_place(scenario_file, text, says):
    path = scenario_file("- {id: a, " + text + ", assert: [plan.sites <= 40]}")
    with pytest.raises(ScenarioError, match=says):
        read_scenarios(path)


def test_metrics_of_the_choice_are_told(scenario_file, town):
    settings = town / "ngbw.toml"
    text = settings.read_text("utf-8").replace("share = 0.90", "share = 0.40")
    settings.write_text(text, "utf-8")
    report = run(scenario_file("""
        - id: few
          optimise: {sites: 1}
          assert: [plan.sites == 1, plan.proven >= 1, plan.gap <= 0%, plan.share.max <= 50%]
        - id: forbidden
          optimise: {sites: 1, forbid: [middle, west]}
          assert: [plan.sites == 1]
        - id: default
          assert: [plan.sites.needed.min == 1, plan.sites.needed.max == 1, plan.survives.share >= 0]
        """))  # fmt: skip
    assert [result.outcome for result in report.results] == ["passed"] * 8
    assert report.results[0].reading.origin == "planned"
    assert report.results[-1].reading.worst[0].item_id == "east"


def test_a_target_that_no_number_of_sites_reaches_cannot_be_told(scenario_file):
    (result,) = run(scenario_file("- {id: a, assert: [plan.sites.needed.max <= 3]}")).results
    assert result.outcome == "cannot tell"


def test_cost_cannot_be_told_without_costs(scenario_file):
    report = run(scenario_file("- {id: a, assert: [plan.cost <= 5万]}"))
    (result,) = report.results
    assert result.outcome == "cannot tell"
    assert "no cost" in result.message
