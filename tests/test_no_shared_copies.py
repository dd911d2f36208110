"""The gate against copied test data finds copies, and lets the rest pass."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[1] / ".ci" / "no_shared_copies.py"
HEADING = "station_id,longitude_deg,latitude_deg,antenna_height_m"
ROWS = [f"S{n:03d},121.{n:06d},31.{n * 7:06d},a station on a roof" for n in range(20)]


def _run(root: Path, shared: Path) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, str(SCRIPT), str(root), str(shared)],
        check=False,
        capture_output=True,
        text=True,
    )
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout


@pytest.fixture
def house(tmp_path: Path) -> tuple[Path, Path]:
    """A repository beside outside data with one table."""
    root, shared = tmp_path / "repository", tmp_path / "outside"
    (shared / "city").mkdir(parents=True)
    (shared / "plan").mkdir()
    (shared / "city" / "stations.csv").write_text("\n".join([HEADING, *ROWS]) + "\n")
    root.mkdir()
    subprocess.run(["git", "init", "-q", str(root)], check=True)
    return root, shared


def test_equal_file_is_named(house: tuple[Path, Path]) -> None:
    root, shared = house
    (root / "deep").mkdir()
    (root / "deep" / "mine.csv").write_bytes((shared / "city" / "stations.csv").read_bytes())
    code, said = _run(root, shared)
    assert code == 1
    assert said.count("\n") == 1
    assert "deep/mine.csv equals city/stations.csv" in said


def test_equal_binary_file_is_named(house: tuple[Path, Path]) -> None:
    root, shared = house
    for path in (root / "a.bin", shared / "city" / "raster.tif"):
        path.write_bytes(b"II*\0\1\2\3\xff")
    assert _run(root, shared) == (
        1,
        "a.bin equals city/raster.tif of the outside data; delete it\n",
    )


@pytest.mark.parametrize(("lines", "code"), [(5, 0), (6, 1)])
def test_more_than_five_data_lines_are_a_copy(
    house: tuple[Path, Path], lines: int, code: int
) -> None:
    root, shared = house
    text = [HEADING, *ROWS[:lines], "S900,121.5,31.3,a station of our own making"]
    (root / "mine.csv").write_text("\n".join(text))
    found, said = _run(root, shared)
    assert found == code
    assert ("mine.csv repeats 6 data lines of city/stations.csv" in said) == bool(code)


def test_lines_hidden_in_code_or_json_are_found(house: tuple[Path, Path]) -> None:
    root, shared = house
    features = [f'{{"type": "Feature", "id": {n}, "lon": 121.{n}}}' for n in range(9)]
    (shared / "city" / "points.geojson").write_text(",\n".join(features))
    (root / "mine.py").write_text("TEXT = '''\n" + "\n".join(features) + "\n'''\n")
    code, said = _run(root, shared)
    assert code == 1
    assert "mine.py repeats 9 data lines of city/points.geojson" in said


def test_the_same_line_many_times_counts_once(house: tuple[Path, Path]) -> None:
    root, shared = house
    (root / "mine.txt").write_text("first line\n" + f"{ROWS[0]}\n" * 40)
    assert _run(root, shared) == (0, "")


def test_short_lines_headings_and_prose_of_notes_may_repeat(house: tuple[Path, Path]) -> None:
    root, shared = house
    short = [f"{n},121.5,31.3" for n in range(30)]
    (shared / "city" / "short.csv").write_text("\n".join([HEADING, *short]))
    (root / "short.csv").write_text("\n".join([HEADING, *short, "our own"]))
    prose = [f"# A heading number {n} that is long enough to count" for n in range(9)]
    prose += [f"A sentence number {n} that a note gives for use" for n in range(9)]
    (shared / "notes.md").write_text("\n".join(prose))
    (root / "notes.toml").write_text("\n".join([*prose, "ours = true"]))
    assert _run(root, shared) == (0, "")


def test_table_rows_of_notes_are_data(house: tuple[Path, Path]) -> None:
    root, shared = house
    rows = [f"| station {n} | 121.{n} | {n} metres above ground |" for n in range(9)]
    (shared / "notes.md").write_text("\n".join(rows))
    (root / "notes.md").write_text("\n".join([*rows, "and more"]))
    assert _run(root, shared)[0] == 1


def test_plan_is_exempt(house: tuple[Path, Path]) -> None:
    root, shared = house
    text = "\n".join(f"T{n},a target that this project wrote itself" for n in range(9))
    (shared / "plan" / "targets.csv").write_text(text)
    (root / "targets.csv").write_text(text)
    assert _run(root, shared) == (0, "")


def test_ignored_files_are_not_looked_at(house: tuple[Path, Path]) -> None:
    root, shared = house
    (root / ".gitignore").write_text("scratch/\n")
    (root / "scratch").mkdir()
    (root / "scratch" / "a.csv").write_bytes((shared / "city" / "stations.csv").read_bytes())
    assert _run(root, shared) == (0, "")


def test_empty_files_are_equal_to_nothing(house: tuple[Path, Path]) -> None:
    root, shared = house
    (root / "__init__.py").write_text("")
    (shared / "city" / "empty.csv").write_text("")
    assert _run(root, shared) == (0, "")


def test_without_outside_data_there_is_nothing_to_compare(house: tuple[Path, Path]) -> None:
    root, shared = house
    assert _run(root, shared / "absent") == (0, "")


@pytest.mark.shared
def test_this_repository_copied_nothing(shared: Path) -> None:
    assert _run(SCRIPT.parents[1], shared) == (0, "")
