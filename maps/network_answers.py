"""What a network map answers at first sight, in words: the worst failures, or what one takes away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from . import figures
from .bilingual import Both, both, isolated, named, raw, say
from .words import text

__all__ = [
    "NetworkAnswer",
    "assumptions",
    "empty_area",
    "failure_answers",
    "fall_answers",
    "fall_sentence",
    "nothing_inside",
]

_NAMES_SHOWN = 5


@dataclass(frozen=True, slots=True)
class NetworkAnswer:
    """A question with its figure, and what it means.

    ``row`` is the id of the row that the answer speaks of; "" for none.
    """

    question: Both
    figure: Both
    statement: Both
    row: str = ""
    bad: bool = False


def _people(value: float | None) -> Both:
    return both(lambda language: figures.people(value, language))


def _number(value: float | None) -> Both:
    return both(lambda language: figures.number(value, language))


def _share(value: float | None) -> Both:
    return both(lambda language: figures.share(value, language))


def _names(names: Sequence[Both], shown: int = _NAMES_SHOWN) -> Both:
    def write(language: str) -> str:
        listed = text("word.comma", language).join(
            one.in_language(language) for one in names[:shown]
        )
        more = len(names) - shown
        return listed + (text("failure.and_more", language, count=more) if more > 0 else "")

    return both(write)


def _counted(key: str, count: int, /, **values: object) -> Both:
    """Return the text of a key, or that of its singular for one."""
    if count == 1:
        return say(f"{key}_one", **values)
    return say(key, **values)


def _ids(ids: Sequence[str]) -> Both:
    return _names([raw(one) for one in ids])


def failure_answers(
    document: Mapping[str, Any], link_numbers: Mapping[str, int]
) -> list[NetworkAnswer]:
    """Return the worst link, pair of links and risk group, of those that were tried."""
    answers = []
    for section, table in (("links", "links"), ("link_pairs", "pairs"), ("groups", "groups")):
        if section not in document:
            continue
        question = say(f"network.ask_{section}")
        worst = document[section]["worst"]
        if not worst or not worst[0]["sites"]:
            answers.append(
                NetworkAnswer(question, say("network.nothing"), say(f"network.none_{section}"))
            )
            continue
        first = worst[0]
        row = link_numbers[first["ids"][0]] if table == "links" else 1
        name = first["name"] or first["ids"][0]
        answers.append(
            NetworkAnswer(
                question,
                say(
                    "network.people", people=_people(first["people"]), share=_share(first["share"])
                ),
                say(
                    f"network.worst_{section}",
                    ids=raw(" + ".join(first["ids"])),
                    name=raw(name),
                    sites=_number(len(first["sites"])),
                    harmful=_number(
                        document[section].get("harmful", document[section].get("cutting", 0))
                    ),
                    count=_number(
                        document[section].get("count", document[section].get("pairs", 0))
                    ),
                ),
                f"{table}-{row}",
                bad=True,
            )
        )
    return answers


def _what(document: Mapping[str, Any]) -> Both:
    return _ids([*document["named"], *([document["within"]] if document["within"] else [])])


def nothing_inside(document: Mapping[str, Any]) -> bool:
    """Return whether a failure's polygons hold nothing of the project."""
    inside = document["inside"]
    return inside is not None and not inside["found"]


def empty_area(document: Mapping[str, Any], language: str) -> str:
    """Return that nothing lies inside the polygons of a failure, with both extents."""

    def corners(extent: Sequence[float] | None) -> str:
        if extent is None:
            return figures.unknown(language)
        west, south, east, north = extent
        return f"{west:.4f} … {east:.4f}, {south:.4f} … {north:.4f}"

    inside = document["inside"]
    return text(
        "failure.nothing_inside",
        language,
        file=isolated(document["within"]),
        area=corners(inside["extent"]),
        network=corners(inside["network_extent"]),
    )


