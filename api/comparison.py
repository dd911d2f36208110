"""Hold two plans against each other: sites in and out, people and places won and lost."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..maps import figures
from ..maps.bilingual import named
from ..maps.words import text
from .runs import Run

__all__ = ["compare_runs", "comparison_text"]


def _people(old: Run, new: Run) -> dict[str, float] | None:
    """Return residents won and lost, pixel by pixel; None where the rasters do not match."""
    before, after = old.raster(), new.raster()
    if before.grid != after.grid or not np.array_equal(before.people, after.people):
        return None

    def served(run: Run, probability: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        required = np.float32(run.document["service"]["required_probability"])
        return np.asarray(np.nan_to_num(probability, nan=0.0) >= required)

    was, is_now = served(old, before.probability), served(new, after.probability)
    return {
        "won": float(after.people[is_now & ~was].sum()),
        "lost": float(after.people[was & ~is_now].sum()),
    }


def compare_runs(old: Run, new: Run) -> dict[str, Any]:
    """Return what changes from one run to another.

    Returns
    -------
    dict
        ``sites`` {in, out, both}, ``coverage`` {share: [old, new], ...}, ``people`` {won, lost}
        inside the district or null where grid or demand differ, ``places`` {won, lost}.
    """
    a, b = old.document, new.document
    a_sites, b_sites = list(a["sites"]["selected"]), list(b["sites"]["selected"])
    a_places = {p["place_id"]: p for p in a["places"]}
    b_places = {p["place_id"]: p for p in b["places"]}
    common = [place_id for place_id in b_places if place_id in a_places]

    def places(served_before: bool) -> list[dict[str, str]]:
        return [
            {key: b_places[i][key] for key in ("place_id", "name", "name_en", "kind")}
            for i in common
            if a_places[i]["served"] is served_before and b_places[i]["served"] is not served_before
        ]

    return {
        "old": {"id": old.run_id, "name": a["name"], "service": a["service"]["id"]},
        "new": {"id": new.run_id, "name": b["name"], "service": b["service"]["id"]},
        "same_service": a["service"] == b["service"],
        "sites": {
            "in": [site for site in b_sites if site not in set(a_sites)],
            "out": [site for site in a_sites if site not in set(b_sites)],
            "both": [site for site in a_sites if site in set(b_sites)],
        },
        "coverage": {
            key: [a["coverage"][key], b["coverage"][key]]
            for key in ("share", "expected_share", "area_share")
        },
        "people": _people(old, new),
        "places": {"won": places(served_before=False), "lost": places(served_before=True)},
    }


def comparison_text(comparison: dict[str, Any], language: str) -> str:
    """Return a comparison for reading."""
    sites, people, places = comparison["sites"], comparison["people"], comparison["places"]
    old, new = comparison["coverage"]["share"]
    names = [comparison[which]["name"] or comparison[which]["id"] for which in ("old", "new")]
    comma, none = text("word.comma", language), text("word.none", language)

    def listed(key: str, found: list[str]) -> str:
        return text(key, language, count=len(found), names=comma.join(found) or none)

    lines = [
        text("compare.title", language, old=names[0], new=names[1]),
        text(
            "compare.share",
            language,
            old=figures.share(old, language),
            new=figures.share(new, language),
        ),
    ]
    if not comparison["same_service"]:
        services = {which: comparison[which]["service"] for which in ("old", "new")}
        lines.append(text("compare.services", language, **services))
    if people is None:
        lines.append(text("compare.people_unknown", language))
    else:
        won, lost = (figures.people_in_prose(people[key], language) for key in ("won", "lost"))
        lines.append(text("compare.people", language, won=won, lost=lost))
    lines += [listed(f"compare.sites_{way}", sites[way]) for way in ("in", "out")]
    for way in ("won", "lost"):
        found = [
            named(place["name"], place["name_en"]).in_language(language) for place in places[way]
        ]
        lines.append(listed(f"compare.places_{way}", found))
    return "\n".join(lines)
