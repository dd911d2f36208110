"""What sites and fibre of a plan cost, and what of that is assumed or unknown."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..topology.errors import InputError
from ..topology.fibre.cost import cost_model
from ..topology.fibre.routes import plan_routes, sited_streets
from ..topology.network import Network
from ..topology.settings import Settings
from .transmitters import Station

__all__ = ["ROOM_KINDS", "FibreCost", "PlanCost", "fibre_cost", "plan_cost", "site_costs"]

ROOM_KINDS = ("olt", "headend", "idc")
"""Kinds of site that a new site can be connected to, where one is built."""


@dataclass(frozen=True, slots=True)
class FibreCost:
    """Fibre from the plan's sites to the nearest rooms along the streets.

    Attributes
    ----------
    length_km, cost
        Of the routes; what two sites share counts once.
    bound
        No routes cost less.
    unreachable
        Sites to which no street leads.
    """

    length_km: float
    cost: float
    bound: float
    unreachable: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PlanCost:
    """What a plan costs.

    Attributes
    ----------
    unit
        Of money.
    sites
        Cost of the sites with a known one; None where none is known.
    known_sites, unknown_sites
        How many sites are in the sum, and how many have no cost.
    assumed
        Whether the sum rests on an assumed figure.
    basis
        What it rests on, a sentence each.
    fibre
        None where there are no streets or rooms, or where it was not asked for.
    """

    unit: str
    sites: float | None
    known_sites: int
    unknown_sites: int
    assumed: bool
    basis: tuple[str, ...]
    fibre: FibreCost | None = None


def site_costs(where: Sequence[Station], settings: Settings) -> NDArray[np.float64]:
    """Return the money that each site costs; NaN where its table does not say."""
    factor = 1.0 if settings.plan_unit_cost is None else settings.plan_unit_cost.value
    return np.array(
        [math.nan if s.site.cost is None else s.site.cost * factor for s in where], np.float64
    )


def plan_cost(
    where: Sequence[Station], settings: Settings, *, fibre: FibreCost | None = None
) -> PlanCost:
    """Return what the sites of a plan cost."""
    costs = site_costs(where, settings)
    known = np.isfinite(costs)
    model = cost_model(settings.fibre)
    unit_cost = settings.plan_unit_cost
    marked = [s.site for s in where if {"cost", "*"} & set(s.site.assumed.split())]
    basis = []
    if unit_cost is not None:
        word = ", assumed" if unit_cost.assumed else ""
        basis.append(
            f"1 in the cost column of the sites is {unit_cost.value:,.0f} {model.unit} "
            f"({unit_cost.source}{word})"
        )
    if marked:
        basis.append(f"cost of {len(marked)} of {len(where)} sites assumed in the table")
    if fibre is not None:
        basis += model.assumed
    return PlanCost(
        model.unit,
        float(costs[known].sum()) if known.any() else None,
        int(known.sum()),
        int((~known).sum()),
        bool(marked) or (unit_cost is not None and unit_cost.assumed),
        tuple(basis),
        fibre,
    )


def fibre_cost(network: Network, settings: Settings, site_ids: Sequence[str]) -> FibreCost | None:
    """Return fibre along the streets to the nearest rooms; None without streets or rooms."""
    frame = network.sites
    built = (frame["state"] == "built") & frame["kind"].isin(ROOM_KINDS)
    rooms = [str(room) for room in frame.loc[built, "site_id"]]
    joined = [site for site in site_ids if site not in set(rooms)]
    if not len(network.streets) or not rooms or not joined:
        return None
    try:
        streets = sited_streets(network, settings.crs, [*joined, *rooms])
    except InputError:
        return None  # lines that cannot be used: ngbw validate names them
    found = plan_routes(network, streets, cost_model(settings.fibre), sites=joined, rooms=rooms)
    return FibreCost(found.length_km, found.cost, found.tree.bound, tuple(found.unreachable))
