"""What routers announce: L1 adverts, L3 lifetimes, L4 MTU and withdrawal, L13 one set of routers."""

from __future__ import annotations

import ipaddress

from ...probes.active.frames.messages import RouterAdvert
from ..evidence import Evidence
from ..verdicts import Verdict
from .heard import Heard

__all__ = ["adverts", "lifetimes", "mtu", "one_set"]

_LONGEST_PREFERRED_S, _LONGEST_VALID_S = 2700, 5400  # RFC 9096, section 3.4
_LEAST_MTU = 1280  # RFC 8200, section 5
_TUNNELS = tuple(map(ipaddress.IPv6Network, ("2002::/16", "2001::/32")))


def _silence(heard: Heard, check_id: str) -> Evidence:
    """Return what no advert means: a fail where routers were asked, else nothing at all."""
    if "router-solicit" in heard.asked:
        return heard.row(check_id, Verdict.FAIL, "no-advert")
    return heard.row(check_id, Verdict.UNKNOWN, "not-heard")


def _valid(advert: RouterAdvert) -> bool:
    return advert.from_this_link and advert.router.startswith("fe80:")


def adverts(heard: Heard) -> Evidence:
    """Judge L1: a router of this link announces itself and a prefix hosts can use."""
    every = heard.of(RouterAdvert)
    if not every:
        return _silence(heard, "L1")
    foreign = [one.router for one in every if not _valid(one)]
    good = [one for one in every if _valid(one)]
    last = {one.router: one for one in good}
    # A router may spread what it says over several adverts: what one leaves out still holds
    # (RFC 4861, section 6.3.4).
    prefixes = {(one.router, p.prefix): p for one in good for p in one.prefixes}
    told = {
        "routers": sorted(last),
        "lifetime_s": {name: one.lifetime_s for name, one in last.items()},
        "prefixes": sorted({prefix for _, prefix in prefixes}),
    }
    if not good:
        return heard.row("L1", Verdict.FAIL, "not-from-link", detail=foreign[0], answered=told)
    if not any(one.lifetime_s for one in last.values()):
        name = next(iter(last))
        return heard.row("L1", Verdict.FAIL, "lifetime-zero", detail=name, answered=told)
    usable = [
        p.prefix
        for p in prefixes.values()
        if p.on_link and p.autonomous and p.prefix.endswith("/64") and p.valid_s
    ]
    if usable:
        return heard.row("L1", Verdict.PASS, answered=told)
    if any(one.managed for one in last.values()):
        return heard.row("L1", Verdict.PARTIAL, "dhcp-only", answered=told)
    return heard.row("L1", Verdict.FAIL, "no-prefix", answered=told)


def lifetimes(heard: Heard) -> Evidence:
    """Judge L3: hosts forget a prefix soon after a change behind the router."""
    every = [one for one in heard.of(RouterAdvert) if _valid(one)]
    if not every:
        return heard.row("L3", Verdict.UNKNOWN, "not-heard")
    # The last word of each router on each prefix.
    last = {(one.router, p.prefix): p for one in every for p in one.prefixes}
    if not last:
        return heard.row("L3", Verdict.NOT_APPLICABLE, "no-prefix")
    told = {p.prefix: {"preferred_s": p.preferred_s, "valid_s": p.valid_s} for p in last.values()}
    for prefix in last.values():
        if prefix.preferred_s > prefix.valid_s:
            detail = f"{prefix.prefix} {prefix.preferred_s} > {prefix.valid_s}"
            return heard.row("L3", Verdict.FAIL, "lifetimes-wrong", detail=detail, answered=told)
    for prefix in last.values():
        if prefix.preferred_s > _LONGEST_PREFERRED_S or prefix.valid_s > _LONGEST_VALID_S:
            detail = f"{prefix.prefix} {prefix.preferred_s}/{prefix.valid_s}"
            return heard.row("L3", Verdict.PARTIAL, "lifetimes-long", detail=detail, answered=told)
    return heard.row("L3", Verdict.PASS, answered=told)


def mtu(heard: Heard) -> Evidence:
    """Judge L4: the MTU is possible, and a prefix that goes is withdrawn, not just left out."""
    every = [one for one in heard.timed(RouterAdvert) if _valid(one[1])]
    if not every:
        return heard.row("L4", Verdict.UNKNOWN, "not-heard")
    stated = sorted({one.mtu_bytes for _, one in every if one.mtu_bytes is not None})
    told = {"mtu_bytes": stated, "link_mtu_bytes": heard.link_mtu_bytes}
    if stated and stated[0] < _LEAST_MTU:
        detail = f"{stated[0]} < {_LEAST_MTU}"
        return heard.row("L4", Verdict.FAIL, "mtu-too-small", detail=detail, answered=told)
    if stated and heard.link_mtu_bytes is not None and stated[-1] > heard.link_mtu_bytes:
        detail = f"{stated[-1]} > {heard.link_mtu_bytes}"
        return heard.row("L4", Verdict.FAIL, "mtu-above-link", detail=detail, answered=told)
    ends: dict[tuple[str, str], float] = {}
    latest: dict[str, tuple[float, set[str]]] = {}
    for at_s, one in every:
        for p in one.prefixes:
            ends[one.router, p.prefix] = at_s + (p.preferred_s if p.preferred_s else -1.0)
        if one.prefixes:  # options may be spread over several adverts
            latest[one.router] = (at_s, {p.prefix for p in one.prefixes})
    for (router, prefix), end_s in sorted(ends.items()):
        at_s, there = latest[router]
        if prefix not in there and end_s > at_s:
            return heard.row("L4", Verdict.FAIL, "prefix-left-out", detail=prefix, answered=told)
    return heard.row("L4", Verdict.PASS, answered=told)


def one_set(heard: Heard) -> Evidence:
    """Judge L13: routers of the link agree, and none is somebody's laptop."""
    every = [one for one in heard.of(RouterAdvert) if _valid(one)]
    if not every:
        return heard.row("L13", Verdict.UNKNOWN, "not-heard")
    prefixes: dict[str, set[str]] = {}
    serves: dict[str, bool] = {}
    for one in every:
        prefixes.setdefault(one.router, set()).update(p.prefix for p in one.prefixes)
        serves[one.router] = one.lifetime_s > 0
    routers = sorted(name for name in prefixes if serves[name])
    told = {"routers": {name: sorted(prefixes[name]) for name in sorted(prefixes)}}
    for name in sorted(prefixes):
        for prefix in sorted(prefixes[name]):
            if any(ipaddress.IPv6Network(prefix).subnet_of(tunnel) for tunnel in _TUNNELS):
                detail = f"{name}: {prefix}"
                return heard.row("L13", Verdict.FAIL, "rogue-router", detail=detail, answered=told)
    if len({frozenset(prefixes[name]) for name in routers}) > 1:
        detail = ", ".join(routers)
        return heard.row("L13", Verdict.PARTIAL, "several-sets", detail=detail, answered=told)
    return heard.row("L13", Verdict.PASS, answered=told)
