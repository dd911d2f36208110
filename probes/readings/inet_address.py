"""InetAddress as table index (RFC 4001), in every layout that real agents write.

RFC 4001 wants ``type.length.octets``. Seen in the field besides: no length; eight 16-bit groups
for an IPv6 address; the address as ASCII text; a zone behind an address whose type has none. The
number of sub-identifiers tells these apart. What fits none is reported, never guessed.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import NamedTuple

from ..snmp.values import Index

__all__ = ["InetAddress", "read_inet_address", "take_inet_address"]

_OCTETS = {1: (4,), 2: (16,), 3: (8,), 4: (20,)}
"""Address octets by InetAddressType: ipv4, ipv6, ipv4z, ipv6z."""


class InetAddress(NamedTuple):
    """A decoded index. ``address`` is None where no layout fits, and ``layout`` says why.

    ``layout`` is ``strict``, ``wrong-type`` (length right, type not), ``no-length``, ``hextets``
    or ``text``.
    """

    address: IPv4Address | IPv6Address | None
    zone: int | None
    layout: str


def _from_octets(octets: Index, layout: str) -> InetAddress | None:
    if any(part > 255 for part in octets):
        return None
    packed = bytes(octets)
    if len(packed) in (4, 8):
        zone = int.from_bytes(packed[4:], "big") if len(packed) == 8 else None
        return InetAddress(IPv4Address(packed[:4]), zone, layout)
    if len(packed) in (16, 20):
        zone = int.from_bytes(packed[16:], "big") if len(packed) == 20 else None
        # BSD kernels keep the zone of a link-local address in its second group of 16 bits.
        if packed[:2] == b"\xfe\x80" and packed[2:4] != b"\0\0" and packed[4:8] == bytes(4):
            zone = zone if zone is not None else int.from_bytes(packed[2:4], "big")
            packed = packed[:2] + bytes(2) + packed[4:]
        return InetAddress(IPv6Address(packed[:16]), zone, layout)
    return None


def _from_text(codes: Index) -> InetAddress | None:
    if not codes or any(not 32 < code < 127 for code in codes):
        return None
    written, _, zone = "".join(map(chr, codes)).partition("%")
    if ":" not in written and written.count(".") == 3:
        parts = written.split(".")
        if not all(part.isdigit() and len(part) <= 3 for part in parts):
            return None
        written = ".".join(str(int(part)) for part in parts)  # 010.028.000.046
    try:
        address = ip_address(written)
    except ValueError:
        return None
    return InetAddress(address, int(zone[:9]) if zone.isdigit() else None, "text")


def read_inet_address(index: Index) -> InetAddress:
    """Return the address that ``type.address`` at the end of an index says.

    Examples
    --------
    >>> read_inet_address((1, 4, 192, 0, 2, 1)).address
    IPv4Address('192.0.2.1')
    >>> read_inet_address((2, 8193, 3512, 0, 0, 0, 0, 0, 1)).layout
    'hextets'
    >>> read_inet_address((2, 0)).address, read_inet_address((2, 0)).layout
    (None, 'an empty address')
    """
    if len(index) < 2:
        return InetAddress(None, None, "no address behind the type")
    kind, *rest = index
    body = tuple(rest)
    length, behind = body[0], body[1:]
    if kind not in _OCTETS:
        return InetAddress(None, None, f"{kind} is no type of address that can be read")
    six = kind in (2, 4)
    if length == len(behind):
        if length in _OCTETS[kind] and (found := _from_octets(behind, "strict")):
            return found
        sizes = (16, 20) if six else (4, 8)
        if length in sizes and (found := _from_octets(behind, "wrong-type")):
            return found
        if found := _from_text(behind):
            return found
        if length == 8 and six and (found := _from_hextets(behind)):
            return found
    if length == 16 and len(behind) == 8 and six and (found := _from_hextets(behind)):
        return found
    bare = (16, 20) if six else (4, 8)
    if len(body) in bare and (found := _from_octets(body, "no-length")):
        return found
    if kind in (3, 4) and len(body) == bare[0] + 1:  # the zone as one number behind the octets
        found = _from_octets(body[:-1], "no-length")
        if found:
            return found._replace(zone=body[-1])
    if len(body) == 8 and six and (found := _from_hextets(body)):
        return found
    if found := _from_text(body):
        return found
    if body == (0,):
        return InetAddress(None, None, "an empty address")
    return InetAddress(None, None, f"{len(body)} sub-identifiers fit no layout of type {kind}")


def _from_hextets(groups: Index) -> InetAddress | None:
    if any(group > 0xFFFF for group in groups):
        return None
    packed = b"".join(group.to_bytes(2, "big") for group in groups)
    return InetAddress(IPv6Address(packed), None, "hextets")


def take_inet_address(index: Index, *, strict: bool = True) -> tuple[InetAddress, Index] | None:
    """Read ``type.address`` at the start of an index; return it and what is left behind.

    Inside an index the end is not known, so that only two layouts can be told: with a length
    (``strict``), or without one, where the type alone says how many octets follow.
    """
    if len(index) < 2 or index[0] not in _OCTETS:
        return None
    kind = index[0]
    sizes = (16, 20) if kind in (2, 4) else (4, 8)
    if strict:
        length = index[1]
        end = 2 + length
        if length not in sizes or len(index) < end:
            return None
        found = _from_octets(index[2:end], "strict" if length in _OCTETS[kind] else "wrong-type")
    else:
        end = 1 + sizes[0]
        if len(index) < end:
            return None
        found = _from_octets(index[1:end], "no-length")
    return (found, index[end:]) if found else None
