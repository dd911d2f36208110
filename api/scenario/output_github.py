"""The outcome as GitHub workflow commands, which become annotations at the lines of the file."""

from __future__ import annotations

from .output_sarif import relative_uri
from .report import Report

__all__ = ["github_output"]


def _data(text: str) -> str:
    """Escape a message, so that no text from a table becomes a command of its own."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def github_output(report: Report) -> str:
    """Return one ``::error`` or ``::warning`` line for everything that is not as it should be."""
    lines = []
    for result in report.results:
        if result.level == "ok":
            continue
        node = result.assertion.node
        where = {
            "file": relative_uri(node.file),
            "line": str(node.line),
            "col": str(node.column),
            "title": result.name,
        }
        places = ",".join(f"{key}={_property(text)}" for key, text in where.items())
        words = _data(f"{result.message}\nsee: {report.reproduce(result)}")
        lines.append(f"::{result.level} {places}::{words}")
    whole = _property(relative_uri(report.file.path))
    lines += [f"::warning file={whole},title=network::{_data(note)}" for note in report.notes]
    return "".join(f"{line}\n" for line in lines)
