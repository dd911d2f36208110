"""One line for each thing that a plan found besides the share."""

from collections.abc import Callable
from typing import Any

import pytest

from ngbw.maps.answers import coverage_answer
from ngbw.maps.coverage_map import CoverageMap
from ngbw.maps.findings import findings
from ngbw.maps.legend import facts
from ngbw.maps.notices import notices
from ngbw.maps.page_tables import page_tables

MakeMap = Callable[..., CoverageMap]


def said(map_: CoverageMap) -> dict[str, str]:
    return {name.en: value.en for name, value in findings(map_.run)}


def test_an_older_run_has_no_findings_and_no_table_of_them(make_map: MakeMap) -> None:
    assert findings(make_map().run) == []
    assert "findings" not in page_tables(make_map().run)


def test_missed_people_are_told_by_reason_most_first(make_map: MakeMap) -> None:
    def miss(parts: dict[str, Any]) -> None:
        parts["run"]["coverage"]["missed"] = {"too-far": 40.0, "indoor-loss": 5200.4}

    assert said(make_map(miss)) == {
        "Not served, by reason": "Indoor loss: 5,200 residents; Too far: 40 residents"
    }


@pytest.mark.parametrize(
    ("more_db", "words"),
    [
        (3.04, "the uplink is the weaker one by 3.0 dB (median), for 9 residents; the downlink"),
        (-0.22, "the downlink is the weaker one by 0.2 dB (median), for 7 residents; the uplink"),
        (0.04, "both are alike to 0.1 dB"),
        (None, "— unknown"),
    ],
)
def test_the_weaker_link_is_named_and_never_negative(
    make_map: MakeMap, more_db: float | None, words: str
) -> None:
    def links(parts: dict[str, Any]) -> None:
        parts["run"]["coverage"]["links"] = {
            "downlink": 7.0, "uplink": 9.0, "uplink_weaker_db": more_db,
        }  # fmt: skip

    assert said(make_map(links))["Weaker link"].startswith(words)


def test_several_sites_their_sum_and_their_interference_have_a_line_each(
    make_map: MakeMap,
) -> None:
    def several(parts: dict[str, Any]) -> None:
        parts["run"]["coverage"] |= {
            "several": {
                "share": 0.9751, "correlation": 0.5, "mean_servers": 2.281, "overlap_share": None,
            },
            "sfn": {
                "share": 0.9978, "guard_us": 125.0, "median_gain_db": 1.21,
                "longest_delay_us": 17.3, "only_together": 30395.0, "spoiled": 0.0,
            },
            "reuse": {
                "load": 0.5, "median_sinr_db": 7.25, "capacity_mbps_per_km2": 41.2,
                "mean_load": 0.31, "overloaded": 2, "cells": 40,
            },
        }  # fmt: skip

    lines = said(make_map(several))
    assert lines["Any of several sites"].startswith("97.5% would be served")
    assert "— unknown have two within 6 dB" in lines["Any of several sites"]
    assert "30,395 residents only by the sum, 0 lost" in lines["Single-frequency network"]
    assert "guard interval 125 µs" in lines["Single-frequency network"]
    assert lines["Interference between cells"] == (
        "median SINR 7.3 dB with the other cells loaded to 50% (assumed); 41.2 Mbit/s per km²; "
        "mean busy-hour load 31%, 2 of 40 cells overloaded"
    )


def test_assumed_ground_says_so_and_what_other_cities_would_give(make_map: MakeMap) -> None:
    def ground(parts: dict[str, Any]) -> None:
        parts["run"]["surface"] = {
            "source": "flat ground; generated buildings",
            "assumed": ["no terrain model: the ground is flat at 0 m"],
            "built_share": 0.2483,
        }
        parts["run"]["coverage"]["alternatives"] = [
            {"assumption": "outer everywhere", "share": 0.989},
            {"assumption": "towers everywhere", "share": None},
        ]

    found = {name.zh: value.zh for name, value in findings(make_map(ground).run)}
    assert found == {
        "地形与建筑": "平坦地面；统计生成的建筑（假定）；建筑占地 24.8%",
        "换用其他假定城市时的覆盖率": "全区为外围城区形态 98.9%；全区为高层住宅形态 — 未知",
    }

    def surveyed(parts: dict[str, Any]) -> None:
        ground(parts)
        parts["run"]["surface"] |= {"source": "dem.tif; houses.gpkg", "assumed": []}

    assert said(make_map(surveyed))["Ground and buildings"] == (
        "dem.tif; houses.gpkg; 24.8% of the area built on"
    )


def test_near_paths_by_the_near_in_model_are_noted_without_alarm(make_map: MakeMap) -> None:
    def near(parts: dict[str, Any]) -> None:
        run = parts["run"]
        run["model"]["name"] = "p1812"
        run["coverage"]["outside_model"] = {"too-near": 12000.0, "too-far": 3.0}
        run["notices"] = [
            {"key": "outside-model", "count": 12000.0, "share": 0.2, "kind": "too-near"},
            {"key": "outside-model", "count": 3.0, "share": 0.00005, "kind": "too-far"},
        ]

    run = make_map(near).run
    first, second = notices(run)
    assert first.en.startswith("20% of residents (12,000) live within 250 m of their site")
    assert "assumed" in first.en
    assert coverage_answer(run).cautions == (second,)
    legend = {name.en: value.en for name, value in facts(run)}
    assert legend["Beside the main model"] == (
        "below 250 m by the near-in model, joined without a step: 12,000 residents"
    )
    assert legend["Outside the model's valid range"] == (
        "path longer than the model's range: 3 residents"
    )
