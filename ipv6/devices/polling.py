"""Asking devices for their readiness: many at a time by the engine, then once more over IPv6.

Two batches at most for each credential: one with everything, and one of two objects to the
devices' own IPv6 addresses (D12). That nobody at all answers over IPv6 proves nothing of the
devices but leaves our own IPv6 in doubt; the silence is then unknown.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from ...probes.readings.system import read_system
from ...probes.safety import AllowedNetworks
from ...probes.service.settings import NamedCredential
from ...probes.service.targets import PolledDevice
from ...probes.snmp.agents import Agent, Answer, Ask, Budget, Outcome, SnmpTransport
from ...topology.errors import UsageError
from .parity import tried_over_ipv6
from .polls import DevicePoll, OverIpv6, OverIpv6Outcome, poll_of_answer
from .questions import IDENTITY_OVER_IPV6, readiness_ask

__all__ = ["MOST_ADDRESSES", "poll_devices"]

MOST_ADDRESSES = 3
"""Addresses of one device that are tried over IPv6."""

_CAME = (Outcome.ANSWERED, Outcome.PARTIAL)


def _collect(transport: SnmpTransport, asks: Iterable[Ask]) -> list[Answer]:
    """Return the answers; silence proves nothing where this machine itself lost packets."""
    answers = list(transport.collect(asks))
    if transport.health().trustworthy:
        return answers
    return [
        replace(one, outcome=Outcome.UNKNOWN) if one.outcome is Outcome.SILENT else one
        for one in answers
    ]


def _in_order(target: PolledDevice, known: str | None) -> list[NamedCredential]:
    """Return the credentials, the one that was answered last time first."""
    return sorted(target.credentials, key=lambda one: one.name != known)


def poll_devices(
    targets: Sequence[PolledDevice],
    transport: SnmpTransport,
    *,
    networks: AllowedNetworks,
    budget: Budget | None = None,
    known: Mapping[str, str] | None = None,
    over_ipv6: bool = True,
    vantage_proven: bool = False,
) -> dict[str, DevicePoll]:
    """Poll devices once and return what each said, by device.

    Parameters
    ----------
    networks
        That may be asked; the devices' own IPv6 addresses have to lie in them too.
    known
        Device to the name of the credential that it answered to before.
    over_ipv6
        Whether agents that were asked over IPv4 are asked over IPv6 as well.
    vantage_proven
        Whether this machine's IPv6 is known to work (checks V1 to V5).
    """
    budget = budget or Budget()
    waiting = {
        one.device_id: (one, _in_order(one, (known or {}).get(one.device_id))) for one in targets
    }
    polls: dict[str, DevicePoll] = {}
    used: dict[str, NamedCredential] = {}
    while waiting:
        asks = []
        for device_id, (target, credentials) in waiting.items():
            used[device_id] = credentials.pop(0)
            asks.append(readiness_ask(target.agent(used[device_id]), budget))
        for answer in _collect(transport, asks):
            target, credentials = waiting[answer.agent_id]
            if answer.outcome in _CAME or not credentials:
                polls[answer.agent_id] = poll_of_answer(answer, address=target.address)
                del waiting[answer.agent_id]
    if over_ipv6:
        _over_ipv6(targets, polls, used, transport, networks, budget, vantage_proven)
    return polls


def _allowed(networks: AllowedNetworks, credential: NamedCredential, address: str) -> bool:
    try:
        return networks.refusal(address) is None and credential.is_for(address)
    except UsageError:
        return False


def _over_ipv6(
    targets: Sequence[PolledDevice],
    polls: dict[str, DevicePoll],
    used: Mapping[str, NamedCredential],
    transport: SnmpTransport,
    networks: AllowedNetworks,
    budget: Budget,
    proven: bool,
) -> None:
    """Ask every agent that was asked over IPv4 at its own IPv6 addresses, one after the other."""
    ports = {one.device_id: one.port for one in targets}
    left: dict[str, list[str]] = {}
    tried: dict[str, list[str]] = {}
    for device_id, poll in polls.items():
        if poll.reading is None:
            continue
        addresses = tried_over_ipv6(poll, poll.reading)
        if not addresses:
            continue
        may = [one for one in addresses if _allowed(networks, used[device_id], one)]
        if may:
            left[device_id] = may[:MOST_ADDRESSES]
            tried[device_id] = []
        else:
            told = OverIpv6(OverIpv6Outcome.NOT_ALLOWED, addresses[:MOST_ADDRESSES])
            polls[device_id] = replace(poll, over_ipv6=told)
    while left:
        asks = []
        for device_id, addresses_left in left.items():
            address = addresses_left.pop(0)
            tried[device_id].append(address)
            agent = Agent(device_id, address, used[device_id].credential, ports[device_id])
            asks.append(Ask(agent, IDENTITY_OVER_IPV6, budget=budget))
        for answer in _collect(transport, asks):
            device_id = answer.agent_id
            poll = polls[device_id]
            told = OverIpv6(
                _outcome(answer, poll),
                tuple(tried[device_id]),
                answer.at_s,
                answer.cost.seconds,
            )
            before = poll.over_ipv6
            if before is None or told.outcome is OverIpv6Outcome.ANSWERED:
                polls[device_id] = replace(poll, over_ipv6=told)
            elif before.outcome is not OverIpv6Outcome.ANSWERED:
                polls[device_id] = replace(poll, over_ipv6=replace(before, tried=told.tried))
            if told.outcome is OverIpv6Outcome.ANSWERED or not left[device_id]:
                del left[device_id]
    if proven or any(_proves_ipv6(poll) for poll in polls.values()):
        return
    for device_id, poll in polls.items():
        told_before = poll.over_ipv6
        if told_before is not None and told_before.outcome is OverIpv6Outcome.SILENT:
            doubtful = replace(told_before, outcome=OverIpv6Outcome.UNKNOWN)
            polls[device_id] = replace(poll, over_ipv6=doubtful)


def _outcome(answer: Answer, poll: DevicePoll) -> OverIpv6Outcome:
    if answer.outcome is Outcome.SILENT:
        return OverIpv6Outcome.SILENT
    if answer.outcome is Outcome.REFUSED:
        return OverIpv6Outcome.REFUSED
    if answer.outcome is Outcome.UNKNOWN or poll.reading is None:
        return OverIpv6Outcome.UNKNOWN
    here, there = poll.reading.system, read_system(answer.view)
    same = (here.object_id, here.name) == (there.object_id, there.name)
    return OverIpv6Outcome.ANSWERED if same else OverIpv6Outcome.ANOTHER


def _proves_ipv6(poll: DevicePoll) -> bool:
    """Whether this poll shows that packets over IPv6 leave this machine and come back."""
    told = poll.over_ipv6
    if told is not None and told.outcome in (
        OverIpv6Outcome.ANSWERED, OverIpv6Outcome.REFUSED, OverIpv6Outcome.ANOTHER,
    ):  # fmt: skip
        return True
    return ":" in poll.address and poll.outcome in _CAME
