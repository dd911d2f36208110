"""How often equipment fails and how long it is away: the component table.

A component is a class of equipment (``router``, ``olt``, ``cable_duct``, ...) with its steady-state
unavailability U, from any of

* mean time between failures and mean time to repair: U = MTTR / (MTBF + MTTR),
* failures in 10^9 hours (FIT) and mean time to repair, MTBF = 10^9 / FIT,
* availability A: U = 1 - A

(ITU-T G.911, terms). What is counted ``per`` km has its rate per kilometre. The figures below are
assumed: they are of the right order for planning, and an operator's own records belong in their
place (:func:`read_components`). A component without a figure is unknown, which is not the same as
one that never fails.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import Problem, TableError
from ..files import read_table_file
from ..nearest_word import nearest
from ..settings import Figure

__all__ = [
    "COMPONENTS",
    "COMPONENT_COLUMNS",
    "HOURS_A_YEAR",
    "NO_CLASS_OTHER",
    "Component",
    "read_components",
]

HOURS_A_YEAR = 8766.0
"""Hours of a year of 365.25 days."""


@dataclass(frozen=True, slots=True)
class Component:
    """A class of equipment and how often it is away.

    Attributes
    ----------
    name
        Class, as in the first column of a component table.
    unavailability
        Share of time it is away, one piece or one kilometre; None is unknown.
    per_km
        The figure is for a kilometre.
    """

    name: str
    unavailability: Figure | None
    per_km: bool = False

    def over(self, length_km: float) -> float:
        """Return the unavailability of so many kilometres in a row; NaN is unknown."""
        if self.unavailability is None or math.isnan(length_km):
            return math.nan
        return -math.expm1(length_km * math.log1p(-self.unavailability.value))


def from_repair(mtbf_h: float, mttr_h: float) -> float:
    """Return the unavailability of what fails every ``mtbf_h`` hours and is away ``mttr_h``."""
    return mttr_h / (mtbf_h + mttr_h)


def _assumed(
    name: str, mtbf_h: float, mttr_h: float, source: str, *, per_km: bool = False
) -> Component:
    words = f"MTBF {mtbf_h:,.0f} h{' km' if per_km else ''}, MTTR {mttr_h:g} h: {source}"
    return Component(name, Figure(from_repair(mtbf_h, mttr_h), words, assumed=True), per_km)


def _cable(name: str, cuts_a_year_1000km: float, source: str) -> Component:
    """Return a cable that is cut so often and spliced again in 12 hours."""
    source = f"{cuts_a_year_1000km:g} cuts a year on 1000 km, {source}; repair as in To and Neusy"
    return _assumed(name, HOURS_A_YEAR * 1000.0 / cuts_a_year_1000km, 12.0, source, per_km=True)


_ROUND = "round planning figure; put the maker's or your own in its place"
_TO_NEUSY = "4.39 on 1000 sheath miles (To and Neusy, IEEE JSAC 12(1), 1994)"

COMPONENTS: Mapping[str, Component] = {
    component.name: component
    for component in (
        _cable("cable", 2.73, _TO_NEUSY),
        _cable("cable_duct", 2.73, f"{_TO_NEUSY}, not told apart by how it is laid"),
        _cable("cable_buried", 2.73, f"{_TO_NEUSY}, not told apart by how it is laid"),
        _cable("cable_aerial", 5.0, "twice the buried one, round planning figure"),
        _cable("cable_tunnel", 1.0, "out of the diggers' reach, round planning figure"),
        _cable("cable_bridge", 2.73, f"{_TO_NEUSY}, not told apart by how it is laid"),
        _assumed("router", 100_000, 4, _ROUND),
        _assumed("switch", 150_000, 4, _ROUND),
        _assumed("olt", 150_000, 4, _ROUND),
        _assumed("onu", 200_000, 24, _ROUND),
        _assumed("splitter", 10_000_000, 24, _ROUND),
        _assumed("transceiver", 500_000, 4, _ROUND),
        _assumed("radio_unit", 80_000, 8, _ROUND),
        _assumed("access_point", 100_000, 24, _ROUND),
        _assumed("microwave", 150_000, 6, "one end without rain, " + _ROUND),
        _assumed("hfc_amplifier", 150_000, 6, "one a kilometre, " + _ROUND, per_km=True),
        _assumed("power", 200_000, 4, "mains lost for longer than the battery, " + _ROUND),
        _assumed("power_area", 400_000, 4, "feeder lost for longer than batteries, " + _ROUND),
        _assumed("air_conditioning", 300_000, 4, "hot enough to switch off, " + _ROUND),
        Component("rain", None),
    )
}
"""The built-in components; every figure is assumed. Rain on a microwave link is unknown until it
is computed for its length and frequency."""

NO_CLASS_OTHER = "device of role other"
"""Class of a device whose role says nothing and whose model has no row; it has no figure."""

_FIGURES = ("mtbf_h", "mttr_h", "fit", "availability")

COMPONENT_COLUMNS: Mapping[str, str] = {
    "component": "class below, or the model of a device as the table devices has it",
    "mtbf_h": "mean time between failures, hours above 0; with mttr_h",
    "mttr_h": "mean time until it works again, hours above 0; with mtbf_h or fit",
    "fit": "failures in 10^9 hours, above 0 and below 10^9; with mttr_h",
    "availability": "share of time it works, above 0 and below 1 (0.9999 for 99.99 %); alone",
    "per": "each (one piece) or km; empty as built in, for a model each",
    "source": "where the figure comes from; the file and row when empty",
    "assumed": "anything here marks a figure that nobody has measured",
}
"""Columns of a component table, with their units and ranges."""

_COLUMNS = tuple(COMPONENT_COLUMNS)
_RULES = {
    "mtbf_h": (0.0, math.inf, "must be hours above 0", "give mean hours between failures"),
    "mttr_h": (0.0, math.inf, "must be hours above 0", "give mean hours until it works again"),
    "fit": (0.0, 1e9, "must be failures in 10^9 hours, above 0 and below 10^9", "give FIT"),
    "availability": (0.0, 1.0, "must be a share above 0 and below 1", "write 0.9999 for 99.99 %"),
}


def _text(value: object) -> str:
    """Return a cell as text; an empty one of any format is empty text."""
    empty = value is None or (isinstance(value, float) and math.isnan(value))
    return "" if empty else str(value).strip()


def _number(text: str, column: str) -> float | None:
    """Return a cell as a number; None when it is empty. ValueError when it breaks its rule."""
    if not text:
        return None
    value = float(text)
    low, high, *_ = _RULES[column]
    if not low < value < high:
        raise ValueError(text)
    return value


def _unavailability(given: Mapping[str, float | None]) -> float | str | None:
    """Return the figure of a row, None where it states none, or which cell is missing."""
    mtbf_h, mttr_h, fit, availability = (given[name] for name in _FIGURES)
    ways = [mtbf_h is not None, fit is not None, availability is not None]
    if sum(ways) > 1:
        return "mtbf_h" if ways[0] else "fit"
    if availability is not None:
        return "mttr_h" if mttr_h is not None else 1.0 - availability
    if mttr_h is None:
        return "mttr_h" if any(ways) else None
    if mtbf_h is not None:
        return from_repair(mtbf_h, mttr_h)
    return "mtbf_h" if fit is None else from_repair(1e9 / fit, mttr_h)


def read_components(
    path: str | Path, *, models: Iterable[str] | None = None
) -> dict[str, Component]:
    """Return the built-in components with those of a file in their place or beside them.

    Parameters
    ----------
    path
        A table with the columns ``component`` and ``mtbf_h`` and ``mttr_h``, or ``fit`` and
        ``mttr_h``, or ``availability``; a row without any of them says that the class is unknown.
        ``per`` is ``each`` (the default) or ``km``; ``source`` is free text; a filled ``assumed``
        marks a figure that nobody has measured.
    models
        Models of the devices that the table is for. A class that is neither built in nor one of
        them would count for nothing, so it is an error; any class goes when None.

    Raises
    ------
    MissingError, FileError
        The file does not exist or is no table.
    TableError
        Cells break their rules; carries every one, with its row and column.
    """
    table = read_table_file(Path(path))
    rows: list[dict[str, Any]] = table.frame.to_dict("records")  # type: ignore[assignment]
    problems: list[Problem] = []

    def problem(row: int | None, column: str, value: str, rule: str, fix: str) -> None:
        problems.append(
            Problem("error", table.path.name, "components", row, column, value[:80], rule, fix)
        )

    for name in table.frame.columns:
        if name not in _COLUMNS and name != "geometry":
            problem(None, str(name), "", "is no column of a component table",
                    f"use {', '.join(_COLUMNS)}")  # fmt: skip
    if "component" not in table.frame.columns:
        problem(None, "component", "", "must be there: it names the class", "add the column")
        raise TableError(problems)
    devices = () if models is None else models
    known = {*COMPONENTS, NO_CLASS_OTHER, *(model.casefold() for model in devices)} - {""}
    found: dict[str, Component] = {}
    for number, row in enumerate(rows, start=table.first_row):
        cell = {column: _text(row.get(column)) for column in _COLUMNS}
        name = cell["component"].casefold()
        if not name:
            problem(number, "component", "", "must not be empty", "name the class")
        elif models is not None and name not in known:
            problem(
                number, "component", cell["component"],
                f"must be a class of component or the model of a device{nearest(name, known)}",
                "docs/reference.md lists the classes; write a model as the table devices does",
            )  # fmt: skip
        if name in found:
            problem(number, "component", name, "stands in the table twice", "delete one row")
        given: dict[str, float | None] = {}
        for column in _FIGURES:
            try:
                given[column] = _number(cell[column], column)
            except ValueError:
                problem(number, column, cell[column], *_RULES[column][2:])
        if cell["per"] not in ("", "each", "km"):
            problem(number, "per", cell["per"], "must be each or km", "write km for cable")
        if len(given) < len(_FIGURES):
            continue
        figure = _unavailability(given)
        if isinstance(figure, str):
            problem(
                number,
                figure,
                cell[figure],
                "does not go with the other figures of the row",
                "give mtbf_h and mttr_h, or fit and mttr_h, or availability alone",
            )
            continue
        source = cell["source"] or f"{table.path.name}, row {number}"
        share = None if figure is None else Figure(figure, source, bool(cell["assumed"]))
        built_in = COMPONENTS.get(name)
        per_km = cell["per"] == "km" if cell["per"] else built_in is not None and built_in.per_km
        found[name] = Component(name, share, per_km)
    if problems:
        raise TableError(problems)
    return {**COMPONENTS, **found}
