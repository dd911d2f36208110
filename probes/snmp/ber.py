"""SNMP messages in BER, plainly: what goes out is written here, what comes in can be read here.

This is the readable twin of :mod:`.reply_kernel`, which reads the many; tests hold the two against
each other. Rules are those of RFC 3416, RFC 3417 section 8 and X.690 as devices follow them:

* lengths are definite, short or long (at most four octets), and stay inside what holds them;
* a counter whose first octet lacks its leading zero (FF FF FF F0) is the number it was meant to
  be, 4294967280, and a leading zero may be there or not;
* octets after the message are ignored but told, octets inside a part that belong to nothing are
  an error;
* an identifier has at most 128 numbers below 2^32, none written with needless octets.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from .values import Oid, Tag, Typed

__all__ = [
    "CONFIRMED",
    "GET",
    "GET_BULK",
    "GET_NEXT",
    "LONGEST_OID",
    "REPORT",
    "RESPONSE",
    "BrokenBerError",
    "Message",
    "Pdu",
    "decode_message",
    "decode_oid",
    "decode_pdu",
    "decode_value",
    "encode_integer",
    "encode_oid",
    "encode_pdu",
    "encode_pdu_of",
    "encode_typed",
    "encode_varbind",
    "header",
    "read_header",
    "tlv",
]

GET, GET_NEXT, RESPONSE, GET_BULK, REPORT = 0xA0, 0xA1, 0xA2, 0xA5, 0xA8
CONFIRMED = (GET, GET_NEXT, GET_BULK)
"""The questions this program asks; there is no SET among them."""

LONGEST_OID = 128
_SEQUENCE = 0x30
_UNSIGNED = {Tag.COUNTER32: 32, Tag.GAUGE32: 32, Tag.TIME_TICKS: 32, Tag.COUNTER64: 64}
_OCTETS = {Tag.OCTET_STRING, Tag.IP_ADDRESS, Tag.OPAQUE}
_NOTHING = {Tag.NULL, Tag.NO_SUCH_OBJECT, Tag.NO_SUCH_INSTANCE, Tag.END_OF_MIB_VIEW}


class BrokenBerError(ValueError):
    """Octets that are no BER, or no SNMP."""


@dataclass(frozen=True, slots=True)
class Pdu:
    """A protocol data unit (RFC 3416 section 3).

    ``error_status`` and ``error_index`` are ``non_repeaters`` and ``max_repetitions`` of a
    GETBULK. A value that breaks the rules of its type is None in ``varbinds``, with its name.
    """

    tag: int
    request_id: int
    error_status: int
    error_index: int
    varbinds: tuple[tuple[Oid, Typed | None], ...]


@dataclass(frozen=True, slots=True)
class Message:
    """A message of SNMP v1 (version 0) or v2c (version 1)."""

    version: int
    community: bytes
    pdu: Pdu
    trailing: int = 0  # octets after the message


def header(tag: int, length: int) -> bytes:
    """Return tag and length."""
    if length < 0x80:
        return bytes((tag, length))
    octets = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(octets))) + octets


def tlv(tag: int, content: bytes) -> bytes:
    """Return tag, length and content."""
    return header(tag, len(content)) + content


def encode_integer(value: int) -> bytes:
    """Return an INTEGER, whole, in as few octets as it takes."""
    octets = value.to_bytes(value.bit_length() // 8 + 1, "big", signed=True)
    return bytes((Tag.INTEGER, len(octets))) + octets


@lru_cache(maxsize=16_384)  # columns are asked for again and again
def encode_oid(numbers: Oid) -> bytes:
    """Return the content of an identifier, without tag and length.

    Raises
    ------
    ValueError
        It has fewer than two numbers, more than 128, or numbers that BER cannot hold.
    """
    if not 2 <= len(numbers) <= LONGEST_OID:
        raise ValueError(f"{numbers} is not an identifier of 2 to {LONGEST_OID} numbers")
    first, second, *rest = numbers
    if not (0 <= first <= 2 and 0 <= second < 2**32 and (first == 2 or second < 40)):
        raise ValueError(f"{numbers} cannot begin with {first}.{second}")
    if not all(0 <= number < 2**32 for number in rest):
        raise ValueError(f"{numbers} holds a number that is not in 0..2^32 - 1")
    octets = bytearray()
    for number in (40 * first + second, *rest):
        septets = [number & 0x7F]
        while number := number >> 7:
            septets.append(0x80 | number & 0x7F)
        octets += bytes(reversed(septets))
    return bytes(octets)


def encode_typed(typed: Typed) -> bytes:
    """Return a value with tag and length.

    Raises
    ------
    ValueError
        The value does not fit its tag.
    """
    tag, value = typed
    if tag in _NOTHING and value is None:
        return bytes((tag, 0))
    if tag == Tag.INTEGER and isinstance(value, int):
        return encode_integer(value)
    if tag in _UNSIGNED and isinstance(value, int) and 0 <= value < 2 ** _UNSIGNED[Tag(tag)]:
        return tlv(tag, value.to_bytes(value.bit_length() // 8 + 1, "big"))
    if tag in _OCTETS and isinstance(value, bytes):
        return tlv(tag, value)
    if tag == Tag.OBJECT_IDENTIFIER and isinstance(value, tuple):
        return tlv(tag, encode_oid(value) if value else b"")
    raise ValueError(f"{value!r} cannot be a value of tag 0x{tag:02x}")


def encode_varbind(name: bytes, value: bytes = b"\x05\x00") -> bytes:
    """Return a name (content of an identifier) bound to an encoded value."""
    return tlv(_SEQUENCE, tlv(Tag.OBJECT_IDENTIFIER, name) + value)


def encode_pdu_of(tag: int, request_id: int, status: int, index: int, varbinds: bytes) -> bytes:
    """Return a unit with an encoded list of bindings."""
    head = encode_integer(request_id) + encode_integer(status) + encode_integer(index)
    return tlv(tag, head + tlv(_SEQUENCE, varbinds))


def encode_pdu(pdu: Pdu) -> bytes:
    """Return a unit; a binding without a value goes out with NULL."""
    bound = b"".join(
        encode_varbind(encode_oid(name), encode_typed(value or Typed(Tag.NULL, None)))
        for name, value in pdu.varbinds
    )
    return encode_pdu_of(pdu.tag, pdu.request_id, pdu.error_status, pdu.error_index, bound)


def read_header(octets: bytes, at: int, end: int) -> tuple[int, int, int]:
    """Return tag, begin and end of the content of the part at ``at``, which ``end`` bounds.

    Raises
    ------
    BrokenBerError
        The length is missing, indefinite or leads out of the whole.
    """
    if at + 2 > end:
        raise BrokenBerError("a part is cut off")
    tag, length = octets[at], octets[at + 1]
    at += 2
    if tag & 0x1F == 0x1F:
        raise BrokenBerError("a tag of several octets has no place in SNMP")
    if length >= 0x80:
        size = length & 0x7F
        if size == 0:
            raise BrokenBerError("an indefinite length has no place in SNMP")
        if size > 4 or at + size > end:
            raise BrokenBerError("a length is too long")
        length = int.from_bytes(octets[at : at + size], "big")
        at += size
    if at + length > end:
        raise BrokenBerError("a length leads out of what holds the part")
    return tag, at, at + length


def decode_oid(content: bytes) -> Oid:
    """Return an identifier from its content; no content is the empty identifier.

    Raises
    ------
    BrokenBerError
        A number is cut off, padded or too large, or there are too many.
    """
    numbers: list[int] = []
    number, begun = 0, False
    for octet in content:
        if not begun and octet == 0x80:
            raise BrokenBerError("a number of an identifier is padded")
        number = number << 7 | octet & 0x7F
        begun = octet >= 0x80
        if not begun:
            if not numbers:
                top = min(number // 40, 2)
                numbers += [top, number - 40 * top]
            else:
                numbers.append(number)
            if numbers[-1] >= 2**32:
                raise BrokenBerError("a number of an identifier is 2^32 or more")
            number = 0
    if begun:
        raise BrokenBerError("an identifier is cut off")
    if len(numbers) > LONGEST_OID:
        raise BrokenBerError(f"an identifier has more than {LONGEST_OID} numbers")
    return tuple(numbers)


def decode_value(tag: int, content: bytes) -> Typed:
    """Return a value from tag and content.

    Raises
    ------
    BrokenBerError
        The tag is none of SNMP's, or the content cannot be of that type.
    """
    if tag == Tag.INTEGER and 1 <= len(content) <= 8:
        return Typed(tag, int.from_bytes(content, "big", signed=True))
    if tag in _UNSIGNED and content:
        value = int.from_bytes(content, "big")
        if len(content) <= 9 and value < 2 ** _UNSIGNED[Tag(tag)]:
            return Typed(tag, value)
    if tag in _OCTETS:
        return Typed(tag, content)
    if tag in _NOTHING and not content:
        return Typed(tag, None)
    if tag == Tag.OBJECT_IDENTIFIER:
        return Typed(tag, decode_oid(content))
    raise BrokenBerError(f"{len(content)} octets cannot be a value of tag 0x{tag:02x}")


def _decode_integer(octets: bytes, at: int, end: int) -> tuple[int, int]:
    tag, begin, stop = read_header(octets, at, end)
    if tag != Tag.INTEGER or not 1 <= stop - begin <= 8:
        raise BrokenBerError("a number of the message is not an INTEGER")
    return int.from_bytes(octets[begin:stop], "big", signed=True), stop


def _decode_varbinds(octets: bytes, at: int, end: int) -> tuple[tuple[Oid, Typed | None], ...]:
    found: list[tuple[Oid, Typed | None]] = []
    while at < end:
        tag, inner, at = read_header(octets, at, end)
        if tag != _SEQUENCE:
            raise BrokenBerError("a binding is not a SEQUENCE")
        tag, begin, stop = read_header(octets, inner, at)
        if tag != Tag.OBJECT_IDENTIFIER:
            raise BrokenBerError("a binding has no name")
        name = decode_oid(octets[begin:stop])
        tag, begin, stop = read_header(octets, stop, at)
        if stop != at:
            raise BrokenBerError("a binding holds more than a name and a value")
        try:
            found.append((name, decode_value(tag, octets[begin:stop])))
        except BrokenBerError:
            found.append((name, None))
    return tuple(found)


def decode_pdu(octets: bytes, at: int = 0, end: int | None = None) -> tuple[Pdu, int]:
    """Return the unit at ``at`` and where it ends.

    Raises
    ------
    BrokenBerError
        It is not one.
    """
    tag, at, stop = read_header(octets, at, len(octets) if end is None else end)
    if not 0xA0 <= tag <= 0xA8 or tag == 0xA4:
        raise BrokenBerError(f"tag 0x{tag:02x} is no unit of SNMP")
    request_id, at = _decode_integer(octets, at, stop)
    status, at = _decode_integer(octets, at, stop)
    index, at = _decode_integer(octets, at, stop)
    kind, at, list_end = read_header(octets, at, stop)
    if kind != _SEQUENCE or list_end != stop:
        raise BrokenBerError("a unit does not end with its list of bindings")
    return Pdu(tag, request_id, status, index, _decode_varbinds(octets, at, list_end)), stop


def decode_message(octets: bytes) -> Message:
    """Return a message of v1 or v2c.

    Raises
    ------
    BrokenBerError
        It is not one.
    """
    tag, at, end = read_header(octets, 0, len(octets))
    if tag != _SEQUENCE:
        raise BrokenBerError("a message is not a SEQUENCE")
    version, at = _decode_integer(octets, at, end)
    if version not in (0, 1):
        raise BrokenBerError(f"version {version} is neither v1 nor v2c")
    tag, begin, at = read_header(octets, at, end)
    if tag != Tag.OCTET_STRING:
        raise BrokenBerError("a message has no community")
    pdu, stop = decode_pdu(octets, at, end)
    if stop != end:
        raise BrokenBerError("a message holds more than its unit")
    return Message(version, octets[begin:at], pdu, len(octets) - end)
