"""Takes a network of another program into a project: several tables as one change.

Rows come to the project's tables as any import does: the same id is the same row, an empty cell
keeps what the project knows. What the file does not say and a reader only assumed never takes the
place of what the project knows, see :mod:`.known_rows`. Nothing is written while anything is wrong, and one ``ngbw undo``
takes all of it back.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from ..datum import is_chinese_datum
from ..errors import InputError, MissingError, NgbwError, Problem, TableError
from ..history import commit
from ..importing import rendered_table
from ..intake.locating import subdistrict_at
from ..intake.merging import Merged, keep_existing, merge_rows
from ..project import Project
from ..references import references
from ..schema import Table, check, coerce, empty_frame
from ..service_roots import service_roots
from ..settings import SETTINGS_FILE
from ..tables import TABLES
from ..validate import datum_warnings, district_warnings, geometries
from .foreign_network import ForeignNetwork
from .formats import FORMATS, read_network
from .known_rows import (
    settled,
    with_known_ends,
    with_known_ports,
    with_known_routes,
    with_known_sites,
)

__all__ = [
    "AppliedNetworkImport",
    "PreparedNetworkImport",
    "apply_network_import",
    "prepare_network_import",
]

_SHOWN = 5


@dataclass(frozen=True, slots=True, eq=False)
class PreparedNetworkImport:
    """An import of a network that was checked and not yet written.

    Attributes
    ----------
    foreign
        What was read.
    tables
        Our tables as they would be, with how many rows are new, changed, unchanged and removed.
    problems, warnings
        What is wrong, and what is odd and imported all the same.
    notes
        What was understood, left out or changed on the way.
    base_sha256
        Hash of each table's file when it was read; None when there was none.
    """

    foreign: ForeignNetwork
    tables: Mapping[str, Merged]
    problems: tuple[Problem, ...]
    warnings: tuple[Problem, ...]
    notes: tuple[str, ...]
    base_sha256: Mapping[str, str | None]

    def to_dict(self) -> dict[str, Any]:
        """Return the preview as plain data for ``--json``, without the rows."""
        return {
            "file": self.foreign.path.name,
            "format": self.foreign.format,
            "title": self.foreign.title,
            "crs": self.foreign.crs,
            "tables": {
                name: {
                    "read": len(self.foreign.tables[name]),
                    "new": merged.new,
                    "changed": merged.changed,
                    "unchanged": merged.unchanged,
                    "removed": merged.removed,
                }
                for name, merged in self.tables.items()
            },
            "problems": [problem.to_dict() for problem in self.problems],
            "warnings": [problem.to_dict() for problem in self.warnings],
            "notes": list(self.notes),
        }


@dataclass(frozen=True, slots=True)
class AppliedNetworkImport:
    """An import of a network that was written.

    Attributes
    ----------
    number
        Number of the change for ``ngbw undo``; None when the project already says all of it.
    rows
        Rows that each table has now.
    """

    number: int | None
    rows: Mapping[str, int]


def _digest(path: Path) -> str | None:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else None


def _looked_at(project: Project, name: str) -> pd.DataFrame:
    """Return a table that an import only looks at; a broken one counts as empty."""
    try:
        return project.table(name)
    except NgbwError:
        return empty_frame(TABLES[name])


def _rows_of(
    table: Table, frame: pd.DataFrame, existing: pd.DataFrame, areas: pd.DataFrame, source: str
) -> pd.DataFrame:
    """Return the rows that come in, filled with what the project knows of them."""
    rows = frame.reset_index(drop=True)
    keys = [str(key) for key in rows[table.key].tolist()]
    sure = settled(table, rows, existing, reader_source=source)
    if "area_id" in table and table.geometry == "point":
        area_ids = _areas_of(table, rows, sure, existing, areas)
        sure = sure.assign(area_id=pd.Series(area_ids, index=sure.index, dtype=object))
    filled = keep_existing(table, sure, keys, existing)
    # That nothing is assumed any more is an answer, not an empty cell.
    return coerce(table, filled.assign(assumed=sure["assumed"]))


def _areas_of(
    table: Table,
    rows: pd.DataFrame,
    sure: pd.DataFrame,
    existing: pd.DataFrame,
    areas: pd.DataFrame,
) -> list[object]:
    """Return the subdistricts: the file's, else that of a position the project did not have."""
    found = subdistrict_at(areas, rows["lon"].to_numpy(float), rows["lat"].to_numpy(float))
    placed = set(existing.loc[existing["area_id"] != "", table.key])
    stays = sure["lon"].isna() & sure["lat"].isna() & sure[table.key].isin(placed)
    return [
        settled_area if said or stay else there
        for settled_area, said, stay, there in zip(
            sure["area_id"], rows["area_id"], stays, found, strict=True
        )
    ]


def _nowhere(table: Table, rows: pd.DataFrame, file: str) -> list[Problem]:
    """List the sites of which neither the file nor the project knows the position."""
    if table.geometry != "point":
        return []
    lost = rows[rows["lon"].isna() | rows["lat"].isna()]
    return [
        Problem(
            "error", file, table.name, None, "lon, lat", str(key)[:80],
            f"the {table.key} has no position in the file, and the project does not know it",
            f"import its position first: ngbw import PROJECT {table.name} FILE, with the same id",
        )
        for key in lost[table.key].tolist()
    ]  # fmt: skip


