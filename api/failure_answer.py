"""The command line's answer to a failure, and to all failures, as lines of text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..maps import figures
from ..maps.bilingual import named
from ..maps.network_answers import empty_area, nothing_inside
from ..maps.words import text, word_or_raw
from .answer import aligned_table

__all__ = ["failures_answer", "fall_answer"]

_NAMES_SHOWN = 8


def _name(entry: Mapping[str, Any], language: str) -> str:
    return named(entry["name"], entry["name_en"]).in_language(language)


def _listed(names: Sequence[str], language: str) -> str:
    """Return the first few names, and how many more there are."""
    shown = text("word.comma", language).join(names[:_NAMES_SHOWN])
    more = len(names) - _NAMES_SHOWN
    return shown + (text("failure.and_more", language, count=more) if more > 0 else "")


def _roots_guessed(judged: Mapping[str, Any], language: str) -> list[str]:
    """Return the line that stands before every figure where the roots are a guess."""
    guessed = judged["roots_kind_assumed"]
    if not guessed:
        return []
    words = text(
        "failure.roots_guessed",
        language,
        count=len(guessed),
        total=len(judged["roots"]),
        roots=_listed(guessed, language),
    )
    return [f"! {words}"]


def _assumptions(judged: Mapping[str, Any], language: str) -> list[str]:
    lines = []
    apart = judged["unconnected"]
    if apart["sites"]:
        lines.append(
            text(
                "failure.unconnected",
                language,
                people=figures.people(apart["people"], language),
                sites=_listed(apart["sites"], language),
            )
        )
    if judged["roots_from"] == "exchange-idc":
        lines.append(text("failure.assumed_roots", language))
    lines.append(text("failure.assumed_people", language))
    if judged["homes"] is not None:
        lines.append(text("failure.assumed_homes", language))
    homing = judged["assumed"]["homing"]
    if homing:
        lines.append(text("failure.assumed_homing", language, count=len(homing)))
    unplaced = judged["unplaced_links"]
    if unplaced:
        lines.append(
            text(
                "failure.unplaced",
                language,
                count=len(unplaced),
                links=_listed(unplaced, language),
            )
        )
    return [f"! {line}" for line in lines]


def fall_answer(document: Mapping[str, Any], language: str) -> str:
    """Return what falls with given things, for reading.

    Parameters
    ----------
    document
        See :func:`.what_falls`.
    language
        ``zh-CN`` or ``en``.
    """
    what = [*document["named"], *([document["within"]] if document["within"] else [])]
    lines = [
        text(
            "failure.title",
            language,
            project=_name(document["project"], language),
            what=_listed(what, language),
        ),
        *(_roots_guessed(document["network"], language) if document["network"] else []),
        "",
    ]
    for table, keys in document["fallen"].items():
        heading = word_or_raw("failure.table", table, language)
        lines.append(
            text(
                "failure.fallen",
                language,
                table=heading,
                count=len(keys),
                ids=_listed(keys, language),
            )
        )
    candidates = document["candidates"]
    if candidates:
        counted = [
            f"{word_or_raw('failure.table', table, language)} {figures.number(len(keys), language)}"
            for table, keys in candidates.items()
        ]
        lines.append(
            text(
                "failure.candidates",
                language,
                counts=text("word.comma", language).join(counted),
                ids=_listed(next(iter(candidates.values())), language),
            )
        )
    if nothing_inside(document):
        lines.append("! " + empty_area(document, language))
    lines += ["", *_network_lines(document, language), "", *_radio_lines(document, language)]
    if document["network"]:
        lines += ["", *_assumptions(document["network"], language)]
    return "\n".join(lines)


def _network_lines(document: Mapping[str, Any], language: str) -> list[str]:
    judged = document["network"]
    if judged is None:
        return [text("failure.no_network", language, why=document["network_unknown"])]
    roots = _listed(judged["roots"], language)
    lost = judged["lost"]
    homes = []
    if judged["homes"] is not None and lost["homes"] != 0:
        homes = [text("failure.homes", language, homes=figures.number(lost["homes"], language))]
    if not lost["sites"]:
        return [text("failure.network_none", language, roots=roots), *homes]
    rows = [
        [
            site["site_id"],
            site["name"],
            word_or_raw("kind", site["kind"], language),
            figures.people(site["people"], language),
        ]
        for site in lost["sites"]
    ]
    head = [text(f"column.{key}", language) for key in ("site", "name", "kind", "people_behind")]
    return [
        text(
            "failure.network",
            language,
            people=figures.people(lost["people"], language),
            share=figures.share(lost["share"], language),
            sites=len(lost["sites"]),
            roots=roots,
        ),
        *homes,
        *aligned_table(head, rows, (3,)),
    ]


def _radio_lines(document: Mapping[str, Any], language: str) -> list[str]:
    radio = document["radio"]
    if radio is None:
        return [text("failure.no_radio", language)]
    plan = radio["plan"] or radio["run"] or text("failure.standing", language)
    if not radio["sites"]:
        return [text("failure.radio_none", language, plan=plan, total=radio["sites_total"])]
    lines = [
        text(
            "failure.radio",
            language,
            plan=plan,
            sites=figures.number(len(radio["sites"]), language),
            total=figures.number(radio["sites_total"], language),
            people=figures.people(radio["people"], language),
            before=figures.people(radio["people_before"], language),
            pixels=figures.number(radio["pixels"], language),
            area=figures.area_km2(radio["area_km2"], language),
        )
    ]
    for reason in dict.fromkeys(site["reason"] for site in radio["sites"]):
        ids = [site["site_id"] for site in radio["sites"] if site["reason"] == reason]
        lines.append(
            f"  {text(f'failure.reason_{reason}', language)} ({len(ids)}): {_listed(ids, language)}"
        )
    for area in radio["by_subdistrict"]:
        name = _name(area, language) or text("word.outside_subdistricts", language)
        lines.append(f"  {name}: {figures.people(area['people'], language)}")
    places = [_name(place, language) for place in radio["places"]]
    if places:
        words = text("failure.places", language, count=len(places))
        lines.append(f"  {words}: {_listed(places, language)}")
    else:
        lines.append("  " + text("failure.places_none", language))
    return lines


def failures_answer(document: Mapping[str, Any], language: str) -> str:
    """Return the worst failures of each sort, for reading.

    Parameters
    ----------
    document
        See :func:`.failures_document`.
    language
        ``zh-CN`` or ``en``.
    """
    lines = [
        text(
            "failure.all_title",
            language,
            project=_name(document["project"], language),
            people=figures.people(document["people"], language),
            roots=_listed(document["roots"], language),
        ),
        *_roots_guessed(document, language),
    ]
    for section in ("links", "link_pairs", "sites", "site_pairs", "groups"):
        if section not in document:
            continue
        part = document[section]
        values = {
            key: figures.people(part[key], language)
            for key in ("max", "p99", "median")
            if key in part
        }
        counts = {
            key: figures.number(part[key], language)
            for key in ("count", "harmful", "pairs", "cutting", "shared_m")
            if key in part
        }
        lines += ["", text(f"failure.{section}", language, **values, **counts)]
        if part["worst"]:
            lines += _worst(part["worst"], language, homes=document["homes"] is not None)
    return "\n".join([*lines, "", *_assumptions(document, language)])


def _worst(rows: Sequence[Mapping[str, Any]], language: str, *, homes: bool) -> list[str]:
    cells = [
        [
            " + ".join(row["ids"]),
            row["name"],
            figures.people(row["people"], language),
            figures.share(row["share"], language),
            *([figures.number(row["homes"], language)] if homes else []),
            str(len(row["sites"])),
            f"{row['lat']:.5f}, {row['lon']:.5f}",
            *([_listed(row["links"], language)] if "kind" in row else []),
        ]
        for row in rows
    ]
    keys = ["fails", "name", "people_behind", "share_lost"]
    keys += [*(["homes_behind"] if homes else []), "sites_lost", "position"]
    keys += ["links"] if "kind" in rows[0] else []
    return aligned_table(
        [text(f"column.{key}", language) for key in keys], cells, (2, 3, 4, 5)[: 4 if homes else 3]
    )
