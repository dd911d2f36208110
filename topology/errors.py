"""Every error that ngbw raises on purpose, and the exit code that each one means.

::

    NgbwError                      3  bad input (the default)
    ├── UsageError      ValueError 2  an option, a setting or a schema is wrong
    │   └── SettingError           2  ... in ngbw.toml
    ├── InputError      ValueError 3  the data is wrong
    │   ├── FileError              3  a file cannot be read as what it claims to be
    │   ├── InfeasibleError        3  what is asked for cannot be had (carries the way out)
    │   └── TableError             3  rows break the rules of their table (carries every problem)
    ├── MissingError    LookupError 3 a named thing (plan, site, table) does not exist
    ├── UnprovenError   RuntimeError 4 proof was required and not found
    ├── RegressionError RuntimeError 5 worse than the baseline
    └── SurroundingsError OSError  6  network, disk, port, missing program
        └── MissingExtraError      6  an optional part is not installed

A message names the object, the value, the rule and the way out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import ClassVar, Literal

__all__ = [
    "EXIT_CODES",
    "FileError",
    "InfeasibleError",
    "InputError",
    "MissingError",
    "MissingExtraError",
    "NgbwError",
    "Problem",
    "RegressionError",
    "SettingError",
    "SurroundingsError",
    "TableError",
    "UnprovenError",
    "UsageError",
]

EXIT_CODES: dict[int, str] = {
    0: "ok",
    1: "target or assertion missed",
    2: "usage or schema",
    3: "bad input",
    4: "unproven though proof was required",
    5: "regression against a baseline",
    6: "network or environment",
    7: "warnings only, with --fail-on-warning",
}
"""What each exit code of every verb means."""


class NgbwError(Exception):
    """Anything ngbw refuses to do, with a message that says why and what to do instead."""

    exit_code: ClassVar[int] = 3


class UsageError(NgbwError, ValueError):
    """The call itself is wrong: an option, a setting, a file's schema."""

    exit_code = 2


class SettingError(UsageError):
    """A setting in ``ngbw.toml`` is missing, unknown or out of range."""


class InputError(NgbwError, ValueError):
    """The data is wrong."""


class FileError(InputError):
    """A file cannot be read as what it claims to be."""


class InfeasibleError(InputError):
    """What is asked for cannot be had by anybody.

    Attributes
    ----------
    way_out
        What would make it possible.
    """

    def __init__(self, what: str, way_out: str) -> None:
        self.way_out = way_out
        super().__init__(f"{what}; {way_out}")


class MissingError(NgbwError, LookupError):
    """A named thing does not exist."""


class UnprovenError(NgbwError, RuntimeError):
    """Proof was required and not found in the time given."""

    exit_code = 4


class RegressionError(NgbwError, RuntimeError):
    """A figure is worse than the baseline allows."""

    exit_code = 5


class SurroundingsError(NgbwError, OSError):
    """The network, the disk or a program that ngbw needs is not there."""

    exit_code = 6


class MissingExtraError(SurroundingsError):
    """An optional part of ngbw is not installed."""

    def __init__(self, what: str, extra: str) -> None:
        super().__init__(
            f"{what} needs the extra [{extra}]; install it with: pip install 'ngbw[{extra}]'"
        )


@dataclass(frozen=True, slots=True)
class Problem:
    """One broken rule in one cell of one table, with the way out.

    Attributes
    ----------
    severity
        ``error`` stops an import or a plan; ``warning`` is only shown.
    file, table, row, column
        Where. ``row`` counts as a spreadsheet does: 1 is the heading; None is the whole table.
    value
        What stands there, cut to 80 characters.
    rule
        What must hold.
    fix
        What to do about it.
    """

    severity: Literal["error", "warning"]
    file: str
    table: str
    row: int | None
    column: str | None
    value: str
    rule: str
    fix: str

    def __str__(self) -> str:
        place = self.file
        if self.row is not None:
            place += f", row {self.row}"
        if self.column is not None:
            place += f", column {self.column}"
        shown = f" is {self.value!r}" if self.value else ""
        return f"{place}{shown}: {self.rule}; {self.fix}"

    def to_dict(self) -> dict[str, str | int | None]:
        """Return the problem as plain data for ``--json``."""
        return asdict(self)


class TableError(InputError):
    """Rows break the rules of their table.

    Attributes
    ----------
    problems
        Every problem found, in file order, not only the first.
    """

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems: tuple[Problem, ...] = tuple(problems)
        first = [f"{problem}" for problem in self.problems[:20]]
        rest = len(self.problems) - len(first)
        if rest > 0:
            first.append(f"... and {rest} more")
        super().__init__("\n".join(first))
