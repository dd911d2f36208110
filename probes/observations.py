"""Observations: one figure of one resource at one moment, with its verdict.

They are what probes hand to alarms, whatever measured them: a poll, an active probe, a trap that
was verified, or another program's export.
"""

from __future__ import annotations

from dataclasses import dataclass

from .quality import Quality

__all__ = ["Observation", "Resource", "resource"]

Resource = str
"""``device:ID``, ``port:DEVICE_ID/IF_NAME``, ``sensor:DEVICE_ID/NAME``, ``link:ID``, ``site:ID``,
``path:ID``: kind, colon, name."""


def resource(kind: str, *names: str) -> Resource:
    """Return the name of a resource; slashes in parts are written as ``%2F``."""
    return kind + ":" + "/".join(n.replace("%", "%25").replace("/", "%2F") for n in names)


@dataclass(frozen=True, slots=True)
class Observation:
    """A figure of a resource.

    Attributes
    ----------
    figure
        What was observed, with its unit in the name: ``reachable``, ``oper_up``,
        ``utilisation_in_share``, ``error_in_ratio``, ``rx_power_dbm``.
    value
        None when it is not known; yes and no are 1 and 0.
    at_s
        When, Unix time.
    source
        Who says so: ``poll``, ``active``, ``trap``, ``librenms``, ``zabbix``.
    """

    resource: Resource
    figure: str
    value: float | None
    quality: Quality
    at_s: float
    source: str = "poll"
