"""Costs come from the settings with their source, or are assumed and say so."""

from __future__ import annotations

import pytest

from ngbw.topology.errors import SettingError
from ngbw.topology.fibre.cost import cost_model
from ngbw.topology.tables import STREETS

FIGURE = {"value": 250_000, "source": "contract", "assumed": False}


def test_every_kind_of_street_has_its_cost():
    assert set(cost_model({}).new_duct) == set(STREETS["kind"].choices)


def test_what_is_not_set_is_assumed_and_said():
    model = cost_model({"unit": "EUR", "new_duct": {"local": FIGURE}, "drop": FIGURE})
    assert model.new_duct["local"].value == 250_000
    assert model.unit == "EUR"
    assert not any("local" in words or "drop" in words for words in model.assumed)
    assert any(words.startswith("existing duct: 40,000 EUR/km") for words in model.assumed)


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        ({"uint": "EUR"}, r"fibre.uint is not a setting \(did you mean 'unit'"),
        ({"unit": 3}, "fibre.unit is 3"),
        ({"new_duct": 5}, "fibre.new_duct is 5"),
        ({"new_duct": {"locl": FIGURE}}, r"fibre.new_duct.locl is no kind .*'local'"),
        ({"drop": 100}, "fibre.drop is 100; write"),
        ({"drop": {**FIGURE, "value": "x"}}, "fibre.drop.value is 'x'"),
        ({"drop": {**FIGURE, "value": True}}, "fibre.drop.value is True"),
        ({"drop": {**FIGURE, "value": -1}}, "fibre.drop.value is -1"),
        ({"drop": {**FIGURE, "value": float("nan")}}, "fibre.drop.value is nan"),
        ({"drop": {**FIGURE, "source": 1}}, "fibre.drop needs a source"),
    ],
)
def test_a_wrong_setting_is_named(raw, words):
    with pytest.raises(SettingError, match=words):
        cost_model(raw)
