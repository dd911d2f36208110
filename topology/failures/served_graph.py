"""Who is served through what: sites and links with the roots of service and the people behind them.

A failure takes service from people when their site has no way left to a *root*. The rules, all of
which are assumptions until tables say better (docs/decisions/007-who-is-behind-a-room.md):

* Roots are the sites that ``[network] roots`` names; without it the head-ends that stand; without
  those the exchanges and data centres.
* People belong to the nearest access site: an OLT room, or an NGB-W site that stands or that a plan
  gives. Where there is none, to the nearest room of any kind.
* An NGB-W site without a link of its own hangs on the nearest room. That tie is an edge which never
  fails by itself and is not counted as a link.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..compact_graph import CompactGraph, graph_from_edges
from ..network import Network
from ..service_roots import service_roots

__all__ = ["HOMING", "ROOMS", "ServedGraph", "served_graph"]

ROOMS = ("headend", "exchange", "idc", "olt")
"""Kinds of site that are rooms of the network."""

HOMING = "homing:"
"""What the name of a tie that is no link begins with; the site's id follows."""


@dataclass(frozen=True, slots=True, eq=False)
class ServedGraph:
    """Sites and links, where service comes from, and the people at each site.

    Attributes
    ----------
    graph
        Links first, in table order, then the ties of radio sites to their rooms.
    links
        How many of the graph's edges are links.
    roots
        Nodes that service comes from.
    roots_from
        Which rule gave them: ``setting``, ``headend`` or ``exchange-idc``.
    weight
        Residents behind each node.
    homing
        NGB-W site without a link to the room that it is assumed to hang on.
    lon, lat
        Position of each node, WGS-84 degrees.
    roots_kind_assumed
        Roots that are roots only because their kind was guessed (:class:`.ServiceRoots`).
    """

    graph: CompactGraph
    links: int
    roots: NDArray[np.int32]
    roots_from: str
    weight: NDArray[np.float64]
    homing: Mapping[str, str]
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    roots_kind_assumed: tuple[str, ...] = ()

    @property
    def people(self) -> float:
        """All residents, connected or not."""
        return float(self.weight.sum())


def _metres(frame: pd.DataFrame, crs: str) -> NDArray[np.float64]:
    from pyproj import Transformer

    to_metres = Transformer.from_crs("EPSG:4326", crs, always_xy=True)
    x, y = to_metres.transform(frame["lon"].to_numpy(float), frame["lat"].to_numpy(float))
    return np.column_stack([np.asarray(x), np.asarray(y)])


def _nearest(of: NDArray[np.float64], among: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the row of ``among`` that is nearest to each row of ``of``; the first of equals."""
    from scipy.spatial import KDTree

    return np.asarray(KDTree(among).query(of)[1], np.int64)


def _behind(
    network: Network, sites: pd.DataFrame, at: NDArray[np.float64], crs: str
) -> NDArray[np.float64]:
    """Return the residents behind each site of the graph."""
    people = network.demand[network.demand["kind"] == "residents"]
    weight = np.zeros(len(sites))
    access = np.flatnonzero(sites["kind"].isin(["olt", "ngb-w"]).to_numpy())
    if not access.size:
        access = np.arange(len(sites))
    if len(people):
        mine = access[_nearest(_metres(people, crs), at[access])]
        np.add.at(weight, mine, people["people"].to_numpy(float))
    return weight


def served_graph(
    network: Network, crs: str, *, roots: Sequence[str] = (), radio_sites: Iterable[str] = ()
) -> ServedGraph:
    """Return the graph on which failures are judged.

    Its nodes are the ends of links, the rooms that stand, the NGB-W sites that stand, and those
    given.

    Parameters
    ----------
    crs
        Projected system in metres, for "nearest".
    roots
        Sites that service comes from (``[network] roots``); found by kind when empty.
    radio_sites
        NGB-W sites of a plan that count as standing.

    Raises
    ------
    InputError
        Nothing says where service comes from.
    MissingError
        A root or a radio site is not in the network.
    """
    radio = set(radio_sites)
    for site_id in sorted(radio):
        network.site(site_id)  # names the missing one
    frame, links = network.sites, network.links
    stands = frame["state"].isin(["built", "planned"])
    ends = set(links["a_site"]) | set(links["b_site"])
    member = frame["site_id"].isin(ends | radio | set(roots)) | (
        stands & frame["kind"].isin([*ROOMS, "ngb-w"])
    )
    sites = frame[member].reset_index(drop=True)
    found = service_roots(sites, roots)
    chosen = list(found.ids)
    number = {site_id: n for n, site_id in enumerate(sites["site_id"])}
    at = _metres(sites, crs)
    rooms = np.flatnonzero(sites["kind"].isin(ROOMS).to_numpy())
    tied = sites["site_id"].isin(ends | set(chosen))
    alone = np.flatnonzero((sites["kind"].eq("ngb-w") & ~tied).to_numpy())
    names = sites["site_id"].tolist()
    homing: dict[str, str] = {}
    if rooms.size and alone.size:
        nearest = rooms[_nearest(at[alone], at[rooms])]
        homing = {names[a]: names[b] for a, b in zip(alone, nearest, strict=True)}
    pairs = [
        (number[a], number[b]) for a, b in zip(links["a_site"], links["b_site"], strict=True)
    ] + [(number[a], number[b]) for a, b in homing.items()]
    graph = graph_from_edges(
        names,
        [*links["link_id"], *(HOMING + site_id for site_id in homing)],
        np.array(pairs, np.int32).reshape(-1, 2),
    )
    return ServedGraph(
        graph, len(links), graph.numbers(chosen), found.rule, _behind(network, sites, at, crs),
        homing, sites["lon"].to_numpy(float), sites["lat"].to_numpy(float), found.kind_assumed,
    )  # fmt: skip
