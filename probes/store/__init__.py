"""Where the network's measurements and events are kept, embedded or on a server.

:class:`SampleStore` keeps samples: a blob for each device and cycle, hours compacted, rolled up to
5 minutes, an hour and a day. :class:`EventStore` keeps append-only logs whose events are on the
disk before their numbers are returned. Both run on SQLite and on PostgreSQL; :func:`open_store`
opens a project's.
"""

from __future__ import annotations

from .graphs import Graph
from .interface import (
    DeviceCycle,
    EventStore,
    NewEvent,
    RawSamples,
    SampleStore,
    Series,
    SeriesKind,
    Store,
    StoredEvent,
)
from .project_store import ProjectStore, is_server, open_store, store_directory
from .retention import Retention, retention_of

__all__ = [
    "DeviceCycle",
    "EventStore",
    "Graph",
    "NewEvent",
    "ProjectStore",
    "RawSamples",
    "Retention",
    "SampleStore",
    "Series",
    "SeriesKind",
    "Store",
    "StoredEvent",
    "is_server",
    "open_store",
    "retention_of",
    "store_directory",
]
