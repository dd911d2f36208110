"""Verbs that hold predictions against measurements: measure, calibrate; and importing a log."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..topology.errors import InputError, UsageError
from .terminal import as_share, default_language, progress_bar, say, show_json, tell

if TYPE_CHECKING:
    from ..coverage.measured.comparison import Comparison
    from ..coverage.measured.log_import import PreparedLog
    from ..topology.project import Project

__all__ = ["MEASUREMENTS", "import_log", "register"]

MEASUREMENTS = "measurements"
"""What ``ngbw import PROJECT measurements FILE`` calls a log."""

ProjectArgument = Annotated[Path, typer.Argument(help="Project directory.")]
ServiceOption = Annotated[
    str, typer.Option(help="Whose transmitters were measured (default: headline_service).")
]
LogOption = Annotated[list[str] | None, typer.Option("--log", help="Only this log; repeat it.")]
BlockOption = Annotated[
    float,
    typer.Option("--block-m", help="Side of the blocks that points are counted over, 50-5000 m."),
]
LanguageOption = Annotated[
    str, typer.Option("--lang", help="Language of the answer: zh-CN or en (default: your locale).")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document to stdout.")]


def import_log(
    project: Path,
    file: Path,
    *,
    mapping: dict[str, str],
    given: dict[str, str],
    crs: str,
    layer: str,
    skip_bad: bool,
    replace: bool,
    dry_run: bool,
    fail_on_warning: bool,
    json: bool,
) -> int:
    """Import a log of measurements; the part of ``ngbw import`` that does so."""
    from ..coverage.measured.log_import import prepare_log, save_prepared_log
    from ..topology.project import open_project

    opened = open_project(project)
    prepared = prepare_log(
        opened,
        file,
        mapping=mapping,
        given=given,
        crs=crs or None,
        layer=layer or None,
        skip_bad=skip_bad,
    )
    if not json:
        _show_prepared(prepared)
    saved = None if dry_run else save_prepared_log(opened, prepared, replace_others=replace)
    if json:
        document = prepared.to_dict()
        document["written"] = not dry_run
        show_json(document)
    elif saved is None:
        say("nothing written (--dry-run)")
    elif saved.number is None:
        say(f"{saved.path.name} already says so; nothing was changed")
    else:
        say(
            f"{saved.path.name} has {len(prepared.measurements)} points; take it back: ngbw undo "
            f"{project}"
        )
        say(f"hold them against the prediction: ngbw measure {project}")
    return 7 if fail_on_warning and prepared.warnings else 0


def _show_prepared(prepared: PreparedLog) -> None:
    """Show what was understood before anything is written."""
    found = prepared.measurements
    tell(f"{found.source} -> measurements, log {prepared.log_id} ({found.format.unit})")
    for ours, theirs in found.headings.items():
        tell(f"  {ours:<18} = {theirs}")
    for one in prepared.assumed:
        tell(f"  assumed: {one.column} = {one.value} ({one.source})")
    tell(f"  {found.rows_read} rows read, {len(found)} points")
    for reason, count in found.left_out.items():
        tell(f"  {count} rows left out: {reason}")
    for problem in found.problems[:20]:
        tell(f"  {problem}")
    for warning in prepared.warnings:
        tell(f"warning: {warning}")


def _compared(project: Project, service: str, logs: list[str] | None, *, quiet: bool) -> Comparison:
    from ..coverage.demand import land_of
    from ..coverage.ground import propagation_for
    from ..coverage.measured.comparison import compare
    from ..coverage.measured.project_logs import read_logs
    from ..topology.compiled import cache_directory

    settings = project.settings
    found = read_logs(project, logs or ())
    network = project.network()
    grid = land_of(network, settings.crs, settings.grid_m).grid
    model, surface = propagation_for(network, settings, grid)
    with progress_bar(quiet=quiet) as progress:
        return compare(
            network,
            settings,
            found,
            model=model,
            surface=surface,
            service_id=service,
            cache_directory=cache_directory(),
            progress=progress,
        )


def measure(
    project: ProjectArgument,
    *,
    service: ServiceOption = "",
    log: LogOption = None,
    block_m: BlockOption = 200.0,
    out: Annotated[
        Path | None, typer.Option(help="Write the points with their residuals to this CSV file.")
    ] = None,
    map_: Annotated[
        Path | None, typer.Option("--map", help="Write a map of the points to this HTML file.")
    ] = None,
    lang: LanguageOption = "",
    json: JsonOption = False,
) -> int:
    """Hold the imported measurements against what the project predicts.

    Residuals by distance, surroundings, site, cell and log. Too few or too clustered points make
    no statement: exit code 3, with the number needed; --out and --map are written all the same.
    """
    from ..coverage.measured.agreement import agreement
    from ..coverage.measured.applied import calibration_from_settings
    from ..topology.project import open_project
    from .measured_answer import measured_document, measured_text

    language = _language(lang)
    _check_block(block_m)
    opened = open_project(project)
    comparison = _compared(opened, service, log, quiet=json)
    refused: InputError | None = None
    found = None
    try:
        found = agreement(comparison.pairs(), block_m=block_m)
    except InputError as error:
        refused = error
    document = measured_document(
        opened,
        comparison,
        agreement=found,
        block_m=block_m,
        calibration=calibration_from_settings(opened.settings, comparison.service.service_id),
        created=datetime.now(UTC),
    )
    if out is not None:
        _write(out, ".csv", _residuals_csv(comparison))
    if map_ is not None:
        _write(map_, ".html", _page(opened, comparison, document, language).encode("utf-8"))
    if json:
        show_json(document)
    else:
        say(measured_text(document, language))
        for path in (out, map_):
            if path is not None:
                say(str(path))
    if refused is not None:
        tell(f"error: {refused}")
        return refused.exit_code
    return 0


def calibrate(
    project: ProjectArgument,
    *,
    service: ServiceOption = "",
    log: LogOption = None,
    split: Annotated[
        str, typer.Option(help="Hold out whole blocks of the city (block) or sites (site).")
    ] = "block",
    held_out: Annotated[
        float,
        typer.Option(
            "--held-out",
            parser=as_share,
            metavar="SHARE",
            help="Share of the points that is held out, 0.1-0.5.",
        ),
    ] = 0.3,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the draw.")] = 0,
    block_m: BlockOption = 200.0,
    apply: Annotated[
        bool, typer.Option("--apply", help="Write offset and sigma into ngbw.toml.")
    ] = False,
    json: JsonOption = False,
) -> int:
    """Fit the prediction's bias and sigma to measurements, and judge the fit on held-out ones.

    Without --apply nothing changes; with it the next plan uses both, and ngbw undo takes it back.
    --apply is refused (exit code 3, with what is needed) where the prediction does not follow the
    measurements, or where its error drifts with distance.
    """
    from ..coverage.measured.applicable import check_applicable
    from ..coverage.measured.applied import apply_calibration, calibration_of
    from ..coverage.measured.calibration import calibrate as fit
    from ..topology.project import open_project

    opened = open_project(project)
    comparison = _compared(opened, service, log, quiet=json)
    report = fit(
        comparison.pairs(),
        split=split,  # type: ignore[arg-type]  # checked there
        held_out_share=held_out,
        seed=seed,
        block_m=block_m,
    )
    found = calibration_of(
        report,
        opened.settings,
        logs=sorted(set(comparison.points["log_id"])),
        today=datetime.now(UTC).date(),
    )
    number = None
    if apply:
        check_applicable(comparison.pairs(), block_m=block_m)
        number = apply_calibration(opened, comparison.service.service_id, found)
    if json:
        show_json(
            {
                "service": comparison.service.service_id,
                "report": report.to_dict(),
                "samples": comparison.samples,
                "left_out": dict(comparison.left_out),
                "unknown": dict(comparison.unknown),
                "applied": apply,
            }
        )
        return 0
    say(f"{comparison.service.service_id}, {comparison.model.title}")
    say(report.text())
    if not apply:
        say("nothing was changed; use it in plans with --apply")
    elif number is None:
        say("ngbw.toml already says so; nothing was changed")
    else:
        say(f"ngbw.toml holds offset and sigma now; take it back: ngbw undo {project}")
    return 0


def _language(given: str) -> str:
    if given and given not in ("zh-CN", "en"):
        raise UsageError(f"--lang is {given!r}; use zh-CN or en")
    return given or default_language()


def _check_block(block_m: float) -> None:
    if not 50 <= block_m <= 5000:
        raise UsageError(f"--block-m is {block_m:g}; 50 to 5000 m are allowed")


def _write(path: Path, ending: str, content: bytes) -> None:
    """Write a file whole or not at all."""
    import tempfile

    if path.suffix.lower() != ending:
        raise UsageError(f"{path} should end in {ending}")
    with tempfile.NamedTemporaryFile(
        dir=path.parent, prefix=f".{path.name}-", suffix=".tmp", delete=False
    ) as file:
        temporary = Path(file.name)
        try:
            file.write(content)
            file.flush()
            temporary.chmod(0o644)
            temporary.replace(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise


def _residuals_csv(comparison: Comparison) -> bytes:
    from ..topology.formats.csv_text import csv_text

    digits = {"lon": 7, "lat": 7, "x_m": 2, "y_m": 2, "distance_km": 4}
    points = comparison.points.round(
        {
            str(name): digits.get(str(name), 2)
            for name in comparison.points.select_dtypes("number").columns
        }
    )
    columns = {str(name): points[name].tolist() for name in points.columns}
    return b"\xef\xbb\xbf" + csv_text(columns, "residuals").encode("utf-8")


def _page(project: Project, comparison: Comparison, document: dict[str, Any], language: str) -> str:
    from ..maps.measured_layer import MeasuredMap, measured_page

    sites = project.table("sites")
    measured = sites[sites["site_id"].isin(set(comparison.points["site_id"]))]
    areas = project.table("areas")
    outlines = (
        areas.loc[areas["kind"].isin(["district"]), "geometry"].tolist()
        if "geometry" in areas.columns
        else []
    )
    return measured_page(
        MeasuredMap(document, comparison.points, measured[["lon", "lat"]], outlines), language
    )


def register(app: typer.Typer) -> None:
    """Add the verbs of this module to the command."""
    for verb in (measure, calibrate):
        app.command()(verb)
