"""What the network says of its own shape: devices found from seeds, edges with their evidence.

:func:`.crawl` walks from seeds over what LLDP, CDP, ARP and ND name, inside the allowed networks;
:class:`.EdgeBook` keeps each edge with who said so and when; :func:`.compare` holds them against
the links that were planned.
"""

from __future__ import annotations

from .comparison import Comparison, PlannedLink, compare
from .crawl import Crawl, FoundDevice, crawl
from .edges import Edge, EdgeBook, Evidence, Port

__all__ = [
    "Comparison",
    "Crawl",
    "Edge",
    "EdgeBook",
    "Evidence",
    "FoundDevice",
    "PlannedLink",
    "Port",
    "compare",
    "crawl",
]
