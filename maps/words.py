"""Every word that people read on maps, pages and in the command line's answer, in two languages.

Two catalogues, ``words/zh-CN.json`` and ``words/en.json``, hold the same dotted keys with the same
``{values}``. Keys, not sentences, stand in code; a missing key is an error, never an empty text.
The texts are ours; what is put into them is not, so whatever builds HTML escapes the result.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

from ..topology.errors import MissingError

__all__ = ["LANGUAGES", "phrase_or_raw", "text", "word_or_raw", "words"]

LANGUAGES = ("zh-CN", "en")
"""Languages that have a catalogue; the first is the default."""

_FOLDER = Path(__file__).parent / "words"


@cache
def words(language: str) -> Mapping[str, str]:
    """Return the catalogue of a language: dotted key to text with ``{values}`` left open.

    Raises
    ------
    MissingError
        There is no such catalogue.
    """
    if language not in LANGUAGES:
        raise MissingError(
            f"there are no words in language {language!r}; use one of {', '.join(LANGUAGES)}"
        )
    catalogue = json.loads((_FOLDER / f"{language}.json").read_text(encoding="utf-8"))
    return MappingProxyType(catalogue)


def text(key: str, language: str, **values: object) -> str:
    """Return the text of a key with its values filled in.

    Parameters
    ----------
    key
        Dotted key, such as ``answer.coverage``.
    language
        ``zh-CN`` or ``en``.
    values
        What the text's ``{values}`` become. They are put in as they stand: a value that itself
        holds braces is safe.

    Raises
    ------
    MissingError
        The language, the key or a value that the text needs is missing.

    Examples
    --------
    >>> text("answer.coverage", "en", share="92.5%", target="90%")
    '92.5% of residents served; target 90%'
    >>> text("verdict.met", "zh-CN")
    '达标'
    """
    catalogue = words(language)
    if key not in catalogue:
        raise MissingError(f"the words have no key {key!r}; add it to maps/words/*.json")
    try:
        return catalogue[key].format_map(values)
    except KeyError as missing:
        raise MissingError(f"text {key!r} needs a value for {missing}; give it by name") from None


def word_or_raw(prefix: str, raw: str, language: str) -> str:
    """Return the word for a value from a table, or the value itself where there is no word.

    Tables may hold kinds and categories that no catalogue knows; those are shown as they stand.

    Examples
    --------
    >>> word_or_raw("kind", "hospital", "zh-CN"), word_or_raw("kind", "lighthouse", "zh-CN")
    ('医院', 'lighthouse')
    """
    return words(language).get(f"{prefix}.{raw}", raw)


def phrase_or_raw(english: str, language: str) -> str:
    """Return a phrase that a model writes about itself in a reader's words, or as it stands.

    Propagation models name themselves and their limits in English. Their phrases are looked up
    by slug, so that a reworded phrase is shown as it stands rather than with an old translation.

    Examples
    --------
    >>> phrase_or_raw("unobstructed paths only", "zh-CN"), phrase_or_raw("new words", "zh-CN")
    ('仅适用于无遮挡路径', 'new words')
    """
    slug = re.sub(r"[^a-z0-9]+", "-", english.lower()).strip("-")
    return words(language).get(f"phrase.{slug}", english)
