"""Whether IPv6 is set up: D4 addresses, D5 the way out, D6 neighbours of routing, D8 adverts.

D7, the hosts that were heard, stands with them: it gates nothing, since an idle link has none.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv6Address, IPv6Network
from typing import Any

from ...probes.readings.records import Family
from ..evidence import Evidence
from ..verdicts import Verdict
from .polls import LOOPBACK, Ipv6Reading
from .rows import SHOWN, Case, shown_rows

__all__ = [
    "FULL_TABLE_ROUTES",
    "OwnAddress",
    "adjacency_up",
    "adverts_sent",
    "global_addresses",
    "has_address",
    "has_way_out",
    "neighbours_heard",
]

FULL_TABLE_ROUTES = 10_000
"""So many routes are the Internet's own table, which needs no default."""

_GLOBAL = IPv6Network("2000::/3")
_TUNNELS = (IPv6Network("2002::/16"), IPv6Network("2001::/32"))  # 6to4 and Teredo
_UNUSABLE = frozenset({"deprecated", "invalid", "inaccessible", "tentative", "duplicate"})
_LIVE = frozenset({"reachable", "stale", "delay", "probe"})


@dataclass(frozen=True, slots=True)
class OwnAddress:
    """An address of the device that the whole Internet could reach.

    ``table`` says where it stands: a table of addresses, or one of routes to the device itself.
    """

    address: IPv6Address
    if_index: int | None
    prefix_length: int | None
    status: str | None
    table: str

    @property
    def usable(self) -> bool:
        """Whether it is in use now."""
        return self.status not in _UNUSABLE


def _is_global(address: object) -> bool:
    return (
        isinstance(address, IPv6Address)
        and address in _GLOBAL
        and not any(address in tunnel for tunnel in _TUNNELS)
    )


def global_addresses(reading: Ipv6Reading) -> tuple[OwnAddress, ...]:
    """Return the device's own global unicast addresses, each once.

    Where no table of addresses has one, routes to the device itself stand in: /128 that the
    device made for itself.
    """
    found: dict[IPv6Address, OwnAddress] = {}
    for one in reading.addresses.addresses:
        address = one.address
        if isinstance(address, IPv6Address) and _is_global(address) and one.kind == "unicast":
            found.setdefault(
                address,
                OwnAddress(address, one.if_index, one.prefix_length, one.status, one.table),
            )
    if found:
        return tuple(found.values())
    for route in reading.routes.routes:
        own = route.prefix_length == 128 and route.protocol == "local"
        if own and _is_global(route.prefix) and route.leads_somewhere:
            found.setdefault(
                route.prefix,
                OwnAddress(route.prefix, route.if_index or None, None, None, route.table),
            )
    return tuple(found.values())


def _odd(one: OwnAddress, loopbacks: frozenset[int]) -> bool:
    """Whether a prefix length is neither of a LAN nor of a link between two (nor of a loopback)."""
    length = one.prefix_length
    if length is None or length == 64 or 112 <= length <= 127:
        return False
    return length != 128 or (one.if_index is not None and one.if_index not in loopbacks)


def has_address(case: Case, reading: Ipv6Reading) -> Evidence:
    """Judge D4: a global unicast address in use, and a prefix length that belongs to a link.

    /64 is a LAN's (RFC 7421), /127 and what is near it a link's between two (RFC 6164), /128 a
    loopback's. Others work and break what relies on /64; the device passes where one is right.
    """
    own = global_addresses(reading)
    loopbacks = frozenset(one.if_index for one in reading.interfaces if one.kind == LOOPBACK)
    odd = [one for one in own if _odd(one, loopbacks)]
    unreadable = [row for row in reading.addresses.unreadable if row.table != "ipAddrTable"]
    other = [
        str(one.address)
        for one in reading.addresses.addresses
        if one.address.version == 6 and not _is_global(one.address)
    ]
    answered: dict[str, Any] = {
        "global_addresses": len(own),
        "shown": [
            {"address": str(one.address), "if_index": one.if_index,
             "prefix_length": one.prefix_length, "status": one.status, "table": one.table}
            for one in own[:SHOWN]
        ],
        "other_addresses": len(other),
        "other_shown": other[:SHOWN],
        "odd_prefix_lengths": [f"{one.address}/{one.prefix_length}" for one in odd[:SHOWN]],
        "layouts": dict(reading.addresses.layouts),
        "undecodable": len(unreadable),
        "undecodable_rows": shown_rows(unreadable),
    }  # fmt: skip
    asked = ("ipAddressTable", "cIpAddressTable", "ipv6AddrTable", "inetCidrRouteTable",
             "ipv6RouteTable")  # fmt: skip
    usable = [one for one in own if one.usable]
    if any(one not in odd for one in usable):
        first = next(one for one in usable if one not in odd)
        detail = f"{first.address} ({first.table})"
        return case.row("D4", Verdict.PASS, asked=asked, answered=answered, detail=detail)
    if usable:
        detail = answered["odd_prefix_lengths"][0]
        return case.row(
            "D4", Verdict.PARTIAL, "odd-prefix-length", asked=asked, answered=answered,
            detail=detail,
        )  # fmt: skip
    if own:
        return case.row(
            "D4", Verdict.FAIL, "address-not-usable", asked=asked, answered=answered,
            detail=f"{own[0].address} {own[0].status}",
        )  # fmt: skip
    verdict, reason = _no_address(case, reading, undecodable=len(unreadable), other=len(other))
    return case.row("D4", verdict, reason, asked=asked, answered=answered)


