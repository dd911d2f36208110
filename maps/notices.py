"""What the reader should know before trusting the figures of a run, in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from . import figures
from .bilingual import Both, both, say, word

__all__ = ["cautions", "notices"]

_OUTSIDE_MODEL = "outside-model"
_CITY_ASSUMED = "city-assumed"


def _notice(entry: Mapping[str, Any]) -> Both:
    count = float(entry["count"])
    if entry["key"] == _OUTSIDE_MODEL:
        share = entry.get("share")
        return say(
            "notice.outside-model",
            percent=both(lambda language: figures.share(share, language)),
            count=both(lambda language: figures.people_in_prose(count, language)),
            reason=word("outside", entry.get("kind") or ""),
        )
    if entry["key"] == _CITY_ASSUMED:
        points = 100.0 * float(entry.get("share") or 0.0)
        return say(
            "notice.city-assumed",
            points=both(lambda language: figures.number(points, language, 1)),
            count=both(lambda language: figures.people_in_prose(count, language)),
        )
    return say(
        f"notice.{entry['key']}",
        count=both(lambda language: figures.people(count, language)),
        kind=word("kind", str(entry.get("kind") or "").removeprefix("place:")),
    )


def cautions(run: Mapping[str, Any]) -> tuple[Both, ...]:
    """Return the notices that belong beside the answer: what could move the share."""
    found = run.get("notices") or ()
    beside = (_OUTSIDE_MODEL, _CITY_ASSUMED)
    return tuple(_notice(entry) for entry in found if entry["key"] in beside)


def notices(run: Mapping[str, Any]) -> list[Both]:
    """Return the notices of a run document, in its order."""
    return [_notice(entry) for entry in run.get("notices") or ()]
