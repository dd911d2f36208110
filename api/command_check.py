"""Verbs for CI and for those who promised something: check, explain, targets, diff."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..topology.errors import UsageError
from .terminal import progress_bar, say, show_json, tell

if TYPE_CHECKING:
    from .scenario.file_model import ScenarioFile

__all__ = ["register"]

ScenarioArgument = Annotated[
    Path, typer.Argument(help="Scenario file, or a directory with scenario.yaml.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document to stdout.")]
ProjectOption = Annotated[
    Path | None, typer.Option(help="Check this project, not the one the file names.")
]
WarningOption = Annotated[
    bool, typer.Option("--fail-on-warning", help="Exit 7 when there are only warnings.")
]


def _scenarios(path: Path, only: list[str], project: Path | None) -> ScenarioFile:
    from dataclasses import replace

    from .scenario.file_reading import only as only_these
    from .scenario.file_reading import read_scenarios

    file = read_scenarios(path / "scenario.yaml" if path.is_dir() else path)
    if project is not None:
        file = replace(file, project=project)
    return only_these(file, only)


def check(
    scenario: ScenarioArgument,
    *,
    project: ProjectOption = None,
    only: Annotated[
        list[str] | None, typer.Option(help="Check this scenario only; repeat it.")
    ] = None,
    list_: Annotated[
        bool, typer.Option("--list", help="List scenarios and assertions; check nothing.")
    ] = False,
    out: Annotated[
        list[str] | None,
        typer.Option(
            help="KIND=FILE; repeat it. Kinds: text, json, junit, sarif, gitlab, github, md. "
            "KIND alone goes to stdout."
        ),
    ] = None,
    update_baseline: Annotated[
        bool, typer.Option("--update-baseline", help="Write the values as the new baseline.")
    ] = False,
    fail_on_warning: WarningOption = False,
    json: JsonOption = False,
) -> int:
    """Check the assertions of a scenario file.

    Exit code 1 when an assertion is missed or cannot be told, 2 when the file breaks a rule
    (with line and column), 4 when proof is required and missing, 5 when only the baseline is.
    """
    from .scenario.outputs import parse_outputs, write_outputs

    file = _scenarios(scenario, only or [], project)
    outputs = parse_outputs([*(out or []), *(["json"] if json else [])])
    if list_:
        _list(file, json=json)
        return 0
    if update_baseline and file.baseline is None:
        raise UsageError(f"{file.path} names no baseline; add baseline: {{file: baseline.json}}")
    if update_baseline and only:
        raise UsageError("--update-baseline writes all values; leave out --only")
    from .scenario.baseline import write_baseline
    from .scenario.evaluation import check as check_file
    from .scenario.study import Study

    with progress_bar(quiet=json) as progress:
        study = Study.open(file.project, seed=file.seed, progress=progress)
        report = check_file(file, study, with_baseline=not update_baseline)
    text = write_outputs(report, outputs)
    if json:
        show_json(report.to_dict())
    elif text:
        say(text.rstrip("\n"))
    if update_baseline and file.baseline is not None:
        count = write_baseline(file.baseline, report.results)
        tell(f"{file.baseline.file} holds {count} values")
    return report.exit_code(fail_on_warning=fail_on_warning)


def _list(file: ScenarioFile, *, json: bool) -> None:
    if json:
        show_json(
            {
                "name": file.name,
                "scenarios": [
                    {
                        "id": s.scenario_id,
                        "title": s.title or None,
                        "fail": None if s.fail is None else str(s.fail),
                        "assertions": [a.text for a in s.assertions],
                    }
                    for s in file.scenarios
                ],
            }
        )
        return
    for s in file.scenarios:
        words = s.title or ("" if s.fail is None else str(s.fail))
        say(f"{s.scenario_id}{f': {words}' if words else ''}")
        for a in s.assertions:
            say(f"  {a.text}{'  (warn)' if a.severity == 'warn' else ''}")


def explain(
    scenario: ScenarioArgument,
    scenario_id: Annotated[str, typer.Argument(help="Id of the scenario.")],
    *,
    project: ProjectOption = None,
    top: Annotated[int, typer.Option(min=1, help="How many of the worst items to name.")] = 20,
    json: JsonOption = False,
) -> int:
    """Show what each assertion of one scenario rests on, and the worst items of each.

    Exit code as of ngbw check on this scenario, without the baseline.
    """
    from .scenario.evaluation import check as check_file
    from .scenario.explanation import explanation, explanation_text
    from .scenario.study import Study

    file = _scenarios(scenario, [scenario_id], project)
    with progress_bar(quiet=json) as progress:
        study = Study.open(file.project, seed=file.seed, progress=progress)
        report = check_file(file, study, with_baseline=False)
    found = explanation(report, top=top)
    if json:
        show_json(found)
    else:
        say(explanation_text(found))
    return report.exit_code()


def targets(
    project: Annotated[Path, typer.Argument(help="Project directory.")],
    *,
    at: Annotated[str, typer.Option(help="Day of the verdict, YYYY-MM-DD (default: today).")] = "",
    json: JsonOption = False,
) -> int:
    """List every target with its verdict on a day, or why it cannot be told.

    Exit code 1 when a target is missed.
    """
    from .ledger import day_of, ledger, ledger_text
    from .scenario.study import Study

    with progress_bar(quiet=json) as progress:
        study = Study.open(project, progress=progress)
        found = ledger(study, at=day_of(at, study.project.settings.timezone))
    if json:
        show_json(found.to_dict())
    else:
        say(ledger_text(found))
    return 1 if found.counts["missed"] else 0


def diff(
    old: Annotated[Path, typer.Argument(help="Project directory before; with --git the only one.")],
    new: Annotated[Path | None, typer.Argument(help="Project directory after.")] = None,
    *,
    git: Annotated[
        str, typer.Option(help="Hold the project against this git revision of itself.")
    ] = "",
    md: Annotated[bool, typer.Option("--md", help="Print Markdown for a merge request.")] = False,
    json: JsonOption = False,
) -> int:
    """Say what a change of the tables does: coverage, failures, kilometres, targets.

    Exit code 5 when something got worse.
    """
    from .scenario.difference import difference, difference_markdown, difference_text
    from .scenario.revision import project_at

    if bool(git) == (new is not None):
        raise UsageError("give two project directories, or one and --git REVISION")
    if md and json:
        raise UsageError("give --md or --json, not both")
    with progress_bar(quiet=json) as progress:
        if new is None:
            with project_at(git, old) as before:
                found = difference(before, old, progress=progress, names=(git, str(old)))
        else:
            found = difference(old, new, progress=progress, names=(str(old), str(new)))
    if json:
        show_json(found.to_dict())
    else:
        say(difference_markdown(found) if md else difference_text(found))
    return 5 if found.worse else 0


def register(app: typer.Typer) -> None:
    """Add the verbs of this module to the command."""
    for verb in (check, explain, targets, diff):
        app.command()(verb)
