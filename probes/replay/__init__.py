"""Devices kept in files: recordings of what agents said, and agents that say it again.

A :class:`Recording` is what one agent answered, read from ``.snmprec`` or from the output of
``snmpwalk -On``; it serves as a :class:`~ngbw.probes.snmp.values.MibView` by itself, and
:class:`ReplayAgents` answer from recordings over UDP, with the faults that :data:`FAULTS` names.
"""

from __future__ import annotations

from .agents import ReplayAgents, Served
from .fault_rules import FAULTS, Faults, parse_faults
from .recordings import Recording, read_recording, recordings_below, write_recording

__all__ = [
    "FAULTS",
    "Faults",
    "Recording",
    "ReplayAgents",
    "Served",
    "parse_faults",
    "read_recording",
    "recordings_below",
    "write_recording",
]
