"""Brings a project of an older format to the newest, in steps that can be taken back.

A step is a function from the project's files (name to content) to its files one format later. It
touches no disk: :func:`migrate` reads the files, runs the steps one after the other in memory, and
writes the outcome as one change through :mod:`.history`, which keeps a copy of every file as it
was. ``ngbw undo`` is therefore the way back.

Format 1 is the first, so there is no step yet. When format 2 comes, its step is
``STEPS[1] = from_1_to_2``.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path

from .errors import FileError, MissingError, SettingError
from .history import commit, recover
from .settings import FORMAT, SETTINGS_FILE

__all__ = ["STEPS", "Step", "migrate"]

Step = Callable[[Mapping[str, bytes]], dict[str, bytes]]
"""Takes every file of a project, returns every file of it one format later."""

STEPS: dict[int, Step] = {}
"""The format that a step starts from -> the step."""


def _format(files: Mapping[str, bytes], where: Path) -> int:
    if SETTINGS_FILE not in files:
        raise MissingError(
            f"{where} is not an ngbw project (it has no {SETTINGS_FILE}); "
            f"make one with: ngbw init {where}"
        )
    try:
        raw = tomllib.loads(files[SETTINGS_FILE].decode("utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise FileError(
            f"{where / SETTINGS_FILE} is not TOML: {error}; correct that line"
        ) from None
    number = raw.get("format")
    if not isinstance(number, int) or isinstance(number, bool) or number < 0:
        raise SettingError(
            f"{SETTINGS_FILE}: format is {number!r}; it must be a whole number, {FORMAT} is the "
            "newest"
        )
    return number


def migrate(
    directory: str | Path, *, steps: Mapping[int, Step] | None = None, newest: int = FORMAT
) -> list[str]:
    """Bring a project to the newest format; does nothing to one that has it.

    Parameters
    ----------
    steps
        By the format they start from; :data:`STEPS` when None.
    newest
        The format to reach.

    Returns
    -------
    list of str
        What was done, one sentence each.

    Raises
    ------
    MissingError
        The directory is not a project, or a step on the way is not known.
    FileError, SettingError
        Its ``ngbw.toml`` is broken, or from a newer release.
    SurroundingsError
        The disk refuses; the project is as it was.
    """
    root = Path(directory)
    known = STEPS if steps is None else steps
    recover(root)
    # Tables and settings lie side by side; what is hidden or in folders is not the project's.
    files = {
        path.name: path.read_bytes()
        for path in (sorted(root.iterdir()) if root.is_dir() else [])
        if path.is_file() and not path.name.startswith(".")
    }
    number = _format(files, root)
    if number > newest:
        raise SettingError(
            f"{SETTINGS_FILE}: format is {number}, this release reads up to {newest}; "
            "install a newer ngbw"
        )
    if number == newest:
        return [f"{root} has format {number}, the newest; nothing to do"]
    said = []
    after = dict(files)
    while number < newest:
        if number not in known:
            raise MissingError(
                f"{root} has format {number}, and this release has no step from there; migrate it "
                "with the release before first"
            )
        after = known[number](dict(after))
        reached = _format(after, root)
        if reached != number + 1:
            raise SettingError(
                f"the step from format {number} left format = {reached}; this is a fault of the "
                "program, the project was not changed"
            )
        said.append(f"format {number} became format {reached}")
        number = reached
    gone: dict[str, bytes | None] = {name: None for name in files if name not in after}
    change = commit(root, {**after, **gone}, f"migrate to format {newest}")
    return [*said, f"change {change} holds a copy of every file; ngbw undo goes back to it"]