def fall_sentence(document: Mapping[str, Any]) -> Both:
    """Return in one sentence what a failure takes away: sites, people, share, area and places."""
    judged, radio = document["network"], document["radio"]
    what = _what(document)
    if judged is None:
        wired = say("network.says_unknown", what=what)
    elif not judged["lost"]["sites"]:
        wired = say("network.says_no_site", what=what)
    else:
        lost = judged["lost"]
        wired = _counted(
            "network.says_sites", len(lost["sites"]), what=what, sites=_number(len(lost["sites"])),
            people=_people(lost["people"]), share=_share(lost["share"]),
        )  # fmt: skip
    if radio is None:
        air = say("network.says_no_plan")
    elif not radio["pixels"]:
        air = say("network.says_no_pixel")
    else:
        places = radio["places"]
        air = say(
            "network.says_pixels",
            area=both(lambda language: figures.area_km2(radio["area_km2"], language)),
            people=_people(radio["people"]),
            places=_counted(
                "network.says_places", len(places), count=len(places),
                names=_names([_place(place) for place in places], 3),
            ) if places else say("network.says_no_place"),
        )  # fmt: skip

    def write(language: str) -> str:
        said = wired.in_language(language) + air.in_language(language)
        if nothing_inside(document):
            return f"{empty_area(document, language)}{'. ' if language == 'en' else '。'}{said}"
        return said

    return both(write)


def _place(place: Mapping[str, Any]) -> Both:
    return named(place["name"], place["name_en"])


def _with_homes(statement: Both, homes: int | None) -> Both:
    return say("network.and_homes", statement=statement, homes=_number(homes))


def fall_answers(document: Mapping[str, Any]) -> list[NetworkAnswer]:
    """Return what a failure takes away on the network, on the radio, and of the places."""
    judged, radio = document["network"], document["radio"]
    answers = []
    if judged is None:
        why = document["network_unknown"]
        statement = say("failure.no_network", why=isolated(str(why)))
        answers.append(NetworkAnswer(say("network.ask_wired"), say("network.unknown"), statement))
    else:
        lost = judged["lost"]
        statement = say("failure.network_none", roots=_ids(judged["roots"]))
        if lost["sites"]:
            statement = _counted(
                "network.lost_sites", len(lost["sites"]), sites=_number(len(lost["sites"])),
                names=_names([raw(site["name"] or site["site_id"]) for site in lost["sites"]]),
                roots=_ids(judged["roots"]),
            )  # fmt: skip
        if judged["homes"] is not None and lost["homes"] != 0:
            statement = _with_homes(statement, lost["homes"])
        figure = say("network.people", people=_people(lost["people"]), share=_share(lost["share"]))
        answers.append(
            NetworkAnswer(
                say("network.ask_wired"), figure, statement,
                "dark-1" if lost["sites"] else "", bool(lost["sites"]),
            )
        )  # fmt: skip
    if radio is None:
        answers.append(
            NetworkAnswer(say("network.ask_radio"), say("network.unknown"), say("failure.no_radio"))
        )
        return answers
    before = radio["people_before"]
    share = radio["people"] / before if before else None
    plan = radio["plan"] or radio["run"]
    answers.append(
        NetworkAnswer(
            say("network.ask_radio"),
            say(
                "network.dark_area",
                area=both(lambda language: figures.area_km2(radio["area_km2"], language)),
                people=_people(radio["people"]),
            ),
            say(
                "network.dark_radio", sites=_number(len(radio["sites"])),
                total=_number(radio["sites_total"]),
                plan=raw(plan) if plan else say("failure.standing"), pixels=_number(radio["pixels"]),
                share=_share(share) if radio["sites"] else _share(0.0),
            ),
            "radio-1" if radio["sites"] else "",
            bool(radio["pixels"]),
        )
    )  # fmt: skip
    places = radio["places"]
    answers.append(
        NetworkAnswer(
            say("network.ask_places"),
            say("network.place_count", count=_number(len(places))),
            _names([_place(place) for place in places]) if places else say("failure.places_none"),
            "places-1" if places else "",
            bool(places),
        )
    )
    return answers


def assumptions(judged: Mapping[str, Any] | None) -> list[Both]:
    """Return what a judgement rests on, each in a sentence; nothing where there is none."""
    if judged is None:
        return []
    lines = []
    apart = judged["unconnected"]
    if apart["sites"]:
        lines.append(
            say("failure.unconnected", people=_people(apart["people"]), sites=_ids(apart["sites"]))
        )
    lines.append(say("failure.assumed_people"))
    if judged["homes"] is not None:
        lines.append(say("failure.assumed_homes"))
    if judged["assumed"]["homing"]:
        lines.append(say("failure.assumed_homing", count=_number(len(judged["assumed"]["homing"]))))
    if judged["unplaced_links"]:
        unplaced = judged["unplaced_links"]
        lines.append(say("failure.unplaced", count=_number(len(unplaced)), links=_ids(unplaced)))
    return lines
