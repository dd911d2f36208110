"""A project of an older format becomes a new one, and can go back."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from ngbw.topology.errors import FileError, MissingError, SettingError
from ngbw.topology.history import undo
from ngbw.topology.migrate import STEPS, migrate
from ngbw.topology.settings import FORMAT


def project(directory: Path, number: object = FORMAT) -> Path:
    (directory / "ngbw.toml").write_text(f"format = {number}\n", encoding="utf-8")
    (directory / "sites.csv").write_bytes(b"site_id\nA\n")
    (directory / "notes.txt").write_bytes(b"mine")
    return directory


def files(directory: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in directory.iterdir() if path.is_file()}


def one_to_two(before: Mapping[str, bytes]) -> dict[str, bytes]:
    after = dict(before)
    after["ngbw.toml"] = b"format = 2\n"
    after["places.csv"] = after.pop("sites.csv").replace(b"site_id", b"place_id")
    return after


def two_to_three(before: Mapping[str, bytes]) -> dict[str, bytes]:
    return {**before, "ngbw.toml": b"format = 3\n"}


def test_a_current_project_is_said_to_be_current_and_not_touched(tmp_path: Path) -> None:
    before = files(project(tmp_path))
    (said,) = migrate(tmp_path)
    assert "the newest; nothing to do" in said
    assert files(tmp_path) == before
    assert not (tmp_path / ".ngbw").exists()


def test_steps_run_one_after_the_other_and_undo_takes_all_back(tmp_path: Path) -> None:
    before = files(project(tmp_path, 1))
    said = migrate(tmp_path, steps={1: one_to_two, 2: two_to_three}, newest=3)
    assert said[:2] == ["format 1 became format 2", "format 2 became format 3"]
    assert files(tmp_path) == {
        "ngbw.toml": b"format = 3\n", "places.csv": b"place_id\nA\n", "notes.txt": b"mine",
    }  # fmt: skip
    kept = tmp_path / ".ngbw" / "history" / "0001" / "before"
    assert files(kept) == before  # a copy of every file, also of those no step touched
    undo(tmp_path)
    assert files(tmp_path) == before


def test_a_failing_step_changes_nothing(tmp_path: Path) -> None:
    def broken(_: Mapping[str, bytes]) -> dict[str, bytes]:
        raise FileError("no")

    before = files(project(tmp_path, 1))
    with pytest.raises(FileError):
        migrate(tmp_path, steps={1: one_to_two, 2: broken}, newest=3)
    with pytest.raises(SettingError, match="fault of the program"):
        migrate(tmp_path, steps={1: lambda found: dict(found)}, newest=2)
    assert files(tmp_path) == before


def test_a_missing_step_and_a_newer_format_are_said(tmp_path: Path) -> None:
    project(tmp_path, 0)
    with pytest.raises(MissingError, match="no step from there"):
        migrate(tmp_path)
    project(tmp_path, FORMAT + 1)
    with pytest.raises(SettingError, match="install a newer ngbw"):
        migrate(tmp_path)


@pytest.mark.parametrize("number", ['"1"', "true", "1.5", "-1"])
def test_a_format_that_is_no_number_is_said(tmp_path: Path, number: str) -> None:
    with pytest.raises(SettingError, match="format is"):
        migrate(project(tmp_path, number))


def test_what_is_no_project_is_said(tmp_path: Path) -> None:
    with pytest.raises(MissingError, match="ngbw init"):
        migrate(tmp_path)
    with pytest.raises(MissingError, match="ngbw init"):
        migrate(tmp_path / "nowhere")
    (tmp_path / "ngbw.toml").write_bytes(b"format = = 1")
    with pytest.raises(FileError, match="not TOML"):
        migrate(tmp_path)


def test_every_step_that_is_registered_starts_below_the_newest_format() -> None:
    assert set(STEPS) == set(range(1, FORMAT))
