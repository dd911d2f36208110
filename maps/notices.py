"""What the reader should know before trusting the figures of a run, in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from . import figures
from .bilingual import Both, both, say, word
from .money import money, unit_of

__all__ = ["cautions", "is_near_in", "notices"]

_NEAR_IN_MODEL = "p1812"
"""The propagation model that a named model continues where its own range ends, without a step."""

_OUTSIDE_MODEL = "outside-model"
_CITY_ASSUMED = "city-assumed"
_PIXELS_COARSE = "pixels-coarse"
_BUDGET_ADDS_NOTHING = "budget-adds-nothing"


def is_near_in(run: Mapping[str, Any], reason: str) -> bool:
    """Return whether paths outside the model's range for a reason are the near-in model's.

    That model is named and joined without a step, so that its paths are no fault of the plan.
    """
    return reason == "too-near" and run["model"]["name"] == _NEAR_IN_MODEL


def _notice(entry: Mapping[str, Any], run: Mapping[str, Any]) -> Both:
    count = float(entry["count"])
    if entry["key"] == _OUTSIDE_MODEL:
        share, reason = entry.get("share"), str(entry.get("kind") or "")
        return say(
            "notice.near-in" if is_near_in(run, reason) else "notice.outside-model",
            percent=both(lambda language: figures.share(share, language)),
            count=both(lambda language: figures.people_in_prose(count, language)),
            reason=word("outside", reason),
        )
    if entry["key"] == _CITY_ASSUMED:
        points = 100.0 * float(entry.get("share") or 0.0)
        found = [one["share"] for one in run["coverage"].get("alternatives") or ()]
        shares = [share for share in found if share is not None]
        return say(
            "notice.city-assumed",
            points=both(lambda language: figures.number(points, language, 1)),
            low=both(lambda language: figures.share(min(shares, default=None), language)),
            high=both(lambda language: figures.share(max(shares, default=None), language)),
        )
    if entry["key"] == _PIXELS_COARSE:
        return say(
            "notice.pixels-coarse", step=both(lambda language: figures.number(count, language))
        )
    if entry["key"] == _BUDGET_ADDS_NOTHING:
        return say("notice.budget-adds-nothing", cost=money(count, unit_of(run)))
    return say(
        f"notice.{entry['key']}",
        count=both(lambda language: figures.people(count, language)),
        percent=both(lambda language: figures.share(entry.get("share"), language)),
        kind=word("kind", str(entry.get("kind") or "").removeprefix("place:")),
    )


def cautions(run: Mapping[str, Any]) -> tuple[Both, ...]:
    """Return the notices that belong beside the answer: what could move the share."""
    beside = (_OUTSIDE_MODEL, _CITY_ASSUMED, _PIXELS_COARSE, _BUDGET_ADDS_NOTHING)
    return tuple(
        _notice(entry, run)
        for entry in run.get("notices") or ()
        if entry["key"] in beside and not is_near_in(run, str(entry.get("kind") or ""))
    )


def notices(run: Mapping[str, Any]) -> list[Both]:
    """Return the notices of a run document, in its order."""
    return [_notice(entry, run) for entry in run.get("notices") or ()]
