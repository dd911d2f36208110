"""Fails when a file of the repository was copied from the outside test data.

Some of that data may not be passed on, so the repository neither holds one of its files nor
repeats more than five data lines of one. A data line is longer than 25 characters and no heading
(neither the first line of a table nor a line that starts with ``#``); in notes only the rows of
tables are data, because their prose and settings are there to be used. The plan's own tables are
exempt: they were written for this project. Where the data is absent there is nothing to compare.

Usage: ``python .ci/no_shared_copies.py [ROOT [SHARED]]``. Exit code 1 names every copy.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

EXEMPT = "plan"
"""Folder of the outside data whose files may be carried over."""

MOST_LINES = 5
SHORTEST_CHARS = 26
_TABLES = {".csv", ".tsv", ".txt"}


def repository_files(root: Path) -> list[Path]:
    """Return the files git has, or would take with ``git add``, that exist."""
    listed = subprocess.run(  # noqa: S603  (fixed words and a path, no shell)
        ["git", "-C", str(root), "ls-files", "-z", "--cached", "--others", "--exclude-standard"],  # noqa: S607
        check=True,
        capture_output=True,
    ).stdout.decode()
    paths = (root / name for name in dict.fromkeys(listed.split("\0")) if name)
    return sorted(path for path in paths if path.is_file() and not path.is_symlink())


def data_lines(path: Path, content: bytes) -> set[str]:
    """Return the data lines of a text file; nothing for a binary one."""
    if b"\0" in content[:8192]:
        return set()
    try:
        lines = content.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError:
        return set()
    if path.suffix.lower() in _TABLES:
        lines = lines[1:]
    # The comma behind an element of a JSON list says nothing about the element.
    bare = (line.strip().rstrip(",") for line in lines)
    long = {line for line in bare if len(line) >= SHORTEST_CHARS and not line.startswith("#")}
    if path.suffix.lower() == ".md":
        return {line for line in long if line.startswith("|") and _holds_a_figure(line)}
    return long


def _holds_a_figure(line: str) -> bool:
    return any(character.isdigit() for character in line)


def shared_files(shared: Path) -> Iterator[Path]:
    """Yield the files of the outside data that must not be copied."""
    for path in sorted(shared.rglob("*")):
        if path.is_file() and path.relative_to(shared).parts[0] != EXEMPT:
            yield path


def find_copies(root: Path, shared: Path) -> list[str]:
    """Return a sentence for each copy of outside data in the repository."""
    by_hash: dict[str, list[str]] = {}
    by_line: dict[str, list[str]] = {}
    sizes: set[int] = set()
    for path in repository_files(root):
        content = path.read_bytes()
        name = path.relative_to(root).as_posix()
        if content.strip():
            sizes.add(len(content))
            by_hash.setdefault(hashlib.sha256(content).hexdigest(), []).append(name)
        for line in data_lines(path, content):
            by_line.setdefault(line, []).append(name)
    found = []
    for path in shared_files(shared):
        content = path.read_bytes()
        theirs = path.relative_to(shared).as_posix()
        equal: list[str] = []
        if len(content) in sizes:
            equal = by_hash.get(hashlib.sha256(content).hexdigest(), [])
        found += [f"{name} equals {theirs} of the outside data; delete it" for name in equal]
        repeats: dict[str, list[str]] = {}
        for line in data_lines(path, content):
            for name in by_line.get(line, ()):
                repeats.setdefault(name, []).append(line)
        for name, lines in sorted(repeats.items()):
            if len(lines) > MOST_LINES and name not in equal:
                found.append(
                    f"{name} repeats {len(lines)} data lines of {theirs} of the outside data "
                    f"({MOST_LINES} are allowed), such as {min(lines)[:60]!r}; "
                    "write it from public facts"
                )
    return found


def main(arguments: Sequence[str]) -> int:
    """Print every copy; return 1 when there is one."""
    root = Path(arguments[0] if arguments else Path(__file__).resolve().parent.parent)
    given = arguments[1] if len(arguments) > 1 else os.environ.get("NGBW_SHARED")
    shared = Path(given) if given else root.resolve().parent / "shared"
    if not shared.is_dir():
        sys.stderr.write("no outside test data here: nothing to compare\n")
        return 0
    found = find_copies(root, shared)
    for sentence in found:
        sys.stdout.write(f"{sentence}\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
