"""The registry of metrics: names, units and what people write."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ngbw.topology.errors import UsageError
from ngbw.topology.metrics import METRICS, Item, cannot_tell, find_metric
from ngbw.topology.quantities import (
    UNITS,
    Tolerance,
    parse_quantity,
    parse_share,
    parse_tolerance,
    shown,
)

SHARE = METRICS["coverage.share"]
MINUTES = METRICS["site.minutes_down_per_year.max"]


def test_every_metric_is_whole():
    for name, metric in METRICS.items():
        assert metric.name == name
        assert metric.unit in UNITS
        assert metric.meaning
        assert metric.computed
        assert metric.needs or name in ("plan.sites",), name


def test_a_plan_and_a_promise_are_different_metrics():
    assert METRICS["plan.sites"].better == "lower"
    assert METRICS["sites.built"].better == "higher"


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        ("90%", "coverage.share", 0.9),
        ("0.9", "coverage.share", 0.9),
        ("90 %", "coverage.share", 0.9),
        ("900‰", "coverage.share", 0.9),
        ("500 Gbit/s", "egress.tbps", 0.5),
        ("1", "egress.tbps", 1),
        ("2 h", "site.minutes_down_per_year.max", 120),
        ("30,000", "people_dark.max", 30_000),
        ("5万人", "gaps.people", 50_000),
        ("500 m", "fibre.km", 0.5),
        ("-3 dB", "pon.margin_db.min", -3),
        ("150%", "link.utilisation.max", 1.5),
    ],
)
def test_quantities_are_read_in_the_units_people_write(text, name, value):
    assert parse_quantity(text, METRICS[name]) == pytest.approx(value, rel=1e-15)


@pytest.mark.parametrize(
    ("text", "share"),
    [("0.90", 0.9), ("90", 0.9), ("90%", 0.9), ("90 ％", 0.9), ("900‰", 0.9), ("1%", 0.01),
     ("100", 1), ("100%", 1), ("0", 0), ("1.5", 0.015), (".5", 0.5)],
)  # fmt: skip
def test_a_share_is_read_as_a_part_of_one_or_as_per_cent(text, share):
    assert parse_share(text) == share


@pytest.mark.parametrize(
    ("text", "why"),
    [("1", "1% or 100%"), ("1.0", "1% or 100%"), ("101", "between 0 and 100%"), ("-5%", "between"),
     ("120%", "between"), ("ninety", "not a quantity"), ("90 dB", "write 0.90, 90 or 90%"),
     ("nan", "not a quantity")],
)  # fmt: skip
def test_a_share_that_may_mean_two_things_or_none_is_refused(text, why):
    with pytest.raises(UsageError, match=why):
        parse_share(text)


@given(st.integers(2, 100))
def test_per_cent_with_and_without_its_sign_are_the_same_number(percent):
    assert parse_share(str(percent)) == parse_share(f"{percent}%") == percent / 100


def test_ninety_per_cent_is_the_very_number_of_a_table():
    assert parse_quantity("90%", SHARE) == 0.90
    assert parse_quantity("95%", SHARE) == 0.95


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("90 dB", "not a unit of coverage.share"),
        ("90", "lies between 0 and 100%"),
        ("150%", "lies between 0 and 100%"),
        ("ninety", "not a quantity"),
        ("", "not a quantity"),
        ("1e999", "not a finite number"),
        ("nan", "not a quantity"),
    ],
)
def test_what_is_no_share_is_refused(text, why):
    with pytest.raises(UsageError, match=why):
        parse_quantity(text, SHARE)


def test_unknown_metric_and_unit_name_the_nearest():
    with pytest.raises(UsageError, match=r"did you mean coverage\.share\?"):
        find_metric("coverage.shares")
    with pytest.raises(UsageError, match="did you mean minutes"):
        parse_quantity("60 minuts", MINUTES)
    with pytest.raises(UsageError, match="not a metric"):
        find_metric("zzzzzz")


@given(st.floats(-1e9, 1e9), st.sampled_from(sorted(METRICS)))
def test_every_number_can_be_shown(value, name):
    assert shown(value, METRICS[name])


def test_shown_values_read_as_people_write_them():
    assert shown(0.9459, SHARE) == "94.59 %"
    assert shown(1, METRICS["links.single_points"]) == "1 link"
    assert shown(67_136, METRICS["gaps.people"]) == "67,136 people"
    assert shown(None, SHARE) == "unknown"


def test_tolerances_are_points_parts_or_quantities():
    assert parse_tolerance("0.2pt", SHARE) == Tolerance(absolute=0.002)
    assert parse_tolerance("1%", SHARE) == Tolerance(relative=0.01)
    assert parse_tolerance("5", MINUTES) == Tolerance(absolute=5)
    assert parse_tolerance("2 h", MINUTES) == Tolerance(absolute=120)
    with pytest.raises(UsageError, match="points are for shares"):
        parse_tolerance("1pt", MINUTES)
    with pytest.raises(UsageError, match="negative"):
        parse_tolerance("-1%", SHARE)


def test_tolerance_forgives_rounding_and_nothing_else():
    assert Tolerance().allows(0.9, 0)
    assert Tolerance().allows(0.9, 1e-12)
    assert not Tolerance().allows(0.9, 1e-6)
    assert Tolerance(absolute=0.002).allows(0.9, 0.002)
    assert not Tolerance(absolute=0.002).allows(0.9, 0.0021)
    assert Tolerance(relative=0.1).allows(50, 5)


def test_what_cannot_be_told_has_a_reason_and_no_value():
    reading = cannot_tell("ipv6.ready.share")
    assert reading.value is None
    assert reading.reason == "no IPv6 evidence in this project"


def test_item_says_what_and_where():
    item = Item("link", "L1", "A - B", 121.5, 31.25, note="cut")
    assert str(item) == "link L1 (A - B) at 121.500000, 31.250000: cut"
    assert str(Item("area", "x")) == "area x"
