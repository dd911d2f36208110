"""What a plan found besides the share: one line each, for the page and the command line.

Why people are missed, which link is the weaker, what several sites, their sum or their
interference come to, what the ground and the buildings are, and what the share would be over
others. What a run does not have gives no line.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from . import figures
from .bilingual import Both, both, phrase, say, word
from .plan_statements import (
    antenna_statements,
    budget_statements,
    connection_statements,
    cost_statements,
    resilience_statements,
    safety_statements,
    sharing_statements,
    shift_statements,
)
from .words import text

__all__ = ["findings"]


def _share(value: float | None) -> Both:
    return both(lambda language: figures.share(value, language))


def _people(value: float | None) -> Both:
    return both(lambda language: figures.people_in_prose(value, language))


def _number(value: float | None, digits: int = 1) -> Both:
    return both(lambda language: figures.number(value, language, digits))


def _joined(parts: list[Both]) -> Both:
    def write(language: str) -> str:
        return text("word.semicolon", language).join(part.in_language(language) for part in parts)

    return both(write)


def _missed(coverage: Mapping[str, Any]) -> Both | None:
    missed = coverage.get("missed")
    if not missed:
        return None
    most_first = sorted(missed.items(), key=lambda item: -item[1])
    return _joined(
        [
            say("finding.missed_value", reason=word("reason", reason), people=_people(people))
            for reason, people in most_first
        ]
    )


def _links(links: Mapping[str, Any] | None) -> Both | None:
    if links is None:
        return None
    more_db = links.get("uplink_weaker_db")
    if more_db is None:
        return both(figures.unknown)
    if round(more_db, 1) == 0:
        return say(
            "finding.links_equal",
            downlink=_people(links["downlink"]),
            uplink=_people(links["uplink"]),
        )
    weaker, other = ("uplink", "downlink") if more_db > 0 else ("downlink", "uplink")
    return say(
        f"finding.links_{weaker}",
        db=_number(abs(more_db)),
        people=_people(links[weaker]),
        others=_people(links[other]),
    )


def _several(several: Mapping[str, Any] | None) -> Both | None:
    if several is None:
        return None
    return say(
        "finding.several_value",
        share=_share(several["share"]),
        correlation=_number(several["correlation"]),
        servers=_number(several["mean_servers"]),
        overlap=_share(several["overlap_share"]),
    )


def _sfn(sfn: Mapping[str, Any] | None) -> Both | None:
    if sfn is None:
        return None
    return say(
        "finding.sfn_value",
        share=_share(sfn["share"]),
        gain=_number(sfn["median_gain_db"]),
        delay=_number(sfn["longest_delay_us"]),
        guard=_number(sfn["guard_us"], 0),
        together=_people(sfn["only_together"]),
        spoiled=_people(sfn["spoiled"]),
    )


def _reuse(reuse: Mapping[str, Any] | None) -> Both | None:
    if reuse is None:
        return None
    return say(
        "finding.reuse_value",
        sinr=_number(reuse["median_sinr_db"]),
        load=_share(reuse["load"]),
        capacity=_number(reuse["capacity_mbps_per_km2"]),
        busy=_share(reuse["mean_load"]),
        overloaded=reuse["overloaded"],
        cells=reuse["cells"],
    )


def _surface(surface: Mapping[str, Any] | None) -> Both | None:
    if surface is None:
        return None
    source = _joined([phrase(part) for part in str(surface["source"]).split("; ")])
    key = "finding.surface_assumed" if surface.get("assumed") else "finding.surface_given"
    return say(key, source=source, built=_share(surface.get("built_share")))


def _alternatives(coverage: Mapping[str, Any]) -> Both | None:
    found = coverage.get("alternatives")
    if not found:
        return None
    return _joined(
        [
            say(
                "finding.alternative",
                assumption=phrase(one["assumption"]),
                share=_share(one["share"]),
            )
            for one in found
        ]
    )


def _sentences(found: list[Both]) -> Both | None:
    return _joined(found) if found else None


def findings(run: Mapping[str, Any]) -> list[tuple[Both, Both]]:
    """Return the findings of a run document as pairs of name and value."""
    coverage = run["coverage"]
    found = [
        ("missed", _missed(coverage)),
        ("links", _links(coverage.get("links"))),
        ("several", _several(coverage.get("several"))),
        ("sfn", _sfn(coverage.get("sfn"))),
        ("reuse", _reuse(coverage.get("reuse"))),
        ("surface", _surface(run.get("surface"))),
        ("alternatives", _alternatives(coverage)),
        ("shifts", _sentences(shift_statements(run))),
        ("resilience", _sentences(resilience_statements(run))),
        ("cost", _sentences([*budget_statements(run), *cost_statements(run)])),
        ("antennas", _sentences(antenna_statements(run))),
        ("connections", _sentences(connection_statements(run))),
        ("sharing", _sentences(sharing_statements(run))),
        ("safety", _sentences(safety_statements(run))),
    ]
    return [(say(f"finding.{name}"), value) for name, value in found if value is not None]
