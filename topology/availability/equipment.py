"""What stands at every site and along every link, and how often it is away.

Built and planned sites that a link reaches are nodes, links are edges. A site fails with its
power, its air-conditioning and every device that a link ends at; what no link ends at serves the
site's own customers only (an OLT beside the router) and does not stop what passes through. A link
fails with the equipment at its two ends and the cable between them, by the kilometre. A span that
several links run through fails for all of them at once: it is a risk group, not a part of each.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..capacity.served_people import linked_graph, root_numbers
from ..compact_graph import CompactGraph
from ..errors import InputError
from ..network import Network
from ..references import split_ids
from ..settings import nearest
from .components import COMPONENTS, NO_CLASS_OTHER, Component
from .failure_model import FailureModel, RiskGroup

__all__ = [
    "AT_EVERY_SITE",
    "NamedGroup",
    "SiteEquipment",
    "equipment_of",
    "failure_model_of",
    "power_areas",
]

AT_EVERY_SITE = ("power", "air_conditioning")
"""Components that stand at every site with a device of the network."""

_ROLE = {
    "backbone": "router",
    "access": "olt",
    "idc": "switch",
    "radio": "radio_unit",
    "cpe": "onu",
}
_SITE_KIND = {
    "headend": "router",
    "exchange": "router",
    "idc": "switch",
    "olt": "olt",
    "ngb-w": "radio_unit",
    "base-station": "radio_unit",
    "wifi": "access_point",
    "building": "onu",
}
_LINK_ENDS = {
    "fibre": ("transceiver", "transceiver"),
    "ethernet": ("transceiver", "transceiver"),
    "microwave": ("microwave", "microwave", "rain"),
    "pon": ("transceiver", "splitter", "onu"),
    "hfc": ("transceiver", "transceiver"),
}
_LINK_KM = {"fibre": "cable", "ethernet": "cable", "pon": "cable", "hfc": "hfc_amplifier"}


@dataclass(frozen=True, slots=True)
class NamedGroup:
    """Sites and links that one event takes down together, by name.

    Attributes
    ----------
    name
        What people call it.
    members
        Ids of sites, links and spans.
    component
        Class whose unavailability the event has.
    """

    name: str
    members: tuple[str, ...]
    component: str


@dataclass(frozen=True, slots=True)
class SiteEquipment:
    """Classes of what stands at a site: what all traffic needs, and what only its own needs."""

    passing: tuple[str, ...]
    own: tuple[str, ...]


def _class_of(role: str, model: str, components: Mapping[str, Component]) -> str:
    """Return the class of a device: its model's where the table has it, else its role's."""
    if model.casefold() in components:
        return model.casefold()
    return _ROLE.get(role, NO_CLASS_OTHER)


def equipment_of(
    network: Network, components: Mapping[str, Component] = COMPONENTS
) -> dict[str, SiteEquipment]:
    """Return what stands at every site that has a link.

    A device's class is its model where the component table has a class of that name, else what
    its role usually is. A site without devices has what its kind usually has.
    """
    links = network.links
    linked_sites = dict.fromkeys([*links["a_site"], *links["b_site"]])
    ports = {port for column in ("a_port", "b_port") for port in links[column] if port}
    owner = dict(zip(network.ports["port_id"], network.ports["device_id"], strict=True))
    passing_devices = {owner[port] for port in ports}
    devices: dict[str, list[tuple[str, bool]]] = {}
    for row in network.devices.to_dict("records"):
        kind = _class_of(str(row["role"]), str(row["model"]), components)
        here = devices.setdefault(str(row["site_id"]), [])
        here.append((kind, row["device_id"] in passing_devices))
    kinds = dict(zip(network.sites["site_id"], network.sites["kind"], strict=True))
    found: dict[str, SiteEquipment] = {}
    for site in linked_sites:
        here = devices.get(site) or [(_SITE_KIND[kinds[site]], True)]
        # Where no port is recorded, nobody knows which device the links end at: all of them then.
        known = any(passes for _, passes in here)
        found[site] = SiteEquipment(
            AT_EVERY_SITE + tuple(kind for kind, passes in here if passes or not known),
            tuple(kind for kind, passes in here if known and not passes),
        )
    return found


def power_areas(network: Network, *, component: str = "power_area") -> tuple[NamedGroup, ...]:
    """Return one risk group for the sites of each subdistrict, as if it had one power feeder."""
    groups: dict[str, list[str]] = {}
    links = network.links
    linked = {*links["a_site"], *links["b_site"]}
    for site, area in zip(network.sites["site_id"], network.sites["area_id"], strict=True):
        if area and site in linked:
            groups.setdefault(area, []).append(site)
    return tuple(NamedGroup(f"power {a}", tuple(s), component) for a, s in groups.items())


def _in_series(shares: Iterable[float]) -> float:
    """Return the unavailability of independent things that all must work; NaN if one is unknown."""
    up = 0.0
    for share in shares:
        if share >= 1.0:
            return 1.0
        up += math.log1p(-share)
    return -math.expm1(up)


class _Shares:
    """Looks up how often a class is away."""

    def __init__(self, components: Mapping[str, Component]) -> None:
        self._components = components
        self.unknown: dict[str, None] = {}

    def _component(self, name: str) -> Component:
        return self._components.get(name, Component(name, None))

    def one(self, name: str) -> float:
        share = self._component(name).over(1.0)
        if math.isnan(share):
            self.unknown[name] = None
        return share

    def over(self, name: str, length_km: float) -> float:
        if length_km == 0.0:
            return 0.0
        share = self._component(name).over(length_km)
        if math.isnan(share):
            self.unknown[name if math.isfinite(length_km) else f"length of a {name}"] = None
        return share


@dataclass(frozen=True, slots=True)
class _Cable:
    """Spans of every link, and their unavailability."""

    share: dict[str, float]
    length_km: dict[str, float]
    links: dict[str, list[int]]


def _cables(network: Network, shares: _Shares) -> _Cable:
    share: dict[str, float] = {}
    length_km: dict[str, float] = {}
    users: dict[str, list[int]] = {}
    for number, cell in enumerate(network.links["spans"]):
        for span in dict.fromkeys(split_ids(cell)):
            users.setdefault(span, []).append(number)
    spans = network.spans
    for span, kind, length_m in zip(
        spans["span_id"], spans["kind"], spans["length_m"].astype(float), strict=True
    ):
        if span in users:
            length_km[span] = length_m / 1000.0
            share[span] = shares.over(f"cable_{kind}", length_km[span])
    return _Cable(share, length_km, users)


def _link_share(
    kind: str, length_km: float, spans: Sequence[str], cable: _Cable, shares: _Shares
) -> float:
    """Return how often a link is away by itself, without the spans that it shares."""
    parts = [shares.one(name) for name in _LINK_ENDS[kind]]
    if kind not in _LINK_KM:
        return _in_series(parts)
    if spans:
        parts += [cable.share[span] for span in spans if len(cable.links[span]) == 1]
        # What the link is longer than its spans lies in cable that no span records.
        rest_km = length_km - sum(cable.length_km[span] for span in spans)
        if rest_km > 0.001 * len(spans):
            parts.append(shares.over(_LINK_KM[kind], rest_km))
    else:
        parts.append(shares.over(_LINK_KM[kind], length_km))
    return _in_series(parts)


def _shared_spans(cable: _Cable) -> list[RiskGroup]:
    """Return one group for all spans that the same links share."""
    together: dict[tuple[int, ...], list[str]] = {}
    for span, links in cable.links.items():
        if len(links) > 1:
            together.setdefault(tuple(links), []).append(span)
    return [
        RiskGroup(
            f"{spans[0]}{f' and {len(spans) - 1} more' if len(spans) > 1 else ''}",
            _in_series(cable.share[span] for span in spans),
            (),
            links,
        )
        for links, spans in together.items()
    ]


def failure_model_of(
    network: Network,
    roots: Sequence[str],
    *,
    weight: Mapping[str, float] | None = None,
    components: Mapping[str, Component] = COMPONENTS,
    groups: Sequence[NamedGroup] = (),
) -> tuple[FailureModel, tuple[str, ...]]:
    """Return what can fail in a network, and the classes that are unknown.

    Parameters
    ----------
    roots
        Sites where service comes from.
    weight
        What each site is worth; 0 where it is not named.
    components
        How often each class of equipment is away.
    groups
        What fails together beside shared spans: feeders, streets, buildings.

    Raises
    ------
    InputError
        A root has no link, or a group names what is not there.
    """
    shares = _Shares(components)
    graph = linked_graph(network)
    node = {site: number for number, site in enumerate(graph.node_ids)}
    at = root_numbers(graph, roots)
    equipment = equipment_of(network, components)
    passing = [_in_series(map(shares.one, equipment[s].passing)) for s in graph.node_ids]
    own = [_in_series(map(shares.one, equipment[s].own)) for s in graph.node_ids]
    cable = _cables(network, shares)
    links = network.links
    edges = [
        _link_share(kind, length_km, tuple(dict.fromkeys(split_ids(spans))), cable, shares)
        for kind, length_km, spans in zip(
            links["kind"], links["length_km"].astype(float), links["spans"], strict=True
        )
    ]
    named = [_numbered(group, node, graph, cable, shares) for group in groups]
    model = FailureModel(
        graph,
        at,
        np.array([(weight or {}).get(site, 0.0) for site in graph.node_ids], np.float64),
        _array(passing),
        _array(edges),
        _array(own),
        (*_shared_spans(cable), *named),
    )
    return model, tuple(shares.unknown)


def _array(values: Sequence[float]) -> NDArray[np.float64]:
    return np.array(values, np.float64)


def _numbered(
    group: NamedGroup,
    node: Mapping[str, int],
    graph: CompactGraph,
    cable: _Cable,
    shares: _Shares,
) -> RiskGroup:
    """Return a named group by numbers; a span stands for the links through it."""
    edge = {link: number for number, link in enumerate(graph.edge_ids)}
    nodes: list[int] = []
    edges: list[int] = []
    for member in group.members:
        if member in node:
            nodes.append(node[member])
        elif member in edge:
            edges.append(edge[member])
        elif member in cable.links:
            edges += cable.links[member]
        else:
            raise InputError(
                f"risk group {group.name!r} names {member!r}, which is no linked site, link or "
                f"span{nearest(member, [*node, *edge, *cable.links])}"
            )
    return RiskGroup(group.name, shares.one(group.component), tuple(nodes), tuple(edges))
