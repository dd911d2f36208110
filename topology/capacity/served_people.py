"""Who is served from which room, and from where: every resident at the nearest access site.

Access sites are the OLT rooms that stand or are planned; where there are none, every site of the
fixed network. Nobody records the cable to each home, so nearest is an assumption.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, overload

import numpy as np
from numpy.typing import NDArray

from ..compact_graph import CompactGraph, graph_from_edges
from ..errors import InputError
from ..network import Network
from ..settings import nearest

__all__ = [
    "access_sites",
    "linked_graph",
    "nearest_sites",
    "people_of_sites",
    "root_numbers",
]

_ROOMS = ("headend", "exchange", "idc", "olt")


def access_sites(network: Network) -> tuple[str, ...]:
    """Return the sites that homes are joined to, in table order."""
    sites = network.sites
    stands = sites["state"].isin(["built", "planned"])
    for kinds in (("olt",), _ROOMS):
        found = sites["site_id"][stands & sites["kind"].isin(kinds)]
        if len(found):
            return tuple(found)
    return ()


def linked_graph(network: Network) -> CompactGraph:
    """Return the sites that have a link as nodes and all links as edges, in table order."""
    links = network.links
    linked = {*links["a_site"], *links["b_site"]}
    sites = [site for site in network.sites["site_id"] if site in linked]
    number = {site: n for n, site in enumerate(sites)}
    ends = [(number[a], number[b]) for a, b in zip(links["a_site"], links["b_site"], strict=True)]
    return graph_from_edges(sites, list(links["link_id"]), np.array(ends, np.int32).reshape(-1, 2))


def root_numbers(graph: CompactGraph, roots: Sequence[str]) -> NDArray[np.int32]:
    """Return the numbers of the roots.

    Raises
    ------
    InputError
        A root has no link.
    """
    known = set(graph.node_ids)
    for root in roots:
        if root not in known:
            raise InputError(
                f"root {root!r} has no link{nearest(root, list(graph.node_ids))}; name a site "
                "where service comes from"
            )
    return graph.numbers(roots)


def nearest_sites(
    lon: NDArray[np.float64], lat: NDArray[np.float64], network: Network, among: Sequence[str]
) -> list[str]:
    """Return which of some sites is nearest to each position; the first of equals."""
    from scipy.spatial import KDTree

    sites = network.sites.set_index("site_id").loc[list(among)]
    narrow = float(np.cos(np.radians(sites["lat"].astype(float).mean())))
    there = np.column_stack([sites["lon"].astype(float) * narrow, sites["lat"].astype(float)])
    _, row = KDTree(there).query(np.column_stack([lon * narrow, lat]))
    return [among[int(n)] for n in np.asarray(row)]


@overload
def people_of_sites(network: Network, *, by_area: Literal[False] = False) -> dict[str, float]: ...


@overload
def people_of_sites(
    network: Network, *, by_area: Literal[True]
) -> dict[tuple[str, str], float]: ...


def people_of_sites(
    network: Network, *, by_area: bool = False
) -> dict[str, float] | dict[tuple[str, str], float]:
    """Return the residents at each access site, or at each pair of subdistrict and access site.

    Residents whose row of ``demand`` names no subdistrict are under the empty name.
    """
    demand = network.demand[network.demand["kind"] == "residents"]
    rooms = access_sites(network)
    if not rooms or demand.empty:
        return {}
    lon, lat = demand["lon"].to_numpy(float), demand["lat"].to_numpy(float)
    at = nearest_sites(lon, lat, network, rooms)
    pairs: dict[tuple[str, str], float] = {}
    for area, site, people in zip(demand["area_id"], at, demand["people"], strict=True):
        pairs[area, site] = pairs.get((area, site), 0.0) + float(people)
    if by_area:
        return pairs
    totals: dict[str, float] = {}
    for (_, site), people in pairs.items():
        totals[site] = totals.get(site, 0.0) + people
    return totals
