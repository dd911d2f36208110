"""Changes to a project's files, whole or not at all, with a way back.

Every change has a numbered directory in ``.ngbw/history`` of the project::

    0007/before/sites.csv    what the file held before (nothing, if it did not exist)
    0007/after/sites.csv     what it will hold; moved away when it takes effect
    0007/journal.json        reason, time and files; the change is decided once this exists
    0007/done                the change is complete
    0007/undo.json           the change is being taken back

A change is prepared under its number, decided by renaming the journal into place, and carried out
by renaming each file; every step is on the disk before the next begins. Whoever opens the project
after a crash (:func:`recover`) drops a change that was not decided and carries out one that was,
so that a reader who opens the project finds the old tables or the new ones, never some of each.

A lock keeps two processes from interleaving. The operating system releases it when its holder dies.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
import shutil
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from .errors import MissingError, SurroundingsError, UsageError

__all__ = ["KEEP", "Change", "Undone", "commit", "list_changes", "locked", "recover", "undo"]

KEEP = 50
"""How many changes can be taken back."""

_HOME = ".ngbw"
_LOCK_WAIT_S = 10.0
_LOCK_POLL_S = 0.05


@dataclass(frozen=True, slots=True)
class Change:
    """A change that was made and can be taken back.

    Attributes
    ----------
    number
        Counts up.
    reason
        What was done, for people.
    when
        ISO 8601 in UTC.
    files
        Names of the files it touched.
    """

    number: int
    reason: str
    when: str
    files: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Undone:
    """What taking back a change did.

    Attributes
    ----------
    restored
        Files that hold again what they held before.
    removed
        Files that are gone because they did not exist before.
    kept
        Copies of files that somebody had edited since the change; their edits are not lost.
    """

    number: int
    reason: str
    restored: tuple[str, ...]
    removed: tuple[str, ...]
    kept: tuple[Path, ...]


# ------------------------------------------------------------------ single steps on the disk


def _sync_directory(path: Path) -> None:
    """Put the names in a directory on the disk; Windows does so by itself."""
    if sys.platform == "win32":
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _make(path: Path) -> None:
    path.mkdir()
    _sync_directory(path.parent)


def _write(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _rename(old: Path, new: Path) -> None:
    old.replace(new)
    _sync_directory(new.parent)


def _remove(path: Path) -> None:
    path.unlink(missing_ok=True)
    _sync_directory(path.parent)


def _remove_tree(path: Path) -> None:
    """Remove a numbered directory; its name goes first, so that half of it is never read."""
    if path.suffix != ".gone":
        gone = path.with_suffix(".gone")
        if gone.exists():
            shutil.rmtree(gone)
        _rename(path, gone)
        path = gone
    shutil.rmtree(path)


def _decide(path: Path, facts: Mapping[str, Any]) -> None:
    """Write a file that is either wholly there or not."""
    draft = path.with_suffix(".draft")
    _write(draft, json.dumps(facts, ensure_ascii=False, indent=1).encode())
    _rename(draft, path)


# ------------------------------------------------------------------ the lock


if sys.platform == "win32":
    import msvcrt

    def _try_lock(file: IO[bytes]) -> bool:
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _try_lock(file: IO[bytes]) -> bool:
        try:
            fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno in (errno.EAGAIN, errno.EACCES):
                return False
            raise
        return True


@contextmanager
def locked(directory: Path, wait_s: float = _LOCK_WAIT_S) -> Iterator[None]:
    """Keep other processes from changing the project while the block runs."""
    home = directory / _HOME
    try:
        if not home.exists():
            home.mkdir(exist_ok=True)
            (home / ".gitignore").write_bytes(b"*\n")  # copies of tables do not belong in git
        lock = (home / "lock").open("ab")
    except OSError as error:
        way_out = (
            "free some space"
            if error.errno == errno.ENOSPC
            else "give yourself the right to write there or copy the project"
        )
        raise SurroundingsError(
            f"{directory} cannot be written ({error.strerror}); {way_out}"
        ) from None
    with lock:
        end = time.monotonic() + wait_s
        while not _try_lock(lock):
            if time.monotonic() >= end:
                raise SurroundingsError(
                    f"another ngbw is changing {directory}; try again when it has finished"
                )
            time.sleep(_LOCK_POLL_S)
        yield  # closing the file gives the lock back


# ------------------------------------------------------------------ one numbered change


def _history(directory: Path) -> Path:
    return directory / _HOME / "history"


def _entries(directory: Path) -> list[Path]:
    """Return the numbered directories, oldest first."""
    try:
        found = list(_history(directory).iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return []
    numbered = (path for path in found if re.fullmatch(r"\d{4,9}", path.name))
    return sorted(numbered, key=lambda path: int(path.name))


def _digest(path: Path) -> str | None:
    """Return the SHA-256 of a file, None when there is none."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except FileNotFoundError:
        return None


