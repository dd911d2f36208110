"""Node-link JSON, as networkx and d3 write it; TopoHub and its Topology Zoo are such files.

TopoHub adds positions (``pos``), lengths in km (``dist``), demands and published statistics
(``graph.stats``); these are read as what they are. Written is the graph of
:meth:`ngbw.topology.network.Network.graph` by :func:`ngbw.topology.export.node_link`.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..errors import FileError
from ..formats.plain_values import as_text, plain
from .documents import items, read_json
from .foreign_network import ForeignNetwork, NetworkRows
from .graph_attributes import Arc, add_edges, add_node

__all__ = ["read_node_link"]


def _end(rows: NetworkRows, place: str, edge: Mapping[str, Any], name: str) -> str:
    value = edge.get(name)
    if isinstance(value, Mapping):  # d3 after its layout puts the node itself there
        value = value.get("id")
    if value is None or isinstance(value, (list, bool, dict)):
        raise FileError(f"{rows.name}, {place}.{name} must be the id of a node")
    return as_text(plain(value))


def _traffic(rows: NetworkRows, demands: object) -> None:
    if not isinstance(demands, Mapping):
        return
    for a, ends in demands.items():
        if not isinstance(ends, Mapping):
            raise FileError(f"{rows.name}, $.graph.demands.{a} must be an object")
        for b, value in ends.items():
            rows.add_traffic(f"$.graph.demands.{a}.{b}", f"{a}-{b}", str(a), str(b), value)


def read_node_link(path: Path, *, crs: str | None = None) -> ForeignNetwork:
    """Read a node-link JSON file.

    Raises
    ------
    FileError
        It is not such a file, or breaks a rule; the message says the JSON path.
    """
    document = read_json(path, "node-link JSON")
    edges = "links" if isinstance(document, dict) and "links" in document else "edges"
    if not isinstance(document, dict) or "nodes" not in document or edges not in document:
        raise FileError(
            f'{path.name} is not node-link JSON: it must be an object with "nodes" and "edges" '
            '(or "links")'
        )
    about = document.get("graph") or {}
    if not isinstance(about, Mapping):
        raise FileError(f"{path.name}, $.graph must be an object")
    stats = about.get("stats")
    topohub = isinstance(stats, Mapping) and "diameter_hops" in stats
    rows = NetworkRows("node-link", "TopoHub" if topohub else "node-link JSON", path)
    rows.title = str(about.get("name") or "")
    for place, node in items(document, "nodes", "$", path.name):
        attributes = {str(name): value for name, value in node.items() if name != "id"}
        node_id = node.get("id", node.get("name"))
        if node_id is None or isinstance(node_id, (list, dict, bool)):
            raise FileError(f"{path.name}, {place}.id must be a text or a number")
        add_node(rows, place, as_text(plain(node_id)), attributes)
    arcs = []
    for number, (place, edge) in enumerate(items(document, edges, "$", path.name)):
        attributes = {
            str(name): value
            for name, value in edge.items()
            if name not in ("source", "target", "key")
        }
        a, b = _end(rows, place, edge, "source"), _end(rows, place, edge, "target")
        own = attributes.get("link_id", attributes.pop("id", None))
        arcs.append(Arc(place, f"e{number}" if own is None else str(own), a, b, attributes))
    add_edges(rows, arcs, directed=bool(document.get("directed")), dist_is_km=topohub)
    _traffic(rows, about.get("demands"))
    return rows.finish(crs)
