"""Every form in which the outcome of a check can be written."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ...topology.errors import UsageError
from ...topology.formats.whole_file import replacing
from .output_github import github_output
from .output_gitlab import gitlab_output
from .output_json import json_output
from .output_junit import junit_output
from .output_markdown import markdown_output
from .output_sarif import sarif_output
from .output_text import text_output
from .report import Report
from .shapes import nearest_of

__all__ = ["OUTPUTS", "Output", "parse_outputs", "write_outputs"]

OUTPUTS: dict[str, Callable[[Report], str]] = {
    "text": text_output,
    "json": json_output,
    "junit": junit_output,
    "sarif": sarif_output,
    "gitlab": gitlab_output,
    "github": github_output,
    "md": markdown_output,
}
"""Kind of output to what writes it."""


@dataclass(frozen=True, slots=True)
class Output:
    """An output that was asked for; ``path`` None is stdout."""

    kind: str
    path: Path | None


def parse_outputs(given: Sequence[str]) -> list[Output]:
    """Read ``--out KIND=PATH`` options; ``KIND`` or ``KIND=-`` is stdout.

    Raises
    ------
    UsageError
        A kind is unknown, or two outputs go to one place.
    """
    outputs: list[Output] = []
    for text in given:
        kind, separator, path = text.partition("=")
        if kind not in OUTPUTS:
            raise UsageError(
                f"--out {text[:80]!r}: {kind!r} is no output{nearest_of(kind, OUTPUTS)}"
            )
        if separator and not path:
            raise UsageError(f"--out {text!r} names no file; write --out {kind}=FILE")
        output = Output(kind, None if path in ("", "-") else Path(path))
        if any(other.path == output.path for other in outputs):
            raise UsageError(f"--out {text!r}: another output goes to {path or 'stdout'} already")
        outputs.append(output)
    return outputs


def write_outputs(report: Report, outputs: Sequence[Output]) -> str:
    """Write the outputs that go to files, each whole or not at all; return what stdout gets."""
    shown = "" if any(output.path is None for output in outputs) else text_output(report)
    for output in outputs:
        text = OUTPUTS[output.kind](report)
        if output.path is None:
            shown = text
        else:
            with replacing(output.path) as path:
                path.write_text(text, encoding="utf-8")
    return shown
