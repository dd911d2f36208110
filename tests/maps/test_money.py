"""Money in words: currencies, columns, and what is left of a budget."""

from __future__ import annotations

import pytest

from ngbw.maps.answers import sites_answer
from ngbw.maps.money import money, money_budget, money_column, money_heading
from ngbw.maps.page_tables import replaced_by


@pytest.mark.parametrize(
    ("value", "unit", "zh", "en"),
    [
        (20_400_000, "CNY", "2040万元", "CNY 20.40 million"),
        (400, "CNY", "400元", "CNY 400"),
        (0, "CNY", "0元", "CNY 0"),
        (12_345, "EUR", "12345 EUR", "12,345 EUR"),
        (1.5, "EUR", "1.50 EUR", "1.50 EUR"),
        (None, "CNY", "— 未知", "— unknown"),
    ],
)
def test_an_amount_names_its_currency(value, unit, zh, en):
    assert (money(value, unit).zh, money(value, unit).en) == (zh, en)


def test_a_column_of_money_has_its_unit_in_the_heading():
    heading = money_heading("column.cost_money", "CNY")
    assert (heading.zh, heading.en) == ("造价（万元）", "Cost (CNY)")
    assert money_heading("column.cost_money", "EUR").zh == "造价（EUR）"
    assert [cell.zh for cell in money_column([400_000, 725_000, None], "CNY")] == [
        "40.0", "72.5", "— 未知",
    ]  # fmt: skip
    assert [cell.en for cell in money_column([400_000, None], "CNY")] == ["400,000", "— unknown"]


def within(budget, cost, **asked):
    return {
        "plan": {"asked": {"budget": budget, **asked}, "proven": True, "gap": 0.0},
        "sites": {"count": 3, "budget": None, "built": 0},
        "cost": cost,
    }


def test_a_budget_counts_the_fibre_only_where_it_was_asked_for():
    cost = {"unit": "CNY", "sites": 700.0, "fibre": {"cost": 200.0}}
    plain = money_budget(within(1000.0, cost))
    assert plain is not None
    assert (plain.spent, plain.left) == (700.0, 300.0)
    connected = money_budget(within(1000.0, cost, connected=True))
    assert connected is not None
    assert (connected.spent, connected.left) == (900.0, 100.0)
    assert money_budget({"plan": {"asked": {}}}) is None
    hops = {"connections": {"cost": 250.0}}  # no fibre alone is priced where hops are chosen
    both = money_budget({**within(1000.0, {**cost, "fibre": None}, connected=True), **hops})
    assert both is not None
    assert (both.spent, both.left) == (950.0, 50.0)


def test_the_answer_shows_the_budget_and_what_is_left_of_it():
    cost = {"unit": "CNY", "sites": 900_000.0, "fibre": None}
    answer = sites_answer(within(1_000_000.0, cost))
    assert answer.statement.en == (
        "3 sites planned for CNY 900,000; budget CNY 1.00 million, CNY 100,000 left"
    )
    assert answer.statement.zh == "规划3个站点，造价90万元；预算100万元，余10万元"
    assert answer.good is True
    over = sites_answer(within(800_000.0, cost))
    assert over.good is False
    assert any("exceeded by CNY 100,000" in detail.en for detail in over.details)


def test_a_replacement_says_whether_people_are_lost_or_won():
    assert replaced_by("X", 12.4).en == "X: 12 people fewer"
    assert replaced_by("X", -12.4).en == "X: 12 people more"
    assert replaced_by("X", 0.2).en == "X: as many people"
    assert replaced_by("", None).en == "none"
