"""Recordings without secrets: what is taken out before one leaves the house.

Dropped whole: communities, users, access rules, processes, installed software, connections.
Replaced, the same way everywhere so that tables still fit together: MAC addresses (the maker's
half stays), IP addresses (bit by bit, so that networks stay networks; loopback, link-local and
multicast stay what they are), in values and in the indexes of the tables that hold them. Text that
people wrote is replaced where its column is known (contact, location, alias, serial number), in
whatever text it comes up again (a name inside sysDescr, a serial number inside a part's name), and
wherever else it looks like a name, an address or a long number; words of makers and figures stay.

The key decides what replaces what. Two recordings scrubbed with one key fit together; without the
key nothing leads back.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import re
from collections.abc import Callable, Iterable, Mapping

from ..mibs import oid_of
from ..snmp.values import Index, Oid, Tag, Typed
from .recordings import Recording

__all__ = ["DROPPED", "Scrubber", "scrubbed"]

DROPPED: Mapping[Oid, str] = {
    (1, 3, 6, 1, 6, 3, 10, 2, 1, 1): "engine id",
    (1, 3, 6, 1, 6, 3, 12): "targets of notifications",
    (1, 3, 6, 1, 6, 3, 13): "filters of notifications",
    (1, 3, 6, 1, 6, 3, 15): "users",
    (1, 3, 6, 1, 6, 3, 16): "access rules",
    (1, 3, 6, 1, 6, 3, 18): "communities",
    (1, 3, 6, 1, 2, 1, 6, 13): "TCP connections",
    (1, 3, 6, 1, 2, 1, 6, 19): "TCP connections",
    (1, 3, 6, 1, 2, 1, 6, 20): "TCP listeners",
    (1, 3, 6, 1, 2, 1, 7, 5): "UDP listeners",
    (1, 3, 6, 1, 2, 1, 7, 7): "UDP endpoints",
    (1, 3, 6, 1, 2, 1, 25, 4): "running programs and their arguments",
    (1, 3, 6, 1, 2, 1, 25, 6): "installed software",
    (1, 3, 6, 1, 2, 1, 16): "captures and hosts of RMON",
    (1, 3, 6, 1, 2, 1, 92): "log of notifications",
    (1, 3, 6, 1, 4, 1, 8072): "the agent's own configuration",
    (1, 3, 6, 1, 4, 1, 2021, 8): "programs run by the agent",
    (1, 3, 6, 1, 4, 1, 2021, 2): "watched programs",
    (1, 3, 6, 1, 4, 1, 9, 9, 96): "copies of configurations",
    (1, 3, 6, 1, 4, 1, 2011, 6, 10): "copies of configurations",
}
"""Subtrees that are left out, and what they hold."""

_INDEX_SPELLS_ONE = "a secret in the index"
_SHORTEST_INDEX = 4
"""Octets of a secret that is looked for in indexes: fewer stand there by chance."""

_WORDS = {
    oid_of(name): kind
    for name, kind in (
        ("sysContact", "contact"), ("sysName", "name"), ("sysLocation", "place"),
        ("ifAlias", "alias"), ("entPhysicalSerialNum", "serial"), ("entPhysicalAlias", "alias"),
        ("entPhysicalAssetID", "asset"), ("lldpRemSysName", "name"),
        ("lldpRemSysDesc", "text"), ("lldpLocPortDesc", "alias"), ("lldpRemPortDesc", "alias"),
        ("lldpV2LocPortDesc", "alias"), ("lldpV2RemPortDesc", "alias"),
        ("lldpV2RemSysName", "name"), ("lldpV2RemSysDesc", "text"),
        ("cdpCacheDeviceId", "name"), ("cdpCacheSysName", "name"),
    )
}  # fmt: skip
_LOCAL_NAME: Mapping[Oid, str] = {
    (1, 0, 8802, 1, 1, 2, 1, 3, 3): "name",
    (1, 3, 111, 2, 802, 1, 1, 13, 1, 3, 3): "name",
    (1, 3, 6, 1, 2, 1, 1, 6): "place",
}
_KEPT_WORDS = tuple(
    oid_of(name)
    for name in (
        "sysDescr", "ifDescr", "ifName", "entPhysicalDescr", "entPhysicalName",
        "entPhysicalHardwareRev", "entPhysicalFirmwareRev", "entPhysicalSoftwareRev",
        "entPhysicalMfgName", "entPhysicalModelName", "lldpLocPortId", "lldpRemPortId",
        "entPhySensorUnitsDisplay",
    )
)  # fmt: skip
"""Columns whose words are the maker's."""

