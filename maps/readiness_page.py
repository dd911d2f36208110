"""The map of readiness for IPv6 as one HTML file that needs nothing else.

Sites have the colour and number of the lowest level of what stands there, links that of their
weaker end; what could be better than is known is hatched or dashed. The tables below say who keeps
each level from rising and what to do, and choosing a row shows its sites on the map. It is the
network's page with another legend: geometry and numbers go to Leaflet, text through templates.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from markupsafe import Markup

from ..ipv6.ladder import Rung
from ..ipv6.readiness import Readiness, hindrance, misses_of
from ..ipv6.subjects import Subject
from ..ipv6.verdicts import Level, SubjectKind
from ..topology.failures.served_graph import ROOMS
from ..topology.network import Network
from . import figures
from .bilingual import Both, both, named, raw, say, word
from .documents.readiness_map import LEVEL_COLOURS, site_rungs, weakest
from .network_answers import NetworkAnswer
from .network_map import DrawnLink, NetworkMap, network_map
from .network_page import filled_page
from .network_shapes import bounds_of, network_shapes
from .network_tables import Cell, MapRow, MapTable
from .page_tables import FactColumn
from .readiness_phrases import (
    check_title,
    found_reason,
    joined,
    level_reached,
    node_name,
    number,
    promise_value,
    share,
    span,
    subject_name,
    value_needed,
)

__all__ = ["readiness_page"]

_BARE = Rung(Level.NOT_READY, Level.PARITY, False, None, (), (), ())
"""Of a room of which the tables name no device: nothing is known of it."""


def _html(one: Both) -> Markup:
    return Markup(one.__html__())  # noqa: S704 - it escapes itself


@dataclass(frozen=True, slots=True)
class _Subjects:
    """Subjects as a list in a cell: name, level, the check that holds it back, what to do."""

    lines: tuple[tuple[Both, Both, Both | None, Both | None], ...]

    def __html__(self) -> str:
        items = Markup("")
        for name, level, why, what in self.lines:
            items += Markup("<li><b>{}</b> <em>{}</em>").format(_html(name), _html(level))
            if why is not None:
                items += Markup("<span>{}</span>").format(_html(why))
            if what is not None:
                items += Markup("<span class=do>{}</span>").format(_html(what))
            items += Markup("</li>")
        return str(Markup("<ul class=subjects>{}</ul>").format(items))


def _line(stand: Readiness, subject: Subject) -> tuple[Both, Both, Both | None, Both | None]:
    level = level_reached(stand.rungs[subject.key])
    miss = hindrance(subject, stand)
    if miss is None:
        return subject_name(subject), level, None, None
    why = say("readiness.check_found", check=check_title(miss.check_id), reason=found_reason(miss))
    return subject_name(subject), level, why, word("ipv6_do", miss.reason)


def _columns(*names: str, numeric: Sequence[str] = ()) -> tuple[FactColumn, ...]:
    return tuple(FactColumn(say(f"readiness.{name}"), name in numeric) for name in names)


class _Places:
    """Where everything is on the map, and on which level."""

    def __init__(self, stand: Readiness, map_: NetworkMap) -> None:
        self.numbers = map_.site_numbers()
        judged = site_rungs(stand)
        self.rungs = {
            site.site_id: judged.get(site.site_id, _BARE)
            for site in map_.sites
            if site.site_id in judged or site.kind in ROOMS
        }
        self.names = {
            site.site_id: raw(site.site_id)
            if not site.name or site.name == site.site_id
            else raw(f"{site.name} ({site.site_id})")
            for site in map_.sites
        }
        self.steps: dict[str, int] = {}
        for n, step in enumerate(stand.paths.steps, start=1):
            for site in self.sites_of(stand, step.nodes):
                self.steps.setdefault(site, n)

    def sites_of(self, stand: Readiness, keys: Sequence[str]) -> list[str]:
        """Return the sites on the map of some subjects, each once."""
        subjects = (stand.inventory.subjects.get(key) for key in keys)
        sites = [one.site_id for one in subjects if one is not None]
        return list(dict.fromkeys(site for site in sites if site in self.numbers))

    def on_map(self, stand: Readiness, keys: Sequence[str]) -> tuple[int, ...]:
        return tuple(self.numbers[site] for site in self.sites_of(stand, keys))

    def link(self, link: DrawnLink) -> Rung | None:
        """Return the rung of the weaker end that is judged; None where neither is."""
        ends = [self.rungs[end] for end in (link.a_site, link.b_site) if end in self.rungs]
        return weakest(ends) if ends else None


def _stand(rung: Rung | None, step: int = 0) -> dict[str, Any]:
    if rung is None:
        return {"level": None, "open": False, "harm": False, "step": 0}
    unsure = not (rung.certain and rung.told)
    return {"level": int(rung.level), "open": unsure, "harm": bool(rung.harmful), "step": step}


def _shapes(map_: NetworkMap, places: _Places) -> dict[str, Any]:
    shapes = network_shapes(map_)
    for shape, site in zip(shapes["sites"], map_.sites, strict=True):
        shape["stand"] = _stand(places.rungs.get(site.site_id), places.steps.get(site.site_id, 0))
    for shape, link in zip(shapes["links"], map_.links, strict=True):
        between = link.a_site in places.rungs and link.b_site in places.rungs
        shape["stand"] = {**_stand(places.link(link)), "drop": not between}
    # Exits stand outside the district, and the way to the websites leads over them.
    judged = [one["at"] for one in shapes["sites"] if one["stand"]["level"] is not None]
    corners = [*(bounds_of(shapes) or ()), *judged]
    if corners:
        lats, lons = zip(*corners, strict=True)
        shapes["bounds"] = [[min(lats), min(lons)], [max(lats), max(lons)]]
    shapes["levels"] = [LEVEL_COLOURS[level] for level in Level]
    return shapes


def _work(stand: Readiness, places: _Places) -> MapTable:
    rows = []
    before = stand.paths.low or 0.0
    for n, step in enumerate(stand.paths.steps, start=1):
        nodes = [node_name(stand, node, unknown=node in step.unknown) for node in step.nodes]
        cells = (
            number(n), joined(nodes), number(step.frees_households),
            share(max(0.0, step.share_after - before)), share(step.share_after),
        )  # fmt: skip
        before = step.share_after
        rows.append(MapRow(n, cells, sites=places.on_map(stand, step.nodes)))
    names = ("step", "upgrade", "frees_homes", "frees_share", "share_after")
    caption = say("readiness.work_note" if rows else "readiness.first_none")
    return MapTable(
        "work", say("readiness.work"), caption, _columns(*names, numeric=names[2:]), tuple(rows)
    )


def _targets(stand: Readiness, places: _Places) -> MapTable:
    rows = []
    for n, promise in enumerate(stand.promises, start=1):
        target, groups = promise.target, promise.standings.groups
        counts = {
            state: number(sum(group.count(state) for group in groups))
            for state in ("met", "unmet", "unknown")
        }
        misses = [miss.subject.key for miss in misses_of(promise, stand)]
        cells = (
            raw(target.target_id), say(f"ipv6_verdict.{promise.word}"), promise_value(promise),
            value_needed(promise),
            say("readiness.due_value", date=target.due, basis=say(f"ipv6_due.{target.due_basis}")),
            say("readiness.counts_value", **counts), raw(target.responsible or "—"),
            named(target.quote_zh or target.meaning, target.meaning),
        )  # fmt: skip
        rows.append(MapRow(n, cells, sites=places.on_map(stand, misses)))
    names = (
        "target", "verdict", "value", "needed", "due", "counts", "responsible", "quote",
    )  # fmt: skip
    caption = say("readiness.targets_note" if rows else "readiness.lead_none")
    return MapTable("targets", say("readiness.targets"), caption, _columns(*names), tuple(rows))


def _sites(stand: Readiness, places: _Places) -> MapTable:
    members: dict[str, list[Subject]] = {}
    for one in stand.inventory.subjects.values():
        if one.kind is not SubjectKind.LINK:
            members.setdefault(one.site_id if one.site_id in places.numbers else "", []).append(one)
    order = sorted(
        places.rungs,
        key=lambda site: (
            not places.rungs[site].harmful, not places.rungs[site].told, places.rungs[site].low,
            places.steps.get(site, len(stand.paths.steps) + 1),
        ),
    )  # fmt: skip
    rows = []
    for n, site in enumerate(order, start=1):
        lines = tuple(_line(stand, one) for one in members.get(site, ()))
        held: Cell = _Subjects(lines) if lines else say("readiness.no_subject")
        cells = places.names[site], level_reached(places.rungs[site]), held
        at = places.numbers[site]
        rows.append(MapRow(n, cells, sites=(at,), about=at))
    if outside := members.get(""):
        level = level_reached(weakest([stand.rungs[one.key] for one in outside]))
        held = _Subjects(tuple(_line(stand, one) for one in outside))
        rows.append(MapRow(len(rows) + 1, (say("readiness.outside"), level, held)))
    return MapTable(
        "sites", say("readiness.sites"), say("readiness.sites_note"),
        _columns("map_site", "level", "held"), tuple(rows),
    )  # fmt: skip


def _links(stand: Readiness, map_: NetworkMap, places: _Places) -> MapTable:
    """Return the links of which an end is judged, and what was found on access links themselves."""
    subjects = stand.inventory.subjects
    asked = {one.link_id for one in map_.links if stand.standing.of(f"link:{one.link_id}")}
    rows = []
    for link in map_.links:
        rung = places.link(link)
        if rung is None:
            continue
        ends = [
            joined([places.names[end], level_reached(places.rungs[end])])
            if end in places.rungs
            else places.names.get(end, raw(end))
            for end in (link.a_site, link.b_site)
        ]
        cells: list[Cell] = [raw(link.link_id), level_reached(rung), *ends]
        if asked:
            known = link.link_id in asked and subjects.get(f"link:{link.link_id}")
            cells.append(_Subjects((_line(stand, known),)) if known else raw("—"))
        rows.append(MapRow(link.number, tuple(cells), links=(link.number,)))
    names = ("map_link", "level", "from", "to", *(("link_itself",) if asked else ()))
    return MapTable(
        "links", say("readiness.links"), say("readiness.links_note"), _columns(*names), tuple(rows)
    )


def _answers(stand: Readiness, places: _Places) -> list[NetworkAnswer]:
    words = [promise.word for promise in stand.promises]
    met = words.count("met")
    lead = say(
        "readiness.lead", targets=len(words), met=met, missed=words.count("missed"),
        risk=words.count("at risk"), unknown=words.count("cannot tell"),
    ) if words else say("readiness.lead_none")  # fmt: skip
    figure = say("readiness.met_of", met=met, targets=len(words)) if words else raw("—")
    target = ""  # the first that is missed and whose sites are on the map
    for n, promise in enumerate(stand.promises, start=1):
        held = [miss.subject.key for miss in misses_of(promise, stand)]
        if promise.word != "met" and places.sites_of(stand, held):
            target = f"targets-{n}"
            break
    answers = [
        NetworkAnswer(
            say("readiness.ask_targets"), figure, lead, target,
            bad="missed" in words,
        )
    ]  # fmt: skip
    paths = stand.paths
    if paths.low is None or paths.high is None:
        reach, means = say("word.unknown"), say("readiness.e2e_none")
    else:
        reach = span(paths.low, paths.high)
        key = "readiness.e2e_exact" if paths.low == paths.high else "readiness.e2e"
        means = say(key, low=share(paths.low), high=share(paths.high))
    answers.append(NetworkAnswer(say("readiness.ask_reach"), reach, means))
    harmful = sum(one.harmful is True for one in stand.rungs.values())
    if harmful:
        first = NetworkAnswer(
            say("readiness.ask_first"), say("readiness.harm_first"),
            say("readiness.harm", count=harmful), "sites-1", bad=True,
        )  # fmt: skip
    elif paths.steps:
        step = paths.steps[0]
        nodes = [node_name(stand, one, unknown=one in step.unknown) for one in step.nodes[:3]]
        more = len(step.nodes) - len(nodes)
        if more:
            nodes.append(say("word.and_more", count=more))
        first = NetworkAnswer(
            say("readiness.ask_first"), joined(nodes),
            say("readiness.first_frees", homes=number(step.frees_households),
                share=share(step.share_after)),
            "work-1" if places.sites_of(stand, step.nodes) else "",
        )  # fmt: skip
    else:
        first = NetworkAnswer(say("readiness.ask_first"), raw("—"), say("readiness.first_none"))
    return [*answers, first]


def _notes(stand: Readiness, damage: Sequence[str]) -> list[Both]:
    every = list(stand.inventory.subjects.values())
    notes = [say("readiness.damage", what=raw(one)) for one in damage]
    if recorded := stand.standing.count("recording"):
        every_row = number(stand.standing.count())
        notes.append(say("readiness.basis_recordings", count=number(recorded), all=every_row))
    notes += [say("readiness.basis_gates"), say("readiness.basis_age")]
    if assumed := sum(one.assumed for one in every):
        notes.append(say("readiness.basis_assumed", count=assumed, all=len(every)))
    if stand.inventory.main_assumed:
        notes.append(say("readiness.main_assumed"))
    return notes


def readiness_page(
    stand: Readiness,
    network: Network,
    *,
    facts: Mapping[str, Any],
    damage: Sequence[str] = (),
    language: str = "zh-CN",
) -> str:
    """Return the map of readiness, with its answers and tables.

    Parameters
    ----------
    network
        Where sites and links are.
    facts
        ``name``, ``name_en``, ``review_number`` of the project, ``version`` of the program.
    damage
        What is wrong with the book of evidence.
    language
        ``zh-CN`` or ``en``: the language in which the page opens; it holds both.

    Returns
    -------
    str
        HTML for a UTF-8 file, which makes no request.

    Raises
    ------
    MissingError
        There are no words in that language.
    """
    created = datetime.fromtimestamp(stand.at_s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    told = {**facts, "timezone": stand.timezone, "created": created}
    map_ = network_map(network, None, facts=told, besides=site_rungs(stand))
    places = _Places(stand, map_)
    shapes = _shapes(map_, places)
    date = both(lambda spoken: figures.moment(created, stand.timezone, spoken))
    low, high = stand.total
    key = "readiness.total_exact" if low == high else "readiness.total"
    sentence = say(key, low=share(low), high=share(high))
    rows = say("readiness.subtitle", date=date, rows=number(stand.recorded))
    marks = [one["stand"] for one in shapes["sites"]]
    lines = [one["stand"] for one in shapes["links"]]
    return filled_page(
        map_,
        language,
        title=say("readiness.map_title", project=named(facts["name"], facts["name_en"])),
        sentence=sentence if stand.recorded else say("readiness.nothing"),
        answers=_answers(stand, places),
        judged=None,
        notes=[rows, *_notes(stand, damage)],
        tables=(
            _work(stand, places), _targets(stand, places), _sites(stand, places),
            _links(stand, map_, places),
        ),
        shapes=shapes,
        template="readiness.html",
        more={
            "levels": [(int(level), level.name, LEVEL_COLOURS[level]) for level in Level],
            "shown": {
                "open": any(one["open"] for one in (*marks, *lines)),
                "harm": any(one["harm"] for one in marks),
                "steps": bool(places.steps),
                "bare": any(one["level"] is None for one in marks),
                "bare_links": any(one["level"] is None for one in lines),
            },
        },
    )  # fmt: skip
