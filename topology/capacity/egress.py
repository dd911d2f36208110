"""What leaves the district: egress, and what is left of it after the worst failure.

Egress is the links with one end inside the district and one outside, by the position of their
sites. Two of them share a risk when they share a span, a room at either end, or a risk group that
is given; links that share risks, directly or through others, form a group. Two groups have nothing
in common that could take both.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import shapely

from ..network import Network
from ..references import split_ids

__all__ = ["Egress", "EgressGroup", "egress_of"]


@dataclass(frozen=True, slots=True)
class EgressGroup:
    """Egress links that could be lost together.

    Attributes
    ----------
    links
        Their ids.
    gbps
        What they carry together; None where a capacity is unknown.
    """

    links: tuple[str, ...]
    gbps: float | None


@dataclass(frozen=True, slots=True)
class Egress:
    """The egress of a district; rates are None where a capacity that matters is unknown.

    Attributes
    ----------
    links
        Ids of the links that cross the border.
    groups
        Risk-disjoint groups, largest first.
    total_gbps
        Of all links.
    after_worst_failure_gbps, worst_failure
        What is left after the loss of one link, span, room or given risk group that takes most,
        and its name.
    after_larger_group_gbps
        What is left after the loss of the largest group.
    """

    links: tuple[str, ...]
    groups: tuple[EgressGroup, ...]
    total_gbps: float | None
    after_worst_failure_gbps: float | None
    worst_failure: str
    after_larger_group_gbps: float | None


def _crossing(network: Network) -> list[dict[str, object]]:
    areas = network.areas
    district = areas[areas["kind"] == "district"]
    if district.empty or "geometry" not in district.columns:
        return []
    inside_of = shapely.union_all(district["geometry"].to_numpy())
    sites = network.sites
    points = shapely.points(sites["lon"].to_numpy(float), sites["lat"].to_numpy(float))
    within = np.asarray(shapely.covers(inside_of, points))
    inside = dict(zip(sites["site_id"], within, strict=True))
    return [
        {str(name): value for name, value in row.items()}
        for row in network.links.to_dict("records")
        if inside[row["a_site"]] != inside[row["b_site"]]
    ]


def _total(rates: Collection[float]) -> float | None:
    total = math.fsum(rates)
    return None if math.isnan(total) else total / 1000.0


def egress_of(network: Network, risk_groups: Mapping[str, Sequence[str]] | None = None) -> Egress:
    """Return the egress of a network's district.

    Parameters
    ----------
    risk_groups
        Name to ids of links, spans and sites that fail together, beside those in the tables.
    """
    rows = _crossing(network)
    rate = {str(row["link_id"]): float(str(row["capacity_mbps"])) for row in rows}
    risks: dict[str, set[str]] = {}
    given = {name: set(members) for name, members in (risk_groups or {}).items()}
    for row in rows:
        link = str(row["link_id"])
        things = {str(row["a_site"]), str(row["b_site"]), *split_ids(row["spans"])}
        for thing in things:
            risks.setdefault(thing, set()).add(link)
        risks.setdefault(link, set()).add(link)
        for name, members in given.items():
            if members & (things | {link}):
                risks.setdefault(name, set()).add(link)
    groups: list[set[str]] = []
    for together in risks.values():
        touching = [group for group in groups if group & together]
        groups = [group for group in groups if not group & together]
        groups.append(together.union(*touching))
    order = {link: number for number, link in enumerate(rate)}
    found = [
        EgressGroup(tuple(sorted(group, key=order.__getitem__)), _total([rate[n] for n in group]))
        for group in groups
    ]
    found.sort(key=lambda group: (-(group.gbps or 0.0), order[group.links[0]]))
    if not rows:
        return Egress((), (), None, None, "", None)
    total = _total(rate.values())
    if total is None:
        return Egress(tuple(rate), tuple(found), None, None, "", None)
    lost = {thing: math.fsum(rate[link] for link in links) for thing, links in risks.items()}
    worst = max(lost, key=lost.__getitem__)
    return Egress(
        tuple(rate),
        tuple(found),
        total,
        total - lost[worst] / 1000.0,
        worst,
        total - (found[0].gbps or 0.0),
    )
