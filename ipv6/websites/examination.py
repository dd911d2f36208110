"""One website, all its checks, in the order in which one needs the other.

What a check finds is judged by pure functions of the modules beside this one; here is what is sent,
when, and for which of them. Each finding becomes a row of evidence with its time.
"""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from urllib.parse import urlsplit

from ..catalogue import checks
from ..evidence import MOST_KEPT_BYTES, Evidence, digest_of
from ..verdicts import SubjectKind
from .connection_checks import Knock, judge_connections, judge_harm, knock_everywhere
from .family_race import RACES, judge_races, race
from .findings import Finding, Heard
from .host_addresses import HostAddresses, HostBook
from .latency_parity import FEWEST_PAIRS, judge_latency
from .likeness import judge_likeness
from .mail_checks import judge_mail, look_at_mail
from .name_chain import Chain, Zone
from .name_checks import NameFacts, judge_addresses, judge_chain, look_up
from .page_checks import judge_page, judge_tls
from .page_fetch import PAGE_BOUNDS, Bounds, Fetched, Page, fetch, trust
from .page_links import host_of, is_page, judge_links, judge_resources, links_of, own
from .page_visit import Visit, visit
from .polite_wire import Silence, Wire
from .quic_checks import ask_versions, judge_quic
from .reverse_checks import judge_reverse, look_back
from .segment_proof import LARGE_OCTETS, SegmentFacts, judge_segments, try_segments
from .stability import judge_stability, tries_in
from .website_names import NotAName, WebsiteName, read_name
from .zone_checks import ZoneBook, ZoneFacts, judge_edns, judge_servers, judge_soa

__all__ = ["ALL_CHECKS", "Examiner", "Website"]

ALL_CHECKS = tuple(name for name, check in checks().items() if check.subject is SubjectKind.WEBSITE)
"""Ids of every check of a website."""

_NAMES = frozenset(("S1", "S4"))
_ZONES = frozenset(("S2", "S3", "S5"))
_CONNECTIONS = frozenset(("S6", "S19"))
_PAGES = frozenset(("S7", "S8", "S9", "S10", "S11", "S12", "S13"))
MOST_SECONDS = 600.0
"""For one website, whatever its servers do."""
_MOST_ADDRESSES = 4
_MOST_ZONES = 4
_MOST_SECOND, _MOST_THIRD = 20, 30
_MOST_LARGE = 6


@dataclass(frozen=True, slots=True)
class Website:
    """A website to examine.

    Attributes
    ----------
    website_id
        By which its evidence is known.
    given
        Name or URL, as written.
    mail_domain
        To which its mail is addressed; "" to look for it at the name and its registered domain.
    """

    website_id: str
    given: str
    mail_domain: str = ""


@dataclass(slots=True)
class _Look:
    """What is known of a website so far."""

    name: WebsiteName
    mail_domain: str = ""
    facts: NameFacts | None = None
    zones: tuple[ZoneFacts, ...] = ()
    over_v6: tuple[Knock, ...] = ()
    over_v4: tuple[Knock, ...] = ()
    tls: ssl.SSLContext | None = None
    url: str = ""
    first: dict[str, Fetched] = field(default_factory=dict)
    pages: dict[int, list[Fetched]] = field(default_factory=lambda: {4: [], 6: []})

    @property
    def addresses(self) -> HostAddresses:
        return self.facts.addresses if self.facts else HostAddresses(self.name.host)

    def opens(self, port: int) -> tuple[list[str], list[str]]:
        """Return the addresses of each family at which a port opens: IPv6, IPv4."""
        v6 = [one.address for one in self.over_v6 if one.port == port and one.opens]
        v4 = [one.address for one in self.over_v4 if one.port == port and one.opens]
        return v6, v4


