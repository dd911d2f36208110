"""The accounts of a project, opened from its store."""

from __future__ import annotations

from ...topology.project import Project
from ..store_place import project_store
from .accounts import Accounts, project_pepper
from .audit import AUDIT_LOG, AuditLog
from .callers import Access
from .roles import Role

__all__ = ["open_access", "open_accounts"]


def open_accounts(project: Project) -> tuple[Accounts, AuditLog]:
    """Return the accounts of a project and its log of deeds.

    Raises
    ------
    SurroundingsError
        The store or the pepper cannot be opened.
    """
    store = project_store(project)
    accounts = Accounts(store.event_tables, project_pepper(project.directory))
    return accounts, AuditLog(store.events(AUDIT_LOG))


def open_access(project: Project, *, open_to: Role | None = Role.VIEWER) -> Access:
    """Return who may do what on a project's server."""
    accounts, audit = open_accounts(project)
    return Access(accounts, audit, open_to=open_to)
