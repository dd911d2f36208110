"""What ``ngbw probe test`` does, step by step, with what was asked and what came back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from ..probes.mibs import name_of, oid_of
from ..probes.snmp.agents import Agent, Answer, Ask, Budget, Outcome, SnmpTransport, UserSecurity
from ..probes.snmp.faults import FAULTS
from ..probes.snmp.values import Oid, Typed

__all__ = ["Step", "probe_steps", "why_not"]

_SHOWN = 8
_IDENTITY = ("sysDescr", "sysObjectID", "sysUpTime", "sysName")
_PORTS = ("ifName", "ifHighSpeed", "ifHCInOctets", "ifOperStatus")


def why_not(answer: Answer, agent: Agent) -> str:
    """Return why an agent did not answer, as far as it can be told from here."""
    said = [one.detail for one in answer.faults if one.kind in FAULTS and FAULTS[one.kind].cuts]
    if answer.outcome is Outcome.SILENT:
        who = "user" if isinstance(agent.credential, UserSecurity) else "community"
        return (
            f"nothing came back: the address, the port or the {who} is wrong, its access list "
            f"leaves this machine out, or a firewall drops UDP port {agent.port}"
        )
    if answer.outcome is Outcome.REFUSED:
        return f"somebody said no: {said[0] if said else 'the user or a password is wrong'}"
    if answer.outcome is Outcome.UNKNOWN:
        return f"this machine itself could not ask: {said[0] if said else 'it lost the reply'}"
    return answer.outcome.value


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a test."""

    what: str
    good: bool
    result: str
    asked: tuple[str, ...] = ()
    answered: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return the step as plain data."""
        return asdict(self)


def _shown(name: Oid, typed: Typed | None) -> str:
    words = name_of(name)
    if typed is None:
        return f"{words} = (nothing)"
    value = typed.value
    if isinstance(value, bytes):
        text = value.decode("utf-8", "replace")
        text = text if text.isprintable() else f"0x{value.hex()}"
        return f"{words} = {text[:100]}"
    if isinstance(value, tuple):
        return f"{words} = {'.'.join(map(str, value))}"
    return f"{words} = {value}"


def _as_whom(agent: Agent) -> str:
    credential = agent.credential
    if isinstance(credential, UserSecurity):
        auth = credential.auth_protocol or "no authentication"
        return f"v3, user {credential.user}, {auth}, {credential.priv_protocol or 'no encryption'}"
    return f"v{credential.version}{'c' if credential.version == 2 else ''}, a community"


def _cost(answer: Answer) -> str:
    cost = answer.cost
    return f"{cost.requests} requests, {cost.varbinds} values, {cost.seconds * 1000:.0f} ms"


def _faults(answer: Answer) -> tuple[str, ...]:
    return tuple(f"{one.kind}: {one.detail}" for one in answer.faults)


def _credential_steps(
    transport: SnmpTransport, agents: Sequence[tuple[str, Agent]], budget: Budget
) -> Iterator[tuple[Step, Agent | None]]:
    names = [oid_of(name) for name in _IDENTITY]
    for number, (label, agent) in enumerate(agents, start=1):
        (answer,) = transport.collect([Ask(agent, tuple(names), budget=budget)])
        good = answer.outcome in (Outcome.ANSWERED, Outcome.PARTIAL)
        last = number == len(agents)
        whom = f"udp {agent.address} port {agent.port} as {_as_whom(agent)}"
        asked = (f"asked {whom}: GET {' '.join(_IDENTITY)}",)
        if good:
            rows = [_shown((*name, 0), answer.view.scalar(name)) for name in names]
            result = f"answered in {answer.cost.seconds * 1000:.0f} ms"
            yield Step(f"credential {label}", True, result, asked, tuple(rows)), agent
            return
        why = why_not(answer, agent)
        yield Step(
            f"credential {label}", not last,
            why if last else f"{answer.outcome.value}; trying the next", asked, _faults(answer),
        ), None  # fmt: skip


def probe_steps(
    transport: SnmpTransport, agents: Sequence[tuple[str, Agent]], budget: Budget
) -> Iterator[Step]:
    """Yield the steps of a test; the first that is not good is the last.

    Parameters
    ----------
    agents
        The agent with each credential to try, under the name of the credential.
    """
    agent: Agent | None = None
    for step, found in _credential_steps(transport, agents, budget):
        yield step
        agent = found
    if agent is None:
        return
    columns = tuple(oid_of(name) for name in _PORTS)
    (answer,) = transport.collect([Ask(agent, tables=(columns,), budget=budget)])
    names = answer.view.column(columns[0])
    wide = answer.view.column(columns[2])
    rows = [
        _shown((*column, *index), answer.view.column(column).get(index))
        for index in list(names)[:2]
        for column in columns
    ]
    good = answer.outcome in (Outcome.ANSWERED, Outcome.PARTIAL)
    result = f"{len(names)} ports, {len(wide)} with 64-bit counters, {_cost(answer)}"
    if not names:
        result = f"it has no ports that it names; {_cost(answer)}"
    yield Step(
        "ports, several columns at once", good, result if good else why_not(answer, agent),
        (f"asked GETBULK {' '.join(_PORTS)}, {budget.max_repetitions} rows a reply",),
        (*rows[:_SHOWN], *_faults(answer)),
    )  # fmt: skip
    if not good:
        return
    quick = Ask(agent, (oid_of("sysUpTime"),), budget=budget)
    times = []
    for _ in range(5):
        (answer,) = transport.collect([quick])
        if answer.outcome is Outcome.ANSWERED:
            times.append(answer.cost.seconds * 1000)
    lost = 5 - len(times)
    span = f"{min(times):.1f} to {max(times):.1f} ms" if times else "no answer"
    yield Step(
        "five small questions", lost == 0, f"{lost} lost, {span}", ("asked GET sysUpTime, 5 times",)
    )
