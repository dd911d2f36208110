"""Which heading of a foreign table is which of our columns.

A heading is compared without case, spaces and punctuation. Its brackets, and a unit at its end,
are read apart: ``挂高(m)`` and ``Height [ft]`` are heights, ``挂高(屋顶以上)`` is something else than
a height above ground and is not taken. The best way in which a heading fits a column wins:

1. ``--map ours=theirs`` says so
2. it is our name, letter by letter
3. it is our name but for case, spaces and unit, or cut to the ten bytes of a Shapefile
4. it is a known word for it (:mod:`.heading_words`)
5. it is a known word that says which Chinese datum it is in, has a remark, or is a bare "id"
6. it only numbers rows (keys only)
7. it ends in "id" (keys only)

Two headings that fit a column equally well are an error that names both; nothing is drawn by lot.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..errors import Problem, TableError, UsageError
from ..formats.field_names import shapefile_name, unique_names
from ..schema import Column, Table
from ..settings import nearest
from ..tables import TABLES
from .heading_words import DATUMS, KEY_TAILS, heading_words
from .units import is_unit

__all__ = ["Headings", "Match", "is_known_heading", "match_headings", "plain_heading"]

_HOW = {
    0: "as --map says",
    1: "our name",
    2: "our name, written differently",
    3: "known heading",
    4: "known heading",
    5: "known heading",
    6: "looks like a key",
}
_CUT = "our name, cut to ten bytes"
_BRACKETS = re.compile(r"[(\[{<【〔《「]([^)\]}>】〕》」]*)[)\]}>】〕》」]")
_TAIL = re.compile(r"(?P<stem>.+?)[_\s/,-]+(?P<unit>[^\s_/,-]+(?:/s)?)")


@dataclass(frozen=True, slots=True)
class Match:
    """One of our columns and the heading that was taken for it.

    Attributes
    ----------
    column
        Our name.
    heading
        Theirs.
    how
        Why, in words.
    unit
        Their unit where the heading names one that must be converted, else "".
    datum
        ``gcj02``, ``bd09`` or ``wgs84`` where the heading of a coordinate says so, else "".
    """

    column: str
    heading: str
    how: str
    unit: str = ""
    datum: str = ""


@dataclass(frozen=True, slots=True)
class Headings:
    """What became of the headings of a file.

    Attributes
    ----------
    matches
        One for each of our columns that was found, in our order.
    unmatched
        Headings that mean none of our columns; their columns are kept as they are.
    notes
        Headings that nearly fit, and why they were not taken.
    """

    matches: tuple[Match, ...]
    unmatched: tuple[str, ...]
    notes: tuple[str, ...]

    def heading_of(self, column: str) -> str:
        """Return their heading of our column, or our name where there is none."""
        return next((match.heading for match in self.matches if match.column == column), column)


def plain_heading(text: str) -> str:
    """Return a heading without case, spaces and punctuation.

    Examples
    --------
    >>> plain_heading(" Site_Name: ")
    'sitename'
    """
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", text).lower())


@dataclass(frozen=True, slots=True)
class _Fit:
    rank: int
    unit: str = ""
    datum: str = ""
    note: str = ""
    how: str = ""


def _split_datum(plain: str) -> tuple[str, str]:
    """Return the heading without its datum, and the datum."""
    for word in sorted(DATUMS, key=len, reverse=True):
        if word in plain and word != plain:
            return plain.replace(word, "", 1), DATUMS[word]
    return plain, ""


def _readings(heading: str) -> list[tuple[str, list[str], str]]:
    """Return ways to read a heading: its stem, its brackets' texts and the word at its end."""
    folded = unicodedata.normalize("NFKC", heading.replace("²", "2")).strip()
    brackets = [text.strip() for text in _BRACKETS.findall(folded) if text.strip()]
    stem = _BRACKETS.sub(" ", folded).strip()
    readings = [(stem, brackets, "")]
    if tail := _TAIL.fullmatch(stem):
        readings.append((tail["stem"], brackets, tail["unit"]))
    return readings


@functools.cache
def _known_words() -> frozenset[str]:
    """Return every word that names a column of any table."""
    known: set[str] = set()
    for table in TABLES.values():
        known.update(plain_heading(name) for name in table.names)
        for words in heading_words(table.name).values():
            known.update(words)
    return frozenset(known)


def is_known_heading(text: str) -> bool:
    """Say whether a cell could be the heading of a column of some table.

    Examples
    --------
    >>> is_known_heading("挂高(m)"), is_known_heading("Sites of 2026")
    (True, False)
    """
    return any(plain_heading(stem) in _known_words() for stem, _, _ in _readings(text))