def _root_warnings(
    sites: pd.DataFrame, read: pd.DataFrame, given: Sequence[str], file: str
) -> list[Problem]:
    """Warn where a network would be studied as if service came from sites of an assumed kind."""
    guesses = {
        site_id: kind
        for site_id, kind, words in read[["site_id", "kind", "assumed"]].itertuples(index=False)
        if "kind" in words.split()
    }
    roots: tuple[str, ...] = ()
    assumed: tuple[str, ...] = ()
    rule = "none"
    try:
        found = service_roots(sites, given)
    except MissingError:
        return []  # a setting that names no site is said by every verb that uses it
    except InputError:
        pass
    else:
        roots, rule, assumed = found.ids, found.rule, found.kind_assumed
    if rule == "setting" or not guesses or (roots and not assumed):
        return []
    what = (
        f"the kind of {len(assumed)} of the {len(roots)} sites that would count as where service "
        f"comes from is only assumed"
        if roots
        else "the kinds of its sites are only assumed, and none of them can be a root of service"
    )
    return [
        Problem(
            "warning", file, "sites", None, "kind", ", ".join(assumed[:_SHOWN])[:80],
            f"nothing tells where service comes from: {what}",
            f'name the sites in {SETTINGS_FILE}: [network] roots = ["SITE"]; until then what '
            "resilience, failures and availability say of this network rests on a guess",
        )
    ]  # fmt: skip


def prepare_network_import(
    project: Project,
    path: str | Path,
    *,
    format: str | None = None,
    crs: str | None = None,
    replace: bool = False,
) -> PreparedNetworkImport:
    """Read a network of another program and say what importing it would do; writes nothing.

    Parameters
    ----------
    format
        A name of :data:`.formats.FORMATS`; found out when None.
    crs
        What the positions are in; WGS-84 when None.
    replace
        Rows that the file does not have go, in the tables that it has.

    Raises
    ------
    UsageError, FileError, MissingError, SurroundingsError
        The file cannot be read.
    TableError
        A table of the project itself is broken.
    """
    foreign = read_network(path, format=format, crs=crs)
    file = foreign.path.name
    fresh = Project(project.directory, project.settings)
    areas, places = _looked_at(fresh, "areas"), _looked_at(fresh, "places")
    merged: dict[str, Merged] = {}
    problems: list[Problem] = []
    warnings: list[Problem] = []
    hashes: dict[str, str | None] = {}
    tables, placed = foreign.tables, 0
    if foreign.format in ("librenms", "zabbix"):  # they know places by what people call them
        tables, placed = with_known_sites(tables, _looked_at(fresh, "sites"))
    coming, renamed = with_known_ports(tables, _looked_at(fresh, "ports"))
    coming, routed = with_known_routes(
        coming, _looked_at(fresh, "links"), _looked_at(fresh, "spans")
    )
    for name, frame in coming.items():
        table = TABLES[name]
        hashes[name] = _digest(fresh.path_of(name))
        existing = fresh.table(name)
        if name == "links":
            frame = with_known_ends(frame, existing)
        rows = _rows_of(table, frame, existing, areas, foreign.source)
        problems += _nowhere(table, rows, file)
        found = check(table, rows, file=file) + geometries(table, rows, file)
        problems += [p for p in found if p.value or p.column not in ("lon", "lat")]
        warnings += district_warnings(table, rows, areas, file)
        if crs is None or not is_chinese_datum(crs):
            warnings += datum_warnings(table, rows, places, file)
        merged[name] = merge_rows(table, existing, rows, replace=replace)
    whole = {
        name: merged[name].frame if name in merged else _looked_at(fresh, name) for name in TABLES
    }
    for problem in references(whole):
        if problem.severity == "error":
            problems.append(problem)
        elif problem.table in merged:
            warnings.append(problem)
    if "links" in merged and "sites" in merged:
        given = fresh.settings.network_roots
        warnings += _root_warnings(whole["sites"], foreign.tables["sites"], given, file)
    notes = list(foreign.notes)
    if renamed:
        notes.append(
            f"{renamed} ports are the project's under another id: same device, same interface"
        )
    if placed:
        notes.append(f"{placed} locations are sites of the project by their name")
    if routed:
        notes.append(f"{routed} links have the route of the project's spans and run through them")
    if len(foreign.traffic):
        notes.append(
            f"{len(foreign.traffic)} demands were read; a project has no table for traffic "
            "between sites"
        )
    return PreparedNetworkImport(
        foreign, merged, tuple(problems), tuple(warnings), tuple(notes), hashes
    )


def apply_network_import(project: Project, prepared: PreparedNetworkImport) -> AppliedNetworkImport:
    """Write a prepared import as one change.

    Raises
    ------
    TableError
        Something is wrong; carries every problem. Nothing is written.
    SurroundingsError
        The disk refuses, or somebody changed a table since the import was prepared.
    """
    if prepared.problems:
        raise TableError(prepared.problems)
    changes: dict[str, bytes | None] = {}
    expected: dict[str, str | None] = {}
    counts = []
    for name, merged in prepared.tables.items():
        if not (merged.new or merged.changed or merged.removed):
            continue
        path = project.path_of(name)
        changes.update(rendered_table(path, merged.frame, TABLES[name]))
        expected[path.name] = prepared.base_sha256[name]
        counts.append(
            f"{name} {merged.new} new, {merged.changed} changed, {merged.removed} removed"
        )
    number = None
    if changes:
        label = FORMATS[prepared.foreign.format].label
        number = commit(
            project.directory,
            changes,
            f"import {label} {prepared.foreign.path.name}: {'; '.join(counts)}",
            expected=expected,
        )
        # The project must not answer from what it read before.
        project._cache.clear()
    return AppliedNetworkImport(number, {n: len(m.frame) for n, m in prepared.tables.items()})
