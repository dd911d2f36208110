"""What a map of the network shows: every link with what its loss costs, rings, and who stands where.

A *ring* is a class of links of which any two cut sites off together although none does alone: the
links of a closed ring, or of a chain between two roots. A *spur* is a link that cuts sites off
alone. Any other link is *meshed*: no second failure makes its loss felt.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from ..topology.failures.duals import dual_failures
from ..topology.failures.homes import homes_of_links
from ..topology.failures.served_graph import ROOMS
from ..topology.failures.singles import SingleFailures
from ..topology.failures.worst import worst_links
from ..topology.network import Network
from ..topology.references import split_ids
from .criticality import class_of

__all__ = ["DrawnLink", "DrawnSite", "NetworkMap", "Ring", "network_map"]

Route = Literal["ring", "spur", "mesh", "unknown"]


@dataclass(frozen=True, slots=True)
class DrawnLink:
    """A link on the map.

    Attributes
    ----------
    number
        From 1, in table order; the map and the tables are joined by it.
    lines
        Where it runs, WGS-84; a straight line between its ends where no span says.
    placed
        Whether all its spans say where it runs.
    route, ring
        Whether it is in a ring, and in which; 0 for none.
    people, share, sites
        What its failure alone takes away; None where that cannot be known.
    homes
        Homes on access links that its failure alone leaves without service; None where unknown.
    partner, pair_people
        The link with which it takes most of what neither takes alone, and how many people.
    classes
        Class of criticality when it fails alone, and with the worst second link.
    """

    number: int
    link_id: str
    kind: str
    a_site: str
    b_site: str
    length_km: float | None
    lines: tuple[BaseGeometry, ...]
    placed: bool
    route: Route
    ring: int
    people: float | None
    share: float | None
    sites: tuple[str, ...]
    homes: int | None
    partner: str
    pair_people: float | None
    classes: tuple[int, int]


@dataclass(frozen=True, slots=True)
class DrawnSite:
    """A site on the map; ``single_point`` tells that its failure cuts other sites off."""

    number: int
    site_id: str
    name: str
    kind: str
    lon: float
    lat: float
    root: bool
    single_point: bool


@dataclass(frozen=True, slots=True)
class Ring:
    """Links of which any two cut: the ids, and the people whom the worst two of them take."""

    number: int
    links: tuple[str, ...]
    people: float
    share: float | None


@dataclass(frozen=True, slots=True, eq=False)
class NetworkMap:
    """The network as it is drawn.

    Attributes
    ----------
    network
        Where names and areas come from.
    facts
        ``name``, ``name_en``, ``timezone``, ``review_number`` of the project, ``created`` as a UTC
        time stamp and ``version`` of the program.
    links, sites, rings
        By number.
    """

    network: Network
    facts: Mapping[str, Any]
    links: tuple[DrawnLink, ...]
    sites: tuple[DrawnSite, ...]
    rings: tuple[Ring, ...]

    def link_numbers(self) -> dict[str, int]:
        """Return the number of every link by its id."""
        return {link.link_id: link.number for link in self.links}

    def site_numbers(self) -> dict[str, int]:
        """Return the number of every site by its id."""
        return {site.site_id: site.number for site in self.sites}


def _share(people: float, all_people: float) -> float | None:
    return people / all_people if all_people > 0 else None


def network_map(
    network: Network,
    singles: SingleFailures | None,
    *,
    facts: Mapping[str, Any],
    besides: Collection[str] = (),
) -> NetworkMap:
    """Return the map of a network.

    Parameters
    ----------
    singles
        What every single failure takes away; None where nothing says where service comes from.
    facts
        See :class:`NetworkMap`.
    besides
        Sites that are drawn although they are no room and no link ends there; only without
        ``singles``.
    """
    links, rings = _links(network, singles)
    return NetworkMap(network, facts, links, _sites(network, singles, besides), rings)


def _span_lines(network: Network) -> dict[str, BaseGeometry]:
    spans = network.spans
    if "geometry" not in spans.columns:
        return {}
    return {
        span: line
        for span, line in zip(spans["span_id"], spans["geometry"], strict=True)
        if line is not None and not line.is_empty
    }


def _links(
    network: Network, singles: SingleFailures | None
) -> tuple[tuple[DrawnLink, ...], tuple[Ring, ...]]:
    frame = network.links
    ids = list(frame["link_id"])
    rings: tuple[Ring, ...] = ()
    ring_of: dict[str, int] = {}
    partner: dict[str, tuple[str, float]] = {}
    sites_of: dict[str, tuple[str, ...]] = {}
    homes_of: dict[str, int | None] = {}
    total = 0.0
    if singles is not None:
        total = singles.served.people
        duals = dual_failures(singles)
        offset, edge, below = duals.classes.offset, duals.classes.edge, duals.classes.below
        found = [
            (float(below[start] - below[end - 1]), tuple(sorted(ids[n] for n in edge[start:end])))
            for start, end in pairwise(offset.tolist())
            if end - start > 1
        ]
        rings = tuple(
            Ring(number, members, people, _share(people, total))
            for number, (people, members) in enumerate(
                sorted(found, key=lambda ring: (-ring[0], ring[1])), start=1
            )
        )
        ring_of = {link: ring.number for ring in rings for link in ring.links}
        partner = {
            ids[n]: (ids[other], float(people))
            for n, (other, people) in enumerate(
                zip(duals.partner.tolist(), duals.partner_loss.tolist(), strict=True)
            )
            if other >= 0
        }
        worst = worst_links(singles, network, len(ids))
        sites_of = {failure.ids[0]: failure.sites for failure in worst}
        unknown = homes_of_links(network).unknown
        homes_of = {link: None if none else 0 for link, none in zip(ids, unknown, strict=True)}
        homes_of |= {failure.ids[0]: failure.homes for failure in worst}
    lines = _span_lines(network)
    drawn = []
    for number, row in enumerate(frame.to_dict("records")):
        link_id = row["link_id"]
        people = None if singles is None else float(singles.link_loss[number])
        share = None if people is None else _share(people, total)
        cut = sites_of.get(link_id, ())
        with_link, pair_people = partner.get(link_id, ("", None))
        alone = class_of(share, len(cut))
        both = class_of(_share(pair_people or 0.0, total), bool(with_link))
        wanted = split_ids(row["spans"])
        parts = tuple(lines[span] for span in dict.fromkeys(wanted) if span in lines)
        ends = [network.site(row[key]) for key in ("a_site", "b_site")]
        straight = shapely.LineString([(site.lon, site.lat) for site in ends])
        route: Route = "ring" if link_id in ring_of else "spur" if cut else "mesh"
        drawn.append(
            DrawnLink(
                number + 1, link_id, row["kind"], row["a_site"], row["b_site"],
                None if pd.isna(row["length_km"]) else float(row["length_km"]),
                parts or (straight,),
                bool(wanted) and all(span in lines for span in wanted),
                "unknown" if singles is None else route, ring_of.get(link_id, 0),
                people, share, cut, homes_of.get(link_id), with_link, pair_people, (alone, max(alone, both)),
            )
        )  # fmt: skip
    return tuple(drawn), rings


def _sites(
    network: Network, singles: SingleFailures | None, besides: Collection[str]
) -> tuple[DrawnSite, ...]:
    frame = network.sites
    points: set[str] = set()
    roots: set[str] = set()
    if singles is None:
        stands = frame["state"].isin(["built", "planned"]) & frame["kind"].isin(ROOMS)
        ends = set(network.links["a_site"]) | set(network.links["b_site"])
        wanted = ends | set(frame.loc[stands, "site_id"]) | set(besides)
    else:
        names = singles.served.graph.node_ids
        wanted = set(names)
        roots = {names[root] for root in singles.served.roots}
        # A site takes itself; what makes it a single point of failure are the others.
        points = {name for name, sites in zip(names, singles.site_sites, strict=True) if sites > 1}
    rows = frame[frame["site_id"].isin(wanted)].to_dict("records")
    return tuple(
        DrawnSite(
            number, row["site_id"], row["name"], row["kind"], row["lon"], row["lat"],
            row["site_id"] in roots, row["site_id"] in points,
        )
        for number, row in enumerate(rows, start=1)
    )  # fmt: skip