def _no_address(
    case: Case, reading: Ipv6Reading, *, undecodable: int, other: int
) -> tuple[Verdict, str]:
    if undecodable and not other:
        return Verdict.UNKNOWN, "addresses-undecodable"
    if not reading.any_ipv6 and not reading.keeps_ipv6_mib:
        return case.absent("no-ipv6-object", "ipAddressEntry", "ipv6AddrEntry")
    attached = any(
        route.kind == "local" and _is_global(route.prefix) for route in reading.routes.routes
    )
    if not other and attached:
        return Verdict.UNKNOWN, "addresses-not-shown"
    return case.absent("no-global-address", "ipAddressEntry", "ipv6AddrEntry", "inetCidrRouteEntry")


def has_way_out(case: Case, reading: Ipv6Reading) -> Evidence:
    """Judge D5: a route to everything that leads somewhere, or the Internet's own table."""
    routes = reading.routes
    towards = [route for route in routes.routes if route.to_everything]
    routers = [
        one
        for one in routes.default_routers
        if one.address.version == 6 and one.lifetime_s != 0 and not one.address.is_unspecified
    ]
    present = sum(route.table == "inetCidrRouteTable" for route in routes.routes)
    former = len(routes.routes) - present
    count = max(present, former, routes.count or 0)
    answered: dict[str, Any] = {
        "routes": count,
        "ipv6RouteNumber": routes.count,
        "inetCidrRouteNumber": routes.count_both,
        "to_everything": [
            {"prefix": f"{route.prefix}/{route.prefix_length}", "kind": route.kind,
             "next_hop": None if route.next_hop is None else str(route.next_hop),
             "if_index": route.if_index, "table": route.table}
            for route in towards[:SHOWN]
        ],
        "default_routers": [str(one.address) for one in routers[:SHOWN]],
        "undecodable": len(routes.unreadable),
        "undecodable_rows": shown_rows(routes.unreadable),
    }  # fmt: skip
    asked = ("inetCidrRouteTable", "ipv6RouteTable", "ipDefaultRouterTable", "ipv6RouteNumber.0",
             "inetCidrRouteNumber.0")  # fmt: skip

    def row(verdict: Verdict, reason: str = "", detail: str = "") -> Evidence:
        return case.row("D5", verdict, reason, asked=asked, answered=answered, detail=detail)

    leading = [route for route in towards if route.leads_somewhere]
    if leading:
        hop = leading[0].next_hop
        return row(Verdict.PASS, detail=leading[0].table if hop is None else f"{hop}")
    if routers:
        return row(Verdict.PASS, detail=f"{routers[0].address}")
    if count >= FULL_TABLE_ROUTES:
        return row(Verdict.PASS, detail=f"{count}")
    if towards:
        return row(Verdict.FAIL, "route-discards", f"{towards[0].prefix}: {towards[0].kind}")
    if routes.routes or routes.count is not None:
        return row(*case.absent("no-default-route", "inetCidrRouteEntry", "ipv6RouteEntry"))
    if reading.any_ipv6:
        return row(Verdict.UNKNOWN, "routes-not-shown")
    return row(*case.absent("no-ipv6-object", "inetCidrRouteEntry", "ipv6RouteEntry"))