_V4_INDEXES: Mapping[Oid, int] = {
    (1, 3, 6, 1, 2, 1, 4, 20, 1): 0,  # ipAddrTable: address
    (1, 3, 6, 1, 2, 1, 4, 21, 1): 0,  # ipRouteTable: destination
    (1, 3, 6, 1, 2, 1, 4, 22, 1): 1,  # ipNetToMediaTable: interface, address
    (1, 3, 6, 1, 2, 1, 3, 1, 1): 2,  # atTable: interface, 1, address
    (1, 3, 6, 1, 2, 1, 14, 10, 1): 0,  # ospfNbrTable
    (1, 3, 6, 1, 2, 1, 15, 3, 1): 0,  # bgpPeerTable
}
"""Tables with an IPv4 address in their index: how many numbers stand before it."""

_INET_INDEXES: frozenset[Oid] = frozenset(
    {
        (1, 3, 6, 1, 2, 1, 4, 24, 7, 1), (1, 3, 6, 1, 2, 1, 4, 32, 1),
        (1, 3, 6, 1, 2, 1, 4, 34, 1), (1, 3, 6, 1, 2, 1, 4, 35, 1),
        (1, 3, 6, 1, 2, 1, 4, 37, 1), (1, 3, 6, 1, 2, 1, 55, 1),
        (1, 0, 8802, 1, 1, 2, 1, 4, 2, 1), (1, 0, 8802, 1, 1, 2, 1, 3, 8, 1),
        (1, 3, 6, 1, 2, 1, 191, 1, 9, 1), (1, 3, 6, 1, 4, 1, 9, 9, 187, 1, 2, 5, 1),
    }
)  # fmt: skip
"""Tables with an InetAddress in their index: type, perhaps length, octets."""

_MAC_INDEXES = frozenset({(1, 3, 6, 1, 2, 1, 17, 4, 3, 1), (1, 3, 6, 1, 2, 1, 17, 7, 1, 2, 2, 1)})
"""Forwarding databases: the last six numbers of the index are a MAC address."""

_FIGURE = re.compile(
    rb"[-+<>= ]*[0-9]+(?:[.,][0-9]+)?(?:e[-+]?[0-9]+)?\s*[A-Za-z%/\xc2\xb0]{0,8}\s*"
)
_LONG_NUMBER = re.compile(rb"[0-9]{6,}")
_ADDRESS_TEXT = re.compile(rb"(?<![0-9.])(?:[0-9]{1,3}\.){3}[0-9]{1,3}(?![0-9.])")
_MAC_TEXT = re.compile(rb"(?<![0-9A-Fa-f])(?:[0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}(?![0-9A-Fa-f])")
_IPV6_TEXT = re.compile(rb"(?<![0-9A-Fa-f:])[0-9A-Fa-f]{1,4}:[0-9A-Fa-f:]{2,}(?:[0-9.]{7,})?")
_KNOWN_AGAIN = 5
"""Octets from which on a text of a known column is looked for in other texts too."""
_NAMELIKE = re.compile(
    rb"[@]|https?:|[\x80-\xff]|\.(?:com|net|org|cn|local|lan|int)\b", re.IGNORECASE
)


