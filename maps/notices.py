"""What the reader should know before trusting the figures of a run, in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from . import figures
from .bilingual import Both, both, say, word

__all__ = ["notices"]


def _notice(entry: Mapping[str, Any]) -> Both:
    count = float(entry["count"])
    return say(
        f"notice.{entry['key']}",
        count=both(lambda language: figures.people(count, language)),
        kind=word("kind", str(entry.get("kind") or "").removeprefix("place:")),
    )


def notices(run: Mapping[str, Any]) -> list[Both]:
    """Return the notices of a run document, in its order."""
    return [_notice(entry) for entry in run.get("notices") or ()]
