"""What becomes a metric: counters and figures of ports, other observations, poller and store."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import unquote

from ..health.figures import FigureTable
from ..observations import Observation, Resource
from ..port_counters import PORT_COUNTERS
from ..rates import QUALITIES, CounterReading, Rates
from ..store.project_store import ProjectStore
from .exposition import Point

__all__ = [
    "PollerFigures",
    "WriteFigures",
    "alarm_points",
    "counter_points",
    "link_points",
    "observation_points",
    "poller_points",
    "store_points",
    "write_points",
]

_FLOAT_WHOLE = 2**53
_LINK_METRICS = {
    "utilisation": "ngbw_port_utilisation_ratio",
    "error": "ngbw_port_error_ratio",
    "discard": "ngbw_port_discard_ratio",
    "broadcast": "ngbw_port_broadcast_ratio",
    "multicast": "ngbw_port_multicast_ratio",
    "errors": "ngbw_port_errors_per_second",
    "discards": "ngbw_port_discards_per_second",
}


def _port(resource: Resource) -> tuple[str, str]:
    """Return device and port of a resource ``port:DEVICE/NAME``."""
    device, _, name = resource.partition(":")[2].partition("/")
    return unquote(device), unquote(name)


def counter_points(reading: CounterReading, resources: Sequence[Resource]) -> Iterator[Point]:
    """Yield the counters of ports, in the columns of :data:`.PORT_COUNTERS`, as they stand.

    A Counter64 goes modulo 2^53, the largest whole number that every float holds; PromQL's
    ``rate`` takes the turn for a reset, as it does with every exporter.
    """
    for column, counter in enumerate(PORT_COUNTERS):
        way, _, kind = counter.figure.partition("_")
        cast, _, packets = kind.partition("_")
        metric = "packets" if packets else kind
        for resource, count, width in zip(
            resources,
            reading.counts[:, column].tolist(),
            reading.width_bits[:, column].tolist(),
            strict=True,
        ):
            if width:
                labels = (*_port(resource), way, *((cast,) if packets else ()))
                yield Point(f"ngbw_port_{metric}_total", labels, float(count % _FLOAT_WHOLE))


def link_points(table: FigureTable, rates: Rates | None = None) -> Iterator[Point]:
    """Yield the figures of ports, and the verdict on their octet rates where rates are given."""
    ports = [_port(resource) for resource in table.resources]
    for column, figure in enumerate(table.figures):
        kind, way, _ = figure.split("_", 2)
        for port, value in zip(ports, table.values[:, column].tolist(), strict=True):
            yield Point(_LINK_METRICS[kind], (*port, way), value)
    if rates is not None:
        for column, way in ((0, "in"), (1, "out")):
            for port, code in zip(ports, rates.quality[:, column].tolist(), strict=True):
                labels = (*port, way, QUALITIES[code].value)
                yield Point("ngbw_port_rate_quality", labels, 1.0)


def observation_points(observations: Iterable[Observation]) -> Iterator[Point]:
    """Yield observations that are not figures of a port's counters; unknown ones are left out."""
    for one in observations:
        if one.value is not None:
            yield Point("ngbw_figure", (one.resource, one.figure, one.source), one.value)


@dataclass(frozen=True, slots=True)
class PollerFigures:
    """What the poller says of itself; the totals count from its start on."""

    cycles: int = 0
    cycle_s: float | None = None
    last_cycle_at_s: float | None = None
    cpu_s: float = 0.0
    requests: int = 0
    replies: int = 0
    sent_bytes: int = 0
    received_bytes: int = 0
    varbinds: int = 0
    receive_drops: int = 0
    loop_lag_s: float | None = None
    dead: int | None = None
    late_s: float | None = None
    skipped: int = 0
    devices: Mapping[str, int] = field(default_factory=dict)


def poller_points(figures: PollerFigures) -> Iterator[Point]:
    """Yield the poller's own figures."""
    for name, value in (
        ("cycles_total", figures.cycles),
        ("cycle_seconds", figures.cycle_s),
        ("last_cycle_timestamp_seconds", figures.last_cycle_at_s),
        ("cpu_seconds_total", figures.cpu_s),
        ("requests_total", figures.requests),
        ("replies_total", figures.replies),
        ("sent_bytes_total", figures.sent_bytes),
        ("received_bytes_total", figures.received_bytes),
        ("varbinds_total", figures.varbinds),
        ("receive_drops_total", figures.receive_drops),
        ("loop_lag_seconds", figures.loop_lag_s),
        ("dead_devices", figures.dead),
        ("late_seconds", figures.late_s),
        ("skipped_turns_total", figures.skipped),
    ):
        if value is not None:
            yield Point(f"ngbw_poller_{name}", (), float(value))
    for outcome, count in figures.devices.items():
        yield Point("ngbw_poller_devices", (outcome,), float(count))


def alarm_points(counts: Mapping[tuple[str, str], int]) -> Iterator[Point]:
    """Yield how many alarms hold, by severity and state."""
    for labels, count in sorted(counts.items()):
        yield Point("ngbw_alarms", labels, float(count))


@dataclass(frozen=True, slots=True)
class WriteFigures:
    """What became of remote write since the start, in samples, and what waits, in bytes."""

    sent: int = 0
    refused: int = 0
    dropped: int = 0
    waiting_bytes: int = 0


def write_points(figures: WriteFigures) -> Iterator[Point]:
    """Yield the figures of remote write."""
    for outcome in ("sent", "refused", "dropped"):
        count = float(getattr(figures, outcome))
        yield Point("ngbw_remote_write_samples_total", (outcome,), count)
    yield Point("ngbw_remote_write_waiting_bytes", (), float(figures.waiting_bytes))


def store_points(store: ProjectStore) -> Iterator[Point]:
    """Yield the store's own figures."""
    yield Point("ngbw_store_bytes", (), float(store.size_bytes()))
    yield Point("ngbw_store_devices", (), float(len(store.samples.devices())))
    for log in store.logs():
        yield Point("ngbw_store_events", (log,), float(store.events(log).last()))
