"""What breaks, and who loses service: single, dual, grouped and areal failures."""

from __future__ import annotations

from .structure import (
    articulation_points,
    bridges,
    count_two_link_cuts,
    edge_connectivity,
    two_link_cuts,
)

__all__ = [
    "articulation_points",
    "bridges",
    "count_two_link_cuts",
    "edge_connectivity",
    "two_link_cuts",
]
