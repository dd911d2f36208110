"""What connects the sites of a plan: fibre along the streets, or microwave where it is cheaper."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from pyproj import Transformer

from ..topology.errors import InputError
from ..topology.fibre.cost import CostModel, cost_model
from ..topology.fibre.microwave import Radio, dish_gain_dbi
from .backhaul import Mast
from .ground import Ground
from .plan_money import ROOM_KINDS
from .plan_stage import Stage
from .siting.backhaul_choice import ConnectedPlan
from .siting.backhaul_net import BackhaulNet, HopOffer, district_backhaul
from .siting.microwave_hops import hop_offers

__all__ = ["Connections", "PlannedHop", "SiteConnection", "connections_of", "ways_to_connect"]

_FREQ_GHZ, _DISH_M, _POWER_DBM, _THRESHOLD_DBM = 18.0, 0.3, 15.0, -65.0
_AVAILABILITY_PERCENT = 99.99
"""Of an average year: 53 minutes without the hop."""

_ROOM_MAST_M = 30.0
"""Antenna over the ground at a room whose table gives no height."""


@dataclass(frozen=True, slots=True)
class SiteConnection:
    """By what a site leaves for the rooms.

    Attributes
    ----------
    kind
        ``fibre``, ``microwave``, or ``connected``: it is connected already.
    to
        Site or room at the other end of the hop; "" for fibre.
    """

    site_id: str
    kind: str
    to: str


@dataclass(frozen=True, slots=True)
class PlannedHop:
    """A microwave hop of the plan, with what it costs."""

    a: str
    b: str
    cost: float


@dataclass(frozen=True, slots=True)
class Connections:
    """What connects the sites, and what that costs.

    Attributes
    ----------
    fibre_cost, microwave_cost
        What two sites share counts once.
    bound
        No way to connect these sites costs less (dual ascent).
    additive_bound
        Sum of what each site needs for itself and can share with no other, also no more than any
        way costs: it bounds the choice among all sites.
    hops_offered
        Hops that could be built: near enough for the rain, and free of the city.
    assumed
        What was assumed, a sentence each.
    """

    unit: str
    sites: tuple[SiteConnection, ...]
    hops: tuple[PlannedHop, ...]
    fibre_cost: float
    microwave_cost: float
    bound: float
    additive_bound: float
    hops_offered: int
    assumed: tuple[str, ...]

    @property
    def cost(self) -> float:
        """What all connections cost together."""
        return self.fibre_cost + self.microwave_cost


def _masts(ground: Ground, stage: Stage, rooms: Sequence[str]) -> list[Mast]:
    """Return the masts that stand on the surface: sites, then rooms."""
    masts = [Mast(s.site.site_id, s.x_m, s.y_m, s.height_m) for s in stage.where]
    to_metres = Transformer.from_crs("EPSG:4326", ground.settings.crs, always_xy=True)
    for room in rooms:
        site = ground.network.site(room)
        height_m = site.antenna_height_m if site.antenna_height_m else _ROOM_MAST_M
        masts.append(Mast(room, *to_metres.transform(site.lon, site.lat), height_m))
    assert ground.surface is not None  # noqa: S101 - asked before
    x, y = np.array([m.x_m for m in masts]), np.array([m.y_m for m in masts])
    inside = ground.surface.grid.pixel_of(x, y)[2]
    return [mast for mast, here in zip(masts, inside, strict=True) if here]


def _hops(stage: Stage, rooms: Sequence[str], costs: CostModel) -> tuple[HopOffer, ...]:
    ground = stage.ground
    if ground.surface is None:
        raise InputError(
            f"the propagation model {ground.model.name!r} knows no ground and no buildings, so that "
            "no microwave hop can be judged; use p1812, or leave out --microwave"
        )
    radio = Radio(_FREQ_GHZ, _POWER_DBM, dish_gain_dbi(_DISH_M, _FREQ_GHZ), _THRESHOLD_DBM)
    return hop_offers(
        ground.surface, _masts(ground, stage, rooms), radio,
        cost=costs.microwave_hop.value, availability_percent=_AVAILABILITY_PERCENT,
    )  # fmt: skip


def ways_to_connect(stage: Stage, *, microwave: bool) -> BackhaulNet:
    """Return all ways to connect the candidates of a plan.

    Parameters
    ----------
    microwave
        With hops beside the fibre, of the radio that ``ngbw microwave`` takes for granted.

    Raises
    ------
    InputError
        The project has no streets or no built rooms, or hops are asked for and the model knows no
        buildings.
    """
    network, settings = stage.ground.network, stage.ground.settings
    frame = network.sites
    built = (frame["state"] == "built") & frame["kind"].isin(ROOM_KINDS)
    rooms = [str(room) for room in frame.loc[built, "site_id"]]
    if not rooms or not len(network.streets):
        missing = "rooms that are built" if not rooms else "streets"
        raise InputError(
            f"the project has no {missing}, so that no fibre can be laid; import them, or leave "
            "out --connected"
        )
    costs = cost_model(settings.fibre)
    hops = _hops(stage, rooms, costs) if microwave else ()
    _, net = district_backhaul(
        network, settings.crs, costs, site_ids=stage.ids, connected=rooms, hops=hops
    )
    return net


def connections_of(stage: Stage, net: BackhaulNet, plan: ConnectedPlan) -> Connections:
    """Return what connects the sites of a plan."""
    costs = cost_model(stage.ground.settings.fibre)
    own = net.least_costs()[list(plan.sites)]
    assumed = list(costs.assumed)
    if net.hops:
        if costs.microwave_hop.assumed:
            figure = costs.microwave_hop
            assumed.append(f"microwave hop: {figure.value:,.0f} {costs.unit} ({figure.source})")
        assumed.append(
            f"hops at {_FREQ_GHZ:g} GHz, {_POWER_DBM:g} dBm, dishes of {_DISH_M:g} m, threshold "
            f"{_THRESHOLD_DBM:g} dBm, available {_AVAILABILITY_PERCENT:g} % of a year"
        )
    return Connections(
        costs.unit,
        tuple(
            SiteConnection(stage.ids[site], kind, to)
            for site, (kind, to) in zip(plan.sites, net.ways_of(plan.tree, plan.sites), strict=True)
        ),
        tuple(PlannedHop(hop.a, hop.b, hop.cost) for hop in plan.hops),
        plan.fibre_cost,
        plan.microwave_cost,
        max(0.0, plan.cost_bound - plan.site_cost),
        float(own[np.isfinite(own)].sum()),
        len(net.hops),
        tuple(assumed),
    )
