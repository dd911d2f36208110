"""Hands tables and the network to other programs: GIS, spreadsheets, Google Earth, graph tools.

Tables go out in every format that :mod:`.files` reads, with coordinates of 0.1 m, and with a
report of what the format could not hold. The graph goes out as GraphML and as node-link JSON.
"""

from __future__ import annotations

import json
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import networkx as nx
import pandas as pd

from .errors import InputError
from .formats.kml import xml_text
from .formats.plain_values import Plain, as_text, kind_of, plain
from .formats.table_writing import write_frame
from .formats.whole_file import replacing
from .schema import Table

__all__ = ["COORDINATE_DECIMALS", "Export", "export_table", "graphml", "node_link"]

COORDINATE_DECIMALS = 6
"""Digits behind the point of exported degrees: 0.1 m, as RFC 7946 advises."""

_GRAPHML_TYPES = {"text": "string", "integer": "long", "number": "double", "boolean": "boolean"}


@dataclass(frozen=True, slots=True)
class Export:
    """What was written, and what the format changed.

    Attributes
    ----------
    renamed
        Column to the name it has in the file (a Shapefile has ten bytes for one).
    notes
        Other changes, for people.
    """

    path: Path
    rows: int
    renamed: Mapping[str, str]
    notes: tuple[str, ...]

    def to_dict(self) -> dict[str, object]:
        """Return the report as plain data for ``--json``."""
        return {
            "path": str(self.path),
            "rows": self.rows,
            "renamed": dict(self.renamed),
            "notes": list(self.notes),
        }


def export_table(frame: pd.DataFrame, path: Path, *, table: Table | None = None) -> Export:
    """Write a table for another program, in the format of the file name.

    Parameters
    ----------
    frame
        Rows in WGS-84.
    path
        Ends in .csv, .xlsx, .geojson, .gpkg, .shp, .kml, .kmz, .tab or .mif.
    table
        Orders the columns; a point table's ``lon`` and ``lat`` become its geometry.

    Raises
    ------
    UsageError
        The ending is unknown, or the format cannot hold such rows.
    InputError
        A value cannot be written.
    SurroundingsError
        The place cannot be written.
    """
    path = Path(path)
    written = write_frame(frame, path, table=table, decimals=COORDINATE_DECIMALS)
    return Export(path, written.rows, written.renamed, written.notes)


def _attributes(data: Mapping[Any, Any], what: str) -> dict[str, Plain]:
    """Return the attributes that have a value, as plain values."""
    attributes: dict[str, Plain] = {}
    for name, value in data.items():
        try:
            known = plain(value)
        except ValueError:
            raise InputError(
                f"{what}: {name} is infinite; a graph file holds finite numbers"
            ) from None
        if known is not None:
            attributes[str(name)] = known
    return attributes


def _id(value: Hashable) -> str:
    return as_text(plain(value))


def _nodes(graph: nx.Graph[Any]) -> list[tuple[str, dict[str, Plain]]]:
    nodes = [
        (_id(node), _attributes(data, f"node {node}")) for node, data in graph.nodes(data=True)
    ]
    if len({node for node, _ in nodes}) < len(nodes):
        raise InputError("two nodes of the graph have the same id as text; ids must differ")
    return nodes


def _edges(graph: nx.Graph[Any]) -> list[tuple[str, str, str, dict[str, Plain]]]:
    """Return the edges with a key; a plain graph's edges have the key 0."""
    if isinstance(graph, nx.MultiGraph):
        triples = [(a, b, key, data) for a, b, key, data in graph.edges(keys=True, data=True)]
    else:
        triples = [(a, b, 0, data) for a, b, data in graph.edges(data=True)]
    return [
        (_id(a), _id(b), _id(key), _attributes(data, f"edge {a}-{b}"))
        for a, b, key, data in triples
    ]


