"""Who has an address on the link, and who asks: neighbour discovery (RFC 4861, 7527)."""

from __future__ import annotations

from dataclasses import dataclass

from .wire import mac_text, short_options, v6_text

__all__ = [
    "NeighbourAdvert",
    "NeighbourSolicit",
    "read_neighbour_advert",
    "read_neighbour_solicit",
]


@dataclass(frozen=True, slots=True)
class NeighbourAdvert:
    """A host that says *this address is mine* (RFC 4861, section 4.4)."""

    source: str
    target: str
    mac: str
    router: bool
    solicited: bool
    override: bool
    from_this_link: bool


@dataclass(frozen=True, slots=True)
class NeighbourSolicit:
    """A host that asks who has an address (RFC 4861, section 4.3).

    One without a source asks whether its own address is taken already (RFC 4862, section 5.4).
    ``nonce`` tells it its own question from another's (RFC 7527), in hexadecimal.
    """

    source: str
    target: str
    mac: str
    nonce: str
    from_this_link: bool

    @property
    def own_address(self) -> bool:
        """Whether this is a check for a duplicate."""
        return self.source == "::"


def _read(body: bytes) -> tuple[str, dict[int, bytes]]:
    if len(body) < 24:
        raise ValueError("a message about a neighbour is cut")
    options: dict[int, bytes] = {}
    for kind, option in short_options(body[24:]):
        options.setdefault(kind, option)
    return v6_text(body[8:24]), options


def read_neighbour_advert(body: bytes, source: str, mac: str, near: bool) -> NeighbourAdvert:
    """Read the ICMPv6 message of an advertisement.

    Raises
    ------
    ValueError
        It is cut.
    """
    target, options = _read(body)
    own = options.get(2, b"")
    flags = body[4]
    return NeighbourAdvert(
        source=source,
        target=target,
        mac=mac_text(own[2:8]) if len(own) == 8 else mac,
        router=bool(flags & 0x80),
        solicited=bool(flags & 0x40),
        override=bool(flags & 0x20),
        from_this_link=near,
    )


def read_neighbour_solicit(body: bytes, source: str, mac: str, near: bool) -> NeighbourSolicit:
    """Read the ICMPv6 message of a solicitation.

    Raises
    ------
    ValueError
        It is cut.
    """
    target, options = _read(body)
    own = options.get(1, b"")
    return NeighbourSolicit(
        source=source,
        target=target,
        mac=mac_text(own[2:8]) if len(own) == 8 else mac,
        nonce=options.get(14, b"")[2:].hex(),
        from_this_link=near,
    )
