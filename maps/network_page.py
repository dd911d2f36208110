"""The network map as one HTML file that needs nothing else: criticality, or what one cut takes.

Leaflet draws it, without folium between: the page holds geometry and numbers as JSON, and every
text goes through ``templates/network.html``, which escapes it. Popups are copies of table rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import jinja2

from . import figures
from .bilingual import Both, both, isolated, named, raw, say
from .criticality import CLASSES
from .network_answers import (
    NetworkAnswer,
    assumptions,
    failure_answers,
    fall_answers,
    fall_sentence,
)
from .network_map import NetworkMap
from .network_shapes import (
    SITE_SHAPES,
    bounds_of,
    fallen_shapes,
    group_shapes,
    network_shapes,
)
from .network_tables import MapTable, failure_tables, fall_tables
from .offline import inline
from .palette import COLOURS
from .words import text, words

__all__ = ["failures_page", "fall_page", "filled_page"]

_FIRST_ROWS = 15
_LEAFLET = "https://cdn.jsdelivr.net/npm/leaflet@1.9.3/dist/leaflet"
"""What :func:`.inline` puts the vendored copy in the place of; nothing is fetched."""

_SPOKEN = (
    "action.whole_district",
    "action.zoom_in",
    "action.zoom_out",
    "language.switch",
    "map.north",
    "network.map_label",
)


@cache
def _templates() -> jinja2.Environment:
    loader = jinja2.FileSystemLoader(Path(__file__).parent / "templates")
    return jinja2.Environment(loader=loader, autoescape=True, undefined=jinja2.StrictUndefined)


def _class_labels(people: float | None) -> list[Both]:
    """Return what each class means, with the people that its edges are where they are known."""

    def write(number: int, language: str) -> str:
        one = CLASSES[number]
        last = len(CLASSES) - 1
        key = {0: "none", 1: "upto", last: "over"}.get(number, "between")
        values = {"lower": f"{one.above:.0%}", "upper": f"{one.upto:.0%}"}
        if people and key != "none":
            key += "_people"
            values["few"] = figures.people(one.above * people, language)
            values["many"] = figures.people(one.upto * people, language)
        return text(f"network.class_{key}", language, **values)

    def label(number: int) -> Both:
        return both(lambda language: write(number, language))

    return [label(number) for number in range(len(CLASSES))]


def _facts(map_: NetworkMap, judged: Mapping[str, Any] | None) -> list[tuple[Both, Both]]:
    facts = map_.facts
    found = []
    if judged is not None:
        roots = [isolated(root) for root in judged["roots"]]
        ids = both(lambda language: text("word.comma", language).join(roots))
        found.append((say("network.roots"), ids))
        found.append(
            (
                say("column.residents"),
                both(lambda language: figures.people(judged["people"], language)),
            )
        )
    review = facts.get("review_number")
    found += [
        (say("legend.crs"), raw("WGS-84 (EPSG:4326)")),
        (say("legend.date"), _date(map_)),
        (say("legend.source"), say("legend.source_value", version=facts["version"])),
        (say("legend.review"), raw(review) if review else say("legend.review_none")),
    ]
    return found


def _date(map_: NetworkMap) -> Both:
    zone = map_.facts.get("timezone") or "UTC"
    return both(lambda language: figures.moment(map_.facts["created"], zone, language))


def filled_page(
    map_: NetworkMap,
    language: str,
    *,
    title: Both,
    sentence: Both | None,
    answers: Sequence[NetworkAnswer],
    judged: Mapping[str, Any] | None,
    tables: Sequence[MapTable],
    shapes: dict[str, Any],
    fall: bool = False,
    template: str = "network.html",
    more: Mapping[str, Any] | None = None,
    notes: Sequence[Both] = (),
) -> str:
    """Return a page of the network with its answers, legend and tables.

    Parameters
    ----------
    judged
        What the failures were judged by; None where the page is about something else.
    fall
        Whether it shows one failure rather than all.
    template, more
        A template that extends ``network.html``, and what it needs besides.
    notes
        What the page rests on, besides what a judgement does.
    """
    words(language)
    bounds = bounds_of(shapes)
    used = {site["shape"] for site in shapes["sites"]}
    spoken = {key: say(key) for key in _SPOKEN} | {"title": title}
    page = (
        _templates()
        .get_template(template)
        .render(
            language=language,
            say=say,
            title=title,
            project=named(map_.facts["name"], map_.facts["name_en"]),
            date=_date(map_),
            sentence=sentence,
            answers=answers,
            assumptions=[*assumptions(judged), *notes],
            tables=tables,
            first_rows=_FIRST_ROWS,
            fall=fall,
            has=_what_is_drawn(map_, shapes),
            classes=list(zip(CLASSES, _class_labels(None if judged is None else judged["people"]), strict=True)),
            site_kinds=[kind for kind, mark in SITE_SHAPES.items() if mark in used],
            other_sites="other" in used,
            site_shapes=SITE_SHAPES,
            site_names=[raw(site.name or site.site_id) for site in map_.sites],
            link_names=[raw(link.link_id) for link in map_.links],
            facts=_facts(map_, judged),
            colours=COLOURS,
            leaflet=_LEAFLET,
            spoken={key: {"zh": one.zh, "en": one.en} for key, one in spoken.items()},
            shapes={**shapes, "bounds": shapes.get("bounds", bounds), "fall": fall,
                    "styles": [[one.colour, one.width_px] for one in CLASSES]},
            **(more or {}),
        )
    )  # fmt: skip
    return inline(page)


def _what_is_drawn(map_: NetworkMap, shapes: Mapping[str, Any]) -> dict[str, bool]:
    return {
        "straight": any(not link.placed for link in map_.links),
        "points": any(site.single_point for site in map_.sites),
        "spurs": any(link.route == "spur" for link in map_.links),
        "harmful_groups": any(group["harms"] for group in shapes.get("groups", ())),
        "harmless_groups": not all(group["harms"] for group in shapes.get("groups", ())),
        "water": bool(shapes["water"]),
        "areas": bool(shapes["areas"]),
        "dark": bool(shapes.get("dark")),
        "within": bool(shapes.get("within")),
        "places": bool(shapes.get("places")),
    }


def failures_page(map_: NetworkMap, document: Mapping[str, Any], language: str = "zh-CN") -> str:
    """Return the map of what every failure takes away, with its answers and tables.

    Parameters
    ----------
    document
        See ``ngbw failures --json``.
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
    shapes = network_shapes(map_)
    if "groups" in document:
        shapes["groups"] = group_shapes(map_, document["groups"]["worst"])
    return filled_page(
        map_,
        language,
        title=say("network.title", project=named(map_.facts["name"], map_.facts["name_en"])),
        sentence=None,
        answers=failure_answers(document, map_.link_numbers()),
        judged=document,
        tables=failure_tables(map_, document),
        shapes=shapes,
    )


