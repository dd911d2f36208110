"""Verbs that plan and show plans: plan, cover, plans, compare, demo, gc."""

from __future__ import annotations

import time
from collections.abc import Callable
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..topology.errors import UnprovenError, UsageError
from .terminal import as_share, default_language, progress_bar, say, show_json, tell

if TYPE_CHECKING:
    from ..coverage.plan import Plan
    from .library import District
    from .runs import Run

__all__ = ["register"]

ProjectArgument = Annotated[Path, typer.Argument(help="Project directory (see ngbw init).")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document to stdout.")]
SchedulerOption = Annotated[
    str,
    typer.Option(
        help="Compute layers on a Dask cluster: tls://host:port (pip install 'ngbw[cluster]')."
    ),
]
LanguageOption = Annotated[
    str, typer.Option("--lang", help="Language of the answer: zh-CN or en (default: your locale).")
]
WarningOption = Annotated[
    bool, typer.Option("--fail-on-warning", help="Exit 7 when there are only warnings.")
]


def _language(given: str) -> str:
    if given and given not in ("zh-CN", "en"):
        raise UsageError(f"--lang is {given!r}; use zh-CN or en")
    return given or default_language()


def _announce_compilation(language: str) -> None:
    from ..maps.words import text
    from ..topology.compiled import kernels_are_cached

    if not kernels_are_cached():
        tell(text("answer.compiling", language))


def _exit_code(document: dict[str, Any], *, fail_on_warning: bool) -> int:
    if document["coverage"]["met"] is False:
        return 1
    return 7 if fail_on_warning and document["notices"] else 0


def _make_and_save(
    district: District, make: Callable[..., Plan], name: str, *, language: str, quiet: bool
) -> Run:
    """Run a planning step with progress, store it, and return the stored run."""
    from .runs import RunStore

    started = time.perf_counter()
    _announce_compilation(language)
    with progress_bar(quiet=quiet) as progress:
        plan = make(progress)
    return RunStore(district.project).save(plan, seconds=time.perf_counter() - started, name=name)


def plan(
    project: ProjectArgument,
    *,
    sites: Annotated[
        int | None, typer.Option(min=1, help="At most so many sites (default: plan.sites).")
    ] = None,
    budget: Annotated[
        float | None, typer.Option(min=0, help="At most so much money, standing sites included.")
    ] = None,
    share: Annotated[
        float | None,
        typer.Option(
            parser=as_share,
            metavar="SHARE",
            help="Reach this share of residents with the fewest sites: 0.90, 90 or 90%.",
        ),
    ] = None,
    cheapest: Annotated[
        bool, typer.Option("--cheapest", help="With --share: at the least cost instead.")
    ] = False,
    max_gap: Annotated[
        float | None,
        typer.Option(
            parser=as_share,
            metavar="SHARE",
            help="Search on until the plan is proven to be within this share of the best possible; "
            "exit 4 when it is not.",
        ),
    ] = None,
    prove: Annotated[
        bool, typer.Option("--prove", help="As --max-gap 0: the plan must be proven best.")
    ] = False,
    time_limit: Annotated[
        float,
        typer.Option(
            min=0,
            help="Stop after so many seconds with the best plan so far; says what it left out.",
        ),
    ] = 0.0,
    fix: Annotated[
        list[str] | None, typer.Option(help="A site that must be in the plan; repeat it.")
    ] = None,
    forbid: Annotated[
        list[str] | None, typer.Option(help="A site that must not be in it; repeat it.")
    ] = None,
    exclude_together: Annotated[
        list[str] | None,
        typer.Option(help="ID,ID,...: at most one of these sites; repeat it."),
    ] = None,
    per_subdistrict: Annotated[
        int, typer.Option(min=0, help="At least so many sites in each subdistrict.")
    ] = 0,
    least_share: Annotated[
        float,
        typer.Option(
            parser=as_share,
            metavar="SHARE",
            help="At least this share of the residents of each subdistrict.",
        ),
    ] = 0.0,
    servers: Annotated[
        int, typer.Option(min=1, max=9, help="Count residents whom so many sites serve each.")
    ] = 1,
    survive: Annotated[
        bool, typer.Option("--survive", help="Choose what the loss of any one site hurts least.")
    ] = False,
    network: Annotated[
        bool,
        typer.Option(
            "--network",
            help="Count whom the sites serve as a network: after interference, or as a sum of "
            "signals (services.ID.network).",
        ),
    ] = False,
    connected: Annotated[
        bool,
        typer.Option(
            "--connected", help="Within --budget, count the fibre that connects sites too."
        ),
    ] = False,
    microwave: Annotated[
        bool,
        typer.Option(
            "--microwave", help="With --connected: microwave hops in place of fibre where cheaper."
        ),
    ] = False,
    share_with_stations: Annotated[
        float,
        typer.Option(
            parser=as_share,
            metavar="SHARE",
            help="At least this share of the sites stand on existing base stations.",
        ),
    ] = 0.0,
    tune: Annotated[
        bool,
        typer.Option(
            "--tune",
            help="Turn, tilt and weaken the antennas of the chosen sites while that serves more.",
        ),
    ] = False,
    safe: Annotated[
        float | None,
        typer.Option(
            parser=as_share,
            metavar="SHARE",
            help="Say the cheapest additions with which the loss of any one site leaves this "
            "share of residents served.",
        ),
    ] = None,
    phases: Annotated[
        str,
        typer.Option(
            help="Sites that each phase builds, as 12,14,14 (default: plan.phases; none: 0)."
        ),
    ] = "",
    curve: Annotated[
        int, typer.Option(min=0, max=1000, help="The curve goes to so many sites; 0: no curve.")
    ] = 60,
    service: Annotated[
        str, typer.Option(help="Service that decides (default: headline_service).")
    ] = "",
    name: Annotated[str, typer.Option(help="Remember the plan under this name.")] = "",
    seed: Annotated[int, typer.Option(min=0, help="Seed of the search.")] = 0,
    scheduler: SchedulerOption = "",
    lang: LanguageOption = "",
    fail_on_warning: WarningOption = False,
    json: JsonOption = False,
) -> int:
    """Choose sites, map what they cover, say how good the plan is, and rank the gaps.

    Ctrl-C during the search, or --time-limit, keeps the best plan so far, not proven. Exit code 1
    when the target share is missed, 4 when --max-gap or --prove is not met.
    """
    from ..coverage.plan_request import PlanRequest
    from ..maps.words import text
    from ..topology.project import open_project
    from .answer import plan_answer
    from .library import District
    from .runs import RunStore

    language = _language(lang)
    if prove and max_gap:
        raise UsageError("--prove asks for the best plan and --max-gap for less; give one")
    settings = open_project(project).settings
    asked = PlanRequest(
        sites=sites,
        budget=budget,
        share=share,
        cheapest=cheapest,
        max_gap=0.0 if prove else max_gap,
        time_limit_s=time_limit,
        fix=tuple(fix or ()),
        forbid=tuple(forbid or ()),
        apart=tuple(_ids(group) for group in exclude_together or ()),
        per_subdistrict=per_subdistrict,
        least_share=least_share,
        servers=servers,
        survive=survive,
        as_network=network,
        connected=connected,
        microwave=microwave,
        share_with_stations=share_with_stations,
        tune=tune,
        safe=safe,
        phases=_phases(phases, list(settings.plan_phases)),
        curve_to=curve,
    )
    district = District.open(project)
    before = RunStore(district.project).names().get(name)
    run = _make_and_save(
        district,
        lambda progress: district.plan(
            asked=asked, service=service, seed=seed, scheduler=scheduler, progress=progress
        ),
        name,
        language=language,
        quiet=json,
    )
    document = dict(run.document)
    if json:
        show_json({**document, "directory": str(run.directory)})
    else:
        say(plan_answer(document, run.map_path, language))
    if before and before != run.run_id:
        tell(text("answer.name_moved", language, name=name, run=before))
    if document["plan"]["status"] in ("cancelled", "time-limit"):
        tell(text(f"answer.ended_{document['plan']['status']}", language))
    gap, wanted = document["plan"]["gap"], asked.max_gap
    if wanted is not None and not document["plan"]["proven"] and (gap is None or gap > wanted):
        known = "unknown" if gap is None else "known"
        required = f"{wanted:.2%}"
        tell(text(f"answer.unproven_{known}", language, gap=f"{gap or 0.0:.2%}", required=required))
        return UnprovenError.exit_code
    return _exit_code(document, fail_on_warning=fail_on_warning)


def _ids(text: str) -> tuple[str, ...]:
    """Return the ids of a group, ID,ID,..."""
    found = tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))
    if len(found) < 2:
        raise UsageError(f"--exclude-together {text!r} names fewer than two sites; write ID,ID")
    return found


