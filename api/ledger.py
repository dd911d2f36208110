"""The ledger of targets: every promise with its value, what that rests on, and the verdict."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from ..topology.errors import MissingError, TableError, UsageError
from ..topology.metrics import Reading, cannot_tell
from ..topology.quantities import shown
from ..topology.targets import Target, Verdict, judge, read_targets, statement_problems
from .scenario.coverage_readings import COVERAGE_READERS
from .scenario.readings import COMPUTED, read
from .scenario.report import item_dict
from .scenario.study import Study

__all__ = ["Ledger", "day_of", "ledger", "ledger_text"]

_WORDS = ("met", "missed", "at risk", "cannot tell")


@dataclass(frozen=True, slots=True)
class Ledger:
    """Verdicts on all targets of a project on a day, in the order of its table."""

    project: str
    at: date
    verdicts: tuple[Verdict, ...]

    @property
    def counts(self) -> Mapping[str, int]:
        """How many targets have each verdict."""
        return {word: sum(v.word == word for v in self.verdicts) for word in _WORDS}

    def to_dict(self) -> dict[str, Any]:
        """Return the ledger as plain data."""
        return {
            "project": self.project,
            "at": self.at.isoformat(),
            "counts": dict(self.counts),
            "targets": [_row(verdict) for verdict in self.verdicts],
        }


def _reading(reading: Reading, verdict: Verdict) -> dict[str, Any]:
    metric = next(p.metric for p in verdict.target.parts if p.metric.name == reading.metric)
    return {
        "metric": reading.metric,
        "unit": metric.unit,
        "value": reading.value,
        "range": None if reading.low is None else [reading.low, reading.high],
        "origin": reading.origin,
        "source": reading.source or None,
        "reason": reading.reason or None,
        "assumed": list(reading.assumed),
        "worst": [item_dict(item) for item in reading.worst[:5]],
    }


def _row(verdict: Verdict) -> dict[str, Any]:
    target = verdict.target
    return {
        "id": target.target_id,
        "area": target.area,
        "quote_zh": target.quote_zh,
        "meaning": target.meaning,
        "target": str(target),
        "operator": target.operator,
        "value": target.value,
        "figure_assumed": target.figure_assumed,
        "due": target.due.isoformat(),
        "due_basis": target.due_basis,
        "phases": {str(year): word for year, word in target.phases.items()},
        "responsible": target.responsible,
        "kind": target.kind,
        "verdict": verdict.word,
        "reason": verdict.reason or None,
        "readings": [_reading(reading, verdict) for reading in verdict.readings],
        "planned": [_reading(reading, verdict) for reading in verdict.planned],
    }


def day_of(text: str, timezone: str, *, now: datetime | None = None) -> date:
    """Return the day that ``--at`` names, or today in the project's zone.

    Parameters
    ----------
    now
        The clock, timezone-aware; the machine's by default.

    Raises
    ------
    UsageError
        The text is no date.
    """
    if not text:
        return (now or datetime.now(UTC)).astimezone(ZoneInfo(timezone)).date()
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"--at is {text[:40]!r}; write a day as YYYY-MM-DD") from None


def _stands(study: Study, metric: str, at: date) -> Reading:
    """Return what is known of what is built; a plan is no result."""
    if metric not in COMPUTED:
        return cannot_tell(metric)  # statements have their own day; judge looks at them
    if metric not in COVERAGE_READERS:
        return read(study, metric, at=at)
    sites = study.network.sites
    built = (sites["state"] == "built") & (sites["kind"] == "ngb-w")
    return read(study, metric, sites=tuple(sites.loc[built, "site_id"]))


def _planned(study: Study, target: Target) -> dict[str, Reading]:
    return {
        part.metric.name: read(study, part.metric.name)
        for part in target.parts
        if part.metric.name in COVERAGE_READERS
        and not part.metric.name.startswith(("lte.", "umts.", "tetra."))
    }


def ledger(study: Study, *, at: date) -> Ledger:
    """Judge every target of a project on a day.

    Raises
    ------
    MissingError
        The project has no targets.
    TableError
        A target or a statement breaks the rules of its table.
    """
    project = study.project
    file = project.path_of("targets").name
    targets = read_targets(project.table("targets"), file=file)
    if not targets:
        raise MissingError(
            f"{project.directory} has no targets; write them to {file}: "
            "ngbw template targets.xlsx, then ngbw import PROJECT targets targets.xlsx"
        )
    problems = statement_problems(
        project.table("statements"),
        project.table("targets"),
        file=project.path_of("statements").name,
    )
    if problems:
        raise TableError(problems)
    verdicts = []
    for target in targets:
        judged = target.kind != "milestone"
        stands = {
            part.metric.name: study.once(
                ("stands", part.metric.name, at), partial(_stands, study, part.metric.name, at)
            )
            for part in target.parts
            if judged
        }
        verdicts.append(
            judge(
                target,
                at=at,
                stands=stands,
                planned=_planned(study, target) if judged else {},
                statements=study.statements,
            )
        )
    return Ledger(project.settings.name, at, tuple(verdicts))


def _values(readings: tuple[Reading, ...], verdict: Verdict) -> str:
    words = []
    for reading in readings:
        metric = next(p.metric for p in verdict.target.parts if p.metric.name == reading.metric)
        if reading.value is not None and metric.unit != "date":
            words.append(f"{reading.metric} {shown(reading.value, metric)} ({reading.origin})")
    return ", ".join(words)


def ledger_text(found: Ledger) -> str:
    """Return a ledger for reading."""
    lines = [f"{found.project}, {found.at}"]
    for verdict in found.verdicts:
        target = verdict.target
        due = f"due {target.due} ({target.due_basis})"
        assumed = ", figure assumed" if target.figure_assumed else ""
        lines += ["", f"{verdict.word:<11}  {target.target_id}: {target} [{due}{assumed}]"]
        lines.append(f"             {target.meaning}")
        for label, words in (
            ("value", _values(verdict.readings, verdict)),
            ("plan", _values(verdict.planned, verdict)),
            ("why", verdict.reason),
            ("phase", target.phases.get(found.at.year, "")),
            ("who", target.responsible),
        ):
            if words:
                lines.append(f"             {label}: {words}")
    counts = ", ".join(f"{number} {word}" for word, number in found.counts.items())
    return "\n".join([*lines, "", f"{len(found.verdicts)} targets: {counts}"])
