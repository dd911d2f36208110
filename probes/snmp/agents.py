"""Whom to ask, as whom, for what, and at what price: the contract of every SNMP transport.

A transport is handed one :class:`Ask` an agent and yields one :class:`Answer` each, in the order
in which they finish. It never raises for what an agent does: silence, refusals and broken
datagrams are outcomes and faults of the answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from .values import MibView, Oid

__all__ = [
    "Agent",
    "Answer",
    "Ask",
    "Budget",
    "Community",
    "Cost",
    "Credential",
    "Fault",
    "LocalHealth",
    "Outcome",
    "SnmpTransport",
    "UserSecurity",
]


@dataclass(frozen=True, slots=True)
class Community:
    """SNMP v1 or v2c: a word that everybody on the path can read."""

    community: str = field(repr=False)
    version: int = 2  # 1 or 2


@dataclass(frozen=True, slots=True)
class UserSecurity:
    """SNMPv3 with the user-based security model (RFC 3414, RFC 3826, RFC 7860)."""

    user: str
    auth_protocol: str | None = None  # "sha1", "sha224", "sha256", "sha384", "sha512", "md5"
    auth_password: str = field(default="", repr=False)
    priv_protocol: str | None = None  # "aes128", "aes192", "aes256", "des"
    priv_password: str = field(default="", repr=False)
    context: str = ""


Credential = Community | UserSecurity


@dataclass(frozen=True, slots=True)
class Agent:
    """An SNMP agent: its address is an IP literal, checked against the allowed networks."""

    agent_id: str
    address: str  # IPv4, or IPv6 with a zone where link-local: "fe80::1%eth0"
    credential: Credential
    port: int = 161


@dataclass(frozen=True, slots=True)
class Budget:
    """How much one agent may cost in one ask; what is over is cut off and said as a fault.

    ``table_rows`` is for one group of columns: a table without end is left there, and what stands
    behind it is read all the same.
    """

    seconds: float = 30.0
    rows: int = 200_000
    table_rows: int = 100_000
    reply_bytes: int = 16_000_000
    timeout_s: float = 2.0
    retries: int = 1
    max_repetitions: int = 25
    datagram_bytes: int = 1_400  # 8 KB replies come in fragments, which microwave links lose


@dataclass(frozen=True, slots=True)
class Ask:
    """What to read from one agent.

    Attributes
    ----------
    scalars
        Bases of scalar objects, read as ``base.0``.
    tables
        Groups of columns with a common index; the columns of a group are walked side by side.
    walks
        Subtrees that are read whole.
    """

    agent: Agent
    scalars: tuple[Oid, ...] = ()
    tables: tuple[tuple[Oid, ...], ...] = ()
    walks: tuple[Oid, ...] = ()
    budget: Budget = Budget()


class Outcome(StrEnum):
    """How an ask ended."""

    ANSWERED = "answered"  # everything asked was read to its end
    PARTIAL = "partial"  # some came; a fault says why not all
    SILENT = "silent"  # nothing came in time
    REFUSED = "refused"  # the agent or its network said no: wrong user, closed port
    UNKNOWN = "unknown"  # our own trouble: drops, lag, no route; says nothing about the agent


@dataclass(frozen=True, slots=True)
class Fault:
    """Something an agent did that it may not do, or a budget that ran out.

    ``kind`` is one of the words of :mod:`.faults`, ``detail`` a sentence for people, ``root``
    the column or subtree concerned.
    """

    kind: str
    detail: str
    root: Oid = ()


@dataclass(frozen=True, slots=True)
class Cost:
    """What an answer cost on both sides."""

    requests: int = 0
    replies: int = 0
    sent_bytes: int = 0
    received_bytes: int = 0
    varbinds: int = 0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of an ask. ``view`` holds what was read, also when the outcome is partial."""

    agent_id: str
    outcome: Outcome
    view: MibView
    faults: tuple[Fault, ...] = ()
    cost: Cost = Cost()
    uptime_s: float | None = None  # agent's own clock, for rates that its delays do not blur
    at_s: float = 0.0  # when it ended, Unix time


@dataclass(frozen=True, slots=True)
class LocalHealth:
    """How well this machine itself did during a batch; a batch that lost packets proves nothing.

    Attributes
    ----------
    receive_drops
        Datagrams the kernel dropped at our sockets, by its own count.
    loop_lag_s
        Longest time for which replies lay unread.
    """

    receive_drops: int = 0
    loop_lag_s: float = 0.0
    cpu_s: float = 0.0
    wall_s: float = 0.0

    @property
    def trustworthy(self) -> bool:
        """Whether silence in this batch can be laid to an agent."""
        return self.receive_drops == 0 and self.loop_lag_s < 1.0


class SnmpTransport(Protocol):
    """Something that can put asks to agents, many at a time, at most one to an agent."""

    def collect(self, asks: Iterable[Ask], /) -> Iterator[Answer]:
        """Yield an answer for each ask as it ends."""
        ...

    def health(self) -> LocalHealth:
        """Return how this machine did during the last batch."""
        ...

    def close(self) -> None:
        """Give back sockets and threads."""
        ...
