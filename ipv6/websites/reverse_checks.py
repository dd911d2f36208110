"""S17: names of addresses, and addresses that HTTPS records hint at.

Mail servers refuse an IPv6 address without a name (PTR), and a hint that is not among the AAAA
records sends visitors to an address that the owner has given up (RFC 9460, 7.3).
"""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass

from .findings import Finding, Heard
from .host_addresses import HostBook
from .name_chain import Walk

__all__ = ["ReverseFacts", "judge_reverse", "look_back"]

_MOST = 16


@dataclass(frozen=True, slots=True)
class ReverseFacts:
    """What addresses are called, and what HTTPS records hint at.

    Attributes
    ----------
    names
        By address of mail and name servers; None for no answer.
    hints
        Addresses of the website's HTTPS records; None for no answer.
    """

    names: dict[str, tuple[str, ...] | None]
    hints: tuple[str, ...] | None


async def _walk(book: HostBook, name: str, kind: str) -> Walk:
    walk = await book.chains[4].walk(name, kind)
    return walk if walk.told else await book.chains[6].walk(name, kind)


async def look_back(book: HostBook, host: str, addresses: Sequence[str]) -> ReverseFacts:
    """Ask for the names of addresses, and for a website's HTTPS records."""
    chosen = list(dict.fromkeys(addresses))[:_MOST]
    walks = await asyncio.gather(
        _walk(book, host, "HTTPS"),
        *(_walk(book, ipaddress.ip_address(one).reverse_pointer, "PTR") for one in chosen),
    )
    hints = tuple(one for value in walks[0].values for one in value.split())
    return ReverseFacts(
        {
            address: walk.values if walk.told else None
            for address, walk in zip(chosen, walks[1:], strict=True)
        },
        tuple(dict.fromkeys(hints)) if walks[0].told else None,
    )


def judge_reverse(facts: ReverseFacts, host: str, ipv6: Sequence[str]) -> Finding:
    """Judge S17: each address has a name, and each hint is one of the AAAA records."""
    asked = [f"{host} HTTPS", *(f"{address} PTR" for address in facts.names)]
    answered = {
        "names": {a: None if n is None else list(n[:4]) for a, n in facts.names.items()},
        "hints": None if facts.hints is None else list(facts.hints[:_MOST]),
    }
    heard = Heard(asked, answered)
    astray = [one for one in facts.hints or () if one not in ipv6]
    nameless = [address for address, names in facts.names.items() if names == ()]
    if astray:
        return heard.failed("hint-differs", astray[0])
    if not facts.names and not facts.hints:
        return heard.not_applicable("nothing-to-compare")
    if nameless:
        return heard.partly("no-ptr", nameless[0])
    if all(names is None for names in facts.names.values()) and not facts.hints:
        return heard.unknown("not-resolved")
    return heard.passed()
