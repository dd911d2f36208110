"""Who answers, and since when (SNMPv2-MIB, SNMP-FRAMEWORK-MIB, HOST-RESOURCES-MIB)."""

from __future__ import annotations

from ..mibs import oid_of
from ..snmp.values import MibView
from .plain_values import Notes, seconds, text, whole
from .records import System

__all__ = ["UPTIME_TURN_S", "read_system"]

UPTIME_TURN_S = 2**32 / 100
"""sysUpTime turns over after 2^32 hundredths of a second, 497 days."""

_SLACK_S = 3600.0
"""How far two clocks of a device may differ at a turn: the agent starts after the machine."""


def read_system(view: MibView) -> System:
    """Read the system group and find the true uptime behind sysUpTime's turns.

    sysUpTime starts anew with the agent and falls to 0 after 497 days, which looks like a restart.
    snmpEngineTime counts seconds (68 years) since the agent started, hrSystemUptime the machine's
    own time. The agent's clock is believed where it continues sysUpTime, that is, where both agree
    modulo one turn; hrSystemUptime only then, too, since it turns over itself and counts another
    thing.
    """
    notes: Notes = []

    def count(name: str) -> int | None:
        return whole(view.scalar(oid_of(name)), name, notes)

    object_id = view.scalar(oid_of("sysObjectID"))
    ticks = count("sysUpTime")
    agent_s = None if ticks is None or ticks < 0 else ticks / 100
    engine_s = count("snmpEngineTime")
    host_s = seconds(view.scalar(oid_of("hrSystemUptime")))
    uptime_s, source = agent_s, "sysUpTime" if agent_s is not None else ""
    for other_s, name in ((engine_s, "snmpEngineTime"), (host_s, "hrSystemUptime")):
        if other_s is None or other_s < 0:
            continue
        if agent_s is None or uptime_s is None:
            uptime_s, source = float(other_s), name
            break
        turns = round((other_s - agent_s) / UPTIME_TURN_S)
        if turns >= 1 and abs(other_s - agent_s - turns * UPTIME_TURN_S) <= _SLACK_S:
            uptime_s, source = float(other_s), name
            break
    return System(
        description=text(view.scalar(oid_of("sysDescr"))),
        object_id=_identifier(object_id.value if object_id is not None else None),
        name=text(view.scalar(oid_of("sysName"))),
        location=text(view.scalar(oid_of("sysLocation"))),
        contact=text(view.scalar(oid_of("sysContact"))),
        agent_uptime_s=agent_s,
        uptime_s=uptime_s,
        uptime_source=source,
        uptime_turned_over=agent_s is not None and uptime_s is not None and uptime_s > agent_s,
        engine_boots=count("snmpEngineBoots"),
        interface_count=count("ifNumber"),
        oddities=tuple(notes),
    )


def _identifier(value: object) -> tuple[int, ...]:
    if isinstance(value, tuple):
        return value
    if isinstance(value, bytes):  # some agents write it as text
        parts = value.strip(b"\0 .").decode("latin-1").split(".")
        if len(parts) > 2 and all(part.isascii() and part.isdigit() for part in parts):
            return tuple(int(part[:10]) for part in parts)
    return ()
