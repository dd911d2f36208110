"""Signing in and out, by a page of plain HTML."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from ..problems import ProblemError
from .callers import COOKIE, Access
from .permit import form_of, public, same_origin

__all__ = ["SignInPage", "local_path", "router"]

SignInPage = Callable[[Request, str, bool], Response]
"""Makes the page: the request, where to go afterwards, whether a try has just failed."""


def local_path(text: str | None, root_path: str) -> str:
    r"""Return a path below the application, whatever was asked for.

    Browsers read ``//host`` and ``/\host`` as other machines.

    Examples
    --------
    >>> local_path("/ngbw/map?plan=a", "/ngbw"), local_path("//example.org", "/ngbw")
    ('/ngbw/map?plan=a', '/ngbw/')
    """
    home = root_path + "/"
    if not text or not text.isprintable() or "\\" in text:
        return home
    parts = urlsplit(text)
    if parts.scheme or parts.netloc or not parts.path.startswith(home) or text.startswith("//"):
        return home
    return text


def router(page: SignInPage) -> APIRouter:
    """Return the endpoints."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/sign-in", dependencies=[public()])
    def show(request: Request, next: str = "", word: str = "") -> Response:
        access: Access | None = request.app.state.access
        root_path = request.scope.get("root_path", "")
        after = local_path(next[:2000], root_path)
        if word and access is not None:
            ticket = access.sign_in_local(request, word[:100])
            if ticket is not None:
                return _signed_in(request, ticket, after)
        return page(request, after, bool(word))

    @routes.post("/sign-in", dependencies=[public()])
    async def enter(request: Request) -> Response:
        access: Access | None = request.app.state.access
        if access is None:
            raise ProblemError("not-found", "this server has no accounts")
        if not same_origin(request):
            raise ProblemError("forbidden", "sign in on a page of this server")
        form = await form_of(request)
        after = local_path(form.get("next", "")[:2000], request.scope.get("root_path", ""))
        ticket = await run_in_threadpool(
            access.sign_in, request, form.get("name", "")[:200], form.get("password", "")[:1000]
        )
        if ticket is None:
            refused = page(request, after, True)
            refused.status_code = 401
            return refused
        return _signed_in(request, ticket, after)

    @routes.post("/sign-out", dependencies=[public()])
    async def leave(request: Request) -> Response:
        access: Access | None = request.app.state.access
        ticket = request.cookies.get(COOKIE)
        if access is not None and ticket and same_origin(request):
            await run_in_threadpool(access.accounts.close_session, ticket)
            access.note(request, request.state.caller.who, "sign-out")
        home = request.scope.get("root_path", "") + "/"
        response = RedirectResponse(home, 303)
        response.delete_cookie(COOKIE, path=home)
        return response

    return routes


def _signed_in(request: Request, ticket: str, after: str) -> Response:
    response = RedirectResponse(after, 303)
    response.set_cookie(
        COOKIE,
        ticket,
        path=request.scope.get("root_path", "") + "/",
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
    )
    response.headers["Cache-Control"] = "no-store"
    return response
