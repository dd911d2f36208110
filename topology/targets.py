"""Targets: what was promised, held against what is known on a day.

A target names metrics, an operator and a figure (``coverage.share >= 0.90``), a day and what the
day rests on. Its *kind* decides how it is judged:

``number``, ``number-assumed``
    A figure to reach. Once the day has passed only what stands counts: a plan is no result.
``statement``
    The same, but only a report or a measurement counts.
``baseline``
    A result of an earlier plan that must not fall, whatever the day.
``trend``
    A direction without a figure: the newest value is held against the oldest one.
``milestone``
    Something is finished by a day; a statement says when.

The verdict is ``met``, ``missed``, ``at risk`` (not reached, and there is time) or ``cannot
tell``, which always comes with its reason.
"""

from __future__ import annotations

import difflib
import math
import operator
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import pandas as pd

from .errors import Problem, TableError
from .metrics import METRICS, Metric, Reading
from .quantities import shown
from .schema import Table

__all__ = [
    "OPERATORS",
    "Part",
    "Statement",
    "Target",
    "Verdict",
    "VerdictWord",
    "beyond_cells",
    "broken_metric",
    "broken_metrics",
    "judge",
    "read_statements",
    "read_targets",
    "statement_problems",
    "target_problems",
]

VerdictWord = Literal["met", "missed", "at risk", "cannot tell"]

OPERATORS: dict[str, Callable[[float, float], bool]] = {
    ">=": operator.ge,
    ">": operator.gt,
    "<=": operator.le,
    "<": operator.lt,
    "==": operator.eq,
    "!=": operator.ne,
}
"""How a value is held against a figure."""


@dataclass(frozen=True, slots=True)
class Part:
    """One metric of a target, and how it is asked for (``by venue kind``; "" for as it is)."""

    metric: Metric
    grouping: str = ""


@dataclass(frozen=True, slots=True)
class Target:
    """A row of the target table.

    Attributes
    ----------
    parts
        The metrics; all of them must hold.
    value
        Figure to reach, in the unit of the metrics; None for trends and milestones.
    due, due_basis
        Day by which it must hold, and whether the plan states the day (``stated``) or it is read
        from the plan's phases (``assumed``).
    phases
        Year to the plan's own state word.
    figure_assumed
        Whether the figure is this table's reading of an aim without one.
    """

    target_id: str
    area: str
    quote_zh: str
    meaning: str
    parts: tuple[Part, ...]
    operator: str
    value: float | None
    due: date
    due_basis: str
    phases: Mapping[int, str]
    responsible: str
    kind: str

    @property
    def figure_assumed(self) -> bool:
        """Whether the figure is read into an aim that states none."""
        return self.kind == "number-assumed"

    def __str__(self) -> str:
        what = " and ".join(f"{part.metric.name} {part.grouping}".rstrip() for part in self.parts)
        if self.value is None:
            return f"{what} ({self.operator})"
        return f"{what} {self.operator} {shown(self.value, self.parts[0].metric)}"


