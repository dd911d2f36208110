"""What agents do that they may not do: the words of :class:`.agents.Fault`, with a sentence each.

A fault that *cuts* took something of what was asked away, so that the answer is partial; the
others are told and the answer is whole.
"""

from __future__ import annotations

from dataclasses import dataclass

from .agents import Fault
from .values import Oid

__all__ = ["FAULTS", "FaultKind", "fault"]


@dataclass(frozen=True, slots=True)
class FaultKind:
    """A word of the vocabulary."""

    sentence: str
    cuts: bool
    ends: bool = False  # nothing more is asked of the agent this time


def _told(sentence: str) -> FaultKind:
    return FaultKind(sentence, cuts=False)


def _cuts(sentence: str) -> FaultKind:
    return FaultKind(sentence, cuts=True)


def _ends(sentence: str) -> FaultKind:
    return FaultKind(sentence, cuts=True, ends=True)


FAULTS: dict[str, FaultKind] = {
    # order
    "not-increasing": _told("names came out of order; each was kept once"),
    "loop": _cuts("the agent gave the same names again and again; the walk was ended"),
    # datagrams
    "bad-value": _told("values broke the rules of their type and were left out"),
    "broken-reply": _cuts("replies were no BER from some octet on"),
    "repaired-reply": _told("a reply was no BER from some octet on; asking for less cured it"),
    "empty-reply": _cuts("replies held nothing"),
    "trailing-octets": _told("octets followed the message and were ignored"),
    "wrong-id": _told("replies carried a request id that was not asked under and were ignored"),
    "other-address": _told("replies came from another address than was asked"),
    # errors that agents report
    "too-big": _cuts("the agent found even the smallest question's answer too big"),
    "agent-error": _cuts("the agent reported an error for a column"),
    "no-access": _cuts("the agent may not show this"),
    # budgets
    "row-budget": _ends("more rows than the budget allows; the rest was not read"),
    "table-budget": _cuts("a table went on beyond what it may; what stands behind it was read"),
    "byte-budget": _ends("more octets than the budget allows; the rest was not read"),
    "time-budget": _ends("the time was up; the rest was not read"),
    # silence and its neighbours
    "fell-silent": _ends("the agent answered first and then no more"),
    "port-closed": _cuts("nothing listens on the port (ICMP)"),
    "unreachable": _cuts("the network reported that the address cannot be reached (ICMP)"),
    "no-route": _cuts("this machine could not send"),
    "unusable-credential": _cuts("this machine cannot ask with the credential"),
    "local-drops": _cuts("this machine dropped replies, so the silence proves nothing"),
    # what was agreed on instead
    "no-bulk": _told("the agent answers GETNEXT only"),
    "only-v1": _told("the agent answers SNMP v1 only"),
    # the user-based security model
    "unknown-user": _cuts("the agent does not know the user"),
    "wrong-key": _cuts("the authentication password or protocol is wrong"),
    "no-privacy": _cuts("the privacy password or protocol is wrong"),
    "no-such-level": _cuts("the agent does not offer this security level"),
    "clock-window": _cuts("the agent rejects the time that it told itself"),
    "engine-replaced": _told("another engine answers at the address"),
    "unauthentic-reply": _told("replies failed their authentication and were ignored"),
    "report": _cuts("the agent sent a report instead of an answer"),
}
"""Every kind of fault."""


def fault(kind: str, detail: str = "", root: Oid = ()) -> Fault:
    """Return a fault of the vocabulary; without a detail its sentence is the general one."""
    return Fault(kind, detail or FAULTS[kind].sentence, root)
