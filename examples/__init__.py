"""Complete projects to start from: what ``ngbw init DIR --example NAME`` hands out.

An example is a directory of this package with ``ngbw.toml`` and every table, made from public
facts, general knowledge and marked assumptions; its README says which is which.
"""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from ..topology.errors import MissingError, UsageError

__all__ = ["EXAMPLES", "copy_example"]

EXAMPLES: dict[str, str] = {
    "yangpu": "Yangpu district of Shanghai: 12 subdistricts, 300 candidate roofs, rings, PON, egress",
}
"""Name of every example and what it holds."""

_FOLDERS = ("profiles",)
"""Folders of a project that are handed out with it."""


def copy_example(name: str, directory: Path) -> list[Path]:
    """Copy a complete example project into a new or empty directory.

    Parameters
    ----------
    name
        One of :data:`EXAMPLES`.
    directory
        Where to; it is made, with its parents, when it does not exist.

    Returns
    -------
    list of Path
        The files that were written, sorted by name.

    Raises
    ------
    MissingError
        There is no such example; the message names those there are.
    UsageError
        The directory holds something already, or is a file.
    """
    if name not in EXAMPLES:
        raise MissingError(f"example {name!r} does not exist; use one of {', '.join(EXAMPLES)}")
    directory = Path(directory)
    if directory.exists() and not directory.is_dir():
        raise UsageError(f"{directory} is a file; name a directory that is new or empty")
    if directory.is_dir() and any(directory.iterdir()):
        raise UsageError(f"{directory} is not empty; name a directory that is new or empty")
    made = not directory.exists()
    directory.mkdir(parents=True, exist_ok=True)
    written = []
    try:
        for folder in ("", *_FOLDERS):
            source = resources.files(__name__).joinpath(name, folder)
            for item in source.iterdir() if source.is_dir() else ():
                if item.is_file() and not item.name.startswith("."):
                    target = directory / folder / item.name
                    target.parent.mkdir(exist_ok=True)
                    written.append(target)
                    target.write_bytes(item.read_bytes())
    except OSError:  # a full disk must not leave half a project
        for target in written:
            target.unlink(missing_ok=True)
        for folder in _FOLDERS:
            if (directory / folder).is_dir():
                (directory / folder).rmdir()
        if made:
            directory.rmdir()
        raise
    return sorted(written)
