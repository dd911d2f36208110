"""The baseline file: readable, reviewable, never half written."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ngbw.api.scenario.baseline import change_of, read_baseline, write_baseline
from ngbw.api.scenario.file_model import Baseline
from ngbw.api.scenario.positions import Node
from ngbw.topology.errors import FileError, MissingError
from ngbw.topology.metrics import METRICS
from ngbw.topology.quantities import Tolerance

from .test_outputs import MISSED, PASSED, UNKNOWN


def baseline(path, **tolerate):
    return Baseline(path, tolerate, Node(None, path, 1, 1, 1, 1))


def test_one_value_a_line_in_order_and_what_cannot_be_told_left_out(tmp_path):
    file = baseline(tmp_path / "deep" / "b.json")
    assert write_baseline(file, [PASSED, MISSED, UNKNOWN]) == 2
    assert file.file.read_text("utf-8").splitlines() == [
        "{",
        ' "format": 1,',
        ' "values": {',
        '  "s1 demand_lost.max": 0.05,',
        '  "s1 plan.sites": 40.0',
        " }",
        "}",
    ]
    assert read_baseline(file) == {"s1 demand_lost.max": 0.05, "s1 plan.sites": 40}
    assert [path.name for path in file.file.parent.iterdir()] == ["b.json"]


def test_baseline_that_is_not_there_says_how_to_make_it(tmp_path):
    with pytest.raises(MissingError, match="--update-baseline"):
        read_baseline(baseline(tmp_path / "none.json"))


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", '{"format": 2, "values": {}}', '{"format": 1}', '{"format": 1, "values": 3}',
     '{"format": 1, "values": {"a b": "x"}}', '{"format": 1, "values": {"a b": NaN}}'],
)  # fmt: skip
def test_damaged_baseline_is_refused(tmp_path, text):
    path = tmp_path / "b.json"
    path.write_text(text)
    with pytest.raises(FileError, match="baseline"):
        read_baseline(baseline(path))


@given(
    old=st.floats(0, 1),
    new=st.floats(0, 1),
    tolerance=st.floats(0, 1),
    name=st.sampled_from(["coverage.share", "demand_lost.max"]),
)
def test_regression_is_a_loss_beyond_the_tolerance_in_the_bad_direction(old, new, tolerance, name):
    metric = METRICS[name]
    change = change_of(
        "k", new, metric, known={"k": old}, tolerate={name: Tolerance(absolute=tolerance)}
    )
    loss = old - new if metric.better == "higher" else new - old
    if math.isclose(loss, tolerance, abs_tol=1e-8):
        return
    assert change.worse == (loss > tolerance)


def test_new_value_is_no_regression_and_a_lost_one_is():
    metric = METRICS["coverage.share"]
    assert not change_of("k", 0.1, metric, known={}, tolerate={}).worse
    assert change_of("k", None, metric, known={"k": 0.1}, tolerate={}).worse


def test_figure_without_a_better_direction_may_not_move():
    metric = METRICS["fibre.km"]

    def worse(new):
        return change_of("k", new, metric, known={"k": 68.0}, tolerate={}).worse

    assert worse(67)
    assert worse(69)
    assert not worse(68)


def test_values_survive_the_file(tmp_path):
    file = baseline(tmp_path / "b.json")
    write_baseline(file, [MISSED])
    assert json.loads(file.file.read_text())["values"] == {"s1 demand_lost.max": 0.05}
