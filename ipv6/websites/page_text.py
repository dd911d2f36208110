"""A page's tags and words, read in one pass that no page can make long.

Not a parser of HTML: it knows where tags, comments and scripts begin and end, which is enough for
links, sub-resources and likeness, and it never looks at an octet twice.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

__all__ = ["Tag", "decoded", "pieces"]

_MOST_TAG = 4096
_NAME = re.compile(r"/?([a-zA-Z][a-zA-Z0-9:-]{0,40})")
_ATTRIBUTE = re.compile(
    r"([a-zA-Z][a-zA-Z0-9:_-]*)(?:\s{0,9}=\s{0,9}(\"[^\"]*\"|'[^']*'|[^\s\"'>]+))?"
)
_CHARSET = re.compile(rb"charset\s{0,4}=\s{0,4}[\"']?([A-Za-z0-9_-]{2,20})")
_RAW = ("script", "style", "textarea", "noscript")


@dataclass(frozen=True)
class Tag:
    """A tag as it stands.

    Attributes
    ----------
    name
        In lower case, without ``/``.
    inside
        All between the angle brackets, at most 4 KiB.
    """

    name: str
    inside: str

    @cached_property
    def attributes(self) -> dict[str, str]:
        """Attributes by name in lower case; one without a value is ""."""
        at = _NAME.match(self.inside)
        found: dict[str, str] = {}
        for match in _ATTRIBUTE.finditer(self.inside, at.end() if at else 0):
            value = match[2] or ""
            found.setdefault(match[1].lower(), value.strip("\"'").replace("&amp;", "&"))
        return found


def decoded(body: bytes, content_type: str = "") -> str:
    """Return a page's text: by its header, its own word, UTF-8, or as Chinese pages were written."""
    for source in (content_type.encode("latin-1", "replace"), body[:2048]):
        if found := _CHARSET.search(source):
            try:
                return body.decode(found[1].decode("ascii"), "replace")
            except LookupError:
                continue
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        return body.decode("gb18030", "replace")


def pieces(text: str) -> Iterator[Tag | str]:
    """Give tags and the text between them, in order; scripts, styles and comments are left out."""
    at, size = 0, len(text)
    lower: str | None = None
    while at < size:
        start = text.find("<", at)
        if start < 0:
            yield text[at:]
            return
        if start > at:
            yield text[at:start]
        if text.startswith("<!--", start):
            end = text.find("-->", start + 4)
            at = size if end < 0 else end + 3
            continue
        end = text.find(">", start)
        if end < 0:
            return
        inside = text[start + 1 : min(end, start + 1 + _MOST_TAG)]
        at = end + 1
        name = _NAME.match(inside)
        if name is None:
            continue
        tag = Tag(name[1].lower(), inside)
        yield tag
        if tag.name in _RAW and not inside.startswith("/") and not inside.endswith("/"):
            lower = text.lower() if lower is None else lower
            closing = lower.find(f"</{tag.name}", at) if len(lower) == size else text.find("</", at)
            at = size if closing < 0 else closing
