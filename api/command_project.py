"""Verbs that make and change a project: init, template, import, export, validate, undo, migrate."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..topology.errors import InputError, TableError, UsageError
from .command_antenna import import_antennas
from .command_inventory import import_devices, import_samples
from .command_measure import MEASUREMENTS, import_log
from .command_topology import export_network, import_network
from .terminal import default_language, say, show_json, tell

if TYPE_CHECKING:
    from ..topology.importing import PreparedImport
    from ..topology.project import Project

__all__ = ["register"]

ProjectArgument = Annotated[Path, typer.Argument(help="Project directory.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document to stdout.")]
WarningOption = Annotated[
    bool, typer.Option("--fail-on-warning", help="Exit 7 when there are only warnings.")
]


def init(
    directory: Annotated[Path, typer.Argument(help="Directory to make.")],
    *,
    example: Annotated[str, typer.Option(help="Start from an example: yangpu.")] = "",
    name: Annotated[str, typer.Option(help="Name of the new project.")] = "",
    crs: Annotated[
        str, typer.Option(help="Projected CRS in metres (default: the UTM zone of Shanghai).")
    ] = "EPSG:32651",
    language: Annotated[
        str, typer.Option(help="zh-CN or en: language of its pages (default: your locale).")
    ] = "",
    timezone: Annotated[
        str, typer.Option(help="Zone in which times are shown, such as Asia/Shanghai.")
    ] = "Asia/Shanghai",
    json: JsonOption = False,
) -> int:
    """Make a project directory, empty or from an example."""
    from ..examples import copy_example
    from .new_project import new_project

    if example and name:
        raise UsageError("--name names a new project; an example has its own name")
    if example:
        files = copy_example(example, directory)
    else:
        files = new_project(
            directory,
            name=name or directory.resolve().name,
            crs=crs,
            language=language or default_language(),
            timezone=timezone,
        )
    if json:
        show_json({"directory": str(directory), "files": [path.name for path in files]})
        return 0
    say(f"{directory} holds {', '.join(path.name for path in files)}")
    if not example:
        say(f"next: ngbw import {directory} areas FILE --set kind=district")
    say(f"check it: ngbw validate {directory}; plan it: ngbw plan {directory}")
    return 0


def template(
    file: Annotated[Path, typer.Argument(help="XLSX file to write, such as sites.xlsx.")],
    *,
    json: JsonOption = False,
) -> int:
    """Write a spreadsheet with the columns of a table (sites.xlsx) or of all tables."""
    from ..topology.template import write_template

    write_template(file)
    if json:
        show_json({"file": str(file)})
    else:
        say(f"{file}: fill it in, then: ngbw import PROJECT TABLE {file}")
    return 0


def _pairs(given: list[str] | None, option: str) -> dict[str, str]:
    out = {}
    for pair in given or []:
        ours, separator, theirs = pair.partition("=")
        if not separator or not ours.strip() or not theirs.strip():
            raise UsageError(f"{option} {pair!r} is not a pair; write {option} ours=theirs")
        out[ours.strip()] = theirs.strip()
    return out


def import_(
    project: ProjectArgument,
    table: Annotated[
        str,
        typer.Argument(
            help="Table to import into: sites, places, ...; antennas for pattern files; measurements "
            "for a receiver's log; network for a file that holds sites, links and more; samples for "
            "what another monitoring system measured."
        ),
    ],
    files: Annotated[
        list[Path] | None,
        typer.Argument(
            help="CSV, XLSX, GeoJSON, GeoPackage, Shapefile, KML/KMZ, MapInfo TAB/MIF; for "
            "demand also a GeoTIFF of people per cell; for antennas one or more .msi, .pln, .az, "
            ".el; for network GraphML, node-link JSON, GeoJSON, OFDS, RFC 8345 JSON, SNDlib, "
            "NetBox, OpenStreetMap, OpenCellID; for devices --from and samples the JSON of that program."
        ),
    ] = None,
    *,
    form: Annotated[
        str,
        typer.Option(
            "--as", help="Format of a network where it cannot be told (docs/exchange.md)."
        ),
    ] = "",
    source: Annotated[
        str,
        typer.Option(
            "--from", help="devices, samples: librenms, zabbix or netbox that lists them."
        ),
    ] = "",
    url: Annotated[str, typer.Option(help="With --from: where its API answers.")] = "",
    token_file: Annotated[
        Path | None,
        typer.Option(help="With --url: file with the API's token (else NGBW_IMPORT_TOKEN)."),
    ] = None,
    mapping: Annotated[
        list[str] | None, typer.Option("--map", help="ours=theirs: which column holds ours.")
    ] = None,
    constants: Annotated[
        list[str] | None,
        typer.Option("--set", help="column=value for every row, such as kind=district."),
    ] = None,
    crs: Annotated[
        str, typer.Option(help="gcj02, bd09 or EPSG:n of the coordinates (default: WGS-84).")
    ] = "",
    layer: Annotated[str, typer.Option(help="Layer or sheet of the file.")] = "",
    band: Annotated[int | None, typer.Option(min=1, help="Band of a GeoTIFF.")] = None,
    skip_bad: Annotated[
        bool, typer.Option("--skip-bad", help="Import the good rows; the rest go to rejects.xlsx.")
    ] = False,
    replace: Annotated[
        bool, typer.Option("--replace", help="Replace the table instead of updating it.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be imported, write nothing.")
    ] = False,
    fail_on_warning: WarningOption = False,
    json: JsonOption = False,
) -> int:
    """Import a file into a table; whole or not at all.

    Foreign and Chinese headings are recognised and shown. Rows update rows with the same id.
    Antenna patterns are checked and copied into the project, where cells can name them.

    measurements takes a receiver's log, with its unit and receiver: --set unit=dBuV/m, dBm or
    RSRP, --set rx_height_m=1.5 (see docs/measurements.md).

    devices and samples --from another monitoring system: see docs/watching.md. A device without
    a location stands at the site of --set site_id=SITE.
    """
    files = files or []
    if form and table != "network":
        raise UsageError(f"--as names the format of a network; {table} is none")
    of_tables: dict[str, object] = {
        "--map": mapping, "--set": constants, "--layer": layer, "--band": band,
        "--skip-bad": skip_bad,
    }  # fmt: skip
    if source or url or token_file or table == "samples":
        return _import_from(
            project, table, files, source=source, url=url, token_file=token_file,
            constants=_pairs(constants, "--set"), refused=of_tables, form=form, crs=crs,
            replace=replace, dry_run=dry_run, fail_on_warning=fail_on_warning, json=json,
        )  # fmt: skip
    if table == "antennas":
        _refuse(of_tables | {"--crs": crs, "--replace": replace}, "antenna patterns")
        return import_antennas(
            project, files, dry_run=dry_run, fail_on_warning=fail_on_warning, json=json
        )
    if len(files) != 1:
        raise UsageError(
            f"{len(files)} files are given for the table {table}; import one after the other"
        )
    if table == "network":
        _refuse(of_tables, "a network, which is imported whole")
        return import_network(
            project, files[0], form=form, crs=crs, replace=replace, dry_run=dry_run,
            fail_on_warning=fail_on_warning, json=json,
        )  # fmt: skip
    if table == MEASUREMENTS:
        _refuse({"--band": band}, "measurements, which are points")
        return import_log(
            project,
            files[0],
            mapping=_pairs(mapping, "--map"),
            given=_pairs(constants, "--set"),
            crs=crs,
            layer=layer,
            skip_bad=skip_bad,
            replace=replace,
            dry_run=dry_run,
            fail_on_warning=fail_on_warning,
            json=json,
        )
    from ..topology.importing import apply_import, prepare_import
    from ..topology.project import open_project

    opened = open_project(project)
    prepared = prepare_import(
        opened,
        table,
        files[0],
        mapping=_pairs(mapping, "--map"),
        defaults=_pairs(constants, "--set"),
        crs=crs or None,
        layer=layer or None,
        band=band,
        skip_bad=skip_bad,
        replace=replace,
    )
    if not json:
        _show_prepared(prepared)
    bad = bool(prepared.problems) and not skip_bad
    if dry_run and bad and not json:
        raise TableError(prepared.problems)
    applied = None if dry_run else apply_import(opened, prepared)
    if json:
        document: dict[str, Any] = prepared.to_dict()
        document["written"] = not dry_run
        rejects = applied.rejects if applied else None
        document["rejects_file"] = str(rejects) if rejects else None
        show_json(document)
        if bad:
            return TableError.exit_code
    elif applied is not None:
        if applied.number is None:
            say(f"{applied.path.name} already says so; nothing was changed")
        else:
            say(f"{applied.path.name} has {applied.rows} rows; take it back: ngbw undo {project}")
        if applied.rejects is not None:
            say(f"{prepared.rows_read - prepared.rows_good} bad rows are in {applied.rejects}")
    else:
        say("nothing written (--dry-run)")
    return 7 if fail_on_warning and prepared.warnings else 0


def _import_from(
    project: Path, table: str, files: list[Path], *, source: str, url: str,
    token_file: Path | None, constants: dict[str, str], refused: dict[str, object], form: str,
    crs: str, replace: bool, dry_run: bool, fail_on_warning: bool, json: bool,
) -> int:  # fmt: skip
    """Import what another monitoring system lists or has measured."""
    if table not in ("devices", "samples"):
        raise UsageError(f"--from, --url and --token-file are for devices and samples; not {table}")
    if not source:
        raise UsageError(f"{table} come from another program; say which: --from librenms, zabbix")
    what = f"{table} of another monitoring system"
    _refuse({k: v for k, v in refused.items() if k != "--set"} | {"--as": form}, what)
    if set(constants) - {"site_id"} or (constants and table == "samples"):
        raise UsageError(f"for {what} only devices take --set, and only site_id")
    if table == "samples":
        _refuse({"--crs": crs, "--replace": replace}, what)
        return import_samples(
            project, files, source=source, url=url, token_file=token_file, dry_run=dry_run,
            json=json,
        )  # fmt: skip
    return import_devices(
        project, files, source=source, url=url, token_file=token_file,
        site_id=constants.get("site_id", ""), crs=crs, replace=replace, dry_run=dry_run,
        fail_on_warning=fail_on_warning, json=json,
    )  # fmt: skip


def _refuse(given: dict[str, object], what: str) -> None:
    """Raise for an option that would have no effect."""
    for option, value in given.items():
        if value:
            raise UsageError(f"{option} has no meaning for {what}; leave it out")


def _show_prepared(prepared: PreparedImport) -> None:
    """Show what was recognised before anything is written."""
    read_as = [prepared.format, prepared.encoding, prepared.layer, prepared.crs]
    tell(
        f"{prepared.path.name} -> {prepared.table} ({', '.join(word for word in read_as if word)})"
    )
    for match in prepared.headings:
        unit = f" [{match.unit}]" if match.unit else ""
        tell(f"  {match.column:<18} = {match.heading}{unit}  ({match.how})")
    if prepared.unmatched:
        tell(f"  kept as they are: {', '.join(prepared.unmatched)}")
    tell(f"  ids: {prepared.key}")
    for assumed in prepared.assumed:
        tell(
            f"  assumed: {assumed.column} = {assumed.value} in {assumed.rows} rows "
            f"({assumed.source})"
        )
    for note in prepared.notes:
        tell(f"  {note}")
    tell(
        f"  {prepared.rows_read} rows read, {prepared.rows_good} good: {prepared.rows_new} new, "
        f"{prepared.rows_changed} changed, {prepared.rows_unchanged} as they were, "
        f"{prepared.rows_removed} removed"
    )
    for warning in prepared.warnings:
        tell(f"warning: {warning}")


def export(
    project: ProjectArgument,
    what: Annotated[
        str,
        typer.Argument(
            help="A table, or network for sites and links; of a plan: plan (report or lists), "
            "survey (a sheet for each site), curve (share against sites)."
        ),
    ],
    file: Annotated[
        Path,
        typer.Argument(
            help="Table: .csv .xlsx .geojson .gpkg .shp .kml .kmz .tab .mif; "
            "network: .graphml, .json (node-link), .geojson, .txt (SNDlib), or with --as; "
            "plan: .html .docx .md for the report, .xlsx .gpkg .kmz .csv .tab ... for its lists; "
            "survey: .html .docx .md; curve: .svg .png .csv .xlsx."
        ),
    ],
    *,
    form: Annotated[
        str,
        typer.Option(
            "--as",
            help="Format of a network: graphml, node-link, geojson, ofds, rfc8345, sndlib, netbox "
            "(a directory of CSV).",
        ),
    ] = "",
    plan_name: Annotated[
        str, typer.Option("--plan", help="Name or id of the plan (default: the newest).")
    ] = "",
    only: Annotated[
        str,
        typer.Option(
            "--list",
            help="The one list of a plan: sites (default in files that hold one), gaps, curve, "
            "phases, candidates, coverage.",
        ),
    ] = "",
    site: Annotated[
        list[str] | None, typer.Option(help="Survey sheet of this site only; repeat it.")
    ] = None,
    lang: Annotated[
        str, typer.Option("--lang", help="zh-CN or en (default: the project's language).")
    ] = "",
    json: JsonOption = False,
) -> int:
    """Write a table, the network, or a plan for other programs and for people.

    What a format cannot hold is listed. Reports, lists and sheets of a plan come from its stored
    run, so that the same run always gives the same file.
    """
    from ..topology.export import export_table
    from ..topology.project import open_project
    from ..topology.tables import find_table

    opened = open_project(project)
    of_plan: dict[str, object] = {"--plan": plan_name, "--list": only, "--site": site}
    if what in ("plan", "survey", "curve"):
        _refuse({"--as": form}, f"a {what}")
        return _export_plan(
            opened, what, file, plan_name=plan_name, only=only, sites=site or [], lang=lang,
            json=json,
        )  # fmt: skip
    _refuse(of_plan | {"--lang": lang}, f"{what}, which is of no plan")
    if what == "network":
        return export_network(opened, file, form=form, json=json)
    if form:
        raise UsageError(f"--as names the format of a network; {what} is a table")
    table = find_table(what)
    exported = export_table(opened.table(what), file, table=table)
    if json:
        report = exported.to_dict()
        show_json({"file": report.pop("path"), **report})
        return 0
    for ours, theirs in exported.renamed.items():
        tell(f"  {ours} is called {theirs} there")
    for note in exported.notes:
        tell(f"  {note}")
    say(f"{file}: {exported.rows} rows")
    return 0


def _export_plan(
    project: Project,
    what: str,
    file: Path,
    *,
    plan_name: str,
    only: str,
    sites: list[str],
    lang: str,
    json: bool,
) -> int:
    """Write a part of a stored plan."""
    from .plan_export import export_plan
    from .runs import RunStore

    if lang and lang not in ("zh-CN", "en"):
        raise UsageError(f"--lang is {lang!r}; use zh-CN or en")
    store = RunStore(project)
    run = store.find(plan_name) if plan_name else store.latest()
    if run is None:
        raise InputError(f"there is no plan yet; make one: ngbw plan {project.directory}")
    language = lang or project.settings.language
    notes = export_plan(project, run, what, file, language=language, only=only, site_ids=sites)
    if json:
        show_json({"file": str(file), "run": run.run_id, "notes": notes})
        return 0
    for note in notes:
        tell(f"  {note}")
    say(f"{file}: {what} {run.document['name'] or run.run_id}")
    return 0


def validate(
    project: ProjectArgument, *, fail_on_warning: WarningOption = False, json: JsonOption = False
) -> int:
    """List every problem of a project's tables, with row, column, rule and way out."""
    from ..coverage.antenna.problems import antenna_problems
    from ..coverage.measured.project_logs import log_problems
    from ..topology.project import open_project
    from ..topology.validate import validate_project
    from .settings_check import settings_problems

    opened = open_project(project)
    problems = [
        *validate_project(opened),
        *settings_problems(opened),
        *antenna_problems(opened),
        *log_problems(opened),
    ]
    errors = [problem for problem in problems if problem.severity == "error"]
    if json:
        show_json(
            {
                "errors": len(errors),
                "warnings": len(problems) - len(errors),
                "problems": [problem.to_dict() for problem in problems],
            }
        )
    else:
        for problem in problems:
            say(f"{problem.severity}: {problem}")
        say(f"{len(errors)} errors, {len(problems) - len(errors)} warnings")
    if errors:
        return TableError.exit_code
    return 7 if fail_on_warning and problems else 0


