"""What routers say of a link, and how they are asked: RFC 4861, 4191, 8106, 8781, 6275.

Networks send these every few seconds for years, so that they are read fast.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from struct import Struct

from .wire import domain_names, mac_text, prefix_text, short_options, v6_text

__all__ = [
    "Prefix",
    "Redirect",
    "Route",
    "RouterAdvert",
    "RouterSolicit",
    "read_redirect",
    "read_router_advert",
    "read_router_solicit",
]

_MOST_REMEMBERED_BYTES = 1500

_HEAD = Struct("!BBHII")
_PREFIX = Struct("!BBII")
_PREFERENCES = ("medium", "high", "reserved", "low")
_NAT64_BITS = (96, 64, 56, 48, 40, 32)


@dataclass(frozen=True, slots=True)
class Prefix:
    """A prefix of a router advertisement (RFC 4861, section 4.6.2)."""

    prefix: str
    on_link: bool
    autonomous: bool
    valid_s: int
    preferred_s: int


@dataclass(frozen=True, slots=True)
class Route:
    """A route that a router offers besides the default one (RFC 4191, section 2.3)."""

    prefix: str
    preference: str
    lifetime_s: int


@dataclass(frozen=True, slots=True)
class RouterAdvert:
    """What a router says of its link.

    Attributes
    ----------
    router, mac
        Who sent it.
    hop_limit
        That hosts should use; 0 for unspecified.
    managed, other
        Whether addresses, or only other facts, are to be had by DHCPv6.
    preference
        ``high``, ``medium``, ``low`` or ``reserved``.
    lifetime_s
        As a default router; 0 for none.
    name_servers, name_server_lifetimes_s, search, search_lifetimes_s
        Resolvers and search names, each with its lifetime in seconds.
    nat64_prefixes, nat64_lifetimes_s
        Prefixes of RFC 8781; ``nat64_refused`` holds length codes that mean nothing (6 and 7).
    mtu_bytes
        None where the router states none.
    from_this_link
        Its hop limit was 255, which no router lets through (RFC 4861, section 6.1.2).
    unreadable
        Options that break their own rules.
    reachable_ms, retransmit_ms
        0 for unspecified.
    source_mac
        As the router states it; "" where it does not.
    interval_ms
        Longest time between two adverts (RFC 6275, section 7.3), None where it is not said.
    home_agent_preference, home_agent_lifetime_s
        RFC 6275, section 7.4.
    """

    router: str
    mac: str
    hop_limit: int
    managed: bool
    other: bool
    preference: str
    lifetime_s: int
    prefixes: tuple[Prefix, ...]
    name_servers: tuple[str, ...]
    search: tuple[str, ...]
    nat64_prefixes: tuple[str, ...]
    mtu_bytes: int | None
    from_this_link: bool
    unreadable: int
    name_server_lifetimes_s: tuple[int, ...] = ()
    search_lifetimes_s: tuple[int, ...] = ()
    nat64_lifetimes_s: tuple[int, ...] = ()
    nat64_refused: tuple[int, ...] = ()
    routes: tuple[Route, ...] = ()
    home_agent: bool = False
    reachable_ms: int = 0
    retransmit_ms: int = 0
    source_mac: str = ""
    interval_ms: int | None = None
    home_agent_preference: int | None = None
    home_agent_lifetime_s: int | None = None


@dataclass(frozen=True, slots=True)
class RouterSolicit:
    """A host that asks for routers (RFC 4861, section 4.1)."""

    source: str
    mac: str
    from_this_link: bool


@dataclass(frozen=True, slots=True)
class Redirect:
    """A router that knows a better way to a destination (RFC 4861, section 4.5)."""

    router: str
    target: str
    destination: str
    target_mac: str
    from_this_link: bool


def read_router_solicit(body: bytes, source: str, mac: str, near: bool) -> RouterSolicit:
    """Read the ICMPv6 message of a solicitation.

    Raises
    ------
    ValueError
        It is cut.
    """
    if len(body) < 8:
        raise ValueError("a solicitation is cut")
    return RouterSolicit(source, mac, near)


def read_redirect(body: bytes, source: str, mac: str, near: bool) -> Redirect:
    """Read the ICMPv6 message of a redirection.

    Raises
    ------
    ValueError
        It is cut.
    """
    del mac
    if len(body) < 40:
        raise ValueError("a redirection is cut")
    own = next((o[2:8] for kind, o in short_options(body[40:]) if kind == 2 and len(o) == 8), b"")
    return Redirect(source, v6_text(body[8:24]), v6_text(body[24:40]), mac_text(own), near)


def read_router_advert(body: bytes, source: str, mac: str, near: bool) -> RouterAdvert:
    """Read the ICMPv6 message of an advertisement.

    Raises
    ------
    struct.error
        It is cut before its options.
    """
    read = _remembered if len(body) <= _MOST_REMEMBERED_BYTES else _read_router_advert
    return read(body, source, mac, near)


def _read_router_advert(body: bytes, source: str, mac: str, near: bool) -> RouterAdvert:
    hop_limit, flags, lifetime, reachable, retransmit = _HEAD.unpack_from(body, 4)
    # Tuples that grow: most adverts have one of each or none.
    prefixes: tuple[Prefix, ...] = ()
    routes: tuple[Route, ...] = ()
    servers: tuple[str, ...] = ()
    search: tuple[str, ...] = ()
    nat64: tuple[str, ...] = ()
    server_lifetimes: tuple[int, ...] = ()
    search_lifetimes: tuple[int, ...] = ()
    nat64_lifetimes: tuple[int, ...] = ()
    refused: tuple[int, ...] = ()
    mtu = interval = agent_preference = agent_lifetime = None
    source_mac = ""
    unreadable = 0
    at, end = 16, len(body)
    while at < end:
        size = 8 * body[at + 1] if at + 1 < end else 0
        if not size or at + size > end:  # a length that lies ends the options
            unreadable += 1
            break
        kind = body[at]
        if kind == 3 and size == 32:
            bits, marks, valid, preferred = _PREFIX.unpack_from(body, at + 2)
            if bits > 128:
                unreadable += 1
            else:
                text = prefix_text(body[at + 16 : at + 32], bits)
                one = Prefix(text, marks & 0x80 != 0, marks & 0x40 != 0, valid, preferred)
                prefixes += (one,)
        elif kind == 1 and size == 8:
            source_mac = body[at + 2 : at + 8].hex(":")
        elif kind == 25 and size >= 24 and size % 16 == 8:
            seconds = int.from_bytes(body[at + 4 : at + 8])
            for place in range(at + 8, at + size, 16):
                servers += (v6_text(body[place : place + 16]),)
                server_lifetimes += (seconds,)
        elif kind == 5 and size == 8:
            mtu = int.from_bytes(body[at + 4 : at + 8])
        elif kind == 31 and size >= 16:
            names = domain_names(body[at + 8 : at + size])
            search += tuple(names)
            search_lifetimes += (int.from_bytes(body[at + 4 : at + 8]),) * len(names)
        elif kind == 38 and size == 16:
            scaled = int.from_bytes(body[at + 2 : at + 4])
            code = scaled & 7
            if code > 5:  # RFC 8781, section 4: the receiver must ignore the option
                refused += (code,)
                unreadable += 1
            else:
                nat64 += (prefix_text(body[at + 4 : at + 16], _NAT64_BITS[code]),)
                nat64_lifetimes += (scaled & 0xFFF8,)
        elif kind == 24 and size in (8, 16, 24) and body[at + 2] <= (0, 64, 128)[size // 8 - 1]:
            routes += (
                Route(
                    prefix_text(body[at + 8 : at + size], body[at + 2]),
                    _PREFERENCES[body[at + 3] >> 3 & 3],
                    int.from_bytes(body[at + 4 : at + 8]),
                ),
            )
        elif kind == 7 and size == 8:
            interval = int.from_bytes(body[at + 4 : at + 8])
        elif kind == 8 and size == 8:
            agent_preference = int.from_bytes(body[at + 4 : at + 6])
            agent_lifetime = int.from_bytes(body[at + 6 : at + 8])
        elif kind in (1, 3, 5, 7, 8, 24, 25, 31, 38):
            unreadable += 1
        at += size
    return RouterAdvert(
        source,
        mac,
        hop_limit,
        flags & 0x80 != 0,
        flags & 0x40 != 0,
        _PREFERENCES[flags >> 3 & 3],
        lifetime,
        prefixes,
        servers,
        search,
        nat64,
        mtu,
        near,
        unreadable,
        server_lifetimes,
        search_lifetimes,
        nat64_lifetimes,
        refused,
        routes,
        flags & 0x20 != 0,
        reachable,
        retransmit,
        source_mac,
        interval,
        agent_preference,
        agent_lifetime,
    )


# Routers say the same for years.
_remembered = lru_cache(maxsize=4096)(_read_router_advert)
