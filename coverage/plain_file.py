"""Refuses what is no plain file of a decent size, before a reader opens it.

Tables have this check in :mod:`ngbw.topology.files`; this is the same promise for the text files
that only the radio side reads.
"""

from __future__ import annotations

import re
import stat
from pathlib import Path

from ..topology.errors import FileError, MissingError, SurroundingsError

__all__ = ["check_plain_file", "plain_file_bytes"]

_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:/|/vsi|\\\\vsi", re.IGNORECASE)


def check_plain_file(path: Path, max_bytes: int) -> None:
    """Raise where the path is not a plain file with content and at most ``max_bytes``.

    Raises
    ------
    MissingError
        It does not exist.
    FileError
        It is an address, a directory, a device or a pipe, is empty or too large.
    SurroundingsError
        It cannot be looked at.
    """
    if _ADDRESS.match(str(path)):
        raise FileError(f"{path} is an address, not a file; download it first and name the file")
    try:
        status = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        raise MissingError(f"{path} does not exist; check the name and the directory") from None
    except (OSError, ValueError) as error:
        raise SurroundingsError(f"{path} cannot be opened: {error}") from None
    if not stat.S_ISREG(status.st_mode):
        raise FileError(f"{path} is a directory, device or pipe, not a plain file; name a file")
    if status.st_size == 0:
        raise FileError(f"{path.name} is empty (0 bytes); export it again")
    if status.st_size > max_bytes:
        raise FileError(
            f"{path.name} has {status.st_size} bytes, at most {max_bytes} are read; it cannot be "
            "what its name says, or must be split"
        )


def plain_file_bytes(path: Path, max_bytes: int) -> bytes:
    """Return the content of a plain file of at most ``max_bytes``.

    Raises
    ------
    MissingError, FileError, SurroundingsError
        As :func:`check_plain_file`; also where the file grows while it is read.
    """
    check_plain_file(path, max_bytes)
    try:
        with path.open("rb") as file:
            data = file.read(max_bytes + 1)
    except OSError as error:
        raise SurroundingsError(
            f"{path} cannot be read: {error.strerror or error}; check its permissions and the disk"
        ) from error
    if len(data) > max_bytes:
        raise FileError(f"{path.name} grew beyond {max_bytes} bytes while it was read")
    return data
