"""Opens ZIP archives (KMZ, XLSX) from strangers without being flooded or led astray.

A few kilobytes of ZIP can unpack to hundreds of megabytes, and a member may be named
``../../etc/x`` or be a symbolic link. Nothing is unpacked to disk here; members are read into
memory, counted while they are read, after the archive as a whole was found decent.
"""

from __future__ import annotations

import re
import stat
import zipfile
import zlib
from typing import BinaryIO

from ..errors import FileError
from .raw_table import MAX_FILE_BYTES

__all__ = ["MAX_MEMBERS", "MAX_RATIO", "open_archive", "read_member"]

MAX_MEMBERS = 2_000
MAX_RATIO = 100
"""Content may be so many times larger than the archive, once it is over :data:`SMALL_BYTES`."""

SMALL_BYTES = 10 * 1024**2
"""Content up to this size is harmless however well it is packed."""

_CHUNK_BYTES = 1024**2
_ARCHIVE = re.compile(r"\.(zip|kmz|gz|tgz|tar|bz2|xz|7z|rar)", re.IGNORECASE)
_ENCRYPTED = 0x1


def _check_member(member: zipfile.ZipInfo, name: str) -> None:
    shown = f"{name} holds {member.filename[:80]!r}"
    # orig_filename still has what zipfile has cut off behind a NUL
    path = member.orig_filename.replace("\\", "/")
    if path.startswith("/") or ".." in path.split("/") or "\0" in path or ":" in path[:2]:
        raise FileError(f"{shown}, a path that leads out of the archive; it is not read")
    if stat.S_ISLNK(member.external_attr >> 16):
        raise FileError(f"{shown}, a symbolic link; it is not read")
    if member.flag_bits & _ENCRYPTED:
        raise FileError(f"{shown}, which needs a password; save it without one")
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise FileError(f"{shown}, packed in an unusual way; pack it again as a plain ZIP")
    if _ARCHIVE.fullmatch(path[path.rfind(".") :] if "." in path else ""):
        raise FileError(f"{shown}, an archive in an archive; take it out and read it by itself")


def open_archive(file: BinaryIO, name: str) -> zipfile.ZipFile:
    """Open a ZIP archive whose every member is harmless.

    Parameters
    ----------
    file
        The opened file; it stays open and is what later reads use, so that nobody can change the
        file between the check and the use.
    name
        The file, for messages.

    Raises
    ------
    FileError
        It is no ZIP archive, or has too many members, too much content, nested archives, paths
        that lead out, links, passwords or two members of one name.
    """
    try:
        archive = zipfile.ZipFile(file)
        members = archive.infolist()
    except (zipfile.BadZipFile, ValueError, EOFError, NotImplementedError) as error:
        raise FileError(
            f"{name} is not a sound ZIP archive ({str(error)[:80]!r}); save or download it again"
        ) from None
    size = file.seek(0, 2)
    if len(members) > MAX_MEMBERS:
        raise FileError(f"{name} holds {len(members)} files; at most {MAX_MEMBERS} are read")
    for member in members:
        _check_member(member, name)
    if len({member.filename for member in members}) < len(members):
        raise FileError(f"{name} holds two files of one name; pack it again")
    content = sum(member.file_size for member in members)
    if content > MAX_FILE_BYTES or (content > SMALL_BYTES and content > MAX_RATIO * size):
        raise FileError(
            f"{name} has {size} bytes and would unpack to {content}; at most "
            f"{MAX_FILE_BYTES} bytes and {MAX_RATIO} times the file's size are read"
        )
    return archive


def read_member(archive: zipfile.ZipFile, member: str, name: str) -> bytes:
    """Read one member of an opened archive, stopping where it holds more than it says.

    Raises
    ------
    FileError
        The member is damaged or larger than the archive's directory says.
    """
    declared = archive.getinfo(member).file_size
    chunks: list[bytes] = []
    count = 0
    try:
        with archive.open(member) as stream:
            while chunk := stream.read(_CHUNK_BYTES):
                count += len(chunk)
                if count > declared:
                    raise FileError(f"{name} holds more in {member!r} than it says; not read")
                chunks.append(chunk)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError) as error:
        raise FileError(
            f"{name} is damaged at {member!r} ({str(error)[:80]!r}); save or download it again"
        ) from None
    return b"".join(chunks)
