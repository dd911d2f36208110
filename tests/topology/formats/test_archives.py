"""ZIP archives from strangers: counted, looked through, never unpacked to disk."""

from __future__ import annotations

import io
import stat
import struct
import zipfile

import pytest

from ngbw.topology.errors import FileError
from ngbw.topology.formats.archives import MAX_MEMBERS, open_archive, read_member


def packed(*members: tuple[str | zipfile.ZipInfo, bytes]) -> io.BytesIO:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            archive.writestr(name, data, zipfile.ZIP_DEFLATED)
    file.seek(0)
    return file


def test_a_decent_archive_is_read() -> None:
    archive = open_archive(packed(("doc.kml", b"<kml/>"), ("images/a.png", b"x")), "x.kmz")
    assert read_member(archive, "doc.kml", "x.kmz") == b"<kml/>"


@pytest.mark.parametrize(
    "name", ["../doc.kml", "a/../../doc.kml", "/etc/passwd", "C:\\x", "..\\..\\x", "a/..\\..\\x"]
)
def test_paths_that_lead_out_are_refused(name: str) -> None:
    with pytest.raises(FileError, match="leads out of the archive"):
        open_archive(packed((name, b"x")), "x.kmz")


def test_a_symbolic_link_is_refused() -> None:
    link = zipfile.ZipInfo("doc.kml")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with pytest.raises(FileError, match="symbolic link"):
        open_archive(packed((link, b"/etc/passwd")), "x.kmz")


@pytest.mark.parametrize("name", ["inner.zip", "b/inner.KMZ", "x.tar", "x.tar.gz"])
def test_an_archive_in_an_archive_is_refused(name: str) -> None:
    with pytest.raises(FileError, match="an archive in an archive"):
        open_archive(packed((name, b"x")), "x.kmz")


def test_a_bomb_is_refused_by_what_it_declares() -> None:
    bomb = packed(("doc.kml", b"\0" * 30_000_000))
    assert len(bomb.getvalue()) < 40_000
    with pytest.raises(FileError, match="would unpack to 30000000"):
        open_archive(bomb, "x.kmz")


def test_a_bomb_of_many_small_members_is_refused_by_their_sum() -> None:
    with pytest.raises(FileError, match="would unpack to"):
        open_archive(packed(*((f"{i}.kml", b"\0" * 1_000_000) for i in range(20))), "x.kmz")


def test_too_many_members_are_refused() -> None:
    with pytest.raises(FileError, match="files; at most"):
        open_archive(packed(*((f"{i}", b"") for i in range(MAX_MEMBERS + 1))), "x.kmz")


def test_a_member_that_holds_more_than_it_says_is_refused() -> None:
    data = bytearray(packed(("doc.kml", b"a" * 100_000)).getvalue())
    for signature, offset in ((b"PK\x01\x02", 24), (b"PK\x03\x04", 22)):
        struct.pack_into("<I", data, data.find(signature) + offset, 10)
    archive = open_archive(io.BytesIO(bytes(data)), "x.kmz")
    with pytest.raises(FileError, match=r"damaged|more in"):
        read_member(archive, "doc.kml", "x.kmz")


def test_two_members_of_one_name_are_refused() -> None:
    with pytest.warns(UserWarning, match="Duplicate"):
        double = packed(("doc.kml", b"a"), ("doc.kml", b"b"))
    with pytest.raises(FileError, match="two files of one name"):
        open_archive(double, "x.kmz")


def test_a_password_or_damage_is_said() -> None:
    data = bytearray(packed(("doc.kml", b"abc" * 50)).getvalue())
    locked = bytearray(data)
    locked[locked.find(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(FileError, match="password"):
        open_archive(io.BytesIO(bytes(locked)), "x.kmz")
    data[40:44] = b"\xff\xff\xff\xff"
    archive = open_archive(io.BytesIO(bytes(data)), "x.kmz")
    with pytest.raises(FileError, match="damaged"):
        read_member(archive, "doc.kml", "x.kmz")
    with pytest.raises(FileError, match="not a sound ZIP"):
        open_archive(io.BytesIO(b"PK\x03\x04"), "x.kmz")


def test_damage_is_told_in_few_words() -> None:
    data = bytearray(packed(("doc.kml", bytes(range(256)) * 40)).getvalue())
    data[26:28] = struct.pack("<H", len(data))  # the name would be the whole archive
    archive = open_archive(io.BytesIO(bytes(data)), "x.kmz")
    with pytest.raises(FileError, match="damaged") as caught:
        read_member(archive, "doc.kml", "x.kmz")
    assert len(str(caught.value)) < 300
    assert str(caught.value).isprintable()
