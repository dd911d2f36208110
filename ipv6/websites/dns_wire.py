"""Questions to name servers as octets, and what their answers say (RFC 1035, 6891, 9460).

Answers are hostile: a name may point at itself, a count may promise what is not there. Reading is
bounded by the answer's own length and by :data:`MOST_RECORDS`, and what cannot be read is a
:class:`BrokenReply`, never anything else.
"""

from __future__ import annotations

import socket
import struct
from dataclasses import dataclass

__all__ = [
    "KINDS",
    "MOST_RECORDS",
    "PAYLOAD_OCTETS",
    "BrokenReply",
    "Question",
    "Record",
    "Reply",
    "ask_for",
    "canonical",
    "read_reply",
]

PAYLOAD_OCTETS = 1232
"""Largest answer that is asked for over UDP: what passes every IPv6 link whole (RFC 8200, 5)."""

MOST_RECORDS = 10_000
"""Of one answer that are read; 65,535 octets hold fewer than 6,000."""

KINDS = {
    "A": 1, "NS": 2, "CNAME": 5, "SOA": 6, "PTR": 12, "MX": 15, "TXT": 16, "AAAA": 28,
    "OPT": 41, "DNSKEY": 48, "HTTPS": 65,
}  # fmt: skip
_NAMES = {number: kind for kind, number in KINDS.items()}
_RCODES = ("NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED")
_IPV6_HINT = 6  # RFC 9460, 14.3.2
_HEAD = struct.Struct("!6H")
_ROW = struct.Struct("!HHIH")
_MOST_NAME_OCTETS = 255


class BrokenReply(ValueError):  # noqa: N818 - it is what was found, not what went wrong here
    """An answer cannot be read as DNS, or answers something else."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question, as it is put.

    Attributes
    ----------
    octets
        The whole message.
    name, kind
        What is asked for; the name in the form of :func:`canonical`.
    """

    octets: bytes
    name: str
    kind: str


@dataclass(frozen=True, slots=True)
class Record:
    """A record of an answer.

    Attributes
    ----------
    owner
        Name that it belongs to.
    kind
        ``AAAA``, ``NS`` ...; ``TYPE257`` where it is not one of :data:`KINDS`.
    value
        An address or a name; ``10 mx.example.`` for MX; the addresses of the hints, separated by
        blanks, for HTTPS; empty for the rest.
    """

    owner: str
    kind: str
    ttl_s: int
    value: str


@dataclass(frozen=True, slots=True)
class Reply:
    """What a name server said.

    Attributes
    ----------
    rcode
        ``NOERROR``, ``NXDOMAIN``, ``SERVFAIL`` ...
    authoritative, cut
        Bits AA and TC.
    edns
        The answer carries OPT.
    octets
        Length of the message.
    """

    rcode: str
    authoritative: bool
    cut: bool
    edns: bool
    answer: tuple[Record, ...]
    authority: tuple[Record, ...]
    additional: tuple[Record, ...]
    octets: int

    def values(self, owner: str, kind: str) -> tuple[str, ...]:
        """Return the values of one kind that the answer holds for a name, each once."""
        found = (r.value for r in self.answer if r.kind == kind and r.owner == owner)
        return tuple(dict.fromkeys(found))


def canonical(name: str) -> str:
    """Return a name in lower case with its final dot, so that equal names are equal texts."""
    return name.lower().rstrip(".") + "."


def _packed(name: str) -> bytes:
    packed = bytearray()
    for label in name.rstrip(".").split("."):
        raw = label.encode("ascii")
        if not 0 < len(raw) < 64:
            if name == ".":
                break
            raise ValueError(f"{name!r}: a label has 1 to 63 characters")
        packed.append(len(raw))
        packed += raw
    packed.append(0)
    if len(packed) > _MOST_NAME_OCTETS:
        raise ValueError(f"{name!r}: a name has at most 253 characters")
    return bytes(packed)


def ask_for(
    name: str, kind: str, *, ident: int, recursion: bool = False, edns: bool = True,
    dnssec: bool = False,
) -> Question:  # fmt: skip
    """Return the message that asks for one kind of records of a name.

    Parameters
    ----------
    ident
        Number by which the answer is known, 0 to 65535; draw it at random.
    recursion
        Ask a resolver to find out; not asked of authoritative servers.
    edns, dnssec
        Offer :data:`PAYLOAD_OCTETS`, and ask for signatures.

    Raises
    ------
    ValueError
        The name cannot be put into a message.
    """
    head = _HEAD.pack(ident, 0x0100 if recursion else 0, 1, 0, 0, 1 if edns else 0)
    body = _packed(name) + struct.pack("!HH", KINDS[kind], 1)
    tail = b""
    if edns:
        tail = b"\0" + _ROW.pack(KINDS["OPT"], PAYLOAD_OCTETS, 0x8000 if dnssec else 0, 0)
    return Question(head + body + tail, canonical(name), kind)


