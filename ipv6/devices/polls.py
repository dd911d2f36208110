"""What one poll of a device gave, in the form in which the checks judge it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from enum import StrEnum

from ...probes.mibs import oid_of
from ...probes.readings.addresses import AddressReading, read_addresses
from ...probes.readings.adjacencies import read_adjacencies
from ...probes.readings.column_cache import ColumnCache
from ...probes.readings.family_traffic import read_family_traffic, read_too_big_sent
from ...probes.readings.interfaces import read_interfaces
from ...probes.readings.ipv6_routes import RouteReading, read_ipv6_routes
from ...probes.readings.neighbours import NeighbourReading, read_neighbours
from ...probes.readings.plain_values import truth, whole
from ...probes.readings.records import Adjacency, Counter, FamilyCounters, Interface, System
from ...probes.readings.system import read_system
from ...probes.replay.recordings import Recording
from ...probes.snmp.agents import Answer, Outcome
from ...probes.snmp.faults import FAULTS
from ...probes.snmp.values import MibView, Oid
from .questions import QUESTIONS

__all__ = [
    "DevicePoll",
    "Ipv6Reading",
    "OverIpv6",
    "OverIpv6Outcome",
    "poll_of_answer",
    "poll_of_recording",
    "read_ipv6",
]

LOOPBACK = 24
"""ifType softwareLoopback."""


@dataclass(frozen=True, slots=True)
class Ipv6Reading:
    """What a device says that has to do with its readiness.

    Attributes
    ----------
    ospfv3_on
        ospfv3AdminStatus; None where the device has no such object.
    ospfv3_lsas
        Link-state advertisements of the whole autonomous system that it holds: more than none
        shows that it has heard neighbours, also where it does not list them.
    too_big_sent
        ICMPv6 messages Packet Too Big.
    digest
        SHA-256 of every row that was asked for.
    """

    system: System
    interfaces: tuple[Interface, ...]
    addresses: AddressReading
    neighbours: NeighbourReading
    routes: RouteReading
    adjacencies: tuple[Adjacency, ...]
    family_traffic: tuple[FamilyCounters, ...]
    ospfv3_on: bool | None = None
    ospfv3_lsas: int | None = None
    too_big_sent: Counter | None = None
    digest: str = ""

    @property
    def any_ipv6(self) -> bool:
        """Whether any object of any MIB shows that the device knows IPv6 at all.

        That it says it forwards none, or counts none, shows no IPv6.
        """
        told = self.addresses
        return bool(
            told.forwards_ipv6
            or told.forwards_ipv6_legacy
            or told.ipv6_interfaces
            or told.router_adverts
            or self.ospfv3_on
            or self.routes.routes
            or self.routes.count
            or any(one.address.version == 6 for one in told.addresses)
            or any(one.address.version == 6 for one in self.neighbours.neighbours)
        )

    @property
    def keeps_ipv6_mib(self) -> bool:
        """Whether the device keeps a MIB of IPv6 at all, if only to say that it has none."""
        told = self.addresses
        return (
            told.ipv6_interface_count is not None
            or told.forwards_ipv6 is not None
            or told.forwards_ipv6_legacy is not None
        )

    def loopbacks(self) -> frozenset[int]:
        """Return the ifIndexes that lead back to the device itself."""
        return frozenset(one.if_index for one in self.interfaces if one.kind == LOOPBACK)


class OverIpv6Outcome(StrEnum):
    """What came of asking the agent over IPv6."""

    ANSWERED = "answered"
    SILENT = "silent"
    REFUSED = "refused"
    ANOTHER = "another"  # somebody answers who is not this agent
    UNKNOWN = "unknown"  # this machine could not ask
    NOT_ALLOWED = "not-allowed"  # none of its addresses lies in a network that may be polled


@dataclass(frozen=True, slots=True)
class OverIpv6:
    """How the agent was asked over IPv6, and with what end.

    ``tried`` are addresses that were asked, or that might not be.
    """

    outcome: OverIpv6Outcome
    tried: tuple[str, ...] = ()
    at_s: float = 0.0
    duration_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class DevicePoll:
    """One poll of one device.

    Attributes
    ----------
    address
        Where it was asked; empty for a recording.
    began_s
        Unix time.
    reading
        None where nothing came.
    cuts
        Objects of which not everything came, and why.
    over_ipv6
        None where that was not tried.
    """

    device_id: str
    outcome: Outcome
    began_s: float
    duration_s: float = 0.0
    address: str = ""
    reading: Ipv6Reading | None = None
    cuts: tuple[tuple[Oid, str], ...] = ()
    over_ipv6: OverIpv6 | None = None

    @property
    def ended_s(self) -> float:
        """When the answer was whole, Unix time."""
        return self.began_s + self.duration_s

    def was_cut(self, *names: str) -> bool:
        """Whether something of these objects, or of an unknown one, did not come.

        Parameters
        ----------
        names
            Objects by name; a table's begins with what its columns have in common.
        """
        for root, _ in self.cuts:
            if not root:
                return True
            for name in names:
                base = oid_of(name)
                if root[: len(base)] == base or base[: len(root)] == root:
                    return True
        return False


def _digest(view: MibView) -> str:
    """Return the digest of what was asked for and came, the same for the same rows."""
    total = hashlib.sha256()
    for base in QUESTIONS.scalars:
        typed = view.scalar(base)
        if typed is not None:
            total.update(f"{base}{typed.tag:d}{typed.value!r}".encode())
    for group in QUESTIONS.tables + QUESTIONS.slow_tables:
        for base in group:
            rows = view.column(base)
            if rows:
                total.update(repr([(base, *map(tuple, rows.items()))]).encode())
    return total.hexdigest()


def read_ipv6(view: MibView) -> Ipv6Reading:
    """Read what a device says of IPv6; it never raises for what a device said."""
    view = ColumnCache(view)
    return Ipv6Reading(
        system=read_system(view),
        interfaces=read_interfaces(view).interfaces,
        addresses=read_addresses(view),
        neighbours=read_neighbours(view),
        routes=read_ipv6_routes(view),
        adjacencies=read_adjacencies(view),
        family_traffic=read_family_traffic(view),
        ospfv3_on=truth(view.scalar(oid_of("ospfv3AdminStatus"))),
        ospfv3_lsas=whole(view.scalar(oid_of("ospfv3AsScopeLsaCount"))),
        too_big_sent=read_too_big_sent(view),
        digest=_digest(view),
    )


def poll_of_answer(answer: Answer, *, address: str) -> DevicePoll:
    """Return the poll that an answer is; ``address`` is where the device was asked."""
    came = answer.outcome in (Outcome.ANSWERED, Outcome.PARTIAL)
    return DevicePoll(
        device_id=answer.agent_id,
        outcome=answer.outcome,
        began_s=answer.at_s - answer.cost.seconds,
        duration_s=answer.cost.seconds,
        address=address,
        reading=read_ipv6(answer.view) if came else None,
        cuts=tuple((fault.root, fault.kind) for fault in answer.faults if FAULTS[fault.kind].cuts),
    )


def poll_of_recording(
    recording: Recording, device_id: str, *, at_s: float, elapsed_s: float = 0.0
) -> DevicePoll:
    """Return the poll that a recording would have answered.

    Parameters
    ----------
    at_s
        When, Unix time.
    elapsed_s
        How long after the recording's start: counters that move have moved, and the agent's clock
        with them, as where the recording is served.
    """
    reading = read_ipv6(recording.at(elapsed_s))
    system = reading.system
    clock = (*oid_of("sysUpTime"), 0)
    if elapsed_s and system.agent_uptime_s is not None and clock not in recording.drifts:
        system = replace(system, agent_uptime_s=system.agent_uptime_s + elapsed_s)
        reading = replace(reading, system=system)
    return DevicePoll(device_id=device_id, outcome=Outcome.ANSWERED, began_s=at_s, reading=reading)
