"""Snappy's block format, as remote write wants it: literals, and copies of what came before.

The compressor looks for four equal bytes, within blocks of 64 KB so that every copy is near, as the
format's own does. Labels repeat from series to series, so that this finds most of what there is.

Source: google/snappy, format_description.txt.
"""

from __future__ import annotations

from ...topology.errors import InputError

__all__ = ["compress"]

_BLOCK = 65_536
_MOST = 2**32 - 1
_LONGEST_COPY = 64
_SHORTEST = 4


def _length(number: int) -> bytes:
    out = bytearray()
    while number >= 128:
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)
    return bytes(out)


def _literal(out: bytearray, part: bytes) -> None:
    last = len(part) - 1
    if last < 60:
        out.append(last << 2)
    elif last < 256:
        out += bytes((60 << 2, last))
    else:
        out.append(61 << 2)
        out += last.to_bytes(2, "little")
    out += part


def _copy(out: bytearray, offset: int, length: int) -> None:
    while length > 0:
        size = min(length, _LONGEST_COPY)
        out.append(size - 1 << 2 | 2)
        out += offset.to_bytes(2, "little")
        length -= size


def _block(out: bytearray, data: bytes) -> None:
    seen: dict[bytes, int] = {}
    size = len(data)
    place = start = 0
    while place + _SHORTEST <= size:
        key = data[place : place + _SHORTEST]
        before = seen.get(key)
        seen[key] = place
        if before is None:
            place += 1
            continue
        end, match = place + _SHORTEST, before + _SHORTEST
        # Long runs are compared in one step, the rest byte by byte.
        while data[end : end + 32] == data[match : match + 32] and end + 32 <= size:
            end, match = end + 32, match + 32
        while end < size and data[end] == data[match]:
            end, match = end + 1, match + 1
        if start < place:
            _literal(out, data[start:place])
        _copy(out, place - before, end - place)
        place = start = end
    if start < size:
        _literal(out, data[start:])


def compress(data: bytes) -> bytes:
    """Return the bytes as one snappy block stream.

    Raises
    ------
    InputError
        There are more than 4 GB.
    """
    if len(data) > _MOST:
        raise InputError("snappy holds at most 4 GB at once; send fewer series at a time")
    out = bytearray(_length(len(data)))
    for start in range(0, len(data), _BLOCK):
        _block(out, data[start : start + _BLOCK])
    return bytes(out)
