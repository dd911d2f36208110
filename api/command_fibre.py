"""Verbs of what joins sites: fibre, optics, microwave."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast, get_args

import typer

from ..topology.errors import InputError, UnprovenError, UsageError
from .terminal import as_share, say, show_json, tell

if TYPE_CHECKING:
    from ..topology.network import Network, Site
    from ..topology.project import Project

__all__ = ["register"]

ProjectArgument = Annotated[Path, typer.Argument(help="Project directory.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document to stdout.")]

_ROOM_KINDS = ("headend", "olt", "exchange", "idc")

_MAST_M = 35.0
"""Antenna of a site whose tables say nothing of its height: ten storeys and a mast."""

_STEP_M = 10.0
"""Pixel of the surface under a hop, where the project's grid is coarser."""


def _ids(given: str, option: str) -> list[str]:
    """Read ids separated by commas."""
    ids = [word.strip() for word in given.split(",") if word.strip()]
    if given and not ids:
        raise UsageError(f"{option} {given!r} names nothing; write {option} ID,ID")
    return ids


def _sites(opened: Project, network: Network, sites: str, plan: str) -> list[str]:
    """Return the sites to join: named, of a plan, or those that stand."""
    if sites and plan:
        raise UsageError("give --sites or --plan, not both")
    if sites:
        return _ids(sites, "--sites")
    if plan:
        from .runs import RunStore

        return [str(site) for site in RunStore(opened).find(plan).document["sites"]["selected"]]
    frame = network.sites
    standing = frame["state"].isin(["built", "planned"]) & ~frame["kind"].isin(_ROOM_KINDS)
    if not standing.any():
        raise InputError(
            "no site that needs fibre is built or planned; name sites with --sites ID,ID or a "
            "plan with --plan NAME"
        )
    return [str(site) for site in frame.loc[standing, "site_id"]]


def _rooms(network: Network, given: str) -> list[str]:
    if given:
        return _ids(given, "--rooms")
    frame = network.sites
    standing = (frame["state"] == "built") & frame["kind"].isin(_ROOM_KINDS)
    if not standing.any():
        raise InputError(
            f"no room is built (a site of kind {', '.join(_ROOM_KINDS)}); name some with --rooms"
        )
    return [str(room) for room in frame.loc[standing, "site_id"]]


def _announce_compilation() -> None:
    from ..topology.compiled import kernels_are_cached

    if not kernels_are_cached("topology"):
        tell("compiling kernels for this machine, once (about half a minute) ...")


