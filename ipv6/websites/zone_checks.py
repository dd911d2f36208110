"""S2, S3, S5: whether the name servers of a website's zones answer over IPv6, and how well.

A zone is asked once for all websites of a batch that lie in it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from .findings import Finding, Heard
from .host_addresses import HostAddresses, HostBook
from .name_chain import Zone, within
from .polite_wire import Silence, Wire

__all__ = ["ServerFacts", "ZoneBook", "ZoneFacts", "judge_edns", "judge_servers", "judge_soa"]

MOST_SERVERS = 13
MOST_ADDRESSES = 16
ENOUGH_SERVERS = 2
"""Name servers that a zone needs over each family (RFC 3901 with RFC 2182, section 5)."""


@dataclass(frozen=True, slots=True)
class ServerFacts:
    """What one IPv6 address of a name server answered.

    Attributes
    ----------
    udp, tcp
        To SOA: ``authoritative``, ``lame``, or a kind of silence.
    edns
        To DNSKEY with EDNS: ``answered``, ``answered-by-tcp``, or a kind of silence; "" where it
        was not asked.
    octets
        Length of the answer to DNSKEY.
    """

    host: str
    address: str
    udp: str
    tcp: str
    edns: str
    octets: int = 0

    @property
    def good(self) -> bool:
        """Whether it is authoritative both ways."""
        return self.udp == self.tcp == "authoritative"


@dataclass(frozen=True, slots=True)
class ZoneFacts:
    """What is known of a zone's name servers.

    Attributes
    ----------
    hosts
        Each server with its addresses.
    without_glue
        Servers below the zone that have AAAA, which the parent does not tell.
    servers
        Each IPv6 address, asked.
    answers_v4
        Whether any server answers over IPv4; None where that was not asked.
    """

    zone: str
    hosts: tuple[HostAddresses, ...]
    without_glue: tuple[str, ...]
    servers: tuple[ServerFacts, ...]
    answers_v4: bool | None


class ZoneBook:
    """Asks about zones, each once."""

    def __init__(self, wire: Wire, book: HostBook) -> None:
        self.wire, self.book = wire, book
        self._found: dict[str, asyncio.Task[ZoneFacts]] = {}

    async def facts(self, zone: Zone) -> ZoneFacts:
        """Return what is known of a zone's name servers."""
        task = self._found.get(zone.name)
        if task is None:
            task = self._found[zone.name] = asyncio.create_task(self._look(zone))
        return await asyncio.shield(task)

    async def _look(self, zone: Zone) -> ZoneFacts:
        walk = await self.book.chains[4].walk(zone.name, "NS")
        if not walk.told:
            walk = await self.book.chains[6].walk(zone.name, "NS")
        named = dict.fromkeys([*(one.host for one in zone.servers), *walk.values])
        found = await asyncio.gather(*(self.book.find(one) for one in list(named)[:MOST_SERVERS]))
        told = {one.host: one for one in zone.servers}
        # A server whose own name cannot be found is still known by the parent's glue.
        hosts = tuple(
            self.book.sorted_out(one.host, glue.ipv4, glue.ipv6, end=one.end)
            if not one.told and (glue := told.get(one.host))
            else one
            for one in found
        )
        places = [(one.host, address) for one in hosts for address in one.ipv6][:MOST_ADDRESSES]
        servers = tuple(await asyncio.gather(*(self._ask(zone.name, *one) for one in places)))
        answers_v4 = None
        if servers and not any(one.udp == "authoritative" for one in servers):
            control = [address for one in hosts for address in one.ipv4[:1]]
            words = await asyncio.gather(*(self._soa(zone.name, one) for one in control))
            answers_v4 = "authoritative" in words
        without = tuple(
            one.host
            for one in hosts
            if one.ipv6 and one.host in told and within(one.host, zone.name)
            and not told[one.host].ipv6
        )  # fmt: skip
        return ZoneFacts(zone.name, hosts, without, servers, answers_v4)

    async def _soa(self, zone: str, address: str, *, tcp: bool = False) -> str:
        ask = self.wire.ask_by_tcp if tcp else self.wire.ask
        try:
            reply = await ask(address, zone, "SOA")
        except Silence as silence:
            return silence.kind
        return "authoritative" if reply.rcode == "NOERROR" and reply.authoritative else "lame"

    async def _ask(self, zone: str, host: str, address: str) -> ServerFacts:
        udp, tcp = await asyncio.gather(
            self._soa(zone, address), self._soa(zone, address, tcp=True)
        )
        if udp != "authoritative":
            return ServerFacts(host, address, udp, tcp, "")
        edns = "answered"
        try:
            reply = await self.wire.ask(address, zone, "DNSKEY", dnssec=True)
            if reply.cut:
                edns = "answered-by-tcp"
                reply = await self.wire.ask_by_tcp(address, zone, "DNSKEY", dnssec=True)
            elif not reply.edns:
                edns = "no-edns"
        except Silence as silence:
            return ServerFacts(host, address, udp, tcp, silence.kind)
        return ServerFacts(host, address, udp, tcp, edns, reply.octets)


