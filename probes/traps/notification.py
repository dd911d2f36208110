"""Notifications of v1 and v2c, read into one form, and what each hints at.

A v1 trap is brought into the form of v2 by the rules of RFC 3584, section 3.1.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

from ..snmp.ber import (
    RESPONSE,
    BrokenBerError,
    Message,
    Pdu,
    decode_message,
    decode_oid,
    decode_value,
    encode_integer,
    encode_pdu,
    read_header,
    tlv,
)
from ..snmp.values import Oid, Tag, Typed

__all__ = ["Hint", "Notification", "inform_reply", "of_varbinds", "read_notification"]

_SEQUENCE, _TRAP_V1, _INFORM, _TRAP_V2 = 0x30, 0xA4, 0xA6, 0xA7
_UPTIME: Oid = (1, 3, 6, 1, 2, 1, 1, 3, 0)
_TRAP_OID: Oid = (1, 3, 6, 1, 6, 3, 1, 1, 4, 1, 0)
_TRAP_ADDRESS: Oid = (1, 3, 6, 1, 6, 3, 18, 1, 3, 0)
_GENERIC: Oid = (1, 3, 6, 1, 6, 3, 1, 1, 5)
_IF_INDEX: Oid = (1, 3, 6, 1, 2, 1, 2, 2, 1, 1)
_IF_ENTRY: Oid = _IF_INDEX[:-1]

_KINDS: dict[Oid, str] = {
    (*_GENERIC, 1): "cold-start",
    (*_GENERIC, 2): "warm-start",
    (*_GENERIC, 3): "link-down",
    (*_GENERIC, 4): "link-up",
    (*_GENERIC, 5): "authentication-failure",
}


@dataclass(frozen=True, slots=True)
class Notification:
    """A trap or inform, whatever version it came in.

    Attributes
    ----------
    source
        Address that the datagram came from; anybody can write it there.
    agent
        Address that the message itself names (v1, and proxies); None where it names none.
    version
        1, 2 or 3.
    credential
        Community, or user of v3: kept as bytes and shown nowhere.
    uptime_s
        The agent's own clock; None where it did not say.
    """

    source: str
    agent: str | None
    version: int
    trap_oid: Oid
    uptime_s: float | None
    varbinds: tuple[tuple[Oid, Typed | None], ...]
    confirmed: bool
    credential: bytes

    def __repr__(self) -> str:
        """Show what it is, without the community that let it in."""
        return f"Notification({self.source}, v{self.version}, {self.trap_oid}, {len(self.varbinds)} varbinds)"

    @property
    def kind(self) -> str:
        """``link-down``, ``link-up``, ``cold-start``, ``warm-start``, ... or ``other``."""
        return _KINDS.get(self.trap_oid, "other")

    @property
    def if_index(self) -> int | None:
        """Index of the interface it speaks of; None where it speaks of none."""
        for name, value in self.varbinds:
            if name[: len(_IF_INDEX)] == _IF_INDEX and value is not None:
                return value.value if isinstance(value.value, int) else None
        for name, _ in self.varbinds:  # ifOperStatus.7 and its like name the row too
            if name[: len(_IF_ENTRY)] == _IF_ENTRY and len(name) == len(_IF_ENTRY) + 2:
                return name[-1]
        return None

    def same_as(self) -> tuple[object, ...]:
        """Return what two notifications of the same event have in common."""
        return (self.source, self.agent, self.trap_oid, self.varbinds)


@dataclass(frozen=True, slots=True)
class Hint:
    """Look at this agent now, and why: the poll that follows says what is true.

    Attributes
    ----------
    agent_id
        Agent that the source belongs to.
    kind
        As :attr:`Notification.kind`.
    if_index
        Interface to look at first; None for the whole agent.
    repeated
        How many of the same came within the window, this one included.
    """

    agent_id: str
    kind: str
    if_index: int | None
    at_s: float
    repeated: int = 1


def _uptime(value: Typed | None) -> float | None:
    return value.value / 100.0 if value is not None and isinstance(value.value, int) else None


def of_varbinds(
    varbinds: tuple[tuple[Oid, Typed | None], ...],
    *,
    source: str,
    version: int,
    confirmed: bool,
    credential: bytes,
) -> Notification:
    """Return the notification that the bindings of a v2 unit make up (RFC 3416, section 4.2.6).

    Raises
    ------
    BrokenBerError
        There is no snmpTrapOID among them.
    """
    named = dict(varbinds)
    trap = named.get(_TRAP_OID)
    if trap is None or not isinstance(trap.value, tuple):
        raise BrokenBerError("a notification does not say what it is (snmpTrapOID)")
    address = named.get(_TRAP_ADDRESS)
    agent = None
    if address is not None and isinstance(address.value, bytes) and len(address.value) == 4:
        agent = str(ipaddress.IPv4Address(address.value))
    rest = tuple((n, v) for n, v in varbinds if n not in (_UPTIME, _TRAP_OID, _TRAP_ADDRESS))
    return Notification(
        source, agent, version, trap.value, _uptime(named.get(_UPTIME)), rest, confirmed, credential
    )


def _version_1(datagram: bytes, source: str) -> Notification:
    """Read a v1 trap, whose unit has a form of its own (RFC 1157, section 4.1.6)."""

    def part(at: int, end: int, wanted: int) -> tuple[bytes, int]:
        tag, begin, stop = read_header(datagram, at, end)
        if tag != wanted:
            raise BrokenBerError("a v1 trap has a part of the wrong type")
        return datagram[begin:stop], stop

    _, at, end = read_header(datagram, 0, len(datagram))
    _, at = part(at, end, Tag.INTEGER)
    community, at = part(at, end, Tag.OCTET_STRING)
    _, at, end = read_header(datagram, at, end)
    enterprise, at = part(at, end, Tag.OBJECT_IDENTIFIER)
    address, at = part(at, end, Tag.IP_ADDRESS)
    generic_raw, at = part(at, end, Tag.INTEGER)
    specific_raw, at = part(at, end, Tag.INTEGER)
    ticks, at = part(at, end, Tag.TIME_TICKS)
    if not (1 <= len(generic_raw) <= 5 and 1 <= len(specific_raw) <= 5 and len(address) == 4):
        raise BrokenBerError("a v1 trap has a number or an address of the wrong length")
    _, at, end = read_header(datagram, at, end)
    bound: list[tuple[Oid, Typed | None]] = []
    while at < end:
        _, inner, stop = read_header(datagram, at, end)
        name_tag, begin, name_end = read_header(datagram, inner, stop)
        value_tag, value_begin, value_end = read_header(datagram, name_end, stop)
        if name_tag != Tag.OBJECT_IDENTIFIER:
            raise BrokenBerError("a binding has no name")
        try:
            value: Typed | None = decode_value(value_tag, datagram[value_begin:value_end])
        except BrokenBerError:
            value = None
        bound.append((decode_oid(datagram[begin:name_end]), value))
        at = stop
    generic = int.from_bytes(generic_raw, signed=True)
    specific = int.from_bytes(specific_raw, signed=True)
    if 0 <= generic <= 5:
        trap_oid: Oid = (*_GENERIC, generic + 1)
    else:  # RFC 3584, section 3.1 (3): enterprise, 0, specific
        trap_oid = (*decode_oid(enterprise), 0, specific & 0xFFFFFFFF)
    agent = None if address == bytes(4) else str(ipaddress.IPv4Address(address))
    uptime_s = _uptime(decode_value(Tag.TIME_TICKS, ticks))
    return Notification(source, agent, 1, trap_oid, uptime_s, tuple(bound), False, community)


def _unit_tag(datagram: bytes) -> int:
    """Return the tag of the unit in a message of v1 or v2c."""
    tag, at, end = read_header(datagram, 0, len(datagram))
    if tag != _SEQUENCE:
        raise BrokenBerError("a message is not a SEQUENCE")
    for _ in range(2):
        _, _, at = read_header(datagram, at, end)
    return read_header(datagram, at, end)[0]


def read_notification(datagram: bytes, source: str) -> tuple[Notification, Message | None]:
    """Read a datagram of v1 or v2c; the message comes along when it is an inform to be answered.

    Raises
    ------
    BrokenBerError
        It is no notification.
    """
    unit = _unit_tag(datagram)
    if unit == _TRAP_V1:
        return _version_1(datagram, source), None
    if unit not in (_INFORM, _TRAP_V2):
        raise BrokenBerError(f"a unit of tag 0x{unit:02x} is no notification")
    message = decode_message(datagram)
    confirmed = unit == _INFORM
    read = of_varbinds(
        message.pdu.varbinds,
        source=source,
        version=2,
        confirmed=confirmed,
        credential=message.community,
    )
    return read, message if confirmed else None


def inform_reply(message: Message) -> bytes:
    """Return the answer to an inform: its own bindings (RFC 3416, section 4.2.7)."""
    unit = Pdu(RESPONSE, message.pdu.request_id, 0, 0, message.pdu.varbinds)
    content = encode_integer(message.version) + tlv(Tag.OCTET_STRING, message.community)
    return tlv(_SEQUENCE, content + encode_pdu(unit))
