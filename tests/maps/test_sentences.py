"""Sentences of other floors in the reader's words."""

from __future__ import annotations

import numpy as np
import pytest

from ngbw.coverage.plan_request import PlanRequest
from ngbw.coverage.siting import SiteProblem
from ngbw.coverage.siting.sharing import with_sharing
from ngbw.maps.sentences import sentence, translated
from ngbw.maps.words import words
from ngbw.topology.errors import InfeasibleError, UsageError


def test_a_known_sentence_is_said_with_its_own_values():
    english = (
        "new duct, trunk: 500,000 EUR/km (order of magnitude of municipal works, no quotation)"
    )
    assert sentence(english).en == english
    assert (
        sentence(english).zh
        == "新建管道（干道）：每公里500,000 EUR（市政工程的数量级估计，非报价）"
    )


def test_a_reworded_sentence_is_shown_as_it_stands():
    assert sentence("nobody has words for this").zh == "nobody has words for this"
    assert translated("nobody has words for this", "zh-CN") is None


def test_values_with_braces_and_lines_stay_text():
    found = sentence("cost of {x} of 4\n0 sites assumed in the table").zh
    assert "{x}" in found
    assert "4\n0" in found


def test_every_sentence_finds_its_own_words():
    for key, template in words("en").items():
        if key.startswith("said."):
            values = {name: f"<{name}>" for name in _names(template)}
            assert translated(template.format_map(values), "zh-CN") == (
                words("zh-CN")[key].format_map(values)
            ), key


@pytest.mark.parametrize(
    "asked",
    [
        {"microwave": True},
        {"share_with_stations": 0.5, "budget": 1e6},
        {"tune": True, "survive": True},
        {"tune": True, "max_gap": 0.0},
    ],
)
def test_wishes_that_exclude_each_other_are_refused_in_chinese(asked):
    with pytest.raises(UsageError) as refused:
        PlanRequest(**asked)
    assert "；" in (translated(str(refused.value), "zh-CN") or "")


def test_too_few_base_stations_are_told_in_chinese():
    problem = SiteProblem.from_cover([np.array([0]), np.array([0])], np.ones(1))
    with pytest.raises(InfeasibleError) as refused:
        with_sharing(problem, [0], at_least=2)
    assert "至少2个站点" in (translated(str(refused.value), "zh-CN") or "")


def _names(template):
    import string

    return [name for _, name, _, _ in string.Formatter().parse(template) if name]