def adjacency_up(case: Case, reading: Ipv6Reading) -> Evidence:
    """Judge D6: a neighbour of a routing protocol is up for IPv6.

    BGP4-MIB knows IPv4 alone, and many agents list no IPv6 neighbour at all: silence is unknown.
    """
    six = [one for one in reading.adjacencies if one.family is Family.IPV6]
    up = [one for one in six if one.up]
    answered: dict[str, Any] = {
        "up": len(up),
        "known": len(six),
        "shown": [
            {"protocol": one.protocol, "neighbour": one.neighbour, "state": one.state,
             "if_index": one.if_index}
            for one in (*up, *(one for one in six if not one.up))[:SHOWN]
        ],
        "ospfv3_on": reading.ospfv3_on,
        "ospfv3_lsas": reading.ospfv3_lsas,
    }  # fmt: skip
    asked = ("ospfv3NbrTable", "ospfv3AdminStatus.0", "ospfv3AsScopeLsaCount.0",
             "isisISAdjTable", "cbgpPeer2Table", "jnxBgpM2PeerTable", "hwBgpPeerTable",
             "aristaBgp4V2PeerTable")  # fmt: skip

    def row(verdict: Verdict, reason: str = "", detail: str = "") -> Evidence:
        return case.row("D6", verdict, reason, asked=asked, answered=answered, detail=detail)

    if up:
        return row(Verdict.PASS, detail=f"{up[0].protocol} {up[0].neighbour}")
    if six:
        verdict, reason = case.absent("no-adjacency-up", "ospfv3NbrEntry", "isisISAdjEntry")
        return row(verdict, reason, f"{six[0].protocol} {six[0].neighbour}: {six[0].state}")
    if reading.ospfv3_on and not reading.ospfv3_lsas:
        return row(*case.absent("no-adjacency-up", "ospfv3NbrEntry"))
    if reading.ospfv3_on or case.role == "backbone" or reading.adjacencies:
        return row(Verdict.UNKNOWN, "adjacencies-not-shown")
    return row(Verdict.NOT_APPLICABLE, "no-routing-protocol")


def neighbours_heard(case: Case, reading: Ipv6Reading) -> Evidence:
    """Judge D7: somebody was heard over IPv6 lately."""
    names = {one.if_index: one.name for one in reading.interfaces}
    six = [
        one
        for one in reading.neighbours.neighbours
        if one.address.version == 6 and one.kind not in ("local", "invalid")
    ]
    if case.transit and any(names.get(one.if_index) in case.transit for one in six):
        six = [one for one in six if names.get(one.if_index) in case.transit]
    live = [
        one
        for one in six
        if one.state in _LIVE or (one.state in (None, "unknown") and one.kind == "dynamic")
    ]
    answered: dict[str, Any] = {
        "live": len(live),
        "known": len(six),
        "interfaces": len({one.if_index for one in live}),
        "undecodable": len(reading.neighbours.unreadable),
        "undecodable_rows": shown_rows(reading.neighbours.unreadable),
        "cut_short": case.poll.was_cut("ipNetToPhysicalEntry", "ipv6NetToMediaEntry"),
    }
    asked = ("ipNetToPhysicalTable", "ipv6NetToMediaTable", "cInetNetToMediaTable")
    if live:
        return case.row("D7", Verdict.PASS, asked=asked, answered=answered)
    if six or any(one.table == "ipNetToPhysicalTable" for one in reading.neighbours.neighbours):
        verdict, reason = case.absent(
            "no-live-neighbour", "ipNetToPhysicalEntry", "ipv6NetToMediaEntry"
        )
        return case.row("D7", verdict, reason, asked=asked, answered=answered)
    return case.row("D7", Verdict.UNKNOWN, "neighbours-not-shown", asked=asked, answered=answered)


def adverts_sent(case: Case, reading: Ipv6Reading) -> Evidence:
    """Judge D8: hosts are told of the router, and that they may use it."""
    adverts = reading.addresses.router_adverts
    sending = [one for one in adverts if one.sends]
    useful = [one for one in sending if one.lifetime_s != 0]
    answered: dict[str, Any] = {
        "interfaces": len(adverts),
        "sending": len(sending),
        "shown": [
            {"if_index": one.if_index, "lifetime_s": one.lifetime_s, "managed": one.managed,
             "other": one.other, "link_mtu_bytes": one.link_mtu}
            for one in sending[:SHOWN]
        ],
    }  # fmt: skip
    asked = ("ipv6RouterAdvertTable",)

    def row(verdict: Verdict, reason: str = "", detail: str = "") -> Evidence:
        return case.row("D8", verdict, reason, asked=asked, answered=answered, detail=detail)

    if useful:
        return row(Verdict.PASS, detail=f"ifIndex {useful[0].if_index}")
    if sending:
        return row(Verdict.FAIL, "lifetime-zero", f"ifIndex {sending[0].if_index}")
    told = reading.addresses
    routes_six = told.forwards_ipv6 or told.forwards_ipv6_legacy
    if told.forwards_ipv4 is False and not routes_six:
        return row(Verdict.NOT_APPLICABLE, "not-a-router")
    if adverts:
        return row(*case.absent("no-adverts", "ipv6RouterAdvertEntry"))
    return row(Verdict.UNKNOWN, "adverts-not-shown")