def _phases(text: str, labels: list[str]) -> dict[str, int] | None:
    """Return how many sites stand at the end of each phase; None leaves it to the settings."""
    if not text.strip():
        return None
    if text.strip() == "0":
        return {}
    try:
        added = [int(part) for part in text.split(",")]
    except ValueError:
        added = []
    if not added or min(added) < 0 or not sum(added):
        raise UsageError(f"--phases is {text!r}; write the sites of each phase, as 12,14,14")
    if len(labels) != len(added):
        labels = [str(number) for number in range(1, len(added) + 1)]
    return dict(zip(labels, accumulate(added), strict=True))


def cover(
    project: ProjectArgument,
    *,
    plan_name: Annotated[
        str,
        typer.Option("--plan", help="Judge the sites of this plan (default: sites that stand)."),
    ] = "",
    site: Annotated[list[str] | None, typer.Option(help="Judge this site; repeat it.")] = None,
    service: Annotated[
        str, typer.Option(help="Any service of the project (default: headline_service).")
    ] = "",
    name: Annotated[str, typer.Option(help="Remember the result under this name.")] = "",
    scheduler: SchedulerOption = "",
    lang: LanguageOption = "",
    fail_on_warning: WarningOption = False,
    json: JsonOption = False,
) -> int:
    """Say what given sites cover, for any service.

    Without --plan or --site these are the NGB-W sites that are built or planned.
    """
    from ..maps.words import text
    from .answer import plan_answer
    from .library import District
    from .runs import RunStore

    language = _language(lang)
    district = District.open(project)
    if plan_name and site:
        raise UsageError("give --plan or --site, not both")
    if plan_name:
        given = list(RunStore(district.project).find(plan_name).document["sites"]["selected"])
    elif site:
        given = site
    else:
        frame = district.table("sites")
        standing = frame["state"].isin(["built", "planned"]) & (frame["kind"] == "ngb-w")
        given = list(frame.loc[standing, "site_id"])
        if not given:
            tell(text("answer.none_stands", language))
    run = _make_and_save(
        district,
        lambda progress: district.cover(
            given, service=service, scheduler=scheduler, progress=progress
        ),
        name,
        language=language,
        quiet=json,
    )
    document = dict(run.document)
    if json:
        show_json({**document, "directory": str(run.directory)})
    else:
        say(plan_answer(document, run.map_path, language))
    return _exit_code(document, fail_on_warning=fail_on_warning)


