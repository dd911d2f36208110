"""The files beside the tables that a project names: antenna patterns, in cells and settings.

Every such file lies in the project's directory itself and is named without folders, as tables are,
so that a project can be copied whole and no name in a table is ever a path.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

__all__ = ["BUILT_IN_ANTENNAS", "all_antenna_files", "antenna_files", "is_plain_file_name"]

BUILT_IN_ANTENNAS = ("omni", "3gpp-65")
"""Antennas that need no file."""

_MOST_BYTES = 200
"""Of a name; file systems take 255 and the history adds to them."""


def is_plain_file_name(name: object) -> bool:
    """Whether a value can be the name of a file that lies in the project's directory.

    Examples
    --------
    >>> is_plain_file_name("panel-65.msi")
    True
    >>> [is_plain_file_name(name) for name in ("../panel.msi", "a/b.msi", ".msi", "", 7)]
    [False, False, False, False, False]
    """
    return (
        isinstance(name, str)
        and name != ""
        and name.isprintable()
        and Path(name).name == name
        and not name.startswith(".")
        and not set(name) & set('\\:*?"<>|')
        and len(name.encode("utf-8", "replace")) <= _MOST_BYTES
    )


def antenna_files(name: str) -> tuple[str, ...]:
    """Return the files that may hold an antenna of that name; none for a built-in one.

    An MSI Planet file is named whole. A SPLAT! pair is named by its stem or by either file.

    Examples
    --------
    >>> antenna_files("panel.msi"), antenna_files("mast"), antenna_files("omni")
    (('panel.msi',), ('mast.az', 'mast.el'), ())
    >>> antenna_files("mast.el")
    ('mast.az', 'mast.el')
    """
    if name in BUILT_IN_ANTENNAS or not is_plain_file_name(name):
        return ()
    suffix = Path(name).suffix.lower()
    if suffix in (".msi", ".pln"):
        return (name,)
    if suffix == ".az":
        return name, f"{Path(name).stem}.el"
    if suffix == ".el":
        return f"{Path(name).stem}.az", name
    return f"{name}.az", f"{name}.el"


def all_antenna_files(names: Iterable[object]) -> tuple[str, ...]:
    """Return the files of several antennas, each once."""
    files = (file for name in names for file in antenna_files(str(name or "omni")))
    return tuple(dict.fromkeys(files))
