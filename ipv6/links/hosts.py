"""Hosts of a link: L6 DHCPv6, L7 neighbours, L8 groups, L9 addresses that do not give them away."""

from __future__ import annotations

import ipaddress

from ...probes.active.frames.messages import (
    DhcpMessage,
    GroupReport,
    NeighbourAdvert,
    NeighbourSolicit,
    RouterAdvert,
)
from ..evidence import Evidence
from ..verdicts import Verdict
from .heard import Heard

__all__ = ["addresses", "delegation", "groups", "neighbours"]

_LONGEST_DELEGATION = 60
_SLOW_S = 1.0  # RetransTimer, RFC 4861 section 10


def delegation(heard: Heard) -> Evidence:
    """Judge L6: a DHCPv6 server offers a prefix that is large enough, and resolvers."""
    offers = [one for one in heard.of(DhcpMessage) if one.kind in ("advertise", "reply")]
    if not offers:
        if "dhcpv6-solicit" not in heard.asked:
            return heard.row("L6", Verdict.UNKNOWN, "not-heard")
        adverts = heard.of(RouterAdvert)
        if adverts and not any(one.managed or one.other for one in adverts):
            return heard.row("L6", Verdict.NOT_APPLICABLE, "not-managed")
        return heard.row("L6", Verdict.FAIL, "no-offer")
    prefixes = sorted({prefix for one in offers for prefix in one.delegated})
    told = {
        "servers": sorted({one.source for one in offers}),
        "addresses": sorted({address for one in offers for address in one.addresses}),
        "prefixes": prefixes,
        "name_servers": sorted({server for one in offers for server in one.name_servers}),
        "softwire_router": next((one.softwire_router for one in offers if one.softwire_router), ""),
        "status": sorted({one.refusal for one in offers}),
    }
    if not prefixes:
        status = next((one.refusal for one in offers if one.refusal), 0)
        detail = f"status {status}" if status else ""
        return heard.row("L6", Verdict.FAIL, "no-prefix-offered", detail=detail, answered=told)
    longest = max(prefixes, key=_bits)
    if _bits(longest) > _LONGEST_DELEGATION:
        return heard.row("L6", Verdict.PARTIAL, "prefix-too-long", detail=longest, answered=told)
    if not told["name_servers"]:
        return heard.row("L6", Verdict.PARTIAL, "no-resolver-offered", answered=told)
    return heard.row("L6", Verdict.PASS, answered=told)


def _bits(prefix: str) -> int:
    return int(prefix.rpartition("/")[2])


def neighbours(heard: Heard) -> Evidence:
    """Judge L7: who is asked for answers soon, and no address has two owners."""
    if heard.conflicts:
        detail = ", ".join(heard.conflicts)
        return heard.row("L7", Verdict.FAIL, "address-conflict", detail=detail)
    waiting: dict[str, float] = {}
    checking: dict[str, tuple[float, str]] = {}
    answers: dict[str, float | None] = dict(heard.answer_s or {})
    for at_s, one in heard.messages:
        if isinstance(one, NeighbourSolicit) and one.from_this_link:
            if one.own_address:
                checking[one.target] = (at_s, one.mac)
            else:
                waiting.setdefault(one.target, at_s)
        elif isinstance(one, NeighbourAdvert) and one.from_this_link:
            began = checking.get(one.target)
            if began is not None and at_s - began[0] <= _SLOW_S and began[1] != one.mac:
                detail = f"{one.target} {one.mac}"
                return heard.row("L7", Verdict.FAIL, "address-conflict", detail=detail)
            if one.target in waiting:
                took_s = at_s - waiting.pop(one.target)
                answers[one.target] = max(took_s, answers.get(one.target) or 0.0)
    told = {"answer_s": answers}
    silent = sorted(target for target, took_s in answers.items() if took_s is None)
    if silent:
        detail = ", ".join(silent)
        return heard.row("L7", Verdict.FAIL, "neighbour-silent", detail=detail, answered=told)
    slow = sorted(target for target, s in answers.items() if s is not None and s > _SLOW_S)
    if slow:
        detail = ", ".join(slow)
        return heard.row("L7", Verdict.PARTIAL, "neighbour-slow", detail=detail, answered=told)
    if not answers:
        return heard.row("L7", Verdict.UNKNOWN, "not-heard")
    return heard.row("L7", Verdict.PASS, answered=told)


def _solicited_group(address: str) -> str:
    tail = ipaddress.IPv6Address(address).packed[13:]
    return str(ipaddress.IPv6Address(bytes.fromhex("ff0200000000000000000001ff") + tail))


def groups(heard: Heard) -> Evidence:
    """Judge L8: hosts report the groups that neighbour discovery needs, and reports arrive."""
    reports = [one for one in heard.of(GroupReport) if ":" in one.host]
    if not reports:
        if "mld-query" in heard.asked:
            return heard.row("L8", Verdict.FAIL, "no-listeners")
        return heard.row("L8", Verdict.UNKNOWN, "not-heard")
    listened = {group for one in reports for group in one.groups}
    told = {"hosts": sorted({one.host for one in reports}), "groups": sorted(listened)[:200]}
    # A host that reports anything must report the group of the address it reports from.
    if "mld-query" in heard.asked:
        for one in reports:
            if one.host != "::" and _solicited_group(one.host) not in listened:
                return heard.row("L8", Verdict.PARTIAL, "groups-missing", detail=one.host, answered=told)  # fmt: skip
    return heard.row("L8", Verdict.PASS, answered=told)


def addresses(heard: Heard) -> Evidence:
    """Judge L9: hosts do not carry their hardware's number into the Internet (RFC 8064)."""
    routers = {one.mac for one in heard.of(RouterAdvert)}
    routers |= {one.mac for one in heard.of(NeighbourAdvert) if one.router}
    seen = sorted(address for mac, address in heard.hosts if mac not in routers)
    if not seen:
        return heard.row("L9", Verdict.UNKNOWN, "not-heard")
    telling = [a for a in seen if ipaddress.IPv6Address(a).packed[11:13] == b"\xff\xfe"]
    told = {"addresses": len(seen), "from_hardware": telling[:50]}
    if telling:
        detail = telling[0]
        return heard.row("L9", Verdict.PARTIAL, "hardware-address", detail=detail, answered=told)
    return heard.row("L9", Verdict.PASS, answered=told)
