"""What hosts ask of DHCPv6 servers and get: addresses, prefixes, resolvers (RFC 8415, 6334)."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from .wire import domain_names, long_options, mac_text, plain_text, prefix_text, v6_text

__all__ = ["DHCP_KINDS", "DhcpMessage", "Lease", "LeaseRequest", "read_dhcp"]

DHCP_KINDS = (
    "", "solicit", "advertise", "request", "confirm", "renew", "rebind", "reply", "release",
    "decline", "reconfigure", "information-request",
)  # fmt: skip
"""Words for the types of messages, by their number."""

_ASSOCIATIONS = {3: "addresses", 4: "temporary", 25: "prefixes"}


@dataclass(frozen=True, slots=True)
class Lease:
    """An address, or a prefix with its length, and how long it may be used."""

    text: str
    preferred_s: int
    valid_s: int


@dataclass(frozen=True, slots=True)
class LeaseRequest:
    """An identity association: what was asked for or given under one number (RFC 8415, 4.2).

    Attributes
    ----------
    what
        ``addresses``, ``temporary`` or ``prefixes``.
    renew_s, rebind_s
        T1 and T2; 0 where temporary addresses have none.
    status
        0, or the server's refusal: 2 no addresses, 6 no prefixes.
    """

    what: str
    identity: int
    renew_s: int
    rebind_s: int
    leases: tuple[Lease, ...]
    status: int


@dataclass(frozen=True, slots=True)
class DhcpMessage:
    """A message of DHCPv6.

    Attributes
    ----------
    kind
        One of :data:`DHCP_KINDS`.
    source
        Address it came from.
    client, server
        Their identifiers (DUID): ``mac 02:00:...``, ``time 406802160 mac 02:00:...``, or hexadecimal.
    asked
        Numbers of the options that are asked for.
    elapsed_ms
        Since the client began; None where it is not said.
    preference
        Of the server; None where it is not said.
    softwire_router
        Name of the AFTR for IPv4 over this IPv6 (RFC 6334); "" for none.
    status, status_text
        Of the whole message; the text is the server's own.
    unreadable
        Options whose lengths lie.
    """

    kind: str
    source: str
    transaction: int
    client: str
    server: str
    requests: tuple[LeaseRequest, ...]
    name_servers: tuple[str, ...]
    search: tuple[str, ...]
    asked: tuple[int, ...]
    elapsed_ms: int | None
    preference: int | None
    softwire_router: str
    status: int
    status_text: str
    unreadable: int

    @property
    def addresses(self) -> tuple[str, ...]:
        """Every address of the message."""
        return tuple(
            lease.text for r in self.requests if r.what != "prefixes" for lease in r.leases
        )

    @property
    def delegated(self) -> tuple[str, ...]:
        """Every prefix of the message."""
        return tuple(
            lease.text for r in self.requests if r.what == "prefixes" for lease in r.leases
        )

    @property
    def refusal(self) -> int:
        """The first status that is not 0, of the message or of a request in it; 0 for none."""
        return self.status or next((r.status for r in self.requests if r.status), 0)


def _identifier(raw: bytes) -> str:
    """Return a DUID (RFC 8415, section 11) in words."""
    kind, hardware = int.from_bytes(raw[:2]), int.from_bytes(raw[2:4])
    if kind == 1 and hardware == 1 and len(raw) == 14:
        return f"time {int.from_bytes(raw[4:8])} mac {mac_text(raw[8:])}"
    if kind == 3 and hardware == 1 and len(raw) == 10:
        return f"mac {mac_text(raw[4:])}"
    return raw[:130].hex()


def _request(what: str, option: bytes) -> LeaseRequest:
    at = 4 if what == "temporary" else 12
    if len(option) < at:
        raise ValueError("an association is cut")
    identity = int.from_bytes(option[:4])
    renew, rebind = (0, 0) if what == "temporary" else struct.unpack_from("!II", option, 4)
    leases: list[Lease] = []
    status = 0
    for kind, value in long_options(option[at:]):
        if kind == 5 and len(value) >= 24:
            preferred, valid = struct.unpack_from("!II", value, 16)
            leases.append(Lease(v6_text(value[:16]), preferred, valid))
        elif kind == 26 and len(value) >= 25 and value[8] <= 128:
            preferred, valid = struct.unpack_from("!II", value)
            leases.append(Lease(prefix_text(value[9:25], value[8]), preferred, valid))
        elif kind == 13 and len(value) >= 2:
            status = status or int.from_bytes(value[:2])
    return LeaseRequest(what, identity, renew, rebind, tuple(leases), status)


def read_dhcp(body: bytes, source: str) -> DhcpMessage | None:
    """Read the payload of a datagram between ports 546 and 547; None for one of relays.

    Raises
    ------
    ValueError, struct.error
        It is cut.
    """
    if len(body) < 4 or not 0 < body[0] < len(DHCP_KINDS):
        return None
    requests: list[LeaseRequest] = []
    servers: list[str] = []
    search: list[str] = []
    asked: list[int] = []
    client = server = softwire = status_text = ""
    elapsed = preference = None
    status = unreadable = 0
    for kind, option in long_options(body[4:]):
        if kind in _ASSOCIATIONS:
            requests.append(_request(_ASSOCIATIONS[kind], option))
        elif kind == 1:
            client = _identifier(option)
        elif kind == 2:
            server = _identifier(option)
        elif kind == 6 and len(option) % 2 == 0:
            asked += [code for (code,) in struct.iter_unpack("!H", option)]
        elif kind == 7 and len(option) == 1:
            preference = option[0]
        elif kind == 8 and len(option) == 2:
            elapsed = 10 * int.from_bytes(option)
        elif kind == 13 and len(option) >= 2:
            status, status_text = int.from_bytes(option[:2]), plain_text(option[2:])
        elif kind == 23 and len(option) % 16 == 0:
            servers += [v6_text(option[at : at + 16]) for at in range(0, len(option), 16)]
        elif kind == 24:
            search += domain_names(option)
        elif kind == 64:
            softwire = "".join(domain_names(option)[:1])
        elif kind in (-1, 6, 7, 8, 13, 23):
            unreadable += 1
    return DhcpMessage(
        kind=DHCP_KINDS[body[0]],
        source=source,
        transaction=int.from_bytes(body[1:4]),
        client=client,
        server=server,
        requests=tuple(requests),
        name_servers=tuple(servers),
        search=tuple(search),
        asked=tuple(asked),
        elapsed_ms=elapsed,
        preference=preference,
        softwire_router=softwire,
        status=status,
        status_text=status_text,
        unreadable=unreadable,
    )
