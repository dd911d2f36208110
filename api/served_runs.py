"""The runs of a project as the server sees them: looked up on every request, read only once.

A plan may be made while the server runs, so every request asks the disk which runs there are. Only
what changed is read again: a file is known by its path, time of change and size. Run documents and
shapes of the last few runs stay in memory.
"""

from __future__ import annotations

import json
import logging
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import shapely
from numpy.typing import NDArray

from ..maps import figures
from ..maps.answers import coverage_answer, next_answer, page_title, sites_answer
from ..maps.notices import notices
from ..maps.page_tables import page_tables
from ..maps.words import LANGUAGES, phrase_or_raw
from ..topology.errors import FileError, NgbwError
from ..topology.project import Project
from .problems import ProblemError
from .runs import Run, RunStore

__all__ = ["COLLECTIONS", "FeatureTable", "RunSummary", "ServedRun", "ServedRuns"]

COLLECTIONS = ("sites", "gaps", "areas", "places")
"""What a run is offered as, feature by feature."""

_KEPT_RUNS = 8
_NO_RUN = "this project has no plan yet; make one with: ngbw plan PROJECT"

_DAMAGE = (
    NgbwError, OSError, ArithmeticError, AttributeError, LookupError, RecursionError, TypeError,
    ValueError,
)  # fmt: skip
"""What reading a damaged run may raise."""

_log = logging.getLogger("ngbw.http")
_Stamp = tuple[int, int]
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class RunSummary:
    """What a list of runs says of one of them.

    Attributes
    ----------
    share, target
        ``coverage.share`` and what it is held against.
    sites
        Number of sites.
    headline
        Whether it is a run of the project's headline service.
    budgeted
        Whether the sites were chosen within a budget, and not given.
    stamp
        Time of change [ns] and size of its ``run.json``.
    """

    run_id: str
    created: str
    names: tuple[str, ...]
    service: str
    share: float | None
    target: float | None
    met: bool | None
    sites: int
    headline: bool
    budgeted: bool
    stamp: _Stamp

    @property
    def label(self) -> str:
        """The name given last, or the id."""
        return self.names[-1] if self.names else self.run_id


@dataclass(frozen=True, slots=True)
class FeatureTable:
    """The features of one collection, with an index by id and by place.

    Attributes
    ----------
    features
        GeoJSON features in the order of the run.
    positions
        Feature id, as text, to its place in ``features``.
    shapes
        The geometries; None for a feature without one.
    """

    features: tuple[Mapping[str, Any], ...]
    positions: Mapping[str, int]
    shapes: NDArray[np.object_]
    tree: shapely.STRtree

    @classmethod
    def of(cls, features: tuple[Mapping[str, Any], ...]) -> FeatureTable:
        """Index features; the first of equal ids is the one that is found."""
        positions: dict[str, int] = {}
        for position, feature in enumerate(features):
            positions.setdefault(str(feature["id"]), position)
        texts = [
            None if feature.get("geometry") is None else json.dumps(feature["geometry"])
            for feature in features
        ]
        shapes = shapely.from_geojson(np.array(texts, dtype=object))
        return cls(features, positions, shapes, shapely.STRtree(shapes))

    def within(self, boxes: tuple[tuple[float, float, float, float], ...]) -> NDArray[np.intp]:
        """Return the places of the features that touch any of the boxes, in ascending order."""
        found = [self.tree.query(shapely.box(*box), predicate="intersects") for box in boxes]
        return np.unique(np.concatenate(found)) if found else np.empty(0, np.intp)

    def extent(self) -> list[float] | None:
        """Return west, south, east, north of all features; None where there is no geometry."""
        bounds = shapely.total_bounds(self.shapes)
        return [float(value) for value in bounds] if np.isfinite(bounds).all() else None


@dataclass(frozen=True, slots=True)
class ServedRun:
    """A run with its summary.

    Attributes
    ----------
    tag
        Identity and state of the run, for entity tags.
    """

    summary: RunSummary
    run: Run

    @property
    def document(self) -> Mapping[str, Any]:
        """The content of ``run.json``."""
        return self.run.document

    @property
    def tag(self) -> tuple[str, ...]:
        """What entity tags of this run are made of."""
        return (self.summary.run_id, *map(str, self.summary.stamp))


def _stamp(path: Path) -> _Stamp | None:
    """Return time of change and size of a file; None where it is not there."""
    try:
        status = path.stat()
    except OSError:
        return None
    return (status.st_mtime_ns, status.st_size)