def fibre(
    project: ProjectArgument,
    *,
    sites: Annotated[
        str, typer.Option(help="Sites to join, as ID,ID (default: sites that stand).")
    ] = "",
    plan: Annotated[str, typer.Option(help="Join the sites of this plan.")] = "",
    rooms: Annotated[
        str,
        typer.Option(help="Rooms they may join, as ID,ID (default: every room that is built)."),
    ] = "",
    minimise: Annotated[
        str, typer.Option(help="What the routes are made small in: cost or length.")
    ] = "cost",
    rings: Annotated[bool, typer.Option("--rings", help="Add a second way to each site.")] = False,
    max_gap: Annotated[
        float | None,
        typer.Option(
            parser=as_share,
            metavar="SHARE",
            help="Exit 4 unless the routes are proven to be within this: 0.05, 5 or 5%.",
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(help="Write the routes: .gpkg .geojson .kml .shp .csv .xlsx .tab .mif."),
    ] = None,
    json: JsonOption = False,
) -> int:
    """Lay fibre along the streets from sites to the nearest rooms: km, cost, and a bound.

    Exit code 1 when no way leads to a site, 4 when --max-gap is not proven.
    """
    from ..topology.export import export_table
    from ..topology.fibre.cost import cost_model
    from ..topology.fibre.rings import close_rings
    from ..topology.fibre.route_table import route_table
    from ..topology.fibre.routes import Minimise, plan_routes, sited_streets
    from ..topology.project import open_project
    from .fibre_answer import fibre_document, fibre_text

    if minimise not in get_args(Minimise):
        raise UsageError(f"--minimise is {minimise!r}; use cost or length")
    opened = open_project(project)
    network = opened.network()
    model = cost_model(opened.settings.fibre)
    joined, at = _sites(opened, network, sites, plan), _rooms(network, rooms)
    _announce_compilation()
    streets = sited_streets(network, opened.settings.crs, list(dict.fromkeys([*joined, *at])))
    found = plan_routes(
        network, streets, model, sites=joined, rooms=at, minimise=cast("Minimise", minimise)
    )
    closed = close_rings(found) if rings else None
    document = fibre_document(found, closed)
    exported = None if out is None else export_table(route_table(found, closed), out)
    if exported is not None:
        document["file"] = str(exported.path)
        for note in exported.notes:
            tell(f"  {note}")
    if json:
        show_json(document)
    else:
        say(fibre_text(document))
        if exported is not None:
            say(f"{exported.path}: {exported.rows} stretches")
    if max_gap is not None and not found.tree.proven and found.tree.gap > max_gap:
        error = UnprovenError(
            f"the routes are proven to be within {found.tree.gap:.2%} of the best possible, "
            f"{max_gap:.2%} was required; allow a larger --max-gap"
        )
        tell(f"error: {error}")
        return error.exit_code
    return 1 if found.unreachable else 0


def optics(
    project: ProjectArgument,
    *,
    reserve_db: Annotated[
        float | None,
        typer.Option(min=0, max=20, help="Margin to keep, dB (default: 1 to 3 by length)."),
    ] = None,
    active_share: Annotated[
        float,
        typer.Option(
            parser=as_share, metavar="SHARE", help="Share of homes active at the same time."
        ),
    ] = 1.0,
    json: JsonOption = False,
) -> int:
    """Judge the optical budget of every pon link, and what homes share on pon and hfc links.

    Exit code 1 when a link is out of its budget.
    """
    from ..topology.fibre.access_links import access_segments, pon_budgets
    from ..topology.project import open_project
    from .fibre_answer import optics_document, optics_text

    network = open_project(project).network()
    budgets = pon_budgets(network, reserve=reserve_db)
    document = optics_document(budgets, access_segments(network, active_share=active_share))
    if json:
        show_json(document)
    else:
        say(optics_text(document))
    return 1 if document["failing"] else 0


def _height_m(site: Site, given: float | None, assumed: list[str]) -> float:
    if given is not None:
        return given
    if site.antenna_height_m is not None:
        return site.antenna_height_m
    assumed.append(f"antenna of {site.site_id}: {_MAST_M:g} m above ground")
    return _MAST_M


def _positions(sites: Sequence[Site], crs: str) -> list[tuple[float, float]]:
    from pyproj import Transformer

    to_metres = Transformer.from_crs("EPSG:4326", crs, always_xy=True)
    return [to_metres.transform(site.lon, site.lat) for site in sites]


def microwave(
    project: ProjectArgument,
    a_site: Annotated[str, typer.Argument(help="Site at one end.")],
    b_site: Annotated[str, typer.Argument(help="Site at the other end.")],
    *,
    freq_ghz: Annotated[
        float | None, typer.Option(min=1, max=100, help="Frequency in GHz (default: 18).")
    ] = None,
    power_dbm: Annotated[float | None, typer.Option(help="Power in dBm (default: 15).")] = None,
    dish_m: Annotated[
        float | None, typer.Option(help="Diameter of the dishes in m (default: 0.3).")
    ] = None,
    threshold_dbm: Annotated[
        float | None, typer.Option(help="Least signal for the wanted rate in dBm (default: -65).")
    ] = None,
    a_height_m: Annotated[
        float | None, typer.Option(help="Antenna above ground at the first site.")
    ] = None,
    b_height_m: Annotated[
        float | None, typer.Option(help="Antenna above ground at the other site.")
    ] = None,
    rain_mm_h: Annotated[
        float | None, typer.Option(help="Rain rate exceeded in 0.01 % of a year (default: 56.8).")
    ] = None,
    polarisation: Annotated[
        str, typer.Option(help="vertical, horizontal or circular (default: vertical).")
    ] = "",
    k: Annotated[
        float | None,
        typer.Option(min=0.2, max=10, help="Effective Earth radius factor (default: 4/3)."),
    ] = None,
    json: JsonOption = False,
) -> int:
    """Judge a microwave hop between two sites: clearance, fade margin, availability.

    The path runs over the project's surface. Exit code 1 when it is not free or too weak.
    """
    from ..coverage.backhaul import Mast, hop_over_surface
    from ..coverage.grid import grid_over
    from ..coverage.surface.build import surface_from_project
    from ..topology.fibre.microwave import Radio, dish_gain_dbi
    from ..topology.fibre.multipath import SHANGHAI_GRADIENT, SHORT_KM
    from ..topology.fibre.rain import SHANGHAI_RAIN_MM_H, Polarisation
    from ..topology.project import open_project
    from .fibre_answer import microwave_document, microwave_text

    if polarisation and polarisation not in get_args(Polarisation):
        raise UsageError(f"--polarisation is {polarisation!r}; use vertical, horizontal, circular")
    opened = open_project(project)
    network = opened.network()
    sites = network.site(a_site), network.site(b_site)
    assumed: list[str] = []

    def or_assumed(given: float | None, usual: float, words: str) -> float:
        if given is None:
            assumed.append(words.format(usual))
            return usual
        return given

    frequency = or_assumed(freq_ghz, 18.0, "frequency {:g} GHz")
    if not polarisation:
        polarisation = "vertical"
        assumed.append("vertical polarisation")
    dish = or_assumed(dish_m, 0.3, "dishes of {:g} m")
    radio = Radio(
        frequency,
        or_assumed(power_dbm, 15.0, "power {:g} dBm"),
        dish_gain_dbi(dish, frequency),
        or_assumed(threshold_dbm, -65.0, "threshold {:g} dBm"),
        cast("Polarisation", polarisation),
    )
    rain = or_assumed(
        rain_mm_h, SHANGHAI_RAIN_MM_H.value, f"rain {{:g}} mm/h ({SHANGHAI_RAIN_MM_H.source})"
    )
    bend = or_assumed(k, 4 / 3, "effective Earth radius factor {:.3g}, the median of mid-latitudes")
    places = _positions(sites, opened.settings.crs)
    heights = _height_m(sites[0], a_height_m, assumed), _height_m(sites[1], b_height_m, assumed)
    a_mast, b_mast = (
        Mast(site.site_id, *place, height)
        for site, place, height in zip(sites, places, heights, strict=True)
    )
    step_m = min(opened.settings.grid_m, _STEP_M)
    (ax, ay), (bx, by) = places
    around = 5.0 * step_m
    bounds = (
        min(ax, bx) - around,
        min(ay, by) - around,
        max(ax, bx) + around,
        max(ay, by) + around,
    )
    grid = grid_over(opened.settings.crs, bounds, step_m)
    surface = surface_from_project(
        network, opened.settings.surface, grid, directory=opened.directory
    )
    hop = hop_over_surface(
        surface, a_mast, b_mast, radio,
        latitude_deg=(sites[0].lat + sites[1].lat) / 2.0, rain_mm_h=rain, k=bend,
    )  # fmt: skip
    if hop.distance_km > SHORT_KM:
        gradient = SHANGHAI_GRADIENT
        assumed.append(f"refractivity gradient {gradient.value:g} N/km ({gradient.source})")
    document = microwave_document(a_site, b_site, hop, [*assumed, *surface.assumed])
    if json:
        show_json(document)
    else:
        say(microwave_text(document))
    return 1 if document["faults"] else 0


def register(app: typer.Typer) -> None:
    """Add the verbs of this module to the command."""
    for verb in (fibre, optics, microwave):
        app.command()(verb)
