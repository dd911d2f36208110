"""Verbs that break the network and say who loses service: fail, failures."""

from __future__ import annotations

import json as json_text
from pathlib import Path
from typing import Annotated

import typer

from ..topology.errors import SurroundingsError, UsageError
from .terminal import default_language, progress_bar, say, show_json, tell

__all__ = ["register"]

ProjectArgument = Annotated[Path, typer.Argument(help="Project directory (see ngbw init).")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document to stdout.")]
LanguageOption = Annotated[
    str, typer.Option("--lang", help="Language of the answer: zh-CN or en (default: your locale).")
]


def _language(given: str) -> str:
    if given and given not in ("zh-CN", "en"):
        raise UsageError(f"--lang is {given!r}; use zh-CN or en")
    return given or default_language()


def _named_as(path: Path | None, option: str, *endings: str) -> None:
    """Refuse a name that does not end as its content does."""
    if path is not None and path.suffix.lower() not in endings:
        raise UsageError(f"{option} is {str(path)!r}; name a {endings[0]} file")


def _write(path: Path, content: str) -> None:
    """Write a text whole or not at all."""
    fresh = path.with_name(path.name + ".tmp")
    try:
        fresh.write_text(content, encoding="utf-8")
        fresh.replace(path)
    except OSError as error:
        fresh.unlink(missing_ok=True)
        raise SurroundingsError(
            f"{path} cannot be written: {error.strerror}; name a file in a directory that you may "
            "write to"
        ) from None


def _say_where(map_file: Path | None, language: str) -> None:
    if map_file is not None:
        from ..maps.words import text

        say(text("answer.map", language, path=map_file))


def fail(
    project: ProjectArgument,
    ids: Annotated[
        list[str] | None,
        typer.Argument(help="What fails: ids of sites, links, spans, streets, devices, cells ..."),
    ] = None,
    *,
    within: Annotated[
        Path | None,
        typer.Option(help="GeoJSON file with polygons: all inside fails (flood, power)."),
    ] = None,
    plan_name: Annotated[
        str, typer.Option("--plan", help="Plan whose radio sites are judged (default: the newest).")
    ] = "",
    out: Annotated[
        Path | None, typer.Option(help="Write what failed and what goes dark as GeoJSON.")
    ] = None,
    map_file: Annotated[
        Path | None, typer.Option("--map", help="Write a map of it as one HTML file.")
    ] = None,
    lang: LanguageOption = "",
    json: JsonOption = False,
) -> int:
    """Say who loses service when things fail: sites, people, pixels, places.

    An id that two tables use is written with its table: sites:YP-R15.
    """
    from ..topology.compiled import kernels_are_cached
    from ..topology.project import open_project
    from .failure_answer import fall_answer
    from .fall_document import what_falls

    language = _language(lang)
    _named_as(out, "--out", ".geojson", ".json")
    _named_as(map_file, "--map", ".html", ".htm")
    opened = open_project(project)
    if not kernels_are_cached():
        tell("radio coverage may need kernels compiled for this machine, once ...")
    with progress_bar(quiet=json) as progress:
        fall = what_falls(opened, ids or [], within=within, plan=plan_name, progress=progress)
    if out is not None:
        text = json_text.dumps(fall.features, ensure_ascii=False, allow_nan=False, indent=1)
        _write(out, text + "\n")
    if map_file is not None:
        from .failure_map import fall_map

        _write(map_file, fall_map(opened, fall, language=language))
    if json:
        show_json(fall.document)
    else:
        say(fall_answer(fall.document, language))
        _say_where(map_file, language)
    return 0


def failures(
    project: ProjectArgument,
    *,
    links: Annotated[
        int | None, typer.Option(min=1, max=2, help="All single links (1) or pairs of links (2).")
    ] = None,
    nodes: Annotated[bool, typer.Option("--nodes", help="All single sites.")] = False,
    node_pairs: Annotated[bool, typer.Option("--node-pairs", help="All pairs of sites.")] = False,
    groups: Annotated[
        bool,
        typer.Option(
            "--groups", help="Links that share a duct, street, bridge or given risk group."
        ),
    ] = False,
    shared_m: Annotated[
        float, typer.Option(min=1, help="Metres of common ground that make a risk group.")
    ] = 50.0,
    top: Annotated[int, typer.Option(min=1, max=1000, help="How many of each to name.")] = 10,
    plan_name: Annotated[
        str, typer.Option("--plan", help="Plan whose radio sites hang on the network.")
    ] = "",
    map_file: Annotated[
        Path | None,
        typer.Option("--map", help="Write a map of what each link costs as one HTML file."),
    ] = None,
    lang: LanguageOption = "",
    json: JsonOption = False,
) -> int:
    """Name the worst failures: every link, site, pair and risk group is tried.

    Without an option that picks a sort, all sorts are shown. All figures are exact.
    """
    from ..topology.project import open_project
    from .failure_answer import failures_answer
    from .failures_document import SECTIONS, failures_document

    language = _language(lang)
    _named_as(map_file, "--map", ".html", ".htm")
    asked = {
        "links": links == 1,
        "link_pairs": links == 2,
        "sites": nodes,
        "site_pairs": node_pairs,
        "groups": groups,
    }
    sections = [name for name in SECTIONS if asked[name]] or list(SECTIONS)
    opened = open_project(project)
    document = failures_document(
        opened, sections=sections, top=top, shared_m=shared_m, plan=plan_name
    )
    if map_file is not None:
        from .failure_map import failures_map

        _write(map_file, failures_map(opened, document, plan=plan_name, language=language))
    if json:
        show_json(document)
    else:
        say(failures_answer(document, language))
        _say_where(map_file, language)
    return 0


def register(app: typer.Typer) -> None:
    """Add the verbs of this module to the command."""
    for verb in (fail, failures):
        app.command()(verb)
