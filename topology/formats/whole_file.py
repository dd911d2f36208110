"""Writes a file whole or not at all.

The new content is written in a private directory beside the target, forced to disk, and moved
over the old file in one step. Whoever reads meanwhile, or pulls the plug, finds the old content
or the new, never half of one.
"""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..errors import SurroundingsError

__all__ = ["FULL_DISK", "replacing"]

FULL_DISK = (errno.ENOSPC, errno.EDQUOT)
"""What the system calls it when there is no space, or none for this user."""


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError:
        # Some file systems (and Windows) cannot sync what is open for reading.
        pass
    finally:
        os.close(descriptor)


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a path to write to; what stands there at the end takes the place of ``path``.

    Formats of several files (Shapefile, MapInfo) write them all beside the yielded path under its
    stem; they are moved together, the main file last. An existing file keeps its permissions; a
    symbolic link is replaced, not followed.

    Raises
    ------
    SurroundingsError
        The directory does not exist or cannot be written, or the disk is full.
    """
    if path.is_dir():
        raise SurroundingsError(f"{path} is a directory; give the name of a file")
    try:
        with tempfile.TemporaryDirectory(prefix=".ngbw-", dir=path.parent) as private:
            yield Path(private) / path.name
            written = sorted(Path(private).iterdir(), key=lambda file: file.name == path.name)
            for file in written:
                target = path.parent / file.name
                if target.is_file() and not target.is_symlink():
                    shutil.copymode(target, file)
                _sync(file)
            for file in written:
                file.replace(path.parent / file.name)
            if os.name == "posix":
                _sync(path.parent)
    except FileNotFoundError:
        raise SurroundingsError(
            f"{path} cannot be written: the directory {path.parent} does not exist; make it first"
        ) from None
    except SurroundingsError:
        raise
    except OSError as error:
        raise SurroundingsError(
            f"{path} cannot be written: no space left on its disk or for temporary files; free some"
            if error.errno in FULL_DISK
            else f"{path} cannot be written: {error.strerror or error}; choose another place"
        ) from error
