"""Messages of SNMPv3 taken apart (RFC 3412 section 6, RFC 3414 section 2.4), still sealed."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .ber import BrokenBerError, read_header

__all__ = [
    "Parts",
    "Unit",
    "take_apart",
    "take_apart_packed",
    "take_unit",
    "take_unit_packed",
]

_SEQUENCE, _INTEGER, _OCTETS = 0x30, 0x02, 0x04
_USM = 3


class Parts(NamedTuple):
    """A message of the user-based security model.

    ``digest_at`` is where in the message the signature lies; ``scoped`` is the scoped unit, or
    what it was sealed to.
    """

    message_id: int
    flags: int
    boots: int
    time_s: int
    engine_id: bytes
    user: bytes
    digest: bytes
    digest_at: int
    salt: bytes
    scoped: bytes


class Unit(NamedTuple):
    """A unit within a scoped unit: where it lies, what heads it and where its bindings lie."""

    begin: int
    end: int
    tag: int
    request_id: int
    error_status: int
    error_index: int
    bindings_begin: int
    bindings_end: int


def _integer(octets: bytes, at: int, end: int, longest: int = 5) -> tuple[int, int]:
    tag, begin, stop = read_header(octets, at, end)
    if tag != _INTEGER or not 1 <= stop - begin <= longest:
        raise BrokenBerError("a number of the message is not an INTEGER")
    return int.from_bytes(octets[begin:stop], "big", signed=True), stop


def _octets(octets: bytes, at: int, end: int) -> tuple[int, int]:
    tag, begin, stop = read_header(octets, at, end)
    if tag != _OCTETS:
        raise BrokenBerError("a part of the message is not an OCTET STRING")
    return begin, stop


def take_apart(octets: bytes) -> Parts:
    """Return the parts of a message.

    Raises
    ------
    BrokenBerError
        It is none of SNMPv3 with the user-based security model.
    """
    tag, at, end = read_header(octets, 0, len(octets))
    version, at = _integer(octets, at, end)
    if tag != _SEQUENCE or version != 3:
        raise BrokenBerError("no message of SNMPv3")
    _, inner, at = read_header(octets, at, end)
    identifier, inner = _integer(octets, inner, at)
    _, inner = _integer(octets, inner, at)
    begin, inner = _octets(octets, inner, at)
    model, _ = _integer(octets, inner, at)
    if model != _USM or inner - begin != 1:
        raise BrokenBerError("no message of the user-based security model")
    flags = octets[begin]
    begin, at = _octets(octets, at, end)
    _, begin, stop = read_header(octets, begin, at)
    first, last = _octets(octets, begin, stop)
    engine_id = octets[first:last]
    boots, begin = _integer(octets, last, stop)
    time_s, begin = _integer(octets, begin, stop)
    if not (0 <= boots < 2**31 and 0 <= time_s < 2**31):
        raise BrokenBerError("the engine's clock is out of range")
    first, last = _octets(octets, begin, stop)
    user = octets[first:last]
    digest_at, last = _octets(octets, last, stop)
    digest = octets[digest_at:last]
    first, last = _octets(octets, last, stop)
    salt = octets[first:last]
    tag, begin, stop = read_header(octets, at, end)
    scoped = octets[begin:stop] if tag == _OCTETS else octets[at:stop]
    return Parts(identifier, flags, boots, time_s, engine_id, user, digest, digest_at, salt, scoped)


def take_unit(scoped: bytes) -> Unit:
    """Return the unit of a scoped unit.

    Raises
    ------
    BrokenBerError
        There is none, or what heads it is broken.
    """
    tag, at, end = read_header(scoped, 0, len(scoped))
    if tag != _SEQUENCE:
        raise BrokenBerError("a message has no scoped unit")
    _, at = _octets(scoped, at, end)
    _, at = _octets(scoped, at, end)
    tag, inner, stop = read_header(scoped, at, end)
    figures: list[int] = []
    for _ in range(3):
        figure, inner = _integer(scoped, inner, stop, 8)
        figures.append(figure)
    kind, first, last = read_header(scoped, inner, stop)
    if kind != _SEQUENCE or last != stop:
        raise BrokenBerError("a unit does not end with its list of bindings")
    request_id, status, index = figures
    return Unit(at, stop, tag, request_id, status, index, first, last)


class _Scratch(threading.local):
    """Loaded code and arrays that every reading fills anew; each thread has its own."""

    def __init__(self) -> None:
        from .reply_kernel import find_parts, find_unit

        self.find_parts: Callable[..., bool] = find_parts
        self.find_unit: Callable[..., bool] = find_unit
        self.parts: NDArray[Any] = np.empty(14, np.int64)
        self.unit: NDArray[Any] = np.empty(8, np.int64)


@cache
def _scratch() -> _Scratch:
    return _Scratch()


def take_apart_packed(octets: bytes) -> Parts:
    """Do as :func:`take_apart` does, by machine code."""
    scratch = _scratch()
    if not scratch.find_parts(np.frombuffer(octets, np.uint8), scratch.parts):
        raise BrokenBerError("no message of SNMPv3 with the user-based security model")
    number, flags, boots, time_s, a, b, c, d, e, f, g, h, i, j = scratch.parts.tolist()
    return Parts(
        number, flags, boots, time_s, octets[a:b], octets[c:d], octets[e:f], e, octets[g:h],
        octets[i:j],
    )  # fmt: skip


def take_unit_packed(scoped: bytes) -> Unit:
    """Do as :func:`take_unit` does, by machine code."""
    scratch = _scratch()
    if not scratch.find_unit(np.frombuffer(scoped, np.uint8), scratch.unit):
        raise BrokenBerError("no scoped unit")
    return Unit(*scratch.unit.tolist())
