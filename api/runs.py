"""The runs of a project: results in ``runs/<id>/``, written whole, and the names people gave them.

A run's id is the hash of its inputs: the same tables, settings, sites and seed give the same run.
``runs/plans.json`` maps plan names to ids.
"""

from __future__ import annotations

import contextlib
import json
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from shapely.geometry import mapping

from ..coverage.plan import Plan
from ..coverage.results import CoverageRaster
from ..maps.coverage_map import CoverageMap
from ..maps.folium_page import coverage_page
from ..topology.errors import FileError, MissingError, SurroundingsError, UsageError
from ..topology.history import locked
from ..topology.project import Project
from .run_document import run_document
from .run_rasters import read_raster, write_raster

__all__ = ["Run", "RunStore"]

_NAME_MAX_CHARS = 60


@dataclass(frozen=True, slots=True)
class Run:
    """A stored run.

    Attributes
    ----------
    directory
        ``run.json``, ``map.html``, ``sites.geojson``, ``gaps.geojson``, ``areas.geojson``,
        ``coverage.tif``, ``layers.tif``.
    document
        The content of ``run.json``.
    """

    directory: Path
    document: Mapping[str, Any]

    @property
    def run_id(self) -> str:
        """The run's identity."""
        return str(self.document["id"])

    @property
    def map_path(self) -> Path:
        """The self-contained map page."""
        return self.directory / "map.html"

    def features(self, name: str) -> dict[str, Any]:
        """Return ``sites``, ``gaps`` or ``areas`` as a GeoJSON FeatureCollection."""
        loaded: dict[str, Any] = json.loads(
            (self.directory / f"{name}.geojson").read_text(encoding="utf-8")
        )
        return loaded

    def raster(self) -> CoverageRaster:
        """Return the coverage raster; runs of older releases have no layers in it.

        Raises
        ------
        FileError
            ``coverage.tif`` or ``layers.tif`` is damaged.
        """
        return read_raster(self.directory)


def _clean_name(name: str) -> str:
    name = name.strip()
    if not name or len(name) > _NAME_MAX_CHARS or not name.isprintable():
        raise UsageError(
            f"plan name {name[:80]!r} is not usable; give 1 to {_NAME_MAX_CHARS} printable "
            "characters"
        )
    if re.fullmatch(r"[0-9a-f]{16}", name):
        raise UsageError(f"plan name {name!r} looks like the id of a run; give another name")
    return name


def _write_json(path: Path, value: object) -> None:
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, indent=1)
    with tempfile.NamedTemporaryFile(
        "w", dir=path.parent, suffix=".tmp", delete=False, encoding="utf-8"
    ) as file:
        file.write(text + "\n")
    written = Path(file.name)
    written.chmod(0o644)  # a temporary file is for its owner only; results are for the team
    written.replace(path)


def _collection(frame: gpd.GeoDataFrame, key: str) -> dict[str, Any]:
    """Return a FeatureCollection with coordinates to 0.1 m and None for the unknown."""
    features = []
    shapes = shapely.set_precision(frame.geometry.to_numpy(), 1e-6)
    columns = [column for column in frame.columns if column != "geometry"]
    for row, shape in zip(frame[columns].to_dict("records"), shapes, strict=True):
        properties = {
            str(name): None if isinstance(value, float) and not np.isfinite(value) else value
            for name, value in row.items()
        }
        features.append(
            {
                "type": "Feature",
                "id": row[key],
                "geometry": mapping(shape),
                "properties": properties,
            }
        )
    return {"type": "FeatureCollection", "features": features}


def _areas(project: Project) -> dict[str, Any]:
    frame = project.table("areas")
    columns = ["area_id", "name", "name_en", "kind", "population", "census_year", "geometry"]
    if "geometry" not in frame.columns:
        return {"type": "FeatureCollection", "features": []}
    kept = frame[columns].astype({"census_year": "object"})
    kept["census_year"] = [
        None if np.isnan(year) else int(year) for year in frame["census_year"].astype("float64")
    ]
    return _collection(gpd.GeoDataFrame(kept, crs="EPSG:4326"), "area_id")


