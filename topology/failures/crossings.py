"""Bridges and tunnels that carry links, by the name of the street and of the water under it.

A crossing is where a span passes through an area of kind ``water``, or where its table or its
street says bridge or tunnel. Spans that cross within ``apart_m`` of each other are one crossing: two
cables on one bridge, each drawn along its own kerb. One link makes a crossing too: no other ground
is as hard to get to when a cable fails there.
"""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from shapely.geometry.base import BaseGeometry

from ..network import Network
from .risk_groups import CableMap, RiskGroup

__all__ = ["crossings"]

_IN_WATER_M = 5.0
"""A line that touches water for less was drawn along the bank and crosses nothing."""

_BUILT = ("bridge", "tunnel")


def _waters(network: Network, crs: str) -> list[tuple[str, BaseGeometry]]:
    import geopandas as gpd

    areas = network.areas
    if "geometry" not in areas.columns:
        return []
    water = areas[(areas["kind"] == "water") & areas["geometry"].notna()]
    shapes = gpd.GeoSeries(water["geometry"].tolist(), crs="EPSG:4326").to_crs(crs)
    return list(zip(water["name"], shapes, strict=True))


def crossings(network: Network, cables: CableMap, *, apart_m: float = 30.0) -> list[RiskGroup]:
    """Return the crossings of water, the one with most links first.

    Parameters
    ----------
    apart_m
        Spans that cross no farther apart are on one bridge or in one tunnel.
    """
    where: list[BaseGeometry] = []
    span_at: list[int] = []
    water_at: list[str] = []
    for name, shape in _waters(network, cables.crs):
        shapely.prepare(shape)
        for span in np.flatnonzero(shapely.intersects(cables.lines, shape)):
            wet = shapely.intersection(cables.lines[span], shape)
            for part in np.atleast_1d(shapely.get_parts(wet)):
                if shapely.length(part) >= _IN_WATER_M:
                    where.append(part)
                    span_at.append(int(span))
                    water_at.append(name)
    kind_of_span = dict(zip(network.spans["span_id"], network.spans["kind"], strict=True))
    kind_of_street = dict(zip(network.streets["street_id"], network.streets["kind"], strict=True))
    wet_spans = set(span_at)
    for number, span_id in enumerate(cables.span_ids):
        built = kind_of_span[span_id], kind_of_street.get(cables.street_ids[number], "")
        if number not in wet_spans and set(built) & set(_BUILT):
            where.append(cables.lines[number])
            span_at.append(number)
            water_at.append("")
    groups = defaultdict(list)
    for part, label in enumerate(_joined(np.array(where, object), apart_m)):
        groups[int(label)].append(part)
    found = []
    for parts in groups.values():
        spans = list(dict.fromkeys(span_at[part] for part in parts))
        rivers = dict.fromkeys(water_at[part] for part in parts if water_at[part])
        name = " / ".join(filter(None, [cables.street_names(spans), ", ".join(rivers)]))
        longest = max(parts, key=lambda part: shapely.length(where[part]))
        found.append(
            cables.group(
                "crossing",
                name,
                links={link for span in spans for link in cables.links[span]},
                spans=spans,
                length_m=round(float(shapely.length(where[longest])), 1),
                at=where[longest].interpolate(0.5, normalized=True),
            )
        )
    return sorted(found, key=lambda g: (-len(g.links), g.group_id))


def _joined(where: NDArray[np.object_], apart_m: float) -> NDArray[np.int32]:
    """Return the number of each line's cluster, in which neighbours lie within ``apart_m``."""
    if not len(where):
        return np.zeros(0, np.int32)
    one, other = shapely.STRtree(where).query(where, predicate="dwithin", distance=apart_m)
    near = coo_array((np.ones(len(one)), (one, other)), shape=(len(where),) * 2)
    return np.asarray(connected_components(near, directed=False)[1], np.int32)
