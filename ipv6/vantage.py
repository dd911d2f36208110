"""V1-V5: whether the place from where websites are asked has IPv6 at all, proven before each batch.

Without that, "does not answer over IPv6" says nothing, and "answers" may come from a machine in
between that answers for everybody: an address that nobody has must stay silent. Where any of V1-V4
does not pass, the batch is unknown.

References are the root's name servers, which the whole world reaches over both families, or those
of a closed network.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ..topology.errors import NgbwError
from .evidence import Evidence
from .verdicts import Verdict
from .websites.findings import Finding, Heard
from .websites.host_addresses import ask_resolver
from .websites.polite_wire import Silence, Wire
from .websites.root_servers import NameServer

__all__ = [
    "DEAD_ADDRESS",
    "THIS_MACHINE",
    "Machine",
    "Reference",
    "Vantage",
    "is_fit",
    "prove_vantage",
    "references_of",
]

DEAD_ADDRESS = "2001:db8:dead:beef::1"
"""Nobody has it: it is for documentation (RFC 3849)."""
V4_ONLY_NAME = "ipv4only.arpa."
"""Has no AAAA; a resolver that tells one makes it up (RFC 7050)."""
LINK_OCTETS = 1500
"""Of an Ethernet: a path that takes less is told."""
_MUST_PASS = ("V1", "V2", "V3", "V4")
_ENOUGH = 2
_MOST = 6
_GLOBAL = ipaddress.IPv6Network("2000::/3")
_WELL_KNOWN = (b"\xc0\x00\x00\xaa", b"\xc0\x00\x00\xab")  # 192.0.0.170 and .171


@dataclass(frozen=True, slots=True)
class Reference:
    """A host that is known to have both families.

    Attributes
    ----------
    port
        On which it takes TCP over both.
    """

    name: str
    ipv6: str
    ipv4: str
    port: int = 53


@dataclass(frozen=True, slots=True)
class Vantage:
    """What was found out about the place.

    Attributes
    ----------
    evidence
        V1 to V5.
    synthesised
        Prefix under which its resolvers make up AAAA (DNS64); None where they do not.
    """

    evidence: tuple[Evidence, ...]
    synthesised: ipaddress.IPv6Network | None = None

    @property
    def fit(self) -> bool:
        """Whether what is found from here counts."""
        return is_fit(self.evidence)


def is_fit(evidence: Sequence[Evidence]) -> bool:
    """Whether the evidence proves a vantage: V1 to V4 are there, and none of them fails."""
    verdicts = {row.check_id: row.verdict for row in evidence}
    return all(verdicts.get(one) is Verdict.PASS for one in _MUST_PASS)


def references_of(servers: Sequence[NameServer]) -> tuple[Reference, ...]:
    """Return the name servers that have both families as references, at most six."""
    found = [
        Reference(one.host, one.ipv6[0], one.ipv4[0]) for one in servers if one.ipv6 and one.ipv4
    ]
    return tuple(found[:_MOST])


def source_towards(address: str) -> str:
    """Return the source address that this machine takes towards an address; "" without a route.

    Nothing is sent: connecting a datagram socket only asks the routing table (RFC 6724, 5).
    """
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as plug:
            plug.connect((address, 53))
            return str(plug.getsockname()[0])
    except OSError:
        return ""


def _judge_sources(sources: dict[str, str], wire: Wire) -> Finding:
    asked = [f"route to {address}" for address in sources]
    answered = {"sources": sources}
    heard = Heard(asked, answered)
    v6 = {to: source for to, source in sources.items() if ":" in to}
    if not any(v6.values()):
        return heard.failed("vantage-no-route", next(iter(v6), ""))
    for source in v6.values():
        address = ipaddress.IPv6Address(source.partition("%")[0] or "::")
        if address in _GLOBAL or address in wire.guard.allowed:
            return heard.passed()
    return heard.failed("vantage-no-address", next(s for s in v6.values() if s))


async def _opens(wire: Wire, address: str, port: int) -> str:
    try:
        async with wire.turn(address, trusted=True):
            dialled = await wire.dial(address, port)
    except Silence as silence:
        return silence.kind
    dialled.socket.close()
    return "open"


def _judge_references(words: dict[str, str], dead: dict[str, str], asked: list[str]) -> Finding:
    answered = {"references": words, "dead": dead}
    heard = Heard(asked, answered)
    open_count = sum(word == "open" for word in words.values())
    answering = [place for place, word in dead.items() if word in ("open", "refused", "reset")]
    if answering:
        return heard.failed("dead-address-answers", answering[0])
    if open_count < _ENOUGH:
        detail = f"{open_count}/{len(words)}"
        return heard.failed("references-silent", detail)
    return heard.passed()


def _prefix_of(address: str) -> ipaddress.IPv6Network | None:
    """Return the prefix by which a resolver made an AAAA for ipv4only.arpa (RFC 7050, 3)."""
    raw = ipaddress.IPv6Address(address).packed
    for bits in (96, 64, 56, 48, 40, 32):
        octets = raw[12:] if bits == 96 else bytes(
            raw[n] for n in range(bits // 8, 16) if n != 8
        )[:4]  # fmt: skip
        if octets in _WELL_KNOWN:
            return ipaddress.IPv6Network((int.from_bytes(raw, "big"), bits), strict=False)
    return None


async def _judge_resolvers(
    wire: Wire, resolvers: Sequence[str], reference: Reference
) -> tuple[Finding, ipaddress.IPv6Network | None]:
    asked = [f"{one} {name} AAAA" for one in resolvers for name in (reference.name, V4_ONLY_NAME)]
    told: dict[str, object] = {}
    heard = Heard(asked, {"resolvers": told})
    prefix = None
    for resolver in resolvers:
        dual, single = await asyncio.gather(
            ask_resolver(wire, resolver, reference.name, "AAAA"),
            ask_resolver(wire, resolver, V4_ONLY_NAME, "AAAA"),
        )
        told[resolver] = {"dual": dual and list(dual[:4]), "v4_only": single and list(single[:4])}
        if dual is None:
            return heard.failed("resolver-silent", resolver), None
        if not dual:
            return heard.failed("resolver-hides-aaaa", resolver), None
        for address in single or ():
            prefix = prefix or _prefix_of(address)
            if prefix is None:
                return heard.failed("resolver-invents", address), None
    if not resolvers:
        return heard.passed("no-resolver"), None
    return (heard.passed("dns64", str(prefix)) if prefix else heard.passed()), prefix


def path_mtu_towards(address: str) -> tuple[int | None, str]:
    """Return the largest packet that reaches an address, in octets, and what was seen."""
    from ..probes.active.path import path_mtu
    from ..probes.safety import Target

    try:
        found = path_mtu(Target(address, address), largest_bytes=LINK_OCTETS, timeout_s=1.0)
    except NgbwError as error:
        return None, str(error)
    return found.mtu_bytes, found.reason


async def _judge_path(references: Sequence[Reference], machine: Machine) -> Finding:
    chosen = references[:2]
    found = await asyncio.gather(*(asyncio.to_thread(machine.path_mtu, one.ipv6) for one in chosen))
    mtu = {one.ipv6: size for one, (size, _) in zip(chosen, found, strict=True)}
    asked = [f"{one.ipv6} UDP up to {LINK_OCTETS} octets" for one in chosen]
    heard = Heard(asked, {"mtu_octets": mtu})
    known = [size for size in mtu.values() if size is not None]
    if not known:
        return heard.unknown("path-mtu-untold", found[0][1] if found else "")
    if max(known) < LINK_OCTETS:
        return heard.partly("narrow-path", str(max(known)))
    return heard.passed()


@dataclass(frozen=True, slots=True)
class Machine:
    """What the machine that asks says of itself.

    Attributes
    ----------
    source
        Gives its source address towards another; "" without a route.
    path_mtu
        Gives the largest packet towards another in octets, None where that is not told, and why.
    """

    source: Callable[[str], str] = source_towards
    path_mtu: Callable[[str], tuple[int | None, str]] = path_mtu_towards


THIS_MACHINE = Machine()


async def prove_vantage(
    wire: Wire, references: Sequence[Reference], *, resolvers: Sequence[str] = (),
    name: str = "here", dead: str = DEAD_ADDRESS, now_s: Callable[[], float] = time.time,
    machine: Machine = THIS_MACHINE,
) -> Vantage:  # fmt: skip
    """Prove the place from where a batch is asked.

    Parameters
    ----------
    references
        Hosts with both families, at least two.
    resolvers
        Those that the place uses; none is allowed, since the chain is walked without them.
    dead
        Address that nobody has.
    now_s, machine
        The clock, and what the machine says of itself.
    """
    began_s, start_s = now_s(), time.perf_counter()
    findings: dict[str, Finding] = {}
    sources = {
        address: machine.source(address)
        for one in references[:3]
        for address in (one.ipv6, one.ipv4)
    }
    findings["V1"] = _judge_sources(sources, wire)
    over_v6, over_v4, at_dead = await asyncio.gather(
        asyncio.gather(*(_opens(wire, one.ipv6, one.port) for one in references)),
        asyncio.gather(*(_opens(wire, one.ipv4, one.port) for one in references)),
        asyncio.gather(*(_opens(wire, dead, port) for port in (80, 443))),
    )
    words = {one.ipv6: word for one, word in zip(references, over_v6, strict=True)}
    nobody = {f"{dead} TCP {port}": w for port, w in zip((80, 443), at_dead, strict=True)}
    asked = [f"{one.ipv6} TCP {one.port}" for one in references] + list(nobody)
    findings["V2"] = _judge_references(words, nobody, asked)
    control = {one.ipv4: word for one, word in zip(references, over_v4, strict=True)}
    asked = [f"{one.ipv4} TCP {one.port}" for one in references]
    findings["V3"] = _judge_references(control, {}, asked)
    prefix = None
    if references:
        findings["V4"], prefix = await _judge_resolvers(wire, resolvers, references[0])
    else:
        findings["V4"] = Heard(("no references",)).unknown("references-silent")
    findings["V5"] = await _judge_path(references, machine)
    duration_s = time.perf_counter() - start_s
    subject = f"vantage:{name}"
    return Vantage(
        tuple(
            Evidence(
                check_id=check_id, subject=subject, vantage=name, asked=one.asked or ("nothing",),
                answered=one.answered, began_s=began_s, duration_s=duration_s,
                verdict=one.verdict, reason=one.reason, detail=one.detail,
            )
            for check_id, one in sorted(findings.items())
        ),
        prefix,
    )  # fmt: skip
