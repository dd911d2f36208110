"""Whether a device knows IPv6 at all: D1 the agent, D2 forwarding, D3 interfaces.

Both generations of MIBs are looked at: routers with thousands of IPv6 routes keep nothing in
IP-MIB (Juniper), others nothing in IPV6-MIB.
"""

from __future__ import annotations

from typing import Any

from ...probes.snmp.agents import Outcome
from ..evidence import Evidence
from ..verdicts import Verdict
from .polls import Ipv6Reading
from .rows import SHOWN, Case

__all__ = ["agent_answers", "forwards", "interfaces_up", "ipv4_interfaces", "ipv6_interfaces"]

_SILENCE = {
    Outcome.SILENT: (Verdict.FAIL, "silent"),
    Outcome.REFUSED: (Verdict.FAIL, "refused"),
    Outcome.UNKNOWN: (Verdict.UNKNOWN, "own-trouble"),
}


def agent_answers(case: Case) -> Evidence:
    """Judge D1: the agent answers; a reply that was cut short is one."""
    poll = case.poll
    verdict, reason = _SILENCE.get(poll.outcome, (Verdict.PASS, ""))
    answered: dict[str, Any] = {"outcome": poll.outcome.value, "address": poll.address}
    if poll.cuts:
        answered["cuts"] = sorted({why for _, why in poll.cuts})
    if poll.reading is not None:
        answered["description"] = poll.reading.system.description[:200]
        answered["object_id"] = ".".join(map(str, poll.reading.system.object_id))
        answered["uptime_s"] = poll.reading.system.uptime_s
    return case.row(
        "D1", verdict, reason, asked=("sysUpTime.0", "sysObjectID.0"), answered=answered,
        detail=poll.address,
    )  # fmt: skip


def forwards(case: Case, reading: Ipv6Reading) -> Evidence:
    """Judge D2: the newer flag leads, the older one answers where the newer is not kept."""
    new, old = reading.addresses.forwards_ipv6, reading.addresses.forwards_ipv6_legacy
    told = new if new is not None else old
    asked = ("ipv6IpForwarding.0", "ipv6Forwarding.0")
    answered = {
        "ipv6IpForwarding": new,
        "ipv6Forwarding": old,
        "source": "IP-MIB" if new is not None else "IPV6-MIB" if old is not None else None,
    }
    if told:
        return case.row("D2", Verdict.PASS, asked=asked, answered=answered)
    if told is not None:
        return case.row("D2", Verdict.FAIL, "not-forwarding", asked=asked, answered=answered)
    if reading.any_ipv6:
        return case.row("D2", Verdict.UNKNOWN, "flag-not-shown", asked=asked, answered=answered)
    verdict, reason = case.absent("no-ipv6-object", *asked, "ipAddressEntry", "ipv6AddrEntry")
    return case.row("D2", verdict, reason, asked=asked, answered=answered)


def ipv6_interfaces(reading: Ipv6Reading) -> dict[int, str]:
    """Return the interfaces with IPv6 and what says so; loopbacks are none."""
    loopbacks = reading.loopbacks()
    found: dict[int, str] = {}
    for if_index in reading.addresses.ipv6_interfaces:
        found.setdefault(if_index, "state")
    for one in reading.addresses.addresses:
        if one.address.version == 6 and one.if_index is not None and one.kind != "broadcast":
            found.setdefault(one.if_index, one.table)
    for route in reading.routes.routes:
        attached = route.kind == "local" or route.protocol == "local" or route.next_hop is not None
        if attached and route.if_index:
            found.setdefault(route.if_index, route.table)
    for adjacency in reading.adjacencies:
        if adjacency.protocol == "ospfv3" and adjacency.if_index:
            found.setdefault(adjacency.if_index, adjacency.table)
    return {if_index: source for if_index, source in found.items() if if_index not in loopbacks}


def ipv4_interfaces(reading: Ipv6Reading) -> frozenset[int]:
    """Return the interfaces with an IPv4 address; loopbacks are none."""
    found = {
        one.if_index
        for one in reading.addresses.addresses
        if one.address.version == 4 and one.if_index is not None and not one.address.is_loopback
    }
    return frozenset(found - reading.loopbacks())


def interfaces_up(case: Case, reading: Ipv6Reading) -> Evidence:
    """Judge D3: at least one interface with IPv6; the share of all that route is told beside it.

    That IPV6-MIB counts interfaces is no proof: one agent counts 2,048 of its 24 ports.
    """
    six, four = ipv6_interfaces(reading), ipv4_interfaces(reading)
    every = four | six.keys()
    answered: dict[str, Any] = {
        "ipv6_interfaces": len(six),
        "interfaces_with_addresses": len(every),
        "share": round(len(six) / len(every), 4) if every else None,
        "shown": sorted(six)[:SHOWN],
        "sources": sorted(set(six.values())),
        "ipv6Interfaces": reading.addresses.ipv6_interface_count,
    }
    asked = ("ipv6InterfaceEnableStatus", "ipv6IfOperStatus", "ipAddressIfIndex",
             "ipv6AddrPfxLength", "ipv6Interfaces.0")  # fmt: skip
    if six:
        return case.row("D3", Verdict.PASS, asked=asked, answered=answered)
    verdict, reason = case.absent(
        "no-ipv6-interface" if reading.keeps_ipv6_mib else "no-ipv6-object",
        "ipv6InterfaceEntry", "ipAddressEntry", "ipv6IfEntry", "ipv6AddrEntry",
    )  # fmt: skip
    if verdict is Verdict.FAIL and reading.any_ipv6 and not reading.keeps_ipv6_mib:
        verdict, reason = Verdict.UNKNOWN, "interfaces-not-shown"
    return case.row("D3", verdict, reason, asked=asked, answered=answered)