def _label_text(raw: bytes) -> str:
    if raw.isascii() and raw.replace(b"-", b"a").replace(b"_", b"a").isalnum():
        return raw.decode("ascii").lower()
    return "".join(
        chr(o).lower() if 33 <= o < 127 and o not in b'."\\' else f"\\{o:03d}" for o in raw
    )


def _name_at(message: bytes, at: int) -> tuple[str, int]:
    """Return the name that stands at a place, and where what follows it begins."""
    labels: list[str] = []
    length, behind, last = 1, -1, at
    while True:
        if at >= len(message):
            raise BrokenReply("a name runs over the end")
        size = message[at]
        if size == 0:
            return ".".join(labels) + ".", behind if behind >= 0 else at + 1
        if size >= 0xC0:
            if at + 1 >= len(message):
                raise BrokenReply("a name runs over the end")
            target = (size & 0x3F) << 8 | message[at + 1]
            if behind < 0:
                behind = at + 2
            if target >= last:  # only backwards: else a name could be endless
                raise BrokenReply("a name points forward or at itself")
            at = last = target
            continue
        if size >= 0x40:
            raise BrokenReply("a label of a kind that is not known")
        length += size + 1
        if length > _MOST_NAME_OCTETS or at + 1 + size > len(message):
            raise BrokenReply("a name is too long")
        labels.append(_label_text(message[at + 1 : at + 1 + size]))
        at += 1 + size


def _hints(message: bytes, at: int, end: int) -> str:
    """Return the IPv6 hints of an HTTPS record (RFC 9460, 2.2)."""
    _target, at = _name_at(message, at + 2)
    found: list[str] = []
    while at + 4 <= end:
        key, size = struct.unpack_from("!HH", message, at)
        at += 4
        if at + size > end:
            raise BrokenReply("a parameter runs over its record")
        if key == _IPV6_HINT:
            found += [_address(message[n : n + 16]) for n in range(at, at + size - 15, 16)]
        at += size
    return " ".join(found)


def _address(raw: bytes) -> str:
    if len(raw) == 4:
        return socket.inet_ntop(socket.AF_INET, raw)
    if len(raw) == 16:
        return socket.inet_ntop(socket.AF_INET6, raw)
    raise BrokenReply(f"an address of {len(raw)} octets")


def _value(message: bytes, kind: int, at: int, size: int) -> str:
    end = at + size
    if kind in (1, 28):
        if size != (4 if kind == 1 else 16):
            raise BrokenReply(f"an address of {size} octets")
        return _address(message[at:end])
    if kind in (2, 5, 12):
        return _name_at(message, at)[0]
    if kind == 15 and size > 2:
        return f"{message[at] << 8 | message[at + 1]} {_name_at(message, at + 2)[0]}"
    if kind == 65 and size > 2:
        return _hints(message, at, end)
    return ""


def _section(message: bytes, at: int, count: int) -> tuple[list[Record], int, bool]:
    found: list[Record] = []
    edns = False
    for _ in range(count):
        if at >= len(message):
            raise BrokenReply("fewer records than were promised")
        owner, at = _name_at(message, at)
        if at + 10 > len(message):
            raise BrokenReply("a record runs over the end")
        kind, _group, ttl_s, size = _ROW.unpack_from(message, at)
        at += 10
        if at + size > len(message):
            raise BrokenReply("a record runs over the end")
        if kind == 41:
            edns = True
        else:
            value = _value(message, kind, at, size)
            found.append(Record(owner, _NAMES.get(kind, f"TYPE{kind}"), ttl_s, value))
        at += size
    return found, at, edns


def read_reply(message: bytes, question: Question) -> Reply:
    """Read the answer to a question.

    Raises
    ------
    BrokenReply
        It is no answer, answers another question, or breaks off.
    """
    if len(message) < 12:
        raise BrokenReply("shorter than a header")
    _ident, bits, asked, *counts = _HEAD.unpack_from(message)
    if message[:2] != question.octets[:2] or not bits & 0x8000:
        raise BrokenReply("an answer to something else")
    if asked > 1 or sum(counts) > MOST_RECORDS:
        raise BrokenReply(f"promises {sum(counts)} records")
    at = 12
    if asked:
        name, at = _name_at(message, at)
        if name != question.name or message[at : at + 2] != struct.pack("!H", KINDS[question.kind]):
            raise BrokenReply("an answer to something else")
        at += 4
    elif bits & 0xF == 0:
        raise BrokenReply("an answer to nothing")
    cut = bool(bits & 0x0200)
    sections: list[tuple[Record, ...]] = []
    edns = False
    for count in counts:
        if cut and at >= len(message):  # what is cut may end anywhere
            sections.append(())
            continue
        found, at, has_edns = _section(message, at, count)
        sections.append(tuple(found))
        edns |= has_edns
    code = bits & 0xF
    return Reply(
        rcode=_RCODES[code] if code < len(_RCODES) else f"RCODE{code}",
        authoritative=bool(bits & 0x0400),
        cut=cut,
        edns=edns,
        answer=sections[0],
        authority=sections[1],
        additional=sections[2],
        octets=len(message),
    )
