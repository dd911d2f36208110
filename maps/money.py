"""Money as people write it: amounts with their currency, columns under it, what is left of a budget.

The unit is the project's own (``fibre.unit``). Chinese counts yuan in 万元, and in 元 below one of
them; any other unit is written as it stands.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from . import figures
from .bilingual import Both, both, raw, say

__all__ = ["MoneyBudget", "money", "money_budget", "money_column", "money_heading", "unit_of"]

_YUAN = "CNY"
_WAN = 10_000
_MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class MoneyBudget:
    """A budget of money and what a plan makes of it; ``left`` is below 0 where it is exceeded."""

    total: float
    spent: float
    left: float


def unit_of(run: Mapping[str, Any]) -> str:
    """Return the unit of a run's money; "" where the run has no cost."""
    return str((run.get("cost") or {}).get("unit") or "")


def money_budget(run: Mapping[str, Any]) -> MoneyBudget | None:
    """Return the budget that was asked for; None where money was no question."""
    asked, cost = run["plan"].get("asked") or {}, run.get("cost") or {}
    total = asked.get("budget")
    if total is None:
        return None
    spent = float(cost.get("sites") or 0.0)
    if asked.get("connected"):  # no fibre alone is priced where hops are chosen
        spent += float(((cost.get("fibre") or run.get("connections")) or {}).get("cost") or 0.0)
    return MoneyBudget(float(total), spent, float(total) - spent)


def money(value: float | None, unit: str) -> Both:
    """Return an amount of money with its currency.

    Examples
    --------
    >>> money(20_400_000, "CNY"), money(9_500, "CNY")
    (Both(zh='2040万元', en='CNY 20.40 million'), Both(zh='9500元', en='CNY 9,500'))
    """
    if value is None:
        return both(figures.unknown)
    if unit != _YUAN:
        digits = 0 if abs(value) >= 100 or float(value).is_integer() else 2
        return both(lambda language: f"{figures.number(value, language, digits)} {unit}".strip())

    def write(language: str) -> str:
        if language == "en":
            if abs(value) >= _MILLION:
                return f"CNY {figures.number(value / _MILLION, language, 2)} million"
            return f"CNY {figures.number(value, language)}"
        if abs(value) < _WAN:
            return f"{figures.number(value, language)}元"
        return f"{figures.number(value / _WAN, language, 1).removesuffix('.0')}万元"

    return both(write)


def money_heading(key: str, unit: str, *, counted_in_wan: bool = True) -> Both:
    """Return the heading of a column of money, with its unit.

    Parameters
    ----------
    key
        Key of the words, which have a ``{unit}``.
    counted_in_wan
        Whether the column holds 万元 in Chinese, as :func:`money_column` writes it.
    """
    if not unit:
        return say(key, unit=say("word.unit_unknown"))
    chinese = ("万元" if counted_in_wan else "元") if unit == _YUAN else unit
    return say(key, unit=Both(raw(chinese).zh, raw(unit).en))


def money_column(values: Sequence[float | None], unit: str) -> list[Both]:
    """Return the cells of a column of money, without the unit, which its heading says."""
    in_wan = [None if value is None else value / _WAN for value in values]
    chinese = figures.amounts(in_wan if unit == _YUAN else values, "zh-CN")
    return [Both(*pair) for pair in zip(chinese, figures.amounts(values, "en"), strict=True)]
