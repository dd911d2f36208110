"""Asks one HTTP API for JSON, and nobody else.

Only the host that was named is asked: redirects are not followed, proxies of the environment are not
used, and a "next page" that leads elsewhere is an error. Answers are bounded in size, in number and
in time.
"""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from email.message import Message
from typing import IO, Any
from urllib.parse import urlencode, urlsplit

from ... import __version__
from ...topology.errors import FileError, SurroundingsError, UsageError

__all__ = ["ApiClient"]

_ANSWER_BYTES = 64 * 1024**2
_WHOLE_BYTES = 256 * 1024**2
_SHOWN = 200


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: Message,
        newurl: str,
    ) -> None:
        """Follow nothing: the token is for the host that was named."""


class ApiClient:
    """One API.

    Parameters
    ----------
    url
        Where the program answers, such as ``https://librenms.example``; http or https.
    headers
        Headers with the token; shown nowhere.
    """

    def __init__(self, url: str, headers: dict[str, str], *, timeout_s: float = 60.0) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise UsageError(f"--url is {url!r}; it must begin with http:// or https:// and a host")
        if parts.username is not None or parts.password is not None:
            raise UsageError("--url holds a password; put the token into a file or the environment")
        if parts.query or parts.fragment:
            raise UsageError(f"--url is {url!r}; leave out what follows ? or #")
        self._base = url.rstrip("/")
        self._origin = (parts.scheme, parts.netloc)
        self._headers = {
            "Accept": "application/json",
            "User-Agent": f"ngbw/{__version__}",
        } | headers
        self._timeout_s = timeout_s
        self._left = _WHOLE_BYTES
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirect())

    def get(self, path: str, query: dict[str, str] | None = None) -> Any:
        """Return the JSON that a path below the API's URL gives."""
        return self._ask(f"{self._base}{path}" + (f"?{urlencode(query)}" if query else ""))

    def follow(self, url: str) -> Any:
        """Return the JSON of a page that the API named.

        Raises
        ------
        FileError
            The page lies on another host.
        """
        parts = urlsplit(url)
        if (parts.scheme, parts.netloc) != self._origin:
            raise FileError(
                f"{self._base} names a next page at {url[:_SHOWN]!r}, which is another host; it "
                "is not asked"
            )
        return self._ask(url)

    def post(self, path: str, document: object) -> Any:
        """Return the JSON that answers a document."""
        return self._ask(f"{self._base}{path}", json.dumps(document).encode())

    def _ask(self, url: str, body: bytes | None = None) -> Any:
        headers = self._headers | ({"Content-Type": "application/json-rpc"} if body else {})
        request = urllib.request.Request(url, body, headers)  # noqa: S310  # http(s), see __init__
        try:
            with self._opener.open(request, timeout=self._timeout_s) as answer:
                content = answer.read(min(_ANSWER_BYTES, self._left) + 1)
        except urllib.error.HTTPError as error:
            with error:
                said = " ".join(error.read(2000).decode("utf-8", "replace").split())[:_SHOWN]
            way_out = (
                "check the token and its rights" if error.code in (401, 403) else "check --url"
            )
            raise SurroundingsError(f"{url} answers {error.code} {said}; {way_out}") from None
        except (urllib.error.URLError, OSError) as error:
            reason = getattr(error, "reason", error)
            raise SurroundingsError(f"{url} cannot be reached: {reason}") from None
        self._left -= len(content)
        if len(content) > _ANSWER_BYTES or self._left < 0:
            raise FileError(f"{url} answers with more than is read; export less at a time")
        try:
            return json.loads(content)
        except (ValueError, RecursionError):
            raise FileError(f"{url} answers with something else than JSON; check --url") from None
