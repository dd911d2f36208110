"""What every verb does with the terminal: data on stdout, the rest on stderr, one exit code.

Progress shows only where stderr is a terminal; ``--json`` puts one JSON document on stdout, also
for errors. Text from files is hostile here too: control characters never reach the terminal.
"""

from __future__ import annotations

import json
import locale
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import typer

from ..coverage.progress import Progress, silent
from ..topology.errors import NgbwError, TableError, UsageError
from ..topology.quantities import parse_share

__all__ = [
    "as_share",
    "clean",
    "default_language",
    "error_document",
    "progress_bar",
    "say",
    "show_json",
    "tell",
]


def as_share(given: str | float) -> float:
    """Read the value of an option that is a share: 0.90, 90 or 90% (``parser=`` of an option)."""
    if not isinstance(given, str):
        return given  # a default of the verb's own
    try:
        return parse_share(given)
    except UsageError as error:
        # Only this keeps its words on the way through the command line's parser.
        raise typer.BadParameter(str(error)) from None


def clean(text: str) -> str:
    """Return the text without characters that could command a terminal."""
    return "".join(c if c.isprintable() or c == "\n" else "�" for c in text)


def say(text: str = "") -> None:
    """Print an answer to stdout; a reader at the other end of a pipe has it at once."""
    sys.stdout.write(clean(text) + "\n")
    sys.stdout.flush()


def tell(text: str) -> None:
    """Print a remark to stderr."""
    sys.stderr.write(clean(text) + "\n")


def show_json(document: object) -> None:
    """Print one JSON document to stdout; NaN is a bug and raises."""
    plain = (sys.stdout.encoding or "utf-8").lower().replace("-", "") != "utf8"
    sys.stdout.write(json.dumps(document, ensure_ascii=plain, allow_nan=False, indent=2) + "\n")
    sys.stdout.flush()


def error_document(error: NgbwError) -> dict[str, Any]:
    """Return an error as data: what kind, the message, and every problem of a table."""
    document: dict[str, Any] = {
        "type": type(error).__name__,
        "message": str(error),
        "exit_code": error.exit_code,
    }
    if isinstance(error, TableError):
        document["problems"] = [problem.to_dict() for problem in error.problems]
    return {"error": document}


def default_language() -> str:
    """Return zh-CN where the user's locale is Chinese, else en."""
    words = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG")
    return "zh-CN" if (words or locale.getlocale()[0] or "").lower().startswith("zh") else "en"


@contextmanager
def progress_bar(*, quiet: bool = False) -> Iterator[Progress]:
    """Give a progress callback that draws bars on stderr, or one that says nothing.

    Nothing is drawn where stderr is not a terminal or ``quiet`` is set.
    """
    if quiet or not sys.stderr.isatty():
        yield silent
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bars

    bars = Bars(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
    )
    tasks: dict[str, Any] = {}
    with bars:

        def show(step: str, done: int, total: int) -> None:
            if step not in tasks:
                tasks[step] = bars.add_task(step, total=total)
            bars.update(tasks[step], completed=done, total=total)

        yield show
