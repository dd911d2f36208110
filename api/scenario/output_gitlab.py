"""The outcome as a GitLab code quality report, shown in the merge request beside its lines."""

from __future__ import annotations

import hashlib
import json

from .output_sarif import fingerprint, relative_uri
from .report import Report

__all__ = ["gitlab_output"]


def gitlab_output(report: Report) -> str:
    """Return what is not as it should be, in GitLab's subset of the Code Climate format."""
    found = [
        {
            "description": result.message,
            "check_name": result.rule_id,
            "fingerprint": fingerprint(result),
            "severity": "critical" if result.level == "error" else "minor",
            "location": {
                "path": relative_uri(result.assertion.node.file),
                "lines": {"begin": result.assertion.node.line},
            },
        }
        for result in report.results
        if result.level != "ok"
    ]
    found += [
        {
            "description": note,
            "check_name": "network",
            "fingerprint": hashlib.sha256(
                f"{report.file.path.name}\n{number}".encode()
            ).hexdigest(),
            "severity": "minor",
            "location": {"path": relative_uri(report.file.path), "lines": {"begin": 1}},
        }
        for number, note in enumerate(report.notes)
    ]
    return json.dumps(found, ensure_ascii=False, indent=1) + "\n"
