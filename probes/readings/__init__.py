"""What a device says, read from its MIBs: pure functions from a view to records.

No function raises for what a device said, guesses, or fills a gap with zero. A module is one part:
:mod:`.system`, :mod:`.interfaces`, :mod:`.addresses`, :mod:`.neighbours`, :mod:`.forwarding`,
:mod:`.entity`, :mod:`.sensors`, :mod:`.discovery` (LLDP, CDP), :mod:`.cable` (DOCSIS, EPON),
:mod:`.family_traffic`, :mod:`.adjacencies`; :mod:`.telemetry` puts sensors of one thing side by
side. All parts of one device together: :func:`ngbw.probes.device_reading.read_device`.
"""

from .figures import FIGURES
from .records import (
    Address,
    Adjacency,
    Counter,
    Entity,
    FamilyCounters,
    Interface,
    Neighbour,
    Sensor,
    System,
    TopologyLink,
)
from .wanted import EVERY_CYCLE, IDENTITY, SLOW_PARTS, Part, Wanted, wanted

__all__ = [
    "EVERY_CYCLE",
    "FIGURES",
    "IDENTITY",
    "SLOW_PARTS",
    "Address",
    "Adjacency",
    "Counter",
    "Entity",
    "FamilyCounters",
    "Interface",
    "Neighbour",
    "Part",
    "Sensor",
    "System",
    "TopologyLink",
    "Wanted",
    "wanted",
]
