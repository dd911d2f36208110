"""What a row that comes in from another program leaves of the row that the project has.

It is settled column by column. A cell that the file leaves empty, that the reader only assumed, or
that says what the project says already, keeps the project's value with its mark in ``assumed``; a
row in which nothing is said anew stays as it was, ``source`` and all. Rows are the same when their
ids are; a port also when it is the same interface of the same device, because few formats have room
for an id of a port, and a route when it is where the spans of its link are.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd
import shapely

from ..intake.filling import is_blank
from ..intake.merging import same_cell
from ..references import split_ids
from ..schema import Table

__all__ = [
    "settled",
    "with_known_ends",
    "with_known_ports",
    "with_known_routes",
    "with_known_sites",
]

_SOURCE_CHARS = 500
_SAME_ROUTE_DEGREES = 1e-6  # about a decimetre
_HALF_A_CM_KM = 0.0051 / 1000.0
_UNMARKED = ("source", "assumed")


def _words(cell: object) -> list[str]:
    return [] if is_blank(cell) else str(cell).split()


def _agree(column: str, first: object, second: object) -> bool:
    """Say whether two cells are the same but for what is lost when a number becomes text."""
    if isinstance(first, float) and isinstance(second, float):
        # NetBox has room for centimetres.
        slack = _HALF_A_CM_KM if column == "length_km" else 1e-9
        return math.isclose(first, second, rel_tol=1e-9, abs_tol=slack)
    return same_cell(first, second)


def _only_an_id(column: str, cell: object, known: object, key: object) -> bool:
    """Say whether a format that needs a name, or a unique one, has only the id once more."""
    return column in ("name", "if_name") and cell in (key, f"{known} ({key})")


def _both_sources(old: object, new: str) -> str:
    """Return where the kept and the new cells of a row come from; the oldest go when too many."""
    parts = [] if is_blank(old) else [part.strip() for part in str(old).split(";")]
    parts = [part for part in parts if part != new] + [new]
    while len(parts) > 1 and len("; ".join(parts)) > _SOURCE_CHARS:
        parts.pop(0)
    return "; ".join(parts)


@dataclass(frozen=True, slots=True)
class _Marks:
    """The columns of a row that ``assumed`` names."""

    words: list[str]

    def __contains__(self, column: str) -> bool:
        return "*" in self.words or column in self.words


def _row(
    table: Table, new: dict[str, object], old: Mapping[str, object], reader_source: str
) -> dict[str, object]:
    """Return the cells of a row that the project has, settled; an empty one keeps the project's."""
    said, source = _Marks(_words(new.get("assumed"))), str(new.get("source") or "")
    # A file of ours says itself where a row comes from and what of it is assumed.
    own = source != reader_source and bool(source or said.words)
    had = _Marks(_words(old.get("assumed")))
    marked: list[str] = []
    changed = False
    for column in dict.fromkeys([*table.names, *old, *new]):
        if column == table.key or column in _UNMARKED:
            continue
        cell, known = new.get(column), old.get(column)
        if _only_an_id(column, cell, known, new[table.key]):
            cell = None
        mark = column in had and (not is_blank(known) or column in had.words)
        if not is_blank(cell) and is_blank(known):
            changed, mark = True, column in said
        elif not is_blank(cell) and _agree(column, cell, known):
            cell, mark = None, mark and (not own or column in said)
        elif not is_blank(cell):
            if column in said and not (own and mark):
                cell = None
            else:
                changed, mark = True, column in said
        if column in new:
            new[column] = None if is_blank(cell) else cell
        if mark:
            marked.append(column)
    return new | {
        "assumed": _assumed(table.key, old, new, had, marked),
        "source": source if own else _both_sources(old.get("source"), source) if changed else None,
    }


def _assumed(
    key: str,
    old: Mapping[str, object],
    new: Mapping[str, object],
    had: _Marks,
    marked: list[str],
) -> str:
    """Return the marks of a row, in the project's own words where they still are true."""
    if "*" not in had.words:
        kept = [word for word in had.words if word in marked or word not in {*old, *new}]
        return " ".join(dict.fromkeys([*kept, *marked]))
    filled = {
        column
        for column in {*old, *new}
        if not (is_blank(old.get(column)) and is_blank(new.get(column)))
    }
    # Everything is still assumed: the star stays, for columns that are filled later too.
    left = filled - set(marked) - set(_UNMARKED) - {key}
    return "*" if not left else " ".join(marked)


