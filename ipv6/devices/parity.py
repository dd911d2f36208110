"""Whether IPv6 is as good as IPv4: D12 the agent over IPv6, D13 services, D14 interfaces."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any

from ...probes.snmp.agents import Outcome
from ..evidence import Evidence
from ..verdicts import Basis, Verdict
from .polls import DevicePoll, Ipv6Reading, OverIpv6Outcome
from .presence import ipv4_interfaces, ipv6_interfaces
from .rows import SHOWN, Case
from .setting_up import global_addresses

__all__ = [
    "LEAST_DUAL_SHARE",
    "SERVICES",
    "ServiceStatement",
    "agent_over_ipv6",
    "both_families",
    "services_stated",
]

LEAST_DUAL_SHARE = 0.95
"""Of the interfaces with IPv4, those that must have IPv6."""

SERVICES = ("ntp", "syslog", "ssh", "aaa")
"""Services of a device's own that have to do without IPv4."""

_OUTCOMES = {
    OverIpv6Outcome.ANSWERED: (Verdict.PASS, ""),
    OverIpv6Outcome.SILENT: (Verdict.FAIL, "silent-over-ipv6"),
    OverIpv6Outcome.REFUSED: (Verdict.FAIL, "refused-over-ipv6"),
    OverIpv6Outcome.ANOTHER: (Verdict.UNKNOWN, "another-agent"),
    OverIpv6Outcome.UNKNOWN: (Verdict.UNKNOWN, "own-trouble"),
    OverIpv6Outcome.NOT_ALLOWED: (Verdict.UNKNOWN, "address-not-allowed"),
}


def _is_ipv6(address: str) -> bool:
    try:
        return ip_address(address.partition("%")[0]).version == 6
    except ValueError:
        return False


def agent_over_ipv6(case: Case, reading: Ipv6Reading) -> Evidence | None:
    """Judge D12: the agent answers over IPv6; None where nobody tried.

    A poll that went over IPv6 itself is the proof. That no address of the device may be asked is
    our doing and unknown; that it has none is a fail.
    """
    poll = case.poll
    asked = ("sysObjectID.0", "sysName.0")
    if _is_ipv6(poll.address) and poll.outcome in (Outcome.ANSWERED, Outcome.PARTIAL):
        return case.row("D12", Verdict.PASS, asked=asked, detail=poll.address,
                        answered={"address": poll.address})  # fmt: skip
    if poll.over_ipv6 is not None:
        verdict, reason = _OUTCOMES[poll.over_ipv6.outcome]
        tried = poll.over_ipv6.tried
        return case.row("D12", verdict, reason, asked=asked, detail=tried[0] if tried else "",
                        answered={"tried": list(tried[:SHOWN]),
                                  "outcome": poll.over_ipv6.outcome.value})  # fmt: skip
    if poll.address and not global_addresses(reading):
        verdict, reason = case.absent("no-global-address", "ipAddressEntry", "ipv6AddrEntry")
        return case.row("D12", verdict, reason, asked=asked)
    return None


@dataclass(frozen=True, slots=True)
class ServiceStatement:
    """What somebody stated of the services of a device.

    Attributes
    ----------
    over_ipv6
        Service (:data:`SERVICES`) to whether it runs over IPv6.
    said_by
        Who stated it, or in which document.
    as_of_s
        Day for which it holds, Unix time.
    """

    over_ipv6: Mapping[str, bool]
    said_by: str
    as_of_s: float


def services_stated(
    device_id: str, statement: ServiceStatement | None, *, vantage: str, now_s: float
) -> Evidence:
    """Judge D13: each of the four services was stated to run over IPv6.

    It is a statement and no measurement, is marked as one and expires with its own day.
    """
    told = {} if statement is None else {s: statement.over_ipv6.get(s) for s in SERVICES}
    missing = [service for service in SERVICES if told.get(service) is None]
    without = [service for service in SERVICES if told.get(service) is False]
    if len(missing) == len(SERVICES):
        verdict, reason, detail = Verdict.UNKNOWN, "not-stated", ""
    elif without:
        verdict, reason, detail = Verdict.PARTIAL, "some-over-ipv4-only", ", ".join(without)
        if len(without) == len(SERVICES):
            verdict = Verdict.FAIL
    elif missing:
        verdict, reason, detail = Verdict.PARTIAL, "not-all-stated", ", ".join(missing)
    else:
        verdict, reason, detail = Verdict.PASS, "", ""
    answered: dict[str, Any] = {
        "over_ipv6": told,
        "said_by": "" if statement is None else statement.said_by[:200],
    }
    return Evidence(
        check_id="D13",
        subject=f"device:{device_id}",
        vantage=vantage,
        asked=tuple(SERVICES),
        answered=answered,
        began_s=now_s if statement is None else statement.as_of_s,
        verdict=verdict,
        reason=reason,
        detail=detail,
        basis=Basis.STATEMENT,
    )


def both_families(case: Case, reading: Ipv6Reading) -> Evidence:
    """Judge D14: of the interfaces with IPv4, those that have IPv6 too; at least 95 %."""
    six, four = frozenset(ipv6_interfaces(reading)), ipv4_interfaces(reading)
    names = {one.if_index: one.name for one in reading.interfaces}
    alone = sorted(four - six)
    share = len(four & six) / len(four) if four else None
    answered: dict[str, Any] = {
        "ipv4_interfaces": len(four),
        "ipv6_interfaces": len(six),
        "both": len(four & six),
        "share": None if share is None else round(share, 4),
        "ipv4_only": [names.get(one, str(one))[:100] for one in alone[:SHOWN]],
        "ipv6_only": len(six - four),
    }
    asked = ("ipAdEntIfIndex", "ipAddressIfIndex", "ipv6InterfaceEnableStatus", "ipv6AddrTable")

    def row(verdict: Verdict, reason: str = "", detail: str = "") -> Evidence:
        return case.row("D14", verdict, reason, asked=asked, answered=answered, detail=detail)

    if share is None:
        if six and _is_ipv6(case.poll.address):  # who was asked over IPv4 has it somewhere
            return row(Verdict.NOT_APPLICABLE, "no-ipv4-interface")
        return row(Verdict.UNKNOWN, "interfaces-not-shown")
    if share >= LEAST_DUAL_SHARE:
        return row(Verdict.PASS, detail=f"{share:.0%}")
    if not six and reading.any_ipv6:
        return row(Verdict.UNKNOWN, "interfaces-not-shown")
    verdict, reason = case.absent(
        "single-stack-interfaces", "ipv6InterfaceEntry", "ipAddressEntry", "ipv6AddrEntry"
    )
    return row(verdict, reason, ", ".join(answered["ipv4_only"][:5]))


def tried_over_ipv6(poll: DevicePoll, reading: Ipv6Reading) -> tuple[str, ...]:
    """Return the addresses of a device that was polled over IPv4 that are worth asking."""
    if _is_ipv6(poll.address):
        return ()
    return tuple(str(one.address) for one in global_addresses(reading) if one.usable)
