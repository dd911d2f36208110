"""Every error of the API as one kind of answer: problem details (RFC 9457).

A problem says what is wrong and what to do, never what was sent: an error that repeats its input
leaks passwords into logs and screens. It holds no traceback and no path of a file; what went
wrong inside is in the log, under the request id that ``instance`` names.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from ..topology.errors import NgbwError

__all__ = [
    "PROBLEM_JSON",
    "PROBLEM_SCHEMA",
    "PROBLEM_TYPES",
    "Answer",
    "Problem",
    "ProblemError",
    "answer_problems",
    "problem_reply",
    "unexpected",
]

PROBLEM_JSON = "application/problem+json"

PROBLEM_TYPES: dict[str, tuple[int, str]] = {
    "bad-request": (400, "The request breaks a rule"),
    "unknown-host": (400, "This server does not answer for that host name"),
    "sign-in-needed": (401, "Whoever asks this must say who they are"),
    "forbidden": (403, "This is not for everybody"),
    "not-found": (404, "There is no such resource"),
    "no-plan": (404, "There is no such plan"),
    "method-not-allowed": (405, "This resource can only be read"),
    "content-too-large": (413, "The request is too large"),
    "invalid-content": (422, "The content breaks a rule"),
    "too-many-requests": (429, "There are too many requests"),
    "internal-error": (500, "Something broke here"),
    "damaged-result": (500, "A stored result cannot be read"),
    "unavailable": (503, "Not available now"),
}
"""Every type of problem (``urn:ngbw:problem:TYPE``) with its status and title."""

PROBLEM_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["type", "title", "status", "detail", "instance"],
    "properties": {
        "type": {"type": "string", "enum": [f"urn:ngbw:problem:{name}" for name in PROBLEM_TYPES]},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "instance": {"type": "string", "description": "The request, as urn:uuid:..."},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["loc", "msg", "type"],
                "properties": {
                    "loc": {"type": "array", "items": {"type": ["string", "integer"]}},
                    "msg": {"type": "string"},
                    "type": {"type": "string"},
                },
            },
        },
    },
}
"""JSON schema of a problem, for the description of the API."""

_BY_STATUS = {
    400: "bad-request",
    401: "sign-in-needed",
    403: "forbidden",
    404: "not-found",
    405: "method-not-allowed",
    413: "content-too-large",
    422: "invalid-content",
    429: "too-many-requests",
    503: "unavailable",
}
_DETAILS = {
    "not-found": "nothing is at this address; the links of the landing page (/) lead to all there is",
    "method-not-allowed": "use GET or HEAD",
    "internal-error": "the error is in the server's log under this request id",
    "damaged-result": "run ngbw plan again; the server's log says which file",
}
_MAX_ERRORS = 50

_log = logging.getLogger("ngbw.http")


@dataclass(frozen=True, slots=True)
class Problem:
    """What went wrong with one request.

    Attributes
    ----------
    kind
        Key of :data:`PROBLEM_TYPES`.
    detail
        What is wrong here and the way out.
    errors
        Parameters or fields that break a rule: ``loc``, ``msg`` and ``type`` of each.
    headers
        To be sent with it, such as ``Allow``.
    """

    kind: str
    detail: str
    errors: tuple[Mapping[str, Any], ...] = ()
    headers: Mapping[str, str] | None = None

    @property
    def status(self) -> int:
        """HTTP status."""
        return PROBLEM_TYPES[self.kind][0]

    @property
    def title(self) -> str:
        """What every problem of this type is called."""
        return PROBLEM_TYPES[self.kind][1]


class ProblemError(Exception):
    """An endpoint refuses a request; the answer is its problem."""

    def __init__(
        self,
        kind: str,
        detail: str,
        *,
        errors: Sequence[Mapping[str, Any]] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.problem = Problem(kind, detail, tuple(errors), headers)


Answer = Callable[[Request, Problem], Response]
"""Makes the response of a problem: JSON, or a page where a browser asks for one."""


def problem_reply(request: Request, problem: Problem) -> Response:
    """Return the problem as ``application/problem+json``."""
    body: dict[str, Any] = {
        "type": f"urn:ngbw:problem:{problem.kind}",
        "title": problem.title,
        "status": problem.status,
        "detail": problem.detail,
        "instance": f"urn:uuid:{request.scope.get('request_id', '')}",
    }
    if problem.errors:
        body["errors"] = [dict(error) for error in problem.errors]
    return JSONResponse(
        body, problem.status, headers=dict(problem.headers or {}), media_type=PROBLEM_JSON
    )


def _of_http_exception(error: HTTPException) -> Problem:
    kind = _BY_STATUS.get(error.status_code)
    if kind is None:
        kind = "bad-request" if 400 <= error.status_code < 500 else "internal-error"
    headers = {**(error.headers or {})}
    if kind == "method-not-allowed":
        headers["Allow"] = "GET, HEAD"
    # The exception's own words may hold what was sent, so they are not passed on.
    phrase = HTTPStatus(PROBLEM_TYPES[kind][0]).phrase.lower()
    return Problem(kind, _DETAILS.get(kind, phrase), headers=headers)


def _of_validation(error: RequestValidationError) -> Problem:
    """Return the problem of broken rules; ``input``, ``ctx`` and ``url`` of pydantic are left out."""
    errors = [
        {"loc": list(one["loc"]), "msg": str(one["msg"]), "type": str(one["type"])}
        for one in error.errors()[:_MAX_ERRORS]
    ]
    if any(one["loc"][:1] == ["path"] for one in errors):
        return Problem("not-found", _DETAILS["not-found"])
    in_body = any(one["loc"][:1] == ["body"] for one in errors)
    # OGC API Features asks for 400 where a parameter is unknown or invalid.
    kind = "invalid-content" if in_body else "bad-request"
    places = ", ".join(dict.fromkeys(".".join(map(str, one["loc"])) for one in errors))
    return Problem(kind, f"correct {places}; errors says what each must be", tuple(errors))


def _of_ngbw_error(request: Request, error: NgbwError) -> Problem:
    _log.error("request %s: %s", request.scope.get("request_id"), error, exc_info=error)
    return Problem("damaged-result", _DETAILS["damaged-result"])


def answer_problems(app: FastAPI, answer: Answer) -> None:
    """Let an application answer every error that its endpoints raise with a problem."""

    def refused(request: Request, error: Exception) -> Response:
        if isinstance(error, ProblemError):
            return answer(request, error.problem)
        if isinstance(error, HTTPException):
            return answer(request, _of_http_exception(error))
        if isinstance(error, RequestValidationError):
            return answer(request, _of_validation(error))
        if isinstance(error, NgbwError):
            return answer(request, _of_ngbw_error(request, error))
        raise error

    for kind in (ProblemError, HTTPException, RequestValidationError, NgbwError):
        app.add_exception_handler(kind, refused)


def unexpected(error: Exception, request_id: str) -> Problem:
    """Log an error that nobody foresaw with its traceback and return what may be said of it."""
    _log.error("request %s broke", request_id, exc_info=error)
    return Problem("internal-error", _DETAILS["internal-error"])
