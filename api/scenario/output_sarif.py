"""The outcome as SARIF 2.1.0 (OASIS), which code scanning shows at the line that asks for it.

A result points at the assertion in the scenario file; related locations point at the rows of the
tables that it is about. ``partialFingerprints`` name the assertion, not its line, so that a finding
is followed when the file is edited above it.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

from ...topology.metrics import Item
from .report import Report, Result

__all__ = ["relative_uri", "sarif_output"]

_SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)


def relative_uri(path: Path) -> str:
    """Return a path as a URI reference, below the working directory where it lies there."""
    resolved, here = path.resolve(), Path.cwd().resolve()
    shown = resolved.relative_to(here) if resolved.is_relative_to(here) else resolved
    return quote(shown.as_posix(), safe="/")


def _location(path: Path, line: int | None, column: int | None = None) -> dict[str, Any]:
    physical: dict[str, Any] = {"artifactLocation": {"uri": relative_uri(path)}}
    if line is not None:
        physical["region"] = {"startLine": line}
        if column is not None:
            physical["region"]["startColumn"] = column
    return {"physicalLocation": physical}


def _related(report: Report, number: int, item: Item) -> dict[str, Any]:
    path = report.table_files[item.table]
    line = item.row if path.suffix.lower() == ".csv" else None  # a line means nothing in a database
    return {"id": number, **_location(path, line), "message": {"text": str(item)}}


def _result(report: Report, result: Result, rules: list[str]) -> dict[str, Any]:
    node = result.assertion.node
    related = [item for item in result.worst if item.table in report.table_files]
    out: dict[str, Any] = {
        "ruleId": result.rule_id,
        "ruleIndex": rules.index(result.rule_id),
        "level": "error" if result.level == "error" else "warning",
        "message": {"text": f"{result.message}. See: {report.reproduce(result)}"},
        "locations": [_location(node.file, node.line, node.column)],
        "partialFingerprints": {"ngbwAssertion/v1": fingerprint(result)},
        "properties": {
            "value": result.reading.value,
            "figure": result.assertion.figure,
            "unit": result.assertion.metric.unit,
            "outcome": result.outcome,
        },
    }
    if related:
        out["relatedLocations"] = [_related(report, n, item) for n, item in enumerate(related, 1)]
    return out


def fingerprint(result: Result) -> str:
    """Return what stays the same of a finding while its file is edited."""
    words = f"{result.assertion.node.file.name}\n{result.rule_id}\n{result.assertion.text}"
    return hashlib.sha256(words.encode()).hexdigest()


def sarif_output(report: Report) -> str:
    """Return what is not as it should be, as SARIF 2.1.0."""
    found = [result for result in report.results if result.level != "ok"]
    rules: dict[str, dict[str, Any]] = {}
    for result in report.results:
        metric = result.assertion.metric
        rules.setdefault(
            result.rule_id,
            {
                "id": result.rule_id,
                "name": metric.name,
                "shortDescription": {"text": metric.meaning},
                "fullDescription": {"text": metric.computed},
            },
        )
    names = list(rules)
    document: dict[str, Any] = {
        "$schema": _SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "ngbw",
                        "semanticVersion": report.version,
                        "rules": list(rules.values()),
                    }
                },
                "automationDetails": {"id": f"ngbw/{report.file.name}/"},
                "columnKind": "unicodeCodePoints",
                "results": [_result(report, result, names) for result in found],
            }
        ],
    }
    if report.notes:
        said = [{"level": "warning", "message": {"text": note}} for note in report.notes]
        document["runs"][0]["invocations"] = [
            {"executionSuccessful": True, "toolExecutionNotifications": said}
        ]
    return json.dumps(document, ensure_ascii=False, allow_nan=False, indent=1) + "\n"
