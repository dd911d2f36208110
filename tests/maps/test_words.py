import json
import string
from pathlib import Path

import pytest

from ngbw.coverage.propagation.free_space import FreeSpace
from ngbw.coverage.propagation.hata import Hata
from ngbw.maps import words as module
from ngbw.maps.words import LANGUAGES, phrase_or_raw, text, word_or_raw, words
from ngbw.topology.errors import MissingError

FOLDER = Path(module.__file__).parent / "words"


def open_values(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name is not None}


def test_catalogues_have_the_same_keys() -> None:
    assert list(words("zh-CN")) == list(words("en"))


def test_every_text_needs_the_same_values_in_both_languages() -> None:
    differ = [
        key
        for key in words("en")
        if open_values(words("en")[key]) != open_values(words("zh-CN")[key])
    ]
    assert differ == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_keys_are_dotted_sorted_and_never_empty(language: str) -> None:
    pairs = json.loads(
        (FOLDER / f"{language}.json").read_text(encoding="utf-8"), object_pairs_hook=list
    )
    keys = [key for key, _ in pairs]
    assert keys == sorted(set(keys))
    assert all("." in key for key in keys)
    assert all(value.strip() for _, value in pairs)


def test_a_missing_key_value_or_language_is_an_error() -> None:
    with pytest.raises(MissingError, match=r"no key 'no\.such'"):
        text("no.such", "en")
    with pytest.raises(MissingError, match="needs a value for 'share'"):
        text("answer.coverage", "en", target="90%")
    with pytest.raises(MissingError, match="zh-CN, en"):
        words("fr")


def test_a_value_with_braces_stays_as_it_is() -> None:
    assert text("answer.map", "en", path="{path.__class__}{0}") == "Map: {path.__class__}{0}"


def test_a_catalogue_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        words("en")["verdict.met"] = "x"  # type: ignore[index]


def test_an_unknown_kind_is_shown_as_it_stands() -> None:
    assert word_or_raw("kind", "hospital", "en") == "Hospital"
    assert word_or_raw("kind", "light{house}", "zh-CN") == "light{house}"


@pytest.mark.parametrize("reason", ["too-far", "indoor-loss", "no-candidate"])
def test_every_reason_has_a_word_and_an_explanation(reason: str) -> None:
    for language in LANGUAGES:
        assert text(f"reason.{reason}", language)
        assert text(f"reason.{reason}.why", language)


@pytest.mark.parametrize("model", [FreeSpace(), Hata("large-city"), Hata("urban"), Hata("open")])
def test_models_have_chinese_names_and_limits(model: FreeSpace | Hata) -> None:
    for phrase in (model.title, model.valid_range):
        assert phrase_or_raw(phrase, "en") == phrase
        assert any(ord(letter) > 0x2E80 for letter in phrase_or_raw(phrase, "zh-CN"))