class _Recent:
    """The last few things made, by key; a changed stamp makes one anew."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._kept: OrderedDict[tuple[str, ...], tuple[object, object]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: tuple[str, ...], stamp: object, make: Callable[[], _T]) -> _T:
        """Return what is kept under the key, or make and keep it."""
        with self._lock:
            kept = self._kept.get(key)
            if kept is not None and kept[0] == stamp:
                self._kept.move_to_end(key)
                return kept[1]  # type: ignore[return-value]
        # Made without the lock: two requests may make the same, none waits for another's disk.
        made = make()
        with self._lock:
            self._kept[key] = (stamp, made)
            self._kept.move_to_end(key)
            while len(self._kept) > self._size:
                self._kept.popitem(last=False)
        return made


class ServedRuns:
    """The runs of one project, for many requests at once.

    Parameters
    ----------
    project
        The project; its ``runs`` directory need not exist yet.
    """

    def __init__(self, project: Project) -> None:
        self.project = project
        self.store = RunStore(project)
        self._names: tuple[_Stamp | None, dict[str, str]] = (None, {})
        self._summaries: dict[str, RunSummary | None] = {}
        self._stamps: dict[str, _Stamp] = {}
        self._documents = _Recent(_KEPT_RUNS)
        self._features = _Recent(_KEPT_RUNS * len(COLLECTIONS))
        self._maps = _Recent(_KEPT_RUNS)
        self._lock = threading.Lock()

    def names(self) -> dict[str, str]:
        """Return plan names and the ids of their runs; none where the list is damaged."""
        stamp = _stamp(self.store.directory / "plans.json")
        kept = self._names
        if stamp is None:
            return {}
        if kept[0] != stamp:
            try:
                kept = (stamp, self.store.names())
            except FileError as error:
                _log.warning("%s", error)
                kept = (stamp, {})
            self._names = kept
        return kept[1]

    def summaries(self) -> list[RunSummary]:
        """Return every readable run, the newest first."""
        found = {
            path.name: stamp
            for path in self.store.directory.glob("*")
            if path.name.isalnum() and (stamp := _stamp(path / "run.json")) is not None
        }
        by_run: dict[str, list[str]] = {}
        for name, run_id in self.names().items():
            by_run.setdefault(run_id, []).append(name)
        with self._lock:
            for run_id in self._stamps.keys() - found.keys():
                del self._stamps[run_id]
                del self._summaries[run_id]
            for run_id, stamp in found.items():
                if self._stamps.get(run_id) != stamp:
                    self._summaries[run_id] = self._summarise(run_id, stamp)
                    self._stamps[run_id] = stamp
            known = [one for one in self._summaries.values() if one is not None]
        named = [_named(one, by_run.get(one.run_id, [])) for one in known]
        return sorted(named, key=lambda one: (one.created, one.stamp[0]), reverse=True)

    def _summarise(self, run_id: str, stamp: _Stamp) -> RunSummary | None:
        """Return the summary of a run; None, and a warning in the log, where it is damaged."""
        try:
            document = self._document(run_id, stamp).document
            coverage = document["coverage"]
            _check_shown(document)
            return RunSummary(
                run_id=run_id,
                created=str(document["created"]),
                names=(),
                service=str(document["service"]["id"]),
                share=coverage["share"],
                target=coverage["target"],
                met=coverage["met"],
                sites=int(document["sites"]["count"]),
                headline=document["service"].get("headline") is not False,
                budgeted=document["plan"].get("bound") is not None,
                stamp=stamp,
            )
        except _DAMAGE as error:
            _log.warning("run %s is left out: %s: %s", run_id, type(error).__name__, error)
            return None

    def choose(self, plan: str | None) -> ServedRun:
        """Return the run of a plan name or run id, by default that of :meth:`newest`.

        Raises
        ------
        ProblemError
            There is no such plan, or no run at all.
        """
        summaries = self.summaries()
        if not summaries:
            raise ProblemError("no-plan", _NO_RUN)
        if plan is None:
            return self._served(_first_shown(summaries))
        run_id = self.names().get(plan, plan)
        for summary in summaries:
            if summary.run_id == run_id:
                return self._served(summary)
        raise ProblemError(
            "no-plan", "no plan has that name or id; the resource /runs lists what there is"
        )

    def newest(self) -> ServedRun | None:
        """Return the run to show first; None while there is none.

        It is the newest plan of the headline service within a budget; else the newest run of that
        service; else the newest run at all. A run of another service or with sites given by hand
        is made to look at one question, and does not take the first page over.
        """
        summaries = self.summaries()
        return self._served(_first_shown(summaries)) if summaries else None

    def _served(self, summary: RunSummary) -> ServedRun:
        read = _gone_is_unavailable(lambda: self._document(summary.run_id, summary.stamp))
        return ServedRun(summary, read)

    def _document(self, run_id: str, stamp: _Stamp) -> Run:
        return self._documents.get((run_id,), stamp, lambda: self.store.open(run_id))

    def features(self, served: ServedRun, collection: str) -> FeatureTable:
        """Return a collection of a run.

        Raises
        ------
        FileError
            Its file is damaged.
        """

        def read() -> FeatureTable:
            return _gone_is_unavailable(lambda: _read_features(served.run, collection))

        key = (served.summary.run_id, collection)
        return self._features.get(key, served.summary.stamp, read)

    def map_page(self, served: ServedRun, make: Callable[[str], _T]) -> _T:
        """Return what ``make`` makes of the run's map page, once for each run."""

        def read() -> _T:
            return make(_gone_is_unavailable(lambda: served.run.map_path.read_text("utf-8")))

        stamp = (served.summary.stamp, _stamp(served.run.map_path))
        return self._maps.get((served.summary.run_id,), stamp, read)


