"""How a stored fact becomes a response: links, entity tags, and "you have it already" (304).

A run never changes under its id, so the tag of a response is made of the run and of what was asked;
a client that holds it gets 304 before anything is read or computed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

from fastapi import Request
from fastapi.responses import Response

from .. import __version__

__all__ = ["GEOJSON", "JSON", "address", "here", "json_reply", "link", "tagged"]

JSON = "application/json"
GEOJSON = "application/geo+json"


def address(request: Request, path: str = "", **query: str | int | None) -> str:
    """Return the absolute address of a path below the application, sub-path included.

    Parameters
    ----------
    path
        Without a leading slash; ``""`` is the landing page.
    query
        Parameters; None leaves one out.
    """
    url = request.base_url.replace(path=request.base_url.path.rstrip("/") + "/" + path)
    return str(
        url.include_query_params(
            **{key: value for key, value in query.items() if value is not None}
        )
    )


def here(request: Request) -> str:
    """Return the absolute address of the request itself, as it was asked."""
    path = quote(request.scope["path"])
    query = request.scope["query_string"].decode("ascii", "replace")
    return f"{request.url.scheme}://{request.url.netloc}{path}" + (f"?{query}" if query else "")


def link(rel: str, href: str, title: str, media_type: str = JSON) -> dict[str, str]:
    """Return a link object as OGC API Features has it."""
    return {"rel": rel, "type": media_type, "title": title, "href": href}


def json_reply(value: Mapping[str, Any], media_type: str = JSON) -> Response:
    """Return plain data as JSON in UTF-8.

    Raises
    ------
    ValueError
        It holds a number that JSON cannot say (NaN, infinity).
    """
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    # A lone surrogate in a file's JSON is no character; it must not break the answer.
    return Response(text.encode("utf-8", "replace"), media_type=media_type)


def _entity_tag(request: Request, parts: tuple[str, ...]) -> str:
    key = "\n".join((__version__, str(request.url), *parts))
    return f'W/"{parts[0]}-{hashlib.sha256(key.encode()).hexdigest()[:16]}"'


def _has_already(request: Request, tag: str) -> bool:
    known = request.headers.get("if-none-match", "")
    names = [name.strip().removeprefix("W/") for name in known.split(",")]
    return known.strip() == "*" or tag.removeprefix("W/") in names


def tagged(
    request: Request, parts: tuple[str, ...], make: Callable[[], Response], *, vary: str = ""
) -> Response:
    """Return the response with its entity tag, or 304 where the client has it already.

    Parameters
    ----------
    parts
        Everything beside the address on which the response depends; the first is the run's id.
    make
        Makes the response; not called for 304.
    vary
        Request headers that choose between representations.
    """
    tag = _entity_tag(request, parts)
    response = Response(status_code=304) if _has_already(request, tag) else make()
    response.headers["ETag"] = tag
    if vary:
        response.headers["Vary"] = vary
    return response
