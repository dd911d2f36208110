"""The worst failures by name: what fails, where it is, and what goes dark."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..network import Network
from .duals import DualFailures
from .homes import Homes, homes_of_links, homes_without_service, single_home_losses
from .node_pairs import NodePairs
from .outage import outage
from .risk_groups import GroupFailure
from .served_graph import ServedGraph
from .singles import SingleFailures

__all__ = [
    "NamedFailure",
    "worst_groups",
    "worst_link_pairs",
    "worst_links",
    "worst_site_pairs",
    "worst_sites",
]


@dataclass(frozen=True, slots=True)
class NamedFailure:
    """A failure and what it takes away.

    Attributes
    ----------
    ids
        Links or sites that fail together, or the id of a risk group.
    name
        The same for people: the two ends of a link, the name of a site, the street of a group.
    links
        Links that fail; empty when sites fail.
    lon, lat
        Where: at the site, half way between the ends of a link; WGS-84 degrees.
    people
        Residents who lose service.
    homes
        Homes on the access links that go (see :mod:`.homes`), beside the people and never among
        them; None where the table counts none of those it should.
    sites
        Sites that go dark, a failed site included.
    """

    ids: tuple[str, ...]
    name: str
    links: tuple[str, ...]
    lon: float
    lat: float
    people: float
    homes: int | None
    sites: tuple[str, ...]


def _named(
    served: ServedGraph,
    network: Network,
    homes: Homes,
    *,
    links: Sequence[int] = (),
    sites: Sequence[int] = (),
) -> NamedFailure:
    graph = served.graph
    gone = outage(served, links=links, sites=sites)
    ends = graph.ends[list(links)].reshape(-1, 2)
    at = np.concatenate([ends.ravel(), np.asarray(sites, np.int32)])

    def name(node: int) -> str:
        return network.site(graph.node_ids[node]).name or graph.node_ids[node]

    names = [f"{name(a)} - {name(b)}" for a, b in ends.tolist()] + [name(n) for n in sites]
    link_ids = tuple(graph.edge_ids[link] for link in links)
    return NamedFailure(
        link_ids + tuple(graph.node_ids[site] for site in sites),
        ", ".join(names),
        link_ids,
        round(float(served.lon[at].mean()), 6),
        round(float(served.lat[at].mean()), 6),
        gone.people,
        homes_without_service(served, homes, gone),
        tuple(graph.node_ids[node] for node in gone.dark),
    )


def _order(
    people: NDArray[np.float64], homes: NDArray[np.int64], sites: NDArray[np.int32], count: int
) -> list[int]:
    """Return the worst rows that take anything: by people, homes, sites, then table order."""
    rows = np.lexsort((np.arange(len(people)), -sites, -homes, -people))
    return [int(row) for row in rows[:count] if sites[row] > 0 or homes[row] > 0]


def _by_homes(found: list[NamedFailure]) -> list[NamedFailure]:
    """Return failures by people, and those of equally many by homes; else as they stand."""
    return sorted(found, key=lambda failure: (-failure.people, -(failure.homes or 0)))


def worst_links(singles: SingleFailures, network: Network, count: int) -> list[NamedFailure]:
    """Return the links whose failure alone takes most away; only those that take something."""
    homes = homes_of_links(network)
    of_links, _ = single_home_losses(singles, homes)
    return [
        _named(singles.served, network, homes, links=[link])
        for link in _order(singles.link_loss, of_links, singles.link_sites, count)
    ]


def worst_sites(singles: SingleFailures, network: Network, count: int) -> list[NamedFailure]:
    """Return the sites whose failure takes most away, the people behind themselves included."""
    homes = homes_of_links(network)
    _, of_sites = single_home_losses(singles, homes)
    return [
        _named(singles.served, network, homes, sites=[site])
        for site in _order(singles.site_loss, of_sites, singles.site_sites, count)
    ]


def worst_link_pairs(duals: DualFailures, network: Network, count: int) -> list[NamedFailure]:
    """Return the worst pairs of links of which neither alone does any harm."""
    served, homes = duals.singles.served, homes_of_links(network)
    return _by_homes(
        [_named(served, network, homes, links=[a, b]) for _, a, b in duals.worst(count)]
    )


def worst_site_pairs(
    pairs: NodePairs, singles: SingleFailures, network: Network
) -> list[NamedFailure]:
    """Return the worst pairs of sites that do more than their two failures alone."""
    served, homes = singles.served, homes_of_links(network)
    return _by_homes([_named(served, network, homes, sites=[a, b]) for _, a, b in pairs.worst])


def worst_groups(
    failures: Sequence[GroupFailure], served: ServedGraph, network: Network
) -> list[NamedFailure]:
    """Return risk groups by name, at the place where their links meet.

    In the order given; of those that take equally many people the one with more homes first.
    """
    homes = homes_of_links(network)
    number = {name: n for n, name in enumerate(served.graph.edge_ids)}
    out = []
    for failure in failures:
        group = failure.group
        if not group.links:
            continue
        found = _named(served, network, homes, links=[number[link] for link in group.links])
        out.append(
            NamedFailure(
                (group.group_id,),
                group.name or found.name,
                group.links,
                found.lon if group.lon is None else group.lon,
                found.lat if group.lat is None else group.lat,
                found.people,
                found.homes,
                found.sites,
            )
        )
    return _by_homes(out)
