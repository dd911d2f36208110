"""A document as one HTML page for screen and paper that needs nothing else and runs no script."""

from __future__ import annotations

from functools import cache
from itertools import count
from pathlib import Path

from markupsafe import Markup, escape

from ..bilingual import Both, marked
from ..palette import COLOURS
from .blocks import (
    Block,
    Boxes,
    Checks,
    Document,
    Facts,
    Grid,
    Heading,
    Items,
    NewPage,
    Paragraph,
    Picture,
)
from .drawing import svg_of

__all__ = ["html_of"]

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"


@cache
def _rules() -> str:
    colours = "".join(f"--{name.replace('_', '-')}:{value};" for name, value in COLOURS.items())
    path = Path(__file__).parent.parent / "templates" / "document.css"
    return f":root{{{colours}}}\n{path.read_text(encoding='utf-8')}"


def _table(block: Grid, language: str) -> str:
    def cells(tag: str, texts: tuple[Both, ...]) -> str:
        found = []
        for text, numeric in zip(texts, block.numeric, strict=True):
            scope = ' scope="col"' if tag == "th" else ""
            right = ' class="n"' if numeric else ""
            found.append(f"<{tag}{scope}{right}>{marked(text.in_language(language))}</{tag}>")
        return "<tr>" + "".join(found) + "</tr>"

    caption = ""
    if block.caption is not None:
        caption = f"<caption>{marked(block.caption.in_language(language))}</caption>"
    body = "\n".join(cells("td", row) for row in block.rows)
    return (
        f'<div class="scroll" tabindex="0"><table>{caption}\n<thead>'
        f"{cells('th', block.headings)}</thead>\n<tbody>{body}</tbody></table></div>"
    )


def _block(block: Block, language: str, number: int) -> str:
    def say(text: Both) -> Markup:
        return marked(text.in_language(language))

    if isinstance(block, Heading):
        tag = f"h{block.level + 1}"
        return f'<{tag} id="part-{number}">{say(block.text)}</{tag}>'
    if isinstance(block, Paragraph):
        kind = f' class="{block.kind}"' if block.kind else ""
        return f"<p{kind}>{say(block.text)}</p>"
    if isinstance(block, (Items, Checks)):
        kind = ' class="checks"' if isinstance(block, Checks) else ""
        return f"<ul{kind}>" + "".join(f"<li>{say(one)}</li>" for one in block.texts) + "</ul>"
    if isinstance(block, Facts):
        pairs = "".join(
            f"<div><dt>{say(name)}</dt><dd>{say(value)}</dd></div>" for name, value in block.pairs
        )
        return f"<dl>{pairs}</dl>"
    if isinstance(block, Grid):
        return _table(block, language)
    if isinstance(block, Picture):
        caption = f"<figcaption>{say(block.caption)}</figcaption>"
        return f"<figure>{svg_of(block.drawing, language)}{caption}</figure>"
    if isinstance(block, Boxes):
        frames = "".join(
            f'<div style="height:{block.height_cm:g}cm"><span>{say(one)}</span></div>'
            for one in block.labels
        )
        return f'<div class="boxes">{frames}</div>'
    assert isinstance(block, NewPage)  # noqa: S101 - there is no other block
    return '<hr class="page">'


def html_of(document: Document, language: str) -> str:
    """Return the document as the text of an HTML file."""
    numbers = count(1)
    title = escape(document.title.in_language(language))
    body = "\n".join(_block(block, language, next(numbers)) for block in document.blocks)
    return (
        f'<!DOCTYPE html>\n<html lang="{language}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{title}</title>\n<style>\n{_rules()}</style>\n</head>\n<body>\n<main>\n"
        f"<header><h1>{marked(document.title.in_language(language))}</h1>\n"
        f"<p>{marked(document.subtitle.in_language(language))}</p></header>\n"
        f"{body}\n</main>\n</body>\n</html>\n"
    )
