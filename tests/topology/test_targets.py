"""Targets: read from their table, judged on a day, by their kind."""

from __future__ import annotations

import csv
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import ngbw
from ngbw.topology.errors import TableError
from ngbw.topology.metrics import METRICS, Reading
from ngbw.topology.project import open_project
from ngbw.topology.schema import coerce
from ngbw.topology.tables import TABLES
from ngbw.topology.targets import (
    Statement,
    judge,
    read_statements,
    read_targets,
    statement_problems,
)

EXAMPLE = Path(ngbw.__file__).parent / "examples" / "yangpu"
DUE = date(2016, 6, 30)
BEFORE, AFTER = DUE - timedelta(days=1), DUE + timedelta(days=1)


def target(**given_cells):
    cells = {
        "id": "T", "meaning": "m", "metric": "coverage.share", "operator": ">=", "value": 0.9,
        "due": DUE.isoformat(), "due_basis": "stated", "kind": "number", **given_cells,
    }  # fmt: skip
    frame = coerce(TABLES["targets"], pd.DataFrame([cells], dtype=object))
    return read_targets(frame)[0]


def reading(value, origin: Any = "predicted", metric="coverage.share"):
    if value is None:
        return Reading(metric, None, reason="nobody knows")
    return Reading(metric, value, origin=origin, source="s")


def word(of, at, value, *, plan=None, statements=()):
    name = of.parts[0].metric.name
    verdict = judge(
        of,
        at=at,
        stands={name: reading(value, metric=name)},
        planned={} if plan is None else {name: reading(plan, "planned", name)},
        statements=statements,
    )
    assert verdict.reason or verdict.word == "met"
    return verdict.word


def said(value, as_of, *, metric="coverage.share", target_id="", origin: Any = "stated"):
    return Statement("S", metric, target_id, value, as_of, origin, "office", "letter")