def settled(
    table: Table, incoming: pd.DataFrame, existing: pd.DataFrame, *, reader_source: str
) -> pd.DataFrame:
    """Return the rows that come in with the cells emptied in which the project's value stays.

    Parameters
    ----------
    incoming, existing
        Typed rows; each key once.
    reader_source
        What the reader writes as ``source`` of a row that does not say its own.

    Returns
    -------
    pandas.DataFrame
        ``assumed`` is the row's mark from now on, also where it is empty; an empty ``source``
        keeps the project's.
    """
    known = {str(key): row for row, key in enumerate(existing[table.key].tolist())}
    old_cells = {str(name): existing[name].tolist() for name in [table.key, *existing.columns]}
    new_cells = {str(name): incoming[name].tolist() for name in incoming.columns}
    rows: list[dict[str, object]] = []
    for number, key in enumerate(incoming[table.key].tolist()):
        row = {name: cells[number] for name, cells in new_cells.items()}
        place = known.get(str(key))
        if place is not None:
            old = {name: cells[place] for name, cells in old_cells.items()}
            row = _row(table, row, old, reader_source)
        rows.append(row)
    return pd.DataFrame(
        {
            name: pd.Series([row.get(name) for row in rows], index=incoming.index, dtype=object)
            for name in dict.fromkeys([*new_cells, "source", "assumed"])
        }
    )


def with_known_sites(
    tables: Mapping[str, pd.DataFrame], sites: pd.DataFrame
) -> tuple[dict[str, pd.DataFrame], int]:
    """Put what comes in at the project's sites, where the file knows places only by a name.

    A place is the site of that id, else the one site of that name. What the project knows of its
    site stays: a monitoring system's place is a word that somebody typed.

    Returns
    -------
    dict of str to pandas.DataFrame
        The tables, without the places that are sites already.
    int
        How many those are.
    """
    if "sites" not in tables or not len(sites):
        return dict(tables), 0
    ids = set(sites["site_id"])
    counts = Counter(sites["name"])
    named = {
        name: site_id
        for site_id, name in sites[["site_id", "name"]].itertuples(index=False)
        if name and counts[name] == 1
    }
    ours = {
        place: place if place in ids else named[place]
        for place in tables["sites"]["site_id"]
        if place in ids or place in named
    }
    if not ours:
        return dict(tables), 0
    out = dict(tables)
    out["sites"] = out["sites"][~out["sites"]["site_id"].isin(list(ours))]
    if not len(out["sites"]):
        del out["sites"]
    for table, columns in (("devices", ("site_id",)), ("links", ("a_site", "b_site"))):
        if table in out:
            moved = {
                column: pd.Series(
                    [ours.get(cell, cell) for cell in out[table][column]],
                    out[table].index,
                    dtype=object,
                )
                for column in columns
            }
            out[table] = out[table].assign(**moved)
    return out, len(ours)


def with_known_ports(
    tables: Mapping[str, pd.DataFrame], ports: pd.DataFrame
) -> tuple[dict[str, pd.DataFrame], int]:
    """Give the ports that come in the ids under which the project has them.

    A port whose id the project does not have is the one on the same device with the same
    ``if_name``, where there is exactly one; a port of the project without ``if_name`` goes by its
    id. Links that end at such ports follow.

    Returns
    -------
    dict of str to pandas.DataFrame
        The tables.
    int
        How many ports got another id.
    """
    if "ports" not in tables or not len(ports):
        return dict(tables), 0
    named: dict[tuple[str, str], list[str]] = {}
    for port_id, device, name in ports[["port_id", "device_id", "if_name"]].itertuples(index=False):
        named.setdefault((device, name or port_id), []).append(port_id)
    coming = tables["ports"]
    taken = set(coming["port_id"])
    known = set(ports["port_id"])
    ours: dict[str, str] = {}
    columns = coming[["port_id", "device_id", "if_name"]]
    for port_id, device, name in columns.itertuples(index=False):
        found = named.get((device, name or port_id), [])
        if port_id not in known and len(found) == 1 and found[0] not in taken:
            ours[port_id] = found[0]
            taken.add(found[0])
    if not ours:
        return dict(tables), 0
    ids = pd.Series([ours.get(p, p) for p in coming["port_id"]], coming.index, dtype=object)
    out = dict(tables) | {"ports": coming.assign(port_id=ids)}
    if "links" in out:
        ends = {
            side: pd.Series(
                [ours.get(p, p) for p in out["links"][side]], out["links"].index, dtype=object
            )
            for side in ("a_port", "b_port")
        }
        out["links"] = out["links"].assign(**ends)
    return out, len(ours)