def undo(project: ProjectArgument, *, json: JsonOption = False) -> int:
    """Restore the tables as they were before the last change."""
    from ..topology.history import undo as take_back
    from ..topology.settings import SETTINGS_FILE

    if not (project / SETTINGS_FILE).exists():
        raise InputError(f"{project} is not an ngbw project (it has no {SETTINGS_FILE})")
    undone = take_back(project)
    if json:
        show_json(
            {
                "reason": undone.reason,
                "restored": list(undone.restored),
                "removed": list(undone.removed),
                "kept": [str(path) for path in undone.kept],
            }
        )
        return 0
    say(f"taken back: {undone.reason}")
    if undone.restored:
        say(f"restored: {', '.join(undone.restored)}")
    if undone.removed:
        say(f"removed: {', '.join(undone.removed)}")
    for path in undone.kept:
        say(f"edited by hand since then, kept as {path}")
    return 0


def migrate(project: ProjectArgument, *, json: JsonOption = False) -> int:
    """Raise a project to the format of this release, with a way back."""
    from ..topology.migrate import migrate as raise_format

    steps = raise_format(project)
    if json:
        show_json({"steps": steps})
    else:
        say("\n".join(steps) if steps else "the project has the current format")
    return 0


def register(app: typer.Typer) -> None:
    """Add the verbs of this module to the command."""
    for verb in (init, template, export, validate, undo, migrate):
        app.command()(verb)
    app.command("import")(import_)