def plans(project: ProjectArgument, *, lang: LanguageOption = "", json: JsonOption = False) -> int:
    """List the plans of a project, with their names and figures."""
    from ..maps import figures
    from ..maps.words import text
    from ..topology.project import open_project
    from .answer import aligned_table
    from .runs import RunStore

    language = _language(lang)
    store = RunStore(open_project(project))
    names = store.names()
    rows = []
    for run in store.all():
        document = run.document
        rows.append(
            {
                "id": run.run_id,
                "names": [name for name, run_id in names.items() if run_id == run.run_id],
                "created": document["created"],
                "service": document["service"]["id"],
                "sites": document["sites"]["count"],
                "share": document["coverage"]["share"],
                "met": document["coverage"]["met"],
            }
        )
    if json:
        show_json({"plans": rows})
        return 0
    if not rows:
        say(text("page.no_run", language, command=f"ngbw plan {project} --name A"))
        return 0
    names_of = ("run", "created", "names", "site_count", "share", "service")
    lines = [
        [
            row["id"],
            row["created"],
            text("word.comma", language).join(row["names"]) or "-",
            str(row["sites"]),
            figures.share(row["share"], language),
            row["service"],
        ]
        for row in rows
    ]
    for line in aligned_table([text(f"column.{n}", language) for n in names_of], lines, (3, 4)):
        say(line)
    return 0


