"""The scenario file: what it may hold, read into plain records with the place of each.

::

    ngbw: 1
    name: yangpu
    scenarios:
      - id: any-one-link
        fail: {links: 1}
        assert:
          - demand_lost.max <= 2%

Paths in it are relative to the file that names them and stay in its directory, except ``project``.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ...coverage.plan_request import PlanRequest
from ...topology.errors import UsageError
from ...topology.metrics import METRICS, find_metric
from ...topology.quantities import Tolerance, parse_share, parse_tolerance
from .assertions import Assertion, parse_assertion
from .file_model import (
    FORMAT,
    OF_FAILURES,
    Availability,
    Baseline,
    Failure,
    Scenario,
    ScenarioFile,
)
from .positions import Node, read_yaml
from .shapes import (
    Either,
    Entry,
    ListOf,
    MapOf,
    Number,
    Record,
    Shape,
    Text,
    YesNo,
    nearest_of,
)

__all__ = ["json_schema", "only", "read_scenarios"]

_MAX_INCLUDES = 100


@dataclass(frozen=True)
class _Parts:
    """What one file holds, before its includes are followed."""

    node: Node
    name: str
    project: Path | None
    seed: int | None
    include: tuple[tuple[Path, Node], ...]
    scenarios: tuple[Scenario, ...]
    baseline: Baseline | None


def _inside(node: Node) -> Path:
    """Return a path below the directory of the file that names it."""
    text = str(node.value)
    home = node.file.parent
    path = home / text
    if Path(text).is_absolute() or not path.resolve().is_relative_to(home.resolve()):
        raise node.error(f"{text[:80]!r} leads out of the directory of {node.file.name}; put it in")
    return path


def _file_inside(node: Node) -> Path:
    """Return a file below the directory of the file that names it; it must be there."""
    path = _inside(node)
    if not path.is_file():
        folder = path.parent
        beside = sorted(p.name for p in folder.iterdir() if p.is_file()) if folder.is_dir() else []
        close = difflib.get_close_matches(path.name, beside, n=1)
        hint = f"; did you mean {close[0]}?" if close else f" in {node.file.parent}"
        raise node.error(f"{str(node.value)[:80]!r} does not exist{hint}")
    return path


def _project(node: Node) -> Path:
    return node.file.parent / str(node.value)


def _version(node: Node) -> int:
    value = node.value
    if not isinstance(value, int) or isinstance(value, bool):
        raise node.error(f"must be the format version, {FORMAT}")
    if value != FORMAT:
        raise node.error(
            f"is a file of format {value}, this release reads format {FORMAT}; "
            + ("install a newer ngbw" if value > FORMAT else f"write ngbw: {FORMAT}")
        )
    return value


@dataclass(frozen=True)
class _Version:
    """The format version."""

    def read(self, node: Node) -> int:
        return _version(node)

    def schema(self) -> dict[str, Any]:
        return {"const": FORMAT}


@dataclass(frozen=True)
class _Null:
    """An entry that may stand empty, as ``availability:`` does."""

    def read(self, node: Node) -> Availability:
        if node.value is not None and node.value is not True:
            raise node.error(f"must be a map with component_table, or empty, not {node.kind}")
        return Availability(None)

    def schema(self) -> dict[str, Any]:
        return {"enum": [None, True]}


def _make_failure(node: Node, **given: Any) -> Failure:
    kind: Any = next(name for name in _FAILURES if given[name] is not None)
    if given["shared_m"] is not None and kind != "srlg":
        assert isinstance(node.value, dict)  # noqa: S101 - Record has checked it
        raise node.value["shared_m"].error("shared_m belongs to srlg", at_key=True)
    value = given[kind]
    if kind in ("links", "nodes"):
        return Failure(kind, node, count=value)
    if kind == "srlg":
        return Failure(kind, node, groups=value, shared_m=float(given["shared_m"] or 50.0))
    if kind == "within":
        return Failure(kind, node, area=value)
    return Failure(kind, node, ids=tuple(value))


_FAILURES = ("links", "nodes", "srlg", "within", "ids")

FAILURE = Record(
    "fail",
    (
        Entry("links", Number(1, 2, whole=True), "any so many links at once, 1 or 2"),
        Entry("nodes", Number(1, 2, whole=True), "any so many sites at once, 1 or 2"),
        Entry(
            "srlg",
            Text(choices=("from_geometry",)),
            "each group of links that share a risk; from_geometry finds them on the map",
        ),
        Entry(
            "shared_m",
            Number(1, 100_000),
            "metres of shared cable, duct or bridge from which a risk is shared (50)",
        ),
        Entry(
            "within",
            Text(parse=_file_inside, rule="the file name of an area"),
            "everything inside the area of a GeoJSON or GeoPackage file",
        ),
        Entry("ids", ListOf(Text(rule="an id")), "the named sites, links, spans, devices, ..."),
    ),
    _make_failure,
    one_of=_FAILURES,
)


def _make_availability(node: Node, component_table: Path | None) -> Availability:
    return Availability(component_table)


AVAILABILITY = Record(
    "availability",
    (
        Entry(
            "component_table",
            Text(parse=_file_inside, rule="the file name of a table"),
            "CSV with failure and repair times of components (default: the built-in table)",
        ),
    ),
    _make_availability,
)


def _make_assertion(node: Node, that: Node, severity: Any, top: int) -> Assertion:
    return parse_assertion(that, severity=severity, top=top)


_ASSERTION_RULE = "an assertion, METRIC OPERATOR FIGURE, such as coverage.share >= 90%"

ASSERTION = Either(
    Text(description=_ASSERTION_RULE, rule=_ASSERTION_RULE, parse=parse_assertion),
    Record(
        "an assertion",
        (
            Entry(
                "that",
                Text(rule=_ASSERTION_RULE, parse=lambda node: node),
                "METRIC OPERATOR FIGURE, such as demand_lost.max <= 2%",
                required=True,
            ),
            Entry(
                "severity",
                Text(choices=("error", "warn")),
                "error decides the exit code; warn is only shown",
                default="error",
            ),
            Entry(
                "top",
                Number(1, 1000, whole=True),
                "how many of the worst items are named",
                default=3,
            ),
        ),
        _make_assertion,
    ),
)


def _make_request(node: Node, **given: Any) -> PlanRequest:
    groups = given.pop("apart") or ()
    fixed, forbidden = given.pop("fix"), given.pop("forbid")
    try:
        return PlanRequest(
            **given,
            fix=tuple(fixed or ()),
            forbid=tuple(forbidden or ()),
            apart=tuple(tuple(group) for group in groups),
        )
    except UsageError as error:
        raise node.error(str(error)) from None


@dataclass(frozen=True)
class _Share:
    """A share, as 0.9, 90% or 90."""

    def read(self, node: Node) -> float:
        try:
            return parse_share(Text(rule="a share such as 90%").read(node))
        except UsageError as error:
            raise node.error(str(error)) from None

    def schema(self) -> dict[str, Any]:
        return {"anyOf": [{"type": "number", "minimum": 0, "maximum": 100}, {"type": "string"}]}


_SITE_IDS = ListOf(Text(rule="the id of a site"))

OPTIMISE = Record(
    "optimise",
    (
        Entry("sites", Number(1, 100_000, whole=True), "at most so many sites (plan.sites)"),
        Entry("budget", Number(0, 1e15), "at most so much money, standing sites included"),
        Entry("share", _Share(), "reach this share with the fewest sites"),
        Entry("cheapest", YesNo(), "with share: at the least cost", default=False),
        Entry("max_gap", _Share(),
              "search on until the plan is proven to be within this share of the best"),
        Entry("time_limit_s", Number(0, 1e6), "stop with the best plan so far", default=0.0),
        Entry("fix", _SITE_IDS, "sites that are in the plan"),
        Entry("forbid", _SITE_IDS, "sites that are not"),
        Entry("apart", ListOf(_SITE_IDS), "sets of sites of which the plan holds one at most"),
        Entry("per_subdistrict", Number(0, 10_000, whole=True),
              "at least so many sites in each subdistrict", default=0),
        Entry("least_share", _Share(), "at least this share of the residents of each subdistrict",
              default=0.0),
        Entry("servers", Number(1, 9, whole=True),
              "count residents whom so many sites serve each", default=1),
        Entry("survive", YesNo(), "choose what the loss of any one site hurts least",
              default=False),
        Entry("as_network", YesNo(),
              "count whom the sites serve as a network: after interference, or as a sum",
              default=False),
        Entry("connected", YesNo(), "within the budget, count the fibre that connects sites too",
              default=False),
        Entry("microwave", YesNo(),
              "with connected: microwave hops in place of fibre where cheaper", default=False),
        Entry("share_with_stations", _Share(),
              "at least this share of the sites stand on existing base stations", default=0.0),
        Entry("tune", YesNo(),
              "turn, tilt and weaken the antennas of the chosen sites while that serves more",
              default=False),
        Entry("safe", _Share(),
              "say the cheapest additions with which the loss of any one site leaves this share"),
    ),
    _make_request,
)  # fmt: skip


def _make_scenario(node: Node, **given: Any) -> Scenario:
    sites, request = given["sites"], given["optimise"]
    if request is not None and sites != "plan":
        assert isinstance(node.value, dict)  # noqa: S101 - Record has checked it
        raise node.value["optimise"].error(
            "optimise asks the planner for sites, and sites names others; leave one out",
            at_key=True,
        )
    for assertion in given["assert"]:
        name = assertion.metric.name
        if name in OF_FAILURES and given["fail"] is None:
            raise assertion.node.error(
                f"{name} says what failures do, and nothing fails in {given['id']!r}; add "
                "fail: {links: 1}"
            )
    return Scenario(
        scenario_id=given["id"],
        title=given["title"],
        fail=given["fail"],
        availability=given["availability"],
        sites=request or (tuple(sites) if isinstance(sites, list) else sites),
        service=given["service"],
        proof=given["prove"],
        assertions=tuple(given["assert"]),
        node=node,
    )


SCENARIO = Record(
    "a scenario",
    (
        Entry(
            "id",
            Text(pattern=r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}",
                 rule="an id of letters, digits, dots, dashes and underscores, at most 64"),
            "names the scenario; unique in the file and what it includes",
            required=True,
        ),
        Entry("title", Text(), "what it is about, for reports", default=""),
        Entry("fail", FAILURE, "what fails; nothing when absent"),
        Entry(
            "availability",
            Either(_Null(), AVAILABILITY),
            "compute outages in a year, from the built-in component table when empty",
        ),
        Entry(
            "sites",
            Either(Text(choices=("plan", "standing")), ListOf(Text(rule="the id of a site"))),
            "which sites are judged: plan (the planner's choice within the budget), standing "
            "(built and planned ones), or a list of ids",
            default="plan",
        ),
        Entry("optimise", OPTIMISE, "what is asked of the planner, in place of sites"),
        Entry("service", Text(), "service that is judged (default: headline_service)", default=""),
        Entry(
            "prove",
            Text(choices=("wanted", "required")),
            "required: a figure that rests on a plan that is not proven optimal is unproven "
            "(exit code 4)",
            default="wanted",
        ),
        Entry("assert", ListOf(ASSERTION), "what must hold", required=True),
    ),
    _make_scenario,
)  # fmt: skip


def _read_tolerance(name: str, node: Node) -> Tolerance:
    try:
        metric = find_metric(name)
    except UsageError as error:
        raise node.error(str(error), at_key=True) from None
    text = Text(rule="a tolerance such as 0.2pt, 1% or 5 km").read(node)
    try:
        return parse_tolerance(text, metric)
    except UsageError as error:
        raise node.error(str(error)) from None


def _make_baseline(node: Node, file: Path, tolerate: dict[str, Tolerance] | None) -> Baseline:
    return Baseline(file, tolerate or {}, node)


BASELINE = Record(
    "baseline",
    (
        Entry(
            "file",
            Text(parse=_inside, rule="a file name"),
            "JSON file with the values; ngbw check --update-baseline writes it",
            required=True,
        ),
        Entry(
            "tolerate",
            MapOf(
                Text(description="0.2pt (points of a share), 1% of the old value, or a quantity"),
                _read_tolerance,
                names=tuple(METRICS),
            ),
            "how much worse a metric may be: 0.2pt (points of a share), 1% (of the old value) or "
            "a quantity in its unit; nothing by default",
        ),
    ),
    _make_baseline,
)


def _make_file(node: Node, **given: Any) -> _Parts:
    return _Parts(
        node=node,
        name=given["name"],
        project=given["project"],
        seed=given["seed"],
        include=tuple(given["include"] or ()),
        scenarios=tuple(given["scenarios"] or ()),
        baseline=given["baseline"],
    )


FILE = Record(
    "a scenario file",
    (
        Entry("ngbw", _Version(), f"format version, {FORMAT}", required=True),
        Entry("name", Text(), "name of the whole, for reports", default=""),
        Entry("project", Text(parse=_project, rule="a directory"), "directory of the project, "
              "relative to this file (default: the directory of this file)"),
        Entry("seed", Number(0, 2**32 - 1, whole=True), "of every search and sample (0)"),
        Entry(
            "include",
            ListOf(Text(parse=lambda node: (_inside(node), node), rule="the name of a file")),
            "files whose scenarios come before these",
        ),
        Entry("scenarios", ListOf(SCENARIO), "the scenarios"),
        Entry("baseline", BASELINE, "values that must not get worse"),
    ),
    _make_file,
)  # fmt: skip


def _read_parts(path: Path) -> _Parts:
    node = read_yaml(path)
    if isinstance(node.value, dict) and "ngbw" in node.value:
        _version(node.value["ngbw"])  # a file of another format may differ in everything else
    parts: _Parts = FILE.read(node)
    return parts


def read_scenarios(path: Path) -> ScenarioFile:
    """Read a scenario file and what it includes.

    Raises
    ------
    ScenarioError
        A rule is broken; with file, line and column.
    MissingError, FileError
        A file is not there or cannot be read.
    """
    files: list[Path] = []
    scenarios: list[Scenario] = []

    def follow(file: Path, trail: tuple[Path, ...]) -> _Parts:
        files.append(file)
        parts = _read_parts(file)
        here = (*trail, file.resolve())
        for included, node in parts.include:
            if included.resolve() in here:
                ring = " -> ".join(p.name for p in (*here, included))
                raise node.error(f"includes itself: {ring}; remove one of these includes")
            if len(files) > _MAX_INCLUDES:
                raise node.error(f"more than {_MAX_INCLUDES} files are included")
            if not included.is_file():
                raise node.error(f"{node.value} does not exist")
            inner = follow(included, here)
            for name in ("baseline", "project", "seed"):
                if getattr(inner, name) is not None:
                    assert isinstance(inner.node.value, dict)  # noqa: S101 - it was read
                    raise inner.node.value[name].error(
                        f"{name} belongs into {path.name}, which includes this file", at_key=True
                    )
        scenarios.extend(parts.scenarios)
        return parts

    parts = follow(path, ())
    seen: dict[str, Scenario] = {}
    for scenario in scenarios:
        first = seen.setdefault(scenario.scenario_id, scenario)
        if first is not scenario:
            assert isinstance(scenario.node.value, dict)  # noqa: S101 - it was read
            raise scenario.node.value["id"].error(
                f"{scenario.scenario_id!r} is the id of the scenario at "
                f"{first.node.file.name}:{first.node.line} already"
            )
    if not scenarios:
        raise parts.node.error("there is no scenario; write scenarios: with at least one")
    return ScenarioFile(
        path=path,
        name=parts.name or path.stem,
        project=parts.project or path.parent,
        seed=parts.seed or 0,
        scenarios=tuple(scenarios),
        baseline=parts.baseline,
        files=tuple(files),
    )


def only(file: ScenarioFile, wanted: list[str]) -> ScenarioFile:
    """Return the file with the named scenarios only.

    Raises
    ------
    UsageError
        There is none of that name; the nearest is named.
    """
    known = [scenario.scenario_id for scenario in file.scenarios]
    for name in wanted:
        if name not in known:
            raise UsageError(f"{file.path} has no scenario {name[:80]!r}{nearest_of(name, known)}")
    return replace(
        file, scenarios=tuple(s for s in file.scenarios if not wanted or s.scenario_id in wanted)
    )


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of scenario files, for editors and CI."""
    shape: Shape = FILE
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"ngbw scenario file, format {FORMAT}",
        **shape.schema(),
    }
