"""Forwarding databases of bridges (BRIDGE-MIB RFC 4188, Q-BRIDGE-MIB RFC 4363)."""

from __future__ import annotations

from ..mibs import object_named, oid_of
from ..snmp.values import MibView
from .plain_values import whole, word
from .records import ForwardingEntry

__all__ = ["bridge_ports", "read_forwarding"]


def bridge_ports(view: MibView) -> dict[int, int]:
    """Return bridge port to ifIndex."""
    found = {}
    for index, typed in view.column(oid_of("dot1dBasePortIfIndex")).items():
        if_index = whole(typed)
        if len(index) == 1 and if_index is not None and if_index > 0:
            found[index[0]] = if_index
    return found


def _vlans(view: MibView) -> dict[int, int]:
    """Return filtering database to VLAN, where one database serves one VLAN only."""
    databases: dict[int, set[int]] = {}
    for index, typed in view.column(oid_of("dot1qVlanFdbId")).items():
        database = whole(typed)
        if database is not None and index:
            databases.setdefault(database, set()).add(index[-1])
    return {fdb: next(iter(vlans)) for fdb, vlans in databases.items() if len(vlans) == 1}


def read_forwarding(view: MibView) -> tuple[ForwardingEntry, ...]:
    """Read learned addresses, from Q-BRIDGE-MIB where it has any, else from BRIDGE-MIB.

    Where no table ties databases to VLANs the database's number is the VLAN on nearly every
    switch, but not by any standard: ``vlan`` stays None and ``filtering_database`` says it.
    A port of 0 means "not known" and is kept as it stands.
    """
    ports = bridge_ports(view)
    vlans = _vlans(view)
    words = object_named("dot1qTpFdbStatus").words
    found = []
    for table, entry, lead in (
        ("dot1qTpFdbTable", "dot1qTpFdb", 1),
        ("dot1dTpFdbTable", "dot1dTpFdb", 0),
    ):
        states = view.column(oid_of(entry + "Status"))
        for index, typed in view.column(oid_of(entry + "Port")).items():
            port = whole(typed)
            octets = index[lead:]
            if port is None or len(octets) != 6 or any(part > 255 for part in octets):
                continue
            database = index[0] if lead else None
            found.append(
                ForwardingEntry(
                    mac=bytes(octets).hex(":"),
                    bridge_port=port,
                    if_index=ports.get(port),
                    filtering_database=database,
                    vlan=vlans.get(database) if database is not None else None,
                    status=word(states.get(index), words),
                    table=table,
                )
            )
        if found:
            break
    return tuple(found)
