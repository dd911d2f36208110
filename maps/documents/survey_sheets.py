"""One sheet for each site to take along (勘察表): what is planned there, and what to look at.

The upper half says what the plan knows; the boxes and lines below are for the hand. A figure that
was assumed is marked, because that is what the visit has to settle.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .. import figures
from ..bilingual import Both, both, listed, named, raw, say, word
from ..money import money, unit_of
from ..page_tables import replaced_by
from ..plan_statements import share_below
from .blocks import Block, Boxes, Checks, Document, Facts, Grid, Heading, NewPage, Paragraph
from .plan_report import run_subtitle

__all__ = ["NearestRoom", "survey_sheets"]

_NEIGHBOURS = 5
_CHECKS = 12
_WRITTEN_DOWN = (
    "position", "roof_height", "antenna_height", "azimuth", "obstacles", "power", "owner",
    "remarks",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class NearestRoom:
    """Where a site would be connected.

    Attributes
    ----------
    site_id, name
        The room.
    straight_m
        As the crow flies.
    street_m
        Along streets and ducts; None where there are no streets to go by.
    """

    site_id: str
    name: str
    straight_m: float
    street_m: float | None


def _distance_m(a: Mapping[str, Any], b: Mapping[str, Any]) -> float:
    """Return the distance of two places; exact to a part in a thousand within a district."""
    middle = math.radians((a["lat"] + b["lat"]) / 2)
    east = math.radians(b["lon"] - a["lon"]) * math.cos(middle)
    return 6_371_000.0 * math.hypot(east, math.radians(b["lat"] - a["lat"]))


def _bearing_deg(a: Mapping[str, Any], b: Mapping[str, Any]) -> float:
    middle = math.radians((a["lat"] + b["lat"]) / 2)
    east = (b["lon"] - a["lon"]) * math.cos(middle)
    return math.degrees(math.atan2(east, b["lat"] - a["lat"])) % 360.0


def _metres(value: float | None) -> Both:
    return both(lambda language: figures.distance(value, language))


def _people(value: float | None) -> Both:
    if value is None:
        return both(figures.unknown)
    return say("unit.people", value=both(lambda language: figures.people_in_prose(value, language)))


def _number(value: float | None, digits: int = 1) -> Both:
    if value is None:
        return both(figures.unknown)
    return both(lambda language: figures.number(value, language, digits))


def _unit(unit: str, value: float | None, digits: int = 1) -> Both:
    if value is None:
        return both(figures.unknown)
    return say(f"unit.{unit}", value=_number(value, digits))


def _where(site: Mapping[str, Any], place: Mapping[str, Any] | None) -> list[tuple[Both, Both]]:
    area = named(site.get("area_name"), site.get("area_name_en"))
    near = say("word.none")
    if place is not None:
        near = say(
            "answer.near",
            place=named(place.get("name"), place.get("name_en")),
            distance=_metres(_distance_m(site, place)),
        )
    return [
        (say("column.site_id"), raw(site["site_id"])),
        (say("column.name"), raw(site.get("name") or "—")),
        (say("column.category"), word("kind", site.get("category") or "—")),
        (say("column.area"), area if area.zh else say("word.outside_subdistricts")),
        (say("column.position"), raw(f"{site['lat']:.6f}, {site['lon']:.6f} (WGS-84)")),
        (say("survey.nearest_place"), near),
        (say("column.origin"), word("origin", site["origin"])),
        (say("survey.phase"), raw(site["phase"]) if site.get("phase") else raw("—")),
    ]


def _worth(run: Mapping[str, Any], site: Mapping[str, Any]) -> list[tuple[Both, Both]]:
    found = [
        (say("column.people"), _people(site.get("people"))),
        (say("column.people_alone"), _people(site.get("people_alone"))),
    ]
    if site.get("cumulative_share") is not None:
        found.append((say("column.cumulative_share"), share_below(site["cumulative_share"])))
    if site.get("replacement"):
        found.append((say("survey.replacement"), replaced_by(site["replacement"], site["margin"])))
    if site.get("cost_money") is not None:
        found.append((say("survey.cost"), money(site["cost_money"], unit_of(run))))
    return found


def _antennas(site: Mapping[str, Any]) -> list[Block]:
    rows: list[tuple[Both, ...]] = []
    for number, antenna in enumerate(site.get("antennas") or (), start=1):
        rows.append(
            (
                raw(number),
                raw(antenna["pattern"]),
                _number(antenna["height_m"]),
                _number(antenna["azimuth_deg"], 0),
                _number(antenna["tilt_deg"]),
                _number(antenna["mech_tilt_deg"]),
                _number(antenna["eirp_dbm"]),
                _number(antenna["freq_mhz"]),
            )
        )
    if not rows:
        rows.append((raw(1), raw("—"), _number(site["antenna_height_m"]), *[raw("—")] * 5))
    names = ("number", "antenna", "height_m", "azimuth_deg", "tilt_deg", "mech_tilt_deg",
             "eirp_dbm", "freq_mhz")  # fmt: skip
    blocks: list[Block] = [
        Grid(
            tuple(say(f"survey.{name}") for name in names),
            tuple(name not in ("number", "antenna") for name in names),
            tuple(rows),
        )
    ]
    if site.get("assumed"):
        assumed = listed("figure", site["assumed"])
        blocks.append(Paragraph(say("survey.assumed", figures=assumed), "note"))
    return blocks


def _backhaul(room: NearestRoom | None) -> list[tuple[Both, Both]]:
    if room is None:
        return [(say("survey.room"), both(figures.unknown))]
    found = [
        (say("survey.room"), raw(f"{room.site_id} {room.name}".strip())),
        (say("survey.room_straight"), _metres(room.straight_m)),
    ]
    if room.street_m is not None:
        found.append((say("survey.room_street"), _metres(room.street_m)))
    return found


def _neighbours(site: Mapping[str, Any], table: Sequence[Mapping[str, Any]]) -> Grid:
    others = sorted(
        (_distance_m(site, other), other["site_id"], other)
        for other in table
        if other["site_id"] != site["site_id"]
    )[:_NEIGHBOURS]
    rows = [
        (
            raw(other["site_id"]),
            raw(other.get("name") or "—"),
            _metres(distance),
            say("survey.bearing_value", deg=_number(_bearing_deg(site, other), 0)),
            _number(other["antenna_height_m"]),
        )
        for distance, _, other in others
    ]
    return Grid(
        (
            say("column.site_id"), say("column.name"), say("survey.distance"),
            say("survey.bearing"), say("column.antenna_height_m"),
        ),
        (False, False, True, True, True),
        tuple(rows),
    )  # fmt: skip


def survey_sheets(
    run: Mapping[str, Any], rooms: Mapping[str, NearestRoom], *, site_ids: Sequence[str] = ()
) -> Document:
    """Return a document with a sheet for each site of a run.

    Parameters
    ----------
    run
        The run document.
    rooms
        Where each site would be connected, by its id.
    site_ids
        Only these; every chosen site by default, or all where none was chosen.
    """
    table = sorted(run["sites"]["table"], key=lambda site: int(site["order"]))
    wanted = [site for site in table if site["site_id"] in set(site_ids)]
    if not site_ids:
        wanted = [site for site in table if site["origin"] == "chosen"] or table
    places = [place for place in run.get("places") or () if place.get("name")]
    blocks: list[Block] = []
    for site in wanted:
        near = min(places, key=lambda place: _distance_m(site, place), default=None)
        name = raw(f"{site['site_id']} {site.get('name') or ''}".strip())
        if blocks:
            blocks.append(NewPage())
        blocks += [
            Heading(say("survey.sheet", number=site["order"], site=name)),
            Facts(tuple(_where(site, near))),
            Heading(say("survey.worth"), 2),
            Facts((*_worth(run, site), *_backhaul(rooms.get(site["site_id"])))),
            Heading(say("survey.antennas"), 2),
            *_antennas(site),
            Heading(say("survey.neighbours"), 2),
            _neighbours(site, table),
            Heading(say("survey.photos"), 2),
            Boxes(
                tuple(say(f"survey.photo_{side}") for side in ("north", "east", "south", "west"))
            ),
            Boxes(
                tuple(say(f"survey.photo_{what}") for what in ("building", "mount", "room")), 3.2
            ),
            Heading(say("survey.checks"), 2),
            Checks(tuple(say(f"survey.check_{n:02}") for n in range(1, _CHECKS + 1))),
            Heading(say("survey.found"), 2),
            Boxes(tuple(say(f"survey.write_{what}") for what in _WRITTEN_DOWN[:4]), 1.0),
            Boxes(tuple(say(f"survey.write_{what}") for what in _WRITTEN_DOWN[4:]), 1.6),
            Boxes(
                (say("survey.write_date"), say("survey.write_by"), say("survey.write_sign")), 1.2
            ),
        ]
    project = named(run["project"].get("name"), run["project"].get("name_en"))
    return Document(
        say("survey.title", project=project, count=len(wanted)),
        run_subtitle(run),
        run["created"],
        tuple(blocks),
    )
