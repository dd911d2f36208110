"""Verbs about the network itself: ``ngbw topology stats``, and networks in and out of a project."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..topology.errors import TableError
from .terminal import say, show_json, tell

if TYPE_CHECKING:
    from ..topology.network import Network
    from ..topology.project import Project
    from ..topology.stats import Stats

__all__ = ["export_network", "import_network", "register"]

_SHOWN = 12


def stats(
    file: Annotated[
        Path,
        typer.Argument(help="Project directory, network file, or directory of NetBox exports."),
    ],
    *,
    form: Annotated[
        str,
        typer.Option(
            "--as",
            help="Format of the file where it cannot be told: graphml, node-link, geojson, ofds, "
            "rfc8345, sndlib, netbox, osm, opencellid, librenms, zabbix.",
        ),
    ] = "",
    json: Annotated[
        bool, typer.Option("--json", help="Print one JSON document to stdout.")
    ] = False,
) -> int:
    """Count a network and name its weak spots: bridges, cut sites, cut pairs, connectivity, diameter.

    A cut pair is two links, neither of them a bridge, whose failure together parts the network.
    """
    from ..topology.stats import network_stats

    network, title, notes = _network_at(file, form)
    found, left_out = network_stats(network)
    if left_out:
        notes = [*notes, f"{left_out} candidate sites without a link are not counted"]
    if json:
        ends = _ends(network)
        named = [{"link_id": link_id, **ends[link_id]} for link_id in found.bridges]
        names = dict(zip(network.sites["site_id"], network.sites["name"], strict=True))
        show_json(
            {"file": str(file), "title": title}
            | found.to_dict()
            | {
                "bridges": named,
                "articulation_points": [
                    {"site_id": site_id, "name": names[site_id]}
                    for site_id in found.articulation_points
                ],
                "notes": notes,
            }
        )
        return 0
    for note in notes:
        tell(f"  {note}")
    _say_stats(network, title or file.name, found)
    return 0


def _network_at(file: Path, form: str) -> tuple[Network, str, list[str]]:
    """Return the network of a project or a file, its name, and what was noted on reading."""
    from ..topology.exchange.formats import read_network
    from ..topology.project import open_project
    from ..topology.settings import SETTINGS_FILE

    if not form and (file / SETTINGS_FILE).is_file():
        project = open_project(file)
        return project.network(), project.settings.name, []
    foreign = read_network(file, format=form or None)
    return foreign.network(), foreign.title, list(foreign.notes)


def _ends(network: Network) -> dict[str, dict[str, str]]:
    links = network.links
    return {
        link_id: {"a_site": a, "b_site": b}
        for link_id, a, b in zip(links["link_id"], links["a_site"], links["b_site"], strict=True)
    }


def _some(items: list[str]) -> str:
    rest = len(items) - _SHOWN
    return ", ".join(items[:_SHOWN]) + (f" and {rest} more" if rest > 0 else "")


def _say_stats(network: Network, title: str, found: Stats) -> None:
    ends = _ends(network)
    sites = network.sites
    name = {
        site_id: f"{site_id} {called}".strip() if called != site_id else site_id
        for site_id, called in zip(sites["site_id"], sites["name"], strict=True)
    }
    say(f"{title}: {found.nodes} sites, {found.links} links, {found.components} components")
    if found.average_degree is not None:
        say(
            f"links at a site: {found.average_degree:.2f} on average, "
            f"{found.least_degree} to {found.most_degree}; {found.lone_nodes} sites without any"
        )
    shown = [
        f"{link} ({name[ends[link]['a_site']]} - {name[ends[link]['b_site']]})"
        for link in found.bridges
    ]
    say(f"bridges: {len(shown)}" + (f": {_some(shown)}" if shown else ""))
    cut = [name[site_id] for site_id in found.articulation_points]
    say(f"cut sites: {len(cut)}" + (f": {_some(cut)}" if cut else ""))
    pairs = [" + ".join(pair) for pair in found.two_link_cut_pairs]
    say(f"cut pairs of links: {found.two_link_cuts}" + (f": {_some(pairs)}" if pairs else ""))
    low, high = found.node_connectivity_bounds
    node = found.node_connectivity
    say(
        f"connectivity: {found.edge_connectivity} links, "
        + (f"{node} sites" if node is not None else f"{low} to {high} sites (not computed exactly)")
    )
    far = f"{found.diameter_hops} links"
    far += "" if found.mean_hops is None else f", {found.mean_hops:.2f} on average"
    far += "" if found.diameter_km is None else f"; {found.diameter_km:.2f} km"
    say(f"diameter: {far}")


def import_network(
    project: Path, file: Path, *, form: str, crs: str, replace: bool, dry_run: bool,
    fail_on_warning: bool, json: bool,
) -> int:  # fmt: skip
    """Import a network of another program into the tables of a project."""
    from ..topology.exchange.project_import import apply_network_import, prepare_network_import
    from ..topology.project import open_project

    opened = open_project(project)
    prepared = prepare_network_import(
        opened, file, format=form or None, crs=crs or None, replace=replace
    )
    bad = bool(prepared.problems)
    if json and bad:
        show_json(prepared.to_dict() | {"written": False})
        return TableError.exit_code
    if not json:
        tell(f"{prepared.foreign.path.name} ({prepared.foreign.format}, {prepared.foreign.crs})")
        for name, merged in prepared.tables.items():
            tell(
                f"  {name}: {len(prepared.foreign.tables[name])} read, {merged.new} new, "
                f"{merged.changed} changed, {merged.unchanged} as they were, "
                f"{merged.removed} removed"
            )
        for note in prepared.notes:
            tell(f"  {note}")
        for warning in prepared.warnings:
            tell(f"warning: {warning}")
    if bad:
        raise TableError(prepared.problems)
    applied = None if dry_run else apply_network_import(opened, prepared)
    if json:
        show_json(prepared.to_dict() | {"written": not dry_run})
    elif applied is None:
        say("nothing written (--dry-run)")
    elif applied.number is None:
        say("the project already says so; nothing was changed")
    else:
        rows = ", ".join(f"{count} {name}" for name, count in applied.rows.items())
        say(f"the project has {rows}; take it back: ngbw undo {project}")
    return 7 if fail_on_warning and prepared.warnings else 0


def export_network(opened: Project, file: Path, *, form: str, json: bool) -> int:
    """Write the network of a project for other programs, and say what their format cannot hold."""
    from ..topology.exchange.formats import write_network

    exported = write_network(
        opened.network(), file, format=form or None, title=opened.settings.name
    )
    if json:
        report: dict[str, Any] = exported.to_dict()
        show_json({"file": report.pop("path"), **report})
        return 0
    for note in exported.notes:
        tell(f"  {note}")
    say(f"{file}: {exported.rows} rows")
    return 0


def register(app: typer.Typer) -> None:
    """Add the verbs of this module to the command."""
    group = typer.Typer(no_args_is_help=True, help="Study the network itself.")
    # A callback keeps a group of one verb a group.
    group.callback()(_group)
    group.command()(stats)
    app.add_typer(group, name="topology")


def _group() -> None:
    """Study the network itself."""
