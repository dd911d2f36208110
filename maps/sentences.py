"""Sentences that other floors write in English, in the reader's words.

Errors and remarks are written where they arise, in English, with the values in them. The
catalogues hold such sentences under ``said.``, with ``{values}`` where those stand: a sentence that
fits one is said in the reader's language with its own values, and one that fits none is shown as
it stands, so that a reworded error is never answered by an old translation.
"""

from __future__ import annotations

import re
from functools import cache

from .bilingual import Both, isolated
from .words import phrase_or_raw, words

__all__ = ["sentence", "translated"]

_PREFIX = "said."
_VALUE = re.compile(r"\{(\w+)\}")


@cache
def _known() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Return the sentences that have words, those with the most text of their own first."""
    found = []
    for key, template in words("en").items():
        if not key.startswith(_PREFIX):
            continue
        pattern, end = "", 0
        for value in _VALUE.finditer(template):
            pattern += re.escape(template[end : value.start()]) + f"(?P<{value[1]}>.*?)"
            end = value.end()
        pattern += re.escape(template[end:])
        own = len(_VALUE.sub("", template))
        found.append((own, key, re.compile(pattern, re.DOTALL)))
    found.sort(key=lambda one: (-one[0], one[1]))
    return tuple((key, pattern) for _, key, pattern in found)


def translated(english: str, language: str) -> str | None:
    """Return a sentence in a language; None where no words are known for it.

    Examples
    --------
    >>> translated("cost of 3 of 40 sites assumed in the table", "zh-CN")
    '40个站点中有3个的造价为表中的假定值'
    >>> translated("no such sentence", "zh-CN") is None
    True
    """
    if language == "en":
        return english
    for key, pattern in _known():
        match = pattern.fullmatch(english)
        if match is not None:
            values = {name: _value(text, language) for name, text in match.groupdict().items()}
            return words(language)[key].format_map(values)
    return None


def _value(text: str, language: str) -> str:
    """Return a value of a sentence, which may be a sentence or a phrase of its own."""
    inner = translated(text, language) if " " in text else None
    return phrase_or_raw(text, language) if inner is None else inner


def sentence(english: str) -> Both:
    """Return a sentence in both languages, in English where no words are known for it."""
    return Both(isolated(translated(english, "zh-CN") or english), isolated(english))