def _keys(rows: list[dict[str, Plain]], domain: str) -> tuple[dict[str, str], list[str]]:
    """Return the GraphML key of each attribute, and the lines that declare them."""
    values: dict[str, list[Plain]] = {}
    for row in rows:
        for name, value in row.items():
            values.setdefault(name, []).append(value)
    keys: dict[str, str] = {}
    lines = []
    for number, (name, column) in enumerate(values.items()):
        keys[name] = f"{domain[0]}{number}"
        lines.append(
            f'<key id="{keys[name]}" for="{domain}" attr.name="{xml_text(name)}" '
            f'attr.type="{_GRAPHML_TYPES[kind_of(column)]}"/>'
        )
    return keys, lines


def _data(attributes: Mapping[str, Plain], keys: Mapping[str, str]) -> str:
    return "".join(
        f'<data key="{keys[name]}">{xml_text(as_text(value))}</data>'
        for name, value in attributes.items()
    )


def graphml(graph: nx.Graph[Any], path: Path) -> None:
    """Write the graph as GraphML, which Gephi, yEd, igraph and networkx read.

    Attributes without a value are left out, lists become texts separated by ``;``, and each
    attribute has one type throughout.

    Raises
    ------
    InputError
        A number is infinite, or two nodes have one id.
    SurroundingsError
        The place cannot be written.
    """
    nodes, edges = _nodes(graph), _edges(graph)
    whole = _attributes(graph.graph, "graph")
    graph_keys, lines = _keys([whole], "graph")
    node_keys, node_lines = _keys([data for _, data in nodes], "node")
    edge_keys, edge_lines = _keys([data for *_, data in edges], "edge")
    direction = "directed" if graph.is_directed() else "undirected"
    text = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<graphml xmlns="http://graphml.graphdrawing.org/xmlns">',
        *lines,
        *node_lines,
        *edge_lines,
        f'<graph edgedefault="{direction}">{_data(whole, graph_keys)}',
        *(f'<node id="{xml_text(node)}">{_data(data, node_keys)}</node>' for node, data in nodes),
        *(
            f'<edge id="{xml_text(key)}" source="{xml_text(a)}" target="{xml_text(b)}">'
            f"{_data(data, edge_keys)}</edge>"
            for a, b, key, data in edges
        ),
        "</graph></graphml>\n",
    ]
    with replacing(Path(path)) as target:
        target.write_bytes("\n".join(text).encode("utf-8"))


_NODE_WORDS = ("id",)
_EDGE_WORDS = ("source", "target", "key")


def _beside(attributes: Mapping[str, Plain], words: tuple[str, ...]) -> dict[str, Plain]:
    """Return the attributes, those that are named as a word of the format under another name."""
    return {f"row_{name}" if name in words else name: v for name, v in attributes.items()}


def node_link(graph: nx.Graph[Any], path: Path) -> None:
    """Write the graph as node-link JSON, which networkx and d3 read.

    Read it back with ``networkx.node_link_graph(data, edges="edges")``. An attribute that is
    named as a word of the format is written with ``row_`` before it: the ``source`` of a link is
    where its facts come from, that of an edge is its first end.

    Raises
    ------
    InputError
        A number is infinite, or two nodes have one id.
    SurroundingsError
        The place cannot be written.
    """
    document = {
        "directed": graph.is_directed(),
        "multigraph": graph.is_multigraph(),
        "graph": _attributes(graph.graph, "graph"),
        "nodes": [{**_beside(data, _NODE_WORDS), "id": node} for node, data in _nodes(graph)],
        "edges": [
            {
                **_beside(data, _EDGE_WORDS),
                "source": a,
                "target": b,
                **({"key": key} if graph.is_multigraph() else {}),
            }
            for a, b, key, data in _edges(graph)
        ],
    }
    text = json.dumps(document, ensure_ascii=False, allow_nan=False, indent=1) + "\n"
    with replacing(Path(path)) as target:
        target.write_bytes(text.encode("utf-8"))
