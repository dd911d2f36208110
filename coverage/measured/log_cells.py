"""The cells of a log while they are checked, a column at a time.

A log of a million rows repeats its ids, times and levels; each distinct cell is understood once and
its answer given to every row that holds it.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ...topology.errors import Problem
from .log import LogFormat, find_zone

__all__ = ["LogCells", "clean_text"]

NOTHING = {"", "-", "--", "?", "n/a", "na", "nan", "null", "none", "no data"}
"""Cells that say that there is no value, in small letters."""

_MOST_PROBLEMS = 1000
_TEXT_CHARS = 100


class LogCells:
    """The cells of a file while they are checked, a column at a time."""

    def __init__(
        self, frame: pd.DataFrame, first_row: int, name: str, found: Mapping[str, str]
    ) -> None:
        self.name, self.found, self.first_row = name, found, first_row
        self.problems: list[Problem] = []
        self.size = len(frame)
        self.bad = np.zeros(self.size, bool)
        self._columns = {ours: frame[theirs].to_numpy(object) for ours, theirs in found.items()}
        # A log repeats its words, times and ids: what is empty is asked once for each of them.
        self._codes = {ours: pd.factorize(cells) for ours, cells in self._columns.items()}

    def _for_each(self, column: str, answers: Sequence[Any], missing: Any, dtype: Any) -> Any:
        """Return the answers given for the distinct cells of a column, for every row."""
        codes = self._codes[column][0]
        # pandas numbers a missing cell -1, which is the last of the list.
        return np.array([*answers, missing], dtype=dtype)[codes]

    def empty(self, column: str) -> NDArray[np.bool_]:
        """Return which rows have no value there."""
        cells = self._codes[column][1].tolist()
        nothing = [isinstance(c, str) and c.strip().lower() in NOTHING for c in cells]
        return np.asarray(self._for_each(column, nothing, missing=True, dtype=bool))

    def problem(self, index: int, column: str, rule: str, fix: str) -> None:
        """Note that a cell breaks a rule; its row is bad from then on."""
        self.bad[index] = True
        if len(self.problems) < _MOST_PROBLEMS:
            value = str(self._columns[column][index])[:80]
            row = self.first_row + index
            self.problems.append(
                Problem(
                    "error", self.name, "measurements", row, self.found[column], value, rule, fix
                )
            )

    def raw_numbers(self, column: str) -> NDArray[np.float64]:
        """Return the numbers of a column, NaN where a cell is none."""

        def number(cell: object) -> float:
            text = str(cell).strip()
            if isinstance(cell, bool) or "_" in text:
                return math.nan
            try:
                return float(text)
            except ValueError:
                return math.nan

        numbers = [number(cell) for cell in self._codes[column][1].tolist()]
        return np.asarray(self._for_each(column, numbers, math.nan, np.float64))

    def check_numbers(
        self,
        values: NDArray[np.float64],
        wanted: NDArray[np.bool_],
        column: str,
        least: float,
        most: float,
        unit: str,
    ) -> None:
        """Note every wanted cell that is no number within its range."""
        for index in np.flatnonzero(wanted & ~((values >= least) & (values <= most))):
            self.problem(
                int(index),
                column,
                f"must be a number in {unit} from {least:g} to {most:g}",
                "correct it, or empty the cell to leave the row out",
            )

    def times(self, wanted: NDArray[np.bool_], log: LogFormat) -> pd.Series:
        """Return the times in UTC, NaT where there is none."""
        if "time" not in self._columns:
            return pd.Series(pd.NaT, index=range(self.size), dtype="datetime64[us, UTC]")
        zone = None if log.time_zone is None else find_zone(log.time_zone)
        used = wanted & ~self.empty("time")
        codes, cells = self._codes["time"]
        moments: list[datetime | None] = []
        wrong: dict[int, tuple[str, str]] = {}
        for number, cell in enumerate(cells.tolist()):
            moment, rule, fix = _moment(cell, zone, log.time_format)
            moments.append(moment)
            if moment is None:
                wrong[number] = (rule, fix)
        if wrong:
            for index in np.flatnonzero(used & np.isin(codes, list(wrong))):
                self.problem(int(index), "time", *wrong[int(codes[index])])
        known = pd.to_datetime(pd.Series([*moments, None], dtype=object), utc=True)
        return known.dt.as_unit("us").iloc[np.where(used, codes, -1)].reset_index(drop=True)

    def texts(self, column: str) -> list[str]:
        """Return the cleaned texts of a column, "" where there is none."""
        if column not in self._columns:
            return [""] * self.size
        cells = self._codes[column][1].tolist()
        texts = [
            "" if isinstance(c, str) and c.strip().lower() in NOTHING else clean_text(str(c))
            for c in cells
        ]
        return list(self._for_each(column, texts, "", object))


def _moment(cell: object, zone: tzinfo | None, pattern: str | None) -> tuple[Any, str, str]:
    """Return a time in UTC; or None, the rule that it breaks and the way out."""
    if isinstance(cell, datetime):
        moment = cell
    else:
        text = str(cell).strip()
        try:
            moment = (
                datetime.fromisoformat(text)
                if pattern is None
                else datetime.strptime(text, pattern)
            )
        except ValueError:
            how = "as 2016-05-04T08:15:00Z" if pattern is None else f"written as {pattern}"
            fix = "say time_format, or the heading '' for time to leave times out"
            return None, f"must be a date and time {how}", fix
    if moment.tzinfo is None:
        if zone is None:
            return None, "has no time zone", "name the zone it is in as time_zone"
        moment = moment.replace(tzinfo=zone)
    if not 1970 <= moment.year <= 2200:
        return None, "must be a year from 1970 to 2200", "correct it"
    return moment.astimezone(UTC), "", ""


def clean_text(text: str) -> str:
    """Return a text without control characters, of one line and at most 100 characters."""
    kept = "".join(c for c in text if c.isspace() or unicodedata.category(c)[0] != "C")
    return " ".join(kept.split())[:_TEXT_CHARS]
