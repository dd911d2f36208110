"""A project: a directory with ``ngbw.toml`` and the tables, which are the truth.

Tables are CSV, GeoJSON or GeoPackage, so that people can diff them, edit them in QGIS or a
spreadsheet and review them in a pull request. This module opens a project and reads its tables;
:mod:`.history` writes them, whole or not at all.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from .errors import FileError, TableError
from .files import read_table_file
from .named_files import all_antenna_files
from .network import Network
from .schema import check, coerce, empty_frame
from .settings import SETTINGS_FILE, Settings, read_settings
from .tables import TABLES, find_table

__all__ = ["Project", "open_project"]


@dataclass(frozen=True)
class Project:
    """An opened project directory.

    Attributes
    ----------
    directory
        Where it lies.
    settings
        What its ``ngbw.toml`` says.
    """

    directory: Path
    settings: Settings
    _cache: dict[str, pd.DataFrame] = field(default_factory=dict, repr=False, compare=False)

    def path_of(self, table: str) -> Path:
        """Return the file that holds the table, whether or not it exists."""
        find_table(table)
        return self.directory / self.settings.file_of(table)

    def table(self, name: str) -> pd.DataFrame:
        """Return the checked table with typed columns; empty when it has no file.

        Raises
        ------
        FileError
            The file cannot be read.
        TableError
            Rows break the table's rules; carries every problem of the table.
        """
        if name not in self._cache:
            path = self.path_of(name)
            if not path.resolve().is_relative_to(self.directory.resolve()):
                raise FileError(
                    f"{path} is a link that leads out of the project; put the file itself there"
                )
            if not path.exists():
                self._cache[name] = empty_frame(find_table(name))
            else:
                raw = read_table_file(path)
                problems = [
                    problem
                    for problem in check(
                        TABLES[name], raw.frame, file=path.name, first_row=raw.first_row
                    )
                    if problem.severity == "error"
                ]
                if problems:
                    raise TableError(problems)
                self._cache[name] = coerce(TABLES[name], raw.frame)
        return self._cache[name]

    def network(self) -> Network:
        """Return all tables as one model; raises like :meth:`table`."""
        return Network({name: self.table(name) for name in TABLES}, directory=self.directory)

    def named_files(self) -> tuple[str, ...]:
        """Return the files that settings and tables name beside the tables; some may not exist."""
        equipment = (service["transmitter"] for service in self.settings.services.values())
        patterns = [transmitter.get("pattern") for transmitter in equipment]
        antennas = all_antenna_files([*self.table("cells")["antenna"].unique(), *patterns])
        surface: list[str] = []
        for name in self.settings.surface_files:
            path = self.directory / name
            # A Shapefile is several files of one stem.
            parts = path.parent.glob(f"{path.stem}.*") if path.suffix.lower() == ".shp" else [path]
            surface += sorted(part.name for part in parts)
        return (*antennas, *surface)

    def input_hashes(self) -> Mapping[str, str]:
        """Return the SHA-256 of the settings, every table file and every named file there is.

        Targets and statements are held against figures, websites and services of devices are
        judged by evidence; no figure of a plan depends on them.
        """
        apart = ("targets", "statements", "websites", "device_services")
        tables = [name for name in TABLES if name not in apart]
        files = [
            SETTINGS_FILE,
            *(self.settings.file_of(name) for name in tables),
            *self.named_files(),
        ]
        return {
            name: hashlib.sha256((self.directory / name).read_bytes()).hexdigest()
            for name in files
            if (self.directory / name).is_file()
        }


def open_project(directory: str | Path) -> Project:
    """Open a project directory, finishing or taking back a change that was cut short.

    Raises
    ------
    MissingError
        The directory is not a project.
    FileError, SettingError
        Its ``ngbw.toml`` is broken.
    """
    from .history import recover

    path = Path(directory)
    settings = read_settings(path)
    recover(path)
    return Project(path, settings)
