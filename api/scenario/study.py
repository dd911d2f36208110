"""A project under study: what all scenarios of a file have in common, computed once.

Coverage figures are read where they are known already: from a run of the project on the same
inputs, or from the cache of an earlier check, which is keyed by the inputs and the code. Only
where neither knows them is the planner asked.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from ... import __version__
from ...coverage.plan_request import PlanRequest
from ...coverage.progress import Progress, silent
from ...topology.compiled import cache_directory, kernel_directory
from ...topology.errors import InputError
from ...topology.metrics import Item, Reading, cannot_tell
from ...topology.network import Network
from ...topology.project import Project, open_project
from ...topology.targets import Statement, read_statements

__all__ = ["Sites", "Study", "table_item", "telling"]

Sites = str | tuple[str, ...] | PlanRequest
"""``plan``, ``standing``, the ids of sites, or what is asked of the planner."""

_Value = TypeVar("_Value")

_NOT_RADIO = ("devices", "ports", "streets", "spans", "links")
"""Tables on which no coverage figure depends: a new fibre does not ask for a new plan."""


@dataclass
class Study:
    """A project with everything that was found out about it so far.

    Attributes
    ----------
    project
        The opened project.
    seed
        Of every search and sample.
    progress
        Told about long steps.
    cache
        Where coverage figures are kept between checks; None keeps nothing.
    failed
        Ids of what has failed since ``before``; the network is what is left.
    """

    project: Project
    seed: int = 0
    progress: Progress = silent
    cache: Path | None = field(default_factory=cache_directory)
    failed: tuple[str, ...] = ()
    before: Study | None = field(default=None, repr=False)
    _known: dict[Any, Any] = field(default_factory=dict, repr=False)

    @staticmethod
    def open(directory: Path, *, seed: int = 0, progress: Progress = silent) -> Study:
        """Open a project directory for study."""
        return Study(open_project(directory), seed, progress)

    @cached_property
    def network(self) -> Network:
        """All tables as one model, without what has failed."""
        if self.before is None:
            return self.project.network()
        return self.before.network.without(self.failed)

    @cached_property
    def statements(self) -> tuple[Statement, ...]:
        """What was reported, the oldest first."""
        file = self.project.path_of("statements").name
        return read_statements(self.project.table("statements"), file=file)

    def once(self, key: Any, compute: Callable[[], _Value]) -> _Value:
        """Return what was computed under the key, computing it the first time."""
        if key not in self._known:
            self._known[key] = compute()
        value: _Value = self._known[key]
        return value

    def after(self, failed: tuple[str, ...]) -> Study:
        """Return the study of what is left when the named things have failed."""
        return self.once(
            ("after", failed),
            lambda: Study(
                self.project, self.seed, self.progress, self.cache, failed=failed, before=self
            ),
        )

    def standing(self) -> tuple[str, ...]:
        """Return the NGB-W sites that are built or planned."""
        sites = self.network.sites
        stands = sites["state"].isin(["built", "planned"]) & (sites["kind"] == "ngb-w")
        return tuple(sites.loc[stands, "site_id"])

    def coverage(self, sites: Sites = "plan", service: str = "") -> Mapping[str, Any]:
        """Return the run document of what sites cover.

        Raises
        ------
        NgbwError
            The project cannot be planned; see :func:`ngbw.coverage.plan.plan`.
        """
        service = service or self.project.settings.headline_service
        if sites == "standing":
            sites = self.standing()
        return self.once(("coverage", sites, service), lambda: self._coverage(sites, service))

    def radio_sites(self, sites: Sites = "plan", service: str = "") -> tuple[str, ...]:
        """Return the ids of the NGB-W sites that a scenario judges."""
        if sites == "standing":
            return self.standing()
        if isinstance(sites, tuple):
            return sites
        # What the planner chose, by default or by request.
        return tuple(self.coverage(sites, service)["sites"]["selected"])

    def _coverage(self, sites: Sites, service: str) -> Mapping[str, Any]:
        for document in self._runs():
            if self._is_of(document, sites, service):
                return document
        named = sites.to_dict() if isinstance(sites, PlanRequest) else sites
        key = {"what": "coverage", "sites": named, "service": service, "seed": self.seed}
        return self.kept(key, lambda: self._plan(sites, service))

    def kept(
        self, key: Mapping[str, Any], compute: Callable[[], Mapping[str, Any]]
    ) -> Mapping[str, Any]:
        """Return a document from the cache of earlier checks, computing it the first time.

        Parameters
        ----------
        key
            What it depends on beside the project's inputs and the code.
        """
        path = self._figures_path(key)
        if path is not None and path.is_file():
            try:
                known: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
                return known
            except ValueError:  # cut short by a full disk: it is computed again
                pass
        document = compute()
        if path is not None:
            _keep(path, document)
        return document

    def _runs(self) -> list[Mapping[str, Any]]:
        """Return the documents of the project's runs on these inputs."""
        inputs = self._inputs()
        found: list[Mapping[str, Any]] = []
        for path in sorted((self.project.directory / "runs").glob("*/run.json")):
            try:
                document = json.loads(path.read_text(encoding="utf-8"))
            except (OSError, ValueError):
                continue  # ngbw plans tells of a damaged run; here it only does not help
            if isinstance(document, dict) and self._radio(document.get("inputs", {})) == inputs:
                found.append(document)
        return found

    def _radio(self, hashes: Mapping[str, str]) -> dict[str, str]:
        """Return the hashes of the inputs on which coverage depends."""
        others = {self.project.settings.file_of(table) for table in _NOT_RADIO}
        return {name: digest for name, digest in hashes.items() if name not in others}

    def _inputs(self) -> dict[str, str]:
        return self.once("inputs", lambda: self._radio(self.project.input_hashes()))

    def _is_of(self, document: Mapping[str, Any], sites: Sites, service: str) -> bool:
        if document.get("version") != __version__ or document["service"]["id"] != service:
            return False
        asked = document["plan"].get("asked")
        if sites == "plan":
            budget = self.project.settings.plan_sites
            if asked or document["sites"]["budget"] != budget:
                return False
            return bool(document["seed"] == self.seed and document["plan"]["status"] != "cancelled")
        if isinstance(sites, PlanRequest):
            # As plain data both ways, as run.json has been.
            wanted = json.loads(json.dumps(sites.to_dict()))
            stopped = document["plan"].get("status") in ("cancelled", "time-limit")
            return bool(asked == wanted and document["seed"] == self.seed and not stopped)
        return (
            document["sites"]["budget"] is None
            and not asked
            and (tuple(document["sites"]["selected"]) == tuple(sites))
        )

    def _figures_path(self, key: Mapping[str, Any]) -> Path | None:
        code = kernel_directory("coverage")
        if self.cache is None or code is None or self.before is not None:
            return None
        whole = {"code": code.name, "inputs": self._inputs(), **key}
        digest = hashlib.sha256(json.dumps(whole, sort_keys=True).encode()).hexdigest()
        return self.cache / "figures" / digest[:2] / f"{digest}.json"

    def _plan(self, sites: Sites, service: str) -> Mapping[str, Any]:
        from ...coverage.siting.standing import TimeUpError
        from ..library import District
        from ..run_document import run_document

        district, started = District(self.project), time.perf_counter()
        if sites == "plan" or isinstance(sites, PlanRequest):
            asked = sites if isinstance(sites, PlanRequest) else None
            plan = district.plan(
                asked=asked, service=service, seed=self.seed, progress=self.progress
            )
            # A time limit that the scenario sets gives the best plan so far, which is not proven.
            if plan.cancelled_by is not None and not isinstance(plan.cancelled_by, TimeUpError):
                raise plan.cancelled_by
        else:
            plan = district.cover(tuple(sites), service=service, progress=self.progress)
        return run_document(self.project, plan, seconds=time.perf_counter() - started)


