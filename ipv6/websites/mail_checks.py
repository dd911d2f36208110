"""S16: whether mail to the website's domain can be brought over IPv6 (RFC 5321, 7505).

A domain without mail is no better for it: that is n/a, not a pass. Many networks close port 25 on
the way out; where IPv4 does not get through either, nothing can be told.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from .findings import Finding, Heard
from .host_addresses import HostAddresses, HostBook
from .page_links import registrable
from .polite_wire import Silence, Wire

__all__ = ["MailFacts", "MailHost", "judge_mail", "look_at_mail"]

PORT = 25
_MOST_HOSTS = 8
_WAIT_S = 8.0  # RFC 5321 gives a greeting five minutes; whoever takes more than this is not in use
_MOST_LINE = 2048


@dataclass(frozen=True, slots=True)
class MailHost:
    """A mail server.

    Attributes
    ----------
    over_v6, over_v4
        Words by address: ``greets``, ``no-greeting``, or a kind of silence.
    """

    addresses: HostAddresses
    over_v6: dict[str, str]
    over_v4: dict[str, str]


@dataclass(frozen=True, slots=True)
class MailFacts:
    """Where mail for a domain goes.

    Attributes
    ----------
    domain
        To which mail is addressed.
    told
        Whether the DNS said anything.
    refuses
        A null MX says that there is no mail (RFC 7505).
    """

    domain: str
    told: bool
    refuses: bool
    hosts: tuple[MailHost, ...]


async def greet(wire: Wire, address: str) -> str:
    """Speak with a mail server up to its answer to EHLO, and leave."""
    try:
        async with wire.turn(address), asyncio.timeout(_WAIT_S):
            dialled = await wire.dial(address, PORT)
            reader, writer = await asyncio.open_connection(sock=dialled.socket, limit=_MOST_LINE)
            try:
                if not (await _answer(reader)).startswith(b"220"):
                    return "no-greeting"
                here = dialled.socket.getsockname()[0]
                writer.write(f"EHLO [{'IPv6:' * (':' in here)}{here}]\r\n".encode("ascii"))
                word = await _answer(reader)
                writer.write(b"QUIT\r\n")
                return "greets" if word.startswith(b"250") else "no-greeting"
            finally:
                writer.transport.abort()
    except TimeoutError:
        return "timeout"
    except Silence as silence:
        return silence.kind
    except (OSError, ValueError):
        return "reset"


async def _answer(reader: asyncio.StreamReader) -> bytes:
    for _ in range(64):
        line = await reader.readline()
        if line[3:4] != b"-":
            return line
    return b""


async def look_at_mail(wire: Wire, book: HostBook, host: str) -> MailFacts:
    """Ask where mail for a website's domain goes, and speak with the servers."""
    domain, told, values = host, False, tuple[str, ...]()
    for candidate in dict.fromkeys((host, registrable(host))):
        walk = await book.chains[4].walk(candidate, "MX")
        if not walk.told:
            walk = await book.chains[6].walk(candidate, "MX")
        domain, told, values = candidate, told or walk.told, walk.values
        if values:
            break
    names = [value.partition(" ")[2] for value in sorted(values, key=_preference)]
    refuses = names == ["."]
    found = await asyncio.gather(*(book.find(name) for name in names[:_MOST_HOSTS] if name != "."))
    hosts = await asyncio.gather(*(_speak(wire, one) for one in found))
    return MailFacts(domain, told, refuses, tuple(hosts))


def _preference(value: str) -> tuple[int, str]:
    preference, _, name = value.partition(" ")
    return int(preference), name


async def _speak(wire: Wire, host: HostAddresses) -> MailHost:
    places = [*host.ipv6[:2], *host.ipv4[:1]]
    words = await asyncio.gather(*(greet(wire, one) for one in places))
    by = dict(zip(places, words, strict=True))
    return MailHost(
        host,
        {a: w for a, w in by.items() if ":" in a},
        {a: w for a, w in by.items() if ":" not in a},
    )


def judge_mail(facts: MailFacts) -> Finding:
    """Judge S16: every mail server has an IPv6 address and greets there."""
    asked: list[str] = [f"{facts.domain} MX"]
    for one in facts.hosts:
        asked += [f"{address} TCP {PORT} EHLO" for address in (*one.over_v6, *one.over_v4)]
    answered = {
        "domain": facts.domain,
        "hosts": [
            {"host": one.addresses.host, "over_v6": one.over_v6, "over_v4": one.over_v4}
            for one in facts.hosts
        ],
    }
    heard = Heard(asked, answered)
    if facts.refuses:
        return heard.not_applicable("null-mx")
    if not facts.told:
        return heard.unknown("not-resolved")
    if not facts.hosts:
        return heard.not_applicable("no-mx")
    without = [one.addresses.host for one in facts.hosts if not one.addresses.ipv6]
    if len(without) == len(facts.hosts):
        return heard.failed("mx-no-aaaa", without[0])
    words_v6 = [(a, w) for one in facts.hosts for a, w in one.over_v6.items()]
    silent = [(a, w) for a, w in words_v6 if w != "greets"]
    words_v4 = [w for one in facts.hosts for w in one.over_v4.values()]
    if len(silent) == len(words_v6):
        if words_v4 and "greets" not in words_v4:
            return heard.unknown("port-25-closed", " ".join(silent[0]))
        return heard.failed("mx-silent", " ".join(silent[0]))
    if silent:
        return heard.partly("mx-silent", " ".join(silent[0]))
    if without:
        return heard.partly("mx-no-aaaa", without[0])
    return heard.passed()