def with_known_routes(
    tables: Mapping[str, pd.DataFrame], links: pd.DataFrame, spans: pd.DataFrame
) -> tuple[dict[str, pd.DataFrame], int]:
    """Let the links that come in run through the project's spans where their route is the same.

    A format that gives each link a route of its own (OFDS) would lay a second cable beside the
    spans that the project has, and no two links would share a street any more.

    Returns
    -------
    dict of str to pandas.DataFrame
        The tables, with the project's spans in the place of those routes.
    int
        How many links run through the project's spans.
    """
    if "spans" not in tables or "links" not in tables or not len(spans) or not len(links):
        return dict(tables), 0
    shapes = dict(zip(spans["span_id"], spans["geometry"], strict=True))
    had = {
        link_id: split_ids(through)
        for link_id, through in links[["link_id", "spans"]].itertuples(index=False)
    }
    coming = tables["spans"]
    routes = {
        span_id: shape
        for span_id, shape in zip(coming["span_id"], coming["geometry"], strict=True)
        if span_id not in shapes
    }
    uses = Counter(own for through in tables["links"]["spans"] for own in split_ids(through))
    same: set[str] = set()
    through_of: list[str] = []
    columns = tables["links"][["link_id", "spans"]]
    for link_id, through in columns.itertuples(index=False):
        ours = [shapes[own] for own in had.get(link_id, ()) if shapes.get(own) is not None]
        theirs = routes.get(through)
        if (
            theirs is not None
            and uses[through] == 1
            and ours
            and len(ours) == len(had[link_id])
            and shapely.hausdorff_distance(shapely.union_all(ours), theirs) < _SAME_ROUTE_DEGREES
        ):
            same.add(through)
            through_of.append(";".join(had[link_id]))
        else:
            through_of.append(through)
    if not same:
        return dict(tables), 0
    turned = tables["links"].assign(spans=through_of)
    used = {own for through in turned["spans"] for own in split_ids(through)}
    # The project's spans are what the file holds in their place, also where rows are replaced.
    kept = spans[spans["span_id"].isin(used - set(coming["span_id"]))].astype(object)
    left = coming[~coming["span_id"].isin(same)].astype(object)
    whole = pd.concat([left, kept], ignore_index=True) if len(left) else kept
    return dict(tables) | {"links": turned, "spans": whole.reset_index(drop=True)}, len(same)


def with_known_ends(links: pd.DataFrame, existing: pd.DataFrame) -> pd.DataFrame:
    """Put the ends of links in the order in which the project has them.

    A link has no direction, and formats without one write its ends as they come. Ports that the
    project has at the other end, or does not have at all, change sides with their sites.
    """
    if not len(existing):
        return links
    columns = ["a_site", "b_site", "a_port", "b_port"]
    known = {
        key: ends
        for key, *ends in existing[["link_id", *columns]].itertuples(index=False, name=None)
    }
    rows = []
    for key, *ends in links[["link_id", *columns]].itertuples(index=False, name=None):
        old = known.get(key)
        if old is not None and ends[:2] == old[1::-1] and ends[0] != ends[1]:
            stay = any(ends[2:]) and all(
                not new or new == own for new, own in zip(ends[2:], old[2:], strict=True)
            )
            ends = [ends[1], ends[0], *(ends[2:] if stay else ends[:1:-1])]
        rows.append(ends)
    turned = dict(zip(columns, zip(*rows, strict=True), strict=True)) if rows else {}
    return links.assign(**{name: list(cells) for name, cells in turned.items()})