def fall_page(
    map_: NetworkMap,
    document: Mapping[str, Any],
    features: Mapping[str, Any],
    language: str = "zh-CN",
) -> str:
    """Return the map of what one failure takes away, with its answer in a sentence and its tables.

    Parameters
    ----------
    document, features
        See ``ngbw fail --json`` and ``--out``.
    language
        See :func:`failures_page`; so for what is returned and raised.
    """
    shapes = network_shapes(map_)
    shapes |= fallen_shapes(features)
    fallen, judged, radio = document["fallen"], document["network"], document["radio"]
    links, sites = map_.link_numbers(), map_.site_numbers()
    shapes["cut_links"] = [links[one] for one in fallen.get("links", ())]
    failed = [one for one in fallen.get("sites", ()) if one in sites]
    shapes["cut_sites"] = [sites[one] for one in failed]
    dark = [] if judged is None else [site["site_id"] for site in judged["lost"]["sites"]]
    if radio is not None:
        dark += [site["site_id"] for site in radio["sites"] if site["reason"] != "weaker"]
        shapes["places"] = [
            {"n": number, "at": [round(place["lat"], 5), round(place["lon"], 5)]}
            for number, place in enumerate(radio["places"], start=1)
        ]
    shapes["dark_sites"] = [sites[one] for one in dict.fromkeys(dark) if one in sites]
    what = [*document["named"], *([document["within"]] if document["within"] else [])]
    shown = ", ".join(what[:4]) + (" …" if len(what) > 4 else "")
    return filled_page(
        map_,
        language,
        title=say(
            "failure.title",
            project=named(map_.facts["name"], map_.facts["name_en"]),
            what=raw(shown),
        ),
        sentence=fall_sentence(document),
        answers=fall_answers(document),
        judged=judged,
        tables=fall_tables(map_, document),
        shapes=shapes,
        fall=True,
    )
