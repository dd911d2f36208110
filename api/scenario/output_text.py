"""The outcome for reading in a terminal: failures in full, the rest in a line."""

from __future__ import annotations

from ...topology.quantities import shown
from .file_model import Scenario
from .report import Report, Result

__all__ = ["text_output"]

_MARKS = {"ok": "ok  ", "warning": "WARN", "error": "FAIL"}


def _lines(report: Report, result: Result) -> list[str]:
    reading, metric = result.reading, result.assertion.metric
    value = "" if reading.value is None else shown(reading.value, metric)
    if result.regressed and result.change is not None:
        value = f"{value or 'unknown'}, {result.change.words(metric)}"
    mark = "WORSE" if result.only_worse else _MARKS[result.level]
    lines = [f"  {mark:<4}  {result.assertion.text}{f'  [{value}]' if value else ''}"]
    if result.level == "ok":
        return lines
    node = result.assertion.node
    lines.append(f"        {node.file}:{node.line}:{node.column}")
    if result.outcome == "cannot tell":
        lines.append(f"        cannot be told: {reading.reason}")
    elif result.outcome == "unproven":
        lines.append("        rests on a plan that is not proven, and proof is required")
    if result.only_worse:
        lines.append("        holds, but is worse than the baseline allows")
    lines += [f"        {item}" for item in result.worst]
    lines.append(f"        see: {report.reproduce(result)}")
    return lines


def _bases(report: Report, scenario: Scenario) -> list[str]:
    """Return on which network each figure of a failure is judged, a line for each network."""
    named: dict[str, list[str]] = {}
    for result in report.results:
        if result.scenario is scenario and result.basis:
            names = named.setdefault(result.basis, [])
            names += [n for n in [result.assertion.metric.name] if n not in names]
    return [f"  {', '.join(names)}: {basis}" for basis, names in named.items()]


def text_output(report: Report) -> str:
    """Return the report as lines of text."""
    lines = [f"{report.file.name}: {report.file.path}, project {report.file.project}"]
    current = ""
    for result in report.results:
        scenario = result.scenario
        if scenario.scenario_id != current:
            current = scenario.scenario_id
            words = scenario.title or (str(scenario.fail) if scenario.fail else "")
            seconds = report.seconds.get(current)
            spent = "" if seconds is None else f"  ({seconds:.2f} s)"
            lines += ["", f"{current}{f': {words}' if words else ''}{spent}"]
            lines += _bases(report, scenario)
        lines += _lines(report, result)
    if report.notes:
        lines += ["", *(f"{_MARKS['warning']}  {note}" for note in report.notes)]
    lines += ["", report.summary()]
    lines += [f"the baseline still holds {key}, which nothing asserts" for key in report.stale]
    return "\n".join(lines) + "\n"
