"""The one dependency that lets a request in: ``permit(Permission.X)``."""

from __future__ import annotations

import hmac
from typing import Any
from urllib.parse import parse_qsl

from fastapi import Depends, Request

from ..problems import ProblemError
from .callers import Access, Caller
from .roles import GRANTS, Permission, Role

__all__ = ["Permit", "form_of", "permit", "public", "same_origin"]

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_MOST_FIELDS = 50


class Permit:
    """Lets a caller in who holds a permission; None lets everybody in.

    A form that a browser sends with its session's cookie must carry the session's token, and must
    come from a page of ours.
    """

    def __init__(self, permission: Permission | None) -> None:
        self.permission = permission

    async def __call__(self, request: Request) -> Caller:
        """Return who is let in.

        Raises
        ------
        ProblemError
            Nobody said who they are, or they may not do this.
        """
        access: Access | None = request.app.state.access
        caller = Caller("nobody", Role.VIEWER) if access is None else access.caller(request)
        request.state.caller = caller
        if self.permission is None:
            return caller
        if caller.role is None:
            raise ProblemError(
                "sign-in-needed",
                "sign in, or send a key as Authorization: Bearer ngbw_...",
                headers={"WWW-Authenticate": "Bearer"},
            )
        if self.permission not in GRANTS[caller.role]:
            raise ProblemError(
                "forbidden", f"this takes the permission {self.permission}; ask an admin for it"
            )
        if request.method not in _SAFE and caller.form_token:
            await _check_form(request, caller)
        return caller


def permit(permission: Permission) -> Any:
    """Return the dependency of an endpoint that takes a permission."""
    return Depends(Permit(permission))


def public() -> Any:
    """Return the dependency of an endpoint that everybody may call: sign-in, health, pictures."""
    return Depends(Permit(None))


def same_origin(request: Request) -> bool:
    """Return whether a request was sent by a page of this server, or by no page at all."""
    site = request.headers.get("sec-fetch-site", "none")
    if site not in ("same-origin", "none"):
        return False
    origin = request.headers.get("origin")
    return origin is None or origin == f"{request.url.scheme}://{request.url.netloc}"


async def _check_form(request: Request, caller: Caller) -> None:
    sent = request.headers.get("x-form-token") or (await form_of(request)).get("form_token", "")
    if not (
        same_origin(request) and hmac.compare_digest(sent.encode(), caller.form_token.encode())
    ):
        raise ProblemError(
            "forbidden", "the form is not from a page of this server, or too old: load it again"
        )


async def form_of(request: Request) -> dict[str, str]:
    """Return the fields of a form; the last of equal names counts.

    Raises
    ------
    ProblemError
        The body is no form.
    """
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        return {}
    body = await request.body()
    try:
        return dict(
            parse_qsl(
                body.decode("ascii"),
                keep_blank_values=True,
                strict_parsing=bool(body),
                max_num_fields=_MOST_FIELDS,
                errors="strict",
            )
        )
    except ValueError:
        raise ProblemError("invalid-content", "the body is no form") from None
