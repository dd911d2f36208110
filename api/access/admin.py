"""The page of the admins: people, keys, and the log of what was done."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from ...topology.errors import NgbwError
from ..problems import ProblemError
from .callers import Access, Caller
from .permit import form_of, permit
from .roles import Permission, Role

__all__ = ["AdminView", "router"]

_ENTRIES = 50
_KEY_DAYS = 365


@dataclass(frozen=True, slots=True)
class AdminView:
    """What the page shows.

    Attributes
    ----------
    new_key
        Text of the key that was just made, shown this once.
    problem
        Why the last form was refused, in plain words.
    """

    access: Access
    caller: Caller
    before: int = 0
    new_key: str = ""
    problem: str = ""

    @property
    def entries(self) -> list[tuple[int, Any]]:
        """Newest entries of the log."""
        return self.access.audit.newest(_ENTRIES, before=self.before)


AdminPage = Callable[[Request, AdminView], Response]


def _role(form: Mapping[str, str]) -> Role:
    try:
        return Role(form.get("role", ""))
    except ValueError:
        raise ProblemError("invalid-content", "role is one of " + ", ".join(Role)) from None


def _days(form: Mapping[str, str]) -> int:
    text = form.get("days", str(_KEY_DAYS))
    if not (text.isascii() and text.isdigit() and len(text) <= 5):
        raise ProblemError("invalid-content", "days is a whole number")
    return int(text)


def _do(access: Access, request: Request, caller: Caller, form: Mapping[str, str]) -> str:
    """Do what a form asks for, write it down, and return the text of a new key."""
    accounts, now_s = access.accounts, access.clock()
    deed, name = form.get("deed", ""), form.get("name", "")
    new_key, subject, change = "", name[:60], {}
    if deed == "person.add":
        role = _role(form)
        accounts.add_person(name, role, form.get("password", ""), now_s=now_s)
        change = {"role": role.value}
    elif deed == "person.role":
        role = _role(form)
        accounts.set_role(name, role)
        change = {"role": role.value}
    elif deed == "person.password":
        accounts.set_password(name, form.get("password", ""))
    elif deed in ("person.disable", "person.enable"):
        accounts.disable(name, disabled=deed == "person.disable")
    elif deed == "person.remove":
        accounts.remove(name)
    elif deed == "key.add":
        role = _role(form)
        key, new_key = accounts.add_key(form.get("label", ""), role, now_s=now_s, days=_days(form))
        subject, change = key.key_id, {"role": role.value, "label": key.label}
    elif deed == "key.revoke":
        subject = form.get("key", "")[:60]
        accounts.revoke_key(subject, now_s=now_s)
    else:
        raise ProblemError("invalid-content", "there is no such deed")
    access.note(request, caller.who, deed, subject, **change)
    return new_key


def router(page: AdminPage) -> APIRouter:
    """Return the endpoints."""
    routes = APIRouter(include_in_schema=False)

    def access_of(request: Request) -> Access:
        access: Access | None = request.app.state.access
        if access is None:
            raise ProblemError("not-found", "this server has no accounts")
        return access

    @routes.get("/admin", dependencies=[permit(Permission.ADMIN)])
    def show(request: Request, before: Annotated[int, Query(ge=0, le=2**53)] = 0) -> Response:
        return page(request, AdminView(access_of(request), request.state.caller, before))

    @routes.post("/admin", dependencies=[permit(Permission.ADMIN)])
    async def change(request: Request) -> Response:
        access, caller = access_of(request), request.state.caller
        form = await form_of(request)
        try:
            new_key = await run_in_threadpool(_do, access, request, caller, form)
        except NgbwError as error:
            access.note(
                request, caller.who, form.get("deed", "")[:40], form.get("name", "")[:60],
                outcome="refused",
            )  # fmt: skip
            refused = page(request, AdminView(access, caller, problem=str(error)))
            refused.status_code = 422
            return refused
        if new_key:  # shown once, and not again when the page is loaded anew
            return page(request, AdminView(access, caller, new_key=new_key))
        return RedirectResponse(request.scope.get("root_path", "") + "/admin", 303)

    return routes
