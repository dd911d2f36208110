"""What a change of the tables does: one note for a merge request.

Two states of a project are studied alike; the note tells which rows changed, how every figure that
can be told moved, which single points of failure came and went, and which targets were broken or
healed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from ...coverage.progress import Progress, silent
from ...topology.errors import InputError
from ...topology.metrics import METRICS, Item, Metric, Reading
from ...topology.quantities import shown
from ...topology.tables import TABLES
from ..ledger import day_of, ledger
from .failure_cases import Toll, toll
from .file_model import Failure
from .network_readings import OF_CONNECTED, single_points
from .output_markdown import escape
from .positions import Node
from .readings import COMPUTED, read
from .report import item_dict
from .study import Study

__all__ = ["Difference", "Move", "difference", "difference_markdown", "difference_text"]

_NOISE = 1e-9

_NOT_JUDGED = frozenset({"plan.gap"})
"""How near the search came to its bound says nothing about the tables."""

_LISTED = {"links.single_points": "single points of failure among links",
           "nodes.single_points": "single points of failure among sites"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Move:
    """A figure before and after; None is unknown.

    Attributes
    ----------
    reason
        Why one of them is unknown.
    judged
        False where a move to the better may come from a loss.
    fail
        What fails, in words; "" where nothing does.
    worst
        The worst failure after the change.
    """

    metric: Metric
    old: float | None
    new: float | None
    reason: str = ""
    judged: bool = True
    fail: str = ""
    worst: Item | None = None

    @property
    def name(self) -> str:
        """The metric, with what fails."""
        return self.metric.name + (f" ({self.fail})" if self.fail else "")

    @property
    def direction(self) -> str:
        """``better``, ``worse`` or ``changed``; "" where it stayed."""
        if self.old is None or self.new is None:
            return "" if self.old is self.new else "changed"
        change = self.new - self.old
        if abs(change) <= _NOISE * max(1.0, abs(self.old)):
            return ""
        if self.metric.better == "neither" or self.metric.name in _NOT_JUDGED:
            return "changed"
        if (change > 0) != (self.metric.better == "higher"):
            return "worse"
        return "better" if self.judged else "changed"

    @property
    def words(self) -> str:
        """Both values and the difference for reading."""
        before, after = shown(self.old, self.metric), shown(self.new, self.metric)
        if self.old is None or self.new is None:
            return f"{before} -> {after}" + (f" ({self.reason})" if self.reason else "")
        change = self.new - self.old
        by = (
            f"{100 * change:+.3g} points"
            if self.metric.unit in ("share", "ratio")
            else f"{change:+,.4g}"
        )
        now = f"; the worst now: {self.worst}" if self.worst is not None else ""
        return f"{before} -> {after} ({by}){now}"


@dataclass(frozen=True, slots=True)
class Rows:
    """Ids of the rows of a table that came, went and changed."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """Everything that a change does.

    Attributes
    ----------
    names
        What the two states are called.
    rows
        Table to its changed rows; tables without a change are left out.
    moves
        Figures that can be told in either state.
    appeared, gone
        Metric to the single points of failure that came and went.
    targets
        Id, old verdict and new verdict of targets that moved.
    """

    names: tuple[str, str]
    rows: Mapping[str, Rows]
    moves: tuple[Move, ...]
    appeared: Mapping[str, tuple[Item, ...]]
    gone: Mapping[str, tuple[Item, ...]]
    targets: tuple[tuple[str, str, str], ...]

    @property
    def worse(self) -> bool:
        """Whether a figure got worse or a target that was met is not met any more."""
        broken = any(old == "met" for _, old, _ in self.targets)
        return broken or any(move.direction == "worse" for move in self.moves)

    def to_dict(self) -> dict[str, Any]:
        """Return the difference as plain data."""
        return {
            "old": self.names[0],
            "new": self.names[1],
            "worse": self.worse,
            "rows": {
                table: {"added": list(r.added), "removed": list(r.removed),
                        "changed": list(r.changed)}
                for table, r in self.rows.items()
            },
            "metrics": [
                {"metric": m.metric.name, "fail": m.fail or None, "unit": m.metric.unit,
                 "old": m.old, "new": m.new, "direction": m.direction or "same",
                 "worst": None if m.worst is None else item_dict(m.worst)}
                for m in self.moves
            ],
            "appeared": {k: [item_dict(i) for i in items] for k, items in self.appeared.items()},
            "gone": {k: [item_dict(i) for i in items] for k, items in self.gone.items()},
            "targets": [{"id": i, "old": old, "new": new} for i, old, new in self.targets],
        }  # fmt: skip


def _plain(frame: pd.DataFrame) -> dict[str, tuple[str, ...]]:
    """Return each row as text by its key, geometry included."""
    columns = list(frame.columns)
    rows = frame.astype(object).where(frame.notna(), "").to_numpy()
    key = columns.index(columns[0])
    return {str(row[key]): tuple(str(cell) for cell in row) for row in rows}


def _rows(old: Study, new: Study) -> dict[str, Rows]:
    out = {}
    for table in TABLES:
        before, after = _plain(old.project.table(table)), _plain(new.project.table(table))
        found = Rows(
            tuple(row_id for row_id in after if row_id not in before),
            tuple(row_id for row_id in before if row_id not in after),
            tuple(i for i in after if i in before and after[i] != before[i]),
        )
        if found.added or found.removed or found.changed:
            out[table] = found
    return out


def _verdicts(study: Study, at: date) -> dict[str, str]:
    if not len(study.project.table("targets")):
        return {}
    return {v.target.target_id: v.word for v in ledger(study, at=at).verdicts}


def _items(study: Study, reading: Reading) -> dict[str, Item]:
    """Return all single points of a state: a reading names its worst only, whose order moves."""
    return {} if reading.value is None else single_points(study, reading.metric)


def _toll(study: Study, failure: Failure) -> tuple[Toll | None, str]:
    """Return what failures take, or None and why that cannot be told."""
    try:
        return toll(study, failure), ""
    except InputError as error:
        return None, str(error)


def _failure_moves(before: Study, after: Study) -> list[Move]:
    """Return how what any one link and any one site takes with it has moved."""
    nowhere = Node(None, after.project.directory, 1, 1, 1, 1)
    moves = []
    for failure in (Failure("links", nowhere), Failure("nodes", nowhere)):
        (was, why), (now, why_now) = _toll(before, failure), _toll(after, failure)
        if was is None and now is None:
            continue
        for name, value, items in (
            ("demand_lost.max", "worst_share", "worst"),
            ("sites_cut.max", "worst_sites", "worst_cut"),
        ):
            old, new = (None if t is None else float(getattr(t, value)) for t in (was, now))
            named = getattr(now, items)[:1] if now is not None else ()
            moves.append(
                Move(METRICS[name], old, new, why or why_now, fail=str(failure),
                     worst=named[0] if named else None)
            )  # fmt: skip
    return moves


def _fewer_connected(moves: Sequence[Move]) -> list[Move]:
    """Return the moves with no praise for a failure that takes less because less is connected."""
    lost = any(m.metric.name.endswith(".unconnected") and m.direction == "worse" for m in moves)
    return [
        replace(m, judged=False) if lost and m.metric.name in OF_CONNECTED else m for m in moves
    ]


def difference(
    old: Path,
    new: Path,
    *,
    names: tuple[str, str],
    at: date | None = None,
    progress: Progress = silent,
) -> Difference:
    """Return what the change from one project directory to another does.

    Parameters
    ----------
    names
        What to call the two states.
    at
        Day on which targets are judged; today by default.

    Raises
    ------
    NgbwError
        One of the directories is no sound project.
    """
    before, after = Study.open(old, progress=progress), Study.open(new, progress=progress)
    day = at or day_of("", after.project.settings.timezone)
    moves: list[Move] = []
    appeared: dict[str, tuple[Item, ...]] = {}
    gone: dict[str, tuple[Item, ...]] = {}
    for name, metric in METRICS.items():
        if name not in COMPUTED:
            continue
        was, is_now = read(before, name), read(after, name)
        if was.value is None and is_now.value is None:
            continue
        moves.append(Move(metric, was.value, is_now.value, was.reason or is_now.reason))
        if name in _LISTED:
            had, has = _items(before, was), _items(after, is_now)
            appeared[name] = tuple(item for key, item in has.items() if key not in had)
            gone[name] = tuple(item for key, item in had.items() if key not in has)
    stood, stands = _verdicts(before, day), _verdicts(after, day)
    moved = tuple(
        (key, stood.get(key, "not there"), stands.get(key, "not there"))
        for key in {**stood, **stands}
        if stood.get(key) != stands.get(key)
    )
    moves += _failure_moves(before, after)
    judged = tuple(_fewer_connected(moves))
    return Difference(names, _rows(before, after), judged, appeared, gone, moved)


def _row_words(rows: Rows) -> str:
    parts = []
    for word, ids in (("added", rows.added), ("removed", rows.removed), ("changed", rows.changed)):
        if ids:
            more = f" and {len(ids) - 5} more" if len(ids) > 5 else ""
            parts.append(f"{len(ids)} {word} ({', '.join(ids[:5])}{more})")
    return ", ".join(parts)


def _listed(found: Difference) -> list[tuple[str, tuple[Item, ...]]]:
    out = []
    for name, words in _LISTED.items():
        if found.appeared.get(name):
            out.append((f"new {words}", found.appeared[name]))
        if found.gone.get(name):
            out.append((f"no longer {words}", found.gone[name]))
    return out


def difference_text(found: Difference) -> str:
    """Return a difference for reading."""
    lines = [f"from {found.names[0]} to {found.names[1]}"]
    lines += ["", *(f"{table}: {_row_words(rows)}" for table, rows in found.rows.items())]
    if not found.rows:
        lines.append("no row of any table changed")
    moved = [move for move in found.moves if move.direction]
    lines += ["", *(f"{m.direction:<8} {m.name}: {m.words}" for m in moved)]
    if not moved:
        lines.append("no figure moved")
    for words, items in _listed(found):
        lines += ["", f"{words}:", *(f"  {item}" for item in items)]
    if found.targets:
        lines.append("")
    lines += [f"target {key}: {old} -> {new}" for key, old, new in found.targets]
    return "\n".join(lines)


def difference_markdown(found: Difference) -> str:
    """Return a difference as a note for a merge request."""
    moved = [move for move in found.moves if move.direction]
    verdict = "something got worse" if found.worse else "nothing got worse"
    lines = [f"### What this change does: {verdict}", ""]
    if moved:
        lines += ["| | metric | change |", "|---|---|---|"]
        marks = {"better": "✅", "worse": "❌", "changed": "➖"}
        lines += [f"| {marks[m.direction]} | {escape(m.name)} | {escape(m.words)} |" for m in moved]
    else:
        lines.append("No figure moved.")
    for words, items in _listed(found):
        lines += ["", f"**{words}**", "", *(f"* {escape(str(item))}" for item in items)]
    if found.targets:
        lines += ["", "**targets**", ""]
        lines += [f"* {escape(key)}: {old} -> {new}" for key, old, new in found.targets]
    if found.rows:
        lines += ["", "**rows**", ""]
        lines += [f"* {table}: {escape(_row_words(rows))}" for table, rows in found.rows.items()]
    return "\n".join(lines) + "\n"