def test_example_has_every_row_of_the_plan():
    project = open_project(EXAMPLE)
    targets = read_targets(project.table("targets"))
    with (EXAMPLE / "targets.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [t.target_id for t in targets] == [row["id"] for row in rows]
    assert {t.kind for t in targets} == {
        "number", "number-assumed", "trend", "milestone", "statement", "baseline",
    }  # fmt: skip
    for each, row in zip(targets, rows, strict=True):
        if each.value is not None:
            assert each.value == float(row["value"])
        assert each.due == date.fromisoformat(row["due"])


def test_example_targets_are_those_of_the_plan_value_by_value(shared):
    theirs = (shared / "plan" / "targets.csv").read_text(encoding="utf-8-sig")
    assert (EXAMPLE / "targets.csv").read_text(encoding="utf-8-sig") == theirs


def test_number_is_met_by_what_stands_on_any_day():
    assert word(target(), BEFORE, 0.93) == "met"
    assert word(target(), AFTER, 0.93) == "met"
    assert word(target(), DUE, 0.9) == "met"


def test_number_that_is_not_reached_is_at_risk_until_the_day_and_missed_after_it():
    assert word(target(), DUE, 0.5) == "at risk"
    assert word(target(), AFTER, 0.5) == "missed"


def test_plan_counts_before_the_day_where_nothing_stands_and_never_after_it():
    assert word(target(), BEFORE, None, plan=0.93) == "met"
    assert word(target(), BEFORE, None, plan=0.8) == "at risk"
    assert word(target(), AFTER, None, plan=0.93) == "cannot tell"
    assert word(target(), AFTER, 0.0, plan=0.93) == "missed"
    assert word(target(), BEFORE, 0.0, plan=0.93) == "at risk"


def test_nothing_known_cannot_be_told_with_the_reason():
    verdict = judge(target(), at=AFTER, stands={"coverage.share": reading(None)}, planned={})
    assert verdict.word == "cannot tell"
    assert "nobody knows" in verdict.reason


def test_all_parts_must_hold_and_one_failing_part_is_enough_to_miss():
    both = target(metric="coverage.share and ftth.passed.share", kind="number-assumed")
    assert both.figure_assumed

    def verdict(one, other):
        stands = {
            "coverage.share": reading(one),
            "ftth.passed.share": reading(other, metric="ftth.passed.share"),
        }
        return judge(both, at=AFTER, stands=stands, planned={}).word

    assert verdict(0.95, 0.95) == "met"
    assert verdict(0.5, None) == "missed"
    assert verdict(0.95, None) == "cannot tell"


def test_statement_counts_from_its_day_and_the_newest_wins():
    old, new = said(0.5, date(2016, 1, 1)), said(0.95, date(2016, 3, 1))
    assert word(target(), date(2015, 1, 1), None, statements=(old, new)) == "cannot tell"
    assert word(target(), date(2016, 2, 1), None, statements=(old, new)) == "at risk"
    assert word(target(), date(2016, 4, 1), None, statements=(old, new)) == "met"


def test_target_of_kind_statement_takes_no_computed_value():
    of = target(kind="statement", metric="mobile.users.share")
    assert word(of, AFTER, 0.99) == "cannot tell"
    assert word(of, AFTER, None, statements=(said(0.8, BEFORE, metric="mobile.users.share"),)) == (
        "missed"
    )


def test_baseline_must_not_fall_whatever_the_day():
    of = target(kind="baseline", metric="dtv.share")
    assert word(of, BEFORE, 0.89) == "missed"
    assert word(of, AFTER, 0.96) == "met"
    assert word(of, AFTER, None) == "cannot tell"


def test_trend_needs_two_days_and_knows_which_way_is_up():
    people = {"metric": "gaps.people", "kind": "trend", "operator": "trend", "value": ""}
    shares = {"metric": "wifi.public.places", "kind": "trend", "operator": "trend", "value": ""}

    def moved(cells, first, last):
        name = cells["metric"]
        statements = (said(first, date(2015, 1, 1), metric=name),
                      said(last, date(2016, 1, 1), metric=name))  # fmt: skip
        return word(target(**cells), BEFORE, None, statements=statements)

    assert word(target(**people), AFTER, 1000) == "cannot tell"
    assert moved(people, 1000, 900) == "met"
    assert moved(people, 900, 1000) == "missed"
    assert moved(people, 900, 900) == "at risk"
    assert moved(shares, 900, 1000) == "met"


def test_milestone_is_met_by_a_statement_in_time():
    of = target(metric="milestone", operator="by", value="", kind="milestone")

    def verdict(*statements, at=AFTER):
        return judge(of, at=at, stands={}, planned={}, statements=statements).word

    assert verdict() == "cannot tell"
    assert verdict(said(1, BEFORE, metric="", target_id="T")) == "met"
    assert verdict(said(1, AFTER, metric="", target_id="T")) == "missed"
    assert verdict(said(0, BEFORE, metric="", target_id="T")) == "missed"
    assert verdict(said(0, date(2016, 1, 1), metric="", target_id="T"), at=BEFORE) == "at risk"
    assert verdict(said(1, BEFORE, metric="", target_id="other")) == "cannot tell"


@pytest.mark.parametrize(
    ("cells", "why"),
    [
        ({"metric": "coverage.shares"}, r"did you mean coverage\.share"),
        ({"metric": "a b c"}, "joined by and"),
        ({"operator": "trend"}, "must compare numbers"),
        ({"value": ""}, "must not be empty"),
        ({"kind": "trend"}, "must be trend"),
        ({"kind": "milestone"}, "must be by or exists"),
    ],
)
def test_rows_that_make_no_sense_are_named_with_their_place(cells, why):
    with pytest.raises(TableError, match=why) as caught:
        target(**cells)
    assert "targets.csv, row 2" in str(caught.value)


def test_statement_names_a_metric_or_a_target():
    frame = coerce(
        TABLES["statements"],
        pd.DataFrame([{"statement_id": "S", "value": 1, "as_of": "2016-01-01"}], dtype=object),
    )
    with pytest.raises(TableError, match="name the metric, or the target"):
        read_statements(frame)
    frame["metric"] = "coverage.shar"
    with pytest.raises(TableError, match=r"did you mean coverage\.share"):
        read_statements(frame)


@given(
    value=st.none() | st.floats(0, 1),
    plan=st.none() | st.floats(0, 1),
    days=st.integers(-1000, 1000),
    kind=st.sampled_from(["number", "number-assumed", "statement", "baseline"]),
)
def test_verdict_never_improves_by_waiting(value, plan, days, kind):
    """A target that is not met on a day is not met later on the same facts, and a miss stays."""
    of = target(kind=kind)
    rank = {"missed": 0, "cannot tell": 1, "at risk": 1, "met": 2}
    now = word(of, DUE + timedelta(days=days), value, plan=plan)
    later = word(of, DUE + timedelta(days=days + 400), value, plan=plan)
    assert rank[later] <= rank[now]
    if value is not None and kind != "statement":
        assert (now == "met") == (value >= 0.9)


def test_every_metric_of_the_example_is_registered():
    for each in read_targets(open_project(EXAMPLE).table("targets")):
        for part in each.parts:
            assert part.metric.name in METRICS


def statement_frame(**cells):
    row = {"statement_id": "1", "metric": "", "target_id": "", "value": 1, "as_of": "2016-01-01"}
    return coerce(TABLES["statements"], pd.DataFrame([row | cells], dtype=object))


def test_a_share_is_stated_from_0_to_1_and_the_way_out_is_named():
    with pytest.raises(TableError, match=r"row 2, column value is '95'.*0 to 1.*write 0.95"):
        read_statements(statement_frame(metric="coverage.share", value=95))
    with pytest.raises(TableError, match="from 0 to 1"):
        read_statements(statement_frame(metric="coverage.share", value=-0.1))
    with pytest.raises(TableError, match=r"row 2, column value is '90'.*write 0.9 for 90 %"):
        target(value=90)
    assert read_statements(statement_frame(metric="coverage.share", value=1))[0].value == 1
    assert read_statements(statement_frame(metric="link.utilisation.max", value=1.2))
    assert read_statements(statement_frame(metric="ftth.homes", value=95))


def target_frame(metric, kind="number"):
    row = {"id": "T", "metric": metric, "operator": ">=", "value": 0.5, "due": "2016-06-30",
           "meaning": "m", "kind": kind}  # fmt: skip
    return coerce(TABLES["targets"], pd.DataFrame([row], dtype=object))


def test_what_is_said_of_a_target_alone_is_in_the_unit_of_its_metric():
    frame = statement_frame(target_id="T", value=95)
    found = statement_problems(frame, target_frame("coverage.share"))
    assert [(p.row, p.column) for p in found] == [(2, "value")]
    assert not statement_problems(frame, target_frame("ftth.homes"))
    assert not statement_problems(frame, target_frame("milestone", "milestone"))


def test_an_unknown_metric_is_named_once_with_the_nearest():
    with pytest.raises(TableError) as caught:
        read_statements(statement_frame(metric="coverage.shar"))
    assert str(caught.value).count("coverage.shar'") == 1
    assert str(caught.value).count("docs/metrics.md") == 1
    assert "did you mean coverage.share?" in str(caught.value)
