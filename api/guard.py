"""What stands before every endpoint: host check, sub-path, HEAD, security headers, the last catch.

One layer around the whole application, so that no answer, not even that of a crash, leaves without
a request id and the headers that keep a page from being framed, sniffed or fed with foreign code.
"""

from __future__ import annotations

import ipaddress
import logging
import re
import time
import uuid
from collections.abc import Collection, MutableMapping
from typing import Any

from fastapi import Request
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .problems import Answer, Problem, problem_reply, unexpected

__all__ = ["API_POLICY", "Guard", "is_loopback"]

API_POLICY = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
"""Content security policy of everything that is not a page."""

_HEADERS = {
    "Content-Security-Policy": API_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-cache",  # kept by browsers, asked for again by ETag
}
"""Set on every response that does not set them itself."""

_HOST = re.compile(
    r"(?:\[(?P<address>[0-9a-f:.]+)\]|(?P<name>[^\s:@/?#\[\]\\]+?)\.?)(?::[0-9]{0,5})?"
)
"""A host as a Host header may have it: a name or an address, and a port of digits."""

_log = logging.getLogger("ngbw.http")


def is_loopback(host: str) -> bool:
    """Return whether a host is this machine itself: ``localhost`` or a loopback address.

    Examples
    --------
    >>> [is_loopback(host) for host in ("localhost", "127.0.0.1", "::1", "0.0.0.0", "example.org")]
    [True, True, True, False, False]
    """
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _host_name(header: str) -> str:
    """Return the name in a Host header, in lower case, without port, brackets and final dot.

    A header of any other form, such as ``localhost:x@example.org``, has no name: it gives ``""``.
    """
    found = _HOST.fullmatch(header.strip().lower())
    return (found["address"] or found["name"]) if found else ""


def _with_prefix(path: str, root_path: str) -> str:
    """Return the full path, whether or not the proxy in front took the prefix away."""
    inside = path == root_path or path.startswith(root_path + "/")
    return path if inside else root_path + path


class Guard:
    """The outermost layer of the application.

    Parameters
    ----------
    app
        What it guards.
    hosts
        Names by which the server may be called, beside those of the machine itself: the public
        name that a reverse proxy passes on. A name that is not among them is refused, which stops
        DNS rebinding.
    root_path
        Sub-path under which the reverse proxy offers the application, such as ``/ngbw``.
    answer
        Makes the response of a problem.
    """

    def __init__(
        self, app: ASGIApp, *, hosts: Collection[str], root_path: str, answer: Answer
    ) -> None:
        self.app = app
        self.hosts = frozenset(host.lower() for host in hosts)
        self.root_path = root_path
        self.answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request; what is not HTTP passes through."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        begun = time.perf_counter()
        request_id = str(uuid.uuid4())
        head = scope["method"] == "HEAD"
        inner = {**scope, "request_id": request_id, "method": "GET" if head else scope["method"]}
        if self.root_path:
            inner["root_path"] = self.root_path
            inner["path"] = _with_prefix(scope["path"], self.root_path)
        status = 0

        async def guarded_send(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                _complete(message, request_id)
            elif head and message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        try:
            await self._respond(inner, receive, guarded_send)
        except Exception as error:
            problem = unexpected(error, request_id)
            if status:  # half an answer is out: the server must break the connection
                raise
            request = Request(inner, receive)
            await self.answer(request, problem)(inner, receive, guarded_send)
        finally:
            # The raw path is percent-encoded, so no line break gets into the log; the query may
            # hold names and stays out.
            path = scope.get("raw_path", b"").decode("ascii", "backslashreplace")
            seconds = time.perf_counter() - begun
            _log.info(
                "%s %s %d %.1f ms request %s", scope["method"], path, status, seconds * 1000,
                request_id,
            )  # fmt: skip

    async def _respond(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        host = _host_name(Headers(scope=scope).get("host", ""))
        if not (is_loopback(host) or host in self.hosts):
            problem = Problem(
                "unknown-host",
                "start the server with --allow-host NAME for each name that a reverse proxy "
                "passes on, or call it by localhost",
            )
            await problem_reply(Request(scope, receive), problem)(scope, receive, send)
            return
        await self.app(scope, receive, send)


def _complete(message: Message, request_id: str) -> None:
    """Add the headers that are still missing."""
    headers = MutableHeaders(scope=message)
    for name, value in _HEADERS.items():
        # A browser puts the headers of a 304 over those of the page it holds, so a policy here
        # would replace the page's own.
        if message["status"] != 304 or name == "Cache-Control":
            headers.setdefault(name, value)
    if message["status"] >= 400:
        headers["Cache-Control"] = "no-store"
    headers["X-Request-Id"] = request_id
