"""The outcome as one JSON document, for other programs."""

from __future__ import annotations

import json

from .report import Report

__all__ = ["json_output"]


def json_output(report: Report) -> str:
    """Return the report as JSON; keys as in :meth:`.report.Report.to_dict`."""
    return json.dumps(report.to_dict(), ensure_ascii=False, allow_nan=False, indent=1) + "\n"
