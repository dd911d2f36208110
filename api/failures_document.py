"""What every failure takes away, as plain data: the document of ``ngbw failures --json``.

This rests on the network's structure and people alone: nothing of the radio is computed, and on a
network of usual size nothing is compiled.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..topology.failures.corridors import SHARED_M, corridors
from ..topology.failures.crossings import crossings
from ..topology.failures.duals import dual_failures
from ..topology.failures.homes import homes_of_links
from ..topology.failures.node_pairs import node_pair_failures
from ..topology.failures.risk_groups import (
    cable_map,
    given_groups,
    group_failures,
    unplaced_links,
)
from ..topology.failures.served_graph import ServedGraph, served_graph
from ..topology.failures.singles import SingleFailures, single_failures
from ..topology.failures.worst import (
    NamedFailure,
    worst_groups,
    worst_link_pairs,
    worst_links,
    worst_site_pairs,
    worst_sites,
)
from ..topology.network import Network
from ..topology.project import Project

__all__ = [
    "FORMAT",
    "SECTIONS",
    "every_single_failure",
    "failures_document",
    "judged_on",
    "share_of",
]

FORMAT = 1
"""Version of the documents of ``fail`` and ``failures``."""

SECTIONS = ("links", "link_pairs", "sites", "site_pairs", "groups")
"""Parts of the document."""


def share_of(people: float, served: ServedGraph) -> float | None:
    """Return people as a share of all; None where there is nobody."""
    return people / served.people if served.people > 0 else None


def judged_on(served: ServedGraph, singles: SingleFailures, network: Network) -> dict[str, Any]:
    """Return what a judgement rests on: roots, people, homes on links, and what was assumed."""
    names = served.graph.node_ids
    homes = homes_of_links(network)
    return {
        "roots": [names[root] for root in served.roots],
        "roots_from": served.roots_from,
        "roots_kind_assumed": list(served.roots_kind_assumed),
        "people": round(served.people, 3),
        "homes": int(homes.count.sum()) or None,
        "unconnected": {
            "people": round(singles.unconnected, 3),
            "sites": [names[site] for site in singles.unconnected_sites],
        },
        "assumed": {"people": "nearest-access-site", "homing": dict(served.homing)},
        "unplaced_links": list(unplaced_links(network)),
    }


def _rows(found: Sequence[NamedFailure], served: ServedGraph) -> list[dict[str, Any]]:
    return [
        {
            **asdict(failure),
            "ids": list(failure.ids),
            "links": list(failure.links),
            "sites": list(failure.sites),
            "people": round(failure.people, 3),
            "share": share_of(failure.people, served),
        }
        for failure in found
    ]


def every_single_failure(project: Project, plan: str = "") -> SingleFailures:
    """Return what each link and site of a project takes with it, of a plan's radio sites too.

    Raises
    ------
    InputError
        Nothing says where service comes from.
    """
    radio: Sequence[str] = ()
    if plan:
        from .runs import RunStore  # late: it imports what computes coverage

        radio = RunStore(project).find(plan).document["sites"]["selected"]
    settings = project.settings
    return single_failures(
        served_graph(
            project.network(), settings.crs, roots=settings.network_roots, radio_sites=radio
        )
    )


def failures_document(
    project: Project,
    *,
    sections: Sequence[str] = SECTIONS,
    top: int = 10,
    shared_m: float = SHARED_M,
    plan: str = "",
) -> dict[str, Any]:
    """Return what every failure takes away, the worst by name.

    Parameters
    ----------
    sections
        Which of :data:`SECTIONS`.
    top
        How many of each are named.
    shared_m
        Metres of common ground from which on links are a risk group.
    plan
        Plan whose radio sites hang on the network; without it those that stand.

    Raises
    ------
    InputError
        Nothing says where service comes from.
    """
    network, settings = project.network(), project.settings
    singles = every_single_failure(project, plan)
    served = singles.served
    out: dict[str, Any] = {
        "format": FORMAT,
        "project": {"name": settings.name, "name_en": settings.name_en or settings.name},
        **judged_on(served, singles, network),
    }

    def summary(people: NDArray[np.float64], sites: NDArray[np.int32]) -> dict[str, Any]:
        most = float(people.max(initial=0.0))
        return {
            "count": len(people),
            "harmful": int((sites > 0).sum()),
            "max": round(most, 3),
            "max_share": share_of(most, served),
        }

    if "links" in sections:
        out["links"] = {
            **summary(singles.link_loss, singles.link_sites),
            "worst": _rows(worst_links(singles, network, top), served),
        }
    if "link_pairs" in sections:
        duals = dual_failures(singles)
        percentiles = {
            name: duals.percentile(percent)
            for name, percent in (("max", 100), ("p99", 99), ("p95", 95), ("median", 50))
        }
        out["link_pairs"] = {
            "pairs": duals.pairs,
            "cutting": duals.cutting_pairs,
            **{k: None if v is None else round(v, 3) for k, v in percentiles.items()},
            "max_share": share_of(percentiles["max"] or 0.0, served),
            "worst": _rows(worst_link_pairs(duals, network, top), served),
        }
    if "sites" in sections:
        out["sites"] = {
            **summary(singles.site_loss, singles.site_sites),
            "worst": _rows(worst_sites(singles, network, top), served),
        }
    if "site_pairs" in sections:
        pairs = node_pair_failures(singles, worst=top)
        out["site_pairs"] = {
            "cutting": pairs.cutting_pairs,
            "worst": _rows(worst_site_pairs(pairs, singles, network), served),
        }
    if "groups" in sections:
        out["groups"] = _groups(network, served, settings.crs, shared_m, top)
    return out


def _groups(
    network: Network, served: ServedGraph, crs: str, shared_m: float, top: int
) -> dict[str, Any]:
    cables = cable_map(network, crs)
    groups = [
        *given_groups(network),
        *corridors(cables, shared_m=shared_m),
        *crossings(network, cables),
    ]
    ranked = group_failures(served, groups)
    rows = _rows(worst_groups(ranked[:top], served, network), served)
    about = {failure.group.group_id: failure.group for failure in ranked}
    for row in rows:
        group = about[row["ids"][0]]
        row |= {"kind": group.kind, "spans": list(group.spans), "length_m": group.length_m}
    most = ranked[0].people if ranked else 0.0
    return {
        "count": len(ranked),
        "harmful": sum(failure.sites > 0 for failure in ranked),
        "shared_m": shared_m,
        "max": round(most, 3),
        "max_share": share_of(most, served),
        "worst": rows,
    }