class Scrubber:
    """Replaces what must not be seen; the same thing always by the same.

    Parameters
    ----------
    key
        Secret octets; the same key for recordings that should fit together.
    secrets
        Words that must appear nowhere: the community or passwords of the recording itself.
    known
        Texts that are replaced in whatever stands around them, with their kind.
    """

    def __init__(
        self, key: bytes, secrets: Iterable[str] = (), known: Mapping[bytes, str] | None = None
    ) -> None:
        self._key = key
        self._secrets = [one.encode() for one in secrets if one]
        self._known = {one.lower(): (kind, one) for one, kind in (known or {}).items()}
        longest = sorted(self._known, key=len, reverse=True)
        self._again = (
            re.compile(
                rb"(?<![A-Za-z0-9])(?:" + b"|".join(map(re.escape, longest)) + rb")(?![A-Za-z0-9])",
                re.IGNORECASE,
            )
            if longest
            else None
        )

    def _digest(self, kind: str, content: bytes) -> bytes:
        return hmac.digest(self._key, kind.encode() + b":" + content, hashlib.sha256)

    def word(self, kind: str, content: bytes) -> bytes:
        """Return what stands for a text; empty stays empty."""
        if not content.strip():
            return content
        return f"{kind}-{self._digest(kind, content).hex()[:8]}".encode()

    def mac(self, octets: bytes) -> bytes:
        """Return what stands for a MAC address; the maker, zeros and broadcast stay."""
        if octets in (b"\0" * 6, b"\xff" * 6) or octets[0] & 1:
            return octets
        return octets[:3] + self._digest("mac", octets)[:3]

    def _bits(self, kind: str, octets: bytes, kept: int) -> bytes:
        """Turn bits over, each by what stands before it: common prefixes stay common."""
        number = int.from_bytes(octets, "big")
        width = 8 * len(octets)
        turned = 0
        for position in range(kept, width):
            before = number >> (width - position)
            seed = f"{position}/{before:x}".encode()
            if self._digest(kind, seed)[0] & 1:
                turned |= 1 << (width - 1 - position)
        return (number ^ turned).to_bytes(len(octets), "big")

    def ipv4(self, octets: bytes) -> bytes:
        """Return what stands for an IPv4 address; the first octet stays, and with it its kind."""
        address = ipaddress.IPv4Address(octets)
        mask = int(address)
        contiguous = (~mask & 0xFFFF_FFFF) & ((~mask & 0xFFFF_FFFF) + 1) == 0
        if address.is_loopback or address.is_multicast or octets[0] in (0, 255) or contiguous:
            return octets
        kept = 16 if address.is_link_local or octets[:2] == b"\xc0\xa8" else 8
        kept = 12 if octets[0] == 172 and 16 <= octets[1] < 32 else kept
        return self._bits("ipv4", octets, kept)

    def ipv6(self, octets: bytes) -> bytes:
        """Return what stands for an IPv6 address; an interface id made of a MAC address fits it."""
        address = ipaddress.IPv6Address(octets)
        if address.is_loopback or address.is_unspecified or address.is_multicast:
            return octets
        if address.ipv4_mapped is not None:
            return octets[:12] + self.ipv4(octets[12:])
        head = octets[:8] if address.is_link_local else self._bits("ipv6", octets[:8], 16)
        if octets[11:13] == b"\xff\xfe":
            made_of = self.mac(bytes([octets[8] ^ 2]) + octets[9:11] + octets[13:])
            return head + bytes([made_of[0] ^ 2]) + made_of[1:3] + b"\xff\xfe" + made_of[3:]
        return head + self._bits(f"ipv6:{octets[:8].hex()}", octets[8:], 0)

    def _address(self, octets: bytes) -> bytes:
        if len(octets) == 4:
            return self.ipv4(octets)
        if len(octets) == 16:
            return self.ipv6(octets)
        return self.ipv6(octets[:16]) + octets[16:] if len(octets) == 20 else octets

    # ------------------------------------------------------------ names of rows

    def name(self, name: Oid) -> Oid:
        """Return the name of an object, its index scrubbed where it holds an address."""
        for base, skipped in _V4_INDEXES.items():
            if name[: len(base)] == base:
                return self._place(name, len(base) + 1 + skipped, 4)
        for base in _MAC_INDEXES:
            if name[: len(base)] == base and len(name) >= len(base) + 7:
                octets = _octets(name[-6:])
                return name[:-6] + tuple(self.mac(octets)) if octets else name
        for base in _INET_INDEXES:
            if name[: len(base)] == base:
                return self._inet_index(name, len(base) + 1)
        return name

    def _place(self, name: Oid, start: int, length: int) -> Oid:
        octets = _octets(name[start : start + length])
        if octets is None or len(octets) != length:
            return name
        return name[:start] + tuple(self._address(octets)) + name[start + length :]

    def _inet_index(self, name: Oid, start: int) -> Oid:
        """Scrub the first run of octets behind a type and a length, else one of 16 or 4 at the end."""
        for at in range(start, len(name) - 4):
            length = name[at]
            if length in (4, 16, 20) and at > start and name[at - 1] in (1, 2, 3, 4):
                scrubbed_name = self._place(name, at + 1, length)
                if len(name) > at + length:
                    return scrubbed_name
        for length in (16, 4):
            if len(name) - start > length and _octets(name[-length:]) is not None:
                return self._place(name, len(name) - length, length)
        return name

    # ------------------------------------------------------------ values

    def value(self, name: Oid, typed: Typed) -> Typed:
        """Return what stands for a value."""
        tag, value = typed
        if tag == Tag.IP_ADDRESS and isinstance(value, bytes):
            return Typed(tag, self._address(value))
        if tag == Tag.OBJECT_IDENTIFIER and isinstance(value, tuple):
            return Typed(tag, self.name(value))
        if not isinstance(value, bytes):
            return typed
        kind = _kind_of_words(name)
        if kind:
            return Typed(tag, self.word(kind, value))
        return Typed(tag, self._octets_value(name, value))

    def _octets_value(self, name: Oid, value: bytes) -> bytes:
        if any(secret in value for secret in self._secrets):
            return self.word("secret", value)
        printable = all(32 <= octet < 127 or octet in (9, 10, 13) for octet in value)
        if len(value) == 6 and not printable:
            return self.mac(value)
        if not printable:
            return self._address(value) if len(value) in (4, 16, 20) else self._in_text(value)
        kept = any(name[: len(base)] == base for base in _KEPT_WORDS)
        if _FIGURE.fullmatch(value) and not _LONG_NUMBER.search(value):
            return value
        value = self._in_text(value)
        if kept:
            return value
        if _NAMELIKE.search(value):
            return self.word("text", value)
        return _LONG_NUMBER.sub(lambda found: self._digits(found[0]), value)

    def _digits(self, content: bytes) -> bytes:
        number = int.from_bytes(self._digest("digits", content), "big")
        return str(number).encode()[: len(content)]

    def _in_text(self, value: bytes) -> bytes:
        if self._again is not None:
            value = self._again.sub(lambda found: self.word(*self._known[found[0].lower()]), value)
        value = _MAC_TEXT.sub(self._mac_text, value)
        value = _ADDRESS_TEXT.sub(self._ip_text, value)
        return _IPV6_TEXT.sub(self._ip_text, value)

    def _mac_text(self, found: re.Match[bytes]) -> bytes:
        text = found[0].decode()
        octets = self.mac(bytes.fromhex(text.replace(":", "").replace("-", "")))
        joined = octets.hex(text[2])
        return (joined.upper() if text.isupper() else joined).encode()

    def _ip_text(self, found: re.Match[bytes]) -> bytes:
        try:
            address = ipaddress.ip_address(found[0].decode())
        except ValueError:
            return found[0]
        return str(ipaddress.ip_address(self._address(address.packed))).encode()


