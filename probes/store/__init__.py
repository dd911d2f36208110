"""Where the network's measurements and events are kept, embedded or on a server.

:class:`SampleStore` keeps samples: a blob for each device and cycle, hours compacted, rolled up to
5 minutes, an hour and a day. :class:`EventStore` keeps append-only logs whose events are on the
disk before their numbers are returned. Both run on SQLite and on PostgreSQL.

"""

from __future__ import annotations

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

__all__ = [
    "DeviceCycle",
    "EventStore",
    "NewEvent",
    "RawSamples",
    "SampleStore",
    "Series",
    "SeriesKind",
    "Store",
    "StoredEvent",
]
