"""Every metric that is exposed: declared once, for the text, remote write, dashboards and docs.

A figure that is not known is not exposed: an absent series is a gap, and no zero.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["METRICS", "Metric"]


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric family."""

    name: str
    kind: Literal["gauge", "counter"]
    help: str
    labels: tuple[str, ...]


_PORT = ("device", "port", "direction")

METRICS: dict[str, Metric] = {
    metric.name: metric
    for metric in (
        Metric("ngbw_port_octets_total", "counter",
               "Octets of a port, modulo 2^53 so that no digit is lost in a float.", _PORT),
        Metric("ngbw_port_packets_total", "counter",
               "Packets of a port by cast: unicast, multicast, broadcast.", (*_PORT, "cast")),
        Metric("ngbw_port_errors_total", "counter", "Damaged packets of a port.", _PORT),
        Metric("ngbw_port_discards_total", "counter", "Dropped packets of a port.", _PORT),
        Metric("ngbw_port_utilisation_ratio", "gauge",
               "Share of the port's speed that its traffic takes.", _PORT),
        Metric("ngbw_port_error_ratio", "gauge",
               "Damaged packets as a share of all packets.", _PORT),
        Metric("ngbw_port_discard_ratio", "gauge",
               "Dropped packets as a share of all packets.", _PORT),
        Metric("ngbw_port_broadcast_ratio", "gauge",
               "Share of broadcast among the packets.", _PORT),
        Metric("ngbw_port_multicast_ratio", "gauge",
               "Share of multicast among the packets.", _PORT),
        Metric("ngbw_port_errors_per_second", "gauge", "Damaged packets a second.", _PORT),
        Metric("ngbw_port_discards_per_second", "gauge", "Dropped packets a second.", _PORT),
        Metric("ngbw_port_rate_quality", "gauge",
               "1 for the verdict on the port's octet rate: ok, wrapped, reset, gap, suspect, "
               "no-hc, saturated.", (*_PORT, "quality")),
        Metric("ngbw_figure", "gauge",
               "Any other figure of a resource; its name says the unit.",
               ("resource", "figure", "source")),
        Metric("ngbw_poller_cycles_total", "counter", "Poll cycles that ended.", ()),
        Metric("ngbw_poller_cycle_seconds", "gauge", "Length of the last cycle.", ()),
        Metric("ngbw_poller_last_cycle_timestamp_seconds", "gauge",
               "When the last cycle ended.", ()),
        Metric("ngbw_poller_cpu_seconds_total", "counter",
               "Processor time of the cycles.", ()),
        Metric("ngbw_poller_requests_total", "counter", "Requests sent.", ()),
        Metric("ngbw_poller_replies_total", "counter", "Replies received.", ()),
        Metric("ngbw_poller_sent_bytes_total", "counter", "Bytes sent to agents.", ()),
        Metric("ngbw_poller_received_bytes_total", "counter",
               "Bytes received from agents.", ()),
        Metric("ngbw_poller_varbinds_total", "counter", "Values received.", ()),
        Metric("ngbw_poller_receive_drops_total", "counter",
               "Datagrams that this machine dropped; a cycle with any proves nothing down.", ()),
        Metric("ngbw_poller_loop_lag_seconds", "gauge",
               "Longest time for which replies lay unread in the last cycle.", ()),
        Metric("ngbw_poller_devices", "gauge",
               "Devices by outcome of the last cycle: answered, partial, silent, refused, "
               "unknown.", ("outcome",)),
        Metric("ngbw_poller_dead_devices", "gauge",
               "Devices that did not answer last time; they are asked less and less often.", ()),
        Metric("ngbw_poller_late_seconds", "gauge",
               "Longest time for which a device waited for its turn in the last cycle.", ()),
        Metric("ngbw_poller_skipped_turns_total", "counter",
               "Turns passed over because the device was still being polled.", ()),
        Metric("ngbw_alarms", "gauge",
               "Alarms that hold, by severity and state: active, flapping, suppressed (they follow "
               "from a root cause), shelved.", ("severity", "state")),
        Metric("ngbw_remote_write_samples_total", "counter",
               "Samples of remote write: sent, refused by the receiver, dropped because the queue "
               "was full.", ("outcome",)),
        Metric("ngbw_remote_write_waiting_bytes", "gauge",
               "Bytes that wait for the receiver of remote write.", ()),
        Metric("ngbw_store_bytes", "gauge", "Room that the store takes.", ()),
        Metric("ngbw_store_devices", "gauge", "Devices of which samples are kept.", ()),
        Metric("ngbw_store_events", "gauge", "Newest sequence number of a log.", ("log",)),
    )
}  # fmt: skip
"""Metrics by name."""
