"""Links that one event takes down together, and what that does.

A group is *given* by the column ``spans.risk_group``, or found in the geometry: a *corridor* is
ground under which several links run (:mod:`.corridors`), a *crossing* is a bridge or a tunnel
(:mod:`.crossings`). A link falls with its spans; where it names none, nobody knows where it runs,
and it is in no group.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from ..network import Network
from ..references import split_ids
from .outage import link_group_losses
from .served_graph import ServedGraph

__all__ = [
    "CableMap",
    "GroupFailure",
    "RiskGroup",
    "cable_map",
    "given_groups",
    "group_failures",
    "unplaced_links",
]

GroupKind = Literal["given", "corridor", "crossing"]


@dataclass(frozen=True, slots=True)
class RiskGroup:
    """Links that one event takes down together.

    Attributes
    ----------
    group_id
        ``KIND:`` and the group's given name, or the span that most of it lies in.
    kind
        ``given``, ``corridor`` or ``crossing``.
    name
        Street, bridge or river; "" where nothing names it.
    links, spans
        What is in it, in table order.
    length_m
        Metres of ground that the links share; None for a given group.
    lon, lat
        Where it is, WGS-84 degrees; None where nothing says.
    """

    group_id: str
    kind: GroupKind
    name: str
    links: tuple[str, ...]
    spans: tuple[str, ...]
    length_m: float | None
    lon: float | None
    lat: float | None


@dataclass(frozen=True, slots=True)
class GroupFailure:
    """What the failure of a group takes away.

    Attributes
    ----------
    people
        Residents who lose service.
    sites
        Number of sites cut off.
    """

    group: RiskGroup
    people: float
    sites: int


@dataclass(frozen=True, slots=True, eq=False)
class CableMap:
    """Spans that carry links, as lines in metres.

    Attributes
    ----------
    span_ids, links, street_ids, lines
        One entry a span: its id, the numbers of its links, its street (or ""), its line in the
        projected system.
    link_ids
        Name of each link number.
    streets
        ``street_id`` to the name on the sign, where there is one.
    crs
        The projected system.
    """

    span_ids: tuple[str, ...]
    links: tuple[frozenset[int], ...]
    street_ids: tuple[str, ...]
    lines: NDArray[np.object_]
    link_ids: tuple[str, ...]
    streets: Mapping[str, str]
    crs: str

    def street_names(self, spans: Iterable[int]) -> str:
        """Return the names of the streets of numbered spans, each once, in order."""
        names = [self.streets.get(self.street_ids[span], "") for span in spans]
        return ", ".join(dict.fromkeys(name for name in names if name))

    def degrees(self, point: BaseGeometry) -> tuple[float, float]:
        """Return longitude and latitude of a point in metres."""
        from pyproj import Transformer

        to_degrees = Transformer.from_crs(self.crs, "EPSG:4326", always_xy=True)
        lon, lat = to_degrees.transform(shapely.get_x(point), shapely.get_y(point))
        return round(float(lon), 6), round(float(lat), 6)

    def group(
        self,
        kind: GroupKind,
        name: str,
        *,
        links: Iterable[int],
        spans: Sequence[int],
        length_m: float,
        at: BaseGeometry,
    ) -> RiskGroup:
        """Return a group found in the geometry; the first span names it."""
        lon, lat = self.degrees(at)
        return RiskGroup(
            f"{kind}:{self.span_ids[spans[0]]}",
            kind,
            name,
            tuple(self.link_ids[link] for link in sorted(links)),
            tuple(self.span_ids[span] for span in sorted(spans)),
            length_m,
            lon,
            lat,
        )


def links_of_spans(links: pd.DataFrame) -> dict[str, list[int]]:
    """Return the numbers of the links that run through each span."""
    through: dict[str, list[int]] = defaultdict(list)
    for number, cell in enumerate(links["spans"]):
        for span in dict.fromkeys(split_ids(cell)):
            through[span].append(number)
    return through


def unplaced_links(network: Network) -> tuple[str, ...]:
    """Return the links that name no span, so that nobody knows where they run."""
    frame = network.links
    return tuple(i for i, cell in zip(frame["link_id"], frame["spans"], strict=True) if not cell)


def cable_map(network: Network, crs: str) -> CableMap:
    """Return where the links run, in metres of the projected system."""
    import geopandas as gpd

    through = links_of_spans(network.links)
    spans = network.spans
    if "geometry" not in spans.columns:
        spans = spans.assign(geometry=pd.Series(None, index=spans.index, dtype=object))
    used = spans["span_id"].isin(list(through)) & spans["geometry"].notna()
    spans = spans[used].reset_index(drop=True)
    lines = gpd.GeoSeries(spans["geometry"].tolist(), crs="EPSG:4326").to_crs(crs)
    streets = network.streets
    return CableMap(
        tuple(spans["span_id"]),
        tuple(frozenset(through[span]) for span in spans["span_id"]),
        tuple(spans["street_id"]),
        np.asarray(lines, object),
        tuple(network.links["link_id"]),
        dict(zip(streets["street_id"], streets["name"], strict=True)),
        crs,
    )


def given_groups(network: Network) -> list[RiskGroup]:
    """Return the groups that the column ``spans.risk_group`` gives, by name."""
    through = links_of_spans(network.links)
    spans: dict[str, list[str]] = defaultdict(list)
    frame = network.spans
    for span, cell in zip(frame["span_id"], frame["risk_group"], strict=True):
        for name in dict.fromkeys(split_ids(cell)):
            spans[name].append(span)
    link_ids = list(network.links["link_id"])
    out = []
    for name, members in sorted(spans.items()):
        fall = sorted({link for span in members for link in through.get(span, ())})
        links = tuple(link_ids[link] for link in fall)
        out.append(
            RiskGroup(f"given:{name}", "given", name, links, tuple(members), None, None, None)
        )
    return out


def group_failures(served: ServedGraph, groups: Sequence[RiskGroup]) -> list[GroupFailure]:
    """Return what each group takes away alone, the worst first.

    Groups that take away equally much stand by the number of links they cut, then by id.
    """
    number = {name: n for n, name in enumerate(served.graph.edge_ids[: served.links])}
    failed = [np.array([number[link] for link in group.links], np.int32) for group in groups]
    people, sites = link_group_losses(served, failed)
    found = [
        GroupFailure(group, float(p), int(s))
        for group, p, s in zip(groups, people, sites, strict=True)
    ]
    return sorted(found, key=lambda f: (-f.people, -f.sites, -len(f.group.links), f.group.group_id))
