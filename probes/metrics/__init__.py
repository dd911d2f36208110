"""Figures for those who have a time-series database: Prometheus' text and its remote write."""

from __future__ import annotations

from .catalogue import METRICS, Metric
from .endpoint import MetricsEndpoint
from .exposition import Point, exposition
from .points import (
    PollerFigures,
    WriteFigures,
    alarm_points,
    counter_points,
    link_points,
    observation_points,
    poller_points,
    store_points,
    write_points,
)
from .remote_write import RemoteWriter
from .sender import RemoteSender

__all__ = [
    "METRICS",
    "Metric",
    "MetricsEndpoint",
    "Point",
    "PollerFigures",
    "RemoteSender",
    "RemoteWriter",
    "WriteFigures",
    "alarm_points",
    "counter_points",
    "exposition",
    "link_points",
    "observation_points",
    "poller_points",
    "store_points",
    "write_points",
]
