"""Other monitoring systems as a source: what their APIs list, and what they have measured."""

from __future__ import annotations

from .api_client import ApiClient
from .fetching import SOURCES, fetch
from .foreign_samples import ForeignCycle, keep_cycles, librenms_cycles, zabbix_cycles

__all__ = [
    "SOURCES",
    "ApiClient",
    "ForeignCycle",
    "fetch",
    "keep_cycles",
    "librenms_cycles",
    "zabbix_cycles",
]
