"""The tables beside a network map: the same facts for print, screen readers and without scripts.

Every row says by number which links and sites it is about; choosing it marks them on the map, and
what pops up there is a copy of the row.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from . import figures
from .bilingual import Both, both, named, raw, say, word
from .network_map import DrawnLink, NetworkMap
from .page_tables import FactColumn
from .words import text

__all__ = ["Cell", "MapRow", "MapTable", "failure_tables", "fall_tables"]

_NAMES_SHOWN = 12


class Cell(Protocol):
    """What stands in a cell: a text in both languages, or anything else that escapes itself."""

    def __html__(self) -> str: ...


@dataclass(frozen=True, slots=True)
class MapRow:
    """A row with the numbers of the links, sites and places of the map that it is about.

    ``about`` is the number of the one site that the row tells of, ``group`` that of a risk group,
    whose ground is marked too, ``place`` that of a place; 0 for none.
    """

    number: int
    cells: tuple[Cell, ...]
    links: tuple[int, ...] = ()
    sites: tuple[int, ...] = ()
    about: int = 0
    group: int = 0
    place: int = 0


@dataclass(frozen=True, slots=True)
class MapTable:
    """A table of the page; ``name`` is also the id of its element."""

    name: str
    title: Both
    caption: Both
    columns: tuple[FactColumn, ...]
    rows: tuple[MapRow, ...]


_NUMERIC = frozenset(
    (
        "people_behind",
        "share_lost",
        "homes_behind",
        "length_km",
        "shared_m",
        "link_count",
        "people",
        "count",
    )
)


def _columns(*names: str) -> tuple[FactColumn, ...]:
    return tuple(FactColumn(say(f"column.{name}"), name in _NUMERIC) for name in names)


def _people(value: float | None) -> Both:
    return both(lambda language: figures.people(value, language))


def _share(value: float | None) -> Both:
    return both(lambda language: figures.share_in_table(value, language))


def _number(value: float | None, digits: int = 0) -> Both:
    return both(lambda language: figures.number(value, language, digits))


def _listed(names: Iterable[str]) -> Both:
    """Return the first names, and how many more there are; a dash for none."""
    found = [raw(name) for name in names]
    if not found:
        return raw("—")

    def write(language: str) -> str:
        shown = text("word.comma", language).join(
            one.in_language(language) for one in found[:_NAMES_SHOWN]
        )
        more = len(found) - _NAMES_SHOWN
        return shown + (text("failure.and_more", language, count=more) if more > 0 else "")

    return both(write)


class _Join:
    """Names and numbers of what the map shows."""

    def __init__(self, map_: NetworkMap) -> None:
        self.link = map_.link_numbers()
        self.site = map_.site_numbers()
        self.names = dict(
            zip(map_.network.sites["site_id"], map_.network.sites["name"], strict=True)
        )

    def links(self, ids: Iterable[str]) -> tuple[int, ...]:
        return tuple(self.link[one] for one in ids if one in self.link)

    def sites(self, ids: Iterable[str]) -> tuple[int, ...]:
        return tuple(self.site[one] for one in ids if one in self.site)

    def called(self, ids: Iterable[str]) -> Both:
        """Return the names of sites; the id of one without a name."""
        return _listed(str(self.names.get(one) or one) for one in ids)


def _route(link: DrawnLink) -> Both:
    if link.route == "ring":
        return say("network.in_ring", ring=link.ring)
    return say(f"network.route_{link.route}")


def _links_table(map_: NetworkMap, join: _Join) -> MapTable:
    ordered = sorted(
        map_.links,
        key=lambda link: (
            -len(link.sites) if link.people is None else -link.people,
            -(link.homes or 0),
            -len(link.sites),
            -(link.pair_people or 0.0),
            link.number,
        ),
    )
    rows = []
    for link in ordered:
        with_ = raw("—")
        if link.partner:
            with_ = say("network.with", link=raw(link.partner), people=_people(link.pair_people))
        rows.append(
            MapRow(
                link.number,
                (
                    raw(link.link_id),
                    join.called((link.a_site, link.b_site)),
                    _people(link.people),
                    _share(link.share),
                    _number(link.homes),
                    join.called(link.sites),
                    with_,
                    _route(link),
                    _number(link.length_km, 1),
                    say("network.placed") if link.placed else say("network.straight"),
                ),
                links=(link.number,),
                sites=join.sites(link.sites),
            )
        )
    return MapTable(
        "links",
        say("network.links"),
        say("network.links_caption", rings=_number(len(map_.rings))),
        _columns(
            "link", "between", "people_behind", "share_lost", "homes_behind", "dark_names", "worst_with", "route",
            "length_km", "way",
        ),
        tuple(rows),
    )  # fmt: skip


def _worst_table(
    name: str, rows: Sequence[Mapping[str, Any]], join: _Join, caption: Both
) -> MapTable:
    """Return the table of pairs, or of sites: what fails, and what that takes away."""
    of_links = name == "pairs"
    return MapTable(
        name,
        say(f"network.{name}"),
        caption,
        _columns("fails", "name", "people_behind", "share_lost", "homes_behind", "dark_names"),
        tuple(
            MapRow(
                number,
                (
                    raw(" + ".join(row["ids"])),
                    raw(row["name"] or "—"),
                    _people(row["people"]),
                    _share(row["share"]),
                    _number(row["homes"]),
                    join.called(row["sites"]),
                ),
                links=join.links(row["ids"]) if of_links else (),
                sites=join.sites(row["sites"]),
                about=join.site.get(row["ids"][0], 0) if name == "sites" else 0,
            )
            for number, row in enumerate(rows, start=1)
        ),
    )


def _groups_table(part: Mapping[str, Any], join: _Join) -> MapTable:
    return MapTable(
        "groups",
        say("network.groups"),
        say("network.groups_caption", shared_m=_number(part["shared_m"])),
        _columns(
            "group", "name", "group_kind", "people_behind", "share_lost", "homes_behind", "dark_names", "links",
            "shared_m",
        ),
        tuple(
            MapRow(
                number,
                (
                    raw(f"G{number}"),
                    raw(row["name"] or row["ids"][0]),
                    say(f"network.group_{row['kind']}"),
                    _people(row["people"]),
                    _share(row["share"]),
                    _number(row["homes"]),
                    join.called(row["sites"]),
                    _listed(row["links"]),
                    raw("—") if row["length_m"] is None else _number(row["length_m"]),
                ),
                links=join.links(row["links"]),
                sites=join.sites(row["sites"]),
                group=number,
            )
            for number, row in enumerate(part["worst"], start=1)
        ),
    )  # fmt: skip


def _rings_table(map_: NetworkMap, join: _Join) -> MapTable:
    return MapTable(
        "rings",
        say("network.rings"),
        say("network.rings_caption") if map_.rings else say("network.rings_none"),
        _columns("ring", "link_count", "people_behind", "share_lost", "links"),
        tuple(
            MapRow(
                ring.number,
                (
                    raw(ring.number),
                    _number(len(ring.links)),
                    _people(ring.people),
                    _share(ring.share),
                    _listed(ring.links),
                ),
                links=join.links(ring.links),
            )
            for ring in map_.rings
        ),
    )


def failure_tables(map_: NetworkMap, document: Mapping[str, Any]) -> list[MapTable]:
    """Return the tables of all failures: links and rings, and those sorts that were asked for.

    Parameters
    ----------
    document
        See ``ngbw failures --json``.
    """
    join = _Join(map_)
    tables = [_links_table(map_, join)]
    if "link_pairs" in document:
        part = document["link_pairs"]
        caption = say(
            "network.pairs_caption", cutting=_number(part["cutting"]), pairs=_number(part["pairs"])
        )
        tables.append(_worst_table("pairs", part["worst"], join, caption))
    if "groups" in document:
        tables.append(_groups_table(document["groups"], join))
    tables.append(_rings_table(map_, join))
    if "sites" in document:
        caption = say("network.sites_caption")
        tables.append(_worst_table("sites", document["sites"]["worst"], join, caption))
    if "site_pairs" in document:
        part = document["site_pairs"]
        caption = say("network.site_pairs_caption", cutting=_number(part["cutting"]))
        tables.append(_worst_table("site_pairs", part["worst"], join, caption))
    return tables


def fall_tables(map_: NetworkMap, document: Mapping[str, Any]) -> list[MapTable]:
    """Return the tables of one failure: what fell, dark sites, radio, subdistricts and places.

    Parameters
    ----------
    document
        See ``ngbw fail --json``.
    """
    join = _Join(map_)
    fallen = [
        MapRow(
            number,
            (word("failure.table", table), _number(len(ids)), _listed(ids)),
            links=join.links(ids) if table == "links" else (),
            sites=join.sites(ids) if table == "sites" else (),
        )
        for number, (table, ids) in enumerate(document["fallen"].items(), start=1)
    ]
    fallen += [
        MapRow(
            number,
            (
                say("network.candidates", table=word("failure.table", table)),
                _number(len(ids)),
                _listed(ids),
            ),
        )
        for number, (table, ids) in enumerate(document["candidates"].items(), len(fallen) + 1)
    ]
    tables = [
        MapTable(
            "fallen",
            say("network.fallen"),
            say("network.fallen_caption"),
            _columns("kind", "count", "ids"),
            tuple(fallen),
        )
    ]
    judged, radio = document["network"], document["radio"]
    if judged is not None:
        dark = judged["lost"]["sites"]
        tables.append(
            MapTable(
                "dark",
                say("network.dark"),
                say("network.dark_caption") if dark else say("network.dark_none"),
                _columns("site_id", "name", "kind", "people_behind", "why"),
                tuple(
                    MapRow(
                        number,
                        (
                            raw(site["site_id"]),
                            raw(site["name"] or "—"),
                            word("kind", site["kind"]),
                            _people(site["people"]),
                            say("network.why_failed" if site["failed"] else "network.why_cut"),
                        ),
                        sites=join.sites((site["site_id"],)),
                        about=join.site.get(site["site_id"], 0),
                    )
                    for number, site in enumerate(dark, start=1)
                ),
            )
        )
    if radio is not None:
        tables += _radio_tables(radio, join)
    return tables


def _radio_tables(radio: Mapping[str, Any], join: _Join) -> list[MapTable]:
    hit, places = radio["sites"], radio["places"]
    tables = [
        MapTable(
            "places",
            say("network.places"),
            say("network.places_caption") if places else say("failure.places_none"),
            _columns("place", "kind"),
            tuple(
                MapRow(
                    number,
                    (named(place["name"], place["name_en"]), word("kind", place["kind"])),
                    place=number,
                )
                for number, place in enumerate(places, start=1)
            ),
        ),
        MapTable(
            "radio",
            say("network.radio"),
            say("network.radio_caption") if hit else say("network.radio_none"),
            _columns("site_id", "name", "why"),
            tuple(
                MapRow(
                    number,
                    (
                        raw(site["site_id"]),
                        raw(site["name"] or "—"),
                        word("failure", f"reason_{site['reason']}"),
                    ),
                    sites=join.sites((site["site_id"],)),
                    about=join.site.get(site["site_id"], 0),
                )
                for number, site in enumerate(hit, start=1)
            ),
        ),
    ]
    if radio["by_subdistrict"]:
        rows = []
        for number, area in enumerate(radio["by_subdistrict"], start=1):
            name = named(area["name"], area["name_en"])
            called = name if name.zh else say("word.outside_subdistricts")
            rows.append(MapRow(number, (called, _people(area["people"]))))
        tables.append(
            MapTable(
                "subdistricts",
                say("page.subdistricts"),
                say("network.subdistricts_caption"),
                _columns("area", "people"),
                tuple(rows),
            )
        )
    return tables
