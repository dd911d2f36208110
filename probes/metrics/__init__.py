"""Figures for those who have a time-series database: Prometheus' text and its remote write."""

from __future__ import annotations

from .catalogue import METRICS, Metric
from .exposition import Point, exposition
from .points import (
    PollerFigures,
    counter_points,
    link_points,
    observation_points,
    poller_points,
    store_points,
)
from .remote_write import RemoteWriter

__all__ = [
    "METRICS",
    "Metric",
    "Point",
    "PollerFigures",
    "RemoteWriter",
    "counter_points",
    "exposition",
    "link_points",
    "observation_points",
    "poller_points",
    "store_points",
]
