"""Check a scenario file: let things fail, take the readings, hold them against the assertions."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from ... import __version__
from ...topology.errors import FileError, InputError, TableError
from ...topology.metrics import Metric, Reading, cannot_tell
from ...topology.tables import TABLES
from .baseline import change_of, read_baseline
from .failure_cases import cases_of, check_names, singles, toll
from .file_model import OF_FAILURES, Failure, Scenario, ScenarioFile
from .network_readings import (
    NO_DEMAND,
    OF_CONNECTED,
    demand_unknown,
    roots_unknown,
    unconnected,
)
from .radio_cases import dark_cases
from .readings import read
from .report import Outcome, Report, Result
from .study import Study

__all__ = ["check", "reading_of"]

_TOP = 20


def _toll_reading(study: Study, metric: str, failure: Failure) -> Reading:
    found = toll(study, failure)
    value: float | None
    if unknown := roots_unknown(study):
        return cannot_tell(metric, unknown)
    if metric.startswith("demand_lost.") and demand_unknown(study):
        return cannot_tell(metric, NO_DEMAND)
    if metric == "sites_cut.max":
        value, worst = found.worst_sites, found.worst_cut
    else:
        value = {
            "demand_lost.max": found.worst_share,
            "demand_lost.p99": found.p99_share,
            "demand_lost.mean": found.mean_share,
        }[metric]
        worst = found.worst
    if value is None:
        return cannot_tell(metric, found.reason)
    return Reading(metric, float(value), origin="predicted",
                   source=f"{found.cases:,} failures", worst=worst)  # fmt: skip


_DARK = ("people_dark.max", "places_dark.max", "coverage.share", "gaps.people",
         "coverage.places.share")  # fmt: skip


def _dark_reading(study: Study, metric: str, failure: Failure, scenario: Scenario) -> Reading:
    """Return a coverage metric after the worst failure, from what each takes away."""
    found = dark_cases(study, failure, scenario.sites, scenario.service)
    if not found:
        return cannot_tell(metric, f"nothing could fail: {failure}")
    people = max(dark.people for dark in found)
    by_places = sorted(found, key=lambda dark: (-len(dark.places), -dark.people))
    places = len(by_places[0].places)
    worst = [dark for dark in (by_places if "places" in metric else found) if dark.sites]
    items = tuple(dark.item for dark in worst[:_TOP])
    source = f"{len(found):,} failures"
    if metric in ("people_dark.max", "places_dark.max"):
        value = people if metric == "people_dark.max" else float(places)
        return Reading(metric, value, origin="planned", source=source, worst=items)
    before = read(study, metric, sites=scenario.sites, service=scenario.service)
    if before.value is None:
        return before
    document = study.coverage(scenario.sites, scenario.service)
    if metric == "gaps.people":
        value = before.value + people
    elif metric == "coverage.share":
        value = before.value - people / document["coverage"]["total"]
    else:
        value = before.value - places / len(document["places"])
    return replace(before, value=value, source=f"{before.source}; {source}",
                   worst=items or before.worst)  # fmt: skip


def _worst_of(
    study: Study, metric: Metric, failure: Failure, read_after: Callable[[Study], Reading]
) -> Reading:
    """Return a metric after the failure that is worst for it."""
    worst: tuple[float, Reading] | None = None
    sign = -1.0 if metric.better == "higher" else 1.0
    for case in cases_of(study, failure):
        after = read_after(study.after(case.ids))
        if after.value is None:
            return replace(after, reason=f"after {case.item}: {after.reason}")
        badness = sign * after.value
        if worst is None or badness > worst[0]:
            worst = (badness, replace(after, worst=(case.item, *after.worst)))
    if worst is None:
        return cannot_tell(metric.name, f"nothing could fail: {failure}")
    return worst[1]


def reading_of(study: Study, metric: Metric, scenario: Scenario) -> Reading:
    """Return the reading of a metric in the state that a scenario describes."""
    failure, name = scenario.fail, metric.name
    table = scenario.availability.component_table if scenario.availability else None

    def plain(of: Study) -> Reading:
        return read(of, name, sites=scenario.sites, service=scenario.service, component_table=table)

    if failure is None:
        return plain(study)
    study.network  # noqa: B018 - tables that break their rules are an error, not a reason
    try:
        if name in ("people_dark.max", "places_dark.max") or name in _DARK:
            return _dark_reading(study, name, failure, scenario)
        if name in OF_FAILURES:
            return _toll_reading(study, name, failure)
        if name.startswith(("coverage.", "plan.", "gaps.")):
            known = ", ".join(_DARK)
            return cannot_tell(name, f"after a failure only these are known of coverage: {known}")
        return _worst_of(study, metric, failure, plain)
    except (FileError, TableError):
        raise
    except InputError as error:
        return cannot_tell(name, str(error))


def _notes(study: Study, results: Sequence[Result]) -> tuple[str, ...]:
    """Return what the values do not say and a reader must know."""
    if not any(result.assertion.metric.name in OF_CONNECTED for result in results):
        return ()
    try:
        apart, found = unconnected(study), singles(study)
    except InputError:
        return ()  # the results themselves say why nothing can be told
    if not apart:
        return ()
    people, sites = found.unconnected, len(apart)
    of = f" ({people / found.served.people:.2%})" if found.served.people else ""
    verb = "site has" if sites == 1 else "sites have"
    note = (
        f"{sites} {verb} no path to a source before anything fails, with {people:,.0f} "
        f"residents{of}; no failure counts them as lost; most at {apart[0]}; assert "
        "people.unconnected <= 0 to miss them"
    )
    return (note,)


def _outcome(scenario: Scenario, result: Result) -> Outcome:
    reading = result.reading
    if reading.value is None:
        return "cannot tell"
    if scenario.proof == "required" and reading.proven is False:
        return "unproven"
    return "passed" if result.assertion.holds(reading.value) else "missed"


def check(
    file: ScenarioFile,
    study: Study,
    *,
    with_baseline: bool = True,
    clock: Callable[[], float] = time.perf_counter,
) -> Report:
    """Check every scenario of a file.

    Parameters
    ----------
    study
        Of the project that the file names.
    with_baseline
        Whether to hold the values against the baseline.

    Raises
    ------
    ScenarioError
        A failure names what does not exist; with line and column.
    MissingError
        The baseline does not exist.
    TableError
        Rows of the project's tables break their rules.
    """
    for scenario in file.scenarios:
        if scenario.fail is not None:
            check_names(study, scenario.fail)
    baseline = file.baseline if with_baseline else None
    known = read_baseline(baseline) if baseline else {}
    results: list[Result] = []
    seconds: dict[str, float] = {}
    for scenario in file.scenarios:
        started = clock()
        for assertion in scenario.assertions:
            reading = reading_of(study, assertion.metric, scenario)
            result = Result(scenario, assertion, reading, "passed")
            change = None
            if baseline:
                change = change_of(
                    result.key, reading.value, assertion.metric, known=known,
                    tolerate=baseline.tolerate,
                )  # fmt: skip
            results.append(replace(result, outcome=_outcome(scenario, result), change=change))
        seconds[scenario.scenario_id] = clock() - started
    asserted = {result.key for result in results}
    here = {scenario.scenario_id for scenario in file.scenarios}
    stale = [k for k in known if k not in asserted and k.partition(" ")[0] in here]
    return Report(
        file,
        __version__,
        tuple(results),
        seconds,
        {name: study.project.path_of(name) for name in TABLES},
        tuple(sorted(stale)),
        _notes(study, results),
    )
