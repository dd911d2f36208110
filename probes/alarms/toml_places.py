"""TOML that knows on which line each key stands, so that an error can say where.

``tomllib`` reads the values; this module finds the lines of tables and keys beside it. A key inside
an inline table has the line of the key that holds it.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...topology.errors import FileError, SettingError

__all__ = ["PlacedToml", "read_toml", "read_toml_file"]

_MAX_BYTES = 2_000_000

_NAME = r"""(?:[A-Za-z0-9_-]+|"(?:[^"\\]|\\.)*"|'[^']*')"""
_DOTTED = rf"{_NAME}(?:\s*\.\s*{_NAME})*"
_TABLE = re.compile(rf"\s*\[\s*({_DOTTED})\s*\]\s*(?:#.*)?$")
_TABLES = re.compile(rf"\s*\[\[\s*({_DOTTED})\s*\]\]\s*(?:#.*)?$")
_KEY = re.compile(rf"\s*({_DOTTED})\s*=")
_LONG = re.compile(r'"""|' + "'''")

KeyPath = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PlacedToml:
    """What a TOML file says, and where.

    Attributes
    ----------
    file
        Its name, for messages.
    raw
        Its values.
    lines
        Line of each table and key, counted from 1; the n-th of an array of tables is ``"n"``.
    """

    file: str
    raw: Mapping[str, Any]
    lines: Mapping[KeyPath, int]

    def line(self, *path: str) -> int:
        """Return the line of a key, or of the nearest thing around it; 1 for the file."""
        for end in range(len(path), 0, -1):
            if path[:end] in self.lines:
                return self.lines[path[:end]]
        return 1

    def error(self, path: KeyPath, rule: str) -> SettingError:
        """Return an error that points at a key."""
        return SettingError(f"{self.file}:{self.line(*path)}: {'.'.join(path)} {rule}")


def _parts(dotted: str) -> KeyPath:
    node: Any = tomllib.loads(f"{dotted} = 0")
    parts = []
    while isinstance(node, dict):
        ((name, node),) = node.items()
        parts.append(name)
    return tuple(parts)


def _places(text: str) -> dict[KeyPath, int]:
    places: dict[KeyPath, int] = {}
    table: KeyPath = ()
    counts: dict[KeyPath, int] = {}
    inside = ""  # the mark that ends the long text we are in
    for number, line in enumerate(text.splitlines(), 1):
        if not inside:
            if found := _TABLES.match(line):
                name = _parts(found[1])
                counts[name] = counts.get(name, 0) + 1
                table = (*name, str(counts[name] - 1))
                places.setdefault(name, number)
                places[table] = number
            elif found := _TABLE.match(line):
                table = _parts(found[1])
                for end in range(1, len(table) + 1):
                    places.setdefault(table[:end], number)
                places[table] = number
            elif found := _KEY.match(line):
                places.setdefault((*table, *_parts(found[1])), number)
        for mark in _LONG.findall(line):
            if not inside:
                inside = mark
            elif inside == mark:
                inside = ""
    return places


def read_toml(text: str, file: str) -> PlacedToml:
    """Read TOML; raises FileError where it is none, with the line."""
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise FileError(f"{file} is not TOML: {error}; correct that line") from None
    return PlacedToml(file, raw, _places(text))


def read_toml_file(path: Path) -> PlacedToml:
    """Read a TOML file of a project; raises FileError where it is none or too large."""
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise FileError(f"{path} is larger than 2 MB; it cannot be a settings file")
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise FileError(f"{path} is not UTF-8 text; save it as UTF-8") from None
    except OSError as error:
        raise FileError(f"{path} cannot be read ({error.strerror})") from None
    return read_toml(text, path.name)