def _facts(path: Path) -> dict[str, Any]:
    facts: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return facts


def _carry_out(directory: Path, entry: Path) -> None:
    """Make a decided change; may be called again after it was cut short anywhere."""
    for name, digests in _facts(entry / "journal.json")["files"].items():
        staged, target = entry / "after" / name, directory / name
        if digests["after"] is None:
            _remove(target)
        elif staged.exists():
            if target.exists():
                shutil.copymode(target, staged)
            _rename(staged, target)
    _write(entry / "done", b"")
    _sync_directory(entry)


def _take_back(directory: Path, entry: Path) -> None:
    """Restore what a change replaced and forget it; may be called again like :func:`_carry_out`."""
    for name, digests in _facts(entry / "journal.json")["files"].items():
        target = directory / name
        if digests["before"] is None:
            _remove(target)
        elif _digest(target) != digests["before"]:
            staged = entry / "back"
            _write(staged, (entry / "before" / name).read_bytes())
            shutil.copymode(entry / "before" / name, staged)
            _rename(staged, target)
    _remove_tree(entry)


def _unfinished(entry: Path) -> bool:
    return not (entry / "done").exists() or (entry / "undo.json").exists()


def _finish(directory: Path, entry: Path) -> None:
    if (entry / "undo.json").exists():
        _take_back(directory, entry)
    elif (entry / "journal.json").exists():
        _carry_out(directory, entry)
    else:
        _remove_tree(entry)


def recover(directory: str | Path, *, wait_s: float = _LOCK_WAIT_S) -> list[str]:
    """Finish or drop every change that was cut short.

    Costs one directory listing when there is nothing to do, and then writes nothing.

    Returns
    -------
    list of str
        What was done, one sentence per change.

    Raises
    ------
    SurroundingsError
        The disk refuses, or another process holds the project for longer than ``wait_s``.
    """
    root = Path(directory)
    if not any(_unfinished(entry) for entry in _entries(root)):
        return []
    said = []
    with locked(root, wait_s):
        # Whoever held the lock may have finished meanwhile, so the list is made again.
        for entry in [entry for entry in _entries(root) if _unfinished(entry)]:
            decided = (entry / "journal.json").exists()
            back = (entry / "undo.json").exists()
            try:
                if decided:
                    # Somebody may have edited a table between the crash and now.
                    _keep_edits(root, entry, _facts(entry / "journal.json")["files"])
                _finish(root, entry)
            except OSError as error:
                raise SurroundingsError(
                    f"change {entry.name} of {root} was cut short and cannot be finished "
                    f"({error}); free the disk or the file and open the project again"
                ) from error
            what = "taken back" if back or not decided else "finished"
            said.append(f"change {entry.name} was cut short and has been {what}")
    return said


# ------------------------------------------------------------------ what others call


def _check_names(names: Mapping[str, object]) -> None:
    for name in names:
        if Path(name).name != name or name.startswith(".") or "\\" in name or not name:
            raise UsageError(
                f"{name!r} is not a file of the project; give a plain file name without folders"
            )
    if not names:
        raise UsageError("a change without files changes nothing; name at least one file")


def commit(
    directory: str | Path,
    changes: Mapping[str, bytes | None],
    reason: str,
    *,
    expected: Mapping[str, str | None] | None = None,
    now: datetime | None = None,
    wait_s: float = _LOCK_WAIT_S,
) -> int:
    """Write several files of a project, all of them or none.

    Parameters
    ----------
    changes
        File name to its new content; None removes the file.
    reason
        What is done, for people.
    expected
        File name to the SHA-256 it must still have (None: must not exist), so that a change that
        was prepared from older tables does not overwrite newer ones.
    now
        Time of the change; the clock's when left out.
    wait_s
        How long to wait for another process.

    Returns
    -------
    int
        Number of the change.

    Raises
    ------
    SurroundingsError
        The disk is full, a file is held open by another program, another process holds the
        project, or the tables changed since they were read. The files are as they were.
    """
    root = Path(directory)
    _check_names(changes)
    recover(root, wait_s=wait_s)
    with locked(root, wait_s):
        for name, digest in (expected or {}).items():
            if _digest(root / name) != digest:
                raise SurroundingsError(
                    f"{root / name} was changed by somebody else since it was read; "
                    "look at it and repeat the command"
                )
        entries = _entries(root)
        number = int(entries[-1].name) + 1 if entries else 1
        entry = _history(root) / f"{number:04d}"
        try:
            _prepare(root, entry, changes, reason, now or datetime.now(UTC))
        except OSError as error:
            _give_up(entry)
            raise SurroundingsError(
                f"{root} cannot be changed ({error}); nothing was written"
            ) from error
        try:
            _carry_out(root, entry)
        except OSError as error:
            _return_to_old(root, entry)
            raise SurroundingsError(
                f"{root} cannot be changed ({error}); everything is as it was. If a table is "
                "open in another program, close it there"
            ) from error
        _forget(root)
    return number


