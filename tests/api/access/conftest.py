"""Accounts in a small store of their own, under a clock that the test moves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from ngbw.api.access import passwords
from ngbw.api.access.accounts import Accounts
from ngbw.api.access.audit import AUDIT_LOG, AuditLog
from ngbw.api.access.callers import Access
from ngbw.api.access.roles import Role
from ngbw.probes.store import open_store

PASSWORD = "copper kettle morning rain"  # noqa: S105 - of nobody
PEPPER = bytes(range(32))


@pytest.fixture(autouse=True)
def _cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Hash with the least effort: what is tested is who gets in, not how long it takes."""
    argon2 = pytest.importorskip("argon2", reason="needs the extra [web]")
    cheap = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    passwords._nobody.cache_clear()
    monkeypatch.setattr(passwords, "_hasher", lambda: cheap)
    yield
    passwords._nobody.cache_clear()


@dataclass
class Clock:
    """Unix time that a test moves."""

    now_s: float = 1_480_000_000.0

    def __call__(self) -> float:
        return self.now_s


@dataclass
class Door:
    """Access of a small district, with what is behind it."""

    access: Access
    clock: Clock = field(default_factory=Clock)

    def add(self, name: str, role: Role) -> None:
        """Let somebody sign in."""
        self.access.accounts.add_person(name, role, PASSWORD, now_s=self.clock())

    def key(self, role: Role, days: int = 10) -> str:
        """Return the text of a new key."""
        return self.access.accounts.add_key("test", role, now_s=self.clock(), days=days)[1]


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    """Yield access to a district without accounts."""
    store = open_store(tmp_path / "store")
    clock = Clock()
    accounts = Accounts(store.event_tables, PEPPER)
    yield Door(Access(accounts, AuditLog(store.events(AUDIT_LOG)), clock=clock), clock)
    store.close()
