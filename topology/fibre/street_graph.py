"""The streets as a graph along which ducts can run, with sites attached to it.

Streets meet where their ends lie within a tolerance of each other, and where an end lies within
it of another street's middle; a crossing without a node (a bridge over a road) is no junction.
Lengths are metres of the line in the project's CRS, so that a wrong ``length_m`` in the table
cannot bend a plan. A site hangs on the nearest point of a street by a drop of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from pyproj import Transformer
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import KDTree
from shapely.geometry.base import BaseGeometry
from shapely.ops import substring

from ..compact_graph import CompactGraph, graph_from_edges
from ..errors import InputError

__all__ = ["DROP", "SNAP_M", "StreetGraph", "attach_points", "street_graph"]

SNAP_M = 2.0
"""Ends within so many metres of each other are one node: coordinates of 6 digits are 0.1 m."""

DROP = -1
"""What stands for the street of an edge that is a drop."""


@dataclass(frozen=True, slots=True, eq=False)
class StreetGraph:
    """Streets, or streets with sites, as a graph with lengths.

    Attributes
    ----------
    graph
        Nodes are junctions (``j0``, ``j1``, ...) and attached sites under their own ids. Edges
        are named after their street; a piece of one carries its number, ``YP-S0001#2``.
    crs
        Projected CRS of everything in metres.
    xy_m
        Position of the nodes, shape (nodes, 2).
    length_m
        Of each edge.
    line
        Number of the line in ``lines`` that an edge runs along; :data:`DROP` for a drop.
    from_m, to_m
        Where along its line an edge begins and ends.
    lines
        Streets in metres; one of several parts has a line for each.
    row
        Row of each line in the table ``streets``.
    street_ids, kinds, names
        By row of the table.
    component
        Number of the connected part of each node; 0 is the one with the most nodes.
    """

    graph: CompactGraph
    crs: str
    xy_m: NDArray[np.float64]
    length_m: NDArray[np.float64]
    line: NDArray[np.int32]
    from_m: NDArray[np.float64]
    to_m: NDArray[np.float64]
    lines: NDArray[np.object_]
    row: NDArray[np.int32]
    street_ids: tuple[str, ...]
    kinds: tuple[str, ...]
    names: tuple[str, ...]
    component: NDArray[np.int32]

    @property
    def street_row(self) -> NDArray[np.int32]:
        """Row of each edge's street in the table; :data:`DROP` for a drop."""
        padded = np.append(self.row, np.int32(DROP))
        return padded[self.line]

    def street_of(self, edge: int) -> str:
        """Return the id of an edge's street; empty for a drop."""
        row = int(self.street_row[edge])
        return "" if row == DROP else self.street_ids[row]

    def component_name(self, number: int) -> str:
        """Say which part of the streets is meant, by its size and a street in it."""
        inside = self.component == number
        of_edges = inside[self.graph.ends[:, 0]] & (self.line != DROP)
        count = int(np.count_nonzero(of_edges))
        if not count:
            return "a part without streets"
        row = int(self.street_row[int(of_edges.argmax())])
        street = self.street_ids[row]
        shown = f"{street} ({self.names[row]})" if self.names[row] else street
        return f"the part of {count} streets with {shown}"

    def shape_of(self, edge: int) -> BaseGeometry:
        """Return the line of an edge in metres."""
        if self.line[edge] == DROP:
            return shapely.LineString(self.xy_m[self.graph.ends[edge]])
        whole = cast("shapely.LineString", self.lines[self.line[edge]])
        if self.from_m[edge] <= 0.0 and self.to_m[edge] >= whole.length:
            return whole
        return cast("BaseGeometry", substring(whole, self.from_m[edge], self.to_m[edge]))


