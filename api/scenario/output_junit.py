"""The outcome as JUnit XML, which GitLab, Jenkins and GitHub actions show as tests.

A suite is a scenario, a case an assertion. What is missed is a ``failure``, what cannot be told an
``error``; a warning passes and says so in ``system-out``. Value, bound and seed stand in the
properties of the case.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Mapping

from ...topology.quantities import shown
from .report import Report, Result

__all__ = ["junit_output"]


def _legal(text: str) -> str:
    """Return the text without characters that XML 1.0 cannot hold."""
    return "".join(
        c if c in "\t\n\r" or "\x20" <= c <= "\ud7ff" or "\ue000" <= c <= "\ufffd" or c > "\uffff"
        else "�"
        for c in text
    )  # fmt: skip


def _element(parent: ET.Element, tag: str, attributes: Mapping[str, str]) -> ET.Element:
    return ET.SubElement(parent, tag, {key: _legal(text) for key, text in attributes.items()})


def _case(suite: ET.Element, report: Report, result: Result, seconds: float) -> None:
    node, reading = result.assertion.node, result.reading
    case = _element(
        suite,
        "testcase",
        {
            "name": result.assertion.text,
            "classname": f"{report.file.name}.{result.scenario.scenario_id}",
            "file": str(node.file),
            "line": str(node.line),
            "time": f"{seconds:.3f}",
        },
    )
    properties = _element(case, "properties", {})
    values = {
        "value": "" if reading.value is None else repr(reading.value),
        "unit": result.assertion.metric.unit,
        "origin": reading.origin or "",
        "source": reading.source,
        "proven": "" if reading.proven is None else str(reading.proven).lower(),
        "baseline": ""
        if result.change is None or result.change.old is None
        else repr(result.change.old),
        "seed": str(report.file.seed),
    }
    for name, value in values.items():
        if value:
            _element(properties, "property", {"name": name, "value": value})
    detail = "\n".join(
        [result.message, *(str(item) for item in result.worst), f"see: {report.reproduce(result)}"]
    )
    if result.level == "error":
        tag = "error" if result.outcome == "cannot tell" else "failure"
        kind = "regression" if result.outcome == "passed" else result.outcome.replace(" ", "-")
        found = _element(case, tag, {"message": result.message, "type": kind})
        found.text = _legal(detail)
    elif result.level == "warning":
        _element(case, "system-out", {}).text = _legal(f"warning: {detail}")
    else:
        words = f"{result.assertion.metric.name} is {shown(reading.value, result.assertion.metric)}"
        _element(case, "system-out", {}).text = _legal(words)


def junit_output(report: Report) -> str:
    """Return the report as JUnit XML."""

    def counts(results: list[Result]) -> dict[str, str]:
        bad = [r for r in results if r.level == "error"]
        errors = sum(r.outcome == "cannot tell" for r in bad)
        return {
            "tests": str(len(results)),
            "failures": str(len(bad) - errors),
            "errors": str(errors),
        }

    root = ET.Element(
        "testsuites",
        {
            "name": _legal(report.file.name),
            **counts(list(report.results)),
            "time": f"{sum(report.seconds.values()):.3f}",
        },
    )
    for scenario in report.file.scenarios:
        mine = [r for r in report.results if r.scenario.scenario_id == scenario.scenario_id]
        seconds = report.seconds.get(scenario.scenario_id, 0.0)
        suite = _element(
            root,
            "testsuite",
            {
                "name": scenario.scenario_id,
                **counts(mine),
                "skipped": "0",
                "time": f"{seconds:.3f}",
            },
        )
        for result in mine:
            _case(suite, report, result, seconds / len(mine))
        if report.notes and scenario is report.file.scenarios[-1]:
            notes = "\n".join(f"warning: {note}" for note in report.notes)
            _element(suite, "system-out", {}).text = _legal(notes)
    ET.indent(root, " ")
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"