def _prepare(
    root: Path, entry: Path, changes: Mapping[str, bytes | None], reason: str, now: datetime
) -> None:
    """Lay down the old and the new content, then decide."""
    if not entry.parent.exists():
        _make(entry.parent)
    for folder in (entry, entry / "before", entry / "after"):
        _make(folder)
    files: dict[str, dict[str, str | None]] = {}
    for name, content in changes.items():
        before: str | None = None
        if (root / name).exists():
            old = (root / name).read_bytes()
            _write(entry / "before" / name, old)
            shutil.copymode(root / name, entry / "before" / name)
            before = hashlib.sha256(old).hexdigest()
        after: str | None = None
        if content is not None:
            _write(entry / "after" / name, content)
            after = hashlib.sha256(content).hexdigest()
        files[name] = {"before": before, "after": after}
    _sync_directory(entry / "before")
    _sync_directory(entry / "after")
    when = now.astimezone(UTC).isoformat(timespec="seconds")
    _decide(entry / "journal.json", {"reason": reason, "when": when, "files": files})


def _give_up(entry: Path) -> None:
    """Drop a change that was not decided; what cannot be removed now is dropped by recover."""
    with suppress(OSError):
        if entry.exists():
            _remove_tree(entry)


def _return_to_old(root: Path, entry: Path) -> None:
    try:
        _decide(entry / "undo.json", {})
        _take_back(root, entry)
    except OSError as error:
        raise SurroundingsError(
            f"{root} could be changed only in part ({error}); free the disk or the file and open "
            "the project again, which will put it right"
        ) from error


def _forget(root: Path) -> None:
    """Remove the oldest changes beyond ``KEEP`` and what an earlier removal left."""
    # The change itself is done; what the disk refuses here is tried again after the next one.
    with suppress(OSError):
        for entry in _entries(root)[:-KEEP]:
            _remove_tree(entry)
        for left in _history(root).glob("*.gone"):
            shutil.rmtree(left)


def list_changes(directory: str | Path) -> list[Change]:
    """List the changes that can be taken back, newest first."""
    changes = []
    for entry in reversed(_entries(Path(directory))):
        if _unfinished(entry):
            continue
        facts = _facts(entry / "journal.json")
        changes.append(
            Change(int(entry.name), facts["reason"], facts["when"], tuple(facts["files"]))
        )
    return changes


def undo(directory: str | Path, *, wait_s: float = _LOCK_WAIT_S) -> Undone:
    """Take back the last change; called again, the one before it.

    A file that was edited by hand after the change is copied to ``.ngbw/kept`` first.

    Raises
    ------
    MissingError
        There is no change to take back.
    SurroundingsError
        The disk refuses; the project is whole again after it is next opened.
    """
    root = Path(directory)
    recover(root, wait_s=wait_s)
    with locked(root, wait_s):
        entries = _entries(root)
        if not entries:
            raise MissingError(
                f"{root} has no change to take back; only changes made by ngbw are remembered, "
                f"the last {KEEP} of them"
            )
        entry = entries[-1]
        facts = _facts(entry / "journal.json")
        try:
            kept = _keep_edits(root, entry, facts["files"])
            _decide(entry / "undo.json", {})
            _take_back(root, entry)
        except OSError as error:
            raise SurroundingsError(
                f"change {entry.name} of {root} cannot be taken back now ({error}); if a table is "
                "open in another program, close it there and repeat ngbw undo"
            ) from error
    return Undone(
        int(entry.name),
        facts["reason"],
        tuple(name for name, digests in facts["files"].items() if digests["before"]),
        tuple(name for name, digests in facts["files"].items() if not digests["before"]),
        kept,
    )


def _keep_edits(
    root: Path, entry: Path, files: Mapping[str, Mapping[str, str | None]]
) -> tuple[Path, ...]:
    kept = []
    for name, digests in files.items():
        found = _digest(root / name)
        if found is None or found in (digests["after"], digests["before"]):
            continue
        home = root / _HOME / "kept"
        if not home.exists():
            _make(home)
        copy = home / f"{entry.name}-{found[:8]}-{name}"
        _write(copy, (root / name).read_bytes())
        kept.append(copy)
    return tuple(kept)
