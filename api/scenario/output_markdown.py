"""The outcome as Markdown, for a job summary or a comment on a merge request."""

from __future__ import annotations

import re

from ...topology.quantities import shown
from .report import Report

__all__ = ["escape", "markdown_output"]

_MARKS = {"ok": "✅", "warning": "⚠️", "error": "❌"}


def escape(text: str) -> str:
    """Return text from a file so that Markdown shows it and does nothing else with it."""
    text = " ".join(text.split())
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    text = re.sub(r"([\\`*_\[\]#|~])", r"\\\1", text)
    return text.replace("@", "@\u200b").replace("://", ":\u200b//")  # no mention, no link


def markdown_output(report: Report) -> str:
    """Return the report as one table, with the details of what failed below it."""
    lines = [
        f"## {escape(report.file.name)}: {report.summary()}",
        "",
        "| | scenario | assertion | value | baseline |",
        "|---|---|---|---:|---:|",
    ]
    for result in report.results:
        metric, change = result.assertion.metric, result.change
        before = "" if change is None or change.old is None else shown(change.old, metric)
        value = (
            "cannot tell" if result.reading.value is None else shown(result.reading.value, metric)
        )
        cells = (result.scenario.scenario_id, result.assertion.text, value, before)
        mark = _MARKS[result.level] + (" worse" if result.only_worse else "")
        lines.append(f"| {mark} | " + " | ".join(escape(c) for c in cells) + " |")
    for note in report.notes:
        lines += ["", f"{_MARKS['warning']} {escape(note)}"]
    for result in report.results:
        if result.level == "ok":
            continue
        lines += ["", f"**{escape(result.name)}**", "", escape(result.message), ""]
        lines += [f"* {escape(str(item))}" for item in result.worst]
        lines += ["", f"```sh\n{report.reproduce(result)}\n```"]
    return "\n".join(lines) + "\n"