def compare(
    project: ProjectArgument,
    old: Annotated[str, typer.Argument(help="Name or id of a plan.")],
    new: Annotated[str, typer.Argument(help="Name or id of the plan to hold against it.")],
    *,
    lang: LanguageOption = "",
    json: JsonOption = False,
) -> int:
    """Show what changes from one plan to another: sites, people, places."""
    from ..topology.project import open_project
    from .comparison import compare_runs, comparison_text
    from .runs import RunStore

    store = RunStore(open_project(project))
    comparison = compare_runs(store.find(old), store.find(new))
    if json:
        show_json(comparison)
    else:
        say(comparison_text(comparison, _language(lang)))
    return 0


def demo(
    directory: Annotated[Path, typer.Argument(help="Where to put the example project.")] = Path(
        "demo"
    ),
    *,
    lang: LanguageOption = "",
    json: JsonOption = False,
) -> int:
    """Plan the Yangpu example: 40 sites, the coverage against 90 %, the gaps, the map."""
    from ..examples import copy_example
    from ..maps.words import text
    from ..topology.settings import SETTINGS_FILE

    language = _language(lang)
    if not (directory / SETTINGS_FILE).exists():
        copy_example("yangpu", directory)
        tell(text("answer.example_in", language, path=directory))
    return plan(directory, name="demo", lang=lang, json=json)


def gc(
    project: ProjectArgument,
    *,
    keep: Annotated[int, typer.Option(min=0, help="Newest unnamed runs to keep.")] = 5,
    cache_mb: Annotated[
        float, typer.Option(min=0, help="Size to which the cache of layers is cut.")
    ] = 2000,
    yes: Annotated[bool, typer.Option("--yes", help="Delete; without it only list.")] = False,
    json: JsonOption = False,
) -> int:
    """List old runs and cached layers that could go, and free them with --yes.

    Named plans are never deleted.
    """
    from ..topology.compiled import cache_directory
    from ..topology.project import open_project
    from .cleaning import clean_up, what_could_go

    found = what_could_go(
        open_project(project), cache_directory(), keep=keep, cache_bytes=int(cache_mb * 1e6)
    )
    freed = clean_up(found) if yes else 0
    if json:
        show_json({**found.to_dict(), "freed_bytes": freed, "deleted": yes})
        return 0
    for path, size in [*found.runs, *found.layers][:50]:
        say(f"{size / 1e6:9.1f} MB  {path}")
    total = sum(size for _, size in [*found.runs, *found.layers])
    say(
        f"{len(found.runs)} runs and {len(found.layers)} layers or old kernels, {total / 1e6:.1f} MB: "
        + ("deleted" if yes else "free them with --yes")
    )
    return 0


def register(app: typer.Typer) -> None:
    """Add the verbs of this module to the command."""
    for verb in (plan, cover, plans, compare, demo, gc):
        app.command()(verb)
