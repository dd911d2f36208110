"""Changes happen whole or not at all, wherever they are cut short."""

from __future__ import annotations

import json
import multiprocessing
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ngbw.topology import history
from ngbw.topology.errors import MissingError, SurroundingsError, UsageError
from ngbw.topology.history import KEEP, commit, list_changes, recover, undo

OLD = {"sites.csv": b"old sites", "cells.csv": b"old cells"}
NEW: dict[str, bytes | None] = {
    "sites.csv": b"new sites", "cells.csv": None, "links.csv": b"new links",
}  # fmt: skip
STEPS = ("_make", "_write", "_rename", "_remove", "_remove_tree", "_sync_directory")


class Killed(BaseException):
    """The process dies here: nothing may catch this."""


def files(directory: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in directory.iterdir() if p.is_file()}


def after(changes: dict[str, bytes | None], before: dict[str, bytes]) -> dict[str, bytes]:
    merged: dict[str, bytes | None] = {**before, **changes}
    return {name: content for name, content in merged.items() if content is not None}


def project(directory: Path) -> Path:
    directory.mkdir(exist_ok=True)
    for name, content in OLD.items():
        (directory / name).write_bytes(content)
    return directory


def fail_at(
    monkeypatch: pytest.MonkeyPatch, number: int, error: BaseException, *, half: bool = False
) -> list[str]:
    """Let the step of that number raise, before it acts or (``half``) in the middle of it."""
    seen: list[str] = []

    def wrap(name: str) -> Any:
        real = getattr(history, name)

        def step(*args: Any) -> Any:
            seen.append(name)
            if len(seen) - 1 == number:
                if half and name == "_write":
                    args[0].write_bytes(args[1][: len(args[1]) // 2])
                elif half:
                    real(*args)
                raise error
            return real(*args)

        return step

    for name in STEPS:
        monkeypatch.setattr(history, name, wrap(name))
    return seen


def count_steps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, action: Any) -> int:
    with monkeypatch.context() as patch:
        seen = fail_at(patch, -1, Killed())
        action(tmp_path)
    return len(seen)


def test_a_change_writes_new_files_and_removes_named_ones(tmp_path: Path) -> None:
    root = project(tmp_path / "p")
    assert commit(root, NEW, "import", now=datetime(2026, 1, 2, tzinfo=UTC)) == 1
    assert files(root) == {"sites.csv": b"new sites", "links.csv": b"new links"}
    (change,) = list_changes(root)
    assert change.when == "2026-01-02T00:00:00+00:00"
    assert change.files == ("sites.csv", "cells.csv", "links.csv")


@pytest.mark.parametrize("half", [False, True])
def test_a_change_killed_at_any_step_leaves_old_or_new(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, half: bool
) -> None:
    def change(root: Path) -> None:
        commit(root, NEW, "import")

    steps = count_steps(project(tmp_path / "count"), monkeypatch, change)
    assert steps > 15
    outcomes = set()
    for number in range(steps):
        root = project(tmp_path / f"{number}")
        with monkeypatch.context() as patch:
            fail_at(patch, number, Killed(), half=half)
            with pytest.raises(Killed):
                change(root)
        recover(root)
        found = files(root)
        assert found in (OLD, after(NEW, OLD)), number
        outcomes.add(len(found) and found == OLD)
        assert recover(root) == []
        # The project goes on as if nothing had happened.
        number_now = commit(root, {"x.csv": b"x"}, "next")
        assert list_changes(root)[0].number == number_now
        undo(root)
        assert files(root) == found
        if found != OLD:
            undo(root)
            assert files(root) == OLD
    assert outcomes == {True, False}


@pytest.mark.parametrize("half", [False, True])
def test_an_undo_killed_at_any_step_leaves_old_or_new(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, half: bool
) -> None:
    ready = project(tmp_path / "count")
    commit(ready, NEW, "import")
    steps = count_steps(ready, monkeypatch, undo)
    for number in range(steps):
        root = project(tmp_path / f"{number}")
        commit(root, NEW, "import")
        with monkeypatch.context() as patch:
            fail_at(patch, number, Killed(), half=half)
            with pytest.raises(Killed):
                undo(root)
        recover(root)
        assert files(root) in (OLD, after(NEW, OLD)), number
        if files(root) != OLD:
            undo(root)
        assert files(root) == OLD
        assert list_changes(root) == []


def test_a_recovery_killed_at_any_step_is_finished_by_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(root: Path) -> None:
        with monkeypatch.context() as patch:
            # Dies between the renames of the first and the second file.
            real, calls = history._rename, []

            def rename(old: Path, new: Path) -> None:
                if new.parent == root:
                    calls.append(new)
                    if len(calls) == 2:
                        raise Killed
                real(old, new)

            patch.setattr(history, "_rename", rename)
            with pytest.raises(Killed):
                commit(root, {"sites.csv": b"new", "cells.csv": b"new"}, "import")

    counted = project(tmp_path / "count")
    crash(counted)
    assert files(counted)["sites.csv"] != files(counted)["cells.csv"]
    steps = count_steps(counted, monkeypatch, recover)
    for number in range(steps):
        root = project(tmp_path / f"{number}")
        crash(root)
        with monkeypatch.context() as patch:
            fail_at(patch, number, Killed())
            with pytest.raises(Killed):
                recover(root)
        recover(root)
        assert files(root) == {"sites.csv": b"new", "cells.csv": b"new"}


def test_a_refusing_disk_at_any_step_leaves_the_old_files_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def change(root: Path) -> None:
        commit(root, NEW, "import")

    steps = count_steps(project(tmp_path / "count"), monkeypatch, change)
    for number in range(steps):
        root = project(tmp_path / f"{number}")
        with monkeypatch.context() as patch:
            fail_at(patch, number, OSError(28, "No space left on device"))
            said = None
            try:
                change(root)
            except SurroundingsError as error:
                said = str(error)
        assert files(root) == (after(NEW, OLD) if said is None else OLD), number
        assert said is None or "No space left" in said
        recover(root)
        assert files(root) in (OLD, after(NEW, OLD))


def test_repeated_undo_goes_further_back_until_nothing_is_left(tmp_path: Path) -> None:
    commit(tmp_path, {"a.csv": b"1"}, "first")
    commit(tmp_path, {"a.csv": b"2", "b.csv": b"2"}, "second")
    assert undo(tmp_path).reason == "second"
    assert files(tmp_path) == {"a.csv": b"1"}
    done = undo(tmp_path)
    assert done.removed == ("a.csv",)
    assert files(tmp_path) == {}
    with pytest.raises(MissingError, match="no change to take back"):
        undo(tmp_path)


def test_edits_made_since_the_change_are_kept_by_undo(tmp_path: Path) -> None:
    commit(tmp_path, {"a.csv": b"1"}, "first")
    (tmp_path / "a.csv").write_bytes(b"edited by hand")
    done = undo(tmp_path)
    assert [path.read_bytes() for path in done.kept] == [b"edited by hand"]
    assert not (tmp_path / "a.csv").exists()


def test_only_the_last_changes_are_kept(tmp_path: Path) -> None:
    for number in range(KEEP + 3):
        commit(tmp_path, {"a.csv": b"%d" % number}, f"change {number}")
    found = list_changes(tmp_path)
    assert len(found) == KEEP
    assert found[0].number == KEEP + 3
    assert not list((tmp_path / ".ngbw" / "history").glob("*.gone"))


def test_a_change_prepared_from_older_tables_is_refused(tmp_path: Path) -> None:
    commit(tmp_path, {"a.csv": b"1"}, "first")
    with pytest.raises(SurroundingsError, match="changed by somebody else"):
        commit(tmp_path, {"a.csv": b"2"}, "second", expected={"a.csv": "0" * 64})
    with pytest.raises(SurroundingsError, match="changed by somebody else"):
        commit(tmp_path, {"a.csv": b"2"}, "second", expected={"a.csv": None})
    assert files(tmp_path) == {"a.csv": b"1"}


@pytest.mark.parametrize("name", ["../a.csv", "a/b.csv", ".ngbw", "/etc/x", "", "..", "a\\b"])
def test_only_plain_file_names_can_be_written(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match="plain file name"):
        commit(tmp_path, {name: b""}, "bad")
    assert files(tmp_path) == {}


def test_nothing_is_written_when_there_is_nothing_to_recover(tmp_path: Path) -> None:
    assert recover(tmp_path) == []
    assert list(tmp_path.iterdir()) == []


def test_a_held_lock_is_waited_for_and_then_reported(tmp_path: Path) -> None:
    with (
        history.locked(tmp_path, 0.0),
        pytest.raises(SurroundingsError, match="another ngbw is changing"),
    ):
        commit(tmp_path, {"a.csv": b"1"}, "second", wait_s=0.0)
    assert commit(tmp_path, {"a.csv": b"1"}, "now free", wait_s=0.0) == 1


def test_threads_that_write_at_once_do_not_interleave(tmp_path: Path) -> None:
    def work(word: bytes) -> None:
        for _ in range(5):
            commit(tmp_path, {"a.csv": word, "b.csv": word}, "race")

    threads = [threading.Thread(target=work, args=(b"%d" % n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = files(tmp_path)
    assert found["a.csv"] == found["b.csv"]
    assert len(list_changes(tmp_path)) == 20


def _die_holding_the_lock(directory: str) -> None:
    import os

    with history.locked(Path(directory), 0.0):
        os._exit(9)


def test_the_lock_of_a_dead_process_is_free(tmp_path: Path) -> None:
    process = multiprocessing.get_context("spawn").Process(
        target=_die_holding_the_lock, args=(str(tmp_path),)
    )
    process.start()
    process.join()
    assert process.exitcode in (1, 9)
    assert commit(tmp_path, {"a.csv": b"1"}, "free", wait_s=0.0) == 1


def test_the_mode_of_a_file_survives_change_and_undo(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"1")
    path.chmod(0o640)
    commit(tmp_path, {"a.csv": b"2"}, "change")
    assert path.stat().st_mode & 0o777 == 0o640
    undo(tmp_path)
    assert path.stat().st_mode & 0o777 == 0o640


def test_copies_are_kept_out_of_git(tmp_path: Path) -> None:
    commit(tmp_path, {"a.csv": b"1"}, "change")
    assert (tmp_path / ".ngbw" / ".gitignore").read_text() == "*\n"
    journal = json.loads((tmp_path / ".ngbw" / "history" / "0001" / "journal.json").read_text())
    assert journal["reason"] == "change"
