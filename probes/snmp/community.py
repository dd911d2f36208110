"""Messages of SNMP v1 and v2c (RFC 1157, RFC 1901): a community around a unit."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .ber import GET_BULK, BrokenBerError, encode_integer, encode_pdu_of, read_header, tlv
from .conversation import Question

__all__ = ["Head", "community_message", "question_unit", "read_head", "read_head_packed"]

_NULL = b"\x05\x00"
_NO_REPLY = 3  # of reply_kernel, which is loaded only when it is needed


class Head(NamedTuple):
    """What stands before the bindings of a message.

    ``begin`` and ``end`` bound the list of bindings; both are 0 when something between the
    request id and the list is broken. ``trailing`` counts octets after the message.
    """

    version: int
    community: bytes
    tag: int
    request_id: int
    error_status: int
    error_index: int
    begin: int
    end: int
    trailing: int


def question_unit(question: Question, request_id: int) -> bytes:
    """Return a question as an encoded unit."""
    bound = b"".join(
        [
            bytes((0x30, len(name) + 4, 6, len(name))) + name + _NULL
            if len(name) < 124
            else tlv(0x30, tlv(6, name) + _NULL)
            for name in question.names
        ]
    )
    if question.tag == GET_BULK:
        scalars, rows = question.scalars, question.repetitions
        return encode_pdu_of(GET_BULK, request_id, scalars, rows, bound)
    return encode_pdu_of(question.tag, request_id, 0, 0, bound)


def community_message(question: Question, request_id: int, community: bytes) -> bytes:
    """Return a question as a datagram."""
    version = encode_integer(0 if question.v1 else 1)
    return tlv(0x30, version + tlv(4, community) + question_unit(question, request_id))


def _past_header(octets: bytes, at: int, end: int) -> int:
    """Return where the content of a part begins whose length may lie."""
    size = octets[at + 1] if at + 1 < end else 0
    return at + 2 + (size & 0x7F if size > 0x80 else 0)


def _integer(octets: bytes, at: int, end: int) -> tuple[int, int]:
    tag, begin, stop = read_header(octets, at, end)
    if tag != 0x02 or not 1 <= stop - begin <= 8:
        raise BrokenBerError("a number of the message is not an INTEGER")
    return int.from_bytes(octets[begin:stop], "big", signed=True), stop


def read_head(octets: bytes) -> Head | None:
    """Read what stands before the bindings; None when it is no message of v1 or v2c.

    A message that is cut off, or whose lengths lie, still says whose it is.
    """
    if len(octets) < 2 or octets[0] != 0x30:
        return None
    broken = False
    try:
        _, at, whole = read_header(octets, 0, len(octets))
    except BrokenBerError:
        broken, at, whole = True, _past_header(octets, 0, len(octets)), len(octets)
    trailing = len(octets) - whole
    try:
        version, at = _integer(octets, at, whole)
        tag, begin, stop = read_header(octets, at, whole)
        if version not in (0, 1) or tag != 0x04 or stop + 2 > whole:
            return None
        community, at = octets[begin:stop], stop
        tag = octets[at]
        try:
            _, start, unit = read_header(octets, at, whole)
        except BrokenBerError:
            broken, start, unit = True, _past_header(octets, at, whole), whole
        request_id, at = _integer(octets, start, unit)
    except BrokenBerError:
        return None
    status = index = begin = stop = 0
    try:
        status, at = _integer(octets, at, unit)
        index, at = _integer(octets, at, unit)
        kind, begin, stop = read_header(octets, at, unit)
        if broken or unit != whole or kind != 0x30 or stop != unit:
            begin = stop = 0
    except BrokenBerError:
        begin = stop = 0
    return Head(version, community, tag, request_id, status, index, begin, stop, trailing)


class _Scratch(threading.local):
    """Loaded code and an array that every reading fills anew; each thread has its own."""

    find: Callable[..., int] | None = None
    places: NDArray[np.int64]


_scratch = _Scratch()


def read_head_packed(octets: bytes) -> Head | None:
    """Read as :func:`read_head` does, by machine code."""
    find = _scratch.find
    if find is None:
        from .reply_kernel import find_head

        find = _scratch.find = find_head
        _scratch.places = np.empty(10, np.int64)
    places = _scratch.places
    places[:] = 0
    how = find(np.frombuffer(octets, np.uint8), 0, len(octets), places)
    if how == _NO_REPLY:
        return None
    version, begin, stop, *rest = places.tolist()
    return Head(version, octets[begin:stop], *rest)
