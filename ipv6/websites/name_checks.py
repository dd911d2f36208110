"""S1 and S4: whether a website has an IPv6 address, and whether IPv6 alone leads to it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from .findings import Finding, Heard
from .host_addresses import HostAddresses, HostBook
from .name_chain import Chain, ChainEnd, Walk
from .polite_wire import Silence, Wire

__all__ = ["NameFacts", "judge_addresses", "judge_chain", "look_up"]

_MOST_SERVERS = 8


@dataclass(frozen=True, slots=True)
class NameFacts:
    """What is known of a website's name.

    Attributes
    ----------
    walk, walk_v6
        The usual way to its AAAA, and the one over IPv6 alone.
    addresses
        All that any server told.
    by_server, by_resolver
        AAAA as each authoritative server and each resolver tells it; None for no answer.
    """

    host: str
    walk: Walk
    walk_v6: Walk
    addresses: HostAddresses
    by_server: dict[str, tuple[str, ...] | None]
    by_resolver: dict[str, tuple[str, ...] | None]


async def _at_server(
    wire: Wire, book: HostBook, walk: Walk, server: str, known: tuple[str, ...]
) -> tuple[str, ...] | None:
    """Return the AAAA that one authoritative server tells; over whichever family it answers."""
    if not known:
        found = await book.find(server)
        known = (*found.ipv4[:1], *found.ipv6[:1])
    for address in known:
        try:
            reply, _ = await wire.ask_fully(address, walk.name_end, "AAAA")
        except Silence:
            continue
        if reply.rcode in ("NOERROR", "NXDOMAIN"):
            return reply.values(walk.name_end, "AAAA")
    return None


async def look_up(wire: Wire, book: HostBook, chain_v6: Chain, host: str) -> NameFacts:
    """Ask everybody who should know for a website's addresses."""
    (a, aaaa), walk_v6, by_resolver = await asyncio.gather(
        book.walks(host), chain_v6.walk(host, "AAAA"), book.by_resolvers(host, "AAAA")
    )
    by_server: dict[str, tuple[str, ...] | None] = {}
    if aaaa.end in (ChainEnd.ANSWER, ChainEnd.NO_DATA) and aaaa.zones:
        servers = aaaa.zones[-1].servers[:_MOST_SERVERS]
        told = await asyncio.gather(
            *(
                _at_server(wire, book, aaaa, one.host, (*one.ipv4[:1], *one.ipv6[:1]))
                for one in servers
            )
        )
        by_server = {one.host: values for one, values in zip(servers, told, strict=True)}
    ipv4 = list(a.values)
    if not a.told:
        for values in (await book.by_resolvers(host, "A")).values():
            ipv4 += values or ()
    everything = [*aaaa.values, *walk_v6.values]
    for values in (*by_server.values(), *by_resolver.values()):
        everything += values or ()
    return NameFacts(
        host=host,
        walk=aaaa,
        walk_v6=walk_v6,
        addresses=book.sorted_out(host, ipv4, everything, end=aaaa.end),
        by_server=by_server,
        by_resolver=by_resolver,
    )


def judge_addresses(facts: NameFacts) -> Finding:
    """Judge S1: usable addresses, told alike by all who know (RFC 3596, 4291, 4038)."""
    walk, found = facts.walk, facts.addresses
    asked = [*walk.steps, *(f"{one} {facts.host} AAAA" for one in facts.by_resolver)]
    answered = {
        "addresses": list(found.ipv6),
        "ipv4": list(found.ipv4),
        "unusable": [list(one) for one in found.unusable],
        "aliases": list(walk.aliases),
        "by_server": {k: None if v is None else len(v) for k, v in facts.by_server.items()},
        "by_resolver": {k: None if v is None else len(v) for k, v in facts.by_resolver.items()},
    }
    heard = Heard(asked, answered)
    resolved = any(values is not None for values in facts.by_resolver.values())
    if walk.end is ChainEnd.ALIAS_LOOP:
        return heard.failed("cname-loop", walk.stopped_at)
    if not walk.told and not facts.walk_v6.told and not resolved:
        return heard.unknown("not-resolved", f"{walk.end} {walk.stopped_at}")
    if walk.end is ChainEnd.NO_NAME and not found.ipv6 and not found.ipv4:
        return heard.failed("no-such-name", facts.host)
    if not found.ipv6 and not found.unusable:
        return heard.failed("no-aaaa")
    if not found.ipv6:
        return heard.failed("unusable-address", " ".join(found.unusable[0]))
    lists = {**facts.by_server, **facts.by_resolver}
    without = [one for one, values in lists.items() if values is not None and not values]
    if without:
        return heard.partly("answers-differ", without[0])
    if found.unusable:
        return heard.partly("unusable-address", " ".join(found.unusable[0]))
    return heard.passed()


def judge_chain(facts: NameFacts) -> Finding:
    """Judge S4: the whole chain from the root over IPv6 alone (RFC 3901, RFC 9471)."""
    walk = facts.walk_v6
    answered = {
        "zones": [zone.name for zone in walk.zones],
        "aliases": list(walk.aliases),
        "addresses": list(walk.values[:16]),
        "questions": len(walk.steps),
        "questions_over_v4": 0,  # the walk has no other family to use
    }
    heard = Heard(walk.steps, answered)
    if walk.told:
        return heard.passed()
    if not facts.walk.told and walk.end is not ChainEnd.ALIAS_LOOP:
        return heard.unknown("chain-down", walk.stopped_at)
    return heard.failed(walk.end.value, walk.stopped_at)
