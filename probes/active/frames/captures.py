"""Captures of a link, pcap and pcapng, read frame by frame without holding them in memory.

A capture that is cut short, or damaged in the middle, gives every frame before the damage and then
says what is wrong; only a file that is no capture at all is refused.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from ....topology.errors import FileError

__all__ = ["Capture"]

_MOST_FRAME_BYTES = 262_144  # as libpcap's own limit
_MOST_BLOCK_BYTES = 16 * 1024 * 1024
_MAGIC = {  # byte order, and parts of a second
    b"\xd4\xc3\xb2\xa1": ("<", 1e-6),
    b"\xa1\xb2\xc3\xd4": (">", 1e-6),
    b"\x4d\x3c\xb2\xa1": ("<", 1e-9),
    b"\xa1\xb2\x3c\x4d": (">", 1e-9),
}
_SECTION = b"\x0a\x0d\x0d\x0a"
_ETHERNET, _RAW, _SLL, _IPV6, _SLL2, _NULL, _LOOP = 1, 101, 113, 229, 276, 0, 108
_RAW_OLD = (12, 14)
_KNOWN = frozenset((_ETHERNET, _RAW, _SLL, _IPV6, _SLL2, _NULL, _LOOP, *_RAW_OLD))
_AF_INET6 = frozenset((10, 24, 28, 30))  # Linux, and the BSDs


class Capture:
    """The frames of a capture file.

    Parameters
    ----------
    path
        The file.
    most_frames
        Where to stop.

    Attributes
    ----------
    frames
        How many were read so far.
    shortened
        Frames of which only the beginning was captured.
    trouble
        Why reading ended before the end: ``cut-short``, ``damaged``, ``too-many``; "" where it
        did not.
    link_type
        Number of the first kind of link; None before a frame was read.

    Raises
    ------
    FileError
        The file cannot be read, or is no capture, or is of links that carry no Ethernet or IP.

    Examples
    --------
    >>> import struct, tempfile, pathlib
    >>> file = pathlib.Path(tempfile.mkdtemp()) / "one.pcap"
    >>> head = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)
    >>> _ = file.write_bytes(head + struct.pack("<IIII", 7, 500_000, 3, 60) + b"abc" + b"cut")
    >>> capture = Capture(file)
    >>> list(capture), capture.shortened, capture.trouble
    ([(7.5, b'abc')], 1, 'cut-short')
    """

    def __init__(self, path: Path, *, most_frames: int = 20_000_000) -> None:
        self._path = path
        self._most = most_frames
        self.frames = self.shortened = 0
        self.trouble = ""
        self.link_type: int | None = None

    def __iter__(self) -> Iterator[tuple[float, bytes]]:
        """Yield Unix time and an Ethernet frame; links of other kinds get a head without MACs."""
        try:
            with self._path.open("rb", buffering=1 << 20) as file:
                magic = file.read(4)
                if magic == _SECTION:
                    yield from self._blocks(file)
                elif magic in _MAGIC:
                    yield from self._records(file, *_MAGIC[magic])
                else:
                    raise FileError(
                        f"{self._path}: this is no capture; give a pcap or pcapng file, as "
                        "tcpdump -w and Wireshark write it"
                    )
        except OSError as error:
            if isinstance(error, FileError):
                raise
            raise FileError(f"{self._path}: cannot be read: {error.strerror}") from None

    def _of_link(self, kind: int) -> int:
        if kind not in _KNOWN:
            raise FileError(
                f"{self._path}: captured on a link of type {kind}; only Ethernet, Linux cooked "
                "and raw IP captures can be read"
            )
        if self.link_type is None:
            self.link_type = kind
        return kind

    def _count(self, shorter: bool) -> bool:
        """Count a frame; return whether there may be no more."""
        if self.frames >= self._most:
            self.trouble = "too-many"
            return True
        self.frames += 1
        self.shortened += shorter
        return False

    def _records(self, file: BinaryIO, order: str, part_s: float) -> Iterator[tuple[float, bytes]]:
        head = file.read(20)
        if len(head) < 20:
            self.trouble = "cut-short"
            return
        kind = self._of_link(struct.unpack_from(order + "I", head, 16)[0] & 0xFFFF)
        unpack = struct.Struct(order + "IIII").unpack
        read = file.read
        plain = kind == _ETHERNET
        while record := read(16):
            if len(record) < 16:
                self.trouble = "cut-short"
                return
            second, part, size, whole = unpack(record)
            if size > _MOST_FRAME_BYTES:
                self.trouble = "damaged"
                return
            frame = read(size)
            if len(frame) < size:
                self.trouble = "cut-short"
                return
            if self._count(size < whole):
                return
            yield second + part * part_s, frame if plain else _as_ethernet(frame, kind)

    def _blocks(self, file: BinaryIO) -> Iterator[tuple[float, bytes]]:
        """Read the blocks of a pcapng file (draft-ietf-opsawg-pcapng)."""
        file.seek(0)
        order = "<"
        links: list[tuple[int, float]] = []
        while head := file.read(8):
            if len(head) < 8:
                self.trouble = "cut-short"
                return
            if head[:4] == _SECTION:
                mark = file.read(4)
                if mark not in (b"\x4d\x3c\x2b\x1a", b"\x1a\x2b\x3c\x4d"):
                    self.trouble = "damaged" if len(mark) == 4 else "cut-short"
                    return
                order, links = "<" if mark[0] == 0x4D else ">", []
                file.seek(-4, 1)
            kind, size = struct.unpack(order + "II", head)
            if not 12 <= size <= _MOST_BLOCK_BYTES or size % 4:
                self.trouble = "damaged"
                return
            block = file.read(size - 8)
            if len(block) < size - 8:
                self.trouble = "cut-short"
                return
            body = block[:-4]
            try:
                if kind == 1:
                    links.append(self._interface(body, order))
                    continue
                found = _block_frame(kind, body, order, links)
            except (struct.error, IndexError):
                self.trouble = "damaged"
                return
            if found is None:
                continue
            at_s, frame, whole, link = found
            if self._count(len(frame) < whole):
                return
            yield at_s, _as_ethernet(frame, link)

    def _interface(self, body: bytes, order: str) -> tuple[int, float]:
        """Return the kind of a link and the parts of a second in which it counts time."""
        kind = self._of_link(struct.unpack_from(order + "H", body)[0])
        part_s, at = 1e-6, 8
        while at + 4 <= len(body):
            option, size = struct.unpack_from(order + "HH", body, at)
            if option == 9 and size == 1 and at + 4 < len(body):  # if_tsresol
                value = body[at + 4]
                part_s = 2.0 ** -(value & 0x7F) if value & 0x80 else 10.0 ** -min(value, 30)
            if option == 0:
                break
            at += 4 + (size + 3) // 4 * 4
        return kind, part_s


def _block_frame(
    kind: int, body: bytes, order: str, links: list[tuple[int, float]]
) -> tuple[float, bytes, int, int] | None:
    """Return time, frame, its whole size and the kind of link; None for a block without a frame."""
    if kind == 6:  # enhanced packet
        index, high, low, size, whole = struct.unpack_from(order + "IIIII", body)
        at, (link, part_s) = 20, links[index]
        when = (high << 32 | low) * part_s
    elif kind == 3:  # simple packet: no time of its own
        (whole,) = struct.unpack_from(order + "I", body)
        size, at, when, (link, _) = min(whole, len(body) - 4), 4, 0.0, links[0]
    elif kind == 2:  # packet, obsolete
        index, _, high, low, size, whole = struct.unpack_from(order + "HHIIII", body)
        at, (link, part_s) = 20, links[index]
        when = (high << 32 | low) * part_s
    else:
        return None
    if size > len(body) - at or size > _MOST_FRAME_BYTES:
        raise IndexError("a frame reaches beyond its block")
    return when, body[at : at + size], whole, link


def _as_ethernet(frame: bytes, kind: int) -> bytes:
    """Return a frame with the head of Ethernet, its MACs as far as the link knows them."""
    if kind == _ETHERNET:
        return frame
    if kind == _SLL:
        return bytes(6) + frame[6:12] + frame[14:16] + frame[16:]
    if kind == _SLL2:
        return bytes(6) + frame[12:18] + frame[:2] + frame[20:]
    if kind in (_NULL, _LOOP):
        family = frame[0] or frame[3] if len(frame) >= 4 else 0
        return bytes(12) + (b"\x86\xdd" if family in _AF_INET6 else b"\x08\x00") + frame[4:]
    return bytes(12) + (b"\x86\xdd" if frame[:1] and frame[0] >> 4 != 4 else b"\x08\x00") + frame