class RunStore:
    """The ``runs`` directory of a project."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.directory = project.directory / "runs"

    def _names_path(self) -> Path:
        return self.directory / "plans.json"

    def names(self) -> dict[str, str]:
        """Return plan names and the ids of their runs, in the order they were given.

        Raises
        ------
        FileError
            ``plans.json`` is damaged.
        """
        path = self._names_path()
        if not path.exists():
            return {}
        try:
            names = json.loads(path.read_text(encoding="utf-8"))
            return {str(name): str(run) for name, run in names.items()}
        except (ValueError, AttributeError):
            raise FileError(
                f"{path} is damaged; delete it (the runs stay) and name the plans again"
            ) from None

    def save(self, plan: Plan, *, seconds: float, name: str = "") -> Run:
        """Write a run and return it; an equal run is replaced, a name moves to the new run.

        Raises
        ------
        UsageError
            The name cannot be used.
        SurroundingsError
            The directory cannot be written.
        """
        if name:
            name = _clean_name(name)
        document = run_document(self.project, plan, seconds=seconds)
        known = [given for given, run in self.names().items() if run == document["id"]]
        document["name"] = name or (known[-1] if known else None)
        try:
            run = self._write(plan, document)
            if name:
                with locked(self.project.directory):  # two plans may finish at once
                    names = self.names()
                    names.pop(name, None)
                    _write_json(self._names_path(), {**names, name: run.run_id})
            return run
        except PermissionError as error:
            raise SurroundingsError(
                f"results cannot be written to {self.directory}: {error.strerror}; make it "
                "writable or copy the project"
            ) from None

    def _write(self, plan: Plan, document: dict[str, Any]) -> Run:
        self.directory.mkdir(exist_ok=True)
        target = self.directory / str(document["id"])
        with _fresh_directory(self.directory) as fresh:
            features = {
                "sites": _collection(plan.to_geodataframe(), "site_id"),
                "gaps": _collection(plan.gaps_geodataframe(), "rank"),
                "areas": _areas(self.project),
            }
            for kind, collection in features.items():
                _write_json(fresh / f"{kind}.geojson", collection)
            write_raster(fresh, plan.raster)
            page = coverage_page(
                CoverageMap(
                    run=document,
                    areas=features["areas"],
                    gaps=features["gaps"],
                    sites=features["sites"],
                    raster=plan.raster,
                ),
                language=self.project.settings.language,
            )
            (fresh / "map.html").write_text(page, encoding="utf-8")
            _write_json(fresh / "run.json", document)
            if target.exists():
                fresh_old = Path(tempfile.mkdtemp(prefix=".old-", dir=self.directory))
                target.replace(fresh_old / "run")
                fresh.replace(target)
                shutil.rmtree(fresh_old)
            else:
                fresh.replace(target)
        return Run(target, document)

    def open(self, run_id: str) -> Run:
        """Return a run by its id.

        Raises
        ------
        MissingError
            There is no such run.
        FileError
            Its ``run.json`` is damaged.
        """
        if not run_id.isalnum() or not (self.directory / run_id / "run.json").is_file():
            raise MissingError(
                f"run {run_id[:40]!r} does not exist; ngbw plans lists what there is"
            )
        path = self.directory / run_id
        if path.is_symlink():
            raise FileError(f"{path} is a link, not a run; ngbw writes runs as directories")
        try:
            return Run(path, json.loads((path / "run.json").read_text(encoding="utf-8")))
        except ValueError:
            raise FileError(f"{path / 'run.json'} is damaged; run ngbw plan again") from None

    def find(self, name_or_id: str) -> Run:
        """Return a run by plan name or id; MissingError names the plans there are."""
        names = self.names()
        if name_or_id in names:
            return self.open(names[name_or_id])
        try:
            return self.open(name_or_id)
        except MissingError:
            raise MissingError(
                f"plan {name_or_id[:40]!r} does not exist; plans are "
                f"{', '.join(names) or 'none (make one: ngbw plan PROJECT --name A)'}"
            ) from None

    def all(self) -> list[Run]:
        """Return every readable run, the newest last."""
        runs = []
        for path in self.directory.glob("*/run.json"):
            if not path.parent.name.startswith("."):
                with contextlib.suppress(FileError, MissingError):
                    runs.append(self.open(path.parent.name))
        written = {run.run_id: (run.directory / "run.json").stat().st_mtime_ns for run in runs}
        return sorted(runs, key=lambda run: (run.document["created"], written[run.run_id]))

    def latest(self) -> Run | None:
        """Return the newest run, None when there is none."""
        runs = self.all()
        return runs[-1] if runs else None


@contextlib.contextmanager
def _fresh_directory(parent: Path) -> Iterator[Path]:
    """Give a new directory that is removed again unless it was moved to its place."""
    path = Path(tempfile.mkdtemp(prefix=".new-", dir=parent))
    path.chmod(0o755)
    try:
        yield path
    finally:
        if path.exists():
            shutil.rmtree(path)