def _named(summary: RunSummary, names: list[str]) -> RunSummary:
    return replace(summary, names=tuple(names))


def _first_shown(summaries: list[RunSummary]) -> RunSummary:
    """Return the run to show first, of runs that stand newest first."""
    ranked = (
        [one for one in summaries if one.headline and one.budgeted],
        [one for one in summaries if one.headline],
        summaries,
    )
    return next(found[0] for found in ranked if found)


def _check_shown(document: Mapping[str, Any]) -> None:
    """Write everything that a page shows of a run; a damaged one fails here and not on the page."""
    for answer in (coverage_answer, sites_answer, next_answer, page_title, page_tables, notices):
        answer(document)
    project, service = document["project"], document["service"]
    for part in (project["name"], project["name_en"], service["name"], service["name_en"]):
        if not isinstance(part, str):
            raise TypeError(f"a name is {part!r}, not text")
    phrase_or_raw(str(document["model"]["title"]), LANGUAGES[0])
    for language in LANGUAGES:
        figures.moment(document["created"], project["timezone"] or "UTC", language)
        figures.share(document["coverage"]["share"], language)


def _gone_is_unavailable(read: Callable[[], _T]) -> _T:
    """Call a reader; a file that is not there is being replaced or was just removed."""
    try:
        return read()
    except (FileNotFoundError, LookupError) as error:
        _log.warning("a run changed while it was read: %s", error)
        raise ProblemError(
            "unavailable", "the results are being written anew; try again in a moment"
        ) from None


def _place_features(document: Mapping[str, Any]) -> tuple[Mapping[str, Any], ...]:
    return tuple(
        {
            "type": "Feature",
            "id": place["place_id"],
            "geometry": {"type": "Point", "coordinates": [place["lon"], place["lat"]]},
            "properties": {
                name: value for name, value in place.items() if name not in ("lon", "lat")
            },
        }
        for place in document["places"]
    )


def _read_features(run: Run, collection: str) -> FeatureTable:
    """Read a collection, with the names of areas joined to what lies in them."""
    if collection == "places":
        return FeatureTable.of(_place_features(run.document))
    try:
        features = run.features(collection)["features"]
        names = run.document["coverage"]["by_subdistrict"]
        joined = [_with_area_name(feature, names, collection) for feature in features]
        return FeatureTable.of(tuple(joined))
    except (ValueError, KeyError, TypeError, shapely.errors.GEOSException) as error:
        raise FileError(
            f"{run.directory / collection}.geojson is damaged ({error}); run ngbw plan again"
        ) from None


def _with_area_name(
    feature: Mapping[str, Any], names: Mapping[str, Mapping[str, str]], collection: str
) -> Mapping[str, Any]:
    if collection == "areas":
        return feature
    properties = feature["properties"]
    area = names.get(properties.get("area_id") or "", {})
    extra = {"area_name": area.get("name", ""), "area_name_en": area.get("name_en", "")}
    return {**feature, "properties": {**properties, **extra}}
