"""What a check found: one result an assertion, and the exit code that says it in a number."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from ...topology.metrics import Item, Metric, Reading
from ...topology.quantities import Tolerance, shown
from .assertions import Assertion
from .file_model import OF_FAILURES, Scenario, ScenarioFile

__all__ = ["Change", "Outcome", "Report", "Result"]

Outcome = Literal["passed", "missed", "cannot tell", "unproven"]


@dataclass(frozen=True, slots=True)
class Change:
    """How a value moved against the baseline.

    Attributes
    ----------
    old
        Value of the baseline; None where the baseline has none.
    worse
        Whether it is worse than the tolerance allows.
    tolerance
        How much worse it may be.
    """

    old: float | None
    worse: bool
    tolerance: Tolerance = field(default_factory=Tolerance)

    def words(self, metric: Metric) -> str:
        """Return the baseline's value and the tolerance for reading."""
        allowed = [
            f"{100 * self.tolerance.relative:.4g} % of it" if self.tolerance.relative else "",
            shown(self.tolerance.absolute, metric) if self.tolerance.absolute else "",
        ]
        if self.tolerance.absolute and metric.unit in ("share", "ratio"):
            allowed[1] = f"{100 * self.tolerance.absolute:.4g}pt"
        tolerance = " or ".join(part for part in allowed if part) or "none"
        return f"baseline {shown(self.old, metric)}, tolerance {tolerance}"


@dataclass(frozen=True, slots=True)
class Result:
    """One assertion with what was found.

    Attributes
    ----------
    change
        Against the baseline; None without one.
    """

    scenario: Scenario
    assertion: Assertion
    reading: Reading
    outcome: Outcome
    change: Change | None = None

    @property
    def name(self) -> str:
        """Scenario and assertion in one line."""
        return f"{self.scenario.scenario_id}: {self.assertion.text}"

    @property
    def key(self) -> str:
        """Scenario and metric: what a baseline calls the value."""
        return f"{self.scenario.scenario_id} {self.assertion.metric.name}"

    @property
    def rule_id(self) -> str:
        """Identity of the assertion for tools that follow findings from run to run."""
        return f"{self.scenario.scenario_id}/{self.assertion.metric.name}"

    @property
    def regressed(self) -> bool:
        """Whether it is worse than the baseline allows."""
        return self.change is not None and self.change.worse

    @property
    def only_worse(self) -> bool:
        """Whether it holds, and only the baseline is against it."""
        return self.outcome == "passed" and self.regressed

    @property
    def level(self) -> Literal["ok", "warning", "error"]:
        """How bad it is: an assertion of severity warn never is an error."""
        if self.outcome == "passed" and not self.regressed:
            return "ok"
        return "error" if self.assertion.severity == "error" else "warning"

    @property
    def basis(self) -> str:
        """On which network a failure is judged: radio and fixed figures differ in it."""
        if self.scenario.fail is None or self.assertion.metric.name not in OF_FAILURES:
            return ""
        if not self.assertion.metric.name.endswith("_dark.max"):
            return (
                "on the fixed network and the NGB-W sites that stand, without the plan's "
                "(ngbw fail counts those too)"
            )
        sites = self.scenario.sites
        which = {"plan": "the plan's NGB-W sites", "standing": "the NGB-W sites that stand"}
        if isinstance(sites, tuple):
            words = f"NGB-W {', '.join(sites)}"
        else:
            # What was asked of the planner is a plan, too.
            words = which.get(sites if isinstance(sites, str) else "plan", "")
        return f"on the fixed network with {words}"

    @property
    def worst(self) -> tuple[Item, ...]:
        """The worst items, as many as the assertion asks for."""
        return self.reading.worst[: self.assertion.top]

    @property
    def message(self) -> str:
        """What was found, in a sentence or two."""
        metric, reading = self.assertion.metric, self.reading
        if self.outcome == "cannot tell":
            words = f"{metric.name} cannot be told: {reading.reason}"
        elif self.only_worse and self.change is not None:
            words = (
                f"worse than the baseline: {metric.name} is {shown(reading.value, metric)}, "
                f"{self.change.words(metric)}"
            )
        else:
            words = f"{metric.name} is {shown(reading.value, metric)}"
            if self.outcome == "missed":
                words += f", must be {self.assertion.wanted}"
            if self.outcome == "unproven":
                words += ", which rests on a plan that is not proven, and proof is required"
        if self.regressed and not self.only_worse and self.change is not None:
            words += f"; worse than the baseline: {self.change.words(metric)}"
        if self.level != "ok" and self.worst:
            words += f"; worst: {self.worst[0]}"
        return "".join(c if c.isprintable() else "�" for c in words)

    def to_dict(self) -> dict[str, Any]:
        """Return the result as plain data."""
        reading, assertion = self.reading, self.assertion
        return {
            "scenario": self.scenario.scenario_id,
            "assertion": assertion.text,
            "metric": assertion.metric.name,
            "unit": assertion.metric.unit,
            "operator": assertion.operator,
            "figure": assertion.figure,
            "severity": assertion.severity,
            "outcome": self.outcome,
            "level": self.level,
            "value": reading.value,
            "origin": reading.origin,
            "source": reading.source or None,
            "basis": self.basis or None,
            "reason": reading.reason or None,
            "assumed": list(reading.assumed),
            "proven": reading.proven,
            "baseline": None
            if self.change is None
            else {
                "value": self.change.old,
                "worse": self.change.worse,
                "tolerance": {
                    "absolute": self.change.tolerance.absolute,
                    "relative": self.change.tolerance.relative,
                },
            },
            "message": self.message,
            "worst": [item_dict(item) for item in self.worst],
            "file": str(assertion.node.file),
            "line": assertion.node.line,
            "column": assertion.node.column,
        }


