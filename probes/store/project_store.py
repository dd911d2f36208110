"""A project's store: two SQLite files below ``.ngbw/store``, or a PostgreSQL database.

Samples and logs lie in files of their own, so that a large batch of samples never keeps an alarm
waiting for its turn.
"""

from __future__ import annotations

import threading
from pathlib import Path

from ...topology.errors import SurroundingsError
from .database import Database, PostgresDatabase, SqliteDatabase
from .event_log import EVENT_TABLES, EventLog, log_problems
from .retention import Retention
from .samples import SAMPLE_TABLES, Samples

__all__ = ["STORE_FORMAT", "ProjectStore", "is_server", "open_store", "store_directory"]

STORE_FORMAT = 1
"""Layout of the tables that this release reads and writes."""

_FORMAT_TABLE = (
    "CREATE TABLE IF NOT EXISTS ngbw_store (name TEXT PRIMARY KEY, value {integer} NOT NULL)"
)


def is_server(place: str | Path) -> bool:
    """Return whether a place is a PostgreSQL URL."""
    return isinstance(place, str) and place.startswith(("postgresql://", "postgres://"))


def store_directory(project: Path) -> Path:
    """Return where the embedded store of a project lies."""
    return project / ".ngbw" / "store"


class ProjectStore:
    """Samples and logs behind one pair of databases."""

    def __init__(self, samples: Database, events: Database, retention: Retention) -> None:
        self.sample_tables = samples
        self.event_tables = events
        self.samples = Samples(samples, retention)
        self._logs: dict[str, EventLog] = {}
        self._lock = threading.Lock()
        for database in (samples, events):
            _check_format(database)

    def events(self, log: str, /) -> EventLog:
        """Return a log by its name; made when it is new."""
        with self._lock:
            if log not in self._logs:
                self._logs[log] = EventLog(self.event_tables, log)
            return self._logs[log]

    def logs(self) -> tuple[str, ...]:
        """Return the names of the logs that hold events."""
        rows = self.event_tables.read("SELECT DISTINCT log FROM ngbw_event ORDER BY log")
        return tuple(str(name) for (name,) in rows)

    def check(self) -> list[str]:
        """Return what is wrong with what is kept, a sentence each; none when all is well."""
        damage = self.sample_tables.damage() + self.event_tables.damage()
        return damage or self.samples.problems() + log_problems(self.event_tables)

    def size_bytes(self) -> int:
        """Return how much room everything takes."""
        return self.sample_tables.size_bytes() + self.event_tables.size_bytes()

    def close(self) -> None:
        """Give back files and connections."""
        self.sample_tables.close()
        self.event_tables.close()


def _check_format(database: Database) -> None:
    with database.writing("ngbw tables") as writer:
        writer.run(
            "INSERT INTO ngbw_store (name, value) VALUES ('format', ?) ON CONFLICT DO NOTHING",
            (STORE_FORMAT,),
        )
        (found,) = writer.run("SELECT value FROM ngbw_store WHERE name = 'format'")
    if int(found[0]) > STORE_FORMAT:
        raise SurroundingsError(
            f"the store {database.place} has format {found[0]}, this release reads up to "
            f"{STORE_FORMAT}; install a newer ngbw"
        )


def _opened(place: str | Path, name: str, tables: tuple[str, ...], *, durable: bool) -> Database:
    if is_server(place):
        return PostgresDatabase(str(place), (_FORMAT_TABLE, *tables), durable=durable)
    path = Path(place) / f"{name}.sqlite"
    return SqliteDatabase(path, (_FORMAT_TABLE, *tables), durable=durable)


def open_store(
    place: str | Path, *, retention: Retention | None = None, make: bool = True
) -> ProjectStore:
    """Open a store.

    Parameters
    ----------
    place
        A directory for the two SQLite files, or a URL ``postgresql://...``.
    retention
        How long samples are kept; the proposal of :class:`.Retention` when None.
    make
        Whether a directory without a store gets one.

    Raises
    ------
    SurroundingsError
        The place cannot be used, there is no store and none is to be made, or it is newer than
        this release.
    MissingExtraError
        PostgreSQL needs the extra ``postgres``.
    """
    if not is_server(place) and not make and not (Path(place) / "events.sqlite").is_file():
        raise SurroundingsError(
            f"{place} holds no store yet; ngbw probe run and ngbw import PROJECT samples make one"
        )
    samples = _opened(place, "samples", SAMPLE_TABLES, durable=False)
    try:
        events = _opened(place, "events", EVENT_TABLES, durable=True)
    except BaseException:
        samples.close()
        raise
    try:
        return ProjectStore(samples, events, retention or Retention())
    except BaseException:
        samples.close()
        events.close()
        raise
