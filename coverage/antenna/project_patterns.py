"""The antenna patterns that a project's cells and settings name, each read once.

``omni`` and ``3gpp-65`` are built in. Any other name is a file in the project's directory: an MSI
Planet file by its whole name, a SPLAT! pair by its stem or by either of its files.
"""

from __future__ import annotations

from pathlib import Path
from typing import cast

from ...topology.errors import FileError, MissingError, NgbwError
from ...topology.named_files import antenna_files
from ...topology.settings import nearest
from .files import PATTERN_ENDINGS, read_msi, read_splat
from .pattern import AntennaPattern, shown
from .sectors import PATTERNS, Pattern

__all__ = ["ProjectPatterns"]


class ProjectPatterns:
    """Finds antennas by the names that tables and settings give them.

    Parameters
    ----------
    directory
        The project's; None where only built-in antennas are known.
    """

    def __init__(self, directory: Path | None) -> None:
        self._directory = directory
        self._read: dict[str, AntennaPattern | NgbwError] = {}

    def find(self, name: str) -> Pattern | AntennaPattern:
        """Return a built-in antenna's name as it is, or the pattern that a file holds.

        Raises
        ------
        MissingError
            No file has the name.
        FileError
            The file breaks a rule of its format, in a line that is named; or it is a link that
            leads out of the project.
        SurroundingsError
            The file cannot be read.
        """
        if name in PATTERNS:
            return cast("Pattern", name)
        if name not in self._read:
            try:
                self._read[name] = self._file(name)
            except NgbwError as error:
                self._read[name] = error
        found = self._read[name]
        if isinstance(found, NgbwError):
            raise type(found)(str(found))
        return found

    def _file(self, name: str) -> AntennaPattern:
        files = antenna_files(name)
        if not files:
            raise FileError(
                f"{shown(name)} is not the plain name of a file; put the pattern into the "
                "project's directory and name it without folders"
            )
        if self._directory is None:
            raise MissingError(
                f"{shown(name)} names a file, but these tables were not read from a project's "
                "directory; open the project"
            )
        directory = self._directory
        there = [directory / file for file in files if (directory / file).is_file()]
        if not there:
            raise MissingError(
                f"the project has no {' or '.join(files)}{_similar(directory, name)}; bring the pattern "
                f"in with: ngbw import PROJECT antennas FILE. Built in are {', '.join(PATTERNS)}"
            )
        for path in there:
            if not path.resolve().is_relative_to(directory.resolve()):
                raise FileError(
                    f"{path.name} is a link that leads out of the project; put the file itself "
                    "there"
                )
        if len(files) == 1:
            return read_msi(there[0])
        az, el = (
            next((path for path in there if path.suffix.lower() == ending), None)
            for ending in (".az", ".el")
        )
        return read_splat(az, el)


def _similar(directory: Path, name: str) -> str:
    """Return " (did you mean ...?)" for the pattern of the project whose name is closest."""
    patterns = (path.name for path in directory.iterdir() if path.suffix.lower() in PATTERN_ENDINGS)
    return nearest(name, [*PATTERNS, *sorted(patterns)])
