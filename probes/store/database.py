"""One way to speak SQL to an embedded SQLite file and to a PostgreSQL server.

Statements are written with ``?`` and in what both understand. A :class:`Database` has one writer
and one reader, each behind a lock, so that threads may share it; other processes may read and
write beside it. What SQLite or the server refuses is raised as SurroundingsError.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Protocol

from ...topology.errors import MissingExtraError, SurroundingsError

__all__ = ["Database", "PostgresDatabase", "SqliteDatabase", "Writer"]

Row = tuple[Any, ...]
_BUSY_MS = 20_000


class Writer(Protocol):
    """What one transaction may do."""

    def run(self, statement: str, values: Sequence[Any] = ()) -> list[Row]:
        """Run a statement and return its rows."""
        ...

    def run_many(self, statement: str, rows: Iterable[Sequence[Any]]) -> None:
        """Run a statement for each row."""
        ...


class Database(Protocol):
    """Tables somewhere."""

    place: str

    def read(self, statement: str, values: Sequence[Any] = ()) -> list[Row]:
        """Return the rows of a query."""
        ...

    @contextmanager
    def writing(self, turn: str = "") -> Iterator[Writer]:
        """Make everything in the block one transaction; it holds when the block has ended.

        Writers that name the same turn wait for each other.
        """
        ...

    def damage(self) -> list[str]:
        """Return what the engine itself finds wrong with its files."""
        ...

    def size_bytes(self) -> int:
        """Return how much room the tables take."""
        ...

    def tidy(self) -> None:
        """Give back room that nothing uses any more."""
        ...

    def close(self) -> None:
        """Give back files and connections."""
        ...


class DamagedStoreError(SurroundingsError):
    """A file of the store is broken; a poller goes on without it, a verb ends with bad input."""

    exit_code = 3


_DAMAGE = ("malformed", "not a database")


def _refused(place: str, error: BaseException) -> SurroundingsError:
    text = " ".join(str(error).split())
    if any(words in text for words in _DAMAGE):
        return DamagedStoreError(
            f"the store {place} refuses: {text}; it is damaged: move it away and bring a backup "
            "back, ngbw store restore PROJECT DIRECTORY"
        )
    return SurroundingsError(
        f"the store {place} refuses: {text}; see that you may write there and the disk has room, "
        "or start the server, then try again"
    )


class _SqliteWriter:
    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def run(self, statement: str, values: Sequence[Any] = ()) -> list[Row]:
        return self._connection.execute(statement, values).fetchall()

    def run_many(self, statement: str, rows: Iterable[Sequence[Any]]) -> None:
        self._connection.executemany(statement, rows)


class SqliteDatabase:
    """A SQLite file in WAL mode.

    Parameters
    ----------
    path
        The file; made when it is not there.
    tables
        Statements that make the tables.
    durable
        Whether a transaction is on the disk when it has ended (``synchronous=FULL``), or soon
        after (``NORMAL``: a crash of the program loses nothing, a loss of power the last second).
    """

    def __init__(self, path: Path, tables: Sequence[str], *, durable: bool) -> None:
        self.place = str(path)
        self._path = path
        self._lock = threading.Lock()
        self._read_lock = threading.Lock()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._writer = self._open(durable)
            for statement in tables:
                self._writer.execute(statement.format(integer="INTEGER", blob="BLOB", real="REAL"))
            self._reader = self._open(durable)
            self._reader.execute("PRAGMA query_only=ON")
        except (sqlite3.Error, OSError) as error:
            raise _refused(self.place, error) from None

    def _open(self, durable: bool) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self._path, timeout=_BUSY_MS / 1000, isolation_level=None, check_same_thread=False
        )
        connection.execute("PRAGMA auto_vacuum=INCREMENTAL")
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute(f"PRAGMA synchronous={'FULL' if durable else 'NORMAL'}")
        return connection

    def read(self, statement: str, values: Sequence[Any] = ()) -> list[Row]:
        """Return the rows of a query."""
        with self._read_lock:
            try:
                return self._reader.execute(statement, values).fetchall()
            except sqlite3.Error as error:
                raise _refused(self.place, error) from None

    @contextmanager
    def writing(self, turn: str = "") -> Iterator[Writer]:
        """Make everything in the block one transaction; SQLite has one writer at a time."""
        del turn
        with self._lock:
            try:
                self._writer.execute("BEGIN IMMEDIATE")
                yield _SqliteWriter(self._writer)
                self._writer.execute("COMMIT")
            except sqlite3.Error as error:
                self._roll_back()
                raise _refused(self.place, error) from None
            except BaseException:
                self._roll_back()
                raise

    def _roll_back(self) -> None:
        with suppress(sqlite3.Error):  # a full disk has rolled back by itself
            self._writer.execute("ROLLBACK")

    def damage(self) -> list[str]:
        """Return what SQLite's own check finds."""
        found = [str(row[0]) for row in self.read("PRAGMA integrity_check(20)")]
        return [] if found == ["ok"] else [f"{self.place}: {line}" for line in found]

    def size_bytes(self) -> int:
        """Return the size of the file with its log."""
        beside = (self._path, self._path.with_name(self._path.name + "-wal"))
        return sum(path.stat().st_size for path in beside if path.exists())

    def tidy(self) -> None:
        """Give unused pages back to the file system and empty the log."""
        with self._lock:
            try:
                self._writer.execute("PRAGMA incremental_vacuum").fetchall()
                self._writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            except sqlite3.Error as error:
                raise _refused(self.place, error) from None

    def copy_to(self, path: Path) -> None:
        """Copy the whole file as it is at this moment, while others write."""
        target = sqlite3.connect(path)
        try:
            with self._read_lock:
                self._reader.backup(target)
            target.execute("PRAGMA journal_mode=DELETE")
        except sqlite3.Error as error:
            raise _refused(str(path), error) from None
        finally:
            target.close()

    def close(self) -> None:
        """Close the file; its log is worked in."""
        for connection in (self._reader, self._writer):
            connection.close()


