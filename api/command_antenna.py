"""What the command line says of antennas: the verb that shows one, and their import."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .terminal import say, show_json, tell

if TYPE_CHECKING:
    from ..coverage.antenna.figures import PatternFigures
    from ..coverage.antenna.pattern import AntennaPattern

__all__ = ["import_antennas", "register"]


def antenna(
    file: Annotated[
        Path, typer.Argument(help="Pattern file: .msi or .pln, or .az or .el of a pair.")
    ],
    *,
    json: Annotated[
        bool, typer.Option("--json", help="Print one JSON document to stdout.")
    ] = False,
) -> int:
    """Show an antenna pattern: gain, beamwidths, tilt, front-to-back, and a sketch of its cuts."""
    from ..coverage.antenna.figures import pattern_figures
    from ..coverage.antenna.files import read_antenna

    pattern = read_antenna(file)
    figures = pattern_figures(pattern)
    if json:
        show_json(
            {
                **_document(pattern, figures),
                "horizontal_db": [round(float(value), 3) for value in pattern.horizontal_db],
                "vertical_db": [round(float(value), 3) for value in pattern.vertical_db],
            }
        )
        return 0
    from ..maps.antenna_sketch import pattern_sketch

    say(f"{pattern.source}: {pattern.name}")
    if pattern.comment:
        say(f"  {pattern.comment}")
    for name, text in _rows(figures):
        say(f"  {name:<26} {text}")
    if pattern.mounting is not None and pattern.mounting.azimuth_deg:
        say(f"  {'azimuth in the file':<26} {pattern.mounting.azimuth_deg:g} degrees")
    for assumed in pattern.assumed:
        say(f"  assumed: {assumed}")
    say()
    say(pattern_sketch(pattern.horizontal_db, pattern.vertical_db))
    say("rings: 0, -10, -20 dB below the strongest direction")
    for remark in figures.remarks:
        tell(f"warning: {remark}")
    return 0


def _rows(figures: PatternFigures) -> list[tuple[str, str]]:
    def stated(value: float | None, unit: str, digits: int = 1, absent: str = "not stated") -> str:
        return absent if value is None else f"{value:.{digits}f} {unit}"

    freq = figures.freq_mhz
    return [
        ("gain", stated(figures.gain_dbi, "dBi")),
        ("directivity of the cuts", stated(figures.directivity_dbi, "dBi")),
        ("frequency", "not stated" if freq is None else f"{freq:g} MHz"),
        ("horizontal beamwidth", stated(figures.horizontal_width_deg, "degrees", absent="round")),
        ("vertical beamwidth", stated(figures.vertical_width_deg, "degrees", absent="round")),
        ("beam below the horizon", stated(figures.beam_depression_deg, "degrees", 0)),
        ("electrical tilt, stated", stated(figures.electrical_tilt_deg, "degrees")),
        ("mechanical tilt, stated", stated(figures.mechanical_tilt_deg, "degrees")),
        ("front-to-back", stated(figures.front_to_back_db, "dB")),
        ("upper side lobe", stated(figures.upper_side_lobe_db, "dB below", absent="none")),
    ]


def _document(pattern: AntennaPattern, figures: PatternFigures) -> dict[str, Any]:
    return {
        "name": pattern.name,
        "source": pattern.source,
        "comment": pattern.comment,
        **{
            name: round(value, 3) if isinstance(value, float) else value
            for name, value in asdict(figures).items()
        },
        "azimuth_deg": None if pattern.mounting is None else pattern.mounting.azimuth_deg,
        "assumed": list(pattern.assumed),
    }


def import_antennas(
    project: Path, files: Sequence[Path], *, dry_run: bool, fail_on_warning: bool, json: bool
) -> int:
    """Copy pattern files into a project and say what they are."""
    from ..coverage.antenna.importing import apply_antennas, prepare_antennas
    from ..topology.project import open_project

    opened = open_project(project)
    prepared = prepare_antennas(opened, files)
    number = None if dry_run else apply_antennas(opened, prepared)
    if json:
        show_json(
            {
                "antennas": [
                    {
                        "antenna": one.antenna,
                        "files": list(one.files),
                        "replaced": list(one.replaced),
                        "unchanged": one.unchanged,
                        **_document(one.pattern, one.figures),
                    }
                    for one in prepared
                ],
                "written": number is not None,
            }
        )
    else:
        for one in prepared:
            say(f"{one.antenna} ({', '.join(one.files)}): {one.pattern.name}")
            say("  " + ", ".join(f"{name} {text}" for name, text in _rows(one.figures)))
            for assumed in one.pattern.assumed:
                say(f"  assumed: {assumed}")
            if one.replaced:
                say(f"  replaces {', '.join(one.replaced)} of the project")
            for remark in one.figures.remarks:
                tell(f"warning: {one.antenna}: {remark}")
        if dry_run:
            say("nothing written (--dry-run)")
        elif number is None:
            say("the project has these files already; nothing was changed")
        else:
            say(f"name them in the column antenna of cells; take it back: ngbw undo {project}")
    warned = any(one.figures.remarks for one in prepared)
    return 7 if fail_on_warning and warned else 0


def register(app: typer.Typer) -> None:
    """Add the verb of this module to the command."""
    app.command()(antenna)
