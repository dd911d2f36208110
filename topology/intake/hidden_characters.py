"""Finds characters that cannot be seen but change what is read: control and direction characters.

A direction character makes ``sites_gpj.exe`` of ``sites_exe.jpg`` on the screen; an id with one
looks like another id. In ids they are errors, in free text they are kept and warned of.
"""

from __future__ import annotations

import re
from dataclasses import replace

import pandas as pd

from ..errors import Problem
from ..schema import Table, check

__all__ = ["cell_problems", "hidden_characters", "hidden_text_warnings"]

# Line breaks and tabs are part of addresses and remarks.
_HIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]"
)
_LINE_BREAKS = re.compile("[\r\n\t\u2028\u2029]")
_SHOWN = 3


def hidden_characters(text: str) -> str:
    r"""Name the hidden characters of a text, "" when it has none.

    Examples
    --------
    >>> hidden_characters("A\u202eB"), hidden_characters("A B")
    ('U+202E', '')
    """
    found = dict.fromkeys(_HIDDEN.findall(text))
    return ", ".join(f"U+{ord(character):04X}" for character in list(found)[:_SHOWN])


def cell_problems(
    table: Table, frame: pd.DataFrame, *, file: str = "", first_row: int = 2
) -> list[Problem]:
    """Return what :func:`.schema.check` finds, saying which hidden characters an id has."""
    return [
        _sharper(table, problem, frame, first_row)
        for problem in check(table, frame, file=file, first_row=first_row)
    ]


def _sharper(table: Table, problem: Problem, frame: pd.DataFrame, first_row: int) -> Problem:
    column = problem.column
    if problem.row is None or column is None or column not in table or column not in frame.columns:
        return problem
    if table[column].type not in ("id", "ids") or problem.rule != table[column].rule():
        return problem
    text = str(frame[column].iloc[problem.row - first_row]).strip()
    hidden = hidden_characters(text)
    if not hidden or _LINE_BREAKS.search(text):
        return problem
    return replace(
        problem,
        rule=f"must not contain control or direction characters; it has {hidden}",
        fix="delete them, by typing the id anew",
    )


def hidden_text_warnings(
    table: Table, frame: pd.DataFrame, file: str, *, first_row: int = 2
) -> list[Problem]:
    """Warn of columns of text with hidden characters; the text is kept as it is."""
    warnings: list[Problem] = []
    for name in frame.columns:
        declared = name in table
        if name == "geometry" or (declared and table[name].type != "text"):
            continue
        rows = [
            (row, value)
            for row, value in enumerate(frame[name].tolist(), start=first_row)
            if isinstance(value, str) and _HIDDEN.search(value)
        ]
        if not rows:
            continue
        row, value = rows[0]
        more = f" (and {len(rows) - 1} more rows)" if len(rows) > 1 else ""
        warnings.append(
            Problem(
                "warning", file, table.name, row, str(name), value[:80],
                f"has control or direction characters, {hidden_characters(value)}, which make a "
                f"text look like another{more}",
                "type the text anew unless they are meant; it is kept as it is",
            )
        )  # fmt: skip
    return warnings
