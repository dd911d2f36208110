"""What a scenario file says, as plain records with the place of each; see :mod:`.file_reading`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ...coverage.plan_request import PlanRequest
from ...topology.quantities import Tolerance
from .assertions import Assertion
from .positions import Node

__all__ = [
    "FORMAT",
    "OF_FAILURES",
    "Availability",
    "Baseline",
    "Failure",
    "Scenario",
    "ScenarioFile",
]

FORMAT = 1
"""The format version of scenario files that this release reads."""

OF_FAILURES = (
    "demand_lost.max",
    "demand_lost.p99",
    "demand_lost.mean",
    "sites_cut.max",
    "people_dark.max",
    "places_dark.max",
)
"""Metrics that say what failures do; a scenario without ``fail`` cannot assert them."""


@dataclass(frozen=True, slots=True)
class Failure:
    """What fails.

    Attributes
    ----------
    kind
        ``links`` and ``nodes``: any so many at once; ``srlg``: each group that shares a risk;
        ``within``: everything inside an area; ``ids``: the named things.
    count
        How many at once.
    groups
        Where risk groups come from.
    shared_m
        Length from which a shared stretch of cable is a shared risk, in metres.
    area
        GeoJSON or GeoPackage file with the area.
    ids
        Sites, cells, devices, ports, links, spans or streets.
    """

    kind: Literal["links", "nodes", "srlg", "within", "ids"]
    node: Node
    count: int = 1
    groups: str = ""
    shared_m: float = 50.0
    area: Path | None = None
    ids: tuple[str, ...] = ()

    def __str__(self) -> str:
        if self.kind in ("links", "nodes"):
            noun = {"links": "link", "nodes": "site"}[self.kind]
            return f"any {noun}" if self.count == 1 else f"any {self.count} {noun}s"
        if self.kind == "srlg":
            return f"any group of links that share at least {self.shared_m:g} m of their way"
        if self.kind == "within":
            return f"everything inside {self.area.name if self.area else ''}"
        return ", ".join(self.ids)


@dataclass(frozen=True, slots=True)
class Availability:
    """How outages in a year are computed.

    Attributes
    ----------
    component_table
        CSV with the failure and repair times of components; the built-in table when None.
    """

    component_table: Path | None


@dataclass(frozen=True, slots=True)
class Scenario:
    """One state of the network and what must hold in it.

    Attributes
    ----------
    sites
        Which sites are judged: ``plan`` (what the planner chooses within the budget),
        ``standing`` (built and planned ones), ids, or what is asked of the planner.
    service
        Service that is judged; "" is the headline service.
    proof
        Whether figures that rest on a plan need its proof.
    """

    scenario_id: str
    title: str
    fail: Failure | None
    availability: Availability | None
    sites: str | tuple[str, ...] | PlanRequest
    service: str
    proof: Literal["wanted", "required"]
    assertions: tuple[Assertion, ...]
    node: Node


@dataclass(frozen=True, slots=True)
class Baseline:
    """Values that must not get worse, and by how much they may."""

    file: Path
    tolerate: Mapping[str, Tolerance]
    node: Node


@dataclass(frozen=True, slots=True)
class ScenarioFile:
    """A whole scenario file with what it includes.

    Attributes
    ----------
    project
        Directory of the project.
    seed
        Of every search and sample.
    scenarios
        Included ones first.
    files
        Every file that was read.
    """

    path: Path
    name: str
    project: Path
    seed: int
    scenarios: tuple[Scenario, ...]
    baseline: Baseline | None
    files: tuple[Path, ...]
