"""The verb that says what television leaves free: a table of channels, and a layer."""

from __future__ import annotations

import tempfile
from dataclasses import asdict
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..topology.errors import SurroundingsError, UsageError
from .terminal import say, show_json

if TYPE_CHECKING:
    from ..coverage.white_space_map import WhiteSpace

__all__ = ["register"]


def whitespace(
    project: Annotated[Path, typer.Argument(help="Project directory (see ngbw init).")],
    *,
    plan_name: Annotated[
        str, typer.Option("--plan", help="Plan whose sites send (default: the newest).")
    ] = "",
    service: Annotated[
        str, typer.Option(help="Television service to protect (default: headline_service).")
    ] = "",
    eirp_dbm: Annotated[
        float, typer.Option(min=-30, max=36, help="What a device wants to send, in dBm EIRP.")
    ] = 20.0,
    out: Annotated[
        Path | None,
        typer.Option(help="Write the largest EIRP by channel as a GeoTIFF (.tif)."),
    ] = None,
    json: Annotated[
        bool, typer.Option("--json", help="Print one JSON document to stdout.")
    ] = False,
) -> int:
    """Say on which UHF channels television leaves room for devices, and how much.

    Pixels that the service serves are protected from devices on their channel and its neighbours.
    China licenses no white-space devices in general: this is what would be possible.
    """
    from ..coverage.ground import ground_of
    from ..coverage.transmitters import stations
    from ..coverage.white_space_map import white_space
    from ..topology.compiled import cache_directory
    from ..topology.project import open_project
    from .runs import RunStore

    if out is not None and out.suffix.lower() not in (".tif", ".tiff"):
        raise UsageError(f"--out is {str(out)!r}; name a .tif file")
    opened = open_project(project)
    store = RunStore(opened)
    run = store.find(plan_name) if plan_name else store.latest()
    if run is None:
        raise UsageError(f"there is no plan yet; make one: ngbw plan {project}")
    ground = ground_of(
        opened.network(), opened.settings, service, cache_directory=cache_directory(), threads=None
    )
    sites = [str(site) for site in run.document["sites"]["selected"]]
    where = stations(ground.network, sites, ground.service, opened.settings.crs)
    found = white_space(ground, where, wanted_eirp_dbm=eirp_dbm)
    if out is not None:
        _write(out, found)
    document = _document(found, str(ground.service.service_id), str(run.run_id))
    if json:
        show_json(document)
        return 0
    used = ", ".join(f"DS-{channel}" for channel in found.tv_channels)
    say(f"{ground.service.name_en} of plan {run.document['name'] or run.run_id} is on {used}")
    say(f"A device of {eirp_dbm:g} dBm EIRP may send")
    say("  channels         on this much of the land    largest EIRP, median")
    for _, alike in groupby(found.rows, key=lambda row: (row.share_free, row.median_eirp_dbm)):
        rows = list(alike)
        first, last = rows[0], rows[-1]
        names = f"DS-{first.channel}" + (f" to DS-{last.channel}" if len(rows) > 1 else "")
        say(
            f"  {names:<15}  {first.share_free:>7.1%}  {first.free_km2:>7.2f} km²"
            f"         {first.median_eirp_dbm:>6.1f} dBm"
        )
    say(
        f"On {document['channels_free_everywhere']} of {len(found.channels)} channels it may send "
        "everywhere"
    )
    for name, figure in found.assumed.items():
        say(f"  assumed: {name} {figure.value:g} ({figure.source})")
    if out is not None:
        say(f"Layer: {out}")
    return 0


def _document(found: WhiteSpace, service_id: str, run_id: str) -> dict[str, Any]:
    return {
        "service": service_id,
        "run": run_id,
        "tv_channels": list(found.tv_channels),
        "wanted_eirp_dbm": found.wanted_eirp_dbm,
        "channels": [asdict(row) for row in found.rows],
        "channels_free_everywhere": sum(row.share_free >= 1.0 for row in found.rows),
        "assumed": {name: asdict(figure) for name, figure in found.assumed.items()},
    }


def _write(path: Path, found: WhiteSpace) -> None:
    """Write one band a channel, whole or not at all."""
    import numpy as np
    import rasterio

    grid = found.grid
    try:
        with tempfile.TemporaryDirectory(dir=path.parent) as directory:
            made = Path(directory) / "layer.tif"
            with rasterio.open(
                made, "w", driver="GTiff", width=grid.width, height=grid.height,
                count=len(found.channels), dtype="float32", crs=grid.crs, transform=grid.transform,
                nodata=np.nan, compress="deflate", predictor=3, tiled=True,
            ) as file:  # fmt: skip
                for number, channel in enumerate(found.channels):
                    file.write(found.eirp_dbm[number], number + 1)
                    file.set_band_description(number + 1, f"DS-{channel} largest EIRP [dBm]")
            made.replace(path)
    except OSError as error:
        raise SurroundingsError(f"{path} cannot be written: {error}; name another place") from None


def register(app: typer.Typer) -> None:
    """Add the verb to the command."""
    app.command()(whitespace)
