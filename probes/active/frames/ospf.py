"""Routers that speak OSPF for IPv6 to each other on the link (RFC 5340).

Hellos are read whole: they tell whether an adjacency can stand. Of the exchange of databases the
heads of the advertisements are read, not their contents, which are no business of a link.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from .wire import v4_text

__all__ = ["OspfAdvert", "OspfExchange", "OspfHello", "read_ospf"]

_KINDS = {2: "description", 3: "request", 4: "update", 5: "acknowledgement"}
_OPTIONS = ((0x01, "V6"), (0x02, "E"), (0x08, "N"), (0x10, "R"), (0x20, "DC"))  # A.2
_FLAGS = ((0x04, "init"), (0x02, "more"), (0x01, "master"))
_MOST = 1000


@dataclass(frozen=True, slots=True)
class OspfHello:
    """A router that says *here I am*, and whom it hears.

    Attributes
    ----------
    source
        Link-local address it came from.
    router, area
        Identifiers, in the form of IPv4 addresses.
    options
        ``V6``, ``E`` (external routes), ``N``, ``R`` (forwards), ``DC``.
    designated, backup
        Identifiers of routers; ``0.0.0.0`` for none yet.
    """

    source: str
    router: str
    area: str
    options: tuple[str, ...]
    interface: int
    priority: int
    hello_s: int
    dead_s: int
    designated: str
    backup: str
    neighbours: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OspfAdvert:
    """Head of a link-state advertisement; ``age_s`` and ``sequence`` are None in a request."""

    kind: int
    identity: str
    router: str
    age_s: int | None
    sequence: int | None
    size_bytes: int | None


@dataclass(frozen=True, slots=True)
class OspfExchange:
    """Two routers that bring their databases together.

    Attributes
    ----------
    kind
        ``description``, ``request``, ``update`` or ``acknowledgement``.
    mtu_bytes, sequence, flags, options
        Of a description.
    """

    source: str
    kind: str
    router: str
    area: str
    adverts: tuple[OspfAdvert, ...]
    mtu_bytes: int | None = None
    sequence: int | None = None
    flags: tuple[str, ...] = ()
    options: tuple[str, ...] = ()


def _words(value: int, names: tuple[tuple[int, str], ...]) -> tuple[str, ...]:
    return tuple(word for bit, word in names if value & bit)


def _advert(raw: bytes) -> OspfAdvert:
    age, kind, identity, router, sequence, _, size = struct.unpack("!HH4s4sIHH", raw)
    return OspfAdvert(kind, v4_text(identity), v4_text(router), age, sequence, size)


def read_ospf(body: bytes, source: str) -> OspfHello | OspfExchange | None:
    """Read a message of OSPF; None for another version or a kind that is not known.

    Raises
    ------
    ValueError, struct.error
        It is cut.
    """
    version, kind, size, router, area = struct.unpack_from("!BBH4s4s", body)
    if version != 3 or (kind != 1 and kind not in _KINDS):
        return None
    if not 16 <= size <= len(body):
        raise ValueError("a message of OSPF is cut")
    body = body[16:size]
    names = v4_text(router), v4_text(area)
    if kind == 1:
        interface, word, hello, dead, first, second = struct.unpack_from("!IIHH4s4s", body)
        rest = body[20:]
        heard = tuple(v4_text(rest[at : at + 4]) for at in range(0, len(rest) - 3, 4))
        return OspfHello(
            source, *names, _words(word & 0xFFFFFF, _OPTIONS), interface, word >> 24, hello, dead,
            v4_text(first), v4_text(second), heard,
        )  # fmt: skip
    if kind == 2:
        word, mtu, flags, sequence = struct.unpack_from("!IHHI", body)
        return OspfExchange(
            source, _KINDS[kind], *names, _heads(body[12:]), mtu, sequence,
            _words(flags, _FLAGS), _words(word & 0xFFFFFF, _OPTIONS),
        )  # fmt: skip
    if kind == 3:
        asked = tuple(
            OspfAdvert(*_asked(body[at : at + 12]), None, None, None)
            for at in range(0, len(body) - 11, 12)
        )
        return OspfExchange(source, _KINDS[kind], *names, asked)
    if kind == 5:
        return OspfExchange(source, _KINDS[kind], *names, _heads(body))
    return OspfExchange(source, _KINDS[kind], *names, _updates(body))


def _asked(raw: bytes) -> tuple[int, str, str]:
    _, kind, identity, router = struct.unpack("!HH4s4s", raw)
    return kind, v4_text(identity), v4_text(router)


def _heads(body: bytes) -> tuple[OspfAdvert, ...]:
    return tuple(_advert(body[at : at + 20]) for at in range(0, len(body) - 19, 20))


def _updates(body: bytes) -> tuple[OspfAdvert, ...]:
    (count,) = struct.unpack_from("!I", body)
    found: list[OspfAdvert] = []
    at = 4
    while len(found) < min(count, _MOST):
        advert = _advert(body[at : at + 20])
        if advert.size_bytes is None or advert.size_bytes < 20:
            raise ValueError("an advertisement is shorter than its head")
        found.append(advert)
        at += advert.size_bytes
    return tuple(found)
