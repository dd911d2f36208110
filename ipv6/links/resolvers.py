"""How hosts find names and the old Internet: L2 resolvers, L5 NAT64 prefix and DNS64."""

from __future__ import annotations

import ipaddress

from ...probes.active.frames.messages import DhcpMessage, RouterAdvert
from ..evidence import Evidence
from ..verdicts import Verdict
from .heard import Heard

__all__ = ["dns64_prefix", "nat64", "resolvers"]

_WELL_KNOWN = frozenset((0xC00000AA, 0xC00000AB))  # 192.0.0.170 and .171, RFC 7050 section 3
_LENGTHS = (96, 64, 56, 48, 40, 32)


def resolvers(heard: Heard) -> Evidence:
    """Judge L2: the link tells a resolver, for long enough, and it answers over IPv6."""
    adverts = heard.timed(RouterAdvert)
    offers = [one for one in heard.of(DhcpMessage) if one.kind in ("advertise", "reply")]
    if not adverts and not offers:
        return heard.row("L2", Verdict.UNKNOWN, "not-heard")
    by_advert = {
        server: seconds
        for _, one in adverts
        for server, seconds in zip(one.name_servers, one.name_server_lifetimes_s, strict=True)
    }
    by_advert = {server: seconds for server, seconds in by_advert.items() if seconds}
    by_dhcp = sorted({server for one in offers for server in one.name_servers})
    told = {
        "by_advert": by_advert,
        "by_dhcp": by_dhcp,
        "search": sorted({name for _, one in adverts for name in one.search}),
        "answers": None if heard.resolver_answers is None else dict(heard.resolver_answers),
    }
    if not by_advert and not by_dhcp:
        if not adverts:  # routers may tell one, and were not heard
            return heard.row("L2", Verdict.UNKNOWN, "not-heard", answered=told)
        return heard.row("L2", Verdict.FAIL, "no-resolver", answered=told)
    answers = heard.resolver_answers
    if answers and not any(answers.values()):
        detail = ", ".join(sorted(answers))
        return heard.row("L2", Verdict.FAIL, "resolver-silent", detail=detail, answered=told)
    if not by_advert:
        return heard.row("L2", Verdict.PARTIAL, "resolver-by-dhcp-only", answered=told)
    interval_s = _interval_s(adverts)
    for server, seconds in by_advert.items():
        if interval_s is not None and seconds < 3 * interval_s:
            detail = f"{server} {seconds} s < 3 x {interval_s:g} s"
            return heard.row("L2", Verdict.PARTIAL, "resolver-short", detail=detail, answered=told)
    if answers is None:
        return heard.row("L2", Verdict.UNKNOWN, "resolver-not-asked", answered=told)
    return heard.row("L2", Verdict.PASS, answered=told)


def _interval_s(adverts: list[tuple[float, RouterAdvert]]) -> float | None:
    """Return the longest interval that routers state between adverts."""
    stated = [one.interval_ms for _, one in adverts if one.interval_ms is not None]
    return max(stated) / 1000.0 if stated else None


def dns64_prefix(address: str) -> str | None:
    """Return the prefix of an AAAA of ``ipv4only.arpa`` (RFC 7050, RFC 6052); None for no DNS64."""
    raw = ipaddress.IPv6Address(address).packed
    for bits in _LENGTHS:
        # The byte of bits 64 to 71 stays out of the address (RFC 6052, section 2.2).
        at = bits // 8
        spread = raw[at:] if bits == 96 else raw[at:8] + raw[9:]
        if int.from_bytes(spread[:4]) in _WELL_KNOWN:
            return str(ipaddress.IPv6Network((raw, bits), strict=False))
    return None


def nat64(heard: Heard) -> Evidence:
    """Judge L5: the prefix that routers tell is valid, and resolvers use the same."""
    adverts = heard.of(RouterAdvert)
    refused = [code for one in adverts for code in one.nat64_refused]
    prefixes = sorted(
        {
            prefix
            for one in adverts
            for prefix, seconds in zip(one.nat64_prefixes, one.nat64_lifetimes_s, strict=True)
            if seconds
        }
    )
    made = heard.dns64_prefixes
    told = {"by_advert": prefixes, "refused_codes": refused, "by_dns64": made}
    if refused:
        detail = f"PLC {refused[0]}"
        return heard.row("L5", Verdict.FAIL, "nat64-invalid", detail=detail, answered=told)
    if not adverts and made is None:
        return heard.row("L5", Verdict.UNKNOWN, "not-heard")
    if not prefixes:
        if made:
            detail = ", ".join(made)
            return heard.row("L5", Verdict.PARTIAL, "dns64-only", detail=detail, answered=told)
        return heard.row("L5", Verdict.NOT_APPLICABLE, "no-nat64", answered=told)
    if made is None:
        return heard.row("L5", Verdict.UNKNOWN, "dns64-not-asked", answered=told)
    if set(made) - set(prefixes):
        detail = f"{', '.join(prefixes)} / {', '.join(made)}"
        return heard.row("L5", Verdict.FAIL, "nat64-disagree", detail=detail, answered=told)
    return heard.row("L5", Verdict.PASS, answered=told)
