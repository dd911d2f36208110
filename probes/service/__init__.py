"""The poll service: who is asked when, what is made of the answers, and signs of life.

:class:`Poller` asks by :class:`Schedule` and hands answers to a :class:`Sink`;
:class:`~ngbw.probes.service.watch.Watch` is the sink that keeps samples and raises alarms.
"""

from __future__ import annotations

from .poller import Batch, Poller, Seen, Sink
from .schedule import Lane, Schedule
from .settings import ProbeSettings, probe_settings
from .targets import Place, PolledDevice, find_targets, read_places

__all__ = [
    "Batch",
    "Lane",
    "Place",
    "PolledDevice",
    "Poller",
    "ProbeSettings",
    "Schedule",
    "Seen",
    "Sink",
    "find_targets",
    "probe_settings",
    "read_places",
]
