"""What the attributes of a graph's nodes and edges mean: ours, Topology Zoo's, TopoHub's, others'.

A graph file names its attributes as it likes. Those named as our columns are taken as such; known
names of others are translated when their unit is known; the rest is kept beside under its own
name. A length without a unit is kept and not believed.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from ..formats.plain_values import as_text, plain
from ..references import split_ids
from ..tables import LINKS, SITES
from .foreign_network import NetworkRows

__all__ = ["ROW_PREFIX", "Arc", "add_edges", "add_node", "both_ways"]

ROW_PREFIX = "row_"
"""Stands before an attribute whose name a format needs for itself (``source`` of an edge)."""

_LON = ("lon", "longitude", "lng")
_LAT = ("lat", "latitude")
_NAME = ("name", "label", "title")
_SITE_ASSUMED = {"kind": "exchange", "state": "built"}
_LINK_ASSUMED = {"kind": "fibre"}


@dataclass(frozen=True, slots=True)
class Arc:
    """An edge of a file, in the direction in which it stands there."""

    place: str
    edge_id: str
    a: str
    b: str
    attributes: Mapping[str, Any]


def both_ways(arcs: Sequence[tuple[Any, Any]]) -> list[tuple[int, int | None]]:
    """Pair arcs that run in opposite directions between the same two ends.

    Returns
    -------
    list of pairs
        Number of an arc and of its way back, None when it has none; every arc stands in one pair.

    Examples
    --------
    >>> both_ways([("a", "b"), ("b", "c"), ("b", "a")])
    [(0, 2), (1, None)]
    """
    waiting: dict[tuple[Any, Any], deque[int]] = defaultdict(deque)
    back: dict[int, int | None] = {}
    for number, (a, b) in enumerate(arcs):
        if a != b and waiting[b, a]:
            back[waiting[b, a].popleft()] = number
        else:
            waiting[a, b].append(number)
            back[number] = None
    return list(back.items())


def _plain_text(value: object) -> str:
    try:
        return as_text(plain(value))
    except ValueError:
        return ""


def _first(attributes: Mapping[str, Any], names: Sequence[str]) -> str | None:
    """Return the attribute's own name for the first of the names that it has, in any case."""
    lower = {name.lower(): name for name in reversed(list(attributes))}
    return next((lower[name] for name in names if name in lower), None)


def _ours(
    table: Any, attributes: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """Return the attributes that are columns, those that are not, and words that are no choice."""
    values: dict[str, Any] = {}
    extra: dict[str, Any] = {}
    words: dict[str, Any] = {}
    for raw, value in attributes.items():
        name = raw.removeprefix(ROW_PREFIX)
        if name not in table:
            extra[name] = value
        elif table[name].choices and _plain_text(value) not in (*table[name].choices, ""):
            words[f"{name} (file)"] = value
        elif table[name].type == "ids":
            values[name] = split_ids(_plain_text(value))
        else:
            values[name] = value
    return values, extra, words


def add_node(rows: NetworkRows, place: str, node_id: str, attributes: Mapping[str, Any]) -> None:
    """Add a node of a graph as a site."""
    ours = "site_id" in attributes
    values, extra, words = _ours(SITES, attributes)
    for column, names in (("lon", _LON), ("lat", _LAT), ("name", _NAME)):
        theirs = _first(extra, names)
        if values.get(column) is None and theirs is not None:
            values[column] = extra.pop(theirs)
    position = extra.get("pos")
    if "lon" not in values and isinstance(position, list) and len(position) == 2:
        values["lon"], values["lat"] = position  # TopoHub: longitude, latitude
        extra.pop("pos")
    assumed = [] if ours else [name for name in _SITE_ASSUMED if name not in values]
    row = (values if ours else _SITE_ASSUMED | values) | {"site_id": node_id}
    rows.add("sites", place, row, assumed=assumed, extra=extra | words)


def _link_values(arc: Arc, dist_is_km: bool) -> tuple[dict[str, Any], list[str], dict[str, Any]]:
    """Return our columns of an edge, what is assumed, and the rest."""
    ours = "link_id" in arc.attributes
    values, extra, words = _ours(LINKS, arc.attributes)
    if dist_is_km and "length_km" not in values and "dist" in extra:
        values["length_km"] = extra.pop("dist")
    speed = _first(extra, ("linkspeedraw",))  # Topology Zoo, bit/s
    if speed is not None and "capacity_mbps" not in values:
        with suppress(TypeError, ValueError):
            values["capacity_mbps"] = float(extra[speed]) / 1e6
    assumed = [] if ours else [name for name in _LINK_ASSUMED if name not in values]
    return (values if ours else _LINK_ASSUMED | values), assumed, extra | words


def add_edges(
    rows: NetworkRows, arcs: Sequence[Arc], *, directed: bool, dist_is_km: bool = False
) -> None:
    """Add the edges of a graph as links; in a directed graph there and back are one link.

    Parameters
    ----------
    dist_is_km
        The attribute ``dist`` is a length in km, as TopoHub writes it.
    """
    pairs: list[tuple[int, int | None]] = [(number, None) for number in range(len(arcs))]
    if directed:
        pairs = both_ways([(arc.a, arc.b) for arc in arcs])
        merged = sum(back is not None for _, back in pairs)
        alone = len(pairs) - merged
        rows.note(
            f"the graph is directed: {merged} pairs of edges there and back became one link each, "
            f"{alone} edges run one way only and became links for both"
        )
    for number, back in pairs:
        arc = arcs[number]
        values, assumed, extra = _link_values(arc, dist_is_km)
        if back is not None and arcs[back].edge_id != arc.edge_id:
            extra = extra | {"reverse_id": arcs[back].edge_id}
        ends = {"link_id": arc.edge_id, "a_site": arc.a, "b_site": arc.b}
        rows.add("links", arc.place, values | ends, assumed=assumed, extra=extra)
