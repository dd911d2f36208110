"""An IPv6 packet with the headers it carries, also where they lie or are cut (RFC 8200, 8754).

A packet that breaks the rules is not thrown away: what could be read is there, and ``fault`` says
what could not.
"""

from __future__ import annotations

from dataclasses import dataclass

from .wire import mac_text, v6_text

__all__ = ["HeaderExtension", "Packet", "ethernet_payload", "read_packet"]

_IPV6, _VLANS = 0x86DD, frozenset((0x8100, 0x88A8))
_NAMES = {0: "hop-by-hop", 43: "routing", 44: "fragment", 60: "destination", 51: "authentication"}
_MOST_HEADERS = 64


@dataclass(frozen=True, slots=True)
class HeaderExtension:
    """A header between the fixed one and what the packet carries.

    Attributes
    ----------
    kind
        ``hop-by-hop``, ``destination``, ``routing``, ``fragment`` or ``authentication``.
    size_bytes
        Of the header.
    options
        Kind and value of each option, without padding.
    routing_type, segments_left, segments
        Of a routing header; type 4 is a segment routing header (RFC 8754).
    tag, last_entry
        Of a segment routing header.
    offset_bytes, more, identity
        Of a fragment.
    """

    kind: str
    size_bytes: int
    options: tuple[tuple[int, bytes], ...] = ()
    routing_type: int | None = None
    segments_left: int | None = None
    segments: tuple[str, ...] = ()
    tag: int | None = None
    last_entry: int | None = None
    offset_bytes: int | None = None
    more: bool = False
    identity: int | None = None


@dataclass(frozen=True, slots=True)
class Packet:
    """An IPv6 packet.

    Attributes
    ----------
    mac
        Who sent the frame; "" where the capture does not say.
    first_header
        Number of what follows the fixed header.
    payload_bytes
        As the header states it.
    extensions
        In their order.
    protocol
        Number of what the last header announces; None where the chain breaks before.
    body
        What follows the last header, as far as it was captured.
    fault
        "" for none; ``version`` (not 6), ``cut`` (shorter than it says), ``chain-cut`` (its headers
        end before what they announce), ``lengths`` (a header reaches beyond the packet),
        ``fragment`` (a fragment without content).
    """

    mac: str
    version: int
    traffic_class: int
    flow_label: int
    payload_bytes: int
    first_header: int
    hop_limit: int
    source: str
    target: str
    extensions: tuple[HeaderExtension, ...]
    protocol: int | None
    body: bytes
    fault: str

    @property
    def fragment(self) -> HeaderExtension | None:
        """The fragment header, where there is one."""
        return next((one for one in self.extensions if one.kind == "fragment"), None)


def ethernet_payload(frame: bytes) -> tuple[int, int]:
    """Return the type of what a frame carries, behind VLAN tags, and where it begins."""
    at, kind = 14, int.from_bytes(frame[12:14])
    while kind in _VLANS and len(frame) >= at + 4:
        kind, at = int.from_bytes(frame[at + 2 : at + 4]), at + 4
    return kind, at


def read_packet(frame: bytes) -> Packet | None:
    """Read an Ethernet frame; None for one that carries no IPv6, or less than its header."""
    kind, at = ethernet_payload(frame)
    raw = frame[at:]
    if kind != _IPV6 or len(raw) < 40:
        return None
    return _packet(raw, mac_text(frame[6:12]))


def _packet(raw: bytes, mac: str) -> Packet:
    word = int.from_bytes(raw[:4])
    payload, first = int.from_bytes(raw[4:6]), raw[6]
    fault = "" if raw[0] >> 4 == 6 else "version"
    extensions: tuple[HeaderExtension, ...] = ()
    protocol: int | None = None
    body = b""
    if not fault:
        extensions, protocol, at, fault = _chain(raw, first, 40 + payload)
        body = raw[at : 40 + payload] if protocol is not None else b""
    return Packet(
        mac=mac,
        version=raw[0] >> 4,
        traffic_class=word >> 20 & 0xFF,
        flow_label=word & 0xFFFFF,
        payload_bytes=payload,
        first_header=first,
        hop_limit=raw[7],
        source=v6_text(raw[8:24]),
        target=v6_text(raw[24:40]),
        extensions=extensions,
        protocol=protocol,
        body=body,
        fault=fault,
    )


def _chain(
    raw: bytes, following: int, stated_end: int
) -> tuple[tuple[HeaderExtension, ...], int | None, int, str]:
    """Return the headers, the protocol behind them, where it begins, and what is wrong."""
    found: list[HeaderExtension] = []
    at, here = 40, len(raw)
    fault = "cut" if here < stated_end else ""
    while following in _NAMES and len(found) < _MOST_HEADERS:
        kind = _NAMES[following]
        if at + 8 > here:
            return tuple(found), None, at, fault or "chain-cut"
        size = 8 if kind == "fragment" else 8 * (raw[at + 1] + 1)
        if kind == "authentication":
            size = 4 * (raw[at + 1] + 2)
        if at + size > here:
            return tuple(found), None, at, fault or "chain-cut"
        extension = _extension(kind, raw[at : at + size])
        if at + size > stated_end:
            fault = "fragment" if kind == "fragment" else "lengths"
        following, at = raw[at], at + size
        found.append(extension)
        if extension.offset_bytes:  # what follows is the middle of something
            break
        if fault == "fragment":
            return tuple(found), None, at, fault
    return tuple(found), following, at, fault


def _extension(kind: str, raw: bytes) -> HeaderExtension:
    if kind in ("hop-by-hop", "destination"):
        return HeaderExtension(kind, len(raw), options=_options(raw[2:]))
    if kind == "routing":
        return _routing(raw)
    if kind == "fragment":
        place = int.from_bytes(raw[2:4])
        return HeaderExtension(
            kind,
            8,
            offset_bytes=place & 0xFFF8,
            more=bool(place & 1),
            identity=int.from_bytes(raw[4:8]),
        )
    return HeaderExtension(kind, len(raw))


def _options(raw: bytes) -> tuple[tuple[int, bytes], ...]:
    """Return the options of a header, without padding, as far as their lengths hold."""
    found: list[tuple[int, bytes]] = []
    at = 0
    while at < len(raw):
        kind = raw[at]
        if kind == 0:  # Pad1
            at += 1
            continue
        if at + 2 > len(raw) or at + 2 + raw[at + 1] > len(raw):
            break
        if kind != 1:  # PadN
            found.append((kind, raw[at + 2 : at + 2 + raw[at + 1]]))
        at += 2 + raw[at + 1]
    return tuple(found)


def _routing(raw: bytes) -> HeaderExtension:
    count = raw[1] // 2
    segmented = raw[2] == 4
    if segmented:
        count = min(count, raw[4] + 1)
    elif raw[2] not in (0, 2):
        count = 0
    segments = tuple(v6_text(raw[8 + 16 * k : 24 + 16 * k]) for k in range(count))
    return HeaderExtension(
        "routing",
        len(raw),
        routing_type=raw[2],
        segments_left=raw[3],
        segments=segments,
        tag=int.from_bytes(raw[6:8]) if segmented else None,
        last_entry=raw[4] if segmented else None,
    )
