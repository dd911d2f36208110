"""Brings antenna pattern files into a project's directory, checked and with a way back.

What is checked is what is written: the files are read once, and the patterns are read from those
bytes. Of a SPLAT! pair the other file comes along where it lies beside the one that is named.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ...topology.errors import InputError, NgbwError, UsageError
from ...topology.history import commit
from ...topology.named_files import is_plain_file_name
from ...topology.project import Project
from ..plain_file import plain_file_bytes
from .figures import PatternFigures, pattern_figures
from .files import MAX_FILE_BYTES, PATTERN_ENDINGS, read_antenna
from .pattern import AntennaPattern, shown

__all__ = ["PreparedAntenna", "apply_antennas", "prepare_antennas"]


@dataclass(frozen=True, slots=True)
class PreparedAntenna:
    """A pattern that was read and can be written.

    Attributes
    ----------
    antenna
        What cells write to name it.
    files
        File name to its content.
    replaced
        Files of the project that will have other content.
    unchanged
        The project has exactly these files already.
    pattern, figures
        What the files hold.
    """

    antenna: str
    files: Mapping[str, bytes]
    replaced: Mapping[str, str]
    unchanged: bool
    pattern: AntennaPattern
    figures: PatternFigures


def _pair(path: Path) -> list[Path]:
    """Return the file and, of a SPLAT! pair, the other one where it lies beside it."""
    others = {".az": ".el", ".el": ".az"}
    other = others.get(path.suffix.lower())
    if other is None or not path.with_suffix(other).is_file():
        return [path]
    return [path, path.with_suffix(other)]


def _prepared(project: Project, path: Path) -> PreparedAntenna:
    if path.suffix.lower() not in PATTERN_ENDINGS:
        raise UsageError(
            f"{path.name} has the ending {path.suffix or '(none)'}; antenna patterns are read from "
            f"{', '.join(PATTERN_ENDINGS)}"
        )
    sources = _pair(path)
    for source in sources:
        if not is_plain_file_name(source.name):
            raise InputError(
                f"{shown(source.name)} cannot be a file name in a project; rename the file"
            )
    files = {source.name: plain_file_bytes(source, MAX_FILE_BYTES) for source in sources}
    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder)
        for other in _pair(project.directory / path.name)[1:]:
            # The pair as cells will see it: what is not brought along stays.
            (here / other.name).write_bytes(plain_file_bytes(other, MAX_FILE_BYTES))
        for name, content in files.items():
            (here / name).write_bytes(content)
        pattern = read_antenna(here / path.name)
    old = {name: project.directory / name for name in files}
    digests = {
        name: hashlib.sha256(file.read_bytes()).hexdigest()
        for name, file in old.items()
        if file.is_file()
    }
    same = {name for name, content in files.items() if digests.get(name) == _sha256(content)}
    return PreparedAntenna(
        antenna=path.name if path.suffix.lower() in (".msi", ".pln") else path.stem,
        files=files,
        replaced={name: digest for name, digest in digests.items() if name not in same},
        unchanged=same == set(files),
        pattern=pattern,
        figures=pattern_figures(pattern),
    )


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def prepare_antennas(project: Project, paths: Sequence[Path]) -> list[PreparedAntenna]:
    """Read and check pattern files; writes nothing.

    Raises
    ------
    InputError
        Files are missing, broken or cannot be named; says so for every one of them.
    UsageError
        Two files have one name.
    """
    prepared: dict[str, PreparedAntenna] = {}
    broken: list[NgbwError] = []
    came_from: dict[str, Path] = {}
    for path in paths:
        try:
            one = _prepared(project, path)
        except NgbwError as error:
            broken.append(error)
            continue
        for name in one.files:
            home = path.parent.resolve()
            if came_from.setdefault(name, home) != home:
                raise UsageError(
                    f"two of the files are called {name}; rename one, a project has one of a name"
                )
        prepared[one.antenna] = one
    if len(broken) == 1:
        raise broken[0]
    if broken:
        raise InputError("\n".join(str(error) for error in broken))
    return list(prepared.values())


def apply_antennas(project: Project, prepared: Sequence[PreparedAntenna]) -> int | None:
    """Write prepared patterns as one change; return its number, None when nothing is new.

    Raises
    ------
    SurroundingsError
        The disk refuses, or somebody changed a file since; nothing is written.
    """
    new = [one for one in prepared if not one.unchanged]
    if not new:
        return None
    changes: dict[str, bytes | None] = {}
    expected: dict[str, str | None] = {}
    for one in new:
        for name, content in one.files.items():
            changes[name] = content
            kept = (project.directory / name).is_file() and name not in one.replaced
            expected[name] = _sha256(content) if kept else one.replaced.get(name)
    return commit(
        project.directory,
        changes,
        f"import the antennas {', '.join(one.antenna for one in new)}",
        expected=expected,
    )
