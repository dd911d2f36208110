"""Remote write read back: snappy and protobuf, written from their format descriptions."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any


def unsnap(data):
    """Undo snappy, written from its format description."""
    size = shift = place = 0
    while True:
        byte = data[place]
        size |= (byte & 127) << shift
        place, shift = place + 1, shift + 7
        if byte < 128:
            break
    out = bytearray()
    while place < len(data):
        tag = data[place]
        place += 1
        if tag & 3 == 0:
            length = (tag >> 2) + 1
            if length > 60:
                extra = length - 60
                length = int.from_bytes(data[place : place + extra], "little") + 1
                place += extra
            out += data[place : place + length]
            place += length
            continue
        if tag & 3 == 1:
            length, offset = (tag >> 2 & 7) + 4, (tag >> 5) << 8 | data[place]
            place += 1
        else:
            width = 2 if tag & 3 == 2 else 4
            length, offset = (tag >> 2) + 1, int.from_bytes(data[place : place + width], "little")
            place += width
        assert 0 < offset <= len(out)
        for _ in range(length):
            out.append(out[-offset])
    assert len(out) == size
    return bytes(out)


def fields(data) -> Iterator[tuple[int, Any]]:
    """Yield the fields of a protobuf message: number and content."""
    place = 0

    def varint():
        nonlocal place
        number = shift = 0
        while True:
            byte = data[place]
            place, number, shift = place + 1, number | (byte & 127) << shift, shift + 7
            if byte < 128:
                return number

    while place < len(data):
        key = varint()
        if key & 7 == 0:
            yield key >> 3, varint()
        elif key & 7 == 1:
            yield key >> 3, struct.unpack_from("<d", data, place)[0]
            place += 8
        else:
            assert key & 7 == 2
            size = varint()
            yield key >> 3, data[place : place + size]
            place += size


def series_of(body):
    out = []
    for number, series in fields(unsnap(body)):
        assert number == 1
        labels, samples = [], []
        for kind, content in fields(series):
            assert isinstance(content, bytes)
            parts = dict(fields(content))
            if kind == 1:
                labels.append((parts[1].decode(), parts[2].decode()))
            else:
                samples.append((parts[1], parts[2]))
        out.append((labels, samples))
    return out