def _keep(path: Path, document: Mapping[str, Any]) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(
            "w", dir=path.parent, suffix=".tmp", delete=False, encoding="utf-8"
        ) as file:
            json.dump(document, file, ensure_ascii=False, allow_nan=False)
        Path(file.name).replace(path)
    except OSError:
        return  # cache_directory() has warned already; without it every check plans again


def table_item(study: Study, table: str, row_id: str, *, kind: str = "", note: str = "") -> Item:
    """Return a row of a table as the item that a value points at.

    A link stands in the middle between its ends, a line or an area at a point of its own.
    """
    rows = study.once(
        ("rows", table),
        lambda: {key: n for n, key in enumerate(study.network.table(table).iloc[:, 0])},
    )
    kind = kind or table.removesuffix("s")
    if row_id not in rows:
        return Item(kind, row_id, note=note)
    row = study.network.table(table).iloc[rows[row_id]]
    lon = lat = None
    if table == "links":
        ends = [study.network.site(row["a_site"]), study.network.site(row["b_site"])]
        lon, lat = (sum(getattr(end, axis) for end in ends) / 2 for axis in ("lon", "lat"))
        name = " - ".join(end.name or end.site_id for end in ends)
    else:
        name = str(row.get("name", ""))
        if "lon" in row.index:
            lon, lat = float(row["lon"]), float(row["lat"])
        elif row.get("geometry") is not None:
            point = row["geometry"].representative_point()
            lon, lat = point.x, point.y
    return Item(kind, row_id, name, lon, lat, table, rows[row_id] + 2, note)


def telling(read: Callable[[Study], Reading], metric: str) -> Callable[[Study], Reading]:
    """Return a reader that says why, where the project cannot answer.

    Tables that break their rules are an error all the same, never a reason.
    """

    def reader(study: Study) -> Reading:
        study.network  # noqa: B018 - reads and checks every table
        try:
            return read(study)
        except InputError as error:
            return cannot_tell(metric, str(error))

    return reader