@dataclass(frozen=True, slots=True)
class Statement:
    """A value that somebody reported or measured, for a day."""

    statement_id: str
    metric: str
    target_id: str
    value: float
    as_of: date
    origin: Literal["stated", "measured"]
    said_by: str
    source: str

    def reading(self, metric: str) -> Reading:
        """Return it as the reading of a metric."""
        source = ", ".join(word for word in (self.said_by, self.source, str(self.as_of)) if word)
        return Reading(metric, self.value, origin=self.origin, source=f"statement: {source}")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a target on a day.

    Attributes
    ----------
    word
        met, missed, at risk or cannot tell.
    reason
        Why; always given where it cannot be told.
    readings
        The values it rests on, one for each metric.
    planned
        What the plan would reach, where the verdict rests on what stands; None otherwise.
    """

    target: Target
    at: date
    word: VerdictWord
    reason: str
    readings: tuple[Reading, ...]
    planned: tuple[Reading, ...] = ()


_PART = re.compile(r"(?P<metric>[a-z0-9_.]+)(?:\s+(?P<grouping>(?:by|over)\s+[\w\s-]+))?")


@dataclass(frozen=True, slots=True)
class _Broken:
    """The rule that a cell breaks, and the way out."""

    rule: str
    fix: str


def _no_metric(name: str) -> _Broken:
    close = difflib.get_close_matches(name, METRICS, n=1, cutoff=0.5)
    hint = f"did you mean {close[0]}? " if close else ""
    return _Broken("must be the name of a metric", f"{hint}docs/metrics.md lists them all")


def _parts(text: str) -> tuple[Part, ...] | _Broken:
    """Return the metrics of a cell, or what is wrong with it."""
    parts = []
    for words in re.split(r"\s+and\s+", text.strip()):
        match = _PART.fullmatch(words)
        if match is None:
            return _Broken(
                "must be metrics joined by and, each with its grouping behind by or over",
                "docs/metrics.md lists the metrics",
            )
        if match["metric"] not in METRICS:
            return _no_metric(match["metric"])
        metric = METRICS[match["metric"]]
        parts.append(Part(metric, (match["grouping"] or "").strip()))
    return tuple(parts)


def broken_metric(text: str) -> tuple[str, str] | None:
    """Return the rule that the name of a metric breaks and the way out; None for a sound one."""
    if text in METRICS:
        return None
    broken = _no_metric(text)
    return broken.rule, broken.fix


def broken_metrics(text: str) -> tuple[str, str] | None:
    """Return the rule that the metrics of a target break and the way out; None for sound ones."""
    parts = _parts(text)
    return (parts.rule, parts.fix) if isinstance(parts, _Broken) else None


_NUMBERED = ("number", "number-assumed", "statement", "baseline")


def _share_problems(
    file: str, table: str, row: int, value: Any, metrics: Iterable[Metric]
) -> list[Problem]:
    """Return the problem of a value that no share can have; 95 was meant as 95 % and is 9500 %."""
    share = next((metric for metric in metrics if metric.unit == "share"), None)
    number = math.nan if pd.isna(value) else float(value)
    if share is None or not (number < 0 or number > 1):  # NaN is another rule's
        return []
    fix = f"write {number / 100:g} for {number:g} %" if 1 < number <= 100 else "write 0.95 for 95 %"
    rule = f"must be a share from 0 to 1, because {share.name} is a share"
    return [Problem("error", file, table, row, "value", f"{number:g}", rule, fix)]


def target_problems(
    frame: pd.DataFrame, *, file: str = "targets.csv", first_row: int = 2
) -> list[Problem]:
    """List what the columns of single cells cannot say: metrics, and what a kind asks for."""
    problems = []

    def problem(row: int, column: str, value: object, rule: str, fix: str) -> None:
        problems.append(Problem("error", file, "targets", row, column, str(value)[:80], rule, fix))

    for row, cells in enumerate(frame.to_dict("records"), start=first_row):
        parts = _parts(str(cells["metric"]))
        if isinstance(parts, _Broken):
            problem(row, "metric", cells["metric"], parts.rule, parts.fix)
        kind, asked, value = cells["kind"], cells["operator"], cells["value"]
        if kind in _NUMBERED and asked not in OPERATORS:
            problem(
                row, "operator", asked, f"must compare numbers, because kind is {kind}",
                "write >=, >, <= or <",
            )  # fmt: skip
        if kind in _NUMBERED and not isinstance(parts, _Broken):
            metrics = [part.metric for part in parts]
            problems += _share_problems(file, "targets", row, value, metrics)
        if kind in _NUMBERED and pd.isna(value):
            problem(row, "value", "", f"must not be empty, because kind is {kind}", "fill it in")
        if kind == "trend" and asked != "trend":
            problem(row, "operator", asked, "must be trend, because kind is trend", "write trend")
        if kind == "milestone" and asked not in ("by", "exists"):
            problem(
                row, "operator", asked, "must be by or exists, because kind is milestone",
                "write by",
            )  # fmt: skip
    return problems


def read_targets(
    frame: pd.DataFrame, *, file: str = "targets.csv", first_row: int = 2
) -> tuple[Target, ...]:
    """Return the targets of a checked table (``project.table("targets")``), in its order.

    Raises
    ------
    TableError
        A row names an unknown metric or lacks what its kind asks for; carries every problem.
    """
    problems = target_problems(frame, file=file, first_row=first_row)
    if problems:
        raise TableError(problems)
    out = []
    for cells in frame.to_dict("records"):
        parts = _parts(str(cells["metric"]))
        assert not isinstance(parts, _Broken)  # noqa: S101 - target_problems has seen it
        numbered = cells["kind"] in _NUMBERED
        phases = {
            int(str(name)[-4:]): str(words)
            for name, words in cells.items()
            if str(name).startswith("phase_")
        }
        out.append(
            Target(
                target_id=cells["id"],
                area=cells["area"],
                quote_zh=cells["quote_zh"],
                meaning=cells["meaning"],
                parts=parts,
                operator=cells["operator"],
                value=float(cells["value"]) if numbered else None,
                due=date.fromisoformat(cells["due"]),
                due_basis=cells["due_basis"],
                phases={year: word for year, word in phases.items() if word},
                responsible=cells["responsible"],
                kind=cells["kind"],
            )
        )
    return tuple(out)


def _metrics_of(targets: pd.DataFrame) -> dict[str, list[Metric]]:
    """Return the metrics of each target whose figure can be stated."""
    found = {}
    for target_id, kind, cell in zip(
        targets["id"], targets["kind"], targets["metric"], strict=True
    ):
        parts = _parts(str(cell))
        if kind != "milestone" and not isinstance(parts, _Broken):
            found[str(target_id)] = [part.metric for part in parts]
    return found


def statement_problems(
    frame: pd.DataFrame,
    targets: pd.DataFrame | None = None,
    *,
    file: str = "statements.csv",
    first_row: int = 2,
) -> list[Problem]:
    """List what the columns of single cells cannot say: metrics, and values that they can have.

    Parameters
    ----------
    targets
        Typed rows of the table ``targets``: what a statement that names a target alone is about.
    """
    problems: list[Problem] = []
    of_target = {} if targets is None else _metrics_of(targets)
    for row, cells in enumerate(frame.to_dict("records"), start=first_row):
        name = str(cells["metric"])
        broken = None
        if not name and not cells["target_id"]:
            broken = _Broken(
                "must name the metric, or the target of a milestone",
                "docs/metrics.md lists the metrics",
            )
        elif name and name not in METRICS:
            broken = _no_metric(name)
        if broken is not None:
            problems.append(
                Problem(
                    "error", file, "statements", row, "metric", name[:80], broken.rule, broken.fix
                )
            )  # fmt: skip
            continue
        metrics = [METRICS[name]] if name else of_target.get(str(cells["target_id"]), [])
        problems += _share_problems(file, "statements", row, cells["value"], metrics)
    return problems


def beyond_cells(
    table: Table,
    frame: pd.DataFrame,
    targets: pd.DataFrame | None = None,
    *,
    file: str = "",
    first_row: int = 2,
) -> list[Problem]:
    """List what rows of targets and statements say wrong though each cell is sound.

    Parameters
    ----------
    frame
        Typed rows of ``table``; those of other tables have nothing to say here.
    targets
        Typed rows of the table ``targets``, for statements that name a target alone.
    """
    file = file or table.file_name
    if table.name == "targets":
        return target_problems(frame, file=file, first_row=first_row)
    if table.name == "statements":
        return statement_problems(frame, targets, file=file, first_row=first_row)
    return []


def read_statements(
    frame: pd.DataFrame, *, file: str = "statements.csv", first_row: int = 2
) -> tuple[Statement, ...]:
    """Return the statements of a checked table, the oldest first.

    Raises
    ------
    TableError
        A row names neither a metric nor a target, or an unknown metric, or its value is no share
        where its metric is one.
    """
    problems = statement_problems(frame, file=file, first_row=first_row)
    if problems:
        raise TableError(problems)
    found = [
        Statement(
            cells["statement_id"],
            cells["metric"],
            cells["target_id"],
            float(cells["value"]),
            date.fromisoformat(cells["as_of"]),
            "measured" if cells["origin"] == "measured" else "stated",
            cells["said_by"],
            cells["source"],
        )
        for cells in frame.to_dict("records")
    ]
    return tuple(sorted(found, key=lambda statement: statement.as_of))


def _history(
    target: Target, metric: str, statements: Sequence[Statement], at: date
) -> list[Statement]:
    """Return what was stated of a metric up to a day; statements on the target itself win."""
    known = [s for s in statements if s.as_of <= at and s.metric in (metric, "")]
    own = [s for s in known if s.target_id == target.target_id]
    return own or [s for s in known if s.metric == metric and not s.target_id]


def _holds(operator: str, reading: Reading, figure: float) -> bool | None:
    """Tell whether a value holds; of a range, where both of its ends say the same."""
    compare = OPERATORS[operator]
    if reading.value is not None:
        return compare(reading.value, figure)
    if reading.low is None or reading.high is None:
        return None
    ends = {compare(reading.low, figure), compare(reading.high, figure)}
    return ends.pop() if len(ends) == 1 else None


def _compare(target: Target, readings: Sequence[Reading]) -> bool | None:
    """Tell whether every value holds; None where one is missing and no other fails."""
    assert target.value is not None  # noqa: S101 - numbered targets have one
    holds = [_holds(target.operator, r, target.value) for r in readings]
    if any(word is False for word in holds):
        return False
    return None if None in holds else True


def _reasons(readings: Sequence[Reading]) -> str:
    return "; ".join(f"{r.metric}: {r.reason}" for r in readings if r.value is None)


def _numbered(
    target: Target,
    at: date,
    stands: tuple[Reading, ...],
    planned: tuple[Reading, ...],
) -> Verdict:
    late = at > target.due

    def verdict(word: VerdictWord, reason: str, readings: tuple[Reading, ...]) -> Verdict:
        beside = planned if readings is stands else ()
        return Verdict(target, at, word, reason, readings, beside)

    holds = _compare(target, stands)
    if holds:
        return verdict("met", "", stands)
    plans = _compare(target, planned) if planned and target.kind != "baseline" else None
    if holds is False:
        if target.kind == "baseline":
            return verdict("missed", "it has fallen below the result of the earlier plan", stands)
        if late:
            return verdict("missed", f"not reached when it was due, {target.due}", stands)
        how = " but planned" if plans else ""
        return verdict("at risk", f"not reached yet{how}; due {target.due}", stands)
    if plans is True and not late:
        return verdict("met", "by the plan; nothing stands yet that could be judged", planned)
    if plans is False and not late:
        return verdict("at risk", f"the plan does not reach it; due {target.due}", planned)
    if plans is not None:
        return verdict(
            "cannot tell",
            "the day has passed and only a plan is known; "
            "state or measure what stands: " + _reasons(stands),
            stands,
        )
    return verdict("cannot tell", _reasons(stands), stands)


def _trend(target: Target, at: date, history: Mapping[str, list[Statement]],
           stands: tuple[Reading, ...]) -> Verdict:  # fmt: skip
    words: list[VerdictWord] = []
    for reading, part in zip(stands, target.parts, strict=True):
        known = history[part.metric.name]
        if len(known) < 2 or part.metric.better == "neither":
            have = "no dated value" if not known else "one dated value"
            now = "" if reading.value is None else f" (now {shown(reading.value, part.metric)})"
            reason = f"{part.metric.name}: {have} to hold against another one{now}"
            if not known and reading.value is None:
                reason = f"{part.metric.name}: {reading.reason}"
            return Verdict(target, at, "cannot tell", reason, stands)
        moved = known[-1].value - known[0].value
        if part.metric.better == "lower":
            moved = -moved
        words.append("met" if moved > 0 else "missed" if moved < 0 else "at risk")
    for word, why in (("missed", "it got worse"), ("at risk", "it did not move")):
        if word in words:
            late = word == "at risk" and at > target.due
            return Verdict(target, at, "missed" if late else word, why, stands)
    return Verdict(target, at, "met", "it got better", stands)


def _milestone(target: Target, at: date, statements: Sequence[Statement]) -> Verdict:
    metric = target.parts[0].metric.name
    known = [s for s in statements if s.target_id == target.target_id and s.as_of <= at]
    reached = [s for s in known if s.value > 0]
    if reached:
        first = reached[0]
        word: VerdictWord = "met" if first.as_of <= target.due else "missed"
        reason = f"reached on {first.as_of}" + ("" if word == "met" else f", due {target.due}")
        return Verdict(target, at, word, reason, (first.reading(metric),))
    if known:
        word = "missed" if at > target.due else "at risk"
        reason = f"stated as not reached on {known[-1].as_of}; due {target.due}"
        return Verdict(target, at, word, reason, (known[-1].reading(metric),))
    reason = f"no statement says that it was reached by {at}"
    return Verdict(target, at, "cannot tell", reason, (Reading(metric, None, reason=reason),))


def judge(
    target: Target,
    *,
    at: date,
    stands: Mapping[str, Reading],
    planned: Mapping[str, Reading],
    statements: Sequence[Statement] = (),
) -> Verdict:
    """Say what became of a target on a day.

    Parameters
    ----------
    at
        The day; statements of later days do not count.
    stands
        Metric to what is known of what stands.
    planned
        Metric to what the plan would reach; a metric may be missing.
    statements
        Everything that was reported, the oldest first.
    """
    if target.kind == "milestone":
        return _milestone(target, at, statements)
    history = {
        part.metric.name: _history(target, part.metric.name, statements, at)
        for part in target.parts
    }
    values = []
    for part in target.parts:
        name = part.metric.name
        known = history[name]
        if known:
            values.append(known[-1].reading(name))
        elif target.kind == "statement":
            reason = f"only its operator can report it and no statement does by {at}"
            values.append(Reading(name, None, reason=reason))
        else:
            values.append(stands[name])
    readings = tuple(values)
    if target.kind == "trend":
        return _trend(target, at, history, readings)
    plans = tuple(planned[p.metric.name] for p in target.parts if p.metric.name in planned)
    if len(plans) != len(target.parts) or target.kind == "statement":
        plans = ()
    return _numbered(target, at, readings, plans)
