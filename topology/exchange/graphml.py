"""GraphML, as networkx, yEd, Gephi, igraph and the Topology Zoo write it.

Read are the nodes, edges and data of every graph of the file, with the types that its keys declare;
nested graphs, hyperedges and the drawings of yEd are left out and named. Written is the graph of
:meth:`ngbw.topology.network.Network.graph` by :func:`ngbw.topology.export.graphml`.

Source: GraphML 1.0, http://graphml.graphdrawing.org/specification.html.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..errors import FileError
from .documents import Element, read_xml
from .foreign_network import ForeignNetwork, NetworkRows
from .graph_attributes import Arc, add_edges, add_node

__all__ = ["read_graphml"]

_KINDS: dict[str, Callable[[str], Any]] = {
    "boolean": lambda text: text.lower() in ("true", "1"),
    "int": int,
    "integer": int,
    "long": int,
    "float": float,
    "double": float,
    "string": str,
}


class _Keys:
    """What the keys of a file mean, and their defaults."""

    def __init__(self, root: Element, name: str) -> None:
        self.name = name
        self.named: dict[str, tuple[str, str]] = {}
        self.defaults: dict[str, dict[str, Any]] = {"node": {}, "edge": {}, "graph": {}}
        for key in root.all("key"):
            key_id = key.attributes.get("id")
            if not key_id:
                raise FileError(f"{name}, {key.place}: a <key> must have an id")
            title = key.attributes.get("attr.name", "")
            kind = key.attributes.get("attr.type", "string")
            if not title and "yfiles.type" in key.attributes:
                continue  # how yEd draws it
            self.named[key_id] = (title or key_id, kind)
            default = key.first("default")
            if default is not None:
                domains = [key.attributes.get("for", "all")]
                for domain in self.defaults if domains == ["all"] else domains:
                    self.defaults.setdefault(domain, {})[title or key_id] = self._value(
                        default, kind
                    )

    def _value(self, element: Element, kind: str) -> Any:
        text = element.text.strip()
        if kind not in _KINDS:
            return text
        try:
            return _KINDS[kind](text) if text or kind == "string" else None
        except ValueError:
            raise FileError(
                f"{self.name}, {element.place}: {text[:40]!r} is not of the type {kind} that its "
                "key declares"
            ) from None

    def data(self, element: Element, domain: str) -> dict[str, Any]:
        """Return the attributes of a node, an edge or a graph."""
        values = dict(self.defaults.get(domain, {}))
        for data in element.all("data"):
            key = data.attributes.get("key", "")
            if key in self.named:
                title, kind = self.named[key]
                values[title] = self._value(data, kind)
        return {name: value for name, value in values.items() if value is not None}


def read_graphml(path: Path, *, crs: str | None = None) -> ForeignNetwork:
    """Read a GraphML file.

    Raises
    ------
    FileError
        It is not GraphML, or breaks a rule; the message says the line and column.
    """
    root = read_xml(path)
    if root.tag != "graphml":
        raise FileError(f"{path.name} is not GraphML: its first element is {root.tag[:40]!r}")
    rows = NetworkRows("graphml", "GraphML", path)
    keys = _Keys(root, path.name)
    graphs = root.all("graph")
    if not graphs:
        raise FileError(f"{path.name} holds no <graph>; export it again")
    if len(graphs) > 1:
        rows.note(f"the file holds {len(graphs)} graphs; the first was read")
    graph = graphs[0]
    about = keys.data(graph, "graph")
    rows.title = str(about.get("name") or about.get("Network") or "")
    directed = graph.attributes.get("edgedefault", "undirected") == "directed"
    for tag in ("hyperedge",):
        if graph.all(tag):
            rows.note(f"{len(graph.all(tag))} elements {tag} were left out: a link has two ends")
    for node in graph.all("node"):
        node_id = node.attributes.get("id")
        if node_id is None:
            raise FileError(f"{path.name}, {node.place}: a <node> must have an id")
        if node.first("graph") is not None:
            rows.note(f"the graph inside node {node_id[:40]!r} was left out")
        add_node(rows, node.place, node_id, keys.data(node, "node"))
    arcs = []
    taken: set[str] = set()
    for number, edge in enumerate(graph.all("edge")):
        a, b = edge.attributes.get("source"), edge.attributes.get("target")
        if a is None or b is None:
            raise FileError(f"{path.name}, {edge.place}: an <edge> must have source and target")
        attributes = keys.data(edge, "edge")
        own = attributes.get("link_id") or edge.attributes.get("id")
        if own is None or ("link_id" not in attributes and str(own) in taken):
            # networkx writes the number of a parallel edge as id, which repeats between pairs
            own = f"e{number}"
        taken.add(str(own))
        arcs.append(Arc(edge.place, str(own), a, b, attributes))
    add_edges(rows, arcs, directed=directed)
    return rows.finish(crs)
