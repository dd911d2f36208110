"""The main job: choose the sites, and say what they cover and where the gaps are.

tables -> stations -> loss layers -> which site serves which pixel -> choice of sites with a bound
-> best server -> location probability -> shares and gaps.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import replace
from pathlib import Path

from ..topology.errors import UsageError
from ..topology.network import Network
from ..topology.settings import Settings
from .ground import Ground, ground_of
from .layers import LayerWorkers
from .plan_choice import Chosen, choose
from .plan_clock import PlanClock
from .plan_facts import Beside, beside_choice, with_facts
from .plan_money import plan_cost
from .plan_record import Plan
from .plan_request import PlanRequest
from .plan_stage import candidates_of, on_the_ground, staged, union
from .plan_tuning import TunedPlan, turned
from .progress import Progress, silent
from .results import Alternative, Notice, Share
from .sensitivity import other_surfaces
from .services import Reuse
from .transmitters import Station, antenna_notices
from .verdict import Verdict, judge, pixels_served

__all__ = ["Plan", "evaluate", "plan"]

_TURNED_BY = 0.85
"""Part of a time limit by which antennas have been turned."""


def _target(ground: Ground) -> float | None:
    """Return the target share, which holds for the headline service only."""
    headline = ground.service.service_id == ground.settings.headline_service
    return ground.settings.plan_share if headline else None


def _other_cities(
    ground: Ground, where: Sequence[Station], headline: Share
) -> tuple[Alternative, ...]:
    """Judge the sites over other assumed cities, and note how far the share moves."""
    start = time.perf_counter()
    found = other_surfaces(ground, where)
    if found and headline.share is not None:
        moved = max(abs((one.share or 0.0) - headline.share) for one in found)
        ground.notices.append(Notice("city-assumed", moved * headline.total, share=moved))
    ground.timings["alternatives"] = time.perf_counter() - start
    return found


def plan(
    network: Network,
    settings: Settings,
    *,
    sites: int | None = None,
    asked: PlanRequest | None = None,
    service_id: str = "",
    seed: int = 0,
    cache_directory: Path | None = None,
    threads: int | None = None,
    workers: LayerWorkers | None = None,
    progress: Progress = silent,
) -> Plan:
    """Choose sites that serve as many residents as possible, and say what that rests on.

    Built and planned NGB-W sites are part of the plan and of its budget.

    Parameters
    ----------
    sites
        At most so many; short for ``asked=PlanRequest(sites=...)``.
    asked
        What is asked of the plan; by default the project's ``plan.sites``.
    service_id
        Service that decides; the project's headline service by default.
    seed
        Of the search: same seed, same plan.
    cache_directory
        Where layers are kept between runs; None keeps nothing.
    threads
        How many layers are computed at a time.
    workers
        Who computes them in place of threads, from :func:`.cluster.cluster_workers`.
    progress
        Told about each step; stops the work by raising. Once the search has begun, the best plan
        so far is returned with what was raised in ``cancelled_by``.

    Raises
    ------
    InputError
        There is nobody to serve or no site to choose, or what is asked for cannot be had.
    UsageError
        The budget is below the number of sites that already stand.
    MissingError
        A site that is named does not exist.
    """
    asked = asked or PlanRequest()
    if sites is not None:
        asked = replace(asked, sites=sites)
    ground = ground_of(
        network,
        settings,
        service_id,
        cache_directory=cache_directory,
        threads=threads,
        workers=workers,
        asked=asked.fix,
    )
    budget = asked.sites
    if budget is None and asked.budget is None and asked.share is None:
        budget = settings.plan_sites
    standing = candidates_of(ground)[0]
    if budget is not None and (budget < 1 or budget < len(standing)):
        raise UsageError(
            f"the budget is {budget} sites, but {len(standing)} NGB-W sites are built or planned "
            "already; allow at least 1 and at least as many as stand (--sites)"
        )
    stage = staged(ground, asked, progress, sites=budget)
    interfered = isinstance(ground.service.network, Reuse)
    # Whether the problem's weight is the share of residents served.
    plain = not interfered and not asked.as_network and asked.servers == 1
    clock = PlanClock(asked.time_limit_s)
    start = time.perf_counter()
    found = choose(
        stage, asked, budget, curve_to=asked.curve_to if plain else 0, seed=seed, clock=clock,
        progress=progress,
    )  # fmt: skip
    chosen = list(found.sites)
    ground.timings["choice"] = time.perf_counter() - start
    tables, tuned = stage, None
    if asked.tune and found.cancelled_by is None:
        start = time.perf_counter()
        stage, tuned = turned(
            stage, chosen, together=asked.as_network, choice_bound=found.bound,
            time_limit_s=clock.left_s(_TURNED_BY), progress=progress,
        )  # fmt: skip
        found = _after_turning(found, tuned, asked)
        ground.timings["antennas"] = time.perf_counter() - start
    problem = stage.problem
    if found.least is None and budget is not None and len(chosen) < budget and not asked.budget:
        ground.notices.append(Notice("sites-enough", len(chosen)))
    mine = [stage.where[n] for n in chosen]
    ground.notices.extend(antenna_notices(mine))
    with ThreadPoolExecutor(1) as pool:
        # What belongs to the choice needs no field, so that it is made beside the verdict.
        stop = threading.Event()
        beside = None
        if found.cancelled_by is None:
            beside = pool.submit(
                beside_choice, stage, tables, chosen, asked, found, budget=budget,
                target=_target(ground), plain=plain, seed=seed, clock=clock, stop=stop,
            )  # fmt: skip
        try:
            verdict = judge(
                ground,
                mine,
                [stage.cover[n] for n in chosen],
                stage.standing,
                union(stage.cover, ground.people.size),
            )
            facts, others, interrupted = _gathered(ground, mine, verdict, beside, clock, progress)
        finally:
            stop.set()
    value = problem.value(chosen)
    if asked.servers > 1:
        ground.notices.append(
            Notice("served-by-several", value, str(asked.servers), value / problem.total_weight)
        )
    if interfered:
        # The choice knows nothing of interference, so that its bound holds for the share too.
        value = verdict.coverage.headline.served
    elif found.value is not None:
        value = found.value
    made = Plan(
        service=ground.service,
        model=ground.model,
        budget=budget,
        target_share=_target(ground),
        sites=verdict.sites,
        value=value,
        bound=found.bound,
        coverage=verdict.coverage,
        gaps=verdict.gaps,
        places=verdict.places,
        raster=verdict.raster,
        timings=ground.timings,
        seed=seed,
        surface=ground.surface,
        asked=asked,
        objective=found.objective,
        status=found.status,
        least=found.least,
        cost=plan_cost(mine, settings),
        cancelled_by=found.cancelled_by or interrupted,
        connections=found.connections,
        tuned=tuned,
        alternatives=others,
    )
    if facts is not None:
        made = with_facts(made, stage, chosen, verdict, facts)
    return replace(made, notices=tuple(ground.notices))


def _after_turning(found: Chosen, tuned: TunedPlan, asked: PlanRequest) -> Chosen:
    """Return what is known of a choice once its antennas are turned: no bound."""
    stopped = found.status == "time-limit" or tuned.stopped_by == "time limit"
    return replace(
        found, bound=None, least=None, value=tuned.after if asked.as_network else None,
        status="time-limit" if stopped else "unproven",
    )  # fmt: skip


def _gathered(
    ground: Ground,
    where: Sequence[Station],
    verdict: Verdict,
    beside: Future[Beside] | None,
    clock: PlanClock,
    progress: Progress,
) -> tuple[Beside | None, tuple[Alternative, ...], BaseException | None]:
    """Judge over other cities, and wait for what is made beside the verdict.

    Returns also what interrupted it, which costs these facts and not the plan.
    """
    if beside is None:
        return None, (), None
    others: tuple[Alternative, ...] = ()
    try:
        if clock.up:
            ground.notices.append(Notice("no-time-cities", 1))
        else:
            others = _other_cities(ground, where, verdict.coverage.headline)
        progress("reasons", 0, 1)
        while not wait([beside], timeout=0.2).done:
            progress("reasons", 0, 1)
        progress("reasons", 1, 1)
    except KeyboardInterrupt as error:
        return None, others, error
    facts = beside.result()
    ground.notices.extend(facts.notices)
    ground.timings.update(facts.timings)
    return facts, others, None


def evaluate(
    network: Network,
    settings: Settings,
    site_ids: Sequence[str],
    *,
    service_id: str = "",
    cache_directory: Path | None = None,
    threads: int | None = None,
    workers: LayerWorkers | None = None,
    progress: Progress = silent,
) -> Plan:
    """Say what given sites cover, for any service of the project.

    Parameters
    ----------
    site_ids
        The sites, in any state, each once.

    Raises
    ------
    MissingError
        A site does not exist.
    InputError
        There is nobody to serve.
    """
    ground = ground_of(
        network,
        settings,
        service_id,
        cache_directory=cache_directory,
        threads=threads,
        workers=workers,
        asked=site_ids,
    )
    fixed, candidates = candidates_of(ground)
    mine = list(dict.fromkeys(site_ids))
    others = [site_id for site_id in [*fixed, *candidates] if site_id not in set(mine)]
    where = on_the_ground(ground, [*mine, *others], named=set(mine))
    start = time.perf_counter()
    cover = pixels_served(ground, where, progress)
    ground.timings["layers"] = time.perf_counter() - start
    ground.notices.extend(antenna_notices(where[: len(mine)]))
    verdict = judge(
        ground,
        where[: len(mine)],
        cover[: len(mine)],
        set(fixed),
        union(cover, ground.people.size),
    )
    alternatives = _other_cities(ground, where[: len(mine)], verdict.coverage.headline)
    return Plan(
        service=ground.service,
        model=ground.model,
        budget=None,
        target_share=_target(ground),
        sites=verdict.sites,
        value=verdict.coverage.headline.served,
        bound=None,
        coverage=verdict.coverage,
        gaps=verdict.gaps,
        places=verdict.places,
        raster=verdict.raster,
        notices=tuple(ground.notices),
        timings=ground.timings,
        surface=ground.surface,
        alternatives=alternatives,
        cost=plan_cost(where[: len(mine)], settings),
    )