def _components(nodes: int, ends: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return the number of each node's connected part, the largest part first."""
    ones = np.ones(len(ends), np.int8)
    matrix = coo_array((ones, (ends[:, 0], ends[:, 1])), shape=(nodes, nodes))
    count, label = connected_components(matrix, directed=False)
    order = np.argsort(-np.bincount(label, minlength=count), kind="stable")
    rank = np.empty(count, np.int32)
    rank[order] = np.arange(count, dtype=np.int32)
    numbered: NDArray[np.int32] = rank[label]
    return numbered


def _snapped(points: NDArray[np.float64], snap_m: float) -> tuple[NDArray[np.int32], int]:
    """Give points within the tolerance of each other, or of a chain of such, one number."""
    pairs = KDTree(points).query_pairs(snap_m, output_type="ndarray")
    ones = np.ones(len(pairs), np.int8)
    matrix = coo_array((ones, (pairs[:, 0], pairs[:, 1])), shape=(len(points), len(points)))
    count, label = connected_components(matrix, directed=False)
    # Numbers follow the table's order, so that equal tables give equal graphs.
    _, first = np.unique(label, return_index=True)
    rank = np.empty(count, np.int32)
    rank[np.argsort(first, kind="stable")] = np.arange(count, dtype=np.int32)
    return rank[label], count


def _lines(streets: pd.DataFrame, crs: str) -> tuple[list[BaseGeometry], list[int]]:
    """Return the projected lines, one a part, and the table row of each."""
    to_metres = Transformer.from_crs("EPSG:4326", crs, always_xy=True)
    shapes: list[BaseGeometry] = []
    rows: list[int] = []
    geometry = streets["geometry"].tolist() if "geometry" in streets.columns else []
    for row, shape in enumerate(geometry):
        street_id = streets["street_id"].iloc[row]
        if shape is None or shape.is_empty:
            raise InputError(f"street {street_id!r} has no line; draw it or delete the row")
        for part in shapely.get_parts(shape):
            if part.geom_type != "LineString":
                raise InputError(f"street {street_id!r} is a {part.geom_type}; it must be a line")
            lon, lat = shapely.get_coordinates(part).T
            x_m, y_m = to_metres.transform(lon, lat)
            if not np.isfinite([*x_m, *y_m]).all():
                raise InputError(
                    f"street {street_id!r} lies outside {crs}; check its coordinates and the crs"
                )
            line = shapely.LineString(np.column_stack([x_m, y_m]))
            if line.length > 0:
                shapes.append(line)
                rows.append(row)
    if not shapes:
        raise InputError(
            "the table streets holds no street to lay fibre along; import it with: "
            "ngbw import PROJECT streets FILE"
        )
    return shapes, rows


def _t_junctions(
    lines: NDArray[np.object_], xy_m: NDArray[np.float64], ends: NDArray[np.int32], snap_m: float
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return pairs of node and line where a node lies on the middle of a line."""
    tree = shapely.STRtree(lines)
    node, line = tree.query(shapely.points(xy_m), predicate="dwithin", distance=snap_m)
    elsewhere = (ends[line] != node[:, None]).all(axis=1)
    node, line = node[elsewhere], line[elsewhere]
    along = shapely.line_locate_point(lines[line], shapely.points(xy_m[node]))
    length = shapely.length(lines[line])
    middle = (along > snap_m) & (along < length - snap_m)
    return node[middle], line[middle]


def _split(
    whole: StreetGraph,
    new_ids: Sequence[str],
    new_xy: NDArray[np.float64],
    edge: NDArray[np.int64],
    along_m: NDArray[np.float64],
    node: NDArray[np.int64],
) -> StreetGraph:
    """Cut edges at nodes: ``edge[i]`` at ``along_m[i]`` of its line by ``node[i]``."""
    graph = whole.graph
    order = np.lexsort((along_m, edge))
    edge, along_m, node = edge[order], along_m[order], node[order]
    cut = np.unique(edge)
    untouched = np.setdiff1d(np.arange(graph.edges), cut)
    ids = [graph.edge_ids[e] for e in untouched]
    pieces = np.searchsorted(edge, cut, side="right") - np.searchsorted(edge, cut, side="left") + 1
    parent = np.repeat(cut, pieces)
    # A cut edge with m nodes on it becomes m + 1 pieces: starts are its own and the nodes.
    first = np.cumsum(pieces) - pieces
    last = np.cumsum(pieces) - 1
    start_node = np.empty(len(parent), np.int64)
    end_node = np.empty(len(parent), np.int64)
    start_m = np.empty(len(parent))
    end_m = np.empty(len(parent))
    inner = np.ones(len(parent), bool)
    inner[first] = False
    start_node[first], start_m[first] = graph.ends[cut, 0], whole.from_m[cut]
    start_node[inner], start_m[inner] = node, along_m
    inner = np.ones(len(parent), bool)
    inner[last] = False
    end_node[last], end_m[last] = graph.ends[cut, 1], whole.to_m[cut]
    end_node[inner], end_m[inner] = node, along_m
    number = np.arange(len(parent)) - np.repeat(first, pieces)
    ids += [f"{graph.edge_ids[p]}#{n + 1}" for p, n in zip(parent, number, strict=True)]
    ends = np.concatenate([graph.ends[untouched], np.column_stack([start_node, end_node])])
    node_ids = [*graph.node_ids, *new_ids]
    built = graph_from_edges(node_ids, ids, ends)
    return StreetGraph(
        built,
        whole.crs,
        np.concatenate([whole.xy_m, new_xy]),
        np.concatenate([whole.length_m[untouched], end_m - start_m]),
        np.concatenate([whole.line[untouched], whole.line[parent]]),
        np.concatenate([whole.from_m[untouched], start_m]),
        np.concatenate([whole.to_m[untouched], end_m]),
        whole.lines,
        whole.row,
        whole.street_ids,
        whole.kinds,
        whole.names,
        _components(len(node_ids), built.ends),
    )


def street_graph(streets: pd.DataFrame, crs: str, *, snap_m: float = SNAP_M) -> StreetGraph:
    """Return the graph of the table ``streets``.

    Parameters
    ----------
    streets
        The checked table, lines in WGS-84.
    crs
        Projected CRS in metres.
    snap_m
        Ends that lie so close are one junction, metres.

    Raises
    ------
    InputError
        There is no street, or one has no line or lies outside the CRS.
    """
    if not 0.0 < snap_m <= 50.0:
        raise InputError(f"snap_m is {snap_m}; give metres above 0, at most 50")
    shapes, rows = _lines(streets, crs)
    lines = np.array(shapes, dtype=object)
    tips = np.concatenate(
        [
            shapely.get_coordinates(shapely.get_point(lines, 0)),
            shapely.get_coordinates(shapely.get_point(lines, -1)),
        ]
    )
    label, count = _snapped(tips, snap_m)
    total = np.bincount(label, minlength=count)
    xy_m = np.column_stack(
        [np.bincount(label, tips[:, axis], minlength=count) / total for axis in (0, 1)]
    )
    ends = label.reshape(2, -1).T.astype(np.int32)
    ids = [str(value) for value in streets["street_id"]]
    seen: dict[str, int] = {}
    edge_ids = []
    for row in rows:
        seen[ids[row]] = seen.get(ids[row], 0) + 1
        edge_ids.append(ids[row] if seen[ids[row]] == 1 else f"{ids[row]}/{seen[ids[row]]}")
    graph = graph_from_edges([f"j{n}" for n in range(count)], edge_ids, ends)
    length_m = shapely.length(lines)
    kinds = streets["kind"] if "kind" in streets.columns else [""] * len(ids)
    names = streets["name"] if "name" in streets.columns else [""] * len(ids)
    whole = StreetGraph(
        graph, crs, xy_m, length_m, np.arange(len(lines), dtype=np.int32),
        np.zeros(len(lines)), length_m.copy(), lines, np.array(rows, np.int32), tuple(ids),
        tuple(str(kind) for kind in kinds), tuple(str(name or "") for name in names),
        _components(count, graph.ends),
    )  # fmt: skip
    node, line = _t_junctions(lines, xy_m, graph.ends, snap_m)
    if not len(node):
        return whole
    along = shapely.line_locate_point(lines[line], shapely.points(xy_m[node]))
    return _split(whole, [], np.empty((0, 2)), line, along, node)


def attach_points(
    streets: StreetGraph, ids: Sequence[str], lon: Sequence[float], lat: Sequence[float]
) -> StreetGraph:
    """Return the graph with places hung on it: each by a drop to the nearest point of a street.

    Parameters
    ----------
    ids
        Names of the places; they become nodes.
    lon, lat
        Positions, WGS-84 degrees.

    Raises
    ------
    InputError
        A name is taken, or a position is no place in the CRS.
    """
    taken = set(streets.graph.node_ids)
    for name in ids:
        if name in taken:
            raise InputError(
                f"site {name!r} has the name of another site or of a junction of the streets; "
                "give it an id of its own"
            )
        taken.add(name)
    if not len(ids):
        return streets
    to_metres = Transformer.from_crs("EPSG:4326", streets.crs, always_xy=True)
    x_m, y_m = to_metres.transform(np.asarray(lon, float), np.asarray(lat, float))
    xy_m = np.column_stack([x_m, y_m])
    for name, place in zip(ids, xy_m, strict=True):
        if not np.isfinite(place).all():
            raise InputError(f"site {name!r} lies outside {streets.crs}; check lon and lat")
    points = shapely.points(xy_m)
    along_street = np.flatnonzero(streets.line != DROP)
    shapes = np.array([streets.shape_of(int(edge)) for edge in along_street], dtype=object)
    nearest = shapely.STRtree(shapes).nearest(points)
    edge = along_street[nearest]
    along_m = shapely.line_locate_point(shapes[nearest], points)
    foot_xy = shapely.get_coordinates(shapely.line_interpolate_point(shapes[nearest], along_m))
    along_m = along_m + streets.from_m[edge]
    nodes = streets.graph.nodes
    feet = nodes + np.arange(len(ids))
    split = _split(
        streets, [f"at {name}" for name in ids], foot_xy, edge, along_m, feet.astype(np.int64)
    )
    graph = split.graph
    drops = np.column_stack([feet, feet + len(ids)])
    node_ids = [*graph.node_ids, *ids]
    built = graph_from_edges(
        node_ids,
        [*graph.edge_ids, *(f"drop {name}" for name in ids)],
        np.concatenate([graph.ends, drops]),
    )
    drop_m = np.hypot(*(xy_m - foot_xy).T)
    none = np.full(len(ids), DROP, np.int32)
    return StreetGraph(
        built, split.crs, np.concatenate([split.xy_m, xy_m]),
        np.concatenate([split.length_m, drop_m]), np.concatenate([split.line, none]),
        np.concatenate([split.from_m, np.zeros(len(ids))]),
        np.concatenate([split.to_m, drop_m]), split.lines, split.row, split.street_ids,
        split.kinds, split.names, _components(len(node_ids), built.ends),
    )  # fmt: skip