def _asked(zones: Sequence[ZoneFacts], *kinds: str) -> list[str]:
    return [f"{s.address} {z.zone} {kind}" for z in zones for s in z.servers for kind in kinds]


def judge_servers(zones: Sequence[ZoneFacts]) -> Finding:
    """Judge S2: at least two name servers with an IPv6 address in each zone (BCP 91)."""
    asked = [f"{one.zone} NS AAAA" for one in zones]
    counts = {one.zone: sum(bool(host.ipv6) for host in one.hosts) for one in zones}
    without = [host for one in zones for host in one.without_glue]
    answered = {
        "servers_with_ipv6": counts,
        "servers": {one.zone: len(one.hosts) for one in zones},
        "without_glue": without,
        "unusable": [list(a) for one in zones for host in one.hosts for a in host.unusable],
    }
    heard = Heard(asked, answered)
    if not zones:
        return heard.unknown("chain-down")
    zone, least = min(counts.items(), key=lambda one: one[1])
    if least == 0:
        return heard.failed("no-ns-aaaa", zone)
    if least < ENOUGH_SERVERS:
        return heard.partly("one-name-server", zone)
    if without:
        return heard.partly("no-glue", without[0])
    return heard.passed()


def judge_soa(zones: Sequence[ZoneFacts]) -> Finding:
    """Judge S3: every IPv6 address of the name servers is authoritative, by UDP and by TCP."""
    asked = _asked(zones, "SOA by UDP", "SOA by TCP")
    answered = {
        "servers": [
            {"zone": z.zone, "host": s.host, "address": s.address, "udp": s.udp, "tcp": s.tcp}
            for z in zones for s in z.servers
        ]
    }  # fmt: skip
    heard = Heard(asked, answered)
    if not zones:
        return heard.unknown("chain-down")
    worst: Finding | None = None
    for zone in zones:
        if not zone.servers:
            return heard.not_applicable("no-ns-aaaa", zone.zone)
        bad = [one for one in zone.servers if not one.good]
        if not bad:
            continue
        first = bad[0]
        detail = f"{first.address} {first.udp}/{first.tcp}"
        if len(bad) < len(zone.servers):
            worst = worst or heard.partly("some-servers-silent", detail)
        elif zone.answers_v4 is False:
            return heard.unknown("servers-down", detail)
        elif all(one.udp == "authoritative" for one in bad):
            worst = heard.failed("no-dns-over-tcp", detail)
        elif any("lame" in (one.udp, one.tcp) for one in bad):
            worst = heard.failed("servers-lame", detail)
        else:
            worst = heard.failed("servers-silent", detail)
    return worst or heard.passed()


def judge_edns(zones: Sequence[ZoneFacts]) -> Finding:
    """Judge S5: large answers come over IPv6, whole or by TCP (RFC 6891, RFC 7766)."""
    asked = _asked(zones, "DNSKEY by EDNS 1232")
    servers = [one for zone in zones for one in zone.servers]
    answered = {
        "servers": [{"address": s.address, "edns": s.edns, "octets": s.octets} for s in servers]
    }
    heard = Heard(asked, answered)
    if not zones:
        return heard.unknown("chain-down")
    if not servers:
        return heard.not_applicable("no-ns-aaaa")
    told = [one for one in servers if one.edns]
    if not told:
        return heard.unknown("servers-silent", servers[0].address)
    bad = [one for one in told if not one.edns.startswith("answered")]
    if not bad:
        return heard.passed()
    detail = f"{bad[0].address} {bad[0].edns}"
    reason = "no-edns" if all(one.edns == "no-edns" for one in bad) else "large-answer-lost"
    if reason == "no-edns" or len(bad) < len(told):
        return heard.partly(reason, detail)
    return heard.failed(reason, detail)
