"""The capacity of a network in one call: demand served, load of links, failures, promises to parks.

Demand is the mean of all homes in the busy hour, at the OLT room nearest to them. Every figure that
is assumed stands in :class:`.assumptions.CapacityAssumptions`. Loads follow shortest paths by hops;
what is served at best follows maximum flow. Only sites that a link reaches take part.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..compact_graph import CompactGraph
from ..errors import MissingError
from ..network import Network
from ..references import split_ids
from ..service_roots import service_roots
from ..settings import nearest
from .assumptions import CapacityAssumptions
from .capabilities import HomeRates, Verdict, home_rates, park_verdicts
from .egress import Egress, egress_of
from .flow import served_range
from .routing import link_loads
from .served_people import linked_graph, people_of_sites, root_numbers

__all__ = ["CapacityReport", "LinkUse", "RerouteLoss", "capacity_of"]


@dataclass(frozen=True, slots=True)
class LinkUse:
    """What a link carries in the busy hour.

    Attributes
    ----------
    load_mbps
        In the busier direction, however much fits.
    capacity_mbps, utilisation
        None is unknown; a utilisation above 1 does not fit.
    """

    link_id: str
    load_mbps: float
    capacity_mbps: float | None
    utilisation: float | None


@dataclass(frozen=True, slots=True)
class RerouteLoss:
    """What the failure of one link does once traffic has found its new paths.

    Attributes
    ----------
    cut_off_mbps
        Demand without any path.
    busiest_link, busiest_utilisation
        Fullest link then; None where no capacity is known.
    """

    link_id: str
    cut_off_mbps: float
    busiest_link: str
    busiest_utilisation: float | None


@dataclass(frozen=True, slots=True)
class CapacityReport:
    """What a network can carry, and what it is promised.

    Attributes
    ----------
    demand_mbps
        Of all homes in the busy hour.
    served_mbps, served_share
        At best (maximum flow); None where an unknown capacity decides. The share is None too
        where there is no demand: nothing of nothing is neither all nor none.
    unserved_limits
        Links of the smallest cut; empty when all is served.
    cut_off_mbps
        Demand that has no path at all.
    links
        Load of every link, fullest first, unknown ones last.
    reroutes
        Each link's failure that carries something, worst first; empty when something has failed
        already.
    homes
        What a home gets at every access site.
    egress
        What leaves the district.
    parks
        The three verdicts of every park.
    assumed
        Figures in it that are assumed.
    failed
        What was taken to be out of order.
    """

    demand_mbps: float
    served_mbps: float | None
    served_share: float | None
    unserved_limits: tuple[str, ...]
    cut_off_mbps: float
    links: tuple[LinkUse, ...]
    reroutes: tuple[RerouteLoss, ...]
    homes: tuple[HomeRates, ...]
    egress: Egress
    parks: tuple[Verdict, ...]
    assumed: tuple[str, ...]
    failed: tuple[str, ...]

    @property
    def worst_utilisation(self) -> float | None:
        """Utilisation of the fullest link; None where a loaded link has no known capacity."""
        loaded = [link for link in self.links if link.load_mbps > 0.0]
        if not self.links or any(link.utilisation is None for link in loaded):
            return None
        return max((link.utilisation or 0.0 for link in loaded), default=0.0)

    @property
    def least_home_peak_mbps(self) -> float | None:
        """Highest tier that every access site can offer; None where one is unknown."""
        peaks = [home.peak_mbps for home in self.homes]
        if not peaks or any(peak is None for peak in peaks):
            return None
        return min(peak for peak in peaks if peak is not None)

    @property
    def least_building_gbps(self) -> float | None:
        """Uplink of the worst building of any park; None where one is unknown."""
        values = [verdict.value for verdict in self.parks if verdict.check == "building"]
        if not values or any(value is None for value in values):
            return None
        return min(value for value in values if value is not None)

    @property
    def egress_tbps(self) -> float | None:
        """Egress that is left after the loss of the larger risk group; None where unknown."""
        left = self.egress.after_larger_group_gbps
        return None if left is None else left / 1000.0


def _failed_numbers(
    network: Network, graph: CompactGraph, failed_ids: Sequence[str]
) -> tuple[list[int], list[int]]:
    """Return the nodes and edges that named sites, links and spans take with them."""
    node = {site: n for n, site in enumerate(graph.node_ids)}
    edge = {link: n for n, link in enumerate(graph.edge_ids)}
    through: dict[str, list[int]] = {span: [] for span in network.spans["span_id"]}
    for number, cell in enumerate(network.links["spans"]):
        for span in split_ids(cell):
            through.setdefault(span, []).append(number)
    nodes: list[int] = []
    edges: list[int] = []
    for name in failed_ids:
        if name in node:
            nodes.append(node[name])
        elif name in edge:
            edges.append(edge[name])
        elif name in through:
            edges += through[name]
        else:
            raise MissingError(
                f"{name!r} is no linked site, link or span"
                f"{nearest(name, [*node, *edge, *through])}; name what has failed"
            )
    return nodes, edges


def _reroutes(
    graph: CompactGraph,
    roots: NDArray[np.int32],
    demand: NDArray[np.float64],
    capacity: NDArray[np.float64],
    carrying: NDArray[np.intp],
) -> tuple[RerouteLoss, ...]:
    """Fail every link that carries something; the others change nothing."""
    losses = []
    for edge in carrying:
        after = link_loads(graph, roots, demand, failed_edges=[int(edge)])
        used = after.utilisation(capacity)
        known = np.flatnonzero(~np.isnan(used))
        busiest = int(known[np.argmax(used[known])]) if known.size else -1
        losses.append(
            RerouteLoss(
                graph.edge_ids[edge],
                after.unrouted,
                graph.edge_ids[busiest] if busiest >= 0 else "",
                float(used[busiest]) if busiest >= 0 else None,
            )
        )
    losses.sort(key=lambda loss: (-loss.cut_off_mbps, -(loss.busiest_utilisation or 0.0)))
    return tuple(losses)


def capacity_of(
    network: Network,
    *,
    roots: Sequence[str] | None = None,
    assumptions: CapacityAssumptions | None = None,
    failed_ids: Sequence[str] = (),
    risk_groups: Mapping[str, Sequence[str]] | None = None,
) -> CapacityReport:
    """Return what a network can carry in the busy hour, and whether it keeps its promises.

    Parameters
    ----------
    roots
        Sites where service comes from; the head-ends by default.
    assumptions
        Figures that no table holds.
    failed_ids
        Sites, links and spans that are out of order; people stay with their room.
    risk_groups
        Name to ids that fail together beside shared spans and rooms, for the egress.

    Raises
    ------
    InputError
        There is no root, or a root has no link.
    MissingError
        A failed id is not in the network.
    """
    used = assumptions or CapacityAssumptions()
    graph = linked_graph(network)
    found = service_roots(network.sites, roots).ids
    at = root_numbers(graph, found)
    people = people_of_sites(network)
    homes = np.array([people.get(s, 0.0) for s in graph.node_ids]) / used.people_per_home.value
    demand = homes * used.busy_hour_mbps_per_home.value
    apart = sum(count for site, count in people.items() if site not in set(graph.node_ids))
    apart_mbps = apart / used.people_per_home.value * used.busy_hour_mbps_per_home.value
    capacity = network.links["capacity_mbps"].to_numpy(float)
    nodes, edges = _failed_numbers(network, graph, failed_ids)

    loads = link_loads(graph, at, demand, failed_nodes=nodes, failed_edges=edges)
    utilisation = loads.utilisation(capacity)
    least, most = served_range(
        graph, at, demand, capacity=capacity, failed_nodes=nodes, failed_edges=edges
    )
    total = most.demand + apart_mbps
    decided = math.isclose(least.served, most.served, rel_tol=1e-6, abs_tol=1e-6)
    links = [
        LinkUse(
            link,
            float(loads.busier[n]),
            None if math.isnan(capacity[n]) else float(capacity[n]),
            None if math.isnan(utilisation[n]) else float(utilisation[n]),
        )
        for n, link in enumerate(graph.edge_ids)
    ]
    links.sort(key=lambda link: (link.utilisation is None, -(link.utilisation or 0.0)))
    working = capacity.copy()
    working[edges] = 0.0
    working[np.isin(graph.ends, nodes).any(axis=1)] = 0.0
    rates = home_rates(network, graph, at, capacity=working, homes=homes, assumptions=used)
    left = network.without(failed_ids) if failed_ids else network
    egress = egress_of(left, risk_groups)
    return CapacityReport(
        total,
        most.served if decided else None,
        most.served / total if decided and total else None,
        tuple(graph.edge_ids[n] for n in most.limiting_edges),
        loads.unrouted + apart_mbps,
        tuple(links),
        ()
        if failed_ids
        else _reroutes(graph, at, demand, capacity, np.flatnonzero(loads.busier > 0.0)),
        tuple(rates.values()),
        egress,
        park_verdicts(
            network, graph, at, capacity=working, rates=rates, egress=egress, assumptions=used
        ),
        used.assumed(),
        tuple(failed_ids),
    )