class _PostgresWriter:
    def __init__(self, cursor: Any) -> None:
        self._cursor = cursor

    def run(self, statement: str, values: Sequence[Any] = ()) -> list[Row]:
        self._cursor.execute(statement.replace("?", "%s"), values)
        rows: list[Row] = self._cursor.fetchall() if self._cursor.description else []
        return rows

    def run_many(self, statement: str, rows: Iterable[Sequence[Any]]) -> None:
        self._cursor.executemany(statement.replace("?", "%s"), rows)


class PostgresDatabase:
    """Tables on a PostgreSQL server.

    A connection that was lost is made again at the next use; the transaction that it cut short is
    raised as an error.
    """

    def __init__(self, url: str, tables: Sequence[str], *, durable: bool) -> None:
        try:
            import psycopg
        except ImportError:
            raise MissingExtraError("a store on PostgreSQL", "postgres") from None
        self._psycopg = psycopg
        self._url = url
        self._durable = durable
        self.place = "on the PostgreSQL server"  # the URL may hold a password
        self._lock = threading.Lock()
        self._read_lock = threading.Lock()
        self._connections: dict[str, Any] = {}
        with self.writing("ngbw tables") as writer:
            for statement in tables:
                if not statement.startswith("CREATE TRIGGER"):
                    writer.run(
                        statement.format(
                            integer="BIGINT", blob="BYTEA", real="DOUBLE PRECISION"
                        ).replace(" WITHOUT ROWID", "")
                    )

    def _connection(self, role: str) -> Any:
        connection = self._connections.get(role)
        if connection is None or connection.closed or connection.broken:
            connection = self._psycopg.connect(self._url, autocommit=True, connect_timeout=10)
            # A quick commit may lose the last moment of samples when the server's power fails.
            level = "on" if self._durable else "off"
            connection.execute(f"SET synchronous_commit TO {level}")
            connection.execute("SET client_min_messages TO warning")
            self._connections[role] = connection
        return connection

    def read(self, statement: str, values: Sequence[Any] = ()) -> list[Row]:
        """Return the rows of a query."""
        with self._read_lock:
            try:
                cursor = self._connection("reader").execute(statement.replace("?", "%s"), values)
                rows: list[Row] = cursor.fetchall()
                return rows
            except self._psycopg.Error as error:
                raise _refused(self.place, error) from None

    @contextmanager
    def writing(self, turn: str = "") -> Iterator[Writer]:
        """Make everything in the block one transaction; writers of the same turn wait."""
        with self._lock:
            try:
                connection = self._connection("writer")
                with connection.transaction(), connection.cursor() as cursor:
                    if turn:
                        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", (turn,))
                    yield _PostgresWriter(cursor)
            except self._psycopg.Error as error:
                raise _refused(self.place, error) from None

    def damage(self) -> list[str]:
        """Return nothing: the server checks its own pages when it reads them."""
        return []

    def size_bytes(self) -> int:
        """Return how much room the tables and their indexes take."""
        rows = self.read(
            "SELECT coalesce(sum(pg_total_relation_size(c.oid)), 0) FROM pg_class c "
            "JOIN pg_namespace n ON n.oid = c.relnamespace "
            "WHERE n.nspname = current_schema() AND c.relkind = 'r' AND left(c.relname, 5) = 'ngbw_'"
        )
        return int(rows[0][0])

    def tidy(self) -> None:
        """Leave it to the server's own vacuum."""

    def close(self) -> None:
        """Close the connections."""
        for connection in self._connections.values():
            connection.close()
        self._connections.clear()