def _kind_of_words(name: Oid) -> str:
    """Return what people write into a column; "" for a column of anything else."""
    for table in (_WORDS, _LOCAL_NAME):
        for base, kind in table.items():
            if name[: len(base)] == base:
                return kind
    return ""


def _known_texts(rows: Mapping[Oid, Typed]) -> dict[bytes, str]:
    """Return names and numbers that a recording holds, which other texts may hold again.

    Words of letters alone are none: a switch is often called Switch, and its maker by its name.
    """
    found: dict[bytes, str] = {}
    for name, typed in rows.items():
        kind = _kind_of_words(name)
        if kind not in ("name", "serial", "asset", "contact") or not isinstance(typed.value, bytes):
            continue
        whole = typed.value.strip(b" \0\t\r\n")
        for part in (whole, whole.partition(b".")[0]):
            if len(part) >= _KNOWN_AGAIN and not part.isalpha():
                found.setdefault(part, kind)
    return found


def _octets(numbers: Index) -> bytes | None:
    return bytes(numbers) if all(number < 256 for number in numbers) else None


def _holds(name: Oid, part: Oid) -> bool:
    """Tell whether numbers stand in a row inside a name: a text is an index that way."""
    count = len(part)
    return any(name[at : at + count] == part for at in range(len(name) - count + 1))


def scrubbed(
    recording: Recording,
    *,
    key: bytes,
    secrets: Iterable[str] = (),
    progress: Callable[[str], None] = lambda _words: None,
) -> Recording:
    """Return a recording without what must not leave the house.

    Parameters
    ----------
    key
        Decides what replaces what; keep it secret, or forget it.
    secrets
        Words that must appear nowhere.
    progress
        Told what was left out, a sentence each.
    """
    words = [one for one in secrets if one]
    scrubber = Scrubber(key, words, _known_texts(recording.rows))
    hidden = [tuple(one.encode()) for one in words if len(one) >= _SHORTEST_INDEX]
    rows: dict[Oid, Typed] = {}
    left_out: dict[str, int] = {}
    for name, typed in recording.rows.items():
        base = next((one for one in DROPPED if name[: len(one)] == one), None)
        if base is not None:
            left_out[DROPPED[base]] = left_out.get(DROPPED[base], 0) + 1
            continue
        if any(_holds(name, one) for one in hidden):
            left_out[_INDEX_SPELLS_ONE] = left_out.get(_INDEX_SPELLS_ONE, 0) + 1
            continue
        rows[scrubber.name(name)] = scrubber.value(name, typed)
    for what, count in left_out.items():
        progress(f"left out {count} rows: {what}")
    drifts = {scrubber.name(name): drift for name, drift in recording.drifts.items()}
    return Recording(recording.name, rows, {n: d for n, d in drifts.items() if n in rows})
