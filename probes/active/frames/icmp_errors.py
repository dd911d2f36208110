"""What routers and hosts say of packets they could not handle, and echoes (RFC 4443, 7112)."""

from __future__ import annotations

from dataclasses import dataclass

from .wire import v6_text

__all__ = ["Echo", "PacketError", "read_echo", "read_error"]

_KINDS = {1: "unreachable", 2: "too-big", 3: "time-exceeded", 4: "parameter-problem"}
_WHY = {
    (1, 0): "no-route", (1, 1): "prohibited", (1, 2): "scope", (1, 3): "address", (1, 4): "port",
    (1, 5): "source-policy", (1, 6): "reject-route", (1, 7): "source-route", (3, 0): "hop-limit",
    (3, 1): "reassembly", (4, 0): "field", (4, 1): "next-header", (4, 2): "option",
    (4, 3): "chain-cut",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class PacketError:
    """A report about a packet.

    Attributes
    ----------
    reporter
        Who says so; ``sent_to`` is whose packet it was.
    kind
        ``unreachable``, ``too-big``, ``time-exceeded`` or ``parameter-problem``.
    why
        Its code in a word, such as ``no-route`` or ``chain-cut`` (RFC 7112); a number where the
        code has none; "" for too big.
    mtu_bytes
        Of a packet that was too big.
    pointer
        Byte that a parameter problem points to.
    quoted_source, quoted_target
        Addresses of the packet that is quoted; "" where too little of it is there.
    """

    reporter: str
    sent_to: str
    kind: str
    why: str
    mtu_bytes: int | None
    pointer: int | None
    quoted_source: str
    quoted_target: str


@dataclass(frozen=True, slots=True)
class Echo:
    """An echo request or its reply; ``size_bytes`` counts from the ICMPv6 header."""

    source: str
    target: str
    reply: bool
    identity: int
    sequence: int
    size_bytes: int


def read_error(body: bytes, source: str, target: str) -> PacketError:
    """Read the ICMPv6 message of an error.

    Raises
    ------
    ValueError
        It is cut.
    """
    if len(body) < 8:
        raise ValueError("an error is cut")
    kind, code, value = body[0], body[1], int.from_bytes(body[4:8])
    quoted = body[8:48] if len(body) >= 48 and body[8] >> 4 == 6 else b""
    return PacketError(
        reporter=source,
        sent_to=target,
        kind=_KINDS[kind],
        why="" if kind == 2 else _WHY.get((kind, code), str(code)),
        mtu_bytes=value if kind == 2 else None,
        pointer=value if kind == 4 else None,
        quoted_source=v6_text(quoted[8:24]) if quoted else "",
        quoted_target=v6_text(quoted[24:40]) if quoted else "",
    )


def read_echo(body: bytes, source: str, target: str, size_bytes: int) -> Echo:
    """Read an echo, whose size its packet states: of a long one often only a part is captured.

    Raises
    ------
    ValueError
        It is cut.
    """
    if len(body) < 8:
        raise ValueError("an echo is cut")
    identity, sequence = int.from_bytes(body[4:6]), int.from_bytes(body[6:8])
    return Echo(source, target, body[0] == 129, identity, sequence, size_bytes)
