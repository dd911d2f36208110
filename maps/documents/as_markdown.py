"""A document as Markdown with its pictures beside it, for pull requests and wikis."""

from __future__ import annotations

import re
import unicodedata

from ..bilingual import Both
from .blocks import (
    Block,
    Boxes,
    Checks,
    Document,
    Facts,
    Grid,
    Heading,
    Items,
    Paragraph,
    Picture,
)
from .drawing import svg_of

__all__ = ["markdown_of"]

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~&])")
_AT_START = re.compile(r"^(\s*)([-+=]|\d+[.)])")


def _plain(text: str) -> str:
    """Return a text that no reader of Markdown takes for markup, on one line."""
    kept = "".join(
        " " if letter in "\r\n\t" else letter
        for letter in text
        if letter in "\r\n\t" or unicodedata.category(letter) not in ("Cc", "Cs")
    )
    escaped = _SPECIAL.sub(r"\\\1", kept)
    return _AT_START.sub(lambda found: f"{found[1]}\\{found[2]}" if not found[2][0].isdigit()
                         else f"{found[1]}{found[2][:-1]}\\{found[2][-1]}", escaped)  # fmt: skip


def _table(block: Grid, say: _Say) -> list[str]:
    rule = ["---:" if numeric else "---" for numeric in block.numeric]
    lines = [say(block.caption), ""] if block.caption is not None else []
    rows = [[say(one) for one in block.headings], rule, *[[say(c) for c in r] for r in block.rows]]
    return [*lines, *("| " + " | ".join(row) + " |" for row in rows)]


class _Say:
    def __init__(self, language: str) -> None:
        self.language = language

    def __call__(self, text: Both) -> str:
        return _plain(text.in_language(self.language))


def _lines(block: Block, say: _Say, stem: str) -> list[str]:
    if isinstance(block, Heading):
        return ["#" * (block.level + 1) + " " + say(block.text)]
    if isinstance(block, Paragraph):
        text = say(block.text)
        return [f"**{text}**" if block.kind == "lead" else text]
    if isinstance(block, Items):
        return [f"- {say(one)}" for one in block.texts]
    if isinstance(block, Checks):
        return [f"- [ ] {say(one)}" for one in block.texts]
    if isinstance(block, Facts):
        return [f"- {say(name)}: {say(value)}" for name, value in block.pairs]
    if isinstance(block, Grid):
        return _table(block, say)
    if isinstance(block, Picture):
        title = say(block.drawing.title)
        return [f"![{title}](<{stem}-{block.name}.svg>)", "", say(block.caption)]
    if isinstance(block, Boxes):
        return [f"- {say(one)}: ________" for one in block.labels]
    return ["---"]


def markdown_of(document: Document, language: str, *, stem: str) -> tuple[str, dict[str, str]]:
    """Return the document as Markdown, and its pictures as SVG by file name.

    Parameters
    ----------
    stem
        File name of the Markdown without its ending; the pictures' names begin with it.
    """
    say = _Say(language)
    # A file name stands in a link: only what ends one is taken out of it.
    linked = re.sub(r"[<>\\\r\n]", "_", stem)
    parts = [f"# {say(document.title)}", say(document.subtitle)]
    parts += ["\n".join(_lines(block, say, linked)) for block in document.blocks]
    pictures = {
        f"{linked}-{block.name}.svg": svg_of(block.drawing, language)
        for block in document.blocks
        if isinstance(block, Picture)
    }
    return "\n\n".join(parts) + "\n", pictures
