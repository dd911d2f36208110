"""ngbw as a library: open a district, plan it, read the results as records and GeoDataFrames.

>>> import ngbw
>>> district = ngbw.open("my-district")  # doctest: +SKIP
>>> plan = district.plan(sites=40)  # doctest: +SKIP
>>> plan.coverage.headline.share, plan.bound, plan.proven  # doctest: +SKIP
>>> plan.to_geodataframe().explore()  # doctest: +SKIP
"""

from __future__ import annotations

import html
import time
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..coverage.layers import LayerWorkers
from ..coverage.plan import Plan, evaluate
from ..coverage.plan import plan as choose_sites
from ..coverage.plan_request import PlanRequest
from ..coverage.progress import Progress, silent
from ..topology.compiled import cache_directory
from ..topology.network import Network
from ..topology.project import Project, open_project
from ..topology.settings import Settings
from ..topology.tables import TABLES

if TYPE_CHECKING:
    import pandas as pd

    from .runs import Run

__all__ = ["District"]


def _workers(scheduler: str) -> AbstractContextManager[LayerWorkers | None]:
    """Return the workers of a cluster while it is used; None stands for this machine's threads."""
    if not scheduler:
        return nullcontext()
    from ..coverage.cluster import cluster_workers  # late: Dask is an extra

    return cluster_workers(scheduler)


@dataclass(frozen=True, slots=True)
class District:
    """An opened project, ready to be planned.

    Attributes
    ----------
    project
        The directory with its settings and tables.
    """

    project: Project

    @staticmethod
    def open(directory: str | Path) -> District:
        """Open a project directory; see :func:`ngbw.open`."""
        return District(open_project(directory))

    @property
    def settings(self) -> Settings:
        """What ``ngbw.toml`` says."""
        return self.project.settings

    @property
    def network(self) -> Network:
        """All tables as one model; TableError where rows break the rules."""
        return self.project.network()

    def table(self, name: str) -> pd.DataFrame:
        """Return a checked table."""
        return self.project.table(name)

    def plan(
        self,
        *,
        sites: int | None = None,
        asked: PlanRequest | None = None,
        service: str = "",
        seed: int = 0,
        scheduler: str = "",
        progress: Progress = silent,
    ) -> Plan:
        """Choose at most so many sites that serve as many residents as possible.

        Parameters
        ----------
        sites
            Budget; the project's ``plan.sites`` by default.
        asked
            All else that is asked of the plan: money, a share, proof, sites to fix or forbid,
            phases, ...
        service
            Service that decides; the headline service by default.
        seed
            Of the search.
        scheduler
            Address of a Dask scheduler whose workers compute the layers; threads by default.

        Raises
        ------
        NgbwError
            See :func:`ngbw.coverage.plan.plan`.
        """
        with _workers(scheduler) as workers:
            return choose_sites(
                self.network,
                self.settings,
                sites=sites,
                asked=asked,
                service_id=service,
                seed=seed,
                cache_directory=cache_directory(),
                workers=workers,
                progress=progress,
            )

    def cover(
        self,
        sites: Sequence[str],
        *,
        service: str = "",
        scheduler: str = "",
        progress: Progress = silent,
    ) -> Plan:
        """Say what given sites cover, for any service of the project."""
        with _workers(scheduler) as workers:
            return evaluate(
                self.network,
                self.settings,
                sites,
                service_id=service,
                cache_directory=cache_directory(),
                workers=workers,
                progress=progress,
            )

    def save(self, plan: Plan, *, name: str = "") -> Run:
        """Write a plan to ``runs/<id>/``, with its map, and return where it lies."""
        from .runs import RunStore  # late: drawing the map imports folium

        started = time.perf_counter()
        spent = sum(plan.timings.values())
        return RunStore(self.project).save(
            plan, seconds=spent + time.perf_counter() - started, name=name
        )

    def _repr_html_(self) -> str:
        counts = ", ".join(
            f"{len(self.project.table(name))} {name}"
            for name in TABLES
            if self.project.path_of(name).exists()
        )
        return f"<b>{html.escape(self.settings.name)}</b>: {html.escape(counts)}"
