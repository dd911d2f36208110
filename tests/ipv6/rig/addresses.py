"""Who stands where in the rig: addresses, names, and what each website is there to prove.

``cli -1500- r1 -1400- r2 -1500- srv``, and ``r2 - bh``: a server alone behind its router, since
the kernel remembers a Packet Too Big for every peer of a host, so that a good site that was probed
first would cure a bad one beside it. Only addresses for documentation are used (RFC 3849,
RFC 5737), and ``fd00:db8::/32``.
"""

from __future__ import annotations

from dataclasses import dataclass

NAMESPACES = ("cli", "r1", "r2", "srv", "bh")

LAN = "2001:db8:1::"
RESOLVER = "2001:db8:1::1"
RESOLVER_V4 = "192.0.2.1"
DNS64_RESOLVER = "2001:db8:1::64"
NAT64_PREFIX = "2001:db8:64::/96"
DELEGATED_POOL = "2001:db8:d00::/40"
SERVERS, SERVERS_V4 = "2001:db8:3::", "203.0.113."
BLACK_HOLE, BLACK_HOLE_V4 = "2001:db8:4::80", "203.0.113.130"
NARROW_MTU = 1400

ROOTS, TOP, CHILDREN = (50, 51), (53, 54), (55, 56)
"""Last figures of the name servers: of the root, of ``test.``, of the zones below it."""
LAME, NO_TCP = 57, 58
DEAD = (84, 94)
"""Where ``r2`` drops every IPv6 packet."""


@dataclass(frozen=True)
class Site:
    """A name under ``test.``.

    Attributes
    ----------
    v4, v6
        Addresses as the zone has them.
    proves
        What a checker must find, in a word.
    page
        Which server of :mod:`.daemons` answers: ``page``, ``other`` over IPv6 only, a program of
        :mod:`.servers`, or "" for one that stands elsewhere.
    """

    name: str
    v4: tuple[str, ...]
    v6: tuple[str, ...]
    proves: str
    page: str = ""

    @property
    def host(self) -> str:
        return f"{self.name}.test"


def _on(last: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    return (f"{SERVERS_V4}{last}",), (f"{SERVERS}{last}",)


SITES = (
    Site("good", *_on(80), "parity", "page"),
    Site("v4only", (f"{SERVERS_V4}80",), (), "no AAAA"),
    Site("v6only", (), (f"{SERVERS}80",), "no A"),
    Site("refused", *_on(81), "connection refused over IPv6", "v4"),
    Site("diff", *_on(82), "another page over IPv6; destination options dropped", "other"),
    Site("blackhole", (BLACK_HOLE_V4,), (BLACK_HOLE,), "Packet Too Big lost"),
    Site("dead", *_on(84), "silence over IPv6", "v4"),
    Site("mapped", (f"{SERVERS_V4}80",), (f"::ffff:{SERVERS_V4}80",), "address of no use"),
    Site("ula", (f"{SERVERS_V4}80",), ("fd00:db8:3::80",), "address of no use"),
    Site("linklocal", (f"{SERVERS_V4}80",), ("fe80::80",), "address of no use"),
    Site("sixtofour", (f"{SERVERS_V4}80",), ("2002:cb00:7150::80",), "address of no use"),
    Site("teredo", (f"{SERVERS_V4}80",), ("2001:0:cb00:7150::80",), "address of no use"),
    Site("half", (f"{SERVERS_V4}80",), (f"{SERVERS}80", f"{SERVERS}84"), "one address of two dead"),
    Site("badname", *_on(85), "certificate of another name over IPv6", "badname"),
    Site("slow", *_on(86), "answers 200 ms later over IPv6", "program"),
    Site("drip", *_on(87), "a byte a second over IPv6", "program"),
    Site("to-v4only", *_on(88), "sends to a host without IPv6", "redirect:http://v4only.test/"),
    Site("to-inside", *_on(89), "sends to a private address", "redirect:http://[fd00:db8:3::1]/"),
    Site("busy", *_on(90), "refuses for the rate over IPv6", "limited"),
    Site("parts", *_on(91), "needs a script from a host without IPv6", "parts"),
    Site("mail", *_on(25), "takes mail over both families", "program"),
    Site("mail4", (f"{SERVERS_V4}25",), (), "takes mail over IPv4 only"),
)
"""Every website; several names may share a server."""

ZONES: dict[str, str] = {
    "ns4": "name servers without AAAA",
    "onens": "one name server of two with AAAA",
    "bad-ipv6-ns": "two of three name servers dead over IPv6",
    "lame": "name servers refuse the zone over IPv6 and IPv4",
    "noglue": "AAAA of the name server only in the zone itself, none at the parent",
    "silent": "every name server dead over IPv6",
    "notcp": "name server without TCP over IPv6",
    "big": "answers that do not fit into 1232 bytes",
}
"""Zones below ``test.`` and what their name servers do; each has ``www`` on the good server."""


def site(name: str) -> Site:
    """Return a website by its first label."""
    return next(site for site in SITES if site.name == name)
