"""What a device is asked for its readiness, in an order in which a cut takes the least.

Both generations of MIBs are asked of everyone: which one an agent keeps is known only afterwards,
and it may keep one for a family and the other for the other.
"""

from __future__ import annotations

from dataclasses import replace

from ...probes.mibs import oid_of
from ...probes.readings.objects import columns
from ...probes.readings.wanted import Part, Wanted, wanted
from ...probes.snmp.agents import Agent, Ask, Budget

__all__ = ["IDENTITY_OVER_IPV6", "MOST_ROWS", "QUESTIONS", "readiness_ask"]

MOST_ROWS = 60_000
"""Cells read of one device; neighbours and routes come last, so that only they are cut."""

_PORTS = Wanted(
    scalars=(oid_of("ifNumber"),),
    tables=(
        columns(
            "if",
            "Type Speed OperStatus InOctets OutOctets Name HCInOctets HCOutOctets HighSpeed"
            " CounterDiscontinuityTime",
        ),
    ),
)

QUESTIONS = (
    wanted([Part.SYSTEM, Part.ADDRESSES, Part.ADJACENCIES, Part.ROUTES])
    | _PORTS
    | wanted([Part.FAMILY_TRAFFIC])
    | wanted([Part.NEIGHBOURS])
)
"""Everything that the checks look at."""

IDENTITY_OVER_IPV6 = columns("sys", "ObjectID Name")
"""What is asked over IPv6, to know the same agent again."""


def readiness_ask(agent: Agent, budget: Budget) -> Ask:
    """Return the question to a device."""
    return Ask(
        agent,
        QUESTIONS.scalars,
        QUESTIONS.tables + QUESTIONS.slow_tables,
        budget=replace(budget, rows=min(budget.rows, MOST_ROWS)),
    )
