"""A text in both languages at once, and how it goes into a page.

A page carries both languages and shows one, so that switching needs no request and no script that
builds text. :class:`Both` escapes itself: templates with autoescaping call ``__html__``, and that
is the only place in which a text of a file becomes HTML.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from markupsafe import Markup, escape

from .words import phrase_or_raw, text, word_or_raw

__all__ = ["Both", "both", "isolated", "listed", "marked", "named", "phrase", "raw", "say", "word"]

_TURNS = frozenset(("R", "AL", "AN", "RLE", "RLO", "LRE", "LRO", "PDF", "RLI", "LRI", "FSI", "PDI"))
"""Bidirectional classes of characters that can turn the direction of the text around them."""

_ISOLATES = dict.fromkeys(map(ord, "\u2066\u2067\u2068\u2069"))


def marked(text_: str) -> Markup:
    """Return a text as HTML, with ``<bdi>`` for the isolates of :func:`isolated`."""
    opened = escape(text_).replace("\u2068", Markup("<bdi>"))
    return opened.replace("\u2069", Markup("</bdi>"))


@dataclass(frozen=True, slots=True)
class Both:
    """One text in Chinese and in English."""

    zh: str
    en: str

    def in_language(self, language: str) -> str:
        """Return the text in one language."""
        return self.en if language == "en" else self.zh

    def __html__(self) -> str:
        if self.zh == self.en:
            return str(marked(self.zh))
        return str(
            Markup("<span lang=zh>{}</span><span lang=en>{}</span>").format(
                marked(self.zh), marked(self.en)
            )
        )


def both(write: Callable[[str], str]) -> Both:
    """Return what a function writes in each language.

    Examples
    --------
    >>> from .figures import number
    >>> both(lambda language: number(1234, language))
    Both(zh='1234', en='1,234')
    """
    return Both(write("zh-CN"), write("en"))


def isolated(name: str) -> str:
    """Return a name of a file such that its writing direction ends where the name ends.

    A name in Arabic or Hebrew, or one with a right-to-left override, is put between the marks of
    an isolate, which the page writes as ``<bdi>``; any other name stays as it is.

    Examples
    --------
    >>> isolated("Hospital"), isolated("\u202eabc") == "\u2068\u202eabc\u2069"
    ('Hospital', True)
    """
    if not any(unicodedata.bidirectional(letter) in _TURNS for letter in name):
        return name
    # An isolate of the name's own could end ours before the name does.
    return f"\u2068{name.translate(_ISOLATES)}\u2069"


def raw(value: object) -> Both:
    """Return a text that is the same in both languages, such as an id."""
    found = isolated(str(value))
    return Both(found, found)


def named(name: object, name_en: object) -> Both:
    """Return a name with its English form, each standing in for the other where one is empty."""
    zh, en = isolated(str(name or "")), isolated(str(name_en or ""))
    return Both(zh or en, en or zh)


def say(key: str, **values: object) -> Both:
    """Return the text of a key in both languages; values may be :class:`Both` themselves."""

    def write(language: str) -> str:
        filled = {
            name: value.in_language(language) if isinstance(value, Both) else value
            for name, value in values.items()
        }
        return text(key, language, **filled)

    return both(write)


def word(prefix: str, value: object) -> Both:
    """Return the word for a value of a table in both languages, or the value as it stands."""
    return both(lambda language: isolated(word_or_raw(prefix, str(value), language)))


def phrase(english: object) -> Both:
    """Return a phrase that a model writes about itself in both languages."""
    return both(lambda language: isolated(phrase_or_raw(str(english), language)))


def listed(prefix: str, values: Iterable[object]) -> Both:
    """Return the words for several values of a table, one after the other."""
    found = [word(prefix, value) for value in values]
    return both(
        lambda language: text("word.comma", language).join(
            one.in_language(language) for one in found
        )
    )
