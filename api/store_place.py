"""Where the store of a project is kept: beside its tables, or on the server that is named."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from ..topology.errors import UsageError

if TYPE_CHECKING:
    from ..probes.store import ProjectStore
    from ..topology.project import Project

__all__ = ["STORE_URL", "has_store", "project_store", "store_place"]

STORE_URL = "NGBW_STORE_URL"
"""Environment variable with the URL of a PostgreSQL database; it may hold a password."""


def store_place(project: Path) -> str | Path:
    """Return the directory or the URL of a project's store.

    Raises
    ------
    UsageError
        The variable holds something else than a PostgreSQL URL.
    """
    from ..probes.store import is_server, store_directory

    url = os.environ.get(STORE_URL, "")
    if not url:
        return store_directory(project)
    if not is_server(url):
        raise UsageError(f"{STORE_URL} is not a PostgreSQL URL; write postgresql://HOST/DATABASE")
    return url


def has_store(project: Path) -> bool:
    """Tell whether a project has a store already; a server that is named counts as one."""
    place = store_place(project)
    return isinstance(place, str) or (place / "events.sqlite").is_file()


def project_store(project: Project, *, make: bool = True) -> ProjectStore:
    """Open the store of a project, with the retention that its settings give."""
    from ..probes.store import open_store, retention_of

    retention = retention_of(project.settings.store)
    return open_store(store_place(project.directory), retention=retention, make=make)