def _fit(column: Column, heading: str, words: Mapping[str, tuple[str, ...]], key: str) -> _Fit:
    """Return how well a heading fits a column; rank 9 is not at all."""
    if heading == column.name:
        return _Fit(1)
    coordinate = column.name in ("lon", "lat")
    known = words.get(column.name, ())
    bare_name = plain_heading(column.name)
    stem_name, _, unit_name = column.name.rpartition("_")
    ours = {bare_name}
    if stem_name and column.unit and is_unit(unit_name, column.unit):
        ours.add(plain_heading(stem_name))
    best = _Fit(9)
    for stem, brackets, tail in _readings(heading):
        if tail and not (column.unit and is_unit(tail, column.unit)):
            continue
        plain = plain_heading(stem)
        datum = ""
        if coordinate:
            plain, datum = _split_datum(plain)
        if plain in ours:
            rank = 2
        elif plain in known:
            # A bare "id" is often only the number that a program gave to a feature.
            rank = 4 if plain == "id" else 3
        elif column.name == key and plain in KEY_TAILS:
            rank = 5
        elif column.name == key and plain.endswith("id") and not brackets:
            rank = 6
        else:
            continue
        unit = tail
        for text in brackets:
            if coordinate and plain_heading(text) in DATUMS:
                datum = DATUMS[plain_heading(text)]
            elif column.unit and is_unit(text, column.unit):
                unit = text
            elif column.type in ("number", "integer"):
                becomes = column.unit or "a plain number"
                return _Fit(
                    9,
                    note=f"{heading!r} is not taken for {column.name}: {text!r} is not a unit "
                    f"that becomes {becomes}; if it fits, say --map {column.name}={heading!r}",
                )
            else:
                rank = max(rank, 4)
        if datum in ("gcj02", "bd09"):
            rank = 4
        if rank < best.rank:
            best = _Fit(rank, unit, datum)
    return best


def _cut_names(table: Table) -> dict[str, str]:
    """Return the field names that our own Shapefiles have where they are not the columns' names.

    A point table's position is the geometry there, so it takes no field.
    """
    point = table.geometry == "point"
    written = [name for name in table.names if not (point and name in ("lon", "lat"))]
    fields = unique_names(written, shapefile_name)
    return {name: field.lower() for name, field in fields.items() if field != name}


def _mapped(
    table: Table, headings: Sequence[str], mapping: Mapping[str, str], file: str
) -> dict[str, str]:
    for ours, theirs in mapping.items():
        if ours not in table and not (ours == "geometry" and table.geometry != "none"):
            raise UsageError(
                f"--map {ours}={theirs}: table {table.name} has no column {ours!r}"
                f"{nearest(ours, table.names)}; it has {', '.join(table.names)}"
            )
        if theirs not in headings:
            raise UsageError(
                f"--map {ours}={theirs}: {file} has no heading {theirs!r}"
                f"{nearest(theirs, list(headings))}; it has {', '.join(headings)}"
            )
    return dict(mapping)


def match_headings(
    table: Table,
    headings: Sequence[str],
    mapping: Mapping[str, str] | None = None,
    *,
    file: str = "the file",
) -> Headings:
    """Find the heading of each of our columns.

    Parameters
    ----------
    headings
        Of the file, without a geometry column.
    mapping
        Ours to theirs; wins over everything, and no other column takes those headings.

    Raises
    ------
    UsageError
        The mapping names a column or a heading that does not exist.
    TableError
        Two headings fit a column equally well; one problem for each such column.
    """
    mapped = _mapped(table, headings, mapping or {}, file)
    words = heading_words(table.name)
    free = [heading for heading in headings if heading not in mapped.values()]
    cut = _cut_names(table)
    fits: dict[str, dict[str, _Fit]] = {}
    notes: list[str] = []
    for column in table.columns:
        for heading in free:
            if cut.get(column.name) == heading.lower() and heading not in table:
                fits.setdefault(heading, {})[column.name] = _Fit(2, how=_CUT)
                continue
            fit = _fit(column, heading, words, table.key)
            if fit.note:
                notes.append(fit.note)
            fits.setdefault(heading, {})[column.name] = fit
    # A heading goes to the column that it fits best; our columns are looked at in order.
    taken: dict[str, list[tuple[str, _Fit]]] = {}
    for heading, by_column in fits.items():
        column_name, fit = min(by_column.items(), key=lambda item: item[1].rank)
        if fit.rank < 9 and column_name not in mapped:
            taken.setdefault(column_name, []).append((heading, fit))
    matches: list[Match] = []
    problems: list[Problem] = []
    for column in table.columns:
        if column.name in mapped:
            heading = mapped[column.name]
            explicit = _named_unit(column, heading)
            matches.append(Match(column.name, heading, _HOW[0], explicit.unit, explicit.datum))
            continue
        candidates = taken.get(column.name, [])
        if not candidates:
            continue
        rank = min(fit.rank for _, fit in candidates)
        best = [(heading, fit) for heading, fit in candidates if fit.rank == rank]
        if len(best) > 1 and rank < 6:
            named = " and ".join(repr(heading) for heading, _ in best)
            problems.append(
                Problem(
                    "error",
                    file,
                    table.name,
                    None,
                    column.name,
                    "",
                    f"the headings {named} both mean {column.name} ({column.description})",
                    f"say which with --map {column.name}={best[0][0]}",
                )
            )
        elif len(best) == 1:
            heading, fit = best[0]
            how = fit.how or _HOW[rank]
            matches.append(Match(column.name, heading, how, fit.unit, fit.datum))
    if problems:
        raise TableError(problems)
    used = {match.heading for match in matches}
    return Headings(
        tuple(matches),
        tuple(heading for heading in headings if heading not in used),
        tuple(note for note in dict.fromkeys(notes) if not any(repr(h) in note for h in used)),
    )


def _named_unit(column: Column, heading: str) -> _Fit:
    """Return the unit and the datum that an explicitly mapped heading names."""
    unit, datum = "", ""
    for stem, brackets, tail in _readings(heading):
        for text in (*brackets, tail):
            if column.unit and is_unit(text, column.unit):
                unit = text
        if column.name in ("lon", "lat"):
            datum = datum or _split_datum(plain_heading(" ".join([stem, *brackets, tail])))[1]
    return _Fit(0, unit, datum)
