"""A street network for Yangpu: the well-known streets, and a jittered lattice between them.

There is no open street map of the district to carry along, so that the local streets are made up:
each subdistrict has a lattice turned its own way, and neighbouring nodes are joined when no other
node lies near their connection (a planar graph, somewhat sparser than Gabriel's). What does not
hang together with the rest is left out. Streets do not cross water except on a named bridge or in
a named tunnel.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import networkx as nx
import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from .yangpu_chance import share_of
from .yangpu_main_streets import JUNCTIONS, MAIN_STREETS
from .yangpu_outline import PARKS, SUBDISTRICTS, borders, district, projected, rivers, unprojected

__all__ = ["Street", "streets", "table_rows"]

_LATTICE_M = 360.0
_JITTER_M = 60.0
_FROM_MAIN_M = 170.0
_FROM_NODE_M = 210.0
_FROM_WATER_M = 60.0
_LONGEST_M = 800.0
_APART = 1.3
"""Two nodes are joined unless a third has squared distances to both of less than this multiple of
theirs: 1 is the Gabriel graph, in which a lattice keeps diagonals; 2 would break the lattice."""
_PIECE_M = 450.0
"""Main streets are cut into pieces of at most this length, so that local streets meet them."""

Point = tuple[float, float]
Row = dict[str, str | int | float | None]


@dataclass(frozen=True, slots=True)
class Street:
    """A straight piece of street between two nodes, in metres of the projected CRS."""

    street_id: str
    name: str
    kind: str
    a: Point
    b: Point

    @property
    def length_m(self) -> float:
        """Distance between the ends."""
        return math.dist(self.a, self.b)


def _main_pieces() -> list[tuple[str, str, Point, Point]]:
    """Return name, kind and ends of every piece of the well-known streets."""
    corners = shapely.get_coordinates(projected(shapely.MultiPoint(list(JUNCTIONS.values()))))
    at = {name: (float(x), float(y)) for name, (x, y) in zip(JUNCTIONS, corners, strict=True)}
    pieces = []
    for street in MAIN_STREETS:
        for start, end in pairwise(street.junctions):
            (x0, y0), (x1, y1) = at[start], at[end]
            whole = street.kind in ("bridge", "tunnel")
            count = 1 if whole else math.ceil(math.dist(at[start], at[end]) / _PIECE_M)
            # Ends are the junctions themselves, not sums that differ from them in the last digit.
            between = [
                (x0 + (x1 - x0) * k / count, y0 + (y1 - y0) * k / count) for k in range(1, count)
            ]
            chain = [at[start], *between, at[end]]
            pieces += [(street.name, street.kind, a, b) for a, b in pairwise(chain)]
    return pieces


def _lattice(main: BaseGeometry, closed: BaseGeometry) -> list[Point]:
    """Return the nodes of the local streets, away from main streets, water and each other."""
    nodes: list[Point] = []
    room = shapely.difference(projected(district()), shapely.buffer(main, _FROM_MAIN_M))
    room = shapely.difference(room, shapely.buffer(closed, _FROM_WATER_M))
    shapely.prepare(room)
    for one in SUBDISTRICTS:
        border = projected(borders()[one.area_id])
        angle = math.radians(60 * share_of(f"angle:{one.area_id}") - 30)
        centre = border.centroid
        reach = math.ceil(math.dist(border.bounds[:2], border.bounds[2:]) / _LATTICE_M)
        for i in range(-reach, reach + 1):
            for j in range(-reach, reach + 1):
                name = f"{one.area_id}:{i}:{j}"
                u = i * _LATTICE_M + _JITTER_M * (2 * share_of(f"u:{name}") - 1)
                v = j * _LATTICE_M + _JITTER_M * (2 * share_of(f"v:{name}") - 1)
                x = centre.x + u * math.cos(angle) - v * math.sin(angle)
                y = centre.y + u * math.sin(angle) + v * math.cos(angle)
                spot = shapely.Point(x, y)
                if not (border.contains(spot) and room.contains(spot)):
                    continue
                if all(math.dist((x, y), other) >= _FROM_NODE_M for other in nodes):
                    nodes.append((x, y))
    return nodes


def _neighbours(nodes: list[Point]) -> list[tuple[int, int]]:
    """Return the pairs of nodes with no other node near their connection."""
    xy: NDArray[np.float64] = np.asarray(nodes, dtype=np.float64)
    square = ((xy[:, None, :] - xy[None, :, :]) ** 2).sum(axis=2)
    pairs = []
    for i in range(len(nodes)):
        for j in np.flatnonzero(square[i, i + 1 :] < _LONGEST_M**2) + i + 1:
            through = square[i] + square[j]
            through[[i, j]] = np.inf
            if through.min() > _APART * square[i, j]:
                pairs.append((i, int(j)))
    return pairs


def streets() -> list[Street]:
    """Return every piece of street; together they are one connected network."""
    main = _main_pieces()
    water = projected(shapely.union_all(list(rivers().values())))
    parks = projected(shapely.union_all([shapely.Polygon(ring) for *_, ring in PARKS]))
    closed = shapely.union(water, parks)
    lines = [shapely.LineString([a, b]) for _, _, a, b in main]
    main_line = shapely.union_all(lines)
    nodes = list(dict.fromkeys(point for _, _, a, b in main for point in (a, b)))
    nodes += _lattice(main_line, closed)
    taken = {frozenset((a, b)) for _, _, a, b in main}
    inside = shapely.buffer(projected(district()), 30)
    tree = shapely.STRtree(lines)
    pieces = list(main)
    for i, j in _neighbours(nodes):
        a, b = nodes[i], nodes[j]
        line = shapely.LineString([a, b])
        if frozenset((a, b)) in taken or line.intersects(closed) or not inside.contains(line):
            continue
        hit = [lines[k] for k in tree.query(line)]
        if any(line.crosses(other) and not line.touches(other) for other in hit):
            continue
        pieces.append(("", "local", a, b))
    graph: nx.Graph[Point] = nx.Graph()
    graph.add_edges_from((a, b) for _, _, a, b in pieces)
    reached = max(nx.connected_components(graph), key=len)
    kept = [piece for piece in pieces if piece[2] in reached]
    # Numbered from north to south, so that an id says roughly where to look.
    kept.sort(key=lambda piece: (-(piece[2][1] + piece[3][1]), piece[2][0] + piece[3][0]))
    return [
        Street(f"YP-S{number:04d}", name, kind, a, b)
        for number, (name, kind, a, b) in enumerate(kept, start=1)
    ]


def table_rows(network: list[Street]) -> tuple[list[Row], list[BaseGeometry]]:
    """Return the rows of the table ``streets`` and their lines in degrees."""
    rows: list[Row] = []
    lines: list[BaseGeometry] = []
    for street in network:
        named = bool(street.name)
        rows.append(
            {
                "street_id": street.street_id,
                "name": street.name or None,
                "kind": street.kind,
                "length_m": round(street.length_m, 1),
                "source": "general knowledge" if named else "generated",
                "assumed": "geometry length_m" if named else "*",
            }
        )
        lines.append(unprojected(shapely.LineString([street.a, street.b])))
    return rows, lines
