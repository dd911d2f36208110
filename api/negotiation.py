"""What a client would rather have: which media type, and which language.

Reads ``Accept`` and ``Accept-Language`` (RFC 9110 section 12.5). A header that makes no sense asks
for nothing: negotiation never fails a request.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

__all__ = ["known_language", "language_for", "prefers_html", "prefers_json"]

_MAX_CHARS = 2_000  # a longer header is no preference


def _ranges(header: str) -> Iterator[tuple[str, float]]:
    """Yield every range of a header with its weight, in the order given."""
    for part in header[:_MAX_CHARS].split(","):
        name, *parameters = (piece.strip().lower() for piece in part.split(";"))
        weight = 1.0
        for parameter in parameters:
            if parameter.startswith("q="):
                try:
                    weight = float(parameter[2:])
                except ValueError:
                    weight = 0.0
        if name and math.isfinite(weight):
            yield name, min(max(weight, 0.0), 1.0)


def _wish(accept: str, media_type: str) -> tuple[float, int]:
    """Return how much a media type is wanted, and how plainly that was said."""
    family = media_type.split("/")[0]
    plain = {media_type: 2, f"{family}/*": 1, "*/*": 0}
    found = [(plain[name], weight) for name, weight in _ranges(accept) if name in plain]
    if not found:
        return (0.0, -1)
    plainness, weight = max(found)
    return (weight, plainness)


def prefers_json(accept: str) -> bool:
    """Return whether a client wants JSON rather than a page.

    Examples
    --------
    >>> prefers_json("application/json"), prefers_json("text/html,*/*;q=0.8"), prefers_json("*/*")
    (True, False, False)
    """
    json = max(_wish(accept, kind) for kind in ("application/json", "application/geo+json"))
    return json > _wish(accept, "text/html") and json[0] > 0


def prefers_html(accept: str) -> bool:
    """Return whether a client asks for a page by name, as a browser does.

    Examples
    --------
    >>> prefers_html("text/html,application/xml;q=0.9,*/*;q=0.8"), prefers_html("*/*")
    (True, False)
    """
    weight, plainness = _wish(accept, "text/html")
    return plainness == 2 and weight > 0 and not prefers_json(accept)


def known_language(tag: str) -> str | None:
    """Return the language of the catalogue for a tag such as ``zh``, ``en-GB``; None for others."""
    return {"zh": "zh-CN", "en": "en"}.get(tag.strip().lower().split("-")[0])


def language_for(asked: str | None, accept_language: str, default: str) -> str:
    """Return the language of a page.

    Parameters
    ----------
    asked
        What the address says (``?lang=``); it wins where it is a language that there is.
    accept_language
        What the browser says; the highest weight wins, the first of equals.
    default
        The project's language.

    Examples
    --------
    >>> language_for(None, "fr, en-GB;q=0.8, zh;q=0.5", "zh-CN")
    'en'
    >>> language_for("zh", "en", "en"), language_for("xx", "", "zh-CN")
    ('zh-CN', 'zh-CN')
    """
    chosen = known_language(asked) if asked else None
    if chosen is not None:
        return chosen
    best = (0.0, default)
    for tag, weight in _ranges(accept_language):
        language = known_language(tag)
        if language is not None and weight > best[0]:
            best = (weight, language)
    return best[1]