def item_dict(item: Item) -> dict[str, Any]:
    """Return an item as plain data."""
    return {
        "kind": item.kind,
        "id": item.item_id,
        "name": item.name or None,
        "lon": item.lon,
        "lat": item.lat,
        "table": item.table or None,
        "row": item.row,
        "note": item.note or None,
    }


@dataclass(frozen=True, slots=True)
class Report:
    """Everything a check found.

    Attributes
    ----------
    table_files
        Table to its file, for outputs that point at a row.
    seconds
        Wall time by scenario.
    stale
        Values of the baseline that nothing asserts any more.
    notes
        Warnings about the project that no assertion speaks of.
    """

    file: ScenarioFile
    version: str
    results: tuple[Result, ...]
    seconds: Mapping[str, float]
    table_files: Mapping[str, Path]
    stale: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def worse(self) -> int:
        """How many assertions of severity error hold, but are worse than the baseline allows."""
        return sum(result.only_worse and result.level == "error" for result in self.results)

    @property
    def warnings(self) -> int:
        """How many assertions of severity warn are missed, and notes."""
        return self.count("warning") + len(self.notes)

    def count(self, level: str) -> int:
        """Return how many results are ok, warning or error."""
        return sum(result.level == level for result in self.results)

    def exit_code(self, *, fail_on_warning: bool = False) -> int:
        """Return the exit code; 4 wins over 1, and 1 over 5.

        An assertion that cannot be told is missed: silence must not pass a pipeline.
        """
        errors = [result for result in self.results if result.level == "error"]
        if any(result.outcome == "unproven" for result in errors):
            return 4
        if any(result.outcome in ("missed", "cannot tell") for result in errors):
            return 1
        if errors:
            return 5
        return 7 if fail_on_warning and self.warnings else 0

    def reproduce(self, result: Result) -> str:
        """Return the one command that shows this result again, with all it rests on."""
        words = ["ngbw", "explain", str(self.file.path), result.scenario.scenario_id]
        return shlex.join(words)

    def summary(self) -> str:
        """Return the counts in one line."""
        words = [f"{self.count('ok')} passed"]
        failed = self.count("error") - self.worse
        if failed:
            words.append(f"{failed} failed")
        if self.worse:
            words.append(f"{self.worse} worse than the baseline")
        if self.warnings:
            words.append(f"{self.warnings} warning" + ("s" if self.warnings > 1 else ""))
        return ", ".join(words)

    def to_dict(self) -> dict[str, Any]:
        """Return the report as plain data."""
        return {
            "format": 1,
            "name": self.file.name,
            "file": str(self.file.path),
            "project": str(self.file.project),
            "seed": self.file.seed,
            "version": self.version,
            "exit_code": self.exit_code(),
            "passed": self.count("ok"),
            "failed": self.count("error") - self.worse,
            "worse": self.worse,
            "warnings": self.warnings,
            "seconds": {key: round(value, 3) for key, value in self.seconds.items()},
            "notes": list(self.notes),
            "baseline_stale": list(self.stale),
            "results": [
                {**result.to_dict(), "reproduce": self.reproduce(result)} for result in self.results
            ],
        }
