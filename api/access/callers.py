"""Who is calling: the key in a header, the session in a cookie, or nobody.

Three ways of being open, in this order: somebody signed in or a program with a key is who they
are; on a server for this machine alone that has no accounts yet, everybody is a viewer; else
nobody is anybody.
"""

from __future__ import annotations

import hmac
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from fastapi import Request

from ..problems import ProblemError
from .accounts import LOCAL, Accounts
from .audit import AuditEntry, AuditLog
from .roles import Role
from .throttle import Throttle

__all__ = ["COOKIE", "Access", "Caller", "client_address"]

COOKIE = "ngbw_session"
_LOCAL_TICKET_S = 600.0


@dataclass(frozen=True, slots=True)
class Caller:
    """Who sent a request.

    Attributes
    ----------
    who
        ``person:NAME``, ``key:ID``, ``local`` (signed in from the terminal of the server) or
        ``nobody``.
    role
        None for somebody who may do nothing.
    form_token
        What a form must carry; only sessions of browsers have one.
    """

    who: str
    role: Role | None
    form_token: str = ""

    @property
    def name(self) -> str:
        """Name to greet somebody by, "" for nobody."""
        return "" if self.who == "nobody" else self.who.removeprefix("person:")


NOBODY = Caller("nobody", None)


def client_address(request: Request) -> str:
    """Return the address that a request came from."""
    return request.client.host if request.client else ""


class Access:
    """Decides who is calling, and keeps count.

    Parameters
    ----------
    open_to
        What everybody is while there are no accounts; None shuts the door.
    clock
        Unix time.
    """

    def __init__(
        self,
        accounts: Accounts,
        audit: AuditLog,
        *,
        open_to: Role | None = Role.VIEWER,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.accounts = accounts
        self.audit = audit
        self.clock = clock
        self._open_to = open_to
        self._tries_by_name = Throttle(per_s=1 / 30, burst=5)
        self._tries_by_address = Throttle(per_s=1 / 5, burst=20)
        self._requests = Throttle(per_s=50.0, burst=400.0)
        self._local: tuple[str, float] | None = None
        self._lock = threading.Lock()
        # Each hash takes 64 MiB: a crowd at the door must not take all memory.
        self._hashing = threading.BoundedSemaphore(2)

    def caller(self, request: Request) -> Caller:
        """Return who sent a request.

        Raises
        ------
        ProblemError
            A key was sent that opens nothing, or too many requests come from there.
        """
        now_s = self.clock()
        key = _sent_key(request)
        if key is not None:
            found = self.accounts.key_of(key, now_s=now_s)
            if found is None:
                self._count(f"address:{client_address(request)}", now_s, cost=20.0)
                raise ProblemError(
                    "sign-in-needed",
                    "the key opens nothing: it is not known, revoked or past its day; make one "
                    "with ngbw key add",
                )
            self._count(f"key:{found.key_id}", now_s)
            return Caller(f"key:{found.key_id}", found.role)
        ticket = request.cookies.get(COOKIE)
        if ticket:
            session = self.accounts.session_of(ticket, now_s=now_s)
            if session is not None:
                who = LOCAL if session.name == LOCAL else f"person:{session.name}"
                self._count(who, now_s)
                return Caller(who, session.role, session.form_token)
        self._count(f"address:{client_address(request)}", now_s)
        if self._open_to is not None and not self.accounts.exist():
            return Caller("nobody", self._open_to)
        return NOBODY

    def _count(self, name: str, now_s: float, *, cost: float = 1.0) -> None:
        wait_s = self._requests.wait_s(name, now_s, cost=cost)
        if wait_s > 0:
            raise ProblemError(
                "too-many-requests", "ask more slowly", headers={"Retry-After": _whole(wait_s)}
            )

    def sign_in(self, request: Request, name: str, password: str) -> str | None:
        """Return the ticket of a new session, or None when name and password do not fit.

        Raises
        ------
        ProblemError
            There were too many tries for this name or from this address.
        """
        now_s, address = self.clock(), client_address(request)
        known_as = name.strip().casefold()[:60]
        wait_s = max(
            self._tries_by_address.wait_s(address, now_s),
            self._tries_by_name.wait_s(known_as, now_s),
        )
        if wait_s > 0:
            raise ProblemError(
                "too-many-requests",
                "too many tries to sign in; wait before the next one",
                headers={"Retry-After": _whole(wait_s)},
            )
        with self._hashing:
            person = self.accounts.signed_by(name, password)
        who = "nobody" if person is None else f"person:{person.name}"
        self.note(request, who, "sign-in", known_as, outcome="done" if person else "refused")
        if person is None:
            return None
        self._tries_by_name.forget(known_as)
        return self.accounts.open_session(person.name, now_s=now_s)

    def local_ticket(self) -> str:
        """Return a word that signs whoever sees the server's terminal in, once, within minutes."""
        with self._lock:
            self._local = (secrets.token_urlsafe(32), self.clock() + _LOCAL_TICKET_S)
            return self._local[0]

    def sign_in_local(self, request: Request, word: str) -> str | None:
        """Return the ticket of an admin's session for the word of the terminal, or None."""
        now_s = self.clock()
        with self._lock:
            known = self._local
            fits = (
                known is not None
                and hmac.compare_digest(known[0].encode(), word.encode())
                and now_s < known[1]
            )
            if fits:
                self._local = None
        self.note(request, LOCAL, "sign-in", LOCAL, outcome="done" if fits else "refused")
        if not fits:
            return None
        return self.accounts.open_session(LOCAL, now_s=now_s, role=Role.ADMIN)

    def note(
        self,
        request: Request,
        who: str,
        deed: str,
        subject: str = "",
        *,
        outcome: str = "done",
        **change: str | float | None,
    ) -> None:
        """Write a deed into the log."""
        self.audit.add(
            AuditEntry(
                at_s=self.clock(),
                who=who,
                deed=deed,
                subject=subject,
                outcome=outcome,
                address=client_address(request),
                request_id=str(request.scope.get("request_id", "")),
                change=change,
            )
        )


def _whole(seconds: float) -> str:
    return str(max(1, int(seconds + 0.999)))


def _sent_key(request: Request) -> str | None:
    header = request.headers.get("authorization", "")
    scheme, _, text = header.partition(" ")
    if scheme.lower() == "bearer" and text:
        return text.strip()
    return request.headers.get("x-api-key")
