"""Copies of a store: backups while it is in use, restores, and the move to a server.

A backup is a directory with the two SQLite files, whatever the store is kept in. It is made under
another name, checked, and renamed: what carries the name is whole.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from ...topology.errors import FileError, SurroundingsError, UsageError
from .database import Database, SqliteDatabase
from .project_store import ProjectStore, open_store

__all__ = ["back_up", "restore", "transfer"]

_TABLES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    # Table: its key, its other columns. While a server's tables are copied one after the other,
    # they grow: what points comes before what it points at, so that nothing points at nothing.
    "ngbw_cycle": (
        ("device", "at_ms"),
        ("layout", "clock_ms", "uptime_ms", "source", "present", "body"),
    ),
    "ngbw_chunk": (("device", "hour_s", "layout"), ("samples", "last", "body")),
    "ngbw_rollup": (("tier", "device", "start_s", "layout"), ("body",)),
    "ngbw_layout": (("id",), ("device", "digest", "series")),
    "ngbw_device": (("id",), ("name",)),
    "ngbw_reader": (("log", "reader"), ("seq",)),
    "ngbw_event": (("log", "seq"), ("at_s", "body", "chain")),
}
_EVENTS = ("ngbw_event", "ngbw_reader")
_FILES = ("samples.sqlite", "events.sqlite")
_ROWS_AT_ONCE = 200


def _pages(database: Database, table: str) -> Iterator[list[tuple[Any, ...]]]:
    """Yield the rows of a table in the order of its key."""
    key, others = _TABLES[table]
    names, order = ", ".join((*key, *others)), ", ".join(key)
    marks = ", ".join("?" * len(key))
    after: Sequence[Any] | None = None
    while True:
        where = "" if after is None else f"WHERE ({order}) > ({marks}) "
        rows = database.read(
            f"SELECT {names} FROM {table} {where}ORDER BY {order} LIMIT {_ROWS_AT_ONCE}",  # noqa: S608
            after or (),
        )
        if not rows:
            return
        yield rows
        after = rows[-1][: len(key)]


def transfer(source: ProjectStore, target: ProjectStore) -> int:
    """Copy everything into an empty store, on either engine, and return how many rows there were.

    Raises
    ------
    UsageError
        The target holds something already.
    """
    for table in _TABLES:
        tables = target.event_tables if table in _EVENTS else target.sample_tables
        if tables.read(f"SELECT 1 FROM {table} LIMIT 1"):  # noqa: S608
            raise UsageError(
                f"the store {tables.place} holds something already; copy into an empty one"
            )
    count = 0
    for table, (key, others) in _TABLES.items():
        of_events = table in _EVENTS
        columns = (*key, *others)
        into = target.event_tables if of_events else target.sample_tables
        statement = (
            f"INSERT INTO {table} ({', '.join(columns)}) "  # noqa: S608
            f"VALUES ({', '.join('?' * len(columns))})"
        )
        for rows in _pages(source.event_tables if of_events else source.sample_tables, table):
            with into.writing("ngbw transfer") as writer:
                writer.run_many(statement, rows)
            count += len(rows)
    return count


def back_up(store: ProjectStore, directory: Path) -> int:
    """Write a backup and return its size in bytes; the store may be in use meanwhile.

    Raises
    ------
    UsageError
        Something has that name already.
    FileError
        The copy is damaged, because the store is: ``ngbw store check`` says where.
    """
    if directory.exists():
        raise UsageError(f"{directory} is there already; give the backup a name of its own")
    draft = directory.with_name(f".{directory.name}.part")
    try:
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(parents=True)
        pair = (store.sample_tables, store.event_tables)
        if all(isinstance(one, SqliteDatabase) for one in pair):
            for one, name in zip(pair, ("samples", "events"), strict=True):
                assert isinstance(one, SqliteDatabase)  # noqa: S101  # for the type
                one.copy_to(draft / f"{name}.sqlite")
        else:
            copy = open_store(draft)
            transfer(store, copy)
            copy.close()
        copy = open_store(draft)
        try:
            problems = copy.check()
            size = copy.size_bytes()
        finally:
            copy.close()
        if problems:
            raise FileError(f"the backup would be damaged: {problems[0]}; run ngbw store check")
        draft.replace(directory)
    except OSError as error:
        raise SurroundingsError(
            f"{directory} cannot be written ({error}); free some space or give another place"
        ) from None
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return size


def restore(backup: Path, target: ProjectStore) -> int:
    """Bring a backup into an empty store and return how many rows it held.

    Raises
    ------
    SurroundingsError
        There is no backup there.
    FileError
        The backup is damaged.
    UsageError
        The store is not empty.
    """
    missing = [name for name in _FILES if not (backup / name).is_file()]
    if len(missing) == len(_FILES):
        raise SurroundingsError(
            f"{backup} is no backup of a store; name the directory that was made"
        )
    if missing:
        raise FileError(f"the backup {backup} is not whole: {missing[0]} is gone; take another")
    with tempfile.TemporaryDirectory(prefix="ngbw-restore-") as beside:
        # A store that is opened is written to, and a backup may be all that somebody has.
        for name in _FILES:
            shutil.copyfile(backup / name, Path(beside) / name)
        source = open_store(beside, make=False)
        try:
            problems = source.check()
            if problems:
                raise FileError(f"the backup {backup} is damaged: {problems[0]}")
            return transfer(source, target)
        finally:
            source.close()
