"""The choice of sites by what was asked: covering, survival, as a network, or with its fibre.

Covering has a bound that can be proven. Where sites interfere or add up, and where what connects
them is in the price, the goal is no sum over sites: the bound is that of a stated relaxation, or
there is none, and such a choice is not proven but for luck.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..topology.errors import InfeasibleError, InputError
from ..topology.fibre.cost import cost_model
from .plan_fairness import fair_start
from .plan_money import ROOM_KINDS
from .plan_request import PlanRequest
from .plan_stage import Stage
from .progress import Progress
from .siting import SitePlan
from .siting.backhaul_choice import choose_connected
from .siting.backhaul_net import district_backhaul
from .siting.network_choice import choose_as_network
from .siting.resilience import most_surviving
from .siting.service_signals import service_signals

__all__ = ["Chosen", "choose"]

_SHARE_SECONDS = 60.0
"""How long the fewest sites for a share are looked for where no time limit is given."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """Sites by their numbers, and what is known of how good they are.

    Attributes
    ----------
    objective, status, bound, least
        As of :class:`.plan_record.Plan`.
    value
        What the objective counts, where that is not what the sites cover one by one.
    survival_bound
        For the objective ``survival``: no plan of as many sites leaves more residents.
    """

    sites: tuple[int, ...]
    objective: str
    status: str
    bound: float | None = None
    least: float | None = None
    value: float | None = None
    survival_bound: float | None = None
    cancelled_by: BaseException | None = None


def _ended(proven: bool, stopped_by: str) -> str:
    if proven:
        return "optimal"
    return "time-limit" if stopped_by == "time limit" else "unproven"


def _covering(
    stage: Stage, asked: PlanRequest, sites: int | None, seed: int, progress: Progress
) -> Chosen:
    common: dict[str, Any] = {
        "gap": asked.max_gap or 0.0,
        "time_limit_s": asked.time_limit_s or None,
        # Without a limit on the gap the plan and its bound suffice.
        "nodes": None if asked.max_gap is not None or asked.time_limit_s else 0,
        "seed": seed,
        "progress": progress,
    }
    fair = fair_start(stage, asked, sites)
    if fair is not None and asked.share is None:
        common["start"] = fair.sites
    try:
        return _solved(stage, asked, sites, common)
    except InfeasibleError as error:
        if fair is None or fair.sites is not None or asked.share is not None:
            raise
        raise fair.refusal() from error


def _solved(stage: Stage, asked: PlanRequest, sites: int | None, common: dict[str, Any]) -> Chosen:
    found: SitePlan
    if asked.share is not None:
        # The fewest sites are found by branching; there is no other way to them.
        common["nodes"] = None
        common["time_limit_s"] = asked.time_limit_s or _SHARE_SECONDS
        found = stage.problem.minimise(share=asked.share, sites=sites, **common)
        objective = "cost" if asked.cheapest else "sites"
        return Chosen(
            found.sites, objective, found.status, least=found.bound, cancelled_by=found.cancelled_by
        )
    found = stage.problem.maximise(sites=sites, budget=asked.budget, **common)
    return Chosen(
        found.sites, "residents", found.status, bound=found.bound, cancelled_by=found.cancelled_by
    )


def _surviving(stage: Stage, sites: int, seed: int, progress: Progress) -> Chosen:
    found = most_surviving(stage.problem, sites=sites, seed=seed, progress=progress)
    return Chosen(found.sites, "survival", _ended(found.proven, ""), survival_bound=found.bound)


def _as_network(
    stage: Stage, asked: PlanRequest, sites: int, seed: int, progress: Progress
) -> Chosen:
    signals = service_signals(stage.ground, stage.where, progress=progress)
    found = choose_as_network(
        signals,
        sites=sites,
        fixed=stage.problem.fixed,
        forbidden=stage.problem.forbidden,
        time_limit_s=asked.time_limit_s or None,
        seed=seed,
        progress=progress,
    )
    status = _ended(found.proven, found.stopped_by)
    return Chosen(found.sites, "network", status, bound=found.bound, value=found.value)


def _connected(
    stage: Stage, asked: PlanRequest, sites: int | None, seed: int, progress: Progress
) -> Chosen:
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
    _, net = district_backhaul(
        network, settings.crs, cost_model(settings.fibre), site_ids=stage.ids, connected=rooms
    )
    found = choose_connected(
        stage.problem,
        net,
        budget=asked.budget,
        sites=sites,
        time_limit_s=asked.time_limit_s or None,
        seed=seed,
        progress=progress,
    )
    bound = found.value_bound if found.value_bound is None else float(np.ceil(found.value_bound))
    status = _ended(found.proven, found.stopped_by)
    return Chosen(found.sites, "residents", status, bound=bound)


def choose(
    stage: Stage, asked: PlanRequest, sites: int | None, seed: int, progress: Progress
) -> Chosen:
    """Return the sites that are best for what was asked.

    Raises
    ------
    InfeasibleError
        Nothing keeps to what was asked; the message says what would help.
    InputError
        Streets or rooms are missing.
    UsageError
        The service says nothing of what its sites are to each other.
    """
    at_most = stage.ground.settings.plan_sites if sites is None else sites
    if asked.survive:
        return _surviving(stage, at_most, seed, progress)
    if asked.as_network:
        return _as_network(stage, asked, at_most, seed, progress)
    if asked.connected:
        return _connected(stage, asked, sites, seed, progress)
    return _covering(stage, asked, sites, seed, progress)
