"""Sentences of other floors in the reader's words."""

from __future__ import annotations

from ngbw.maps.sentences import sentence, translated
from ngbw.maps.words import words


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


def _names(template):
    import string

    return [name for _, name, _, _ in string.Formatter().parse(template) if name]
