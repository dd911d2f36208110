"""What the network can carry, and whether it keeps its promises.

``capacity_of(network)`` answers for demand, links, failures, egress and parks. Below it:

- :mod:`.served_people` says who is served from which room, and from where,
- :mod:`.assumptions` holds the figures that no table has,
- :mod:`.flow` is the most demand that can be served at once (maximum flow),
- :mod:`.routing` is the load of every link on equal-cost shortest paths, with what has failed,
- :mod:`.bottleneck` is the widest path of every node,
- :mod:`.egress` is what leaves the district, in risk-disjoint groups,
- :mod:`.capabilities` are the verdicts on 千兆进户, 万兆进楼 and T级出口,
- :mod:`.report` puts it together.
"""

from .assumptions import PON_MBPS, CapacityAssumptions
from .bottleneck import Bottlenecks, widest_paths
from .capabilities import HomeRates, Verdict, peak_mbps, sustained_mbps
from .egress import Egress, EgressGroup, egress_of
from .flow import ServedDemand, served_demand, served_range
from .report import CapacityReport, LinkUse, RerouteLoss, capacity_of
from .routing import LinkLoads, link_loads, matrix_loads
from .served_people import access_sites, linked_graph, people_of_sites

__all__ = [
    "PON_MBPS",
    "Bottlenecks",
    "CapacityAssumptions",
    "CapacityReport",
    "Egress",
    "EgressGroup",
    "HomeRates",
    "LinkLoads",
    "LinkUse",
    "RerouteLoss",
    "ServedDemand",
    "Verdict",
    "access_sites",
    "capacity_of",
    "egress_of",
    "link_loads",
    "linked_graph",
    "matrix_loads",
    "peak_mbps",
    "people_of_sites",
    "served_demand",
    "served_range",
    "sustained_mbps",
    "widest_paths",
]