class Examiner:
    """Examines websites, many at once; one for a batch, inside one event loop.

    Parameters
    ----------
    chains
        By family.
    vantage
        Name of the place, for the evidence.
    asked
        Ids of the checks that are wanted.
    tls
        Trust in certificates.
    seed
        Of the draws behind S10's bound.
    now_s
        The clock.
    """

    def __init__(
        self, wire: Wire, chains: Mapping[int, Chain], book: HostBook, *, vantage: str = "here",
        asked: Iterable[str] = ALL_CHECKS, tls: ssl.SSLContext | None = None, seed: int = 0,
        bounds: Bounds = PAGE_BOUNDS, now_s: Callable[[], float] = time.time,
    ) -> None:  # fmt: skip
        self.wire, self.chains, self.book = wire, chains, book
        self.zone_book = ZoneBook(wire, book)
        self.vantage, self.asked, self.seed = vantage, frozenset(asked), seed
        self.tls = tls or trust()
        self.bounds, self.now_s = bounds, now_s

    async def examine(
        self, website: Website, *, history: Sequence[Evidence] = ()
    ) -> tuple[Evidence, ...]:
        """Return a row of evidence for each check that is wanted, in the catalogue's order.

        Parameters
        ----------
        history
            Earlier evidence of the website, from which its stability is told.
        """
        rows: dict[str, Evidence] = {}
        subject = f"website:{website.website_id}"

        def note(check_id: str, finding: Finding, began_s: float, duration_s: float) -> None:
            if check_id in self.asked:
                rows[check_id] = self._row(check_id, subject, finding, began_s, duration_s)

        began_s = self.now_s()
        try:
            name = read_name(website.given)
        except NotAName as error:
            for check_id in self.asked:
                note(check_id, Heard([website.given[:120]]).unknown(error.reason, error.detail),
                     began_s, 0.0)  # fmt: skip
            return self._ordered(rows)
        look = _Look(name, website.mail_domain)
        try:
            async with asyncio.timeout(MOST_SECONDS):
                for step in (
                    self._look_at_names, self._look_at_zones, self._look_at_connections,
                    self._look_at_pages, self._look_at_the_rest,
                ):  # fmt: skip
                    began_s, start_s = self.now_s(), time.perf_counter()
                    findings = await step(look)
                    duration_s = time.perf_counter() - start_s
                    for check_id, finding in findings.items():
                        note(check_id, finding, began_s, duration_s)
        except TimeoutError:
            for check_id in self.asked - rows.keys() - {"S14"}:
                note(
                    check_id,
                    Heard([website.given[:120]]).unknown("out-of-time"),
                    began_s,
                    MOST_SECONDS,
                )
        if "S14" in self.asked:
            now_s = self.now_s()
            told = chain(history, rows.values())
            tries = tries_in(told, subject=subject, now_s=now_s)
            note("S14", judge_stability(tries), now_s, 0.0)
        return self._ordered(rows)

    def unfit(self, website: Website) -> tuple[Evidence, ...]:
        """Return the rows of a website that could not be asked, since the vantage is not fit."""
        finding = Heard([f"vantage {self.vantage}"]).unknown("vantage-unfit")
        now_s = self.now_s()
        subject = f"website:{website.website_id}"
        return self._ordered(
            {one: self._row(one, subject, finding, now_s, 0.0) for one in self.asked}
        )

    def _ordered(self, rows: Mapping[str, Evidence]) -> tuple[Evidence, ...]:
        return tuple(rows[one] for one in ALL_CHECKS if one in rows)

    def _row(
        self, check_id: str, subject: str, finding: Finding, began_s: float, duration_s: float
    ) -> Evidence:
        return Evidence(
            check_id=check_id,
            subject=subject,
            vantage=self.vantage,
            asked=finding.asked,
            answered=finding.answered,
            digest=digest_of(finding.raw) if finding.raw else "",
            began_s=began_s,
            duration_s=duration_s,
            verdict=finding.verdict,
            reason=finding.reason,
            detail=finding.detail,
            excerpt=finding.excerpt[: MOST_KEPT_BYTES // 4],  # a character has up to 4 octets
        )

    def _wants(self, *check_ids: str) -> bool:
        return not self.asked.isdisjoint(check_ids)

    async def _look_at_names(self, look: _Look) -> dict[str, Finding]:
        look.facts = await look_up(self.wire, self.book, self.chains[6], look.name.host)
        return {"S1": judge_addresses(look.facts), "S4": judge_chain(look.facts)}

    async def _look_at_zones(self, look: _Look) -> dict[str, Finding]:
        if not self._wants(*_ZONES, "S17") or look.facts is None:
            return {}
        ways = (look.facts.walk, look.facts.walk_v6)
        zones: dict[str, Zone] = {zone.name: zone for way in ways for zone in way.zones}
        chosen = [zone for name, zone in zones.items() if name != "."][:_MOST_ZONES]
        look.zones = tuple(await asyncio.gather(*(self.zone_book.facts(one) for one in chosen)))
        return {
            "S2": judge_servers(look.zones),
            "S3": judge_soa(look.zones),
            "S5": judge_edns(look.zones),
        }

    async def _look_at_connections(self, look: _Look) -> dict[str, Finding]:
        if not self._wants(*_CONNECTIONS, *_PAGES, "S14", "S15"):
            return {}
        found = look.addresses
        look.over_v6, look.over_v4 = await knock_everywhere(self.wire, found.ipv6, found.ipv4)
        connections = judge_connections(look.over_v6, look.over_v4)
        return {"S6": connections, "S19": judge_harm(connections)}

    async def _look_at_pages(self, look: _Look) -> dict[str, Finding]:
        if not self._wants(*_PAGES):
            return {}
        pairs: list[tuple[Visit | None, Visit]] = []
        findings: dict[str, Finding] = {}
        findings["S7"] = await self._look_at_tls(look)
        for scheme, port in (("https", 443), ("http", 80)):
            v6, v4 = look.opens(port)
            if not v6:
                continue
            pairs += await self._visit_both(look, f"{scheme}://{look.name.host}", v6, v4)
        findings["S8"] = (
            judge_page(pairs) if pairs or not look.over_v6
            else Heard(()).not_applicable("does-not-connect")
        )  # fmt: skip
        if "S9" in self.asked:
            await self._visit_again(look)
            findings["S9"] = (
                judge_likeness(look.pages[4], look.pages[6])
                if look.pages[6]
                else Heard(()).not_applicable(self._why_no_page(look))
            )
        if "S10" in self.asked:
            findings["S10"] = await self._time_both(look)
        if "S11" in self.asked:
            findings["S11"] = judge_segments(await self._try_large(look))
        if self._wants("S12", "S13"):
            findings |= await self._look_at_links(look)
        return findings

    def _why_no_page(self, look: _Look) -> str:
        return "does-not-connect" if look.over_v6 else "no-aaaa"

    async def _look_at_tls(self, look: _Look) -> Finding:
        """Judge the certificates at each address; the pages are kept for the visits."""
        v6, v4 = look.opens(443)
        if not v6:
            if any(one.port == 443 and one.opens for one in look.over_v4):
                return Heard(()).not_applicable(self._why_no_page(look))
            return judge_tls(None, [])
        page = Page(f"https://{look.name.host}{look.name.path}")
        places = [*v4[:1], *v6[:_MOST_ADDRESSES]]

        async def fetch_all(tls: ssl.SSLContext) -> list[Fetched]:
            # One after another, IPv4 first: so are the pages taken that S9 compares.
            return [
                await fetch(self.wire, page, one, tls=tls, bounds=self.bounds) for one in places
            ]

        pages = await fetch_all(self.tls)
        unverified: list[Fetched] = []
        if any(one.outcome.startswith("tls-") for one in pages):
            # The name is wrong or the trust is gone: said in S7, and no reason to see no page.
            look.tls = trust(verify=False)
            unverified = await fetch_all(look.tls)
        look.first = {one.address: one for one in unverified or pages}
        over_v6 = pages[len(v4[:1]) :]
        return judge_tls(pages[0] if v4 else None, over_v6, unverified=unverified)

    async def _visit_both(
        self, look: _Look, base: str, v6: Sequence[str], v4: Sequence[str]
    ) -> list[tuple[Visit | None, Visit]]:
        """Visit a scheme's page over IPv4, then over each IPv6 address."""
        url = base + look.name.path
        seen = (look.url,) if look.url else ()

        async def visit_at(address: str) -> Visit:
            kept = look.first.get(address)
            return await visit(
                self.wire, self.book, url, address=address, tls=look.tls or self.tls,
                bounds=self.bounds, seen=seen, first=kept if kept and kept.page.url == url else None,
            )  # fmt: skip

        over_v4 = await visit_at(v4[0]) if v4 else None
        over_v6 = [await visit_at(one) for one in v6[:_MOST_ADDRESSES]]
        if not look.url and over_v6[0].answered:
            look.url = over_v6[0].last.page.url
            look.pages[6].append(over_v6[0].last)
            if over_v4 is not None and over_v4.answered:
                look.pages[4].append(over_v4.last)
        return [(over_v4, one) for one in over_v6]

    async def _visit_again(self, look: _Look) -> None:
        """Fetch the last page once more over IPv4 and IPv6, in this order."""
        for family in (4, 6):
            for last in look.pages[family][:1]:
                again = await fetch(
                    self.wire, last.page, last.address, tls=look.tls or self.tls,
                    bounds=self.bounds,
                )  # fmt: skip
                look.pages[family].append(again)

    async def _time_both(self, look: _Look) -> Finding:
        """Time each step over both families in turn, a pair at a time."""
        if not look.pages[4] or not look.pages[6]:
            return Heard(()).not_applicable("no-pair")
        first4, first6 = look.pages[4][0], look.pages[6][0]
        times: dict[str, list[tuple[float, float]]] = {}
        servers = self._name_servers(look)
        asked = [f"GET {first4.page.url} at {one.address}" for one in (first4, first6)]
        for _ in range(FEWEST_PAIRS):
            pair: list[Mapping[str, float | None]] = []
            for one in (first4, first6):
                got = await fetch(
                    self.wire, one.page, one.address, tls=look.tls or self.tls, bounds=self.bounds
                )
                server = servers.get(6 if one is first6 else 4, "")
                pair.append(
                    {
                        "dns_ms": await self._time_name(look, server),
                        "connect_ms": got.connect_ms,
                        "tls_ms": got.tls_ms,
                        "first_byte_ms": got.first_byte_ms,
                        "page_ms": got.page_ms,
                    }
                )
            for step, v4_ms in pair[0].items():
                v6_ms = pair[1][step]
                if v4_ms is not None and v6_ms is not None:
                    times.setdefault(step, []).append((v4_ms, v6_ms))
        return judge_latency(times, asked, seed=self.seed)

    def _name_servers(self, look: _Look) -> dict[int, str]:
        """Return an address of the website's name servers for each family."""
        found: dict[int, str] = {}
        for zone in look.zones:
            for host in zone.hosts:
                if host.ipv4 and host.ipv6:
                    return {4: host.ipv4[0], 6: host.ipv6[0]}
        return found

    async def _time_name(self, look: _Look, server: str) -> float | None:
        if not server:
            return None
        start_s = time.perf_counter()
        try:
            await self.wire.ask(server, look.name.host, "AAAA")
        except Silence:
            return None
        return (time.perf_counter() - start_s) * 1000.0

    async def _try_large(self, look: _Look) -> SegmentFacts | None:
        """Try the largest object of the website that is found quickly."""
        port = 443 if look.opens(443)[0] else 80
        v6, v4 = look.opens(port)
        if not v6:
            return None
        scheme = "https" if port == 443 else "http"
        page, address = Page(f"{scheme}://{look.name.host}{look.name.path}"), v6[0]
        control = v4[0] if v4 else ""
        tls = look.tls or self.tls
        known = look.pages[4][0] if look.pages[4] else look.pages[6][0] if look.pages[6] else None
        if known is not None:
            page = known.page
            if look.pages[6]:
                address = look.pages[6][0].address
            if known.received_octets < LARGE_OCTETS:
                page = await self._larger(known, look) or page
        return await try_segments(self.wire, page, address, ipv4=control, tls=tls)

    async def _larger(self, page: Fetched, look: _Look) -> Page | None:
        """Return a larger object at the same place that the page names; None for none."""
        links = links_of(page)
        host = page.page.host
        best, most = None, page.received_octets
        for url in [
            u for u in (*links.blocking, *links.others, *links.pages) if host_of(u) == host
        ][:_MOST_LARGE]:
            if urlsplit(url).scheme != urlsplit(page.page.url).scheme:
                continue
            got = await fetch(
                self.wire, Page(url), page.address, tls=look.tls or self.tls, bounds=self.bounds
            )
            if got.received_octets > most:
                best, most = got.page, got.received_octets
            if most >= LARGE_OCTETS:
                break
        return best

    async def _has_v6(self, host: str) -> bool | None:
        found = await self.book.find(host)
        return bool(found.ipv6) if found.told else None

    async def _look_at_links(self, look: _Look) -> dict[str, Finding]:
        if not look.pages[6]:
            none = Heard(()).not_applicable(self._why_no_page(look))
            return {"S12": none, "S13": none}
        page = look.pages[6][0]
        links = links_of(page)
        asked = [f"GET {page.page.url} at {page.address}"]
        hosts = [
            dict.fromkeys(host_of(url) for url in urls) for urls in (links.blocking, links.others)
        ]
        has = [
            dict(zip(each, await asyncio.gather(*map(self._has_v6, each)), strict=True))
            for each in hosts
        ]
        findings = {"S13": judge_resources(has[0], has[1], asked)}
        if "S12" in self.asked:
            mine = own(links.pages, page.page.host)
            known = {page.page.url, page.page.url.rstrip("/")}
            second = [url for url in mine if url not in known and is_page(url)][:_MOST_SECOND]
            apart = sorted({host_of(u) for u in links.pages} - {host_of(u) for u in mine})
            got = await asyncio.gather(*(self._reaches(url, look) for url in second))
            reached = {url: one for url, (one, _) in zip(second, got, strict=True)}
            further = dict.fromkeys(
                url for _, below in got if below is not None
                for url in own(links_of(below).pages, page.page.host)
                if url not in reached and url not in known and is_page(url)
            )  # fmt: skip
            third = list(further)[:_MOST_THIRD]
            deeper = await asyncio.gather(*(self._reaches(url, look) for url in third))
            findings["S12"] = judge_links(
                reached, {url: one for url, (one, _) in zip(third, deeper, strict=True)}, apart
            )
        return findings

    async def _reaches(self, url: str, look: _Look) -> tuple[bool | None, Fetched | None]:
        """Return whether IPv6 reaches a link, None where IPv4 does not either; and the page."""
        found = await self.book.find(host_of(url))
        tls = look.tls or self.tls
        for address in found.ipv6[:1]:
            got = await visit(
                self.wire, self.book, url, address=address, tls=tls, bounds=self.bounds
            )
            if got.answered and got.last.status < 400:
                return True, got.last
        for address in found.ipv4[:1]:
            control = await visit(
                self.wire, self.book, url, address=address, tls=tls, bounds=self.bounds
            )
            if control.answered and control.last.status < 400:
                return False, None
        return None, None

    async def _look_at_the_rest(self, look: _Look) -> dict[str, Finding]:
        findings: dict[str, Finding] = {}
        host = look.name.host
        mail_addresses: list[str] = []
        if self._wants("S16", "S17"):
            mail = await look_at_mail(self.wire, self.book, look.mail_domain or host)
            findings["S16"] = judge_mail(mail)
            mail_addresses = [a for one in mail.hosts for a in one.addresses.ipv6]
        if "S17" in self.asked:
            servers = [a for zone in look.zones for one in zone.hosts for a in one.ipv6]
            facts = await look_back(self.book, host, [*mail_addresses, *servers])
            findings["S17"] = judge_reverse(facts, host, look.addresses.ipv6)
        if "S15" in self.asked:
            findings["S15"] = await self._race(look)
        if "S18" in self.asked:
            places = (look.addresses.ipv6[:1], look.addresses.ipv4[:1])
            answers = [await ask_versions(self.wire, one[0]) if one else None for one in places]
            findings["S18"] = judge_quic(answers[0], answers[1])
        return findings

    async def _race(self, look: _Look) -> Finding:
        found = look.addresses
        if not found.ipv6 or not found.ipv4:
            return Heard(()).not_applicable("no-pair")
        port = 443 if any(look.opens(443)) else 80
        late_s = await self._late_aaaa_s(look)
        asked = [f"{look.name.host} race to TCP {port}"]
        races = [
            await race(self.wire, found.ipv6, found.ipv4, port, late_aaaa_s=late_s)
            for _ in range(RACES)
        ]
        return judge_races(races, asked, late_aaaa_ms=late_s * 1000.0)

    async def _late_aaaa_s(self, look: _Look) -> float:
        """Return how much later the first resolver tells AAAA than A; 0 without one."""
        if not self.book.resolvers:
            return 0.0
        times: list[float] = []
        for kind in ("A", "AAAA"):
            start_s = time.perf_counter()
            try:
                await self.wire.ask(self.book.resolvers[0], look.name.host, kind, recursion=True)
            except Silence:
                return 0.0
            times.append(time.perf_counter() - start_s)
        return max(0.0, times[1] - times[0])
