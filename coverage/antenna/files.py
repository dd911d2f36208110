"""Reads antenna patterns from the files that makers and planning tools hand out.

======================  ===================================================================
``.msi``, ``.pln``      MSI Planet (:mod:`.msi`): 360 + 360 attenuations, gain, tilt
``.az``, ``.el``        SPLAT! (:mod:`.splat`): relative fields and how it stands
======================  ===================================================================

Whichever the format, an :class:`.AntennaPattern` comes out; :mod:`.pattern_3d` makes every
direction of it.
"""

from __future__ import annotations

from pathlib import Path

from ...topology.errors import MissingError, UsageError
from .msi import read_msi
from .pattern import MAX_FILE_BYTES, AntennaPattern, Mounting
from .splat import read_splat

__all__ = [
    "MAX_FILE_BYTES",
    "PATTERN_ENDINGS",
    "AntennaPattern",
    "Mounting",
    "read_antenna",
    "read_msi",
    "read_splat",
]

PATTERN_ENDINGS = (".msi", ".pln", ".az", ".el")
"""What a file's name may end in."""


def read_antenna(path: Path) -> AntennaPattern:
    """Read an antenna pattern in the format of the file's name.

    For ``.az`` or ``.el`` the other file of the same stem is read too, where it exists.

    Raises
    ------
    UsageError
        The ending of the name is not known.
    FileError, MissingError, SurroundingsError
        As :func:`read_msi` and :func:`read_splat`.
    """
    path = Path(path)
    suffix = path.suffix.lower()
    if suffix in (".msi", ".pln"):
        return read_msi(path)
    if suffix not in (".az", ".el"):
        raise UsageError(
            f"{path.name} has the ending {suffix or '(none)'}; antenna patterns are read from "
            ".msi, .pln, .az and .el"
        )
    pair: list[Path | None] = []
    for ending in (".az", ".el"):
        file = path if suffix == ending else path.with_suffix(ending)
        pair.append(file if file == path or file.is_file() else None)
    if not path.exists():
        raise MissingError(f"{path} does not exist; check the name and the directory")
    return read_splat(*pair)
